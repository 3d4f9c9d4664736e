//! Calls that got no answer.

use super::{
    caller::{Caller, PASSES},
    causes::chain,
    unreadable::Raw,
};
use crate::{
    aws::{calls::Op, http::Proxy},
    model::TroubleKind,
};
use aws_smithy_runtime_api::{client::result::SdkError, http::Response};
use std::error::Error;

pub(in crate::aws) fn timed_out(op: &Op, caller: &Caller) -> (TroubleKind, String, String) {
    (TroubleKind::TimedOut, format!("{} did not answer in time", caller.endpoint(op)), PASSES.to_owned())
}

pub(in crate::aws) fn dispatch_trouble(op: &Op, caller: &Caller, why: &str) -> (TroubleKind, String, String) {
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

/// A response that ended before its body did.
pub(in crate::aws) fn broken_off<E: Error + 'static>(
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
