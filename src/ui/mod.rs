//! Pure views: the state drawn as text. Nothing here changes anything, waits, or reads from outside.
//!
//! A screen is a file, a part of one that is used twice is a widget. Geometry comes from
//! [`crate::app::layout`], which `update` shares, so a click lands on what was drawn.

mod alarms;
mod board;
mod canvas;
mod environments;
#[cfg(test)]
mod fixture;
mod fleet;
mod glyph;
mod header;
mod help;
mod hints;
mod matrix;
mod overlay;
mod panel;
pub mod picture;
mod runs;
mod service;
mod skin;
mod text;
mod timeline;
mod view;
mod widget;

#[cfg(test)]
mod tests;

use crate::{
    app::{State, layout, state::Screen},
    config::settings::Glyphs,
};
use canvas::Canvas;
use ratatui::{
    Frame,
    buffer::Buffer,
    style::{Color, Modifier},
};
use view::View;

/// The smallest screen anything is drawn on: columns, rows.
pub const LEAST: (u16, u16) = (40, 10);

/// Draws the state over the whole frame.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let area = frame.area();
    let view = View::new(state, (area.width, area.height));
    let cursor = paint(&mut Canvas::new(frame.buffer_mut(), area), &view);
    if view.skin.selection.add_modifier.contains(Modifier::REVERSED) {
        even_reversed(frame.buffer_mut());
    }
    if view.skin.glyphs.is_ascii() {
        glyph::to_ascii(frame.buffer_mut(), view.skin.glyphs == Glyphs::AsciiOnly);
    }
    if let Some(at) = cursor {
        frame.set_cursor_position(at);
    }
}

/// Where the selection is drawn reversed, each colour on it would become a patch of ground.
fn even_reversed(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.modifier.contains(Modifier::REVERSED) {
            cell.set_fg(Color::Reset).set_bg(Color::Reset);
        }
    }
}

/// Draws everything; returns where the terminal's cursor belongs, where something is typed.
fn paint(canvas: &mut Canvas<'_>, view: &View<'_>) -> Option<(u16, u16)> {
    canvas.tint_all(view.skin.ground);
    if view.size.0 < LEAST.0 || view.size.1 < LEAST.1 {
        let all =
            format!("flightdeck needs {}×{}, this is {}×{}", LEAST.0, LEAST.1, view.size.0, view.size.1);
        let room = usize::from(canvas.width());
        for (y, line) in (0..canvas.height()).zip(text::wrap(&all, room)) {
            canvas.put(0, y, &line, view.skin.warn);
        }
        return None;
    }
    let frame = layout::frame(view.size);
    header::draw(&mut canvas.part(view::rect(frame.header)), view);
    match view.state.screen() {
        Screen::Fleet if view.state.fleet.matrix => matrix::draw(canvas, view),
        Screen::Fleet => fleet::draw(canvas, view),
        Screen::Service => service::draw(canvas, view),
        Screen::Runs => runs::draw(canvas, view),
        Screen::Environments => environments::draw(canvas, view),
        Screen::Timeline => timeline::draw(canvas, view),
        Screen::Alarms => alarms::draw(canvas, view),
        Screen::Board => board::draw(canvas, view),
        Screen::Help => help::draw(canvas, view),
    }
    let typed = hints::draw(&mut canvas.part(view::rect(frame.hint)), view);
    let over = overlay::draw(canvas, view);
    over.or_else(|| typed.map(|x| (frame.hint.x + x, frame.hint.y)))
}
