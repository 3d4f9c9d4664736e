//! What the cockpit tells a planner.

use crate::{
    app::{
        context::{self, Whereabouts},
        state::State,
    },
    model::{Protection, ServiceKey},
    ops::{Context, Run},
};

/// What the planner is told of the service and of the settings.
pub(in crate::app) fn context(state: &State, key: &ServiceKey) -> Option<Context> {
    let service = state.rows.get(key)?.clone();
    let environment = state.environment(&key.environment)?;
    let whereabouts = Whereabouts {
        account: environment.identity.as_ref().map(|i| i.account.clone()).unwrap_or_default(),
        region: environment.region.clone(),
    };
    let mut context = context::of(&state.settings, service, &whereabouts, &state.who, &state.runs.past);
    let live = state.runs.live.values().map(Run::view).filter(|view| view.header.key == *key);
    context::own(&mut context, live);
    let live = state.runs.live.values().map(Run::view);
    context.begun_here.extend(context::begun_here(live, &state.settings, key, &state.who));
    context.read_only = environment.protection == Protection::ReadOnly;
    Some(context)
}
