//! Journeys: what somebody wants to get done, done by keys in the real binary against the real simulator.

mod cockpit;
mod fleet;
mod headless;
mod runs;
mod terminal;
mod trouble;
