//! Which images the repositories in use hold: when each was pushed, and the tag that names it best.

use crate::model::{
    Image, Stamp, Version,
    version::{is_moving, short_tag},
};
use std::collections::{BTreeSet, HashMap};

/// Images kept of a repository, newest first, beside those that run.
const KEPT: usize = 300;
/// Digits of a digest that tell two images behind one tag apart well enough for a narrow column.
const LEAST_DIGITS: usize = 4;

/// What is known of the repositories in use.
#[derive(Debug, Default)]
pub struct Images {
    repositories: HashMap<String, Repository>,
}

#[derive(Debug, Default)]
struct Repository {
    asked_at: Option<Stamp>,
    /// By digest: the tag to call it by, and when it was pushed.
    images: HashMap<String, Known>,
    /// Digests by tags that do not move.
    tags: HashMap<String, String>,
}

#[derive(Debug, PartialEq)]
struct Known {
    label: Option<String>,
    pushed_at: Option<Stamp>,
}

impl Images {
    /// The image that a version is, where its repository was read and holds it.
    fn find(&self, version: &Version) -> Option<&Known> {
        let repository = self.repositories.get(version.repository())?;
        let digest = match (&version.digest, &version.tag) {
            (Some(digest), _) => digest,
            // where a moving tag points now is not what was started from it
            (None, Some(tag)) => repository.tags.get(tag)?,
            (None, None) => return None,
        };
        repository.images.get(digest)
    }

    /// When the image was pushed, where that is known.
    pub fn pushed_at(&self, version: &Version) -> Option<Stamp> {
        self.find(version)?.pushed_at
    }

    /// The commit or release behind a moving tag or a bare digest, short; none where the version names it
    /// itself, or it is not known.
    pub fn commit(&self, version: &Version) -> Option<String> {
        if version.tag.as_deref().is_some_and(|tag| !is_moving(tag)) {
            return None;
        }
        let label = self.find(version)?.label.as_deref()?;
        Some(short_tag(label))
    }

    /// What to call it, with the commit where the version does not name it itself.
    pub fn words(&self, version: &Version) -> String {
        let telling = self.find(version).and_then(|known| known.label.as_deref());
        version.words(telling)
    }

    /// The same in so many cells: where it does not fit, the commit alone, or fewer digits of the digest.
    pub fn words_within(&self, version: &Version, room: usize) -> String {
        let words = self.words(version);
        if words.chars().count() <= room {
            return words;
        }
        if let Some(commit) = self.commit(version) {
            return commit;
        }
        match words.split_once('@') {
            Some((tag, hex)) if !tag.is_empty() => {
                format!("{tag}@{}", hex.chars().take(LEAST_DIGITS).collect::<String>())
            }
            _ => words,
        }
    }

    /// When a repository was last asked for.
    pub(in crate::app) fn asked_at(&self, repository: &str) -> Option<Stamp> {
        self.repositories.get(repository)?.asked_at
    }

    /// A repository is asked for.
    pub(in crate::app) fn ask(&mut self, repository: &str, now: Stamp) {
        self.repositories.entry(repository.to_owned()).or_default().asked_at = Some(now);
    }

    /// Takes in the images of a repository; true when anything differs.
    pub(in crate::app) fn learn(
        &mut self,
        name: &str,
        found: &[Image],
        running: &BTreeSet<&str>,
        now: Stamp,
    ) -> bool {
        let known: HashMap<String, Known> = found
            .iter()
            .enumerate()
            .filter(|(nth, image)| *nth < KEPT || running.contains(image.digest.as_str()))
            .map(|(_, image)| {
                let label = image.telling().map(str::to_owned);
                (image.digest.clone(), Known { label, pushed_at: image.pushed_at })
            })
            .collect();
        let tags = found
            .iter()
            .filter(|image| known.contains_key(&image.digest))
            .flat_map(|image| image.tags.iter().map(|tag| (tag, &image.digest)))
            .filter(|(tag, _)| !is_moving(tag))
            .map(|(tag, digest)| (tag.clone(), digest.clone()))
            .collect();
        let own = self.repositories.entry(name.to_owned()).or_default();
        own.asked_at = Some(now);
        let changed = own.images != known || own.tags != tags;
        own.images = known;
        own.tags = tags;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_tags_are_named_by_their_commit() {
        let mut images = Images::default();
        let image = |digest: &str, tags: &[&str], at: i64| Image {
            digest: digest.to_owned(),
            tags: tags.iter().map(|t| (*t).to_owned()).collect(),
            pushed_at: Some(Stamp(at)),
            bytes: 1,
            ..Image::default()
        };
        let found = [image("sha256:dd73", &["1f0c9a7", "prod"], 2), image("sha256:41ac", &["latest"], 1)];
        assert!(images.learn("r/a", &found, &BTreeSet::new(), Stamp(9)));
        assert!(!images.learn("r/a", &found, &BTreeSet::new(), Stamp(10)));
        for (image, digest, words, narrow, pushed) in [
            ("r/a:prod", Some("sha256:dd73"), "prod=1f0c9a7", "1f0c9a7", Some(2)),
            ("r/a@sha256:dd73", None, "1f0c9a7", "1f0c9a7", Some(2)),
            ("r/a:1f0c9a7", None, "1f0c9a7", "1f0c9a7", Some(2)),
            ("r/a:latest", Some("sha256:41ac"), "latest@41ac", "latest@41ac", Some(1)),
            ("r/b:latest", Some("sha256:41ac07f9e2"), "latest@41ac07f", "latest@41ac", None),
            ("r/a:prod", Some("sha256:0000"), "prod@0000", "prod@0000", None),
            ("r/a:prod", None, "prod", "prod", None),
            ("r/b:prod", Some("sha256:dd73"), "prod@dd73", "prod@dd73", None),
        ] {
            let version = Version::of(image, digest);
            assert_eq!(images.words(&version), words, "{image} {digest:?}");
            assert_eq!(images.words_within(&version, 9), narrow, "{image} {digest:?}");
            assert_eq!(images.pushed_at(&version).map(|s| s.0), pushed, "{image} {digest:?}");
        }
    }
}
