//! The log of a service: time, the task it came from, what it says.

use crate::{
    app::{
        layout, logs,
        state::{Older, ServiceView},
    },
    model::Kind,
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
    let (at, len) = (open.list(), open.log.len());
    let size = (page.width(), usize::from(page.height()));
    let start = if open.log_follow {
        len.saturating_sub(logs::fits(open, size, len, false))
    } else {
        at.offset.min(len.saturating_sub(1))
    };
    let mut whole = None;
    let (mut y, mut index) = (0, start);
    let margin = logs::margin(page.width());
    while y < page.height()
        && let Some(event) = open.log.get(index)
    {
        let selected = !open.log_follow && index == at.cursor;
        for (place, said) in logs::rows(open, event, page.width()).iter().enumerate() {
            if y >= page.height() {
                break;
            }
            let finds = open.log.sieve().finds();
            let spans = log_line::event_spans(
                &view.skin,
                event,
                (place, said.as_str()),
                margin,
                open.log_left,
                finds,
            );
            let mut row = page.rows(y, 1);
            if selected {
                row.tint(0, view.skin.selection);
                row.glyph(0, 0, glyph::CURSOR, view.skin.accent);
            }
            if lines::draw(&mut row, view, 1, &spans) && selected && !open.log_wrap && !open.log_unfold {
                whole = Some((y, spans));
            }
            y += 1;
        }
        index += 1;
    }
    let shown = start..index.max(start);
    list::scrollbar(&mut page, &view.skin, len, &shown);
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
    let total = open.log.len();
    let told = match open.log_filter.as_str() {
        "" => format!("{} of {group}", open.log_range.label()),
        filter if open.log.is_judging() => format!("/{filter}  {total}… of {}", open.log.total()),
        filter if open.log.among() => {
            let (here, all) = (open.log.hits_up_to(open.list().cursor), open.log.hits());
            format!("/{filter}  match {here} of {all}")
        }
        filter => format!("/{filter}  {total} of {}", open.log.total()),
    };
    if let Some(trouble) = &open.log_trouble {
        let x = canvas.put(1, 0, &text::middle(&told, usize::from(canvas.width() / 2)), skin.muted) + 2;
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        canvas.put(x, 0, &text::end(&format!("× {}", view::sentence(trouble)), room), skin.warn);
        return;
    }
    let (mut place, style) = if open.log_follow {
        (format!("following, {}", text::count(total, "line", "lines")), skin.ok)
    } else {
        (format!("line {last} of {total}, not following"), skin.warn)
    };
    if open.log_back != Older::Idle {
        place = format!("reading older lines, {place}");
    } else if open.log.begun && !open.log_follow && open.list().offset == 0 {
        place = format!("no older lines, {place}");
    }
    if open.log_left > 0 {
        place = format!("from column {}, {place}", open.log_left + 1);
    }
    let place_at = canvas.put_right(canvas.width().saturating_sub(1), 0, &place, style);
    let room = usize::from(place_at.saturating_sub(3).min(canvas.width() / 2));
    canvas.put(1, 0, &text::middle(&told, room), skin.muted);
}
