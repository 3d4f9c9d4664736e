//! Values and members that no model has yet.
//!
//! AWS adds both without a new version of an API, and an SDK of last month reads the answer. Only what is
//! on its way has a new word here, never what has ended: nobody can tell an end from a word that he does not
//! know. Nor is a setting that works called otherwise: AWS adds words for what is new.

use serde_json::{Value, json};

use super::Roll;
use super::path::each;
use crate::sim::api::{Aws, Call};

/// Structures that get a member more.
fn structures(call: &Call) -> &'static [&'static str] {
    match (call.service, call.op.as_str()) {
        (Aws::Ecs, "DescribeServices") => {
            &["", "services[]", "services[].deployments[]", "services[].deploymentConfiguration"]
        }
        (Aws::Ecs, "UpdateService") => &["", "service", "service.deployments[]"],
        (Aws::Ecs, "DescribeTasks" | "RunTask") => {
            &["", "tasks[]", "tasks[].containers[]", "tasks[].attachments[]"]
        }
        (Aws::Ecs, "DescribeTaskDefinition" | "RegisterTaskDefinition") => {
            &["", "taskDefinition", "taskDefinition.containerDefinitions[]"]
        }
        (Aws::Ecs, "DescribeServiceDeployments") => {
            &["", "serviceDeployments[]", "serviceDeployments[].targetServiceRevision"]
        }
        (Aws::Ecs, "ListServiceDeployments") => &["", "serviceDeployments[]"],
        (Aws::Ecs, "DescribeServiceRevisions") => {
            &["", "serviceRevisions[]", "serviceRevisions[].containerImages[]"]
        }
        (Aws::Ecs, "DescribeExpressGatewayService") => &["", "service", "service.activeConfigurations[]"],
        (Aws::AppRunner, "ListServices") => &["", "ServiceSummaryList[]"],
        (Aws::AppRunner, "DescribeService") => &["", "Service", "Service.SourceConfiguration"],
        (Aws::AppRunner, "ListOperations") => &["", "OperationSummaryList[]"],
        (Aws::Ecr, "DescribeImages") => &["", "imageDetails[]"],
        (Aws::CloudWatch, "GetMetricData") => &["", "MetricDataResults[]"],
        (Aws::CloudWatch, "DescribeAlarms") => &["", "MetricAlarms[]"],
        (Aws::Elb, "DescribeTargetHealth") => &["TargetHealthDescriptions[]"],
        (Aws::Elb, "DescribeTargetGroups") => &["TargetGroups[]"],
        (Aws::Logs, "FilterLogEvents" | "GetLogEvents") => &["", "events[]"],
        (Aws::S3, _) => &[],
        _ => &[""],
    }
}

/// A place, what is said there, and what is said there next year.
type Word = (&'static str, &'static str, &'static str);

fn words(call: &Call) -> &'static [Word] {
    const SERVICE: &[Word] = &[
        ("services[].availabilityZoneRebalancing", "DISABLED", "FOLLOW_THE_SUN"),
        ("services[].propagateTags", "NONE", "CLUSTER"),
        ("services[].deployments[].platformFamily", "Linux", "Unikernel"),
    ];
    match (call.service, call.op.as_str()) {
        (Aws::Ecs, "DescribeServices") => SERVICE,
        (Aws::Ecs, "DescribeTasks") => &[
            ("tasks[].lastStatus", "PROVISIONING", "NEGOTIATING"),
            ("tasks[].connectivity", "CONNECTED", "ROAMING"),
            ("tasks[].containers[].healthStatus", "UNKNOWN", "DREAMING"),
            ("tasks[].containers[].lastStatus", "PENDING", "PULLING"),
        ],
        (Aws::Ecs, "DescribeServiceDeployments" | "ListServiceDeployments") => &[
            ("serviceDeployments[].status", "PENDING", "QUEUED"),
            ("serviceDeployments[].lifecycleStage", "SCALE_UP", "WARM_UP"),
            ("serviceDeployments[].deploymentCircuitBreaker.status", "MONITORING", "WATCHFUL"),
        ],
        (Aws::AppRunner, "ListOperations") => &[("OperationSummaryList[].Status", "PENDING", "QUEUED")],
        (Aws::Elb, "DescribeTargetHealth") => {
            &[("TargetHealthDescriptions[].TargetHealth.State", "initial", "warming")]
        }
        _ => &[],
    }
}

/// Says what AWS may say next year.
pub(super) fn go_beyond(call: &Call, answer: &mut Value, roll: Roll) {
    for place in structures(call) {
        each(answer, place, &mut |found| {
            if let Some(members) = found.as_object_mut() {
                members.insert("futureMember".to_owned(), json!("nobody knows it yet"));
            }
        });
    }
    for (number, (place, now, then)) in (0_u64..).zip(words(call)) {
        if roll.once_in(200 + number, 2) {
            each(answer, place, &mut |found| {
                if found.as_str() == Some(now) {
                    *found = json!(then);
                }
            });
        }
    }
    if matches!(call.op.as_str(), "DescribeTasks" | "RunTask") {
        each(answer, "tasks[].attachments", &mut |attachments| {
            if let Some(attachments) = attachments.as_array_mut() {
                let id = "0f17a9e4-0000-4000-8000-00000000f17e";
                attachments.push(
                    json!({ "id": id, "type": "EntangledVolume", "status": "ATTACHED", "details": [] }),
                );
            }
        });
    }
}
