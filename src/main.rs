//! flightdeck
fn main() {}
