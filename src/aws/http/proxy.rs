//! Which proxy a request goes through, by the rules of AWS's own tools.
//!
//! They are those of botocore (`httpsession.py`: `ProxyConfiguration`; `utils.py`: `should_bypass_proxies`) and
//! of Python's urllib below it: HTTPS_PROXY for https, HTTP_PROXY for http, no ALL_PROXY; lower case wins over
//! upper case, and takes it away where it is empty; NO_PROXY holds names that are compared from their end, and
//! `*`. What is on this machine or next to it (metadata, 169.254.0.0/16) never goes through a proxy.

use super::Unusable;
use crate::model::text;
use std::{fmt, net::IpAddr};

/// A proxy, as a variable names it.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::aws) struct Proxy {
    /// The variable.
    pub variable: &'static str,
    /// Its address, with the name and password that may be in it. Never shown.
    pub url: String,
    /// Its address without them.
    pub shown: String,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.shown, self.variable)
    }
}

/// The proxies that are set, and what goes past them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::aws) struct Proxies {
    /// For https.
    pub https: Option<Proxy>,
    /// For http.
    pub http: Option<Proxy>,
    /// Hosts that are reached without, in lower case and without a leading dot.
    pub past: Vec<String>,
}

impl Proxies {
    /// What the variables say.
    ///
    /// # Errors
    /// The first variable that holds no address of a proxy.
    pub fn read(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Unusable> {
        let https = variable(env, "HTTPS_PROXY", "https_proxy");
        let mut http = variable(env, "HTTP_PROXY", "http_proxy");
        // where a web server runs this, HTTP_PROXY is a header of whoever asks
        if env("REQUEST_METHOD").is_some() {
            http = http.filter(|(name, _)| *name == "http_proxy");
        }
        let past = variable(env, "NO_PROXY", "no_proxy").map(|(_, text)| text).unwrap_or_default();
        let past = past
            .split(',')
            .map(|name| name.trim().trim_start_matches('.').to_lowercase())
            .filter(|name| !name.is_empty());
        Ok(Self {
            https: https.map(|(name, text)| proxy(name, &text)).transpose()?,
            http: http.map(|(name, text)| proxy(name, &text)).transpose()?,
            past: past.collect(),
        })
    }

    /// The proxy for an address.
    pub fn of(&self, scheme: &str, host: &str, port: Option<u16>) -> Option<&Proxy> {
        let proxy = match scheme {
            "https" => self.https.as_ref(),
            "http" => self.http.as_ref(),
            _ => None,
        };
        proxy.filter(|_| !near(host) && !self.is_past(host, port))
    }

    fn is_past(&self, host: &str, port: Option<u16>) -> bool {
        let host = bare(host).to_lowercase();
        let whole = port.map(|port| format!("{host}:{port}"));
        let is = |own: &str, name: &str| {
            own == name || own.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
        };
        self.past
            .iter()
            .any(|name| name == "*" || is(&host, name) || whole.as_deref().is_some_and(|own| is(own, name)))
    }
}

/// A variable in either case: lower case wins, and an empty one takes the other away.
fn variable(
    env: &dyn Fn(&str) -> Option<String>,
    upper: &'static str,
    lower: &'static str,
) -> Option<(&'static str, String)> {
    match env(lower) {
        Some(text) => Some((lower, text)),
        None => env(upper).map(|text| (upper, text)),
    }
    .filter(|(_, text)| !text.trim().is_empty())
}

/// True for what is on this machine, or is its metadata.
fn near(host: &str) -> bool {
    let host = bare(host);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local(),
        // fd00:ec2::254 and fd00:ec2::23 are the metadata of an instance and of a container
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.segments().starts_with(&[0xfd00, 0xec2]),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// An IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

fn proxy(variable: &'static str, text: &str) -> Result<Proxy, Unusable> {
    let text = text.trim();
    let lower = text.to_lowercase();
    let url = if lower.starts_with("http:") || lower.starts_with("https:") {
        text.to_owned()
    } else if let Some(rest) = text.strip_prefix("//") {
        format!("http://{rest}")
    } else {
        format!("http://{text}")
    };
    let wrong = |why: String| Unusable {
        what: variable.to_owned(),
        why,
        remedy: format!("set {variable} to http://HOST:PORT, or unset it"),
    };
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", ""));
    if rest.contains("://") {
        let scheme = rest.split("://").next().unwrap_or_default();
        return Err(wrong(format!("proxies that speak {} are not supported", text::clean(scheme, 20))));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let shown = format!("{}://{}", scheme.to_lowercase(), text::clean(host, 120));
    if !is_host(host) || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(wrong(format!("“{}” is not a proxy address", text::clean(host, 80))));
    }
    Ok(Proxy { variable, url, shown })
}

/// True for `name`, `name:port` and `[address]:port`.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) if host.parse::<IpAddr>().is_ok() => (host, port.strip_prefix(':')),
            _ => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let named = !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || "-._:".contains(c));
    named && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Proxies, Unusable> {
        Proxies::read(&|name| set.iter().find(|(own, _)| *own == name).map(|(_, text)| (*text).to_owned()))
    }

