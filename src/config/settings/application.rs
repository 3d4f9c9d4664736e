//! An application as configured.

use crate::{
    config::read::is_credential,
    model::{EnvironmentName, Kind, Sealed, ServiceKey, launch::Network},
};
use std::time::Duration;

/// What stands for the environment's name in names that differ by it alone: `{environment}-service-5xx`.
pub const ENVIRONMENT: &str = "{environment}";

/// A name with the environment's put in where it says so.
fn named_for(name: &str, environment: &EnvironmentName) -> String {
    name.replace(ENVIRONMENT, environment.as_str())
}

/// Where ECS runs a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LaunchType {
    /// On machines of AWS.
    Fargate,
    /// On EC2 instances of the cluster.
    Ec2,
    /// On machines of one's own.
    External,
}

impl LaunchType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fargate, Self::Ec2, Self::External];

    /// AWS's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fargate => "FARGATE",
            Self::Ec2 => "EC2",
            Self::External => "EXTERNAL",
        }
    }
}

/// How an image is promoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Promotion {
    /// A revision with its digest.
    #[default]
    Pinned,
    /// The tag that the service is set to is moved to its digest, then the tasks are replaced.
    Tag,
}

impl Promotion {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Tag => "tag",
        }
    }
}

/// What happens to the other containers with an image of the application's repository when it is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OtherContainers {
    /// They get the new image too.
    #[default]
    Follow,
    /// They keep theirs.
    Stay,
}

/// How migrations are run.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// The container whose command is replaced and whose exit code counts; none: the application's.
    pub container: Option<String>,
    /// The command, never empty.
    pub command: Vec<String>,
    /// Commands to run before it, each with its own exit code; none of them empty.
    pub checks: Vec<Vec<String>>,
    /// The command that takes the last migration back, offered as a run of its own and never run unasked; empty
    /// where none is configured.
    pub down: Vec<String>,
    /// Variables that the commands get besides those they have. Their values may be secrets: they stay sealed
    /// until [`Migration::variables`].
    pub environment: Vec<(String, Sealed)>,
    /// How long one command may take; 1 s to 24 h.
    pub timeout: Duration,
    /// Run the commands on this machine, not in a task. The next four are not set then.
    pub local: bool,
    /// The cluster to run in, `ENVIRONMENT` not yet put in; none: that of the service.
    pub cluster: Option<String>,
    /// The task definition to run, family or ARN, `ENVIRONMENT` not yet put in; none: that of the service.
    pub task_definition: Option<String>,
    /// The network to run in, with at least one subnet; none: that of the service.
    pub network: Option<Network>,
    /// Where it runs; none: as the service does, else the cluster's default.
    pub launch_type: Option<LaunchType>,
    /// What is run for App Runner services instead; none: the same.
    pub apprunner: Option<Box<Migration>>,
}

impl Migration {
    /// The timeout where none is configured.
    pub const TIMEOUT: Duration = Duration::from_mins(15);

    /// This command in the service's own surroundings.
    pub fn of(command: Vec<String>) -> Self {
        Self {
            container: None,
            command,
            checks: Vec::new(),
            down: Vec::new(),
            environment: Vec::new(),
            timeout: Self::TIMEOUT,
            local: false,
            cluster: None,
            task_definition: None,
            network: None,
            launch_type: None,
            apprunner: None,
        }
    }

    /// What is run for a service of this kind.
    pub fn of_kind(&self, kind: Kind) -> &Self {
        self.apprunner.as_deref().filter(|_| kind == Kind::AppRunner).unwrap_or(self)
    }

    /// True when any of it is run on this machine.
    pub fn is_local(&self) -> bool {
        self.local || self.apprunner.as_ref().is_some_and(|own| own.local)
    }

    /// The cluster to run in for a service of this environment.
    pub fn cluster_in(&self, environment: &EnvironmentName) -> Option<String> {
        self.cluster.as_deref().map(|cluster| named_for(cluster, environment))
    }

    /// The task definition to run for a service of this environment.
    pub fn task_definition_in(&self, environment: &EnvironmentName) -> Option<String> {
        self.task_definition.as_deref().map(|definition| named_for(definition, environment))
    }

    /// Names and values of the variables. Never format what this returns.
    pub fn variables(&self) -> Vec<(String, String)> {
        let open = |value: &Sealed| value.open().as_str().unwrap_or_default().to_owned();
        self.environment.iter().map(|(name, value)| (name.clone(), open(value))).collect()
    }

    /// Names of variables that read like credentials, by their name or by a value like
    /// `postgres://user:password@host`. AWS shows overrides to everybody who may look at tasks.
    pub fn credentials(&self) -> Vec<&str> {
        let reads_like_one = |(name, value): &&(String, Sealed)| {
            let value = value.open().as_str().unwrap_or_default();
            let user =
                value.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next()?.rsplit_once('@'));
            is_credential(name) || user.is_some_and(|(user, _)| user.contains(':'))
        };
        self.environment.iter().filter(reads_like_one).map(|(name, _)| name.as_str()).collect()
    }

    /// True when it says all that running it for an App Runner service needs.
    pub fn fits_apprunner(&self) -> bool {
        self.local || (self.cluster.is_some() && self.task_definition.is_some())
    }
}

