//! Small dialogs: a number to type, a plan in the making, a refusal, an address.

use super::foot::foot;
use crate::{
    action::Action,
    app::{
        layout, panels,
        state::{GoOn, Line, ListView, TakeOver},
    },
    model::{Protection, Refusal, ServiceKey, stamp::brief},
    ops::HeldLock,
    ui::{
        canvas::Canvas,
        panel, text,
        view::{self, View},
        widget::{dialog, list},
    },
};
use ratatui::style::Style;

fn body(canvas: &mut Canvas<'_>, view: &View<'_>, title: &str, lines: &[(String, Style)]) -> layout::Dialog {
    let area = layout::small(view.size, false, lines.len());
    dialog::frame(canvas, &view.skin, view::rect(area.outer), title, view.skin.faint);
    let mut part = canvas.part(view::rect(area.body));
    for (y, (line, style)) in (0..).zip(lines) {
        part.put(0, y, line, *style);
    }
    area
}

fn wrapped(view: &View<'_>, text: &str, style: Style) -> impl Iterator<Item = (String, Style)> + use<> {
    let room = usize::from(layout::small_width(view.size));
    text::wrap(text, room).into_iter().map(move |line| (line, style))
}

/// How many tasks there shall be; returns where the cursor is.
pub fn scale(canvas: &mut Canvas<'_>, view: &View<'_>, key: &ServiceKey, line: &Line) -> (u16, u16) {
    let skin = &view.skin;
    let now = view.state.rows.get(key).and_then(|row| row.desired);
    let area = layout::small(view.size, true, 1);
    dialog::frame(canvas, skin, view::rect(area.outer), &format!("Scale {}", key.name), view.skin.faint);
    let mut typed = canvas.part(view::rect(area.line));
    let x = typed.put(0, 0, "desired tasks ", skin.text);
    let room = typed.width().saturating_sub(x);
    let cursor = panel::input::typed(&mut typed.part(ratatui::layout::Rect::new(x, 0, room, 1)), view, line);
    let told = now.map_or_else(String::new, |n| format!("now {n}; 0 stops the service without deleting it"));
    let mut part = canvas.part(view::rect(area.body));
    let room = usize::from(part.width());
    part.put(0, 0, &text::end(&told, room), skin.muted);
    foot(canvas, view, area, &[("plan", Action::Confirm)], "");
    (area.line.x + x + cursor, area.line.y)
}

/// Which moment of the log to go to; returns where the cursor is.
pub fn moment(canvas: &mut Canvas<'_>, view: &View<'_>, line: &Line) -> (u16, u16) {
    let skin = &view.skin;
    let told = "21:06, 2026-11-21 21:06, 2h ago as 2h, deploy, death";
    let area = layout::small(view.size, true, 1);
    dialog::frame(canvas, skin, view::rect(area.outer), "Go to a moment of the log", view.skin.faint);
    let mut typed = canvas.part(view::rect(area.line));
    let x = typed.put(0, 0, "moment ", skin.text);
    let room = typed.width().saturating_sub(x);
    let cursor = panel::input::typed(&mut typed.part(ratatui::layout::Rect::new(x, 0, room, 1)), view, line);
    let mut part = canvas.part(view::rect(area.body));
    let room = usize::from(part.width());
    part.put(0, 0, &text::end(told, room), skin.muted);
    foot(canvas, view, area, &[("go", Action::Confirm)], "");
    (area.line.x + x + cursor, area.line.y)
}

/// A plan is being made.
pub fn planning(canvas: &mut Canvas<'_>, view: &View<'_>, title: &str) {
    let told = "Reading the current state to show exactly what will be done. Nothing is changed yet.";
    let lines: Vec<_> = wrapped(view, told, view.skin.text).collect();
    let area = body(canvas, view, title, &lines);
    foot(canvas, view, area, &[], "");
}

/// A plan that cannot be.
pub fn refused(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    title: &str,
    refusal: &Refusal,
    held: Option<&HeldLock>,
) {
    let skin = &view.skin;
    let why = view::capital(&refusal.why);
    let mut lines: Vec<_> = wrapped(view, &format!("× {why}"), skin.bad).collect();
    if !refusal.remedy.is_empty() {
        lines.push((String::new(), skin.text));
        lines.extend(wrapped(view, &view::capital(&refusal.remedy), skin.text));
    }
    if let Some(held) = held {
        lines.push((String::new(), skin.text));
        lines.extend(holder(view, held));
    }
    let area = body(canvas, view, &format!("Cannot run: {title}"), &lines);
    let ways: &[_] = if held.is_some() { &[("take the lock over", Action::TakeOver)] } else { &[] };
    foot(canvas, view, area, ways, "");
}

