//! What several targets need.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
};
use unicode_width::UnicodeWidthChar;

/// The most marks over one character.
pub const MARKS: usize = 4;

/// The text of an input; what is none is refused where files are read.
pub fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// A mark of words: what they cite, and numbers, do not count.
pub fn mark(words: &str) -> u64 {
    let mut cited = false;
    words.chars().fold(0xcbf2_9ce4_8422_2325, |hash: u64, c| {
        cited = (cited || c == '“') && c != '”';
        let counts = !cited && !c.is_ascii_digit() && c.is_ascii();
        if counts { (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3) } else { hash }
    })
}

/// A mark of a number of things, by its magnitude.
pub fn count(number: usize) -> u64 {
    u64::from(usize::BITS - number.leading_zeros())
}

/// Holds that a line can be shown: nothing that a terminal obeys, that turns the direction, or that stacks up.
pub fn harmless(line: &str) {
    let mut marks = 0;
    for c in line.chars() {
        assert!(!c.is_control(), "a control character in {line:?}");
        let turns = matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!turns, "a control of direction in {line:?}");
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        assert!(marks <= MARKS, "{marks} marks over one character in {line:?}");
    }
}

/// Holds that of every text in a value.
pub fn harmless_value(value: &serde_json::Value) {
    match value {
        serde_json::Value::String(text) => harmless(text),
        serde_json::Value::Array(items) => items.iter().for_each(harmless_value),
        serde_json::Value::Object(map) => map.values().for_each(harmless_value),
        _ => {}
    }
}

thread_local! {
    static PLACE: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
}

/// An empty directory of this thread's own.
pub fn place() -> PathBuf {
    PLACE.with_borrow_mut(|place| {
        let root = place.get_or_insert_with(|| tempfile::tempdir().unwrap()).path().join("place");
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        fs::create_dir(&root).unwrap();
        root
    })
}

/// Names and contents of a directory's files.
pub fn listing(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}
