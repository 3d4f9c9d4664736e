//! What App Runner tells.

use serde_json::{Value, json};

use super::{PAGES, arn, find, invalid, not_found};
use crate::sim::api::{Answer, Call};
use crate::sim::args::{Args, Out};
use crate::sim::engine::Engine;
use crate::sim::engine::state::App;
use crate::sim::world::AppSpec;

/// Name of the auto scaling configuration of every service.
const SCALING: &str = "DefaultConfiguration";

pub(super) fn list(engine: &Engine, call: &Call) -> Answer {
    let here = |app: &&App| app.spec.account == call.account && app.spec.region == call.region;
    let all: Vec<Value> = engine.apps.iter().filter(here).map(summary).collect();
    let (page, next) = PAGES.page(Args(&call.input), all)?;
    Ok(Out::new().set("ServiceSummaryList", page).maybe("NextToken", next).done())
}

fn summary(app: &App) -> Value {
    brief(app).done()
}

/// What ListServices and DescribeService both say of a service.
fn brief(app: &App) -> Out {
    Out::new()
        .set("ServiceName", app.spec.name.clone())
        .set("ServiceId", format!("{:032x}", app.id))
        .set("ServiceArn", arn(app))
        .set("ServiceUrl", url(app))
        .time("CreatedAt", app.created_at)
        .time("UpdatedAt", app.updated_at)
        .set("Status", app.status)
}

fn url(app: &App) -> String {
    format!("{:010x}.{}.awsapprunner.com", app.id >> 88, app.spec.region)
}

pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let ix = find(engine, call, "ServiceArn")?;
    let app = engine.app(ix).ok_or_else(|| not_found(""))?;
    Ok(json!({ "Service": shape(app) }))
}

/// `Service`.
pub(super) fn shape(app: &App) -> Value {
    let spec = &app.spec;
    let scaling = Out::new()
        .set("AutoScalingConfigurationArn", scaling_arn(spec))
        .set("AutoScalingConfigurationName", SCALING)
        .set("AutoScalingConfigurationRevision", 1)
        .set("Status", "ACTIVE")
        .set("HasAssociatedService", true)
        .set("IsDefault", true)
        .done();
    brief(app)
        .set("SourceConfiguration", app.shown.source.clone())
        .set("InstanceConfiguration", app.shown.instance.clone())
        .set("HealthCheckConfiguration", app.shown.health.clone())
        .set("AutoScalingConfigurationSummary", scaling)
        .set(
            "NetworkConfiguration",
            json!({
                "EgressConfiguration": { "EgressType": "DEFAULT" },
                "IngressConfiguration": { "IsPubliclyAccessible": true },
                "IpAddressType": "IPV4",
            }),
        )
        .set("ObservabilityConfiguration", json!({ "ObservabilityEnabled": false }))
        .done()
}

pub(super) fn operations(engine: &Engine, call: &Call) -> Answer {
    let ix = find(engine, call, "ServiceArn")?;
    let app = engine.app(ix).ok_or_else(|| not_found(""))?;
    let all: Vec<Value> = app
        .operations
        .iter()
        .rev()
        .map(|operation| {
            Out::new()
                .set("Id", format!("{:032x}", operation.id))
                .set("Type", operation.kind)
                .set("Status", operation.status)
                .set("TargetArn", arn(app))
                .time("StartedAt", operation.started_at)
                .maybe_time("EndedAt", operation.ended_at)
                .time("UpdatedAt", operation.updated_at)
                .done()
        })
        .collect();
    let (page, next) = PAGES.page(Args(&call.input), all)?;
    Ok(Out::new().set("OperationSummaryList", page).maybe("NextToken", next).done())
}

pub(super) fn tags(engine: &Engine, call: &Call) -> Answer {
    let ix = find(engine, call, "ResourceArn")?;
    let app = engine.app(ix).ok_or_else(|| not_found(""))?;
    let tags: Vec<Value> = if app.spec.tagged {
        vec![json!({ "Key": "environment", "Value": app.spec.environment })]
    } else {
        Vec::new()
    };
    Ok(json!({ "Tags": tags }))
}

fn scaling_arn(spec: &AppSpec) -> String {
    format!(
        "arn:aws:apprunner:{}:{}:autoscalingconfiguration/{SCALING}/1/00000000000000000000000000000001",
        spec.region, spec.account
    )
}

pub(super) fn scaling(engine: &Engine, call: &Call) -> Answer {
    let wanted = Args(&call.input)
        .text("AutoScalingConfigurationArn")
        .ok_or_else(|| invalid("AutoScalingConfigurationArn is required"))?;
    let here = |app: &&App| app.spec.account == call.account && app.spec.region == call.region;
    let app = engine.apps.iter().find(|app| here(app) && scaling_arn(&app.spec).starts_with(wanted));
    let app = app.ok_or_else(|| not_found(wanted))?;
    let shape = Out::new()
        .set("AutoScalingConfigurationArn", scaling_arn(&app.spec))
        .set("AutoScalingConfigurationName", SCALING)
        .set("AutoScalingConfigurationRevision", 1)
        .set("Latest", true)
        .set("Status", "ACTIVE")
        .set("MaxConcurrency", 100)
        .set("MinSize", 1)
        .set("MaxSize", 25)
        .time("CreatedAt", app.created_at)
        .set("HasAssociatedService", true)
        .set("IsDefault", true)
        .done();
    Ok(json!({ "AutoScalingConfiguration": shape }))
}