/// Who holds a lock: name and machine, run, since when and until when.
fn holder(view: &View<'_>, held: &HeldLock) -> Vec<(String, Style)> {
    let (skin, lock) = (&view.skin, &held.record);
    let host = if lock.host.is_empty() { String::new() } else { format!(" on {}", lock.host) };
    let run = if lock.title.is_empty() { lock.run.clone() } else { format!("{} ({})", lock.title, lock.run) };
    let now = view.state.now;
    let until = if lock.expires_at > now {
        format!("in {}, unless refreshed", brief(lock.expires_at.since(now)))
    } else {
        format!("{} ago, and was not refreshed", brief(now.since(lock.expires_at)))
    };
    let told = [
        ("held by", format!("{}{host}", lock.holder), skin.strong),
        ("for", run, skin.text),
        ("since", view.times.ago_words(lock.at), skin.text),
        (if lock.expires_at > now { "ends" } else { "ended" }, until, skin.text),
    ];
    let room = usize::from(layout::small_width(view.size)).saturating_sub(9);
    let line = |(label, text, style): (&str, String, Style)| {
        (format!("{label:<8} {}", text::end(&text, room)), style)
    };
    told.into_iter().map(line).collect()
}

/// A lock is taken over: from whom, what that means, and the line for the holder's name; returns where the cursor
/// is.
pub fn take_over(canvas: &mut Canvas<'_>, view: &View<'_>, over: &TakeOver) -> (u16, u16) {
    let TakeOver { held, wanted, line, complaint } = over;
    let skin = &view.skin;
    let mut lines = holder(view, held);
    let warning =
        "Their run stops before its next change; what it has started continues in AWS, on the same service.";
    lines.push((String::new(), skin.text));
    lines.extend(wrapped(view, warning, skin.warn));
    if !complaint.is_empty() {
        lines.push((String::new(), skin.text));
        lines.extend(wrapped(view, &format!("× {complaint}"), skin.bad));
    }
    let area = layout::small(view.size, true, lines.len());
    let frame = format!("Take the lock over: {}", wanted.title);
    dialog::frame(canvas, skin, view::rect(area.outer), &frame, skin.warn);
    let mut typed = canvas.part(view::rect(area.line));
    let x = typed.put(0, 0, &format!("to confirm, type {}: ", held.record.holder), skin.warn);
    let room = typed.width().saturating_sub(x);
    let cursor = panel::input::typed(&mut typed.part(ratatui::layout::Rect::new(x, 0, room, 1)), view, line);
    let mut part = canvas.part(view::rect(area.body));
    for (y, (line, style)) in (0..).zip(&lines) {
        part.put(0, y, line, *style);
    }
    foot(canvas, view, area, &[("plan with it", Action::Confirm)], "");
    (area.line.x + x + cursor, area.line.y)
}

/// A run that rests goes on: what is still to come, and the line for the service's name where it has to be typed;
/// returns where the cursor is then.
pub fn go_on(canvas: &mut Canvas<'_>, view: &View<'_>, on: &GoOn) -> Option<(u16, u16)> {
    let skin = &view.skin;
    let typed = on.protection == Protection::Typed;
    let mut lines: Vec<_> = wrapped(view, &view::capital(&on.waits), skin.text).collect();
    lines.push((String::new(), skin.text));
    let checked = "The lock and the service are read again before anything is changed.";
    lines.extend(wrapped(view, checked, skin.muted));
    if !on.complaint.is_empty() {
        lines.push((String::new(), skin.text));
        lines.extend(wrapped(view, &format!("× {}", on.complaint), skin.bad));
    }
    let area = layout::small(view.size, typed, lines.len());
    dialog::frame(canvas, skin, view::rect(area.outer), &format!("Continue: {}", on.title), skin.warn);
    let mut part = canvas.part(view::rect(area.body));
    for (y, (line, style)) in (0..).zip(&lines) {
        part.put(0, y, line, *style);
    }
    let cursor = typed.then(|| {
        let mut row = canvas.part(view::rect(area.line));
        let x = row.put(0, 0, &format!("to confirm, type {}: ", on.key.name), skin.warn);
        let room = row.width().saturating_sub(x);
        let cursor =
            panel::input::typed(&mut row.part(ratatui::layout::Rect::new(x, 0, room, 1)), view, &on.line);
        (area.line.x + x + cursor, area.line.y)
    });
    foot(canvas, view, area, &[("continue", Action::Confirm)], "");
    cursor
}

/// A long text to be read and copied, from the row it was scrolled to.
pub fn text(canvas: &mut Canvas<'_>, view: &View<'_>, title: &str, lines: &[String], at: ListView) {
    let rows = panels::text_rows(view.size, lines);
    let page = layout::small(view.size, false, rows.len()).body.height;
    let shown = list::window(rows.len(), at.offset, page);
    let visible: Vec<_> = rows.iter().skip(shown.start).map(|line| (line.clone(), view.skin.text)).collect();
    let area = body(canvas, view, title, &visible);
    list::scrollbar(&mut canvas.part(view::rect(area.body)), &view.skin, rows.len(), &shown);
    let place = format!("{}–{} of {}", shown.start + 1, shown.end, rows.len());
    let note = if rows.len() > shown.len() { place.as_str() } else { "" };
    foot(canvas, view, area, &[], note);
}
