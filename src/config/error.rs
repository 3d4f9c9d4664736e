//! What is wrong with a configuration, where, and what to do about it.

use super::source::{Located, Place, Source};
use crate::model::text;
use std::{fmt, ops::Range};

/// How many problems one message tells in full.
const SHOWN: usize = 5;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The path, variable or flag it stands in.
    pub origin: String,
    /// Where in the file; none for a variable, a flag or a file that cannot be read.
    pub place: Option<Place>,
    /// What is wrong, a clause.
    pub what: String,
    /// What to do; may be empty.
    pub remedy: String,
}

impl Problem {
    /// A problem at a place in a text.
    pub fn at(
        source: &Source,
        span: &Range<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            origin: source.origin.clone(),
            place: Some(source.place(span)),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// A problem with a value that was read earlier.
    pub fn with<T>(value: &Located<T>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::at(&value.source, &value.span, what, remedy)
    }

    /// A problem without a place: a variable, a flag, a file that cannot be read.
    pub fn of(origin: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { origin: origin.into(), place: None, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    /// `path:line:column: what is wrong; what to do`, then the line with a caret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::line(&self.origin))?;
        if let Some(place) = &self.place {
            write!(f, ":{}:{}", place.line, place.column)?;
        }
        write!(f, ": {}", text::line(&self.what))?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", text::line(&self.remedy))?;
        }
        if let Some(place) = &self.place {
            write!(f, "\n{place}")?;
        }
        Ok(())
    }
}

/// Why the configuration was not taken over. Holds at least one [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// `Ok` when there is no problem, else all of them in the order of their places.
    pub fn check(mut problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            return Ok(());
        }
        // A stable sort by place alone keeps the files in the order in which they were read.
        let mut origins: Vec<String> = Vec::new();
        for problem in &problems {
            if !origins.contains(&problem.origin) {
                origins.push(problem.origin.clone());
            }
        }
        problems.sort_by_key(|p| {
            let file = origins.iter().position(|o| *o == p.origin);
            (file, p.place.as_ref().map(|at| (at.line, at.column)))
        });
        Err(Self { problems })
    }

    /// Everything that is wrong.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        match self.problems.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            1 => f.write_str("\nand one more problem"),
            more => write!(f, "\nand {more} more problems"),
        }
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_in_order_and_bounded() {
        let source = Source::new("f.toml", "a = 1\n".repeat(9));
        let problems: Vec<Problem> =
            (0..9).rev().map(|n| Problem::at(&source, &(n * 6..n * 6 + 1), format!("no {n}"), "")).collect();
        let text = ConfigError::check(problems).unwrap_err().to_string();
        assert!(text.starts_with("f.toml:1:1: no 0\n  1 | a = 1\n    | ^\nf.toml:2:1: no 1"), "{text}");
        assert!(text.ends_with("and 4 more problems"), "{text}");
        assert_eq!(ConfigError::check(Vec::new()), Ok(()));
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        let problem = Problem::of("F\u{1b}[31m", "no “\u{202e}”", "write \u{7}");
        assert_eq!(problem.to_string(), "F\\e[31m: no “\\u{202e}”; write \\u{7}");
    }
}
