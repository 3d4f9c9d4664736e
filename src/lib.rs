//! flightdeck: a terminal cockpit for environments on AWS.

pub mod sim;
