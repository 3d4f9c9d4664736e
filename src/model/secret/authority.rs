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

/// A line of `.pgpass`, `host:port:database:user:password` (PostgreSQL, 34.16), with the password masked.
pub(super) fn pgpass(word: &str) -> String {
    let plain = word.trim_matches(['"', '\'']);
    let mut fields = plain.splitn(5, ':');
    let mut next = || fields.next().unwrap_or_default();
    let (host, port, database, user, password) = (next(), next(), next(), next(), next());
    let name = |text: &str| {
        text == "*"
            || text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.@".contains(c))
    };
    // groups of hexadecimal digits are an address of IPv6 or of a card
    let known = [host, database, user].iter().any(|part| {
        part.contains(['.', '*', '_']) || part.chars().any(|c| c.is_ascii_lowercase() && c > 'f')
    });
    let number = (2..=5).contains(&port.len()) && port.chars().all(|c| c.is_ascii_digit());
    let line = known
        && (name(host) || host.contains('.'))
        && (number || port == "*")
        && name(database)
        && name(user)
        && !password.is_empty();
    if !line || password.starts_with(' ') || host.contains('/') {
        return word.to_owned();
    }
    match word.rfind(password) {
        Some(at) => format!(
            "{}{}{}",
            word.get(..at).unwrap_or_default(),
            mask(password),
            word.get(at + password.len()..).unwrap_or_default()
        ),
        None => word.to_owned(),
    }
}
