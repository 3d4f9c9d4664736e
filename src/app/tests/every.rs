//! Every verb, on every screen, with everything that can be open.

use super::kit::*;
use crate::{
    action::{Action, Context},
    app::{
        Msg, State,
        flow::Out,
        state::{Overlay, Screen, Tab, Wanted},
        update::{perform::perform, verbs},
    },
    config::keymap::{Found, Keymap},
    model::{Refusal, Version},
    ops::{HeldLock, LockRecord, Wish},
};
use std::collections::BTreeSet;

/// How to get into a situation with keys alone: its name, and the keys.
const BY_KEYS: [(&str, &str); 32] = [
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
    ("timeline", "4"),
    ("alarms", "6"),
    ("board", "5"),
    ("board with one", "b 5"),
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
    ("filter with text", "/ s t left"),
    ("palette moved in", ": down down down"),
    ("palette with text", ": s t a left"),
    ("line filter", "l / x"),
    ("images with text", "D a"),
    ("revisions at its second", "v j"),
];

/// The situations in which everything that was asked for is there.
pub(crate) fn settled() -> impl Iterator<Item = usize> {
    (0..).filter(|nth| nth % 2 == 1 || *nth >= 2 * BY_KEYS.len())
}

/// A cockpit in each situation, by number, until there are no more.
pub(crate) fn situation(nth: usize) -> Option<(&'static str, Kit)> {
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
        2 => {
            let mut kit = Kit::new();
            kit.select("prod", "prod-service").press("F").settle();
            kit.type_in("prod").press("left");
            Some(("typed plan", kit))
        }
        3 => {
            kit.press("F").settle();
            kit.press("n").type_in("why");
            Some(("note", kit))
        }
        4 => {
            kit.press("S 3 enter").settle();
            kit.press("enter esc");
            Some(("runs with one", kit))
        }
        5 => {
            kit.select("preview", "preview-service").press("F").settle();
            Some(("refused", kit))
        }
        6 => {
            let refused = Overlay::Refused {
                title: "Scale staging-service".into(),
                refusal: Refusal::new("the application is locked", ""),
                held: Some(Box::new((held(), wanted()))),
            };
            kit.state.overlay = Some(refused);
            Some(("refused for a lock", kit))
        }
        7 => {
            kit.press("tab");
            kit.press("right down");
            Some(("matrix inside", kit))
        }
        8 => {
            kit.press("l").settle();
            kit.press("enter");
            Some(("logs not followed", kit))
        }
        9 => {
            kit.send(Msg::Resize(160, 40));
            kit.press("enter").settle();
            let detail = kit.state.service.as_mut().unwrap().detail.value.as_mut().unwrap();
            let mut old = detail.deployments[0].clone();
            (old.id, old.status) = ("ecs-svc/40".into(), "ACTIVE".into());
            detail.deployments.push(old);
            Some(("rollout with two sides", kit))
        }
        _ => None,
    }
}

fn held() -> HeldLock {
    HeldLock {
        record: LockRecord {
            holder: "ana".into(),
            host: "laptop".into(),
            run: "r1".into(),
            title: "Release".into(),
            at: NOW,
            expires_at: NOW.plus(60_000),
            format: 1,
            ttl_ms: None,
        },
        etag: "e".into(),
    }
}

fn wanted() -> Wanted {
    Wanted {
        wish: Wish::Redeploy,
        key: key("staging", "staging-service"),
        title: "Redeploy staging-service".into(),
        at: NOW,
        was: Default::default(),
        again: String::new(),
        source: Version::default(),
        note: String::new(),
        steal: None,
        watched: None,
    }
}

/// A verb, and what it leaves to be done.
fn act(state: &mut State, action: Action, drawn: u64, out: &mut Out) {
    verbs::act(state, action, drawn, out);
    perform(state, out);
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
                act(&mut kit.state, *action, drawn, &mut out);
                assert!(out.changed || !out.effects.is_empty(), "{what}: {action} is silent");
                assert_eq!(kit.state.stack.first(), Some(&Screen::Fleet), "{what}: {action}");
            }
        }
    }
}

