//! Files of the cockpit's own: replaced whole or not at all, readable by their owner alone.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// What is made is readable by its owner alone. On Windows what is made in somebody's profile is so by itself.
pub trait Private {
    /// From the first moment.
    fn private(&mut self) -> &mut Self;
}

impl Private for OpenOptions {
    fn private(&mut self) -> &mut Self {
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(self, 0o600);
        self
    }
}

impl Private for DirBuilder {
    fn private(&mut self) -> &mut Self {
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(self, 0o700);
        self
    }
}

/// Writes a file under a temporary name and puts it in place of what was there.
pub fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        DirBuilder::new().recursive(true).private().create(dir)?;
    }
    let temporary = with_suffix(path, &format!("{}.tmp", std::process::id()));
    // left by a process that died, or put there by somebody: a link is removed and not followed
    let _ = fs::remove_file(&temporary);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .private()
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(contents)?;
            file.sync_data()
        })
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Puts a file out of the way under a name that is free; gives that name back.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let mut aside = with_suffix(path, "corrupt");
    for number in 2..100 {
        if !aside.exists() {
            break;
        }
        aside = with_suffix(path, &format!("corrupt-{number}"));
    }
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// The path with `.suffix` behind its name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/cache.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("plan.json"), dir.path().join("other"));
        fs::write(&other, "kept").unwrap();
        let temporary = with_suffix(&path, &format!("{}.tmp", std::process::id()));
        for link in [&temporary, &path] {
            std::os::unix::fs::symlink(&other, link).unwrap();
            replace(&path, b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(fs::read(&other).unwrap(), b"kept");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_is_set_aside_does_not_replace_what_was_set_aside_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache.json");
        for (text, name) in [("a", "cache.json.corrupt"), ("b", "cache.json.corrupt-2")] {
            fs::write(&path, text).unwrap();
            assert_eq!(set_aside(&path).unwrap(), dir.path().join(name));
        }
        assert_eq!(fs::read_to_string(dir.path().join("cache.json.corrupt")).unwrap(), "a");
    }
}
