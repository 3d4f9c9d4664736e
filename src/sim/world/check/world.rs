//! A whole world out of its file.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Check, Checked};
use crate::sim::world::error::Source;
use crate::sim::world::file::File;
use crate::sim::world::{BucketSpec, UpstreamSpec, World, fleet};

/// Reads and checks a world file.
pub(in crate::sim::world) fn world(text: &str, file: &str, services: Option<usize>) -> Checked<World> {
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
            return Err(
                check.at(&entry.name, format!("cluster {} has two services {}", spec.cluster, spec.name))
            );
        }
        specs.push(Arc::new(spec));
    }
    let mut apps = Vec::with_capacity(parsed.apprunner.len());
    for entry in &parsed.apprunner {
        apps.push(Arc::new(check.app(entry, &mut alarms)?));
    }
    let jobs = parsed.job.iter().map(|entry| check.job(entry).map(Arc::new)).collect::<Checked<_>>()?;
    let databases = parsed.database.iter().map(|entry| check.database(entry)).collect::<Checked<_>>()?;
    let applications = parsed
        .application
        .iter()
        .map(|entry| check.application(entry, &specs, &apps))
        .collect::<Checked<_>>()?;
    let happenings =
        parsed.happens.iter().map(|entry| check.happening(entry, &specs)).collect::<Checked<_>>()?;
    let mut buckets = Vec::with_capacity(parsed.bucket.len());
    for entry in &parsed.bucket {
        let bucket = check.bucket(entry)?;
        if buckets.iter().any(|other: &BucketSpec| other.name == bucket.name) {
            return Err(check.at(&entry.name, format!("two buckets are called \"{}\"", bucket.name)));
        }
        buckets.push(bucket);
    }
    let (account, region) = check.home();
    let upstreams = parsed
        .pull_through
        .iter()
        .map(|entry| UpstreamSpec {
            account: account.clone(),
            region: region.clone(),
            prefix: entry.prefix.clone(),
            url: entry.upstream.clone(),
        })
        .collect();
    let warmup = parsed.warmup.as_ref().map_or(Ok(0.0), |name| check.seconds(name))?;
    let mut world = World {
        name: file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml").to_owned(),
        about: parsed.about,
        warmup: warmup.max(0.0),
        metrics_lag: parsed.metrics_lag.as_ref().map_or(Ok(0.0), |name| check.seconds(name))?.max(0.0),
        accounts: check.accounts,
        environments: check.environments,
        applications,
        capacity: check.capacity,
        repositories: check.repositories,
        upstreams,
        buckets,
        services: specs,
        jobs,
        apps,
        databases,
        alarms,
        happenings,
        template: parsed.fleet.is_some(),
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
