//! What may be to blame, and what of it comes first: causes before what follows from them.

use super::{
    deaths::{self, Deaths},
    lines,
    numbers::Numbers,
    parts::{Cause, CauseKind, Known, Since, revision},
    words,
};
use crate::model::{AlarmBrief, DeploymentStatus, ServiceState, Stamp, TaskBrief, blame::By};

/// Deaths older than this explain nothing of a service whose tasks all run, milliseconds.
const RECENT: i64 = 900_000;
/// How long an autoscaler waits between two steps out, milliseconds: 300 s unless its policy says otherwise (Application Auto
/// Scaling API reference, TargetTrackingScalingPolicyConfiguration, ScaleOutCooldown), and a minute to carry one out.
const STEP: i64 = 360_000;

/// Causes, and what was seen beside them.
#[derive(Debug, Default)]
pub struct Found {
    /// The causes.
    pub causes: Vec<Cause>,
    /// Tasks of what is in place fail now.
    pub failing: bool,
    /// When the newest rollout was given up, if it was.
    pub given_up: Option<Stamp>,
    /// When that was over, and the earlier revision back, as far as it is.
    pub over: Option<Stamp>,
}

impl Found {
    /// That the newest rollout was given up, where that is what there is to tell, and why it was.
    pub fn gave_up(&self) -> Option<(&Cause, Option<&Cause>)> {
        let top = self.causes.first().filter(|cause| cause.kind.gave_up())?;
        let next = self.causes.get(1);
        let own = |cause: &&Cause| cause.definition == top.definition && cause.kind != CauseKind::Dependency;
        Some((top, next.filter(own)))
    }
}

/// Everything that may be to blame, in no order.
pub fn all(known: &Known<'_>, numbers: &Numbers, groups: &[Deaths<'_>]) -> Found {
    let mut found = Found::default();
    approval(known, &mut found);
    of_deaths(known, groups, &mut found);
    placement(known, &mut found);
    unhealthy(known, &mut found);
    given_up(known, groups, &mut found);
    if let Some(words) = known.detail.points_nowhere() {
        found.causes.push(plain(CauseKind::PointsNowhere, words, None));
    }
    let sick = numbers.is_sick() || numbers.own.is_some() || found.failing;
    if sick
        && let Some((words, line, count)) = lines::dependency(&known.evidence.lines)
        && (count > 1 || found.failing)
    {
        let first = known.evidence.lines.iter().flat_map(|last| &last.lines);
        let first =
            first.filter(|l| lines::elsewhere(&l.text).is_some()).map(|l| l.at).min().unwrap_or(line.at);
        found.causes.push(inferred(CauseKind::Dependency, words, Some(first)));
    }
    busy(known, numbers, &mut found);
    balancer(known, numbers, &mut found);
    if numbers.is_sick() {
        let line = lines::best(&known.evidence.lines, "");
        let words = line.unwrap_or_else(|| "it answers with errors".to_owned());
        // what does not answer is told already
        let told = found.causes.iter().any(|c| c.kind == CauseKind::Dependency && words.contains(&c.words));
        if !told {
            let since = numbers.since.and_then(Since::told);
            found.causes.push(inferred(CauseKind::Errors, words, since));
        }
    } else if let Some((now, before)) = numbers.slow() {
        let words = format!("p99 is {now:.0} ms, {before:.0} ms before");
        found.causes.push(inferred(CauseKind::Slow, words, None));
    }
    if known.row.state == ServiceState::Paused {
        let words =
            if known.row.note.is_empty() { "it is paused".to_owned() } else { known.row.note.clone() };
        found.causes.push(plain(CauseKind::Paused, words, None));
    }
    found
}

/// Milliseconds for which a rollout that was given up is what there is to tell of a service.
const EXPLAINS_MS: i64 = 3_600_000;
/// The same of a service that is sick by its newest minutes, all of which lie behind it by then.
const SETTLES_MS: i64 = 420_000;

