//! Services of ECS and App Runner, with their past and their alarms.

use std::collections::BTreeMap;

use super::{Check, Checked, full_image, service_alarm};
use crate::sim::api::Baseline;
use crate::sim::cloudwatch::alarms::AlarmDef;
use crate::sim::engine::state::Stage;
use crate::sim::hash;
use crate::sim::world::file::Name;
use crate::sim::world::{
    Alarm, AppSpec, BalancerSort, Beside, Breaker, CodeSpec, Ended, GroupSpec, HookSpec, LOG_RATE, Past,
    Revisions, ServiceSpec, SidecarSpec, StrategyName, ThresholdSpec, WaysSpec, app_id, file,
};

impl Check<'_> {
    pub(super) fn baseline(entry: &file::Baseline, seed: &str) -> Baseline {
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
            let image = self.image_name(&entry.image)?;
            let meant = entry.meant.as_ref().map(|tag| {
                let repository =
                    entry.image.get_ref().rsplit_once(':').map_or("", |(repository, _)| repository);
                full_image(&self.repositories, &format!("{repository}:{}", tag.get_ref()))
                    .map_err(|message| self.at(tag, message))
            });
            past.push(Past {
                ago: self.seconds(&entry.ago)?.abs(),
                image,
                meant: meant.transpose()?,
                inactive: entry.inactive,
                forced: entry.forced,
                ended,
            });
        }
        past.sort_by(|a, b| b.ago.total_cmp(&a.ago));
        Ok(past)
    }

    pub(super) fn service(&self, entry: &file::Service, alarms: &mut Vec<Alarm>) -> Checked<ServiceSpec> {
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
        // DeploymentConfiguration, in AWS's model of ECS: what a daemon's deployment may keep and make
        let (most, least) = if entry.daemon { (100, 0) } else { (200, 100) };
        let maximum = entry.maximum_percent.unwrap_or(most);
        let minimum = entry.minimum_healthy_percent.unwrap_or(least);
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
            ways: self.ways(entry)?,
            health_path: entry.health_path.clone().unwrap_or_else(|| "/healthz".to_owned()),
            log_group: entry.log_group.clone().unwrap_or_else(|| name.clone()),
            log_prefix: entry.log_prefix.clone().unwrap_or_else(|| "svc".to_owned()),
            log_region: entry.log_region.clone().unwrap_or_else(|| environment.region.clone()),
            log_rate: entry.log_rate.unwrap_or(LOG_RATE).clamp(1e-3, 1e3),
            log_driver: entry.log_driver.clone().unwrap_or_else(|| "awslogs".to_owned()),
            log_options: entry.log_options.clone(),
            volumes: entry.volumes.clone(),
            command: entry.command.clone(),
            variables: entry.environment.clone(),
            secrets: entry.secrets.clone(),
            parameters: entry.parameters.clone(),
            ec2: self.ec2(entry)?,
            namespace: entry.namespace.clone(),
            scaling: match &entry.scaling {
                // Express Mode brings its own: one to twenty tasks at 60 % of their CPU
                None => entry.express.then_some((1, 20, 60.0)),
                Some(given) if given.minimum > given.maximum => {
                    return Err(self.at(&entry.name, "scaling has a minimum above its maximum"));
                }
                Some(given) => Some((given.minimum, given.maximum, given.cpu)),
            },
            containers: self.containers(entry)?,
            registry: entry.registry.clone(),
            tags: entry.tags.clone(),
            controller: entry.controller.as_ref().map_or_else(|| "ECS".to_owned(), |c| c.get_ref().clone()),
            beside: entry.beside.as_ref().map(|beside| self.beside(entry, beside)).transpose()?,
            daemon: entry.daemon,
            revisions: self.revisions(entry)?,
            no_history: entry.no_history,
            breaker,
            threshold: entry.breaker_threshold.as_ref().map(|t| self.threshold(t)).transpose()?,
            reset: entry.breaker_reset,
            maximum,
            minimum,
            strategy,
            step: entry.step.as_ref().map(|step| self.step(step, strategy)).transpose()?,
            bake: entry.bake.as_ref().map(|bake| self.seconds(bake)).transpose()?,
            hooks: entry.hook.iter().map(|hook| self.hook(hook)).collect::<Checked<_>>()?,
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
            let measured = spec.balancer.is_some() && spec.ways.sort == BalancerSort::Application;
            if matches!(watch, "5xx" | "latency") && !measured {
                return Err(self.at(&alarm.watch, format!("\"{watch}\" needs a service behind a balancer")));
            }
            spec.alarms.push(alarm.name.get_ref().clone());
            let def =
                service_alarm(&spec, alarm.name.get_ref(), watch, alarm.above, alarm.periods.unwrap_or(3));
            alarms.push(Alarm { account: spec.account.clone(), region: spec.region.clone(), def });
        }
        if spec.rollback_on_alarms && spec.alarms.is_empty() {
            return Err(self.at(&entry.name, "rollback_on_alarms needs at least one [[service.alarm]]"));
        }
        Ok(spec)
    }

    /// Containers beside the main one, those before it first.
    fn containers(&self, entry: &file::Service) -> Checked<Vec<SidecarSpec>> {
        let main = entry.container.as_deref().unwrap_or("service");
        let mut found: Vec<SidecarSpec> = Vec::new();
        for one in &entry.containers {
            let name = one.name.get_ref();
            if name == main || found.iter().any(|other| other.name == *name) {
                return Err(self.at(&one.name, format!("two containers are called \"{name}\"")));
            }
            found.push(SidecarSpec {
                name: name.clone(),
                image: one.image.as_ref().map(|image| self.image_name(image)).transpose()?,
                first: one.first,
                essential: one.essential,
                firelens: one.firelens,
                proxy: one.proxy,
            });
        }
        for (name, image) in &entry.sidecars {
            let image = Some(self.image_name(image)?);
            found.push(SidecarSpec { name: name.clone(), image, ..SidecarSpec::default() });
        }
        found.sort_by_key(|one| !one.first);
        Ok(found)
    }

    /// What a service says of its ways in.
    fn ways(&self, entry: &file::Service) -> Checked<WaysSpec> {
        let sort = |name: &Option<Name>| -> Checked<BalancerSort> {
            let Some(name) = name else { return Ok(BalancerSort::Application) };
            self.one_of(name, &["application", "network", "classic"])?;
            Ok(match name.get_ref().as_str() {
                "network" => BalancerSort::Network,
                "classic" => BalancerSort::Classic,
                _ => BalancerSort::Application,
            })
        };
        if let Some(rule) = &entry.rule {
            self.one_of(rule, &["first", "alternate"])?;
        }
        let mut groups = Vec::with_capacity(entry.group.len());
        for group in &entry.group {
            if !(0.0..=1.0).contains(&group.share) {
                return Err(self.at(&group.name, "share is from 0 to 1"));
            }
            groups.push(GroupSpec {
                name: group.name.get_ref().clone(),
                balancer: group.balancer.clone(),
                sort: sort(&group.balancer_kind)?,
                share: group.share,
                faulty: group.faulty,
            });
        }
        let more = entry.alternate.is_some() || entry.also_behind.is_some() || !groups.is_empty();
        if more && entry.balancer.is_none() {
            return Err(self.at(&entry.name, "further target groups need a balancer before the first one"));
        }
        if groups.iter().map(|group| group.share).sum::<f64>() > 1.0 {
            return Err(self.at(&entry.name, "the shares of its target groups are more than the whole"));
        }
        Ok(WaysSpec {
            sort: sort(&entry.balancer_kind)?,
            also_behind: entry.also_behind.clone(),
            alternate: entry.alternate.clone(),
            rule: entry.rule.as_ref().map(|rule| rule.get_ref() == "alternate"),
            groups,
        })
    }

    /// A task definition of its own: a service that is never made.
    pub(super) fn job(&self, entry: &file::Job) -> Checked<ServiceSpec> {
        self.known(&entry.environment, "environment", self.environments.iter().map(|e| e.name.as_str()))?;
        let Some(environment) = self.environments.iter().find(|e| e.name == *entry.environment.get_ref())
        else {
            return Err(self.at(&entry.environment, "no such environment"));
        };
        let name = entry.name.get_ref().clone();
        Ok(ServiceSpec {
            environment: environment.name.clone(),
            account: environment.account.clone(),
            region: environment.region.clone(),
            cluster: String::new(),
            image: self.image_name(&entry.image)?,
            created: 0.0,
            express: false,
            container: entry.container.clone().unwrap_or_else(|| "service".to_owned()),
            desired: 0,
            cpu: "256".to_owned(),
            memory: "512".to_owned(),
            port: None,
            balancer: None,
            ways: WaysSpec::default(),
            health_path: String::new(),
            log_group: name.clone(),
            log_prefix: "svc".to_owned(),
            log_region: environment.region.clone(),
            log_rate: LOG_RATE,
            log_driver: "awslogs".to_owned(),
            log_options: BTreeMap::new(),
            volumes: BTreeMap::new(),
            command: Vec::new(),
            variables: entry.variables.clone(),
            secrets: entry.secrets.clone(),
            parameters: Vec::new(),
            ec2: None,
            namespace: None,
            scaling: None,
            containers: Vec::new(),
            registry: None,
            tags: BTreeMap::new(),
            controller: "ECS".to_owned(),
            beside: None,
            daemon: false,
            revisions: Revisions::Described,
            no_history: false,
            breaker: Breaker::Off,
            threshold: None,
            reset: None,
            maximum: 200,
            minimum: 100,
            strategy: StrategyName::Rolling,
            step: None,
            bake: None,
            hooks: Vec::new(),
            alarms: Vec::new(),
            rollback_on_alarms: false,
            baseline: Baseline {
                cpu: 1.0,
                memory: 1.0,
                requests: 0.0,
                latency_ms: 0.0,
                seed: hash::of(name.as_bytes(), 4),
            },
            past: Vec::new(),
            name,
        })
    }

    fn beside(&self, service: &file::Service, entry: &file::Beside) -> Checked<Beside> {
        if service.controller.as_ref().is_none_or(|c| c.get_ref() == "ECS") {
            return Err(self.at(&entry.image, "beside needs the controller CODE_DEPLOY or EXTERNAL"));
        }
        let later = |at: &Option<Name>| at.as_ref().map(|at| self.seconds(at)).transpose();
        let (moves, ends) = (later(&entry.moves)?, later(&entry.ends)?);
        if entry.serves && moves.is_some() {
            return Err(self.at(&entry.image, "what serves already has nothing to be moved to it"));
        }
        if ends.is_some_and(|ends| !entry.serves && moves.is_none_or(|moves| ends <= moves)) {
            return Err(self.at(&entry.image, "the set before ends after the traffic moved away from it"));
        }
        Ok(Beside {
            image: self.image_name(&entry.image)?,
            ago: self.seconds(&entry.ago)?.abs(),
            serves: entry.serves,
            moves,
            ends,
        })
    }

    fn revisions(&self, entry: &file::Service) -> Checked<Revisions> {
        let Some(word) = &entry.revisions else { return Ok(Revisions::Described) };
        self.one_of(word, &["missing", "refused"])?;
        Ok(if word.get_ref() == "missing" { Revisions::Missing } else { Revisions::Refused })
    }

    fn status(&self, entry: &file::App) -> Checked<Option<&'static str>> {
        const KNOWN: [&str; 3] = ["CREATE_FAILED", "DELETE_FAILED", "OPERATION_IN_PROGRESS"];
        let Some(word) = &entry.status else { return Ok(None) };
        self.one_of(word, &KNOWN)?;
        Ok(KNOWN.into_iter().find(|known| known == word.get_ref()))
    }

    fn threshold(&self, entry: &file::Threshold) -> Checked<ThresholdSpec> {
        self.one_of(&entry.kind, &["count", "bounded_percent", "unbounded_percent"])?;
        if entry.value == 0 {
            return Err(self.at(&entry.kind, "the value of a threshold is at least 1"));
        }
        Ok(match entry.kind.get_ref().as_str() {
            "count" => ThresholdSpec::Count(entry.value),
            "bounded_percent" => ThresholdSpec::Bounded(entry.value),
            _ => ThresholdSpec::Unbounded(entry.value),
        })
    }

    fn step(&self, entry: &file::Step, strategy: StrategyName) -> Checked<(f64, f64)> {
        if !matches!(strategy, StrategyName::Linear | StrategyName::Canary) {
            return Err(self.at(&entry.wait, "step goes with the strategies linear and canary"));
        }
        if !(0.1..=100.0).contains(&entry.percent) {
            return Err(self.at(&entry.wait, "percent is from 0.1 to 100"));
        }
        Ok((entry.percent, self.seconds(&entry.wait)?))
    }

    fn hook(&self, entry: &file::Hook) -> Checked<HookSpec> {
        let all: Vec<&str> = Stage::hook_names().collect();
        for stage in &entry.stages {
            self.one_of(stage, &all)?;
            let shift = matches!(stage.get_ref().as_str(), "TEST_TRAFFIC_SHIFT" | "PRODUCTION_TRAFFIC_SHIFT");
            if shift && entry.function.is_none() {
                return Err(self.at(stage, "no hook can pause while traffic shifts: give it a function"));
            }
        }
        if let Some(then) = &entry.then {
            self.one_of(then, &["rollback", "continue"])?;
            if entry.timeout.is_none() {
                return Err(self.at(then, "then says what happens at the timeout: give a timeout"));
            }
        }
        Ok(HookSpec {
            function: entry.function.clone(),
            stages: entry.stages.iter().map(|stage| stage.get_ref().clone()).collect(),
            timeout: entry.timeout.as_ref().map(|timeout| self.seconds(timeout)).transpose()?,
            proceeds: entry.then.as_ref().is_some_and(|then| then.get_ref() == "continue"),
        })
    }

    pub(super) fn app(&self, entry: &file::App, alarms: &mut Vec<Alarm>) -> Checked<AppSpec> {
        self.known(&entry.environment, "environment", self.environments.iter().map(|e| e.name.as_str()))?;
        let Some(environment) = self.environments.iter().find(|e| e.name == *entry.environment.get_ref())
        else {
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
            status: self.status(entry)?,
            code: entry
                .code
                .as_ref()
                .map(|c| CodeSpec { repository: c.repository.clone(), branch: c.branch.clone() }),
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
}
