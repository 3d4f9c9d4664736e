//! What alarms and metrics say of a version, and when that is enough to take it back.

use crate::model::{AlarmBrief, Metric, Series, Stamp};
use crate::ops::VerifySettings;
use crate::ops::facts::Facts;

/// Errors and requests that it takes to decide before the window is over.
const EARLY: (u64, u64) = (5, 20);

/// Milliseconds by which an alarm may be late.
const LATE_MS: i64 = 60_000;

/// Minutes in a row with too high a p99 that it takes to decide before the window is over.
const EARLY_MINUTES: usize = 3;

/// The named alarms.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    /// Whether they could be read at least once, and told anything.
    pub(super) heard: bool,
    /// Why they cannot be read.
    pub(super) trouble: Option<&'static str>,
    /// Those in alarm that were not before: name, reason, since when.
    fired: Vec<(String, String, Option<Stamp>)>,
    /// In alarm since before the change; without data; unknown to AWS.
    before: Vec<String>,
    silent: usize,
    missing: usize,
}

impl Alarms {
    /// Takes an answer in.
    pub(super) fn take(&mut self, facts: &Facts, alarms: &[AlarmBrief]) {
        let Some(verify) = &facts.verify else { return };
        *self = Self { heard: self.heard, ..Self::default() };
        for name in &verify.settings.alarms {
            let Some(alarm) = alarms.iter().find(|alarm| alarm.name == *name) else {
                self.missing += 1;
                continue;
            };
            match alarm.state.as_str() {
                "ALARM" if is_old(facts, alarm) => self.before.push(name.clone()),
                "ALARM" => self.fired.push((name.clone(), alarm.reason.clone(), alarm.since)),
                "OK" => self.heard = true,
                _ => self.silent += 1,
            }
        }
    }

    /// The alarm that fired until the window's end.
    pub(super) fn finding(&self, end: Stamp) -> Option<String> {
        // after a window that was not watched, only what fired in it counts
        let of_it = |since: Option<Stamp>| since.is_none_or(|since| since < end.plus(LATE_MS));
        let (name, reason, _) = self.fired.iter().find(|(_, _, since)| of_it(*since))?;
        let reason = reason.trim_end_matches('.');
        Some(if reason.is_empty() {
            format!("alarm {name} fired")
        } else {
            format!("alarm {name} fired: {reason}")
        })
    }

    /// In a few words.
    pub(super) fn told(&self, settings: &VerifySettings) -> Option<String> {
        if settings.alarms.is_empty() {
            return None;
        }
        if let Some(trouble) = self.trouble {
            return Some(format!("alarms not read ({trouble})"));
        }
        let mut parts = Vec::new();
        if !self.fired.is_empty() {
            let names: Vec<&str> = self.fired.iter().map(|(name, ..)| name.as_str()).collect();
            parts.push(format!("in alarm: {}", names.join(", ")));
        }
        if !self.before.is_empty() {
            parts.push(format!("in alarm since before: {}", self.before.join(", ")));
        }
        if self.silent > 0 {
            parts.push(format!("{} of {} alarms without data", self.silent, settings.alarms.len()));
        }
        if self.missing > 0 {
            parts.push(format!("{} of {} alarms unknown to AWS", self.missing, settings.alarms.len()));
        }
        Some(match (parts.is_empty(), self.heard) {
            (true, true) => "alarms quiet".to_owned(),
            (true, false) => "alarms not read yet".to_owned(),
            _ => parts.join(", "),
        })
    }
}

/// Whether it was in alarm before anything was changed, so that it says nothing about the change.
fn is_old(facts: &Facts, alarm: &AlarmBrief) -> bool {
    let Some(verify) = &facts.verify else { return false };
    let known = verify.firing.contains(&alarm.name);
    match (alarm.since, verify.began_at) {
        (Some(since), Some(began)) => since <= began,
        _ => known,
    }
}

/// What the metrics say since the rollout ended.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Why they cannot be read.
    pub(super) trouble: Option<&'static str>,
    read: bool,
    requests: u64,
    errors: u64,
    /// The p99 of each minute, oldest first, milliseconds.
    p99: Vec<f32>,
}

impl Numbers {
    /// Takes the points from `from` to before `end`. A minute that began before is half of the old version.
    pub(super) fn take(&mut self, series: &[Series], from: Stamp, end: Stamp) {
        let values = |metric: Metric| -> Vec<f32> {
            let Some(found) = series.iter().find(|s| s.metric == metric) else { return Vec::new() };
            let inside = |index: &usize| (from..end).contains(&found.at(*index));
            let points = found.points.iter().enumerate().filter(|(index, _)| inside(index));
            points.filter_map(|(_, point)| *point).collect()
        };
        *self = Self {
            trouble: None,
            read: true,
            requests: count(&values(Metric::Requests)),
            errors: count(&values(Metric::Errors)),
            p99: values(Metric::LatencyP99),
        };
    }

