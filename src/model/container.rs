//! Which container of a task is the application. One answer, for what is shown, changed, promoted, looked up and
//! told of; and the reason for it.

use super::{Reference, TaskDefinition, reference::same_repository, task_definition::Facts};
use serde::{Deserialize, Serialize};

/// Why a container is taken for the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The configuration names it.
    Configured,
    /// It alone has an image of the repository that is configured.
    Repository,
    /// The task has no other.
    Only,
    /// Express Mode calls the application's so.
    Express,
    /// A load balancer of the service sends requests to it.
    Balancer,
    /// The service's registry in Cloud Map names it.
    Registry,
    /// Service Connect names one of its ports.
    ServiceConnect,
    /// The others are routers of logs, proxies and agents.
    Helpers,
    /// It alone is essential among those that are no helpers.
    Essential,
    /// It alone has an image of the repository of the image that was asked for.
    Asked,
    /// All that could be it have images of one repository; this is the first of them.
    OneImage,
}

impl Reason {
    /// A clause: `container web: named by the load balancer`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Repository => "the only one of the configured repository",
            Self::Only => "the only one",
            Self::Express => "Express Mode's",
            Self::Balancer => "named by the load balancer",
            Self::Registry => "named by the service registry",
            Self::ServiceConnect => "named by Service Connect",
            Self::Helpers => "the others are agents, proxies or log routers",
            Self::Essential => "the only essential one",
            Self::Asked => "the only one of this image's repository",
            Self::OneImage => "the first of those with this repository",
        }
    }
}

/// The container that the application ships in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MainContainer {
    /// Its name.
    pub name: String,
    /// Why it is taken for it.
    pub reason: Reason,
}

/// What points at the application's container from outside the task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pointers {
    /// The configured name.
    pub configured: Option<String>,
    /// The configured repository, with its registry or without.
    pub repository: Option<String>,
    /// Containers that `loadBalancers` name.
    pub balancers: Vec<String>,
    /// Containers that `serviceRegistries` name.
    pub registries: Vec<String>,
    /// Names of ports that Service Connect names.
    pub ports: Vec<String>,
    /// Whether it is an Express service.
    pub express: bool,
}

/// What is known of a container.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its image reference.
    pub image: &'a str,
    /// What only its task definition tells; none while that was not read.
    pub facts: Option<&'a Facts>,
}

/// Why no container is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// There is none of the configured name.
    Missing(String),
    /// Any of these could be it.
    Several(Vec<String>),
    /// The task definition has to be read first.
    Unread,
    /// There are no containers at all.
    None,
}

impl Doubt {
    /// A clause: `not known: web or cron; set container`.
    pub fn words(&self) -> String {
        match self {
            Self::Missing(name) => format!("{name} is configured, and there is none of that name"),
            Self::Several(names) => format!("not known: {}; set container", names.join(" or ")),
            Self::Unread | Self::None => "not known".to_owned(),
        }
    }
}

/// Repositories of agents, log routers and proxies that run beside applications, by the end of their path; also as
/// copies in a registry of one's own.
const HELPERS: [&str; 30] = [
    "amazon-cloudwatch-agent",
    "amazon-ecs-agent",
    "amazon-ssm-agent",
    "aws-appmesh-envoy",
    "aws-for-fluent-bit",
    "aws-guardduty-agent-fargate",
    "aws-otel-collector",
    "aws-xray-daemon",
    "cloudflared",
    "cloudwatch-agent",
    "consul-dataplane",
    "consul-ecs",
    "datadog/agent",
    "dynatrace/oneagent",
    "ecs-service-connect-agent",
    "elastic-agent",
    "envoyproxy/envoy",
    "filebeat",
    "fluent-bit",
    "fluentd",
    "grafana/agent",
    "grafana/alloy",
    "infrastructure-bundle",
    "nri-ecs",
    "opentelemetry-collector",
    "opentelemetry-collector-contrib",
    "promtail",
    "splunk-otel-collector",
    "timberio/vector",
    "xray-daemon",
];

/// Whether this is an agent or router by its image, or one that AWS adds to tasks by itself.
pub fn is_helper(name: &str, image: &str) -> bool {
    let path = Reference::split(image).path;
    let known =
        |end: &&str| path.strip_suffix(*end).is_some_and(|head| head.is_empty() || head.ends_with('/'));
    HELPERS.iter().any(known)
        // ECS Service Connect and GuardDuty add theirs at the start of a task
        || name.starts_with("ecs-service-connect-")
        || name.starts_with("aws-guardduty-agent-")
}

