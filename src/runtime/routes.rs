//! How each environment is reached, from the settings or from what an account holds.

use super::cache::{Cache, Found};
use crate::{
    aws::{self, AppRunnerScope, ApplicationRule, Discovered, Gateway},
    config::{Environment, Settings, settings::Scope},
    model::{EnvironmentName, Kind, Trouble, TroubleKind},
};

/// One environment and its way to AWS.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name.
    pub name: EnvironmentName,
    /// What the gateway needs to know.
    pub access: aws::Settings,
}

/// Environments as the screens know them, and as the gateway does.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// For the state.
    pub environments: Vec<Environment>,
    /// For the gateway, one for each.
    pub routes: Vec<Route>,
    /// What should be told of what could not be looked at although the rest could; what was known of it before is
    /// kept.
    pub gaps: Vec<Trouble>,
}

/// Where the environments come from.
pub enum Routes {
    /// From the settings.
    Known(Vec<Route>),
    /// From something that takes a moment to set up (the demo's simulator), or a sentence why not.
    Made(Box<dyn FnOnce() -> Result<Made, String> + Send>),
    /// From the account of the current credentials.
    Discovered(Box<Discovery>),
}

impl Routes {
    /// The environments of the settings, or discovery where they name none; then of those found only the
    /// ones in `only` are kept, all where it is empty.
    pub fn of(settings: &Settings, only: &[String]) -> Self {
        if settings.environments.is_empty() {
            return Self::Discovered(Box::new(Discovery::of(settings, only)));
        }
        Self::Known(settings.environments.iter().map(|environment| route(environment, settings)).collect())
    }
}

/// What was tried when an environment that was asked for is not there: a mistake of whoever asked.
pub const ASKED_FOR: &str = "find the environment asked for";

/// Looking for environments.
#[derive(Debug, Clone)]
pub struct Discovery {
    base: aws::Settings,
    settings: Settings,
    only: Vec<String>,
    cache: Option<Cache>,
}

impl Discovery {
    /// Where the settings say nothing but, perhaps, profile, region and endpoint.
    pub fn of(settings: &Settings, only: &[String]) -> Self {
        let mut base = aws::Settings::new("");
        base.profile.clone_from(&settings.profile);
        base.region.clone_from(&settings.region);
        base.endpoint_url.clone_from(&settings.endpoint_url);
        Self { base, settings: settings.clone(), only: only.to_vec(), cache: None }
    }

    /// The same with other settings, for environments of the same names; the last known fleet is of the old ones.
    pub fn by(&self, settings: &Settings) -> Self {
        Self::of(settings, &self.only)
    }

    /// Where part of the account cannot be looked at, the environments of the last known fleet are taken to be
    /// there still.
    pub fn remember(&mut self, cache: Cache) {
        self.cache = Some(cache);
    }

    /// Looks.
    ///
    /// # Errors
    /// Where the account cannot be read at all, or holds none of the environments that are asked for.
    pub async fn find(&self, gateway: &Gateway) -> Result<Made, Trouble> {
        let mut found = self.look(gateway).await?;
        let known = match &self.cache {
            Some(cache) if !found.gaps.is_empty() => cache.load(),
            _ => Found::Nothing,
        };
        let kept = matches!(&known, Found::Fleet(rows) if found.keep(rows.iter().map(|row| &row.key)));
        let mut made = self.made(&found)?;
        // a region without App Runner, or a caller without leave for it, is no news unless something was there
        made.gaps = found.gaps.into_iter().filter(|gap| kept || is_news(gap)).collect();
        Ok(made)
    }

    /// Looks, and gives what the account holds as it is.
    ///
    /// # Errors
    /// Where the account cannot be read at all.
    pub async fn look(&self, gateway: &Gateway) -> Result<Discovered, Trouble> {
        gateway.discover(&self.base).await
    }

    /// Forgets credentials that did not work.
    pub fn reset(&self, gateway: &Gateway) {
        gateway.connect(self.base.clone()).reset();
    }

    /// The base of every environment's settings.
    pub fn base(&self) -> &aws::Settings {
        &self.base
    }

