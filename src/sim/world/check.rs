//! From a world as written to a [`World`]: references resolved, defaults filled in, errors with place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::{Source, WorldError};
use super::file::{self, File, Name};
use super::{
    Account, Alarm, AppSpec, Application, Behaviour, Breaker, Crash, DatabaseSpec, Ended, Environment, Happening,
    ImageSpec, Migration, Past, RepositorySpec, ServiceSpec, StrategyName, Verify, World, app_id,
    balancer_dimensions, fleet, span,
};
use crate::sim::api::Baseline;
use crate::sim::cloudwatch::alarms::AlarmDef;
use crate::sim::hash;

type Checked<T> = Result<T, WorldError>;

/// Reads and checks a world file.
pub(super) fn world(text: &str, file: &str, services: Option<usize>) -> Checked<World> {
    let source = Source { file, text };
    let parsed: File = toml::from_str(text).map_err(|error| {
        let byte = error.span().map_or(0, |span| span.start);
        source.at(byte, error.message().to_owned())
    })?;
    let check = Check::new(source, &parsed)?;
    let mut alarms = Vec::new();
    let mut specs = Vec::with_capacity(parsed.service.len());
    let mut names = BTreeSet::new();
    for entry in &parsed.service {
        let spec = check.service(entry, &mut alarms)?;
        if !names.insert((spec.cluster.clone(), spec.name.clone())) {
            return Err(check.at(&entry.name, format!("cluster {} has two services {}", spec.cluster, spec.name)));
        }
        specs.push(Arc::new(spec));
    }
    let mut apps = Vec::with_capacity(parsed.apprunner.len());
    for entry in &parsed.apprunner {
        apps.push(Arc::new(check.app(entry, &mut alarms)?));
    }
    let databases = parsed.database.iter().map(|entry| check.database(entry)).collect::<Checked<_>>()?;
    let applications =
        parsed.application.iter().map(|entry| check.application(entry, &specs, &apps)).collect::<Checked<_>>()?;
    let happenings =
        parsed.happens.iter().map(|entry| check.happening(entry, &specs)).collect::<Checked<_>>()?;
    let warmup = parsed.warmup.as_ref().map_or(Ok(0.0), |name| check.seconds(name))?;
    let mut world = World {
        name: file.trim_end_matches(".toml").to_owned(),
        about: parsed.about,
        warmup: warmup.max(0.0),
        accounts: check.accounts,
        environments: check.environments,
        applications,
        repositories: check.repositories,
        services: specs,
        apps,
        databases,
        alarms,
        happenings,
    };
    if let Some(template) = &parsed.fleet {
        let of = Source { file, text };
        fleet::expand(&mut world, template, services.unwrap_or(template.services), of)?;
    }
    for environment in &mut world.environments {
        environment.apprunner = world
            .apps
            .iter()
            .filter(|app| app.environment == environment.name)
            .map(|app| app.name.clone())
            .collect();
    }
    Ok(world)
}

struct Check<'a> {
    source: Source<'a>,
    accounts: Vec<Account>,
    environments: Vec<Environment>,
    repositories: Vec<RepositorySpec>,
}

