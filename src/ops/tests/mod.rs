//! Flights from wish to verdict, against answers laid out by hand.

mod aws;
mod containers;
mod contradictions;
mod explorer;
mod flights;
mod gate;
mod gates;
mod harness;
mod hooks;
mod kills;
mod locks;
mod migrations;
mod plans;
mod promotions;
mod properties;
mod reach;
mod refusals;
mod rollbacks;
mod take_up;
mod watches;
mod windows;
mod world;
