//! What happened across the environments, newest first, and the selected of it in full.

use super::{
    canvas::Canvas,
    glyph,
    text::{self, cells, width},
    view::{self, View},
    widget::list,
};
use crate::{
    app::{
        layout,
        timeline::{self, Reading},
    },
    model::{EnvironmentName, Range, TimelineEvent, Tone, timeline::EVENTS_MAX},
};
use ratatui::style::Style;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let (state, skin) = (view.state, &view.skin);
    let (head, rows, foot) = layout::timeline(view.size);
    let events = timeline::listed(state);
    let columns = Columns::of(view, head.width);
    columns.head(&mut canvas.part(view::rect(head)), view);
    let mut body = canvas.part(view::rect(rows));
    if events.is_empty() {
        let range = state.timeline.range.label();
        let (told, style) = match state.timeline.filter.trim() {
            _ if state.environments.is_empty() => ("No environment is known yet.".to_owned(), skin.muted),
            filter if !filter.is_empty() && !timeline::all(state).is_empty() => {
                (format!("Nothing here matches “{filter}”."), skin.text)
            }
            _ if matches!(timeline::reading(state), Reading::Now(_)) => {
                ("Reading what happened.".to_owned(), skin.busy)
            }
            _ if timeline::is_whole(state) => (format!("Nothing happened within {range}."), skin.text),
            _ if !state.timeline.asked.values().any(|asked| asked.known().is_some()) => {
                (format!("What happened within {range} could not be read."), skin.warn)
            }
            _ => (format!("Nothing is told of the last {range}, and not all of it was read."), skin.text),
        };
        body.put(2, 1, &told, style);
    }
    let shown = list::window(events.len(), state.timeline.list.offset, body.height());
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(event) = events.get(index) else { continue };
        columns.row(&mut body.rows(y, 1), view, event, index == state.timeline.list.cursor);
    }
    list::scrollbar(&mut body, skin, events.len(), &shown);
    let selected = events.get(state.timeline.list.cursor);
    particulars(&mut canvas.part(view::rect(foot)), view, selected.map(|event| &**event));
}

/// Columns: first cell and cells; one without cells is left out.
struct Columns {
    when: (u16, u16),
    kind: (u16, u16),
    environment: (u16, u16),
    service: (u16, u16),
    what: (u16, u16),
    who: (u16, u16),
}

impl Columns {
    fn of(view: &View<'_>, whole: u16) -> Self {
        let widths = view.state.timeline.widths;
        let when = if view.times.absolute { 6 } else { 4 };
        let kind = if whole >= 70 { 7 } else { 0 };
        let environment = widths.names.environment.clamp(3, 12);
        let environment = if whole >= 56 { environment } else { 0 };
        let most = if whole >= 110 { 28 } else { 18 };
        let service = widths.names.service.clamp(7, most);
        let who = if whole >= 100 { widths.who.clamp(3, 26) } else { 0 };
        let mut x = 1;
        let mut place = |cells: u16| {
            let at = (x, cells);
            if cells > 0 {
                x += cells + 2;
            }
            at
        };
        let (when, kind, environment, service) =
            (place(when), place(kind), place(environment), place(service));
        let used = [when, kind, environment, service].map(|(_, cells)| if cells > 0 { cells + 2 } else { 0 });
        let used = used.iter().sum::<u16>() + if who > 0 { who + 4 } else { 2 };
        let what = place(whole.saturating_sub(used));
        Self { when, kind, environment, service, what, who: place(who) }
    }

    fn head(&self, head: &mut Canvas<'_>, view: &View<'_>) {
        let skin = &view.skin;
        head.put_right(self.when.0 + self.when.1, 0, "WHEN", skin.heading);
        for ((x, cells), title) in [
            (self.kind, "KIND"),
            (self.environment, "ENV"),
            (self.service, "SERVICE"),
            (self.what, "WHAT"),
            (self.who, "WHO"),
        ] {
            head.put_within(x, 0, title, skin.heading, cells);
        }
        // how far back, and the moment it was opened at; where there is room
        let mut told = String::new();
        if let Some(moment) = view.state.timeline.moment {
            told = format!("around {}  ", text::clock_seconds(moment, &skin.zone));
        }
        for range in Range::ALL {
            let label = range.label();
            let mark =
                if range == view.state.timeline.range { format!("[{label}]") } else { label.to_owned() };
            told = format!("{told}{mark} ");
        }
        let end = if self.who.1 > 0 { self.who.0.saturating_sub(2) } else { head.width().saturating_sub(1) };
        if self.what.0 + 6 + cells(width(&told)) < end {
            head.put_right(end, 0, told.trim_end(), skin.muted);
        }
    }

