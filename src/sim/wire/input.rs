//! Reading members of an input structure, whichever protocol it came by: awsQuery has text where the
//! others have numbers and booleans, and an empty text for an empty list.

use serde_json::Value;

use super::super::api::{Fault, TIMESTAMP};

/// A member that is text and not empty.
pub fn text<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A member that is an integer.
pub fn integer(input: &Value, name: &str) -> Option<i64> {
    match input.get(name)? {
        Value::Number(n) => n.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A member that is a boolean.
pub fn boolean(input: &Value, name: &str) -> Option<bool> {
    match input.get(name)? {
        Value::Bool(b) => Some(*b),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A member that is a timestamp, in epoch seconds.
pub fn epoch(input: &Value, name: &str) -> Option<f64> {
    match input.get(name)? {
        Value::Number(n) => n.as_f64(),
        Value::Object(map) => map.get(TIMESTAMP).and_then(Value::as_f64),
        Value::String(text) => {
            let at: jiff::Timestamp = text.parse().ok()?;
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit 53 bits")]
            let milliseconds = at.as_millisecond() as f64;
            Some(milliseconds / 1000.0)
        }
        _ => None,
    }
}

/// The items of a member that is a list; none when it is absent.
pub fn list<'a>(input: &'a Value, name: &str) -> &'a [Value] {
    input.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The items of a member that is a list of text.
pub fn texts<'a>(input: &'a Value, name: &str) -> Vec<&'a str> {
    list(input, name).iter().filter_map(Value::as_str).collect()
}

/// A page size: `most` when absent, otherwise 1 to `most`, or a refusal with `code`.
pub fn page_size(input: &Value, name: &str, most: usize, code: &str) -> Result<usize, Fault> {
    if input.get(name).is_none() {
        return Ok(most);
    }
    match integer(input, name).and_then(|n| usize::try_from(n).ok()) {
        Some(n) if (1..=most).contains(&n) => Ok(n),
        _ => Err(Fault::client(code, format!("{name} must be a number from 1 to {most}"))),
    }
}
