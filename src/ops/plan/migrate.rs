//! Migrations: one task, one command, its exit code.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::{deploy, diff, image, notes};
use crate::model::{
    ImageChoice, Kind, RunKind, TaskDefinition, Version, service::is_moving, task_definition::ContainerBrief,
};
use crate::ops::facts::{Stage, TaskOrder, started_by, token};
use crate::ops::watch::{duration, label};

/// Seconds a migration may take unless configured.
const TIMEOUT_S: u64 = 600;

/// The longest overrides that RunTask takes, in characters of JSON.
const OVERRIDES_MAX: usize = 8_192;

/// Plans a migration, of `image` or of the image in use.
pub(super) fn plan(sheet: &mut Sheet, image: Option<&ImageChoice>) -> Part<()> {
    let settings = &sheet.context.migration;
    if settings.command.is_empty() {
        return Err(Halt::refuse(
            format!("no migration is configured for {}", sheet.name()),
            "set command under [application.migration]",
        ));
    }
    let apprunner = sheet.kind() == Kind::AppRunner;
    if apprunner && (settings.cluster.is_none() || settings.task_definition.is_none()) {
        return Err(Halt::refuse(
            "App Runner runs no one-off tasks",
            "run it from an ECS service that has the same image and reaches the same database",
        ));
    }
    let definition = match &settings.task_definition {
        Some(named) => sheet.found.definition(named)?,
        None => deploy::definition(sheet)?,
    };
    let container = container(sheet, definition)?;
    let image = image.filter(|choice| **choice != ImageChoice::Current);
    let wanted = match image {
        Some(choice) => (deploy::repository(sheet, &container.image), choice.clone()),
        None => wanted_image(sheet, container),
    };
    let cluster = settings.cluster.clone().unwrap_or_else(|| sheet.facts.cluster.clone());
    let network = settings.network.clone().or_else(|| sheet.detail.network.clone());
    if definition.network_mode == "awsvpc" && network.is_none() {
        return Err(Halt::refuse(
            format!("{} needs a network (awsvpc), and none is known", definition.label()),
            "look at the service's network configuration",
        ));
    }
    let network = network.filter(|_| definition.network_mode == "awsvpc");
    let overrides = serde_json::json!({
        "containerOverrides": [{"name": container.name, "command": settings.command}]
    });
    if overrides.to_string().chars().count() > OVERRIDES_MAX {
        return Err(Halt::refuse(
            format!("the command is longer than RunTask takes ({OVERRIDES_MAX} characters)"),
            "put it into a script in the image",
        ));
    }
    let copy = pinned(sheet, definition, container, wanted, image.is_some())?;
    let command = settings.command.join(" ");
    let timeout_ms =
        if settings.timeout_s == 0 { TIMEOUT_S } else { settings.timeout_s }.saturating_mul(1_000);
    let version = sheet.plan.to.clone();
    sheet.title(
        RunKind::Migrate,
        format!("Run migrations of {version} for {}", sheet.name()),
        sheet.detail.service.version.short(),
        version,
    );
    sheet.strong("command", command.clone());
    sheet.line("container", &container.name);
    sheet.line(
        "definition",
        if copy.is_some() { format!("a copy of {}", definition.label()) } else { definition.label() },
    );
    if image.is_some() && copy.is_some() {
        sheet.line("service", format!("{} stays as it is", sheet.name()));
    }
    if sheet.facts.key.cluster.as_ref() != cluster {
        sheet.line("runs in", &cluster);
    }
    launch(sheet, &cluster, network, &container.name, copy.is_none().then(|| definition.arn.clone()));
    sheet.line("timeout", duration(timeout_ms));
    log(sheet, container);
    sheet.plan.on_failure = format!(
        "the run fails with the exit code; after {} the task is stopped; what the migration did until then stays",
        duration(timeout_ms)
    );
    if crate::ops::watch::in_flight(sheet.detail).is_some() {
        sheet.warn("a rollout is in flight on the service");
    }
    notes::present_state(sheet);
    sheet.facts.cluster = cluster;
    sheet.facts.timeout_ms = timeout_ms;
    if let Some(reference) = copy {
        deploy::register(sheet, definition, &container.name, &reference)?;
        sheet.plan.diff =
            diff::between(&definition.shown, &definition.shown_with_image(&container.name, &reference));
        sheet.step(
            Stage::Register,
            format!("register a copy of {} with the image pinned", label(&definition.arn)),
        );
    }
    sheet.step(Stage::RunTask, "start one task");
    sheet.step(Stage::Task, format!("{command}, to its exit code"));
    Ok(())
}

