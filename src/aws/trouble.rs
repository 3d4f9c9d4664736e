//! Failures of calls, turned into sentences: what was tried, on what, why it failed, what to do now.

use super::{
    calls::Op,
    http::{self, Bundle, Proxies, Proxy},
    profile::{Failed, find},
    whole::Hollow,
};
use crate::model::{Trouble, TroubleKind, secret, text};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::{
    client::result::SdkError,
    http::{Response, StatusCode},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::{
    error::Error,
    sync::{Arc, OnceLock},
};

/// The longest reason that is kept, characters.
const WHY_MAX: usize = 400;

/// Whose call it was: what the sentences need to name places and remedies.
#[derive(Debug, Clone, Default)]
pub(super) struct Caller {
    /// How one signs in again, in words.
    pub renew: String,
    /// Where the credentials come from, in words.
    pub source: String,
    /// The account, once it is known.
    pub account: OnceLock<String>,
    /// The endpoint that was called, where it is not AWS's own.
    pub endpoint: Option<String>,
    /// Region.
    pub region: String,
    /// The proxies that are set.
    pub proxies: Option<Arc<Proxies>>,
    /// The authorities in place of the machine's.
    pub bundle: Option<Bundle>,
}

impl Caller {
    fn endpoint(&self, op: &Op) -> String {
        match &self.endpoint {
            Some(url) => text::clean(&secret::text(url), 200),
            None if op.service() == "cloudwatch" => format!("monitoring.{}.amazonaws.com", self.region),
            None => format!("{}.{}.amazonaws.com", op.service(), self.region),
        }
    }

    /// The proxy on the way to where the operation is.
    fn proxy(&self, op: &Op) -> Option<&Proxy> {
        let host = self.endpoint(op);
        let url = if host.contains("://") { host } else { format!("https://{host}") };
        let (scheme, host, port) = http::address(&url);
        self.proxies.as_ref()?.of(&scheme, host, port)
    }

    /// How one signs in again.
    fn renewed(&self) -> String {
        match self.renew.as_str() {
            "" => format!("renew the credentials of {}", self.source),
            renew => renew.to_owned(),
        }
    }

    /// A failure that the gateway itself found.
    pub fn trouble(
        &self,
        op: &Op,
        on: &str,
        kind: TroubleKind,
        why: impl Into<String>,
        remedy: &str,
    ) -> Trouble {
        Trouble {
            kind,
            what: op.what.to_owned(),
            on: self.on(on),
            why: text::clean(&secret::text(&why.into()), WHY_MAX),
            remedy: remedy.to_owned(),
        }
    }

    fn on(&self, on: &str) -> String {
        let on = text::clean(&secret::text(on), 200);
        let place = match self.account.get() {
            Some(account) => format!("{account} {}", self.region),
            None => self.region.clone(),
        };
        match (on.is_empty(), place.is_empty()) {
            (_, true) => on,
            (true, false) => place,
            (false, false) => format!("{on}, {place}"),
        }
    }
}

/// What an answer that failed looked like on the wire.
struct Raw<'a> {
    status: u16,
    body: &'a [u8],
}

