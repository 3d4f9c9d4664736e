//! What a planner is told of the service and of the settings.

use crate::{
    app::state::State,
    model::{Protection, RunKind, RunView, ServiceKey, Stamp, Verdict, Version},
    ops::{self, Context, MigrationSettings, Ran},
};

/// What the planner is told of the service and of the settings.
pub(super) fn context(state: &State, key: &ServiceKey) -> Option<Context> {
    let service = state.rows.get(key)?.clone();
    let environment = state.environment(&key.environment)?;
    let configured = state.settings.environment(&key.environment);
    let account = configured
        .and_then(|e| e.account.clone())
        .or_else(|| environment.identity.as_ref().map(|i| i.account.clone()))
        .unwrap_or_default();
    let region = match environment.region.as_str() {
        "" => service.arn.split(':').nth(3).unwrap_or_default().to_owned(),
        known => known.to_owned(),
    };
    let application = state.settings.application_for(key);
    let mut context = Context::new(service, &account, &region, &state.who);
    context.repository = application.and_then(|a| a.repository.clone());
    if let Some(migration) = application.and_then(|a| a.migration.as_ref()) {
        context.container.clone_from(&migration.container);
        context.migration = MigrationSettings {
            container: migration.container.clone(),
            command: migration.command.clone(),
            timeout_s: migration.timeout.as_secs(),
            task_definition: migration.task_definition.clone(),
            ..MigrationSettings::default()
        };
    }
    context.previous = previous(state, key);
    // a demo asks often, since its clock is fast; nobody's AWS is asked more often than this
    let refresh = u64::try_from(state.settings.refresh.as_millis() / 2).unwrap_or(u64::MAX);
    context.poll_ms = refresh.clamp(500, ops::POLL_MS);
    context.stuck_after_ms =
        u64::try_from(state.settings.stuck_after.as_millis()).unwrap_or(context.stuck_after_ms);
    context.read_only = environment.protection == Protection::ReadOnly;
    Some(context)
}

/// Images that this machine's journal knows to have run here: those its runs put in place, and those that were
/// set when a run began.
fn previous(state: &State, key: &ServiceKey) -> Vec<(Version, Ran)> {
    let own = || state.runs.past.iter().filter(|view| view.header.key == *key);
    let put = |view: &RunView| -> Option<Stamp> {
        let (Verdict::Succeeded, _, at) = view.end.as_ref()? else { return None };
        matches!(view.header.kind, RunKind::Deploy | RunKind::Rollback).then_some(*at)
    };
    let set_before = own().filter_map(|view| {
        let at = view.header.at;
        let ran = match (put(view), view.header.kind) {
            (Some(_), RunKind::Rollback) => Ran::RolledBackFrom(at),
            (Some(_), _) => Ran::Until(at),
            (None, _) => Ran::Seen(at),
        };
        Some((view.before.clone()?, ran))
    });
    own()
        .filter_map(|view| {
            let at = put(view)?;
            let image = view.writes.iter().rev().find_map(|(operation, target, _)| {
                let image = target.split_once(" → ").map(|(_, image)| image)?;
                matches!(operation.as_str(), "apprunner:UpdateService" | "ecs:UpdateExpressGatewayService")
                    .then_some(image)
            })?;
            Some((Version::of(image, None), Ran::PutInPlace(at)))
        })
        .chain(set_before)
        .collect()
}
