//! The way to the environments that a change is about, and what runs there.

use super::target;
use crate::{
    aws::Gateway,
    cli::{
        fail::Failure,
        status::{self, Reading},
    },
    config::Settings,
    model::{EnvironmentName, TroubleKind},
    runtime::routes::{self, ASKED_FOR, Discovery, Route, Routes},
};

/// The routes to these environments, each once.
///
/// # Errors
/// Exit code 2 for an environment that there is not; 5 or 6 where they cannot be looked for.
pub async fn routes(gateway: &Gateway, settings: &Settings, names: &[&str]) -> Result<Vec<Route>, Failure> {
    if settings.environments.is_empty() {
        return Box::pin(discovered(gateway, settings, names)).await;
    }
    let mut found: Vec<Route> = Vec::new();
    for name in names {
        let Some(environment) = settings.environment(&EnvironmentName::from(*name)) else {
            let known: Vec<&str> = settings.environments.iter().map(|e| e.name.as_str()).collect();
            return Err(target::no_environment(name, &known));
        };
        if !found.iter().any(|route| route.name == environment.name) {
            found.push(routes::route(environment, settings));
        }
    }
    Ok(found)
}

/// Adds the routes to the environments that are protected more strictly. Nothing is asked of them before a plan does.
pub fn stricter(settings: &Settings, here: &str, routes: &mut Vec<Route>) {
    for other in settings.stricter(&EnvironmentName::from(here)) {
        let known = routes.iter().any(|route| route.name == other.environment.name);
        if let Some(environment) = settings.environment(&other.environment.name).filter(|_| !known) {
            routes.push(routes::route(environment, settings));
        }
    }
}

async fn discovered(gateway: &Gateway, settings: &Settings, names: &[&str]) -> Result<Vec<Route>, Failure> {
    let only: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    match status::discover(gateway, &Discovery::of(settings, &only)).await {
        Ok(made) => Ok(made.routes),
        // it is not there: told with what is, and what may have been meant
        Err(trouble) if trouble.what == ASKED_FOR && trouble.kind == TroubleKind::NotFound => {
            let all = status::discover(gateway, &Discovery::of(settings, &[])).await;
            let known: Vec<String> = all
                .iter()
                .flat_map(|made| &made.routes)
                .map(|route| route.name.as_str().to_owned())
                .collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            match names.iter().find(|name| !known.contains(name)) {
                Some(missing) if !known.is_empty() => Err(target::no_environment(missing, &known)),
                _ => Err(status::not_found(&trouble)),
            }
        }
        Err(trouble) => Err(Failure::from(&trouble)),
    }
}

/// Reads what runs in these environments.
///
/// # Errors
/// Where nothing of one of them could be read.
pub async fn read(gateway: &Gateway, routes: &[Route]) -> Result<Vec<Reading>, Failure> {
    let readings = status::read(gateway, Routes::Known(routes.to_vec()))
        .await
        .map_err(|trouble| Failure::from(&trouble))?;
    let readings = readings.environments;
    for reading in &readings {
        let nothing = reading.services.iter().all(|service| service.seen_at.0 == 0);
        if let (true, Some(trouble)) = (nothing, reading.troubles.first()) {
            return Err(Failure::from(trouble));
        }
    }
    Ok(readings)
}
