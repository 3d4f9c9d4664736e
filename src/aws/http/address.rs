//! Addresses, taken apart.

/// Scheme, host and port of an address; the port that the scheme has where none is written.
pub(in crate::aws) fn address(url: &str) -> (String, &str, Option<u16>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let scheme = scheme.to_lowercase();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let end = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority.split_at_checked(end).and_then(|(_, rest)| rest.rfind(':')) {
        Some(at) => authority.split_at_checked(end + at).unwrap_or((authority, "")),
        None => (authority, ""),
    };
    let usual = match scheme.as_str() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    };
    (scheme, host, port.strip_prefix(':').and_then(|port| port.parse().ok()).or(usual))
}
