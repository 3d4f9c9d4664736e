//! Every key there is, by where it works, from the live keymap.

use super::{
    canvas::Canvas,
    text::{self, cells},
    view::{self, View},
    widget::list,
};
use crate::{
    action::{Action, Context},
    app::layout,
};

/// A line of help.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HelpLine {
    Blank,
    Title(&'static str),
    Key { keys: String, action: Action },
}

/// Draws it in as many columns as fit.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let skin = &view.skin;
    let frame = layout::frame(view.size);
    let mut body = canvas.part(view::rect(frame.content));
    let title = format!("Keys of the keymap {}", view.state.keymap.name);
    body.put(1, 0, &title, skin.title);
    let more = view.key_or_command(Context::Fleet, Action::Palette);
    let told = format!("{more} has every verb by name");
    if text::width(&title) + text::width(&told) + 4 < usize::from(body.width()) {
        body.put_right(body.width().saturating_sub(2), 0, &told, skin.muted);
    }
    let lines = lines(view);
    let columns = (body.width() / 60).clamp(1, 3);
    let wide = body.width().saturating_sub(1) / columns;
    let height = body.height().saturating_sub(2);
    let each = lines.len().div_ceil(usize::from(columns));
    let mut rows = body.rows(2, height);
    let shown = list::window(each, view.state.help.offset, height);
    let keys = lines.iter().map(|l| if let HelpLine::Key { keys, .. } = l { text::width(keys) } else { 0 });
    let key_room = keys.max().unwrap_or(0).clamp(8, 18);
    for column in 0..columns {
        let first = usize::from(column) * each;
        for (y, index) in (0..).zip(shown.clone()) {
            let Some(line) = lines.get(first + index).filter(|_| index < each) else { continue };
            let area = ratatui::layout::Rect::new(column * wide, y, wide, 1);
            draw_line(&mut rows.part(area), view, line, key_room);
        }
    }
    list::scrollbar(&mut rows, skin, each, &shown);
}

fn draw_line(row: &mut Canvas<'_>, view: &View<'_>, line: &HelpLine, key_room: usize) {
    let skin = &view.skin;
    match line {
        HelpLine::Blank => {}
        HelpLine::Title(title) => {
            row.put(1, 0, title, skin.heading);
        }
        HelpLine::Key { keys, action } => {
            row.put(2, 0, &text::pad(keys, key_room), skin.key);
            let x = 2 + cells(key_room) + 2;
            let room = usize::from(row.width().saturating_sub(x + 2));
            let style = if action.changes() { skin.warn } else { skin.text };
            row.put(x, 0, &text::end(action.help().trim_end_matches('.'), room), style);
        }
    }
}

fn heading(context: Context) -> &'static str {
    match context {
        Context::Global => "everywhere",
        Context::Fleet => "fleet",
        Context::Service => "service",
        Context::Metrics => "charts",
        Context::Runs => "runs",
        Context::Environments => "environments",
        Context::Help => "help",
        Context::Dialog => "dialogs",
        Context::Input => "typing",
    }
}

/// Every binding, the keys of one verb on one line.
fn lines(view: &View<'_>) -> Vec<HelpLine> {
    let mut lines: Vec<HelpLine> = Vec::new();
    for context in Context::ALL {
        let bindings = view.state.keymap.bindings(context);
        if bindings.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(HelpLine::Blank);
        }
        lines.push(HelpLine::Title(heading(context)));
        let mut told: Vec<(Action, String)> = Vec::new();
        for binding in bindings {
            match told.iter_mut().find(|(action, _)| *action == binding.action) {
                Some((_, keys)) => {
                    keys.push_str(", ");
                    keys.push_str(&binding.text());
                }
                None => told.push((binding.action, binding.text())),
            }
        }
        lines.extend(told.into_iter().map(|(action, keys)| HelpLine::Key { keys, action }));
    }
    lines
}
