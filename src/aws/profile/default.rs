//! Where credentials come from when no profile is named, and how one signs in to what.

use super::{
    Failed, Files, SignIn,
    form::{Base, Flaw, Source, Way},
};
use aws_types::os_shim_internal::{Env, Fs};
use futures_util::FutureExt;

/// A variable that is set to something.
pub(in crate::aws) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// The SDK's default chain: variables, the profile, a token in a file, the container, the instance. Where a named
/// profile holds nothing, what to say if the machine gives nothing either.
pub(in crate::aws) fn default_way(
    named: bool,
    files: Result<&Files, &Flaw>,
) -> Result<(Way, Option<Failed>), Failed> {
    let machine = |base: Base| Way { profile: None, base_profile: None, base, roles: Vec::new() };
    if !named && variable("AWS_ACCESS_KEY_ID").is_some() {
        return Ok((machine(Base::Source(Source::Environment)), None));
    }
    let mut empty = None;
    match files.map_err(Clone::clone).and_then(Files::way) {
        Ok(way) => return Ok((way, None)),
        Err(Flaw::Missing { profile, by: None, .. }) if !named && profile == "default" => {}
        Err(flaw @ Flaw::Empty(_)) if !named => {
            empty = variable("AWS_PROFILE").map(|_| flaw.failed());
        }
        Err(flaw) => return Err(flaw.failed()),
    }
    let base = match (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN")) {
        (Some(file), Some(role)) => {
            Base::WebIdentity { role, file, session: variable("AWS_ROLE_SESSION_NAME") }
        }
        _ if ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
            .into_iter()
            .any(|name| variable(name).is_some()) =>
        {
            Base::Source(Source::Container)
        }
        _ => Base::Source(Source::Instance),
    };
    Ok((machine(base), empty))
}

fn files(profile: Option<&str>) -> Result<Files, Flaw> {
    // nothing in it waits: files are read as they are
    Files::read(&Env::real(), &Fs::real(), profile)
        .now_or_never()
        .unwrap_or_else(|| Err(Flaw::Unreadable("they are not read at once".to_owned())))
}

/// How one signs in again to a profile, or to what counts where none is named. Reads the files of profiles.
///
/// # Errors
/// What is wrong with the profile, with what to do.
pub fn sign_in(profile: Option<&str>) -> Result<SignIn, String> {
    let files = files(profile);
    match default_way(profile.is_some(), files.as_ref()) {
        Ok((_, Some(failed))) | Err(failed) => Err(format!("{}; {}", failed.why, failed.remedy)),
        Ok((way, None)) => Ok(way.sign_in()),
    }
}

/// The profiles that are written down, and the regions they name.
pub fn profiles() -> (Vec<String>, Vec<String>) {
    files(None).map(|files| (files.names(), files.regions())).unwrap_or_default()
}

/// The file of authorities that a profile names.
pub(in crate::aws) fn bundle_of(profile: Option<&str>) -> Option<(String, String)> {
    let files = files(profile).ok()?;
    Some((files.selected().to_owned(), files.setting("ca_bundle")?.to_owned()))
}