    fn made(&self, found: &Discovered) -> Result<Made, Trouble> {
        let mut made = Made::default();
        let all = found.environments(&self.base);
        let names: Vec<String> = all.iter().map(|access| access.name.to_string()).collect();
        if let Some(wanted) = self.only.iter().find(|wanted| !names.is_empty() && !names.contains(wanted)) {
            return Err(unknown(wanted, &names, found));
        }
        for mut access in all {
            if !self.only.is_empty() && !self.only.iter().any(|name| name == access.name.as_str()) {
                continue;
            }
            let mut environment = Environment::named(access.name.as_str());
            environment.profile.clone_from(&access.profile);
            environment.region = Some(found.region.clone());
            environment.endpoint_url.clone_from(&access.endpoint_url);
            environment.account.clone_from(&access.account);
            environment.clusters = access.clusters.clone().map_or(Scope::All, Scope::Named);
            environment.protection = self.settings.protection(&environment.name);
            let stricter = self.settings.stricter_than_its_name(&environment.name);
            environment.strict_as = stricter.and_then(|known| known.strict_as.clone());
            access.applications = rules(&environment, &self.settings);
            made.routes.push(Route { name: access.name.clone(), access });
            made.environments.push(environment);
        }
        if made.routes.is_empty() {
            return Err(Trouble {
                kind: TroubleKind::NotFound,
                what: "find an environment".into(),
                on: format!("{} {}", found.identity.account, found.region),
                why: "there is neither an ECS cluster nor an App Runner service".into(),
                remedy: "choose another region with --region, or another profile with --profile".into(),
            });
        }
        Ok(made)
    }
}

fn is_news(gap: &Trouble) -> bool {
    matches!(
        gap.kind,
        TroubleKind::Throttled | TroubleKind::Server | TroubleKind::TimedOut | TroubleKind::Expired
    )
}

/// An environment that was asked for and is not among those found. Where part of the account could not be
/// read it may be there all the same, and the reason is told.
fn unknown(wanted: &str, names: &[String], found: &Discovered) -> Trouble {
    let wanted = crate::model::text::line(wanted);
    let mut why = format!("there is no environment “{wanted}”");
    let gap = found.gaps.first();
    if let Some(gap) = gap {
        why = format!("{why} as far as can be told ({gap})");
    }
    Trouble {
        kind: gap.map_or(TroubleKind::NotFound, |gap| gap.kind),
        what: ASKED_FOR.into(),
        on: format!("{} {}", found.identity.account, found.region),
        why,
        remedy: format!("there are {}", names.join(", ")),
    }
}

/// The route to a configured environment.
pub fn route(environment: &Environment, settings: &Settings) -> Route {
    let mut access = aws::Settings::new(environment.name.as_str());
    access.profile.clone_from(&environment.profile);
    if access.profile.is_none() && environment.role_arn.is_none() && environment.access_key.is_none() {
        access.profile.clone_from(&settings.profile);
    }
    access.role_arn.clone_from(&environment.role_arn);
    access.region = environment.region.clone().or_else(|| settings.region.clone());
    access.endpoint_url = environment.endpoint_url.clone().or_else(|| settings.endpoint_url.clone());
    access.account.clone_from(&environment.account);
    access.clusters = match &environment.clusters {
        Scope::All => None,
        Scope::None => Some(Vec::new()),
        Scope::Named(names) => Some(names.clone()),
    };
    access.apprunner = match &environment.apprunner {
        Scope::None => AppRunnerScope::None,
        Scope::All => AppRunnerScope::All,
        Scope::Named(names) => AppRunnerScope::Named(names.clone()),
    };
    access.credentials = environment
        .access_key
        .as_ref()
        .map(|key| (key.id.clone(), key.secret.open().as_str().unwrap_or_default().to_owned()));
    access.applications = rules(environment, settings);
    Route { name: environment.name.clone(), access }
}

/// Which services of the environment belong to which application.
fn rules(environment: &Environment, settings: &Settings) -> Vec<ApplicationRule> {
    let mut rules = Vec::new();
    for application in &settings.applications {
        for key in application.services.iter().filter(|key| key.environment == environment.name) {
            rules.push(ApplicationRule {
                application: application.name.clone(),
                kind: key.kind,
                cluster: if key.kind == Kind::AppRunner { String::new() } else { key.cluster.to_string() },
                service: key.name.to_string(),
                container: application.container.clone(),
                repository: application.repository.clone(),
            });
        }
    }
    rules
}

