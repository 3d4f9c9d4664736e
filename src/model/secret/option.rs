//! Options of drivers, labels and tags: mostly harmless, and named by anybody.

use super::{
    authority::user_and_password,
    looks, mask, random, scan,
    value::{looks_random, names_secret},
};
use crate::model::text;

/// What an option of a driver, a label or a tag is set to: most are harmless, so that they are judged by their names and
/// by what they look like. An address may let everybody in who knows it.
pub fn option(name: &str, value: &str) -> String {
    let lower = name.to_lowercase();
    if value.is_empty() || lower.starts_with("awslogs") || is_switch(value) {
        return text::line(value);
    }
    let thrown = random::masked(value, random::is_identifier(name)) != value;
    if names_secret(name) || looks::is_random(value) || thrown {
        return mask(value);
    }
    if ["login", "userpass", "basicauth"].iter().any(|part| lower.contains(part)) && value.contains(':') {
        return text::line(&user_and_password(value));
    }
    if ["header", "headers", "add_header"].contains(&lower.as_str()) {
        let (head, secret) = value.split_once([' ', ':', '=']).unwrap_or(("", value));
        return text::line(format!("{head} {}", mask(secret)).trim_start());
    }
    if ["uri", "path", "url", "endpoint", "address", "device"].iter().any(|part| lower.contains(part)) {
        return text::line(&parts(&scan::text(value)));
    }
    text::line(&scan::text(value))
}

/// An address without the parts of its path that could be tokens.
fn parts(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let sign = if scheme.is_empty() { "" } else { "://" };
    let (before, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
    let path = |(at, part): (usize, &str)| {
        // the first is the host
        let host = at == 0 && !scheme.is_empty();
        let kept = host || super::is_masked(part) || !(looks_random(part) || looks::is_random(part));
        if kept { part.to_owned() } else { mask(part) }
    };
    let shown: Vec<String> = before.split('/').enumerate().map(path).collect();
    let query = query.map(|query| format!("?{}", mask(query))).unwrap_or_default();
    format!("{scheme}{sign}{}{query}", shown.join("/"))
}

fn is_switch(value: &str) -> bool {
    ["true", "false", "on", "off", "yes", "no"].contains(&value.to_lowercase().as_str())
}
