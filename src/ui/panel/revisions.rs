//! The table of revisions: of the tab, and of the picker of a rollback.

use crate::{
    model::Revision,
    ui::{canvas::Canvas, glyph, text, view::View, widget::list},
};
use ratatui::style::Style;

/// Revisions as a table with a head of one line.
pub fn table(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    revisions: &[Revision],
    at: crate::app::state::ListView,
) {
    let skin = &view.skin;
    if revisions.is_empty() {
        canvas.put(2, 1, "No revisions.", skin.muted);
        return;
    }
    let width = canvas.width();
    let when = if view.times.absolute { 6 } else { 4 };
    let version = 12.min(width / 4);
    let outcome = if width >= 50 { 12 } else { 0 };
    let longest = revisions.iter().map(|r| text::width(&r.label)).max().unwrap_or(0);
    let room = width.saturating_sub(3 + version + 2 + when + 2 + outcome + 2).max(8);
    let name = room.min(text::cells(longest).max(8) + 1);
    let (x_version, x_when) = (3 + name + 1, 3 + name + 1 + version + 1 + when);
    canvas.put(3, 0, "REVISION", skin.heading);
    canvas.put(x_version, 0, "VERSION", skin.heading);
    canvas.put_right(x_when, 0, "WHEN", skin.heading);
    if outcome > 0 {
        canvas.put(x_when + 2, 0, "ENDED", skin.heading);
    }
    let height = canvas.height().saturating_sub(1);
    let mut rows = canvas.rows(1, height);
    let shown = list::window(revisions.len(), at.offset, height);
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(revision) = revisions.get(index) else { continue };
        let selected = index == at.cursor;
        if selected {
            rows.tint(y, skin.selection);
            rows.glyph(0, y, glyph::CURSOR, skin.accent);
        }
        let base = if selected { skin.selection_text } else { skin.text };
        if revision.current {
            rows.glyph(1, y, '●', skin.ok);
        }
        rows.put(3, y, &text::middle(&revision.label, usize::from(name)), base);
        rows.put(
            x_version,
            y,
            &text::middle(
                &view.state.images.words_within(&revision.version, usize::from(version)),
                usize::from(version),
            ),
            base,
        );
        let told = revision.at.map_or_else(|| "-".to_owned(), |at| view.times.column(at));
        rows.put_right(x_when, y, &told, skin.muted);
        if outcome > 0 {
            let style = outcome_style(view, &revision.outcome);
            let told =
                if revision.current && revision.outcome.is_empty() { "set now" } else { &revision.outcome };
            rows.put_within(x_when + 2, y, &text::end(told, 14), style, width.saturating_sub(x_when + 3));
        }
    }
    list::scrollbar(&mut rows, skin, revisions.len(), &shown);
}

fn outcome_style(view: &View<'_>, outcome: &str) -> Style {
    let skin = &view.skin;
    match outcome {
        "succeeded" => skin.ok,
        "" | "stopped" => skin.muted,
        other if other.contains("fail") => skin.bad,
        _ => skin.warn,
    }
}
