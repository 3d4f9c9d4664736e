//! Sessions that the AWS command line keeps of roles whose MFA code was typed.
//!
//! The SDK cannot ask for a code. The command line asks, and keeps the session in `~/.aws/cli/cache` under the
//! SHA-1 of the request (botocore, `credentials.py`: `BaseAssumeRoleCredentialFetcher._create_cache_key`), for
//! all that read it.

use super::form::Role;
use super::process::moment;
use aws_credential_types::Credentials;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::Value;
use std::{fmt::Write, path::Path, time::SystemTime};

/// What the command line's cache holds of a role.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    /// Nothing that can be read.
    Nothing,
    /// A session that is over.
    Over,
    /// A session.
    Session(Credentials),
}

/// The name of the file, without its ending.
pub(super) fn key(role: &Role) -> String {
    // as Python writes it: keys in order, a blank behind each comma and colon, ASCII alone
    let mut request = String::from("{");
    let mut put = |name: &str, value: String| {
        if request.len() > 1 {
            request.push_str(", ");
        }
        let _ = write!(request, "\"{name}\": {value}");
    };
    let quoted = |text: &str| ascii(&Value::from(text).to_string());
    if let Some(seconds) = role.seconds {
        put("DurationSeconds", seconds.to_string());
    }
    if let Some(id) = &role.external_id {
        put("ExternalId", quoted(id));
    }
    put("RoleArn", quoted(&role.arn));
    if let Some(session) = &role.session {
        put("RoleSessionName", quoted(session));
    }
    if let Some(device) = &role.mfa {
        put("SerialNumber", quoted(device));
    }
    request.push('}');
    hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, request.as_bytes()).as_ref())
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn ascii(json: &str) -> String {
    json.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        out
    })
}

/// What is kept of a role.
pub(super) fn kept(home: &Path, role: &Role, now: SystemTime) -> Kept {
    let path = home.join(".aws/cli/cache").join(format!("{}.json", key(role)));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    read(&text, now).unwrap_or(Kept::Nothing)
}

fn read(text: &str, now: SystemTime) -> Option<Kept> {
    let answer: Value = serde_json::from_str(text).ok()?;
    let own = answer.get("Credentials")?;
    let field = |name: &str| own.get(name)?.as_str();
    let until = moment(field("Expiration")?)?;
    if until <= now {
        return Some(Kept::Over);
    }
    Some(Kept::Session(Credentials::new(
        field("AccessKeyId")?,
        field("SecretAccessKey")?,
        field("SessionToken").map(str::to_owned),
        Some(until),
        "aws-cli-cache",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn role() -> Role {
        Role {
            by: "profile admin".into(),
            arn: "arn:aws:iam::111122223333:role/admin".into(),
            external_id: None,
            session: None,
            mfa: Some("arn:aws:iam::111122223333:mfa/me".into()),
            seconds: None,
        }
    }

    /// Made with botocore 1.44.5's own `_create_cache_key`.
    #[test]
    fn files_are_named_as_the_command_line_names_them() {
        assert_eq!(key(&role()), "0c22bfe9122ff07d6eff8a54ade8c2b34f53d333");
        let all = Role {
            external_id: Some("é\"x".into()),
            session: Some("me@here".into()),
            seconds: Some(3600),
            ..role()
        };
        assert_eq!(key(&all), "7c58b28803f2f897dcca0cdd856c13485423395c");
    }

    #[test]
    fn a_session_counts_until_it_is_over() {
        let answer = r#"{"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T",
            "Expiration": "2026-11-30T06:00:00UTC"}, "AssumedRoleUser": {}}"#;
        let at = |text: &str| moment(text).unwrap();
        let before = at("2026-11-30T05:59:00Z");
        let Some(Kept::Session(credentials)) = read(answer, before) else { panic!("a session") };
        assert_eq!((credentials.access_key_id(), credentials.session_token()), ("A", Some("T")));
        assert_eq!(credentials.expiry(), Some(at("2026-11-30T07:00:00+01:00")));
        assert!(matches!(read(answer, at("2026-11-30T06:00:00+00:00")), Some(Kept::Over)));
        for broken in ["", "{}", r#"{"Credentials": {"Expiration": "soon"}}"#] {
            assert!(read(broken, UNIX_EPOCH + Duration::from_secs(1)).is_none(), "{broken}");
        }
    }
}
