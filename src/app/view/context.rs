//! What a planner is told, in the cockpit and on the command line: the settings, and what this machine's journal
//! knows.

use crate::{
    config::{
        Application, Settings,
        settings::{self, Migration},
    },
    model::{
        EnvironmentName, Protection, RunId, RunKind, RunView, Service, ServiceKey, Stamp, Version,
        object::Place, process::Process, run::same_machine,
    },
    ops::{
        self, Beside, Context, LockSettings, MigrationSettings, Neighbour, NoEvidence, Promotion, Ran,
        VerifySettings,
    },
};
use std::time::Duration;

/// Where a service is, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Whereabouts {
    /// Twelve digits; empty where none is known.
    pub account: String,
    /// The region; empty for that of the service's ARN.
    pub region: String,
}

/// The context of a change of `service`. `who` is `user@host`; `past` are the runs of the journal.
pub fn of(
    settings: &Settings,
    service: Service,
    whereabouts: &Whereabouts,
    who: &str,
    past: &[RunView],
) -> Context {
    let key = service.key.clone();
    let configured = settings.environment(&key.environment);
    let account = configured.and_then(|e| e.account.clone()).unwrap_or_else(|| whereabouts.account.clone());
    let region = match whereabouts.region.as_str() {
        "" => service.arn.split(':').nth(3).unwrap_or_default().to_owned(),
        known => known.to_owned(),
    };
    let mut context = Context::new(service, &account, &region, who);
    if let Some(application) = settings.application_for(&key) {
        configure(&mut context, application, &key.environment);
    }
    context.lock = lock(settings);
    context.previous = previous(past, &key);
    own(&mut context, past.iter().filter(|run| run.header.key == key));
    context.begun_here = begun_here(past, settings, &key, who);
    context.changed_at = past.iter().filter(|view| view.header.key == key).filter_map(|v| v.changed_at).max();
    // a demo asks often, since its clock is fast; nobody's AWS is asked more often than this
    context.poll_ms = millis(settings.refresh / 2).clamp(500, ops::POLL_MS);
    context.stuck_after_ms = millis(settings.stuck_after);
    context.read_only = settings.protection(&key.environment) == Protection::ReadOnly;
    context.beside = beside(settings, &key.environment);
    let described = configured.or_else(|| settings.stricter_than_its_name(&key.environment));
    context.stricter = described.and_then(settings::Environment::stricter).unwrap_or_default();
    context
}

/// Tells of runs of this machine whether their lock may be taken for the rollback that puts them back: nobody's where a
/// command is still to come, or may still run.
pub fn own<'v>(context: &mut Context, runs: impl IntoIterator<Item = &'v RunView>) {
    for run in runs {
        let id = run.header.id.to_string();
        // what is told last counts
        context.own.retain(|known| *known != id);
        context.busy.retain(|known| *known != id);
        if run.has_commands() { &mut context.busy } else { &mut context.own }.push(id);
    }
}

/// Commands of this machine whose end the journal does not tell, of runs of a service's application in its environment.
pub fn begun_here<'v>(
    past: impl IntoIterator<Item = &'v RunView>,
    settings: &Settings,
    key: &ServiceKey,
    who: &str,
) -> Vec<(RunId, Process)> {
    let application = settings.application_for(key);
    let same = |other: &ServiceKey| {
        let place = other.cluster == key.cluster && other.name == key.name;
        let siblings = other.environment == key.environment && application.is_some_and(|own| own.has(other));
        place || siblings
    };
    let here = |run: &&RunView| same(&run.header.key) && same_machine(&run.header.who, who);
    let runs = past.into_iter().filter(here);
    runs.filter_map(|run| Some((run.header.id.clone(), run.process.clone()?))).collect()
}

/// What is protected more strictly beside an environment.
fn beside(settings: &Settings, environment: &EnvironmentName) -> Beside {
    let bare = |name: &String| settings::bare(name).to_owned();
    let own = settings.environment(environment);
    let stricter = settings.stricter(environment).into_iter();
    let stricter = stricter.map(|settings::Stricter { environment: other, beside }| Neighbour {
        name: other.name.clone(),
        protection: other.protection,
        clusters: match &other.clusters {
            settings::Scope::All => None,
            settings::Scope::None => Some(Vec::new()),
            settings::Scope::Named(names) => Some(names.iter().map(bare).collect()),
        },
        apprunner: match &other.apprunner {
            settings::Scope::All => None,
            settings::Scope::None => Some(Vec::new()),
            settings::Scope::Named(names) => Some(names.clone()),
        },
        beside,
        // of one that a project describes otherwise than the user's own file only the credentials at hand can tell
        reached: !beside
            || settings
                .environment(&other.name)
                .filter(|known| known.same_scope(other) && !known.is_elsewhere(other))
                .is_some_and(|known| own.is_none_or(|own| !own.same_way(known))),
    });
    Beside {
        own: settings.protection(environment),
        stricter: stricter.collect(),
        discovered: settings.environments.is_empty(),
    }
}

