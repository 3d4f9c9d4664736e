use super::*;
use crate::config::{error::ConfigError, source::Source};

fn load(text: &str) -> Result<Keymap, ConfigError> {
    Keymap::parse("mine", &Source::new("mine.toml", text))
}

fn keys(text: &str) -> Vec<Key> {
    text.split(' ').map(|k| k.parse().unwrap()).collect()
}

#[test]
fn every_shipped_keymap_loads_and_reaches_every_action() {
    for (name, _) in SHIPPED {
        let keymap = Keymap::shipped(name).unwrap().unwrap();
        for action in Action::ALL {
            let reached = Context::ALL.iter().any(|c| !keymap.keys_for(*c, *action).is_empty());
            assert!(reached, "{name}: {action}");
        }
        for context in Context::ALL {
            assert_eq!(keymap.lookup(context, &keys("ctrl-c")), Found::Action(Action::Quit), "{name}");
        }
    }
    assert!(Keymap::shipped("nano").is_none());
}

#[test]
fn every_shipped_keymap_changes_aws_with_capitals_only() {
    for (name, _) in SHIPPED {
        let keymap = Keymap::shipped(name).unwrap().unwrap();
        for binding in Context::ALL.iter().flat_map(|c| keymap.bindings(*c)) {
            let capital = matches!(binding.keys.as_slice(), [key] if key.is_capital());
            assert!(capital || !binding.action.changes(), "{name}: {binding:?}");
        }
    }
}

#[test]
fn keys_fall_through_to_global_where_the_context_allows() {
    let keymap = Keymap::shipped("default").unwrap().unwrap();
    for (context, pressed, found) in [
        (Context::Fleet, "j", Found::Action(Action::Down)),
        (Context::Fleet, "D", Found::Action(Action::Deploy)),
        (Context::Runs, "D", Found::None),
        (Context::Dialog, "q", Found::None),
        (Context::Input, "j", Found::None),
        (Context::Help, "q", Found::Action(Action::Back)),
        (Context::Global, "q", Found::Action(Action::Quit)),
        (Context::Fleet, "f12", Found::None),
    ] {
        assert_eq!(keymap.lookup(context, &keys(pressed)), found, "{context:?} {pressed}");
    }
    assert_eq!(keymap.lookup(Context::Fleet, &[]), Found::None);
}

#[test]
fn sequences_wait_for_their_last_key() {
    let keymap = Keymap::shipped("vim").unwrap().unwrap();
    for (pressed, found) in [
        ("g", Found::Prefix),
        ("g g", Found::Action(Action::Top)),
        ("g l", Found::Action(Action::Logs)),
        ("g T", Found::Action(Action::PreviousTab)),
        ("g x", Found::None),
        ("g g g", Found::None),
    ] {
        assert_eq!(keymap.lookup(Context::Fleet, &keys(pressed)), found, "{pressed}");
    }
    let next = keymap.continuations(Context::Fleet, &keys("g"));
    assert!(
        next.contains(&("g".into(), Action::Top)) && next.contains(&("l".into(), Action::Logs)),
        "{next:?}"
    );
}

#[test]
fn hints_show_the_keys_that_work_here() {
    let keymap = load("[fleet]\nopen = [\"j\"]\n").unwrap();
    assert_eq!(keymap.keys_for(Context::Fleet, Action::Down), ["down"]);
    assert_eq!(keymap.keys_for(Context::Fleet, Action::Open), ["j", "enter"]);
    assert_eq!(keymap.keys_for(Context::Service, Action::Down), ["j", "down"]);
    assert_eq!(keymap.keys_for(Context::Fleet, Action::Deploy), ["D"]);
    assert!(keymap.keys_for(Context::Dialog, Action::Deploy).is_empty());
    let vim = Keymap::shipped("vim").unwrap().unwrap();
    assert_eq!(vim.keys_for(Context::Fleet, Action::Top), ["g g", "home"]);
}

