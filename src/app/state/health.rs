//! What AWS's own word for a service leaves out: alarms that fire, and tasks that keep dying.

use crate::model::{
    AlarmBrief, EnvironmentName, Metric, Series, Service, ServiceDetail, ServiceKey, ServiceState, Stamp,
    blame,
    blame::died,
    running,
    why::{Numbers, percent},
};
use std::collections::HashMap;

/// Deaths of tasks older than this do not count, milliseconds.
const RECENT_MS: i64 = 600_000;
/// The share of 5xx from which a service is not steady.
const SHARE: f64 = 0.05;
/// So many tasks that died recently are not steady.
const DEATHS: usize = 3;

/// What speaks against rows that AWS calls steady.
#[derive(Debug, Default)]
pub struct Health {
    /// Alarms that fire, by service.
    firing: HashMap<ServiceKey, Vec<AlarmBrief>>,
    /// Deaths of tasks, by service, as its detail told them last.
    deaths: HashMap<ServiceKey, Vec<Death>>,
    /// The share of 5xx of services that answer with too many, as metrics told it last.
    shares: HashMap<ServiceKey, (f64, Stamp)>,
    /// What load balancers answer themselves, of services that stand alone behind theirs, as metrics told it last.
    own: HashMap<ServiceKey, (String, Stamp)>,
    /// Rows that are called degraded here: the note AWS's state came with.
    notes: HashMap<ServiceKey, String>,
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
    pub(in crate::app) fn judge(&mut self, row: &mut Service, now: Stamp) {
        self.notes.remove(&row.key);
        if row.state != ServiceState::Steady {
            return;
        }
        if let Some(note) = self.against(&row.key, now) {
            self.notes.insert(row.key.clone(), std::mem::replace(&mut row.note, note));
            row.state = ServiceState::Degraded;
        }
    }

    /// Judges a row anew, which may have been called degraded here before.
    pub(in crate::app) fn judge_again(&mut self, row: &mut Service, now: Stamp) {
        if let Some(note) = self.notes.remove(&row.key) {
            row.state = ServiceState::Steady;
            row.note = note;
        }
        self.judge(row, now);
    }

    /// Takes down what the open service tells of its tasks.
    pub(in crate::app) fn observe(&mut self, detail: &ServiceDetail) {
        let deaths: Vec<Death> = detail
            .tasks
            .iter()
            // those of what was replaced are over, however many they were
            .filter(|task| died(task) && running::in_place(&detail.deployments, task))
            .filter_map(|task| Some(Death { why: blame::why(task), at: task.stopped_at? }))
            .collect();
        if deaths.is_empty() {
            self.deaths.remove(&detail.service.key);
        } else {
            self.deaths.insert(detail.service.key.clone(), deaths);
        }
    }

    /// Takes down what metrics tell of a service's answers, and of those of load balancers that serve it `alone`; true where
    /// that may change what is said of it.
    pub(in crate::app) fn measure(
        &mut self,
        key: &ServiceKey,
        series: &[Series],
        alone: bool,
        now: Stamp,
    ) -> bool {
        let numbers = Numbers::of(series);
        let own = numbers.own.filter(|_| alone);
        let moved = if let Some(own) = own {
            let told = format!("{:.0} × 5xx a minute by the load balancer", own.now);
            self.own.insert(key.clone(), (told, now));
            true
        } else {
            // who did not ask knows no better
            let asked = series.iter().any(|series| series.metric == Metric::BalancerErrors);
            asked && self.own.remove(key).is_some()
        };
        match numbers.share.filter(|share| numbers.is_sick() && *share >= SHARE) {
            Some(share) => {
                self.shares.insert(key.clone(), (share, now));
                true
            }
            None => self.shares.remove(key).is_some() || moved,
        }
    }

    /// Takes in the alarms of an environment that fire, each for the services among `candidates` that it means;
    /// those it fired for before or fires for now are to be judged again.
    pub(in crate::app) fn fire(
        &mut self,
        name: &EnvironmentName,
        candidates: &[&ServiceKey],
        alarms: Vec<AlarmBrief>,
    ) -> Vec<ServiceKey> {
        let named = Named::of(candidates);
        let mut firing: HashMap<ServiceKey, Vec<AlarmBrief>> = HashMap::new();
        for alarm in alarms.into_iter().filter(|alarm| alarm.state == "ALARM") {
            for key in named.meant(&alarm.name) {
                if key.environment == *name {
                    firing.entry(key.clone()).or_default().push(alarm.clone());
                }
            }
        }
        let before = std::mem::take(&mut self.firing);
        let (own, others): (HashMap<_, _>, HashMap<_, _>) =
            before.into_iter().partition(|(key, _)| key.environment == *name);
        let concerned: Vec<ServiceKey> = own.keys().chain(firing.keys()).cloned().collect();
        self.firing = others;
        self.firing.extend(firing);
        concerned
    }