impl<'a> Check<'a> {
    fn new(source: Source<'a>, file: &File) -> Checked<Self> {
        let mut check = Self { source, accounts: vec![], environments: vec![], repositories: vec![] };
        for entry in &file.account {
            let id = entry.id.get_ref();
            if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
                return Err(check.at(&entry.id, format!("\"{id}\" is no account; an account has twelve digits")));
            }
            let keys = entry.keys.iter().map(|key| key.get_ref().clone()).collect();
            check.accounts.push(Account { id: id.clone(), keys });
        }
        if check.accounts.is_empty() {
            return Err(source.at(0, "a world needs at least one [[account]]"));
        }
        for entry in &file.environment {
            let environment = check.environment(entry)?;
            check.environments.push(environment);
        }
        if check.environments.is_empty() && file.fleet.is_none() {
            return Err(source.at(0, "a world needs at least one [[environment]]"));
        }
        for entry in &file.environment {
            if let Some(from) = &entry.promote_from {
                check.known(from, "environment", check.environments.iter().map(|e| e.name.as_str()))?;
            }
        }
        for entry in &file.repository {
            let repository = check.repository(entry)?;
            check.repositories.push(repository);
        }
        Ok(check)
    }

    fn at<T>(&self, name: &toml::Spanned<T>, message: impl Into<String>) -> WorldError {
        self.source.at(name.span().start, message)
    }

    fn seconds(&self, name: &Name) -> Checked<f64> {
        span::seconds(name.get_ref()).map_err(|message| self.at(name, message))
    }

    fn known<'b>(&self, name: &Name, what: &str, all: impl Iterator<Item = &'b str>) -> Checked<()> {
        let all: Vec<&str> = all.collect();
        if all.contains(&name.get_ref().as_str()) {
            return Ok(());
        }
        let list = if all.is_empty() { "there is none".to_owned() } else { all.join(", ") };
        Err(self.at(name, format!("no {what} is called \"{}\" (known: {list})", name.get_ref())))
    }

    fn one_of(&self, name: &Name, allowed: &[&str]) -> Checked<()> {
        if allowed.contains(&name.get_ref().as_str()) {
            return Ok(());
        }
        Err(self.at(name, format!("\"{}\" is not one of {}", name.get_ref(), allowed.join(", "))))
    }

    fn environment(&self, entry: &file::Environment) -> Checked<Environment> {
        self.known(&entry.account, "account", self.accounts.iter().map(|a| a.id.as_str()))?;
        if self.environments.iter().any(|e| e.name == *entry.name.get_ref()) {
            return Err(self.at(&entry.name, format!("two environments are called \"{}\"", entry.name.get_ref())));
        }
        for cluster in &entry.clusters {
            if self.environments.iter().any(|e| e.clusters.contains(cluster.get_ref())) {
                return Err(self.at(cluster, format!("two environments have a cluster \"{}\"", cluster.get_ref())));
            }
        }
        if let Some(protection) = &entry.protection {
            self.one_of(protection, &["open", "confirm", "typed", "read-only"])?;
        }
        let account = self.accounts.iter().find(|a| a.id == *entry.account.get_ref());
        Ok(Environment {
            name: entry.name.get_ref().clone(),
            account: entry.account.get_ref().clone(),
            region: entry.region.get_ref().clone(),
            access_key: account.and_then(|a| a.keys.first().cloned()),
            clusters: entry.clusters.iter().map(|c| c.get_ref().clone()).collect(),
            apprunner: Vec::new(),
            protection: entry.protection.as_ref().map(|p| p.get_ref().clone()),
            promote_from: entry.promote_from.as_ref().map(|p| p.get_ref().clone()),
            migrated: entry.migrated,
            full: entry.full,
        })
    }

    /// Account and region of the first environment: where a repository is unless it says otherwise.
    fn home(&self) -> (String, String) {
        self.environments.first().map(|e| (e.account.clone(), e.region.clone())).unwrap_or_default()
    }

    fn repository(&self, entry: &file::Repository) -> Checked<RepositorySpec> {
        let (account, region) = self.home();
        if let Some(account) = &entry.account {
            self.known(account, "account", self.accounts.iter().map(|a| a.id.as_str()))?;
        }
        let mut tags = BTreeSet::new();
        let mut images = Vec::with_capacity(entry.image.len());
        for image in &entry.image {
            for tag in &image.tags {
                if !tags.insert(tag.get_ref().clone()) {
                    return Err(self.at(tag, format!("two images carry the tag \"{}\"", tag.get_ref())));
                }
            }
            images.push(self.image(image, entry.migrations.len())?);
        }
        Ok(RepositorySpec {
            account: entry.account.as_ref().map_or(account, |a| a.get_ref().clone()),
            region: entry.region.as_ref().map_or(region, |r| r.get_ref().clone()),
            name: entry.name.get_ref().clone(),
            immutable: entry.immutable,
            migrations: entry.migrations.clone(),
            images,
        })
    }

    fn image(&self, entry: &file::Image, migrations: usize) -> Checked<ImageSpec> {
        if usize::try_from(entry.migrations).unwrap_or(usize::MAX) > migrations {
            return Err(self.at(
                &entry.pushed,
                format!("the image has migration {} but its repository lists {migrations}", entry.migrations),
            ));
        }
        let ratio = entry.error_ratio.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&ratio) {
            return Err(self.at(&entry.pushed, format!("error_ratio is {ratio}; it is a share from 0 to 1")));
        }
        let crash = match &entry.crash {
            None => None,
            Some(crash) => Some(Crash {
                after: self.seconds(&crash.after)?.max(1.0),
                exit: crash.exit,
                reason: crash.reason.clone(),
                log: crash.log.clone(),
            }),
        };
        let tags: Vec<String> = entry.tags.iter().map(|tag| tag.get_ref().clone()).collect();
        Ok(ImageSpec {
            pushed: self.seconds(&entry.pushed)?.abs(),
            size: u64::from(entry.size_mb.unwrap_or(38)) * 1_000_000
                + hash::of(tags.concat().as_bytes(), 3) % 900_000,
            behaviour: Behaviour {
                version: tags.first().cloned().unwrap_or_default(),
                migrations: entry.migrations,
                migration_error: entry.migration_error.clone(),
                unhealthy: entry.unhealthy,
                crash,
                error_ratio: ratio,
                latency: entry.latency.unwrap_or(1.0).max(0.01),
                cpu: entry.cpu.unwrap_or(1.0).max(0.01),
                log: entry.log.clone(),
            },
            tags,
        })
    }

    /// The full name of an image: `repository:tag` of the world, or one from elsewhere as it is.
    fn image_name(&self, name: &Name) -> Checked<String> {
        full_image(&self.repositories, name.get_ref()).map_err(|message| self.at(name, message))
    }

    fn baseline(entry: &file::Baseline, seed: &str) -> Baseline {
        Baseline {
            cpu: entry.cpu,
            memory: entry.memory,
            requests: entry.requests,
            latency_ms: entry.latency_ms,
            seed: hash::of(seed.as_bytes(), 4),
        }
    }

    fn past(&self, entries: &[file::Past]) -> Checked<Vec<Past>> {
        let mut past = Vec::with_capacity(entries.len());
        for entry in entries {
            let ended = match entry.ended.as_ref().map(|e| e.get_ref().as_str()) {
                None | Some("succeeded") => Ended::Succeeded,
                Some("rolled_back") => Ended::RolledBack,
                Some("stopped") => Ended::Stopped,
                Some(_) => {
                    let wrong = entry.ended.as_ref().map_or(0, |e| e.span().start);
                    return Err(self.source.at(wrong, "ended is succeeded, rolled_back or stopped"));
                }
            };
            past.push(Past { ago: self.seconds(&entry.ago)?.abs(), image: self.image_name(&entry.image)?, ended });
        }
        past.sort_by(|a, b| b.ago.total_cmp(&a.ago));
        Ok(past)
    }

    fn service(&self, entry: &file::Service, alarms: &mut Vec<Alarm>) -> Checked<ServiceSpec> {
        let clusters = self.environments.iter().flat_map(|e| e.clusters.iter().map(String::as_str));
        self.known(&entry.cluster, "cluster", clusters)?;
        let cluster = entry.cluster.get_ref().clone();
        let Some(environment) = self.environments.iter().find(|e| e.clusters.contains(&cluster)) else {
            return Err(self.at(&entry.cluster, "the cluster belongs to no environment"));
        };
        let name = entry.name.get_ref().clone();
        if let Some(controller) = &entry.controller {
            self.one_of(controller, &["ECS", "CODE_DEPLOY", "EXTERNAL"])?;
        }
        if entry.balancer.is_some() && entry.port.is_none() {
            return Err(self.at(&entry.name, "a service behind a balancer needs a port"));
        }
        let breaker = match entry.breaker.as_ref().map(|b| b.get_ref().as_str()) {
            None | Some("rollback") => Breaker::Rollback,
            Some("stop") => Breaker::Stop,
            Some(_) => {
                if let Some(breaker) = &entry.breaker {
                    self.one_of(breaker, &["rollback", "stop", "off"])?;
                }
                Breaker::Off
            }
        };
        let strategy = match entry.strategy.as_ref().map(|b| b.get_ref().as_str()) {
            None if entry.express => StrategyName::Canary,
            None | Some("rolling") => StrategyName::Rolling,
            Some("blue_green") => StrategyName::BlueGreen,
            Some("linear") => StrategyName::Linear,
            Some(_) => {
                if let Some(strategy) = &entry.strategy {
                    self.one_of(strategy, &["rolling", "blue_green", "linear", "canary"])?;
                }
                StrategyName::Canary
            }
        };
        let maximum = entry.maximum_percent.unwrap_or(200);
        let minimum = entry.minimum_healthy_percent.unwrap_or(100);
        if maximum < 100 || minimum > 100 || (maximum == 100 && minimum == 100) {
            return Err(self.at(
                &entry.name,
                format!("with maximum_percent {maximum} and minimum_healthy_percent {minimum} no deployment can move"),
            ));
        }
        let mut spec = ServiceSpec {
            environment: environment.name.clone(),
            account: environment.account.clone(),
            region: environment.region.clone(),
            image: self.image_name(&entry.image)?,
            created: entry.created.as_ref().map_or(Ok(220.0 * 86_400.0), |c| self.seconds(c))?.abs(),
            express: entry.express,
            container: entry.container.clone().unwrap_or_else(|| "service".to_owned()),
            desired: entry.desired,
            cpu: entry.cpu.clone().unwrap_or_else(|| "256".to_owned()),
            memory: entry.memory.clone().unwrap_or_else(|| "512".to_owned()),
            port: entry.port,
            balancer: entry.balancer.clone(),
            health_path: entry.health_path.clone().unwrap_or_else(|| "/healthz".to_owned()),
            log_group: entry.log_group.clone().unwrap_or_else(|| name.clone()),
            log_prefix: entry.log_prefix.clone().unwrap_or_else(|| "svc".to_owned()),
            command: entry.command.clone(),
            variables: entry.environment.clone(),
            secrets: entry.secrets.clone(),
            sidecars: entry.sidecars.clone(),
            tags: entry.tags.clone(),
            controller: entry.controller.as_ref().map_or_else(|| "ECS".to_owned(), |c| c.get_ref().clone()),
            breaker,
            maximum,
            minimum,
            strategy,
            alarms: Vec::new(),
            rollback_on_alarms: entry.rollback_on_alarms,
            baseline: Self::baseline(&entry.usual, &format!("{cluster}/{name}")),
            past: self.past(&entry.past)?,
            cluster,
            name,
        };
        for alarm in &entry.alarm {
            self.one_of(&alarm.watch, &["5xx", "latency", "cpu", "memory"])?;
            let watch = alarm.watch.get_ref().as_str();
            if matches!(watch, "5xx" | "latency") && spec.balancer.is_none() {
                return Err(self.at(&alarm.watch, format!("\"{watch}\" needs a service behind a balancer")));
            }
            spec.alarms.push(alarm.name.get_ref().clone());
            let def = service_alarm(&spec, alarm.name.get_ref(), watch, alarm.above, alarm.periods.unwrap_or(3));
            alarms.push(Alarm { account: spec.account.clone(), region: spec.region.clone(), def });
        }
        if spec.rollback_on_alarms && spec.alarms.is_empty() {
            return Err(self.at(&entry.name, "rollback_on_alarms needs at least one [[service.alarm]]"));
        }
        Ok(spec)
    }

    fn app(&self, entry: &file::App, alarms: &mut Vec<Alarm>) -> Checked<AppSpec> {
        self.known(&entry.environment, "environment", self.environments.iter().map(|e| e.name.as_str()))?;
        let Some(environment) = self.environments.iter().find(|e| e.name == *entry.environment.get_ref()) else {
            return Err(self.at(&entry.environment, "no such environment"));
        };
        let name = entry.name.get_ref().clone();
        for alarm in &entry.alarm {
            self.one_of(&alarm.watch, &["5xx", "cpu", "memory"])?;
            let (metric, statistic) = match alarm.watch.get_ref().as_str() {
                "5xx" => ("5xxStatusResponses", "Sum"),
                "cpu" => ("CPUUtilization", "Average"),
                _ => ("MemoryUtilization", "Average"),
            };
            let id = app_id(&environment.account, &environment.region, &name);
            let def = AlarmDef {
                name: alarm.name.get_ref().clone(),
                namespace: "AWS/AppRunner".to_owned(),
                metric: metric.to_owned(),
                dimensions: vec![
                    ("ServiceName".to_owned(), name.clone()),
                    ("ServiceID".to_owned(), format!("{id:032x}")),
                ],
                statistic: statistic.to_owned(),
                period: 60,
                evaluation_periods: alarm.periods.unwrap_or(3),
                threshold: alarm.above,
                comparison: "GreaterThanThreshold".to_owned(),
                description: format!("{metric} of {name}"),
            };
            alarms.push(Alarm {
                account: environment.account.clone(),
                region: environment.region.clone(),
                def,
            });
        }
        Ok(AppSpec {
            environment: environment.name.clone(),
            account: environment.account.clone(),
            region: environment.region.clone(),
            image: self.image_name(&entry.image)?,
            created: entry.created.as_ref().map_or(Ok(400.0 * 86_400.0), |c| self.seconds(c))?.abs(),
            auto_deploy: entry.auto_deploy,
            paused: entry.paused,
            instances: entry.instances,
            port: entry.port.unwrap_or(8080),
            health_path: entry.health_path.clone(),
            variables: entry.variables.clone(),
            secrets: entry.secrets.clone(),
            tagged: entry.tagged,
            baseline: Self::baseline(&entry.usual, &format!("apprunner/{name}")),
            past: self.past(&entry.past)?,
            name,
        })
    }

    fn database(&self, entry: &file::Database) -> Checked<DatabaseSpec> {
        self.known(&entry.environment, "environment", self.environments.iter().map(|e| e.name.as_str()))?;
        let environment = self.environments.iter().find(|e| e.name == *entry.environment.get_ref());
        let (account, region) =
            environment.map(|e| (e.account.clone(), e.region.clone())).unwrap_or_default();
        Ok(DatabaseSpec {
            id: entry.id.get_ref().clone(),
            environment: entry.environment.get_ref().clone(),
            account,
            region,
            baseline: Self::baseline(&entry.usual, entry.id.get_ref()),
        })
    }

    fn application(
        &self,
        entry: &file::Application,
        services: &[Arc<ServiceSpec>],
        apps: &[Arc<AppSpec>],
    ) -> Checked<Application> {
        self.known(&entry.repository, "repository", self.repositories.iter().map(|r| r.name.as_str()))?;
        let known: Vec<String> = services
            .iter()
            .map(|s| format!("ecs:{}/{}", s.cluster, s.name))
            .chain(apps.iter().map(|a| format!("apprunner:{}", a.name)))
            .collect();
        let mut targets = BTreeMap::new();
        for (environment, target) in &entry.services {
            if !self.environments.iter().any(|e| e.name == *environment) {
                return Err(self.at(target, format!("no environment is called \"{environment}\"")));
            }
            self.known(target, "service", known.iter().map(String::as_str))?;
            targets.insert(environment.clone(), target.get_ref().clone());
        }
        let verify = match &entry.verify {
            None => None,
            Some(verify) => Some(Verify {
                window: self.seconds(&verify.window)?,
                max_5xx_ratio: verify.max_5xx_ratio,
                alarms: verify.alarms.iter().map(|a| a.get_ref().clone()).collect(),
            }),
        };
        Ok(Application {
            name: entry.name.clone(),
            repository: entry.repository.get_ref().clone(),
            services: targets,
            migration: entry.migration.as_ref().map(|m| Migration {
                container: m.container.clone(),
                command: m.command.clone(),
                checks: m.checks.clone(),
            }),
            verify,
        })
    }

    fn happening(&self, entry: &file::Happening, services: &[Arc<ServiceSpec>]) -> Checked<Happening> {
        let (cluster, service) = (entry.cluster.get_ref(), entry.service.get_ref());
        if !services.iter().any(|s| s.cluster == *cluster && s.name == *service) {
            return Err(self.at(&entry.service, format!("cluster {cluster} has no service \"{service}\"")));
        }
        if entry.deploy.is_none() && entry.load.is_none() {
            return Err(self.at(&entry.at, "something must happen: give deploy or load"));
        }
        let every = entry.every.as_ref().map(|e| self.seconds(e)).transpose()?;
        if every.is_some_and(|every| every < 60.0) {
            return Err(self.at(&entry.at, "every is at least 60s"));
        }
        Ok(Happening {
            at: self.seconds(&entry.at)?,
            every,
            cluster: cluster.clone(),
            service: service.clone(),
            deploy: entry.deploy.as_ref().map(|image| self.image_name(image)).transpose()?,
            load: entry.load,
        })
    }
}

