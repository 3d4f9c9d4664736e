//! What `update` asks of a screen.

use crate::{
    action::Action,
    app::{Mouse, flow::Out, layout::Area, state::State},
};

/// Lines that a turn of the wheel moves.
pub(in crate::app) const WHEEL: usize = 3;

/// A screen, as `update` sees it. What a screen does not say holds by default.
pub(in crate::app) trait Handler {
    /// Carries out a verb; false when it is not one of the screen's own.
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool;

    /// Puts the cursor back on its page: the terminal has another size.
    fn keep(&self, state: &mut State);

    /// It came to the front.
    fn shown(&self, _: &mut State, _: &mut Out) {}

    /// By what its list is filtered now; none where it has no filter, and the filter of the fleet is meant.
    fn filter<'a>(&self, _: &'a State) -> Option<&'a str> {
        None
    }

    /// Filters its list by this text.
    fn narrow(&self, _: &mut State, _text: &str, _: &mut Out) {}

    /// A click, or the second of two.
    fn click(&self, _: &mut State, _: Mouse, _twice: bool, _: &mut Out) {}

    /// A turn of the wheel that means something else than a movement; false where it means one.
    fn wheel(&self, _: &mut State, _: Mouse, _: &mut Out) -> bool {
        false
    }

    /// How many movements a turn of the wheel is.
    fn wheel_lines(&self, _: &State) -> usize {
        WHEEL
    }
}

/// Which line of an area a click is on, when it is in it.
pub(in crate::app) fn line(area: Area, event: Mouse) -> Option<usize> {
    area.contains(event.column, event.row).then(|| usize::from(event.row - area.y))
}