/// Puts causes into their order; `changed` tells that a change came just before, `well` that AWS calls the service so. Each
/// sort is told once.
pub fn rank(found: &mut Found, changed: bool, well: bool, now: Stamp) {
    let sick = found.causes.iter().any(|cause| {
        matches!(
            cause.kind,
            CauseKind::Errors
                | CauseKind::BalancerErrors
                | CauseKind::Dependency
                | CauseKind::Overload
                | CauseKind::ScalingLimit
                | CauseKind::Slow
        )
    });
    // what went back long ago explains nothing of what is wrong now
    let explains = if sick { SETTLES_MS } else { EXPLAINS_MS };
    let long_ago = found.over.is_some_and(|at| now.since(at) > explains);
    let history = long_ago && (sick || found.failing || well);
    let weight = |cause: &Cause| match cause.kind {
        CauseKind::Approval => 0,
        CauseKind::PointsNowhere => 1,
        CauseKind::ImagePull
        | CauseKind::Secret
        | CauseKind::NoAddresses
        | CauseKind::NoCapacity
        | CauseKind::Start => 2,
        CauseKind::Dependency if !changed => 3,
        CauseKind::OutOfMemory => 4,
        CauseKind::Crash => 5,
        CauseKind::FailingCheck => 6,
        CauseKind::Dependency => 7,
        CauseKind::ScalingLimit | CauseKind::Overload if !changed => 9,
        // what targets answer themselves says more than what is answered in their place
        CauseKind::Errors => 10,
        CauseKind::BalancerErrors => 11,
        CauseKind::Slow => 12,
        CauseKind::ScalingLimit | CauseKind::Overload => 13,
        CauseKind::Stopped => 14,
        CauseKind::Paused => 15,
        // a rollout that was given up is what is told of it, and why it was comes behind
        CauseKind::Breaker | CauseKind::AlarmRollback | CauseKind::RolledBack => 8,
    };
    let past = found.given_up.is_some() && !found.failing && !history;
    found.causes.sort_by_key(|cause| match cause.kind.gave_up() {
        true if past => 1,
        true if history => 16,
        // and neither does why it went back
        _ if cause.past && history => 17,
        _ => weight(cause),
    });
    if history {
        found.given_up = None;
    }
    let mut seen: Vec<(CauseKind, String)> = Vec::new();
    found.causes.retain(|cause| {
        let own = (cause.kind, cause.definition.clone());
        let fresh = !seen.contains(&own);
        seen.push(own);
        fresh
    });
}

fn plain(kind: CauseKind, words: String, since: Option<Stamp>) -> Cause {
    Cause { kind, words, since, inferred: false, definition: String::new(), past: false }
}

fn inferred(kind: CauseKind, words: String, since: Option<Stamp>) -> Cause {
    Cause { inferred: true, ..plain(kind, words, since) }
}

fn approval(known: &Known<'_>, found: &mut Found) {
    let Some(newest) = known.detail.history.first() else { return };
    let Some(hook) = newest.awaiting() else { return };
    let what =
        revision(newest.task_definition.as_deref().unwrap_or_default(), &(known.call)(&newest.version));
    let until = hook.expires_at.map(|at| {
        let then = hook.timeout_action.to_lowercase();
        let then = if then.is_empty() { String::new() } else { format!(", then {then}") };
        format!(" {}{then}", known.until(at))
    });
    let words = format!("the rollout of {what} waits for somebody's decision{}", until.unwrap_or_default());
    found.causes.push(plain(CauseKind::Approval, words, None));
}

fn of_deaths(known: &Known<'_>, groups: &[Deaths<'_>], found: &mut Found) {
    let short = known.row.is_short() || known.row.state == ServiceState::Failing;
    let rolling = known.row.state == ServiceState::Rolling;
    for group in groups.iter().filter(|group| group.here) {
        let ago = group.span.map_or(i64::MAX, |(_, last)| known.now.since(last));
        // a service that is short of tasks for hours starts some; what ended yesterday is not why
        if ago > if short { EXPLAINS_MS } else { RECENT } {
            continue;
        }
        let once = group.count == 1 && !rolling && !short && group.by != By::Start;
        if group.is_failure() && !once {
            found.failing = true;
            found.causes.push(group.cause(known));
        } else if !group.is_failure() && short {
            found.causes.push(group.cause(known));
        }
    }
}

