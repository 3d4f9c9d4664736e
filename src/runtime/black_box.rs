//! The black box: what AWS forgets of tasks that ended, kept on this machine. A file for each service, JSON, replaced whole,
//! readable by its owner alone, bounded in number and size. It is written and read on a thread of its own, and nobody waits
//! for it; a disk that does not take it is told of once, and does no other harm.

use super::disk;
use crate::{
    app::Msg,
    config::regular,
    model::{ServiceKey, Stamp, why::Kept},
};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, TrySendError, sync_channel},
    thread,
    time::SystemTime,
};
use tokio::sync::mpsc::UnboundedSender;

/// The format written, and the only one read.
const FORMAT: u32 = 1;
/// Files kept: services whose tasks ended.
const FILES: usize = 300;
/// No file is nearly as large.
const SIZE: u64 = 4 << 20;
/// What waits for the disk; more is left out, and comes with the next look at the service.
const QUEUE: usize = 32;

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    /// The service's ARN: the file's name is made of it, and two may share one.
    service: String,
    kept: Kept,
}

/// Where it is kept.
#[derive(Debug, Clone)]
pub struct BlackBox {
    dir: PathBuf,
}

impl BlackBox {
    /// In this directory, which is made where something is kept.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Puts what is new to what is there, and gives all of it back. What cannot be read is set aside.
    ///
    /// # Errors
    /// Why it could not be kept, beside what is known all the same.
    pub fn remember(&self, service: &str, newer: Kept, now: Stamp) -> (Kept, io::Result<()>) {
        let path = self.path(service);
        let (mut kept, read) = Self::read(&path, service);
        kept.bound(now);
        if !newer.adds_to(&kept) {
            return (kept, read);
        }
        kept.merge(newer, now);
        kept.clean();
        let file = File { format: FORMAT, service: service.to_owned(), kept };
        let fresh = !path.exists();
        let written = serde_json::to_vec(&file)
            .map_err(io::Error::other)
            .and_then(|bytes| disk::replace(&path, &bytes));
        if written.is_ok() && fresh {
            self.prune();
        }
        (file.kept, written.and(read))
    }

    fn path(&self, service: &str) -> PathBuf {
        // FNV-1a: names the file, guards nothing
        let hash = service.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        self.dir.join(format!("{hash:016x}.json"))
    }

    fn read(path: &Path, service: &str) -> (Kept, io::Result<()>) {
        let mut bytes = Vec::new();
        match regular::open(path).and_then(|file| file.take(SIZE).read_to_end(&mut bytes)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Kept::default(), Ok(())),
            Err(error) => return (Kept::default(), Err(error)),
        }
        match serde_json::from_slice::<File>(&bytes) {
            Ok(mut file) if file.format == FORMAT && file.service == service => {
                file.kept.clean();
                (file.kept, Ok(()))
            }
            // another version's, or another service's: written anew
            Ok(_) => (Kept::default(), Ok(())),
            Err(error) => {
                let aside = disk::set_aside(path).map_err(|_| io::Error::other(error.to_string()));
                let told = |aside: PathBuf| {
                    Err(io::Error::other(format!("{error}; it was set aside as {}", aside.display())))
                };
                (Kept::default(), aside.and_then(told))
            }
        }
    }

    /// Takes the oldest files away where there are too many.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        let mut all: Vec<(SystemTime, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        all.sort();
        let over = all.len().saturating_sub(FILES);
        for (_, path) in all.into_iter().take(over) {
            let _ = fs::remove_file(path);
        }
    }
}

/// The thread of the black box.
pub struct Recorder {
    orders: SyncSender<Order>,
}

/// Something to be kept.
struct Order {
    key: ServiceKey,
    service: String,
    kept: Kept,
    now: Stamp,
}

impl Recorder {
    /// Begins it.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn start(dir: &Path, tell: UnboundedSender<Msg>) -> io::Result<Self> {
        let (orders, hear) = sync_channel::<Order>(QUEUE);
        let black_box = BlackBox::new(dir);
        thread::Builder::new().name("black box".into()).spawn(move || {
            let mut told = false;
            for Order { key, service, kept, now } in hear {
                let (kept, written) = black_box.remember(&service, kept, now);
                if !kept.is_empty() {
                    let _ = tell.send(Msg::Remembered(key, Box::new(kept)));
                }
                if let Err(error) = written
                    && !std::mem::replace(&mut told, true)
                {
                    let text = complaint(&black_box.dir, &error);
                    let _ = tell.send(Msg::Notice { text, bad: true });
                }
            }
        })?;
        Ok(Self { orders })
    }

    /// Keeps something, when the disk comes to it.
    pub fn keep(&self, key: ServiceKey, service: String, kept: Kept, now: Stamp) {
        match self.orders.try_send(Order { key, service, kept, now }) {
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

/// That something could not be kept, in a sentence.
pub fn complaint(dir: &Path, error: &io::Error) -> String {
    format!(
        "what AWS forgets of stopped tasks could not be kept in {}: {error}; make room there or mend it",
        dir.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TaskBrief;
    use std::os::unix::fs::PermissionsExt;

    fn kept(id: &str) -> Kept {
        let task = TaskBrief { id: id.into(), stopped_at: Some(Stamp(9)), ..TaskBrief::default() };
        Kept { tasks: vec![(Stamp(9), task)], ..Kept::default() }
    }

    #[test]
    fn what_was_kept_comes_back_and_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let black_box = BlackBox::new(&dir.path().join("box"));
        let (all, written) = black_box.remember("arn:a", kept("one"), Stamp(10));
        assert!(written.is_ok() && all.tasks.len() == 1);
        let (all, _) = black_box.remember("arn:a", kept("two"), Stamp(11));
        assert_eq!(all.tasks.len(), 2);
        let (all, _) = black_box.remember("arn:a", Kept::default(), Stamp(12));
        assert_eq!(all.tasks.len(), 2);
        assert!(black_box.remember("arn:b", Kept::default(), Stamp(12)).0.is_empty());
        let mode = fs::metadata(black_box.path("arn:a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path().join("box")).unwrap().count(), 1, "nothing of b was kept");
    }

    #[test]
    fn rubbish_is_set_aside_and_a_disk_that_does_not_take_it_does_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        let black_box = BlackBox::new(dir.path());
        fs::write(black_box.path("arn:a"), "{").unwrap();
        let (all, told) = black_box.remember("arn:a", kept("one"), Stamp(10));
        assert!(all.tasks.len() == 1 && told.unwrap_err().to_string().contains("set aside"));
        assert_eq!(black_box.remember("arn:a", Kept::default(), Stamp(10)).0.tasks.len(), 1);
        // a file where the directory is to be
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let (all, told) = BlackBox::new(&file.join("box")).remember("arn:a", kept("one"), Stamp(10));
        assert!(all.tasks.len() == 1 && told.is_err());
        // what has no end is not read
        let pipe = BlackBox::new(dir.path());
        fs::create_dir(pipe.path("arn:d")).unwrap();
        assert!(pipe.remember("arn:d", kept("one"), Stamp(10)).1.is_err());
    }

    #[test]
    fn no_more_than_so_many_files_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let black_box = BlackBox::new(dir.path());
        for n in 0..FILES + 3 {
            fs::write(dir.path().join(format!("{n}.json")), "{}").unwrap();
        }
        black_box.remember("arn:a", kept("one"), Stamp(10)).1.unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), FILES);
    }
}
