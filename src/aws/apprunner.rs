//! Reads of App Runner.
//!
//! Its list tells neither image nor environment: every service is described, and its tags read, once; a row
//! whose status and moment of change are as before is not described again for a while.

mod detail;
mod fleet;
mod follow;
mod list;
mod operations;
mod row;

pub(super) use detail::{detail, revisions};
pub(super) use fleet::{fleet, some};
pub(super) use follow::following;
pub(in crate::aws) use list::arn_of;
pub(super) use list::listed;
pub(super) use operations::operation;
pub(in crate::aws) use operations::{NEWEST, operations};
use row::{describe, image_of, read_service, row};
