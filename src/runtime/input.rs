//! The terminal's events in our own words.

use super::decoder::{Button, Event};
use crate::{
    app::{Mouse, MouseKind, Msg},
    model::text,
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
            Event::Key(key) => Some(Msg::Key { key, drawn }),
            Event::Paste(pasted) => Some(Msg::Paste { text: text::clean(&pasted, PASTE_MAX), drawn }),
            Event::Mouse(button, column, row) => Some(Msg::Mouse(self.mouse(button, column, row, now))),
            // The size is read from the terminal before each frame.
            Event::Resize => None,
        }
    }

    fn mouse(&mut self, button: Button, column: u16, row: u16, now: Instant) -> Mouse {
        let kind = match button {
            Button::WheelUp => MouseKind::WheelUp,
            Button::WheelDown => MouseKind::WheelDown,
            Button::Left => {
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
        };
        Mouse { kind, column, row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_presses_on_a_cell_are_a_double_click_and_a_third_is_not() {
        let mut input = Input::default();
        let now = Instant::now();
        let mut press = |column, after| {
            let event = Event::Mouse(Button::Left, column, 3);
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
