//! How an environment reaches AWS, and what of the account belongs to it.

use crate::model::{EnvironmentName, Kind, Pointers, ServiceKey};

/// Which App Runner services of the account and region belong to an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AppRunnerScope {
    /// None; App Runner is not asked at all.
    #[default]
    None,
    /// Every one.
    All,
    /// Those with these names.
    Named(Vec<String>),
    /// Those whose tag `environment` has this value.
    Tagged(String),
    /// Those without a tag `environment`.
    Untagged,
}

/// Says which application a service belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationRule {
    /// The application's name.
    pub application: String,
    /// What runs the service.
    pub kind: Kind,
    /// The cluster's name; empty for App Runner.
    pub cluster: String,
    /// The service's name.
    pub service: String,
    /// The container the application ships in, where it is named.
    pub container: Option<String>,
    /// Its repository, where it is named.
    pub repository: Option<String>,
}

/// Everything the gateway needs to know about one environment.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name.
    pub name: EnvironmentName,
    /// Profile of the shared AWS configuration files; none for the default chain of credentials.
    pub profile: Option<String>,
    /// A role to assume with these credentials.
    pub role_arn: Option<String>,
    /// Region; none to take the profile's or the environment's.
    pub region: Option<String>,
    /// Endpoint for every service; none for AWS itself or what the SDK's own configuration says.
    pub endpoint_url: Option<String>,
    /// Twelve digits; the caller must be in this account.
    pub account: Option<String>,
    /// Cluster names or ARNs; none for every cluster.
    pub clusters: Option<Vec<String>>,
    /// Its App Runner services.
    pub apprunner: AppRunnerScope,
    /// Access key id and secret to use instead of any chain (the demo's).
    pub credentials: Option<(String, String)>,
    /// Which service belongs to which application.
    pub applications: Vec<ApplicationRule>,
}

impl Settings {
    /// An environment with the current credentials and region, every cluster, and no App Runner services.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            profile: None,
            role_arn: None,
            region: None,
            endpoint_url: None,
            account: None,
            clusters: None,
            apprunner: AppRunnerScope::None,
            credentials: None,
            applications: Vec::new(),
        }
    }

    /// The rule that names the service, if any.
    pub fn rule(&self, key: &ServiceKey) -> Option<&ApplicationRule> {
        self.applications.iter().find(|rule| {
            *rule.service == *key.name
                && (rule.kind == key.kind || (rule.kind != Kind::AppRunner && key.kind != Kind::AppRunner))
                && (rule.cluster.is_empty() || *rule.cluster == *key.cluster)
        })
    }

    /// What the configuration says of the application's container.
    pub fn pointers(&self, key: &ServiceKey) -> Pointers {
        let rule = self.rule(key);
        Pointers {
            configured: rule.and_then(|rule| rule.container.clone()),
            repository: rule.and_then(|rule| rule.repository.clone()),
            express: key.kind == Kind::Express,
            ..Pointers::default()
        }
    }

    /// What two environments must have in common to share credentials, connections and rate limit.
    pub(super) fn access(&self) -> Access {
        Access {
            profile: self.profile.clone(),
            role_arn: self.role_arn.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            credentials: self.credentials.clone(),
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("profile", &self.profile)
            .field("role_arn", &self.role_arn)
            .field("region", &self.region)
            .field("endpoint_url", &self.endpoint_url)
            .field("account", &self.account)
            .field("clusters", &self.clusters)
            .field("apprunner", &self.apprunner)
            .finish_non_exhaustive()
    }
}

/// The part of the settings that decides which credentials are used, and where.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Access {
    pub profile: Option<String>,
    pub role_arn: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    pub credentials: Option<(String, String)>,
}

impl Access {
    /// Where the credentials come from, in words.
    pub fn source(&self) -> String {
        let base = if self.credentials.is_some() {
            "given keys".to_owned()
        } else if let Some(profile) = &self.profile {
            format!("profile {profile}")
        } else if std::env::var_os("AWS_ACCESS_KEY_ID").is_some() {
            "environment variables".to_owned()
        } else if let Ok(profile) = std::env::var("AWS_PROFILE") {
            format!("profile {profile}")
        } else {
            "the default chain".to_owned()
        };
        match &self.role_arn {
            Some(role) => format!("role {} through {base}", role.rsplit('/').next().unwrap_or(role)),
            None => base,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_services_of_either_ecs_kind() {
        let mut settings = Settings::new("prod");
        settings.applications.push(ApplicationRule {
            application: "shop".into(),
            kind: Kind::Ecs,
            cluster: "prod".into(),
            service: "prod-service".into(),
            container: None,
            repository: None,
        });
        for (kind, cluster, name, found) in [
            (Kind::Ecs, "prod", "prod-service", true),
            (Kind::Express, "prod", "prod-service", true),
            (Kind::AppRunner, "", "prod-service", false),
            (Kind::Ecs, "other", "prod-service", false),
            (Kind::Ecs, "prod", "mailer", false),
        ] {
            assert_eq!(settings.rule(&ServiceKey::new("prod", kind, cluster, name)).is_some(), found);
        }
    }

    #[test]
    fn debug_shows_no_keys() {
        let mut settings = Settings::new("demo");
        settings.credentials = Some(("AKIA".into(), "hunter2".into()));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
