//! A plan saved to be flown later: what was asked for, what it was made from, and what it was going to do.
//!
//! Flying it plans anew from the same words. Where the service, the image behind a tag, or anything the plan
//! does is not as it was, it is refused: nobody has read that plan.

use super::request::Request;
use crate::{
    cli::fail::{FAILED, Failure, REFUSED, USAGE},
    model::{DiffLine, Plan, Service, Stamp, text},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// The format written and read.
const FORMAT: u32 = 1;

/// A file larger than this is not one of ours, bytes.
const SIZE_MAX: u64 = 4 << 20;

/// The service as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    arn: String,
    revision: String,
    task_definition: String,
    image: String,
    digest: Option<String>,
    deployed_at: Option<Stamp>,
}

impl Before {
    /// Of a row of the fleet.
    pub fn of(service: &Service) -> Self {
        Self {
            arn: service.arn.clone(),
            revision: service.revision.clone(),
            task_definition: service.task_definition.clone(),
            image: service.version.image.clone(),
            digest: service.version.digest.clone(),
            deployed_at: service.deployed_at,
        }
    }
}

/// What the plan was going to do, as far as time alone does not change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Deed {
    account: String,
    region: String,
    title: String,
    from: String,
    to: String,
    lines: Vec<(String, String)>,
    diff: Vec<String>,
    steps: Vec<String>,
    may_call: Vec<String>,
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
            account: plan.account.clone(),
            region: plan.region.clone(),
            title: plan.title.clone(),
            from: plan.from.clone(),
            to: plan.to.clone(),
            lines: lines.map(|line| (line.label.clone(), lasting(&line.value).to_owned())).collect(),
            diff: diff.collect(),
            steps: plan.steps.clone(),
            may_call: plan.writes.iter().map(|write| (*write).to_owned()).collect(),
        }
    }

    /// What another one does differently, in words; none where nothing is.
    fn difference(&self, now: &Self) -> Option<String> {
        for (what, then, now) in [
            ("the account", &self.account, &now.account),
            ("the region", &self.region, &now.region),
            ("what runs", &self.from, &now.from),
            ("what would be put in place", &self.to, &now.to),
            ("what it does", &self.title, &now.title),
        ] {
            if then != now {
                return Some(format!("{what} was {then} and is {now}"));
            }
        }
        let differs = self.lines.iter().zip(&now.lines).find(|(then, now)| then != now);
        if let Some(((label, then), (_, now))) = differs {
            return Some(format!("the {label} was {then} and is {now}"));
        }
        if self.lines.len() != now.lines.len() || self.diff != now.diff {
            return Some("the difference of what is set is another one".to_owned());
        }
        (self != now).then(|| "it would take other steps".to_owned())
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
    made_at: Stamp,
    who: String,
    /// What was asked for; its service is spelt so that no other can be meant.
    pub request: Request,
    before: Before,
    plan: Deed,
}

impl Saved {
    /// Of a plan that was just made.
    pub fn of(request: Request, service: &Service, plan: &Plan, who: &str, now: Stamp) -> Self {
        let (before, plan) = (Before::of(service), Deed::of(plan));
        Self { format: FORMAT, made_at: now, who: who.to_owned(), request, before, plan }
    }

    /// Writes it, for its owner alone to read.
    ///
    /// # Errors
    /// Exit code 1 where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(FAILED, format!("{} could not be written: {error}", shown(path)))
        };
        let mut text = serde_json::to_string_pretty(self).map_err(|error| failed(&error))?;
        text.push('\n');
        let open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        open.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| failed(&error))
    }

    /// Reads one.
    ///
    /// # Errors
    /// Exit code 2 for what is no saved plan of this format.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::new(USAGE, format!("{}: {why}", shown(path)));
        let mut text = String::new();
        let read = fs::File::open(path).and_then(|file| file.take(SIZE_MAX).read_to_string(&mut text));
        read.map_err(|error| wrong(&error.to_string()))?;
        let not_ours = "this is no saved plan; make one with --plan --out FILE";
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|_| wrong(not_ours))?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) if format > u64::from(FORMAT) => {
                return Err(wrong(&format!(
                    "written by a newer flightdeck (format {format}, this one reads {FORMAT}); make the plan anew"
                )));
            }
            _ => return Err(wrong(not_ours)),
        }
        serde_json::from_value(value).map_err(|_| wrong(not_ours))
    }

    /// Holds the world against what it was when the plan was made.
    ///
    /// # Errors
    /// Exit code 5 where the service was changed since.
    pub fn check_service(&self, service: &Service) -> Result<(), Failure> {
        let now = Before::of(service);
        let short = |arn: &str| text::line(arn.rsplit('/').next().unwrap_or(arn));
        let changed = [
            ("is another service now", &self.before.arn, &now.arn),
            ("was given another revision", &self.before.task_definition, &now.task_definition),
            ("was given another revision", &self.before.revision, &now.revision),
            ("was given another image", &self.before.image, &now.image),
        ];
        let told = if let Some((what, then, now)) = changed.into_iter().find(|(_, then, now)| then != now) {
            format!("{what}: {} → {}", short(then), short(now))
        } else if self.before.digest.is_some() && now.digest.is_some() && self.before.digest != now.digest {
            "runs another image behind the same tag".to_owned()
        } else if self.before.deployed_at != now.deployed_at {
            "was deployed again".to_owned()
        } else {
            return Ok(());
        };
        Err(void(&format!("{} {told}", service.key)))
    }

    /// Holds the new plan against the saved one.
    ///
    /// # Errors
    /// Exit code 5 where they differ.
    pub fn check_plan(&self, plan: &Plan) -> Result<(), Failure> {
        match self.plan.difference(&Deed::of(plan)) {
            None => Ok(()),
            Some(what) => Err(void(&text::line(&what))),
        }
    }

    /// The account it was made in.
    pub fn check_account(&self, account: &str) -> Result<(), Failure> {
        if account.is_empty() || account == self.plan.account {
            return Ok(());
        }
        Err(Failure::new(
            REFUSED,
            format!(
                "nothing was changed: the plan was made in account {}, and these credentials belong to {account}; use those of that account",
                text::line(&self.plan.account)
            ),
        ))
    }
}

