//! What changes depend on, as far as it can be told without making one.

use super::line::{Grade, Line};
use crate::{
    aws::policy::{self, On},
    config::{
        Application, Settings,
        settings::{LaunchType, Migration, Promotion, value},
    },
    model::Kind,
};
use std::{fmt::Write, path::Path};

/// Who needs which operations of AWS for changes, as policies name them.
pub(super) fn needed() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut found: Vec<(&str, Vec<&str>)> =
        [ECS, TASKS, EXPRESS, APP_RUNNER, TAG, LOCK].map(|who| (who, Vec::new())).to_vec();
    for permission in policy::all() {
        let who = match permission.on {
            On::Read => continue,
            On::Services if permission.action == "ecs:UpdateExpressGatewayService" => EXPRESS,
            On::Services | On::Deployments | On::Registration | On::Roles => ECS,
            On::Definitions | On::Tasks => TASKS,
            On::AppRunner => APP_RUNNER,
            On::Repositories => TAG,
            On::Bucket | On::Records | On::Objects => LOCK,
        };
        if let Some((_, actions)) = found.iter_mut().find(|(group, _)| *group == who) {
            actions.push(permission.action);
        }
    }
    found
}

const ECS: &str = "ECS";
const TASKS: &str = "migrations and tasks";
const EXPRESS: &str = "Express Mode";
const APP_RUNNER: &str = "App Runner";
const TAG: &str = "promotion by tag";
const LOCK: &str = "the team's lock";

/// Everything that the settings alone tell; `path` is the variable of that name.
pub(super) fn lines(settings: &Settings, path: &str) -> Vec<Line> {
    let mut lines = vec![permissions(settings), journal(settings)];
    for application in &settings.applications {
        if let Some(migration) = &application.migration {
            lines.extend(migrations(application, migration, path));
        }
    }
    lines
}

fn permissions(settings: &Settings) -> Line {
    let what = "permissions for changes";
    if settings.read_only {
        return Line::new(Grade::Note, what, "none are needed: read_only is set", "");
    }
    let tags = settings.applications.iter().any(|a| a.promotion == Promotion::Tag);
    let asked = |who: &str| match who {
        TAG => tags,
        LOCK => settings.lock.is_some(),
        _ => true,
    };
    let mut found = "not tried (writes); changes need".to_owned();
    for (who, actions) in needed().iter().filter(|(who, _)| asked(who)) {
        let _ = write!(found, "\n  for {who}: {}", actions.join(" "));
    }
    Line::new(Grade::Note, what, found, "")
}

fn journal(settings: &Settings) -> Line {
    let found = match settings.journal_keep {
        Some(keep) => format!("runs are kept {}, then they go into the archive", value::spell(keep)),
        None => "runs are kept forever".to_owned(),
    };
    Line::new(Grade::Ok, "journal", found, "")
}

/// Migrations that are going to be refused, or to find nothing to run.
fn migrations(application: &Application, migration: &Migration, path: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let what = format!("{} migrations", application.name);
    let own = migration.of_kind(Kind::AppRunner);
    let apprunner: Vec<String> = application
        .services
        .iter()
        .filter(|key| key.kind == Kind::AppRunner)
        .map(|key| format!("{}/{}", key.environment, key.name))
        .collect();
    if !apprunner.is_empty() && !own.fits_apprunner() {
        lines.push(Line::new(
            Grade::Warn,
            &what,
            format!("App Runner runs no tasks: migrations of {} will be refused", apprunner.join(", ")),
            "set cluster and task_definition, or local = true, under [application.migration.apprunner]",
        ));
    } else if !apprunner.is_empty() && !own.local && own.network.is_none() {
        // Where the task definition has a network of its own kind, none needs to be named.
        let sure = own.launch_type == Some(LaunchType::Fargate);
        let will = if sure { "will" } else { "may" };
        lines.push(Line::new(
            Grade::Warn,
            &what,
            format!("no subnets are named: migrations of {} {will} be refused", apprunner.join(", ")),
            "set subnets and security_groups beside the cluster",
        ));
    }
    let all = [Some(migration), migration.apprunner.as_deref()];
    let mut told: Vec<&str> = Vec::new();
    for one in all.into_iter().flatten() {
        let credentials: Vec<&str> =
            one.credentials().into_iter().filter(|name| !told.contains(name)).collect();
        told.extend(&credentials);
        if credentials.is_empty() {
            continue;
        }
        let (whither, remedy) = if one.local {
            ("it is read by everybody who reads the file", "leave it to this machine's own environment")
        } else {
            (
                "AWS shows it to everybody who may look at tasks",
                "put it into the task definition as a secret, and leave it out here",
            )
        };
        let found = format!("{} in environment reads like a credential: {whither}", credentials.join(", "));
        lines.push(Line::new(Grade::Warn, &what, found, remedy));
    }
    if migration.is_local() {
        let local = all.into_iter().flatten().filter(|one| one.local);
        let commands = local.flat_map(|one| [&one.command, &one.down].into_iter().chain(&one.checks));
        let mut programs: Vec<&str> = commands.filter_map(|c| c.first()).map(String::as_str).collect();
        programs.sort_unstable();
        programs.dedup();
        programs.retain(|program| !is_there(program, path));
        if programs.is_empty() {
            lines.push(Line::new(Grade::Ok, what, "run on this machine", ""));
        } else {
            let missing = crate::model::text::line(&programs.join(", "));
            lines.push(Line::new(
                Grade::Warn,
                what,
                format!("run on this machine, which does not have {missing}"),
                "install it, or add its directory to PATH",
            ));
        }
    }
    lines
}

