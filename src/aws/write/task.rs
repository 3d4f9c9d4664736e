//! One-off tasks: migrations.

use super::{ecs::once, send};
use crate::{
    aws::{calls, link::Link, text},
    model::{Trouble, TroubleKind, Written, detail::Network},
};
use aws_sdk_ecs::types;

/// A task to run.
pub(super) struct OneOff {
    pub cluster: String,
    pub task_definition: String,
    pub container: String,
    pub command: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub network: Option<Network>,
    pub launch_type: String,
    pub capacity_providers: Vec<(String, i32, i32)>,
    pub client_token: String,
    pub started_by: String,
}

impl OneOff {
    fn overrides(&self) -> types::TaskOverride {
        let pair =
            |(name, value): &(String, String)| types::KeyValuePair::builder().name(name).value(value).build();
        let environment: Vec<_> = self.environment.iter().map(pair).collect();
        let container = types::ContainerOverride::builder()
            .name(&self.container)
            .set_command(Some(self.command.clone()))
            .set_environment((!environment.is_empty()).then_some(environment))
            .build();
        types::TaskOverride::builder().container_overrides(container).build()
    }

    fn network(&self) -> Result<Option<types::NetworkConfiguration>, String> {
        let Some(network) = &self.network else { return Ok(None) };
        let public =
            if network.public_ip { types::AssignPublicIp::Enabled } else { types::AssignPublicIp::Disabled };
        let vpc = types::AwsVpcConfiguration::builder()
            .set_subnets(Some(network.subnets.clone()))
            .set_security_groups(Some(network.security_groups.clone()))
            .assign_public_ip(public)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Some(types::NetworkConfiguration::builder().awsvpc_configuration(vpc).build()))
    }

    /// Capacity providers, unless a launch type is given: AWS takes one of the two.
    fn strategy(&self) -> Result<Option<Vec<types::CapacityProviderStrategyItem>>, String> {
        if !self.launch_type.is_empty() || self.capacity_providers.is_empty() {
            return Ok(None);
        }
        let items: Result<Vec<_>, _> = self
            .capacity_providers
            .iter()
            .map(|(name, weight, base)| {
                types::CapacityProviderStrategyItem::builder()
                    .capacity_provider(name)
                    .weight(*weight)
                    .base(*base)
                    .build()
                    .map_err(|error| error.to_string())
            })
            .collect();
        items.map(Some)
    }
}

pub(super) async fn run(link: &Link, task: OneOff) -> Result<Written, Trouble> {
    let on = format!("{} {}", task.cluster, text::tail(&task.task_definition));
    let bad = |why: String| link.trouble(&calls::RUN_TASK, &on, TroubleKind::Refused, why);
    if task.client_token.is_empty() || task.client_token.len() > 64 || !task.client_token.is_ascii() {
        return Err(bad("its idempotency token must be 1 to 64 ASCII characters".to_owned()));
    }
    let network = task.network().map_err(bad)?;
    let strategy = task.strategy().map_err(bad)?;
    let launch = (!task.launch_type.is_empty()).then(|| types::LaunchType::from(task.launch_type.as_str()));
    let answer = send(|| {
        // retried by the SDK as well: the token makes every try the same task
        let request = || {
            link.ecs()
                .run_task()
                .cluster(&task.cluster)
                .task_definition(&task.task_definition)
                .count(1)
                .overrides(task.overrides())
                .set_network_configuration(network.clone())
                .set_launch_type(launch.clone())
                .set_capacity_provider_strategy(strategy.clone())
                .client_token(&task.client_token)
                .set_started_by((!task.started_by.is_empty()).then(|| started_by(&task.started_by)))
                .send()
        };
        link.change(&calls::RUN_TASK, &on, request)
    })
    .await?;
    // AWS answers 200 and no task where there is no room for one
    if let Some(arn) = answer.tasks().first().and_then(|t| t.task_arn()) {
        return Ok(Written::Task { arn: text::name(arn) });
    }
    let failures: Vec<String> = answer
        .failures()
        .iter()
        .map(|f| {
            let reason = f.reason().unwrap_or("no reason told");
            match f.detail() {
                Some(detail) => format!("{reason} ({detail})"),
                None => reason.to_owned(),
            }
        })
        .collect();
    let why = if failures.is_empty() {
        "AWS started no task and told no reason".to_owned()
    } else {
        failures.join("; ")
    };
    Err(bad(why))
}

/// At most 128 of the characters that AWS takes.
fn started_by(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_') { c } else { '-' })
        .take(128)
        .collect()
}

pub(super) async fn stop(link: &Link, cluster: &str, task: &str, reason: &str) -> Result<Written, Trouble> {
    let on = format!("{cluster}/{}", text::tail(task));
    send(|| {
        let request = || {
            link.ecs()
                .stop_task()
                .cluster(cluster)
                .task(task)
                .reason(reason)
                .customize()
                .config_override(once())
                .send()
        };
        link.change(&calls::STOP_TASK, &on, request)
    })
    .await?;
    Ok(Written::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn started_by_is_made_of_what_aws_takes() {
        assert_eq!(started_by("flightdeck/run:1 é"), "flightdeck/run-1--");
        assert_eq!(started_by(&"x".repeat(200)).len(), 128);
    }

    #[test]
    fn a_launch_type_beats_capacity_providers() {
        let mut task = OneOff {
            cluster: "c".into(),
            task_definition: "d".into(),
            container: "service".into(),
            command: vec!["goose".into()],
            environment: Vec::new(),
            network: None,
            launch_type: "FARGATE".into(),
            capacity_providers: vec![("SPOT".into(), 1, 0)],
            client_token: "t".into(),
            started_by: "me".into(),
        };
        assert_eq!(task.strategy().unwrap(), None);
        task.launch_type.clear();
        assert_eq!(task.strategy().unwrap().unwrap().len(), 1);
    }
}
