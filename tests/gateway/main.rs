//! The gateway through the real SDK and the real wire: against a server that says what a test wants it to
//! say, and against the simulator's own world.

mod failures;
mod reads;
mod support;
mod world;
mod writes;