    /// Whether they tell anything.
    pub(super) fn heard(&self) -> bool {
        self.requests > 0 || !self.p99.is_empty()
    }

    /// Whether they are asked for, can be read, and are not there yet.
    pub(super) fn awaited(&self, settings: &VerifySettings) -> bool {
        let asked = settings.max_5xx_ratio.is_some() || settings.max_p99_ms.is_some();
        asked && self.trouble.is_none() && !self.heard()
    }

    /// What speaks against the version clearly enough.
    pub(super) fn finding(&self, settings: &VerifySettings, over: bool) -> Option<String> {
        self.too_many(settings, over).or_else(|| self.too_slow(settings, over))
    }

    fn too_many(&self, settings: &VerifySettings, over: bool) -> Option<String> {
        let most = settings.max_5xx_ratio?;
        let enough = over || (self.errors >= EARLY.0 && self.requests >= EARLY.1);
        let ratio = ratio(self.errors, self.requests)?;
        (enough && self.errors > 0 && ratio > most).then(|| {
            format!("{} of the answers were 5xx, {} at most were asked for", percent(ratio), percent(most))
        })
    }

    fn too_slow(&self, settings: &VerifySettings, over: bool) -> Option<String> {
        let most = settings.max_p99_ms?;
        let high = |value: &f32| f64::from(*value) > bound(most);
        let last = self.p99.iter().rev().take_while(|value| high(value)).count();
        let all = self.p99.iter().filter(|value| high(value)).count();
        let enough = last >= EARLY_MINUTES || (over && all * 2 > self.p99.len());
        let worst = self.p99.iter().copied().fold(0.0_f32, f32::max);
        enough.then(|| {
            let minutes = self.p99.len();
            format!("p99 was over {most}ms in {all} of {minutes} minutes, {worst:.0}ms at worst")
        })
    }

    /// In a few words, one for each bound that is asked for.
    pub(super) fn told(&self, settings: &VerifySettings) -> Vec<String> {
        if settings.max_5xx_ratio.is_none() && settings.max_p99_ms.is_none() {
            return Vec::new();
        }
        if let Some(trouble) = self.trouble {
            return vec![format!("metrics not read ({trouble})")];
        }
        if !self.heard() {
            return vec![if self.read { "no requests" } else { "metrics not read yet" }.to_owned()];
        }
        let mut parts = Vec::new();
        if settings.max_5xx_ratio.is_some() {
            parts.push(match ratio(self.errors, self.requests) {
                Some(ratio) => format!("5xx {} of {}", percent(ratio), thousands(self.requests)),
                None => "no requests".to_owned(),
            });
        }
        if settings.max_p99_ms.is_some() {
            parts.push(self.p99.last().map_or_else(|| "no p99".to_owned(), |ms| format!("p99 {ms:.0}ms")));
        }
        parts
    }
}

/// What a window asks for.
pub(in crate::ops) fn asks(settings: &VerifySettings) -> String {
    let mut parts = Vec::new();
    if let Some(most) = settings.max_5xx_ratio {
        parts.push(format!("5xx at most {}", percent(most)));
    }
    if let Some(most) = settings.max_p99_ms {
        parts.push(format!("p99 at most {most}ms"));
    }
    if !settings.alarms.is_empty() {
        parts.push(format!("quiet: {}", settings.alarms.join(", ")));
    }
    if parts.is_empty() { "nothing but that it stays in place".to_owned() } else { parts.join(", ") }
}

/// A sum of counts that AWS gives as floating point.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what is exact")]
fn count(values: &[f32]) -> u64 {
    let sum: f64 = values.iter().map(|value| f64::from(*value)).sum();
    sum.round().clamp(0.0, 9e15) as u64
}

#[allow(clippy::cast_precision_loss, reason = "a share of counts, shown with one digit")]
fn ratio(errors: u64, requests: u64) -> Option<f64> {
    // a balancer's own 5xx are no requests of the target
    (requests > 0 || errors > 0).then(|| errors as f64 / requests.max(errors) as f64)
}

#[allow(clippy::cast_precision_loss, reason = "a bound in milliseconds")]
fn bound(millis: u64) -> f64 {
    millis as f64
}

/// `0.0%`, `0.05%`, `12.3%`: never so short that something looks like nothing.
fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent > 0.0 && percent < 0.1 { format!("{percent:.2}%") } else { format!("{percent:.1}%") }
}

/// `1,234`.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
