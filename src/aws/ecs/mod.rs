//! Reads of ECS: the fleet's rows, one service in depth, tasks, deployments, definitions, revisions.

pub(super) mod arns;
mod config;
pub(super) mod definition;
pub(super) mod deployments;
pub(super) mod describe;
pub(super) mod detail;
pub(super) mod fleet;
mod hooks;
pub(super) mod late;
mod launch;
pub(super) mod list;
pub(super) mod revisions;
pub(super) mod rows;
pub(super) mod services;
pub(super) mod task_sets;
pub(super) mod tasks;
pub(super) mod users;
mod versions;
