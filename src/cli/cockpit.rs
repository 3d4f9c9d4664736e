//! The cockpit.

use super::{
    args::{Common, Start},
    fail::Failure,
    load,
};
use crate::{
    app::filter_scope::FilterScope,
    config::Loaded,
    model::{EnvironmentName, text},
    runtime::{
        self, Begin, Launch,
        cache::Cache,
        clock::Clock,
        routes::{self, Routes},
        terminal,
    },
};
use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Arc,
};

/// Opens the cockpit on the configured environments.
pub fn fly(common: &Common, start: &Start) -> Result<u8, Failure> {
    let begin = begin(start)?;
    terminal_or_fail(
        "`flightdeck status` prints the same without a screen, `flightdeck status --json` for programs",
    )?;
    let loaded = load::load(common, &load::flags(common))?;
    load::check_aws(&loaded.settings)?;
    let configured = loaded.settings.environments.iter().map(|e| e.name.as_str());
    let wanted =
        |name: &&str| common.environments.is_empty() || common.environments.iter().any(|e| e == name);
    known(&begin, &configured.filter(wanted).collect::<Vec<_>>())?;
    let places = load::places();
    let cache = loaded.settings.cache.then(|| {
        Cache::new(&places.cache, &routes::fingerprint(&loaded.settings, &common.environments, &load::var))
    });
    let routes = Routes::of(&loaded.settings, &common.environments);
    launch(Launch { begin, ..assemble(loaded, routes, Clock::WALL, cache, places.state) })
}

/// Where it begins, as it was asked for.
pub fn begin(start: &Start) -> Result<Begin, Failure> {
    let filter = start.filter.clone().unwrap_or_default();
    if let Some(mistake) = FilterScope::Fleet.mistake(&filter) {
        return Err(Failure::usage(format!("--filter: {}", text::line(&mistake))));
    }
    let open =
        start.open.as_ref().map(|(name, service)| (EnvironmentName::from(name.as_str()), service.clone()));
    Ok(Begin { open, filter })
}

/// The environment of the service that is to be opened is among these; none are told where they are yet to be found.
pub fn known(begin: &Begin, environments: &[&str]) -> Result<(), Failure> {
    match &begin.open {
        Some((name, _)) if !environments.is_empty() && !environments.contains(&name.as_str()) => {
            let name = text::line(name.as_str());
            let known = environments.join(", ");
            Err(Failure::usage(format!("there is no environment “{name}”; there are {known}")))
        }
        _ => Ok(()),
    }
}

/// The cockpit needs a terminal at both ends.
pub fn terminal_or_fail(instead: &str) -> Result<(), Failure> {
    if terminal::present() {
        return Ok(());
    }
    let end = if io::stdin().is_terminal() { "output" } else { "input" };
    Err(Failure::usage(format!(
        "the cockpit needs a terminal, and standard {end} is not a terminal; {instead}"
    )))
}

/// Flies with everything given.
pub fn launch(launch: Launch) -> Result<u8, Failure> {
    runtime::fly(launch)
        .map(|ended| ended.code)
        .map_err(|error| Failure::new(super::fail::FAILED, format!("the terminal cannot be used: {error}")))
}

/// Everything a flight needs.
pub fn assemble(
    loaded: Loaded,
    routes: Routes,
    clock: Clock,
    cache: Option<Cache>,
    state_dir: PathBuf,
) -> Launch {
    Launch {
        settings: Arc::new(loaded.settings),
        keymap: Arc::new(loaded.keymap),
        theme: Arc::new(loaded.theme),
        who: load::who(),
        clock,
        routes,
        cache,
        state_dir,
        begin: Begin::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_where_it_was_asked_to() {
        let start = |open: Option<(&str, &str)>, filter: Option<&str>| Start {
            open: open.map(|(name, service)| (name.to_owned(), service.to_owned())),
            filter: filter.map(str::to_owned),
        };
        assert_eq!(begin(&start(None, None)).unwrap(), Begin::default());
        let both = begin(&start(Some(("prod", "api")), Some("-state:steady"))).unwrap();
        assert_eq!(both, Begin { open: Some(("prod".into(), "api".into())), filter: "-state:steady".into() });
        assert!(begin(&start(None, Some("nope:1"))).unwrap_err().to_string().contains("no column nope"));
        assert!(begin(&start(None, Some("5xx:1"))).unwrap_err().to_string().contains("5xx:>1"));
        assert!(known(&both, &["staging", "prod"]).is_ok() && known(&both, &[]).is_ok());
        assert!(known(&both, &["staging"]).unwrap_err().to_string().contains("there are staging"));
    }
}
