//! The numbers beside a rollout: asked when the service is read, as often as they move and cost allows.

use super::metrics::{end, target};
use crate::{
    app::{Purpose, flow::Out, numbers::NUMBERS, runs::flight, schedule, state::State},
    model::{Answer, Ask, Range, ServiceKey, Trouble, metric},
};

/// How far back: the rollout, and the hour before it.
const RANGE: Range = Range::H3;

/// The service was read: its numbers are, too, where they are shown and old.
pub(in crate::app) fn want(state: &mut State, out: &mut Out) {
    if !flight::watched(state) && !flight::tab_rolls(state) {
        return;
    }
    let (now, limit) = (state.now, state.settings.cost_limit);
    let Some(view) = state.service.as_ref().filter(|view| !view.numbers.loading) else { return };
    let every = schedule::span(schedule::charts_every(RANGE, view.numbers.trouble.is_none()));
    if limit <= 0.0 || view.numbers.at.is_some_and(|at| state.felt(now.since(at)) < every) {
        return;
    }
    let key = view.key.clone();
    let Some(target) = target(state, &key) else { return };
    let targets = vec![target];
    state.budget.spend(schedule::cost(metric::count(&targets, &NUMBERS)), limit, now);
    if let Some(view) = state.service.as_mut() {
        view.numbers.loading = true;
        view.numbers.at = Some(now);
    }
    let ask = Ask::Metrics { targets, metrics: NUMBERS.to_vec(), range: RANGE, end: end(now, RANGE) };
    out.ask(&key.environment, Purpose::Numbers(key.clone()), ask);
}

/// They came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    key: &ServiceKey,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(view) = state.service.as_mut().filter(|view| view.key == *key) else { return };
    view.numbers.loading = false;
    match result {
        Ok(Answer::Metrics(series)) => {
            out.changed |= view.numbers.trouble.take().is_some();
            let own = series.into_iter().find(|(own, _)| own == key).map(|(_, series)| series);
            // parts came before, and the end may tell no more than that it is one
            if let Some(own) = own.filter(|own| view.numbers.value.as_ref() != Some(own)) {
                view.numbers.value = Some(own);
                out.touch();
            }
        }
        Ok(_) => {}
        Err(trouble) => {
            out.changed |= view.numbers.trouble.as_ref() != Some(&trouble);
            view.numbers.trouble = Some(trouble);
        }
    }
}
