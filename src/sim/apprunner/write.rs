//! What can be changed in App Runner. Every change is an operation, one at a time.

use serde_json::{Value, json};

use super::{find, invalid, not_found, read};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::args::Args;
use crate::sim::engine::Engine;
use crate::sim::engine::state::AppIx;

fn busy(engine: &Engine, ix: AppIx, wanted: &str, code: &str) -> Result<(), Fault> {
    let Some(app) = engine.app(ix) else { return Err(not_found("")) };
    if app.status == wanted {
        return Ok(());
    }
    Err(Fault::client(
        code,
        format!("Service cannot be changed because it isn't in the {wanted} state: it is {}.", app.status),
    ))
}

fn answer(engine: &Engine, ix: AppIx, operation: u128) -> Answer {
    let app = engine.app(ix).ok_or_else(|| not_found(""))?;
    Ok(json!({ "Service": read::shape(app), "OperationId": format!("{operation:032x}") }))
}

pub(super) fn start(engine: &mut Engine, call: &Call) -> Answer {
    let ix = find(engine, call, "ServiceArn")?;
    busy(engine, ix, "RUNNING", "InvalidRequestException")?;
    engine.resolve_app(ix);
    let operation = engine.begin_operation(ix, "START_DEPLOYMENT");
    Ok(json!({ "OperationId": format!("{operation:032x}") }))
}

pub(super) fn pause(engine: &mut Engine, call: &Call) -> Answer {
    let ix = find(engine, call, "ServiceArn")?;
    busy(engine, ix, "RUNNING", "InvalidStateException")?;
    let operation = engine.begin_operation(ix, "PAUSE_SERVICE");
    answer(engine, ix, operation)
}

pub(super) fn resume(engine: &mut Engine, call: &Call) -> Answer {
    let ix = find(engine, call, "ServiceArn")?;
    busy(engine, ix, "PAUSED", "InvalidStateException")?;
    let operation = engine.begin_operation(ix, "RESUME_SERVICE");
    answer(engine, ix, operation)
}

pub(super) fn update(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let ix = find(engine, call, "ServiceArn")?;
    // one whose creation failed is built anew
    if engine.app(ix).is_none_or(|app| app.status != "CREATE_FAILED") {
        busy(engine, ix, "RUNNING", "InvalidStateException")?;
    }
    let source = args.get("SourceConfiguration");
    let image = source.map(image_of).transpose()?;
    let resolved = image.map(|image| engine.resolve_image("app", image));
    if let Some(app) = engine.app_mut(ix) {
        if let Some(source) = source {
            // What is left out of the source is left as it was.
            merge(&mut app.shown.source, source);
        }
        if let Some(instance) = args.get("InstanceConfiguration") {
            merge(&mut app.shown.instance, instance);
        }
        if let Some(health) = args.get("HealthCheckConfiguration") {
            merge(&mut app.shown.health, health);
        }
        if let Some(resolved) = resolved {
            app.shown.image = resolved;
        }
    }
    let operation = engine.begin_operation(ix, "UPDATE_SERVICE");
    answer(engine, ix, operation)
}

fn image_of(source: &Value) -> Result<&str, Fault> {
    let Some(repository) = source.get("ImageRepository") else {
        return Err(invalid("The service runs an image; SourceConfiguration.ImageRepository is required."));
    };
    let image = Args(repository)
        .text("ImageIdentifier")
        .filter(|image| !image.is_empty())
        .ok_or_else(|| invalid("ImageRepository.ImageIdentifier is required."))?;
    let kind = Args(repository)
        .text("ImageRepositoryType")
        .ok_or_else(|| invalid("ImageRepository.ImageRepositoryType is required."))?;
    let private =
        source.get("AuthenticationConfiguration").is_some_and(|a| Args(a).text("AccessRoleArn").is_some());
    if kind == "ECR" && !private {
        return Err(invalid(
            "Authentication configuration is invalid: AccessRoleArn is required for ECR images.",
        ));
    }
    Ok(image)
}

/// Members of a structure over those there are; a configuration inside is replaced as a whole.
fn merge(old: &mut Value, new: &Value) {
    let (Some(old), Some(new)) = (old.as_object_mut(), new.as_object()) else { return };
    for (key, value) in new.iter().filter(|(_, value)| !value.is_null()) {
        old.insert(key.clone(), value.clone());
    }
}