/// Tasks that were never there: the scheduler tells of them in events alone ("was unable to place a task because no
/// container instance met all of its requirements", "… Reason: Capacity is unavailable at this time"; ECS developer guide,
/// "service event messages").
fn placement(known: &Known<'_>, found: &mut Found) {
    let unable = |text: &str| {
        text.contains("was unable to place a task")
            || text.contains("unable to consistently start tasks") && text.contains("ubnet")
    };
    let recent: Vec<_> = known
        .detail
        .events
        .iter()
        .filter(|event| unable(&event.text) && known.now.since(event.at) <= RECENT)
        .collect();
    let (Some(newest), Some(first)) = (recent.first(), recent.iter().map(|event| event.at).min()) else {
        return;
    };
    if found.causes.iter().any(|c| matches!(c.kind, CauseKind::NoCapacity | CauseKind::NoAddresses)) {
        return;
    }
    let steady = known.row.state == ServiceState::Steady && !known.row.is_short();
    if steady {
        return;
    }
    let (kind, words) = match words::start(&newest.text) {
        (CauseKind::NoAddresses, words) => (CauseKind::NoAddresses, words),
        _ => (CauseKind::NoCapacity, words::capacity(&newest.text)),
    };
    found.failing = true;
    found.causes.push(plain(kind, words, Some(first)));
}

/// Targets that fail their checks before a task was stopped for it.
fn unhealthy(known: &Known<'_>, found: &mut Found) {
    let checks = |c: &Cause| c.kind == CauseKind::FailingCheck;
    let sick = known.detail.targets.iter().any(|t| t.state == "unhealthy");
    if !sick || found.causes.iter().any(checks) {
        return;
    }
    let running = known.detail.tasks.iter().find(|task| !task.is_stopped());
    let (kind, words, inferred) = deaths::check(known, running.unwrap_or(&TaskBrief::default()));
    let events = known.detail.events.iter().filter(|e| e.text.contains("is unhealthy in"));
    let since = events.map(|e| e.at).filter(|at| known.now.since(*at) <= RECENT).min();
    let definition = running.map(|task| task.task_definition.clone()).unwrap_or_default();
    found.failing = true;
    found.causes.push(Cause { inferred, definition, ..plain(kind, words, since) });
}

/// The newest rollout was given up, by AWS or by somebody.
fn given_up(known: &Known<'_>, groups: &[Deaths<'_>], found: &mut Found) {
    let detail = known.detail;
    let told = |at: Option<Stamp>| at.map(|at| format!(" {}", known.at(at))).unwrap_or_default();
    let failed = detail.deployments.iter().find(|d| d.rollout_state == "FAILED");
    let newest = detail.history.first().filter(|h| {
        matches!(
            h.status,
            DeploymentStatus::RollbackSuccessful
                | DeploymentStatus::RollbackInProgress
                | DeploymentStatus::RollbackFailed
                | DeploymentStatus::RollbackRequested
                | DeploymentStatus::Stopped
        )
    });
    if let Some(past) = newest {
        let definition = past.task_definition.clone().unwrap_or_default();
        let what = revision(&definition, &(known.call)(&past.version));
        let (reason, began) = past.rollback.clone().unwrap_or_default();
        let reason = if reason.is_empty() { past.reason.clone() } else { reason };
        let fired = past.alarms.as_ref().map(|(_, fired)| fired.as_slice()).unwrap_or_default();
        let lower = reason.to_lowercase();
        let (kind, by) = if !fired.is_empty() || lower.contains("alarm") {
            let names = if fired.is_empty() { String::new() } else { format!(" {}", fired.join(", ")) };
            (CauseKind::AlarmRollback, format!(" by alarm{names}"))
        } else if lower.contains("circuit breaker") {
            (CauseKind::Breaker, " by the circuit breaker".to_owned())
        } else {
            (CauseKind::RolledBack, String::new())
        };
        let verb = match past.status {
            DeploymentStatus::RollbackSuccessful => "was rolled back",
            DeploymentStatus::RollbackFailed => "could not be rolled back",
            DeploymentStatus::Stopped => "was stopped",
            _ => "is being rolled back",
        };
        let at = began.or(past.finished_at);
        let when = told(at);
        push_given_up(
            known,
            groups,
            found,
            kind,
            format!("{what} {verb}{by}{when}"),
            (at, past.finished_at),
            &definition,
        );
        return;
    }
    if let Some(failed) = failed {
        let what = revision(&failed.task_definition, &(known.call)(&failed.version));
        let breaker = failed.reason.contains("circuit breaker");
        let kind = if breaker { CauseKind::Breaker } else { CauseKind::RolledBack };
        let by = if breaker { " by the circuit breaker" } else { "" };
        let at = failed.updated_at.or(failed.created_at);
        let when = told(at);
        let words = format!("the rollout of {what} was given up{by}{when}");
        push_given_up(known, groups, found, kind, words, (at, at), &failed.task_definition);
    }
    if let Some(operation) = detail.operations.first()
        && (operation.status.contains("FAIL") || operation.status.contains("ROLLBACK"))
    {
        let (kind, status) = (operation.kind.to_lowercase(), operation.status.to_lowercase());
        let when = told(operation.ended_at);
        let words =
            format!("its last {} ended as {}{when}", kind.replace('_', " "), status.replace('_', " "));
        found.given_up = operation.ended_at.or(operation.started_at);
        found.over = operation.ended_at;
        found.causes.push(plain(CauseKind::RolledBack, words, operation.ended_at));
    }
}

