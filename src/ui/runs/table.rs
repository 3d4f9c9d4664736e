//! The list of runs.

use super::words::{change, lasted, standing};
use crate::{
    action::{Action, Context},
    app::layout,
    model::RunView,
    ui::{
        canvas::Canvas,
        glyph,
        text::{self, cells},
        view::{self, View},
        widget::list,
    },
};
use ratatui::style::Style;

/// Columns of the list: first cell and cells; a column without cells is left out.
struct Columns {
    when: (u16, u16),
    who: (u16, u16),
    what: (u16, u16),
    environment: (u16, u16),
    service: (u16, u16),
    change: (u16, u16),
    took: (u16, u16),
    verdict: (u16, u16),
}

fn columns(view: &View<'_>, width: u16, runs: &[&RunView]) -> Columns {
    let widest = |text: &dyn Fn(&RunView) -> usize, least: usize, most: usize| {
        cells(runs.iter().map(|run| text(run)).max().unwrap_or(0).clamp(least, most))
    };
    let when = if view.times.absolute { 6 } else { 4 };
    let (what, took, least) = (8, 8, 15);
    let environment = widest(&|run| text::width(run.header.key.environment.as_str()), 3, 12);
    // who flew a run is told where it was not always the same one
    let strangers = runs.iter().any(|run| run.header.who != view.state.who);
    let who = if strangers && width >= 76 { widest(&|run| text::width(&run.header.who), 3, 16) } else { 0 };
    let mut service = widest(&|run| text::width(&run.header.key.name), 7, 32);
    let mut change_ = widest(&|run| text::width(&change(run)), 6, 28);
    let used = |service: u16, change: u16| {
        let gaps = 12 + u16::from(change > 0) * 2 + u16::from(who > 0) * 2;
        1 + when + who + what + environment + service + change + took + gaps
    };
    if used(service, change_) + least > width {
        change_ = 0;
    }
    service = service.saturating_sub((used(service, change_) + least).saturating_sub(width)).max(7);
    let verdict = width.saturating_sub(used(service, change_));
    let mut x = 1;
    let mut place = |cells: u16| {
        let at = (x, cells);
        if cells > 0 {
            x += cells + 2;
        }
        at
    };
    Columns {
        when: place(when),
        who: place(who),
        what: place(what),
        environment: place(environment),
        service: place(service),
        change: place(change_),
        took: place(took),
        verdict: place(verdict),
    }
}

/// Draws it.
pub(super) fn draw(canvas: &mut Canvas<'_>, view: &View<'_>, runs: &[&RunView]) {
    let (state, skin) = (view.state, &view.skin);
    let (head, rows) = layout::runs(view.size);
    let columns = columns(view, head.width, runs);
    let mut head = canvas.part(view::rect(head));
    for ((x, cells), title) in [
        (columns.who, "WHO"),
        (columns.what, "RUN"),
        (columns.environment, "ENV"),
        (columns.service, "SERVICE"),
        (columns.change, "CHANGE"),
        (columns.verdict, "VERDICT"),
    ] {
        head.put_within(x, 0, title, skin.heading, cells);
    }
    for ((x, cells), title) in [(columns.when, "WHEN"), (columns.took, "TOOK")] {
        head.put_right(x + cells, 0, title, skin.heading);
    }
    let mut body = canvas.part(view::rect(rows));
    if runs.is_empty() && !state.runs.filter.is_empty() {
        body.put(2, 1, &format!("No run matches “{}”.", state.runs.filter), skin.text);
        return;
    }
    if runs.is_empty() {
        let deploy = view.key_or_command(Context::Fleet, Action::Deploy);
        body.put(2, 1, "Nothing was run from this machine yet.", skin.text);
        body.put(
            2,
            2,
            &format!("{deploy} on a service plans a deploy; it is kept here with its verdict."),
            skin.muted,
        );
        return;
    }
    let shown = list::window(runs.len(), state.runs.list.offset, body.height());
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(run) = runs.get(index) else { continue };
        let selected = index == state.runs.list.cursor;
        let mut row = body.rows(y, 1);
        if selected {
            row.tint(0, skin.selection);
            row.glyph(0, 0, glyph::CURSOR, skin.accent);
        }
        let base = if selected { skin.selection_text } else { skin.text };
        let header = &run.header;
        row.put_right(columns.when.0 + columns.when.1, 0, &view.times.column(header.at), skin.muted);
        row.put(columns.what.0, 0, header.kind.word(), base);
        let put = |row: &mut Canvas<'_>, (x, cells): (u16, u16), text: &str, style: Style| {
            if cells > 0 {
                row.put(x, 0, &text::middle(text, usize::from(cells)), style);
            }
        };
        put(
            &mut row,
            columns.environment,
            header.key.environment.as_str(),
            view.hue(&header.key.environment),
        );
        put(&mut row, columns.who, &header.who, skin.muted);
        put(&mut row, columns.service, &header.key.name, base);
        put(&mut row, columns.change, &change(run), base);
        row.put_right(columns.took.0 + columns.took.1, 0, &lasted(view, run), skin.muted);
        let (mark, word, style) = standing(view, run);
        let x = row.put(columns.verdict.0, 0, &format!("{mark} {word}"), style) + 2;
        let end = columns.verdict.0 + columns.verdict.1;
        if let Some((_, why, _)) = &run.end
            && end > x + 12
        {
            row.put(x, 0, &text::end(why, usize::from(end - x)), skin.muted);
        }
    }
    list::scrollbar(&mut body, skin, runs.len(), &shown);
}
