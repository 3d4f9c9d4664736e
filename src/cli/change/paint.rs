//! Colours for lines of text, where the other end is a terminal and nobody said NO_COLOR.

use crate::model::Verdict;

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint(bool);

impl Paint {
    /// No colours.
    pub const PLAIN: Self = Self(false);

    /// Colours for a terminal, unless the environment says otherwise.
    pub fn of(terminal: bool, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        Self(terminal && !set("NO_COLOR") && env("TERM").as_deref() != Some("dumb"))
    }

    fn sgr(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What matters less: times, labels.
    pub fn quiet(self, text: &str) -> String {
        self.sgr("2", text)
    }

    /// The change itself.
    pub fn strong(self, text: &str) -> String {
        self.sgr("1", text)
    }

    /// It worked.
    pub fn good(self, text: &str) -> String {
        self.sgr("32", text)
    }

    /// It needs attention.
    pub fn warn(self, text: &str) -> String {
        self.sgr("33", text)
    }

    /// It failed.
    pub fn bad(self, text: &str) -> String {
        self.sgr("31", text)
    }

    /// By how a run ended.
    pub fn verdict(self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Succeeded => self.good(text),
            Verdict::Failed => self.bad(text),
            _ => self.warn(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        let paint = |terminal: bool, name: &str, value: &str| {
            Paint::of(terminal, &|asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(paint(true, "TERM", "xterm").good("a"), "\x1b[32ma\x1b[0m");
        for plain in
            [paint(false, "TERM", "xterm"), paint(true, "NO_COLOR", "1"), paint(true, "TERM", "dumb")]
        {
            assert_eq!(plain, Paint::PLAIN);
            assert_eq!(plain.bad("a"), "a");
        }
        assert_eq!(paint(true, "NO_COLOR", ""), Paint(true), "an empty NO_COLOR is none");
    }
}
