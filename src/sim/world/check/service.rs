//! Services of ECS, with their alarms.

use super::{Check, Checked, service_alarm};
use crate::sim::api::Baseline;
use crate::sim::hash;
use crate::sim::world::{Alarm, BalancerSort, Breaker, LOG_RATE, ServiceSpec, StrategyName, file};

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
}
