//! What several tables of a world file have.

use serde::Deserialize;
use toml::Spanned;

/// A reference to something named elsewhere in the file, with its place for the error.
pub(in crate::sim::world) type Name = Spanned<String>;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Baseline {
    pub cpu: f64,
    pub memory: f64,
    #[serde(default)]
    pub requests: f64,
    #[serde(default)]
    pub latency_ms: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Alarm {
    pub name: Name,
    pub watch: Name,
    pub above: f64,
    pub periods: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Past {
    pub ago: Name,
    pub image: Name,
    pub meant: Option<Name>,
    #[serde(default)]
    pub inactive: bool,
    #[serde(default)]
    pub forced: bool,
    pub ended: Option<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Code {
    pub repository: String,
    pub branch: String,
}
