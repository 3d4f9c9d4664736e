//! What one update leads to.

use super::{Effect, Intent, Purpose, TimerKey};
use crate::model::{Ask, EnvironmentName};
use std::collections::VecDeque;

/// Collects the effects of one update, and whether anything that can be seen changed.
#[derive(Debug, Default)]
pub(in crate::app) struct Out {
    /// In order.
    pub(in crate::app) effects: Vec<Effect>,
    /// What is left to `update`, in order.
    pub(in crate::app) intents: VecDeque<Intent>,
    /// The screen has to be drawn anew.
    pub(in crate::app) changed: bool,
}

impl Out {
    /// Something that can be seen changed.
    pub(in crate::app) fn touch(&mut self) {
        self.changed = true;
    }

    /// Leaves something to `update`.
    pub(in crate::app) fn intend(&mut self, intent: Intent) {
        self.intents.push_back(intent);
    }

    /// One more effect.
    pub(in crate::app) fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Asks AWS.
    pub(in crate::app) fn ask(&mut self, environment: &EnvironmentName, purpose: Purpose, ask: Ask) {
        self.effects.push(Effect::Ask { environment: environment.clone(), purpose, ask });
    }

    /// Asks the environment that the ask itself names, else this one: a plan reads what it promotes where that
    /// runs.
    pub(in crate::app) fn ask_where(&mut self, own: &EnvironmentName, purpose: Purpose, ask: Ask) {
        let environment = ask.environment().unwrap_or(own).clone();
        self.effects.push(Effect::Ask { environment, purpose, ask });
    }

    /// Sets a timer, in milliseconds.
    pub(in crate::app) fn timer(&mut self, key: TimerKey, after: u64) {
        self.effects.push(Effect::Timer { key, after });
    }
}
