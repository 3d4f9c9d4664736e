//! `flightdeck init`: a configuration with what the account holds.

use super::{
    args::{Common, Init},
    fail::{self, FAILED, Failure},
    load,
    status::{self, Reading},
};
use crate::runtime::signals;
use crate::{
    config::init::{FoundApplication, FoundEnvironment, render},
    model::{EnvironmentName, Kind, Reference, ServiceKey, service::application_of},
    runtime::{
        credential_process,
        routes::{Discovery, Routes},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

/// The file that is written.
const FILE: &str = "flightdeck.toml";

/// Looks, then writes or prints.
pub fn write(common: &Common, init: &Init) -> Result<u8, Failure> {
    if !init.stdout && Path::new(FILE).exists() {
        return Err(exists());
    }
    let mut settings = load::load(common, &load::flags(common))?.settings;
    load::check_aws(&settings)?;
    // What is configured already does not count: this is about what there is.
    settings.environments.clear();
    settings.applications.clear();
    let discovery = Discovery::of(&settings, &common.environments);
    let gateway = credential_process::gateway();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let readings =
        runtime.block_on(signals::or_ended(status::read(&gateway, Routes::Discovered(Box::new(discovery)))));
    runtime.shutdown_background();
    let readings = readings.map_err(|trouble| status::not_found(&trouble))?;
    let troubles =
        readings.environments.iter().flat_map(|reading| reading.troubles.iter().chain(&reading.beside));
    for trouble in troubles.chain(&readings.troubles) {
        let _ = writeln!(io::stderr(), "flightdeck: {trouble}");
    }
    let readings = readings.environments;
    let environments: Vec<FoundEnvironment> = readings
        .iter()
        .map(|reading| FoundEnvironment {
            profile: settings.profile.clone(),
            endpoint_url: settings.endpoint_url.clone(),
            ..environment(reading)
        })
        .collect();
    let text = render(&environments, &applications(&readings));
    if init.stdout {
        fail::print(&text)?;
        return Ok(0);
    }
    let file = OpenOptions::new().write(true).create_new(true).open(FILE);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists()),
        Err(error) => return Err(Failure::new(FAILED, format!("{FILE} could not be written: {error}"))),
    }
    fail::print(&format!(
        "wrote {FILE}: {}, {}; read through it, then run flightdeck\n",
        count(environments.len(), "environment"),
        count(readings.iter().map(|r| r.services.len()).sum(), "service")
    ))?;
    Ok(0)
}