    fn row(&self, row: &mut Canvas<'_>, view: &View<'_>, event: &TimelineEvent, selected: bool) {
        let skin = &view.skin;
        if selected {
            row.tint(0, skin.selection);
            row.glyph(0, 0, glyph::CURSOR, skin.accent);
        }
        let base = if selected { skin.selection_text } else { skin.text };
        row.put_right(self.when.0 + self.when.1, 0, &view.times.column(event.at), skin.muted);
        let put = |row: &mut Canvas<'_>, (x, cells): (u16, u16), text: &str, style: Style| {
            if cells > 0 {
                row.put(x, 0, &text::middle(text, usize::from(cells)), style);
            }
        };
        put(row, self.kind, event.kind.word(), skin.muted);
        put(row, self.environment, event.environment.as_str(), view.hue(&event.environment));
        put(row, self.service, event.key.as_ref().map_or("-", |key| &key.name), base);
        put(row, self.who, &event.who, skin.muted);
        let (mark, style) = tone(view, event.tone);
        row.glyph(self.what.0, 0, mark, style);
        let room = usize::from(self.what.1.saturating_sub(2));
        row.put(self.what.0 + 2, 0, &text::end(&event.text, room), base);
    }
}

fn tone(view: &View<'_>, tone: Tone) -> (char, Style) {
    match tone {
        Tone::Plain => ('·', view.skin.muted),
        Tone::Good => ('●', view.skin.ok),
        Tone::Bad => ('▲', view.skin.bad),
    }
}

/// The selected one whole, who tells it, and below it in one line what could not be read.
fn particulars(canvas: &mut Canvas<'_>, view: &View<'_>, event: Option<&TimelineEvent>) {
    let skin = &view.skin;
    let gaps = unread(view);
    if canvas.height() <= 1 {
        let room = usize::from(canvas.width().saturating_sub(2));
        canvas.put(1, 0, &text::end(&gaps, room), skin.warn);
        return;
    }
    canvas.rule(0, '─', skin.faint);
    let room = usize::from(canvas.width().saturating_sub(4));
    let told = u16::from(!gaps.is_empty());
    if let Some(event) = event {
        let kind = event.key.as_ref().map(|key| key.kind);
        let mut title = format!(" {}, {}", view.times.at(event.at), event.kind.source(kind));
        if !event.who.is_empty() {
            title = format!("{title}, by {}", event.who);
        }
        canvas.put(2, 0, &format!("{} ", text::end(&title, room)), skin.muted);
        let lines = canvas.height().saturating_sub(1 + told);
        for (y, line) in (1..=lines).zip(text::wrap(&view::capital(&event.text), room)) {
            canvas.put(2, y, &line, skin.text);
        }
    }
    if told > 0 {
        let last = canvas.height() - 1;
        canvas.put(2, last, &text::end(&gaps, room), skin.warn);
    }
}

/// What is being read, what could not be, each once, with where, and what bounds cut; empty where all of it is here.
fn unread(view: &View<'_>) -> String {
    let state = view.state;
    let mut told: Vec<(String, Vec<&EnvironmentName>)> = Vec::new();
    let mut tell = |what: String, name| match told.iter_mut().find(|(known, _)| *known == what) {
        Some((_, names)) if names.contains(&name) => {}
        Some((_, names)) => names.push(name),
        None => told.push((what, vec![name])),
    };
    for environment in &state.environments {
        let name = &environment.name;
        if let Some(trouble) = &environment.trouble {
            // none of it can be read; what was, stays
            tell(format!("anything new: {}", trouble.word()), name);
            continue;
        }
        for gap in state.timeline.gaps.get(name).into_iter().flatten() {
            tell(format!("{}: {}", gap.what, gap.word()), name);
        }
    }
    let named = |(what, names): &(String, Vec<&EnvironmentName>)| {
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        match what.split_once(": ") {
            Some((what, why)) => format!("{what} ({}): {why}", names.join(", ")),
            None => format!("{what} ({})", names.join(", ")),
        }
    };
    let mut sentences = Vec::new();
    if let Reading::Now(names) = timeline::reading(state) {
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        sentences.push(format!("Reading {} of {}.", state.timeline.range.label(), names.join(", ")));
    }
    if !told.is_empty() {
        let clauses: Vec<String> = told.iter().map(named).collect();
        sentences.push(format!("Not read: {}.", clauses.join("; ")));
    }
    let mut bounds: Vec<&str> = Vec::new();
    for bound in state.timeline.bounds.values().flatten() {
        if !bounds.contains(&bound.as_str()) {
            bounds.push(bound);
        }
    }
    let kept = format!("the newest {EVENTS_MAX} entries");
    if state.timeline.full {
        bounds.push(&kept);
    }
    if !bounds.is_empty() {
        sentences.push(format!("No more than {}.", bounds.join(", ")));
    }
    sentences.join(" ")
}