    /// Why a steady service is not well, in a clause.
    fn against(&self, key: &ServiceKey, now: Stamp) -> Option<String> {
        match self.firing(key) {
            [] => {}
            [one] => return Some(format!("in alarm: {}", one.name)),
            [first, rest @ ..] => return Some(format!("in alarm: {} and {} more", first.name, rest.len())),
        }
        if let Some((share, at)) = self.shares.get(key)
            && now.since(*at) <= RECENT_MS
        {
            return Some(format!("{} of the answers are 5xx", percent(*share)));
        }
        if let Some((told, at)) = self.own.get(key)
            && now.since(*at) <= RECENT_MS
        {
            return Some(told.clone());
        }
        let recent: Vec<&Death> =
            self.deaths.get(key)?.iter().filter(|d| now.since(d.at) <= RECENT_MS).collect();
        let last = recent.iter().max_by_key(|d| d.at)?;
        (recent.len() >= DEATHS)
            .then(|| format!("{} tasks stopped within 10m, the last: {}", recent.len(), last.why))
    }
}

/// Services by their names, to tell which of them an alarm means.
#[derive(Debug)]
pub(in crate::app) struct Named<'a>(HashMap<&'a str, Vec<&'a ServiceKey>>);

impl<'a> Named<'a> {
    /// Of these services.
    pub(in crate::app) fn of(candidates: &[&'a ServiceKey]) -> Self {
        let mut named: HashMap<&str, Vec<&ServiceKey>> = HashMap::new();
        for key in candidates.iter().copied().filter(|key| !key.name.is_empty()) {
            named.entry(&key.name).or_default().push(key);
        }
        Self(named)
    }

    /// The services an alarm means by its name: those with the longest name in it, and of these the ones whose
    /// environment is in it too, if there are such.
    pub(in crate::app) fn meant(&self, alarm: &str) -> Vec<&'a ServiceKey> {
        let mut longest: Vec<&ServiceKey> = Vec::new();
        let mut length = 0;
        for name in words(alarm) {
            if let Some(keys) = self.0.get(name).filter(|_| name.len() >= length) {
                if name.len() > length {
                    longest.clear();
                }
                length = name.len();
                longest.extend(keys.iter().filter(|key| !longest.contains(key)).copied().collect::<Vec<_>>());
            }
        }
        let near: Vec<&ServiceKey> = longest
            .iter()
            .copied()
            .filter(|key| words(alarm).any(|word| word == key.environment.as_str()))
            .collect();
        let mut meant = if near.is_empty() { longest } else { near };
        meant.sort();
        meant
    }
}

/// Every part of a text that stands by itself in it: `api` and `prod-api` of `prod-api-5xx`, and not `prod-api2`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let edges: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let starts: Vec<usize> = edges
        .iter()
        .copied()
        .filter(|at| !part(text.get(..*at).and_then(|before| before.chars().next_back())))
        .collect();
    let ends: Vec<usize> =
        edges.into_iter().filter(|at| !part(text.get(*at..).and_then(|rest| rest.chars().next()))).collect();
    starts.into_iter().flat_map(move |start| {
        let words: Vec<&str> =
            ends.iter().filter(|end| **end > start).filter_map(|end| text.get(start..*end)).collect();
        words
    })
}

/// The rows as a status without a screen tells them: with the alarms that fire now, whose names are given by service.
pub fn judged(rows: &mut [Service], alarms: &[AlarmBrief]) -> HashMap<ServiceKey, Vec<String>> {
    let keys: Vec<ServiceKey> = rows.iter().map(|row| row.key.clone()).collect();
    let keys: Vec<&ServiceKey> = keys.iter().collect();
    let named = Named::of(&keys);
    let mut health = Health::default();
    for alarm in alarms.iter().filter(|alarm| alarm.state == "ALARM") {
        for key in named.meant(&alarm.name) {
            health.firing.entry(key.clone()).or_default().push(alarm.clone());
        }
    }
    for row in rows {
        health.judge(row, Stamp(0));
    }
    let names = |alarms: Vec<AlarmBrief>| alarms.into_iter().map(|alarm| alarm.name).collect();
    health.firing.into_iter().map(|(key, alarms)| (key, names(alarms))).collect()
}

/// The row of a service that was read in depth, with what its alarms, its tasks and its answers say against it.
pub fn judged_again(detail: &ServiceDetail, alarms: &[AlarmBrief], series: &[Series], now: Stamp) -> Service {
    let mut health = Health::default();
    let mut row = detail.service.clone();
    health.observe(detail);
    health.measure(&row.key, series, detail.is_alone(), now);
    let own: Vec<AlarmBrief> = alarms.iter().filter(|alarm| alarm.state == "ALARM").cloned().collect();
    if !own.is_empty() {
        health.firing.insert(row.key.clone(), own);
    }
    health.judge(&mut row, now);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

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
            let found: Vec<String> = Named::of(&keys)
                .meant(alarm)
                .iter()
                .map(|k| format!("{}/{}", k.environment, k.name))
                .collect();
            assert_eq!(found, wanted, "{alarm}");
        }
    }
}
