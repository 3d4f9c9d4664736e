//! Another region or profile for this session, chosen inside the program.
//!
//! It means what `--region` and `--profile` mean: it counts where an environment names none of its own. The check of
//! an environment's account stays, and a run under way keeps the way it began with.

use super::environments::ask_fleet;
use crate::{
    app::{
        Effect, Purpose, alarms, fleet,
        flow::{Intent, Out, notice},
        state::{Environment, Screen, Session, State},
    },
    config::{self, settings::value},
    model::{Ask, EnvironmentName},
};
use std::sync::Arc;

/// The regions of AWS when this was written (botocore's endpoints.json); others can be typed.
const REGIONS: [&str; 38] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// What can be chosen: the profiles that are written down; the regions in use, those of profiles, all others, and
/// what is typed where it is a region nobody here knows.
pub(in crate::app) fn offered(state: &State, typed: &str) -> Vec<Session> {
    if state.demo {
        return Vec::new();
    }
    let mut regions: Vec<String> = Vec::new();
    let own = state.environments.iter().map(|e| e.region.as_str());
    let typed = typed.trim();
    let typed = typed.strip_prefix("region").unwrap_or(typed).trim();
    let typed = Some(typed).filter(|text| !text.is_empty() && value::region(text).is_ok());
    for region in own.chain(state.regions.iter().map(String::as_str)).chain(REGIONS).chain(typed) {
        if !region.is_empty() && !regions.iter().any(|known| known == region) {
            regions.push(region.to_owned());
        }
    }
    let profiles = state.profiles.iter().cloned().map(Session::Profile);
    profiles.chain(regions.into_iter().map(Session::Region)).collect()
}

/// True where an environment takes this from the session.
fn follows(environment: &config::Environment, chosen: &Session) -> bool {
    environment.access_key.is_none()
        && match chosen {
            Session::Region(_) => environment.region.is_none(),
            Session::Profile(_) => environment.profile.is_none() && environment.role_arn.is_none(),
        }
}

/// Takes what is chosen into use.
pub(in crate::app) fn switch(state: &mut State, chosen: &Session, out: &mut Out) {
    let mut settings = (*state.settings).clone();
    let follow: Vec<EnvironmentName> = if state.discovered {
        Vec::new()
    } else {
        let own = settings.environments.iter().filter(|e| follows(e, chosen));
        own.map(|e| e.name.clone()).collect()
    };
    if follow.is_empty() && !state.discovered {
        let what = if matches!(chosen, Session::Region(_)) { "region" } else { "profile or role" };
        let text = format!("every environment names its own {what} in the configuration, which stays");
        notice(state, out, text, false);
        return;
    }
    match chosen {
        Session::Region(region) => settings.region = Some(region.clone()),
        Session::Profile(profile) => settings.profile = Some(profile.clone()),
    }
    if state.discovered {
        settings.environments.clear();
        state.environments.clear();
        (state.found, state.begun_at) = (false, state.now);
        state.rows.clear();
        state.lost = None;
        forget(state, None);
    }
    state.settings = Arc::new(settings.clone());
    state.service = None;
    out.intend(Intent::Go(Screen::Fleet));
    out.push(Effect::Reroute(Box::new(settings)));
    for name in &follow {
        anew(state, name, out);
    }
    fleet::recompute(state);
    let who = match follow.as_slice() {
        [] => "looking for environments".to_owned(),
        names => {
            let names: Vec<&str> = names.iter().map(EnvironmentName::as_str).collect();
            names.join(", ")
        }
    };
    notice(state, out, format!("{chosen} for this session: {who}"), false);
    out.touch();
}

/// What happened, and the alarms, are of another region or account now: of one environment, or of all.
fn forget(state: &mut State, name: Option<&EnvironmentName>) {
    let stays = |own: &EnvironmentName| name.is_some_and(|name| name != own);
    let timeline = &mut state.timeline;
    timeline.events.retain(|event| stays(&event.environment));
    timeline.asked.retain(|own, _| stays(own));
    timeline.gaps.retain(|own, _| stays(own));
    timeline.bounds.retain(|own, _| stays(own));
    let view = &mut state.alarms;
    view.read.retain(|own, _| stays(own));
    view.troubles.retain(|own, _| stays(own));
    view.more.retain(stays);
    view.at = None;
    alarms::arrange(state);
}

/// Begins with an environment as if it had never been read.
fn anew(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let Some(configured) = state.settings.environment(name).cloned() else { return };
    let fresh = Environment::new(&configured, &state.settings, state.now);
    let Some(own) = state.environment_mut(name) else { return };
    *own = fresh;
    state.rows.retain(|key, _| key.environment != *name);
    forget(state, Some(name));
    out.ask(name, Purpose::Identity, Ask::Identity);
    ask_fleet(state, name, out);
}
