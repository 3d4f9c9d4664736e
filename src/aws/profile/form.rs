//! How a profile gets its credentials, told from its settings alone.
//!
//! The order in which forms win is the SDK's (aws-config, `profile/credentials/repr.rs`): a role is taken with
//! the credentials of `source_profile` or `credential_source`; below that web identity, SSO, sign-in, process,
//! keys; a source profile that holds keys is taken by its keys.

use super::process;
use crate::model::text;
use aws_runtime::env_config::section::{EnvConfigSections, Profile};
use std::fmt;

/// How a profile gets its credentials: where they begin, and the roles that are taken with them, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Way {
    /// The profile that was asked for; none where none is.
    pub profile: Option<String>,
    /// The profile in which it begins.
    pub base_profile: Option<String>,
    /// Where it begins.
    pub base: Base,
    /// The roles.
    pub roles: Vec<Role>,
}

/// Where credentials begin.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::aws) enum Base {
    /// Keys that are written down, with their token where they are temporary.
    Keys {
        /// Access key id.
        id: String,
        /// Its secret.
        secret: String,
        /// Session token.
        token: Option<String>,
    },
    /// SSO (IAM Identity Center).
    Sso {
        /// The `sso-session`; none in the older form.
        session: Option<String>,
        /// Twelve digits.
        account: String,
        /// Permission set.
        role: String,
        /// Where SSO is.
        region: String,
        /// The portal.
        start_url: String,
    },
    /// `aws login`.
    Login {
        /// Whose session.
        session: String,
    },
    /// A program that prints credentials.
    Process {
        /// For the shell; may hold secrets.
        command: String,
    },
    /// A token in a file.
    WebIdentity {
        /// The role it gives.
        role: String,
        /// The file.
        file: String,
        /// The role session's name, where it is set.
        session: Option<String>,
    },
    /// What the machine gives.
    Source(Source),
}

/// Without secrets.
impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&how(self))
    }
}

/// What the machine gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) enum Source {
    /// AWS_ACCESS_KEY_ID and the like.
    Environment,
    /// An EC2 instance's role.
    Instance,
    /// A container's role.
    Container,
}

/// A role that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Role {
    /// Who names it, in words: `profile x`.
    pub by: String,
    /// Its ARN.
    pub arn: String,
    /// `external_id`.
    pub external_id: Option<String>,
    /// `role_session_name`.
    pub session: Option<String>,
    /// `mfa_serial`: the device whose code is asked for.
    pub mfa: Option<String>,
    /// `duration_seconds`.
    pub seconds: Option<u32>,
}

/// What is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) enum Flaw {
    /// The files cannot be read; the reason.
    Unreadable(String),
    /// One of them is none: the SDK would wait for a pipe for ever, and must not be let near it.
    NoFile(String),
    /// The profile is not written down; the profile that points to it, and those there are.
    Missing {
        /// Its name.
        profile: String,
        /// Who names it.
        by: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
    /// Profiles that point to each other.
    Loop(Vec<String>),
    /// A role with nothing to take it with.
    Rootless(String),
    /// Both `source_profile` and `credential_source`.
    TwoSources(String),
    /// A `credential_source` that is none.
    UnknownSource {
        /// The profile.
        profile: String,
        /// What it says.
        source: String,
    },
    /// Neither keys nor anything else.
    Empty(String),
    /// A form lacks one of its settings.
    Lacks {
        /// The profile, or the section.
        profile: String,
        /// The setting that is there.
        has: &'static str,
        /// The setting that is not.
        lacks: &'static str,
    },
    /// The `sso-session` is not written down.
    NoSsoSession {
        /// The profile.
        profile: String,
        /// Its name.
        session: String,
    },
}

/// Follows the profile that is asked for.
pub(super) fn way(files: &EnvConfigSections) -> Result<Way, Flaw> {
    let asked = files.selected_profile().to_owned();
    let mut seen: Vec<String> = Vec::new();
    let mut roles = Vec::new();
    let mut name = asked.clone();
    let (base, base_profile) = loop {
        let Some(profile) = files.get_profile(&name) else {
            let mut known: Vec<String> = files.profiles().map(str::to_owned).collect();
            known.sort();
            return Err(Flaw::Missing { profile: name, by: seen.last().cloned(), known });
        };
        if seen.contains(&name) {
            seen.push(name);
            return Err(Flaw::Loop(seen));
        }
        seen.push(name.clone());
        if seen.len() > 1
            && let Ok(keys) = keys(profile)
        {
            break (keys, name);
        }
        let Some(role) = role(profile) else { break (base(files, profile)?, name) };
        roles.push(role);
        match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(_), Some(_)) => return Err(Flaw::TwoSources(name)),
            (None, None) => return Err(Flaw::Rootless(name)),
            (None, Some(source)) => break (Base::Source(named(&name, source)?), name),
            // one that names itself has credentials beside its role
            (Some(own), None) if own == name => break (base(files, profile)?, name),
            (Some(next), None) => next.clone_into(&mut name),
        }
    };
    roles.reverse();
    Ok(Way { profile: Some(asked), base_profile: Some(base_profile), base, roles })
}

