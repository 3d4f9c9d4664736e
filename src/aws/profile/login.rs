//! Sessions of `aws login`.
//!
//! The AWS command line keeps them in `~/.aws/login/cache` under the SHA-256 of the session (aws-config,
//! `login/cache.rs`), as keys for a quarter of an hour and a token that fetches new ones for half a day. Fetching is
//! left to the command line (`aws configure export-credentials`), which has to be there to sign in anyway: doing it
//! here takes a signature that would bring two dozen crates.

use super::{Failed, Helper, mfa, process};
use crate::model::TroubleKind;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Keys that last no longer than this are fetched anew.
const SOON: Duration = Duration::from_mins(2);

/// The provider.
#[derive(Debug)]
pub(super) struct Login {
    /// Whose session.
    pub session: String,
    /// The profile that names it.
    pub profile: String,
    /// Where sessions are kept.
    pub cache: PathBuf,
    /// Who runs the command line.
    pub helper: Option<Arc<dyn Helper>>,
}

impl Login {
    /// The keys that are kept; the error says whether there were any.
    fn kept(&self, now: SystemTime, least: Duration) -> Result<Credentials, Failed> {
        let file = mfa::hex(digest(&SHA256, self.session.trim().as_bytes()).as_ref());
        let text = std::fs::read_to_string(self.cache.join(format!("{file}.json"))).unwrap_or_default();
        let by = format!("profile {} (aws login)", crate::model::text::clean(&self.profile, 120));
        let failed = |kind, why: String| Failed { kind, why, remedy: String::new() };
        let Some(keys) = read(&text) else {
            return Err(failed(TroubleKind::NoCredentials, format!("nobody has signed in for {by} yet")));
        };
        match keys.expiry() {
            Some(until) if until > now + least => Ok(keys),
            _ => Err(failed(TroubleKind::Expired, format!("the sign-in of {by} is over"))),
        }
    }

    async fn provide(&self) -> Result<Credentials, Failed> {
        let failed = match self.kept(SystemTime::now(), SOON) {
            Ok(keys) => return Ok(keys),
            Err(failed) => failed,
        };
        let plain = self.profile.chars().all(|c| c.is_ascii_alphanumeric() || "-_./%@:+".contains(c));
        if let Some(helper) = self.helper.as_ref().filter(|_| plain && failed.kind == TroubleKind::Expired) {
            let command =
                format!("aws configure export-credentials --format process --profile '{}'", self.profile);
            if let Ok(ran) = helper.run(&command).await
                && let Ok(keys) = process::credentials("aws", &ran, SystemTime::now())
            {
                return Ok(keys);
            }
        }
        // those that are kept may still last for a while
        self.kept(SystemTime::now(), Duration::ZERO).map_err(|_| failed)
    }
}

impl ProvideCredentials for Login {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            self.provide().await.map_err(CredentialsError::provider_error)
        })
    }
}

fn read(text: &str) -> Option<Credentials> {
    let kept: Value = serde_json::from_str(text).ok()?;
    let own = kept.get("accessToken")?;
    let field = |name: &str| own.get(name)?.as_str();
    Some(Credentials::new(
        field("accessKeyId")?,
        field("secretAccessKey")?,
        Some(field("sessionToken")?.to_owned()),
        Some(process::moment(field("expiresAt")?)?),
        "aws-login-cache",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::process;
    use super::*;

    #[test]
    fn a_session_is_found_where_the_command_line_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let session = "arn:aws:iam::0123456789012:user/Admin";
        let login = Login {
            session: format!(" {session} "),
            profile: "p".into(),
            cache: dir.path().to_owned(),
            helper: None,
        };
        let at = |text: &str| process::moment(text).unwrap();
        let now = at("2026-11-30T05:55:00Z");
        assert_eq!(login.kept(now, SOON).unwrap_err().kind, TroubleKind::NoCredentials);
        // the name is that of aws-config's own test
        let file = "36db1d138ff460920374e4c3d8e01f53f9f73537e89c88d639f68393df0e2726.json";
        let text = r#"{"accessToken": {"accessKeyId": "A", "secretAccessKey": "S", "sessionToken": "T",
            "accountId": "012345678901", "expiresAt": "2026-11-30T06:00:00Z"}, "refreshToken": "R"}"#;
        std::fs::write(dir.path().join(file), text).unwrap();
        assert_eq!(login.kept(now, SOON).unwrap().access_key_id(), "A");
        let over = login.kept(at("2026-11-30T05:59:00Z"), SOON).unwrap_err();
        assert!(over.kind == TroubleKind::Expired && over.why.contains("is over"), "{}", over.why);
    }
    /// The command line, which fetches new keys.
    #[derive(Debug)]
    struct Fetches;

    impl Helper for Fetches {
        fn run<'a>(
            &'a self,
            command: &'a str,
        ) -> futures_util::future::BoxFuture<'a, Result<process::Ran, process::NotRun>> {
            assert_eq!(command, "aws configure export-credentials --format process --profile 'p'");
            let out = br#"{"Version": 1, "AccessKeyId": "NEW", "SecretAccessKey": "S"}"#.to_vec();
            Box::pin(std::future::ready(Ok(process::Ran { code: Some(0), out, err: vec![] })))
        }
    }

    #[test]
    fn keys_that_are_over_are_fetched_anew_by_the_command_line() {
        use futures_util::FutureExt;
        let dir = tempfile::tempdir().unwrap();
        let file = mfa::hex(digest(&SHA256, b"me").as_ref());
        let text = r#"{"accessToken": {"accessKeyId": "A", "secretAccessKey": "S", "sessionToken": "T",
            "expiresAt": "2020-01-01T00:00:00Z"}}"#;
        std::fs::write(dir.path().join(format!("{file}.json")), text).unwrap();
        let login = |helper: Option<Arc<dyn Helper>>| Login {
            session: "me".into(),
            profile: "p".into(),
            cache: dir.path().to_owned(),
            helper,
        };
        let fetched = login(Some(Arc::new(Fetches))).provide().now_or_never().unwrap();
        assert_eq!(fetched.unwrap().access_key_id(), "NEW");
        let over = login(None).provide().now_or_never().unwrap().unwrap_err();
        assert_eq!(over.kind, TroubleKind::Expired);
    }
}
