//! Sequences that begin with `ESC [` or `ESC O`: keys with names, the mouse, the beginning of a paste.

use super::event::{Button, Event, Step};
use crate::config::{Key, KeyCode};

/// What follows `ESC O`: a number or two in some terminals, of which the last tells what was pressed with it, and a letter.
pub(super) fn application(sequence: &[u8]) -> Step {
    let Some((last, before)) = sequence.split_last() else { return Step::More };
    match last {
        b'0'..=b'9' | b';' => Step::More,
        // a letter that is no key means nothing here: typed, it may begin a change
        b' '..=b'~' => {
            let held = std::str::from_utf8(before).ok().and_then(|numbers| numbers.rsplit(';').next());
            let held = held.and_then(|number| number.parse().ok()).unwrap_or(1);
            pressed(named(*last).or_else(|| keypad(*last)), held)
        }
        _ => Step::Before(None),
    }
}

/// A key of the keypad in application mode (xterm's ctlseqs, "VT220-Style Function Keys"), in which a program that ended
/// badly may have left the terminal.
fn keypad(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b' ' => KeyCode::Char(' '),
        b'I' => KeyCode::Tab,
        b'M' => KeyCode::Enter,
        b'X' => KeyCode::Char('='),
        b'j'..=b'y' => KeyCode::Char(char::from(letter - b'j' + b'*')),
        _ => return None,
    })
}

/// A key, and what was pressed with it: 1 and a bit each.
fn pressed(code: Option<KeyCode>, held: u32) -> Step {
    let has = |bit: u32| held.saturating_sub(1) & bit != 0;
    Step::Whole(code.map(|code| Event::Key(Key::new(code, has(4), has(2), has(1)))))
}

fn whole(code: KeyCode) -> Step {
    Step::Whole(Some(Event::Key(Key::plain(code))))
}

fn named(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// What follows `ESC [`: a mark, numbers, signs and the final byte; none of another kind among them.
pub(super) fn read(sequence: &[u8]) -> Step {
    match sequence {
        // function keys of the Linux console
        [b'['] => return Step::More,
        [b'[', letter @ b'A'..=b'E'] => return whole(KeyCode::F(letter - b'A' + 1)),
        [b'[', b' '..=b'~'] => return Step::Whole(None),
        [b'[', ..] => return Step::Before(None),
        // the mouse of terminals that do not know the longer form
        [b'M', place @ ..] => return old_mouse(place),
        _ => {}
    }
    let Some((last, before)) = sequence.split_last() else { return Step::More };
    let signs = before.iter().any(|byte| matches!(byte, 0x20..=0x2f));
    match last {
        0x40..=0x7e => finished(*last, before),
        b'<'..=b'?' if before.is_empty() => Step::More,
        b'0'..=b';' if !signs => Step::More,
        0x20..=0x2f => Step::More,
        _ => Step::Before(None),
    }
}

/// Three bytes: the button, the column and the row, each moved up by 32 (xterm's ctlseqs, "Normal tracking mode").
fn old_mouse(place: &[u8]) -> Step {
    match place {
        [.., last] if *last < 0x20 => Step::Before(None),
        [button, column, row] => {
            let number = |byte: &u8| u16::from(*byte).saturating_sub(32);
            mouse(number(button), number(column), number(row))
        }
        _ => Step::More,
    }
}

fn mouse(button: u16, column: u16, row: u16) -> Step {
    // 4, 8 and 16 are modifiers, 32 is motion
    let button = match button & !0b1_1100 {
        0 => Button::Left,
        64 => Button::WheelUp,
        65 => Button::WheelDown,
        _ => return Step::Whole(None),
    };
    match (column.checked_sub(1), row.checked_sub(1)) {
        (Some(column), Some(row)) => Step::Whole(Some(Event::Mouse(button, column, row))),
        _ => Step::Whole(None),
    }
}

/// The number at this place, and the one behind its colon.
fn numbers(parameters: &str, at: usize) -> (Option<u32>, Option<u32>) {
    let mut both =
        parameters.split(';').nth(at).unwrap_or_default().split(':').map(|number| number.parse().ok());
    (both.next().flatten(), both.next().flatten())
}

fn finished(last: u8, parameters: &[u8]) -> Step {
    let Ok(parameters) = std::str::from_utf8(parameters) else { return Step::Whole(None) };
    let number = |at| numbers(parameters, at).0;
    if let Some(place) = parameters.strip_prefix('<') {
        let small = |at| numbers(place, at).0.and_then(|number| u16::try_from(number).ok());
        return match (last, small(0), small(1), small(2)) {
            (b'M', Some(button), Some(column), Some(row)) => mouse(button, column, row),
            _ => Step::Whole(None),
        };
    }
    if !parameters.bytes().all(|byte| matches!(byte, b'0'..=b';')) {
        return Step::Whole(None);
    }
    // behind its colon: whether it was pressed, is held or was let go
    let (held, kind) = numbers(parameters, 1);
    let held = held.unwrap_or(1);
    let pressed = |code: Option<KeyCode>| pressed(code.filter(|_| kind != Some(3)), held);
    match last {
        b'~' if number(0) == Some(200) => Step::Paste,
        b'~' => pressed(number(0).and_then(numbered)),
        b'u' => {
            // behind its colon: what it is with shift on this keyboard
            let (code, shifted) = numbers(parameters, 0);
            let shifted = shifted.filter(|_| held.saturating_sub(1) & 1 != 0);
            pressed(shifted.or(code).and_then(by_code))
        }
        b'Z' => whole(KeyCode::BackTab),
        // with numbers it tells where the cursor is
        b'R' => Step::Whole(None),
        letter => pressed(named(letter)),
    }
}

/// `ESC [ NUMBER ~`.
fn numbered(number: u32) -> Option<KeyCode> {
    let function = |first: u32, before: u32| u8::try_from(number - first + before).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(11, 1),
        17..=21 => function(17, 6),
        23 | 24 => function(23, 11),
        _ => None,
    }
}

/// `ESC [ CODE u`; keys without a character have codes that Unicode leaves to private use (kitty keyboard protocol,
/// "Functional key definitions").
fn by_code(code: u32) -> Option<KeyCode> {
    match code {
        9 => Some(KeyCode::Tab),
        13 | 57_414 => Some(KeyCode::Enter),
        27 => Some(KeyCode::Esc),
        127 => Some(KeyCode::Backspace),
        // the keypad
        57_399..=57_408 => char::from_digit(code - 57_399, 10).map(KeyCode::Char),
        57_409 => Some(KeyCode::Char('.')),
        57_410 => Some(KeyCode::Char('/')),
        57_411 => Some(KeyCode::Char('*')),
        57_412 => Some(KeyCode::Char('-')),
        57_413 => Some(KeyCode::Char('+')),
        57_415 => Some(KeyCode::Char('=')),
        57_416 => Some(KeyCode::Char(',')),
        57_417 => Some(KeyCode::Left),
        57_418 => Some(KeyCode::Right),
        57_419 => Some(KeyCode::Up),
        57_420 => Some(KeyCode::Down),
        57_421 => Some(KeyCode::PageUp),
        57_422 => Some(KeyCode::PageDown),
        57_423 => Some(KeyCode::Home),
        57_424 => Some(KeyCode::End),
        57_425 => Some(KeyCode::Insert),
        57_426 => Some(KeyCode::Delete),
        0xe000..=0xf8ff => None,
        code => char::from_u32(code).filter(|c| !c.is_control()).map(KeyCode::Char),
    }
}
