//! The runs of this machine, and one of them whole: steps, log, verdict.

mod table;

use super::{
    canvas::Canvas,
    glyph,
    service::{self, log_line},
    text::{self, cells, width},
    view::{self, View},
    widget::{bar, list},
};
use crate::{
    app::{
        estimate, fleet as app_fleet, layout,
        runs::{self, page},
    },
    model::{Protection, RunView, StepState, Verdict, run::Step, stamp::precise},
};
use ratatui::style::Style;

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

fn is_live(view: &View<'_>, run: &RunView) -> bool {
    view.state.runs.live.contains_key(&run.header.id)
}

/// How a run stands: glyph, word, style.
fn standing(view: &View<'_>, run: &RunView) -> (char, String, Style) {
    let skin = &view.skin;
    match &run.end {
        Some((verdict, _, _)) => (glyph::verdict(*verdict), words(*verdict), skin.verdict(*verdict)),
        None if is_live(view, run) => {
            let done =
                run.steps.iter().filter(|s| matches!(s.state, StepState::Done | StepState::Skipped)).count();
            ('◐', format!("step {} of {}", (done + 1).min(run.steps.len()), run.steps.len()), skin.busy)
        }
        None if view.state.runs.held.contains(&run.header.id) => {
            ('◐', "flown elsewhere".to_owned(), skin.busy)
        }
        None if view.state.runs.team.views.contains_key(&run.header.id) => {
            ('◐', format!("by {}", run.header.who), skin.busy)
        }
        None if !run.waits.is_empty() => ('▲', "waits for you".to_owned(), skin.warn),
        None if run.unwatched => ('○', "not watched".to_owned(), skin.muted),
        None => ('?', "open".to_owned(), skin.warn),
    }
}

/// A verdict in words.
pub fn words(verdict: Verdict) -> String {
    verdict.word().replace('_', " ")
}

fn lasted(view: &View<'_>, run: &RunView) -> String {
    match (&run.end, is_live(view, run)) {
        (Some((_, _, at)), _) => precise(at.since(run.header.at)),
        (None, true) => precise(view.state.now.since(run.header.at)),
        (None, false) => "-".to_owned(),
    }
}

fn change(run: &RunView) -> String {
    match (run.header.from.as_str(), run.header.to.as_str()) {
        ("", "") => String::new(),
        ("", to) => to.to_owned(),
        (from, "") => from.to_owned(),
        (from, to) if from == to => to.to_owned(),
        (from, to) => format!("{from} → {to}"),
    }
}

fn one(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let areas = page::areas(view.state, view.size, run);
    head(&mut canvas.part(view::rect(areas.head)), view, run);
    steps(&mut canvas.part(view::rect(areas.steps)), view, run);
    verdict(&mut canvas.part(view::rect(areas.verdict)), view, run);
    migrations(&mut canvas.part(view::rect(areas.migrations)), view, run);
    log(&mut canvas.part(view::rect(areas.log)), view, run);
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
        canvas.put(x, y, &text::end(&row.told, room), skin.muted);
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
    let (Some((verdict, ..)), Some(why)) = (&run.end, runs::told(view.state, run)) else { return };
    let skin = &view.skin;
    let style = skin.verdict(*verdict);
    let x = canvas.put(1, 0, &format!("{} {}", glyph::verdict(*verdict), words(*verdict)), style) + 2;
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
        log_line(&mut rows.rows(y, 1), view, line, view.state.runs.log_left);
    }
    list::scrollbar(&mut rows, skin, run.log.len(), &shown);
}

/// The telling end of an ARN; other text whole.
fn tail(text: &str) -> &str {
    if text.starts_with("arn:") { text.rsplit('/').next().unwrap_or(text) } else { text }
}

/// The service while a rollout of it is under way: state, bar, what AWS is at.
fn rollout(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView, y: u16) {
    let skin = &view.skin;
    let row = view.state.rows.get(&run.header.key).filter(|_| is_live(view, run));
    let Some((row, rollout)) = row.and_then(|row| row.rollout.as_ref().map(|rollout| (row, rollout))) else {
        return;
    };
    let mut rows = canvas.rows(y, 2);
    rows.rule(0, '─', skin.faint);
    rows.put(2, 0, " the service now ", skin.muted);
    let style = skin.state(row.state);
    let told = format!("{} {}", glyph::state(row.state), app_fleet::state_words(row));
    let mut x = rows.put(1, 1, &told, style) + 2;
    if rollout.new_desired > 0 {
        let width = usize::from(rows.width() / 4);
        for glyph in bar::bar(width, rollout.new_running, rollout.new_desired).chars() {
            rows.glyph(x, 1, glyph, if glyph == glyph::TRACK { skin.faint } else { style });
            x += 1;
        }
        x += 2;
    }
    if rollout.failed > 0 {
        x = rows.put(x, 1, &format!("{} failed", rollout.failed), skin.bad) + 2;
    }
    if !rollout.stage.is_empty() {
        x = rows.put(x, 1, &service::words(&rollout.stage), skin.busy) + 2;
    }
    x = rows.put(x, 1, &format!("{} tasks run", app_fleet::tasks_words(row)), skin.muted) + 2;
    // where the service was opened too, more is known than its row tells
    let open = view.state.service.as_ref().filter(|open| open.key == row.key);
    let left = match open.and_then(|open| open.detail.value.as_deref()) {
        Some(detail) => estimate::left(detail, view.state.now),
        None => estimate::of_row(rollout, view.state.now),
    };
    if let Some(left) = left {
        rows.put(x, 1, &estimate::words(left), skin.strong);
    }
}

/// What was changed at AWS, where there is no log to show.
fn writes(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let skin = &view.skin;
    canvas.put(2, 0, " calls that change something ", skin.muted);
    if run.writes.is_empty() {
        canvas.put(1, 1, "none yet", skin.muted);
    }
    rollout(canvas, view, run, cells(run.writes.len().max(1)) + 2);
    for (y, (operation, target, result)) in (1..).zip(&run.writes) {
        let x = canvas.put(1, y, operation, skin.text) + 2;
        let x = canvas.put(x, y, target, skin.muted) + 2;
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        let told = result.as_deref().map_or("no answer yet", tail);
        canvas.put(x, y, &text::end(told, room), if result.is_some() { skin.muted } else { skin.busy });
    }
}
