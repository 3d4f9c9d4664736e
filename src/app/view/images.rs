//! Images in use, as plans and pickers tell them.

use crate::{
    app::state::State,
    model::{Image, Plan, Service, ServiceKey, Version},
};

/// The version in use: the row's, or the one the open service tells while the row has none; empty while
/// neither is known.
pub fn version_in_use(state: &State, key: &ServiceKey) -> Version {
    let known = |version: &Version| !version.image.is_empty();
    if let Some(row) = state.rows.get(key).filter(|row| known(&row.version)) {
        return row.version.clone();
    }
    let view = state.service.as_ref().filter(|view| view.key == *key);
    let Some(detail) = view.and_then(|view| view.detail.value.as_deref()) else { return Version::default() };
    if known(&detail.service.version) {
        return detail.service.version.clone();
    }
    detail
        .main_container()
        .map_or_else(|_| Version::default(), |(container, _)| Version::of(&container.image, None))
}

/// Names the commits behind moving tags and bare digests in a plan, as the fleet does: `prod=1f0c9a7`.
pub(in crate::app) fn name_images(state: &State, plan: &mut Plan) {
    let Some(application) = state.rows.get(&plan.key).map(|row| &row.application) else { return };
    let known = state.rows.values().filter(|row| row.application == *application).map(|row| &row.version);
    let own = version_in_use(state, &plan.key);
    for version in known.chain([&own]) {
        let (short, words) = (version.short(), state.images.words(version));
        // a tag alone may be any word; with its digest it is this image and nothing else
        if !short.contains('@') || short == words {
            continue;
        }
        let lines = plan.lines.iter_mut().map(|line| &mut line.value);
        for text in lines.chain([&mut plan.title, &mut plan.from, &mut plan.to]).chain(&mut plan.warnings) {
            name_image(text, &short, &words);
        }
    }
}

/// Replaces a short version by the words for it, where it stands by itself: not within a reference or a digest.
fn name_image(text: &mut String, short: &str, words: &str) {
    let apart =
        |part: &str| part.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '(' | ')' | '.')) == short;
    if text.split(' ').any(apart) {
        let parts: Vec<String> = text
            .split(' ')
            .map(|part| if apart(part) { part.replacen(short, words, 1) } else { part.to_owned() })
            .collect();
        *text = parts.join(" ");
    }
}

/// Names of the environments in which a service of the same application runs this image, in their order.
pub fn runs_in(state: &State, key: &ServiceKey, image: &Image) -> Vec<String> {
    let Some(application) = state.rows.get(key).map(|row| &row.application) else { return Vec::new() };
    let runs = |row: &&Service| {
        row.application == *application && row.version.digest.as_deref() == Some(image.digest.as_str())
    };
    let mut names: Vec<String> = Vec::new();
    for environment in &state.environments {
        if state.rows.values().filter(runs).any(|row| row.key.environment == environment.name) {
            names.push(environment.name.to_string());
        }
    }
    names
}
