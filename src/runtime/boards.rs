//! The boards on disk: one file in the state directory, replaced whole by one thread, each change in its turn.

use super::disk;
use crate::{
    config::regular,
    model::{Boards, board::BoardChange},
};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, Sender, SyncSender},
    thread,
    time::Duration,
};

/// No board of somebody's is nearly as long.
const MAX: u64 = 1 << 20;

/// What the boards' thread has to say.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// The boards as they are on the disk.
    Boards(Boards),
    /// Bad news.
    Trouble(String),
}

/// Keeps the boards.
#[derive(Debug)]
pub struct Keeper(Sender<Job>);

#[derive(Debug)]
enum Job {
    Change(BoardChange),
    Flush(SyncSender<()>),
}

impl Keeper {
    /// Reads the boards, and keeps what is done to them from then on.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn start(path: PathBuf, tell: impl Fn(Told) + Send + 'static) -> io::Result<Self> {
        let (jobs, incoming) = mpsc::channel();
        thread::Builder::new().name("boards".into()).spawn(move || work(&path, &incoming, tell))?;
        Ok(Self(jobs))
    }

    /// Keeps what was done.
    pub fn change(&self, change: BoardChange) {
        let _ = self.0.send(Job::Change(change));
    }

    /// Waits until all of it is on the disk, but no longer than that. True when it is.
    pub fn flush(&self, within: Duration) -> bool {
        let (told, hear) = mpsc::sync_channel(1);
        self.0.send(Job::Flush(told)).is_ok() && hear.recv_timeout(within).is_ok()
    }
}

fn work(path: &Path, incoming: &Receiver<Job>, tell: impl Fn(Told)) {
    match load(path) {
        Ok(Found::Boards(boards)) => tell(Told::Boards(boards)),
        Ok(Found::Nothing) => {}
        Ok(Found::SetAside(text)) | Err(text) => tell(Told::Trouble(text)),
    }
    while let Ok(job) = incoming.recv() {
        match job {
            Job::Change(change) => match keep(path, &change) {
                Ok(boards) => tell(Told::Boards(boards)),
                Err(why) => tell(Told::Trouble(format!("the change of the board is not kept: {why}"))),
            },
            Job::Flush(told) => {
                let _ = told.send(());
            }
        }
    }
}

/// Applies a change to what is there now: another flightdeck may have changed it. What cannot be read is left as it is.
fn keep(path: &Path, change: &BoardChange) -> Result<Boards, String> {
    let mut boards = match load(path)? {
        Found::Boards(boards) => boards,
        Found::Nothing | Found::SetAside(_) => Boards::default(),
    };
    boards.apply(change);
    match disk::replace(path, boards.kept().as_bytes()) {
        Ok(()) => Ok(boards),
        Err(error) => Err(format!("{} cannot be written: {error}", path.display())),
    }
}

/// What is on the disk.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Boards(Boards),
    /// It was no board: it is out of the way, and there to be looked at.
    SetAside(String),
}

/// Reads what is there; a sentence where that cannot be done now. It is set aside only where it was read and is no board.
fn load(path: &Path) -> Result<Found, String> {
    let unread = |error: io::Error| format!("the boards in {} cannot be read: {error}", path.display());
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(unread(error)),
        Ok(_) => {}
    }
    regular::is_file_or_absent(path).map_err(unread)?;
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX).read_to_end(&mut bytes)).map_err(unread)?;
    let read = String::from_utf8(bytes).map_err(|_| "they are not text".to_owned());
    read.and_then(|text| Boards::read(&text)).map(Found::Boards).or_else(|why| {
        let told = format!("the boards in {} are not understood: {why}", path.display());
        match disk::set_aside(path) {
            Ok(aside) => Ok(Found::SetAside(format!("{told}; the file is {} now", aside.display()))),
            Err(error) => Err(format!("{told}; and the file cannot be set aside: {error}")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, ServiceKey};

    fn key(name: &str) -> ServiceKey {
        ServiceKey::new("prod", Kind::Ecs, "prod", name)
    }

    fn pin(board: &str, name: &str) -> BoardChange {
        BoardChange::Pin(board.to_owned(), key(name))
    }

    #[test]
    fn boards_come_back_and_what_is_none_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/boards.json");
        assert_eq!(load(&path), Ok(Found::Nothing));
        let boards = keep(&path, &pin("web", "api")).unwrap();
        assert_eq!(load(&path), Ok(Found::Boards(boards)));
        fs::write(&path, "{").unwrap();
        assert!(matches!(load(&path), Ok(Found::SetAside(told)) if told.contains("boards.json.corrupt")));
        assert_eq!(load(&path), Ok(Found::Nothing));
        assert_eq!(fs::read_to_string(dir.path().join("state/boards.json.corrupt")).unwrap(), "{");
    }

    /// A directory stands for what cannot be read now: tests may run as root, who may read everything.
    #[test]
    fn what_cannot_be_read_now_is_neither_set_aside_nor_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("boards.json");
        fs::create_dir(&path).unwrap();
        assert!(load(&path).unwrap_err().contains("cannot be read"));
        assert!(keep(&path, &pin("web", "api")).unwrap_err().contains("cannot be read"));
        assert!(path.is_dir() && fs::read_dir(dir.path()).unwrap().count() == 1);
    }

    #[test]
    fn changes_are_kept_in_their_order_and_before_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("boards.json");
        let keeper = Keeper::start(path.clone(), |_| ()).unwrap();
        for n in 0..20 {
            keeper.change(pin("web", &n.to_string()));
        }
        keeper.change(BoardChange::Unpin("web".into(), key("0")));
        assert!(keeper.flush(Duration::from_secs(20)));
        let Ok(Found::Boards(boards)) = load(&path) else { panic!("no boards") };
        let wanted: Vec<ServiceKey> = (1..20).map(|n| key(&n.to_string())).collect();
        assert_eq!(boards.services("web"), wanted);
    }

    #[test]
    fn two_flightdecks_lose_no_pin_of_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("boards.json");
        let (tell, hear) = mpsc::channel();
        let one = Keeper::start(path.clone(), move |told| tell.send(told).unwrap()).unwrap();
        let other = Keeper::start(path, |_| ()).unwrap();
        assert!(other.flush(Duration::from_secs(20)));
        other.change(pin("default", "theirs"));
        assert!(other.flush(Duration::from_secs(20)));
        one.change(pin("default", "ours"));
        assert!(one.flush(Duration::from_secs(20)));
        let Some(Told::Boards(boards)) = hear.try_iter().last() else { panic!("no boards") };
        assert_eq!(boards.services("default"), [key("theirs"), key("ours")]);
    }
}
