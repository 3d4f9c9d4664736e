//! What its user's own file says of a service holds for it whatever a project's file calls its environment or its
//! application: the name of its lock, the window after a deploy, how it is promoted, where its migrations run.

use super::{
    environment::Environment,
    file::{ApplicationEntry, EnvironmentEntry, Layer},
    place::Place,
    reach::{holds, same_place},
};
use crate::{
    config::{error::Problem, source::Located},
    model::{ServiceKey, text},
};
use std::sync::Arc;

/// A service that its user's own file gives to an application.
#[derive(Debug)]
pub struct Claim {
    application: Located<String>,
    service: Located<ServiceKey>,
    own: Place,
}

impl Claim {
    /// Those of the user's own file; `regions` are those of whoever names none.
    pub fn of(user: &Layer, regions: &[String]) -> Vec<Self> {
        let environment = |key: &ServiceKey| {
            let own = user.environments.iter().find(|entry| entry.environment.name == key.environment);
            // one that is nowhere described may be anywhere
            own.map_or_else(
                || Environment::named(key.environment.as_str()),
                |entry| entry.environment.clone(),
            )
        };
        let claims = user.applications.iter().flat_map(|entry| {
            entry.services.iter().map(|(_, service)| Self {
                application: entry.name.clone(),
                service: service.clone(),
                own: Place::of(&environment(&service.value), [], regions),
            })
        });
        claims.collect()
    }

    /// The service as an environment of the merged configuration calls it, where it may be there.
    fn called(&self, environment: &Environment, region: Option<&String>) -> Option<ServiceKey> {
        let own = &self.service.value;
        let there = holds(environment, own) && self.own.may_be_beside(&Place::of(environment, [], region));
        there.then(|| ServiceKey { environment: environment.name.clone(), ..own.clone() })
    }
}

/// Holds applications to what the own file claims. `described` are the environments that the project's file describes;
/// `region` is that of whoever names none.
pub fn hold(
    claims: &[Claim],
    described: &[String],
    environments: &[EnvironmentEntry],
    applications: &mut [ApplicationEntry],
    region: Option<&String>,
    (problems, notices): (&mut Vec<Problem>, &mut Vec<String>),
) {
    for claim in claims {
        let own = &claim.service.value;
        let described = environments.iter().map(|entry| &entry.environment).filter(|environment| {
            environment.name == own.environment
                || described.iter().any(|name| name == environment.name.as_str())
        });
        let mut keys: Vec<ServiceKey> =
            described.filter_map(|environment| claim.called(environment, region)).collect();
        if environments.is_empty() {
            keys.push(own.clone());
        }
        for key in keys {
            one(claim, key, applications, problems, notices);
        }
    }
}

fn one(
    claim: &Claim,
    key: ServiceKey,
    applications: &mut [ApplicationEntry],
    problems: &mut Vec<Problem>,
    notices: &mut Vec<String>,
) {
    let name = &claim.application.value;
    let has = |entry: &ApplicationEntry| {
        let mut own = entry.application.services.iter();
        own.any(|own| own.environment == key.environment && same_place(own, &key))
    };
    // that one of another name has it too is told of both
    if applications.iter().any(|entry| entry.name.value == *name && has(entry)) {
        return;
    }
    if let Some(other) = applications.iter().find(|entry| has(entry)) {
        let mut places = other.services.iter().map(|(_, service)| service);
        let place = places
            .find(|service| service.value.environment == key.environment && same_place(&service.value, &key));
        // of what its user calls it in several ways nothing is said
        if let Some(place) = place.filter(|place| !Arc::ptr_eq(&place.source, &claim.service.source)) {
            let line = claim.service.source.place(&claim.service.span).line;
            let what = format!(
                "this service belongs to your own application “{name}” ({}, line {line}), whose lock, window and \
                 migrations hold for it",
                claim.service.source.origin
            );
            let remedy = format!(
                "call the application “{name}” here, or take the service out of it; where it is another one, name the account \
                 or the region of both environments"
            );
            problems.push(Problem::with(place, what, remedy));
        }
        return;
    }
    let Some(entry) = applications.iter_mut().find(|entry| entry.name.value == *name) else { return };
    notices.push(text::line(&format!(
        "{key} is a service of your own application {name}, which holds for it by this name, too"
    )));
    entry.application.services.push(key);
}

