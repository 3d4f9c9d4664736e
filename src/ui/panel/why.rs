//! Why a service is not well, beside its tabs.

use crate::{
    action::Action,
    app::{layout, panels},
    ui::{canvas::Canvas, view::View, widget::list},
};

/// Labels and pieces of text from `offset` on.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>, lines: &[(String, String)], offset: usize, width: u16) {
    let skin = &view.skin;
    let beside = panels::why_label(width);
    let shown = list::window(lines.len(), offset, canvas.height());
    for (y, (label, text)) in (0..).zip(lines.get(shown.clone()).unwrap_or_default()) {
        let style = match label.as_str() {
            "why" | "state" => skin.strong,
            "event" => skin.muted,
            _ => skin.text,
        };
        if beside > 0 {
            canvas.put(0, y, label, skin.muted);
        }
        canvas.put(beside, y, text, style);
    }
    list::scrollbar(canvas, skin, lines.len(), &shown);
}

/// Draws the panel of the service screen.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>, area: layout::Area) {
    let skin = &view.skin;
    let beside = canvas.height() > 14;
    if beside {
        for y in 0..canvas.height() {
            canvas.glyph(0, y, '│', skin.faint);
        }
        canvas.put(2, 0, "Why", skin.title);
    } else {
        canvas.rule(0, '─', skin.faint);
        canvas.put(2, 0, " Why ", skin.title);
    }
    let height = canvas.height().saturating_sub(1);
    let mut rows = canvas.rows(1, height);
    let mut rows = rows.inset(2, 1);
    let (lines, page) = panels::why_panel(view.state, area);
    let offset = view.state.service.as_ref().map_or(0, |open| open.why_scroll);
    self::rows(&mut rows, view, &lines, offset, area.width.saturating_sub(3 + 1));
    let below = lines.len().saturating_sub(page + offset.min(lines.len().saturating_sub(page)));
    if below > 0
        && let Some(key) = view.key(Action::PageDown)
    {
        let told = format!(" {key}: {below} more ");
        canvas.put_right(canvas.width().saturating_sub(1), 0, &told, skin.muted);
    }
}
