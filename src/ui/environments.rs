//! Environments: who one is in each, how long that lasts, how it is protected, what it costs, what went wrong.

use super::{
    canvas::Canvas,
    glyph, text,
    view::{self, View, environment_age},
    widget::list,
};
use crate::{
    app::{layout, state::Environment},
    model::{
        Kind, Protection, ServiceKey,
        stamp::{brief, precise},
    },
};
use ratatui::style::Style;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let (state, skin) = (view.state, &view.skin);
    let (head, rows, detail) = layout::environments(view.size, state.environments.len());
    let columns = columns(head.width);
    let mut head = canvas.part(view::rect(head));
    for (column, x, cells) in &columns {
        if column.right() {
            head.put_right(x + cells, 0, column.title(), skin.heading);
        } else {
            head.put_within(*x, 0, column.title(), skin.heading, *cells);
        }
    }
    let at = state.environments_view;
    let mut body = canvas.part(view::rect(rows));
    if state.environments.is_empty() {
        let (told, style) = match &state.lost {
            Some(trouble) => (view::capital(&view::trouble_text(view, trouble)), skin.warn),
            None => ("No environment is configured or found.".to_owned(), skin.muted),
        };
        let room = usize::from(body.width().saturating_sub(4));
        for (y, line) in (1..).zip(text::wrap(&told, room)) {
            body.put(2, y, &line, style);
        }
    }
    let shown = list::window(state.environments.len(), at.offset, body.height());
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(environment) = state.environments.get(index) else { continue };
        let mut row = body.rows(y, 1);
        if index == at.cursor {
            row.tint(0, skin.selection);
            row.glyph(0, 0, glyph::CURSOR, skin.accent);
        }
        for (column, x, cells) in &columns {
            let (told, style) = column.cell(view, environment, index);
            if column.right() {
                row.put_right(x + cells, 0, &text::end(&told, usize::from(*cells)), style);
            } else {
                row.put(*x, 0, &text::middle(&told, usize::from(*cells)), style);
            }
        }
    }
    list::scrollbar(&mut body, skin, state.environments.len(), &shown);
    if let Some(environment) = state.environments.get(at.cursor) {
        particulars(&mut canvas.part(view::rect(detail)), view, environment);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    State,
    Account,
    Region,
    Protection,
    Expires,
    Services,
    Calls,
    Throttled,
    Cost,
    Seen,
}

/// The columns that fit: what, first cell, cells.
fn columns(width: u16) -> Vec<(Column, u16, u16)> {
    use Column as C;
    let all = [
        (C::Name, 12),
        (C::State, 16),
        (C::Account, 12),
        (C::Region, 14),
        (C::Protection, 10),
        (C::Expires, 7),
        (C::Services, 8),
        (C::Calls, 6),
        (C::Throttled, 9),
        (C::Cost, 8),
        (C::Seen, 5),
    ];
    // given up one after the other while it is too wide
    let order = [C::Throttled, C::Calls, C::Services, C::Seen, C::Region, C::Cost, C::Expires];
    let mut kept: Vec<(C, u16)> = all.to_vec();
    for column in order {
        let wide: u16 = kept.iter().map(|(_, cells)| cells + 2).sum();
        if wide < width {
            break;
        }
        kept.retain(|(own, _)| *own != column);
    }
    let mut x = 1;
    kept.into_iter()
        .map(|(column, cells)| {
            let at = (column, x, cells);
            x += cells + 2;
            at
        })
        .collect()
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Name => "ENV",
            Self::State => "STATE",
            Self::Account => "ACCOUNT",
            Self::Region => "REGION",
            Self::Protection => "PROTECTION",
            Self::Expires => "EXPIRES",
            Self::Services => "SERVICES",
            Self::Calls => "CALLS",
            Self::Throttled => "THROTTLED",
            Self::Cost => "COST",
            Self::Seen => "READ",
        }
    }

    fn right(self) -> bool {
        matches!(
            self,
            Self::Expires | Self::Services | Self::Calls | Self::Throttled | Self::Cost | Self::Seen
        )
    }

    fn cell(self, view: &View<'_>, e: &Environment, index: usize) -> (String, Style) {
        let (skin, state) = (&view.skin, view.state);
        match self {
            Self::Name => (e.name.to_string(), skin.hue(index)),
            Self::State => match (&e.trouble, e.seen_at) {
                (Some(trouble), _) => (format!("× {}", trouble.word()), skin.bad),
                (None, None) => ("◐ reading".to_owned(), skin.busy),
                (None, Some(_)) if unread(e) > 0 => (format!("▽ {} unread", unread(e)), skin.warn),
                (None, Some(_)) => ("● connected".to_owned(), skin.ok),
            },
            Self::Account => match &e.identity {
                Some(identity) => (identity.account.clone(), skin.text),
                None => ("-".to_owned(), skin.muted),
            },
            Self::Region => (e.region.clone(), skin.text),
            Self::Protection => (
                e.protection.word().to_owned(),
                if e.protection == Protection::Typed { skin.warn } else { skin.text },
            ),
            Self::Expires => match e.identity.as_ref().and_then(|i| i.expires_at) {
                Some(at) => {
                    let left = at.since(state.now);
                    let style = match left {
                        ..0 => skin.bad,
                        0..600_000 => skin.warn,
                        _ => skin.text,
                    };
                    (if left < 0 { "expired".to_owned() } else { brief(left) }, style)
                }
                None => ("-".to_owned(), skin.muted),
            },
            Self::Services => {
                let first = ServiceKey::new(e.name.as_str(), Kind::Ecs, "", "");
                let own = state.rows.range(first..).take_while(|(key, _)| key.environment == e.name);
                (own.count().to_string(), skin.text)
            }
            Self::Calls => (text::number(count(e.meter.0)), skin.text),
            Self::Throttled => {
                (text::number(count(e.meter.1)), if e.meter.1 > 0 { skin.warn } else { skin.muted })
            }
            Self::Cost => (text::dollars(e.meter.2), skin.text),
            Self::Seen => match (environment_age(view, e), e.seen_at) {
                (Some(age), _) => (brief(age), skin.warn),
                (None, Some(_)) => ("live".to_owned(), skin.ok),
                (None, None) => ("-".to_owned(), skin.muted),
            },
        }
    }
}