fn push_given_up(
    known: &Known<'_>,
    groups: &[Deaths<'_>],
    found: &mut Found,
    kind: CauseKind,
    words: String,
    (at, over): (Option<Stamp>, Option<Stamp>),
    definition: &str,
) {
    found.given_up = at.or(Some(known.now));
    found.over = over;
    found.causes.push(Cause { definition: definition.to_owned(), ..plain(kind, words, at) });
    let own = groups.iter().filter(|g| !g.here && g.is_failure() && g.newest.task_definition == definition);
    // a failed deployment that still stands shows its targets, a replaced one only its deaths
    if let Some(most) = own.max_by_key(|group| group.count) {
        found.causes.push(Cause { past: true, ..most.cause(known) });
    }
}

/// 5xx that the load balancer answers itself: a sign of its own, which no target's errors have. Without a registered target
/// it answers with 503; where none is healthy it asks them all the same, and gets no answer that it could pass on (Elastic Load
/// Balancing user guide, "HTTP 503: Service unavailable", and "target group health": routing to all of them).
fn balancer(known: &Known<'_>, numbers: &Numbers, found: &mut Found) {
    let Some(own) = numbers.own else { return };
    let detail = known.detail;
    let told = !detail.health_unread() && !detail.service.traffic.groups().is_empty();
    let none = told && detail.targets.iter().all(|target| target.state != "healthy");
    // a balancer that serves others as well answers for them, too: by itself that says nothing of this one
    if !detail.is_alone() && !none {
        return;
    }
    let (words, inferred) = if none && detail.targets.is_empty() {
        ("no target is registered, and the load balancer answers with 503", false)
    } else if none {
        ("no target is healthy, and the load balancer answers in their place", false)
    } else if told {
        ("targets close connections (502) or do not answer in time (504)", true)
    } else {
        ("the load balancer answers with 5xx itself", false)
    };
    let since = own.since.told();
    found.causes.push(Cause { inferred, ..plain(CauseKind::BalancerErrors, words.to_owned(), since) });
}

/// Busy; where an alarm of Application Auto Scaling asks for more tasks in vain, the autoscaler is at its end. Its alarms are
/// called `TargetTracking-service/CLUSTER/SERVICE-AlarmHigh-…` (Application Auto Scaling user guide, "target tracking"). What
/// it watches need not be the processor, and its target need not be near what counts as busy here.
fn busy(known: &Known<'_>, numbers: &Numbers, found: &mut Found) {
    let busy = numbers.cpu.filter(|_| numbers.is_busy());
    let busy_since = numbers.busy_since.and_then(Since::told);
    let desired = known.row.desired.map(|desired| format!(" at {desired} tasks")).unwrap_or_default();
    let scaling = known
        .alarms()
        .into_iter()
        .find(|alarm| alarm.name.starts_with("TargetTracking-") && alarm.name.contains("-AlarmHigh-"))
        .filter(|alarm| busy.is_some() || asks_in_vain(known, alarm));
    let (kind, words, at) = match (scaling, busy) {
        (Some(alarm), _) => {
            let since = alarm.since.map(|at| format!(" {}", known.since(at))).unwrap_or_default();
            let words = format!(
                "the autoscaler asks for more{since} and it stays{desired}: its maximum, or it is suspended"
            );
            (CauseKind::ScalingLimit, words, busy_since.or(alarm.since))
        }
        (None, Some(cpu)) => (CauseKind::Overload, format!("CPU at {cpu:.0} %{desired}"), busy_since),
        (None, None) => return,
    };
    found.causes.push(inferred(kind, words, at));
}

/// Whether an alarm that asks for more tasks has gone unanswered for longer than an autoscaler waits between two steps, and
/// no task came meanwhile.
fn asks_in_vain(known: &Known<'_>, alarm: &AlarmBrief) -> bool {
    let waited = |at: Option<Stamp>| at.is_some_and(|at| known.now.since(at) > STEP);
    waited(alarm.since)
        && known.detail.tasks.iter().all(|task| task.created_at.is_none() || waited(task.created_at))
}
