//! The lines of a file: read, set aside, written anew.

use crate::{
    model::Entry,
    runtime::disk::{self, Private},
};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
};

/// The format written, and the newest that is read.
pub const FORMAT: u32 = 1;

/// A line longer than this is not of ours.
const LINE_MAX: u64 = 4 << 20;

#[derive(Default)]
pub(super) struct Lines {
    pub(super) entries: Vec<Entry>,
    pub(super) bad: Vec<Vec<u8>>,
    pub(super) newer: Option<Newer>,
}

/// Why a file is taken to be a newer flightdeck's.
pub(super) enum Newer {
    /// It says so.
    Format(u64),
    /// A line is of a sort, or has a word, that this one does not know.
    Line,
}

pub(super) fn read_lines(file: &File) -> io::Result<Lines> {
    let mut lines = Lines::default();
    let mut reader = BufReader::new(file);
    loop {
        let mut line = Vec::new();
        let count = reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(lines);
        }
        let whole = line.pop_if(|byte| *byte == b'\n').is_some();
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<Entry>(&line) {
            Ok(Entry::Begin { format, .. }) if format > FORMAT => {
                lines.newer = Some(Newer::Format(u64::from(format)));
                return Ok(lines);
            }
            Ok(entry) if whole && (matches!(entry, Entry::Begin { .. }) == lines.entries.is_empty()) => {
                // a file may have been edited
                lines.entries.push(entry.neutral());
            }
            result => {
                // A newer format may have a `Begin` that does not even read as ours.
                let format = serde_json::from_slice::<serde_json::Value>(&line)
                    .ok()
                    .and_then(|value| value.get("format").and_then(serde_json::Value::as_u64));
                match (result, format) {
                    (Err(_), Some(format)) if format > u64::from(FORMAT) => {
                        lines.newer = Some(Newer::Format(format));
                        return Ok(lines);
                    }
                    // whole, but about something that came later; to set it aside would be to lose it
                    (Err(error), _) if whole && error.to_string().starts_with("unknown variant") => {
                        lines.newer = Some(Newer::Line);
                        return Ok(lines);
                    }
                    _ => lines.bad.push(line),
                }
            }
        }
    }
}

pub(super) fn set_aside(path: &Path, lines: &[Vec<u8>]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).private().open(path)?;
    for line in lines {
        file.write_all(line)?;
        file.write_all(b"\n")?;
    }
    file.sync_data()
}

pub(super) fn rewrite(path: &Path, entries: &[Entry]) -> io::Result<()> {
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, entry)?;
        text.push(b'\n');
    }
    disk::replace(path, &text)
}
