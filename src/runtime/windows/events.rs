//! What the console tells.
//!
//! By crossterm's reader: a console sends records of keys here and not bytes, so that nothing of them can be cut short, and
//! text that is pasted comes as the keys that would type it.

use crate::{
    config::{Key, KeyCode},
    runtime::decoder::{Button, Event},
};
use crossterm::event::{
    Event as Raw, EventStream, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton,
    MouseEventKind, poll, read,
};
use futures_util::Stream;
use std::{io, pin::Pin, time::Duration};

/// The console's events.
#[derive(Debug)]
pub struct Events(EventStream);

impl Events {
    /// Begins to listen; nothing reads the console once it is dropped.
    ///
    /// # Errors
    /// Never, here.
    pub fn new() -> io::Result<Self> {
        Ok(Self(EventStream::new()))
    }

    /// The next one. One that was not waited for to its end is still there.
    ///
    /// # Errors
    /// When the console cannot be read.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            let told = std::future::poll_fn(|cx| Pin::new(&mut self.0).poll_next(cx)).await;
            if let Some(event) = event(told.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))?) {
                return Ok(event);
            }
        }
    }

    /// One that waits already. While the stream's thread waits for one, none does.
    ///
    /// # Errors
    /// When the console cannot be read.
    pub fn waiting(&mut self) -> io::Result<Option<Event>> {
        while poll(Duration::ZERO)? {
            if let Some(event) = event(read()?) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

/// Our event for crossterm's; none for what nobody needs.
fn event(raw: Raw) -> Option<Event> {
    match raw {
        Raw::Key(event) if event.kind != KeyEventKind::Release => key(event).map(Event::Key),
        Raw::Mouse(event) => {
            let button = match event.kind {
                MouseEventKind::ScrollUp => Button::WheelUp,
                MouseEventKind::ScrollDown => Button::WheelDown,
                MouseEventKind::Down(MouseButton::Left) => Button::Left,
                _ => return None,
            };
            Some(Event::Mouse(button, event.column, event.row))
        }
        Raw::Resize(..) => Some(Event::Resize),
        // releases, focus, and what features of crossterm that others turn on tell besides
        _ => None,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let code = match event.code {
        Code::Char(c) if c.is_control() => return None,
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Insert => KeyCode::Insert,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::F(number @ 1..=12) => KeyCode::F(number),
        _ => return None,
    };
    let has = |modifier| event.modifiers.contains(modifier);
    Some(Key::new(code, has(KeyModifiers::CONTROL), has(KeyModifiers::ALT), has(KeyModifiers::SHIFT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: Code, modifiers: KeyModifiers) -> Option<String> {
        key(KeyEvent::new(code, modifiers)).map(|key| key.to_string())
    }

    #[test]
    fn keys_get_the_names_of_keymaps() {
        for (code, modifiers, name) in [
            (Code::Char('g'), KeyModifiers::NONE, "g"),
            (Code::Char('G'), KeyModifiers::SHIFT, "G"),
            (Code::Char('f'), KeyModifiers::CONTROL, "ctrl-f"),
            (Code::Char(' '), KeyModifiers::NONE, "space"),
            (Code::BackTab, KeyModifiers::SHIFT, "backtab"),
            (Code::F(1), KeyModifiers::NONE, "f1"),
            (Code::PageDown, KeyModifiers::NONE, "pagedown"),
        ] {
            assert_eq!(press(code, modifiers).as_deref(), Some(name));
        }
        assert_eq!(press(Code::CapsLock, KeyModifiers::NONE), None);
    }

    #[test]
    fn a_key_that_is_let_go_is_none() {
        let let_go = KeyEvent::new_with_kind(Code::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(event(Raw::Key(let_go)), None);
        assert_eq!(event(Raw::Resize(80, 24)), Some(Event::Resize));
    }
}
