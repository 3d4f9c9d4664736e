//! Where values end that stand in no quotes.

use super::quotes::{closing, last};

/// How much is read of what stands before a value in its word.
const BEFORE: usize = 4_096;

/// The most that is looked for of what closes something behind a value.
const CLOSERS: usize = 8;

/// What stands directly before the name of a value: a quote with its backslashes, which the value ends with, or the
/// sign that ends values in such a list.
pub(super) fn around(out: &str, name: &str) -> (Option<(char, usize)>, Option<char>) {
    let head = out.trim_end_matches(['=', ':', '>']);
    let Some(before) = head.strip_suffix(name) else { return (None, None) };
    let before = before.trim_end_matches('-');
    match before.chars().next_back() {
        Some(quote @ ('"' | '\'')) => {
            let plain = before.strip_suffix(quote).unwrap_or(before);
            (Some((quote, plain.len() - plain.trim_end_matches('\\').len())), None)
        }
        Some('?' | '&') => (None, Some('&')),
        Some(';') => (None, Some(';')),
        Some(',' | '{' | '[' | '(') => (None, Some(',')),
        _ => (None, None),
    }
}

/// Where a value without quotes ends: with the word, as nobody can tell what of it is no part of it; in a list where the
/// next name follows, and before what ends something that began earlier.
pub(super) fn unquoted(value: &str, sign: Option<char>, out: &str) -> usize {
    let mut end = value.len();
    if let Some(sign) = sign {
        let cut = value
            .match_indices(sign)
            .map(|(at, _)| at)
            .find(|at| value.get(at + 1..).is_some_and(|more| more.is_empty() || is_name_first(more)));
        end = cut.unwrap_or(end);
    }
    end = value.get(..end).and_then(|value| value.find("</")).unwrap_or(end);
    let out = last(out, BEFORE);
    // a quote that is still open in this word
    if out.matches('"').count() % 2 == 1 {
        let level =
            out.rsplit_once('"').map_or(0, |(head, _)| head.len() - head.trim_end_matches('\\').len());
        let closed = value.get(..end).and_then(|value| closing(value, '"', level));
        let delimited = |at: &usize| {
            let behind = value.get(at + level + 1..).unwrap_or_default();
            behind.is_empty() || behind.starts_with([',', ';', '}', ']', ')', ':', '>'])
        };
        if let Some(at) = closed.filter(delimited) {
            return at;
        }
    }
    let mut own = value.get(..end).unwrap_or(value);
    for _ in 0..CLOSERS {
        let Some(last) = own.chars().next_back() else { break };
        let open = match last {
            ')' => '(',
            ']' => '[',
            '}' => '{',
            _ => last,
        };
        let kept = match last {
            ',' | ';' => true,
            '"' | '\'' | '`' => own.matches(last).count() % 2 == 1,
            ')' | ']' | '}' => own.matches(last).count() > own.matches(open).count(),
            _ => false,
        };
        if !kept || own.len() == last.len_utf8() {
            break;
        }
        own = own.strip_suffix(last).unwrap_or(own);
    }
    own.len()
}

/// `name=` or `name:` first.
fn is_name_first(text: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || "_-.%[] \"'\\".contains(c);
    text.find(|c: char| !name(c))
        .is_some_and(|end| end > 0 && text.get(end..).is_some_and(|rest| rest.starts_with(['=', ':'])))
}
