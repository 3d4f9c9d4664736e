//! The revisions a service ran, and how the selected one differs from what is set now.

use crate::{
    app::{
        layout,
        state::{Difference, ServiceView},
    },
    ui::{
        canvas::Canvas,
        panel, text,
        view::{self, View},
        widget::{diff, list},
    },
};

/// Draws the tab.
pub fn draw(body: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let Some(revisions) = &open.revisions.value else {
        panel::waiting(body, view, &open.revisions, "the revisions");
        return;
    };
    let area = layout::Area::new(0, 0, body.width(), body.height());
    let (left, right) = layout::revisions(area, revisions.len());
    let beside = right.y == left.y;
    let mut part = body.part(view::rect(left));
    panel::revisions::table(&mut part, view, revisions, open.list());
    if beside {
        for y in 0..body.height() {
            body.glyph(left.width, y, '│', view.skin.faint);
        }
    }
    if let Some(difference) = &open.difference {
        difference_part(&mut body.part(view::rect(right)), view, difference, open.diff_scroll);
    }
}

fn difference_part(canvas: &mut Canvas<'_>, view: &View<'_>, difference: &Difference, scroll: usize) {
    let skin = &view.skin;
    let title = if difference.from == difference.to {
        format!("{} is the current revision", difference.to)
    } else {
        format!("{} → {}", difference.from, difference.to)
    };
    canvas.put(1, 0, &text::end(&title, usize::from(canvas.width().saturating_sub(2))), skin.title);
    let height = canvas.height().saturating_sub(1);
    let mut rows = canvas.rows(1, height);
    let mut rows = rows.inset(1, 0);
    let room = usize::from(rows.width().saturating_sub(2));
    if let Some(trouble) = &difference.trouble {
        for (y, line) in (0..).zip(text::wrap(&view::sentence(trouble), room)) {
            rows.put(0, y, &line, skin.warn);
        }
        return;
    }
    if difference.lines.is_empty() {
        let told = match (difference.ready, difference.from == difference.to) {
            (_, true) => "Choose another revision to compare.",
            (true, false) => "Nothing differs.",
            (false, false) => "Reading both definitions.",
        };
        rows.put(0, 0, told, skin.muted);
        return;
    }
    let shown = list::window(difference.lines.len(), scroll, height);
    for (y, line) in (0..).zip(difference.lines.get(shown.clone()).unwrap_or_default()) {
        diff::line(&mut rows.rows(y, 1), skin, 0, line);
    }
    list::scrollbar(&mut rows, skin, difference.lines.len(), &shown);
}
