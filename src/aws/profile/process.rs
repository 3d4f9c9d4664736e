//! `credential_process`: a program that prints credentials.
//!
//! It gets no terminal, so that it can neither ask nor write in the middle of the screen; it has a limit, and is
//! ended with us. Who may start processes does that: see [`Helper`].

use super::Failed;
use crate::model::{TroubleKind, secret, text};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use aws_smithy_types::date_time::{DateTime, Format};
use futures_util::future::BoxFuture;
use serde_json::Value;
use std::{
    fmt, io,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Runs the programs of profiles; given to the gateway by whoever may start processes.
pub trait Helper: fmt::Debug + Send + Sync {
    /// Runs a command of the shell in a session of its own, and gives what it printed.
    fn run<'a>(&'a self, command: &'a str) -> BoxFuture<'a, Result<Ran, NotRun>>;
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub out: Vec<u8>,
    /// What it printed as an error, or its end.
    pub err: Vec<u8>,
}

/// Why a program gave nothing.
#[derive(Debug)]
pub enum NotRun {
    /// It did not end in time, and was ended.
    Over(Duration),
    /// It printed more than credentials can be, and was ended.
    Flood,
    /// It could not be started or read.
    Failed(io::Error),
}

/// The provider.
#[derive(Debug)]
pub(super) struct Process {
    /// Who runs it.
    pub helper: Option<Arc<dyn Helper>>,
    /// For the shell.
    pub command: Command,
}

/// A command whose arguments are never shown.
pub(super) struct Command(pub String);

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name(&self.0))
    }
}

impl ProvideCredentials for Process {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let said = match &self.helper {
                Some(helper) => helper.run(&self.command.0).await,
                None => Err(NotRun::Failed(io::Error::other("programs are not started from here"))),
            };
            let name = name(&self.command.0);
            said.map_err(|error| not_run(&name, &error))
                .and_then(|ran| credentials(&name, &ran, SystemTime::now()))
                .map_err(CredentialsError::provider_error)
        })
    }
}

/// The program's name: the first word that is none of the shell's settings, without its directories.
pub(super) fn name(command: &str) -> String {
    let mut rest = command.trim();
    loop {
        let (word, after) = first_word(rest);
        let sets = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        if sets && !after.is_empty() {
            rest = after;
            continue;
        }
        let own = if sets { "a command" } else { word.rsplit('/').next().unwrap_or_default() };
        return text::clean(own, 60);
    }
}

