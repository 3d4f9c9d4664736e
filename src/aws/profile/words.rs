//! What is said of each form, and the way out: one table.

use super::failed::{Failed, find};
use super::form::{clean, how};
use super::{
    form::{Base, Flaw, Role, Source, Way},
    process,
};
use crate::model::{TroubleKind, text};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::{
    error::Error,
    fmt::{self, Write as _},
};

/// How one signs in again.
#[derive(Clone, PartialEq, Eq)]
pub enum SignIn {
    /// By these commands of the AWS command line, one after the other, on a terminal.
    Aws(Vec<Vec<String>>),
    /// By letting the profile's own program ask, on a terminal; what it prints is thrown away.
    Program {
        /// Its name.
        name: String,
        /// For the shell; may hold secrets.
        command: String,
    },
    /// Not from here; what to do instead.
    Elsewhere(String),
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.remedy())
    }
}

impl SignIn {
    /// What to do, in words.
    pub fn remedy(&self) -> String {
        match self {
            Self::Aws(commands) => {
                let all: Vec<String> = commands.iter().map(|c| format!("`{}`", shown(c))).collect();
                format!("run {}", all.join(", then "))
            }
            Self::Program { name, .. } => {
                format!("let “{name}” ask on a terminal (it gets none in here), then try again")
            }
            Self::Elsewhere(remedy) => remedy.clone(),
        }
    }
}

/// A command as one types it.
fn shown(command: &[String]) -> String {
    let plain = |word: &str| word.chars().all(|c| c.is_alphanumeric() || "-_./:=@+".contains(c));
    let words = command.iter().map(|word| if plain(word) { word.clone() } else { format!("'{word}'") });
    text::clean(&words.collect::<Vec<_>>().join(" "), 200)
}

/// The name behind the last `/` of a role's ARN.
fn role_name(arn: &str) -> String {
    clean(arn.rsplit('/').next().unwrap_or(arn))
}

impl Way {
    /// The profile in which it begins, in words.
    fn begin(&self) -> String {
        match &self.base_profile {
            Some(profile) => format!("profile {}", clean(profile)),
            None => how(&self.base),
        }
    }

    /// Where the credentials come from: `profile prod: role admin with MFA, by SSO session fem of profile base`.
    pub fn source(&self) -> String {
        let mut told = String::new();
        if let Some(profile) = &self.profile {
            told = format!("profile {}: ", clean(profile));
        }
        for role in self.roles.iter().rev() {
            let by = if role.mfa.is_some() { " with MFA, by" } else { ", by" };
            let _ = write!(told, "role {}{by} ", role_name(&role.arn));
        }
        told.push_str(&how(&self.base));
        if self.base_profile != self.profile {
            let _ = write!(told, " of {}", self.begin());
        }
        told
    }

    /// How one signs in again.
    pub fn sign_in(&self) -> SignIn {
        let profile = self.base_profile.clone().unwrap_or_default();
        let aws = |words: &[&str], profile: &str| -> Vec<String> {
            let words = ["aws"].into_iter().chain(words.iter().copied()).chain(["--profile", profile]);
            words.map(str::to_owned).collect()
        };
        let mut commands = match &self.base {
            Base::Sso { .. } => vec![aws(&["sso", "login"], &profile)],
            Base::Login { .. } => vec![aws(&["login"], &profile)],
            _ => Vec::new(),
        };
        // the command line asks for the code, and keeps the session for all that read its cache
        if self.roles.iter().any(|role| role.mfa.is_some())
            && let Some(asked) = &self.profile
        {
            commands.push(aws(&["sts", "get-caller-identity"], asked));
        }
        if !commands.is_empty() {
            return SignIn::Aws(commands);
        }
        match &self.base {
            Base::Process { command } => {
                SignIn::Program { name: process::name(command), command: command.clone() }
            }
            base => SignIn::Elsewhere(elsewhere(base, &self.begin())),
        }
    }

    /// What is said when it does not lead to credentials.
    pub(super) fn failed(&self, error: &CredentialsError) -> Failed {
        let mut failed = match find::<Failed>(error) {
            Some(own) => own.clone(),
            None => base_failed(self, error),
        };
        if !failed.why.contains("profile ") && self.base_profile.is_some() {
            failed.why = format!("{}: {}", self.begin(), failed.why);
        }
        if failed.remedy.is_empty() {
            failed.remedy = self.sign_in().remedy();
        }
        failed
    }
}

