//! Lines that follow one another: documents are printed over several, so that one line names what the next one tells.

use super::{mask, pem::Key, scan, value::names_secret};

/// Bytes beyond which a line names nothing for the next one.
const NAMES_MAX: usize = 200;

/// The lines of one stream, in their order.
#[derive(Debug, Default)]
pub struct Lines {
    /// The line before, where it names a secret.
    before: Option<String>,
    /// A key that is printed over several lines.
    key: Key,
}

impl Lines {
    /// The next line with the secrets in it masked, those too that the line before named.
    pub fn text(&mut self, line: &str) -> String {
        let before = self.before.take();
        if let Some(masked) = self.key.line(line) {
            return masked;
        }
        if names_next(line) {
            self.before = Some(line.trim_end().to_owned());
        }
        let Some(before) = before else { return scan::text(line) };
        let both = scan::text(&format!("{before}\n{line}"));
        both.strip_prefix(before.as_str())
            .and_then(|rest| rest.strip_prefix('\n'))
            .map_or_else(|| mask(line), str::to_owned)
    }
}

/// `"name": "DB_PASSWORD",`, `- name: DB_PASSWORD`, `password:`.
fn names_next(line: &str) -> bool {
    if line.len() > NAMES_MAX {
        return false;
    }
    let line = line.trim().trim_end_matches(['|', '>']).trim_end();
    let item = line.trim_start_matches("- ").trim_start();
    let mut words = item.split_whitespace();
    let (first, second, more) = (words.next().unwrap_or_default(), words.next(), words.next());
    let bare = |word: &str| word.trim_matches(['"', '\'', ',', ':', '{']).to_owned();
    match (second, more) {
        (None, _) => first.ends_with(':') && names_secret(&bare(first)),
        (Some(value), None) => {
            ["name", "Name", "key", "Key"].contains(&bare(first).as_str()) && names_secret(&bare(value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_line_tells_what_the_one_before_named() {
        for (first, second) in [
            ("      \"name\": \"DB_PASSWORD\",", "      \"value\": \"hunter2\""),
            ("- name: DB_PASSWORD", "  value: hunter2"),
            ("  - name: DB_PASSWORD", "    value: \"hunter2\""),
            ("password:", "  hunter2"),
        ] {
            let mut lines = Lines::default();
            assert_eq!(lines.text(first), first);
            let told = lines.text(second);
            assert!(!told.contains("hunter2"), "{first} {told}");
            assert_eq!(lines.text("done in 3s"), "done in 3s");
        }
        for (first, second) in [
            ("- name: LOG_LEVEL", "  value: debug"),
            ("the password was wrong", "value: debug"),
            ("invalid token: see above", "2026-11-30 started"),
        ] {
            let mut lines = Lines::default();
            assert_eq!((lines.text(first).as_str(), lines.text(second).as_str()), (first, second));
        }
    }
}
