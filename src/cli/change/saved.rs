//! A plan saved to be applied later: what was asked for, what it was made from, and what it was going to do.
//!
//! Flying it plans the same wish anew. Where the service, the image behind a tag, or anything the plan
//! does is not as it was, it is refused: nobody has read that plan.

use super::request::Request;
use crate::{
    cli::fail::{FAILED, Failure, REFUSED, USAGE},
    config::regular,
    model::{DiffLine, Plan, Service, Stamp, secret, text},
    ops::{Draft, PlanFile, Wish, plan_file},
    runtime::disk,
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// The format written and read. Those before 2 could be applied as often as they were called.
const FORMAT: u32 = 2;

/// A file larger than this is not one of ours, bytes.
const SIZE_MAX: u64 = 4 << 20;

/// What the plan was going to do beyond what [`PlanFile`] keeps, as far as time alone does not change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Deed {
    lines: Vec<(String, String)>,
    diff: Vec<String>,
}

impl Deed {
    fn of(plan: &Plan) -> Self {
        let diff = plan.diff.iter().map(|line| match line {
            DiffLine::Same(text) => format!("  {text}"),
            DiffLine::Removed(text) => format!("- {text}"),
            DiffLine::Added(text) => format!("+ {text}"),
            DiffLine::Skipped(count) => format!("… {count}"),
        });
        let lines = plan.lines.iter().filter(|line| line.strong || line.label == "reference");
        Self {
            lines: lines.map(|line| (line.label.clone(), lasting(&line.value).to_owned())).collect(),
            diff: diff.collect(),
        }
    }

    /// What another one does differently, in words; none where nothing is.
    fn difference(&self, now: &Self) -> Option<String> {
        // masks have keys of their own in each process
        let same = |then: &(String, String), now: &(String, String)| {
            then.0 == now.0 && secret::is_same(&then.1, &now.1)
        };
        let differs = self.lines.iter().zip(&now.lines).find(|(then, now)| !same(then, now));
        if let Some(((label, then), (_, now))) = differs {
            return Some(format!("the {label} was {then} and is {now}"));
        }
        let other = self.lines.len() != now.lines.len() || self.changes() != now.changes();
        other.then(|| "the difference in configuration is not the same".to_owned())
    }

    /// The lines that change, in no order and without the comma behind them: what stands around them is told by ECS in
    /// an order of its own.
    fn changes(&self) -> Vec<&str> {
        let changed = self.diff.iter().filter(|line| line.starts_with(['-', '+']));
        let mut changed: Vec<&str> = changed.map(|line| line.trim_end_matches(',')).collect();
        changed.sort_unstable();
        changed
    }
}

/// A particular without what passes by itself: how long ago the image was pushed, which other tags it has.
fn lasting(value: &str) -> &str {
    let end = [", also ", ", pushed "].iter().filter_map(|mark| value.find(mark)).min();
    end.and_then(|end| value.get(..end)).unwrap_or(value)
}

/// A saved plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    format: u32,
    who: String,
    /// Why it was made.
    pub note: String,
    /// Whether it takes a migration back.
    pub down: bool,
    /// Whether a rollback is to be watched, though that is not configured.
    #[serde(default)]
    pub verify: bool,
    /// When the service was last deployed: a deployment of the same revision is a change as well.
    deployed_at: Option<Stamp>,
    deed: Deed,
    /// What was wished for, and on which world it was planned.
    pub plan: PlanFile,
}

impl Saved {
    /// Of a plan that was just made.
    pub fn of(
        draft: &Draft,
        wish: &Wish,
        service: &Service,
        request: &Request,
        who: &str,
        now: Stamp,
    ) -> Self {
        Self {
            format: FORMAT,
            who: who.to_owned(),
            note: request.note.clone(),
            down: request.down,
            verify: request.verify,
            deployed_at: service.deployed_at,
            deed: Deed::of(&draft.plan),
            plan: PlanFile::of(draft, wish, now),
        }
    }

