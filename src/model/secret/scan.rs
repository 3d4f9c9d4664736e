//! How secrets are found in text: word by word, with what the words before say of the next.

use super::mask;

/// Words in names whose values are secrets.
const NAMES: [&str; 22] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "private_key",
    "privatekey",
    "private-key",
    "credential",
    "signature",
    "authorization",
    "cookie",
    "dsn",
    "jwt",
    "bearer",
];

/// Whole names that are secrets as well, where a value follows with `=`.
const SHORT_NAMES: [&str; 7] = ["pass", "pw", "sig", "auth", "key", "pat", "sas"];

/// What secrets of well-known makers begin with.
const BEGINNINGS: [&str; 18] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "sk-ant-",
    "sk-proj-",
    "AIza",
    "npm_",
    "hvs.",
];

/// What the words so far say of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Next {
    /// Nothing.
    #[default]
    Plain,
    /// It is a secret, whatever it looks like.
    Secret,
    /// It is a secret where it looks like one: `token: 8f3a…`, but not `token: expected`.
    Likely,
    /// `-p`: a secret, or a port.
    SecretOrPort,
    /// `-u`: what follows the colon is a secret.
    UserAndPassword,
    /// What is set by `export`.
    Setting,
    /// The name of a secret, whose value follows behind a sign.
    Named,
}

/// A line that is read word by word.
#[derive(Debug)]
pub(super) struct Line {
    next: Next,
    /// A quote that a secret began and did not end.
    open: Option<char>,
    /// It is a command, of a program that takes `-pPASSWORD`, or `-a PASSWORD`.
    mysql: bool,
    redis: bool,
    command: bool,
}

/// Text with the secrets in it masked: log lines, messages, URLs, what programs say of their failures.
pub fn text(text: &str) -> String {
    if text.contains("PRIVATE KEY-----") {
        return match text.split_once("-----BEGIN") {
            Some((head, key)) => format!("{}{}", self::text(head), mask(key)),
            None => mask(text),
        };
    }
    let mut line = Line { next: Next::Plain, open: None, mysql: false, redis: false, command: false };
    line.script(text)
}

/// True for `NAME=value` before a command, which sets a variable for it.
pub(super) fn is_setting(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.split_once('=').is_some_and(|(name, _)| is_variable(name) && name.chars().all(plain))
}

