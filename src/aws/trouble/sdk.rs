//! The failure of a call of the SDK, in words.

use super::{
    caller::{Caller, PASSES, WHY_MAX},
    causes::chain,
    codes::{denied_action, kind_of, short_code},
    credentials::credential_trouble,
    network::{broken_off, dispatch_trouble, timed_out},
    unreadable::{Raw, unreadable},
};
use crate::{
    aws::{calls::Op, empty_answers::EmptyAnswer, profile::find},
    model::{Trouble, TroubleKind, secret, text},
};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::{
    client::result::SdkError,
    http::{Response, StatusCode},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// Turns the failure of a call into words.
pub(in crate::aws) fn from_sdk<E>(
    op: &Op,
    on: &str,
    caller: &Caller,
    error: &SdkError<E, Response>,
) -> Trouble
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let raw = error.raw_response().map(|response| Raw {
        status: StatusCode::as_u16(response.status()),
        body: response.body().bytes().unwrap_or_default(),
    });
    let (kind, why, remedy) = match error {
        SdkError::TimeoutError(_) => timed_out(op, caller),
        SdkError::DispatchFailure(failure) => {
            if let Some(credentials) = find::<CredentialsError>(error) {
                credential_trouble(caller, credentials)
            } else if failure.is_timeout() {
                let why = chain(error);
                if why.contains("connect") {
                    match caller.proxy(op) {
                        Some(proxy) => (
                            TroubleKind::Unreachable,
                            format!("no connection to {} by the proxy {proxy} in time", caller.endpoint(op)),
                            format!("check {}, and that the proxy is up", proxy.variable),
                        ),
                        None => (
                            TroubleKind::Unreachable,
                            format!("no connection to {} in time", caller.endpoint(op)),
                            "check the network, the proxy and the endpoint".to_owned(),
                        ),
                    }
                } else {
                    timed_out(op, caller)
                }
            } else {
                dispatch_trouble(op, caller, &chain(error))
            }
        }
        SdkError::ConstructionFailure(_) => match find::<CredentialsError>(error) {
            Some(credentials) => credential_trouble(caller, credentials),
            None => (TroubleKind::Refused, chain(error), String::new()),
        },
        SdkError::ServiceError(service) => {
            let code = service.err().code().map(short_code);
            match (code, &raw) {
                (Some(code), _) => {
                    let message = service.err().message().unwrap_or_default();
                    of_service(op, caller, code, message, raw.as_ref().map_or(400, |r| r.status))
                }
                (None, Some(raw)) => unreadable(op, caller, raw),
                (None, None) => (TroubleKind::Unreadable, chain(error), String::new()),
            }
        }
        SdkError::ResponseError(_) => match (&raw, find::<EmptyAnswer>(error)) {
            (_, Some(empty)) => (
                TroubleKind::Unreadable,
                format!("{} {empty}", caller.endpoint(op)),
                "check that the endpoint is AWS's; what was read before stays".to_owned(),
            ),
            (Some(raw), None) if !raw.body.is_empty() || raw.status >= 300 => unreadable(op, caller, raw),
            _ => broken_off(op, caller, error, raw.as_ref()),
        },
        _ => (TroubleKind::Unreadable, chain(error), String::new()),
    };
    Trouble {
        kind,
        what: op.what.to_owned(),
        on: caller.on(on),
        why: text::clean(&secret::text(&why), WHY_MAX),
        remedy,
    }
}