fn void(what: &str) -> Failure {
    Failure::new(
        REFUSED,
        format!(
            "nothing was changed: since the plan was made the world has moved: {what}; make the plan anew"
        ),
    )
}

fn shown(path: &Path) -> String {
    text::line(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::plan;
    use super::*;
    use crate::model::{RunKind, Version};
    use std::os::unix::fs::PermissionsExt;

    fn service() -> Service {
        let mut service = Service::named(plan().key, "arn:aws:ecs:us-west-2:1:service/staging/web".into());
        service.task_definition = "arn:aws:ecs:us-west-2:1:task-definition/web:17".into();
        service.revision = "web:17".into();
        service.version = Version::of("web:8be02d4", Some("sha256:8b"));
        service.deployed_at = Some(Stamp(5));
        service
    }

    fn saved() -> Saved {
        let request = Request {
            verb: RunKind::Deploy,
            service: "staging/ecs:staging/web".into(),
            image: Some("e7b41d2".into()),
            to: None,
            from: None,
            note: "why".into(),
        };
        Saved::of(request, &service(), &plan(), "me@here", Stamp(7))
    }

    #[test]
    fn it_comes_back_as_it_was_and_is_nobody_elses_to_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.json");
        saved().write(&path).unwrap();
        assert_eq!(Saved::read(&path).unwrap(), saved());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for (text, told) in [
            ("", "no saved plan"),
            ("{}", "no saved plan"),
            ("{\"format\": 1}", "no saved plan"),
            ("[1", "no saved plan"),
            ("{\"format\": 2}", "newer flightdeck"),
        ] {
            fs::write(&path, text).unwrap();
            let failure = Saved::read(&path).unwrap_err();
            assert!(failure.code == USAGE && failure.message.contains(told), "{text}: {failure}");
        }
        assert_eq!(Saved::read(&dir.path().join("nowhere")).unwrap_err().code, USAGE);
    }

    #[test]
    fn a_world_that_stood_still_is_flown_in() {
        saved().check_service(&service()).unwrap();
        saved().check_account("111122223333").unwrap();
        // which image runs was not found out this time
        let mut unknown = service();
        unknown.version.digest = None;
        saved().check_service(&unknown).unwrap();
        let mut later = plan();
        for line in &mut later.lines {
            line.value = line.value.replace("pushed 15m ago", "also latest, pushed 3h ago");
        }
        later.warnings.clear();
        saved().check_plan(&later).unwrap();
    }

    #[test]
    fn a_world_that_moved_is_not() {
        for (change, told) in [
            (
                (|s: &mut Service| s.task_definition = s.task_definition.replace(":17", ":18"))
                    as fn(&mut Service),
                "was given another revision: web:17 → web:18",
            ),
            (|s| s.version = Version::of("web:other", None), "was given another image"),
            (|s| s.version.digest = Some("sha256:8c".into()), "another image behind the same tag"),
            (|s| s.deployed_at = Some(Stamp(6)), "was deployed again"),
            (|s| s.arn.push('2'), "is another service now"),
        ] {
            let mut service = service();
            change(&mut service);
            let failure = saved().check_service(&service).unwrap_err();
            assert!(failure.code == REFUSED && failure.message.contains(told), "{failure}");
        }
        for (change, told) in [
            (
                (|p: &mut Plan| p.to = "5d2ae18".into()) as fn(&mut Plan),
                "what would be put in place was e7b41d2 and is 5d2ae18",
            ),
            // the tag names another image now
            (
                |p| {
                    p.lines.iter_mut().for_each(|l| l.value = l.value.replace("0123456789ab", "ffffffffffff"))
                },
                "the image was web:e7b41d2, sha256:0123456789ab and is",
            ),
            (|p| p.diff.clear(), "the difference"),
            (|p| p.steps.push("migrate".into()), "other steps"),
            (|p| p.writes.push("ecs:RunTask"), "other steps"),
        ] {
            let mut plan = plan();
            change(&mut plan);
            let failure = saved().check_plan(&plan).unwrap_err();
            assert!(failure.code == REFUSED && failure.message.contains(told), "{failure}");
        }
        let failure = saved().check_account("999999999999").unwrap_err();
        assert!(failure.code == REFUSED && failure.message.contains("111122223333"), "{failure}");
    }
}
