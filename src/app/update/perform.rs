//! Carries out what handlers left to do.

use super::{navigate, verbs};
use crate::app::{
    dialog, fleet, flight,
    flow::{Intent, Out},
    overlay::images::ask_images,
    screen,
    state::{Screen, State, Tab},
    store::{charts, sparks::want_sparks},
};

/// Does all that was left, and what that leaves, in order.
pub(in crate::app) fn perform(state: &mut State, out: &mut Out) {
    while let Some(intent) = out.intents.pop_front() {
        one(state, intent, out);
    }
}

fn one(state: &mut State, intent: Intent, out: &mut Out) {
    match intent {
        Intent::Go(screen) => navigate::go(state, screen, out),
        Intent::Fleet(filter) => {
            navigate::go(state, Screen::Fleet, out);
            fleet::filter(state, &filter);
            want_sparks(state, out);
        }
        Intent::Open(key, tab) => navigate::open(state, key, tab, out),
        Intent::Charts(key, range) => {
            navigate::open(state, key, Some(Tab::Metrics), out);
            if let Some(view) = state.service.as_mut() {
                view.charts.series.loading = false;
            }
            charts::set_range(state, range, out);
        }
        Intent::Act(action, drawn) => verbs::act(state, action, drawn, out),
        Intent::Narrow(text) => screen::of(state.screen()).narrow(state, &text, out),
        Intent::GoTo(text) => screen::go_to(state, &text, out),
        Intent::ShowRun(id) => navigate::show_run(state, id, out),
        Intent::Planned(draft, wanted) => dialog::open(state, *draft, *wanted, out),
        Intent::Fly(draft, authority) => {
            let id = flight::start(state, *draft, authority, out);
            navigate::show_run(state, id.clone(), out);
            flight::settle(state, &id, out);
        }
        Intent::RowsCame => ask_images(state, out),
        Intent::ContactIsBack(name) => flight::contact_is_back(state, &name, out),
    }
}
