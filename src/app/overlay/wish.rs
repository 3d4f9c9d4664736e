//! What a verb that changes something means: what is asked first, or the plan that is made.

use super::images::pick_image;
use crate::{
    action::Action,
    app::{
        flight::{
            planning::plan,
            promote,
            refuse::{refuse, refused_at_once},
            stop_watching,
        },
        flow::{Out, notice},
        service,
        state::{Line, Overlay, Pick, Screen, State, Tab},
        subject::with_subject,
    },
    model::{Kind, Refusal, ServiceKey},
    ops::Wish,
};

/// A verb that changes something: what it means here, or a sentence why it means nothing.
pub(in crate::app) fn begin(state: &mut State, action: Action, out: &mut Out) {
    // on the runs, stop is about the watch, not about AWS
    if action == Action::Stop && state.screen() == Screen::Runs {
        stop_watching(state, out);
        return;
    }
    with_subject(state, out, |state, key, out| wished(state, key, action, out));
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
