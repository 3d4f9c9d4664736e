//! What the filter line filters.

use super::{
    alarms,
    filter::{COLUMNS, Filter},
    help, logs, runs, timeline,
};
use crate::{
    app::state::{Screen, State},
    model::log::{COLUMNS as LOG_COLUMNS, Sieve},
};

/// What is filtered while a filter is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterScope {
    /// The services of the fleet.
    Fleet,
    /// The runs.
    Runs,
    /// What happened.
    Timeline,
    /// The alarms.
    Alarms,
    /// The lines of the Logs tab.
    Log,
    /// The keys in help.
    Help,
}

impl FilterScope {
    /// Of the screen that is shown.
    pub fn of(state: &State) -> Self {
        match state.screen() {
            Screen::Runs => Self::Runs,
            Screen::Timeline => Self::Timeline,
            Screen::Alarms => Self::Alarms,
            Screen::Help => Self::Help,
            _ if logs::shown(state) => Self::Log,
            _ => Self::Fleet,
        }
    }

    /// The columns that may be named, as in `env:prod`.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Fleet => &COLUMNS,
            Self::Runs => &runs::filter::COLUMNS,
            Self::Timeline => &timeline::COLUMNS,
            Self::Alarms => &alarms::COLUMNS,
            Self::Log => &LOG_COLUMNS,
            Self::Help => &[],
        }
    }

    /// A column that the text names and that there is not.
    pub fn unknown(self, text: &str) -> Option<&str> {
        match self {
            Self::Fleet => Filter::unknown(text),
            Self::Runs => runs::filter::unknown(text),
            Self::Timeline => timeline::unknown(text),
            Self::Alarms => alarms::unknown(text),
            Self::Log | Self::Help => None,
        }
    }

    /// What is wrong with the text beside its columns, in a sentence.
    pub fn complaint(self, text: &str) -> Option<String> {
        match self {
            Self::Log => Sieve::complaint(text),
            _ => None,
        }
    }

    /// What may be typed.
    pub fn example(self) -> &'static str {
        match self {
            Self::Fleet => "text, or env:prod state:failing version:8be0 -kind:apprunner",
            Self::Runs => "text, or who:ana run:release verdict:failed -env:staging",
            Self::Alarms => "text, or state:firing env:prod service:api metric:cpu",
            Self::Timeline => "text, or kind:alarm env:prod service:api -kind:task who:ana",
            Self::Log => "regex, or level:warn -healthz task:7f21 \"two words\"",
            Self::Help => "text to find in keys and their meaning",
        }
    }

    /// How many there are to see, and how many without the filter.
    pub fn count(self, state: &State) -> (usize, usize) {
        match self {
            Self::Fleet => (state.fleet.shown.len(), state.rows.len()),
            Self::Runs => (runs::listed(state).len(), runs::all(state).len()),
            Self::Alarms => (alarms::listed(state).len(), alarms::all(state).len()),
            Self::Timeline => (timeline::listed(state).len(), timeline::all(state).len()),
            Self::Log => state.service.as_ref().map_or((0, 0), |open| (open.log.len(), open.log.total())),
            Self::Help => help::count(state),
        }
    }
}
