//! From a world as written to a [`World`]: references resolved, defaults filled in, errors with place.

mod app;
mod capacity;
mod deployment;
mod job;
mod parts;
mod service;
pub(super) mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::{Source, WorldError};
use super::file::{File, Name};
use super::{
    Account, AppSpec, Application, Behaviour, BucketSpec, CapacitySpec, Crash, DatabaseSpec, Environment,
    Happening, ImageSpec, Migration, Outage, RepositorySpec, ServiceSpec, StoppedBy, Verify,
    balancer_dimensions, file, span,
};
use crate::sim::cloudwatch::alarms::AlarmDef;
use crate::sim::hash;

type Checked<T> = Result<T, WorldError>;

struct Check<'a> {
    source: Source<'a>,
    accounts: Vec<Account>,
    environments: Vec<Environment>,
    repositories: Vec<RepositorySpec>,
    capacity: Vec<CapacitySpec>,
}

impl<'a> Check<'a> {
    fn new(source: Source<'a>, file: &File) -> Checked<Self> {
        let mut check =
            Self { source, accounts: vec![], environments: vec![], repositories: vec![], capacity: vec![] };
        for entry in &file.account {
            let id = entry.id.get_ref();
            if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
                return Err(
                    check.at(&entry.id, format!("\"{id}\" is no account; an account has twelve digits"))
                );
            }
            let keys = entry.keys.iter().map(|key| key.get_ref().clone()).collect();
            check.accounts.push(Account { id: id.clone(), keys, users: entry.users.clone() });
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
        for entry in &file.capacity {
            let capacity = check.capacity(entry)?;
            check.capacity.push(capacity);
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
            return Err(
                self.at(&entry.name, format!("two environments are called \"{}\"", entry.name.get_ref()))
            );
        }
        for cluster in &entry.clusters {
            if self.environments.iter().any(|e| e.clusters.contains(cluster.get_ref())) {
                return Err(
                    self.at(cluster, format!("two environments have a cluster \"{}\"", cluster.get_ref()))
                );
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
            starved: entry.starved.as_ref().map_or(Ok(0.0), |wait| self.seconds(wait))?,
            task_tags: entry.task_tags.clone(),
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

    fn bucket(&self, entry: &file::Bucket) -> Checked<BucketSpec> {
        let name = entry.name.get_ref();
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        if !(3..=63).contains(&name.len()) || !name.bytes().all(allowed) {
            let what = "a bucket has 3 to 63 lower-case letters, digits, hyphens and dots";
            return Err(self.at(&entry.name, format!("\"{name}\" is no bucket; {what}")));
        }
        if let Some(account) = &entry.account {
            self.known(account, "account", self.accounts.iter().map(|a| a.id.as_str()))?;
        }
        let (account, region) = self.home();
        Ok(BucketSpec {
            name: name.clone(),
            account: entry.account.as_ref().map_or(account, |a| a.get_ref().clone()),
            region: entry.region.as_ref().map_or(region, |r| r.get_ref().clone()),
            denied: entry.denied,
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
            index: entry.index,
            signed: entry.signed,
            artifact: entry.artifact.clone(),
            behaviour: Behaviour {
                version: tags.first().cloned().unwrap_or_default(),
                migrations: entry.migrations,
                migration_error: entry.migration_error.clone(),
                unhealthy: entry.unhealthy,
                listens: entry.listens,
                slow: entry.slow.as_ref().map(|slow| self.seconds(slow)).transpose()?,
                start_error: entry.start_error.clone(),
                crash,
                error_ratio: ratio,
                bad_gateway: entry.bad_gateway.unwrap_or(0.0).clamp(0.0, 1.0),
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
        if entry.deploy.is_none() && entry.load.is_none() && entry.stop.is_none() && entry.outage.is_none() {
            return Err(self.at(&entry.at, "something must happen: give deploy, load, stop or outage"));
        }
        if let Some(stop) = &entry.stop {
            self.one_of(stop, &["spot", "person"])?;
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
            stop: entry.stop.as_ref().map(|stop| match stop.get_ref().as_str() {
                "spot" => StoppedBy::Spot,
                _ => StoppedBy::Person,
            }),
            outage: entry
                .outage
                .as_ref()
                .map(|outage| Outage { errors: outage.errors.clamp(0.0, 1.0), log: outage.log.clone() }),
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
pub(in crate::sim::world) fn service_alarm(
    spec: &ServiceSpec,
    name: &str,
    watch: &str,
    above: f64,
    periods: u32,
) -> AlarmDef {
    let own =
        vec![("ClusterName".to_owned(), spec.cluster.clone()), ("ServiceName".to_owned(), spec.name.clone())];
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
