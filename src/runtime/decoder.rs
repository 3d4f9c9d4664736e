//! What the terminal sends, as keys, presses of the mouse and pasted text.
//!
//! Every sequence has a grammar (ECMA-48, 5.4; xterm's ctlseqs; the kitty keyboard protocol for `CSI u`), a longest form,
//! and a time after which it is given up: a sequence that is cut short costs itself and nothing that is typed after it.
//! Ctrl-C is heard in the middle of everything.

mod csi;
mod event;
mod paste;
#[cfg(test)]
mod tests;

use crate::config::{Key, KeyCode};
use event::Step;
use paste::Paste;
use std::{collections::VecDeque, time::Duration};

pub use event::{Button, Event};

/// How long the rest of a sequence is waited for; terminals send one at once, and a slow line in pieces.
const SEQUENCE: Duration = Duration::from_millis(100);

/// How long an escape that came alone may yet be the beginning of a sequence: a line may break it off anywhere, and what
/// follows would be typed, capital letters among it. Nobody sees so short a wait.
const ESCAPE: Duration = Duration::from_millis(25);

/// How long the rest of a paste is waited for.
const PASTE: Duration = Duration::from_secs(1);

/// No sequence that means something here is longer.
const LONGEST: usize = 64;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;

/// Takes bytes in, and hands events out.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    /// What is held is an escape, and nothing waited behind it.
    alone: bool,
    paste: Option<Paste>,
    /// A paste was given up without its end, and no key was pressed since: the rest of it may still be on its way.
    broken: bool,
    events: VecDeque<Event>,
}

impl Decoder {
    /// Takes in what was read in one go; whether more waits to be read.
    pub fn take(&mut self, bytes: &[u8], more: bool) {
        if self.broken && self.paste.is_none() && self.held.is_empty() {
            // people press one key at a time; what a line that hung still owes of a paste comes in pieces, and is no keys
            self.broken = bytes.len() > 1;
            if self.broken && bytes.first() != Some(&ESC) {
                self.paste = Some(Paste::default());
            }
        }
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            match &mut self.paste {
                Some(_) if *byte == CTRL_C => self.events.push_back(ctrl_c()),
                Some(paste) => {
                    if paste.take(*byte) {
                        self.end_paste();
                        self.broken = false;
                    }
                }
                None => self.step(*byte),
            }
        }
        self.alone = !more && self.held == [ESC];
    }

    fn step(&mut self, byte: u8) {
        // alt and a key come at once: only what has a grammar may come in pieces
        if std::mem::take(&mut self.alone) && !matches!(byte, b'[' | b'O') {
            self.give_up();
        }
        self.held.push(byte);
        // twice at most: for what ends before this byte, and for the byte
        loop {
            let last = match read(&self.held) {
                Step::More if self.held.len() < LONGEST => return,
                Step::More => None,
                Step::Whole(event) => {
                    self.events.extend(event);
                    None
                }
                Step::Before(event) => {
                    self.events.extend(event);
                    self.held.pop().filter(|_| !self.held.is_empty())
                }
                Step::Paste => {
                    self.paste = Some(Paste::default());
                    self.broken = false;
                    None
                }
            };
            self.held.clear();
            match last {
                Some(byte) => self.held.push(byte),
                None => return,
            }
        }
    }

    /// Hands the next event out.
    pub fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// How long after the last byte what is unfinished is given up; none where nothing is.
    pub fn patience(&self) -> Option<Duration> {
        match (&self.paste, self.held.as_slice()) {
            // the rest of one that hung comes in pieces, and keys are to be heard between them
            (Some(_), _) if self.broken => Some(SEQUENCE),
            (Some(_), _) => Some(PASTE),
            (None, []) => None,
            (None, [ESC]) => Some(ESCAPE),
            (None, _) => Some(SEQUENCE),
        }
    }

    /// Gives up what is unfinished: the keys of a beginning that may have been typed, and what was pasted so far.
    pub fn give_up(&mut self) {
        if let Some(paste) = &self.paste {
            // behind the rest of one that hung, an escape may have been pressed
            let escape = self.broken && paste.ends_in_escape();
            self.end_paste();
            self.broken = true;
            if escape {
                self.events.push_back(Event::Key(Key::plain(KeyCode::Esc)));
            }
        }
        let typed = match self.held.as_slice() {
            [ESC] => Some(Event::Key(Key::plain(KeyCode::Esc))),
            [ESC, letter @ (b'[' | b'O')] => {
                let letter = KeyCode::Char(char::from(*letter));
                Some(Event::Key(Key::new(letter, false, true, false)))
            }
            _ => None,
        };
        self.held.clear();
        self.alone = false;
        self.events.extend(typed);
    }

    fn end_paste(&mut self) {
        let text = self.paste.take().map(Paste::text).unwrap_or_default();
        if !text.is_empty() {
            self.events.push_back(Event::Paste(text));
        }
    }
}

fn ctrl_c() -> Event {
    Event::Key(Key::new(KeyCode::Char('c'), true, false, false))
}

/// What these bytes are.
fn read(bytes: &[u8]) -> Step {
    match bytes {
        // the escape was a key, and what follows is none of its own
        [ESC, ESC | CTRL_C] => Step::Before(Some(Event::Key(Key::plain(KeyCode::Esc)))),
        [] | [ESC] => Step::More,
        [ESC, b'O', sequence @ ..] => csi::application(sequence),
        [ESC, b'[', sequence @ ..] => csi::read(sequence),
        [ESC, rest @ ..] => plain(rest, true),
        rest => plain(rest, false),
    }
}

fn key(code: KeyCode, alt: bool) -> Step {
    Step::Whole(Some(Event::Key(Key::new(code, false, alt, false))))
}

/// A key that has no sequence of its own.
fn plain(bytes: &[u8], alt: bool) -> Step {
    let ctrl =
        |c: u8| Step::Whole(Some(Event::Key(Key::new(KeyCode::Char(char::from(c)), true, alt, false))));
    match bytes {
        // a terminal in raw mode sends the first for return; the second comes from what types for somebody
        [b'\r' | b'\n'] => key(KeyCode::Enter, alt),
        [b'\t'] => key(KeyCode::Tab, alt),
        [0x7f] => key(KeyCode::Backspace, alt),
        [0] => ctrl(b' '),
        [byte @ 0x01..=0x1a] => ctrl(byte - 0x01 + b'a'),
        [byte @ 0x1c..=0x1f] => ctrl(byte - 0x1c + b'4'),
        bytes => character(bytes, alt),
    }
}

/// A character of UTF-8.
fn character(bytes: &[u8], alt: bool) -> Step {
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.chars().next() {
            Some(c) if !c.is_control() => key(KeyCode::Char(c), alt),
            _ => Step::Whole(None),
        },
        Err(error) if error.error_len().is_none() => Step::More,
        Err(_) => Step::Before(None),
    }
}