    #[test]
    fn addresses_go_where_the_tools_of_aws_send_them() {
        const P: (&str, &str) = ("HTTPS_PROXY", "http://p:3128");
        for (set, scheme, host, through) in [
            (&[P][..], "https", "sts.us-west-2.amazonaws.com", Some("http://p:3128 (HTTPS_PROXY)")),
            (&[P], "http", "sts.us-west-2.amazonaws.com", None),
            (&[("HTTP_PROXY", "p")], "http", "aws.example", Some("http://p (HTTP_PROXY)")),
            (&[("ALL_PROXY", "http://p")], "https", "aws.example", None),
            (&[P, ("https_proxy", "q:1")], "https", "aws.example", Some("http://q:1 (https_proxy)")),
            (&[P, ("https_proxy", "")], "https", "aws.example", None),
            (&[("HTTPS_PROXY", "//me:secret@p:1")], "https", "a.b", Some("http://p:1 (HTTPS_PROXY)")),
            (&[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "p")], "http", "aws.example", None),
            // this machine, and its metadata
            (&[P], "https", "127.0.0.1", None),
            (&[P], "https", "[::1]", None),
            (&[P], "https", "localhost", None),
            (&[("HTTP_PROXY", "p")], "http", "169.254.169.254", None),
            (&[("HTTP_PROXY", "p")], "http", "[fd00:ec2::254]", None),
            // past the proxy
            (&[P, ("NO_PROXY", "*")], "https", "aws.example", None),
            (&[P, ("NO_PROXY", "x, .amazonaws.com")], "https", "sts.us-west-2.amazonaws.com", None),
            (&[P, ("NO_PROXY", "amazonaws.com")], "https", "STS.amazonaws.com", None),
            (&[P, ("no_proxy", "aws.example:443")], "https", "aws.example", None),
            (
                &[P, ("NO_PROXY", "zonaws.com")],
                "https",
                "sts.amazonaws.com",
                Some("http://p:3128 (HTTPS_PROXY)"),
            ),
            (
                &[P, ("NO_PROXY", "a.b"), ("no_proxy", "")],
                "https",
                "a.b",
                Some("http://p:3128 (HTTPS_PROXY)"),
            ),
        ] {
            let proxies = read(set).unwrap();
            let found = proxies.of(scheme, host, Some(443)).map(ToString::to_string);
            assert_eq!(found.as_deref(), through, "{set:?} {scheme}://{host}");
            assert!(!format!("{proxies:?}").contains("secret"));
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_the_variable() {
        for (text, told) in [
            ("http://", "“” is not a proxy address"),
            ("http://p:99999", "“p:99999” is not a proxy address"),
            ("http://a b", "“a b” is not a proxy address"),
            ("socks5://p:1080", "proxies that speak socks5 are not supported"),
            ("http://me:secret@", "“” is not a proxy address"),
            ("http://[::1", "is not a proxy address"),
        ] {
            let wrong = read(&[("https_proxy", text)]).unwrap_err();
            assert_eq!(wrong.what, "https_proxy");
            assert!(wrong.why.contains(told) && !wrong.why.contains("secret"), "{text}: {}", wrong.why);
            assert!(wrong.remedy.contains("https_proxy"), "{}", wrong.remedy);
        }
    }
}