/// True where a program of this name would be found. A name with a slash is a path.
fn is_there(program: &str, path: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    std::env::split_paths(path).any(|directory| directory.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::settings::Lock,
        model::{Sealed, ServiceKey, launch::Network},
    };

    fn text(lines: &[Line]) -> String {
        super::super::text(lines)
    }

    #[test]
    fn the_permissions_that_are_needed_depend_on_the_settings() {
        let mut settings = Settings::default();
        let plain = text(&lines(&settings, ""));
        assert!(plain.contains("not tried (writes)") && plain.contains("ecs:ContinueServiceDeployment"));
        assert!(!plain.contains("s3:") && !plain.contains("ecr:PutImage"), "{plain}");
        assert!(plain.contains("runs are kept 1y"), "{plain}");
        settings.lock = Some(Lock { bucket: "fem".into(), prefix: String::new(), ttl: Lock::TTL });
        settings.journal_keep = None;
        let tag = Application { promotion: Promotion::Tag, ..Application::named("api") };
        settings.applications = vec![tag];
        let more = text(&lines(&settings, ""));
        assert!(more.contains("s3:DeleteObject") && more.contains("ecr:PutImage"), "{more}");
        assert!(more.contains("kept forever"), "{more}");
        settings.read_only = true;
        assert!(text(&lines(&settings, "")).contains("none are needed"));
    }

    #[test]
    fn migrations_that_will_be_refused_are_told() {
        let mut application = Application::named("api");
        application.services = vec![
            ServiceKey::new("startup", Kind::AppRunner, "", "api"),
            ServiceKey::new("prod", Kind::Ecs, "prod", "api"),
        ];
        let of = |migration: &Migration| text(&migrations(&application, migration, "/nowhere"));
        let mut migration = Migration::of(vec!["goose".into(), "up".into()]);
        assert!(of(&migration).contains("migrations of startup/api will be refused"), "{}", of(&migration));
        migration.cluster = Some("tools".into());
        migration.task_definition = Some("migrate".into());
        assert!(of(&migration).contains("no subnets are named"), "{}", of(&migration));
        migration.launch_type = Some(LaunchType::Fargate);
        assert!(of(&migration).contains("will be refused"), "{}", of(&migration));
        migration.network = Some(Network::default());
        assert_eq!(of(&migration), "");
        let local = Migration { local: true, ..Migration::of(vec!["goose".into(), "up".into()]) };
        let mut apart = Migration::of(vec!["/bin/sh".into()]);
        apart.apprunner = Some(Box::new(local.clone()));
        assert!(of(&apart).contains("does not have goose"), "{}", of(&apart));
        assert!(of(&local).contains("does not have goose"), "{}", of(&local));
        let mut open = local;
        open.environment = vec![("DB_PASSWORD".into(), Sealed::new("hunter2".into()))];
        assert!(of(&open).contains("DB_PASSWORD in environment") && !of(&open).contains("hunter2"));
        application.services.remove(0);
        assert_eq!(text(&migrations(&application, &Migration::of(vec!["up".into()]), "")), "");
    }

    #[test]
    fn programs_are_looked_for() {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("goose");
        std::fs::write(&program, "").unwrap();
        let path = format!("/nowhere:{}", dir.path().display());
        assert!(is_there("goose", &path) && !is_there("goos", &path));
        assert!(is_there(&program.display().to_string(), ""));
        let migration = Migration { local: true, ..Migration::of(vec!["goose".into()]) };
        let lines = migrations(&Application::named("api"), &migration, &path);
        assert!(text(&lines).contains("run on this machine"), "{}", text(&lines));
    }

    /// The policy in the documentation allows what is listed here, and nothing that is not.
    #[test]
    fn the_policy_in_the_documentation_is_whole() {
        let page = include_str!("../../../docs/iam.md");
        let policy = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
        let mut allowed: Vec<&str> = policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap())
            .collect();
        allowed.sort_unstable();
        for (_, actions) in needed() {
            for action in actions {
                assert!(allowed.contains(&action), "{action} is not in the policy of docs/iam.md");
            }
        }
        let before = allowed.len();
        allowed.dedup();
        assert_eq!(before, allowed.len(), "an action is there twice");
    }
}
