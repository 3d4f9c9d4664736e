//! The fleet and the matrix.

use super::{Area, frame, short};
use crate::app::state::{Column, Widths};

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

    let mut slots = Vec::with_capacity(Column::ALL.len());
    let mut x = 1;
    for column in Column::ALL {
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
