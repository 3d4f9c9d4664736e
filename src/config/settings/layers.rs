//! Layers put over each other, and what can be checked only then.

use super::{
    Application, Environment, Flags, Lock, Migration, Settings,
    alone::Alone,
    application::same_service,
    file::{self, ApplicationEntry, EnvironmentEntry, Layer, outside},
    own::{self, Claim},
    reach::{self, hold_migrations, of_discovered},
    value,
};
use crate::{
    config::{
        error::{ConfigError, Problem},
        source::Located,
        suggest,
    },
    model::{ServiceKey, text},
};

/// Where a theme's or keymap's name was set.
#[derive(Debug, Clone)]
pub enum Named {
    /// Built in.
    Nowhere,
    /// In a file.
    File(Located<String>),
    /// In a variable or flag of this name.
    Outside(&'static str),
}

impl Named {
    /// A problem with that name, told where it was set.
    pub fn problem(&self, what: String, remedy: String) -> Problem {
        match self {
            Self::Nowhere => Problem::of("built-in settings", what, remedy),
            Self::File(value) => Problem::with(value, what, remedy),
            Self::Outside(origin) => Problem::of(*origin, what, remedy),
        }
    }
}

/// Settings of all layers, and where the names of theme and keymap come from.
#[derive(Debug)]
pub struct Merged {
    pub settings: Settings,
    pub theme: Named,
    pub keymap: Named,
    /// What does not count although it is written down, a sentence each.
    pub notices: Vec<String>,
    /// Where the lock was set.
    lock: Option<Located<Lock>>,
    /// Whether it was set how long the journal keeps runs.
    kept: bool,
}

/// Puts the user's file, the project's file, the variables and the flags over each other.
pub fn merge(
    user: Layer,
    project: Layer,
    env: &dyn Fn(&str) -> Option<String>,
    flags: &Flags,
) -> Result<Merged, ConfigError> {
    let mut merged = Merged::new();
    // A file that came with a repository cannot loosen what its user made strict.
    let strict = user.read_only == Some(true);
    let alone = Alone::of(&user, &project, Merged::of_user(&user, env, flags));
    let own = reach::strict(&user.environments, &user.applications, &alone.regions);
    let claims = Claim::of(&user, &alone.regions);
    let told: Vec<String> = project.environments.iter().map(|entry| entry.name.value.clone()).collect();
    let mut environments = Vec::new();
    let mut applications = Vec::new();
    for layer in [user, project] {
        merged.apply(layer, &mut environments, &mut applications);
    }
    merged.settings.read_only |= strict;

    let mut problems = Vec::new();
    merged.apply_outside(env, flags, &mut problems);
    for EnvironmentEntry { name, environment, .. } in &mut environments {
        if told.contains(&name.value) {
            // what its user made strict holds for every name that a project gives the same place
            for strict in &own {
                strict.hold(environment, merged.settings.region.as_ref());
            }
        } else {
            alone.keep(environment);
            for strict in &own {
                if alone.moves_onto(environment, strict, &merged.settings) {
                    strict.hold(environment, merged.settings.region.as_ref());
                }
            }
        }
    }
    own::hold(
        &claims,
        &told,
        &environments,
        &mut applications,
        merged.settings.region.as_ref(),
        (&mut problems, &mut merged.notices),
    );
    let told: Vec<&Application> = applications.iter().map(|entry| &entry.application).collect();
    let mut all: Vec<&mut Environment> =
        environments.iter_mut().map(|entry| &mut entry.environment).collect();
    merged.settings.places = hold_migrations(&mut all, &told, &own, merged.settings.region.as_ref());
    if environments.is_empty() {
        merged.settings.by_name = of_discovered(&told);
    }
    merged.tell_stricter(&environments);
    cross_check(&environments, &applications, &mut problems);
    ConfigError::check(problems)?;
    merged.settings.environments = environments.into_iter().map(|entry| entry.environment).collect();
    merged.settings.applications = applications.into_iter().map(|entry| entry.application).collect();
    Ok(merged)
}

fn set<T>(into: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *into = value;
    }
}

/// What an application's user was strict about stays when a project describes the same application: how it is
/// promoted, what is watched afterwards, and that its migrations are not run on this machine.
fn keep_strict(below: &mut ApplicationEntry, entry: &mut ApplicationEntry) {
    if below.promoted {
        entry.application.promotion = below.application.promotion;
        entry.promoted = true;
    }
    if below.application.verify.is_some() {
        entry.application.verify = below.application.verify.take();
    }
    let local = |entry: &ApplicationEntry| entry.application.migration.as_ref().map(Migration::is_local);
    if local(below) == Some(false) && local(entry) == Some(true) {
        entry.application.migration = below.application.migration.take();
    }
}

impl Merged {
    fn new() -> Self {
        Self {
            settings: Settings::default(),
            theme: Named::Nowhere,
            keymap: Named::Nowhere,
            notices: Vec::new(),
            lock: None,
            kept: false,
        }
    }

