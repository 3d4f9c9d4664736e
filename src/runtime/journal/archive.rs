//! Retention: runs that ended long ago are put beside the others. Nothing is deleted.

use super::{
    Journal, Record,
    hold::{is_at, lock},
    read_lines,
};
use crate::{
    config::regular,
    model::{Entry, Stamp, Verdict, stamp},
    runtime::disk::{self, Private},
};
use std::{
    fs::{self, DirBuilder, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Files looked at in one go; the rest has time until the next start.
const LOOKED_AT: usize = 500;

impl Journal {
    /// Moves runs that ended longer than `keep` ago into `archive` beside them, and says so in a sentence; none
    /// where there was nothing to move. What has not ended, was lost, is carried out by another process or cannot be
    /// read whole stays.
    pub fn retire(&self, keep: Duration, now: Stamp) -> Option<String> {
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let archive = self.dir.join("archive");
        let mut moved = 0_usize;
        let mut trouble = None;
        for path in self.begun_before(now.plus(-keep)) {
            match old(&path, keep, now) {
                Ok(None) => {}
                Ok(Some(file)) => match put_away(&path, &archive, &file) {
                    Ok(true) => moved += 1,
                    Ok(false) => {}
                    Err(error) => trouble = trouble.or(Some(error)),
                },
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        if moved > 0 {
            let _ = File::open(&archive).and_then(|dir| dir.sync_all());
            let _ = File::open(&self.dir).and_then(|dir| dir.sync_all());
        }
        let runs = if moved == 1 { "1 run".to_owned() } else { format!("{moved} runs") };
        let verb = if moved == 1 { "was" } else { "were" };
        let place = archive.display();
        match (moved, trouble) {
            (0, None) => None,
            (0, Some(error)) => Some(format!("old runs could not be moved to {place}: {error}")),
            (_, None) => Some(format!(
                "{runs} that ended more than {} ago {verb} moved to {place}",
                stamp::brief(keep)
            )),
            (_, Some(error)) => Some(format!("{runs} {verb} moved to {place}; others could not be: {error}")),
        }
    }

    /// The oldest files whose run began before that, by their names, which begin with the moment.
    fn begun_before(&self, limit: Stamp) -> Vec<PathBuf> {
        let Ok(listing) = fs::read_dir(&self.dir) else { return Vec::new() };
        let mut files: Vec<PathBuf> = listing
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .filter(|path| began(path).is_some_and(|at| at < limit))
            .collect();
        files.sort();
        files.truncate(LOOKED_AT);
        files
    }
}

/// When a run began, by the name of its file, else by when that was last written.
fn began(path: &Path) -> Option<Stamp> {
    let name = path.file_stem()?.to_str()?;
    let by_name = name
        .split_once('-')
        .filter(|(moment, _)| moment.len() == 11)
        .and_then(|(moment, _)| i64::from_str_radix(moment, 16).ok());
    by_name.map(Stamp).or_else(|| {
        let written = fs::metadata(path).ok()?.modified().ok()?;
        let since = written.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok().map(Stamp)
    })
}

/// The file, held, where its run ended so long ago.
fn old(path: &Path, keep: i64, now: Stamp) -> io::Result<Option<File>> {
    let file = match regular::open(path) {
        Ok(file) => file,
        // another process was faster
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !lock(&file) || !is_at(&file, path) {
        return Ok(None);
    }
    let lines = read_lines(&file)?;
    if !lines.bad.is_empty() || lines.newer.is_some() {
        return Ok(None);
    }
    let record = Record { entries: lines.entries, held: false };
    let ended = record.entries.iter().rev().find_map(|entry| match entry {
        Entry::End { at, verdict, for_good, .. } if *verdict != Verdict::Lost || *for_good => Some(*at),
        _ => None,
    });
    Ok(ended.filter(|at| record.ended() && now.since(*at) > keep).map(|_| file))
}

/// Moves a file, which stays held until it is moved; false where its name is taken there by another.
fn put_away(path: &Path, archive: &Path, _held: &File) -> io::Result<bool> {
    let Some(name) = path.file_name() else { return Ok(false) };
    DirBuilder::new().recursive(true).private().create(archive)?;
    let target = archive.join(name);
    if target.exists() {
        return Ok(false);
    }
    fs::rename(path, &target)?;
    // what was set aside of it goes with it
    let aside = disk::with_suffix(path, "corrupt");
    if aside.exists() {
        let _ = fs::rename(&aside, disk::with_suffix(&target, "corrupt"));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Kind, RunHeader, RunId, RunKind, ServiceKey},
        runtime::journal::{FORMAT, Purpose},
    };

    const DAY: i64 = 86_400_000;

    fn id(began: i64, number: u8) -> RunId {
        RunId::from(format!("{began:011x}-00000000-{number:02x}").as_str())
    }

    fn write_run(journal: &mut Journal, id: &RunId, ended: Option<(i64, Verdict)>) {
        let run = RunHeader {
            id: id.clone(),
            kind: RunKind::Deploy,
            key: ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
            account: String::new(),
            region: String::new(),
            title: String::new(),
            from: String::new(),
            to: String::new(),
            who: String::new(),
            identity: String::new(),
            note: String::new(),
            at: Stamp(1),
        };
        journal
            .append(
                id,
                &Entry::Begin {
                    format: FORMAT,
                    run,
                    steps: vec![],
                    confirmed: std::collections::BTreeMap::default(),
                },
            )
            .unwrap();
        if let Some((at, verdict)) = ended {
            journal
                .append(id, &Entry::End { at: Stamp(at), verdict, why: String::new(), for_good: false })
                .unwrap();
        }
        journal.sync().unwrap();
    }

    #[test]
    fn what_ended_long_ago_is_put_beside_the_rest_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::new(dir.path().to_owned());
        let now = 1_795_000_000_000;
        let old = now - 100 * DAY;
        let (done, lost, open, late, young) =
            (id(old, 1), id(old, 2), id(old, 3), id(old, 4), id(now - DAY, 5));
        write_run(&mut journal, &done, Some((old + 1, Verdict::Failed)));
        write_run(&mut journal, &lost, Some((old + 1, Verdict::Lost)));
        write_run(&mut journal, &open, None);
        write_run(&mut journal, &late, Some((now - 80 * DAY, Verdict::Succeeded)));
        write_run(&mut journal, &young, Some((now, Verdict::Succeeded)));
        fs::write(dir.path().join(format!("{done}.jsonl.corrupt")), "x").unwrap();
        let keep = Duration::from_hours(90 * 24);
        let told = journal.retire(keep, Stamp(now)).unwrap();
        assert!(told.starts_with("1 run that ended more than 12w ago was moved to "), "{told}");
        let mut archived: Vec<_> = fs::read_dir(dir.path().join("archive"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        archived.sort();
        assert_eq!(archived, [format!("{done}.jsonl"), format!("{done}.jsonl.corrupt")]);
        let left: Vec<_> = journal.read(Purpose::Look).runs.iter().filter_map(|r| r.id().cloned()).collect();
        assert_eq!(left, [lost, open, late, young]);
        assert_eq!(journal.retire(keep, Stamp(now)), None, "once");
    }

    #[test]
    fn a_name_that_is_taken_and_a_place_that_cannot_be_made_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::new(dir.path().to_owned());
        let now = 1_795_000_000_000;
        let done = id(now - 100 * DAY, 1);
        write_run(&mut journal, &done, Some((now - 99 * DAY, Verdict::Succeeded)));
        fs::create_dir(dir.path().join("archive")).unwrap();
        let taken = dir.path().join(format!("archive/{done}.jsonl"));
        fs::write(&taken, "other").unwrap();
        assert_eq!(journal.retire(Duration::from_secs(1), Stamp(now)), None);
        assert_eq!(fs::read_to_string(&taken).unwrap(), "other");
        fs::remove_dir_all(dir.path().join("archive")).unwrap();
        fs::write(dir.path().join("archive"), "a file").unwrap();
        let told = journal.retire(Duration::from_secs(1), Stamp(now)).unwrap();
        assert!(told.contains("could not be moved"), "{told}");
        assert_eq!(journal.read(Purpose::Look).runs.len(), 1);
    }
}
