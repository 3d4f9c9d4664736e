//! What AWS's own word for a service leaves out: alarms that fire, and tasks that keep dying.

use super::{
    Purpose, TimerKey, fleet,
    out::Out,
    state::{Environment, State},
};
use crate::model::{
    AlarmBrief, Answer, Ask, Blame, EnvironmentName, Service, ServiceDetail, ServiceKey, ServiceState, Stamp,
    TaskBrief, Trouble, blame, running,
};
use std::collections::HashMap;

/// Milliseconds between reads of alarms.
const ALARMS_MS: i64 = 60_000;
/// The same while something rolls in the environment.
const ALARMS_ROLLING_MS: i64 = 20_000;
/// Deaths of tasks older than this do not count, milliseconds.
const RECENT_MS: i64 = 600_000;
/// So many tasks that died recently are not steady.
const DEATHS: usize = 3;

/// What speaks against rows that AWS calls steady.
#[derive(Debug, Default)]
pub struct Health {
    /// Alarms that fire, by service.
    firing: HashMap<ServiceKey, Vec<AlarmBrief>>,
    /// Deaths of tasks, by service, as its detail told them last.
    deaths: HashMap<ServiceKey, Vec<Death>>,
    /// Rows that are called degraded here: the note AWS's state came with.
    told: HashMap<ServiceKey, String>,
}

/// A task whose revision is to blame for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Death {
    why: String,
    at: Stamp,
}

impl Health {
    /// Alarms that fire for this service.
    pub fn firing(&self, key: &ServiceKey) -> &[AlarmBrief] {
        self.firing.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Sets the row's state by what is known here beside what AWS said of it.
    pub(super) fn judge(&mut self, row: &mut Service, now: Stamp) {
        self.told.remove(&row.key);
        if row.state != ServiceState::Steady {
            return;
        }
        if let Some(note) = self.against(&row.key, now) {
            self.told.insert(row.key.clone(), std::mem::replace(&mut row.note, note));
            row.state = ServiceState::Degraded;
        }
    }

    /// Why a steady service is not well, in a clause.
    fn against(&self, key: &ServiceKey, now: Stamp) -> Option<String> {
        match self.firing(key) {
            [] => {}
            [one] => return Some(format!("alarm {} fires", one.name)),
            [first, rest @ ..] => return Some(format!("alarm {} and {} more fire", first.name, rest.len())),
        }
        let recent: Vec<&Death> =
            self.deaths.get(key)?.iter().filter(|d| now.since(d.at) <= RECENT_MS).collect();
        let last = recent.iter().max_by_key(|d| d.at)?;
        (recent.len() >= DEATHS)
            .then(|| format!("{} tasks died within 10m, the last: {}", recent.len(), last.why))
    }
}

/// True when the task was the service's own and the revision is to blame for its end; one that ended with 0 has
/// done its work.
pub fn died(task: &TaskBrief) -> bool {
    let blame = Blame::of(task);
    super::rows::is_stopped(task)
        && task.started_by.starts_with("ecs-svc/")
        && blame.is_failure()
        && blame.code() != Some(0)
}

/// Takes down what the open service tells of its tasks.
pub(super) fn observe(health: &mut Health, detail: &ServiceDetail) {
    let deaths: Vec<Death> = detail
        .tasks
        .iter()
        // those of what was replaced are over, however many they were
        .filter(|task| died(task) && running::in_place(&detail.deployments, task))
        .filter_map(|task| Some(Death { why: blame::why(task), at: task.stopped_at? }))
        .collect();
    if deaths.is_empty() {
        health.deaths.remove(&detail.service.key);
    } else {
        health.deaths.insert(detail.service.key.clone(), deaths);
    }
}

/// Begins to read the alarms of an environment, once its rows are known.
pub(super) fn begin(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    if state.environment(name).is_some_and(|e| e.alarms_at.is_none()) {
        due(state, name, out);
    }
}

/// The environment's alarms are due.
pub(super) fn due(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let now = state.now;
    let Some(environment) = super::environments::find(state, name) else { return };
    if environment.alarms_loading {
        return;
    }
    environment.alarms_at = Some(now);
    if environment.trouble.is_some() {
        again(state, name, out);
        return;
    }
    environment.alarms_loading = true;
    out.ask(name, Purpose::Alarms, Ask::Alarms { names: Vec::new() });
}

fn again(state: &State, name: &EnvironmentName, out: &mut Out) {
    let rolling =
        state.rows.values().any(|row| row.key.environment == *name && row.state == ServiceState::Rolling);
    let every = state.paced(if rolling { ALARMS_ROLLING_MS } else { ALARMS_MS });
    out.timer(TimerKey::Alarms(name.clone()), u64::try_from(every).unwrap_or(0));
}

/// The alarms that fire came, or not.
pub(super) fn answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(environment) = super::environments::find(state, name) else { return };
    environment.alarms_loading = false;
    match result {
        Ok(Answer::Alarms(alarms)) => {
            environment.alarms_trouble = None;
            take(state, name, alarms, out);
        }
        Ok(_) => {}
        Err(trouble) => environment.alarms_trouble = Some(trouble),
    }
    again(state, name, out);
}

fn take(state: &mut State, name: &EnvironmentName, alarms: Vec<AlarmBrief>, out: &mut Out) {
    let mut firing: HashMap<ServiceKey, Vec<AlarmBrief>> = HashMap::new();
    {
        let candidates = candidates(state, name);
        for alarm in alarms.into_iter().filter(|alarm| alarm.state == "ALARM") {
            for key in meant(&candidates, &alarm.name) {
                if key.environment == *name {
                    firing.entry(key.clone()).or_default().push(alarm.clone());
                }
            }
        }
    }
    let before = std::mem::take(&mut state.health.firing);
    let (own, others): (HashMap<_, _>, HashMap<_, _>) =
        before.into_iter().partition(|(key, _)| key.environment == *name);
    let concerned: Vec<ServiceKey> = own.keys().chain(firing.keys()).cloned().collect();
    state.health.firing = others;
    state.health.firing.extend(firing);
    reconsider(state, &concerned, out);
}