fn elsewhere(base: &Base, begin: &str) -> String {
    match base {
        Base::Keys { token: None, .. } => format!("put valid keys into {begin}, or sign in another way"),
        Base::Keys { token: Some(_), .. } => format!("fetch new temporary keys into {begin}"),
        Base::WebIdentity { file, .. } => format!("see that {} holds a valid token", clean(file)),
        Base::Source(Source::Environment) => {
            "leave, renew AWS_ACCESS_KEY_ID and the others in the shell, and start again".to_owned()
        }
        Base::Source(Source::Instance) => {
            "give the instance a role, or set AWS_PROFILE, or sign in with `aws configure sso` or `aws login`"
                .to_owned()
        }
        Base::Source(Source::Container) => "give the task or pod a role".to_owned(),
        Base::Sso { .. } | Base::Login { .. } | Base::Process { .. } => String::new(),
    }
}

/// A failure of the SDK's provider where the credentials begin.
fn base_failed(way: &Way, error: &CredentialsError) -> Failed {
    let begin = way.begin();
    let chain = causes(error);
    let lower = chain.to_lowercase();
    // names and doors before sessions: what cannot be reached tells nothing of a session
    let unreached = ["dispatch failure", "timed out", "timeout", "connect", "dns"];
    let refused = ["unauthorized", "invalidgrant", "expired", "forbidden", "accessdenied"];
    if unreached.iter().any(|word| lower.contains(word)) && !refused.iter().any(|word| lower.contains(word)) {
        let (kind, remedy) = match &way.base {
            Base::Source(Source::Instance) if way.profile.is_none() => {
                return Failed {
                    kind: TroubleKind::NoCredentials,
                    why: "no credentials in the environment, the shared files or the machine".to_owned(),
                    remedy: elsewhere(&way.base, &begin),
                };
            }
            _ => (TroubleKind::Unreachable, "check the network and the proxy"),
        };
        let why = format!("{} of {begin} cannot be reached ({})", how(&way.base), short(&chain));
        return Failed { kind, why, remedy: remedy.to_owned() };
    }
    let never = ["failed to load the cached", "failed to read", "no such file", "not found"];
    let never = never.iter().any(|word| lower.contains(word));
    let denied = ["forbidden", "no access", "accessdenied"].iter().any(|word| lower.contains(word));
    let (kind, why, remedy) = match &way.base {
        Base::Sso { account, role, .. } if denied => (
            TroubleKind::Denied,
            format!("SSO gives {begin} no role {} in account {}", clean(role), clean(account)),
            "ask for that role, or correct sso_role_name and sso_account_id".to_owned(),
        ),
        Base::Sso { .. } if never => (
            TroubleKind::NoCredentials,
            format!("nobody has signed in to the {} of {begin} yet", how(&way.base)),
            String::new(),
        ),
        Base::Sso { .. } => {
            (TroubleKind::Expired, format!("the {} of {begin} is over", how(&way.base)), String::new())
        }
        Base::WebIdentity { role, file, .. } => {
            let expired = lower.contains("expired");
            let kind = if expired { TroubleKind::Expired } else { TroubleKind::NoCredentials };
            let why = if std::path::Path::new(file).exists() {
                format!(
                    "AWS gives no role {} for the token in {} ({})",
                    role_name(role),
                    clean(file),
                    short(&chain)
                )
            } else {
                format!("the token's file {} of {begin} is not there", clean(file))
            };
            (kind, why, String::new())
        }
        Base::Source(Source::Instance) => (
            TroubleKind::NoCredentials,
            match &way.profile {
                Some(_) => {
                    format!("{begin} takes the instance's role, and there is none ({})", short(&chain))
                }
                None => "no credentials in the environment, the shared files or the machine".to_owned(),
            },
            String::new(),
        ),
        base => (
            TroubleKind::NoCredentials,
            format!("{begin} gave none: {} ({})", how(base), short(&chain)),
            String::new(),
        ),
    };
    Failed { kind, why, remedy }
}

fn short(chain: &str) -> String {
    text::clean(chain, 160)
}

/// A role that AWS did not give.
pub(super) fn role_failed(role: &Role, error: &CredentialsError) -> Failed {
    let name = role_name(&role.arn);
    let by = &role.by;
    let service = find::<AssumeRoleError>(error);
    let code = service.and_then(ProvideErrorMetadata::code).unwrap_or_default();
    let message = service.and_then(ProvideErrorMetadata::message).unwrap_or_default();
    let kind = match code {
        "" => TroubleKind::Unreachable,
        code => super::super::trouble::kind_of(code, message, 403),
    };
    let said = |text: &str| text::clean(text.trim().trim_end_matches('.'), 200);
    let (why, remedy) = match kind {
        TroubleKind::Denied => (
            format!("AWS does not give role {name} ({by}): {}", said(message)),
            format!(
                "the role's trust policy has to name who takes it, and their policy sts:AssumeRole on {}",
                clean(&role.arn)
            ),
        ),
        TroubleKind::Expired => {
            (format!("the credentials that take role {name} ({by}) have expired"), String::new())
        }
        TroubleKind::NoCredentials => {
            (format!("AWS does not know the credentials that take role {name} ({by})"), String::new())
        }
        TroubleKind::Unreachable => (
            format!("role {name} ({by}) could not be asked for: {}", short(&causes(error))),
            "check the network, the proxy and the region".to_owned(),
        ),
        _ => (
            format!("AWS does not give role {name} ({by}): {} ({})", said(message), clean(code)),
            format!("correct role_arn, duration_seconds or external_id of {by}"),
        ),
    };
    Failed { kind, why, remedy }
}

