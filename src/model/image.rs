//! Images in a registry.

use super::{
    Refusal, Stamp, Version,
    reference::{Reference, Registry, Repository, is_digest, is_tag},
};
use serde::{Deserialize, Serialize};

/// An entry of an ECR repository.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Image {
    /// `sha256:…`.
    pub digest: String,
    /// Its tags, most telling first (commits and releases before moving tags).
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: Option<Stamp>,
    /// Compressed size in bytes.
    pub bytes: u64,
    /// What it is where it is nothing that a container can run: `a signature`, `an attestation`.
    #[serde(default)]
    pub artifact: Option<String>,
}

impl Image {
    /// Whether a container can be started from it.
    pub fn can_be_deployed(&self) -> bool {
        self.artifact.is_none()
    }

    /// The tag that names its commit or release, where it has one.
    pub fn telling(&self) -> Option<&str> {
        self.tags.iter().map(String::as_str).find(|tag| !super::version::is_moving(tag))
    }

    /// What to call it, as everywhere: by its most telling tag, else by its digest.
    pub fn label(&self) -> String {
        let version = Version {
            image: String::new(),
            tag: self.tags.first().cloned(),
            digest: Some(self.digest.clone()).filter(|digest| !digest.is_empty()),
        };
        version.words(self.telling())
    }

    /// What to type to get it: its most telling tag, else its digest.
    pub fn typed(&self) -> &str {
        self.tags.first().unwrap_or(&self.digest)
    }
}

/// The image a deploy is to put in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageChoice {
    /// A tag in the service's own repository.
    Tag(String),
    /// A digest in the service's own repository.
    Digest(String),
    /// A whole image reference, typed.
    Reference(String),
    /// What the service has now: App Runner's StartDeployment, ECS's forced redeploy.
    Current,
}

impl ImageChoice {
    /// Reads what a person typed: a tag, `sha256:…` or `@sha256:…`, or a reference. What holds `:`, `@` or `/` is
    /// never a tag alone.
    ///
    /// # Errors
    /// Says why it names no image.
    pub fn typed(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let bare = text.strip_prefix('@').unwrap_or(text);
        if bare.starts_with("sha256:") {
            return if is_digest(bare) {
                Ok(Self::Digest(bare.to_owned()))
            } else {
                Err(Refusal::new(
                    format!("{bare} is not a complete digest"),
                    "write all 64 digits, or a tag, or a full reference",
                ))
            };
        }
        let bare = text.strip_prefix(':').unwrap_or(text);
        if bare.is_empty() {
            return Err(Refusal::new("no image is named", "write a tag, a digest or a full reference"));
        }
        if bare.contains(['/', ':', '@']) {
            return Reference::parse(bare).map(|_| Self::Reference(bare.to_owned()));
        }
        if is_tag(bare) {
            return Ok(Self::Tag(bare.to_owned()));
        }
        Err(Refusal::new(format!("“{bare}” is not a tag"), "write a tag, a digest or a full reference"))
    }

    /// The same as it is meant for a service whose images come from the repository `used`. A reference that names no
    /// registry is Docker Hub's for Docker; beside another registry it is this repository where it has its name, and
    /// is not guessed otherwise.
    ///
    /// # Errors
    /// Says what is unclear about it, and how to write it.
    pub fn beside(self, used: &str) -> Result<Self, Refusal> {
        let Self::Reference(text) = &self else { return Ok(self) };
        let (parts, own) = (Reference::split(text), Repository::of(used));
        let hub = matches!(own.registry, Registry::Hub);
        if used.is_empty() || parts.registry.is_some() || hub {
            return Ok(self);
        }
        let rest = text.strip_prefix(parts.name).unwrap_or_default();
        if parts.path == own.path || parts.path == own.tail() {
            return Ok(Self::Reference(format!("{used}{rest}")));
        }
        let host = Reference::split(used).registry.unwrap_or_default();
        let tag = parts.tag.map(|tag| format!("the tag alone ({tag}), or ")).unwrap_or_default();
        Err(Refusal::new(
            format!("{text} names no registry, and the images here come from {used}"),
            format!(
                "write {tag}the full reference: {host}/{text}, or docker.io/{}{rest}",
                parts.repository().path
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_tag_a_digest_or_a_reference() {
        let digest = format!("sha256:{}", "a1".repeat(32));
        let pinned = format!("nginx:1.27.0@{digest}");
        let reference = |text: &str| ImageChoice::Reference(text.to_owned());
        for (text, choice) in [
            ("8be02d4", ImageChoice::Tag("8be02d4".into())),
            (" :latest ", ImageChoice::Tag("latest".into())),
            (&digest, ImageChoice::Digest(digest.clone())),
            (&format!("@{digest}"), ImageChoice::Digest(digest.clone())),
            ("nginx:1.27.0", reference("nginx:1.27.0")),
            (&pinned, reference(&pinned)),
            ("registry:5000/app", reference("registry:5000/app")),
            ("team/app", reference("team/app")),
        ] {
            assert_eq!(ImageChoice::typed(text), Ok(choice), "{text}");
        }
        for text in
            ["", ":", "@", "sha256:12", "a b", "nginx:", "Nginx:1", "a@b", "-x", "nginx@sha256:12", "::1"]
        {
            assert!(ImageChoice::typed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_without_a_registry_is_not_guessed() {
        let used = "111122223333.dkr.ecr.us-west-2.amazonaws.com/team/app";
        let beside = |text: &str, used: &str| ImageChoice::Reference(text.to_owned()).beside(used);
        let own = ImageChoice::Reference(format!("{used}:1.2.3"));
        assert_eq!(beside("app:1.2.3", used), Ok(own.clone()));
        assert_eq!(beside("team/app:1.2.3", used), Ok(own));
        for (text, used) in
            [("ghcr.io/a/b:1", used), ("nginx:1.27.0", "nginx"), ("other:1", "team/nginx"), ("a:1", "")]
        {
            assert_eq!(beside(text, used), Ok(ImageChoice::Reference(text.to_owned())), "{text}");
        }
        let unclear = beside("nginx:1.27.0", used).unwrap_err();
        assert!(
            unclear.why.contains("names no registry") && unclear.remedy.contains("the tag alone (1.27.0)")
        );
        assert!(unclear.remedy.contains("docker.io/library/nginx:1.27.0"), "{unclear}");
        let tag = ImageChoice::Tag("1".into());
        assert_eq!(tag.clone().beside(used), Ok(tag));
    }
}
