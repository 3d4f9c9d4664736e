//! Settings for a command, and where its files are.

use super::{
    args::Common,
    fail::{Failure, USAGE},
};
use crate::{
    aws,
    config::{
        Flags, Loaded, Paths, Settings, paths, regular,
        settings::{self, value},
        theme::Depth,
    },
    model::EnvironmentName,
};
use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
};

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
        slow: common.slow,
        no_cache: common.no_cache,
        region: common.region.clone(),
        profile: common.profile.clone(),
        endpoint_url: common.endpoint_url.clone(),
        no_files: false,
    }
}

/// Reads the settings as [`read`] does; what does not count although it is there is told on standard error.
///
/// # Errors
/// What is wrong with the configuration, exit code 2.
pub fn load(common: &Common, flags: &Flags) -> Result<Loaded, Failure> {
    let loaded = read(common, flags)?;
    let mut err = std::io::stderr().lock();
    for notice in stray_variables().iter().chain(&loaded.notices).chain(&crate::config::zone::unusable()) {
        let _ = writeln!(err, "flightdeck: {notice}");
    }
    Ok(loaded)
}

/// A sentence on each variable that looks like one of ours and means nothing.
pub fn stray_variables() -> Vec<String> {
    settings::stray(std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()))
}

/// Reads the settings, reduces the theme to what the terminal shows, and keeps the environments asked for.
///
/// # Errors
/// What is wrong with the configuration, exit code 2.
pub fn read(common: &Common, flags: &Flags) -> Result<Loaded, Failure> {
    let cwd = std::env::current_dir()
        .map_err(|error| Failure::usage(format!("the working directory cannot be found: {error}")))?;
    let mut loaded = Settings::load(flags, &var, &cwd, &paths::home())?;
    loaded.theme = loaded.theme.reduced(Depth::detect(&var));
    only(&mut loaded.settings, &common.environments)?;
    Ok(loaded)
}

/// Checks what the SDK takes from outside the configuration: a region or an address that is none, and a profile
/// that nobody wrote down, would otherwise be told by whichever call fails first.
///
/// # Errors
/// The first that is wrong, exit code 2.
pub fn check_aws(settings: &Settings) -> Result<(), Failure> {
    outside(settings, &var, &paths::home())
}

/// The endpoints and the profiles of the settings.
pub fn ways(settings: &Settings) -> (Vec<Option<String>>, Vec<Option<String>>) {
    let common = [(settings.endpoint_url.clone(), settings.profile.clone())];
    let own = settings
        .environments
        .iter()
        .map(|e| (e.endpoint_url.clone().or_else(|| settings.endpoint_url.clone()), e.profile.clone()));
    let all: Vec<_> = own.collect();
    if all.is_empty() { common.into_iter().unzip() } else { all.into_iter().unzip() }
}

fn outside(settings: &Settings, env: &dyn Fn(&str) -> Option<String>, home: &Path) -> Result<(), Failure> {
    let set = |name: &str| env(name).filter(|text| !text.is_empty());
    let wrong = |name: &str, (what, remedy): value::Wrong| {
        Failure::usage(format!("{name}: {}; {remedy}", crate::model::text::line(&what)))
    };
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(text) = set(name) {
            value::region(&text).map_err(|why| wrong(name, why))?;
        }
    }
    if let Some(text) = set("AWS_ENDPOINT_URL") {
        value::endpoint(&text).map_err(|why| wrong("AWS_ENDPOINT_URL", why))?;
    }
    let file =
        |name: &str, usual: &str| set(name).map_or_else(|| home.join(".aws").join(usual), PathBuf::from);
    let files = [file("AWS_CONFIG_FILE", "config"), file("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    for path in &files {
        regular::is_file_or_absent(path).map_err(|error| {
            Failure::usage(format!("{}: {error}", crate::model::text::line(&path.display().to_string())))
        })?;
    }
    let (endpoints, named) = ways(settings);
    for between in aws::between(env, &endpoints, &named) {
        if let aws::Between::Wrong(what, why, remedy) = between {
            return Err(wrong(&what, (why, remedy)));
        }
    }
    let asked = match &settings.profile {
        Some(profile) => ("--profile", profile.clone()),
        None => match set("AWS_PROFILE") {
            Some(profile) => ("AWS_PROFILE", profile),
            None => return Ok(()),
        },
    };
    let texts = files.iter().filter_map(|path| regular::read_to_string(path).ok());
    let known: BTreeSet<String> = texts.flat_map(|text| profiles(&text)).collect();
    if known.contains(&asked.1) || asked.1 == "default" {
        return Ok(());
    }
    let there = match known.len() {
        0 => format!("none is written down in {}", places_of(&files)),
        _ => format!("there are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    };
    let profile = crate::model::text::line(&asked.1);
    Err(Failure::usage(format!("{} {profile}: there is no profile “{profile}”; {there}", asked.0)))
}

fn places_of(files: &[PathBuf]) -> String {
    files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}

/// Names of the profiles in a file of the AWS command line.
fn profiles(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix('[')?.split(']').next())
        .map(str::trim)
        .filter(|section| !section.starts_with("sso-session ") && !section.starts_with("services "))
        .map(|section| {
            section.strip_prefix("profile ").unwrap_or(section).trim().trim_matches('"').to_owned()
        })
        .collect()
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
    fn what_the_sdk_would_stumble_over_is_told_first() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        let config = "[default]\nregion = us-west-2\n[profile fem-prod]\n[sso-session fem]\n";
        std::fs::write(home.path().join(".aws/config"), config).unwrap();
        std::fs::write(home.path().join(".aws/credentials"), "[old]\n").unwrap();
        let check = |profile: Option<&str>, name: &str, text: &str| {
            let settings = Settings { profile: profile.map(str::to_owned), ..Settings::default() };
            outside(&settings, &|wanted| (wanted == name).then(|| text.to_owned()), home.path())
        };
        for (profile, name, text, told) in [
            (None, "AWS_REGION", "u s", "AWS_REGION: “u s” is not a region"),
            (None, "AWS_DEFAULT_REGION", "x", "AWS_DEFAULT_REGION: “x” is not a region"),
            (None, "AWS_ENDPOINT_URL", "::nope", "AWS_ENDPOINT_URL: “::nope” is not an address"),
            (
                Some("nope"),
                "",
                "",
                "--profile nope: there is no profile “nope”; there are default, fem-prod, old",
            ),
            (None, "AWS_PROFILE", "nope", "AWS_PROFILE nope: there is no profile"),
        ] {
            let failure = check(profile, name, text).unwrap_err();
            assert_eq!(failure.code, USAGE);
            assert!(failure.message.starts_with(told), "{failure}");
        }
        for (profile, name, text) in [
            (None, "AWS_REGION", "us-west-2"),
            (None, "AWS_ENDPOINT_URL", "http://127.0.0.1:5000"),
            (Some("fem-prod"), "AWS_PROFILE", "nope"),
            (None, "AWS_PROFILE", "old"),
            (None, "AWS_PROFILE", ""),
        ] {
            assert_eq!(check(profile, name, text), Ok(()), "{name}={text}");
        }
    }

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
