//! Tasks that ended, put together by how.

use super::{
    lines,
    parts::{Cause, CauseKind, Evidence, Known},
    words,
};
use crate::model::{
    Blame, LogLine, Stamp, TaskBrief,
    blame::{self, By},
    running,
};

/// Tasks that ended in the same way.
#[derive(Debug, Clone)]
pub struct Deaths<'a> {
    /// How, in a clause.
    pub how: String,
    /// Who ended them.
    pub by: By,
    /// The newest of them.
    pub newest: &'a TaskBrief,
    /// How many.
    pub count: usize,
    /// When the first and the last of them ended.
    pub span: Option<(Stamp, Stamp)>,
    /// Whether their revision is in place, or being put there.
    pub here: bool,
    /// When the newest was written down here, where AWS does not tell it any more.
    pub kept: Option<Stamp>,
}

/// The groups, those in place first, then the newest first. What was replaced in good order is none of them.
pub fn grouped<'a>(known: &Known<'a>) -> Vec<Deaths<'a>> {
    let detail = known.detail;
    let read = detail.tasks.iter().map(|task| (None, task));
    let kept = known.evidence.kept.tasks.iter().map(|(at, task)| (Some(*at), task));
    let forgotten = kept.filter(|(_, task)| !detail.tasks.iter().any(|own| own.id == task.id));
    let mut all: Vec<(Option<Stamp>, &TaskBrief)> = read
        .chain(forgotten)
        .filter(|(_, task)| task.is_stopped() && Blame::of(task).by != By::Scheduler)
        .collect();
    all.sort_by_key(|(_, task)| std::cmp::Reverse(task.stopped_at));
    let mut groups: Vec<Deaths<'a>> = Vec::new();
    for (kept, task) in all {
        let how = blame::why(task);
        let here = running::in_place(&detail.deployments, task);
        let same = |group: &&mut Deaths<'_>| {
            group.how == how && group.newest.task_definition == task.task_definition && group.here == here
        };
        match groups.iter_mut().find(same) {
            Some(group) => {
                group.count += 1;
                if let (Some(span), Some(at)) = (&mut group.span, task.stopped_at) {
                    span.0 = span.0.min(at);
                }
            }
            None => groups.push(Deaths {
                how,
                by: Blame::of(task).by,
                newest: task,
                count: 1,
                span: task.stopped_at.map(|at| (at, at)),
                here,
                kept,
            }),
        }
    }
    groups.sort_by_key(|group| (!group.here, std::cmp::Reverse(group.span.map(|span| span.1))));
    groups
}

impl Deaths<'_> {
    /// Whether the revision is to blame.
    pub fn is_failure(&self) -> bool {
        Blame::of(self.newest).is_failure() && self.newest.started_by.starts_with("ecs-svc/")
    }

    /// What is to blame for them.
    pub fn cause(&self, known: &Known<'_>) -> Cause {
        let (kind, words, inferred) = self.told(known);
        Cause {
            kind,
            words,
            since: self.span.map(|span| span.0),
            inferred,
            definition: self.newest.task_definition.clone(),
            past: !self.here,
        }
    }

    fn told(&self, known: &Known<'_>) -> (CauseKind, String, bool) {
        let blame = Blame::of(self.newest);
        match self.by {
            By::Start => {
                let reason =
                    blame.container.map_or(self.newest.stopped_reason.as_str(), |c| c.reason.as_str());
                let reason = if reason.is_empty() { self.newest.stopped_reason.as_str() } else { reason };
                let (kind, words) = words::start(reason);
                (kind, words, false)
            }
            By::Container => {
                let reason = blame.container.map(|c| c.reason.as_str()).unwrap_or_default();
                if reason.contains("OutOfMemory") {
                    let limit = limit(self.newest).map(|mib| format!(", {mib} MiB")).unwrap_or_default();
                    return (CauseKind::OutOfMemory, format!("tasks killed for memory{limit}"), false);
                }
                let last = lines::best(&known.evidence.lines, &self.newest.id)
                    .or_else(|| lines::best(&known.evidence.kept.lines, &self.newest.id));
                let words = match last {
                    Some(line) => format!("{}: {line}", self.how),
                    None => self.how.clone(),
                };
                (CauseKind::Crash, words, false)
            }
            By::Health => check(known, self.newest),
            By::Person | By::Spot | By::Host | By::Scheduler | By::Unknown => {
                (CauseKind::Stopped, self.how.clone(), false)
            }
        }
    }

    /// The group in a line.
    pub fn line(&self, known: &Known<'_>) -> String {
        let revision = self.newest.task_definition.rsplit('/').next().unwrap_or_default();
        let of = if revision.is_empty() { String::new() } else { format!(" of {revision}") };
        let id: String = self.newest.id.chars().take(8).collect();
        let how = words::ends(&words::plain(&self.how));
        let who = if self.count == 1 { id } else { format!("{} tasks", self.count) };
        let when = self.span.map(|(first, last)| {
            let (from, to) = (known.when(first), known.when(last));
            if self.count == 1 || from == to {
                format!(" {}", known.at(last))
            } else {
                format!(" from {from} to {to}")
            }
        });
        format!("{who}{of}{}: {how}", when.unwrap_or_default())
    }
}

