//! The boards on disk: one file in the state directory, replaced whole.

use super::disk;
use crate::{config::regular, model::Boards};
use std::{io::Read, path::Path};

/// No board of somebody's is nearly as long.
const MAX: u64 = 1 << 20;

/// What was kept; none where nothing was.
///
/// # Errors
/// A sentence where it cannot be read; the file is set aside, and is there to be looked at.
pub fn load(path: &Path) -> Result<Option<Boards>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let read = || -> Result<Boards, String> {
        regular::is_file_or_absent(path).map_err(|error| error.to_string())?;
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
        file.take(MAX).read_to_string(&mut text).map_err(|error| error.to_string())?;
        Boards::read(&text)
    };
    read().map(Some).map_err(|why| {
        let aside = match disk::set_aside(path) {
            Ok(aside) => format!("it is {} now", aside.display()),
            Err(error) => format!("and it cannot be set aside: {error}"),
        };
        format!("the boards in {} cannot be read: {why}; {aside}", path.display())
    })
}

/// Keeps them; a sentence where that fails.
pub fn save(path: &Path, boards: &Boards) -> Option<String> {
    let kept = disk::replace(path, boards.kept().as_bytes());
    kept.err().map(|error| format!("the board could not be kept in {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_come_back_and_what_is_none_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/boards.json");
        assert_eq!(load(&path), Ok(None));
        let boards = Boards::default();
        assert_eq!(save(&path, &boards), None);
        assert_eq!(load(&path), Ok(Some(boards)));
        std::fs::write(&path, "{").unwrap();
        assert!(load(&path).unwrap_err().contains("set aside") || !path.exists());
        assert_eq!(load(&path), Ok(None));
    }
}
