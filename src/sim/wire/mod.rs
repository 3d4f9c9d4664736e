//! The AWS wire protocols: from an HTTP request to a [`Decoded`] call, and from an answer to bytes.
//!
//! awsJson 1.0 and 1.1 are told by `x-amz-target`, rpcv2Cbor by its path, awsQuery by its `Action`, and
//! S3's REST by the service that a request is signed for. A service sees none of that: input and output are JSON values with the model's member names. On the
//! way out members that are null are left out, since AWS does not send them.

mod cbor;
mod chunked;
pub mod codec;
pub mod input;
mod json;
mod query;
pub mod rest;
#[cfg(test)]
mod tests;
mod xml;

use std::borrow::Cow;

use hyper::HeaderMap;
use serde_json::{Map, Value, json};

use super::api::{Aws, Fault, TIMESTAMP};

/// The member that marks a list of timestamps (epoch seconds), as [`TIMESTAMP`] marks one: a series of
/// a thousand points would otherwise cost a thousand maps.
pub const TIMESTAMPS: &str = "$timestamps";

/// A list of timestamps (epoch seconds) as a value that every wire protocol can encode.
pub fn timestamps(epoch_seconds: Vec<f64>) -> Value {
    json!({ TIMESTAMPS: epoch_seconds })
}

/// How a request came, and so how its answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// awsJson1_0.
    Json10,
    /// awsJson1_1.
    Json11,
    /// rpcv2Cbor.
    Cbor,
    /// awsQuery: a form in, XML out.
    Query,
    /// S3: method and path in, the object or XML out.
    Rest,
}

/// What the wire needs of an HTTP request beside its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Head<'a> {
    /// `GET` and the like.
    pub method: &'a str,
    /// Every header; S3 has conditions in them.
    pub headers: Option<&'a HeaderMap>,
    /// Path without the query.
    pub path: &'a str,
    /// Query string, empty when none.
    pub query: &'a str,
    /// `x-amz-target`.
    pub target: Option<&'a str>,
    /// `content-type`.
    pub content_type: Option<&'a str>,
    /// Signing name in the credential scope (`elasticloadbalancing`).
    pub signing_name: Option<&'a str>,
}

impl<'a> Head<'a> {
    /// A header's value; none when it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers?.get(name)?.to_str().ok()
    }
}

/// A request that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// How to answer.
    pub protocol: Protocol,
    /// Whom it is for.
    pub service: Aws,
    /// The operation, as AWS spells it.
    pub op: String,
    /// The input structure.
    pub input: Value,
}

/// A request that was not understood, with what is needed to say so in its own protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// How to answer.
    pub protocol: Protocol,
    /// Whom it was for, as far as that can be told.
    pub service: Option<Aws>,
    /// Why.
    pub fault: Fault,
}

/// An answer, ready for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// HTTP status.
    pub status: u16,
    /// `content-type`; empty for an answer without one.
    pub content_type: Cow<'static, str>,
    /// Headers of the protocol.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The code that awsQuery has for a CloudWatch error.
fn query_code(code: &str) -> &str {
    match code {
        "InvalidParameterValueException" => "InvalidParameterValue",
        "InvalidParameterCombinationException" => "InvalidParameterCombination",
        "InternalServiceFault" => "InternalServiceError",
        "ThrottlingException" => "Throttling",
        "AccessDeniedException" => "AccessDenied",
        "ExpiredTokenException" => "ExpiredToken",
        code => code,
    }
}

/// At most 80 characters of text from outside, for a message.
fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}

/// What a map stands for on the wire.
enum Stamp<'a> {
    /// An ordinary structure.
    No,
    /// A timestamp.
    One(f64),
    /// A list of timestamps.
    Many(&'a [Value]),
}

/// Recognises the marks of [`super::api::timestamp`] and [`timestamps`].
fn stamp(map: &Map<String, Value>) -> Stamp<'_> {
    if map.len() != 1 {
        return Stamp::No;
    }
    if let Some(at) = map.get(TIMESTAMP).and_then(Value::as_f64) {
        return Stamp::One(at);
    }
    match map.get(TIMESTAMPS) {
        Some(Value::Array(list)) => Stamp::Many(list),
        _ => Stamp::No,
    }
}

/// A moment (epoch seconds) as HTTP headers have it.
pub fn http_date(at: f64) -> Option<String> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds; a float beyond i64 saturates and is refused"
    )]
    let at = jiff::Timestamp::from_second(at as i64).ok()?;
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()
}

/// Epoch seconds to the millisecond, as AWS sends them.
fn to_millisecond(at: f64) -> f64 {
    (at * 1000.0).round() / 1000.0
}
