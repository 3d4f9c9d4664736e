//! Where things are: pure geometry, used by `update` (pages, clicks, what is visible) and by `ui` (drawing).
//!
//! Nothing here looks at text beyond its width. All measures are cells; an area that does not fit is empty,
//! never outside the screen.

use super::state::{Column, ListView, Tab};
use unicode_width::UnicodeWidthStr;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// From its parts.
    pub const fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// True when the cell lies in it.
    pub fn contains(self, column: u16, row: u16) -> bool {
        column >= self.x
            && row >= self.y
            && column < self.x.saturating_add(self.width)
            && row < self.y.saturating_add(self.height)
    }

    /// Its rows as a count.
    pub fn rows(self) -> usize {
        usize::from(self.height)
    }

    /// Splits off the first `rows` rows: (those, the rest).
    pub fn top(self, rows: u16) -> (Self, Self) {
        let rows = rows.min(self.height);
        (
            Self { height: rows, ..self },
            Self { y: self.y.saturating_add(rows), height: self.height.saturating_sub(rows), ..self },
        )
    }

    /// Splits off the last `rows` rows: (the rest, those).
    pub fn bottom(self, rows: u16) -> (Self, Self) {
        self.top(self.height.saturating_sub(rows.min(self.height)))
    }

    /// Splits off the first `columns` columns: (those, the rest).
    pub fn left(self, columns: u16) -> (Self, Self) {
        let columns = columns.min(self.width);
        (
            Self { width: columns, ..self },
            Self { x: self.x.saturating_add(columns), width: self.width.saturating_sub(columns), ..self },
        )
    }

    /// This area without so many cells on every side.
    pub fn shrunk(self, horizontal: u16, vertical: u16) -> Self {
        let (horizontal, vertical) = (horizontal.min(self.width / 2), vertical.min(self.height / 2));
        Self {
            x: self.x.saturating_add(horizontal),
            y: self.y.saturating_add(vertical),
            width: self.width.saturating_sub(horizontal.saturating_mul(2)),
            height: self.height.saturating_sub(vertical.saturating_mul(2)),
        }
    }
}

/// Cells a text takes.
pub fn cells(text: &str) -> u16 {
    // nearly all names are ASCII, and every row of the fleet is measured
    let width = if text.is_ascii() { text.len() } else { text.width() };
    u16::try_from(width).unwrap_or(u16::MAX)
}

/// A count as cells.
pub fn short(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// The three parts of every screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The first line.
    pub header: Area,
    /// All between.
    pub content: Area,
    /// The last line: hints, a notice, a pending sequence, or the filter being typed.
    pub hint: Area,
}

/// The three parts of a screen of that size.
pub fn frame(size: (u16, u16)) -> Frame {
    let all = Area::new(0, 0, size.0, size.1);
    let (header, rest) = all.top(1);
    let (content, hint) = rest.bottom(1);
    Frame { header, content, hint }
}

/// Keeps a list's cursor among `len` lines and its offset such that the cursor is on the page.
pub fn keep(list: &mut ListView, len: usize, page: usize) {
    list.cursor = list.cursor.min(len.saturating_sub(1));
    list.offset = kept(list.cursor, list.offset, len, page);
}

/// The offset, moved as little as possible, at which line `cursor` of `len` is on a page of `page` lines.
pub fn kept(cursor: usize, offset: usize, len: usize, page: usize) -> usize {
    let page = page.max(1);
    let last = len.saturating_sub(page);
    let lowest = cursor.saturating_add(1).saturating_sub(page);
    offset.min(last).clamp(lowest.min(cursor), cursor.max(lowest))
}

// ---- fleet ------------------------------------------------------------------------------------------------

/// The fleet's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetAreas {
    /// Column titles.
    pub head: Area,
    /// One line a service, or an application.
    pub rows: Area,
    /// One line for each environment in trouble, at most three.
    pub troubles: Area,
}

/// The fleet's parts when `troubles` environments have a trouble to tell.
pub fn fleet(size: (u16, u16), troubles: usize) -> FleetAreas {
    let content = frame(size).content;
    let (head, rest) = content.top(1);
    let told = short(troubles).min(3).min(rest.height / 3);
    let (rows, troubles) = rest.bottom(told);
    FleetAreas { head, rows, troubles }
}

/// The widest texts among the rows shown, in cells; kept up to date by `update`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Widths {
    /// Environment names.
    pub environment: u16,
    /// Service names.
    pub service: u16,
    /// Short versions.
    pub version: u16,
    /// Glyph, blank and state words, without the note.
    pub state: u16,
    /// Applications.
    pub application: u16,
}

/// A column on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Which.
    pub column: Column,
    /// Its first cell.
    pub x: u16,
    /// Its cells.
    pub width: u16,
}

/// The columns shown at a width.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FleetColumns {
    /// From left to right.
    pub slots: Vec<Slot>,
    /// Where the age of a stale row stands, at the right edge: first cell, cells.
    pub age: Option<(u16, u16)>,
}