/// The full name of an image: `repository:tag` of the world becomes the registry's name for it; a name
/// with a registry is taken as it is.
pub(super) fn full_image(repositories: &[RepositorySpec], text: &str) -> Result<String, String> {
    if text.split('/').next().is_some_and(|first| text.contains('/') && first.contains('.')) {
        return Ok(text.to_owned());
    }
    let (repository, tag) = text.rsplit_once(':').ok_or_else(|| {
        format!("\"{text}\" is no image; write repository:tag, or a name with its registry")
    })?;
    let Some(found) = repositories.iter().find(|r| r.name == repository) else {
        let all: Vec<&str> = repositories.iter().map(|r| r.name.as_str()).collect();
        return Err(format!("no repository is called \"{repository}\" (known: {})", all.join(", ")));
    };
    if !found.images.iter().any(|image| image.tags.iter().any(|t| t == tag)) {
        return Err(format!("repository {repository} has no image with the tag \"{tag}\""));
    }
    Ok(format!("{}.dkr.ecr.{}.amazonaws.com/{repository}:{tag}", found.account, found.region))
}

/// An alarm of an ECS service, from what it watches.
pub(super) fn service_alarm(spec: &ServiceSpec, name: &str, watch: &str, above: f64, periods: u32) -> AlarmDef {
    let own = vec![
        ("ClusterName".to_owned(), spec.cluster.clone()),
        ("ServiceName".to_owned(), spec.name.clone()),
    ];
    let (balancer, group) = balancer_dimensions(spec.balancer.as_deref().unwrap_or_default(), &spec.name);
    let balanced = vec![("TargetGroup".to_owned(), group), ("LoadBalancer".to_owned(), balancer)];
    let (namespace, metric, dimensions, statistic) = match watch {
        "5xx" => ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balanced, "Sum"),
        "latency" => ("AWS/ApplicationELB", "TargetResponseTime", balanced, "p99"),
        "memory" => ("AWS/ECS", "MemoryUtilization", own, "Average"),
        _ => ("AWS/ECS", "CPUUtilization", own, "Average"),
    };
    AlarmDef {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        metric: metric.to_owned(),
        dimensions,
        statistic: statistic.to_owned(),
        period: 60,
        evaluation_periods: periods,
        threshold: above,
        comparison: "GreaterThanThreshold".to_owned(),
        description: format!("{metric} of {}", spec.name),
    }
}
