//! What a planner is told of the service and of the settings.

use crate::{
    app::state::State,
    config::settings,
    model::{Protection, RunKind, RunView, ServiceKey, Stamp, Verdict, Version},
    ops::{self, Context, LockSettings, MigrationSettings, Promotion, Ran, VerifySettings},
};
use std::time::Duration;

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
    context.promotion = match application.map(|a| a.promotion).unwrap_or_default() {
        settings::Promotion::Pinned => Promotion::Pinned,
        settings::Promotion::Tag => Promotion::Tag,
    };
    context.verify = application.and_then(|a| a.verify.as_ref()).map(|verify| VerifySettings {
        window_ms: millis(verify.window),
        max_5xx_ratio: verify.max_5xx_ratio,
        max_p99_ms: verify.max_p99.map(millis),
        alarms: verify.alarms_in(&key.environment),
    });
    context.lock = lock(state);
    if let Some(migration) = application.and_then(|a| a.migration_for(key)) {
        context.container.clone_from(&migration.container);
        context.migration = MigrationSettings {
            container: migration.container.clone(),
            command: migration.command.clone(),
            checks: migration.checks.clone(),
            environment: migration.variables(),
            local: migration.local,
            timeout_s: migration.timeout.as_secs(),
            image: None,
            cluster: migration.cluster_in(&key.environment),
            task_definition: migration.task_definition_in(&key.environment),
            network: migration.network.clone(),
            launch_type: migration.launch_type.map_or_else(String::new, |on| on.word().to_owned()),
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

/// Where the team's locks and records are; none where none are configured.
pub(in crate::app) fn lock(state: &State) -> Option<LockSettings> {
    let lock = state.settings.lock.as_ref()?;
    Some(LockSettings { place: lock.place(), ttl_ms: millis(lock.ttl) })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
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