/// Cells of a CPU or memory column that shows a sparkline (eight cells, a blank, `100%`); narrower ones show
/// the number alone.
pub const SPARK_WIDTH: u16 = 13;
/// Cells of a CPU or memory column without sparkline.
pub const PERCENT_WIDTH: u16 = 4;
/// Cells for the age of a stale row.
pub const AGE_WIDTH: u16 = 3;

/// Which columns of the fleet are shown in `width` cells, and where.
///
/// Environment, service, version and state are always there; the state is never narrower than its words,
/// the other three shrink. Then come, as long as they fit: tasks, CPU, 5xx, time since deploy, longer names,
/// p99, memory, kind, the sparklines, and at last the state's note and longer sparklines.
pub fn fleet_columns(width: u16, widths: &Widths) -> FleetColumns {
    let gap = if width >= 120 { 2 } else { 1 };
    let age = (width >= 60).then(|| (width.saturating_sub(AGE_WIDTH + 1), AGE_WIDTH));
    let room = width.saturating_sub(1).saturating_sub(if age.is_some() { AGE_WIDTH + 1 + gap } else { 0 });
    let state = widths.state.clamp(9, 20);
    let mut environment = widths.environment.clamp(3, 12);
    let mut service = widths.service.clamp(7, 16);
    let mut version = widths.version.clamp(7, 12);
    let used =
        |environment: u16, service: u16, version: u16| environment + service + version + state + 3 * gap;
    let over = |e, s, v| used(e, s, v).saturating_sub(room);
    service = service.saturating_sub(over(environment, service, version)).max(service.min(10));
    environment = environment.saturating_sub(over(environment, service, version)).max(environment.min(5));
    version = version.saturating_sub(over(environment, service, version)).max(version.min(7));
    service = service.saturating_sub(over(environment, service, version)).max(4);
    environment = environment.saturating_sub(over(environment, service, version)).max(3);

    let mut left = room.saturating_sub(used(environment, service, version));
    let grow = |field: &mut u16, wanted: u16, left: &mut u16| {
        let more = wanted.saturating_sub(*field).min(*left);
        *field += more;
        *left -= more;
    };
    let mut extra: Vec<(Column, u16)> = Vec::new();
    for (column, cells) in [
        (Column::Tasks, 5),
        (Column::Cpu, PERCENT_WIDTH),
        (Column::Errors, 5),
        (Column::Deployed, 6),
        (Column::Latency, 6),
        (Column::Memory, PERCENT_WIDTH),
        (Column::Kind, 9),
    ] {
        if column == Column::Latency {
            // before the columns that are nice to have, names of ordinary length are shown whole
            grow(&mut service, widths.service.min(24), &mut left);
        }
        if left >= cells + gap {
            left -= cells + gap;
            extra.push((column, cells));
        }
    }
    for column in [Column::Cpu, Column::Memory] {
        if let Some(found) = extra.iter_mut().find(|e| e.0 == column)
            && left >= SPARK_WIDTH - PERCENT_WIDTH
        {
            left -= SPARK_WIDTH - PERCENT_WIDTH;
            found.1 = SPARK_WIDTH;
        }
    }
    grow(&mut service, widths.service.min(48), &mut left);
    grow(&mut version, widths.version.min(24), &mut left);
    grow(&mut environment, widths.environment.min(24), &mut left);
    let mut state = state;
    grow(&mut state, 40, &mut left);
    // what is left makes the sparklines longer, all by the same
    let sparks = extra.iter().filter(|e| e.1 == SPARK_WIDTH).count();
    let longer = SPARK_WIDTH + (left / short(sparks).max(1)).min(16);
    for found in extra.iter_mut().filter(|e| e.1 == SPARK_WIDTH) {
        grow(&mut found.1, longer, &mut left);
    }
    grow(&mut state, 60, &mut left);

    let mut slots = Vec::with_capacity(11);
    let mut x = 1;
    for column in [
        Column::Environment,
        Column::Service,
        Column::Kind,
        Column::Version,
        Column::State,
        Column::Tasks,
        Column::Cpu,
        Column::Memory,
        Column::Errors,
        Column::Latency,
        Column::Deployed,
    ] {
        let cells = match column {
            Column::Environment => environment,
            Column::Service => service,
            Column::Version => version,
            Column::State => state,
            other => match extra.iter().find(|e| e.0 == other) {
                Some(found) => found.1,
                None => continue,
            },
        };
        slots.push(Slot { column, x, width: cells });
        x += cells + gap;
    }
    FleetColumns { slots, age }
}

/// A column of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatrixSlot {
    /// Index of the environment.
    pub environment: usize,
    /// Its first cell.
    pub x: u16,
    /// Its cells.
    pub width: u16,
}

