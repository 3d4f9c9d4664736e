//! Names and their values inside of a word.

use super::{
    extent::{around, unquoted},
    line::{Line, Next},
    looks,
    made::is_made,
    mask::{is_mask, mask},
    names::{is_header, is_key, is_secret, is_secret_name, name_before},
    quotes::{closing, first},
    said::is_any_scheme,
};

/// How much of a value is looked at to judge it.
const JUDGED: usize = 1_024;

impl Line {
    /// `name=value`, `name: value`, `<name>value` inside of a word: keyword connection strings, queries, JSON, XML.
    pub(super) fn pairs(&mut self, word: &str) -> String {
        let mut out = String::with_capacity(word.len());
        let mut rest = word;
        while let Some(at) = rest.find(['=', ':', '>']) {
            let (head, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let sign = tail.chars().next().unwrap_or('=');
            let value = tail.get(1..).unwrap_or_default();
            out.push_str(head);
            out.push(sign);
            let indexed = if sign == '=' { head.trim_end_matches(']') } else { head };
            let name = name_before(indexed);
            if name.is_empty() {
                rest = value;
                continue;
            }
            if is_key(name) {
                self.named = is_secret_name(first_of(value));
            }
            let query = head.ends_with(&format!("?{name}")) || head.ends_with(&format!("&{name}"));
            // longer ones are judged by how they begin
            let given = first(value, JUDGED).trim_start_matches(['>', '=']);
            let own = if query { query_value(given) } else { given };
            let own = own.trim_end_matches([',', ';', ')', ']', '}']);
            let secret = match sign {
                '=' | ':' if self.named && name.eq_ignore_ascii_case("value") => true,
                '=' => {
                    is_secret(name, '=', own, false)
                        || query && name.eq_ignore_ascii_case("key") && is_made(own)
                        || name.eq_ignore_ascii_case("code") && looks::is_random(query_value(value))
                }
                // the name of a service in an ARN is none of a secret
                ':' if value.starts_with("//") || out.contains("arn:") => false,
                // how PHP prints what an object has
                ':' if matches!(own, "protected" | "private") && value.contains(']') => false,
                ':' if is_header(name) => is_secret(name, ':', own, false),
                ':' => matches!(name, "pass" | "Pass" | "pw") && is_secret(name, ':', own, false),
                _ => is_secret_name(name) && head.ends_with(&format!("<{name}")),
            };
            if !secret || value.is_empty() {
                rest = value;
                continue;
            }
            rest = self.value(name, value, &mut out);
        }
        out.push_str(rest);
        out
    }

    /// The value of a secret name, inside of a word; gives what follows it.
    pub(super) fn value<'a>(&mut self, name: &str, value: &'a str, out: &mut String) -> &'a str {
        let (outer, sign) = around(out, name);
        // `=>`, and quotes that are escaped
        let plain = value.trim_start_matches(['>', '\\', '=']);
        let lead = value.get(..value.len() - plain.len()).unwrap_or_default();
        out.push_str(lead);
        let quote = plain.chars().next().filter(|c| matches!(c, '"' | '\''));
        let inner = quote.map_or(plain, |_| plain.get(1..).unwrap_or_default());
        let level = lead.matches('\\').count();
        let end = match (quote, outer) {
            (Some(quote), _) => closing(inner, quote, level).map(|end| end + level),
            (None, Some((quote, level))) => closing(inner, quote, level),
            (None, None) => Some(unquoted(inner, sign, out)),
        };
        let (secret, after) = inner.split_at_checked(end.unwrap_or(inner.len())).unwrap_or((inner, ""));
        let escapes =
            if quote.is_some() && lead.contains('\\') && secret.ends_with('\\') { "\\" } else { "" };
        let secret = secret.strip_suffix(escapes).unwrap_or(secret);
        out.extend(quote);
        self.list =
            name.ends_with(['s', 'S']) && after.trim_start_matches(',').is_empty() && !after.is_empty();
        if self.list {
            self.next = Next::Secret;
        }
        if secret.is_empty() || is_mask(secret) {
            out.push_str(secret);
        } else if after.is_empty() && quote.is_none() && is_any_scheme(secret) {
            // the kind of a credential: it follows in the next word
            out.push_str(secret);
            self.kind = true;
            self.next = Next::Header;
            return after;
        } else {
            out.push_str(&mask(secret));
        }
        out.push_str(escapes);
        if let (Some(quote), None) = (quote, end) {
            self.open = Some(quote);
            out.push(quote);
        } else if let (Some((quote, _)), None) = (outer, end) {
            self.open = Some(quote);
        }
        after
    }
}

/// A value without its quotes and what follows it.
fn first_of(value: &str) -> &str {
    let start = value.trim_start_matches(['"', '\'', '\\']);
    start.split(['"', '\'', '\\', ',', '}', ';']).next().unwrap_or_default()
}

/// A value of a query, up to the next.
fn query_value(value: &str) -> &str {
    value.split(['&', '"', '\'', ')']).next().unwrap_or_default()
}
