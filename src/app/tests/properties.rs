//! Whatever is pressed, in whatever order things happen: nothing panics, and nothing is changed in AWS that
//! was not confirmed.

use super::kit::*;
use crate::{
    app::{Effect, Mouse, MouseKind, Msg, Purpose, TimerKey, state::Overlay},
    model::{Protection, RunId, Service, ServiceState, TroubleKind},
};
use proptest::prelude::*;
use std::collections::HashSet;

const KEYS: [&str; 58] = [
    "j",
    "k",
    "up",
    "down",
    "left",
    "right",
    "g",
    "G",
    "ctrl-f",
    "ctrl-b",
    "pageup",
    "pagedown",
    "home",
    "end",
    "enter",
    "enter",
    "enter",
    "esc",
    "tab",
    "backtab",
    "/",
    ":",
    "?",
    "r",
    "y",
    "o",
    "a",
    "ctrl-t",
    "1",
    "2",
    "3",
    "n",
    "N",
    ",",
    ";",
    "e",
    "m",
    "l",
    "t",
    "v",
    "c",
    "h",
    "w",
    "space",
    "D",
    "R",
    "M",
    "F",
    "S",
    "X",
    "[",
    "]",
    "backspace",
    "ctrl-u",
    "ctrl-w",
    "delete",
    "p",
    "s",
];

#[derive(Debug, Clone)]
enum Step {
    /// A key; true when everything was drawn before it was read.
    Key(usize, bool),
    Answers,
    Writes,
    Fail,
    Timers,
    Resize(u16, u16),
    Mouse(u8, u16, u16),
    Rows(u8),
    Later(u32),
    Name,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..KEYS.len(), prop::bool::weighted(0.8)).prop_map(|(k, d)| Step::Key(k, d)),
        4 => Just(Step::Answers),
        1 => Just(Step::Writes),
        1 => Just(Step::Fail),
        2 => Just(Step::Timers),
        1 => (0u16..140, 0u16..50).prop_map(|(w, h)| Step::Resize(w, h)),
        2 => (0u8..4, 0u16..140, 0u16..50).prop_map(|(k, c, r)| Step::Mouse(k, c, r)),
        1 => (0u8..8).prop_map(Step::Rows),
        1 => (0u32..400_000).prop_map(Step::Later),
        2 => Just(Step::Name),
    ]
}

/// What a plan dialog that may be confirmed by the next message names.
fn confirmable(kit: &Kit) -> Option<(RunId, bool, u64)> {
    let Some(Overlay::Plan(dialog)) = &kit.state.overlay else { return None };
    let named = match dialog.protection {
        Protection::Typed => dialog.line.text.trim() == &*dialog.plan().key.name,
        Protection::ReadOnly => false,
        _ => true,
    };
    let ready = named && crate::app::dialog::is_seen(&kit.state);
    Some((dialog.plan().run.clone(), ready, dialog.since_frame.max(dialog.seen_frame)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_changed_that_was_not_confirmed(steps in prop::collection::vec(step(), 1..120)) {
        let mut kit = Kit::new();
        let mut confirmed: HashSet<RunId> = HashSet::new();
        for step in steps {
            let before = confirmable(&kit);
            let live: HashSet<RunId> = kit.state.runs.live.keys().cloned().collect();
            let mut read_at = None;
            match step {
                Step::Key(nth, drawn) => {
                    if drawn {
                        kit.draw();
                    }
                    let last = if drawn { kit.state.drawn } else { kit.state.drawn.saturating_sub(1) };
                    read_at = (KEYS[nth] == "enter").then_some(last);
                    kit.press_at(KEYS[nth], last);
                }
                Step::Answers => { kit.settle(); }
                Step::Writes => { kit.write_through(); }
                Step::Fail => {
                    let asks: Vec<Effect> = kit.effects.extract_if(.., |e| matches!(e, Effect::Ask { .. })).collect();
                    for ask in asks {
                        if let Effect::Ask { environment, purpose, .. } = ask {
                            let result = Err(trouble(TroubleKind::Server));
                            kit.send(Msg::Answered { environment, purpose, result });
                        }
                    }
                }
                Step::Timers => {
                    let timers: Vec<TimerKey> = kit.effects.extract_if(.., |e| matches!(e, Effect::Timer { .. }))
                        .filter_map(|e| if let Effect::Timer { key, .. } = e { Some(key) } else { None }).collect();
                    for timer in timers {
                        kit.send(Msg::Timer(timer));
                    }
                }
                Step::Resize(w, h) => { kit.send(Msg::Resize(w, h)); }
                Step::Mouse(kind, column, row) => {
                    let kind = [MouseKind::WheelUp, MouseKind::WheelDown, MouseKind::Click, MouseKind::DoubleClick][usize::from(kind)];
                    kit.send(Msg::Mouse(Mouse { kind, column, row }));
                }
                Step::Rows(nth) => {
                    let rows: Vec<Service> = FLEET.iter().enumerate()
                        .filter(|(at, f)| f.0 == "staging" && at % 3 != usize::from(nth % 4))
                        .map(|(_, f)| {
                            let mut row = row(f.0, f.1);
                            row.seen_at = kit.state.now;
                            row.running = Some(u32::from(nth));
                            if nth > 5 { row.state = ServiceState::Rolling; }
                            row
                        }).collect();
                    kit.rows("staging", rows);
                }
                Step::Later(millis) => { kit.later(i64::from(millis)); }
                Step::Name => {
                    if let Some(Overlay::Plan(dialog)) = &kit.state.overlay {
                        let name = dialog.plan().key.name.to_string();
                        kit.type_in(&name);
                    } else if kit.overlay() == "scale" {
                        kit.type_in("3");
                    }
                }
            }
            for run in kit.state.runs.live.keys().chain(kit.state.runs.past.iter().map(|v| &v.header.id)) {
                if !live.contains(run) && !confirmed.contains(run) {
                    let (planned, ready, since) = before.clone().expect("a run began without a plan");
                    prop_assert_eq!(&planned, run);
                    prop_assert!(ready && read_at.is_some_and(|at| at >= since), "it was not confirmed");
                    confirmed.insert(run.clone());
                }
            }
            for effect in &kit.effects {
                if let Effect::Write { run, armed, .. } = effect {
                    prop_assert!(confirmed.contains(run), "a change without a confirmed plan");
                    prop_assert_eq!(armed.run(), run);
                    prop_assert!(armed.key().environment.as_str() != "preview", "read-only");
                }
            }
            let fleet = &kit.state.fleet;
            prop_assert!(fleet.shown.is_empty() || fleet.selected.is_some());
            if !fleet.matrix && let Some(selected) = &fleet.selected && !fleet.shown.is_empty() {
                prop_assert_eq!(&fleet.shown[fleet.cursor], selected);
            }
            prop_assert!(kit.state.pending_keys.len() < 5);
        }
        let _ = kit.asked(&Purpose::Fleet);
    }
}