/// Where the team's locks and records are; none where none are configured.
pub fn lock(settings: &Settings) -> Option<LockSettings> {
    let lock = settings.lock.as_ref()?;
    Some(LockSettings { place: lock.place(), ttl_ms: millis(lock.ttl) })
}

/// Bucket and prefix of the team's locks; none where none are kept.
pub fn locks(settings: &Settings) -> Option<Place> {
    lock(settings).map(|lock| lock.place)
}

/// The variables that the configuration sets for the commands of a service's migration, with their values, which
/// no journal keeps. Never format what this returns.
pub fn variables(settings: &Settings, key: &ServiceKey) -> Vec<(String, String)> {
    let application = settings.application_for(key);
    application.and_then(|a| a.migration_for(key)).map(Migration::variables).unwrap_or_default()
}

/// The commands that the configuration sets for a service's migration: a journal keeps them without the secrets among
/// their words.
pub fn commands(settings: &Settings, key: &ServiceKey) -> Vec<Vec<String>> {
    let migration = settings.application_for(key).and_then(|application| application.migration_for(key));
    migration
        .map_or_else(Vec::new, |own| own.checks.iter().chain([&own.command, &own.down]).cloned().collect())
}

fn configure(context: &mut Context, application: &Application, environment: &EnvironmentName) {
    context.repository.clone_from(&application.repository);
    context.container.clone_from(&application.container);
    context.others_stay = application.other_containers == settings::OtherContainers::Stay;
    context.promotion = match application.promotion {
        settings::Promotion::Pinned => Promotion::Pinned,
        settings::Promotion::Tag => Promotion::Tag,
    };
    let kind = context.service.key.kind;
    if let Some(migration) = application.migration.as_ref().map(|m| m.of_kind(kind)) {
        context.migration = MigrationSettings {
            container: migration.container.clone(),
            command: migration.command.clone(),
            checks: migration.checks.clone(),
            environment: migration.variables(),
            down: !migration.down.is_empty(),
            local: migration.local,
            timeout_s: migration.timeout.as_secs(),
            cluster: migration.cluster_in(environment),
            task_definition: migration.task_definition_in(environment),
            network: migration.network.clone(),
            launch_type: migration.launch_type.map(|kind| kind.word().to_owned()).unwrap_or_default(),
            ..MigrationSettings::default()
        };
    }
    context.verify = application.verify.as_ref().map(|verify| VerifySettings {
        window_ms: millis(verify.window),
        max_5xx_ratio: verify.max_5xx_ratio,
        max_5xx_rise: verify.max_5xx_rise,
        max_p99_ms: verify.max_p99.map(millis),
        max_p99_rise: verify.max_p99_rise,
        alarms: verify.alarms_in(environment),
        no_evidence: match verify.no_evidence {
            settings::NoEvidence::Unverified => NoEvidence::Unverified,
            settings::NoEvidence::Pass => NoEvidence::Pass,
            settings::NoEvidence::RollBack => NoEvidence::RollBack,
        },
    });
    context.verify_rollback = application.verify.as_ref().is_some_and(|verify| verify.rollback);
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Images that this machine's journal knows to have run here: those its runs put in place, and those that were
/// set when a run began.
fn previous(past: &[RunView], key: &ServiceKey) -> Vec<(Version, Ran)> {
    let own = || past.iter().filter(|view| view.header.key == *key);
    let put = |view: &RunView| -> Option<Stamp> {
        let (verdict, _, at) = view.end.as_ref()?;
        if !verdict.in_place() {
            return None;
        }
        let puts = matches!(
            view.header.kind,
            RunKind::Deploy | RunKind::Rollback | RunKind::Promote | RunKind::Release
        );
        puts.then_some(*at)
    };
    let set_before = own().filter_map(|view| {
        let at = view.header.at;
        let ran = match (put(view), view.header.kind) {
            (Some(_), RunKind::Rollback) => Ran::RolledBackFrom(at),
            (Some(_), _) => Ran::Until(at),
            (None, _) => Ran::Seen(at),
        };
        Some((view.before.clone()?, ran))
    });
    own()
        .filter_map(|view| {
            let at = put(view)?;
            let image = view.writes.iter().rev().find_map(|(operation, target, _)| {
                let image = target.split_once(" → ").map(|(_, image)| image)?;
                matches!(operation.as_str(), "apprunner:UpdateService" | "ecs:UpdateExpressGatewayService")
                    .then_some(image)
            })?;
            Some((Version::of(image, None), Ran::PutInPlace(at)))
        })
        .chain(set_before)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::source::Source, model::Kind};

    const TEXT: &str = r#"
refresh = "1s"
[[environment]]
name = "prod"
account = "111122223333"
protection = "read-only"
[[application]]
name = "shop"
repository = "shop"
promotion = "tag"
services = { prod = "ecs:prod/web" }
[application.migration]
command = ["goose", "up"]
checks = [["goose", "status"]]
down = ["goose", "down"]
timeout = "2m"
cluster = "{environment}-tasks"
environment = { GOOSE = "1" }
launch_type = "FARGATE"
[application.verify]
window = "3m"
max_5xx_ratio = 0.02
alarms = ["{environment}-5xx"]
[lock]
s3 = "s3://fem-locks/team"
ttl = "10m"
"#;

    fn service(name: &str) -> Service {
        let arn = format!("arn:aws:ecs:eu-west-1:111122223333:service/prod/{name}");
        Service::named(ServiceKey::new("prod", Kind::Ecs, "prod", name), arn)
    }

    #[test]
    fn the_settings_reach_the_planner() {
        let settings = Settings::parse(&Source::new("t", TEXT.to_owned())).unwrap();
        let here = Whereabouts { account: "999999999999".into(), region: String::new() };
        let context = of(&settings, service("web"), &here, "me@here", &[]);
        assert_eq!((context.account.as_str(), context.region.as_str()), ("111122223333", "eu-west-1"));
        assert_eq!((context.poll_ms, context.read_only), (500, true));
        assert_eq!(context.repository.as_deref(), Some("shop"));
        assert_eq!(context.migration.checks, [["goose", "status"]]);
        assert_eq!(context.migration.timeout_s, 120);
        assert_eq!(context.migration.cluster.as_deref(), Some("prod-tasks"));
        assert_eq!(context.migration.environment, [("GOOSE".to_owned(), "1".to_owned())]);
        assert_eq!((context.migration.launch_type.as_str(), context.promotion), ("FARGATE", Promotion::Tag));
        let lock = context.lock.unwrap();
        assert_eq!((lock.place.to_string().as_str(), lock.ttl_ms), ("s3://fem-locks/team", 600_000));
        let verify = context.verify.unwrap();
        assert_eq!((verify.window_ms, verify.max_5xx_ratio), (180_000, Some(0.02)));
        assert_eq!(verify.alarms, ["prod-5xx"]);
        // of another service nothing is configured
        let other = of(&settings, service("other"), &here, "me@here", &[]);
        assert!(other.migration.command.is_empty() && other.verify.is_none());
    }

    #[test]
    fn stricter_environments_are_asked_by_whoever_can_see_them() {
        let text = |more: &str| {
            format!(
                "[[environment]]\nname = \"staging\"\nclusters = [\"staging\"]\naccount = \"111122223333\"\nprotection = \"open\"\n\
                 [[environment]]\nname = \"prod\"\nclusters = [\"arn:aws:ecs:us-west-2:111122223333:cluster/prod\"]\n\
                 apprunner = [\"shop\"]\n{more}\n"
            )
        };
        for (more, near, reached) in [
            ("", true, false),
            ("profile = \"prod\"", true, true),
            ("account = \"111122223333\"", true, false),
            ("account = \"999999999999\"", false, true),
        ] {
            let settings = Settings::parse(&Source::new("t", text(more))).unwrap();
            let found = beside(&settings, &"staging".into());
            let prod = Neighbour {
                name: "prod".into(),
                protection: Protection::Typed,
                clusters: Some(vec!["prod".into()]),
                apprunner: Some(vec!["shop".into()]),
                beside: near,
                reached,
            };
            assert_eq!(found.stricter, [prod], "{more}");
            assert!(beside(&settings, &"prod".into()).stricter.is_empty());
        }
    }
}
