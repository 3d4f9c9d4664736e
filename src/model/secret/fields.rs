//! Values in quotes, brackets and elements of XML: where they end, and which of them are secrets.

use super::{
    environ,
    mask::{is_spent, mask},
    names::{is_key, is_password, is_secret, is_secret_name, is_strong, name_before},
    quotes::{closing, last, quote},
    said::{is_any_scheme, tells_of_secret},
    shell,
};

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Still to be read.
    Read(&'a str),
    /// A value that was judged: masked, or what is said of a secret.
    Done(String),
}

/// The text with its values in quotes and brackets judged, where their names are names of secrets.
pub(super) fn parts(text: &str, command: bool) -> Vec<Part<'_>> {
    let (mut parts, mut start, mut at, mut named) = (Vec::new(), 0, 0, false);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['=', ':', '>', '('])) {
        let sign_at = at + found;
        at = sign_at + 1;
        let head = text.get(start..sign_at).unwrap_or_default();
        let rest = text.get(at..).unwrap_or_default();
        let sign = text.get(sign_at..at).and_then(|sign| sign.chars().next()).unwrap_or('=');
        let before = last(text.get(..sign_at).unwrap_or_default(), BEFORE);
        let set = environ::assigned(before, sign, rest, command);
        let Some((lead, len, shown)) = set.or_else(|| judged(head, sign, rest, command, &mut named)) else {
            continue;
        };
        let begins = at + lead;
        parts.push(Part::Read(text.get(start..begins).unwrap_or_default()));
        parts.push(Part::Done(shown));
        start = begins + len;
        at = start;
    }
    parts.push(Part::Read(text.get(start..).unwrap_or_default()));
    parts
}

/// Of a value behind a sign: how far behind it begins, how long it is, and what is shown of it.
fn judged(
    head: &str,
    sign: char,
    rest: &str,
    command: bool,
    named: &mut bool,
) -> Option<(usize, usize, String)> {
    if sign == '>' {
        return element(head, rest);
    }
    if sign == '('
        && let Some(found) = environ::given(head, rest, command)
    {
        return Some(found);
    }
    let before = head.trim_end_matches([' ', '\t']);
    // config['password'] = '…'
    let before = match before.trim_end_matches(['|', '?', '+']) {
        indexed if sign == '=' && indexed.trim_end().ends_with(']') => {
            indexed.trim_end().trim_end_matches(']')
        }
        _ => before,
    };
    let name = name_before(before);
    if name.is_empty() {
        return None;
    }
    let value = match sign {
        '(' if is_password(name) && head.ends_with(name) => rest,
        '(' => return None,
        _ => rest.trim_start_matches(['>', '=', ' ', '\t']),
    };
    // as PHP dumps it: string(7) "…"
    let dumped = value.strip_prefix("string(").and_then(|text| Some(text.split_once(") ")?.1));
    let value = dumped.filter(|text| text.starts_with('"')).unwrap_or(value);
    let kinds = ["b", "f", "N", "u", "r", "Some", "Ok", "Secret", "String"];
    let lead = rest.len() - value.len();
    let quoted = |bare: &&str| bare.starts_with(['"', '\'', '(']);
    let bare = kinds.iter().find_map(|kind| value.strip_prefix(kind).filter(quoted)).unwrap_or(value);
    let kind = value.get(..value.len() - bare.len()).unwrap_or_default();
    let value = bare;
    if let Some((level, quote)) = quote(value) {
        let open = level + 1;
        let inner = value.get(open..).unwrap_or_default();
        let (plain, after) = within(inner, quote, level);
        if is_key(name) {
            *named = is_secret_name(plain);
            return None;
        }
        let of_value = name.eq_ignore_ascii_case("value");
        let told = of_value && (*named || is_named_behind(after, level));
        let apart = sign == '(' || told || is_secret(name, sign, plain, true);
        if !apart && !is_strong(name) || plain.is_empty() && after.is_empty() {
            return None;
        }
        let (secret, tail, glued) = whole(value, inner, (plain, after), level, command);
        if secret.trim().is_empty() {
            return None;
        }
        let len = value.len() - tail.len();
        if is_spent(secret) {
            return Some((lead, kind.len() + len, format!("{kind}{}", value.get(..len)?)));
        }
        let ends = value.get(len.saturating_sub(open)..len).unwrap_or_default();
        let closed = inner.len() > secret.len() + tail.len();
        let escapes = value.get(..open).unwrap_or_default();
        let shown = if apart && !tells_of_secret(secret) { header(secret) } else { secret.to_owned() };
        let ends = match () {
            () if glued => escapes,
            () if closed && ends.ends_with(quote) => ends,
            () => "",
        };
        return Some((lead, kind.len() + len, format!("{kind}{escapes}{shown}{ends}")));
    }
    let open = value.chars().next().filter(|c| matches!(c, '[' | '{' | '(' | '<'))?;
    if sign == '(' || !is_strong(name) {
        return None;
    }
    if open == '<' {
        let inner = value.get(1..value.find('>')?)?;
        let told = !inner.contains(' ') || inner.contains(['<', '\n', '=']) || tells_of_secret(inner);
        return (!told && !is_spent(inner)).then(|| (lead + 1, inner.len(), mask(inner)));
    }
    let (inner, closed) = bracket(value)?;
    let len = inner.len() + 1 + closed.len();
    let plain = inner.trim().is_empty() || is_told(inner);
    if plain && inner.trim().is_empty() {
        return None;
    }
    let shown = if plain { inner.to_owned() } else { mask(inner) };
    Some((lead, kind.len() + len, format!("{kind}{open}{shown}{closed}")))
}

