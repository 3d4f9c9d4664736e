//! Planning: from a wish to the plan that is shown, or to the refusal.

use super::{
    context::context,
    refuse::{refuse, refused_at_once},
};
use crate::{
    app::{
        Purpose, TimerKey,
        flow::{Intent, Out},
        state::{Overlay, State, Wanted},
    },
    model::{Answer, ImageChoice, Refusal, RunId, ServiceKey, Trouble, Version},
    ops::{self, CallId, Event, Planner, StopWatching, TimerId, Wish},
};

/// Plans a wish; the planner at work before is abandoned.
pub(in crate::app) fn plan(state: &mut State, key: ServiceKey, wish: Wish, out: &mut Out) {
    let title = title(&wish, &key);
    if refused_at_once(state, &key, &title, out) {
        return;
    }
    let wanted = Wanted {
        wish,
        key,
        title,
        at: state.now,
        was: Default::default(),
        again: String::new(),
        source: Version::default(),
        note: String::new(),
        steal: None,
        watched: None,
    };
    start(state, wanted, out);
}

/// Plans the same again, because the plan that was shown is void.
pub(in crate::app) fn plan_again(state: &mut State, wanted: Wanted, why: &str, out: &mut Out) {
    start(state, Wanted { again: why.to_owned(), at: state.now, ..wanted }, out);
}

fn start(state: &mut State, mut wanted: Wanted, out: &mut Out) {
    abandon(state, out);
    let Some(mut context) = context(state, &wanted.key) else {
        let refusal = Refusal::new(format!("{} is no longer known", wanted.key), "go back to the fleet");
        refuse(state, wanted.title, refusal, out);
        return;
    };
    wanted.was = (context.service.task_definition.clone(), context.service.revision.clone());
    context.note.clone_from(&wanted.note);
    context.steal.clone_from(&wanted.steal);
    context.verify_rollback = wanted.watched.unwrap_or(context.verify_rollback);
    context.prove_rollback = wanted.watched != Some(false);
    if let Wish::Promote { from } = &wanted.wish {
        wanted.source = state.rows.get(from).map(|row| row.version.clone()).unwrap_or_default();
    }
    let run = fresh_id(state);
    let (planner, effects) = Planner::begin(wanted.wish.clone(), context, run.clone(), state.now);
    pass_on(&run, &wanted.key, effects, out);
    state.overlay = Some(Overlay::Planning { run: run.clone(), title: wanted.title.clone() });
    state.overlay_since = state.drawn + 1;
    state.runs.planners.insert(run.clone(), planner);
    state.runs.wanted.insert(run.clone(), wanted);
    out.touch();
    settle(state, &run, out);
}

/// Abandons planners at work. Nothing was changed by them.
pub(in crate::app) fn abandon(state: &mut State, out: &mut Out) {
    let now = state.now;
    for (_, mut planner) in state.runs.planners.drain() {
        let _ = planner.step(Event::Stop(StopWatching), now);
        out.touch();
    }
    state.runs.wanted.clear();
}

