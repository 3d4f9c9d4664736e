//! What is told of the environments.

use crate::{
    app::{
        schedule,
        state::{Environment, State},
    },
    model::{Trouble, TroubleKind},
};

/// How old an environment's rows are, milliseconds, once that is longer than a read of all takes; none while
/// they are fresh or were never read.
pub fn age(state: &State, environment: &Environment) -> Option<i64> {
    let age = state.now.since(environment.seen_at?);
    (age > stale_after(state, environment)).then_some(age)
}

/// Milliseconds of the clock after which an environment's rows are stale.
pub(in crate::app) fn stale_after(state: &State, environment: &Environment) -> i64 {
    state.clocked(schedule::stale_after(environment.every, state.refresh_ms()))
}

/// True for troubles that only fresh credentials end.
pub fn needs_credentials(trouble: &Trouble) -> bool {
    matches!(trouble.kind, TroubleKind::NoCredentials | TroubleKind::Expired | TroubleKind::WrongAccount)
}

/// Estimated dollars an hour that watching costs now, over all environments. The first ten minutes count as
/// ten, so that the first reads do not look dear.
#[allow(clippy::cast_precision_loss)] // a duration; the error is far below a cent
pub fn dollars_per_hour(state: &State) -> f64 {
    state
        .environments
        .iter()
        .map(|e| e.meter.2 / (state.now.since(e.since).max(600_000) as f64 / 3_600_000.0))
        .sum()
}

/// The environment under the cursor of the environments screen.
pub fn selected(state: &State) -> Option<&Environment> {
    state.environments.get(state.environments_view.cursor)
}
