//! The only part of the configuration that reads files.

use super::{Flags, Settings, file, layers};
use crate::config::{
    Keymap, Paths, Theme,
    error::{ConfigError, Problem},
    keymap,
    read::FILE_MAX,
    regular,
    source::Source,
    suggest, theme,
};
use std::{
    cell::RefCell,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The name of a project's file.
const PROJECT: &str = "flightdeck.toml";

/// Everything that was read, checked and fits together.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The keymap they name.
    pub keymap: Keymap,
    /// The theme they name, in all its colours.
    pub theme: Theme,
    /// The files that were read, in order.
    pub sources: Vec<PathBuf>,
    /// What does not count although it is written down, a sentence each.
    pub notices: Vec<String>,
}

/// Files under way to a [`Loaded`].
struct Files<'a> {
    cwd: &'a Path,
    read: RefCell<Vec<PathBuf>>,
}

impl Settings {
    /// Reads every layer: built-in, user, project, `FLIGHTDECK_*`, flags; then the keymap and the theme they
    /// name. `env` gives variables, `cwd` is where the search for `flightdeck.toml` begins.
    ///
    /// # Errors
    /// Everything that is wrong in the first layer, keymap or theme with mistakes; nothing is applied then.
    pub fn load(
        flags: &Flags,
        env: &dyn Fn(&str) -> Option<String>,
        cwd: &Path,
        home: &Path,
    ) -> Result<Loaded, ConfigError> {
        load(flags, env, cwd, home)
    }

    /// The settings of one file alone over what is built in.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(source: &Arc<Source>) -> Result<Self, ConfigError> {
        let layer = file::parse(source)?;
        let merged = layers::merge(layer, file::Layer::default(), &|_| None, &Flags::default())?;
        Ok(merged.settings)
    }
}

fn load(
    flags: &Flags,
    env: &dyn Fn(&str) -> Option<String>,
    cwd: &Path,
    home: &Path,
) -> Result<Loaded, ConfigError> {
    let files = Files { cwd, read: RefCell::new(Vec::new()) };
    let paths = Paths::new(env, home);
    if !paths.config.is_absolute() {
        // what the person made strict would be looked for in somebody's project
        let what = "it is not a directory you own, so your own settings cannot be found";
        return Err(Problem::of("HOME", what, "set it, or XDG_CONFIG_HOME, or leave both out").into());
    }
    let mut user = file::Layer::default();
    let mut project = file::Layer::default();
    if !flags.no_files {
        let mut problems = Vec::new();
        let mut parse = |source: Option<Arc<Source>>| match source.as_ref().map(file::parse) {
            None => file::Layer::default(),
            Some(Ok(layer)) => layer,
            Some(Err(error)) => {
                problems.extend(error.problems().iter().cloned());
                file::Layer::default()
            }
        };
        let settings = paths.settings();
        user = parse(files.read(&settings)?);
        project = parse(files.project(flags, env, home, &settings)?);
        ConfigError::check(problems)?;
    }
    let merged = layers::merge(user, project, env, flags)?;

    let name = &merged.settings.keymap;
    let keymap = match files.user(name, &paths.keymap(name), &merged.keymap)? {
        Some(source) => Some(Keymap::parse(name, &source)),
        None => Keymap::shipped(name),
    };
    let shipped = keymap::SHIPPED.iter().map(|(name, _)| *name);
    let Some(keymap) = keymap else {
        return Err(unknown("keymap", name, &paths.keymap(name), shipped, &merged.keymap));
    };

    let name = &merged.settings.theme;
    let other = |name: &str| {
        if is_name(name) { files.read(&paths.theme(name)).transpose() } else { None }
    };
    let theme = match files.user(name, &paths.theme(name), &merged.theme)? {
        Some(source) => Some(Theme::parse(name, &source, &other)),
        None => Theme::shipped(name),
    };
    let shipped = theme::SHIPPED.iter().map(|(name, _)| *name);
    let Some(theme) = theme else {
        return Err(unknown("theme", name, &paths.theme(name), shipped, &merged.theme));
    };
    Ok(Loaded {
        settings: merged.settings,
        keymap: keymap?,
        theme: theme?,
        sources: files.read.into_inner(),
        notices: merged.notices,
    })
}

