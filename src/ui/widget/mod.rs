//! The parts screens are made of. They know values and styles, not the state.

pub mod bar;
pub mod chart;
pub mod dialog;
pub mod diff;
pub mod list;
pub mod spark;
