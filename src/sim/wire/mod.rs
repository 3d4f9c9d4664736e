//! The AWS wire protocols: from an HTTP request to a [`Decoded`] call, and from an answer to bytes.
//!
//! awsJson 1.0 and 1.1 are told by `x-amz-target`, rpcv2Cbor by its path, awsQuery by its `Action`, and
//! S3's REST by the service that a request is signed for. A service sees none of that: input and output are JSON values with the model's member names. On the
//! way out members that are null are left out, since AWS does not send them.

mod cbor;
mod chunked;
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

use super::api::{Answer, Aws, Fault, TIMESTAMP};

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

/// Reads a request.
pub fn decode(head: &Head<'_>, body: &[u8]) -> Result<Decoded, Refused> {
    if head.signing_name == Some("s3") {
        return rest::decode(head, body);
    }
    if let Some(rest) = head.path.strip_prefix("/service/") {
        let (service, op) = rest.split_once("/operation/").unwrap_or((rest, ""));
        let (protocol, service) = (Protocol::Cbor, of_target(service));
        let (service, op) = known(protocol, service, op)?;
        let input = cbor::decode(body).map_err(|why| unreadable(protocol, service, &why))?;
        return Ok(Decoded { protocol, service, op, input });
    }
    if let Some(target) = head.target {
        let minor_0 = head.content_type.is_some_and(|kind| kind.contains("x-amz-json-1.0"));
        let protocol = if minor_0 { Protocol::Json10 } else { Protocol::Json11 };
        let (prefix, op) = target.rsplit_once('.').unwrap_or((target, ""));
        let (service, op) = known(protocol, of_target(prefix), op)?;
        let input = json::decode(body).map_err(|why| unreadable(protocol, service, &why))?;
        return Ok(Decoded { protocol, service, op, input });
    }
    let form = query::Form::read(head.query, body);
    let form = match form {
        Ok(form) if form.action().is_some() => form,
        Ok(_) | Err(_) if !asks_for_xml(head) => {
            let what = "no x-amz-target header, no rpc-v2 path and no Action";
            let fault = Fault::client(
                "UnknownOperationException",
                format!("the request to {} has {what}, so it names no operation", shorten(head.path)),
            );
            return Err(Refused { protocol: Protocol::Json11, service: None, fault });
        }
        Ok(_) => {
            let fault = Fault::client("UnknownOperationException", "the request has no Action");
            return Err(Refused { protocol: Protocol::Query, service: None, fault });
        }
        Err(why) => {
            let fault = Fault::client("SerializationException", why);
            return Err(Refused { protocol: Protocol::Query, service: None, fault });
        }
    };
    let service = match form.version() {
        Some("2015-12-01") => Some(Aws::Elb),
        Some("2011-06-15") => Some(Aws::Sts),
        Some("2010-08-01") => Some(Aws::CloudWatch),
        _ => head.signing_name.and_then(of_signing_name),
    };
    let (service, op) = known(Protocol::Query, service, form.action().unwrap_or_default())?;
    let input = form.into_input().map_err(|why| unreadable(Protocol::Query, service, &why))?;
    Ok(Decoded { protocol: Protocol::Query, service, op, input })
}

/// Writes an answer.
pub fn encode(
    protocol: Protocol,
    service: Option<Aws>,
    op: &str,
    answer: Answer,
    request_id: &str,
) -> Encoded {
    let mut headers = Vec::new();
    if protocol == Protocol::Rest {
        return rest::encode(op, &answer, request_id);
    }
    if protocol == Protocol::Cbor {
        headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
    }
    let status = answer.as_ref().map_or_else(|fault| fault.status, |_| 200);
    if let Err(fault) = &answer {
        if protocol != Protocol::Query {
            headers.push(("x-amzn-errortype", fault.code.clone()));
        }
        if service == Some(Aws::CloudWatch) && protocol != Protocol::Query {
            // clients from the days of awsQuery know the errors of this service by these names
            let blame = if status >= 500 { "Receiver" } else { "Sender" };
            headers.push(("x-amzn-query-error", format!("{};{blame}", query_code(&fault.code))));
        }
    }
    let (content_type, body) = match protocol {
        Protocol::Json10 => ("application/x-amz-json-1.0", json::encode(document(service, answer))),
        Protocol::Json11 => ("application/x-amz-json-1.1", json::encode(document(service, answer))),
        Protocol::Cbor => ("application/cbor", cbor::encode(&document(service, answer))),
        Protocol::Query | Protocol::Rest => ("text/xml", xml::encode(service, op, &answer, request_id)),
    };
    Encoded { status, content_type: Cow::Borrowed(content_type), headers, body }
}

/// The output structure, or the error as a structure.
fn document(service: Option<Aws>, answer: Answer) -> Value {
    match answer {
        Ok(value) => value,
        // App Runner's model spells the member with a capital
        Err(fault) if service == Some(Aws::AppRunner) => {
            json!({ "__type": fault.code, "Message": fault.message })
        }
        Err(fault) if !fault.resource_ids.is_empty() => {
            json!({ "__type": fault.code, "message": fault.message, "resourceIds": fault.resource_ids })
        }
        Err(fault) => json!({ "__type": fault.code, "message": fault.message }),
    }
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

fn of_target(prefix: &str) -> Option<Aws> {
    Some(match prefix {
        "AmazonEC2ContainerServiceV20141113" => Aws::Ecs,
        "AppRunner" => Aws::AppRunner,
        "GraniteServiceVersion20100801" => Aws::CloudWatch,
        "Logs_20140328" => Aws::Logs,
        "AmazonEC2ContainerRegistry_V20150921" => Aws::Ecr,
        "AnyScaleFrontendService" => Aws::Scaling,
        _ => return None,
    })
}

fn of_signing_name(name: &str) -> Option<Aws> {
    Some(match name {
        "elasticloadbalancing" => Aws::Elb,
        "sts" => Aws::Sts,
        "monitoring" => Aws::CloudWatch,
        _ => return None,
    })
}

fn asks_for_xml(head: &Head<'_>) -> bool {
    head.content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// A service and an operation that can be one, or the refusal.
fn known(protocol: Protocol, service: Option<Aws>, op: &str) -> Result<(Aws, String), Refused> {
    let plausible = !op.is_empty() && op.len() <= 128 && op.bytes().all(|b| b.is_ascii_alphanumeric());
    match service {
        Some(service) if plausible => Ok((service, op.to_owned())),
        Some(_) => {
            Err(Refused { protocol, service, fault: Fault::unknown_operation(&format!("{:?}", shorten(op))) })
        }
        None => {
            let message =
                format!("the simulator does not have the service that was asked for {:?}", shorten(op));
            let fault = Fault::client("UnknownOperationException", message);
            Err(Refused { protocol, service, fault })
        }
    }
}

fn unreadable(protocol: Protocol, service: Aws, why: &str) -> Refused {
    let fault = Fault::client("SerializationException", format!("the body cannot be read: {why}"));
    Refused { protocol, service: Some(service), fault }
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
