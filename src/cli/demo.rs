//! The cockpit on a simulator of its own.

use super::{
    args::{Common, Demo},
    cockpit,
    fail::{FAILED, Failure},
    load, sim,
};
use crate::{
    config::{
        Application, Environment, Flags, Loaded,
        settings::{AccessKey, Lock, Migration, NoEvidence, OtherContainers, Promotion, Scope, Verify},
    },
    model::{EnvironmentName, Kind, Protection, Sealed, ServiceKey},
    runtime::{
        Launch,
        clock::{Clock, wall},
        disk::Private,
        routes::{self, Made, Routes},
    },
    sim::world::{self, World},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How often the demo asks, unless told otherwise: its clock is fast.
const REFRESH: &str = "2s";

/// How the name of the bucket for locks and records of runs ends, in any world.
const BUCKET: &str = "-flightdeck";

/// Opens the cockpit on a simulated AWS.
pub fn fly(common: &Common, demo: &Demo) -> Result<u8, Failure> {
    cockpit::terminal_or_fail("`flightdeck sim` serves the same world to programs")?;
    let begin = cockpit::begin(&demo.start)?;
    let world = sim::world(&demo.world)?;
    let all = environments(&world);
    let wanted =
        |name: &&str| common.environments.is_empty() || common.environments.iter().any(|e| e == name);
    let names = all.iter().map(|environment| environment.name.as_str()).filter(wanted);
    cockpit::known(&begin, &names.collect::<Vec<_>>())?;
    let (loaded, routes, clock) = prepare(common, demo, world)?;
    let place = Place::make()?;
    let launch = cockpit::assemble(loaded, routes, clock, None, place.0.clone());
    let code = cockpit::launch(Launch { begin, ..launch });
    drop(place);
    code
}

/// Settings, environments and clock of a demo in this world; its simulator starts with the flight.
pub fn prepare(common: &Common, demo: &Demo, world: World) -> Result<(Loaded, Routes, Clock), Failure> {
    let mut flags = Flags { no_files: true, ..load::flags(common) };
    flags.refresh.get_or_insert_with(|| REFRESH.into());
    (flags.profile, flags.region, flags.endpoint_url) = (None, None, None);
    let mut loaded = load::load(common, &flags)?;
    loaded.settings.applications = applications(&world);
    loaded.settings.lock = lock(&world);
    let mut environments = environments(&world);
    if let Some(name) =
        common.environments.iter().find(|name| !environments.iter().any(|e| e.name.as_str() == *name))
    {
        return Err(load::unknown(name, &environments.iter().map(|e| e.name.as_str()).collect::<Vec<_>>()));
    }
    environments.retain(|e| {
        common.environments.is_empty() || common.environments.iter().any(|n| n == e.name.as_str())
    });
    let clock = Clock::scaled(Instant::now(), wall(), demo.speed);
    let (settings, options, speed) = (loaded.settings.clone(), demo.world.clone(), demo.speed);
    let made = move || {
        let url = sim::embed(world, &options, speed, clock)
            .map_err(|error| format!("the simulator failed: {error}"))?;
        for environment in &mut environments {
            environment.endpoint_url = Some(url.clone());
        }
        let routes = environments.iter().map(|e| routes::route(e, &settings)).collect();
        Ok(Made { environments, routes, gaps: Vec::new() })
    };
    Ok((loaded, Routes::Made(Box::new(made)), clock))
}

/// A directory for the demo's journal, gone with it.
struct Place(PathBuf);

impl Place {
    fn make() -> Result<Self, Failure> {
        let base = std::env::temp_dir();
        for number in 0..100_u32 {
            let path = base.join(format!("flightdeck-demo-{}-{number}", std::process::id()));
            // Made by us or not at all: somebody else's directory of that name is passed over.
            match fs::DirBuilder::new().private().create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(no_place(&path, &error)),
            }
        }
        Err(no_place(&base, &io::ErrorKind::AlreadyExists.into()))
    }
}

fn no_place(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        FAILED,
        format!("the demo cannot keep its journal in {}: {error}; set TMPDIR", path.display()),
    )
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The world's environments as a configuration would have them.
pub fn environments(world: &World) -> Vec<Environment> {
    world
        .environments()
        .iter()
        .map(|found| {
            let mut environment = Environment::named(&found.name);
            environment.region = Some(found.region.clone());
            environment.account = Some(found.account.clone());
            environment.clusters = scope(&found.clusters);
            environment.apprunner = scope(&found.apprunner);
            environment.promote_from = found.promote_from.as_deref().map(EnvironmentName::from);
            environment.access_key = Some(AccessKey {
                id: found.access_key.clone().unwrap_or_else(|| "AKIADEMO".into()),
                secret: Sealed::new("demo".into()),
            });
            if let Some(protection) = found.protection.as_deref().and_then(protection) {
                environment.protection = protection;
            }
            environment
        })
        .collect()
}

fn scope(names: &[String]) -> Scope {
    if names.is_empty() { Scope::None } else { Scope::Named(names.to_vec()) }
}

fn protection(word: &str) -> Option<Protection> {
    [Protection::Open, Protection::Confirm, Protection::Typed, Protection::ReadOnly]
        .into_iter()
        .find(|protection| protection.word() == word)
}

/// The team's lock, in a world that has the bucket for it.
pub fn lock(world: &World) -> Option<Lock> {
    let bucket = world.buckets.iter().find(|bucket| bucket.name.ends_with(BUCKET))?;
    Some(Lock { bucket: bucket.name.clone(), prefix: String::new(), ttl: Lock::TTL })
}

