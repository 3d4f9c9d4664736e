//! What was before the start: revisions and deployments of the last months, tasks that run, a few that
//! stopped, metrics that show where deployments were.

mod app;
mod registry;
mod service;
mod stopped;

use std::collections::BTreeMap;

use super::Engine;
use super::state::{Bucket, Cluster, ClusterIx, Database, Image, Repository};
use registry::pushed;

pub(super) const DAY: f64 = 86_400.0;

impl Engine {
    pub(super) fn build_history(&mut self) {
        self.build_repositories();
        self.build_databases();
        self.buckets = self
            .world
            .buckets
            .iter()
            .map(|spec| Bucket { spec: spec.clone(), objects: BTreeMap::new() })
            .collect();
        for environment in self.world.environments.clone() {
            for name in environment.clusters {
                self.clusters.push(Cluster {
                    account: environment.account.clone(),
                    region: environment.region.clone(),
                    name,
                    environment: environment.name.clone(),
                    services: Vec::new(),
                    tasks: Vec::new(),
                });
            }
        }
        self.build_capacity();
        for spec in self.world.services.clone() {
            self.build_service(&spec);
        }
        for spec in self.world.jobs.clone() {
            let at = self.start - 9.0 * DAY;
            self.made_definition(&spec, &spec.image.clone(), at);
            let created = super::num::millis(at);
            self.logs.create_group(&spec.account, &spec.region, &spec.log_group, created);
        }
        for place in 0..self.clusters.len() {
            self.build_stopped(ClusterIx(place));
        }
        for spec in self.world.apps.clone() {
            self.build_app(&spec);
        }
    }

    fn build_repositories(&mut self) {
        for spec in self.world.repositories.clone() {
            let home = format!("{}/{}", spec.account, spec.name);
            let mut images: Vec<Image> =
                spec.images.into_iter().flat_map(|image| pushed(self.start, &home, image)).collect();
            images.sort_by(|a, b| a.pushed_at.total_cmp(&b.pushed_at));
            self.repositories.push(Repository {
                created_at: self.start - 420.0 * DAY,
                account: spec.account,
                region: spec.region,
                name: spec.name,
                immutable: spec.immutable,
                images,
                migrations: spec.migrations.into(),
            });
        }
    }

    fn build_databases(&mut self) {
        for environment in self.world.environments.clone() {
            let versions = f64::from(environment.migrated);
            let applied = (0..environment.migrated)
                .map(|version| self.start - 9.0 * DAY - (versions - f64::from(version)) * 8.3 * DAY)
                .collect();
            let database = Database { environment: environment.name.clone(), applied };
            self.databases.insert(environment.name, database);
        }
    }
}
