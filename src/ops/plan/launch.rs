//! How the tasks of a migration are launched: where, with what of the service's own, each with its token.

use super::draft::Sheet;
use super::found::{Halt, Part};
use crate::model::{ContainerBrief, Launch, OneOffTask, TaskDefinition, launch::Network};
use crate::ops::MigrationSettings;
use crate::ops::facts::{TaskOrder, started_by, token};

/// Seconds a command may take unless configured.
const TIMEOUT_S: u64 = 600;

pub(super) fn timeout_ms(settings: &MigrationSettings) -> u64 {
    if settings.timeout_s == 0 { TIMEOUT_S } else { settings.timeout_s }.saturating_mul(1_000)
}

/// Every command, with whether it only checks.
pub(super) fn commands(settings: &MigrationSettings) -> impl Iterator<Item = (&Vec<String>, bool)> {
    let checks = settings.checks.iter().map(|check| (check, true));
    checks.chain([(&settings.command, false)])
}

pub(super) fn launch(
    sheet: &mut Sheet,
    cluster: &str,
    network: Option<Network>,
    (task_definition, container): (&TaskDefinition, &ContainerBrief),
    (definition, template): (Option<String>, Option<usize>),
) -> Part<()> {
    let settings = &sheet.context.migration;
    // launch type and capacity providers exclude each other
    let (launch_type, capacity_providers) = if !settings.launch_type.is_empty() {
        (settings.launch_type.clone(), Vec::new())
    } else if sheet.detail.capacity_providers.is_empty() {
        (sheet.detail.launch_type.clone(), Vec::new())
    } else {
        (String::new(), sheet.detail.capacity_providers.clone())
    };
    let on = match (launch_type.as_str(), capacity_providers.first()) {
        ("", None) => "the cluster's default".to_owned(),
        ("", Some((name, ..))) => format!("capacity provider {name}"),
        (kind, _) => kind.to_owned(),
    };
    let nets = network.as_ref().map(|n| n.subnets.join(" ")).unwrap_or_default();
    sheet.line("launched on", if nets.is_empty() { on } else { format!("{on}, {nets}") });
    let extras = extras(sheet, cluster, task_definition, &launch_type)?;
    let run = sheet.plan.run.0.clone();
    for (index, (command, check)) in commands(settings).enumerate() {
        sheet.facts.orders.push(TaskOrder {
            asked: OneOffTask {
                cluster: cluster.to_owned(),
                task_definition: definition.clone().unwrap_or_default(),
                container: container.name.clone(),
                command: command.clone(),
                environment: settings.environment.clone(),
                network: network.clone(),
                launch_type: launch_type.clone(),
                capacity_providers: capacity_providers.clone(),
                launch: extras.clone(),
                client_token: token(&run, index),
                started_by: started_by(&run),
            },
            template,
            variables: settings.environment.len(),
            essential: Some(container.essential),
            timeout_ms: timeout_ms(settings),
            route: Some((container.log.clone(), sheet.plan.region.clone())),
            check,
            ..TaskOrder::default()
        });
    }
    Ok(())
}

/// What else the service gives its tasks, as far as it fits where the command runs; refuses what a task needs and
/// nobody tells, before anything is registered.
fn extras(sheet: &mut Sheet, cluster: &str, definition: &TaskDefinition, launch_type: &str) -> Part<Launch> {
    let mut launch = sheet.detail.launch.clone();
    let needed = definition.launch_volumes();
    launch.volumes.retain(|volume| needed.contains(&volume.name.as_str()));
    if let Some(name) = needed.iter().find(|name| !launch.volumes.iter().any(|v| v.name == **name)) {
        return Err(Halt::refuse(
            format!(
                "the volume {name} of {} is configured at launch, and {} does not say how",
                definition.label(),
                sheet.name()
            ),
            "name a task definition without it under [application.migration] (task_definition)",
        ));
    }
    // AWS refuses a platform version with EC2, and rules for instances where there are none
    if matches!(launch_type, "EC2" | "EXTERNAL") {
        launch.platform_version.clear();
    }
    if launch_type == "FARGATE" || sheet.facts.key.cluster.as_ref() != cluster {
        launch.constraints.clear();
        launch.strategy.clear();
    }
    let told = words(&launch);
    if !told.is_empty() {
        sheet.line("with", told);
    }
    if !launch.unknown_tags.is_empty() {
        sheet.warn(format!(
            "the service propagates its tags by {}, which this flightdeck does not know: the task gets none",
            launch.unknown_tags
        ));
    }
    Ok(launch)
}

/// What of it a reader of the plan wants to know.
fn words(launch: &Launch) -> String {
    let mut told = Vec::new();
    told.extend(launch.volumes.iter().map(|v| {
        let size = v.size.map(|size| format!(" of {size} GiB")).unwrap_or_default();
        format!("a volume {}{size}, deleted with the task", v.name)
    }));
    if !launch.tags.is_empty() {
        let names: Vec<&str> = launch.tags.iter().map(|(name, _)| name.as_str()).collect();
        told.push(format!("the service's tags ({})", names.join(", ")));
    }
    told.extend(launch.definition_tags.then(|| "the task definition's tags".to_owned()));
    for (kind, expression) in &launch.constraints {
        told.push(format!("placed by {}", if expression.is_empty() { kind } else { expression }));
    }
    if !matches!(launch.platform_version.as_str(), "" | "LATEST") {
        told.push(format!("platform {}", launch.platform_version));
    }
    told.join("; ")
}
