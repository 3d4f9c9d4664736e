//! Rows as they come in: from AWS, and from the cache on disk.

use super::{order::reorder, sparks::sparks_soon};
use crate::{
    app::{
        fleet,
        flow::{Intent, Out, attend, notice},
        schedule, service,
        state::{Environment, Overlay, Screen, State},
    },
    config::{self, settings::Occasion},
    model::{EnvironmentName, Kind, Service, ServiceKey},
};

/// Sets how often rows are read, as far as their number is known by now: the first read of a large fleet
/// takes long itself.
fn pace(state: &mut State) {
    if state.environments.iter().all(|e| e.seen_at.is_some()) {
        return;
    }
    let every: Vec<u64> = paces(state);
    for (environment, every) in state.environments.iter_mut().zip(every) {
        if environment.seen_at.is_none() {
            environment.every = environment.every.max(every);
        }
    }
}

/// Milliseconds between reads of each environment: those of one account and region share its rate.
pub(in crate::app) fn paces(state: &State) -> Vec<u64> {
    let mut counts = vec![(0, 0); state.environments.len()];
    // rows come by environment, so its place is looked up once for each
    let mut last: Option<(&EnvironmentName, usize)> = None;
    for key in state.rows.keys() {
        let place = match last {
            Some((name, place)) if *name == key.environment => Some(place),
            _ => state.environments.iter().position(|e| e.name == key.environment),
        };
        let Some(place) = place else { continue };
        last = Some((&key.environment, place));
        if let Some((ecs, app_runner)) = counts.get_mut(place) {
            *(if key.kind == Kind::AppRunner { app_runner } else { ecs }) += 1;
        }
    }
    let place = |e: &Environment| (e.identity.as_ref().map(|i| i.account.clone()), e.region.clone());
    let places: Vec<_> = state.environments.iter().map(place).collect();
    places
        .iter()
        .map(|own| {
            let sharing = places.iter().zip(&counts).filter(|(other, _)| *other == own);
            let (ecs, app_runner) = sharing.fold((0, 0), |sum, (_, n)| (sum.0 + n.0, sum.1 + n.1));
            schedule::fleet_every(state.refresh_ms(), ecs, app_runner)
        })
        .collect()
}

/// Takes in rows, newer or new. Only what differs to the eye asks for a redraw.
pub(in crate::app) fn apply(state: &mut State, rows: Vec<Service>, out: &mut Out) {
    let (mut structural, mut changed, mut widened) = (false, false, false);
    let mut begun: Vec<ServiceKey> = Vec::new();
    for mut row in rows {
        if state.environment(&row.key.environment).is_none() {
            continue;
        }
        if row.seen_at.0 > 0 {
            state.health.judge(&mut row, state.now);
        }
        if row.waits().is_some() && state.rows.get(&row.key).is_none_or(|old| old.waits().is_none()) {
            begun.push(row.key.clone());
        }
        let stale = state.rows.get(&row.key).is_some_and(|old| fleet::age(state, old).is_some());
        match state.rows.get_mut(&row.key) {
            None => {
                structural = true;
                state.rows.insert(row.key.clone(), row);
            }
            // a row of which only the name is known tells nothing new
            Some(_) if row.seen_at.0 == 0 => {}
            Some(old) => {
                if row.version.image.is_empty() && same_revision(old, &row) {
                    // not read yet this time: what a revision resolves to does not change
                    row.version.clone_from(&old.version);
                }
                let was = std::mem::replace(&mut old.seen_at, row.seen_at);
                if *old != row || stale || was.0 == 0 {
                    changed = true;
                    widened |= fleet::widen(&mut state.fleet.widths, &state.images, &row);
                    *old = row;
                }
            }
        }
    }
    // one sentence for one that began to wait; the header counts the others
    if let Some(key) = begun.first() {
        let told = format!("{}/{}: {}", key.environment, key.name, service::waiting_words(state, key));
        attend(state, out, Occasion::Waiting, &told);
        notice(state, out, told, true);
    }
    if structural || (changed && fleet::depends_on_rows(&state.fleet)) {
        reorder(state, out);
    }
    if structural {
        pace(state);
    }
    if structural || changed || widened {
        state.unsaved = true;
        out.touch();
        if state.screen() == Screen::Fleet {
            sparks_soon(state, out);
        }
    }
    if matches!(state.overlay, Some(Overlay::Images { .. })) {
        out.intend(Intent::RowsCame);
    }
    open_wanted(state, out);
}

/// Opens the service that was asked for at the start, once it is known; not where somebody went elsewhere meanwhile.
fn open_wanted(state: &mut State, out: &mut Out) {
    let Some((environment, service)) = &state.opening else { return };
    let found = state.rows.keys().find(|key| key.environment == *environment && *key.name == **service);
    let found = found.cloned();
    let away = state.stack.len() > 1 || state.overlay.is_some() || state.fleet.chosen;
    if away || found.is_some() {
        state.opening = None;
    }
    if let Some(key) = found.filter(|_| !away) {
        out.intend(Intent::Open(key, None));
    }
}

/// All services of an environment are known: says so where the one that was asked for at the start is not among them.
pub(in crate::app) fn miss_wanted(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    if let Some((environment, service)) = state.opening.take_if(|(environment, _)| *environment == *name) {
        notice(state, out, format!("there is no service {service} in {environment}"), true);
    }
}

/// True when nothing was deployed between two sightings of a service.
fn same_revision(old: &Service, new: &Service) -> bool {
    old.revision == new.revision
        && old.task_definition == new.task_definition
        && old.deployed_at == new.deployed_at
}

/// The last known fleet, from disk; what AWS said meanwhile is newer.
pub(in crate::app) fn cached(state: &mut State, rows: Vec<Service>, out: &mut Out) {
    let silent = state.environments.iter().all(|e| e.seen_at.is_none());
    if state.settings.environments.is_empty() {
        // not discovered yet: shown until then under the names they had
        for row in &rows {
            if state.environment(&row.key.environment).is_none() {
                let configured = config::Environment::named(row.key.environment.as_str());
                let mut environment = Environment::new(&configured, &state.settings, state.now);
                environment.trouble.clone_from(&state.lost);
                state.environments.push(environment);
            }
        }
    }
    let rows: Vec<Service> = rows
        .into_iter()
        .filter(|row| state.rows.get(&row.key).is_none_or(|old| old.seen_at < row.seen_at))
        .filter(|row| state.environment(&row.key.environment).is_some_and(|e| e.seen_at.is_none()))
        .collect();
    if rows.is_empty() {
        return;
    }
    state.fleet.from_cache = silent;
    let saved = state.unsaved;
    apply(state, rows, out);
    state.unsaved = saved;
}
