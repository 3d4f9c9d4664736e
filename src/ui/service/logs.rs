//! The log of a service: time, the task it came from, what it says.

use crate::{
    app::{layout, logs::lines as lines_shown, state::ServiceView},
    model::{Kind, LogLine},
    ui::{
        canvas::Canvas,
        glyph,
        panel::{lines, log_line},
        text,
        view::{self, View},
        widget::list,
    },
};

/// Draws the tab.
pub fn draw(body: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let (area, status) = layout::log(layout::Area::new(0, 0, body.width(), body.height()));
    let mut page = body.part(view::rect(area));
    if open.log.is_empty() {
        nothing(&mut page, view, open);
    }
    let at = open.list();
    let offset = if open.log_follow { usize::MAX } else { at.offset };
    let entries: Vec<&LogLine> = lines_shown(open).collect();
    let shown = list::window(entries.len(), offset, page.height());
    let mut whole = None;
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(entry) = entries.get(index) else { continue };
        let spans = log_line::spans(&view.skin, entry, &entry.text, page.width() >= 100, open.log_left);
        let selected = !open.log_follow && index == at.cursor;
        let mut row = page.rows(y, 1);
        if selected {
            row.tint(0, view.skin.selection);
            row.glyph(0, 0, glyph::CURSOR, view.skin.accent);
        }
        if lines::draw(&mut row, view, 1, &spans) && selected {
            whole = Some((y, spans));
        }
    }
    list::scrollbar(&mut page, &view.skin, entries.len(), &shown);
    if let Some((y, spans)) = whole {
        lines::whole(&mut page, view, y, &spans);
    }
    foot(&mut body.part(view::rect(status)), view, open, shown.end);
}

fn nothing(page: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let told = match (&open.log_trouble, &open.log_from) {
        (Some(trouble), _) => view::sentence(trouble),
        (None, Some(Ok(source))) if open.log_loading => format!("Reading the log group {source}."),
        (None, Some(Ok(source))) => format!("No log lines in {source} for this range."),
        (None, Some(Err(why))) => why.clone(),
        (None, None) if open.detail.value.is_none() => "Finding the log group.".to_owned(),
        (None, None) => "The log group is not known: the task definition could not be read.".to_owned(),
    };
    let style = if open.log_trouble.is_some() { view.skin.warn } else { view.skin.muted };
    for (y, line) in (1..).zip(text::wrap(&told, usize::from(page.width().saturating_sub(4)))) {
        page.put(2, y, &line, style);
    }
}

/// Group, whether new lines are followed, trouble.
fn foot(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView, last: usize) {
    let skin = &view.skin;
    if open.log.is_empty() {
        return;
    }
    let Some(Ok(source)) = &open.log_from else { return };
    // whoever reads the whole group reads others' lines too
    let whole = source.stream.is_none() && source.prefix.is_none() && open.key.kind != Kind::AppRunner;
    let group = format!("{source}{}", if whole { ", all streams" } else { "" });
    let told = match open.log_filter.as_str() {
        "" => format!("{} of {group}", open.log_range.label()),
        filter => format!("/{filter}  {} of {group}", open.log_range.label()),
    };
    let x = canvas.put(1, 0, &text::middle(&told, usize::from(canvas.width() / 2)), skin.muted) + 2;
    if let Some(trouble) = &open.log_trouble {
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        canvas.put(x, 0, &text::end(&format!("× {}", view::sentence(trouble)), room), skin.warn);
        return;
    }
    let total = lines_shown(open).count();
    let (mut told, style) = if open.log_follow {
        (format!("following, {}", text::count(total, "line", "lines")), skin.ok)
    } else {
        (format!("line {last} of {total}, not following"), skin.warn)
    };
    if open.log_left > 0 {
        told = format!("from column {}, {told}", open.log_left + 1);
    }
    canvas.put_right(canvas.width().saturating_sub(1), 0, &told, style);
}
