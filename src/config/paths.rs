//! Where configuration, state and cache live.

use std::path::{Path, PathBuf};

/// The directories of this user, which may not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`, `keymaps/`, `themes/`.
    pub config: PathBuf,
    /// The journal and the log.
    pub state: PathBuf,
    /// What can be asked again: the last known fleet.
    pub cache: PathBuf,
}

impl Paths {
    /// From the environment: `FLIGHTDECK_STATE_DIR` and `FLIGHTDECK_CACHE_DIR` as they are, else `flightdeck`
    /// under the XDG directories, else under the XDG defaults in `home`. As XDG has it, relative
    /// directories in its variables do not count.
    pub fn new(env: &dyn Fn(&str) -> Option<String>, home: &Path) -> Self {
        let own = |name: &str| env(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let xdg = |name: &str, otherwise: &str| {
            let dir = own(name).filter(|dir| dir.is_absolute()).unwrap_or_else(|| home.join(otherwise));
            dir.join("flightdeck")
        };
        Self {
            config: xdg("XDG_CONFIG_HOME", ".config"),
            state: own("FLIGHTDECK_STATE_DIR").unwrap_or_else(|| xdg("XDG_STATE_HOME", ".local/state")),
            cache: own("FLIGHTDECK_CACHE_DIR").unwrap_or_else(|| xdg("XDG_CACHE_HOME", ".cache")),
        }
    }

    /// The user's settings.
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The user's keymap of this name.
    pub fn keymap(&self, name: &str) -> PathBuf {
        self.config.join("keymaps").join(format!("{name}.toml"))
    }

    /// The user's theme of this name.
    pub fn theme(&self, name: &str) -> PathBuf {
        self.config.join("themes").join(format!("{name}.toml"))
    }
}

/// The home directory of the user of this process; `/` where there is none. Where `HOME` is not set it is that of the user
/// database; an empty or relative one would make files of the working directory the user's own.
pub fn home() -> PathBuf {
    absolute(etcetera::home_dir().ok())
}

fn absolute(home: Option<PathBuf>) -> PathBuf {
    home.filter(|home| home.is_absolute()).unwrap_or_else(|| PathBuf::from("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_absolute() {
        assert_eq!(absolute(Some("/home/ada".into())), Path::new("/home/ada"));
        for home in [Some(""), Some("."), Some("ada"), None] {
            assert_eq!(absolute(home.map(PathBuf::from)), Path::new("/"));
        }
    }

    #[test]
    fn variables_win_over_defaults() {
        let paths = Paths::new(&|_| None, Path::new("/home/ada"));
        assert_eq!(paths.settings(), Path::new("/home/ada/.config/flightdeck/config.toml"));
        assert_eq!(paths.state, Path::new("/home/ada/.local/state/flightdeck"));
        assert_eq!(paths.cache, Path::new("/home/ada/.cache/flightdeck"));

        let vars = [
            ("XDG_CONFIG_HOME", "/etc/xdg"),
            ("XDG_CACHE_HOME", "relative"),
            ("XDG_STATE_HOME", "/var/xdg"),
            ("FLIGHTDECK_STATE_DIR", "/var/deck"),
            ("FLIGHTDECK_CACHE_DIR", ""),
        ];
        let env = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let paths = Paths::new(&env, Path::new("/home/ada"));
        assert_eq!(paths.config, Path::new("/etc/xdg/flightdeck"));
        assert_eq!(paths.keymap("mine"), Path::new("/etc/xdg/flightdeck/keymaps/mine.toml"));
        assert_eq!(paths.state, Path::new("/var/deck"));
        assert_eq!(paths.cache, Path::new("/home/ada/.cache/flightdeck"));
    }
}
