//! What comes out, and what bytes may be on the way.

use crate::config::Key;

/// What happened at the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// A button of the mouse was pressed, or its wheel turned, at this column and row.
    Mouse(Button, u16, u16),
    /// Text was pasted; not yet made harmless.
    Paste(String),
    /// The terminal may have another size.
    Resize,
}

/// A button of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// The left one.
    Left,
    /// The wheel, away from the person.
    WheelUp,
    /// The wheel, towards the person.
    WheelDown,
}

/// What the bytes so far are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The beginning of something.
    More,
    /// Something, which may mean nothing here.
    Whole(Option<Event>),
    /// Whole before the last byte, which begins something else.
    Before(Option<Event>),
    /// The beginning of a paste.
    Paste,
}
