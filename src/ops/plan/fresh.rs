//! Whether a description of a service is as new as what is known to have happened to it.
//!
//! ECS and App Runner follow an eventual consistency model: "the result of an API command you run that affects your
//! Amazon ECS resources might not be immediately visible to all subsequent commands you run" (RunTask, in AWS's model
//! of ECS). A plan made on such an answer would take a rollout that has just begun for none: it would register a
//! copy where the rollout is to be stopped. So it is read again, for as long as reads may be late.

use super::super::watch::LATE_MS;
use crate::model::{Kind, ServiceDetail, Stamp};

/// What AWS's clock and this one, and two moments of one change, may differ by, milliseconds.
const SLACK_MS: i64 = 5_000;

/// Whether a rollout is missing in a description: one that the service tells of and its list of deployments does not,
/// or one that was begun at `changed_at` by this machine.
pub(super) fn lags(detail: &ServiceDetail, changed_at: Option<Stamp>, now: Stamp) -> bool {
    let primary = detail.deployments.iter().find(|d| d.status == "PRIMARY").and_then(|d| d.created_at);
    let listed = detail.history.iter().filter_map(|h| h.created_at).max();
    let operation = detail.operations.iter().filter_map(|o| o.started_at).max();
    // a service that is older than service deployments has none
    let has_list = detail.service.key.kind != Kind::AppRunner && detail.history_known && listed.is_some();
    let newest = if has_list { listed } else { primary.max(operation) };
    is_behind(newest, primary.filter(|_| has_list), changed_at, now)
}

/// Whether the newest rollout that is told of is older than one of these, which are young enough to be missed.
fn is_behind(newest: Option<Stamp>, primary: Option<Stamp>, changed_at: Option<Stamp>, now: Stamp) -> bool {
    let missed =
        |at: Stamp| now.since(at) < LATE_MS && newest.is_none_or(|newest| newest.plus(SLACK_MS) < at);
    primary.is_some_and(missed) || changed_at.is_some_and(missed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_just_begun_is_missed() {
        let at = |seconds: Option<i64>| seconds.map(Stamp::from_secs);
        for (newest, primary, changed, expected) in [
            // the list lags behind the service, and not for ever
            (Some(500), Some(995), None, true),
            (Some(994), Some(995), None, false),
            (Some(500), Some(970), None, false),
            // an own change that nothing tells of
            (Some(500), None, Some(995), true),
            (Some(500), Some(500), Some(995), true),
            (Some(500), None, Some(970), false),
            (Some(993), None, Some(995), false),
            (None, None, Some(995), true),
            (None, None, None, false),
        ] {
            let found = is_behind(at(newest), at(primary), at(changed), Stamp::from_secs(1_000));
            assert_eq!(found, expected, "{newest:?} {primary:?} {changed:?}");
        }
    }
}
