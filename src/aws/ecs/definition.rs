//! Task definitions, whole: the wire's own JSON is kept, so that a copy loses nothing this SDK does not know.

use crate::{
    aws::{asked, calls, clients::Clients, convert, mask, raw_json::Capture},
    model::{ContainerBrief, LogRoute, Sealed, TaskDefinition, Trouble, TroubleKind},
};
use aws_sdk_ecs::types;
use serde_json::Value;
use std::sync::Arc;

/// A task definition by ARN or `family:revision`.
pub(in crate::aws) async fn read(clients: &Clients, arn: &str) -> Result<Arc<TaskDefinition>, Trouble> {
    if let Some(known) = clients.account.caches.definitions.get(arn) {
        return Ok(known);
    }
    let on = convert::tail(arn).to_owned();
    let capture = Capture::default();
    let request = || {
        clients
            .ecs()
            .describe_task_definition()
            .task_definition(arn)
            .include(types::TaskDefinitionField::Tags)
            .customize()
            .interceptor(capture.clone())
            .send()
    };
    let answer = clients.call(&calls::DESCRIBE_DEFINITION, &on, request).await?;
    let unreadable =
        |why: &str| clients.trouble(&calls::DESCRIBE_DEFINITION, &on, TroubleKind::Unreadable, why);
    let Some(parsed) = answer.task_definition() else {
        return Err(unreadable("the answer holds no task definition"));
    };
    asked::about(clients, &calls::DESCRIBE_DEFINITION, &on, &[arn], [parsed.task_definition_arn()])?;
    let Some(document) = capture.json().and_then(document) else {
        return Err(unreadable("the answer could not be kept as it was"));
    };
    let definition = Arc::new(assemble(parsed, document));
    // an ARN names one revision for good; a bare family would not
    if arn.contains(':') {
        clients.account.caches.definitions.put(arn, definition.clone());
        clients.account.caches.definitions.put(&definition.arn, definition.clone());
    }
    Ok(definition)
}

/// The members of `taskDefinition` with `tags` beside them, as RegisterTaskDefinition takes them.
fn document(mut answer: Value) -> Option<Value> {
    let tags = answer.get_mut("tags").map(Value::take).filter(Value::is_array);
    let mut document = answer.get_mut("taskDefinition").map(Value::take)?;
    let members = document.as_object_mut()?;
    if let Some(tags) = tags {
        members.insert("tags".to_owned(), tags);
    }
    Some(document)
}

fn assemble(parsed: &types::TaskDefinition, document: Value) -> TaskDefinition {
    let arn = convert::name(parsed.task_definition_arn().unwrap_or_default());
    let (family, revision) = convert::family(&arn);
    TaskDefinition {
        family: parsed.family().map_or(family, convert::name),
        revision: match parsed.revision() {
            0 => revision,
            given => convert::count(given),
        },
        status: parsed.status().map(|s| convert::name(s.as_str())).unwrap_or_default(),
        registered_at: convert::stamp(parsed.registered_at()),
        registered_by: parsed.registered_by().map(convert::name),
        containers: parsed.container_definitions().iter().map(container).collect(),
        network_mode: parsed.network_mode().map(|m| convert::name(m.as_str())).unwrap_or_default(),
        shown: mask::definition(&document),
        document: Sealed::new(document),
        arn,
    }
}

/// Text from AWS is made harmless where it enters.
fn cleaned(route: LogRoute) -> LogRoute {
    let clean = |text: String| convert::name(&text);
    match route {
        LogRoute::Unset => LogRoute::Unset,
        LogRoute::Awslogs { group, region, prefix } => {
            LogRoute::Awslogs { group: clean(group), region: clean(region), prefix: clean(prefix) }
        }
        LogRoute::Routed { group, region, stream, prefix } => LogRoute::Routed {
            group: clean(group),
            region: clean(region),
            stream: clean(stream),
            prefix: clean(prefix),
        },
        // an address may carry the name and the password of whoever writes there
        LogRoute::Elsewhere { driver, to } => {
            LogRoute::Elsewhere { driver: clean(driver), to: clean(mask::option("address", &to)) }
        }
    }
}

fn container(container: &types::ContainerDefinition) -> ContainerBrief {
    let log = container.log_configuration().map(|log| {
        let options = log.options();
        LogRoute::of(log.log_driver().as_str(), |name| Some(options?.get(name)?.as_str()))
    });
    ContainerBrief {
        name: convert::name(container.name().unwrap_or_default()),
        image: convert::image(container.image().unwrap_or_default()),
        essential: container.essential().unwrap_or(true),
        log: log.map(cleaned).unwrap_or_default(),
        environment: container.environment().iter().filter_map(|e| e.name()).map(convert::name).collect(),
        secrets: container.secrets().iter().map(|s| convert::name(s.name())).collect(),
        ports: container.port_mappings().iter().filter_map(|p| p.name()).map(convert::name).collect(),
        router: container.firelens_configuration().is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_join_the_definition() {
        let answer =
            json!({"taskDefinition": {"family": "a", "new": 1}, "tags": [{"key": "k", "value": "v"}]});
        assert_eq!(
            document(answer),
            Some(json!({"family": "a", "new": 1, "tags": [{"key": "k", "value": "v"}]}))
        );
        assert_eq!(document(json!({"taskDefinition": {"family": "a"}})), Some(json!({"family": "a"})));
        assert_eq!(document(json!({})), None);
    }
}