/// The world's applications as a configuration would have them.
pub fn applications(world: &World) -> Vec<Application> {
    world
        .applications
        .iter()
        .map(|found| Application {
            name: found.name.clone(),
            repository: Some(found.repository.clone()),
            container: None,
            other_containers: OtherContainers::default(),
            services: found.services.iter().filter_map(|(environment, at)| key(environment, at)).collect(),
            promotion: Promotion::Pinned,
            migration: found.migration.as_ref().map(migration),
            verify: found.verify.as_ref().map(|verify| Verify {
                window: Duration::try_from_secs_f64(verify.window).unwrap_or(Verify::WINDOW),
                max_5xx_ratio: verify.max_5xx_ratio,
                max_5xx_rise: None,
                max_p99: None,
                max_p99_rise: None,
                alarms: verify.alarms.clone(),
                no_evidence: NoEvidence::default(),
                rollback: false,
            }),
        })
        .collect()
}

fn migration(found: &world::Migration) -> Migration {
    Migration {
        container: Some(found.container.clone()),
        checks: found.checks.clone(),
        ..Migration::of(found.command.clone())
    }
}

/// `ecs:cluster/service`, `express:cluster/service` or `apprunner:name` in an environment.
fn key(environment: &str, at: &str) -> Option<ServiceKey> {
    let (kind, rest) = at.split_once(':')?;
    let kind: Kind = kind.parse().ok()?;
    let (cluster, name) = if kind == Kind::AppRunner { ("", rest) } else { rest.split_once('/')? };
    Some(ServiceKey::new(environment, kind, cluster, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::args::World as Options, config::Settings};

    #[test]
    fn only_the_fleet_has_a_number_of_services() {
        let failure = sim::world(&Options { name: "fem".into(), seed: 1, services: Some(20), untidy: None })
            .unwrap_err();
        assert_eq!(failure.code, 2);
        assert!(failure.message.contains("--world fleet"), "{failure}");
    }

    #[test]
    fn a_world_of_ones_own_comes_by_its_path_and_tells_what_is_wrong_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mine.toml");
        let load = |text: &str, services| {
            fs::write(&path, text).unwrap();
            sim::world(&Options { name: path.display().to_string(), seed: 1, services, untidy: None })
        };
        let text = crate::sim::worlds::text("rollouts").unwrap();
        let world = load(text, None).unwrap();
        assert_eq!(world.name, "mine");
        assert_eq!(environments(&world).len(), world.environments().len());
        assert_eq!(lock(&world).unwrap().bucket, "rollouts-flightdeck");

        let failure = load(&text.replacen("desired =", "desierd =", 1), None).unwrap_err();
        let line = 1 + text.lines().position(|line| line.starts_with("desired =")).unwrap();
        assert_eq!(failure.code, 2);
        assert!(
            failure.message.starts_with(&format!("{}:{line}:1: unknown field `desierd`", path.display())),
            "{failure}"
        );
        let wrong = text.replacen("about =", "about = \u{1b}[2J", 1);
        assert!(!load(&wrong, None).unwrap_err().message.contains('\u{1b}'));

        assert!(load(text, Some(3)).unwrap_err().message.contains("a file with [fleet]"));
        let fleet = crate::sim::worlds::text("fleet").unwrap();
        assert_eq!(load(fleet, Some(30)).unwrap().services.len(), 30);
        let none = Options { name: "./none-of-that.toml".into(), seed: 1, services: None, untidy: None };
        let failure = sim::world(&none).unwrap_err();
        assert_eq!(failure.code, 2);
        assert!(
            failure.message.starts_with("--world ./none-of-that.toml: the file cannot be read: "),
            "{failure}"
        );
    }

    /// What one `P` in the demo needs: staging's image goes to prod through checks, migration and verify window.
    #[test]
    fn the_demo_is_configured_for_a_promotion() {
        let world =
            sim::world(&Options { name: "fem".into(), seed: 1, services: None, untidy: None }).unwrap();
        assert_eq!(lock(&world).unwrap().bucket, "fem-flightdeck");
        let settings = Settings {
            environments: environments(&world),
            applications: applications(&world),
            ..Settings::default()
        };
        let prod = EnvironmentName::from("prod");
        let from = settings.promoted_from(&prod).unwrap();
        let key = ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service");
        let application = settings.application_for(&key).unwrap();
        assert!(application.service_in(from).is_some());
        let migration = application.migration.as_ref().unwrap();
        assert!(!migration.checks.is_empty() && migration.container.is_some());
        let verify = application.verify.as_ref().unwrap();
        assert!(verify.window > Duration::ZERO && verify.max_5xx_ratio.is_some());
        assert!(verify.alarms_in(&prod).contains(&"prod-service-5xx".to_owned()));
    }

    #[test]
    fn every_world_is_configured_whole() {
        for name in crate::sim::worlds::names() {
            let services = (name == "fleet").then_some(20);
            let world = sim::world(&Options { name: name.into(), seed: 1, services, untidy: None }).unwrap();
            assert_eq!(environments(&world).len(), world.environments().len(), "{name}");
            for (application, found) in applications(&world).iter().zip(&world.applications) {
                assert_eq!(application.services.len(), found.services.len(), "{name}: {}", found.name);
            }
        }
    }
}
