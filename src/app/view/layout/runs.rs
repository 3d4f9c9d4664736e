//! Runs, environments, help.

use super::{Area, frame, short, wrap};

/// The list of runs: column titles and lines.
pub fn runs(size: (u16, u16)) -> (Area, Area) {
    frame(size).content.top(1)
}

/// Cells before a verdict's reason, with the longest word for a verdict.
const VERDICT_INDENT: u16 = 18;

/// What of a run needs room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunShape<'a> {
    /// It has a note, or an identity it ran with.
    pub noted: bool,
    /// Lines of its steps.
    pub steps: usize,
    /// Its verdict's reason, once there is one.
    pub why: Option<&'a str>,
    /// Lines of the table of migrations, its title included; 0 for none.
    pub migrations: usize,
    /// Lines of the service beside it, while it is under way.
    pub live: Option<usize>,
}

/// One run's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunAreas {
    /// Title, service, who and when: two lines; a third one for the note and the identity.
    pub head: Area,
    /// Its steps.
    pub steps: Area,
    /// The verdict and all of its reason, once there is one; two lines at least.
    pub verdict: Area,
    /// The table of migrations; empty where there is none.
    pub migrations: Area,
    /// Its log.
    pub log: Area,
    /// The service now, its title included; empty where it does not stand beside the run.
    pub now: Area,
    /// CPU, 5xx and p99 since the rollout began and before.
    pub numbers: Area,
    /// The last bad lines of new tasks.
    pub errors: Area,
    /// What AWS says happened.
    pub events: Area,
}

/// Whether the service stands to the right of a run's steps rather than below them.
pub fn beside(size: (u16, u16)) -> bool {
    size.0 >= 100 && size.1 >= 24
}

/// Cells of a run's steps, where the service stands beside or below them.
pub fn steps_width(size: (u16, u16), live: bool) -> u16 {
    if live && beside(size) { size.0 * 2 / 5 } else { size.0 }
}

/// One run's parts. The reason of a failure carries the last words of what failed, so it is given room: up to a
/// third of the screen. Steps leave a quarter of the rest to the log, and half of it where migrations are told
/// as well.
pub fn run(size: (u16, u16), shape: &RunShape<'_>) -> RunAreas {
    let (head, rest) = frame(size).content.top(2 + u16::from(shape.noted));
    let (verdict, rest) = match shape.why {
        Some(why) => {
            let lines = wrap(why, size.0.saturating_sub(VERDICT_INDENT)).len();
            rest.top(short(lines).clamp(2, (rest.height / 3).max(2)))
        }
        None => (Area { height: 0, ..rest }, rest),
    };
    if let Some(live) = shape.live {
        let areas = if beside(size) { to_the_right(rest, shape, live) } else { below(rest, shape, live) };
        return RunAreas { head, verdict, ..areas };
    }
    let (steps, migrations, log) = column(rest, shape);
    let none = Area { height: 0, ..rest };
    RunAreas { head, steps, verdict, migrations, log, now: none, numbers: none, errors: none, events: none }
}

/// Steps, migrations and log below one another.
fn column(rest: Area, shape: &RunShape<'_>) -> (Area, Area, Area) {
    let kept = if shape.migrations > 0 { rest.height / 2 } else { rest.height / 4 };
    let (steps, rest) = rest.top(short(shape.steps).min(rest.height.saturating_sub(kept)));
    let (migrations, log) = rest.top(short(shape.migrations).min(rest.height / 2));
    (steps, migrations, log)
}

