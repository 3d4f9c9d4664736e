//! Opening files for reading, without ever waiting for one.
//!
//! A named pipe blocks whoever opens it until somebody writes, and a device may do anything: neither is a file of
//! configuration or of a journal, whatever its name.

use std::{
    fs::{File, FileType, OpenOptions},
    io,
    path::Path,
};

/// O_NONBLOCK, as the system's headers have it: what opens at once stays as it is, and a pipe is not waited for.
#[cfg(unix)]
const NONBLOCK: i32 = if cfg!(any(target_os = "linux", target_os = "android")) { 0o4000 } else { 0x4 };

/// Opens a file to be read.
///
/// # Errors
/// As [`File::open`], and where it is no file but a pipe, a device, a socket or a directory.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(OpenOptions::new().read(true), path)
}

/// The same as the options say; a file that is made is one.
///
/// # Errors
/// As [`open`].
pub fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // of a device even opening may have an effect
    if let Ok(found) = std::fs::metadata(path) {
        check(found.file_type())?;
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, NONBLOCK);
    let file = options.open(path)?;
    // it may have been put there meanwhile
    check(file.metadata()?.file_type())?;
    Ok(file)
}

/// Whether somebody else may be given this path to read: nothing is there, or a file.
///
/// # Errors
/// What is there instead.
pub fn is_file_or_absent(path: &Path) -> io::Result<()> {
    // what may not be looked at is told by whoever reads it
    std::fs::metadata(path).map_or(Ok(()), |found| check(found.file_type()))
}

/// The link on the way to a path, or the path itself, that leads nowhere, if one does.
pub fn leads_nowhere(path: &Path) -> Option<&Path> {
    path.ancestors().find(|part| {
        std::fs::symlink_metadata(part).is_ok_and(|found| found.is_symlink())
            && std::fs::metadata(part).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    })
}

/// Reads a whole file of text.
///
/// # Errors
/// As [`open`].
pub fn read_to_string(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    io::Read::read_to_string(&mut open(path)?, &mut text)?;
    Ok(text)
}

fn check(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    let what = if kind.is_dir() { "a directory" } else { special(kind) };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what} and not a file")))
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> &'static str {
    "a device"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_and_devices_are_refused_and_never_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (path, what) in [
            (pipe.as_path(), "a named pipe"),
            (Path::new("/dev/zero"), "a device"),
            (dir.path(), "a directory"),
        ] {
            let error = open(path).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            let error = open_with(OpenOptions::new().read(true).append(true), path).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            let error = is_file_or_absent(path).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
        }
        assert!(is_file_or_absent(&dir.path().join("nothing")).is_ok());
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("/nonexistent", &link).unwrap();
        assert_eq!(leads_nowhere(&link), Some(link.as_path()));
        assert_eq!(leads_nowhere(&link.join("deep/er.toml")), Some(link.as_path()));
        assert_eq!(leads_nowhere(&dir.path().join("nothing")), None);
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(read_to_string(&file).unwrap(), "x");
        assert!(is_file_or_absent(&file).is_ok());
    }
}
