//! What metrics follow.

use crate::sim::api::Conditions;

/// What a service's metrics follow: how it was from a moment on, oldest first.
pub type Points = Vec<(f64, Option<Conditions>)>;