/// The memory of a task in MiB: `256 CPU, 1024 MiB`.
fn limit(task: &TaskBrief) -> Option<String> {
    let mib = task.size.split(", ").find_map(|part| part.strip_suffix(" MiB"))?;
    Some(words::thousands(mib))
}

/// Why health checks fail: by what targets and events tell of them, and by what the tasks printed. Reasons are those of
/// `TargetHealthReasonEnum` (elasticloadbalancingv2, 2015-12-01): Target.ResponseCodeMismatch, Target.Timeout,
/// Target.FailedHealthChecks.
pub fn check(known: &Known<'_>, task: &TaskBrief) -> (CauseKind, String, bool) {
    let detail = known.detail;
    let of_target = detail.targets.iter().find(|t| t.state == "unhealthy").map(|t| t.description.clone());
    let of_event = || {
        let events = known.events_around(task.stopped_at.unwrap_or(known.now));
        let due =
            |text: &str| Some(text.split_once("due to (reason ")?.1.trim_end_matches([')', '.']).to_owned());
        events.filter(|event| event.text.contains("is unhealthy in")).find_map(|event| due(&event.text))
    };
    let told = of_target.filter(|told| !told.is_empty()).or_else(of_event).unwrap_or_default();
    let port = port(known, task);
    let at = port.map(|port| format!(" on port {port}")).unwrap_or_default();
    let empty = Vec::new();
    let own: &Vec<LogLine> =
        known.evidence.lines.iter().find(|last| last.task == task.id).map_or(&empty, |last| &last.lines);
    let kind = CauseKind::FailingCheck;
    if let Some((_, rest)) = told.split_once("codes: [") {
        let code = rest.split(']').next().unwrap_or_default();
        let (guess, inferred) = match code {
            "404" => (": its path is wrong, or new", true),
            "401" | "403" => (": it asks for a login", true),
            "301" | "302" | "307" | "308" => (": it is sent elsewhere", true),
            _ => ("", false),
        };
        return (kind, format!("the health check{at} is answered with {code}{guess}"), inferred);
    }
    let lived = task.started_at.zip(task.stopped_at).map(|(from, to)| to.since(from) / 1000);
    if let (Some(own_port), Some(port)) = (lines::listens_on(own), port)
        && own_port != port
    {
        return (kind, format!("it listens on port {own_port}, and is checked{at}: wrong port"), true);
    }
    let silent = !own.is_empty() && lines::listens_on(own).is_none();
    let lived = lived.map(|seconds| format!(" in the {seconds} s that a task lived")).unwrap_or_default();
    if told.contains("timed out") || told.contains("Health checks failed") || told.is_empty() {
        let grace = detail.grace_s.map(|s| format!(" (grace period {s} s)")).unwrap_or_default();
        let guess = if silent { "it starts too slowly" } else { "wrong port, or too slow" };
        if told.is_empty() && own.is_empty() {
            return (kind, format!("tasks {}", words::plain(&blame::why(task))), false);
        }
        return (kind, format!("the health check{at} is not answered{lived}{grace}: {guess}"), true);
    }
    (kind, format!("the health check{at} fails: {}", words::clip(&words::plain(&told))), false)
}

/// The port on which health checks ask.
fn port(known: &Known<'_>, task: &TaskBrief) -> Option<u16> {
    let own =
        known.detail.targets.iter().find(|t| t.state == "unhealthy").or_else(|| known.detail.targets.first());
    let of_event = || {
        known
            .events_around(task.stopped_at.unwrap_or(known.now))
            .filter(|e| e.text.contains("is unhealthy in"))
            .find_map(|e| e.text.split_once("(port ")?.1.split(')').next()?.parse().ok())
    };
    own.map(|target| target.port).filter(|port| *port > 0).or_else(of_event)
}

/// Those of whose last lines it is worth to ask: the newest of each group that ended by itself or by checks.
pub fn asked<'a>(groups: &[Deaths<'a>], evidence: &Evidence) -> Vec<&'a TaskBrief> {
    let worth = |group: &&Deaths<'_>| {
        group.is_failure()
            && group.by != By::Start
            && group.newest.started_at.is_some()
            && group.kept.is_none()
    };
    let read = |task: &TaskBrief| evidence.lines.iter().any(|last| last.task == task.id);
    groups.iter().filter(worth).take(3).map(|group| group.newest).filter(|task| !read(task)).collect()
}
