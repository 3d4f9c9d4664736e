//! The service screen and its tabs.

use super::{Area, cells, frame, short};
use crate::app::state::Tab;

/// The service screen's parts. The header line is the frame's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceAreas {
    /// The row's particulars and the rollout bar: one line.
    pub summary: Area,
    /// Tabs: one line.
    pub tabs: Area,
    /// The tab's content.
    pub body: Area,
    /// How the service does while a rollout of it is under way; empty when none is, or there is no room.
    pub flight: Area,
    /// The panel that says why it is not well; empty when closed.
    pub why: Area,
    /// A live run on this service, one line; empty when there is none.
    pub strip: Area,
}

/// The service screen's parts, with the why panel open or not, with a live run's strip or not, and with the
/// numbers and errors of a rollout under way or not.
pub fn service(size: (u16, u16), why: bool, strip: bool, rolls: bool) -> ServiceAreas {
    let content = frame(size).content;
    let (summary, rest) = content.top(1);
    let (tabs, rest) = rest.top(1);
    let (rest, strip) = rest.bottom(u16::from(strip));
    let (body, why) = match (why, rest.width >= 120) {
        (false, _) => (rest, Area { height: 0, ..rest }),
        (true, true) => rest.left(rest.width - rest.width * 2 / 5),
        (true, false) => rest.bottom((rest.height / 2).min(12)),
    };
    let (body, flight) = body.bottom(match body.height {
        _ if !rolls => 0,
        0..14 => 0,
        14..28 => 2,
        28..44 => 13,
        _ => 17,
    });
    ServiceAreas { summary, tabs, body, flight, why, strip }
}

/// Where the tabs stand on their line: tab, first cell, cells (a blank on either side included). Titles are
/// cut to three letters when the line is narrow.
pub fn tabs(width: u16) -> Vec<(Tab, u16, u16)> {
    let full: u16 = Tab::ALL.iter().map(|t| cells(t.title()) + 2).sum();
    let mut x = 0;
    Tab::ALL
        .iter()
        .map(|tab| {
            let own = if full <= width { cells(tab.title()) } else { 3 } + 2;
            let slot = (*tab, x, own);
            x += own;
            slot
        })
        .collect()
}

/// The Metrics tab: its line of ranges, with several services a second one that names them, and the charts
/// below.
pub fn metrics(body: Area, services: usize) -> (Area, Area) {
    body.top(1 + u16::from(services > 1))
}

/// The charts shown and where: (index into the metrics, area). All of them where they fit, else those
/// around the one with the focus; one alone when zoomed.
pub fn charts(area: Area, count: usize, focus: usize, zoomed: bool) -> Vec<(usize, Area)> {
    if area.height == 0 || area.width == 0 || count == 0 {
        return Vec::new();
    }
    let focus = focus.min(count - 1);
    if zoomed {
        return vec![(focus, area)];
    }
    let columns: usize = match area.width {
        0..70 => 1,
        70..180 => 2,
        _ => 3,
    };
    let rows = count.div_ceil(columns);
    let fit = (area.rows() / 5).clamp(1, rows);
    let first = (focus / columns).saturating_add(1).saturating_sub(fit).min(rows - fit);
    let (height, width) = (area.height / short(fit), area.width / short(columns));
    (first * columns..count.min((first + fit) * columns))
        .enumerate()
        .map(|(place, index)| {
            let (row, column) = (short(place / columns), short(place % columns));
            let own = Area::new(area.x + column * width, area.y + row * height, width, height);
            // a blank column parts neighbours
            (index, Area { width: own.width.saturating_sub(u16::from(columns > 1)), ..own })
        })
        .collect()
}

/// The log: lines, and one status line below (group, following or not, trouble).
pub fn log(body: Area) -> (Area, Area) {
    body.bottom(1)
}

/// The Revisions tab: the list, and the difference beside or below it.
pub fn revisions(body: Area, count: usize) -> (Area, Area) {
    if body.width >= 130 {
        let (list, rest) = body.left(56);
        let (_, diff) = rest.left(1);
        return (list, diff);
    }
    body.top(short(count.saturating_add(1)).min(body.height * 2 / 5).max(body.height.min(3)))
}
