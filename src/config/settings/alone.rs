//! What its user's own layers say for all environments: a project's file moves none of theirs.

use super::{Environment, Settings, file::Layer, place::Place};

/// What its user's own layers say without the project's file: own environments go by that.
pub struct Alone {
    /// What the project's file would say in place of what the user's layers say.
    region: Option<String>,
    profile: Option<String>,
    endpoint: Option<String>,
    /// What the user's own file says for all: region and profile.
    file: (Option<String>, Option<String>),
    /// Whether the project's file says other things for all.
    moves: bool,
    /// Where own environments may be that tell no region; none: anywhere. A flag or a variable tells where this once is
    /// looked, not where the others are not.
    pub regions: Vec<String>,
}

impl Alone {
    /// Of the files; `own` is what the user's file, variables and flags make together.
    pub fn of(user: &Layer, project: &Layer, own: Settings) -> Self {
        let Settings { region, profile, endpoint_url, .. } = own;
        let regions = user.region.iter().chain(region.iter().filter(|_| user.region.is_some()));
        Self {
            regions: regions.cloned().collect(),
            file: (user.region.clone(), user.profile.clone()),
            moves: project.region.is_some() || project.profile.is_some(),
            region: region.filter(|_| project.region.is_some()),
            profile: profile.filter(|_| project.profile.is_some()),
            endpoint: endpoint_url.filter(|_| project.endpoint_url.is_some()),
        }
    }

    /// Leaves an environment of the user's own file where that file has it, whatever the project's says for all.
    pub fn keep(&self, environment: &mut Environment) {
        let untold = |own: &mut Option<String>, kept: &Option<String>| {
            if own.is_none() {
                own.clone_from(kept);
            }
        };
        untold(&mut environment.region, &self.region);
        untold(&mut environment.endpoint_url, &self.endpoint);
        if environment.role_arn.is_none() && environment.access_key.is_none() {
            untold(&mut environment.profile, &self.profile);
        }
    }

    /// Whether the project's region or profile for all puts an environment where a strict one is, and its user's own file
    /// did not.
    pub fn moves_onto(&self, environment: &Environment, strict: &Place, merged: &Settings) -> bool {
        let at = |of: &Environment, region: &Option<String>, profile: &Option<String>| {
            let profile = if of.role_arn.is_some() { &None } else { profile };
            let profile = of.profile.clone().or_else(|| profile.clone());
            (of.region.clone().or_else(|| region.clone()), profile, of.role_arn.clone())
        };
        let before = |of: &Environment| at(of, &self.file.0, &self.file.1);
        let now = |of: &Environment| at(of, &merged.region, &merged.profile);
        let mut there = strict.environment.clone();
        self.keep(&mut there);
        self.moves && before(environment) != before(&strict.environment) && now(environment) == now(&there)
    }
}
