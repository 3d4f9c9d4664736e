//! Promotion: what runs in one environment is put in place in the next.

use crate::{
    app::state::State,
    model::{Service, ServiceKey},
};

/// The service that this one is promoted from.
///
/// # Errors
/// A sentence that says what to configure where there is none, or no telling which.
pub fn source(state: &State, key: &ServiceKey) -> Result<ServiceKey, String> {
    let environment = &key.environment;
    let Some(from) = state.settings.promoted_from(environment) else {
        return Err(format!(
            "{environment} is promoted from nowhere: write promote_from = \"…\" under its [[environment]]"
        ));
    };
    let Some(origin) = state.environment(from) else {
        return Err(format!("{environment} is promoted from {from}, and no such environment is known"));
    };
    // what is not among the rows may be among those that were not read yet
    let missing = |why: String| match (&origin.trouble, origin.gaps.first(), origin.seen_at) {
        (Some(trouble), ..) => {
            format!("{from} could not be read, so what runs there is not known: {trouble}")
        }
        (None, Some(gap), _) => format!("{why}, as far as {from} could be read: {gap}"),
        (None, None, None) => format!("{from} is still being read: try again in a moment"),
        (None, None, Some(_)) => why,
    };
    let configured = state.settings.application_for(key);
    if let Some(source) = configured.and_then(|application| application.service_in(from)) {
        let there = state.rows.contains_key(source).then(|| source.clone());
        return there.ok_or_else(|| {
            missing(format!("{source} is configured to be promoted, and AWS has no such service"))
        });
    }
    let Some(own) = state.rows.get(key) else { return Err(format!("{key} is no longer known")) };
    let application = &own.application;
    let there: Vec<&Service> = state
        .rows
        .values()
        .filter(|row| row.key.environment == *from && row.application == *application && row.key != *key)
        .collect();
    let name = "under services of an [[application]]";
    match there.as_slice() {
        [one] => Ok(one.key.clone()),
        [] => Err(missing(format!("{from} has no service of {application}: name it {name}"))),
        many => {
            let names: Vec<&str> = many.iter().map(|row| &*row.key.name).collect();
            Err(format!(
                "{from} has several services of {application}, {}: name the one {name}",
                names.join(", ")
            ))
        }
    }
}