#[cfg(test)]
mod tests {
    use crate::{
        config::{
            Settings,
            error::ConfigError,
            settings::{Flags, file, layers::merge},
            source::Source,
        },
        model::{Kind, ServiceKey},
    };

    const OWN: &str = r#"
[[environment]]
name = "prod"
account = "111122223333"
region = "us-west-2"
clusters = ["prod"]
apprunner = ["startup"]

[[application]]
name = "shop"
services = { prod = "ecs:prod/web" }
[application.migration]
command = ["up"]
[application.verify]
max_5xx_ratio = 0.01
"#;

    fn both(own: &str, project: &str) -> Result<(Settings, Vec<String>), ConfigError> {
        let layer = |name: &str, text: &str| file::parse(&Source::new(name, text.to_owned())).unwrap();
        let merged = merge(layer("own", own), layer("project", project), &|_| None, &Flags::default())?;
        Ok((merged.settings, merged.notices))
    }

    fn found(settings: &Settings, environment: &str, kind: Kind) -> Option<String> {
        let key = ServiceKey::new(environment, kind, "prod", "web");
        settings.application_for(&key).map(|application| application.name.clone())
    }

    #[test]
    fn a_service_keeps_its_application_whatever_its_environment_is_called() {
        for (more, kept) in [
            ("clusters = [\"prod\"]", true),
            ("clusters = [\"arn:aws:ecs:us-west-2:111122223333:cluster/prod\"]", true),
            ("", true),
            ("clusters = [\"prod\"]\nregion = \"eu-west-1\"", false),
            ("clusters = [\"prod\"]\naccount = \"999999999999\"", false),
            ("clusters = [\"other\"]", false),
        ] {
            let project = format!("[[environment]]\nname = \"sandbox\"\n{more}\n");
            let (settings, notices) = both(OWN, &project).unwrap();
            let name = found(&settings, "sandbox", Kind::Ecs);
            assert_eq!(name.as_deref(), kept.then_some("shop"), "{more}");
            assert_eq!(found(&settings, "sandbox", Kind::Express), name, "{more}");
            assert_eq!(notices.iter().any(|notice| notice.contains("of your own application shop")), kept);
            assert_eq!(found(&settings, "prod", Kind::Ecs).as_deref(), Some("shop"));
        }
        // its user may call it as they like
        let own = format!(
            "{OWN}[[environment]]\nname = \"play\"\nclusters = [\"prod\"]\n\
             [[application]]\nname = \"toy\"\nservices = {{ play = \"ecs:prod/web\" }}\n"
        );
        let (settings, _) = both(&own, "[[environment]]\nname = \"x\"\nclusters = [\"x\"]\n").unwrap();
        assert_eq!(found(&settings, "play", Kind::Ecs).as_deref(), Some("toy"));
    }

    #[test]
    fn another_application_cannot_take_its_place() {
        let sandbox = "[[environment]]\nname = \"sandbox\"\nclusters = [\"prod\"]\n";
        let toy = |environment: &str| {
            format!("[[application]]\nname = \"toy\"\nservices = {{ {environment} = \"ecs:prod/web\" }}\n")
        };
        // the second one takes the own application's entry away first
        let emptied = "[[application]]\nname = \"shop\"\nservices = {}\n";
        for (project, line) in [
            (format!("{sandbox}{}", toy("sandbox")), 6),
            (format!("{emptied}{}", toy("prod")), 6),
            (format!("{sandbox}{emptied}{}", toy("sandbox")), 9),
        ] {
            let error = both(OWN, &project).unwrap_err().to_string();
            assert!(
                error.contains("your own application “shop” (own, line 11)")
                    && error.contains(&format!("project:{line}:")),
                "{error}"
            );
        }
        // emptied, it has them still; and by its own name it may be described anew, not loosened
        let (settings, _) = both(OWN, emptied).unwrap();
        assert_eq!(found(&settings, "prod", Kind::Ecs).as_deref(), Some("shop"));
        let same = toy("sandbox").replace("toy", "shop");
        let (settings, _) = both(OWN, &format!("{sandbox}{same}")).unwrap();
        for environment in ["prod", "sandbox"] {
            let key = ServiceKey::new(environment, Kind::Ecs, "prod", "web");
            assert!(settings.application_for(&key).unwrap().verify.is_some(), "{environment}");
        }
    }
}
