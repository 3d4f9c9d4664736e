//! Migrations: checks, then the command that migrates, each in a task of its own or on this machine, each to its
//! exit code.

use super::draft::Chosen;
use super::draft::Sheet;
use super::found::{Halt, Part};
use super::shared;
use super::which::{Which, of_change, of_choice};
use super::{diff, image, notes};
use crate::model::{
    ContainerBrief, ImageChoice, Kind, Launch, OneOffTask, RunKind, TaskDefinition, container::Reason,
    launch::Network, process::Life, secret,
};
use crate::ops::MigrationSettings;
use crate::ops::facts::{Stage, TaskOrder, started_by, token};
use crate::ops::watch::{UNTOLD, begun, duration, is_unlisted, label, other};

/// Seconds a command may take unless configured.
const TIMEOUT_S: u64 = 600;

/// The longest overrides that RunTask takes, in characters of JSON.
const OVERRIDES_MAX: usize = 8_192;

/// Steps, with what they do.
type Steps = Vec<(Stage, String)>;

/// Plans a migration on its own, of `image` or of the image in use.
pub(super) fn plan(sheet: &mut Sheet, wanted: Option<&ImageChoice>) -> Part<()> {
    settings(sheet)?;
    beside_none(sheet)?;
    let steps = if sheet.context.migration.local {
        let version = image::called(sheet)?;
        sheet.plan.to.clone_from(&version);
        local(sheet)
    } else {
        let wanted = wanted.filter(|choice| **choice != ImageChoice::Current);
        tasks(sheet, wanted, None)?
    };
    let version = sheet.plan.to.clone();
    let from = image::called(sheet)?;
    sheet.title(RunKind::Migrate, format!("Run migrations of {version} for {}", sheet.name()), from, version);
    sheet.plan.on_failure = format!(
        "the run fails with the exit code; after {} the {} is stopped; what the migration did until then stays",
        duration(timeout_ms(&sheet.context.migration)),
        if sheet.context.migration.local { "command" } else { "task" }
    );
    if crate::ops::watch::in_flight(sheet.detail).is_some() {
        sheet.warn("a rollout is in flight on the service");
    }
    notes::present_state(sheet);
    sheet.preflight();
    for (stage, name) in steps {
        sheet.step(stage, name);
    }
    Ok(())
}

/// The steps of a migration before a change: of the image that is going to be put in place.
pub(super) fn gate(sheet: &mut Sheet) -> Part<Steps> {
    settings(sheet)?;
    beside_none(sheet)?;
    if sheet.context.migration.down {
        // its files are in the image that is going to be put in place
        let image = sheet.chosen.as_ref().map(|chosen| match &chosen.version.digest {
            Some(digest) if chosen.label.contains('@') => digest,
            _ => &chosen.label,
        });
        let image = image.map(|image| format!(" --image {image}")).unwrap_or_default();
        sheet.facts.undo = Some(format!("flightdeck migrate {}{image} --down", sheet.facts.key));
    }
    if sheet.context.migration.local {
        return Ok(local(sheet));
    }
    let chosen = sheet.chosen.clone();
    let (to, diff) = (sheet.plan.to.clone(), std::mem::take(&mut sheet.plan.diff));
    let steps = tasks(sheet, None, chosen)?;
    sheet.plan.to = to;
    if !diff.is_empty() {
        sheet.plan.diff = diff;
    }
    Ok(steps)
}

/// Refuses what cannot be run at all.
fn settings(sheet: &mut Sheet) -> Part<()> {
    let context = sheet.context;
    let settings = &context.migration;
    if settings.command.is_empty() {
        return Err(Halt::refuse(
            format!("no migration is configured for {}", sheet.name()),
            "set command under [application.migration]",
        ));
    }
    if sheet.context.lock.is_none() {
        sheet.warn(
            "no lock is configured: nothing keeps two people from migrating at the same time (set s3 under [lock])",
        );
    }
    for command in settings.checks.iter().chain([&settings.command]) {
        if command.first().is_none_or(|word| word.trim().is_empty()) {
            return Err(Halt::refuse(
                format!("a command of the migration of {} is empty", sheet.name()),
                "see command and checks under [application.migration]",
            ));
        }
    }
    Ok(())
}

/// Refuses to migrate beside a command of this machine that nobody watches any more.
fn beside_none(sheet: &mut Sheet) -> Part<()> {
    let context = sheet.context;
    for (run, process) in &context.begun_here {
        let id = process.id;
        match sheet.found.life(process)? {
            Life::Gone => {}
            Life::Runs => {
                return Err(Halt::refuse(
                    format!("the command of run {run} still runs on this machine, as process {id}"),
                    format!("wait until it has ended, or end it (kill {id}), and see what it did"),
                ));
            }
            Life::Unknown => sheet.warn(format!(
                "the end of the command of run {run} was not seen: it was process {id} on this machine, which may still run"
            )),
        }
    }
    Ok(())
}

