//! User information in addresses.

use super::{mask, names::is_port};

/// User information before an `@`: of URLs, and of connection strings that have none of their scheme.
pub(super) fn authority(word: &str) -> String {
    if !word.contains('@') {
        return word.to_owned();
    }
    if let Some((scheme, rest)) = word.split_once("://") {
        // a second URL in the same word, behind something; else what looks like one may be a password
        let next = rest.find("://");
        let begins = next.and_then(|next| rest.get(..next)?.rfind([',', ' ', '|', '"']));
        let (own, more) = begins.and_then(|start| rest.split_at_checked(start)).unwrap_or((rest, ""));
        let nested = next.is_some() && begins.is_none();
        let end = own.find(['/', '?', '#', '"', '\'']).unwrap_or(own.len());
        let (host, path) = own.split_at_checked(end).unwrap_or((own, ""));
        // what looks like a port may be the beginning of a password with a slash in it
        let web = scheme.to_lowercase().ends_with("http") || scheme.to_lowercase().ends_with("https");
        let odd = nested
            || host.rsplit_once(':').is_some_and(|(name, port)| {
                !is_port(port) || !web || !(name.contains('.') || name == "localhost")
            });
        let cut = match host.rfind('@') {
            Some(at) if !(odd && path.contains('@')) => Some(at),
            _ if odd || host.contains('@') => own.rfind('@'),
            _ => None,
        };
        let own = match cut.and_then(|at| Some((own.get(..at)?, own.get(at..)?))) {
            Some((user, host)) => format!("{}{host}", mask(user)),
            None => format!("{host}{path}"),
        };
        return format!("{scheme}://{own}{}", authority(more));
    }
    let Some((user, host)) = word.rsplit_once('@') else { return word.to_owned() };
    let digest = ["sha256:", "sha512:"].iter().any(|kind| host.starts_with(kind));
    match user.split_once(':') {
        Some((name, password)) if !digest && !name.is_empty() && !password.is_empty() && !host.is_empty() => {
            let start = name.rfind(['"', '\'', '=', '(']).map_or(0, |at| at + 1);
            let head = name.get(..start).unwrap_or_default();
            format!("{head}{}@{host}", mask(user.get(start..).unwrap_or(user)))
        }
        _ => word.to_owned(),
    }
}

/// `NAME:PASSWORD`, as `-u` takes it; `NAME%PASSWORD` and `NAME,PASSWORD` of other programs.
pub(super) fn user_and_password(word: &str) -> String {
    let sign = [':', '%', ','].into_iter().find(|sign| word.contains(*sign));
    match sign.and_then(|sign| Some((sign, word.split_once(sign)?))) {
        Some((sign, (user, password))) if !password.is_empty() && !word.contains("://") => {
            format!("{user}{sign}{}", mask(password))
        }
        _ => authority(word),
    }
}
