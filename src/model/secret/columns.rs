//! Rows of SQL: the names of columns stand in one bracket, their values in the same order in the next.

use super::{
    made::{is_made, is_named_so},
    names::is_secret_name,
    quotes::{closing, first},
};
use std::ops::Range;

/// How much is looked at of a row.
const ROW: usize = 16_384;

/// Brackets that are looked at in one text: no row has more columns of interest, and text may be all brackets.
const BRACKETS: usize = 256;

/// The values of columns with names of secrets.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for _ in 0..BRACKETS {
        let Some(open) = text.get(at..).and_then(|rest| rest.find('(')) else { break };
        let head = text.get(..at + open).unwrap_or_default();
        at += open + 1;
        let Some(names) = items(text, at, ')') else { continue };
        let is_of_secret = |name: &Range<usize>| {
            let name = text.get(name.clone()).unwrap_or_default();
            is_secret_name(name.trim_matches(['"', '\'', '`', '[', ']']))
        };
        if let Some(name) = before_in(head)
            && is_secret_name(name)
        {
            found.extend(names.items.into_iter().filter_map(|item| literal(text, item)));
            continue;
        }
        if !names.items.iter().any(is_of_secret) {
            continue;
        }
        let mut behind = names.end;
        while let Some((begins, always)) = values(text, behind) {
            let Some(values) = items(text, begins, ')') else { break };
            for (name, value) in names.items.iter().zip(values.items) {
                if is_of_secret(name) {
                    found.extend(if always { Some(value) } else { literal(text, value) });
                }
            }
            behind = values.end;
            at = behind;
        }
    }
    found
}

/// The name before `IN`.
fn before_in(head: &str) -> Option<&str> {
    let head = head.trim_end();
    let head = head.strip_suffix("IN").or_else(|| head.strip_suffix("in"))?;
    let name = head.strip_suffix(' ')?.trim_end();
    name.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()
}

/// Where the row begins that belongs to a bracket of names which ended here, and whether its values are in no quotes:
/// `VALUES (`, `=(`, and `,(` between rows.
fn values(text: &str, end: usize) -> Option<(usize, bool)> {
    let rest = text.get(end..)?;
    if let Some(more) = rest.strip_prefix("=(") {
        return Some((text.len() - more.len(), true));
    }
    let word = rest.trim_start();
    let more = match word.get(.."values".len()) {
        Some(values) if values.eq_ignore_ascii_case("values") => word.get("values".len()..)?,
        _ => word.strip_prefix(',')?,
    };
    Some((text.len() - more.trim_start().strip_prefix('(')?.len(), false))
}

/// What stands in one bracket.
pub(super) struct Items {
    pub(super) items: Vec<Range<usize>>,
    /// Behind the bracket that closes.
    end: usize,
}

/// What stands between commas in a bracket that begins here and ends with this sign.
pub(super) fn items(text: &str, from: usize, closes: char) -> Option<Items> {
    let rest = first(text.get(from..)?, ROW);
    let (mut items, mut begins, mut at, mut depth) = (Vec::new(), 0, 0, 0_usize);
    let mut add = |begins: usize, end: usize| {
        let item = rest.get(begins..end).unwrap_or_default();
        let lead = item.len() - item.trim_start().len();
        items.push(from + begins + lead..from + begins + item.trim_end().len().max(lead));
    };
    while let Some(c) = rest.get(at..).and_then(|more| more.chars().next()) {
        let next = at + c.len_utf8();
        match c {
            '\'' | '"' => {
                let inner = rest.get(next..)?;
                at = next + closing(inner, c, 0)? + 1;
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            _ if c == closes => {
                add(begins, at);
                return Some(Items { items, end: from + next });
            }
            ',' if depth == 0 => {
                add(begins, at);
                begins = next;
            }
            '\n' if next > ROW / 2 => return None,
            _ => {}
        }
        at = next;
    }
    None
}

/// The text in the quotes of a value.
pub(super) fn quoted(text: &str, item: Range<usize>) -> Option<Range<usize>> {
    let value = text.get(item.clone())?;
    value.starts_with(['\'', '"']).then(|| literal(text, item))?
}

/// The text in the quotes of a value; without quotes only what a person hardly writes for anything but a secret.
fn literal(text: &str, item: Range<usize>) -> Option<Range<usize>> {
    let value = text.get(item.clone())?;
    let lead = usize::from(value.starts_with(['E', 'N', 'b']));
    match value.get(lead..)?.chars().next()? {
        quote @ ('\'' | '"') if value.len() > lead + 1 && value.ends_with(quote) => {
            Some(item.start + lead + 1..item.end - 1)
        }
        _ => (is_named_so(value) || is_made(value)).then_some(item),
    }
}
