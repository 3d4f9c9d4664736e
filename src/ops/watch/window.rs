//! A window's time, what was set when it began, and whether somebody else changed that since.

use super::{
    operation,
    words::{self, in_flight},
};
use crate::model::{Kind, ServiceDetail, Stamp};
use crate::ops::facts::{Facts, Stage, VerifyFacts};

/// The end of the last minute that has to be told: the window's last whole one, and one at least.
pub(super) fn last_minute(verify: &VerifyFacts, from: Stamp) -> Stamp {
    let floor = |at: Stamp| at.0.div_euclid(60_000) * 60_000;
    let window = floor(from.plus(millis(verify.settings.window_ms)));
    let first = floor(from.plus(59_999)) + 60_000;
    Stamp(window.max(first))
}

/// Another change than this run's, where there is one.
pub(super) fn other(facts: &Facts, detail: &ServiceDetail) -> Option<String> {
    let verify = facts.verify.as_ref()?;
    let (definition, image) = (&detail.service.task_definition, &detail.service.version.image);
    let set = if definition.is_empty() {
        detail.service.version.short()
    } else {
        words::label(definition).to_owned()
    };
    let moved = match &verify.baseline {
        Some(was) => was.0 != *definition || was.1 != *image,
        // a deployment that was started deploys what is configured by then
        None if facts.stages.contains(&Stage::Start) => !facts.image.is_empty() && facts.image != *image,
        // right after the rollout only ECS tells for sure whose it is
        None => facts.key.kind == Kind::Ecs && facts.definition.as_ref().is_some_and(|own| own != definition),
    };
    if moved {
        return Some(format!("another deployment took over in the verify window: {set}"));
    }
    if let Some(theirs) = operation::after_ours(facts, detail) {
        let what = theirs.kind.to_lowercase().replace('_', " ");
        return Some(format!("another operation took over in the verify window: {what}"));
    }
    let own = [&facts.service_deployment, &facts.deployment, &facts.operation];
    let flight = in_flight(detail)?;
    let ours = own.into_iter().flatten().any(|id| *id == flight.id);
    (!ours && !facts.knew(&flight.id))
        .then(|| format!("another deployment started in the verify window: {} {}", flight.what, flight.state))
}

/// Keeps what is set right after the rollout, and when that was; true when that is new.
pub(super) fn begin(facts: &mut Facts, detail: &ServiceDetail, now: Stamp) -> bool {
    let Some(verify) = facts.verify.as_mut().filter(|verify| verify.baseline.is_none()) else { return false };
    let service = &detail.service;
    verify.from.get_or_insert(now);
    verify.desired = service.desired;
    verify.baseline = Some((service.task_definition.clone(), service.version.image.clone()));
    // a rollout may leave the service with other ways in than before
    if !service.traffic.is_empty() {
        verify.traffic.clone_from(&service.traffic);
    }
    if !service.service_id.is_empty() {
        verify.service_id.clone_from(&service.service_id);
    }
    true
}

/// Milliseconds of the window that are left; not positive once it is over.
pub(super) fn left(verify: &VerifyFacts, now: Stamp) -> i64 {
    millis(verify.settings.window_ms).saturating_sub(now.since(verify.from.unwrap_or(now)))
}

pub(super) fn millis(millis: u64) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}
