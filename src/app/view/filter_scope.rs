//! What the filter line filters.

use super::{
    alarms, board,
    filter::{COLUMNS, Filter},
    help, logs, runs, timeline,
};
use crate::app::state::{Screen, State};

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
    /// The boards, by their names.
    Board,
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
            Screen::Board => Self::Board,
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
            Self::Log | Self::Board | Self::Help => &[],
        }
    }

    /// What of the text is not understood, as a clause.
    pub fn mistake(self, text: &str) -> Option<String> {
        if let Some(column) = self.unknown(text) {
            return Some(format!("no column {column}; columns are {}", self.columns().join(", ")));
        }
        let example = Filter::incomparable(text).filter(|_| self == Self::Fleet)?;
        let column = example.split(':').next().unwrap_or(example);
        Some(format!("{column} is compared, as in {example}"))
    }

    /// A column that the text names and that there is not.
    fn unknown(self, text: &str) -> Option<&str> {
        match self {
            Self::Fleet => Filter::unknown(text),
            Self::Runs => runs::filter::unknown(text),
            Self::Timeline => timeline::unknown(text),
            Self::Alarms => alarms::unknown(text),
            Self::Log | Self::Board | Self::Help => None,
        }
    }

    /// What may be typed.
    pub fn example(self) -> &'static str {
        match self {
            Self::Fleet => "text, or env:prod state:failing 5xx:>1 deployed:<2h -kind:ecs",
            Self::Runs => "text, or who:ana run:release verdict:failed -env:staging",
            Self::Alarms => "text, or state:firing env:prod service:api metric:cpu",
            Self::Timeline => "text, or kind:alarm env:prod service:api -kind:task who:ana",
            Self::Log => "text to find in log lines",
            Self::Board => "the name of a board, or of a new one",
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
            Self::Log => {
                state.service.as_ref().map_or((0, 0), |open| (logs::lines(open).count(), open.log.len()))
            }
            Self::Board => {
                let names = board::names(state);
                let place = names.iter().position(|name| *name == state.board.name);
                (place.map_or(0, |place| place + 1), names.len())
            }
            Self::Help => help::count(state),
        }
    }
}
