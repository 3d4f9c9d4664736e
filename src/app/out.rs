//! What one update leads to.

use super::{Effect, TimerKey};
use crate::model::{Ask, EnvironmentName};

/// Collects the effects of one update, and whether anything that can be seen changed.
#[derive(Debug, Default)]
pub(super) struct Out {
    /// In order.
    pub(super) effects: Vec<Effect>,
    /// The screen has to be drawn anew.
    pub(super) changed: bool,
}

impl Out {
    /// Something that can be seen changed.
    pub(super) fn touch(&mut self) {
        self.changed = true;
    }

    /// One more effect.
    pub(super) fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Asks AWS.
    pub(super) fn ask(&mut self, environment: &EnvironmentName, purpose: super::Purpose, ask: Ask) {
        self.effects.push(Effect::Ask { environment: environment.clone(), purpose, ask });
    }

    /// Asks the environment that the ask itself names, else this one: a plan reads what it promotes where that
    /// runs.
    pub(super) fn ask_where(&mut self, own: &EnvironmentName, purpose: super::Purpose, ask: Ask) {
        let environment = ask.environment().unwrap_or(own).clone();
        self.effects.push(Effect::Ask { environment, purpose, ask });
    }

    /// Sets a timer, in milliseconds.
    pub(super) fn timer(&mut self, key: TimerKey, after: u64) {
        self.effects.push(Effect::Timer { key, after });
    }
}
