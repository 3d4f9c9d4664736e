//! The first line: every environment and how it is doing, who one is, what watching costs, how old it all is.

use super::{
    canvas::{Canvas, spans_width},
    glyph, text,
    view::{View, environment_age},
};
use crate::{
    app::{
        environments::dollars_per_hour,
        state::{Environment, Screen},
    },
    model::{EnvironmentName, ServiceState, stamp::brief},
};
use ratatui::{
    style::{Modifier, Style},
    text::Span,
};
use std::collections::HashMap;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let skin = &view.skin;
    let x = canvas.put(1, 0, "flightdeck", skin.title);
    let environments = environments(view);
    let wanted: u16 = environments.iter().map(|e| spans_width(&e.spans) + 2).sum();
    let room = canvas.width().saturating_sub(x + 2);
    // the age is always told, the rest of the right side gives way to the environments
    let right = right(view, room.saturating_sub(wanted));
    let start = canvas.width().saturating_sub(spans_width(&right) + 1);
    canvas.spans(start, 0, &right);
    let room = start.saturating_sub(x + if right.is_empty() { 0 } else { 2 });
    let mut left = canvas.part(ratatui::layout::Rect::new(x, 0, room, 1));
    let mut x = 2;
    for span in fitting(view, environments, room.saturating_sub(2)) {
        x = left.spans(x, 0, &span) + 2;
    }
}

struct Entry {
    spans: Vec<Span<'static>>,
    calm: bool,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    failing: usize,
    degraded: usize,
    rolling: usize,
    waiting: usize,
}

fn counts<'a>(view: &View<'a>) -> HashMap<&'a EnvironmentName, Counts> {
    let mut counts: HashMap<&EnvironmentName, Counts> = HashMap::new();
    for row in view.state.rows.values() {
        // calm rows are the most by far, and cost nothing here
        if !matches!(row.state, ServiceState::Failing | ServiceState::Degraded | ServiceState::Rolling) {
            continue;
        }
        let own = counts.entry(&row.key.environment).or_default();
        own.waiting += usize::from(row.waits().is_some());
        match row.state {
            ServiceState::Failing => own.failing += 1,
            ServiceState::Degraded => own.degraded += 1,
            _ => own.rolling += 1,
        }
    }
    counts
}

fn environments(view: &View<'_>) -> Vec<Entry> {
    let counts = counts(view);
    let entry = |(index, e): (usize, &Environment)| {
        let (mark, style, calm) = mark(view, e, counts.get(&e.name).copied().unwrap_or_default());
        let spans = vec![
            Span::styled(e.name.to_string(), view.skin.hue(index)),
            Span::raw(" "),
            Span::styled(mark, style),
        ];
        Entry { spans, calm }
    };
    view.state.environments.iter().enumerate().map(entry).collect()
}

/// The worst there is to tell of an environment.
fn mark(view: &View<'_>, environment: &Environment, counts: Counts) -> (String, Style, bool) {
    let skin = &view.skin;
    let told = |state: ServiceState, n: usize| format!("{}{n}", glyph::state(state));
    if let Some(trouble) = &environment.trouble {
        return (format!("× {}", trouble.word()), skin.bad, false);
    }
    if counts.waiting > 0 {
        let told = format!("▲ approve? {}", counts.waiting);
        return (told, skin.warn.add_modifier(Modifier::BOLD | Modifier::REVERSED), false);
    }
    match counts {
        Counts { failing: n @ 1.., .. } => (told(ServiceState::Failing, n), skin.bad, false),
        Counts { degraded: n @ 1.., .. } => (told(ServiceState::Degraded, n), skin.warn, false),
        Counts { rolling: n @ 1.., .. } => (told(ServiceState::Rolling, n), skin.busy, false),
        _ if environment.seen_at.is_none() => ("…".to_owned(), skin.muted, true),
        _ => (glyph::state(ServiceState::Steady).to_string(), skin.ok, true),
    }
}

