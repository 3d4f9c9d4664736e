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
/// Bytes of a file: what is older goes where there would be more.
const SIZE: u64 = 1 << 20;
/// Bytes of all files together.
const ROOM: u64 = 64 << 20;
/// What waits for the disk; more is left out, and comes with the next look at the service.
const QUEUE: usize = 32;

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    /// The service's ARN: the file's name is made of it, and two may share one.
    service: String,
    kept: Kept,
}

/// What every format begins with.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl File {
    /// As it is written: no more than a file may have.
    fn bytes(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let bytes = serde_json::to_vec(self).map_err(io::Error::other)?;
            let fits = u64::try_from(bytes.len()).is_ok_and(|len| len <= SIZE);
            if fits || !self.kept.halve() {
                return Ok(bytes);
            }
        }
    }
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

    /// Puts what is new to what is there, and gives all of it back. What cannot be read is set aside; what a newer program
    /// wrote is left as it is.
    ///
    /// # Errors
    /// Why it could not be kept, beside what is known all the same.
    pub fn remember(&self, service: &str, newer: Kept, now: Stamp) -> (Kept, io::Result<()>) {
        let path = self.path(service);
        let (mut kept, read) = match Self::read(&path, service) {
            Ok(kept) => (kept, Ok(())),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                let mut kept = newer;
                kept.clean();
                kept.bound(now);
                return (kept, Err(error));
            }
            Err(error) => (Kept::default(), Err(error)),
        };
        kept.bound(now);
        if !newer.adds_to(&kept, now) {
            return (kept, read);
        }
        kept.merge(newer, now);
        kept.clean();
        let mut file = File { format: FORMAT, service: service.to_owned(), kept };
        let written = file.bytes().and_then(|bytes| disk::replace(&path, &bytes));
        if written.is_ok() {
            self.prune(&path);
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

    fn read(path: &Path, service: &str) -> io::Result<Kept> {
        let mut bytes = Vec::new();
        match regular::open(path).and_then(|file| file.take(SIZE.saturating_mul(2)).read_to_end(&mut bytes)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
            Err(error) => return Err(error),
        }
        // a newer program may keep other things, and it is its memory
        if serde_json::from_slice::<Head>(&bytes).is_ok_and(|head| head.format > FORMAT) {
            let text = format!("{} was written by a newer flightdeck, and is left alone", path.display());
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        match serde_json::from_slice::<File>(&bytes) {
            Ok(mut file) if file.format == FORMAT && file.service == service => {
                file.kept.clean();
                Ok(file.kept)
            }
            // an older version's, or another service's: written anew
            Ok(_) => Ok(Kept::default()),
            Err(error) => {
                let aside = disk::set_aside(path).map_err(|_| io::Error::other(error.to_string()))?;
                Err(io::Error::other(format!("{error}; it was set aside as {}", aside.display())))
            }
        }
    }

    /// Takes the oldest files away where there are too many, or where they take too much room; not the one just written.
    fn prune(&self, own: &Path) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        let mut all: Vec<(SystemTime, PathBuf, u64)> = entries
            .flatten()
            .filter_map(|entry| {
                let about = entry.metadata().ok()?;
                Some((about.modified().ok()?, entry.path(), about.len()))
            })
            .collect();
        all.sort();
        let mut room: u64 = all.iter().map(|file| file.2).sum();
        let mut count = all.len();
        for (_, path, size) in all.into_iter().filter(|file| file.1 != own) {
            if count <= FILES && room <= ROOM {
                break;
            }
            let _ = fs::remove_file(path);
            count = count.saturating_sub(1);
            room = room.saturating_sub(size);
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
    if error.kind() == io::ErrorKind::Unsupported {
        return format!("what AWS forgets of stopped tasks is not kept: {error}");
    }
    format!(
        "what AWS forgets of stopped tasks could not be kept in {}: {error}; make room there or mend it",
        dir.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LogLine, TaskBrief, why::LastLines};
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
    fn what_a_newer_program_wrote_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let black_box = BlackBox::new(dir.path());
        let newer = r#"{"format": 2, "service": "arn:a", "kept": {"tasks": "elsewhere"}}"#;
        fs::write(black_box.path("arn:a"), newer).unwrap();
        let (all, told) = black_box.remember("arn:a", kept("one"), Stamp(10));
        assert!(all.tasks.len() == 1 && told.unwrap_err().to_string().contains("newer flightdeck"));
        assert_eq!(fs::read_to_string(black_box.path("arn:a")).unwrap(), newer);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_has_no_more_than_its_size_and_keeps_the_newest() {
        let dir = tempfile::tempdir().unwrap();
        let black_box = BlackBox::new(dir.path());
        let line = |n: i64| LogLine { at: Stamp(n), stream: String::new(), text: "€".repeat(2_000) };
        let mut much = Kept::default();
        for n in 0..20 {
            let task = kept(&format!("t{n}")).tasks.remove(0).1;
            much.tasks.push((Stamp(9), TaskBrief { stopped_at: Some(Stamp(n)), ..task }));
            much.lines.push(LastLines { task: format!("t{n}"), lines: (0..20).map(line).collect() });
        }
        black_box.remember("arn:a", much, Stamp(10)).1.unwrap();
        assert!(fs::metadata(black_box.path("arn:a")).unwrap().len() <= SIZE);
        let (all, told) = black_box.remember("arn:a", Kept::default(), Stamp(10));
        assert!(told.is_ok() && all.tasks.len() == 20);
        let newest = &all.lines.last().unwrap().lines;
        assert!(newest.len() < 20 && newest.last().unwrap().at == Stamp(19), "{}", newest.len());
    }

    #[test]
    fn all_files_together_take_no_more_than_their_room() {
        let dir = tempfile::tempdir().unwrap();
        let black_box = BlackBox::new(dir.path());
        for n in 0..3_u64 {
            let file = fs::File::create(dir.path().join(format!("{n}.json"))).unwrap();
            file.set_len(ROOM / 2).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(n)).unwrap();
        }
        black_box.remember("arn:a", kept("one"), Stamp(10)).1.unwrap();
        let left = |name: &str| dir.path().join(name).exists();
        assert!(!left("0.json") && !left("1.json") && left("2.json") && black_box.path("arn:a").exists());
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
