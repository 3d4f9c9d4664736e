//! Members that are not there, where AWS leaves them out.
//!
//! A thing lacks the same members in every answer: what makes AWS leave one out (a service older than the
//! member, an agent that does not report it) does not change from call to call. Empty lists are there or
//! not as it happens, but for the lists that an answer is about.

use serde_json::Value;

use super::path::each;
use super::{Roll, hash};
use crate::sim::api::{Aws, Call};

/// What has members that may be absent: where it is, the member that names it, and those members; behind `~` what a
/// member holds that may be.
type May = (&'static str, &'static str, &'static [&'static str]);

/// Members that came later than the services that have none, or that hang on how a service was made.
const SERVICE: &[&str] = &[
    "availabilityZoneRebalancing",
    "createdBy",
    "deploymentConfiguration.bakeTimeInMinutes",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "roleArn",
];
/// Members that the agent reports, when it does.
const TASK: &[&str] = &[
    "attributes",
    "connectivity",
    "connectivityAt",
    "ephemeralStorage",
    "platformFamily",
    "pullStartedAt",
    "pullStoppedAt",
    "containers[].cpu",
    "containers[].imageDigest",
    "containers[].networkBindings",
    "containers[].runtimeId",
];

/// The type of what an image is configured by lacks in images older than the member alone, and those are images of
/// containers: of a chart or a policy it is told always (ECR's guide, "Pushing a Helm chart", step describe-images).
const IMAGE: &[&str] = &["lastRecordedPullTime", "artifactMediaType~image"];

fn may(call: &Call) -> &'static [May] {
    match (call.service, call.op.as_str()) {
        (Aws::Ecs, "DescribeServices") => &[("services[]", "serviceArn", SERVICE)],
        (Aws::Ecs, "UpdateService") => &[("service", "serviceArn", SERVICE)],
        (Aws::Ecs, "DescribeTasks" | "RunTask") => &[("tasks[]", "taskArn", TASK)],
        (Aws::Ecs, "StopTask") => &[("task", "taskArn", TASK)],
        (Aws::Ecs, "DescribeServiceDeployments") => &[(
            "serviceDeployments[]",
            "serviceDeploymentArn",
            &[
                "deploymentConfiguration.bakeTimeInMinutes",
                "deploymentConfiguration.deploymentCircuitBreaker",
            ],
        )],
        (Aws::Ecs, "DescribeServiceRevisions") => {
            &[("serviceRevisions[]", "serviceRevisionArn", &["guardDutyEnabled", "platformFamily"])]
        }
        (Aws::Ecr, "DescribeImages") => &[("imageDetails[]", "imageDigest", IMAGE)],
        (Aws::Elb, "DescribeTargetHealth") => {
            &[("TargetHealthDescriptions[]", "HealthCheckPort", &["Target.AvailabilityZone"])]
        }
        (Aws::CloudWatch, "DescribeAlarms") => &[(
            "MetricAlarms[]",
            "AlarmName",
            &["AlarmDescription", "StateReasonData", "StateTransitionedTimestamp"],
        )],
        (Aws::Logs, "FilterLogEvents") => &[("events[]", "eventId", &["ingestionTime"])],
        _ => &[],
    }
}

/// Takes members out of an answer.
pub(super) fn leave_out(call: &Call, answer: &mut Value, roll: Roll) {
    for (place, id, members) in may(call) {
        each(answer, place, &mut |found| {
            let name = found.get(id).and_then(Value::as_str).unwrap_or_default().to_owned();
            for member in *members {
                if roll.lasting(&name, hash::of(member.as_bytes(), 1)).is_multiple_of(2) {
                    let (member, holds) = member.split_once('~').unwrap_or((member, ""));
                    let (owner, member) = member.rsplit_once('.').unwrap_or(("", member));
                    each(found, owner, &mut |owner| {
                        let told = owner.get(member).and_then(Value::as_str).unwrap_or_default();
                        if told.contains(holds) {
                            owner.as_object_mut().and_then(|owner| owner.remove(member));
                        }
                    });
                }
            }
        });
    }
    // the lists that the answer is about are its own members, and stay
    for item in answer.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        no_empty_lists(item, roll, 0);
    }
    if let Some(answer) = answer.as_object_mut()
        && roll.once_in(50, 2)
        && answer.get("failures").and_then(Value::as_array).is_some_and(Vec::is_empty)
    {
        answer.remove("failures");
    }
}

/// Lists that have nothing in them may as well not be there, in structures below the answer.
fn no_empty_lists(value: &mut Value, roll: Roll, depth: u64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| no_empty_lists(item, roll, depth + 1)),
        Value::Object(members) => {
            members.retain(|name, member| {
                // the mark of a list of moments is no member
                let empty = !name.starts_with('$') && member.as_array().is_some_and(Vec::is_empty);
                !empty || roll.number(hash::of(name.as_bytes(), depth)).is_multiple_of(2)
            });
            members.values_mut().for_each(|member| no_empty_lists(member, roll, depth + 1));
        }
        _ => {}
    }
}
