//! flightdeck: a terminal cockpit for environments on AWS.
//!
//! | module | rank | what |
//! |---|---|---|
//! | [`model`] | 1 | what the cockpit knows; no I/O, no async, no AWS types |
//! | [`action`] | 2 | the one list of verbs |
//! | [`config`] | 2 | settings, environments, keymap, theme |
//! | [`ops`] | 3 | deploy, rollback, migrate: pure state machines, plans, verdicts |
//! | [`aws`] | 3 | the only user of the SDK |
//! | [`app`] | 4 | state, messages, effects, update |
//! | [`ui`] | 5 | pure views of the state |
//! | [`runtime`] | 6 | the only tokio of the cockpit: loop, effects, terminal, journal on disk |
//! | [`sim`] | - | AWS over HTTP on loopback; knows nothing of the rest |
//! | [`cli`] | 7 | the command line |
//!
//! A module imports only from lower ranks, and within a module no files import each other in a circle; `tests/layering`
//! holds both. `docs/architecture.md` walks a key and an answer through the modules, and tells how to add things.

pub mod action;
pub mod app;
pub mod aws;
pub mod cli;
pub mod config;
pub mod model;
pub mod ops;
pub mod runtime;
pub mod sim;
pub mod ui;