/// Turns the failure of a call into words.
pub(super) fn from_sdk<E>(op: &Op, on: &str, caller: &Caller, error: &SdkError<E, Response>) -> Trouble
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
                    told(op, caller, code, message, raw.as_ref().map_or(400, |r| r.status))
                }
                (None, Some(raw)) => unreadable(op, caller, raw),
                (None, None) => (TroubleKind::Unreadable, chain(error), String::new()),
            }
        }
        SdkError::ResponseError(_) => match (&raw, find::<Hollow>(error)) {
            (_, Some(hollow)) => (
                TroubleKind::Unreadable,
                format!("{} {hollow}", caller.endpoint(op)),
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

fn timed_out(op: &Op, caller: &Caller) -> (TroubleKind, String, String) {
    (TroubleKind::TimedOut, format!("{} did not answer in time", caller.endpoint(op)), PASSES.to_owned())
}

fn dispatch_trouble(op: &Op, caller: &Caller, why: &str) -> (TroubleKind, String, String) {
    let endpoint = caller.endpoint(op);
    let lower = why.to_lowercase();
    let untrusted = lower.contains("certificate");
    if let Some(proxy) = caller.proxy(op).filter(|_| !untrusted) {
        return proxy_trouble(&endpoint, proxy, &lower, why);
    }
    let reason = if lower.contains("dns") || lower.contains("resolve") || lower.contains("name or service") {
        "its name does not resolve".to_owned()
    } else if lower.contains("refused") {
        "connection refused".to_owned()
    } else if lower.contains("failed to apply endpoint") || lower.contains("invalid uri") {
        "it is not a URL that begins with http:// or https://".to_owned()
    } else if lower.contains("invalidcontenttype") {
        "it does not speak TLS".to_owned()
    } else if lower.contains("certificate") || lower.contains("tls") {
        format!("no secure connection ({why})")
    } else {
        why.to_owned()
    };
    let remedy = match &caller.bundle {
        Some(bundle) if untrusted => {
            format!("see that {} names the authority that signed it", bundle.named_by)
        }
        None if untrusted => {
            "where a proxy opens TLS, set AWS_CA_BUNDLE to the file of its authority (PEM)".to_owned()
        }
        _ if caller.endpoint.is_some() => "check endpoint_url and that something listens there".to_owned(),
        _ => "check the network, the proxy and the region".to_owned(),
    };
    (TroubleKind::Unreachable, format!("{endpoint} cannot be reached: {reason}"), remedy)
}

/// A failure on the way through a proxy, in the words of hyper-util's tunnel where it is about the tunnel.
fn proxy_trouble(endpoint: &str, proxy: &Proxy, lower: &str, why: &str) -> (TroubleKind, String, String) {
    let variable = proxy.variable;
    let (reason, remedy) = if lower.contains("proxy authorization required") {
        (
            format!("the proxy {proxy} asks for a name and a password"),
            format!("write them into {variable}: http://NAME:PASSWORD@HOST:PORT"),
        )
    } else if lower.contains("tunnel error: unsuccessful") {
        (
            format!("the proxy {proxy} does not let us through"),
            "ask whoever runs it to let this host through, or put the host into NO_PROXY".to_owned(),
        )
    } else if lower.contains("underlying connection") || lower.contains("refused") || lower.contains("dns") {
        (
            format!("the proxy {proxy} cannot be reached"),
            format!("check {variable}, and that the proxy is up"),
        )
    } else {
        (format!("{why}, by the proxy {proxy}"), format!("check {variable}, and the proxy"))
    };
    (TroubleKind::Unreachable, format!("{endpoint} cannot be reached: {reason}"), remedy)
}

/// What to do about a read that may work the next time.
pub(super) const PASSES: &str = "it is tried again";

/// A response that ended before its body did.
fn broken_off<E: Error + 'static>(
    op: &Op,
    caller: &Caller,
    error: &SdkError<E, Response>,
    raw: Option<&Raw<'_>>,
) -> (TroubleKind, String, String) {
    let why = chain(error);
    let lower = why.to_lowercase();
    if lower.contains("timeout") || lower.contains("timed out") {
        return timed_out(op, caller);
    }
    let empty = raw.is_some_and(|r| r.body.is_empty() && r.status == 200);
    if empty && !lower.contains("connection") && !lower.contains("body") {
        return (
            TroubleKind::Unreadable,
            format!("{} answered with nothing", caller.endpoint(op)),
            "check that the endpoint speaks AWS's protocol".to_owned(),
        );
    }
    (
        TroubleKind::Unreachable,
        format!("the connection to {} broke: {why}", caller.endpoint(op)),
        PASSES.to_owned(),
    )
}

/// An answer without a code of AWS's in it.
fn unreadable(op: &Op, caller: &Caller, raw: &Raw<'_>) -> (TroubleKind, String, String) {
    let endpoint = caller.endpoint(op);
    let text = String::from_utf8_lossy(raw.body);
    let trimmed = text.trim_start();
    let lower: String = trimmed.chars().take(64).collect::<String>().to_lowercase();
    let sort = if trimmed.is_empty() {
        "nothing".to_owned()
    } else if lower.starts_with("<!doctype") || lower.starts_with("<html") {
        format!("an HTML page ({})", first_words(&strip_tags(trimmed)))
    } else if lower.starts_with('{') || lower.starts_with("<?xml") || lower.starts_with("<error") {
        format!("something unexpected ({})", first_words(trimmed))
    } else {
        format!("something that is not AWS's protocol ({})", first_words(trimmed))
    };
    let status = raw.status;
    let (kind, remedy) = match status {
        404 | 405 | 501 => {
            (TroubleKind::Unsupported, format!("this endpoint seems to have no {}", op.action))
        }
        // local servers that lack an operation answer 500 with a page of their web framework
        500 if lower.starts_with('<') && caller.endpoint.is_some() => {
            (TroubleKind::Unsupported, format!("this endpoint seems to have no {}", op.action))
        }
        // whatever proxy it was: AWS does not answer this
        407 => (
            TroubleKind::Unreachable,
            "the proxy asks for a name and a password: HTTP_PROXY=http://NAME:PASSWORD@HOST:PORT".to_owned(),
        ),
        500..=599 => (TroubleKind::Server, PASSES.to_owned()),
        _ => (
            TroubleKind::Unreadable,
            "check that the endpoint is AWS's and not a proxy's login page".to_owned(),
        ),
    };
    (kind, format!("{endpoint} answered HTTP {status} with {sort}"), remedy)
}

fn first_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(8).collect();
    let joined = words.join(" ");
    if joined.is_empty() { "no text".to_owned() } else { format!("“{}”", text::clean(&joined, 60)) }
}

