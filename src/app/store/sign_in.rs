//! Signing in: the screen is left to the AWS command line, and what was in trouble is read again afterwards.

use super::environments::again;
use crate::{
    app::{
        Effect,
        environments::{needs_credentials, selected},
        flow::{Out, notice},
        state::{Environment, Screen, State},
        subject::subject,
    },
    model::EnvironmentName,
};

/// Signs in to the environment that is meant: the selected one, that of the service, or the first in trouble.
pub(in crate::app) fn begin(state: &mut State, out: &mut Out) {
    let meant = match state.screen() {
        Screen::Environments => selected(state).map(|e| e.name.clone()),
        _ => in_trouble(state).next().or_else(|| subject(state).map(|key| key.environment.clone())),
    };
    let configured = meant.as_ref().and_then(|name| state.settings.environment(name));
    if state.demo || configured.is_some_and(|e| e.access_key.is_some()) {
        notice(state, out, "the demo has keys of its own: there is nothing to sign in to", false);
        return;
    }
    let profile = match configured {
        Some(own) if own.profile.is_some() || own.role_arn.is_some() => own.profile.clone(),
        _ => state.settings.profile.clone(),
    };
    out.push(Effect::SignIn(profile));
}

fn in_trouble(state: &State) -> impl Iterator<Item = EnvironmentName> + '_ {
    let wants = |e: &&Environment| e.trouble.as_ref().is_some_and(needs_credentials);
    state.environments.iter().filter(wants).map(|e| e.name.clone())
}

/// Back from the terminal.
pub(in crate::app) fn signed_in(state: &mut State, result: Result<String, String>, out: &mut Out) {
    match result {
        Ok(text) => {
            let mut names: Vec<EnvironmentName> = in_trouble(state).collect();
            // whoever signs in where nothing is wrong wants what is shown to be of the new session
            let own = selected(state).map(|e| e.name.clone());
            names.extend(own.filter(|own| state.screen() == Screen::Environments && !names.contains(own)));
            if state.lost.is_some() {
                // it is looked for environments again
                let any = state.environments.first().map_or_else(|| "".into(), |e| e.name.clone());
                out.push(Effect::Reconnect(any));
            } else {
                for name in &names {
                    again(state, name, true, out);
                }
            }
            notice(state, out, text, false);
        }
        Err(text) => notice(state, out, text, true),
    }
}
