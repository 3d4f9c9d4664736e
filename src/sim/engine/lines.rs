//! Everyday log lines. They are written when somebody asks for a group, or before something that matters
//! is logged to the same stream, never for their own sake: a thousand chatting services cost nothing.

use std::sync::Arc;

use super::apps::{app_group, instance_stream};
use super::num::{millis, steps};
use super::points::Effect;
use super::state::{AppIx, Owner, ServiceIx, TaskId};
use super::{Engine, LogSource};
use crate::sim::hash;
use crate::sim::world::{Behaviour, LOG_RATE};

/// How far back everyday lines go.
const BACK: f64 = 3.0 * 3600.0;
/// Most lines written at once for one stream.
const MOST: u32 = 240;
/// Seconds between two lines of one stream, where a world says nothing.
const EVERY: f64 = 1.0 / LOG_RATE;
/// A task's lines are handed over in batches, so many seconds apart: the driver awslogs flushes every five
/// (github.com/moby/moby, daemon/logger/awslogs/cloudwatchlogs.go, `defaultForceFlushInterval`). Each task has its own beat, so that
/// a line comes in behind newer ones of other tasks.
const FLUSH: f64 = 5.0;

const PATHS: [&str; 6] =
    ["/v1/projects", "/v1/orders", "/v1/users/me", "/v1/invoices", "/healthz", "/v1/webhooks"];
const JOBS: [&str; 4] = ["send_mail", "sync_invoice", "expire_sessions", "thumbnail"];

impl Engine {
    /// Brings the streams of a group up to now.
    pub(super) fn fill_group(&mut self, account: &str, region: &str, group: &str) {
        let key = (account.to_owned(), region.to_owned(), group.to_owned());
        for source in self.groups.get(&key).cloned().unwrap_or_default() {
            match source {
                LogSource::Service(ix) => {
                    for id in self.service(ix).map(|service| service.tasks.clone()).unwrap_or_default() {
                        self.fill_until(id, flushed(self.now, id));
                    }
                }
                LogSource::App(ix) => self.fill_app(ix),
            }
        }
    }

    /// Brings a task's stream up to now.
    pub(super) fn fill_task(&mut self, id: TaskId) {
        self.fill_until(id, self.now);
    }

    fn fill_until(&mut self, id: TaskId, now: f64) {
        let Some(task) = self.tasks.get(&id) else { return };
        let Owner::Service(ix, _) = task.owner else { return };
        if !task.running() || task.images.is_empty() {
            return;
        }
        let Some((group, stream, region)) = task.log.clone() else { return };
        let Some(spec) = self.service(ix).map(|s| Arc::clone(&s.spec)) else { return };
        let main = task.images.iter().find(|i| i.container == spec.container).or(task.images.first());
        let behaviour = main.and_then(|i| i.behaviour.clone()).unwrap_or_default();
        let from = task.logged_until.max(now - BACK);
        if from > now {
            return;
        }
        let effect = Effect::of(&task.images);
        let behaviour = self.complaining(ix, &behaviour);
        let lines = chatter(
            from,
            now,
            1.0 / spec.log_rate,
            hash::of(&id.0.to_be_bytes(), 13),
            &behaviour,
            effect,
            spec.port.is_some(),
        );
        for (at, line) in lines {
            self.logs.append(&spec.account, &region, &group, &stream, millis(at), &line);
        }
        if let Some(task) = self.tasks.get_mut(&id) {
            task.logged_until = now;
        }
    }

    /// An image's behaviour, with the lines that it logs while something that it needs does not answer.
    fn complaining(&self, ix: ServiceIx, behaviour: &Arc<Behaviour>) -> Arc<Behaviour> {
        let outage = self.service(ix).and_then(|service| service.outage.as_ref());
        match outage {
            Some((_, outage)) if !outage.log.is_empty() => {
                Arc::new(Behaviour { log: outage.log.clone(), ..Behaviour::clone(behaviour) })
            }
            _ => Arc::clone(behaviour),
        }
    }