/// What is watched after a deploy before it counts: at least one of the bounds, or alarms.
#[derive(Debug, Clone, PartialEq)]
pub struct Verify {
    /// How long; 1 m to 24 h.
    pub window: Duration,
    /// The largest share of answers that may be 5xx, 0 to 1.
    pub max_5xx_ratio: Option<f64>,
    /// By how much that share may be larger than in the hour before the deploy, 0 to 1.
    pub max_5xx_rise: Option<f64>,
    /// The longest p99; 1 ms to 10 m.
    pub max_p99: Option<Duration>,
    /// By how much p99 may be longer than in the hour before the deploy: 0.5 for half as long again; 0 to 100.
    pub max_p99_rise: Option<f64>,
    /// Alarms that have to stay quiet, `ENVIRONMENT` not yet put in.
    pub alarms: Vec<String>,
    /// What becomes of a deploy of which nothing can be told.
    pub no_evidence: NoEvidence,
    /// Whether a rollback is watched, too.
    pub rollback: bool,
}

/// What becomes of a deploy whose window gave no evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoEvidence {
    /// It stays, and its run ends `unverified`.
    #[default]
    Unverified,
    /// It stays, and its run succeeds.
    Pass,
    /// It is taken back.
    RollBack,
}

impl Verify {
    /// The window where none is configured.
    pub const WINDOW: Duration = Duration::from_mins(5);

    /// The alarms that have to stay quiet after a deploy to this environment, each once.
    pub fn alarms_in(&self, environment: &EnvironmentName) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.alarms.iter().map(|alarm| named_for(alarm, environment)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// True when two keys mean one service, called by its ECS name or by its Express one.
pub(super) fn same_service(a: &ServiceKey, b: &ServiceKey) -> bool {
    (&a.environment, &a.cluster, &a.name) == (&b.environment, &b.cluster, &b.name)
        && (a.kind == Kind::AppRunner) == (b.kind == Kind::AppRunner)
}

/// One thing people ship.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its ECR repository.
    pub repository: Option<String>,
    /// The container that it ships in; none to find it.
    pub container: Option<String>,
    /// What happens to other containers that have an image of its repository.
    pub other_containers: OtherContainers,
    /// What it is in each environment.
    pub services: Vec<ServiceKey>,
    /// How it is promoted.
    pub promotion: Promotion,
    /// How its migrations are run.
    pub migration: Option<Migration>,
    /// What is watched after a deploy.
    pub verify: Option<Verify>,
}

impl Application {
    /// An application of which only the name is known.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            repository: None,
            container: None,
            other_containers: OtherContainers::default(),
            services: Vec::new(),
            promotion: Promotion::default(),
            migration: None,
            verify: None,
        }
    }

    /// True when this is one of its services. `ecs:` and `express:` name the same things: whether a service is
    /// in Express Mode is AWS's to say.
    pub fn has(&self, key: &ServiceKey) -> bool {
        self.services.iter().any(|own| same_service(own, key))
    }

    /// How migrations are run for this service.
    pub fn migration_for(&self, key: &ServiceKey) -> Option<&Migration> {
        self.migration.as_ref().map(|migration| migration.of_kind(key.kind))
    }

    /// Its service in an environment, as configured: see [`Application::has`].
    pub fn service_in(&self, environment: &EnvironmentName) -> Option<&ServiceKey> {
        self.services.iter().find(|key| key.environment == *environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_environment() {
        let prod = EnvironmentName::from("prod");
        let verify = Verify {
            window: Verify::WINDOW,
            max_5xx_ratio: None,
            max_5xx_rise: None,
            max_p99: None,
            max_p99_rise: None,
            no_evidence: NoEvidence::default(),
            rollback: false,
            alarms: ["{environment}-service-5xx", "dns", "prod-service-5xx"].map(str::to_owned).into(),
        };
        assert_eq!(verify.alarms_in(&prod), ["prod-service-5xx", "dns"]);
        let mut migration = Migration::of(vec!["up".into()]);
        assert_eq!((migration.cluster_in(&prod), migration.fits_apprunner()), (None, false));
        migration.cluster = Some("{environment}".into());
        migration.task_definition = Some("migrate-{environment}:3".into());
        assert_eq!(migration.cluster_in(&prod).as_deref(), Some("prod"));
        assert_eq!(migration.task_definition_in(&prod).as_deref(), Some("migrate-prod:3"));
        assert!(migration.fits_apprunner());
    }

    #[test]
    fn express_services_are_found_by_either_name() {
        let key = |kind| ServiceKey::new("preview", kind, "preview", "api");
        let application = Application { services: vec![key(Kind::Ecs)], ..Application::named("api") };
        assert!(application.has(&key(Kind::Ecs)) && application.has(&key(Kind::Express)));
        assert!(!application.has(&key(Kind::AppRunner)));
        assert!(!application.has(&ServiceKey::new("prod", Kind::Ecs, "preview", "api")));
    }

    #[test]
    fn values_of_variables_are_not_shown() {
        let mut migration = Migration::of(vec!["up".into()]);
        migration.environment = vec![("PASSWORD".into(), Sealed::new("hunter2".into()))];
        assert!(!format!("{migration:?}").contains("hunter2"));
        assert_eq!(migration.credentials(), ["PASSWORD"]);
        for (name, value, told) in [
            ("GOOSE_DBSTRING", "postgres://fem:hunter2@db:5432/fem", true),
            ("GOOSE_DBSTRING", "postgres://fem@db:5432/fem?x=a:b@c", false),
            ("GOOSE_TABLE", "goose_db_version", false),
            ("MAIL", "ops@example.com", false),
            ("API_TOKEN", "", true),
        ] {
            let environment = vec![(name.to_owned(), Sealed::new(value.into()))];
            let other = Migration { environment, ..Migration::of(vec!["up".into()]) };
            assert_eq!(!other.credentials().is_empty(), told, "{name} {value}");
        }
        assert_eq!(migration.variables(), [("PASSWORD".to_owned(), "hunter2".to_owned())]);
    }
}
