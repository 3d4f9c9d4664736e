//! Settings for a command, and where its files are.

use super::{
    args::Common,
    fail::{Failure, USAGE},
};
use crate::{
    config::{Flags, Loaded, Paths, Settings, paths, theme::Depth},
    model::EnvironmentName,
};
use std::path::PathBuf;

/// A variable of this process.
pub fn var(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where this user's files are.
pub fn places() -> Paths {
    Paths::new(&var, &paths::home())
}

/// What the flags set.
pub fn flags(common: &Common) -> Flags {
    Flags {
        config: common.config.clone(),
        theme: common.theme.clone(),
        keymap: common.keymap.clone(),
        glyphs: common.ascii.then(|| "ascii".to_owned()),
        refresh: common.refresh.clone(),
        cost_limit: common.cost_limit.clone(),
        read_only: common.read_only,
        no_mouse: common.no_mouse,
        no_cache: common.no_cache,
        region: common.region.clone(),
        profile: common.profile.clone(),
        endpoint_url: common.endpoint_url.clone(),
        no_files: false,
    }
}

/// Reads the settings, reduces the theme to what the terminal shows, and keeps the environments asked for.
///
/// # Errors
/// What is wrong with the configuration, exit code 2.
pub fn load(common: &Common, flags: &Flags) -> Result<Loaded, Failure> {
    let cwd = std::env::current_dir()
        .map_err(|error| Failure::usage(format!("the working directory cannot be found: {error}")))?;
    let mut loaded = Settings::load(flags, &var, &cwd, &paths::home())?;
    loaded.theme = loaded.theme.reduced(Depth::detect(&var));
    only(&mut loaded.settings, &common.environments)?;
    Ok(loaded)
}

/// Keeps the environments of these names; all where none is named, or none configured.
fn only(settings: &mut Settings, names: &[String]) -> Result<(), Failure> {
    if names.is_empty() || settings.environments.is_empty() {
        return Ok(());
    }
    for name in names {
        if settings.environment(&EnvironmentName::from(name.as_str())).is_none() {
            let known: Vec<&str> = settings.environments.iter().map(|e| e.name.as_str()).collect();
            return Err(unknown(name, &known));
        }
    }
    settings.environments.retain(|e| names.iter().any(|name| name == e.name.as_str()));
    Ok(())
}

/// The failure for an environment that there is not.
pub fn unknown(name: &str, known: &[&str]) -> Failure {
    let name = crate::model::text::line(name);
    Failure::new(
        USAGE,
        format!("--env {name}: there is no environment “{name}”; there are {}", known.join(", ")),
    )
}

/// `user@host`, for the journal.
pub fn who() -> String {
    let user = var("USER").or_else(|| var("LOGNAME")).unwrap_or_else(|| "somebody".into());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .unwrap_or_default();
    let host = if host.trim().is_empty() { var("HOSTNAME").unwrap_or_default() } else { host };
    let host = if host.trim().is_empty() { "localhost".to_owned() } else { host };
    crate::model::text::clean(&format!("{}@{}", user.trim(), host.trim()), 120)
}

/// The directory of the journal.
pub fn journal_dir() -> PathBuf {
    places().state.join("runs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn environments_that_are_asked_for_are_kept() {
        let all = || Settings {
            environments: ["a", "b", "c"].map(Environment::named).into(),
            ..Settings::default()
        };
        let names = |settings: &Settings| {
            settings.environments.iter().map(|e| e.name.to_string()).collect::<Vec<_>>().join(" ")
        };
        let mut settings = all();
        only(&mut settings, &[]).unwrap();
        assert_eq!(names(&settings), "a b c");
        only(&mut settings, &["c".into(), "a".into()]).unwrap();
        assert_eq!(names(&settings), "a c");
        let failure = only(&mut all(), &["d".into()]).unwrap_err();
        assert_eq!(failure.code, 2);
        assert!(failure.message.contains("a, b, c"), "{failure}");
    }
}