/// What AWS itself said.
fn of_service(
    op: &Op,
    caller: &Caller,
    code: &str,
    message: &str,
    status: u16,
) -> (TroubleKind, String, String) {
    let kind = kind_of(code, message, status);
    let why = if message.is_empty() {
        text::clean(code, 100)
    } else {
        format!("{} ({})", message.trim().trim_end_matches('.'), text::clean(code, 100))
    };
    let remedy = match kind {
        TroubleKind::Expired => caller.renewed(),
        TroubleKind::NoCredentials => {
            format!("AWS does not know the credentials of {}: {}", caller.source, caller.renewed())
        }
        // no policy of the caller's own can allow it
        TroubleKind::Denied if message.contains("service control policy") => {
            "a service control policy of the organisation forbids it, whatever the role may: ask who keeps it"
                .to_owned()
        }
        TroubleKind::Denied => {
            let action = denied_action(message).unwrap_or_else(|| op.action.to_owned());
            format!("ask for {action} in the policy of {}", caller.source)
        }
        TroubleKind::Throttled => "the account's rate is used up; it fills again within seconds".to_owned(),
        TroubleKind::Server => PASSES.to_owned(),
        _ => String::new(),
    };
    (kind, why, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{
        http::Proxies,
        trouble::{
            causes::clause,
            codes::{denied_action, kind_of, short_code},
            network::dispatch_trouble,
            unreadable::{Raw, unreadable},
        },
    };
    use std::sync::Arc;

    #[test]
    fn what_is_denied_is_what_aws_names() {
        for (message, told) in [
            (
                "User: arn:x is not authorized to perform: ecs:TagResource on resource: arn:y",
                Some("ecs:TagResource"),
            ),
            (
                "User: arn:x is not authorized to perform: iam:PassRole on resource: z because no",
                Some("iam:PassRole"),
            ),
            ("not authorized", None),
        ] {
            assert_eq!(denied_action(message).as_deref(), told, "{message}");
        }
    }

    #[test]
    fn codes_are_sorted() {
        for (code, message, status, kind) in [
            ("ThrottlingException", "Rate exceeded", 400, TroubleKind::Throttled),
            ("Whatever", "", 429, TroubleKind::Throttled),
            ("ExpiredTokenException", "", 400, TroubleKind::Expired),
            ("ExpiredToken", "", 403, TroubleKind::Expired),
            ("UnrecognizedClientException", "The security token is invalid", 400, TroubleKind::NoCredentials),
            ("AccessDeniedException", "", 400, TroubleKind::Denied),
            ("ClusterNotFoundException", "Cluster not found.", 400, TroubleKind::NotFound),
            ("RepositoryNotFoundException", "", 400, TroubleKind::NotFound),
            ("ResourceNotFoundException", "", 400, TroubleKind::NotFound),
            ("ClientException", "Unable to describe task definition.", 400, TroubleKind::NotFound),
            ("UnknownOperationException", "", 400, TroubleKind::Unsupported),
            ("InvalidAction", "", 400, TroubleKind::Unsupported),
            ("UnsupportedFeatureException", "", 400, TroubleKind::Inapplicable),
            ("ServerException", "", 500, TroubleKind::Server),
            ("Anything", "", 503, TroubleKind::Server),
            ("InvalidParameterException", "bad", 400, TroubleKind::Refused),
            ("ConflictException", "", 400, TroubleKind::Refused),
            ("NoSuchBucket", "", 404, TroubleKind::NotFound),
            ("SlowDown", "Reduce your request rate.", 503, TroubleKind::Throttled),
        ] {
            assert_eq!(kind_of(code, message, status), kind, "{code} {status}");
        }
    }

    #[test]
    fn requests_are_never_printed() {
        let text = "failed to apply endpoint `x` to request `Request { body: Some(b\"hunter2\") }";
        assert_eq!(clause(text), "failed to apply endpoint `x`");
        assert_eq!(
            clause("the credential provider was not enabled: profile `x` was not defined"),
            "profile `x` was not defined"
        );
    }

    #[test]
    fn codes_lose_their_namespace() {
        assert_eq!(short_code("com.amazonaws.ecs#ClusterNotFoundException"), "ClusterNotFoundException");
        assert_eq!(short_code("AccessDenied:http://x"), "AccessDenied");
    }

    #[test]
    fn pages_are_told_by_their_first_words() {
        let caller = Caller { endpoint: Some("http://127.0.0.1:1".into()), ..Caller::default() };
        let op = &crate::aws::calls::LIST_SERVICES;
        let page = b"<!DOCTYPE html><html><title>Hotel\x1b[31m Wifi</title><body>Sign in".as_slice();
        let (kind, why, _) = unreadable(op, &caller, &Raw { status: 200, body: page });
        assert_eq!(kind, TroubleKind::Unreadable);
        assert!(why.contains("HTML") && why.contains("Hotel") && !why.contains('\u{1b}'), "{why}");
        let (kind, why, _) = unreadable(op, &caller, &Raw { status: 500, body: page });
        assert_eq!((kind, why.contains("500")), (TroubleKind::Unsupported, true));
        let (kind, why, _) = unreadable(op, &caller, &Raw { status: 200, body: b"" });
        assert_eq!((kind, why.contains("nothing")), (TroubleKind::Unreadable, true));
        let (kind, ..) = unreadable(op, &caller, &Raw { status: 502, body: b"Bad Gateway" });
        assert_eq!(kind, TroubleKind::Server);
    }

    #[test]
    fn a_proxy_that_is_in_the_way_is_named_without_its_password() {
        let proxies = Proxies::read(&|name| {
            (name == "HTTPS_PROXY").then(|| "http://me:hunter2@proxy.fem:3128".to_owned())
        });
        let proxies = Some(Arc::new(proxies.unwrap()));
        let caller = Caller { region: "us-west-2".into(), proxies, ..Caller::default() };
        let op = &crate::aws::calls::LIST_SERVICES;
        for (cause, told, remedy) in [
            (
                "CONNECT tunnel failed: tunnel error: proxy authorization required",
                "a password",
                "NAME:PASSWORD",
            ),
            ("CONNECT tunnel failed: tunnel error: unsuccessful", "does not let us through", "NO_PROXY"),
            ("tunnel error: failed to create underlying connection", "cannot be reached", "HTTPS_PROXY"),
        ] {
            let (kind, why, way_out) = dispatch_trouble(op, &caller, cause);
            assert_eq!(kind, TroubleKind::Unreachable);
            assert!(why.contains("http://proxy.fem:3128 (HTTPS_PROXY)") && why.contains(told), "{why}");
            assert!(way_out.contains(remedy) && !why.contains("hunter2"), "{way_out}");
        }
        let (_, why, remedy) = dispatch_trouble(op, &caller, "invalid peer certificate: UnknownIssuer");
        assert!(why.contains("no secure connection") && remedy.contains("AWS_CA_BUNDLE"), "{why}; {remedy}");
    }
}