fn exists() -> Failure {
    Failure::usage(format!("{FILE} is there already and is left as it is; see `flightdeck init --stdout`"))
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn environment(reading: &Reading) -> FoundEnvironment {
    let mut clusters: Vec<String> = Vec::new();
    let mut apprunner: Vec<String> = Vec::new();
    for service in &reading.services {
        if service.key.kind == Kind::AppRunner {
            apprunner.push(service.key.name.to_string());
        } else if !clusters.iter().any(|cluster| **cluster == *service.key.cluster) {
            clusters.push(service.key.cluster.to_string());
        }
    }
    if clusters.is_empty() && apprunner.is_empty() {
        // A cluster without services is an environment all the same.
        clusters.push(reading.name.to_string());
    }
    FoundEnvironment {
        name: reading.name.to_string(),
        region: reading.region.clone(),
        account: reading.account.clone(),
        clusters,
        apprunner,
        ..FoundEnvironment::default()
    }
}

/// Services that run images of one repository are one application. An environment has one service of each; where
/// there are more, it is the one whose name, without the environment in it, most environments have.
fn applications(readings: &[Reading]) -> Vec<FoundApplication> {
    let mut by_repository: BTreeMap<String, Vec<ServiceKey>> = BTreeMap::new();
    for service in readings.iter().flat_map(|reading| &reading.services) {
        let parts = Reference::split(&service.version.image);
        let (name, ecr) = (parts.path, parts.repository().is_ecr());
        if !ecr {
            continue;
        }
        by_repository.entry(name.to_owned()).or_default().push(service.key.clone());
    }
    by_repository
        .into_iter()
        .map(|(repository, keys)| {
            let (services, candidates) = chosen(keys);
            FoundApplication {
                name: repository.rsplit('/').next().unwrap_or(&repository).to_owned(),
                repository: Some(repository),
                services,
                candidates,
                container: None,
            }
        })
        .collect()
}

/// For each environment the one service that is the application, and those among which nothing decides.
fn chosen(keys: Vec<ServiceKey>) -> (Vec<ServiceKey>, Vec<ServiceKey>) {
    let mut spread: BTreeMap<String, BTreeSet<&EnvironmentName>> = BTreeMap::new();
    let mut order: Vec<&EnvironmentName> = Vec::new();
    for key in &keys {
        spread.entry(application_of(key)).or_default().insert(&key.environment);
        if !order.contains(&&key.environment) {
            order.push(&key.environment);
        }
    }
    // how many environments have the name; then the name that says nothing but `service`
    let weight = |key: &ServiceKey| {
        let name = application_of(key);
        (spread.get(&name).map_or(0, BTreeSet::len), name == "service")
    };
    let (mut services, mut candidates) = (Vec::new(), Vec::new());
    for environment in order {
        let own: Vec<&ServiceKey> = keys.iter().filter(|key| key.environment == *environment).collect();
        let most = own.iter().map(|key| weight(key)).max();
        let best: Vec<&ServiceKey> = own.into_iter().filter(|key| Some(weight(key)) == most).collect();
        match best.as_slice() {
            [one] => services.push((*one).clone()),
            several => candidates.extend(several.iter().map(|key| (*key).clone())),
        }
    }
    (services, candidates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Service, Version};

    fn reading(environment: &str, kind: Kind, cluster: &str, name: &str, image: &str) -> Reading {
        let mut service = Service::named(ServiceKey::new(environment, kind, cluster, name), String::new());
        service.version = Version::of(image, None);
        Reading {
            name: environment.into(),
            account: Some("111122223333".into()),
            region: Some("us-west-2".into()),
            services: vec![service],
            alarms: None,
            troubles: Vec::new(),
            beside: Vec::new(),
            commits: std::collections::HashMap::new(),
        }
    }

    #[test]
    fn the_service_that_other_environments_have_is_the_application() {
        let key = |environment: &str, name: &str| ServiceKey::new(environment, Kind::Ecs, environment, name);
        let names = |keys: &[ServiceKey]| keys.iter().map(|key| key.name.to_string()).collect::<Vec<_>>();
        let (services, candidates) = chosen(vec![
            key("prod", "prod-admin"),
            key("prod", "prod-service"),
            key("staging", "staging-service"),
            key("startup", "fem"),
        ]);
        assert_eq!(names(&services), ["prod-service", "staging-service", "fem"]);
        assert_eq!(candidates, []);
        let (services, candidates) = chosen(vec![key("prod", "prod-a"), key("prod", "prod-b")]);
        assert_eq!((names(&services), names(&candidates)), (vec![], vec!["prod-a".into(), "prod-b".into()]));
        let (services, _) = chosen(vec![key("prod", "prod-a"), key("prod", "prod-service")]);
        assert_eq!(names(&services), ["prod-service"]);
    }

    #[test]
    fn services_of_one_repository_are_one_application() {
        let image = "111122223333.dkr.ecr.us-west-2.amazonaws.com/team/fd:latest";
        let readings = [
            reading("startup", Kind::AppRunner, "", "fd", image),
            reading("prod", Kind::Ecs, "prod", "prod-service", image),
            reading("other", Kind::Ecs, "other", "cache", "redis:7"),
        ];
        let [application] = applications(&readings).try_into().unwrap();
        assert_eq!(application.name, "fd");
        assert_eq!(application.repository.as_deref(), Some("team/fd"));
        assert_eq!(application.services.len(), 2);
        assert_eq!(environment(&readings[0]).apprunner, ["fd"]);
        assert_eq!(environment(&readings[1]).clusters, ["prod"]);
    }
}
