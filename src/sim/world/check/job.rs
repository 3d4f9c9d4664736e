//! Task definitions that no service runs.

use super::{Check, Checked};
use crate::sim::api::Baseline;
use crate::sim::hash;
use crate::sim::world::{ServiceSpec, file};

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
            image: self.image_name(&entry.image)?,
            container: entry.container.clone().unwrap_or_else(|| "service".to_owned()),
            log_group: name.clone(),
            log_region: environment.region.clone(),
            variables: entry.variables.clone(),
            secrets: entry.secrets.clone(),
            baseline: Baseline {
                cpu: 1.0,
                memory: 1.0,
                requests: 0.0,
                latency_ms: 0.0,
                seed: hash::of(name.as_bytes(), 4),
            },
            name,
            ..ServiceSpec::default()
        })
    }
}
