//! What a push leaves in a registry: the image, and what comes with it. An index brings a manifest for each platform
//! and an attestation of each, all without tags; cosign hangs its signature and attestation on the digest by a tag.

use std::sync::Arc;

use serde_json::json;

use crate::sim::engine::state::Image;
use crate::sim::hash::digest;
use crate::sim::world::{Behaviour, ImageSpec};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// The entries of one push; `home` names account and repository.
pub(super) fn pushed(start: f64, home: &str, spec: ImageSpec) -> Vec<Image> {
    let key = format!("{home}:{}", spec.behaviour.version);
    let at = start - spec.pushed;
    let config = spec.artifact.clone().unwrap_or_else(|| CONFIG.to_owned());
    let mut own = entry(&key, at, spec.size, &config);
    let mut found = Vec::new();
    if spec.index {
        INDEX.clone_into(&mut own.media_type);
        own.artifact = None;
        for (nth, platform) in ["linux/amd64", "linux/arm64"].into_iter().enumerate() {
            let smaller = if nth == 0 { 0 } else { spec.size / 20 };
            found.push(entry(&format!("{key} {platform}"), at - 3.0, spec.size - smaller, CONFIG));
            found.push(entry(&format!("{key} attestation {platform}"), at - 2.0, 0, CONFIG));
        }
        let manifests: Vec<_> = found
            .iter()
            .map(|child: &Image| json!({ "mediaType": MANIFEST, "digest": child.digest, "size": 1237 }))
            .collect();
        own.manifest = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests }).to_string();
    }
    let hex = own.digest.trim_start_matches("sha256:").to_owned();
    own.tags = spec.tags;
    own.behaviour = Arc::new(spec.behaviour);
    for child in &mut found {
        child.behaviour = Arc::clone(&own.behaviour);
    }
    found.push(own);
    if spec.signed {
        for (nth, end) in [".sig", ".att"].into_iter().enumerate() {
            let mut attached =
                entry(&format!("{key}{end}"), at + if nth == 0 { 20.0 } else { 21.0 }, 4_211, CONFIG);
            attached.tags = vec![format!("sha256-{hex}{end}")];
            found.push(attached);
        }
    }
    found
}

fn entry(key: &str, pushed_at: f64, size: u64, config: &str) -> Image {
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": config, "size": 4211, "digest": digest(&format!("config {key}")) },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
            "size": size,
            "digest": digest(&format!("layer {key}")),
        }],
    });
    Image {
        digest: digest(key),
        tags: Vec::new(),
        pushed_at,
        size,
        manifest: manifest.to_string(),
        media_type: MANIFEST.to_owned(),
        artifact: Some(config.to_owned()),
        behaviour: Arc::new(Behaviour::default()),
    }
}
