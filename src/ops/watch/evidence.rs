//! What alarms say of a version, and when that is enough to take it back.

use crate::model::{AlarmBrief, Stamp, stamp};
use crate::ops::VerifySettings;
use crate::ops::facts::Facts;

/// Milliseconds by which an alarm may be late.
const LATE_MS: i64 = 60_000;

/// The named alarms.
#[derive(Debug, Clone, Default)]
pub(super) struct Alarms {
    /// Whether they could be read at least once, and told anything.
    pub(super) heard: bool,
    /// Why they cannot be read.
    pub(super) trouble: Option<&'static str>,
    /// Those in alarm that were not before: name, reason, since when.
    fired: Vec<(String, String, Option<Stamp>)>,
    /// In alarm since before the change; without data; unknown to AWS.
    before: Vec<String>,
    silent: Vec<String>,
    missing: Vec<String>,
    /// Since when all that are quiet are so, where that is known.
    quiet: Option<Stamp>,
}

impl Alarms {
    /// Takes an answer in.
    pub(super) fn take(&mut self, facts: &Facts, alarms: &[AlarmBrief]) {
        let Some(verify) = &facts.verify else { return };
        *self = Self { heard: self.heard, ..Self::default() };
        for name in &verify.settings.alarms {
            let Some(alarm) = alarms.iter().find(|alarm| alarm.own_name() == *name) else {
                self.missing.push(name.clone());
                continue;
            };
            match alarm.state.as_str() {
                "ALARM" if is_old(facts, alarm) => self.before.push(name.clone()),
                "ALARM" => {
                    // one that fired long after the window was quiet in it
                    let end = verify.from.unwrap_or_default().plus(window_ms(&verify.settings));
                    self.heard |= alarm.since.is_some_and(|since| since >= end.plus(LATE_MS));
                    self.fired.push((name.clone(), alarm.reason.clone(), alarm.since));
                }
                "OK" => {
                    self.heard = true;
                    self.quiet = self.quiet.max(alarm.since);
                }
                _ => self.silent.push(name.clone()),
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

    /// Those that still fire, whenever they began: what a rollback is to end.
    pub(super) fn firing(&self) -> Vec<&str> {
        self.fired
            .iter()
            .map(|(name, ..)| name.as_str())
            .chain(self.before.iter().map(String::as_str))
            .collect()
    }

    /// What of them was to be heard and was not.
    pub(super) fn unheard(&self, settings: &VerifySettings) -> Option<String> {
        if settings.alarms.is_empty() || (self.heard && self.missing.is_empty()) {
            return None;
        }
        if let Some(trouble) = self.trouble {
            return Some(format!("the alarms ({trouble})"));
        }
        let all = [&self.missing, &self.silent, &self.before];
        let names: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
        let names = if names.is_empty() { settings.alarms.join(", ") } else { names.join(", ") };
        Some(if settings.alarms.len() == 1 { format!("alarm {names}") } else { format!("alarms {names}") })
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
        let all = settings.alarms.len();
        if !self.silent.is_empty() {
            parts.push(format!("{} of {all} alarms without data", self.silent.len()));
        }
        if !self.missing.is_empty() {
            parts.push(format!("{} of {all} alarms unknown to AWS", self.missing.len()));
        }
        Some(match (parts.is_empty(), self.heard) {
            (true, true) => "alarms quiet".to_owned(),
            (true, false) => "alarms not read yet".to_owned(),
            _ => parts.join(", "),
        })
    }

    /// That all of them are quiet, and for how long: `both alarms ok for 2m`.
    pub(super) fn recovered(&self, settings: &VerifySettings, now: Stamp) -> Option<String> {
        let quiet = self.heard
            && self.fired.is_empty()
            && [&self.before, &self.silent, &self.missing].iter().all(|list| list.is_empty());
        if settings.alarms.is_empty() || !quiet || self.trouble.is_some() {
            return None;
        }
        let all = match settings.alarms.len() {
            1 => "alarm ok".to_owned(),
            2 => "both alarms ok".to_owned(),
            count => format!("all {count} alarms ok"),
        };
        Some(match self.quiet {
            Some(since) if now > since => format!("{all} for {}", stamp::brief(now.since(since))),
            _ => all,
        })
    }
}

fn window_ms(settings: &VerifySettings) -> i64 {
    i64::try_from(settings.window_ms).unwrap_or(i64::MAX)
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
