//! Filter patterns for unstructured text: terms, "quoted phrases", -exclusions and ?alternatives.

/// A pattern that was understood. Matching is case-sensitive, as it is on AWS.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    all: Vec<String>,
    none: Vec<String>,
    any: Vec<String>,
}

impl Pattern {
    /// Reads a pattern; JSON, space-delimited and regular-expression patterns are refused in a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with(['{', '[']) {
            return Err("the simulator reads patterns of terms, not of JSON selectors or fields".to_owned());
        }
        let mut pattern = Self::default();
        let mut rest = text.chars().peekable();
        while let Some(&next) = rest.peek() {
            if next.is_whitespace() {
                rest.next();
                continue;
            }
            let terms = match next {
                '-' => &mut pattern.none,
                '?' => &mut pattern.any,
                '%' => return Err("the simulator does not read regular expressions (%…%)".to_owned()),
                _ => &mut pattern.all,
            };
            if matches!(next, '-' | '?') {
                rest.next();
            }
            let mut term = String::new();
            if rest.peek() == Some(&'"') {
                rest.next();
                let mut closed = false;
                while let Some(c) = rest.next() {
                    match c {
                        '"' => {
                            closed = true;
                            break;
                        }
                        '\\' => term.extend(rest.next()),
                        c => term.push(c),
                    }
                }
                if !closed {
                    return Err("a quotation mark is not closed".to_owned());
                }
            } else {
                while let Some(c) = rest.next_if(|c| !c.is_whitespace()) {
                    let plain = c.is_alphanumeric() || c == '_';
                    // AWS takes anything else in quotation marks only; a few are let through in words
                    if !plain && !".-/:=,@#+*".contains(c) {
                        return Err(format!("terms with {c:?} must be in quotation marks"));
                    }
                    term.push(c);
                }
            }
            if term.is_empty() {
                return Err("a term of the pattern is empty".to_owned());
            }
            terms.push(term);
        }
        Ok(pattern)
    }

    /// Whether it lets every message through.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.none.is_empty() && self.any.is_empty()
    }

    /// Whether a message has all of the terms, none of the exclusions and one of the alternatives.
    pub fn matches(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        self.all.iter().all(has)
            && !self.none.iter().any(has)
            && (self.any.is_empty() || self.any.iter().any(has))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terms_phrases_exclusions_and_alternatives() {
        let line = "2026-11-21 ERROR goose: relation \"users\" does not exist (code 42P01)";
        let table = [
            ("", true),
            ("ERROR", true),
            ("error", false),
            ("ERROR goose", true),
            ("ERROR mice", false),
            ("\"does not exist\"", true),
            ("\"does exist\"", false),
            ("\"relation \\\"users\\\"\"", true),
            ("ERROR -goose", false),
            ("ERROR -\"no such\"", true),
            ("?WARN ?ERROR", true),
            ("?WARN ?INFO", false),
            ("goose ?WARN ?ERROR -panic", true),
            ("2026-11-21", true),
        ];
        for (pattern, want) in table {
            assert_eq!(Pattern::read(pattern).unwrap().matches(line), want, "{pattern}");
        }
    }

    #[test]
    fn what_is_not_read_is_refused() {
        for pattern in ["{ $.level = \"error\" }", "[ip, user]", "%ERR.*%", "\"open", "-", "?", "\"\"", "a&b"]
        {
            assert!(Pattern::read(pattern).is_err(), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(pattern in ".{0,40}", message in ".{0,40}") {
            if let Ok(pattern) = Pattern::read(&pattern) {
                let _ = pattern.matches(&message);
            }
        }
    }
}
