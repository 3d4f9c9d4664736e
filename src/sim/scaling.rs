//! Application Auto Scaling: the scalable targets of ECS services, their policies, and what they did before the
//! start. What they would do from then on is not simulated.

use serde_json::{Value, json};

use super::api::{Answer, Call, Fault};
use super::args::{Args, Out, Paging};
use super::engine::Engine;
use super::engine::state::Service;
use super::hash;

const PAGES: Paging<'static> =
    Paging { token: "NextToken", size: "MaxResults", usual: 50, most: 50, error: "ValidationException" };
const DIMENSION: &str = "ecs:service:DesiredCount";
/// Its service-linked role, below the account's.
const ROLE: &str = "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";

/// How an answer tells of a service with its least and most tasks and the CPU utilisation aimed at.
type Shape = fn(&Service, (u32, u32, f64)) -> Value;

/// Answers one call.
pub(super) fn handle(engine: &Engine, call: &Call) -> Answer {
    let (list, shape): (&str, Shape) = match call.op.as_str() {
        "DescribeScalableTargets" => ("ScalableTargets", target),
        "DescribeScalingPolicies" => ("ScalingPolicies", policy),
        "DescribeScalingActivities" => return activities(engine, call),
        other => return Err(Fault::unknown_operation(other)),
    };
    let args = Args(&call.input);
    let invalid = |message: &str| Fault::client("ValidationException", message);
    let namespace = args.text("ServiceNamespace").ok_or_else(|| invalid("ServiceNamespace is required"))?;
    let mut wanted = args.texts("ResourceIds");
    wanted.extend(args.text("ResourceId"));
    let here = |s: &&Service| {
        namespace == "ecs"
            && s.spec.account == call.account
            && s.spec.region == call.region
            && args.text("ScalableDimension").is_none_or(|dimension| dimension == DIMENSION)
            && (wanted.is_empty() || wanted.contains(&id(s).as_str()))
    };
    let found: Vec<Value> = engine
        .services
        .iter()
        .filter(here)
        .filter_map(|service| Some(shape(service, service.spec.scaling?)))
        .collect();
    let (page, next) = PAGES.page(args, found)?;
    Ok(Out::new().set(list, page).maybe("NextToken", next).done())
}

/// "Scaling activities in the specified namespace from the previous six weeks", newest first. A load that came and went
/// before the start: one activity out, and one back in.
fn activities(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let invalid = |message: &str| Fault::client("ValidationException", message);
    let namespace = args.text("ServiceNamespace").ok_or_else(|| invalid("ServiceNamespace is required"))?;
    let wanted = args.text("ResourceId");
    if args.text("ScalableDimension").is_some() && wanted.is_none() {
        return Err(invalid("If you specify a scalable dimension, you must also specify a resource ID"));
    }
    let here = |s: &&Service| {
        namespace == "ecs"
            && s.spec.account == call.account
            && s.spec.region == call.region
            && wanted.is_none_or(|wanted| wanted == id(s))
    };
    let mut found: Vec<(f64, Value)> = Vec::new();
    for service in engine.services.iter().filter(here) {
        let Some((least, most, _)) = service.spec.scaling else { continue };
        let usual = service.spec.desired;
        let spread = hash::fraction(hash::of(id(service).as_bytes(), 57));
        // an even load leaves it alone, and so do limits that leave no room
        let (from, to) = match usual {
            usual if usual < most => (usual, usual + 1),
            usual if usual > least => (usual, usual - 1),
            _ => continue,
        };
        let there = engine.start - 2400.0 - 1800.0 * spread;
        for (at, from, to) in [(there, from, to), (there + 1500.0, to, from)] {
            found.push((at, activity(service, at, (from, to))));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let found: Vec<Value> = found.into_iter().map(|(_, activity)| activity).collect();
    let (page, next) = PAGES.page(args, found)?;
    Ok(Out::new().set("ScalingActivities", page).maybe("NextToken", next).done())
}

fn activity(service: &Service, at: f64, (from, to): (u32, u32)) -> Value {
    let side = if to > from { "High" } else { "Low" };
    let alarm = format!("TargetTracking-{}-Alarm{side}-{}", id(service), own(service, 58));
    Out::new()
        .set("ActivityId", own(service, 59 + u64::from(to)))
        .set("ServiceNamespace", "ecs")
        .set("ResourceId", id(service))
        .set("ScalableDimension", DIMENSION)
        .set("Description", format!("Setting desired count to {to}."))
        .set(
            "Cause",
            format!("monitor alarm {alarm} in state ALARM triggered policy {}-cpu", service.spec.name),
        )
        .time("StartTime", at)
        .time("EndTime", at + 38.0)
        .set("StatusCode", "Successful")
        .set(
            "StatusMessage",
            format!("Successfully set desired count to {to}. Change successfully fulfilled by ecs."),
        )
        .done()
}

fn id(service: &Service) -> String {
    format!("service/{}/{}", service.spec.cluster, service.spec.name)
}

fn own(service: &Service, salt: u64) -> String {
    format!("{:032x}", u128::from(hash::of(id(service).as_bytes(), salt)))
}

fn target(service: &Service, (least, most, _): (u32, u32, f64)) -> Value {
    let (account, region) = (&service.spec.account, &service.spec.region);
    let of = own(service, 55);
    Out::new()
        .set("ServiceNamespace", "ecs")
        .set("ResourceId", id(service))
        .set("ScalableDimension", DIMENSION)
        .set("MinCapacity", least)
        .set("MaxCapacity", most)
        .set("RoleARN", format!("arn:aws:iam::{account}:{ROLE}"))
        .time("CreationTime", service.created_at)
        .set(
            "SuspendedState",
            json!({
                "DynamicScalingInSuspended": false,
                "DynamicScalingOutSuspended": false,
                "ScheduledScalingSuspended": false,
            }),
        )
        .set(
            "ScalableTargetARN",
            format!("arn:aws:application-autoscaling:{region}:{account}:scalable-target/{of}"),
        )
        .done()
}

fn policy(service: &Service, (_, _, cpu): (u32, u32, f64)) -> Value {
    let (account, region) = (&service.spec.account, &service.spec.region);
    let (id, name) = (id(service), format!("{}-cpu", service.spec.name));
    let of = own(service, 56);
    let arn = format!(
        "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{of}:resource/ecs/{id}:policyName/{name}"
    );
    Out::new()
        .set("PolicyARN", arn)
        .set("PolicyName", name)
        .set("ServiceNamespace", "ecs")
        .set("ResourceId", id)
        .set("ScalableDimension", DIMENSION)
        .set("PolicyType", "TargetTrackingScaling")
        .set(
            "TargetTrackingScalingPolicyConfiguration",
            json!({
                "TargetValue": cpu,
                "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" },
                "ScaleOutCooldown": 60,
                "ScaleInCooldown": 300,
                "DisableScaleIn": false,
            }),
        )
        .set("Alarms", json!([]))
        .time("CreationTime", service.created_at)
        .done()
}
