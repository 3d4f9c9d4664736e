//! Regular expressions over lines, and filters of lines made of them.

use super::{event::short_task, level::Level, source::LogLine};
use regex::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take: what is typed is not to fill memory.
const SIZE_MAX: usize = 1 << 20;

/// A regular expression with smart case: whatever the case, unless a capital is written in it.
#[derive(Debug, Clone)]
pub struct Find {
    text: String,
    regex: Regex,
}

impl PartialEq for Find {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Find {
    /// Reads what was typed.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn new(text: &str) -> Result<Self, String> {
        let read = RegexBuilder::new(text).case_insensitive(!has_capital(text)).size_limit(SIZE_MAX).build();
        match read {
            Ok(regex) => Ok(Self { text: text.to_owned(), regex }),
            Err(regex::Error::CompiledTooBig(_)) => Err("the expression is too large".to_owned()),
            Err(error) => {
                // the last line says what is wrong; those before it point at it
                let told = error.to_string();
                let last = told.lines().last().unwrap_or_default();
                Err(last.trim().trim_start_matches("error: ").to_owned())
            }
        }
    }

    /// Reads what is being typed: what is no expression is looked for as it stands.
    pub fn lenient(text: &str) -> Option<Self> {
        Self::new(text).or_else(|_| Self::new(&regex::escape(text))).ok()
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is found.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Where it is found, in bytes; nothing of no length.
    pub fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        self.regex.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty())
    }
}

/// Whether a capital is written in an expression: one that is meant, not a class such as `\W` or `\p{Lu}`.
fn has_capital(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' {
            let escaped = chars.next();
            if matches!(escaped, Some('p' | 'P' | 'x' | 'u' | 'U')) && chars.peek() == Some(&'{') {
                for c in chars.by_ref() {
                    if c == '}' {
                        break;
                    }
                }
            }
        } else if c.is_uppercase() {
            return true;
        }
    }
    false
}

/// A filter of lines: `timeout -healthz level:warn task:7f21`. All of it has to hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sieve {
    only: Vec<Find>,
    not: Vec<Find>,
    level: Option<Level>,
    task: Option<String>,
}

/// The columns of a filter that may be named.
pub const COLUMNS: [&str; 2] = ["level", "task"];

impl Sieve {
    /// Reads what was typed: words between blanks, or in quotes; a `-` before one leaves out what holds it. What is no
    /// regular expression is looked for as it stands, and what is no level asks for none.
    pub fn read(text: &str) -> Self {
        let mut sieve = Self::default();
        for (word, quoted) in words(text) {
            if !quoted && let Some(level) = word.strip_prefix("level:") {
                sieve.level = Level::named(level);
            } else if !quoted && let Some(task) = word.strip_prefix("task:") {
                sieve.task = Some(task.to_owned()).filter(|task| !task.is_empty());
            } else {
                match word.strip_prefix('-') {
                    Some("") => {}
                    Some(word) => sieve.not.extend(Find::lenient(word)),
                    None => sieve.only.extend(Find::lenient(&word)),
                }
            }
        }
        sieve
    }

    /// What is wrong with what was typed, in a sentence.
    pub fn complaint(text: &str) -> Option<String> {
        words(text).into_iter().find_map(|(word, quoted)| {
            if quoted || word.starts_with("task:") {
                return None;
            }
            if let Some(level) = word.strip_prefix("level:").filter(|level| !level.is_empty()) {
                let told = || format!("there is no level “{level}”: trace, debug, info, warn, error, fatal");
                return Level::named(level).is_none().then(told);
            }
            let word = word.strip_prefix('-').unwrap_or(&word);
            Find::new(word).err().map(|wrong| format!("“{word}” is looked for as it stands: {wrong}"))
        })
    }

    /// What is shown has to hold these.
    pub fn finds(&self) -> &[Find] {
        &self.only
    }

    /// Whether everything passes.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a line of that level passes: of the level asked for, or graver.
    pub fn passes(&self, line: &LogLine, level: Option<Level>) -> bool {
        self.level.is_none_or(|least| level.is_some_and(|own| own >= least))
            && self.task.as_ref().is_none_or(|task| short_task(&line.stream).starts_with(task.as_str()))
            && self.only.iter().all(|find| find.matches(&line.text))
            && !self.not.iter().any(|find| find.matches(&line.text))
    }
}

/// The words of a filter, and whether each stood in quotes. A `-` may stand before the quotes.
fn words(text: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut within) = (String::new(), false, false);
    for c in text.chars() {
        match c {
            '"' => {
                within = !within;
                quoted = true;
            }
            c if c.is_whitespace() && !within => {
                if !word.is_empty() {
                    words.push((std::mem::take(&mut word), quoted));
                }
                quoted = false;
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push((word, quoted));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stamp;

    #[test]
    fn case_matters_where_a_capital_is_written() {
        let find = |expression: &str, text: &str| Find::new(expression).unwrap().matches(text);
        assert!(find("timeout", "Timeout after 5s") && find("timeout", "TIMEOUT"));
        assert!(find("Timeout", "Timeout") && !find("Timeout", "timeout"));
        assert!(find(r"\Werr", " ERR") && find(r"\p{Lu}x", "Ax"), "a class is no capital");
        assert!(find("größe", "GRÖSSE") || find("größe", "GRÖßE"));
        assert_eq!(Find::new("(").unwrap_err(), "unclosed group");
        assert_eq!(Find::new(&"(a{99}){99}".repeat(9)).unwrap_err(), "the expression is too large");
    }

    #[test]
    fn places_are_where_it_is_found() {
        let find = Find::new("o+").unwrap();
        assert_eq!(find.places("foo bo").collect::<Vec<_>>(), [1..3, 5..6]);
        assert_eq!(Find::new("x*").unwrap().places("aab").count(), 0, "nothing is nowhere");
    }

    #[test]
    fn a_filter_takes_in_and_leaves_out() {
        let line =
            |text: &str| LogLine { at: Stamp(1), stream: "svc/web/7f21c0ab99".into(), text: text.into() };
        let passes = |filter: &str, text: &str| {
            let line = line(text);
            Sieve::read(filter).passes(&line, Level::of(&line.text))
        };
        assert!(passes("", "anything") && Sieve::read("  ").is_open());
        assert!(passes("get orders", "GET /v1/orders 200") && !passes("get users", "GET /v1/orders 200"));
        assert!(passes("get -healthz", "GET /v1/orders") && !passes("get -healthz", "GET /healthz"));
        assert!(passes("\"v1/orders 2..\"", "GET /v1/orders 200") && passes("-\"a b\"", "ab"));
        assert!(passes("level:warn", "ERROR x") && passes("level:warn", "WARN x"));
        assert!(!passes("level:warn", "INFO x") && !passes("level:warn", "x"));
        assert!(passes("task:7f2", "x") && !passes("task:8", "x"));
        assert!(passes("level: task: -", "x"), "what is being typed hides nothing");
        assert!(Sieve::complaint("level:loud").unwrap().contains("there is no level"));
        assert!(Sieve::complaint("a (").unwrap().contains("unclosed group"));
        assert!(passes("(", "f(x)") && !passes("(", "x"), "it is looked for as it stands");
        assert_eq!(Sieve::complaint("a -b level:warn task:7 \"x y\""), None);
    }
}
