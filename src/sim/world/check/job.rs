//! Task definitions that no service runs.

use std::collections::BTreeMap;

use super::{Check, Checked};
use crate::sim::api::Baseline;
use crate::sim::hash;
use crate::sim::world::{Breaker, Revisions, ServiceSpec, StrategyName, WaysSpec, file};

impl Check<'_> {
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
}
