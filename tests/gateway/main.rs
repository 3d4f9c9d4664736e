//! The gateway through the real SDK and the real wire: against a server that says what a test wants it to
//! say, and against the simulator's own world.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests; clippy knows only #[test] functions for such"
)]

mod crumbs;
mod failures;
mod headless;
mod objects;
mod reads;
mod running;
mod support;
mod timeline;
mod world;
mod writes;