/// The environments that fit; calm ones give way first, and are counted at the end.
fn fitting(view: &View<'_>, mut entries: Vec<Entry>, room: u16) -> Vec<Vec<Span<'static>>> {
    let mut hidden = 0;
    let wide = |entries: &[Entry], hidden: usize| {
        let own: u16 = entries.iter().map(|e| spans_width(&e.spans) + 2).sum();
        own.saturating_sub(2) + if hidden > 0 { 6 } else { 0 }
    };
    while wide(&entries, hidden) > room && !entries.is_empty() {
        let at = entries.iter().rposition(|e| e.calm).unwrap_or(entries.len() - 1);
        entries.remove(at);
        hidden += 1;
    }
    let mut spans: Vec<Vec<Span<'static>>> = entries.into_iter().map(|e| e.spans).collect();
    if hidden > 0 {
        spans.push(vec![Span::styled(format!("+{hidden}"), view.skin.muted)]);
    }
    spans
}

/// The right side: identity of the environment in question, cost, age. What matters least goes first.
fn right(view: &View<'_>, room: u16) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let mut parts: Vec<Vec<Span<'static>>> = Vec::new();
    if let Some(environment) = current(view) {
        let account = environment.identity.as_ref().map_or("", |i| i.account.as_str());
        let text = format!("{account} {}", environment.region).trim().to_owned();
        parts.push(vec![Span::styled(text, skin.muted)]);
    }
    parts.push(vec![Span::styled(format!("{}/h", text::dollars(dollars_per_hour(view.state))), skin.muted)]);
    let (age, style) = age(view);
    parts.push(vec![Span::styled(age, style)]);
    let wide = |parts: &[Vec<Span<'static>>]| parts.iter().map(|p| spans_width(p) + 2).sum::<u16>();
    while parts.len() > 1 && wide(&parts) > room {
        parts.remove(0);
    }
    let mut spans = Vec::new();
    for (nth, part) in parts.into_iter().enumerate() {
        if nth > 0 {
            spans.push(Span::raw("  "));
        }
        spans.extend(part);
    }
    spans
}

/// The environment that the screen is about: of the open service, else of the selected row.
fn current<'a>(view: &View<'a>) -> Option<&'a Environment> {
    let state = view.state;
    let open = state.service.as_ref().filter(|_| state.screen() == Screen::Service).map(|v| &v.key);
    let key = open.or(state.fleet.selected.as_ref());
    match key {
        Some(key) => state.environment(&key.environment),
        None => state.environments.first(),
    }
}

/// `live` while every environment is as fresh as its refresh, else how old the oldest is. Where nothing was read, it
/// says so, and since when: what is not known is not live.
fn age(view: &View<'_>) -> (String, Style) {
    let skin = &view.skin;
    let environments = &view.state.environments;
    if view.state.fleet.from_cache {
        let newest = view.state.rows.values().map(|row| row.seen_at).max();
        let told = newest.map_or_else(String::new, |at| format!(" {}", view.times.ago_words(at)));
        return (format!("cached{told}"), skin.warn);
    }
    if environments.iter().all(|e| e.seen_at.is_none()) {
        let since = environments.iter().map(|e| e.since).min().unwrap_or(view.state.begun_at);
        let failed = view.state.lost.is_some() || environments.iter().any(|e| e.trouble.is_some());
        let told = match (failed, view.state.found && environments.is_empty()) {
            (false, true) => "no environment".to_owned(),
            _ => format!("nothing read yet, since {}", view.times.at(since)),
        };
        return (told, if failed { skin.warn } else { skin.busy });
    }
    if let Some(oldest) = environments.iter().filter_map(|e| environment_age(view, e)).max() {
        return (format!("stale {}", brief(oldest)), skin.warn);
    }
    if environments.iter().any(|e| e.seen_at.is_none() && e.trouble.is_none()) {
        return ("reading".to_owned(), skin.busy);
    }
    ("live".to_owned(), skin.ok)
}