/// Services that an alarm of this environment's account and region may mean.
fn candidates<'a>(state: &'a State, name: &EnvironmentName) -> Vec<&'a ServiceKey> {
    let place = |e: &Environment| (e.identity.as_ref().map(|i| i.account.clone()), e.region.clone());
    let own = state.environment(name).map(place);
    let near: Vec<&EnvironmentName> =
        state.environments.iter().filter(|e| Some(place(e)) == own).map(|e| &e.name).collect();
    state.rows.keys().filter(|key| near.contains(&&key.environment)).collect()
}

/// The services an alarm means by its name: those with the longest name in it, and of these the ones whose
/// environment is in it too, if there are such.
fn meant<'a>(candidates: &[&'a ServiceKey], alarm: &str) -> Vec<&'a ServiceKey> {
    let named: Vec<&ServiceKey> = candidates.iter().copied().filter(|key| names(alarm, &key.name)).collect();
    let longest = named.iter().map(|key| key.name.len()).max().unwrap_or(0);
    let longest: Vec<&ServiceKey> = named.into_iter().filter(|key| key.name.len() == longest).collect();
    let near: Vec<&ServiceKey> =
        longest.iter().copied().filter(|key| names(alarm, key.environment.as_str())).collect();
    if near.is_empty() { longest } else { near }
}

/// True when `text` contains `word` as a word of its own: `prod-api` is not in `prod-api2-5xx`.
fn names(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let (before, rest) = text.split_at(at);
            let after = rest.strip_prefix(word).unwrap_or_default();
            !part(before.chars().next_back()) && !part(after.chars().next())
        })
}

/// Judges rows anew.
fn reconsider(state: &mut State, keys: &[ServiceKey], out: &mut Out) {
    let mut changed = false;
    for key in keys {
        let Some(row) = state.rows.get_mut(key) else { continue };
        let before = (row.state, row.note.clone());
        if let Some(note) = state.health.told.remove(key) {
            row.state = ServiceState::Steady;
            row.note = note;
        }
        state.health.judge(row, state.now);
        changed |= before != (row.state, row.note.clone());
    }
    if changed {
        state.unsaved = true;
        fleet::recompute(state);
        out.touch();
    }
}

/// The rows as a status without a screen tells them: with the alarms that fire now, whose names are given by service.
pub fn judged(rows: &mut [Service], alarms: &[AlarmBrief]) -> HashMap<ServiceKey, Vec<String>> {
    let keys: Vec<ServiceKey> = rows.iter().map(|row| row.key.clone()).collect();
    let keys: Vec<&ServiceKey> = keys.iter().collect();
    let mut health = Health::default();
    for alarm in alarms.iter().filter(|alarm| alarm.state == "ALARM") {
        for key in meant(&keys, &alarm.name) {
            health.firing.entry(key.clone()).or_default().push(alarm.clone());
        }
    }
    for row in rows {
        health.judge(row, Stamp(0));
    }
    let names = |alarms: Vec<AlarmBrief>| alarms.into_iter().map(|alarm| alarm.name).collect();
    health.firing.into_iter().map(|(key, alarms)| (key, names(alarms))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, detail::TaskContainer};

    #[test]
    fn alarms_mean_the_longest_name_in_theirs() {
        let key = |environment: &str, name: &str| ServiceKey::new(environment, Kind::Ecs, environment, name);
        let keys = [
            key("prod", "prod-service"),
            key("prod", "prod-service-worker"),
            key("staging", "service"),
            key("prod", "api"),
            key("staging", "api"),
        ];
        let keys: Vec<&ServiceKey> = keys.iter().collect();
        for (alarm, wanted) in [
            ("prod-service-5xx", vec!["prod/prod-service"]),
            ("prod-service-worker-cpu", vec!["prod/prod-service-worker"]),
            ("prod-service2-5xx", vec![]),
            ("high-service-latency", vec!["staging/service"]),
            ("prod/api/5xx", vec!["prod/api"]),
            ("api-5xx", vec!["prod/api", "staging/api"]),
            ("graphapi", vec![]),
        ] {
            let found: Vec<String> =
                meant(&keys, alarm).iter().map(|k| format!("{}/{}", k.environment, k.name)).collect();
            assert_eq!(found, wanted, "{alarm}");
        }
    }

    #[test]
    fn tasks_that_were_stopped_in_good_order_did_not_die() {
        for (by, code, exit, dead) in [
            ("ecs-svc/1", "EssentialContainerExited", Some(137), true),
            ("ecs-svc/1", "EssentialContainerExited", Some(0), false),
            ("ecs-svc/1", "ServiceSchedulerInitiated", Some(143), false),
            ("ecs-svc/1", "ServiceSchedulerInitiated", Some(1), false),
            ("ecs-svc/1", "UserInitiated", Some(1), false),
            ("ecs-svc/1", "SpotInterruption", Some(137), false),
            ("flightdeck/1", "EssentialContainerExited", Some(1), false),
        ] {
            let task = TaskBrief {
                last_status: "STOPPED".into(),
                started_by: by.into(),
                stop_code: code.into(),
                containers: vec![TaskContainer { exit_code: exit, ..TaskContainer::default() }],
                ..TaskBrief::default()
            };
            assert_eq!(died(&task), dead, "{by} {code} {exit:?}");
        }
    }
}