/// What decides which services are shown and under which names: the key of the cache. `only` names the
/// environments asked for, none for all.
pub fn fingerprint(settings: &Settings, only: &[String], env: &dyn Fn(&str) -> Option<String>) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    if settings.environments.is_empty() && !only.is_empty() {
        let mut only: Vec<&String> = only.iter().collect();
        only.sort();
        only.dedup();
        let _ = write!(text, "{only:?};");
    }
    for environment in &settings.environments {
        let _ = write!(
            text,
            "{}|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}|{:?};",
            environment.name,
            environment.profile,
            environment.role_arn,
            environment.region,
            environment.endpoint_url,
            environment.account,
            environment.clusters,
            environment.apprunner
        );
    }
    let _ = write!(text, "{:?}|{:?}|{:?}", settings.profile, settings.region, settings.endpoint_url);
    // What the SDK itself takes from the environment.
    for name in [
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
    ] {
        let _ = write!(text, "|{}", env(name).unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Application, settings::Migration},
        model::ServiceKey,
    };

    #[test]
    fn a_configured_environment_is_reached_as_it_says() {
        let mut environment = Environment::named("prod");
        environment.clusters = Scope::Named(vec!["prod".into()]);
        environment.apprunner = Scope::None;
        let settings = Settings {
            region: Some("eu-west-1".into()),
            applications: vec![Application {
                services: vec![
                    ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
                    ServiceKey::new("staging", Kind::Ecs, "staging", "staging-service"),
                ],
                container: Some("service".into()),
                migration: Some(Migration {
                    container: Some("migrate".into()),
                    ..Migration::of(vec!["goose".into()])
                }),
                ..Application::named("shop")
            }],
            environments: vec![environment],
            ..Settings::default()
        };
        let Routes::Known(routes) = Routes::of(&settings, &[]) else { panic!("there are environments") };
        let [Route { access, .. }] = routes.as_slice() else { panic!("one route") };
        assert_eq!(access.region.as_deref(), Some("eu-west-1"));
        assert_eq!(access.clusters, Some(vec!["prod".to_owned()]));
        assert_eq!(access.apprunner, AppRunnerScope::None);
        let [rule] = access.applications.as_slice() else { panic!("one rule") };
        assert_eq!((rule.application.as_str(), rule.container.as_deref()), ("shop", Some("service")));
    }

    #[test]
    fn the_cache_belongs_to_a_configuration() {
        let none = |_: &str| None;
        let one = Settings { environments: vec![Environment::named("a")], ..Settings::default() };
        let two = Settings { environments: vec![Environment::named("b")], ..Settings::default() };
        assert_ne!(fingerprint(&one, &[], &none), fingerprint(&two, &[], &none));
        let profile = |name: &str| (name == "AWS_PROFILE").then(|| "x".to_owned());
        assert_ne!(fingerprint(&one, &[], &none), fingerprint(&one, &[], &profile));
        assert_eq!(fingerprint(&one, &[], &none), fingerprint(&one.clone(), &[], &none));
        let (prod, both) = (["prod".to_owned()], ["staging".to_owned(), "prod".to_owned()]);
        let (all, turned) = (Settings::default(), ["prod".to_owned(), "staging".to_owned()]);
        assert_ne!(fingerprint(&all, &prod, &none), fingerprint(&all, &[], &none), "part is not all");
        assert_eq!(fingerprint(&all, &both, &none), fingerprint(&all, &turned, &none));
    }

    #[test]
    fn an_environment_that_is_not_there_is_a_mistake() {
        let found = Discovered {
            identity: crate::model::identity::Identity::default(),
            region: "us-west-2".into(),
            clusters: vec!["prod".into(), "staging".into()],
            tagged: vec![],
            untagged: false,
            gaps: vec![],
            failed: vec![],
        };
        let find = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
            Discovery::of(&Settings::default(), &only).made(&found)
        };
        assert_eq!(find(&[]).unwrap().routes.len(), 2);
        assert_eq!(find(&["prod"]).unwrap().routes.len(), 1);
        for only in [&["nope"][..], &["prod", "nope"]] {
            let trouble = find(only).unwrap_err();
            assert_eq!((trouble.kind, trouble.what.as_str()), (TroubleKind::NotFound, ASKED_FOR));
            assert!(trouble.to_string().contains("“nope”; there are prod, staging"), "{trouble}");
        }
    }
}
