//! What environments reach: two names for the same place are one place, and what its user made strict holds for both.

use super::{
    Settings,
    application::Application,
    environment::{Environment, Scope},
    file::{ApplicationEntry, EnvironmentEntry},
    place::{Place, Stricter, bare},
};
use crate::model::{EnvironmentName, Kind, Protection, ServiceKey};

/// Those of the user's own file whose protection is written down, or strict for their name: another name does not say so
/// any more. `regions` are those of whoever names none.
pub fn strict(
    entries: &[EnvironmentEntry],
    applications: &[ApplicationEntry],
    regions: &[String],
) -> Vec<Place> {
    let strict =
        |entry: &&EnvironmentEntry| entry.protected || entry.environment.protection > Protection::Confirm;
    let strict = entries.iter().filter(strict);
    strict
        .map(|entry| Place::of(&entry.environment, applications.iter().map(|a| &a.application), regions))
        .collect()
}

/// Makes every environment as strict as those in whose clusters the migrations of its services run, and as those whose
/// migrations run the same task definitions: with the same secrets, on the same database. `own` is what its user made strict,
/// `region` that of whoever names none. Gives all places that there are.
pub fn hold_migrations(
    environments: &mut [&mut Environment],
    applications: &[&Application],
    own: &[Place],
    region: Option<&String>,
) -> Vec<Place> {
    let place = |environment: &Environment| Place::of(environment, applications.iter().copied(), region);
    let told: Vec<Place> = environments.iter().map(|environment| place(environment)).collect();
    let all: Vec<Place> = told.iter().chain(own).cloned().collect();
    for (environment, place) in environments.iter_mut().zip(&told) {
        // of several that are as strict the first is told
        for (name, protection, how) in place.reached(&all) {
            if protection > environment.protection {
                environment.protection = protection;
                environment.strict_as = Some((name, how));
            }
        }
    }
    let told = environments.iter().map(|environment| place(environment));
    told.chain(own.iter().cloned()).collect()
}

/// Environments that nobody configured and that are stricter than their names say, for what their services' migrations reach:
/// each cluster is one, by its name.
pub fn of_discovered(applications: &[&Application]) -> Vec<Environment> {
    let mut found: Vec<Environment> = Vec::new();
    for key in applications.iter().flat_map(|application| &application.services) {
        if found.iter().all(|known| known.name != key.environment) {
            let name = key.environment.as_str();
            let clusters = Scope::Named(vec![name.to_owned()]);
            found.push(Environment { clusters, ..Environment::named(name) });
        }
    }
    let mut all: Vec<&mut Environment> = found.iter_mut().collect();
    hold_migrations(&mut all, applications, &[], None);
    found.retain(|environment| environment.strict_as.is_some());
    found
}

impl Settings {
    /// The environments that are protected more strictly than this one: those of the configuration, and those of the user's
    /// own file as that describes them. Of what everything is read-only nothing is stricter.
    pub fn stricter(&self, name: &EnvironmentName) -> Vec<Stricter<'_>> {
        let Some(own) = self.environment(name) else { return Vec::new() };
        let own_protection = self.protection(name);
        let own = Place::of(own, [], self.region.as_ref());
        let mut found: Vec<Stricter<'_>> = Vec::new();
        for place in self.places.iter().filter(|place| place.environment.protection > own_protection) {
            let environment = &place.environment;
            let beside = own.may_be_beside(place);
            let same = |known: &&mut Stricter<'_>| {
                known.environment.name == environment.name && known.environment.same_scope(environment)
            };
            match found.iter_mut().find(same) {
                Some(known) => known.beside |= beside,
                None => found.push(Stricter { environment, beside }),
            }
        }
        found
    }
}

/// Whether a service belongs to what an environment names.
pub fn holds(environment: &Environment, key: &ServiceKey) -> bool {
    let (scope, name) = if key.cluster.is_empty() {
        (&environment.apprunner, bare(&key.name))
    } else {
        (&environment.clusters, bare(&key.cluster))
    };
    match scope {
        Scope::None => false,
        Scope::All => true,
        Scope::Named(names) => names.iter().any(|own| bare(own) == name),
    }
}

/// Whether two keys mean one service, whatever their environments are called.
pub fn same_place(a: &ServiceKey, b: &ServiceKey) -> bool {
    let kind = |key: &ServiceKey| key.kind == Kind::AppRunner;
    kind(a) == kind(b) && bare(&a.cluster) == bare(&b.cluster) && bare(&a.name) == bare(&b.name)
}

#[cfg(test)]
mod tests;
