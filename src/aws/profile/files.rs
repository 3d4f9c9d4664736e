//! The files of profiles, as the SDK reads them.

use super::{Way, form::Flaw};
use crate::{config::regular, model::text};
use aws_runtime::env_config::{
    file::EnvConfigFiles,
    section::EnvConfigSections,
    source::{self, Source},
};
use aws_types::os_shim_internal::{Env, Fs};
use std::{borrow::Cow, error::Error, path::PathBuf};

/// The files, by the variable that names another one.
const NAMES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")];

/// Where such a file is.
fn place(env: &Env, variable: &str, usual: &str) -> PathBuf {
    let home = PathBuf::from(env.get("HOME").unwrap_or_default());
    match env.get(variable).ok().filter(|path| !path.is_empty()) {
        Some(path) => path.strip_prefix("~/").map_or_else(|| PathBuf::from(&path), |rest| home.join(rest)),
        None => home.join(".aws").join(usual),
    }
}

/// The profiles of `~/.aws/config` and `~/.aws/credentials`, or of the files that AWS_CONFIG_FILE and
/// AWS_SHARED_CREDENTIALS_FILE name.
#[derive(Debug)]
pub(in crate::aws) struct Files(EnvConfigSections);

impl Files {
    /// Reads them; `profile` instead of AWS_PROFILE.
    ///
    /// # Errors
    /// Where a file cannot be read as one of profiles.
    pub async fn read(env: &Env, fs: &Fs, profile: Option<&str>) -> Result<Self, Flaw> {
        let unreadable = |error: &dyn Error| Flaw::Unreadable(causes(error));
        for (variable, usual) in NAMES {
            let path = place(env, variable, usual);
            regular::is_file_or_absent(&path)
                .map_err(|error| Flaw::NoFile(text::clean(&format!("{}: {error}", path.display()), 200)))?;
        }
        let files = EnvConfigFiles::default();
        let mut source: Source = source::load(env, fs, &files).await.map_err(|error| unreadable(&error))?;
        if let Some(profile) = profile {
            source.profile = Cow::Owned(profile.to_owned());
        }
        EnvConfigSections::parse(source).map(Self).map_err(|error| unreadable(&error))
    }

    /// The profile that is asked for.
    pub fn selected(&self) -> &str {
        self.0.selected_profile()
    }

    /// How it gets its credentials.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn way(&self) -> Result<Way, Flaw> {
        super::form::way(&self.0)
    }

    /// A setting of the profile that is asked for.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// The names of all profiles, in order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.profiles().map(|name| text::clean(name, 120)).collect();
        names.sort();
        names
    }

    /// The regions that profiles name.
    pub fn regions(&self) -> Vec<String> {
        let all = self.0.profiles().filter_map(|name| self.0.get_profile(name)?.get("region"));
        let mut regions: Vec<String> = all.map(|region| text::clean(region, 40)).collect();
        regions.sort();
        regions.dedup();
        regions
    }
}

fn causes(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let own = cause.to_string();
        if !told.contains(&own) {
            told = format!("{told}: {own}");
        }
        next = cause.source();
    }
    text::clean(&told, 200)
}
