//! What a fault that was ordered answers.

use crate::sim::api::{Aws, Call, Fault};
use crate::sim::faults::Kind;
use crate::sim::wire::Protocol;

/// What an ordered fault answers, with the codes that its protocol uses.
pub(super) fn fault_of(kind: Kind, protocol: Protocol, call: &Call) -> Fault {
    let rest = protocol == Protocol::Rest;
    let query = rest || protocol == Protocol::Query;
    let name = |json: &str, xml: &str| if query { xml.to_owned() } else { json.to_owned() };
    match kind {
        Kind::Throttle if rest => Fault {
            resource_ids: Vec::new(),
            status: 503,
            code: "SlowDown".to_owned(),
            message: "Please reduce your request rate.".to_owned(),
        },
        Kind::Server(status) if rest => Fault {
            resource_ids: Vec::new(),
            status,
            code: if status == 503 { "ServiceUnavailable" } else { "InternalError" }.to_owned(),
            message: "We encountered an internal error. Please try again.".to_owned(),
        },
        Kind::Throttle => Fault {
            resource_ids: Vec::new(),
            status: 400,
            code: name("ThrottlingException", "Throttling"),
            message: "Rate exceeded".to_owned(),
        },
        Kind::Expired => Fault {
            resource_ids: Vec::new(),
            status: if query && !rest { 403 } else { 400 },
            code: name("ExpiredTokenException", "ExpiredToken"),
            message: "The security token included in the request is expired".to_owned(),
        },
        Kind::Denied => {
            let prefix = match call.service {
                Aws::Elb => "elasticloadbalancing",
                service => service.name(),
            };
            Fault {
                resource_ids: Vec::new(),
                status: if query { 403 } else { 400 },
                code: name("AccessDeniedException", "AccessDenied"),
                message: format!(
                    "User: arn:aws:iam::{}:user/simulator is not authorized to perform: {prefix}:{} because no identity-based policy allows the action",
                    call.account, call.op
                ),
            }
        }
        Kind::Server(status) => Fault {
            resource_ids: Vec::new(),
            status,
            code: if status == 503 { "ServiceUnavailable" } else { "InternalFailure" }.to_owned(),
            message: "We encountered an internal error. Please try again.".to_owned(),
        },
        Kind::Conflict => Fault {
            resource_ids: Vec::new(),
            status: 409,
            code: "ConditionalRequestConflict".to_owned(),
            message: "A conflicting conditional operation is currently in progress against this resource."
                .to_owned(),
        },
        _ => Fault {
            resource_ids: Vec::new(),
            status: 500,
            code: "InternalFailure".to_owned(),
            message: "ordered".to_owned(),
        },
    }
}
