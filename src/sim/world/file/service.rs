//! `[[service]]` and `[[job]]` of a world file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::parts::{Alarm, Baseline, Name, Past};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Sidecar {
    pub name: Name,
    pub image: Option<Name>,
    #[serde(default)]
    pub first: bool,
    #[serde(default)]
    pub essential: bool,
    #[serde(default)]
    pub firelens: bool,
    #[serde(default)]
    pub proxy: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Service {
    pub cluster: Name,
    pub name: Name,
    pub image: Name,
    pub created: Option<Name>,
    #[serde(default)]
    pub express: bool,
    pub container: Option<String>,
    pub desired: u32,
    pub cpu: Option<String>,
    pub memory: Option<String>,
    pub port: Option<u16>,
    pub balancer: Option<String>,
    pub balancer_kind: Option<Name>,
    pub also_behind: Option<String>,
    pub alternate: Option<String>,
    pub rule: Option<Name>,
    #[serde(default)]
    pub group: Vec<Group>,
    pub health_path: Option<String>,
    pub log_group: Option<String>,
    pub log_prefix: Option<String>,
    pub log_region: Option<String>,
    pub log_rate: Option<f64>,
    pub log_driver: Option<String>,
    #[serde(default)]
    pub log_options: BTreeMap<String, String>,
    #[serde(default)]
    pub volumes: BTreeMap<String, u32>,
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub secrets: Vec<String>,
    #[serde(default)]
    pub parameters: Vec<String>,
    pub capacity: Option<Name>,
    pub launch: Option<Name>,
    pub network: Option<Name>,
    pub host_port: Option<u16>,
    pub namespace: Option<String>,
    pub scaling: Option<Scaling>,
    #[serde(default)]
    pub sidecars: BTreeMap<String, Name>,
    #[serde(default)]
    pub containers: Vec<Sidecar>,
    pub registry: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    pub controller: Option<Name>,
    pub beside: Option<Beside>,
    #[serde(default)]
    pub daemon: bool,
    pub revisions: Option<Name>,
    #[serde(default)]
    pub no_history: bool,
    pub breaker: Option<Name>,
    pub breaker_threshold: Option<Threshold>,
    pub breaker_reset: Option<bool>,
    pub maximum_percent: Option<u32>,
    pub minimum_healthy_percent: Option<u32>,
    pub strategy: Option<Name>,
    pub step: Option<Step>,
    pub bake: Option<Name>,
    #[serde(default)]
    pub hook: Vec<Hook>,
    #[serde(default)]
    pub alarm: Vec<Alarm>,
    #[serde(default)]
    pub rollback_on_alarms: bool,
    pub usual: Baseline,
    #[serde(default)]
    pub past: Vec<Past>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Scaling {
    pub minimum: u32,
    pub maximum: u32,
    pub cpu: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Beside {
    pub image: Name,
    pub ago: Name,
    #[serde(default)]
    pub serves: bool,
    pub moves: Option<Name>,
    pub ends: Option<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Group {
    pub name: Name,
    pub balancer: String,
    pub balancer_kind: Option<Name>,
    pub share: f64,
    #[serde(default)]
    pub faulty: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Job {
    pub name: Name,
    pub environment: Name,
    pub image: Name,
    pub container: Option<String>,
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    #[serde(default)]
    pub secrets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Threshold {
    #[serde(rename = "type")]
    pub kind: Name,
    pub value: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Step {
    pub percent: f64,
    pub wait: Name,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Hook {
    pub function: Option<String>,
    pub stages: Vec<Name>,
    pub timeout: Option<Name>,
    pub then: Option<Name>,
}
