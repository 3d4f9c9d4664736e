//! From a request to the call it is, and from an answer to its bytes.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Decoded, Encoded, Head, Protocol, Refused, cbor, query, query_code, rest, shorten, xml};
use crate::sim::api::{Answer, Aws, Fault};

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
        let input = super::json::decode(body).map_err(|why| unreadable(protocol, service, &why))?;
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
        Protocol::Json10 => ("application/x-amz-json-1.0", super::json::encode(document(service, answer))),
        Protocol::Json11 => ("application/x-amz-json-1.1", super::json::encode(document(service, answer))),
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

fn of_target(prefix: &str) -> Option<Aws> {
    Some(match prefix {
        "AmazonEC2ContainerServiceV20141113" => Aws::Ecs,
        "AppRunner" => Aws::AppRunner,
        "GraniteServiceVersion20100801" => Aws::CloudWatch,
        "Logs_20140328" => Aws::Logs,
        "AmazonEC2ContainerRegistry_V20150921" => Aws::Ecr,
        "AnyScaleFrontendService" => Aws::Scaling,
        "CloudTrail_20131101" | "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" => Aws::CloudTrail,
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
