//! The runs of this machine, and one of them whole: steps, log, verdict.

mod table;
mod words;

use super::{
    canvas::Canvas,
    glyph,
    panel::{flight, log_line},
    text::{self, cells, width},
    view::{self, View},
    widget::list,
};
use crate::{
    app::{
        layout,
        runs::{self, page},
    },
    model::{Protection, RunView, StepState, run_view::Step},
};
use words::{change, lasted, standing};

/// Draws the list, or the run that is open.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let Some(id) = &view.state.runs.open else {
        table::draw(canvas, view, &runs::listed(view.state));
        return;
    };
    if let Some(run) = runs::find(view.state, id) {
        one(canvas, view, run);
    } else {
        let (_, rows) = layout::runs(view.size);
        canvas.part(view::rect(rows)).put(2, 1, "This run is no longer kept.", view.skin.muted);
    }
}

fn one(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let areas = page::areas(view.state, view.size, run);
    head(&mut canvas.part(view::rect(areas.head)), view, run);
    steps(&mut canvas.part(view::rect(areas.steps)), view, run);
    verdict(&mut canvas.part(view::rect(areas.verdict)), view, run);
    migrations(&mut canvas.part(view::rect(areas.migrations)), view, run);
    log(&mut canvas.part(view::rect(areas.log)), view, run);
    if areas.now.height > 0 {
        beside(canvas, view, run, &areas);
    }
}

/// The service, live, beside the steps or below them.
fn beside(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView, areas: &layout::RunAreas) {
    if layout::beside(view.size) {
        let x = areas.now.x.saturating_sub(1);
        for y in areas.now.y..areas.events.y + areas.events.height {
            canvas.glyph(x, y, '│', view.skin.faint);
        }
    }
    flight::now(&mut canvas.part(view::rect(areas.now)), view, &run.header.key);
    let Some(open) = runs::flight::service(view.state, &run.header.key) else { return };
    flight::numbers(&mut canvas.part(view::rect(areas.numbers)), view, open);
    flight::errors(&mut canvas.part(view::rect(areas.errors)), view, open);
    flight::events(&mut canvas.part(view::rect(areas.events)), view, open);
}

/// What was applied, what is pending, and what version the database is at.
fn migrations(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let Some((title, rows)) = page::migrations(run).filter(|_| canvas.height() > 0) else { return };
    let skin = &view.skin;
    canvas.rule(0, '─', skin.faint);
    let room = usize::from(canvas.width().saturating_sub(5));
    canvas.put(2, 0, &format!(" {} ", text::end(&title, room)), skin.muted);
    let names = rows.iter().map(|row| width(&row.name)).max().unwrap_or(0);
    let names = names.min(usize::from(canvas.width() / 2));
    let words = rows.iter().map(|row| row.word.len() + 2).max().unwrap_or(0).max(9);
    for (y, row) in (1..canvas.height()).zip(&rows) {
        let style = match row.state {
            StepState::Failed => skin.bad,
            StepState::Done => skin.ok,
            _ => skin.muted,
        };
        canvas.glyph(1, y, glyph::step(row.state), style);
        let x = canvas.put(3, y, &text::pad(row.word, words), style);
        let x = canvas.put(x, y, &text::pad(&text::middle(&row.name, names), names), skin.text) + 2;
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        canvas.put(x, y, &text::end(&row.detail, room), skin.muted);
    }
    let hidden = rows.len().saturating_sub(usize::from(canvas.height().saturating_sub(1)));
    if hidden > 0 {
        let told = format!(" {hidden} more ");
        canvas.put_right(canvas.width().saturating_sub(1), 0, &told, skin.muted);
    }
}

fn steps(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let rows = page::step_rows(run, canvas.width());
    let first = page::first_step(run, &rows, usize::from(canvas.height()));
    let shown = list::window(rows.len(), first, canvas.height());
    for (y, row) in (0..).zip(rows.get(shown.clone()).unwrap_or_default()) {
        let Some(step) = run.steps.get(row.step) else { continue };
        match &row.said {
            Some(said) => {
                let style = if step.state == StepState::Failed { view.skin.bad } else { view.skin.text };
                canvas.put(5, y, said, style);
            }
            None => draw_step(&mut canvas.rows(y, 1), view, step, !row.below),
        }
    }
    list::scrollbar(canvas, &view.skin, rows.len(), &shown);
}

