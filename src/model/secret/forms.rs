//! Names and values in forms that have neither a sign between words nor `name=value` in one: dotted names of
//! properties, arrows, lists of headers, rows of SQL. They are looked for in what the rules of words leave, so that
//! they only ever mask more.

use super::{
    arguments, columns,
    made::{is_made, is_named_so},
    mask::{MARK, is_masked, mask},
    names::{is_secret, is_secret_name, is_sure},
    quotes::{closing, first, quote},
    said::{is_any_scheme, tells_of_secret},
};
use std::ops::Range;

/// How much is looked at behind a name.
const BEHIND: usize = 4_096;

/// The text with what stands in such forms masked.
pub(super) fn masked(text: &str) -> String {
    let mut found = columns::spans(text);
    found.extend(arguments::spans(text));
    found.extend(named(text));
    if found.is_empty() {
        return text.to_owned();
    }
    found.sort_by_key(|span| (span.start, usize::MAX - span.end));
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for span in found {
        let Some(secret) = text.get(span.clone()).filter(|secret| span.start >= at && !secret.is_empty())
        else {
            continue;
        };
        if is_masked(secret) || tells_of_secret(secret) {
            continue;
        }
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push_str(&mask(secret));
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// A sign of a name: names of properties have dots, those of options dashes.
fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Values behind the names of secrets.
fn named(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begins) = text.get(at..).and_then(|rest| Some(at + rest.find(is_of_name)?)) {
        let rest = text.get(begins..).unwrap_or_default();
        let len = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        at = begins + len;
        let name = rest.get(..len).unwrap_or_default().trim_matches(['-', '.']);
        let strong = is_secret_name(name);
        if name.len() > 120 || !strong && !matches!(name, "SecureString" | "Plaintext") {
            continue;
        }
        let before = text.get(..begins).unwrap_or_default();
        let behind = first(rest.get(len..).unwrap_or_default(), BEHIND);
        let value = match name {
            "SecureString" => parameter(behind),
            "Plaintext" => entry(before, behind),
            _ => listed(name, before, behind).or_else(|| signed(name, before, behind)),
        };
        let further = strong.then(|| further(name, before, behind)).flatten();
        found.extend(value.into_iter().chain(further).map(|span| at + span.start..at + span.end));
    }
    found
}

/// Where the value begins and ends that a quote begins, escaped or not; a kind of a credential is none of it.
fn in_quotes(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let plain = rest.trim_start_matches([' ', '\t']);
    let plain = plain.strip_prefix('b').filter(|own| own.starts_with(['"', '\''])).unwrap_or(plain);
    let (level, quote) = quote(plain)?;
    let inner = plain.get(level + 1..)?;
    let begins = text.len() - inner.len();
    Some(begins + kind(inner)..begins + closing(inner, quote, level)?)
}

/// The name of a member in its quotes, and what follows its colon.
fn member(text: &str) -> Option<(&str, &str)> {
    let (level, quote) = quote(text)?;
    let inner = text.get(level + 1..)?;
    let end = closing(inner, quote, level)?;
    let rest = inner.get(end + level + 1..)?.trim_start();
    Some((inner.get(..end)?, rest.strip_prefix(':')?))
}

/// What follows a quote that ends here, with its backslashes.
fn unquoted(text: &str) -> Option<&str> {
    text.trim_start_matches('\\').strip_prefix(['"', '\''])
}

/// How long the kind of a credential is that a value begins with, with the blank behind it.
fn kind(value: &str) -> usize {
    value.split_once(' ').filter(|(kind, _)| is_any_scheme(kind)).map_or(0, |(kind, _)| kind.len() + 1)
}

/// `"Type":"SecureString","Value":"…"`, as AWS's Parameter Store tells a parameter (`Parameter` in its API reference).
fn parameter(behind: &str) -> Option<Range<usize>> {
    let object = behind.get(..behind.find('}').unwrap_or(behind.len()))?;
    let value = object.get(object.find("Value")? + "Value".len()..)?;
    let sign = unquoted(value)?.trim_start().strip_prefix(':')?;
    in_quotes(behind, object.len() - sign.len())
}

/// `"Plaintext":"…"`, as KMS tells what it decrypted (`Decrypt` in its API reference).
fn entry(before: &str, behind: &str) -> Option<Range<usize>> {
    let rest = unquoted(behind).filter(|_| before.ends_with('"'))?.trim_start();
    in_quotes(behind, behind.len() - rest.strip_prefix(':')?.len())
}

/// Members of a change that tell what was changed.
const CHANGED: [&str; 8] = ["new", "old", "value", "val", "newValue", "oldValue", "new_value", "old_value"];

/// The value that follows the name of a secret in a list, in quotes as the name is: `["authorization","Bearer …"]`.
fn listed(name: &str, before: &str, behind: &str) -> Option<Range<usize>> {
    let (lead, own) = match before.chars().next_back()? {
        // keywords of Elixir and Clojure
        ':' if before.trim_end_matches(':').ends_with(['{', ' ', '[', '(']) => (0, true),
        quote @ ('"' | '\'')
            if unquoted(behind).is_some() && behind.trim_start_matches('\\').starts_with(quote) =>
        {
            (behind.len() - unquoted(behind)?.len(), false)
        }
        _ => return None,
    };
    let rest = behind.get(lead..)?;
    // as PHP serializes it
    if let Some(length) = rest.strip_prefix(";s:").filter(|_| !own) {
        let digits = length.find(':')?;
        let number = length.get(..digits)?.chars().all(|c| c.is_ascii_digit());
        return in_quotes(behind, lead + 3 + digits + 1).filter(|_| number);
    }
    let plain = rest.trim_start();
    let comma = plain.strip_prefix(',');
    let next = comma.unwrap_or(plain).trim_start();
    let at = behind.len() - next.len();
    if let Some((_, value)) = member(next).filter(|(name, _)| CHANGED.contains(name)) {
        return in_quotes(behind, behind.len() - value.len());
    }
    let span = in_quotes(behind, at).filter(|_| comma.is_some() || own)?;
    let value = behind.get(span.clone())?;
    let plain = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | ' ' | '-');
    let (level, _) = quote(next.trim_start_matches('b'))?;
    let kind = span.start > at + level + 2;
    let told =
        kind || is_named_so(value) || is_made(value) || own && is_sure(name) && !value.chars().all(plain);
    (told && (kind || !is_secret_name(value))).then_some(span)
}