impl Pointers {
    /// The container that the application ships in, by its place among `all`.
    ///
    /// In this order: the configured one; that of the configured repository; the one that load balancers, registries
    /// or Service Connect name; the only one that is no helper; the only essential one among these; the only one of
    /// the repository of the image `asked` for; the first where all that is left has one repository.
    ///
    /// # Errors
    /// Says what is in the way.
    pub fn resolve(&self, all: &[Candidate<'_>], asked: Option<&str>) -> Result<(usize, Reason), Doubt> {
        let named = |name: &str| all.iter().position(|one| one.name == name);
        if all.is_empty() {
            return Err(Doubt::None);
        }
        if let Some(name) = &self.configured {
            if let Some(place) = named(name) {
                return Ok((place, Reason::Configured));
            }
            if !self.express {
                return Err(Doubt::Missing(name.clone()));
            }
        }
        if all.len() == 1 {
            return Ok((0, Reason::Only));
        }
        let every: Vec<usize> = (0..all.len()).collect();
        let of = |pool: &[usize], fits: &dyn Fn(&Candidate<'_>) -> bool| -> Vec<usize> {
            pool.iter().copied().filter(|place| all.get(*place).is_some_and(fits)).collect()
        };
        if let Some(repository) = &self.repository
            && let [only] = of(&every, &|one| is_of(one.image, repository)).as_slice()
        {
            return Ok((*only, Reason::Repository));
        }
        if let Some(place) = named("Main").filter(|_| self.express) {
            return Ok((place, Reason::Express));
        }
        let mut pool = every;
        for (names, reason) in [(&self.balancers, Reason::Balancer), (&self.registries, Reason::Registry)] {
            let found = of(&pool, &|one| names.iter().any(|name| name == one.name));
            match found.as_slice() {
                [] => {}
                [only] => return Ok((*only, reason)),
                _ => pool = found,
            }
        }
        let unread = all.iter().any(|one| one.facts.is_none());
        if !self.ports.is_empty() {
            if unread {
                return Err(Doubt::Unread);
            }
            let has = |facts: &Facts| facts.ports.iter().any(|port| self.ports.contains(port));
            let found = of(&pool, &|one| one.facts.is_some_and(has));
            match found.as_slice() {
                [] => {}
                [only] => return Ok((*only, Reason::ServiceConnect)),
                _ => pool = found,
            }
        }
        let helps =
            |one: &Candidate<'_>| is_helper(one.name, one.image) || one.facts.is_some_and(|f| f.helper);
        pool = narrowed(pool, of, &|one| !helps(one));
        if let [only] = pool.as_slice() {
            return Ok((*only, Reason::Helpers));
        }
        if unread {
            return Err(Doubt::Unread);
        }
        pool = narrowed(pool, of, &|one| one.facts.is_some_and(|facts| facts.essential));
        if let [only] = pool.as_slice() {
            return Ok((*only, Reason::Essential));
        }
        for repository in [asked, self.repository.as_deref()].into_iter().flatten() {
            pool = narrowed(pool, of, &|one| is_of(one.image, repository));
        }
        if let ([only], Some(_)) = (pool.as_slice(), asked) {
            return Ok((*only, Reason::Asked));
        }
        let images: Vec<&str> =
            pool.iter().filter_map(|place| all.get(*place)).map(|one| one.image).collect();
        match (pool.first(), images.split_first()) {
            (Some(first), Some((image, others)))
                if others.iter().all(|other| same_repository(image, other)) =>
            {
                Ok((*first, Reason::OneImage))
            }
            _ => Err(Doubt::Several(
                pool.iter().filter_map(|place| all.get(*place)).map(|one| one.name.to_owned()).collect(),
            )),
        }
    }

    /// The same within a task definition.
    ///
    /// # Errors
    /// Says what is in the way.
    pub fn resolve_in(
        &self,
        definition: &TaskDefinition,
        asked: Option<&str>,
    ) -> Result<(usize, Reason), Doubt> {
        let facts: Vec<Facts> = definition.facts();
        let all: Vec<Candidate<'_>> = definition
            .containers
            .iter()
            .zip(&facts)
            .map(|(c, facts)| Candidate { name: &c.name, image: &c.image, facts: Some(facts) })
            .collect();
        self.resolve(&all, asked)
    }
}

/// Those that fit; all of them where none does.
fn narrowed(
    pool: Vec<usize>,
    of: impl Fn(&[usize], &dyn Fn(&Candidate<'_>) -> bool) -> Vec<usize>,
    fits: &dyn Fn(&Candidate<'_>) -> bool,
) -> Vec<usize> {
    let found = of(&pool, fits);
    if found.is_empty() { pool } else { found }
}

/// Whether an image is of a repository that may be configured without its registry.
fn is_of(image: &str, repository: &str) -> bool {
    let wanted = Reference::split(repository);
    match wanted.registry {
        Some(_) => same_repository(image, repository),
        None => Reference::split(image).path == wanted.path || same_repository(image, repository),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECR: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com";

    /// Name, image without registry, essential, helper, port.
    type Row = (&'static str, &'static str, bool, bool, &'static str);

    const ROUTER: Row = ("log_router", "own-router:3", true, true, "");
    const OTEL: Row = ("aws-otel-collector", "aws-otel-collector:v0.40.0", true, false, "");
    const WEB: Row = ("web", "web:1.2.3", true, false, "http");
    const NGINX: Row = ("nginx", "nginx:1.27.0", true, false, "proxy");
    const MIGRATE: Row = ("migrate", "web:1.2.3", false, false, "");

    fn resolve(
        pointers: &Pointers,
        rows: &[Row],
        whole: bool,
        asked: Option<&str>,
    ) -> Result<(String, Reason), Doubt> {
        let images: Vec<String> = rows.iter().map(|row| format!("{ECR}/{}", row.1)).collect();
        let facts: Vec<Facts> = rows
            .iter()
            .map(|row| Facts { essential: row.2, helper: row.3, ports: vec![row.4.to_owned()] })
            .collect();
        let all: Vec<Candidate<'_>> = rows
            .iter()
            .zip(images.iter().zip(&facts))
            .map(|(row, (image, facts))| Candidate { name: row.0, image, facts: whole.then_some(facts) })
            .collect();
        pointers.resolve(&all, asked).map(|(place, reason)| (rows[place].0.to_owned(), reason))
    }

    #[test]
    fn one_rule_decides_which_container_is_the_application() {
        let none = Pointers::default();
        let balanced = Pointers { balancers: vec!["web".into()], ..none.clone() };
        let registered = Pointers { registries: vec!["web".into()], ..none.clone() };
        let connected = Pointers { ports: vec!["http".into()], ..none.clone() };
        let configured = Pointers { configured: Some("nginx".into()), ..balanced.clone() };
        let repository = Pointers { repository: Some("web".into()), ..none.clone() };
        let asked = format!("{ECR}/nginx");
        for (pointers, rows, asked, found) in [
            (&none, &[ROUTER, WEB][..], None, Ok(("web", Reason::Helpers))),
            (&none, &[OTEL, WEB], None, Ok(("web", Reason::Helpers))),
            (&none, &[ROUTER], None, Ok(("log_router", Reason::Only))),
            (&balanced, &[ROUTER, OTEL, NGINX, WEB], None, Ok(("web", Reason::Balancer))),
            (&registered, &[NGINX, WEB], None, Ok(("web", Reason::Registry))),
            (&connected, &[NGINX, WEB], None, Ok(("web", Reason::ServiceConnect))),
            (&configured, &[NGINX, WEB], None, Ok(("nginx", Reason::Configured))),
            (&repository, &[NGINX, WEB], None, Ok(("web", Reason::Repository))),
            (&none, &[MIGRATE, WEB], None, Ok(("web", Reason::Essential))),
            (&none, &[NGINX, WEB], Some(asked.as_str()), Ok(("nginx", Reason::Asked))),
            (&none, &[WEB, ("worker", "web:1.2.3", true, false, "")], None, Ok(("web", Reason::OneImage))),
            (&none, &[NGINX, WEB], None, Err(Doubt::Several(vec!["nginx".into(), "web".into()]))),
            (&configured, &[WEB], None, Err(Doubt::Missing("nginx".into()))),
            (&none, &[], None, Err(Doubt::None)),
        ] {
            let told = resolve(pointers, rows, true, asked);
            assert_eq!(told, found.map(|(name, reason)| (name.to_owned(), reason)), "{pointers:?} {rows:?}");
        }
    }

    #[test]
    fn what_is_told_without_the_definition_is_what_is_told_with_it() {
        let none = Pointers::default();
        let pointers = [
            none.clone(),
            Pointers { balancers: vec!["web".into()], ..none.clone() },
            Pointers { registries: vec!["nginx".into()], ..none.clone() },
            Pointers { ports: vec!["proxy".into()], ..none.clone() },
            Pointers { repository: Some("nginx".into()), ..none.clone() },
            Pointers { balancers: vec!["web".into(), "nginx".into()], ..none },
        ];
        let rows = [ROUTER, OTEL, WEB, NGINX, MIGRATE];
        for pointers in &pointers {
            for set in 1..(1 << rows.len()) {
                let some: Vec<Row> = rows
                    .iter()
                    .enumerate()
                    .filter(|(nth, _)| set & (1 << nth) != 0)
                    .map(|(_, row)| *row)
                    .collect();
                let (part, whole) =
                    (resolve(pointers, &some, false, None), resolve(pointers, &some, true, None));
                // a task of helpers and a router of one's own alone has no application to be found
                let odd = !some.iter().any(|row| matches!(row.0, "web" | "nginx"));
                assert!(part == whole || part == Err(Doubt::Unread) || odd, "{some:?}: {part:?}, {whole:?}");
            }
        }
    }

    #[test]
    fn helpers_are_known_by_their_repository() {
        for image in [
            "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
            "public.ecr.aws/datadog/agent:7",
            "amazon/cloudwatch-agent",
            "111122223333.dkr.ecr.us-west-2.amazonaws.com/docker-hub/datadog/agent:7.50.0",
            "otel/opentelemetry-collector-contrib@sha256:00",
        ] {
            assert!(is_helper("x", image), "{image}");
        }
        for image in
            ["111122223333.dkr.ecr.us-west-2.amazonaws.com/agent:1", "team/my-fluent-bit:1", "vector:1", ""]
        {
            assert!(!is_helper("x", image), "{image}");
        }
        assert!(is_helper("ecs-service-connect-x8Yb2", ""));
    }
}