/// Refuses to migrate beside a task that another run of flightdeck started: nobody may watch it any more, and the lock
/// under which it began may have expired.
fn beside_no_task(sheet: &mut Sheet, definition: &str) -> Part<()> {
    let cluster = sheet.context.migration.cluster.as_ref().unwrap_or(&sheet.facts.cluster);
    match sheet.found.begun(begun(cluster, definition))? {
        Ok(tasks) => match other(tasks, "", sheet.now) {
            // a plan is shown under a lock, whoever holds it; it is asked for again before the task is started
            Some(told) if sheet.context.lock.is_some() => {
                sheet.warn(format!("{told}; the run refuses to start another while it runs"));
                Ok(())
            }
            Some(told) => Err(Halt::refuse(told, "wait until it has ended, or stop it, and plan again")),
            None => Ok(()),
        },
        Err(trouble) if is_unlisted(trouble) && sheet.context.lock.is_none() => Err(Halt::refuse(
            format!(
                "whether another migration runs could not be read, and no lock keeps two apart: {trouble}"
            ),
            UNTOLD,
        )),
        Err(trouble) => {
            sheet.warn(format!("whether another migration runs could not be read: {trouble}"));
            Ok(())
        }
    }
}

fn timeout_ms(settings: &MigrationSettings) -> u64 {
    if settings.timeout_s == 0 { TIMEOUT_S } else { settings.timeout_s }.saturating_mul(1_000)
}

/// Every command, with whether it only checks.
fn commands(settings: &MigrationSettings) -> impl Iterator<Item = (&Vec<String>, bool)> {
    let checks = settings.checks.iter().map(|check| (check, true));
    checks.chain([(&settings.command, false)])
}

/// Tells what is run.
fn tell(sheet: &mut Sheet) {
    let settings = &sheet.context.migration;
    for check in &settings.checks {
        sheet.line("check", secret::command(check));
    }
    sheet.strong("command", secret::command(&settings.command));
    if !settings.environment.is_empty() {
        let names: Vec<&str> = settings.environment.iter().map(|(name, _)| name.as_str()).collect();
        sheet.line("sets", names.join(", "));
    }
}

fn local(sheet: &mut Sheet) -> Steps {
    sheet.facts.application.clone_from(&sheet.context.service.application);
    tell(sheet);
    sheet.line("runs on", "this machine, with its network and its credentials; no shell is asked");
    let settings = &sheet.context.migration;
    sheet.line("timeout", duration(timeout_ms(settings)));
    let mut steps = Steps::new();
    for (command, check) in commands(settings) {
        sheet.facts.orders.push(TaskOrder {
            asked: OneOffTask {
                command: command.clone(),
                environment: settings.environment.clone(),
                ..OneOffTask::default()
            },
            variables: settings.environment.len(),
            timeout_ms: timeout_ms(settings),
            check,
            ..TaskOrder::default()
        });
        steps.push((
            Stage::RunLocal,
            format!("{} on this machine, to its exit code", secret::command(command)),
        ));
    }
    steps
}