/// The text of an HTML page without its tags, styles and scripts, as far as its first words go.
fn strip_tags(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for ch in html.chars().take(2_000) {
        match ch {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            _ if !inside => out.push(ch),
            _ => {}
        }
    }
    out
}

/// `com.amazonaws.ecs#ClusterNotFoundException:http://…` as `ClusterNotFoundException`.
fn short_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code)
}

/// What AWS itself said.
fn told(op: &Op, caller: &Caller, code: &str, message: &str, status: u16) -> (TroubleKind, String, String) {
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
        TroubleKind::Throttled => "the account's rate is used up; the cockpit tries again".to_owned(),
        TroubleKind::Server => PASSES.to_owned(),
        _ => String::new(),
    };
    (kind, why, remedy)
}

/// What AWS says is not allowed: RunTask with tags also wants ecs:TagResource, and iam:PassRole for its roles.
fn denied_action(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest.split([' ', ',']).next().filter(|action| action.contains(':'))?;
    Some(text::clean(action.trim_end_matches('.'), 80))
}

/// The sort of a failure that AWS told by code.
pub(super) fn kind_of(code: &str, message: &str, status: u16) -> TroubleKind {
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

/// Credentials that could not be had. Each form of profile tells its own failures; what is left is the SDK's.
pub(super) fn credential_trouble(caller: &Caller, error: &CredentialsError) -> (TroubleKind, String, String) {
    if let Some(failed) = find::<Failed>(error) {
        return (failed.kind, failed.why.clone(), failed.remedy.clone());
    }
    let kind = TroubleKind::NoCredentials;
    match error {
        CredentialsError::ProviderTimedOut(_) => (
            kind,
            format!("{} gave no credentials in time", caller.source),
            "check the network and the proxy".to_owned(),
        ),
        _ => (kind, format!("{} gave no credentials: {}", caller.source, chain(error)), caller.renewed()),
    }
}

/// One cause, without what the SDK wraps around it. A request that is printed into it is cut off: its body
/// may hold secrets.
fn clause(text: &str) -> String {
    let text = text.split("Request {").next().unwrap_or(text);
    let text = text.trim_end_matches([' ', '`']).trim_end_matches(" to request");
    let text = text.strip_prefix("the credential provider was not enabled: ").unwrap_or(text);
    text::clean(text, 200)
}

/// The causes as one clause, general words of the SDK left out.
fn chain(error: &(dyn Error + 'static)) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let op = &super::super::calls::LIST_SERVICES;
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
        let op = &super::super::calls::LIST_SERVICES;
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