/// Signs that stand between a name and its value, and what may be said with them as well: longer ones come first.
const SIGNS: [(&str, bool); 11] = [
    ("==>", true),
    ("=>", false),
    ("==", true),
    ("!=", true),
    ("?=", true),
    (":=", false),
    ("=", false),
    (":", false),
    ("\u{2192}", true),
    ("->", true),
    ("set to ", true),
];

/// The value behind a sign that follows the name, with blanks or without.
fn signed(name: &str, before: &str, behind: &str) -> Option<Range<usize>> {
    let index = before.ends_with(['"', '\'', '[', '$', '/', '>']);
    let dotted = name.contains(['.', '-']) || before.ends_with(['$', '/']);
    // [password:protected] => …, as PHP prints an object
    let closed = ["\"]", "']", ":protected]", ":private]", "]", "\"", "'"];
    let rest = closed.iter().find_map(|end| behind.strip_prefix(end).filter(|_| index)).unwrap_or(behind);
    let printed = behind.len() > rest.len() + 2;
    // cut in columns
    if let Some(value) = rest.strip_prefix(['|', ';']) {
        let end = value.find(|c: char| c.is_whitespace() || "|;,\"'".contains(c)).unwrap_or(value.len());
        let told = value.get(..end).is_some_and(|value| is_named_so(value) && !is_secret_name(value));
        let begins = behind.len() - value.len();
        return told.then_some(begins..begins + end);
    }
    let plain = rest.trim_start_matches([' ', '\t']);
    let (sign, vague) = SIGNS.iter().find(|(sign, _)| plain.starts_with(sign))?;
    let blank = plain.len() < rest.len();
    let told = *vague || printed || dotted && blank;
    let more = plain.get(sign.len()..)?;
    let value = more.trim_start_matches([' ', '\t']);
    let from = behind.len() - value.len();
    let quoted = value.starts_with(['"', '\'']);
    let span = if quoted { in_quotes(behind, from)? } else { bare(behind, from) };
    let own = behind.get(span.clone())?;
    // what another rule left of a value of several words is no concern of this one
    if !told || own.starts_with(MARK) || is_variable(own) {
        return None;
    }
    let sure = !*vague && (is_sure(name) || matches!(*sign, "=" | ":=") || quoted);
    let secret = is_secret(name, if *sign == ":" { ':' } else { '=' }, own, quoted);
    (secret && (sure || is_named_so(own) || is_made(own))).then_some(span)
}

