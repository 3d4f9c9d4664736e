use super::*;
use proptest::prelude::*;

fn events(decoder: &mut Decoder) -> Vec<Event> {
    std::iter::from_fn(|| decoder.pop()).collect()
}

/// What comes of bytes that were read in one go, and of the silence after them.
fn read_at_once(bytes: &[u8]) -> Vec<Event> {
    let mut decoder = Decoder::default();
    decoder.take(bytes, false);
    if decoder.patience().is_some() {
        decoder.give_up();
    }
    assert_eq!(decoder.patience(), None);
    events(&mut decoder)
}

fn names(bytes: &[u8]) -> String {
    let name = |event: Event| match event {
        Event::Key(key) => key.to_string(),
        Event::Mouse(button, column, row) => format!("{button:?}@{column},{row}"),
        Event::Paste(text) => format!("{text:?}"),
        Event::Resize => "resize".to_owned(),
    };
    read_at_once(bytes).into_iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn keys_have_the_sequences_that_terminals_send() {
    for (bytes, told) in [
        (&b"g"[..], "g"),
        (b"G", "G"),
        (b"?", "?"),
        (b" ", "space"),
        (b"\r", "enter"),
        (b"\n", "enter"),
        (b"\t", "tab"),
        (b"\x7f", "backspace"),
        (b"\x08", "ctrl-h"),
        (b"\x06", "ctrl-f"),
        (b"\x00", "ctrl-space"),
        (b"\x1b", "esc"),
        (b"\x1b\x1b", "esc esc"),
        (b"\x1bx", "alt-x"),
        (b"\x1b\x03", "esc ctrl-c"),
        (b"\x1b[A", "up"),
        (b"\x1bOA", "up"),
        (b"\x1b[1;5C", "ctrl-right"),
        (b"\x1b[1;2A", "shift-up"),
        (b"\x1b[H", "home"),
        (b"\x1b[4~", "end"),
        (b"\x1b[5~\x1b[6~", "pageup pagedown"),
        (b"\x1b[3;5~", "ctrl-delete"),
        (b"\x1b[2~", "insert"),
        (b"\x1b[Z", "backtab"),
        (b"\x1bOP\x1b[12~\x1bOR\x1b[15~", "f1 f2 f3 f5"),
        (b"\x1b[17~\x1b[21~\x1b[23~\x1b[24~", "f6 f10 f11 f12"),
        (b"\x1b[[E", "f5"),
        (b"\x1b[P\x1b[1;5Q\x1b[11~\x1b[14;2~", "f1 ctrl-f2 f1 shift-f4"),
        (b"\x1b[F\x1b[1~\x1b[7~\x1b[8~\x1bOH\x1bOF", "end home home end home end"),
        (b"\x1b[1;3D\x1b[1;5H\x1b[6;5~", "alt-left ctrl-home ctrl-pagedown"),
        (b"\x1b\r\x1b\x7f\x1b\x06", "alt-enter alt-backspace ctrl-alt-f"),
        (b"\x1b\x1b[A", "esc up"),
        // older forms of konsole and of gnome-terminal
        (b"\x1bO5P\x1bO1;5C", "ctrl-f1 ctrl-right"),
        // the keypad in application mode
        (b"\x1bOM\x1bOp\x1bOy\x1bOj\x1bOo\x1bOX", "enter 0 9 * / ="),
        (b"\x1b[57414u\x1b[57399u\x1b[57419;5u", "enter 0 ctrl-up"),
        (b"\x1b[49:33;2u\x1b[97:65;2u\x1b[97:65u", "! A a"),
        (b"\x1b[97u\x1b[97;5u\x1b[9;2u", "a ctrl-a backtab"),
        (b"\x1b[97;1:3u", ""),
        (b"\x1b[57358u", ""),
        ("ä€😀".as_bytes(), "ä € 😀"),
        ("\u{1b}ä".as_bytes(), "alt-ä"),
        (b"\x1b[I\x1b[O", ""),
        (b"\x1b[?62;4c\x1b[10;20R", ""),
        (b"\x1b[<0;12;7M\x1b[<0;12;7m", "Left@11,6"),
        (b"\x1b[<64;1;1M\x1b[<65;1;1M", "WheelUp@0,0 WheelDown@0,0"),
        (b"\x1b[<2;1;1M\x1b[<32;1;1M\x1b[<0;0;1M", ""),
        (b"\x1b[M !!", "Left@0,0"),
        (b"\x1b[200~a\nb\x1b[201~q", "\"a\\nb\" q"),
        (b"\x1b[200~\x1b[201~q", "q"),
        (b"\x1b[200~a\x1b[20\x1b[201~q", "\"a\\u{1b}[20\" q"),
        (b"\x1b[201~q", "q"),
    ] {
        assert_eq!(names(bytes), told, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn what_is_cut_short_costs_nothing_that_is_typed_after_it() {
    for (cut, typed) in [
        (&b"\x1b[<0;1"[..], ""),
        (b"\x1b[<0", ""),
        (b"\x1b[M", ""),
        (b"\x1b[M !", ""),
        (b"\x1b[1;", ""),
        (b"\x1b[?", ""),
        (b"\x1b[[", ""),
        (b"\x1b[ ", ""),
        (b"\x1b[", "alt-["),
        (b"\x1bO", "alt-O"),
        (b"\xe2\x82", ""),
        (b"\xff", ""),
        (b"\x1b\xe2", ""),
    ] {
        let mut decoder = Decoder::default();
        decoder.take(cut, false);
        // with a pause in between
        if decoder.patience().is_some() {
            decoder.give_up();
        }
        decoder.take(b"q", false);
        let shown: Vec<_> = events(&mut decoder)
            .into_iter()
            .map(|event| match event {
                Event::Key(key) => key.to_string(),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(shown.join(" "), format!("{typed} q").trim_start(), "{:?}", String::from_utf8_lossy(cut));
        // without one
        for at_once in [b"\x03", b"\r"] {
            let end = names(&[cut, &at_once[..]].concat());
            let key = if at_once == b"\x03" { "ctrl-c" } else { "enter" };
            assert!(end.ends_with(key), "{:?}: {end}", String::from_utf8_lossy(cut));
        }
    }
    assert_eq!(names(b"\x1b[<0;1?q"), "? q", "what no such sequence can hold begins a key");
}

#[test]
fn a_paste_without_an_end_ends_in_silence_and_ctrl_c_is_heard_in_it() {
    assert_eq!(names(b"\x1b[200~half"), "\"half\"");
    assert_eq!(names(b"\x1b[200~half\x1b[20"), "\"half\"");
    assert_eq!(names(b"\x1b[200~ha\x03lf"), "ctrl-c \"half\"");
    let mut decoder = Decoder::default();
    decoder.take(b"\x1b[200~", false);
    for _ in 0..100 {
        decoder.take(&[b'x'; 10_000], true);
    }
    assert_eq!(decoder.pop(), None);
    decoder.take(b"\x1b[201~q", false);
    let told = events(&mut decoder);
    let [Event::Paste(text), Event::Key(_)] = told.as_slice() else { panic!("{}", told.len()) };
    assert_eq!(text.len(), 65_536, "bounded");
}

#[test]
fn a_letter_that_ends_a_sequence_without_a_meaning_is_not_typed() {
    for letter in b'A'..=b'Z' {
        for begun in [&b"\x1bO"[..], b"\x1bO1;9", b"\x1b[[", b"\x1b[", b"\x1b[1;9", b"\x1b[?1"] {
            // the old mouse is not at its end
            let bytes = [begun, &[letter]].concat();
            let typed = read_at_once(&bytes).into_iter().any(|event| match event {
                Event::Key(key) => matches!(key.code(), KeyCode::Char(c) if c.is_alphabetic()),
                _ => true,
            });
            assert!(!typed, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }
}

/// What comes of bytes that are read one after the other, each before the decoder gives up.
fn read_in_pieces(bytes: &[u8]) -> String {
    let mut decoder = Decoder::default();
    for byte in bytes {
        decoder.take(&[*byte], false);
    }
    if decoder.patience().is_some() {
        decoder.give_up();
    }
    let name = |event: Event| match event {
        Event::Key(key) => key.to_string(),
        other => format!("{other:?}"),
    };
    events(&mut decoder).into_iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn an_escape_is_a_key_where_nothing_follows_it() {
    let mut decoder = Decoder::default();
    decoder.take(b"\x1b", false);
    assert!(decoder.patience().is_some_and(|wait| wait <= Duration::from_millis(25)));
    decoder.give_up();
    assert_eq!(events(&mut decoder), [Event::Key(Key::plain(KeyCode::Esc))]);
    // a line that breaks a sequence off behind it
    assert_eq!(read_in_pieces(b"\x1b[A"), "up");
    assert_eq!(read_in_pieces(b"\x1bOP"), "f1");
    assert_eq!(read_in_pieces(b"\x1b[<64;10;20M"), "Mouse(WheelUp, 9, 19)");
    assert_eq!(read_in_pieces("ä€😀".as_bytes()), "ä € 😀");
    // keys in a hurry, as a program types them
    assert_eq!(read_in_pieces(b"\x1bq"), "esc q");
    assert_eq!(read_in_pieces(b"\x1b\r"), "esc enter");
    assert_eq!(read_in_pieces(b"\x1b\x1b"), "esc esc");
    assert_eq!(read_in_pieces(b"\x1b\x03"), "esc ctrl-c");
    // more waits, which is alt
    let mut decoder = Decoder::default();
    decoder.take(b"\x1b", true);
    decoder.take(b"q", false);
    assert_eq!(events(&mut decoder).len(), 1);
}

/// Bytes as attackers send them.
fn wild() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(ESC),
        4 => Just(b'['),
        8 => 0x20_u8..0x40,
        4 => 0x40_u8..0x7f,
        1 => any::<u8>(),
    ];
    let mark = prop_oneof![
        6 => byte.prop_map(|byte| vec![byte]),
        1 => Just(b"\x1b[200~".to_vec()),
        1 => Just(b"\x1b[201~".to_vec()),
        1 => Just(b"\x1b[<0;1".to_vec()),
    ];
    proptest::collection::vec(mark, 0..200).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn whatever_was_sent_a_key_after_it_is_heard(bytes in wild(), cut in any::<prop::sample::Index>()) {
        let mut decoder = Decoder::default();
        let (a, b) = bytes.split_at(if bytes.is_empty() { 0 } else { cut.index(bytes.len()) });
        decoder.take(a, false);
        decoder.take(b, false);
        prop_assert!(decoder.held.len() < LONGEST);
        // at once
        let mut at_once = Decoder::default();
        at_once.take(&bytes, false);
        at_once.take(&[CTRL_C], false);
        prop_assert!(events(&mut at_once).contains(&ctrl_c()));
        // after a silence
        if decoder.patience().is_some() {
            decoder.give_up();
        }
        prop_assert_eq!(decoder.patience(), None);
        events(&mut decoder);
        decoder.take(b"q", false);
        prop_assert_eq!(events(&mut decoder), [Event::Key(Key::plain(KeyCode::Char('q')))]);
    }
}

/// A line that hangs in the middle of a paste owes its rest: what comes in pieces is no keys, a key that is pressed is one.
#[test]
fn the_rest_of_a_paste_that_hung_is_not_taken_for_keys() {
    let mut decoder = Decoder::default();
    decoder.take(b"\x1b[200~first", false);
    decoder.give_up();
    decoder.take(b"Rest\rq", true);
    decoder.take(b" and end\x1b[201~", false);
    decoder.take(b"q", false);
    let told: Vec<Event> = events(&mut decoder);
    let (Some(Event::Paste(first)), Some(Event::Paste(rest)), Some(Event::Key(key))) =
        (told.first(), told.get(1), told.get(2))
    else {
        panic!("{told:?}")
    };
    assert_eq!(
        (first.as_str(), rest.as_str(), key.to_string().as_str(), told.len()),
        ("first", "Rest\rq and end", "q", 3)
    );
    // a paste that never ends costs no key
    decoder.take(b"\x1b[200~first", false);
    decoder.give_up();
    decoder.take(b"?", false);
    decoder.take(b"jj", false);
    let keys = events(&mut decoder).into_iter().filter(|event| matches!(event, Event::Key(_))).count();
    assert_eq!(keys, 3);
}

#[test]
fn escape_is_heard_right_behind_the_rest_of_a_paste_that_hung() {
    let mut decoder = Decoder::default();
    decoder.take(b"\x1b[200~first", false);
    decoder.give_up();
    events(&mut decoder);
    decoder.take(b"er\x1b", false);
    decoder.give_up();
    let told = events(&mut decoder);
    assert!(
        matches!(told.as_slice(), [Event::Paste(_), Event::Key(key)] if key.to_string() == "esc"),
        "{told:?}"
    );
}
