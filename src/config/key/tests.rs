use super::*;
use crate::model::text;
use proptest::prelude::*;

#[test]
fn one_key_has_one_form() {
    for (a, b) in [("D", "shift-d"), ("backtab", "shift-tab"), ("alt-ctrl-x", "ctrl-alt-x"), ("Ä", "shift-ä")]
    {
        assert_eq!(a.parse::<Key>(), b.parse::<Key>(), "{a} {b}");
    }
    let typed = Key::new(KeyCode::Char('?'), false, false, true);
    assert_eq!("?".parse(), Ok(typed));
    assert_eq!("G".parse(), Ok(Key::new(KeyCode::Char('G'), false, false, true)));
    assert_eq!("G".parse(), Ok(Key::new(KeyCode::Char('g'), false, false, true)));
    assert_ne!("G".parse::<Key>(), "g".parse::<Key>());
    assert_eq!("ctrl-a".parse(), Ok(Key::new(KeyCode::Char('A'), true, false, true)));
}

#[test]
fn keys_are_written_as_they_are_read() {
    for text in [
        "a",
        "D",
        "-",
        "[",
        ";",
        "ctrl-f",
        "alt-x",
        "alt-X",
        "alt--",
        "alt-<",
        "ctrl-space",
        "space",
        "f1",
        "f12",
        "shift-f3",
        "shift-up",
        "ctrl-left",
        "backtab",
        "ß",
        "ctrl-alt-x",
        "insert",
    ] {
        assert_eq!(text.parse::<Key>().map(|k| k.to_string()), Ok(text.to_owned()));
    }
}

#[test]
fn the_ambiguous_and_unknown_is_refused_with_advice() {
    for (text, instead) in [
        ("", "name one, as in “ctrl-f”"),
        ("ctrl-", "name one, as in “ctrl-f”"),
        (" ", "write “space”"),
        ("gg", "a sequence is written [\"g\", \"g\"]"),
        ("g-g", "a sequence is written [\"g\", \"g\"]"),
        ("ctrl-i", "write “tab”"),
        ("ctrl-m", "write “enter”"),
        ("ctrl-[", "write “esc”"),
        ("ctrl-D", "write “ctrl-d”"),
        ("ctrl-shift-d", "write “ctrl-d”"),
        ("shift-D", "write “D”"),
        ("shift-1", "write the character that it types, by itself"),
        ("shift-enter", "write “enter”"),
        ("ctrl-1", "ctrl goes with a to z, space and named keys"),
        ("ctrl+f", "write “ctrl-f”"),
        ("C-f", "write “ctrl-f”"),
        ("<c-f>", "write “ctrl-f”"),
        ("^f", "write “ctrl-f”"),
        ("M-x", "write “alt-x”"),
        ("Return", "write “enter”"),
        ("escape", "write “esc”"),
        ("PgUp", "write “pageup”"),
        ("entre", "did you mean “enter”?"),
        ("ctrl-lft", "did you mean “ctrl-left”?"),
        ("ctrl-ctrl-a", "name it once"),
        ("f13", "function keys are f1 to f12"),
        ("f01", "function keys are f1 to f12"),
    ] {
        assert_eq!(text.parse::<Key>().unwrap_err().instead, instead, "{text:?}");
    }
}

#[test]
fn only_a_capital_by_itself_is_a_capital() {
    for (text, capital) in
        [("D", true), ("d", false), ("alt-D", false), ("ctrl-d", false), ("Ä", false), ("f1", false)]
    {
        assert_eq!(text.parse::<Key>().unwrap().is_capital(), capital, "{text}");
    }
}

fn any_code() -> impl Strategy<Value = KeyCode> {
    let named = (0..NAMED.len()).prop_map(|i| NAMED[i].1);
    prop_oneof![any::<char>().prop_map(KeyCode::Char), named, (1u8..=12).prop_map(KeyCode::F)]
}

#[test]
fn what_cannot_be_seen_is_no_key() {
    for c in ['\u{202e}', '\u{200b}', '\u{301}', '\u{115f}', '\u{a0}', '\u{3000}', '\u{e0041}'] {
        for text in [c.to_string(), format!("alt-{c}")] {
            let why = text.parse::<Key>().unwrap_err().why;
            assert_eq!(why, "an invisible character is not a key", "{text:?}");
        }
    }
    assert!("東".parse::<Key>().is_ok());
}

proptest! {
    #[test]
    fn what_is_formatted_reads_back(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
        let key = Key::new(code, ctrl, alt, shift);
        // Some reported keys cannot be written (ctrl-1); those that can are the same key again.
        if let Ok(read) = key.to_string().parse::<Key>() {
            prop_assert_eq!(read, key);
        } else {
            prop_assert!(ctrl || matches!(code, KeyCode::Char(c) if c.is_whitespace() || !text::is_visible(c)), "{key:?}");
        }
    }

    #[test]
    fn what_parses_is_canonical(text in "(ctrl-|alt-|shift-){0,3}([ -~]|[a-z]{2,9}|f[0-9]{1,2}|\\PC)") {
        if let Ok(key) = text.parse::<Key>() {
            prop_assert_eq!(Key::new(key.code(), key.ctrl(), key.alt(), key.shift()), key);
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }
    }
}