/// A value as a header has it: its kind stays.
fn header(secret: &str) -> String {
    match secret.split_once(' ') {
        Some((kind, rest)) if is_any_scheme(kind) => format!("{kind} {}", mask(rest)),
        _ => mask(secret),
    }
}

/// Everything in it is said of secrets, or counts them.
fn is_told(inner: &str) -> bool {
    inner.split([',', '{', '}', '[', ']']).filter(|item| !item.trim().is_empty()).all(|item| {
        let value = item.rsplit_once(':').map_or(item, |(_, value)| value);
        let value = value.trim().trim_matches(['"', '\'', '\\']);
        tells_of_secret(value) || value.parse::<f64>().is_ok() && item.contains(':')
    })
}

/// What stands in quotes, and what follows them; where they have no end, all does to the end of the line.
fn within(inner: &str, quote: char, level: usize) -> (&str, &str) {
    let Some(end) = closing(inner, quote, level) else {
        let line = inner.find('\n').unwrap_or(inner.len());
        return inner.split_at_checked(line).unwrap_or((inner, ""));
    };
    (inner.get(..end).unwrap_or_default(), inner.get(end + level + 1..).unwrap_or_default())
}

/// The same with what is glued to the end, and whether something is.
fn whole<'a>(
    value: &'a str,
    inner: &'a str,
    (plain, after): (&'a str, &'a str),
    level: usize,
    command: bool,
) -> (&'a str, &'a str, bool) {
    let closed = inner.len() > plain.len() + after.len();
    if !closed || level > 0 || !shell::is_glued(after) {
        return (plain, after, false);
    }
    let blank = after.find(char::is_whitespace).unwrap_or(after.len());
    let word = shell::extent(value, command).unwrap_or_default().saturating_sub(1);
    let (secret, tail) = inner.split_at_checked(word.max(plain.len() + 1 + blank)).unwrap_or((inner, ""));
    (secret, tail, true)
}

/// What stands in a bracket, and the bracket that ends it; none where it does not begin with one.
fn bracket(value: &str) -> Option<(&str, &str)> {
    let (mut depth, mut open, mut run) = (0_usize, None, 0_usize);
    for (at, c) in value.char_indices() {
        let escaped = run % 2 == 1;
        run = if c == '\\' { run + 1 } else { 0 };
        match (c, open) {
            ('"' | '\'', None) => open = Some((c, escaped)),
            (_, Some(own)) if own == (c, escaped) => open = None,
            ('[' | '{' | '(', None) => depth += 1,
            (']' | '}' | ')', None) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some((value.get(1..at)?, value.get(at..at + 1)?));
                }
            }
            ('\n', _) => return Some((value.get(1..at)?, "")),
            _ => {}
        }
    }
    Some((value.get(1..)?, ""))
}

/// `,"name":"DB_PASSWORD"` behind a value.
fn is_named_behind(tail: &str, level: usize) -> bool {
    let escapes = "\\".repeat(level);
    let Some(tail) = tail.trim_start().strip_prefix(',') else { return false };
    let Some((name, value)) = tail.split_once(':') else { return false };
    let name = name.trim().trim_matches(['"', '\'', '\\']);
    let value = value.trim_start();
    let value = value.strip_prefix(escapes.as_str()).unwrap_or(value).trim_start_matches(['"', '\'']);
    let end = value.find(['"', '\'', '\\', ',', '}']).unwrap_or(value.len());
    is_key(name) && is_secret_name(value.get(..end).unwrap_or_default())
}

/// How much is read of what stands before a sign.
const BEFORE: usize = 512;

/// The longest tag that is read.
const TAG: usize = 1_024;

/// The text of an element of XML whose name, or the name it is given, is one of a secret.
fn element(head: &str, rest: &str) -> Option<(usize, usize, String)> {
    let head = last(head, TAG);
    let tag = head.get(head.rfind('<')? + 1..)?;
    if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) || tag.ends_with(['/', '-', '=']) {
        return None;
    }
    let (name, more) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let local = name.rsplit(':').next().unwrap_or(name);
    let given = |sign: &str| {
        let value = more.split_once(sign)?.1;
        let value = value.trim_start_matches(['"', '\'', '\\']);
        value.get(..value.find(['"', '\'', '\\']).unwrap_or(value.len()))
    };
    let given = given("name=").or_else(|| given("key="));
    if !is_secret_name(local) && !given.is_some_and(is_secret_name) {
        return None;
    }
    let end = rest.find("</").or_else(|| rest.find('\n')).unwrap_or(rest.len());
    let value = rest.get(..end)?;
    (!value.trim().is_empty() && !tells_of_secret(value)).then(|| (0, end, mask(value)))
}