/// Steps and log on the left; on the right the service, its numbers, its errors and events.
fn to_the_right(rest: Area, shape: &RunShape<'_>, live: usize) -> RunAreas {
    let (left, right) = rest.left(rest.width * 2 / 5);
    let (steps, migrations, log) = column(left, shape);
    // a rule parts them
    let right = Area { x: right.x + 1, width: right.width.saturating_sub(1), ..right };
    let (now, right) = right.top(short(live).clamp(3, (right.height / 2).max(3)));
    let (numbers, right) = right.top(match right.height {
        0..4 => 0,
        4..12 => 2,
        12..16 => 8,
        16..24 => 10,
        _ => 12,
    });
    let (errors, events) = right.top((right.height / 2).min(10).max(right.height.min(3)));
    let none = Area { height: 0, ..rest };
    RunAreas { head: none, verdict: none, steps, migrations, log, now, numbers, errors, events }
}

/// The essentials of the service between the steps and the log.
fn below(rest: Area, shape: &RunShape<'_>, live: usize) -> RunAreas {
    let most = match rest.height {
        0..6 => 1,
        6..12 => 3,
        12..24 => 7,
        _ => rest.height / 3,
    };
    let own = short(live).clamp(1, most);
    let numbers = u16::from(rest.height >= 12);
    let errors = if rest.height >= 16 { 3 } else { 0 };
    let kept = own + numbers + errors;
    // the log keeps its title and a line
    let log = if rest.height >= 10 { 3 } else { 0 };
    let (steps, rest) = rest.top(short(shape.steps).min(rest.height.saturating_sub(kept + log)));
    let (now, rest) = rest.top(own);
    let (numbers, rest) = rest.top(numbers);
    let (errors, rest) = rest.top(errors);
    let (migrations, log) = rest.top(short(shape.migrations).min(rest.height / 2));
    let none = Area { height: 0, ..rest };
    RunAreas { head: none, verdict: none, steps, migrations, log, now, numbers, errors, events: none }
}

/// The timeline: column titles, lines, and below them the selected one in full where there is room.
pub fn timeline(size: (u16, u16)) -> (Area, Area, Area) {
    let (head, rest) = frame(size).content.top(1);
    let foot = match rest.height {
        24.. => 6,
        14.. => 4,
        _ => 1,
    };
    let (rows, foot) = rest.top(rest.height.saturating_sub(foot));
    (head, rows, foot)
}

/// The board: a line of what is charted, columns, and the cells shown from the first one on.
pub fn board(size: (u16, u16), count: usize, first: usize) -> (Area, usize, Vec<(usize, Area)>) {
    let (head, rest) = frame(size).content.top(1);
    let columns = usize::from(rest.width / 40).clamp(1, 4).min(count.max(1));
    let lines = count.div_ceil(columns).max(1);
    // as high as there is room for, and no higher than a chart needs
    let high = (rest.height / short(lines).max(1)).clamp(7, 14).min(rest.height.max(1));
    let shown = usize::from((rest.height / high.max(1)).max(1));
    let wide = rest.width / short(columns).max(1);
    let mut cells = Vec::new();
    for nth in first..count.min(first + shown * columns) {
        let place = nth - first;
        let (x, y) = (short(place % columns) * wide, short(place / columns) * high);
        cells.push((nth, Area::new(rest.x + x, rest.y + y, wide, high)));
    }
    (head, columns, cells)
}

/// The alarms: column titles, lines, and below them what the selected one watches, where there is room.
pub fn alarms(size: (u16, u16)) -> (Area, Area, Area) {
    let (head, rest) = frame(size).content.top(1);
    let foot = match rest.height {
        30.. => 14,
        18.. => 10,
        _ => 1,
    };
    let (rows, foot) = rest.top(rest.height.saturating_sub(foot));
    (head, rows, foot)
}

/// The environments: column titles, lines, and the particulars of the selected one below.
pub fn environments(size: (u16, u16), count: usize) -> (Area, Area, Area) {
    let (head, rest) = frame(size).content.top(1);
    let (rows, detail) = rest.top(short(count).min(rest.height.saturating_sub(rest.height / 2)));
    (head, rows, detail)
}

/// Columns of help: (how many, cells of each).
pub fn help_columns(width: u16) -> (u16, u16) {
    let columns = (width / 58).clamp(1, 3);
    (columns, width.saturating_sub(1) / columns)
}
