//! Which service is meant: `prod/prod-service`, `prod/prod/prod-service`, or its application, `prod/shop`.

use crate::{
    cli::fail::{Failure, USAGE},
    config::{Settings, suggest},
    model::{Kind, Service, ServiceKey, text},
};

/// Names listed in one message.
const LISTED: usize = 20;

/// A service as it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The environment.
    pub environment: String,
    /// What runs it, where that was said (`prod/ecs:prod/prod-service`, as in the configuration).
    kind: Option<Kind>,
    cluster: Option<String>,
    name: String,
}

impl Target {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Exit code 2 for what names no service.
    pub fn parse(word: &str) -> Result<Self, Failure> {
        let wrong = || {
            let word = text::line(word);
            Failure::usage(format!(
                "“{word}” names no service; write ENVIRONMENT/SERVICE, as in staging/staging-service"
            ))
        };
        let (environment, rest) = word.split_once('/').ok_or_else(wrong)?;
        let (kind, rest) = match rest.split_once(':') {
            Some((kind, rest)) => (Some(kind.parse::<Kind>().map_err(|()| wrong())?), rest),
            None => (None, rest),
        };
        let (cluster, name) = match rest.split_once('/') {
            Some((cluster, name)) => (Some(cluster.to_owned()), name),
            None => (None, rest),
        };
        let empty = environment.is_empty() || name.is_empty() || cluster.as_deref() == Some("");
        if empty || name.contains('/') {
            return Err(wrong());
        }
        Ok(Self { environment: environment.to_owned(), kind, cluster, name: name.to_owned() })
    }

    /// How a service is named so that no other is meant; [`Target::parse`] reads it.
    pub fn spell(key: &ServiceKey) -> String {
        match &*key.cluster {
            "" => format!("{}/{}:{}", key.environment, key.kind, key.name),
            cluster => format!("{}/{}:{cluster}/{}", key.environment, key.kind, key.name),
        }
    }

    /// The service among those of its environment: by its own name first, else by its application.
    ///
    /// # Errors
    /// Exit code 2 where there is none, or more than one.
    pub fn resolve<'a>(&self, services: &'a [Service], settings: &Settings) -> Result<&'a Service, Failure> {
        let of_environment = || services.iter().filter(|s| s.key.environment.as_str() == self.environment);
        let by_name: Vec<&Service> = of_environment().filter(|s| self.is_named(&s.key)).collect();
        let found = if by_name.is_empty() && self.cluster.is_none() {
            of_environment().filter(|s| self.is_application(s, settings)).collect()
        } else {
            by_name
        };
        match found.as_slice() {
            [only] => Ok(only),
            [] => Err(self.unknown(of_environment())),
            many => {
                let names: Vec<String> = many.iter().map(|s| Self::spell(&s.key)).collect();
                Err(Failure::new(
                    USAGE,
                    format!("{} can be {}; write which one is meant", self.shown(), names.join(" or ")),
                ))
            }
        }
    }

    fn is_named(&self, key: &ServiceKey) -> bool {
        *key.name == *self.name
            && self.kind.is_none_or(|kind| kind == key.kind)
            && self.cluster.as_deref().is_none_or(|cluster| cluster == &*key.cluster)
    }

    fn is_application(&self, service: &Service, settings: &Settings) -> bool {
        let configured = settings.application_for(&service.key).map(|a| a.name.as_str());
        self.kind.is_none_or(|kind| kind == service.key.kind)
            && configured.unwrap_or(service.application.as_str()) == self.name
    }

    fn shown(&self) -> String {
        let cluster = self.cluster.as_ref().map(|cluster| format!("{cluster}/")).unwrap_or_default();
        let kind = self.kind.map(|kind| format!("{kind}:")).unwrap_or_default();
        text::line(&format!("{}/{kind}{cluster}{}", self.environment, self.name))
    }

    fn unknown<'a>(&self, services: impl Iterator<Item = &'a Service>) -> Failure {
        let mut names: Vec<&str> = services.map(|service| &*service.key.name).collect();
        names.sort_unstable();
        names.dedup();
        let mut told = format!("there is no service {}", self.shown());
        if let Some(near) = suggest::nearest(&self.name, names.iter().copied()) {
            told = format!("{told}; did you mean {}/{near}?", self.environment);
        }
        let told = match names.len() {
            0 => format!("{told}; {} has no services", self.environment),
            count if count > LISTED => {
                let first: Vec<&str> = names.iter().copied().take(LISTED).collect();
                format!("{told}; there are {} and {} more", first.join(", "), count - LISTED)
            }
            _ => format!("{told}; there are {}", names.join(", ")),
        };
        Failure::new(USAGE, told)
    }
}

