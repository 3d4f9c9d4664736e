//! Flights from wish to verdict, against answers laid out by hand.

mod flights;
mod harness;
mod migrations;
mod plans;
mod properties;
mod refusals;
mod rollbacks;
mod take_up;
mod watches;
mod world;
