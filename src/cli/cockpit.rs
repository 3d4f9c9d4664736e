//! The cockpit.

use super::{args::Common, fail::Failure, load};
use crate::{
    config::{Loaded, settings::Settings},
    runtime::{
        self, Launch,
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
pub fn run(common: &Common) -> Result<u8, Failure> {
    terminal_or_fail(
        "`flightdeck status` prints the same without a screen, `flightdeck status --json` for programs",
    )?;
    let loaded = load::load(common, &load::flags(common))?;
    load::check_aws(&loaded.settings)?;
    let places = load::places();
    let cache = loaded.settings.cache.then(|| {
        Cache::new(&places.cache, &routes::fingerprint(&loaded.settings, &common.environments, &load::var))
    });
    let routes = Routes::of(&loaded.settings, &common.environments);
    launch(assemble(loaded, routes, Clock::WALL, cache, places.state))
}

/// The cockpit needs a terminal at both ends, and one that can move its cursor.
pub fn terminal_or_fail(instead: &str) -> Result<(), Failure> {
    if terminal::present() {
        if load::var("TERM").as_deref() == Some("dumb") {
            return Err(Failure::usage(format!(
                "the cockpit needs a terminal that can move the cursor, and TERM=dumb says that this one cannot; {instead}"
            )));
        }
        return Ok(());
    }
    let end = if io::stdin().is_terminal() { "output" } else { "input" };
    Err(Failure::usage(format!(
        "the cockpit needs a terminal, and standard {end} is not a terminal; {instead}"
    )))
}

/// Flies with everything given.
pub fn launch(launch: Launch) -> Result<u8, Failure> {
    runtime::run_cockpit(launch)
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
    let glyphs = loaded.settings.glyphs.decided(&load::var);
    Launch {
        settings: Arc::new(Settings { glyphs, ..loaded.settings }),
        keymap: Arc::new(loaded.keymap),
        theme: Arc::new(loaded.theme),
        who: load::who(),
        clock,
        routes,
        cache,
        state_dir,
    }
}