#[test]
fn verbs_that_mean_nothing_here_say_so() {
    for (press, verb, told) in [
        (
            "?",
            Action::Deploy,
            "“deploy” works on the fleet, a service, the runs, the timeline, the alarms and the board",
        ),
        (
            "3",
            Action::RollBack,
            "“roll back” works on the fleet, a service, the runs, the timeline, the alarms and the board",
        ),
        ("2", Action::Open, "no run is selected"),
        ("2", Action::Stop, "no run is selected"),
        ("enter", Action::Sort, "“sort” works on the fleet"),
        ("1", Action::Shorter, "“shorter” works on the Metrics and Logs of a service and the timeline"),
        ("3", Action::Left, "“left” works on the fleet, a service, the runs and the board"),
        ("1", Action::Left, "“left” has nothing to act on right now"),
    ] {
        let mut kit = Kit::new();
        kit.press(press).settle();
        let mut out = Out::default();
        act(&mut kit.state, verb, u64::MAX, &mut out);
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
    let vim = Keymap::shipped("emacs").unwrap().unwrap();
    kit.state.keymap = std::sync::Arc::new(vim);
    kit.press("ctrl-x");
    if kit.state.pending_keys.is_empty() {
        return;
    }
    kit.send(Msg::Timer(crate::app::TimerKey::Sequence));
    assert!(kit.state.pending_keys.is_empty());
}

/// What a press or a verb was told where it meant nothing.
fn refusal(kit: &Kit, action: Action) -> Option<String> {
    let title = action.title();
    let told = kit.notice();
    let refused = [format!("“{title}” works on "), format!("“{title}” has nothing to act on")];
    refused.iter().any(|words| told.starts_with(words)).then(|| told.to_owned())
}

/// In which contexts each verb does something: every verb in every situation, told by what changes.
fn working() -> BTreeSet<(Action, Context)> {
    let mut found = BTreeSet::new();
    let mut refused = BTreeSet::new();
    for nth in 0.. {
        let Some((_, kit)) = situation(nth) else { break };
        let context = kit.state.context();
        let over_a_screen = matches!(context, Context::Dialog | Context::Input);
        for action in Action::ALL {
            let here = (*action, context);
            // found once is found; and what is not to work in a context is tried in one situation of it
            if found.contains(&here) || (!action.works_in(context) && !refused.insert(here)) {
                continue;
            }
            // dialogs are moved over, once from their beginning and once from further down
            for before in [0, 2] {
                if before > 0 && !over_a_screen {
                    continue;
                }
                let Some((_, mut kit)) = situation(nth) else { break };
                if over_a_screen {
                    kit.send(Msg::Resize(60, 12));
                }
                kit.draw();
                let drawn = kit.state.drawn;
                for _ in 0..before {
                    act(&mut kit.state, Action::Down, drawn, &mut Out::default());
                }
                kit.state.notice = None;
                let over = format!("{:?}", kit.state.overlay);
                let mut out = Out::default();
                act(&mut kit.state, *action, drawn, &mut out);
                let worked = if over_a_screen {
                    over != format!("{:?}", kit.state.overlay) || !out.effects.is_empty()
                } else {
                    refusal(&kit, *action).is_none()
                };
                if worked {
                    found.insert(here);
                    break;
                }
            }
        }
    }
    found
}

#[test]
fn every_verb_works_where_it_is_said_to_and_only_there() {
    let works = working();
    for action in Action::ALL {
        for context in Context::SCREENS {
            assert_eq!(
                works.contains(&(*action, context)),
                action.works_in(context),
                "{action} in {context:?}"
            );
        }
        for context in [Context::Dialog, Context::Input] {
            assert!(
                works.contains(&(*action, context)) || !action.works_in(context),
                "{action} in {context:?}"
            );
        }
    }
}

#[test]
fn every_key_is_bound_where_its_verb_works() {
    for (name, _) in crate::config::keymap::SHIPPED {
        let keymap = Keymap::shipped(name).unwrap().unwrap();
        for context in Context::ALL {
            for binding in keymap.bindings(context) {
                let action = binding.action;
                let works = match context {
                    Context::Global => Context::SCREENS.iter().any(|screen| action.works_in(*screen)),
                    _ => action.works_in(context),
                };
                assert!(works, "{name}: {} for {action} in {context:?}", binding.text());
            }
        }
    }
}

#[test]
fn every_refusal_of_a_key_is_true() {
    let keymap = keymap();
    let keys: BTreeSet<String> = Context::ALL
        .iter()
        .flat_map(|context| keymap.bindings(*context))
        .filter(|binding| binding.keys.len() == 1)
        .map(crate::config::keymap::Binding::text)
        .collect();
    let mut refused = 0;
    for nth in settled() {
        if situation(nth).is_none() {
            break;
        }
        for text in &keys {
            let Some((what, mut kit)) = situation(nth) else { break };
            if kit.state.overlay.is_some() {
                break;
            }
            kit.state.notice = None;
            let context = kit.state.context();
            kit.press(text);
            let told = kit.notice().to_owned();
            let Some((title, rest)) = told.strip_prefix('“').and_then(|told| told.split_once("” "))
            else {
                continue;
            };
            let Some(action) = Action::ALL.iter().find(|action| action.title() == title) else { continue };
            let Some(places) = rest.strip_prefix("works on ") else { continue };
            refused += 1;
            // it names every place where this key does this, which are others than this one
            let key = text.parse().unwrap();
            let bound = |context: &Context| {
                keymap.lookup(*context, &[key]) == Found::Action(*action) && action.works_in(*context)
            };
            assert!(!bound(&context), "{what}: {text}: {told}");
            let truly: Vec<Context> = Context::SCREENS.into_iter().filter(bound).collect();
            assert_eq!(places, Context::places(&truly), "{what}: {text}: {told}");
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn the_range_of_the_log_is_changed_by_its_keys() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("l").settle();
    kit.press("]");
    assert_eq!(kit.notice(), "the log of the last 1h");
    kit.press("[");
    assert_eq!(kit.notice(), "the log of the last 15m");
}

#[test]
fn what_the_palette_offers_works() {
    for nth in settled() {
        let Some((what, mut kit)) = situation(nth) else { break };
        if kit.state.overlay.is_some() {
            continue;
        }
        kit.press(":");
        let Some(Overlay::Palette { entries, .. }) = &kit.state.overlay else { panic!("{what}") };
        let count = entries.len();
        for entry in 0..count {
            let Some((what, mut kit)) = situation(nth) else { break };
            kit.press(":");
            for _ in 0..entry {
                kit.press("down");
            }
            let Some(Overlay::Palette { entries, .. }) = &kit.state.overlay else { panic!("{what}") };
            let entry = entries[entry].clone();
            kit.press("enter");
            if let crate::app::state::PaletteVerb::Act(action) = entry.does {
                assert_eq!(refusal(&kit, action), None, "{what}: {}", entry.title);
            }
        }
    }
}

/// What the palette leads to when this is typed, and taken as often.
fn typed_and_taken(text: &str) -> Kit {
    let mut kit = Kit::with(&[("staging", crate::model::Protection::Open)]);
    kit.select("staging", "staging-service");
    kit.press(":").type_in(text).press("enter").settle();
    kit.press("enter").settle();
    kit
}

#[test]
fn nothing_that_changes_aws_or_leaves_is_done_by_a_few_letters() {
    let mut tried = 0;
    let named = |action: &&Action| action.is_named_whole();
    for action in Action::ALL.iter().filter(named) {
        let names = [action.title(), action.id()];
        let parts = names.iter().flat_map(|name| (1..name.len()).filter_map(|end| name.get(..end)));
        for text in parts.chain(action.aliases().iter().copied()) {
            // the beginning of one may be the whole name of another
            if names.contains(&text) || Action::ALL.iter().any(|a| [a.title(), a.id()].contains(&text)) {
                continue;
            }
            tried += 1;
            let kit = typed_and_taken(text);
            assert_eq!(kit.writes(), 0, "{text}");
            assert!(!kit.effects.contains(&crate::app::Effect::Quit), "{text}");
            let dialog = matches!(kit.overlay(), "plan" | "planning" | "scale" | "images" | "refused");
            assert!(!dialog, "{text}: {}", kit.overlay());
        }
    }
    assert!(tried > 40, "{tried}");
    // these flew a rollback, quit, stopped, went on and released
    for text in ["kill", "open", "undo", "restart", "history", "reload", "xyzzy"] {
        let kit = typed_and_taken(text);
        assert!(kit.writes() == 0 && !matches!(kit.overlay(), "plan" | "images" | "scale"), "{text}");
    }
    let kit = typed_and_taken("xyzzy");
    assert!(kit.notice().contains("no match"), "{}", kit.notice());
}

#[test]
fn what_changes_aws_is_done_by_its_whole_name_or_by_moving_to_it() {
    let open = |keys: &[&str]| {
        let mut kit = Kit::new();
        kit.select("staging", "staging-service").press(":");
        for text in keys {
            match *text {
                "down" | "tab" | "enter" => kit.press(text),
                text => kit.type_in(text),
            };
        }
        kit
    };
    assert_eq!(open(&["deploy", "enter"]).overlay(), "images");
    assert_eq!(open(&["Scale", "enter"]).overlay(), "scale");
    assert_eq!(open(&["rollback", "enter"]).overlay(), "planning");
    // another word shows it; it has to be chosen
    let kit = open(&["restart", "enter"]);
    assert_eq!(kit.overlay(), "palette");
    assert!(kit.notice().contains("select “redeploy”"), "{}", kit.notice());
    assert_eq!(open(&["restart", "down", "enter"]).overlay(), "planning");
    assert_eq!(open(&["restart", "tab", "enter"]).overlay(), "planning");
}

#[test]
fn what_was_typed_for_one_dialog_does_not_reach_the_next() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press(":");
    let before = kit.state.drawn;
    // all of it read before anything but the palette was on the screen
    for text in ["s", "c", "a", "l", "e", "enter", "5", "enter", "enter"] {
        kit.press_at(text, before);
    }
    assert_eq!(kit.overlay(), "scale");
    assert_eq!(crate::app::overlay::line(&kit.state).map(|line| line.text.as_str()), Some(""));
    kit.send(Msg::Paste { text: "7".into(), drawn: before });
    assert_eq!(crate::app::overlay::line(&kit.state).map(|line| line.text.as_str()), Some(""));
    kit.press("3");
    assert_eq!(crate::app::overlay::line(&kit.state).map(|line| line.text.as_str()), Some("3"));
    // what is opened from a screen may be typed on at once
    let mut kit = Kit::new();
    kit.draw();
    let before = kit.state.drawn;
    for text in ["/", "p", "r"] {
        kit.press_at(text, before);
    }
    assert_eq!(kit.state.fleet.filter, "pr");
}
