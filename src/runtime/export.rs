//! Text that leaves the cockpit: to the terminal's clipboard and to files.

use super::disk;
use crate::{app::Msg, model::text};
use std::path::Path;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The sequence that puts text on the clipboard of the terminal (OSC 52), which works over SSH.
pub fn clipboard(text: &str) -> String {
    format!("\x1b]52;c;{}\x1b\\", base64(text.as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = 0_u32;
        for index in 0..3 {
            group = group << 8 | chunk.get(index).copied().map_or(0, u32::from);
        }
        for index in 0..4 {
            let letter = if index <= chunk.len() {
                let six = group >> (18 - 6 * index) & 0x3f;
                usize::try_from(six).ok().and_then(|six| ALPHABET.get(six)).copied().unwrap_or(b'=')
            } else {
                b'='
            };
            out.push(char::from(letter));
        }
    }
    out
}

/// Writes a file and gives the notice about it.
pub fn write(dir: &Path, name: &str, contents: &str) -> Msg {
    let safe: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    let path = dir.join(safe.trim_start_matches('.'));
    let shown = text::line(&path.display().to_string());
    match disk::replace(&path, contents.as_bytes()) {
        Ok(()) => Msg::Notice { text: format!("written to {shown}"), bad: false },
        Err(error) => Msg::Notice { text: format!("{shown} could not be written: {error}"), bad: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_gets_base64() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("ä→", "w6TihpI="),
        ] {
            assert_eq!(clipboard(text), format!("\x1b]52;c;{encoded}\x1b\\"));
        }
    }

    #[test]
    fn files_stay_in_their_directory() {
        let dir = tempfile::tempdir().unwrap();
        let Msg::Notice { bad, .. } = write(dir.path(), "../../a b.txt", "x") else { panic!("a notice") };
        assert!(!bad);
        assert_eq!(std::fs::read_to_string(dir.path().join("_.._a_b.txt")).unwrap(), "x");
    }
}
