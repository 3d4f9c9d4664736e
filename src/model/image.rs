//! Images in a registry.

use super::Stamp;
use serde::{Deserialize, Serialize};

/// An image in an ECR repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// `sha256:…`.
    pub digest: String,
    /// Its tags, most telling first (commits and releases before moving tags).
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: Option<Stamp>,
    /// Compressed size in bytes.
    pub bytes: u64,
}

impl Image {
    /// The tag to call it by, else the digest's first characters.
    pub fn label(&self) -> String {
        match self.tags.first() {
            Some(tag) => tag.clone(),
            None => {
                format!("@{}", self.digest.trim_start_matches("sha256:").chars().take(7).collect::<String>())
            }
        }
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
    /// Reads what a person typed: `sha256:…` or `@sha256:…`, a reference with a `/`, else a tag.
    pub fn typed(text: &str) -> Self {
        let text = text.trim();
        let bare = text.strip_prefix('@').unwrap_or(text);
        if bare.starts_with("sha256:") {
            Self::Digest(bare.to_owned())
        } else if text.contains('/') {
            Self::Reference(text.to_owned())
        } else {
            Self::Tag(text.trim_start_matches(':').to_owned())
        }
    }
}