/// The first word of a command of the shell, without its quotes, and what follows it.
fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = text.strip_prefix(quote).unwrap_or_default();
        return inner.split_once(quote).map_or((inner, ""), |(word, rest)| (word, rest.trim_start()));
    }
    // what is set may hold blanks in quotes
    let mut quoted = None;
    let end = text.char_indices().find_map(|(at, c)| match (quoted, c) {
        (None, '"' | '\'') => {
            quoted = Some(c);
            None
        }
        (Some(own), c) if own == c => {
            quoted = None;
            None
        }
        (None, c) if c.is_whitespace() => Some(at),
        _ => None,
    });
    let (word, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn not_run(name: &str, error: &NotRun) -> Failed {
    let why = match error {
        NotRun::Over(limit) => {
            format!("its credential_process “{name}” gave nothing within {} s and was ended", limit.as_secs())
        }
        NotRun::Flood => format!("its credential_process “{name}” printed without end and was ended"),
        NotRun::Failed(error) => format!("its credential_process “{name}” cannot be started: {error}"),
    };
    Failed { kind: TroubleKind::NoCredentials, why, remedy: String::new() }
}

/// Reads what the program printed (the form is AWS's: Version, AccessKeyId, SecretAccessKey, SessionToken,
/// Expiration).
pub(super) fn credentials(name: &str, ran: &Ran, now: SystemTime) -> Result<Credentials, Failed> {
    let failed = |kind, what: &str| Failed {
        kind,
        why: format!("its credential_process “{name}” {what}"),
        remedy: String::new(),
    };
    let bad = |what: &str| failed(TroubleKind::NoCredentials, what);
    match ran.code {
        Some(0) => {}
        Some(127) => return Err(bad("is not on this machine (exit code 127)")),
        Some(code) => return Err(bad(&format!("ended with exit code {code}{}", said(&ran.err)))),
        None => return Err(bad("was ended by a signal")),
    }
    let printed = String::from_utf8_lossy(&ran.out);
    if printed.trim().is_empty() {
        return Err(bad(&format!("printed nothing{}", said(&ran.err))));
    }
    // never what it printed: there may be keys in it
    let Ok(answer) = serde_json::from_str::<Value>(&printed) else {
        return Err(bad("printed something else than one JSON object of credentials"));
    };
    let field = |own: &str| answer.get(own).and_then(Value::as_str).filter(|text| !text.is_empty());
    if answer.get("Version").and_then(Value::as_i64) != Some(1) {
        return Err(bad("printed credentials of another version than 1"));
    }
    let (Some(id), Some(secret)) = (field("AccessKeyId"), field("SecretAccessKey")) else {
        return Err(bad("printed no AccessKeyId, or no SecretAccessKey"));
    };
    let until = match field("Expiration") {
        Some(text) => {
            Some(moment(text).ok_or_else(|| bad("printed an Expiration that is not a point in time"))?)
        }
        None => None,
    };
    if until.is_some_and(|until| until <= now) {
        return Err(failed(TroubleKind::Expired, "printed credentials that have expired"));
    }
    Ok(Credentials::new(id, secret, field("SessionToken").map(str::to_owned), until, "credential_process"))
}

/// The last thing a program said of its failure.
fn said(err: &[u8]) -> String {
    let text = String::from_utf8_lossy(err);
    match text
        .lines()
        .rev()
        .map(|line| text::clean(&secret::text(line.trim()), 120))
        .find(|line| !line.is_empty())
    {
        Some(line) => format!(": “{line}”"),
        None => String::new(),
    }
}

/// A moment as the command line writes it: `2026-11-30T06:00:00UTC`, or with an offset.
pub(super) fn moment(text: &str) -> Option<SystemTime> {
    let text = text.trim().strip_suffix("UTC").map_or_else(|| text.trim().to_owned(), |at| format!("{at}Z"));
    DateTime::from_str(&text, Format::DateTimeWithOffset).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_named_without_its_arguments() {
        for (command, own) in [
            ("op", "op"),
            ("/opt/bin/get-keys --password hunter2", "get-keys"),
            ("\"/opt/my tools/keys\" --token x", "keys"),
            ("TOKEN=hunter2 X='a b' aws-vault exec fem", "aws-vault"),
            ("TOKEN=hunter2", "a command"),
            ("  'it' x", "it"),
            ("", ""),
        ] {
            assert_eq!(name(command), own, "{command}");
            assert!(!format!("{:?}", Command(command.into())).contains("hunter2"));
        }
    }

    #[test]
    fn what_a_program_prints_is_read_or_told() {
        const GOOD: &str = r#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S"}"#;
        let read = |code, out: &str, err: &str| {
            let ran = Ran { code, out: out.into(), err: err.into() };
            credentials("keys", &ran, moment("2026-11-30T06:00:00Z").unwrap())
        };
        assert_eq!(read(Some(0), GOOD, "noise").unwrap().access_key_id(), "A");
        let with = |text: &str| GOOD.replace('}', &format!(", {text}}}"));
        let later = with(r#""Expiration": "2026-11-30T07:00:00+00:00", "SessionToken": "T""#);
        assert!(read(Some(0), &later, "").unwrap().expiry().is_some());
        for (code, out, err, told) in [
            (Some(1), GOOD, "warning\nlocked \x1b[31mout\n\n", "ended with exit code 1: “locked"),
            (Some(127), "", "sh: keys: not found", "is not on this machine"),
            (None, "", "", "was ended by a signal"),
            (Some(0), " \n", "no session", "printed nothing: “no session”"),
            (Some(0), &format!("Welcome!\n{GOOD}"), "", "something else than one JSON object"),
            (Some(0), "{\"Version\": 2}", "", "another version"),
            (Some(0), "{\"Version\": 1, \"AccessKeyId\": \"A\"}", "", "no SecretAccessKey"),
            (Some(0), &with(r#""Expiration": "soon""#), "", "not a point in time"),
            (Some(0), &with(r#""Expiration": "2026-11-30T05:59:59Z""#), "", "have expired"),
        ] {
            let failed = read(code, out, err).unwrap_err();
            assert!(failed.why.starts_with("its credential_process “keys” "), "{}", failed.why);
            assert!(failed.why.contains(told) && !failed.why.contains('\x1b'), "{told}: {}", failed.why);
        }
    }
}