fn role(profile: &Profile) -> Option<Role> {
    if profile.get("web_identity_token_file").is_some() {
        return None;
    }
    let set = |name: &str| profile.get(name).map(str::to_owned);
    Some(Role {
        by: format!("profile {}", text::clean(profile.name(), 120)),
        arn: set("role_arn")?,
        external_id: set("external_id"),
        session: set("role_session_name"),
        mfa: set("mfa_serial"),
        seconds: profile.get("duration_seconds").and_then(|text| text.parse().ok()),
    })
}

fn named(profile: &str, source: &str) -> Result<Source, Flaw> {
    match source.to_ascii_lowercase().as_str() {
        "environment" => Ok(Source::Environment),
        "ec2instancemetadata" => Ok(Source::Instance),
        "ecscontainer" => Ok(Source::Container),
        _ => Err(Flaw::UnknownSource { profile: profile.to_owned(), source: source.to_owned() }),
    }
}

fn base(files: &EnvConfigSections, profile: &Profile) -> Result<Base, Flaw> {
    let name = profile.name();
    if let Some(source) = profile.get("credential_source") {
        return named(name, source).map(Base::Source);
    }
    if let Some(file) = profile.get("web_identity_token_file") {
        let role =
            profile.get("role_arn").ok_or_else(|| lacks(name, "web_identity_token_file", "role_arn"))?;
        return Ok(Base::WebIdentity {
            role: role.to_owned(),
            file: file.to_owned(),
            session: profile.get("role_session_name").map(str::to_owned),
        });
    }
    if let Some(sso) = sso(files, profile)? {
        return Ok(sso);
    }
    if let Some(session) = profile.get("login_session") {
        return Ok(Base::Login { session: session.to_owned() });
    }
    if let Some(command) = profile.get("credential_process") {
        return Ok(Base::Process { command: command.to_owned() });
    }
    keys(profile)
}

fn lacks(profile: &str, has: &'static str, lacks: &'static str) -> Flaw {
    Flaw::Lacks { profile: profile.to_owned(), has, lacks }
}

fn keys(profile: &Profile) -> Result<Base, Flaw> {
    let (id, secret) = (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key"));
    let token = profile.get("aws_session_token").map(str::to_owned);
    let name = profile.name();
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Base::Keys { id: id.to_owned(), secret: secret.to_owned(), token }),
        (Some(_), None) => Err(lacks(name, "aws_access_key_id", "aws_secret_access_key")),
        (None, Some(_)) => Err(lacks(name, "aws_secret_access_key", "aws_access_key_id")),
        (None, None) if token.is_some() => Err(lacks(name, "aws_session_token", "aws_access_key_id")),
        (None, None) => Err(Flaw::Empty(name.to_owned())),
    }
}

fn sso(files: &EnvConfigSections, profile: &Profile) -> Result<Option<Base>, Flaw> {
    let name = profile.name();
    let session = profile.get("sso_session");
    let (account, role) = (profile.get("sso_account_id"), profile.get("sso_role_name"));
    let own = (profile.get("sso_start_url"), profile.get("sso_region"));
    let first = [
        ("sso_session", session),
        ("sso_start_url", own.0),
        ("sso_account_id", account),
        ("sso_role_name", role),
        ("sso_region", own.1),
    ];
    let Some((has, _)) = first.into_iter().find(|(_, value)| value.is_some()) else { return Ok(None) };
    let (at, start_url, region) = match session {
        Some(session) => {
            let Some(section) = files.sso_session(session) else {
                return Err(Flaw::NoSsoSession { profile: name.to_owned(), session: session.to_owned() });
            };
            // what a profile says beside its session counts where the session is silent
            (session, section.get("sso_start_url").or(own.0), section.get("sso_region").or(own.1))
        }
        None => (name, own.0, own.1),
    };
    let missing = |setting| lacks(name, has, setting);
    let of_session = |setting| lacks(at, has, setting);
    Ok(Some(Base::Sso {
        session: session.map(str::to_owned),
        account: account.ok_or_else(|| missing("sso_account_id"))?.to_owned(),
        role: role.ok_or_else(|| missing("sso_role_name"))?.to_owned(),
        region: region.ok_or_else(|| of_session("sso_region"))?.to_owned(),
        start_url: start_url.ok_or_else(|| of_session("sso_start_url"))?.to_owned(),
    }))
}

pub(super) fn clean(name: &str) -> String {
    text::clean(name, 120)
}

/// Where credentials begin, in words.
pub(super) fn how(base: &Base) -> String {
    match base {
        Base::Keys { token: None, .. } => "access keys".to_owned(),
        Base::Keys { token: Some(_), .. } => "temporary keys".to_owned(),
        Base::Sso { session: Some(session), .. } => format!("SSO session {}", clean(session)),
        Base::Sso { session: None, .. } => "SSO".to_owned(),
        Base::Login { .. } => "aws login".to_owned(),
        Base::Process { command } => format!("credential_process “{}”", process::name(command)),
        Base::WebIdentity { .. } => "web identity".to_owned(),
        Base::Source(Source::Environment) => "environment variables".to_owned(),
        Base::Source(Source::Instance) => "the instance's role".to_owned(),
        Base::Source(Source::Container) => "the container's role".to_owned(),
    }
}
