//! Which operation of App Runner is meant.

use super::{read, write};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::engine::Engine;

/// Answers one App Runner call.
pub(in crate::sim) fn handle(engine: &mut Engine, call: &Call) -> Answer {
    match call.op.as_str() {
        "ListServices" => read::list(engine, call),
        "DescribeService" => read::describe(engine, call),
        "ListOperations" => read::operations(engine, call),
        "ListTagsForResource" => read::tags(engine, call),
        "DescribeAutoScalingConfiguration" => read::scaling(engine, call),
        "UpdateService" => write::update(engine, call),
        "StartDeployment" => write::start(engine, call),
        "PauseService" => write::pause(engine, call),
        "ResumeService" => write::resume(engine, call),
        other => Err(Fault::unknown_operation(other)),
    }
}
