//! What a handler leaves to `update`.

use crate::{
    action::Action,
    app::state::{Screen, Tab, Wanted},
    model::{Authority, EnvironmentName, Range, RunId, ServiceKey},
    ops::Draft,
};

/// Something that is not the handler's own to do. `update` does it once the handler returned, in the order in which
/// it was asked for.
#[derive(Debug)]
pub(in crate::app) enum Intent {
    /// Show a screen.
    Go(Screen),
    /// Show the fleet, narrowed by this filter.
    Fleet(String),
    /// Open a service, on a tab or on the one it was left on.
    Open(ServiceKey, Option<Tab>),
    /// Open the charts of a service, so far back.
    Charts(ServiceKey, Range),
    /// Do what a verb means on the screen; the number of the frame that was on the screen when it was asked for.
    Act(Action, u64),
    /// Filter the list that is shown by this text.
    Narrow(String),
    /// Go to a moment of the log, as it was typed.
    GoTo(String),
    /// Show one run.
    ShowRun(RunId),
    /// A plan was made of what was wanted: show it.
    Planned(Box<Draft>, Box<Wanted>),
    /// Fly a confirmed plan, and show the run.
    Fly(Box<Draft>, Authority),
    /// Rows came: an open picker of images may know its repository now.
    RowsCame,
    /// An environment answers again: runs there that lost contact go on.
    ContactIsBack(EnvironmentName),
}