    /// What the user's file says for all of where to look, under variables and flags.
    fn of_user(user: &Layer, env: &dyn Fn(&str) -> Option<String>, flags: &Flags) -> Settings {
        let mut own = Self::new();
        own.settings.region.clone_from(&user.region);
        own.settings.profile.clone_from(&user.profile);
        own.settings.endpoint_url.clone_from(&user.endpoint_url);
        // what is wrong with them is told where all layers are put over each other
        own.apply_outside(env, flags, &mut Vec::new());
        own.settings
    }

    fn apply(
        &mut self,
        layer: Layer,
        environments: &mut Vec<EnvironmentEntry>,
        applications: &mut Vec<ApplicationEntry>,
    ) {
        let settings = &mut self.settings;
        if let Some(theme) = layer.theme {
            settings.theme.clone_from(&theme.value);
            self.theme = Named::File(theme);
        }
        if let Some(keymap) = layer.keymap {
            settings.keymap.clone_from(&keymap.value);
            self.keymap = Named::File(keymap);
        }
        set(&mut settings.glyphs, layer.glyphs);
        set(&mut settings.refresh, layer.refresh);
        set(&mut settings.stuck_after, layer.stuck_after);
        set(&mut settings.mouse, layer.mouse);
        set(&mut settings.slow, layer.slow);
        set(&mut settings.times, layer.times);
        set(&mut settings.read_only, layer.read_only);
        set(&mut settings.cost_limit, layer.cost_limit);
        set(&mut settings.cache, layer.cache);
        set(&mut settings.notify.on, layer.notify.on);
        set(&mut settings.notify.by, layer.notify.by);
        settings.region = layer.region.or(settings.region.take());
        settings.profile = layer.profile.or(settings.profile.take());
        settings.endpoint_url = layer.endpoint_url.or(settings.endpoint_url.take());
        // A lock elsewhere than where its user agreed on would lock nothing, and a journal is its user's.
        match (&self.lock, layer.lock) {
            (None, Some(lock)) => {
                settings.lock = Some(lock.value.clone());
                self.lock = Some(lock);
            }
            (Some(own), Some(other)) if own.value.place() != other.value.place() => {
                let line = other.source.place(&other.span).line;
                self.notices.push(text::line(&format!(
                    "the lock {} in {}, line {line}, does not count: {} names {}",
                    other.value.place(),
                    other.source.origin,
                    own.source.origin,
                    own.value.place()
                )));
            }
            (_, None) | (Some(_), Some(_)) => {}
        }
        if !self.kept
            && let Some(keep) = layer.journal_keep
        {
            settings.journal_keep = keep.time();
            self.kept = true;
        }
        for mut entry in layer.environments {
            match environments.iter_mut().find(|below| below.name.value == entry.name.value) {
                Some(below) => {
                    if below.protected {
                        let strictest = entry.environment.protection.max(below.environment.protection);
                        entry.environment.protection = strictest;
                        entry.protected = true;
                    }
                    *below = entry;
                }
                None => environments.push(entry),
            }
        }
        for mut entry in layer.applications {
            match applications.iter_mut().find(|below| below.name.value == entry.name.value) {
                Some(below) => {
                    keep_strict(below, &mut entry);
                    *below = entry;
                }
                None => applications.push(entry),
            }
        }
    }

    /// Says which environments are stricter than their entries say.
    fn tell_stricter(&mut self, environments: &[EnvironmentEntry]) {
        let told = environments.iter().map(|entry| &entry.environment).chain(&self.settings.by_name);
        let stricter: Vec<String> = told
            .filter_map(|environment| {
                let why = environment.stricter()?;
                Some(text::line(&format!("{} is {}, {why}", environment.name, environment.protection.word())))
            })
            .collect();
        self.notices.extend(stricter);
    }

