//! AWS over HTTP on loopback, driven by a clock. Knows nothing of the rest of the crate.

pub mod api;
