//! The journal on disk: a file of JSON lines for each run, only ever appended to.
//!
//! A line is synced before [`Journal::sync`] returns, so that what the cockpit was about to do is known even
//! after the power went. While a run is under way its file is locked; a second process reads it, sees that it is
//! held, and leaves it alone. The lock goes with the process, however that ends.

mod archive;
pub(super) mod hold;

use super::disk::Private;
use crate::{
    config::regular,
    model::{Entry, RunId},
};
use hold::{is_at, lock};
use std::{
    collections::{HashMap, HashSet},
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// The format written, and the newest that is read.
pub const FORMAT: u32 = 1;

/// A line longer than this is not of ours.
const LINE_MAX: u64 = 4 << 20;

/// Runs read at the start; older files stay where they are.
const RUNS_MAX: usize = 500;

/// Why a line could not be written.
#[derive(Debug)]
pub enum JournalError {
    /// Another process carries out the run.
    Held(RunId),
    /// The run was begun before, here.
    Begun(RunId),
    /// The disk said no.
    Disk {
        /// Which file.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(run) => write!(f, "another flightdeck is running {run}"),
            Self::Begun(run) => write!(f, "run {run} was started before"),
            Self::Disk { path, error } => {
                write!(f, "the journal {} could not be written: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for JournalError {}

/// One run as read.
#[derive(Debug)]
pub struct Record {
    /// Its lines, oldest first.
    pub entries: Vec<Entry>,
    /// True when another process carries it out.
    pub held: bool,
}

impl Record {
    fn id(&self) -> Option<&RunId> {
        match self.entries.first() {
            Some(Entry::Begin { run, .. }) => Some(&run.id),
            _ => None,
        }
    }

    fn ended(&self) -> bool {
        let last = self.entries.iter().rfind(|e| matches!(e, Entry::End { .. } | Entry::Resumed { .. }));
        matches!(last, Some(Entry::End { .. }))
    }
}

/// What was read from the directory.
#[derive(Debug, Default)]
pub struct Reading {
    /// Runs, oldest first.
    pub runs: Vec<Record>,
    /// What somebody should know: lines set aside, files of a newer flightdeck, files that cannot be read.
    pub notices: Vec<String>,
    /// Something there could not be read: what is told is not all.
    pub partial: bool,
}

/// What reading does beside reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing.
    Look,
    /// Takes hold of every run that has not ended and that nobody holds.
    TakeUp,
}

/// The journal.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    open: HashMap<RunId, File>,
    unsynced: HashSet<RunId>,
}

impl Journal {
    /// The journal in that directory, which is made when the first line is written.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, open: HashMap::new(), unsynced: HashSet::new() }
    }

    /// Appends a line without waiting for the disk; [`Journal::sync`] does that. The file is made, and held,
    /// with the first line; an [`Entry::End`] lets go of it.
    ///
    /// # Errors
    /// [`JournalError`]; the run is then not to be gone on with.
    pub fn append(&mut self, run: &RunId, entry: &Entry) -> Result<(), JournalError> {
        let mut line =
            serde_json::to_vec(entry).map_err(|error| self.disk(run, io::Error::other(error.to_string())))?;
        line.push(b'\n');
        if !self.open.contains_key(run) {
            if matches!(entry, Entry::Begin { .. }) {
                self.claim(run)?;
            } else {
                self.retake(run)?;
            }
        }
        if let Some(file) = self.open.get_mut(run) {
            file.write_all(&line).map_err(|error| disk(&self.dir, run, error))?;
        }
        self.unsynced.insert(run.clone());
        if matches!(entry, Entry::End { .. }) {
            self.sync()?;
            self.open.remove(run);
        }
        Ok(())
    }

    /// Holds a run that is going to be gone on with, before anything is done for it.
    ///
    /// # Errors
    /// [`JournalError::Held`] where another process carries it out.
    pub fn retake(&mut self, run: &RunId) -> Result<(), JournalError> {
        if !self.open.contains_key(run) {
            let file = self.hold(run)?;
            self.open.insert(run.clone(), file);
        }
        Ok(())
    }

    /// Waits until every line is on the disk.
    ///
    /// # Errors
    /// The first file that could not be synced.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        let mut first = Ok(());
        for run in std::mem::take(&mut self.unsynced) {
            if let Some(file) = self.open.get(&run) {
                let synced = file.sync_data().and_then(|()| self.is_kept(&run, file));
                first = first.and(synced.map_err(|error| disk(&self.dir, &run, error)));
            }
        }
        first
    }

    /// What was written is found again under the run's name: a file that was removed takes lines without a word, and they are
    /// gone with the process.
    fn is_kept(&self, run: &RunId, file: &File) -> io::Result<()> {
        if is_at(file, &path_of(&self.dir, run)) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "the file was removed, or another one put in its place"))
    }

    fn disk(&self, run: &RunId, error: io::Error) -> JournalError {
        disk(&self.dir, run, error)
    }

    /// Whether that run was begun here, also long ago.
    pub fn knows(&self, run: &RunId) -> bool {
        let path = path_of(&self.dir, run);
        let archived = path.file_name().is_some_and(|name| self.dir.join("archive").join(name).exists());
        archived || fs::metadata(&path).is_ok_and(|file| file.len() > 0)
    }

    /// Takes hold of a run that is about to begin. A run begins once: of several processes that want to begin the same
    /// one, one does.
    ///
    /// # Errors
    /// [`JournalError::Begun`] where it was begun before, and what the disk says.
    pub fn claim(&mut self, run: &RunId) -> Result<(), JournalError> {
        if self.knows(run) {
            return Err(JournalError::Begun(run.clone()));
        }
        self.make_dir(run)?;
        let path = path_of(&self.dir, run);
        let file = match create(&path) {
            Ok(file) => file,
            // whoever made it and wrote nothing changed nothing either
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match take(&path) {
                Ok(Some(file)) if file.metadata().is_ok_and(|found| found.len() == 0) => file,
                Ok(_) => return Err(JournalError::Begun(run.clone())),
                Err(error) => return Err(self.disk(run, error)),
            },
            Err(error) => return Err(self.disk(run, error)),
        };
        self.keep_name(run)?;
        self.open.insert(run.clone(), file);
        Ok(())
    }

    fn hold(&self, run: &RunId) -> Result<File, JournalError> {
        self.make_dir(run)?;
        let path = path_of(&self.dir, run);
        let fresh = !path.exists();
        let opened = if fresh { create(&path).map(Some) } else { take(&path) };
        let file = match opened {
            Ok(Some(file)) => file,
            Ok(None) => return Err(JournalError::Held(run.clone())),
            Err(error) => return Err(self.disk(run, error)),
        };
        if fresh {
            self.keep_name(run)?;
        }
        Ok(file)
    }

    fn make_dir(&self, run: &RunId) -> Result<(), JournalError> {
        let made = DirBuilder::new().recursive(true).private().create(&self.dir);
        made.map_err(|error| self.disk(run, error))
    }

    /// The name of a new file must survive too.
    fn keep_name(&self, run: &RunId) -> Result<(), JournalError> {
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(|error| self.disk(run, error))
    }

    /// Reads the newest runs of the directory. Lines that cannot be read are set aside into a file beside
    /// (`.corrupt`) and told; the rest is kept.
    pub fn read(&mut self, purpose: Purpose) -> Reading {
        let mut reading = Reading::default();
        let listing = match fs::read_dir(&self.dir) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return reading,
            Err(error) => {
                reading.notices.push(format!("the journal {} cannot be read: {error}", self.dir.display()));
                reading.partial = true;
                return reading;
            }
        };
        let mut files: Vec<PathBuf> = listing
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .collect();
        files.sort();
        let skip = files.len().saturating_sub(RUNS_MAX);
        for path in files.into_iter().skip(skip) {
            match self.read_file(&path, purpose, &mut reading) {
                Ok(Some(record)) => reading.runs.push(record),
                Ok(None) => {}
                Err(error) => {
                    reading.notices.push(format!("the journal {} cannot be read: {error}", path.display()));
                    reading.partial = true;
                }
            }
        }
        reading
    }

    fn read_file(
        &mut self,
        path: &Path,
        purpose: Purpose,
        reading: &mut Reading,
    ) -> io::Result<Option<Record>> {
        let mut file = open_for(purpose, path)?;
        // Ours for the moment of reading unless somebody carries it out: then a half-written last line is theirs.
        let held = !lock(&file);
        let lines = read_lines(&file)?;
        if let Some(newer) = lines.newer {
            let newer = match newer {
                Newer::Format(format) => format!("format {format}, this one reads {FORMAT}"),
                Newer::Line => "it has lines that this one does not know".to_owned(),
            };
            let path = path.display();
            let told = format!("{path} was written by a newer flightdeck ({newer}) and is left alone");
            reading.notices.push(told);
            reading.partial = true;
            return Ok(None);
        }
        if !held && !is_at(&file, path) {
            // put in order or away by another process meanwhile; it is read the next time
            return Ok(None);
        }
        let record = Record { entries: lines.entries, held };
        if !held && !lines.bad.is_empty() {
            let one = lines.bad.len() == 1;
            let count = if one { "1 line".to_owned() } else { format!("{} lines", lines.bad.len()) };
            let place = path.display();
            let aside = path.with_extension("jsonl.corrupt");
            // whoever only looks changes nothing; and a disk that is full or read-only hides no run
            let put = match purpose {
                Purpose::Look => None,
                Purpose::TakeUp => {
                    Some(set_aside(&aside, &lines.bad).and_then(|()| rewrite(path, &record.entries)))
                }
            };
            reading.partial |= !matches!(put, Some(Ok(())));
            reading.notices.push(match &put {
                Some(Ok(())) => {
                    let verb = if one { "was" } else { "were" };
                    format!(
                        "{count} of {place} could not be read and {verb} set aside as {}",
                        aside.display()
                    )
                }
                Some(Err(error)) => {
                    format!(
                        "{count} of {place} could not be read, nor set aside as {}: {error}",
                        aside.display()
                    )
                }
                None => format!("{count} of {place} cannot be read; the rest is shown"),
            });
            if let Some(Ok(())) = put {
                file = open_for(purpose, path)?;
                if record.entries.is_empty() {
                    let _ = fs::remove_file(path);
                }
            }
        }
        let Some(id) = record.id().cloned() else { return Ok(None) };
        if purpose == Purpose::TakeUp && !held && !record.ended() && lock(&file) {
            file.seek(SeekFrom::End(0))?;
            self.open.insert(id, file);
        }
        Ok(Some(record))
    }
}