/// The failure for an environment that there is not.
pub fn no_environment(name: &str, known: &[&str]) -> Failure {
    let near = suggest::nearest(name, known.iter().copied());
    let there = match near {
        Some(near) => format!("did you mean “{near}”? There are"),
        None => "there are".to_owned(),
    };
    let name = text::line(name);
    Failure::new(USAGE, format!("there is no environment “{name}”; {there} {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Application;

    fn services() -> Vec<Service> {
        [
            ("prod", Kind::Ecs, "prod", "prod-service"),
            ("prod", Kind::Ecs, "prod", "web"),
            ("prod", Kind::Ecs, "batch", "web"),
            ("prod", Kind::AppRunner, "", "site"),
            ("prod", Kind::Ecs, "prod", "site"),
            ("staging", Kind::Ecs, "staging", "staging-service"),
        ]
        .map(|(environment, kind, cluster, name)| {
            Service::named(ServiceKey::new(environment, kind, cluster, name), String::new())
        })
        .to_vec()
    }

    fn settings() -> Settings {
        let application = Application {
            services: vec![ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service")],
            ..Application::named("shop")
        };
        Settings { applications: vec![application], ..Settings::default() }
    }

    #[test]
    fn a_service_is_found_by_its_name_or_its_application() {
        let (services, settings) = (services(), settings());
        for (word, key) in [
            ("prod/prod-service", "prod/ecs:prod/prod-service"),
            ("prod/prod/prod-service", "prod/ecs:prod/prod-service"),
            ("prod/shop", "prod/ecs:prod/prod-service"),
            ("prod/batch/web", "prod/ecs:batch/web"),
            ("prod/ecs:batch/web", "prod/ecs:batch/web"),
            ("prod/apprunner:site", "prod/apprunner:site"),
            ("prod/ecs:site", "prod/ecs:prod/site"),
            ("staging/staging-service", "staging/ecs:staging/staging-service"),
            // nobody configured it: its name without the environment
            ("staging/service", "staging/ecs:staging/staging-service"),
        ] {
            let found = Target::parse(word).unwrap().resolve(&services, &settings).unwrap().key.clone();
            assert_eq!(Target::spell(&found), key, "{word}");
            let again = Target::parse(key).unwrap().resolve(&services, &settings).unwrap();
            assert_eq!(again.key, found);
        }
    }

    #[test]
    fn what_is_not_there_or_not_one_is_a_mistake() {
        let (services, settings) = (services(), settings());
        for (word, told) in [
            ("prod/prod-servic", "did you mean prod/prod-service?"),
            ("prod/prod", "there is no service prod/prod"),
            ("prod/zebra", "there are prod-service, site, web"),
            ("prod/other/web", "there is no service prod/other/web"),
            ("prod/web", "prod/ecs:prod/web or prod/ecs:batch/web"),
            ("prod/site", "prod/apprunner:site or prod/ecs:prod/site"),
            ("empty/a", "empty has no services"),
        ] {
            let failure = Target::parse(word).unwrap().resolve(&services, &settings).unwrap_err();
            assert_eq!(failure.code, USAGE);
            assert!(failure.message.contains(told), "{word}: {failure}");
        }
        for word in ["prod", "prod/", "/web", "prod//web", "prod/a/b/c", "prod/lambda:web", ""] {
            assert_eq!(Target::parse(word).unwrap_err().code, USAGE, "{word}");
        }
    }

    #[test]
    fn an_environment_that_is_not_there_is_told_with_its_neighbours() {
        let failure = no_environment("stagin", &["prod", "staging"]);
        assert_eq!(failure.code, USAGE);
        assert_eq!(
            failure.message,
            "there is no environment “stagin”; did you mean “staging”? There are prod, staging"
        );
        assert!(no_environment("x", &["prod"]).message.ends_with("“x”; there are prod"));
    }
}
