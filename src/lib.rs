//! flightdeck: a terminal cockpit for environments on AWS.

pub mod action;
pub mod app;
pub mod config;
pub mod model;
pub mod ops;
pub mod sim;
pub mod ui;
