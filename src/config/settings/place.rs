//! Where environments are, and what of them belongs to two.

use super::{
    application::Application,
    environment::{Environment, Reached, Scope},
};
use crate::model::{EnvironmentName, Protection};

/// An environment, the regions it may be in, and what its migrations run.
///
/// That of its user's own file is as that file alone describes it: what came with a repository (a region for all, another
/// entry of its name) moves it nowhere. An address that AWS is called at sets no places apart: one place has many.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The environment.
    pub environment: Environment,
    /// None are told: it may be in any.
    regions: Vec<String>,
    runs: Runs,
}

impl Place {
    /// An environment that may be in these regions where its entry tells none.
    pub fn of<'a>(
        environment: &Environment,
        applications: impl IntoIterator<Item = &'a Application>,
        regions: impl IntoIterator<Item = &'a String>,
    ) -> Self {
        let regions = match &environment.region {
            Some(own) => vec![own.clone()],
            None => regions.into_iter().cloned().collect(),
        };
        Self { runs: Runs::of(environment, applications), environment: environment.clone(), regions }
    }

    /// Whether both may be in the same account and region: what one of them does not tell sets them not apart.
    pub fn may_be_beside(&self, other: &Self) -> bool {
        let accounts = self.environment.account.as_ref().zip(other.environment.account.as_ref());
        let regions = self.regions.is_empty()
            || other.regions.is_empty()
            || self.regions.iter().any(|region| other.regions.contains(region));
        regions && accounts.is_none_or(|(a, b)| a == b)
    }

    /// Makes another environment as strict where it reaches the same place. `region` is that of whoever names none.
    pub fn hold(&self, other: &mut Environment, region: Option<&String>) {
        let own = &self.environment;
        if other.protection >= own.protection {
            return;
        }
        let reaches = overlap(&own.clusters, &other.clusters) || overlap(&own.apprunner, &other.apprunner);
        if reaches && self.may_be_beside(&Self::of(other, [], region)) {
            other.protection = own.protection;
            other.strict_as = Some((own.name.clone(), Reached::SamePlace));
        }
    }

    /// What its migrations reach, of all these.
    pub fn reached(&self, all: &[Self]) -> Vec<(EnvironmentName, Protection, Reached)> {
        let own = &self.environment;
        let clusters = self.runs.clusters.iter().filter(|cluster| !names(own, cluster)).map(|cluster| {
            let (name, protection) = self.over(cluster, all);
            (name, protection, Reached::Migrations)
        });
        let families = self.runs.families.iter().filter_map(|family| {
            let there = all.iter().filter(|other| self.may_be_beside(other));
            let (name, protection) = strictest(there.filter(|other| other.runs.families.contains(family)))?;
            Some((name, protection, Reached::Definitions))
        });
        clusters.chain(families).collect()
    }

    /// What protects a cluster that it does not name: who names it, else who has all that nobody names, and its own name
    /// where nobody does. Who has all the others has none that is named beside it.
    fn over(&self, cluster: &str, all: &[Self]) -> (EnvironmentName, Protection) {
        let own = &self.environment;
        let beside = || all.iter().filter(|other| self.may_be_beside(other));
        let naming: Vec<&Self> = beside().filter(|other| names(&other.environment, cluster)).collect();
        let named = strictest(naming.iter().copied());
        let named = named.unwrap_or_else(|| (bare(cluster).into(), Protection::for_name(bare(cluster))));
        if own.clusters == Scope::All {
            return named;
        }
        let rest = beside().filter(|other| {
            other.environment.clusters == Scope::All && !naming.iter().any(|named| named.may_be_beside(other))
        });
        strictest(rest).filter(|(_, protection)| *protection > named.1).unwrap_or(named)
    }
}

fn strictest<'a>(places: impl Iterator<Item = &'a Place>) -> Option<(EnvironmentName, Protection)> {
    let told = places.map(|place| (place.environment.name.clone(), place.environment.protection));
    told.max_by_key(|(_, protection)| *protection)
}

/// Where the migrations of an environment's services are told to run.
#[derive(Debug, Clone, PartialEq, Default)]
struct Runs {
    clusters: Vec<String>,
    /// Families of task definitions.
    families: Vec<String>,
}

impl Runs {
    fn of<'a>(environment: &Environment, applications: impl IntoIterator<Item = &'a Application>) -> Self {
        let mut runs = Self::default();
        let name = &environment.name;
        for application in applications {
            let Some(migration) = &application.migration else { continue };
            for key in application.services.iter().filter(|key| key.environment == *name) {
                let own = migration.of_kind(key.kind);
                runs.clusters.extend(own.cluster_in(name));
                runs.families.extend(own.task_definition_in(name).map(|text| family(&text).to_owned()));
            }
        }
        runs
    }
}

/// An environment that is protected more strictly than another one.
#[derive(Debug, Clone, Copy)]
pub struct Stricter<'a> {
    /// It.
    pub environment: &'a Environment,
    /// Whether it may be in the same account and region.
    pub beside: bool,
}

/// The family that a task definition is named by: by itself, with its revision, or by an ARN.
fn family(definition: &str) -> &str {
    let path = definition.strip_prefix("arn:").and_then(|arn| arn.rsplit_once('/'));
    let name = path.map_or(definition, |(_, name)| name);
    name.split(':').next().unwrap_or(name)
}

/// Whether an environment names this cluster.
fn names(environment: &Environment, cluster: &str) -> bool {
    matches!(&environment.clusters, Scope::Named(names) if names.iter().any(|name| bare(name) == bare(cluster)))
}

/// Whether something belongs to both.
fn overlap(a: &Scope, b: &Scope) -> bool {
    match (a, b) {
        (Scope::None, _) | (_, Scope::None) => false,
        (Scope::All, Scope::All) => true,
        (Scope::All, Scope::Named(names)) | (Scope::Named(names), Scope::All) => !names.is_empty(),
        (Scope::Named(a), Scope::Named(b)) => a.iter().any(|a| b.iter().any(|b| bare(a) == bare(b))),
    }
}

/// The name in an ARN of a cluster or of a service of App Runner; of other text what is behind its last slash, which is what
/// calls are made with.
pub fn bare(name: &str) -> &str {
    let path = name.strip_prefix("arn:").and_then(|arn| arn.split_once('/'));
    let tail = || name.rsplit('/').next().unwrap_or(name);
    path.map_or_else(tail, |(_, path)| path.split('/').find(|part| !part.is_empty()).unwrap_or(path))
}