    /// Writes it, for its owner alone to read, in place of an earlier plan or where nothing is. A link is not followed.
    ///
    /// # Errors
    /// Exit code 2 where something else is there, 1 where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(FAILED, format!("{} could not be written: {error}", shown(path)))
        };
        may_be_replaced(path)?;
        let mut text = serde_json::to_string_pretty(self).map_err(|error| failed(&error))?;
        text.push('\n');
        disk::replace(path, text.as_bytes()).map_err(|error| failed(&error))
    }

    /// Reads one.
    ///
    /// # Errors
    /// Exit code 2 for what is no saved plan of this format.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::new(USAGE, format!("{}: {why}", shown(path)));
        let mut text = String::new();
        let read = regular::open(path).and_then(|file| file.take(SIZE_MAX).read_to_string(&mut text));
        read.map_err(|error| wrong(&error.to_string()))?;
        let saved: Self = plan_file::parse(&text).map_err(|refusal| wrong(&refusal.to_string()))?;
        saved.plan.check().map_err(|refusal| wrong(&refusal.to_string()))?;
        Ok(saved)
    }

    /// Holds the account against the one it was made in, before anything else is asked there.
    ///
    /// # Errors
    /// Exit code 5 where it is another one.
    pub fn check_account(&self, account: &str) -> Result<(), Failure> {
        let made_in = &self.plan.world.account;
        if account.is_empty() || account == made_in {
            return Ok(());
        }
        Err(Failure::new(
            REFUSED,
            format!(
                "nothing was changed: the plan was made in account {}, and these credentials belong to {account}; use those of that account",
                text::line(made_in)
            ),
        ))
    }

    /// Holds the service against what it was.
    ///
    /// # Errors
    /// Exit code 5 where it was changed since.
    pub fn check_service(&self, service: &Service) -> Result<(), Failure> {
        let (then, now) = (&self.plan.world.task_definition, &service.task_definition);
        let short = |arn: &str| text::line(arn.rsplit('/').next().unwrap_or(arn));
        if !now.is_empty() && then != now {
            let told =
                format!("{} was given another revision: {} → {}", service.key, short(then), short(now));
            return Err(void(&told));
        }
        if self.deployed_at != service.deployed_at {
            return Err(void(&format!("{} was deployed again", service.key)));
        }
        Ok(())
    }

    /// Holds the plan that was made anew against the saved one.
    ///
    /// # Errors
    /// Exit code 5 where the world has moved.
    pub fn check_plan(&self, draft: &Draft) -> Result<(), Failure> {
        self.plan.matches(draft).map_err(|refusal| {
            Failure::new(REFUSED, text::line(&format!("nothing was changed: {refusal}")))
        })?;
        match self.deed.difference(&Deed::of(&draft.plan)) {
            Some(what) => Err(void(&text::line(&what))),
            None => Ok(()),
        }
    }
}

/// Whether a plan may be written there: where nothing is, or a plan of whatever version.
fn may_be_replaced(path: &Path) -> Result<(), Failure> {
    let refuse = |what: &str| {
        let told = format!("{} is {what}; it was not overwritten; name another file", shown(path));
        Err(Failure::new(USAGE, told))
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Ok(found) if !found.is_file() => return refuse("not a regular file"),
        _ => {}
    }
    let mut text = String::new();
    let read = regular::open(path).and_then(|file| file.take(SIZE_MAX).read_to_string(&mut text));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let is_plan = value.get("format").is_some_and(serde_json::Value::is_u64)
        && ["plan", "deed"].iter().all(|name| value.get(name).is_some_and(serde_json::Value::is_object));
    if read.is_ok() && is_plan { Ok(()) } else { refuse("there and is not a saved plan") }
}

fn void(what: &str) -> Failure {
    Failure::new(
        REFUSED,
        format!("nothing was changed: something changed since the plan was made: {what}; make a new plan"),
    )
}

fn shown(path: &Path) -> String {
    text::line(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::plan;
    use super::*;

    #[test]
    fn what_is_no_plan_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.json");
        for (text, told) in [
            ("", "not a saved plan"),
            ("{}", "not a saved plan"),
            ("{\"format\": 1}", "an earlier"),
            ("[1", "line 1 column 2"),
            ("{\"format\": 1, \"plan\": {}}", "an earlier"),
            ("{\"format\": 2, \"plan\": {}}", "not a saved plan"),
            ("{\"format\": 3}", "newer flightdeck"),
        ] {
            fs::write(&path, text).unwrap();
            let failure = Saved::read(&path).unwrap_err();
            assert!(failure.code == USAGE && failure.message.contains(told), "{text}: {failure}");
        }
        assert_eq!(Saved::read(&dir.path().join("nowhere")).unwrap_err().code, USAGE);
    }

    #[test]
    fn time_alone_makes_no_difference() {
        let then = Deed::of(&plan());
        let mut later = plan();
        for line in &mut later.lines {
            line.value = line.value.replace("pushed 15m ago", "also latest, pushed 3h ago");
        }
        later.warnings.clear();
        assert_eq!(then.difference(&Deed::of(&later)), None);
        for (change, told) in [
            // the tag names another image now
            (
                (|p: &mut Plan| {
                    p.lines
                        .iter_mut()
                        .for_each(|l| l.value = l.value.replace("0123456789ab", "ffffffffffff"));
                }) as fn(&mut Plan),
                "the image was web:e7b41d2, sha256:0123456789ab and is",
            ),
            (|p| p.diff.clear(), "the difference"),
            (|p| p.lines.clear(), "the difference"),
        ] {
            let mut moved = plan();
            change(&mut moved);
            let difference = then.difference(&Deed::of(&moved)).unwrap();
            assert!(difference.contains(told), "{difference}");
        }
    }
}