fn container<'a>(sheet: &Sheet, definition: &'a TaskDefinition) -> Part<&'a ContainerBrief> {
    let Some(wanted) = &sheet.context.migration.container else {
        return deploy::container(sheet, definition);
    };
    // Express Mode calls its container Main, whatever the application calls it elsewhere
    let express = || (sheet.kind() == Kind::Express).then(|| definition.main_container(None)).flatten();
    definition.containers.iter().find(|c| &c.name == wanted).or_else(express).ok_or_else(|| {
        Halt::refuse(
            format!("{} has no container {wanted}", definition.label()),
            format!("its containers are {}", deploy::names(definition)),
        )
    })
}

/// The image to run: a configured one, App Runner's own, or the one that the definition names.
fn wanted_image(sheet: &Sheet, container: &ContainerBrief) -> (String, ImageChoice) {
    let own = Version::of(&container.image, None);
    let repository = own.repository().to_owned();
    if let Some(choice) = &sheet.context.migration.image {
        let choice = match choice {
            ImageChoice::Current => image::choice_of(&container.image),
            other => other.clone(),
        };
        return (deploy::repository(sheet, &container.image), choice);
    }
    let running = &sheet.detail.service.version;
    if sheet.kind() == Kind::AppRunner && running.repository() == repository {
        let choice = match &running.digest {
            Some(digest) if running.tag.as_deref().is_none_or(is_moving) => {
                ImageChoice::Digest(digest.clone())
            }
            _ => image::choice_of(&running.image),
        };
        return (repository, choice);
    }
    (repository, image::choice_of(&container.image))
}

/// Tells the image; gives the reference of a copy where the definition does not name that image for good.
fn pinned(
    sheet: &mut Sheet,
    definition: &TaskDefinition,
    container: &ContainerBrief,
    (repository, choice): (String, ImageChoice),
    picked: bool,
) -> Part<Option<String>> {
    let mut chosen = image::choose(sheet, &repository, &choice)?;
    if picked && chosen.reference != container.image {
        // the copy is made for this one run: nobody reads its tag in a list, and the digest cannot move
        if let Some(digest) = chosen.version.digest.clone() {
            chosen.reference = format!("{}@{digest}", chosen.version.repository());
        }
    }
    image::tell(sheet, &chosen);
    sheet.plan.to.clone_from(&chosen.label);
    let running = sheet.detail.service.version.clone();
    if running.digest.is_some() && chosen.version.digest.is_some() && !running.same_image(&chosen.version) {
        sheet.warn(format!("{} is not the image that runs ({})", chosen.label, running.short()));
    }
    let inactive = !definition.status.is_empty() && definition.status != "ACTIVE";
    Ok((inactive || chosen.reference != container.image).then_some(chosen.reference))
}

fn launch(
    sheet: &mut Sheet,
    cluster: &str,
    network: Option<crate::model::detail::Network>,
    container: &str,
    definition: Option<String>,
) {
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
    let run = sheet.plan.run.0.clone();
    sheet.facts.order = Some(TaskOrder {
        cluster: cluster.to_owned(),
        task_definition: definition,
        container: container.to_owned(),
        command: settings.command.clone(),
        network,
        launch_type,
        capacity_providers,
        client_token: token(&run),
        started_by: started_by(&run),
    });
}

fn log(sheet: &mut Sheet, container: &ContainerBrief) {
    match &container.log {
        Some((group, _, prefix)) if !prefix.is_empty() => {
            sheet.line("log", format!("{group}, {prefix}/{}", container.name));
            sheet.facts.log = Some((group.clone(), prefix.clone()));
        }
        Some((group, ..)) => {
            sheet.warn(format!("the log in {group} has no stream prefix: its lines are not shown here"));
        }
        None => sheet.warn("the container does not log to CloudWatch: its lines are not shown here"),
    }
}
