//! What journeys and attacks share: the real binary in a terminal and without one, a home, and the simulator.

#![allow(dead_code)] // neither uses all of it

pub mod cockpit;
pub mod desk;
pub mod headless;
