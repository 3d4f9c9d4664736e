//! How grave a line is, as it says itself.

use serde_json::Value;

/// A level, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Every step.
    Trace,
    /// For those who look for mistakes.
    Debug,
    /// What is usual.
    Info,
    /// What may become a mistake.
    Warn,
    /// A mistake.
    Error,
    /// The end of the program.
    Fatal,
}

/// Characters of a line in which its level is looked for, where it is no JSON.
const HEAD: usize = 160;

/// Names of the member that tells it: zap, logrus, slog and pino (`level`), Google's and many others (`severity`), Python
/// (`levelname`), Elastic's common schema (`log.level`), Serilog (`@l`).
const MEMBERS: [&str; 8] =
    ["level", "severity", "lvl", "levelname", "log.level", "loglevel", "log_level", "@l"];

impl Level {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// By one of the names that programs give it.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "trace" | "verbose" | "finest" => Self::Trace,
            "debug" | "dbg" | "debu" | "fine" => Self::Debug,
            "info" | "information" | "informational" | "notice" => Self::Info,
            "warn" | "warning" | "wrn" => Self::Warn,
            "error" | "err" | "eror" | "severe" => Self::Error,
            "fatal" | "panic" | "critical" | "crit" | "alert" | "emergency" | "emerg" => Self::Fatal,
            _ => return None,
        })
    }

    /// By the numbers of pino and bunyan (10 to 60).
    fn numbered(number: i64) -> Option<Self> {
        Some(match number {
            10..20 => Self::Trace,
            20..30 => Self::Debug,
            30..40 => Self::Info,
            40..50 => Self::Warn,
            50..60 => Self::Error,
            60..=70 => Self::Fatal,
            _ => return None,
        })
    }

    /// What a line says: a member of its JSON, else the first word in its head that is a level, else the words that
    /// a person looking for trouble would stop at.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim_start();
        if text.starts_with('{')
            && let Ok(Value::Object(members)) = serde_json::from_str(text)
        {
            return Self::member(&members);
        }
        let head = text.char_indices().nth(HEAD).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
        let word = |word: &&str| !word.is_empty();
        let words = head.split(|c: char| !c.is_alphanumeric()).filter(word);
        if let Some(level) = words.clone().find_map(Self::plain) {
            return Some(level);
        }
        let trouble = ["error", "panic", "fatal", "exception"];
        trouble.iter().any(|word| holds(text, word)).then_some(Self::Error)
    }

    /// A word of a text line; what is a level in JSON alone (`fine`, `alert`) is not one here.
    fn plain(word: &str) -> Option<Self> {
        let shouted = word.chars().all(char::is_uppercase);
        match word.to_ascii_lowercase().as_str() {
            "verbose" | "fine" | "finest" | "alert" | "notice" | "critical" | "severe" | "emergency"
            | "information" | "informational"
                if !shouted =>
            {
                None
            }
            _ => Self::named(word),
        }
    }

    fn member(members: &serde_json::Map<String, Value>) -> Option<Self> {
        let found = MEMBERS.iter().find_map(|name| {
            let own = members.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value);
            match own? {
                Value::String(word) => Self::named(word),
                Value::Number(number) => number.as_i64().and_then(Self::numbered),
                _ => None,
            }
        });
        let inner = || match members.get("log") {
            Some(Value::Object(log)) => log.get("level").and_then(Value::as_str).and_then(Self::named),
            _ => None,
        };
        found.or_else(inner).or_else(|| {
            let error =
                members.get("error").or_else(|| members.get("err")).or_else(|| members.get("exception"));
            error.filter(|value| !matches!(value, Value::Null | Value::Bool(false))).map(|_| Self::Error)
        })
    }
}

/// Whether a text holds a word of small letters, whatever its case.
fn holds(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_its_level() {
        for (text, level) in [
            ("INFO  GET /v1/orders 200 4.2ms", Some(Level::Info)),
            ("2026-11-21T20:59:58Z ERROR health: pool is empty", Some(Level::Error)),
            ("time=2026 level=warn msg=\"error budget\"", Some(Level::Warn)),
            ("[main] DEBUG c.e.App - loaded", Some(Level::Debug)),
            ("panic: runtime error: index out of range", Some(Level::Fatal)),
            ("java.lang.NullPointerException: null", Some(Level::Error)),
            ("INFO 0 errors", Some(Level::Info)),
            ("everything is fine, no alert", None),
            ("goose: no migrations to run", None),
            ("", None),
            (r#"{"level":"error","msg":"x"}"#, Some(Level::Error)),
            (r#"{"msg":"an error","level":30}"#, Some(Level::Info)),
            (r#"{"severity":"WARNING"}"#, Some(Level::Warn)),
            (r#"{"log":{"level":"debug"}}"#, Some(Level::Debug)),
            (r#"{"log.level":"error"}"#, Some(Level::Error)),
            (r#"{"msg":"no error at all"}"#, None),
            (r#"{"msg":"x","err":"timeout"}"#, Some(Level::Error)),
            (r#"{"level":"#, None),
            ("{error", Some(Level::Error)),
        ] {
            assert_eq!(Level::of(text), level, "{text}");
        }
    }

    #[test]
    fn levels_have_an_order() {
        assert!(Level::Fatal > Level::Error && Level::Error > Level::Warn && Level::Warn > Level::Info);
    }
}
