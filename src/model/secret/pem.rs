//! Private keys that are printed over several lines (RFC 7468; RFC 1421 for their headers): what stands between the first
//! line and the last, the short one at the end too.

use super::{mask, scan};

/// The most lines of a key: one of 16,384 bits has 200 of 64 signs.
const LINES: u16 = 256;

/// The fewest signs that the first line of a key has: that of an elliptic curve has 64.
const FIRST: usize = 40;

/// How far the lines of a stream have come with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Key {
    /// There is none.
    #[default]
    Outside,
    /// It was announced; so many lines may come before it.
    Announced(u8),
    /// It is being told; so many lines may follow.
    Inside(u16),
    /// A line of one was seen that nobody announced, so many signs long: a shorter one may end it.
    Unannounced(usize),
}

/// Lines that may stand between the first one and the key: `Proc-Type`, `DEK-Info`, an empty one.
const HEADERS: u8 = 6;

impl Key {
    /// The line as it may be shown, where it is one of a key; nothing where it is none.
    pub(super) fn line(&mut self, line: &str) -> Option<String> {
        let own = line.trim_end();
        if own.contains("PRIVATE KEY") && own.contains("-----") || own.contains("Private-Lines:") {
            let begins =
                own.contains("-----BEGIN") && own.ends_with("-----") || own.contains("Private-Lines:");
            *self =
                if begins && !own.contains("-----END") { Self::Announced(HEADERS) } else { Self::Outside };
            return None;
        }
        let start = own.rfind(|c: char| c.is_whitespace() || c == '"' || c == '\'').map_or(0, |at| at + 1);
        let (head, body) = own.split_at_checked(start)?;
        let long = body.len() >= FIRST;
        let key = is_body(body);
        *self = match *self {
            Self::Announced(_) if key && long => Self::Inside(LINES),
            Self::Announced(left) if left > 0 => return self.on(Self::Announced(left - 1)),
            Self::Inside(left) if left > 0 && key => Self::Inside(left - 1),
            // another thread wrote in between
            Self::Inside(left) if left > 0 && (!body.is_empty() || head.is_empty()) => {
                return self.on(Self::Inside(left.saturating_sub(8)));
            }
            Self::Unannounced(length) if key && body.len() <= length && is_last(head, body) => Self::Outside,
            _ if key && scan::text(body) != body && [64, 70, 76].contains(&body.len()) => {
                Self::Unannounced(body.len())
            }
            _ => return self.on(Self::Outside),
        };
        Some(format!("{head}{}", mask(body)))
    }

    fn on(&mut self, next: Self) -> Option<String> {
        *self = next;
        None
    }
}

/// Base 64, as keys have it.
fn is_body(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
}

/// The last line of a key that nobody announced: filled up, or of groups of four signs that are no word.
fn is_last(head: &str, body: &str) -> bool {
    body.ends_with('=')
        || body.len().is_multiple_of(4)
            && (head.trim().is_empty() || body.len() >= 16)
            && body.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
}
