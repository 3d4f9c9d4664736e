//! The picker of images: what a deploy, a release or a migration is made of.

use crate::{
    app::{
        Purpose, filter,
        flight::refuse::refused_at_once,
        flow::Out,
        images::version_in_use,
        layout::{self, keep},
        state::{Line, ListView, Loaded, Overlay, Pick, State},
        store::environments::read_rows,
    },
    model::{Answer, Ask, Image, ImageChoice, Refusal, Service, ServiceKey, Trouble, TroubleKind, Version},
    ops::Wish,
};

/// The repository whose images can be deployed: the configured one in the registry in use, else the one in
/// use; empty while that is not known.
fn repository(state: &State, row: &Service) -> String {
    let used = version_in_use(state, &row.key);
    let configured = state.settings.application_for(&row.key).and_then(|a| a.repository.as_deref());
    let named = used.repository_named(configured);
    // a bare name is nowhere to look while the registry is not known
    if named.contains('/') || !used.image.is_empty() { named } else { String::new() }
}

pub(in crate::app) fn pick_image(state: &mut State, key: ServiceKey, pick: Pick, out: &mut Out) {
    let title = match pick {
        Pick::Deploy => format!("Deploy to {}", key.name),
        Pick::Release => format!("Release to {}", key.name),
        Pick::Migrate => format!("Migrate {}", key.name),
    };
    if refused_at_once(state, &key, &title, out) {
        return;
    }
    if !state.rows.contains_key(&key) {
        return;
    }
    let images = Loaded {
        trouble: Some(Trouble {
            kind: TroubleKind::NotFound,
            what: "find the image repository".into(),
            on: key.to_string(),
            why: "the image in use is not known yet".into(),
            remedy: "its images are listed as soon as it is; an image reference can be typed now".into(),
        }),
        ..Loaded::default()
    };
    state.overlay = Some(Overlay::Images {
        key: key.clone(),
        pick,
        repository: String::new(),
        line: Line::default(),
        images,
        shown: Vec::new(),
        list: ListView::default(),
    });
    ask_images(state, out);
    if matches!(&state.overlay, Some(Overlay::Images { repository, .. }) if repository.is_empty()) {
        read_rows(out, vec![key]);
    }
    out.touch();
}

/// Asks for the images of an open picker, once the repository is known.
pub(in crate::app) fn ask_images(state: &mut State, out: &mut Out) {
    let Some(Overlay::Images { key, repository: asked, .. }) = &state.overlay else { return };
    let Some(row) = state.rows.get(key).filter(|_| asked.is_empty()) else { return };
    let found = repository(state, row);
    if found.is_empty() {
        return;
    }
    let Some(Overlay::Images { key, repository, images, .. }) = &mut state.overlay else { return };
    repository.clone_from(&found);
    images.trouble = None;
    images.loading = true;
    out.ask(&key.environment, Purpose::Images(key.clone()), Ask::Images { repository: found });
    out.touch();
}

/// Images came, or not.
pub(in crate::app) fn images(
    state: &mut State,
    key: &ServiceKey,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let now = state.now;
    let used = version_in_use(state, key);
    let Some(Overlay::Images { key: own, images, pick, list, .. }) = &mut state.overlay else { return };
    if own != key {
        return;
    }
    images.loading = false;
    match result {
        Ok(Answer::Images(mut found)) => {
            if *pick == Pick::Migrate {
                list.cursor = preselect(&mut found, &used);
            }
            images.value = Some(found);
            images.at = Some(now);
        }
        Ok(_) => {}
        Err(trouble) => images.trouble = Some(trouble),
    }
    match_images(state);
    out.touch();
}

/// Where the image in use stands among the images; it is put first where it is not among them.
fn preselect(images: &mut Vec<Image>, used: &Version) -> usize {
    if let Some(place) = images.iter().position(|image| is_used(image, used)) {
        return place;
    }
    let (digest, tags) = (used.digest.clone().unwrap_or_default(), used.tag.iter().cloned().collect());
    images.insert(0, Image { digest, tags, ..Image::default() });
    0
}

/// True when this is the image in use: by digest where that is known, else by tag.
fn is_used(image: &Image, used: &Version) -> bool {
    match (&used.digest, &used.tag) {
        (Some(digest), _) => image.digest == *digest,
        (None, Some(tag)) => image.tags.contains(tag),
        (None, None) => image.digest.is_empty(),
    }
}

/// Finds the images that match what is typed.
pub(in crate::app) fn match_images(state: &mut State) {
    let page = layout::picker(state.size).body.rows();
    let Some(Overlay::Images { line, images, shown, list, .. }) = &mut state.overlay else { return };
    let wanted = line.text.trim().trim_start_matches('@').to_lowercase();
    *shown = images
        .value
        .iter()
        .flatten()
        .enumerate()
        .filter(|(_, image)| matches_image(image, &wanted))
        .map(|(index, _)| index)
        .collect();
    keep(list, shown.len(), page);
}

fn matches_image(image: &Image, wanted: &str) -> bool {
    let hex = image.digest.trim_start_matches("sha256:");
    wanted.is_empty()
        || image.tags.iter().any(|tag| filter::contains(tag, wanted))
        || hex.starts_with(wanted.trim_start_matches("sha256:"))
}

/// What is planned with the image that is taken: the selected one, or what is typed when nothing matches it.
/// Migrations run with the image in use unless another is taken.
pub(in crate::app) fn chosen(state: &State) -> Option<Result<(ServiceKey, Wish), Refusal>> {
    let Some(Overlay::Images { key, repository, line, images, shown, list, pick }) = &state.overlay else {
        return None;
    };
    let typed = || ImageChoice::typed(&line.text).and_then(|choice| choice.beside(repository));
    let migrate = *pick == Pick::Migrate;
    let listed = shown.get(list.cursor).and_then(|index| images.value.as_ref()?.get(*index));
    let choice = match listed {
        Some(image) if migrate && is_used(image, &version_in_use(state, key)) => {
            return Some(Ok((key.clone(), Wish::Migrate { image: None })));
        }
        // a tag that was typed in full is meant as such, one that moves too
        Some(image) if image.tags.iter().any(|tag| tag == line.text.trim()) => {
            Ok(ImageChoice::Tag(line.text.trim().to_owned()))
        }
        Some(image) => match image.tags.first() {
            // a tag that moves may point elsewhere by the time the plan reads it
            Some(tag) if !crate::model::version::is_moving(tag) => Ok(ImageChoice::Tag(tag.clone())),
            _ => Ok(ImageChoice::Digest(image.digest.clone())),
        },
        None if line.text.trim().is_empty() => {
            return migrate.then(|| Ok((key.clone(), Wish::Migrate { image: None })));
        }
        None => typed(),
    };
    let choice = match choice {
        Ok(choice) => choice,
        Err(unclear) => return Some(Err(unclear)),
    };
    let wish = match pick {
        Pick::Migrate => Wish::Migrate { image: Some(choice) },
        Pick::Release => Wish::Release(choice),
        Pick::Deploy => Wish::Deploy(choice),
    };
    Some(Ok((key.clone(), wish)))
}
