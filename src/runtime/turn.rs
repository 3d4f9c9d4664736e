//! Whose turn it is to run a command on this machine: one at a time of an application in an environment.
//!
//! A plan looks for commands of other runs, and two plans that are worked out in the same moment see none. So it is asked once
//! more, under a file that is held as long as the command runs, right before it begins. The file tells the command's
//! process, which may go on where the one that began it was killed.

use super::{disk::Private, journal::hold, process};
use crate::{
    config::paths::{Paths, home},
    model::{
        ServiceKey, Trouble, TroubleKind,
        process::{Life, Process},
    },
};
use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Bytes that are read of what is told of a process.
const TOLD_MAX: u64 = 4_096;

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn(File);

impl Turn {
    /// Takes the turn of an application where a service is, in this user's state directory.
    ///
    /// # Errors
    /// Where a command of it runs, and where that cannot be told.
    pub fn take(key: &ServiceKey, application: &str) -> Result<Self, Trouble> {
        let paths = Paths::new(&|name| std::env::var(name).ok(), &home());
        let application = if application.is_empty() { &*key.name } else { application };
        Self::take_in(&paths.state.join("local"), &key.environment.0, application)
    }

    fn take_in(dir: &Path, environment: &str, application: &str) -> Result<Self, Trouble> {
        let refuse = |kind, why: String, remedy: &str| Trouble {
            kind,
            what: "begin the command on this machine".to_owned(),
            on: format!("{application} in {environment}"),
            why,
            remedy: remedy.to_owned(),
        };
        let runs = |why: String| {
            refuse(TroubleKind::Refused, why, "wait until it has ended, see what it did, and plan again")
        };
        let mut file =
            open(dir, &format!("{}.{}", plain(environment), plain(application))).map_err(|error| {
                let why = format!("whether another one runs cannot be told: {}: {error}", dir.display());
                refuse(TroubleKind::Refused, why, "see that the directory can be written")
            })?;
        if !hold::lock(&file) {
            return Err(runs("another run of flightdeck runs one now".to_owned()));
        }
        let mut told = String::new();
        let read = (&mut file).take(TOLD_MAX).read_to_string(&mut told);
        let process = read.ok().and_then(|_| serde_json::from_str::<Process>(&told).ok());
        match process.filter(|process| process::life(process) == Life::Runs) {
            Some(process) => {
                Err(runs(format!("the command of an earlier run still runs, as process {}", process.id)))
            }
            None => Ok(Self(file)),
        }
    }

    /// Tells the process that was begun: it may outlive this one.
    pub fn began(&self, process: &Process) {
        // what cannot be written is in the journal too
        if let Ok(text) = serde_json::to_string(process) {
            let _ = self.write(&text);
        }
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        let mut file = &self.0;
        file.seek(SeekFrom::Start(0))?;
        file.set_len(0)?;
        file.write_all(text.as_bytes())
    }
}

fn open(dir: &Path, name: &str) -> std::io::Result<File> {
    DirBuilder::new().recursive(true).private().create(dir)?;
    let path: PathBuf = dir.join(format!("{name}.lock"));
    OpenOptions::new().read(true).write(true).create(true).truncate(false).private().open(path)
}

/// A name as part of a file's name; different ones stay different.
fn plain(name: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let escaped = |c: char| if kept(c) { c.to_string() } else { format!("%{:x}", u32::from(c)) };
    name.chars().take(60).map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_of_an_application_runs_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let take = |application: &str| Turn::take_in(dir.path(), "prod", application);
        let first = take("web").unwrap();
        let refused = take("web").unwrap_err();
        assert_eq!(refused.kind, TroubleKind::Refused);
        assert!(refused.why.contains("another run of flightdeck runs one now"), "{refused}");
        assert!(take("api").is_ok(), "another application's is nobody's business");
        drop(first);
        assert!(take("web").is_ok());
        // whoever began it was killed, and it goes on
        let killed = take("web").unwrap();
        killed.began(&process::begun(std::process::id()));
        drop(killed);
        let refused = take("web").unwrap_err();
        assert!(refused.why.contains("an earlier run still runs, as process"), "{refused}");
    }
}