/// Tasks: of the image that is put in place where a change follows, else of the picked one or that in use.
fn tasks(sheet: &mut Sheet, picked: Option<&ImageChoice>, chosen: Option<Chosen>) -> Part<Steps> {
    let settings = &sheet.context.migration;
    if sheet.kind() == Kind::AppRunner && (settings.cluster.is_none() || settings.task_definition.is_none()) {
        return Err(Halt::refuse(
            "App Runner runs no one-off tasks",
            "run it from an ECS service that has the same image and reaches the same database: name cluster and task_definition under [application.migration], or set local = true",
        ));
    }
    let definition = match &settings.task_definition {
        Some(named) => sheet.found.definition(named)?,
        None => shared::definition(sheet)?,
    };
    let (container, reason) = container(sheet, definition)?;
    beside_no_task(sheet, &definition.arn)?;
    let cluster = settings.cluster.clone().unwrap_or_else(|| sheet.facts.cluster.clone());
    let network = settings.network.clone().or_else(|| sheet.detail.network.clone());
    if definition.network_mode == "awsvpc" && network.is_none() {
        return Err(Halt::refuse(
            if sheet.detail.service.controller.has_task_sets() {
                format!(
                    "{} needs a network (awsvpc), and neither {} nor its task sets name one",
                    definition.label(),
                    sheet.name()
                )
            } else {
                format!("{} needs a network (awsvpc), and none is known", definition.label())
            },
            "set subnets under [application.migration], or look at the service's network configuration",
        ));
    }
    let network = network.filter(|_| definition.network_mode == "awsvpc");
    fits(settings, &container.name)?;
    let before_change = chosen.is_some();
    let copy = match &chosen {
        Some(chosen) => of_change(sheet, definition, container, chosen)?,
        None => of_choice(sheet, definition, container, picked)?,
    };
    tell(sheet);
    if before_change {
        // the application's container was told with its image
        sheet.line("migrates in", format!("container {}", container.name));
    } else {
        match reason {
            Some(reason) => shared::tell_container(sheet, container, reason),
            None => sheet.line("container", format!("{}: configured for the migration", container.name)),
        }
    }
    let mut steps = Steps::new();
    let (template, told) = match copy {
        Which::Same => (None, definition.label()),
        Which::Deployed(place) => (Some(place), format!("the new revision of {}", definition.family)),
        Which::New(reference) => {
            let changed = [container.name.clone()];
            let place = shared::register(sheet, definition, &changed, &reference, false)?;
            sheet.plan.diff =
                diff::between(&definition.shown, &definition.shown_with_images(&changed, &reference));
            steps.push((
                Stage::Register,
                format!("register a copy of {} with the image pinned", label(&definition.arn)),
            ));
            if !before_change && picked.is_some() {
                sheet.line("service", format!("{} stays as it is", sheet.name()));
            }
            (Some(place), format!("a copy of {}", definition.label()))
        }
    };
    sheet.line("definition", told);
    if sheet.facts.key.cluster.as_ref() != cluster {
        sheet.line("runs in", &cluster);
    }
    let arn = template.is_none().then(|| definition.arn.clone());
    launch(sheet, &cluster, network, (definition, container), (arn, template))?;
    let start = sheet.facts.orders.last().map_or(0, TaskOrder::start_ms);
    sheet.line(
        "timeout",
        format!("{} from its start, which may take {}", duration(timeout_ms(settings)), duration(start)),
    );
    log(sheet, container);
    for (command, check) in commands(settings) {
        let what = if check { "the check" } else { "the migration" };
        steps.push((Stage::RunTask, format!("start one task for {what}")));
        steps.push((Stage::Task, format!("{}, to its exit code", secret::command(command))));
    }
    Ok(steps)
}

/// Refuses commands that are longer than RunTask takes.
fn fits(settings: &MigrationSettings, container: &str) -> Part<()> {
    let environment: Vec<_> = settings
        .environment
        .iter()
        .map(|(name, value)| serde_json::json!({"name": name, "value": value}))
        .collect();
    for (command, _) in commands(settings) {
        let overrides = serde_json::json!({
            "containerOverrides": [{"name": container, "command": command, "environment": environment}]
        });
        if overrides.to_string().chars().count() > OVERRIDES_MAX {
            return Err(Halt::refuse(
                format!("the command is longer than RunTask takes ({OVERRIDES_MAX} characters)"),
                "put it into a script in the image",
            ));
        }
    }
    Ok(())
}

/// The container that the command runs in; the reason, where it is the application's.
fn container<'a>(
    sheet: &Sheet,
    definition: &'a TaskDefinition,
) -> Part<(&'a ContainerBrief, Option<Reason>)> {
    let main = || {
        shared::container_elsewhere(sheet, definition).map(|(container, reason)| (container, Some(reason)))
    };
    let Some(wanted) = &sheet.context.migration.container else {
        return main();
    };
    // Express Mode calls its container Main, whatever the application calls it elsewhere
    let express = || (sheet.kind() == Kind::Express).then(main).and_then(Result::ok);
    let named = definition.containers.iter().find(|c| &c.name == wanted).map(|container| (container, None));
    named.or_else(express).ok_or_else(|| {
        Halt::refuse(
            format!("{} has no container {wanted}", definition.label()),
            format!("its containers are {}", shared::names(definition)),
        )
    })
}

fn launch(
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
    let left = launch.volumes.iter().fold(launch.tags_left, |sum, volume| sum + volume.tags_left);
    if left > 0 {
        let (tags, hold) = if left == 1 { ("tag is", "it holds") } else { ("tags are", "they hold") };
        sheet.warn(format!(
            "{left} {tags} not given to the task: {hold} what looks like a secret, or letters that do not print"
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

fn log(sheet: &mut Sheet, container: &ContainerBrief) {
    match container.log.source(&container.name, &sheet.plan.region) {
        Ok(source) => sheet.line("log", source.to_string()),
        Err(why) => sheet.warn(format!("{why} The run shows no lines.")),
    }
}
