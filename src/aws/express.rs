//! ECS Express services: what is theirs beside what every ECS service has.

use super::variables;
use super::{calls, clients::Clients, convert, raw_json::Capture};
use crate::model::{Trouble, TroubleKind, secret};
use aws_sdk_ecs::types;
use serde_json::Value;

/// Rows for the Config tab.
pub(super) async fn config(clients: &Clients, arn: &str) -> Result<Vec<(String, String, String)>, Trouble> {
    let on = convert::tail(arn).to_owned();
    let request = || clients.ecs().describe_express_gateway_service().service_arn(arn).send();
    let answer = clients.call(&calls::DESCRIBE_EXPRESS, &on, request).await?;
    let Some(service) = answer.service() else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    let mut put = |name: &str, value: String| {
        if !value.is_empty() {
            rows.push(("express".to_owned(), name.to_owned(), value));
        }
    };
    if let Some(status) = service.status() {
        put("status", status.status_code().map(|c| convert::name(c.as_str())).unwrap_or_default());
        put("reason", convert::line(status.status_reason()));
    }
    let newest = service
        .active_configurations()
        .iter()
        .max_by_key(|c| c.created_at().map(aws_smithy_types::DateTime::secs));
    let Some(newest) = newest else { return Ok(rows) };
    for path in newest.ingress_paths() {
        let access = convert::name(path.access_type().as_str()).to_lowercase();
        put(&format!("{access} endpoint"), convert::name(path.endpoint()));
    }
    put("health check", convert::line(newest.health_check_path()));
    put("cpu", convert::name(newest.cpu().unwrap_or_default()));
    put("memory", convert::name(newest.memory().unwrap_or_default()));
    if let Some(scaling) = newest.scaling_target() {
        put("scaling", scaling_words(scaling));
    }
    if let Some(container) = newest.primary_container() {
        put("image", convert::image(container.image()));
        put("port", container.container_port().map(|p| p.to_string()).unwrap_or_default());
        let environment = container
            .environment()
            .iter()
            .map(|e| (e.name().unwrap_or_default(), e.value().unwrap_or_default()));
        let secrets = container.secrets().iter().map(|s| (s.name(), s.value_from()));
        rows.extend(variables::variables("express", environment, secrets));
    }
    Ok(rows)
}

fn scaling_words(scaling: &types::ExpressGatewayScalingTarget) -> String {
    let least = scaling.min_task_count().unwrap_or_default();
    let most = scaling.max_task_count().unwrap_or_default();
    let metric = scaling.auto_scaling_metric().map(|m| convert::name(m.as_str())).unwrap_or_default();
    let target = scaling.auto_scaling_target_value().unwrap_or_default();
    format!("{least} to {most} tasks at {metric} {target}")
}

/// The primary container of the newest configuration, as the wire has it, with another image: what
/// UpdateExpressGatewayService wants whole.
pub(super) async fn container_with_image(
    clients: &Clients,
    arn: &str,
    image: &str,
) -> Result<Value, Trouble> {
    let on = convert::tail(arn).to_owned();
    let capture = Capture::default();
    let request = || {
        clients
            .ecs()
            .describe_express_gateway_service()
            .service_arn(arn)
            .customize()
            .interceptor(capture.clone())
            .send()
    };
    clients.call(&calls::DESCRIBE_EXPRESS, &on, request).await?;
    capture.json().and_then(|answer| primary(&answer, image)).ok_or_else(|| {
        clients.trouble(
            &calls::DESCRIBE_EXPRESS,
            &on,
            TroubleKind::Unreadable,
            "the service has no active configuration with a primary container",
        )
    })
}

fn primary(answer: &Value, image: &str) -> Option<Value> {
    if secret::is_masked(image) {
        return None;
    }
    let configurations = answer.pointer("/service/activeConfigurations")?.as_array()?;
    let newest = configurations.iter().max_by(|a, b| {
        let at = |c: &Value| c.get("createdAt").and_then(Value::as_f64).unwrap_or(0.0);
        at(a).total_cmp(&at(b))
    })?;
    let mut container = newest.get("primaryContainer")?.clone();
    container.as_object_mut()?.insert("image".to_owned(), Value::String(image.to_owned()));
    Some(container)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_newest_container_keeps_all_but_its_image() {
        let answer = json!({"service": {"activeConfigurations": [
            {"createdAt": 1.0, "primaryContainer": {"image": "a:1"}},
            {"createdAt": 2.5, "primaryContainer": {"image": "a:2", "containerPort": 80, "novel": [1]}},
        ]}});
        assert_eq!(primary(&answer, "a:3"), Some(json!({"image": "a:3", "containerPort": 80, "novel": [1]})));
        assert_eq!(primary(&json!({}), "a:3"), None);
    }
}
