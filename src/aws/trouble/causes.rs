//! Chains of causes, in one line.

use crate::model::text;
use std::error::Error;

/// One cause, without what the SDK wraps around it. A request that is printed into it is cut off: its body
/// may hold secrets.
pub(in crate::aws) fn clause(text: &str) -> String {
    let text = text.split("Request {").next().unwrap_or(text);
    let text = text.trim_end_matches([' ', '`']).trim_end_matches(" to request");
    let text = text.strip_prefix("the credential provider was not enabled: ").unwrap_or(text);
    text::clean(text, 200)
}

/// The causes as one clause, general words of the SDK left out.
pub(in crate::aws) fn chain(error: &(dyn Error + 'static)) -> String {
    const EMPTY: [&str; 9] = [
        "the credential provider was not enabled",
        "dispatch failure",
        "service error",
        "unhandled error",
        "response error",
        "other",
        "io error",
        "client error (Connect)",
        "an error occurred while loading credentials",
    ];
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(current) = next {
        let part = clause(&current.to_string());
        let known = EMPTY.contains(&part.as_str()) || parts.iter().any(|p| p.contains(&part));
        if !part.is_empty() && !known {
            parts.retain(|p| !part.contains(p.as_str()));
            parts.push(part);
        }
        next = current.source();
    }
    if parts.is_empty() { clause(&error.to_string()) } else { parts.join(": ") }
}
