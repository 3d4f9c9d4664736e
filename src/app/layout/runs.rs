//! Runs, environments, help.

use super::{Area, frame, short, wrap};

/// The list of runs: column titles and lines.
pub fn runs(size: (u16, u16)) -> (Area, Area) {
    frame(size).content.top(1)
}

/// Cells before a verdict's reason, with the longest word for a verdict.
const VERDICT_INDENT: u16 = 18;

/// One run's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunAreas {
    /// Title, service, who and when: two lines.
    pub head: Area,
    /// One line a step.
    pub steps: Area,
    /// The verdict and all of its reason, once there is one; two lines at least.
    pub verdict: Area,
    /// Its log.
    pub log: Area,
}

/// One run's parts, with so many steps, and its verdict's reason once there is one. The reason of a failure
/// carries the last words of what failed, so it is given room: up to a third of the screen.
pub fn run(size: (u16, u16), steps: usize, why: Option<&str>) -> RunAreas {
    let (head, rest) = frame(size).content.top(2);
    let (verdict, rest) = match why {
        Some(why) => {
            let lines = wrap(why, size.0.saturating_sub(VERDICT_INDENT)).len();
            rest.top(short(lines).clamp(2, (rest.height / 3).max(2)))
        }
        None => (Area { height: 0, ..rest }, rest),
    };
    let (steps, log) = rest.top(short(steps).min(rest.height.saturating_sub(rest.height / 4)));
    RunAreas { head, steps, verdict, log }
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