/// What goes on behind a value that is none or was masked: `"…" -> "…"` of a plan, `**** …`, `None or …`.
fn further(name: &str, before: &str, behind: &str) -> Option<Range<usize>> {
    let quote = before.chars().next_back().filter(|c| matches!(c, '"' | '\''));
    let rest = quote.map_or(behind, |quote| behind.strip_prefix(quote).unwrap_or(behind)).trim_start();
    let sign = rest.chars().next().filter(|c| matches!(c, '=' | ':'))?;
    let value = rest.get(1..)?.trim_start_matches([' ', '\t']);
    let line = value.get(..value.find('\n').unwrap_or(value.len()))?;
    let from = behind.len() - value.len();
    if line.starts_with(['"', '\'']) {
        let first = in_quotes(line, 0)?;
        let tail = line.get(first.end + 1..)?;
        // a plan of Terraform
        if let Some(new) = tail.strip_prefix(" -> ") {
            let span = in_quotes(line, line.len() - new.len())?;
            return Some(from + span.start..from + span.end);
        }
        let next = tail.strip_prefix(' ').filter(|_| sign == ':' && quote.is_none())?;
        let span = if next.starts_with(['"', '\'']) {
            in_quotes(line, line.len() - next.len())?
        } else {
            bare(line, line.len() - next.len())
        };
        let last = line.get(span.end..)?.trim_end().len() <= 1;
        return (last && is_named_so(line.get(span.clone())?)).then_some(from + span.start..from + span.end);
    }
    let blank = line.find([' ', ','])?;
    let (word, tail) = line.split_at_checked(blank)?;
    let none =
        ["[REDACTED]", "[redacted]", "[FILTERED]", "<redacted>", "None", "null", "nil"].contains(&word);
    let stars = !word.is_empty() && word.chars().all(|c| matches!(c, '*' | 'x' | 'X'));
    let next = tail.trim_start_matches([',', ' ']);
    let next = next.strip_prefix("or ").or_else(|| next.strip_prefix("|| ")).unwrap_or(next);
    let at = line.len() - next.len();
    let span = bare(line, at);
    let told = is_named_so(line.get(span.clone())?) && (none || stars) && is_sure(name);
    told.then_some(from + span.start..from + span.end)
}

/// Where a value ends that stands in no quotes: with its word, without what closes something before it.
fn bare(text: &str, from: usize) -> Range<usize> {
    let rest = text.get(from..).unwrap_or_default();
    let from = from + kind(rest);
    let rest = text.get(from..).unwrap_or_default();
    let word = rest.get(..rest.find(char::is_whitespace).unwrap_or(rest.len())).unwrap_or_default();
    from..from + word.trim_end_matches([',', ';', ')', ']', '}', '"', '\'']).len()
}

/// The name of a variable, which tells no value.
fn is_variable(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| {
        let name = name.trim_matches(['{', '}']);
        name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    }) || value.starts_with("${") && value.ends_with('}') && !value.contains(":-")
}