/// The matrix' columns: the cells of the application column, and the environments that fit. When not all
/// fit, a run of them that contains `cursor`.
pub fn matrix_columns(
    width: u16,
    widths: &Widths,
    environments: usize,
    cursor: usize,
) -> (u16, Vec<MatrixSlot>) {
    let application = widths.application.clamp(11, 28).min((width / 3).max(6));
    let room = width.saturating_sub(application + 2);
    let natural = (widths.version.clamp(7, 14) + 3 + 9).max(widths.environment.min(20));
    let least = 13;
    let count = short(environments).max(1);
    let each = (room / count).saturating_sub(1).min(natural.max(least)).max(least.min(room));
    let fit = usize::from((room / (each + 1)).max(1));
    let first = cursor.saturating_add(1).saturating_sub(fit).min(environments.saturating_sub(fit));
    let slots = (first..environments.min(first + fit))
        .zip(0u16..)
        .map(|(environment, nth)| MatrixSlot {
            environment,
            x: application + 2 + nth * (each + 1),
            width: each,
        })
        .collect();
    (application, slots)
}

// ---- service ----------------------------------------------------------------------------------------------

/// The service screen's parts. The header line is the frame's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceAreas {
    /// The row's particulars and the rollout bar: one line.
    pub summary: Area,
    /// Tabs: one line.
    pub tabs: Area,
    /// The tab's content.
    pub body: Area,
    /// The panel that says why it is not well; empty when closed.
    pub why: Area,
    /// A live run on this service, one line; empty when there is none.
    pub strip: Area,
}

/// The service screen's parts, with the why panel open or not, and with a live run's strip or not.
pub fn service(size: (u16, u16), why: bool, strip: bool) -> ServiceAreas {
    let content = frame(size).content;
    let (summary, rest) = content.top(1);
    let (tabs, rest) = rest.top(1);
    let (rest, strip) = rest.bottom(u16::from(strip));
    let (body, why) = match (why, rest.width >= 120) {
        (false, _) => (rest, Area { height: 0, ..rest }),
        (true, true) => rest.left(rest.width - rest.width * 2 / 5),
        (true, false) => rest.bottom((rest.height / 2).min(12)),
    };
    ServiceAreas { summary, tabs, body, why, strip }
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

/// The Metrics tab: its one line of ranges and cursor values, and the charts below.
pub fn metrics(body: Area) -> (Area, Area) {
    body.top(1)
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

// ---- runs, environments -----------------------------------------------------------------------------------

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

// ---- dialogs ----------------------------------------------------------------------------------------------

/// A box over the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialog {
    /// With its border.
    pub outer: Area,
    /// What is typed: one line at the top; empty where nothing is.
    pub line: Area,
    /// The content: one row a line.
    pub body: Area,
    /// Lines at the bottom, for the keys that count and for complaints.
    pub footer: Area,
}

fn boxed(size: (u16, u16), width: u16, line: u16, rows: usize, footer: u16) -> Dialog {
    let width = width.min(size.0);
    let chrome = line + footer + 2;
    let height = short(rows).saturating_add(chrome).min(size.1.saturating_sub(2)).max(size.1.min(5));
    let outer = Area::new((size.0 - width) / 2, (size.1 - height) / 2, width, height);
    let inner = outer.shrunk(2, 1);
    let (line, rest) = inner.top(line);
    let (body, footer) = rest.bottom(footer.min(rest.height.saturating_sub(1)));
    Dialog { outer, line, body, footer }
}

/// Cells inside a plan dialog, by which its rows are wrapped.
pub fn plan_width(size: (u16, u16)) -> u16 {
    size.0.min(104).saturating_sub(4).max(10)
}

/// The plan dialog for so many rows; its footer holds the line to type in (or the confirming key) and the
/// complaint.
pub fn plan(size: (u16, u16), rows: usize) -> Dialog {
    boxed(size, 104, 0, rows, 2)
}

/// The palette, and the picker of images or revisions: a line to type in, then a list.
pub fn picker(size: (u16, u16)) -> Dialog {
    let rows = usize::from((size.1 * 3 / 5).max(8));
    boxed(size, 84, 1, rows, 1)
}

/// A small dialog: a number to type, a refusal, an address.
pub fn small(size: (u16, u16), line: bool, rows: usize) -> Dialog {
    boxed(size, 84, u16::from(line), rows, 1)
}

/// Cells inside a small dialog.
pub fn small_width(size: (u16, u16)) -> u16 {
    size.0.min(84).saturating_sub(4).max(10)
}

/// Breaks text into lines of at most `width` cells: between words where it can be, within a word where it
/// cannot. Never fewer than one line.
pub fn wrap(text: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let own = word.width();
        if used > 0 && used + 1 + own <= width {
            line.push(' ');
            line.push_str(word);
            used += 1 + own;
            continue;
        }
        if used > 0 || !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for ch in word.chars() {
            let cell = unicode_width::UnicodeWidthChar::width(ch).unwrap_or(0);
            if used + cell > width && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(ch);
            used += cell;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}