/// How many parts of an environment could not be read although the rest could.
fn unread(environment: &Environment) -> usize {
    let apart = [&environment.metrics_trouble, &environment.alarms_trouble];
    environment.gaps.len() + apart.into_iter().flatten().count()
}

#[allow(clippy::cast_precision_loss, reason = "a count of calls of one session")]
fn count(value: u64) -> f64 {
    value as f64
}

/// The selected environment in full, its troubles as whole sentences.
fn particulars(canvas: &mut Canvas<'_>, view: &View<'_>, environment: &Environment) {
    let skin = &view.skin;
    if canvas.height() < 2 {
        return;
    }
    canvas.rule(0, '─', skin.faint);
    canvas.put(2, 0, &format!(" {} ", environment.name), skin.title);
    let room = usize::from(canvas.width().saturating_sub(17));
    let mut y = 1;
    let field = |canvas: &mut Canvas<'_>, y: &mut u16, label: &str, value: &str, style: Style| {
        canvas.put(2, *y, label, skin.muted);
        for line in text::wrap(value, room) {
            canvas.put(15, *y, &line, style);
            *y += 1;
        }
    };
    if let Some(trouble) = &environment.trouble {
        let told = view::capital(&view::trouble_text(view, trouble));
        field(canvas, &mut y, "trouble", &told, skin.bad);
        if let Some(at) = environment.next_at {
            let told = format!("in {}", brief(at.since(view.state.now)));
            field(canvas, &mut y, "tried again", &told, skin.text);
        }
    }
    if let Some(trouble) = &environment.metrics_trouble {
        field(canvas, &mut y, "metrics", &view::sentence(trouble), skin.warn);
    }
    if let Some(trouble) = &environment.alarms_trouble {
        field(canvas, &mut y, "alarms", &view::sentence(trouble), skin.warn);
    }
    for gap in &environment.gaps {
        field(canvas, &mut y, "not read", &view::sentence(gap), skin.warn);
    }
    match &environment.identity {
        Some(identity) => {
            field(canvas, &mut y, "caller", &identity.arn, skin.text);
            field(canvas, &mut y, "credentials", &identity.source, skin.text);
            if let Some(at) = identity.expires_at {
                let left = at.since(view.state.now);
                let told = if left < 0 {
                    format!("expired {} ago", precise(-left))
                } else {
                    format!("in {}, at {}", precise(left), view.times.at(at))
                };
                field(canvas, &mut y, "expiry", &told, if left < 600_000 { skin.warn } else { skin.text });
            }
        }
        None if environment.trouble.is_none() => {
            field(canvas, &mut y, "caller", "Asking AWS who the caller is.", skin.muted);
        }
        None => {}
    }
    let protection = match environment.protection {
        Protection::Open => "open: a change is confirmed with one key",
        Protection::Confirm => "confirm: a change is confirmed in its plan dialog",
        Protection::Typed => "typed: a change is confirmed by typing the service's name",
        Protection::ReadOnly => "read-only: nothing can be changed from here",
    };
    field(canvas, &mut y, "protection", protection, skin.text);
    let (calls, throttled, dollars) = environment.meter;
    let told = format!(
        "{} in {}, {throttled} throttled, about {} for metrics",
        text::count(usize::try_from(calls).unwrap_or(usize::MAX), "call", "calls"),
        precise(view.state.now.since(environment.since)),
        text::dollars(dollars)
    );
    field(canvas, &mut y, "watching", &told, skin.text);
}
