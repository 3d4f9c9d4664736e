//! Why a service is not well: what is to blame, since when, which change came just before, and what helps. Pure: from what
//! is known to a ranked list of causes, and to facts in the order of their weight.

mod causes;
mod deaths;
mod differs;
mod facts;
mod kept;
mod lines;
mod numbers;
mod parts;
mod wants;
mod words;

pub use facts::of_row;
pub use numbers::{Numbers, SICK, percent};
pub use parts::{
    Cause, CauseKind, Change, Diagnosis, Evidence, Fact, Kept, Known, LastLines, Remedy, Since, Want,
    revision,
};
pub use wants::{METRICS, take, wants};

use crate::model::{ServiceState, running, stamp};
use causes::Found;
use std::fmt::Write as _;

/// How long before the trouble a change may be that is taken for its cause, milliseconds.
const JUST_BEFORE: i64 = 7_200_000;

/// Explains a service.
pub fn diagnose(known: &Known<'_>) -> Diagnosis {
    let detail = known.detail;
    let numbers = Numbers::of(&known.evidence.series);
    let groups = deaths::grouped(known);
    let placed = change(known);
    let mut found = causes::all(known, &numbers, &groups);
    let began = since(known, &numbers, &found);
    let changed = began.zip(placed.as_ref()).is_some_and(|(since, change)| {
        let gap = since.latest().since(change.at);
        (-60_000..=JUST_BEFORE).contains(&gap)
    });
    let well = known.row.state == ServiceState::Steady;
    causes::rank(&mut found, changed, well, known.now);
    // the rank may have put another one first
    let began = since(known, &numbers, &found);
    let symptom = symptom(known, &numbers, &found);
    let back = wants::back(detail);
    let back_words = back.map(|(arn, version)| revision(arn, &(known.call)(version)));
    let (remedy, remedy_words) = remedy(known, &found, changed, back_words.as_deref());
    let sick = is_sick(known, &numbers, &found);
    let sentence =
        sentence(known, &found, sick, &symptom, began, placed.as_ref().filter(|_| changed), placed.as_ref());
    let facts = facts::all(known, &numbers, &groups, &found);
    Diagnosis {
        sick,
        symptom,
        since: began.filter(|_| sick || found.given_up.is_some()),
        change: placed.filter(|_| changed),
        back: back_words,
        back_definition: back.map(|(arn, _)| arn.to_owned()).unwrap_or_default(),
        sentence,
        remedy,
        remedy_words,
        causes: found.causes,
        facts,
    }
}

/// The change that is in place, or is being put there.
fn change(known: &Known<'_>) -> Option<Change> {
    let detail = known.detail;
    let call = known.call;
    if let Some(primary) = running::primary(&detail.deployments) {
        let version =
            if primary.version.image.is_empty() { &detail.service.version } else { &primary.version };
        let label = revision(&primary.task_definition, &call(version));
        return Some(Change { label, at: primary.created_at? });
    }
    let operation = detail.operations.first()?;
    Some(Change { label: call(&detail.service.version), at: operation.started_at? })
}

fn is_sick(known: &Known<'_>, numbers: &Numbers, found: &Found) -> bool {
    matches!(known.row.state, ServiceState::Failing | ServiceState::Degraded)
        || numbers.is_sick()
        || found.failing
        || known.detail.points_nowhere().is_some()
        || found.causes.iter().any(|c| {
            matches!(c.kind, CauseKind::Approval | CauseKind::ScalingLimit | CauseKind::BalancerErrors)
        })
}

/// What is seen of it.
fn symptom(known: &Known<'_>, numbers: &Numbers, found: &Found) -> String {
    let row = known.row;
    if let (true, Some(share)) = (numbers.is_sick(), numbers.share) {
        return format!("5xx {}", percent(share));
    }
    match (row.running, row.desired) {
        (Some(0), Some(desired)) if desired > 0 => return format!("none of {desired} tasks runs"),
        _ => {}
    }
    let rolling = known.detail.deployments.first().is_some_and(|d| d.rollout_state == "IN_PROGRESS");
    if found.failing && rolling {
        let some = row.rollout.as_ref().is_some_and(|rollout| rollout.new_running > 0);
        let starts = !matches!(found.causes.first(), Some(cause) if cause.kind == CauseKind::FailingCheck);
        let told =
            if some && starts { "tasks of the rollout fail" } else { "the rollout does not get through" };
        return told.to_owned();
    }
    match (row.running, row.desired) {
        (Some(running), Some(desired)) if running < desired => {
            return format!("{running} of {desired} tasks run");
        }
        _ => {}
    }
    if found.failing {
        return "tasks keep dying".to_owned();
    }
    let own = |found: &Found| found.causes.iter().any(|c| c.kind == CauseKind::BalancerErrors);
    if let Some(own) = numbers.own.filter(|_| own(found)) {
        return format!("{:.0} × 5xx a minute by the load balancer", own.now);
    }
    if let Some(cpu) = numbers.cpu.filter(|_| numbers.is_busy()) {
        return format!("CPU at {cpu:.0} %");
    }
    if let Some((now, before)) = numbers.slow() {
        return format!("p99 {now:.0} ms, {before:.0} ms before,");
    }
    if let Some(alarm) = known.alarms().first() {
        return format!("in alarm: {}", alarm.name);
    }
    match row.state {
        ServiceState::Failing | ServiceState::Degraded if !row.note.is_empty() => row.note.clone(),
        state => state.word().to_owned(),
    }
}

