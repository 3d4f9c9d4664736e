//! Circles that are left.

/// Files that still import each other in a circle, by room. A file may leave this list and none may join it.
#[rustfmt::skip]
pub const CIRCLES: &[(&str, &[&str])] = &[];
