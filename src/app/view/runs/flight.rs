//! The page of a run while it is under way: the service beside its steps, live.

use super::list::{find, holder};
use crate::{
    app::{
        logs::is_bad,
        rows::under_way,
        state::{Screen, ServiceView, State, Tab},
    },
    model::{LogLine, RunView, ServiceDetail, ServiceKey, Stamp, Standing, TaskBrief, running},
};
use std::collections::HashSet;

/// How long after its end what became of the service stands beside a run, milliseconds of the user's.
const AFTER_MS: i64 = 15 * 60_000;

/// Whether the service stands beside this run: while somebody carries it out or it waits for somebody, and a while after.
pub fn is_beside(state: &State, run: &RunView) -> bool {
    let fresh = match &run.end {
        Some((_, _, at)) => state.felt(state.now.since(*at)) <= AFTER_MS,
        None => run.standing(holder(state, run)) != Standing::Open,
    };
    fresh && state.rows.get(&run.header.key).is_some_and(|row| row.seen_at.0 > 0)
}

/// The run whose page is open, where the service stands beside it.
pub fn open(state: &State) -> Option<&RunView> {
    let id = state.runs.open.as_ref().filter(|_| state.screen() == Screen::Runs)?;
    find(state, id).filter(|run| is_beside(state, run))
}

/// What is known of the service beside this run.
pub fn service<'a>(state: &'a State, key: &ServiceKey) -> Option<&'a ServiceView> {
    state.service.as_ref().filter(|view| view.key == *key)
}

/// Whether the service that is read stands beside the open run.
pub(in crate::app) fn watched(state: &State) -> bool {
    state.screen() == Screen::Runs
        && state.runs.open.is_some()
        && state.runs.watched.is_some()
        && state.service.as_ref().map(|view| &view.key) == state.runs.watched.as_ref()
}

/// Whether the Rollout tab shows a rollout under way.
pub(in crate::app) fn tab_rolls(state: &State) -> bool {
    state.screen() == Screen::Service
        && state.service.as_ref().is_some_and(|view| view.tab == Tab::Rollout && rolls(view))
}

/// Whether a rollout of the open service is under way, as far as AWS tells.
pub fn rolls(view: &ServiceView) -> bool {
    view.detail.value.as_deref().is_some_and(|detail| {
        under_way(detail).is_some()
            || detail.service.rollout.is_some()
            || detail.operations.first().is_some_and(|newest| newest.ended_at.is_none())
    })
}

/// When what is compared began: the rollout under way, else the last one.
pub fn began(detail: &ServiceDetail) -> Option<Stamp> {
    let newest = detail.history.first().and_then(|newest| newest.started_at.or(newest.created_at));
    let operation = || detail.operations.first().and_then(|newest| newest.started_at);
    let deployment = || detail.deployments.first().and_then(|newest| newest.created_at);
    newest.or_else(operation).or_else(deployment)
}

/// By which ids the streams of a task are named: its own, or its containers'.
fn ids(task: &TaskBrief) -> impl Iterator<Item = &str> {
    let containers = task.containers.iter().filter_map(|container| container.runtime_id.as_deref());
    std::iter::once(task.id.as_str()).chain(containers).filter(|id| !id.is_empty())
}

/// So many lines of the log are looked through for bad ones.
const LOOKED_AT: usize = 2_000;

/// The last lines that new tasks wrote in distress, newest first; where tasks are not known, those written since the
/// rollout began.
pub fn errors(view: &ServiceView, count: usize) -> Vec<&LogLine> {
    let Some(detail) = view.detail.value.as_deref() else { return Vec::new() };
    let began = began(detail);
    // what went back is new no more in AWS's words, and yet it is what the rollout brought
    let brought = detail.history.first().and_then(|newest| newest.task_definition.as_deref());
    let new = running::primary(&detail.deployments).or_else(|| detail.deployments.first());
    let is_new = |task: &TaskBrief| match brought {
        Some(brought) => task.task_definition == brought && task.created_at >= began,
        None => new.is_some_and(|new| running::is_of(new, task)),
    };
    let known = !detail.deployments.is_empty();
    let all: HashSet<&str> = detail.tasks.iter().flat_map(ids).collect();
    let own: HashSet<&str> = detail.tasks.iter().filter(|task| is_new(task)).flat_map(ids).collect();
    let newest = view.log.newest_first().map(|event| &event.line).take(LOOKED_AT);
    newest
        .filter(|line| {
            // awslogs ends a stream with the task's id, without a prefix it is the container's; FireLens with “-firelens-ID”
            let last = line.stream.rsplit('/').next().unwrap_or_default();
            let of =
                [last, last.rsplit('-').next().unwrap_or_default()].into_iter().find(|id| all.contains(id));
            let new = match of.filter(|_| known) {
                Some(id) => own.contains(id),
                // nothing says whose it is
                None => Some(line.at) >= began,
            };
            new && is_bad(&line.text)
        })
        .take(count)
        .collect()
}