/// True for names that cannot lead out of the directory they are looked up in.
fn is_name(name: &str) -> bool {
    super::value::name(name).is_ok() && !name.starts_with('.')
}

fn unknown<'a>(
    what: &str,
    name: &str,
    path: &Path,
    shipped: impl Iterator<Item = &'a str>,
    set: &layers::Named,
) -> ConfigError {
    let remedy = suggest::remedy(name, shipped);
    let path = path.display();
    set.problem(format!("unknown {what} “{name}”, neither built in nor at {path}"), remedy).into()
}

impl Files<'_> {
    /// The text of a file; none where there is no such file.
    fn read(&self, path: &Path) -> Result<Option<Arc<Source>>, ConfigError> {
        let origin = path.strip_prefix(self.cwd).unwrap_or(path).display().to_string();
        let problem = |what: String, remedy: &str| ConfigError::from(Problem::of(&origin, what, remedy));
        let file = match regular::open(path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                // nothing is there, or a link that leads nowhere: then what it should say is not known
                return match regular::leads_nowhere(path) {
                    Some(link) => Err(problem(
                        format!("{} is a link that leads nowhere", link.display()),
                        "put there what it leads to, or remove the link",
                    )),
                    None => Ok(None),
                };
            }
            Err(error) => {
                return Err(problem(
                    format!("this file cannot be opened: {error}"),
                    "make it readable, or move it away",
                ));
            }
        };
        let mut bytes = Vec::new();
        if let Err(error) = file.take(FILE_MAX + 1).read_to_end(&mut bytes) {
            return Err(problem(format!("this file cannot be read: {error}"), "put a readable file there"));
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_MAX {
            return Err(problem(
                "this file is longer than 1 MiB".into(),
                "no configuration is; put the right file there",
            ));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| problem("this file is not UTF-8 text".into(), "save it as UTF-8"))?;
        self.read.borrow_mut().push(path.to_owned());
        Ok(Some(Source::new(origin, text)))
    }

    /// A file that was asked for by name and has to be there.
    fn demanded(&self, path: &Path, by: &str) -> Result<Option<Arc<Source>>, ConfigError> {
        let path = self.cwd.join(path);
        if let Some(source) = self.read(&path)? {
            return Ok(Some(source));
        }
        let what = format!("there is no file {}", path.display());
        Err(Problem::of(by, what, "name one that exists, or leave it out").into())
    }

    /// The project's file: the one that is asked for, else the nearest `flightdeck.toml` from the working
    /// directory upwards, not above the home directory when that is on the way.
    fn project(
        &self,
        flags: &Flags,
        env: &dyn Fn(&str) -> Option<String>,
        home: &Path,
        settings: &Path,
    ) -> Result<Option<Arc<Source>>, ConfigError> {
        if let Some(path) = &flags.config {
            return self.demanded(path, "--config");
        }
        if let Some(path) = env("FLIGHTDECK_CONFIG").filter(|path| !path.is_empty()) {
            return self.demanded(Path::new(&path), "FLIGHTDECK_CONFIG");
        }
        for directory in self.cwd.ancestors() {
            let path = directory.join(PROJECT);
            // A directory above that may not be looked into is where the search ends, not a mistake.
            if matches!(fs::symlink_metadata(&path), Err(e) if e.kind() == io::ErrorKind::PermissionDenied) {
                break;
            }
            if path != settings
                && let Some(source) = self.read(&path)?
            {
                return Ok(Some(source));
            }
            if directory == home {
                break;
            }
        }
        Ok(None)
    }

    /// The user's own keymap or theme of this name, if there is one.
    fn user(&self, name: &str, path: &Path, set: &layers::Named) -> Result<Option<Arc<Source>>, ConfigError> {
        if !is_name(name) {
            let what = format!("“{name}” cannot be a name");
            return Err(set.problem(what, "use letters, digits, - and _".into()).into());
        }
        self.read(path)
    }
}