    fn apply_outside(
        &mut self,
        env: &dyn Fn(&str) -> Option<String>,
        flags: &Flags,
        problems: &mut Vec<Problem>,
    ) {
        let settings = &mut self.settings;
        let layers = |variable: &'static str, option: &'static str, flag: &Option<String>| {
            let outer = env(variable).filter(|text| !text.is_empty()).map(|text| (variable, text));
            flag.clone().map(|text| (option, text)).or(outer)
        };
        for (into, from, found) in [
            (&mut settings.theme, &mut self.theme, layers("FLIGHTDECK_THEME", "--theme", &flags.theme)),
            (&mut settings.keymap, &mut self.keymap, layers("FLIGHTDECK_KEYMAP", "--keymap", &flags.keymap)),
        ] {
            if let Some((origin, name)) = found {
                *into = name;
                *from = Named::Outside(origin);
            }
        }
        let mut take = |variable,
                        option,
                        flag: &Option<String>,
                        apply: &mut dyn FnMut(&str) -> Result<(), value::Wrong>| {
            if let Some((origin, text)) = layers(variable, option, flag)
                && let Err(wrong) = apply(&text)
            {
                problems.push(outside(origin, wrong));
            }
        };
        take("FLIGHTDECK_GLYPHS", "--glyphs", &flags.glyphs, &mut |text| {
            value::choice("glyphs", text, &file::GLYPHS).map(|glyphs| settings.glyphs = glyphs)
        });
        take("FLIGHTDECK_REFRESH", "--refresh", &flags.refresh, &mut |text| {
            value::duration(text, file::REFRESH.0, file::REFRESH.1).map(|refresh| settings.refresh = refresh)
        });
        take("FLIGHTDECK_COST_LIMIT", "--cost-limit", &flags.cost_limit, &mut |text| {
            value::dollars(text.parse().unwrap_or(f64::NAN)).map(|limit| settings.cost_limit = limit)
        });
        take("FLIGHTDECK_REGION", "--region", &flags.region, &mut |text| {
            value::region(text).map(|region| settings.region = Some(region))
        });
        take("FLIGHTDECK_PROFILE", "--profile", &flags.profile, &mut |text| {
            settings.profile = Some(text.to_owned());
            Ok(())
        });
        take("FLIGHTDECK_ENDPOINT_URL", "--endpoint-url", &flags.endpoint_url, &mut |text| {
            value::endpoint(text).map(|url| settings.endpoint_url = Some(url))
        });
        let mut read_only = false;
        for (variable, into) in [
            ("FLIGHTDECK_READ_ONLY", &mut read_only),
            ("FLIGHTDECK_MOUSE", &mut settings.mouse),
            ("FLIGHTDECK_SLOW", &mut settings.slow),
            ("FLIGHTDECK_CACHE", &mut settings.cache),
        ] {
            take(variable, variable, &None, &mut |text| value::flag(variable, text).map(|flag| *into = flag));
        }
        // what a file forbids no variable allows: one may come from a project as well
        settings.read_only |= read_only || flags.read_only;
        settings.mouse &= !flags.no_mouse;
        settings.slow |= flags.slow;
        settings.cache &= !flags.no_cache;
    }
}

/// What one part says of another: environments that are named, services that two applications claim.
fn cross_check(
    environments: &[EnvironmentEntry],
    applications: &[ApplicationEntry],
    problems: &mut Vec<Problem>,
) {
    let names = || environments.iter().map(|entry| entry.name.value.as_str());
    for entry in environments {
        let Some(from) = &entry.promote_from else { continue };
        if !names().any(|name| name == from.value) {
            let what = format!("unknown environment “{}”", from.value);
            problems.push(Problem::with(from, what, suggest::remedy(&from.value, names())));
        } else if in_a_circle(entry, environments) {
            let what = format!("“{}” is promoted from itself, by way of “{}”", entry.name.value, from.value);
            problems.push(Problem::with(from, what, "promotion goes one way: take one promote_from away"));
        }
    }
    let mut claimed: Vec<(&ApplicationEntry, &ServiceKey)> = Vec::new();
    for application in applications {
        for (environment, service) in &application.services {
            if let Some((other, _)) = claimed.iter().find(|(_, key)| same_service(key, &service.value)) {
                let what = format!("this service belongs to the application “{}” already", other.name.value);
                problems.push(Problem::with(service, what, "a service belongs to one application"));
            }
            claimed.push((application, &service.value));
            // Without configured environments they are discovered, and nothing can be said of their names yet.
            let Some(known) = environments.iter().find(|entry| entry.name.value == environment.value) else {
                if !environments.is_empty() {
                    let what = format!("unknown environment “{}”", environment.value);
                    let remedy = suggest::remedy(&environment.value, names());
                    problems.push(Problem::with(environment, what, remedy));
                }
                continue;
            };
            let key = &service.value;
            let known = &known.environment;
            let (what, there) = if key.cluster.is_empty() {
                ("App Runner service", known.apprunner.has(&key.name))
            } else {
                ("cluster", known.clusters.has(&key.cluster))
            };
            if !there {
                let name = if key.cluster.is_empty() { &key.name } else { &key.cluster };
                let what = format!("the environment “{}” does not have the {what} “{name}”", known.name);
                let remedy = if key.cluster.is_empty() {
                    format!("add it there: apprunner = [\"{name}\"]")
                } else {
                    format!("add it there: clusters = [\"{name}\"]")
                };
                problems.push(Problem::with(service, what, remedy));
            }
        }
    }
}

/// True when following `promote_from` leads back to where it began.
fn in_a_circle(entry: &EnvironmentEntry, environments: &[EnvironmentEntry]) -> bool {
    let mut at = entry;
    for _ in environments {
        let Some(from) = &at.promote_from else { return false };
        if from.value == entry.name.value {
            return true;
        }
        let Some(next) = environments.iter().find(|e| e.name.value == from.value) else { return false };
        at = next;
    }
    false
}
