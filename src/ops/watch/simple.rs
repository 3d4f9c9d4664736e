//! The short watches: that nothing changed, that the number of tasks is reached, that a task stops.

use super::{
    seen::{Finish, Seen},
    words::in_flight,
};
use crate::model::{Answer, Ask, ServiceState, Verdict};
use crate::ops::facts::Facts;

/// The last look before the first change.
pub(super) fn preflight(facts: &Facts, answer: &Answer) -> Option<Seen> {
    let Answer::Detail(detail) = answer else { return None };
    let refuse =
        |why: String| Some(Seen::end(Verdict::Refused, format!("{why} since the plan was made; plan again")));
    if matches!(detail.service.state, ServiceState::Inactive) {
        return refuse("the service was deleted".to_owned());
    }
    // a migration alone does not mind the rollout that its plan told of
    let minds = |id: &String| !facts.knew(id) || facts.stages.iter().any(|stage| stage.deploys());
    if !facts.joins_rollout
        && let Some(flight) = in_flight(detail).filter(|flight| minds(&flight.id))
    {
        return refuse(format!("another change started ({} {})", flight.what, flight.state));
    }
    if facts.earlier_definition != detail.service.task_definition {
        return refuse(format!(
            "the service was set to {}",
            super::words::label(&detail.service.task_definition)
        ));
    }
    if !facts.earlier_image.is_empty()
        && facts.earlier_definition.is_empty()
        && facts.earlier_image != detail.service.version.image
    {
        return refuse(format!("the service was set to {}", detail.service.version.short()));
    }
    Some(Seen::finish(Finish::Done("nothing changed since the plan".to_owned())))
}

/// The last look before the earlier revision is put back: what another one set meanwhile is not touched.
pub(super) fn look(facts: &mut Facts, answer: &Answer) -> Option<Seen> {
    let Answer::Detail(detail) = answer else { return None };
    let service = &detail.service;
    let baseline = facts.verify.as_ref().and_then(|verify| verify.baseline.clone());
    if baseline.is_some_and(|(definition, image)| {
        definition != service.task_definition || image != service.version.image
    }) {
        let set = if service.task_definition.is_empty() {
            service.version.short()
        } else {
            super::words::label(&service.task_definition).to_owned()
        };
        let why = format!("the service was set to {set} since, which is left in place");
        return Some(Seen::end(Verdict::Superseded, why));
    }
    if let Some(flight) = in_flight(detail) {
        if !facts.knew(&flight.id) {
            let why = format!("another change started ({} {}), and is left alone", flight.what, flight.state);
            return Some(Seen::end(Verdict::Superseded, why));
        }
        return Some(Seen::say(format!("waiting until the rollout is over: {}", flight.state)));
    }
    // what comes now is the way back
    let present = detail
        .history
        .iter()
        .map(|h| &h.arn)
        .chain(detail.deployments.iter().map(|d| &d.id))
        .chain(detail.operations.iter().map(|o| &o.id));
    let fresh: Vec<String> = present.filter(|id| !facts.knew(id)).cloned().collect();
    facts.known.extend(fresh);
    Some(Seen { learnt: true, ..Seen::finish(Finish::Done("it is still this run's revision".to_owned())) })
}

/// The number of tasks. `least` is the least distance from it so far; `late` says that a read may still tell the
/// number that was set before.
pub(super) fn scale(least: &mut Option<u32>, facts: &Facts, answer: &Answer, late: bool) -> Option<Seen> {
    let Answer::Rows(rows) = answer else { return None };
    let Some(row) = rows.iter().find(|row| row.key == facts.key) else {
        return Some(Seen::say("AWS does not list the service"));
    };
    let wanted = facts.desired.unwrap_or_default();
    if late && row.desired != Some(wanted) && row.desired == facts.earlier_desired {
        return Some(Seen::say("waiting for AWS to report the new number"));
    }
    if let Some(set) = row.desired.filter(|set| *set != wanted) {
        return Some(Seen::end(Verdict::Superseded, format!("the number of tasks was set to {set} since")));
    }
    let Some(running) = row.running else { return Some(Seen::say("AWS does not say how many are running")) };
    let distance = running.abs_diff(wanted);
    *least = Some(least.map_or(distance, |least| least.min(distance)));
    if distance == 0 && row.pending == 0 && row.desired == Some(wanted) {
        return Some(Seen::finish(Finish::Done(format!("{wanted} running"))));
    }
    let mut say = format!("{running} of {wanted} running");
    if row.pending > 0 {
        say = format!("{say}, {} on the way", row.pending);
    }
    Some(Seen { say, mark: format!("{least:?}"), ..Seen::default() })
}

/// Asks for the task that is watched.
pub(super) fn task_ask(facts: &Facts) -> Ask {
    Ask::Task { cluster: facts.cluster.clone(), task: facts.task.clone().unwrap_or_default() }
}

/// A task being stopped.
pub(super) fn stopped(answer: &Answer) -> Option<Seen> {
    let Answer::Task(task) = answer else { return None };
    Some(match task {
        None => Seen::finish(Finish::Done("the task is gone".to_owned())),
        Some(task) if task.last_status == "STOPPED" => {
            Seen::finish(Finish::Done("the task is stopped".to_owned()))
        }
        Some(task) => {
            Seen { say: task.last_status.to_lowercase(), mark: task.last_status.clone(), ..Seen::default() }
        }
    })
}
