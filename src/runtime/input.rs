//! The terminal's events in our own words.

use crate::{
    app::{Mouse, MouseKind, Msg},
    config::{Key, KeyCode},
    model::text,
};
use crossterm::event::{
    Event, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use std::time::{Duration, Instant};

/// Two presses on one cell within this time are a double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// Text pasted beyond this is cut: nothing that is typed here is as long.
const PASTE_MAX: usize = 4_096;

/// Turns events into messages.
#[derive(Debug, Default)]
pub struct Input {
    click: Option<(Instant, u16, u16)>,
}

impl Input {
    /// The message for an event; none for what nobody needs. `drawn` is the number of the last frame that was
    /// wholly on the screen when the event was read.
    pub fn message(&mut self, event: Event, drawn: u64, now: Instant) -> Option<Msg> {
        match event {
            Event::Key(event) if event.kind != KeyEventKind::Release => {
                key(event).map(|key| Msg::Key { key, drawn })
            }
            Event::Paste(pasted) => Some(Msg::Paste { text: text::clean(&pasted, PASTE_MAX), drawn }),
            Event::Mouse(event) => self.mouse(event, now).map(Msg::Mouse),
            // The size is read from the terminal before each frame.
            Event::Key(_) | Event::Resize(..) | Event::FocusGained | Event::FocusLost => None,
        }
    }

    fn mouse(&mut self, event: MouseEvent, now: Instant) -> Option<Mouse> {
        let MouseEvent { kind, column, row, .. } = event;
        let kind = match kind {
            MouseEventKind::ScrollUp => MouseKind::WheelUp,
            MouseEventKind::ScrollDown => MouseKind::WheelDown,
            MouseEventKind::Down(MouseButton::Left) => {
                let double = self.click.take().is_some_and(|(at, x, y)| {
                    (x, y) == (column, row) && now.saturating_duration_since(at) <= DOUBLE
                });
                if double {
                    MouseKind::DoubleClick
                } else {
                    self.click = Some((now, column, row));
                    MouseKind::Click
                }
            }
            _ => return None,
        };
        Some(Mouse { kind, column, row })
    }
}

/// Our key for a terminal's.
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
    fn two_presses_on_a_cell_are_a_double_click_and_a_third_is_not() {
        let mut input = Input::default();
        let now = Instant::now();
        let mut press = |column, after| {
            let event = Event::Mouse(MouseEvent {
                kind: MouseEventKind::Down(MouseButton::Left),
                column,
                row: 3,
                modifiers: KeyModifiers::NONE,
            });
            match input.message(event, 0, now + Duration::from_millis(after)) {
                Some(Msg::Mouse(mouse)) => mouse.kind,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(press(1, 0), MouseKind::Click);
        assert_eq!(press(1, 300), MouseKind::DoubleClick);
        assert_eq!(press(1, 400), MouseKind::Click);
        assert_eq!(press(2, 500), MouseKind::Click);
        assert_eq!(press(2, 1_000), MouseKind::Click);
    }

    #[test]
    fn pasted_text_is_neutralised() {
        let msg = Input::default().message(Event::Paste("a\u{1b}[31m\nb".into()), 0, Instant::now());
        assert_eq!(msg, Some(Msg::Paste { text: "a\\e[31m b".into(), drawn: 0 }));
    }
}
