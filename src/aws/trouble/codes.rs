//! Error codes of AWS, and the kind of trouble that each is.

use crate::model::{TroubleKind, text};

/// `com.amazonaws.ecs#ClusterNotFoundException:http://…` as `ClusterNotFoundException`.
pub(in crate::aws) fn short_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code)
}

/// What AWS says is not allowed: RunTask with tags also wants ecs:TagResource, and iam:PassRole for its roles.
pub(in crate::aws) fn denied_action(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest.split([' ', ',']).next().filter(|action| action.contains(':'))?;
    Some(text::clean(action.trim_end_matches('.'), 80))
}

/// The sort of a failure that AWS told by code.
pub(in crate::aws) fn kind_of(code: &str, message: &str, status: u16) -> TroubleKind {
    match code {
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete" => TroubleKind::Throttled,
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => {
            TroubleKind::Expired
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "InvalidAccessKeyId" => {
            if message.to_lowercase().contains("expired") {
                TroubleKind::Expired
            } else {
                TroubleKind::NoCredentials
            }
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "AuthFailure"
        | "OptInRequired"
        | "BlockedException"
        | "AllAccessDisabled"
        | "AccountProblem"
        | "Forbidden" => TroubleKind::Denied,
        "UnknownOperationException" | "InvalidAction" | "NotImplemented" | "UnsupportedProtocol" => {
            TroubleKind::Unsupported
        }
        // of a call that the service may well answer about something else
        "UnsupportedFeatureException" | "UnsupportedOperation" => TroubleKind::Inapplicable,
        "ServerException"
        | "InternalFailure"
        | "InternalServerError"
        | "InternalServerException"
        | "InternalServiceErrorException"
        | "InternalServiceFault"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => TroubleKind::Server,
        _ if code.ends_with("NotFoundException")
            || code.ends_with("NotFound")
            || matches!(code, "ClusterNotFoundException" | "NoSuchBucket" | "NoSuchKey")
            || message.contains("does not exist") && status < 500 =>
        {
            TroubleKind::NotFound
        }
        _ if message.contains("Unable to describe task definition") => TroubleKind::NotFound,
        _ if status == 429 => TroubleKind::Throttled,
        _ if status >= 500 => TroubleKind::Server,
        _ => TroubleKind::Refused,
    }
}
