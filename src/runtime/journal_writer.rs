//! The journal's own thread: nothing waits for the disk but what must not happen before it is on it.
//!
//! Effects that follow a journal line in the same list pass through here, so that they begin only once the
//! line is synced. A line that cannot be written stops the writes of its list: they are answered as refused,
//! because a change that the journal does not know must not be made.

use super::journal::{Journal, Purpose, Reading};
use crate::model::{Entry, RunId, Stamp};
use std::{
    io,
    sync::mpsc::{self, Receiver, Sender, SyncSender},
    thread,
    time::Duration,
};

/// Something for the journal, or something that waits for it.
enum Job<T> {
    Line(RunId, Box<Entry>),
    /// Begin this, unless a line of the same list could not be written.
    Then(T),
    /// The list is at its end: failures before it are done with.
    ListEnd,
    Read,
    Retire(Duration, Stamp),
    Flush(SyncSender<()>),
}

/// What comes back.
#[derive(Debug)]
pub enum Done<T> {
    /// Every line before this is synced.
    Begin(T),
    /// A line before this in its list could not be written; the reason.
    Refuse(T, String),
    /// A line could not be written; told once.
    Trouble(String),
    /// What the journal holds.
    Read(Reading),
    /// Runs were put away; a sentence about it.
    PutAway(String),
}

/// The thread.
#[derive(Debug)]
pub struct JournalWriter<T> {
    jobs: Sender<Job<T>>,
}

impl<T: Send + 'static> JournalWriter<T> {
    /// Starts the thread; `done` is called on it.
    pub fn start(mut journal: Journal, done: impl FnMut(Done<T>) + Send + 'static) -> io::Result<Self> {
        let (jobs, incoming) = mpsc::channel();
        thread::Builder::new().name("journal".into()).spawn(move || work(&mut journal, &incoming, done))?;
        Ok(Self { jobs })
    }

    /// Writes a line.
    pub fn line(&self, run: RunId, entry: Entry) {
        let _ = self.jobs.send(Job::Line(run, Box::new(entry)));
    }

    /// Comes back as [`Done::Begin`] once every line so far is synced.
    pub fn then(&self, what: T) {
        let _ = self.jobs.send(Job::Then(what));
    }

    /// The list of effects is at its end.
    pub fn list_end(&self) {
        let _ = self.jobs.send(Job::ListEnd);
    }

    /// Reads the journal; runs that nobody carries out are taken hold of.
    pub fn read(&self) {
        let _ = self.jobs.send(Job::Read);
    }

    /// Puts away what ended longer than `keep` ago; told as [`Done::PutAway`].
    pub fn retire(&self, keep: Duration, now: Stamp) {
        let _ = self.jobs.send(Job::Retire(keep, now));
    }

    /// Waits until every line is synced, but no longer than that. True when they are.
    pub fn flush(&self, within: Duration) -> bool {
        let (told, hear) = mpsc::sync_channel(1);
        self.jobs.send(Job::Flush(told)).is_ok() && hear.recv_timeout(within).is_ok()
    }
}

fn work<T>(journal: &mut Journal, incoming: &Receiver<Job<T>>, mut done: impl FnMut(Done<T>)) {
    let mut failed: Option<String> = None;
    // Lines in a row are synced together: before something that waits for them, or when nothing more comes.
    while let Some(job) = next(journal, incoming, &mut failed, &mut done) {
        match job {
            Job::Line(run, entry) => {
                if let Err(error) = journal.append(&run, &entry) {
                    fail(&mut failed, &mut done, error.to_string());
                }
            }
            Job::Then(what) => {
                sync(journal, &mut failed, &mut done);
                done(match &failed {
                    None => Done::Begin(what),
                    Some(why) => Done::Refuse(what, why.clone()),
                });
            }
            Job::ListEnd => {
                sync(journal, &mut failed, &mut done);
                failed = None;
            }
            Job::Read => done(Done::Read(journal.read(Purpose::TakeUp))),
            Job::Retire(keep, now) => {
                if let Some(told) = journal.retire(keep, now) {
                    done(Done::PutAway(told));
                }
            }
            Job::Flush(told) => {
                sync(journal, &mut failed, &mut done);
                let _ = told.send(());
            }
        }
    }
}

fn next<T>(
    journal: &mut Journal,
    incoming: &Receiver<Job<T>>,
    failed: &mut Option<String>,
    done: &mut impl FnMut(Done<T>),
) -> Option<Job<T>> {
    match incoming.try_recv() {
        Ok(job) => Some(job),
        Err(mpsc::TryRecvError::Disconnected) => {
            sync(journal, failed, done);
            None
        }
        Err(mpsc::TryRecvError::Empty) => {
            sync(journal, failed, done);
            incoming.recv().ok()
        }
    }
}

fn sync<T>(journal: &mut Journal, failed: &mut Option<String>, done: &mut impl FnMut(Done<T>)) {
    if let Err(error) = journal.sync() {
        fail(failed, done, error.to_string());
    }
}

fn fail<T>(failed: &mut Option<String>, done: &mut impl FnMut(Done<T>), why: String) {
    if failed.is_none() {
        done(Done::Trouble(why.clone()));
    }
    *failed = Some(why);
}

#[cfg(test)]
mod tests {
    use super::super::journal_writer::*;
    use std::fs;

    fn entry() -> Entry {
        Entry::Unwatched { at: Stamp(1), why: String::new() }
    }

    fn journal_writer(dir: std::path::PathBuf) -> (JournalWriter<u32>, Receiver<Done<u32>>) {
        let (tell, hear) = mpsc::channel();
        let journal_writer = JournalWriter::start(Journal::new(dir), move |done| {
            let _ = tell.send(done);
        });
        (journal_writer.unwrap(), hear)
    }

    #[test]
    fn what_follows_a_line_begins_when_the_line_is_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let (journal_writer, hear) = journal_writer(dir.path().to_owned());
        journal_writer.line("r1".into(), entry());
        journal_writer.then(7);
        assert!(matches!(hear.recv().unwrap(), Done::Begin(7)));
        assert_eq!(fs::read_to_string(dir.path().join("r1.jsonl")).unwrap().lines().count(), 1);
        assert!(journal_writer.flush(Duration::from_secs(5)));
    }

    #[test]
    fn a_line_that_cannot_be_written_refuses_the_rest_of_its_list_only() {
        let dir = tempfile::tempdir().unwrap();
        let blocked = dir.path().join("runs");
        fs::write(&blocked, "a file where the directory should be").unwrap();
        let (journal_writer, hear) = journal_writer(blocked.clone());
        journal_writer.line("r1".into(), entry());
        journal_writer.then(1);
        journal_writer.list_end();
        journal_writer.then(2);
        assert!(matches!(hear.recv().unwrap(), Done::Trouble(_)));
        assert!(matches!(hear.recv().unwrap(), Done::Refuse(1, why) if why.contains("r1.jsonl")));
        assert!(matches!(hear.recv().unwrap(), Done::Begin(2)));
    }
}
