//! The fleet's view.

use crate::model::{ServiceKey, Stamp};
use std::collections::HashMap;

/// A column of the fleet, in the order in which columns stand on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Environment.
    Environment,
    /// Service name.
    Service,
    /// Kind.
    Kind,
    /// Version.
    Version,
    /// State.
    State,
    /// Running of desired.
    Tasks,
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
    /// 5xx share.
    Errors,
    /// p99.
    Latency,
    /// Time since deploy.
    Deployed,
}

impl Column {
    /// All of them, in that order.
    pub const ALL: [Self; 11] = [
        Self::Environment,
        Self::Service,
        Self::Kind,
        Self::Version,
        Self::State,
        Self::Tasks,
        Self::Cpu,
        Self::Memory,
        Self::Errors,
        Self::Latency,
        Self::Deployed,
    ];
}

/// The fleet's view.
#[derive(Debug, Clone)]
pub struct FleetView {
    /// True for the matrix.
    pub matrix: bool,
    /// The selected service.
    pub selected: Option<ServiceKey>,
    /// True once somebody moved the cursor; until then it stays on the first row while rows come in.
    pub chosen: bool,
    /// Keys that pass the filter, in display order. Kept, not computed in views.
    pub shown: Vec<ServiceKey>,
    /// First row shown.
    pub offset: usize,
    /// Sorted by.
    pub sort: Column,
    /// In reverse.
    pub reverse: bool,
    /// The filter as typed.
    pub filter: String,
    /// The matrix: applications down; recomputed with `shown`.
    pub applications: Vec<String>,
    /// The matrix' cursor: row, column.
    pub cell: (usize, usize),
    /// The matrix' first row.
    pub matrix_offset: usize,
    /// True while rows come from the cache and no environment has answered.
    pub from_cache: bool,
    /// The widest texts among `shown`; recomputed with it.
    pub widths: Widths,
    /// The matrix: services of a cell, the most troubled first, by (row, column); recomputed with `shown`.
    pub cells: HashMap<(usize, usize), Vec<ServiceKey>>,
    /// Rows came that may move others; `shown` is computed anew when the timer goes off.
    pub due: bool,
    /// When it was last computed because rows came.
    pub ordered_at: Stamp,
    /// Place of the selected service in `shown`.
    pub cursor: usize,
}

impl Default for FleetView {
    fn default() -> Self {
        Self {
            matrix: false,
            selected: None,
            chosen: false,
            shown: Vec::new(),
            offset: 0,
            sort: Column::Environment,
            reverse: false,
            filter: String::new(),
            applications: Vec::new(),
            cell: (0, 0),
            matrix_offset: 0,
            from_cache: false,
            widths: Widths::default(),
            cells: HashMap::new(),
            due: false,
            ordered_at: Stamp(0),
            cursor: 0,
        }
    }
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
