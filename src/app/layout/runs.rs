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
    /// It has a note, or an identity it was flown with.
    pub noted: bool,
    /// Lines of its steps.
    pub steps: usize,
    /// Its verdict's reason, once there is one.
    pub why: Option<&'a str>,
    /// Lines of the table of migrations, its title included; 0 for none.
    pub migrations: usize,
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
    let kept = if shape.migrations > 0 { rest.height / 2 } else { rest.height / 4 };
    let (steps, rest) = rest.top(short(shape.steps).min(rest.height.saturating_sub(kept)));
    let (migrations, log) = rest.top(short(shape.migrations).min(rest.height / 2));
    RunAreas { head, steps, verdict, migrations, log }
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