    /// Brings an App Runner service's instance stream up to now.
    pub(super) fn fill_app(&mut self, ix: AppIx) {
        let now = self.now;
        let Some(app) = self.app(ix) else { return };
        let spec = Arc::clone(&app.spec);
        let image = app.serving.image.clone();
        let (group, stream) = (app_group(&spec, app.id, "application"), instance_stream(app.id, &image));
        let from = app.logged_until.max(now - BACK);
        let behaviour = image.behaviour.clone().unwrap_or_default();
        if app.status != "PAUSED" {
            let effect = Effect::of(std::slice::from_ref(&image));
            for (at, line) in chatter(from, now, EVERY, spec.baseline.seed, &behaviour, effect, true) {
                self.logs.append(&spec.account, &spec.region, &group, &stream, millis(at), &line);
            }
        }
        if let Some(app) = self.app_mut(ix) {
            app.logged_until = now;
        }
    }

    /// A line that a task prints now.
    pub(super) fn log_line(&mut self, id: TaskId, line: &str) {
        self.fill_task(id);
        let Some(task) = self.tasks.get(&id) else { return };
        let Some((group, stream, region)) = task.log.clone() else { return };
        let Some(cluster) = self.cluster(task.cluster) else { return };
        let account = cluster.account.clone();
        let region = if region.is_empty() { cluster.region.clone() } else { region };
        self.append_log(&account, &region, &group, &stream, line);
    }
}

/// Until when a task's lines were handed over.
fn flushed(now: f64, id: TaskId) -> f64 {
    let beat = FLUSH * hash::fraction(hash::of(&id.0.to_be_bytes(), 17));
    ((now - beat) / FLUSH).floor() * FLUSH + beat
}

/// The lines of one stream between two moments. The same moments of the clock give the same lines,
/// whenever and however often they are asked for.
fn chatter(
    from: f64,
    to: f64,
    every: f64,
    seed: u64,
    behaviour: &Behaviour,
    effect: Effect,
    web: bool,
) -> Vec<(f64, String)> {
    // what is said fast is told for a minute
    let most = MOST.max(steps(60.0, every, 100_000));
    let from = from.max(to - every * f64::from(most));
    let first = (from / every).floor() + 1.0;
    let number = steps(to - first * every, every, 100_000) + u32::from(first * every <= to);
    let skipped = number.saturating_sub(most);
    (skipped..number)
        .map(|n| {
            let slot = (first + f64::from(n)) * every;
            let bits = hash::mix(seed ^ slot.to_bits());
            let part = |shift: u32| hash::fraction(hash::mix(bits.rotate_left(shift)));
            let pick = |list: &[&'static str]| {
                let length = u64::try_from(list.len()).unwrap_or(1).max(1);
                list.get(usize::try_from(bits % length).unwrap_or(0)).copied().unwrap_or_default()
            };
            let own = !behaviour.log.is_empty() && part(3) < 0.35;
            let line = if own {
                let length = u64::try_from(behaviour.log.len()).unwrap_or(1).max(1);
                let place = usize::try_from((bits >> 9) % length).unwrap_or(0);
                behaviour.log.get(place).cloned().unwrap_or_default()
            } else if web {
                let (status, level) = if part(5) < effect.errors { (500, "ERROR") } else { (200, "INFO ") };
                let took = (4.0 + 60.0 * part(7)) * effect.latency;
                format!("{level} GET {} {status} {took:.1}ms", pick(&PATHS))
            } else {
                format!("INFO  job={} took={:.0}ms", pick(&JOBS), 20.0 + 900.0 * part(7) * effect.latency)
            };
            (slot, line)
        })
        .filter(|(at, _)| *at > from && *at <= to)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asked_in_parts_or_at_once() {
        let behaviour = Behaviour { log: vec!["odd".to_owned()], ..Behaviour::default() };
        let whole = chatter(1000.0, 1600.0, EVERY, 5, &behaviour, Effect::NORMAL, true);
        let mut parts = chatter(1000.0, 1111.0, EVERY, 5, &behaviour, Effect::NORMAL, true);
        parts.extend(chatter(1111.0, 1111.0, EVERY, 5, &behaviour, Effect::NORMAL, true));
        parts.extend(chatter(1111.0, 1600.0, EVERY, 5, &behaviour, Effect::NORMAL, true));
        assert_eq!(whole, parts);
        assert_eq!(whole.len(), 50);
        assert!(whole.iter().any(|(_, line)| line == "odd"));
    }
}
