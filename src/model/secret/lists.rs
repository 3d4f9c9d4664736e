//! Commands that are told as lists of their words: `["tool","--password","…"]`, as JSON, Python and Go print them.

use super::quotes::{closing, quote};
use std::ops::Range;

/// A literal in a list, and where it stands in the text.
pub(super) struct Literal<'a> {
    /// Its text, without the quotes.
    pub(super) text: &'a str,
    /// Where that stands.
    pub(super) at: Range<usize>,
}

/// The lists of words in a text that has options of a command among them.
pub(super) fn commands(text: &str) -> Vec<Vec<Literal<'_>>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('[')) {
        at += open + 1;
        let mut words = Vec::new();
        while let Some((literal, behind)) = literal(text, at) {
            words.push(literal);
            at = behind;
            let rest = text.get(at..).unwrap_or_default();
            let blank = rest.len() - rest.trim_start().len();
            let comma = rest.trim_start().starts_with(',');
            if !comma && blank == 0 {
                break;
            }
            at += blank + usize::from(comma);
        }
        if words.len() > 1 && words.iter().any(|word| word.text.starts_with('-')) {
            found.push(words);
        }
    }
    found
}

/// The literal that stands here, and where the text goes on behind it.
fn literal(text: &str, at: usize) -> Option<(Literal<'_>, usize)> {
    let rest = text.get(at..)?;
    let plain = rest.trim_start();
    let (level, quote) = quote(plain)?;
    let begins = at + (rest.len() - plain.len()) + level + 1;
    let inner = text.get(begins..)?;
    let end = closing(inner, quote, level)?;
    let own = Literal { text: inner.get(..end)?, at: begins..begins + end };
    Some((own, begins + end + level + 1))
}
