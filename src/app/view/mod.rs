//! What is read off the state: order, rows, panels, geometry, and where cursors stand. Nothing here asks for anything.

pub mod alarms;
pub mod board;
pub mod charts;
pub mod clock;
pub mod compared;
pub mod context;
pub mod environments;
pub mod estimate;
pub mod filter;
pub mod filter_scope;
pub mod fleet;
pub mod help;
pub mod images;
pub mod layout;
pub(in crate::app) mod list;
pub mod logs;
pub mod matrix;
pub mod numbers;
pub mod panels;
pub mod promote;
pub mod rows;
pub mod runs;
pub mod service;
pub mod sheet;
pub mod subject;
pub mod timeline;
pub mod why;
