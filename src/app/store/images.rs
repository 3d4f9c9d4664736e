//! Images of the repositories in use: when they are read.

use crate::{
    app::{
        fleet,
        flow::{Out, Purpose},
        state::State,
    },
    model::{Answer, Ask, EnvironmentName, Trouble, reference::is_ecr},
};
use std::collections::BTreeSet;

/// Milliseconds of the user's between two reads of a repository.
const EVERY_MS: i64 = 300_000;

/// Repositories asked for at one read of an environment.
const AT_ONCE: usize = 40;

/// Asks for the repositories that rows of the environment use and that were not read for a while. One that
/// several environments use is asked for once.
pub(in crate::app) fn want(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let (now, every) = (state.now, state.clocked(EVERY_MS));
    let due: Vec<String> = state
        .rows
        .values()
        .filter(|row| row.key.environment == *name)
        .map(|row| row.version.repository())
        .filter(|repository| is_ecr(repository))
        .collect::<BTreeSet<&str>>()
        .into_iter()
        .filter(|repository| state.images.asked_at(repository).is_none_or(|at| now.since(at) >= every))
        .take(AT_ONCE)
        .map(str::to_owned)
        .collect();
    for repository in due {
        state.images.ask(&repository, now);
        out.ask(name, Purpose::Repository(repository.clone()), Ask::Images { repository });
    }
}

/// Images of a repository came, or not. Where they cannot be read, versions stay as AWS has them.
pub(in crate::app) fn answered(
    state: &mut State,
    name: &str,
    result: &Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Ok(Answer::Images(found)) = result else { return };
    let running: BTreeSet<&str> =
        state.rows.values().filter_map(|row| row.version.digest.as_deref()).collect();
    if state.images.learn(name, found, &running, state.now) {
        fleet::recompute(state);
        out.touch();
    }
}
