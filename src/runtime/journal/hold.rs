//! Holding a file, so that no other process carries out its run. What is held goes with the process, however that ends.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

/// Takes a lock without waiting, except for the moment that somebody else needs to read the file.
pub fn lock(file: &File) -> bool {
    for pause in [0, 2, 8] {
        if pause > 0 {
            std::thread::sleep(std::time::Duration::from_millis(pause));
        }
        // flock on Unix: https://doc.rust-lang.org/std/fs/struct.File.html#method.try_lock
        match file.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            // A file system without locks: better to go on unlocked than not at all.
            Err(TryLockError::Error(error)) => return !is_no_file(&error),
        }
    }
    false
}

#[cfg(unix)]
fn is_no_file(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::BADF.raw_os_error())
}

#[cfg(not(unix))]
fn is_no_file(_: &io::Error) -> bool {
    false
}

/// True when the file is the one that has this name now.
#[cfg(unix)]
pub fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// True when the file may be the one that has this name now: Windows tells a file's number to nobody yet, and the moment
/// at which it was made, in steps of 100 ns, is as good as one among the few that a run's name can have.
#[cfg(not(unix))]
pub fn is_at(file: &File, path: &Path) -> bool {
    match (
        file.metadata().and_then(|open| open.created()),
        fs::metadata(path).and_then(|named| named.created()),
    ) {
        (Ok(open), Ok(named)) => open == named,
        _ => false,
    }
}