/// Opens a run's file: to go on with it where that is the purpose and allowed, else to be read.
fn open_for(purpose: Purpose, path: &Path) -> io::Result<File> {
    match purpose {
        Purpose::Look => regular::open(path),
        Purpose::TakeUp => regular::open_with(OpenOptions::new().read(true).append(true), path)
            .or_else(|_| regular::open(path)),
    }
}

/// A new file, held before it has its name: whoever looks through the directory never finds it free. One that is there
/// is left as it is ([`io::ErrorKind::AlreadyExists`]).
fn create(path: &Path) -> io::Result<File> {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let unnamed = super::disk::with_suffix(path, &format!("new-{}-{number}", std::process::id()));
    let mut options = OpenOptions::new();
    options.read(true).append(true).private();
    let file = options.clone().create(true).open(&unnamed)?;
    // nobody else knows of it; only a file system without locks says no, and is flown on unlocked
    lock(&file);
    let named = fs::hard_link(&unnamed, path);
    let _ = fs::remove_file(&unnamed);
    match named {
        Ok(()) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // a file system without second names: then it has its name a moment before it is held
        Err(_) => {
            let file = options.create_new(true).open(path)?;
            lock(&file);
            Ok(file)
        }
    }
}

/// A file that is there, held; none where another process holds it.
fn take(path: &Path) -> io::Result<Option<File>> {
    for _ in 0..3 {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).private();
        let file = regular::open_with(&mut options, path)?;
        if !lock(&file) {
            return Ok(None);
        }
        // another process may have put the file in order, or away, between the two
        if is_at(&file, path) {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn disk(dir: &Path, run: &RunId, error: io::Error) -> JournalError {
    JournalError::Disk { path: path_of(dir, run), error }
}

/// The run's file. Ids are made here and harmless, but they also come back from files.
fn path_of(dir: &Path, run: &RunId) -> PathBuf {
    let name: String = run
        .0
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' })
        .take(100)
        .collect();
    // `.jsonl` would be a hidden file without an extension, which is not read again
    let name = if name.is_empty() { "_" } else { &name };
    dir.join(format!("{name}.jsonl"))
}

#[derive(Default)]
struct Lines {
    entries: Vec<Entry>,
    bad: Vec<Vec<u8>>,
    newer: Option<Newer>,
}

/// Why a file is taken to be a newer flightdeck's.
enum Newer {
    /// It says so.
    Format(u64),
    /// A line is of a sort, or has a word, that this one does not know.
    Line,
}

fn read_lines(file: &File) -> io::Result<Lines> {
    let mut lines = Lines::default();
    let mut reader = BufReader::new(file);
    loop {
        let mut line = Vec::new();
        let count = reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(lines);
        }
        let whole = line.pop_if(|byte| *byte == b'\n').is_some();
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<Entry>(&line) {
            Ok(Entry::Begin { format, .. }) if format > FORMAT => {
                lines.newer = Some(Newer::Format(u64::from(format)));
                return Ok(lines);
            }
            Ok(entry) if whole && (matches!(entry, Entry::Begin { .. }) == lines.entries.is_empty()) => {
                // a file may have been edited
                lines.entries.push(entry.neutral());
            }
            result => {
                // A newer format may have a `Begin` that does not even read as ours.
                let format = serde_json::from_slice::<serde_json::Value>(&line)
                    .ok()
                    .and_then(|value| value.get("format").and_then(serde_json::Value::as_u64));
                match (result, format) {
                    (Err(_), Some(format)) if format > u64::from(FORMAT) => {
                        lines.newer = Some(Newer::Format(format));
                        return Ok(lines);
                    }
                    // whole, but about something that came later; to set it aside would be to lose it
                    (Err(error), _) if whole && error.to_string().starts_with("unknown variant") => {
                        lines.newer = Some(Newer::Line);
                        return Ok(lines);
                    }
                    _ => lines.bad.push(line),
                }
            }
        }
    }
}

fn set_aside(path: &Path, lines: &[Vec<u8>]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).private().open(path)?;
    for line in lines {
        file.write_all(line)?;
        file.write_all(b"\n")?;
    }
    file.sync_data()
}

fn rewrite(path: &Path, entries: &[Entry]) -> io::Result<()> {
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, entry)?;
        text.push(b'\n');
    }
    super::disk::replace(path, &text)
}

#[cfg(test)]
mod tests;