/// Title and standing; then service, account, who and when.
fn head(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let skin = &view.skin;
    let header = &run.header;
    let (mark, word, style) = standing(view, run);
    let right = match &run.end {
        // the verdict has lines of its own
        Some(_) => format!("took {}", lasted(view, run)),
        None => format!("{mark} {word}  {}", lasted(view, run)),
    };
    let style = if run.end.is_some() { skin.muted } else { style };
    let end = canvas.width().saturating_sub(1);
    let start = canvas.put_right(end, 0, &right, style);
    let room = usize::from(start.saturating_sub(3));
    canvas.put(1, 0, &text::end(&header.title, room), skin.title);
    let mut x = canvas.put(1, 1, header.key.environment.as_str(), view.hue(&header.key.environment));
    let protection = view.state.environment(&header.key.environment).map(|e| e.protection);
    if protection == Some(Protection::Typed) {
        x = canvas.put(x + 1, 1, "(typed)", skin.muted);
    }
    let told = [
        header.key.name.to_string(),
        change(run),
        format!("{} {}", header.account, header.region).trim().to_owned(),
        format!("by {}", header.who),
        view.times.ago_words(header.at),
    ];
    for part in told.into_iter().filter(|part| !part.is_empty()) {
        if x + 2 + cells(width(&part)) < canvas.width() {
            x = canvas.put(x + 2, 1, &part, skin.muted);
        }
    }
    let mut x = 1;
    if !header.note.is_empty() {
        let whole = canvas.width().saturating_sub(2);
        let room = if header.identity.is_empty() { whole } else { whole * 3 / 5 };
        x = canvas.put(x, 2, &text::end(&format!("“{}”", header.note), usize::from(room)), skin.text) + 2;
    }
    if !header.identity.is_empty() {
        // the account is told above; what it is called there tells who
        let name = header.identity.rsplit_once(':').map_or(header.identity.as_str(), |(_, name)| name);
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        canvas.put(x, 2, &text::middle(&format!("as {name}"), room), skin.muted);
    }
}

fn draw_step(row: &mut Canvas<'_>, view: &View<'_>, step: &Step, says: bool) {
    let skin = &view.skin;
    let style = skin.step(step.state);
    row.glyph(1, 0, glyph::step(step.state), style);
    let name = match step.state {
        StepState::Active => skin.strong,
        StepState::Waiting | StepState::Skipped => skin.muted,
        StepState::Done | StepState::Failed => skin.text,
    };
    let took = match step.state {
        StepState::Skipped => "skipped".to_owned(),
        _ => view.times.lasted(step.started_at, step.ended_at),
    };
    let end = row.width().saturating_sub(1);
    let start = row.put_right(end, 0, &took, skin.muted);
    let room = start.saturating_sub(4);
    let x = row.put(3, 0, &text::end(&step.name, usize::from(room)), name) + 2;
    let room = usize::from(start.saturating_sub(x + 1));
    let style = if step.state == StepState::Failed { skin.bad } else { skin.muted };
    if says {
        row.put(x, 0, &text::end(&step.detail, room), style);
    }
}

fn verdict(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let (Some((verdict, ..)), Some(why)) = (&run.end, runs::why_ended(view.state, run)) else { return };
    let skin = &view.skin;
    let style = skin.verdict(*verdict);
    let x = canvas.put(1, 0, &format!("{} {}", glyph::verdict(*verdict), words::of(*verdict)), style) + 2;
    let room = usize::from(canvas.width().saturating_sub(x + 1));
    for (y, line) in (0..).zip(text::wrap(&why, room)) {
        canvas.put(x, y, &line, skin.text);
    }
}

fn log(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let skin = &view.skin;
    if canvas.height() == 0 {
        return;
    }
    canvas.rule(0, '─', skin.faint);
    let up = view.state.runs.log_up;
    let title = match up {
        0 => format!(" log, {} ", text::count(run.log.len(), "line", "lines")),
        n => format!(" log, {} below ", text::count(n, "line", "lines")),
    };
    if run.log.is_empty() {
        writes(canvas, view, run);
        return;
    }
    canvas.put(2, 0, &title, skin.muted);
    let height = canvas.height().saturating_sub(1);
    let mut rows = canvas.rows(1, height);
    let page = usize::from(height);
    let end = run.log.len().saturating_sub(up).max(page.min(run.log.len()));
    let shown = end.saturating_sub(page)..end;
    for (y, line) in (0..).zip(run.log.get(shown.clone()).unwrap_or_default()) {
        log_line::draw(&mut rows.rows(y, 1), view, line, view.state.runs.log_left);
    }
    list::scrollbar(&mut rows, skin, run.log.len(), &shown);
}

/// The telling end of an ARN; other text whole.
fn tail(text: &str) -> &str {
    if text.starts_with("arn:") { text.rsplit('/').next().unwrap_or(text) } else { text }
}

/// What was changed at AWS, where there is no log to show.
fn writes(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let skin = &view.skin;
    canvas.put(2, 0, " changes made ", skin.muted);
    if run.writes.is_empty() {
        canvas.put(1, 1, "none yet", skin.muted);
    }
    for (y, (operation, target, result)) in (1..).zip(&run.writes) {
        let x = canvas.put(1, y, operation, skin.text) + 2;
        let told = result.as_deref().map_or("no answer yet", tail);
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        // the answer is what is looked for, and half a key reads like another object's
        let kept = width(told).min(room / 2);
        let target = text::middle(target, room.saturating_sub(kept + 2));
        let x = canvas.put(x, y, &target, skin.muted) + 2;
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        canvas.put(x, y, &text::end(told, room), if result.is_some() { skin.muted } else { skin.busy });
    }
}