/// Since when it is so: what is measured is believed before what is counted. What was measured from the beginning of what
/// was read began earlier, and where something else tells when, that is when.
fn since(known: &Known<'_>, numbers: &Numbers, found: &Found) -> Option<Since> {
    let of_causes = found.causes.first().and_then(|cause| cause.since);
    let of_alarms = || known.alarms().iter().filter_map(|alarm| alarm.since).min();
    let own = || found.causes.first().filter(|c| c.kind == CauseKind::BalancerErrors).and(numbers.own);
    let measured = numbers.since.or_else(|| Some(own()?.since));
    match measured {
        Some(Since::At(at)) => Some(Since::At(at)),
        Some(Since::Before(at)) => {
            let earlier = of_causes.into_iter().chain(of_alarms()).filter(|told| *told <= at).min();
            Some(earlier.map_or(Since::Before(at), Since::At))
        }
        None => of_causes.map(Since::At).or(numbers.busy_since).or_else(|| of_alarms().map(Since::At)),
    }
}

fn remedy(known: &Known<'_>, found: &Found, changed: bool, back: Option<&str>) -> (Remedy, String) {
    let first = found.causes.first().map(|cause| cause.kind);
    let current = known.detail.service.task_definition.as_str();
    let own = found.causes.first().is_some_and(|cause| cause.definition == current);
    let back_to = || back.map(|back| (Remedy::RollBack, format!("→ {back}")));
    let failing = known.row.state == ServiceState::Failing;
    let told = |remedy, words: &str| (remedy, words.to_owned());
    match first {
        Some(CauseKind::Approval) => told(Remedy::Approve, "approves it, R takes it back"),
        Some(CauseKind::Breaker | CauseKind::AlarmRollback | CauseKind::RolledBack) => {
            if found.given_up.is_none() && !failing {
                return told(Remedy::Nothing, "");
            }
            match back_to().filter(|_| failing) {
                Some(back) => back,
                None => told(Remedy::Deploy, "deploys it once it is mended"),
            }
        }
        Some(CauseKind::OutOfMemory | CauseKind::Crash | CauseKind::FailingCheck | CauseKind::ImagePull)
            if changed || own =>
        {
            back_to().unwrap_or_else(|| told(Remedy::Deploy, "deploys an image that works"))
        }
        Some(CauseKind::Secret | CauseKind::Start) if changed => {
            back_to().unwrap_or_else(|| told(Remedy::Redeploy, "starts its tasks anew, once that is mended"))
        }
        Some(
            CauseKind::Errors
            | CauseKind::BalancerErrors
            | CauseKind::Slow
            | CauseKind::Overload
            | CauseKind::Dependency,
        ) if changed => back_to().unwrap_or_else(|| told(Remedy::Logs, "shows its log")),
        Some(CauseKind::Secret | CauseKind::NoAddresses | CauseKind::Start | CauseKind::ImagePull) => {
            told(Remedy::Redeploy, "starts its tasks anew, once that is mended")
        }
        Some(CauseKind::ScalingLimit | CauseKind::Overload) => told(Remedy::Scale, "gives it more tasks"),
        Some(
            CauseKind::Dependency
            | CauseKind::Errors
            | CauseKind::BalancerErrors
            | CauseKind::Slow
            | CauseKind::Crash
            | CauseKind::OutOfMemory
            | CauseKind::FailingCheck,
        ) => told(Remedy::Logs, "shows its log"),
        Some(CauseKind::Paused | CauseKind::Stopped | CauseKind::NoCapacity | CauseKind::PointsNowhere)
        | None => told(Remedy::Nothing, ""),
    }
}

fn sentence(
    known: &Known<'_>,
    found: &Found,
    sick: bool,
    symptom: &str,
    since: Option<Since>,
    after: Option<&Change>,
    placed: Option<&Change>,
) -> String {
    let top = found.causes.first();
    if let Some(cause) = top.filter(|cause| cause.kind == CauseKind::Approval) {
        return cause.words.clone();
    }
    if let Some((cause, because)) = found.gave_up() {
        let because = because.map(|c| format!(" ({})", c.words)).unwrap_or_default();
        if !sick && found.given_up.is_none() {
            return format!("{}: {}{because}", known.row.state.word(), cause.words);
        }
        let serves = placed
            .filter(|_| known.row.state == ServiceState::Steady)
            .map(|c| format!("; {} serves", c.label));
        return format!("{}{because}{}", cause.words, serves.unwrap_or_default());
    }
    if !sick {
        let tasks = match (known.row.running, known.row.desired) {
            (Some(running), Some(desired)) => format!(": {running} of {desired} tasks run"),
            _ => String::new(),
        };
        return match top {
            Some(cause) => format!("{}: {}", known.row.state.word(), cause.words),
            None => format!("{}{tasks}; no sign of a problem", known.row.state.word()),
        };
    }
    let mut text = symptom.to_owned();
    match since {
        Some(Since::At(at)) => {
            let _ = write!(text, " {}", known.since(at));
            match (after, placed) {
                (Some(change), _) => {
                    let minutes = at.since(change.at).max(0) / 60_000;
                    let gap =
                        if minutes == 0 { "right after".to_owned() } else { format!("{minutes} min after") };
                    let _ = write!(text, ", {gap} {}", change.label);
                }
                (None, Some(_)) => text.push_str(", without a deploy just before"),
                (None, None) => {}
            }
        }
        Some(Since::Before(at)) => {
            let _ = write!(text, " for more than {}", stamp::brief(known.now.since(at)));
            // whether it came with that change nobody can tell
            if let Some(change) = after {
                let _ = write!(text, ", {} was put in place {}", change.label, known.at(change.at));
            }
        }
        None => {}
    }
    if let Some(cause) = top.filter(|cause| cause.words != symptom) {
        let likely = if cause.inferred { "likely: " } else { "" };
        let _ = write!(text, " ({likely}{})", cause.words);
    }
    text
}

#[cfg(test)]
mod tests;
