//! From a wish to a plan: what is asked first, planning, and the plan or the refusal it ends in.

mod context;
mod images;
mod planning;
mod promote;

pub(super) use images::{ask_images, chosen, images, match_images, name_images};
pub use images::{runs_in, version_in_use};
pub(super) use planning::{abandon, answered, plan, plan_again, timer};
pub use promote::source;

use super::{
    Effect, keys,
    out::Out,
    runs, service,
    state::{Line, Overlay, Pick, Screen, State, Tab},
    update::notice,
};
use crate::{
    action::Action,
    model::{Kind, Protection, Refusal, RunId, ServiceKey},
    ops::Wish,
};
use images::pick_image;

/// A verb that changes something: what it means here, or a sentence why it means nothing.
pub(super) fn begin(state: &mut State, action: Action, out: &mut Out) {
    // on the runs, stop is about the watch, not about AWS
    if action == Action::Stop && state.screen() == Screen::Runs {
        runs::stop_watching(state, out);
        return;
    }
    keys::with_subject(state, out, |state, key, out| wished(state, key, action, out));
}

fn wished(state: &mut State, key: ServiceKey, action: Action, out: &mut Out) {
    let tab = match (&state.service, state.screen()) {
        (Some(view), Screen::Service) => Some(view.tab),
        _ => None,
    };
    let wish = match action {
        Action::Deploy => {
            pick_image(state, key, Pick::Deploy, out);
            return;
        }
        Action::Release => {
            pick_image(state, key, Pick::Release, out);
            return;
        }
        Action::Migrate => {
            pick_image(state, key, Pick::Migrate, out);
            return;
        }
        Action::Promote => {
            promote::begin(state, key, out);
            return;
        }
        Action::Scale => {
            ask_count(state, key, out);
            return;
        }
        Action::Continue => Wish::Continue { rollback: false },
        Action::RollBack if service::waits(state, &key) => Wish::Continue { rollback: true },
        Action::RollBack if tab == Some(Tab::Revisions) && !service::is_rolling(state) => {
            let chosen = state.service.as_ref().and_then(|view| {
                let all = view.revisions.value.as_ref()?;
                all.get(view.list_of(Tab::Revisions).cursor).filter(|r| !r.current).cloned()
            });
            Wish::RollBack { to: chosen }
        }
        Action::RollBack => Wish::RollBack { to: None },
        Action::Redeploy => Wish::Redeploy,
        Action::Stop if tab == Some(Tab::Tasks) => {
            let Some(task) = service::selected_task(state) else {
                notice(state, out, "no running task is selected", false);
                return;
            };
            Wish::StopTask { task }
        }
        Action::Stop => Wish::StopRollout,
        _ => return,
    };
    plan(state, key, wish, out);
}

/// Says no at once where the environment allows no change at all; true when it did.
fn refused_at_once(state: &mut State, key: &ServiceKey, title: &str, out: &mut Out) -> bool {
    let refusal = match state.environment(&key.environment) {
        Some(environment) if environment.protection == Protection::ReadOnly => Refusal::new(
            format!("{} is read-only", key.environment),
            "change its protection in the configuration to allow changes",
        ),
        None => Refusal::new(format!("{} is not known any more", key.environment), ""),
        Some(_) => return false,
    };
    refuse(state, title.to_owned(), refusal, out);
    true
}

fn refuse(state: &mut State, title: String, refusal: Refusal, out: &mut Out) {
    state.overlay = Some(Overlay::Refused { title, refusal, held: None });
    state.overlay_since = state.drawn + 1;
    out.touch();
}

fn ask_count(state: &mut State, key: ServiceKey, out: &mut Out) {
    if refused_at_once(state, &key, &format!("Scale {}", key.name), out) {
        return;
    }
    if key.kind == Kind::AppRunner {
        let refusal = Refusal::new(
            "App Runner sets the number of instances itself, by its auto-scaling configuration",
            "change that configuration in the AWS console",
        );
        refuse(state, format!("Scale {}", key.name), refusal, out);
        return;
    }
    // empty: a digit typed behind the present number would make another one of it
    state.overlay = Some(Overlay::Scale { key, line: Line::default() });
    out.touch();
}

/// The effect that writes a line of the journal.
pub(super) fn journal(run: &RunId, entry: crate::model::Entry) -> Effect {
    Effect::Journal { run: run.clone(), entry }
}