/// True for `name=value`, as `export` takes it.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| is_variable(name))
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Line {
    /// The line of a command of this program.
    pub(super) fn of(program: &str) -> Self {
        let mysql = program.starts_with("mysql") || program.starts_with("mariadb");
        Self { next: Next::Plain, open: None, mysql, redis: program.starts_with("redis"), command: true }
    }

    /// One word of a command; it may be a script, or a text of several words.
    pub(super) fn word(&mut self, word: &str) -> String {
        match std::mem::take(&mut self.next) {
            Next::Secret => mask(word),
            Next::SecretOrPort if !is_port(word) => mask(word),
            Next::UserAndPassword if word.contains(':') => user_and_password(word),
            _ if word.contains(char::is_whitespace) => {
                // what it is about ends with it
                let mut inner = Self { next: Next::Plain, open: None, ..*self };
                inner.script(word)
            }
            _ => {
                let out = self.token(word);
                self.open = None;
                out
            }
        }
    }

    /// Words with blanks between them, which stay.
    fn script(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let blank = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
            let (space, after) = rest.split_at_checked(blank).unwrap_or((rest, ""));
            if self.open.is_none() {
                out.push_str(space);
            }
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            let (word, after) = after.split_at_checked(end).unwrap_or((after, ""));
            if !word.is_empty() {
                let shown = self.in_turn(word);
                out.push_str(&shown);
            }
            rest = after;
        }
        out
    }

    /// A word of a script, with what the one before said of it.
    fn in_turn(&mut self, word: &str) -> String {
        if let Some(quote) = self.open {
            // the rest of a secret that began in an earlier word
            return match word.split_once(quote) {
                Some((_, rest)) => {
                    self.open = None;
                    rest.to_owned()
                }
                None => String::new(),
            };
        }
        if self.command && (word.starts_with("mysql") || word.starts_with("mariadb")) {
            self.mysql = true;
        }
        match std::mem::take(&mut self.next) {
            Next::Secret | Next::Likely if is_scheme(word) => self.later(word),
            Next::Secret | Next::Named if word == "=" || word == ":" => self.later(word),
            Next::Likely if word == "=" => self.later(word),
            Next::Secret => self.quoted(word),
            Next::Likely if is_likely(word) => self.quoted(word),
            Next::SecretOrPort if !is_port(word) => self.quoted(word),
            Next::UserAndPassword if word.contains(':') => user_and_password(word),
            Next::Setting if is_assignment(word) => {
                self.next = Next::Setting;
                self.setting(word)
            }
            _ => self.token(word),
        }
    }

    /// The secret comes one word later.
    fn later(&mut self, word: &str) -> String {
        self.next = Next::Secret;
        word.to_owned()
    }

    /// A secret that may be in quotes, which may hold blanks.
    fn quoted(&mut self, word: &str) -> String {
        let Some(quote) = word.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            let bare = word.trim_end_matches([',', ';', ')', ']', '}', '"', '\'']);
            let tail = word.get(bare.len()..).unwrap_or_default();
            return format!("{}{tail}", mask(bare));
        };
        let inner = word.get(1..).unwrap_or_default();
        if let Some((value, tail)) = inner.split_once(quote) {
            return format!("{quote}{}{quote}{tail}", mask(value));
        }
        self.open = Some(quote);
        format!("{quote}{}{quote}", mask(inner))
    }

    /// What a variable is set to: shown where it is obviously harmless.
    fn setting(&mut self, word: &str) -> String {
        let Some((name, value)) = word.split_once('=') else { return word.to_owned() };
        let (value, tail) = match value.trim_end_matches(';') {
            bare if bare.len() < value.len() => (bare, ";"),
            _ => (value, ""),
        };
        if super::value::shown(name, value.trim_matches(['"', '\''])) == value.trim_matches(['"', '\'']) {
            return word.to_owned();
        }
        format!("{name}={}{tail}", self.quoted(value))
    }

    /// A word by itself; it may say something of the next one.
    fn token(&mut self, word: &str) -> String {
        let bare = word.trim_matches(['"', '\'', ',', ';', '(', ')', '{', '}', '[', ']']);
        if self.command && (bare == "export" || bare == "env" || bare == "set") {
            self.next = Next::Setting;
            return word.to_owned();
        }
        if self.command && is_setting(word) {
            return self.setting(word);
        }
        if word.starts_with('-') && !word.contains("://") {
            if let Some(value) = word.strip_prefix("-p").filter(|value| self.mysql && !value.is_empty()) {
                return format!("-p{}", mask(value));
            }
            let name = word.trim_start_matches('-');
            if !name.contains(['=', ':']) {
                self.next = match name {
                    // in a sentence it is a flag of whatever is told of
                    "p" if self.command => Next::SecretOrPort,
                    "a" if self.redis => Next::Secret,
                    "u" | "U" if self.command => Next::UserAndPassword,
                    "user" | "proxy-user" => Next::UserAndPassword,
                    "pass" | "pw" | "auth" | "key" if self.command => Next::Secret,
                    name if is_secret_name(name) => Next::Secret,
                    _ => Next::Plain,
                };
                return word.to_owned();
            }
        }
        if is_scheme(bare) {
            self.next = Next::Likely;
            return word.to_owned();
        }
        if let Some(name) = bare.strip_suffix(':') {
            let name = name.trim_matches(['"', '\'']);
            if is_header(name) {
                let lower = name.to_lowercase();
                let sure = ["pass", "pwd", "authorization", "secret", "key"];
                let sure = sure.iter().any(|part| lower.contains(part));
                self.next = if sure { Next::Secret } else { Next::Likely };
                return word.to_owned();
            }
        }
        if is_variable(bare) && is_secret_name(bare) {
            self.next = Next::Named;
            return word.to_owned();
        }
        let word = authority(word);
        let word = self.pairs(&word);
        known(&word)
    }

    /// `name=value` and `name: value` inside of a word: keyword connection strings, queries, JSON.
    fn pairs(&mut self, word: &str) -> String {
        let mut out = String::with_capacity(word.len());
        let mut rest = word;
        while let Some(at) = rest.find(['=', ':']) {
            let (head, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let sign = tail.chars().next().unwrap_or('=');
            let value = tail.get(1..).unwrap_or_default();
            out.push_str(head);
            out.push(sign);
            let name = name_before(head);
            let secret = if sign == '=' {
                is_secret_name(name) || SHORT_NAMES.contains(&name.to_lowercase().as_str())
            } else {
                is_header(name) && !value.starts_with("//")
            };
            if !secret || value.is_empty() {
                rest = value;
                continue;
            }
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let inner = quote.map_or(value, |_| value.get(1..).unwrap_or_default());
            let end = match quote {
                Some(quote) => inner.find(quote),
                None => inner.find(['&', ';', ',', '"', '\'', '}', ')', ']']),
            };
            if quote.is_some() && end.is_none() {
                self.open = quote;
            }
            let (secret, after) = inner.split_at_checked(end.unwrap_or(inner.len())).unwrap_or((inner, ""));
            out.extend(quote);
            let number = name.to_lowercase().contains("token") && is_port(secret);
            if secret.is_empty() || number || super::is_masked(secret) {
                out.push_str(secret);
            } else {
                out.push_str(&mask(secret));
            }
            if let (Some(quote), None) = (quote, end) {
                out.push(quote);
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The name at the end of the text before a sign, without its quotes.
fn name_before(head: &str) -> &str {
    let head = head.trim_end_matches(['"', '\'']);
    let start = head
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .last()
        .map_or(head.len(), |(at, _)| at);
    head.get(start..).unwrap_or_default().trim_start_matches('-')
}

fn is_secret_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    NAMES.iter().any(|part| lower.contains(part)) || lower.ends_with("_pass") || lower.ends_with("_key")
}

/// A name that stands before a colon and a secret: of letters alone, and short.
fn is_header(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'))
        && is_secret_name(name)
}

/// How a credential is given in a header.
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "digest", "negotiate"]
        .contains(&word.trim_matches(['"', '\'']).to_lowercase().as_str())
}

fn is_port(word: &str) -> bool {
    let word = word.trim_matches(['"', '\'']);
    !word.is_empty() && word.len() <= 5 && word.chars().all(|c| c.is_ascii_digit())
}

/// What may be a secret by its looks: long, or letters with digits.
fn is_likely(word: &str) -> bool {
    let bare = word.trim_matches(['"', '\'', ',', ';', '.']);
    bare.len() >= 16 || (bare.len() >= 6 && bare.chars().any(|c| c.is_ascii_digit()))
}

fn user_and_password(word: &str) -> String {
    match word.split_once(':') {
        Some((user, password)) if !password.is_empty() && !word.contains("://") => {
            format!("{user}:{}", mask(password))
        }
        _ => authority(word),
    }
}

/// User information before an `@`: of URLs, and of connection strings that have none of their scheme.
fn authority(word: &str) -> String {
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

/// Keys and tokens that are known by their looks.
fn known(word: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-' | '.');
    if word.len() < 16 {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while !rest.is_empty() {
        let start = rest.find(is_part).unwrap_or(rest.len());
        let (before, after) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
        let (part, after) = after.split_at_checked(end).unwrap_or((after, ""));
        out.push_str(&known_part(part));
        rest = after;
    }
    out
}

fn known_part(part: &str) -> String {
    // behind `name=` as well
    let (head, value) = match part.split_once('=') {
        Some((name, value)) if value.len() >= 16 => (format!("{name}="), value),
        _ => (String::new(), part),
    };
    if is_key_id(value) || is_secret_key(value) || is_long_token(value) {
        return format!("{head}{}", mask(value));
    }
    part.to_owned()
}

/// An access key's id: `AKIA…`, `ASIA…`.
fn is_key_id(part: &str) -> bool {
    ["AKIA", "ASIA", "AROA", "AIDA"].iter().any(|begin| part.starts_with(begin))
        && (16..=128).contains(&part.len())
        && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// A secret access key: 40 characters of base 64, of every kind.
fn is_secret_key(part: &str) -> bool {
    part.len() == 40 && is_mixed(part) && part.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
}

fn is_mixed(part: &str) -> bool {
    part.chars().any(|c| c.is_ascii_uppercase())
        && part.chars().any(|c| c.is_ascii_lowercase())
        && part.chars().any(|c| c.is_ascii_digit())
}

/// Session tokens, JSON web tokens, and those of well-known makers.
fn is_long_token(part: &str) -> bool {
    let jwt = part.starts_with("eyJ") && part.len() >= 30;
    let made = part.len() >= 16 && BEGINNINGS.iter().any(|begin| part.starts_with(begin));
    // paths have many slashes, and names many dots
    let long = part.len() >= 100 && is_mixed(part) && part.matches(['/', '.']).count() * 12 < part.len();
    jwt || made || long
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_secrets() {
        for line in [
            "cannot connect to postgres://app:hunter2@db:5432/app: refused",
            "cannot connect to postgres://app:///hunter2@db/app: refused",
            "GET http://cache/http://app:hunter2@db/app",
            "dial \"postgres://app:hunter2@db/app\": no route",
            "failed to connect to `host=db user=app password=hunter2 database=app`: refused",
            "dsn=app:hunter2@tcp(db:3306)/app",
            "using app:hunter2@tcp(db:3306)/app",
            "config: {\"user\":\"app\",\"password\":\"hunter2\",\"port\":5432}",
            "config: {\"password\": \"hunter2\", \"port\": 5432}",
            "password: hunter2",
            "password = hunter2",
            "Password='hunter2 with blanks' and more",
            "> Authorization: Bearer hunter2abcdef123",
            "> authorization: Basic hunter2abcdef",
            "sending Bearer hunter2abcdef123456",
            "GET /x?X-Amz-Signature=hunter2&X-Amz-Date=1 200",
            "GET /x?token=hunter2x&page=2",
            "AWS_SECRET_ACCESS_KEY=hunter2",
            "aws_session_token = hunter2",
            "Set-Cookie: hunter2=1; Path=/",
            "X-Api-Key: hunter2",
            "run with --password hunter2 again",
            "Proxy http://ana:hunter2@proxy:3128 refused",
        ] {
            let out = text(line);
            assert!(!out.contains("hunter2"), "{line}: {out}");
        }
        for secret in [
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1",
            "ghp_0123456789abcdefghijABCDEFGHIJ012345",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        ] {
            for line in [secret.to_owned(), format!("found ({secret})"), format!("x={secret}, y")] {
                assert!(!text(&line).contains(secret), "{}", text(&line));
            }
        }
        assert!(!text("-----BEGIN RSA PRIVATE KEY----- MIIEhunter2").contains("hunter2"));
    }

    #[test]
    fn lines_without_secrets_stay_as_they_are() {
        for line in [
            "OK   20250430034028_base_schema.sql (12.3ms)",
            "goose: successfully migrated database to version: 20250430034028",
            "ERROR 00042_add_tokens.sql: failed to run SQL migration: duplicate key value",
            "pq: password authentication failed for user \"app\"",
            "Key (email)=(ana) already exists.",
            "listening on http://0.0.0.0:8080/health?ready=1",
            "pull 111122223333.dkr.ecr.us-west-2.amazonaws.com/app:8be02d4@sha256:0123abcd",
            "commit 842a9e1cbf0a4f6f8c3d2e1f0a9b8c7d6e5f4a3b is in place",
            "arn:aws:ecs:us-west-2:111122223333:task-definition/prod-service:42",
            "service prod-service has reached a steady state.",
            "mail to ana@example.com",
            "token: expected an identifier",
            "  two  blanks   stay ",
            "tokens=512 max_tokens=4096",
            "a key = a lock",
            "",
        ] {
            assert_eq!(text(line), line);
        }
    }
}
