//! CloudWatch: metrics made up from the landscape, and alarms on them.
//!
//! No value is stored. A point is a function of its metric, its minute, the conditions at that time
//! and the seed of its subject, so that any range can be asked for, again and again, with one answer.

pub mod alarms;
mod catalog;
mod data;
mod describe;
pub mod dispatch;
mod history;
mod list;
mod noise;
#[cfg(test)]
mod release_tests;
mod series;
mod stat;
mod statistics;
mod synth;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::api::Fault;
use super::wire::input;

pub use alarms::{AlarmDef, AlarmState, alarm_state, alarm_state_since};

fn invalid(message: impl Into<String>) -> Fault {
    Fault::client("ValidationError", message)
}

/// Name and value of each dimension of an input; a dimension without a value has an empty one.
fn dimensions(owner: &Value, most: usize) -> Result<Vec<(&str, &str)>, String> {
    let list = input::list(owner, "Dimensions");
    if list.len() > most {
        return Err(format!("Dimensions has {} members, and at most {most} are taken", list.len()));
    }
    list.iter()
        .map(|dimension| {
            let name = input::text(dimension, "Name").ok_or("a dimension has no Name")?;
            Ok((name, input::text(dimension, "Value").unwrap_or_default()))
        })
        .collect()
}

/// A page's token: where the next page begins, and for which request.
fn token(input: &Value, place: &str) -> String {
    format!("{place}-{:016x}", fingerprint(input))
}

/// Where the page begins that a request's token asks for; empty without a token.
fn place(input: &Value) -> Result<&str, Fault> {
    let Some(token) = input::text(input, "NextToken") else { return Ok("") };
    match token.rsplit_once('-') {
        Some((place, print)) if print == format!("{:016x}", fingerprint(input)) => Ok(place),
        _ => Err(Fault::client("InvalidNextToken", "the token was not given out for this request")),
    }
}

/// A hash of everything in a request but its token.
fn fingerprint(input: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let Value::Object(members) = input {
        for (name, value) in members.iter().filter(|(name, _)| *name != "NextToken") {
            name.hash(&mut hasher);
            value.to_string().hash(&mut hasher);
        }
    }
    hasher.finish()
}
