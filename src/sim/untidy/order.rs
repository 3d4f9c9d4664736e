//! Lists in any order, where AWS promises none.
//!
//! Promised, by the models' own words, and kept: ListTaskDefinitions (by family and revision), App Runner's
//! ListOperations ("reverse chronological order"), log groups (ASCII-sorted), streams (by `orderBy`), log
//! events (by time), points of a metric (by `ScanBy`), objects (by key). Kept as well, because every client
//! leans on it: a service's events and ListServiceDeployments, newest first. Lists of what somebody
//! configured (containers, subnets, alarm names) come back as they were given, but for `environment` and
//! `secrets`, which ECS gives back in an order of its own (terraform-provider-aws sorts both by name before
//! it compares: `containerDefinitions.OrderEnvironmentVariables`, `OrderSecrets`).

use serde_json::Value;

use super::path::each;
use super::{Roll, hash};
use crate::sim::api::{Aws, Call};

const SERVICE: &[&str] = &[
    "deployments",
    "taskSets",
    "currentServiceRevisions",
    "capacityProviderStrategy",
    "tags",
    "deployments[].capacityProviderStrategy",
];
const TASK: &[&str] = &[
    "containers",
    "attachments",
    "attachments[].details",
    "attributes",
    "overrides.containerOverrides",
    "containers[].networkBindings",
    "tags",
];

/// The lists of an operation's answer: where, and the lists below each.
fn lists(call: &Call) -> &'static [(&'static str, &'static [&'static str])] {
    match (call.service, call.op.as_str()) {
        (Aws::Ecs, "ListClusters") => &[("clusterArns", &[])],
        (Aws::Ecs, "ListServices" | "ListServicesByNamespace") => &[("serviceArns", &[])],
        (Aws::Ecs, "ListTasks") => &[("taskArns", &[])],
        (Aws::Ecs, "ListContainerInstances") => &[("containerInstanceArns", &[])],
        (Aws::Ecs, "ListTagsForResource") => &[("tags", &[])],
        (Aws::Ecs, "DescribeClusters") => {
            &[("clusters", &["tags", "settings", "statistics", "capacityProviders"]), ("failures", &[])]
        }
        (Aws::Ecs, "DescribeServices") => &[("services", SERVICE), ("failures", &[])],
        (Aws::Ecs, "UpdateService") => &[("service", SERVICE)],
        (Aws::Ecs, "DescribeTasks" | "RunTask") => &[("tasks", TASK), ("failures", &[])],
        (Aws::Ecs, "StopTask") => &[("task", TASK)],
        (Aws::Ecs, "DescribeTaskSets") => &[("taskSets", &["tags"]), ("failures", &[])],
        (Aws::Ecs, "DescribeCapacityProviders") => &[("capacityProviders", &["tags"]), ("failures", &[])],
        (Aws::Ecs, "DescribeContainerInstances") => &[
            (
                "containerInstances",
                &["attributes", "registeredResources", "remainingResources", "attachments", "tags"],
            ),
            ("failures", &[]),
        ],
        (Aws::Ecs, "DescribeTaskDefinition") => &[
            ("tags", &[]),
            (
                "taskDefinition",
                &[
                    "requiresAttributes",
                    "containerDefinitions[].environment",
                    "containerDefinitions[].secrets",
                ],
            ),
        ],
        (Aws::Ecs, "DescribeServiceDeployments") => &[
            (
                "serviceDeployments",
                &["sourceServiceRevisions", "lifecycleHookDetails", "alarms.triggeredAlarmNames"],
            ),
            ("failures", &[]),
        ],
        (Aws::Ecs, "DescribeServiceRevisions") => {
            &[("serviceRevisions", &["containerImages"]), ("failures", &[])]
        }
        (Aws::Ecs, "DescribeExpressGatewayService") => &[("service", &["activeConfigurations", "tags"])],
        (Aws::AppRunner, "ListServices") => &[("ServiceSummaryList", &[])],
        (Aws::AppRunner, "ListTagsForResource") => &[("Tags", &[])],
        (Aws::Ecr, "DescribeImages") => &[("imageDetails", &["imageTags"])],
        (Aws::Ecr, "DescribeRepositories") => &[("repositories", &[])],
        (Aws::Ecr, "ListImages") => &[("imageIds", &[])],
        (Aws::Ecr, "BatchGetImage") => &[("images", &[]), ("failures", &[])],
        (Aws::CloudWatch, "GetMetricData") => &[("MetricDataResults", &[])],
        // "Data points are not returned in chronological order."
        (Aws::CloudWatch, "GetMetricStatistics") => &[("Datapoints", &[])],
        (Aws::CloudWatch, "DescribeAlarms") => &[("MetricAlarms", &["Dimensions"]), ("CompositeAlarms", &[])],
        (Aws::CloudWatch, "ListMetrics") => &[("Metrics", &["Dimensions"])],
        (Aws::Elb, "DescribeTargetGroups") => &[("TargetGroups", &["LoadBalancerArns"])],
        (Aws::Elb, "DescribeTargetHealth") => &[("TargetHealthDescriptions", &[])],
        (Aws::Elb, "DescribeLoadBalancers") => &[("LoadBalancers", &["AvailabilityZones"])],
        (Aws::Elb, "DescribeListeners") => &[("Listeners", &[])],
        (Aws::Elb, "DescribeRules") => &[("Rules", &["Conditions", "Actions[].ForwardConfig.TargetGroups"])],
        _ => &[],
    }
}

/// Puts the lists of an answer in an order of the seed's.
pub(super) fn mix(call: &Call, answer: &mut Value, roll: Roll) {
    let mut salt = 1000;
    for (place, below) in lists(call) {
        each(answer, place, &mut |found| {
            let mut shuffle_at = |value: &mut Value, path: &str| {
                each(value, path, &mut |list| {
                    salt += 1;
                    if let Some(list) = list.as_array_mut() {
                        shuffle(list, roll.number(salt));
                    }
                });
            };
            match found {
                Value::Array(items) => {
                    for item in items.iter_mut() {
                        below.iter().for_each(|path| shuffle_at(item, path));
                    }
                    shuffle(items, roll.number(salt + 100_000));
                    if *place == "services" {
                        // clients that take every service to have a task definition look at the first few
                        items.sort_by_key(|service| service.get("taskDefinition").is_none());
                    }
                }
                structure => below.iter().for_each(|path| shuffle_at(structure, path)),
            }
        });
    }
}

fn shuffle(list: &mut [Value], mut state: u64) {
    for place in (1..list.len()).rev() {
        state = hash::mix(state);
        let other = usize::try_from(state % (place as u64 + 1)).unwrap_or(0);
        list.swap(place, other);
    }
}