/// A role whose MFA code nobody has typed.
pub(super) fn code_asked(role: &Role, over: bool) -> Failed {
    let device = role.mfa.as_deref().unwrap_or_default();
    let (name, by) = (role_name(&role.arn), &role.by);
    let state = if over { "the session with the last one is over" } else { "none was typed yet" };
    Failed {
        kind: if over { TroubleKind::Expired } else { TroubleKind::NoCredentials },
        why: format!("role {name} ({by}) asks for a code of MFA device {}, and {state}", role_name(device)),
        remedy: String::new(),
    }
}

impl Flaw {
    /// What is said of it.
    pub fn failed(&self) -> Failed {
        let (why, remedy) = match self {
            Self::Unreadable(why) => (
                format!("the files of profiles cannot be read: {why}"),
                "correct ~/.aws/config or ~/.aws/credentials".to_owned(),
            ),
            Self::NoFile(why) => (
                why.clone(),
                "put a file in its place, or name one with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE"
                    .to_owned(),
            ),
            // aws-runtime leaves out sections whose name is no identifier (`env_config/normalize.rs`), which the AWS
            // command line reads
            Self::Missing { profile, .. } if profile.contains(char::is_whitespace) => (
                format!(
                    "a profile whose name holds a blank (“{}”) is not read by the AWS SDK",
                    clean(profile)
                ),
                "give it a name without blanks in ~/.aws/config".to_owned(),
            ),
            Self::Missing { profile, by: None, known } => (
                format!("there is no profile “{}”", clean(profile)),
                match known.len() {
                    0 => "`aws configure sso` or `aws login` writes one down".to_owned(),
                    _ => format!("there are {}", text::clean(&known.join(", "), 200)),
                },
            ),
            Self::Missing { profile, by: Some(by), .. } => (
                format!(
                    "profile {} takes its credentials from profile “{}”, which does not exist",
                    clean(by),
                    clean(profile)
                ),
                format!("correct source_profile of profile {}", clean(by)),
            ),
            Self::Loop(profiles) => (
                format!(
                    "profiles take their credentials from each other: {}",
                    text::clean(&profiles.join(" → "), 200)
                ),
                "let source_profile of one of them name a profile with credentials of its own".to_owned(),
            ),
            Self::Rootless(profile) => (
                format!("profile {} has a role_arn, and nothing to take it with", clean(profile)),
                "add source_profile, or credential_source, to it".to_owned(),
            ),
            Self::TwoSources(profile) => (
                format!("profile {} has both source_profile and credential_source", clean(profile)),
                "take one of them away".to_owned(),
            ),
            Self::UnknownSource { profile, source } => (
                format!("credential_source of profile {} is “{}”", clean(profile), clean(source)),
                "it is Environment, Ec2InstanceMetadata or EcsContainer".to_owned(),
            ),
            Self::Empty(profile) => (
                format!("profile {} has no credentials", clean(profile)),
                format!(
                    "`aws configure sso --profile {0}` or `aws login --profile {0}` gives it some",
                    clean(profile)
                ),
            ),
            Self::Lacks { profile, has, lacks } => (
                format!("{} has {has}, but no {lacks}", clean(profile)),
                format!("add {lacks} to it in ~/.aws"),
            ),
            Self::NoSsoSession { profile, session } => (
                format!(
                    "profile {} names SSO session “{}”, which does not exist",
                    clean(profile),
                    clean(session)
                ),
                format!("`aws configure sso-session` writes down [sso-session {}]", clean(session)),
            ),
        };
        Failed { kind: TroubleKind::NoCredentials, why, remedy }
    }
}

/// All causes, for looking into and for a bracket.
fn causes(error: &dyn Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = error.source().or(Some(error));
    while let Some(current) = next {
        let own = text::clean(&current.to_string(), 160);
        if !parts.iter().any(|part| part.contains(&own)) {
            parts.push(own);
        }
        next = current.source();
    }
    parts.join(": ")
}