/// `Deploy 8be02d4 to prod-service`, before the plan says it better.
fn title(wish: &Wish, key: &ServiceKey) -> String {
    let name = &key.name;
    match wish {
        Wish::Deploy(ImageChoice::Tag(tag)) => format!("Deploy {tag} to {name}"),
        Wish::Deploy(ImageChoice::Digest(digest)) => {
            let hex: String = digest.trim_start_matches("sha256:").chars().take(7).collect();
            format!("Deploy @{hex} to {name}")
        }
        Wish::Deploy(ImageChoice::Reference(image)) => format!("Deploy {image} to {name}"),
        Wish::Deploy(ImageChoice::Current) => format!("Deploy the configured image to {name} again"),
        Wish::RollBack { to: Some(revision) } => format!("Roll {name} back to {}", revision.label),
        Wish::RollBack { to: None } => format!("Roll {name} back"),
        Wish::Migrate { image: None } => format!("Run the migrations of {name}"),
        Wish::Migrate { image: Some(image) } => match image {
            ImageChoice::Tag(text) | ImageChoice::Digest(text) | ImageChoice::Reference(text) => {
                format!("Run the migrations of {text} for {name}")
            }
            ImageChoice::Current => format!("Run the migrations of {name}"),
        },
        Wish::Redeploy => format!("Redeploy {name}"),
        Wish::Scale(count) => format!("Scale {name} to {count} tasks"),
        Wish::StopRollout => format!("Stop the rollout of {name}"),
        Wish::Promote { from } => format!("Promote {from} to {name}"),
        Wish::Release(_) => format!("Release to {name}"),
        Wish::Continue { rollback: false } => format!("Approve the rollout of {name}"),
        Wish::Continue { rollback: true } => format!("Roll the rollout of {name} back"),
        Wish::StopTask { task } => {
            format!("Stop task {} of {name}", task.rsplit('/').next().unwrap_or(task))
        }
    }
}

/// An id for a run: ordered by time, set apart by who runs it, by the process, and by a count.
fn fresh_id(state: &mut State) -> RunId {
    state.run_counter = state.run_counter.wrapping_add(1);
    // FNV-1a
    let who = state
        .who
        .bytes()
        .chain(state.seed.to_be_bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let id = format!("{:011x}-{who:08x}-{:02x}", state.now.0.max(0), state.run_counter & 0xff);
    RunId::from(id.as_str())
}

fn pass_on(run: &RunId, key: &ServiceKey, effects: Vec<ops::Effect>, out: &mut Out) {
    for effect in effects {
        match effect {
            ops::Effect::Ask(call, ask) => {
                out.ask_where(&key.environment, Purpose::Plan(run.clone(), call), ask);
            }
            ops::Effect::Timer(timer, after) => out.timer(TimerKey::Plan(run.clone(), timer), after),
            // a planner has leave for neither: it changes nothing and is not in the journal
            ops::Effect::Write(..) | ops::Effect::Journal(_) => {}
        }
    }
}

fn step(state: &mut State, run: &RunId, event: Event, out: &mut Out) {
    let now = state.now;
    let Some(key) = state.runs.wanted.get(run).map(|wanted| wanted.key.clone()) else { return };
    let Some(planner) = state.runs.planners.get_mut(run) else { return };
    let effects = planner.step(event, now);
    pass_on(run, &key, effects, out);
    settle(state, run, out);
}

/// An answer for a planner.
pub(in crate::app) fn answered(
    state: &mut State,
    run: &RunId,
    call: CallId,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    if let (Ok(Answer::Detail(detail)), Some(wanted)) = (&result, state.runs.wanted.get_mut(run))
        && detail.service.key == wanted.key
    {
        // what the plan is made of, whatever the row knew when it was wished for
        wanted.was = (detail.service.task_definition.clone(), detail.service.revision.clone());
    }
    step(state, run, Event::Answer(call, result), out);
}

/// A planner's timer.
pub(in crate::app) fn timer(state: &mut State, run: &RunId, timer: TimerId, out: &mut Out) {
    step(state, run, Event::Timer(timer), out);
}

/// Shows the plan or the refusal, once there is one.
fn settle(state: &mut State, run: &RunId, out: &mut Out) {
    if state.runs.planners.get(run).is_none_or(|planner| planner.outcome().is_none()) {
        return;
    }
    let (Some(planner), Some(wanted)) = (state.runs.planners.remove(run), state.runs.wanted.remove(run))
    else {
        return;
    };
    // it was abandoned, or something else has the screen
    if !matches!(&state.overlay, Some(Overlay::Planning { run: own, .. }) if own == run) {
        return;
    }
    match planner.into_outcome() {
        Some(Ok(draft)) => out.intend(Intent::Planned(Box::new(draft), Box::new(wanted))),
        Some(Err(refusal)) => refuse(state, wanted.title, refusal, out),
        None => state.overlay = None,
    }
    out.touch();
}
