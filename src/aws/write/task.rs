//! One-off tasks: migrations.

use super::{
    attempt::{is_of_this, send},
    ecs::once,
};
use crate::{
    aws::{asked, calls, clients::Clients, convert},
    model::{OneOffTask, Trouble, TroubleKind, Written, launch::EbsVolume},
};
use aws_sdk_ecs::{
    operation::run_task::{RunTaskError, RunTaskOutput},
    types,
};
use aws_smithy_runtime_api::{client::result::SdkError, http::Response};
use aws_smithy_types::error::operation::BuildError;

/// The parts of the request that are made of others.
struct Parts {
    overrides: types::TaskOverride,
    network: Option<types::NetworkConfiguration>,
    providers: Option<Vec<types::CapacityProviderStrategyItem>>,
    tags: Option<Vec<types::Tag>>,
    constraints: Option<Vec<types::PlacementConstraint>>,
    strategy: Option<Vec<types::PlacementStrategy>>,
    volumes: Option<Vec<types::TaskVolumeConfiguration>>,
}

impl Parts {
    fn of(task: &OneOffTask) -> Result<Self, BuildError> {
        Ok(Self {
            overrides: overrides(task),
            network: network(task)?,
            providers: providers(task)?,
            tags: some(task.launch.tags.iter().map(tag).collect()),
            constraints: some(task.launch.constraints.iter().map(constraint).collect()),
            strategy: some(task.launch.strategy.iter().map(placement).collect()),
            volumes: some(task.launch.volumes.iter().map(volume).collect::<Result<_, _>>()?),
        })
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn overrides(task: &OneOffTask) -> types::TaskOverride {
    let pair =
        |(name, value): &(String, String)| types::KeyValuePair::builder().name(name).value(value).build();
    let container = types::ContainerOverride::builder()
        .name(&task.container)
        .set_command(Some(task.command.clone()))
        .set_environment(some(task.environment.iter().map(pair).collect()))
        .build();
    types::TaskOverride::builder().container_overrides(container).build()
}

fn network(task: &OneOffTask) -> Result<Option<types::NetworkConfiguration>, BuildError> {
    let Some(network) = &task.network else { return Ok(None) };
    let public =
        if network.public_ip { types::AssignPublicIp::Enabled } else { types::AssignPublicIp::Disabled };
    let vpc = types::AwsVpcConfiguration::builder()
        .set_subnets(Some(network.subnets.clone()))
        .set_security_groups(Some(network.security_groups.clone()))
        .assign_public_ip(public)
        .build()?;
    Ok(Some(types::NetworkConfiguration::builder().awsvpc_configuration(vpc).build()))
}

/// Capacity providers, unless a launch type is given: AWS takes one of the two.
fn providers(task: &OneOffTask) -> Result<Option<Vec<types::CapacityProviderStrategyItem>>, BuildError> {
    if !task.launch_type.is_empty() {
        return Ok(None);
    }
    let item = |(name, weight, base): &(String, i32, i32)| {
        types::CapacityProviderStrategyItem::builder()
            .capacity_provider(name)
            .weight(*weight)
            .base(*base)
            .build()
    };
    Ok(some(task.capacity_providers.iter().map(item).collect::<Result<_, _>>()?))
}

fn tag((key, value): &(String, String)) -> types::Tag {
    types::Tag::builder().key(key).value(value).build()
}

fn constraint((kind, expression): &(String, String)) -> types::PlacementConstraint {
    types::PlacementConstraint::builder()
        .r#type(types::PlacementConstraintType::from(kind.as_str()))
        .set_expression(non_empty(expression))
        .build()
}

fn placement((kind, field): &(String, String)) -> types::PlacementStrategy {
    types::PlacementStrategy::builder()
        .r#type(types::PlacementStrategyType::from(kind.as_str()))
        .set_field(non_empty(field))
        .build()
}

fn volume(volume: &EbsVolume) -> Result<types::TaskVolumeConfiguration, BuildError> {
    let tags = types::EbsTagSpecification::builder()
        .resource_type(types::EbsResourceType::Volume)
        .set_tags(some(volume.tags.iter().map(tag).collect()))
        // a task has no service to take tags from
        .set_propagate_tags(
            (volume.propagate == "TASK_DEFINITION").then_some(types::PropagateTags::TaskDefinition),
        )
        .build()?;
    let tagged = !volume.tags.is_empty() || volume.propagate == "TASK_DEFINITION";
    // what a run that is over leaves behind nobody looks for
    let over = types::TaskManagedEbsVolumeTerminationPolicy::builder().delete_on_termination(true).build()?;
    let ebs = types::TaskManagedEbsVolumeConfiguration::builder()
        .role_arn(&volume.role)
        .set_volume_type(non_empty(&volume.kind))
        .set_size_in_gib(volume.size)
        .set_snapshot_id(non_empty(&volume.snapshot))
        .set_iops(volume.iops)
        .set_throughput(volume.throughput)
        .set_volume_initialization_rate(volume.initialization_rate)
        .set_encrypted(volume.encrypted)
        .set_kms_key_id(non_empty(&volume.kms_key))
        .set_filesystem_type(
            non_empty(&volume.filesystem).map(|f| types::TaskFilesystemType::from(f.as_str())),
        )
        .set_tag_specifications(tagged.then(|| vec![tags]))
        .termination_policy(over)
        .build()?;
    types::TaskVolumeConfiguration::builder().name(&volume.name).managed_ebs_volume(ebs).build()
}

/// What AWS told of a token.
enum Started {
    /// What it started now, or when it was first used.
    Now(Box<RunTaskOutput>),
    /// The task that it started when it came with other parameters.
    Before(String),
}

/// The task that the token started with other parameters: "The `resourceIds` are the existing task ARNs which are already
/// associated with the `clientToken`" (ConflictException).
fn started_before(error: &SdkError<RunTaskError, Response>) -> Option<String> {
    match error.as_service_error()? {
        RunTaskError::ConflictException(conflict) => conflict.resource_ids().first().cloned(),
        _ => None,
    }
}

/// Whether this is the task that was asked for, and not what a proxy kept of another call: by its cluster, its revision, its
/// run, and the command, which the runs' checks and migrations differ in. What AWS leaves out contradicts nothing.
fn is_asked_for(task: &OneOffTask, told: &types::Task) -> bool {
    let there = |arn: Option<&str>| arn.is_none_or(|arn| asked::is_in(&task.cluster, arn));
    let overrides = told.overrides().map(types::TaskOverride::container_overrides).unwrap_or_default();
    let own = overrides.iter().find(|own| own.name() == Some(task.container.as_str()));
    there(told.task_arn())
        && there(told.cluster_arn())
        && told.task_definition_arn().is_none_or(|arn| asked::is(&task.task_definition, arn))
        && told.started_by().is_none_or(|by| by == started_by(&task.started_by))
        && (overrides.is_empty() || own.is_some_and(|own| own.command() == task.command))
}

pub(super) async fn run(clients: &Clients, task: &OneOffTask) -> Result<Written, Trouble> {
    let on = format!("{} {}", task.cluster, convert::tail(&task.task_definition));
    let bad = |why: String| clients.trouble(&calls::RUN_TASK, &on, TroubleKind::Refused, why);
    if task.client_token.is_empty() || task.client_token.len() > 64 || !task.client_token.is_ascii() {
        return Err(bad("its idempotency token must be 1 to 64 ASCII characters".to_owned()));
    }
    let parts = Parts::of(task).map_err(|error| bad(error.to_string()))?;
    let launch_type = non_empty(&task.launch_type).map(|kind| types::LaunchType::from(kind.as_str()));
    let launch = &task.launch;
    let answer = send(|| {
        // retried by the SDK as well: the token makes every try the same task
        let request = || async {
            let sent = clients
                .ecs()
                .run_task()
                .cluster(&task.cluster)
                .task_definition(&task.task_definition)
                .count(1)
                .overrides(parts.overrides.clone())
                .set_network_configuration(parts.network.clone())
                .set_launch_type(launch_type.clone())
                .set_capacity_provider_strategy(parts.providers.clone())
                .set_platform_version(non_empty(&launch.platform_version))
                .set_placement_constraints(parts.constraints.clone())
                .set_placement_strategy(parts.strategy.clone())
                .set_tags(parts.tags.clone())
                .set_propagate_tags(launch.definition_tags.then_some(types::PropagateTags::TaskDefinition))
                .set_enable_ecs_managed_tags(launch.managed_tags.then_some(true))
                .set_enable_execute_command(launch.execute_command.then_some(true))
                .set_volume_configurations(parts.volumes.clone())
                .client_token(&task.client_token)
                .set_started_by((!task.started_by.is_empty()).then(|| started_by(&task.started_by)))
                .send()
                .await;
            match sent {
                // the token is this command's alone: what it started is what was asked for, with other variables perhaps
                Err(error) => match started_before(&error) {
                    Some(arn) => Ok(Started::Before(arn)),
                    None => Err(error),
                },
                Ok(answer) => Ok(Started::Now(Box::new(answer))),
            }
        };
        clients.change(&calls::RUN_TASK, &on, request)
    })
    .await?;
    let answer = match answer {
        Started::Before(arn) => {
            is_of_this(clients, &calls::RUN_TASK, &on, asked::is_in(&task.cluster, &arn), &arn)?;
            return Ok(Written::Task { arn: convert::name(&arn) });
        }
        Started::Now(answer) => answer,
    };
    // AWS answers 200 and no task where there is no room for one
    let told = answer.tasks().first().and_then(|told| Some((told, told.task_arn()?)));
    if let Some((told, arn)) = told {
        is_of_this(clients, &calls::RUN_TASK, &on, is_asked_for(task, told), arn)?;
        return Ok(Written::Task { arn: convert::name(arn) });
    }
    let failures: Vec<String> = answer
        .failures()
        .iter()
        .map(|f| {
            let reason = f.reason().unwrap_or("no reason given");
            match f.detail() {
                Some(detail) => format!("{reason} ({detail})"),
                None => reason.to_owned(),
            }
        })
        .collect();
    let told = |of: fn(&str) -> bool| answer.failures().iter().any(|f| of(f.reason().unwrap_or_default()));
    if failures.is_empty() || told(is_gone) {
        // the token may have started a task before, which is over and forgotten by now: nothing was refused
        let mut trouble = clients.trouble(
            &calls::RUN_TASK,
            &on,
            TroubleKind::Unreadable,
            match failures.join("; ") {
                none if none.is_empty() => "AWS answered with neither a task nor a failure".to_owned(),
                told => format!("AWS returned no task for the token: {told}"),
            },
        );
        "look at the tasks of the cluster before trying again".clone_into(&mut trouble.remedy);
        return Err(trouble);
    }
    let kind = if told(is_full) { TroubleKind::NoRoom } else { TroubleKind::Refused };
    Err(clients.trouble(&calls::RUN_TASK, &on, kind, failures.join("; ")))
}

/// Whether a reason says that a task which the token started is not there any more ("API failure reasons": MISSING is
/// what DescribeTasks says of such a one).
fn is_gone(reason: &str) -> bool {
    reason == "MISSING"
}

/// Whether a reason passes when capacity comes: a resource that no instance has left, an agent that is away, Fargate
/// without capacity (ECS developer guide, "API failure reasons"). An attribute that no instance has does not come.
fn is_full(reason: &str) -> bool {
    reason.starts_with("RESOURCE:") || reason == "AGENT" || reason.starts_with("Capacity is unavailable")
}

/// At most 128 of the characters that AWS takes.
fn started_by(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_') { c } else { '-' })
        .take(128)
        .collect()
}

pub(super) async fn stop(
    clients: &Clients,
    cluster: &str,
    task: &str,
    reason: &str,
) -> Result<Written, Trouble> {
    let on = format!("{cluster}/{}", convert::tail(task));
    let answer = send(|| {
        let request = || {
            clients
                .ecs()
                .stop_task()
                .cluster(cluster)
                .task(task)
                .reason(reason)
                .customize()
                .config_override(once())
                .send()
        };
        clients.change(&calls::STOP_TASK, &on, request)
    })
    .await?;
    let told = answer.task().and_then(|told| told.task_arn()).unwrap_or_default();
    let holds = told.is_empty() || asked::is(task, told) && asked::is_in(cluster, told);
    is_of_this(clients, &calls::STOP_TASK, &on, holds, told)?;
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
        let mut task = OneOffTask {
            launch_type: "FARGATE".into(),
            capacity_providers: vec![("SPOT".into(), 1, 0)],
            ..OneOffTask::default()
        };
        assert_eq!(providers(&task).unwrap(), None);
        task.launch_type.clear();
        assert_eq!(providers(&task).unwrap().unwrap().len(), 1);
    }

    #[test]
    fn a_volume_goes_with_its_task() {
        let made = volume(&EbsVolume {
            name: "data".into(),
            role: "arn:role".into(),
            size: Some(20),
            propagate: "SERVICE".into(),
            ..EbsVolume::default()
        })
        .unwrap();
        let ebs = made.managed_ebs_volume().unwrap();
        assert_eq!((made.name(), ebs.role_arn(), ebs.size_in_gib()), ("data", "arn:role", Some(20)));
        assert!(ebs.termination_policy().unwrap().delete_on_termination());
        assert!(ebs.tag_specifications().is_empty(), "a task has no service to take tags from");
    }

    #[test]
    fn room_comes_and_attributes_do_not() {
        for (reason, full) in [
            ("RESOURCE:MEMORY", true),
            ("RESOURCE:ENI", true),
            ("AGENT", true),
            (
                "Capacity is unavailable at this time. Please try again later or in a different availability zone",
                true,
            ),
            ("ATTRIBUTE", false),
            ("MISSING", false),
            ("", false),
        ] {
            assert_eq!(is_full(reason), full, "{reason}");
        }
    }
}