#[test]
fn a_users_file_changes_its_base() {
    let keymap = load("base = \"vim\"\n[fleet]\nmark = []\ndeploy = [\"U\"]\nlogs = [\"m\"]\n").unwrap();
    let fleet = |pressed: &str| keymap.lookup(Context::Fleet, &keys(pressed));
    assert_eq!(fleet("space"), Found::None);
    assert_eq!(fleet("U"), Found::Action(Action::Deploy));
    assert_eq!(fleet("D"), Found::None);
    assert_eq!(fleet("m"), Found::Action(Action::Logs), "the user's key wins over the base");
    assert_eq!(fleet("g g"), Found::Action(Action::Top));
    assert_eq!(load("").unwrap().contexts, Keymap::shipped("default").unwrap().unwrap().contexts);
}

#[test]
fn mistakes_are_told_at_their_place() {
    for (text, first) in [
        ("[fleet]\nopne = [\"enter\"]", "mine.toml:2:1: unknown action “opne”; did you mean “open”?"),
        ("[flet]\n", "mine.toml:1:2: unknown section “flet”; did you mean “fleet”?"),
        ("base = \"vin\"", "mine.toml:1:8: unknown keymap “vin”; did you mean “vim”?"),
        (
            "[fleet]\nopen = \"enter\"",
            "mine.toml:2:8: open is a string; it has to be a list of keys, as in [\"enter\"]; [] takes the keys away",
        ),
        ("[fleet]\nopen = [\"entr\"]", "mine.toml:2:9: there is no key “entr”; did you mean “enter”?"),
        (
            "[fleet]\nopen = [\"o\"]\nsort = [\"o\"]",
            "mine.toml:3:9: o is bound to open in [fleet] already, on line 2; take one of the two away",
        ),
        (
            "[global]\ntop = [[\"g\", \"g\"]]\nopen = [\"g\"]",
            "mine.toml:3:9: g hides g g, which is bound to top in [global] on line 2; take one of the two away",
        ),
        (
            "[global]\nopen = [\"g\"]\ntop = [[\"g\", \"g\"]]",
            "mine.toml:3:8: g g cannot be reached: g is bound to open in [global] on line 2; take one of the two away",
        ),
        (
            "[global]\ntop = [\"g\", \"g\"]",
            "mine.toml:2:13: g is given twice for top; a sequence is a list in the list: [[\"g\", \"g\"]]",
        ),
        (
            "[fleet]\ndeploy = [\"d\"]",
            "mine.toml:2:11: deploy changes AWS and is bound to d; changes take one capital letter, A to Z, by itself",
        ),
        (
            "[fleet]\nstop = [\"ctrl-x\"]",
            "mine.toml:2:9: stop changes AWS and is bound to ctrl-x; changes take one capital letter, A to Z, by itself",
        ),
        (
            "[fleet]\nscale = [[\"S\", \"S\"]]",
            "mine.toml:2:10: scale changes AWS and is bound to S S; changes take one capital letter, A to Z, by itself",
        ),
        (
            "[dialog]\ndeploy = [\"D\"]",
            "mine.toml:2:11: deploy cannot start in [dialog]; put it into [fleet], [service], [metrics] or [runs]",
        ),
        (
            "[input]\nconfirm = [\"y\"]",
            "mine.toml:2:12: y could no longer be typed into a line; use a named key, or one with ctrl or alt",
        ),
        ("[dialog]\ncancel = []", "mine.toml:2:1: no key is left for cancel in [dialog]; give it one"),
        ("[fleet]\nopen = [[]]", "mine.toml:2:9: a sequence of 0 keys; a sequence has one to 4 keys"),
        ("[fleet\n", "mine.toml:1:7: this is not valid TOML: unclosed table, expected `]`"),
    ] {
        let error = load(text).unwrap_err().to_string();
        assert_eq!(error.lines().next().unwrap(), first, "{text}");
    }
}
