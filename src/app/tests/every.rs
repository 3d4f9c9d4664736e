//! Every verb, on every screen, with everything that can be open.

use super::kit::*;
use crate::{
    action::Action,
    app::{
        Msg, keys,
        out::Out,
        state::{Screen, Tab},
    },
};

/// How to get into a situation with keys alone: its name, and the keys.
const BY_KEYS: [(&str, &str); 22] = [
    ("fleet", ""),
    ("matrix", "tab"),
    ("filtered to nothing", "/ z z z enter"),
    ("rollout", "enter"),
    ("metrics", "m"),
    ("logs", "l"),
    ("tasks", "t"),
    ("revisions", "v"),
    ("config", "c"),
    ("targets", "h"),
    ("runs", "2"),
    ("environments", "3"),
    ("help", "?"),
    ("filter", "/"),
    ("palette", ":"),
    ("images", "D"),
    ("scale", "S"),
    ("planning", "R"),
    ("plan", "F"),
    ("why", "w"),
    ("why panel", "enter w"),
    ("address", "o"),
];

/// A cockpit in each situation, by number, until there are no more.
fn situation(nth: usize) -> Option<(&'static str, Kit)> {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service");
    if let Some((what, keys)) = BY_KEYS.get(nth / 2) {
        if !keys.is_empty() {
            kit.press(keys);
        }
        if nth % 2 == 1 {
            kit.settle();
        }
        return Some((what, kit));
    }
    match nth - 2 * BY_KEYS.len() {
        0 => {
            kit.press("S 3 enter").settle();
            kit.press("enter");
            Some(("run", kit))
        }
        1 => {
            let mut kit = Kit { state: empty(&[]), effects: Vec::new() };
            kit.send(Msg::Start);
            Some(("nothing at all", kit))
        }
        _ => None,
    }
}

#[test]
fn every_verb_leads_to_something_everywhere() {
    for nth in 0.. {
        if situation(nth).is_none() {
            break;
        }
        for action in Action::ALL {
            let Some((what, mut kit)) = situation(nth) else { break };
            for size in [(120, 40), (80, 24), (20, 5), (1, 1), (0, 0)] {
                kit.send(Msg::Resize(size.0, size.1));
                kit.draw();
                let mut out = Out::default();
                let drawn = kit.state.drawn;
                keys::act(&mut kit.state, *action, drawn, &mut out);
                assert!(out.changed || !out.effects.is_empty(), "{what}: {action} is silent");
                assert_eq!(kit.state.stack.first(), Some(&Screen::Fleet), "{what}: {action}");
            }
        }
    }
}

#[test]
fn verbs_that_mean_nothing_here_say_so() {
    for (press, verb, told) in [
        ("?", Action::Deploy, "no service is selected here"),
        ("3", Action::RollBack, "no service is selected here"),
        ("2", Action::Open, "no run is selected"),
        ("2", Action::Stop, "no run is selected"),
        ("enter", Action::Sort, "has nothing to act on"),
        ("1", Action::Shorter, "has nothing to act on"),
        ("3", Action::Left, "has nothing to act on"),
    ] {
        let mut kit = Kit::new();
        kit.press(press).settle();
        let mut out = Out::default();
        keys::act(&mut kit.state, verb, u64::MAX, &mut out);
        assert!(kit.notice().contains(told), "{press} {verb}: {}", kit.notice());
    }
}

#[test]
fn screens_are_left_the_way_they_were_entered() {
    let mut kit = Kit::new();
    kit.press("enter 2 3 ?");
    let shown = |kit: &Kit| kit.state.screen();
    for screen in [Screen::Environments, Screen::Runs, Screen::Service, Screen::Fleet, Screen::Fleet] {
        kit.press("esc");
        assert_eq!(shown(&kit), screen);
    }
    kit.press("enter m 2 l");
    assert_eq!(shown(&kit), Screen::Runs, "no run is selected, so there is no service");
    kit.press("1");
    assert_eq!((shown(&kit), kit.state.stack.len()), (Screen::Fleet, 1));
    assert_eq!(kit.state.service.as_ref().unwrap().tab, Tab::Metrics);
}

#[test]
fn a_sequence_is_given_up_after_a_while() {
    let mut kit = Kit::new();
    let vim = crate::config::keymap::Keymap::shipped("emacs").unwrap().unwrap();
    kit.state.keymap = std::sync::Arc::new(vim);
    kit.press("ctrl-x");
    if kit.state.pending_keys.is_empty() {
        return;
    }
    kit.send(Msg::Timer(crate::app::TimerKey::Sequence));
    assert!(kit.state.pending_keys.is_empty());
}
