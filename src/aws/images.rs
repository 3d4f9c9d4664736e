//! Images in ECR.

use super::{
    calls::{self, Op},
    clients::Clients,
    convert,
};
use crate::model::{
    Image, ImageChoice, Reference, Registry, Stamp, Trouble, TroubleKind, reference, version::is_moving,
};
use aws_sdk_ecr::types::{ImageDetail, ImageIdentifier, ImageStatus};

/// Images that are kept, newest first.
const MOST: usize = 1_000;

/// Entries that are kept while reading: an index brings a manifest for each platform, and an attestation for each
/// of those.
const MOST_ENTRIES: usize = 8 * MOST;

/// Milliseconds between the push of a manifest and that of the index it belongs to, at most. They are pushed in one
/// go, the index last.
const ONE_PUSH_MS: i64 = 120_000;

/// A repository of ECR, as an image reference names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    pub account: String,
    pub region: String,
    pub name: String,
}

impl Repository {
    /// What to call it in a sentence, with its registry where that is not the caller's own.
    pub fn words(&self, clients: &Clients) -> String {
        let caller = &clients.session.caller;
        let own = caller.region == self.region && caller.account.get().is_none_or(|own| *own == self.account);
        let registry =
            if own { String::new() } else { format!(" in the registry {} {}", self.account, self.region) };
        format!("repository {}{registry}", self.name)
    }
}

/// The repository of ECR that a reference names; none for other registries.
fn parse(text: &str) -> Option<Repository> {
    let found = reference::Repository::of(text);
    match found.registry {
        Registry::Ecr { account, region } if !found.path.is_empty() => {
            Some(Repository { account, region, name: found.path })
        }
        _ => None,
    }
}

/// The repository that a reference names.
pub(super) fn repository(clients: &Clients, op: &Op, reference: &str) -> Result<Repository, Trouble> {
    // a whole reference may be given where only the repository is wanted
    parse(reference).ok_or_else(|| {
        let mut trouble = clients.trouble(
            op,
            &convert::name(reference),
            TroubleKind::Unsupported,
            "only images in Amazon ECR can be listed and tagged",
        );
        "type the full image reference instead".clone_into(&mut trouble.remedy);
        trouble
    })
}

/// Carries out `Ask::Images`: what can be deployed, newest first.
pub(super) async fn list(clients: &Clients, reference: &str) -> Result<Vec<Image>, Trouble> {
    let repository = repository(clients, &calls::DESCRIBE_IMAGES, reference)?;
    let on = repository.words(clients);
    let mut entries: Vec<Entry> = Vec::new();
    let mut next = None;
    loop {
        let request = || {
            clients
                .ecr(&repository.region)
                .describe_images()
                .registry_id(&repository.account)
                .repository_name(&repository.name)
                .max_results(1_000)
                .set_next_token(next.take())
                .send()
        };
        let page = clients.call(&calls::DESCRIBE_IMAGES, &on, request).await?;
        entries.extend(page.image_details().iter().map(entry).filter(|e| e.image.can_be_deployed()));
        // pages come in no order: keep the newest while reading to the end
        entries.sort_by_key(|e| std::cmp::Reverse(e.image.pushed_at));
        entries.truncate(MOST_ENTRIES);
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(apart(entries));
        }
    }
}

/// An entry of a repository, and whether it is an index of others.
struct Entry {
    image: Image,
    index: bool,
}

/// The images by themselves. ECR does not tell what an index holds, but it holds what was pushed right before it:
/// manifests without a tag, none of them larger than the index, whose size is that of its largest (ECR's
/// ImageDetail).
fn apart(entries: Vec<Entry>) -> Vec<Image> {
    let mut indexes: Vec<(Stamp, u64)> = entries
        .iter()
        .filter(|e| e.index)
        .filter_map(|e| Some((e.image.pushed_at?, e.image.bytes)))
        .collect();
    indexes.sort_unstable();
    let part = |entry: &Entry| {
        let Some(at) = entry.image.pushed_at.filter(|_| !entry.index && entry.image.tags.is_empty()) else {
            return false;
        };
        let from = indexes.partition_point(|(pushed, _)| *pushed < at);
        let after = indexes.get(from..).unwrap_or_default().iter();
        after
            .take_while(|(pushed, _)| pushed.since(at) <= ONE_PUSH_MS)
            .any(|(_, bytes)| entry.image.bytes <= *bytes)
    };
    entries.iter().filter(|entry| !part(entry)).take(MOST).map(|entry| entry.image.clone()).collect()
}

/// Carries out `Ask::Image`: none where the repository has no such image.
pub(super) async fn find(
    clients: &Clients,
    reference: &str,
    choice: &ImageChoice,
) -> Result<Option<Image>, Trouble> {
    let (reference, wanted) = match choice {
        ImageChoice::Tag(tag) => (reference, ImageIdentifier::builder().image_tag(tag).build()),
        ImageChoice::Digest(digest) => (reference, ImageIdentifier::builder().image_digest(digest).build()),
        ImageChoice::Reference(whole) => (whole.as_str(), identifier(whole)),
        ImageChoice::Current => (reference, identifier(reference)),
    };
    let repository = repository(clients, &calls::DESCRIBE_IMAGES, reference)?;
    let on = repository.words(clients);
    let request = || {
        clients
            .ecr(&repository.region)
            .describe_images()
            .registry_id(&repository.account)
            .repository_name(&repository.name)
            .image_ids(wanted)
            .send()
    };
    match clients.call(&calls::DESCRIBE_IMAGES, &on, request).await {
        Ok(answer) => Ok(answer.image_details().first().map(|detail| entry(detail).image)),
        Err(trouble) if trouble.kind == TroubleKind::NotFound => {
            if let Some(upstream) = upstream(clients, &repository).await {
                let why = format!("it is pulled through from {upstream} when a task first asks for it");
                return Err(clients.trouble(&calls::DESCRIBE_IMAGES, &on, TroubleKind::Unsupported, why));
            }
            if trouble.why.contains("ImageNotFound") { Ok(None) } else { Err(trouble) }
        }
        Err(trouble) => Err(trouble),
    }
}

/// Where a repository's images come from when they are not there yet: ECR fetches them, and makes the repository, at
/// the first pull (ECR user guide, "Using pull through cache rules"; the prefix `ROOT` stands for every repository).
/// None where no rule is known, also because they may not be read.
async fn upstream(clients: &Clients, repository: &Repository) -> Option<String> {
    let request = || {
        clients
            .ecr(&repository.region)
            .describe_pull_through_cache_rules()
            .registry_id(&repository.account)
            .max_results(1_000)
            .send()
    };
    let page = clients.call(&calls::DESCRIBE_UPSTREAMS, &repository.account, request).await.ok()?;
    let rules = page.pull_through_cache_rules().iter();
    let within = |prefix: &str| {
        prefix == "ROOT"
            || repository
                .name
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with('/') || rest.is_empty())
    };
    rules
        .filter(|rule| rule.ecr_repository_prefix().is_some_and(within))
        .find_map(|rule| rule.upstream_registry_url().map(convert::name))
}

/// The tag or digest that a whole reference names; `latest` where it names none.
fn identifier(reference: &str) -> ImageIdentifier {
    let parts = Reference::split(reference);
    match (parts.digest, parts.tag) {
        (Some(digest), _) => ImageIdentifier::builder().image_digest(digest).build(),
        (None, tag) => ImageIdentifier::builder().image_tag(tag.unwrap_or("latest")).build(),
    }
}

fn entry(detail: &ImageDetail) -> Entry {
    let mut tags: Vec<String> = detail.image_tags().iter().map(|t| convert::name(t)).collect();
    tags.sort_by(|a, b| is_moving(a).cmp(&is_moving(b)).then_with(|| a.cmp(b)));
    let manifest = detail.image_manifest_media_type().unwrap_or_default();
    let image = Image {
        digest: convert::name(detail.image_digest().unwrap_or_default()),
        tags,
        pushed_at: convert::stamp(detail.image_pushed_at()),
        bytes: detail.image_size_in_bytes().and_then(|b| u64::try_from(b).ok()).unwrap_or(0),
        artifact: artifact(detail),
    };
    Entry { image, index: INDEXES.contains(&manifest) }
}

/// Media types of manifests that list others.
const INDEXES: [&str; 2] =
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// Media types of what a container is configured by; ECR's `artifactMediaType` of an image. An index has none.
const IMAGES: [&str; 2] =
    ["application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"];

/// What an entry is where it is no image that can run. Signatures and attestations look like images to ECR where
/// cosign and buildx make them so: cosign's have the digest they are about for a tag (`sha256-….sig`, cosign's
/// signature specification; `sha256-…` is the fallback of OCI's referrers, distribution-spec 1.1), buildx's have no
/// tag and no layer that counts.
fn artifact(detail: &ImageDetail) -> Option<String> {
    let told = |what: &str| Some(what.to_owned());
    if detail.image_status() == Some(&ImageStatus::Archived) {
        return told("archived");
    }
    let attached = detail.image_tags().iter().find_map(|tag| {
        let (hex, end) = tag.strip_prefix("sha256-")?.split_at_checked(64)?;
        hex.chars().all(|c| c.is_ascii_hexdigit()).then_some(end)
    });
    let kind = detail.artifact_media_type().unwrap_or_default();
    let is = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    match attached {
        Some(".sig") => return told("a signature"),
        Some(".sbom") => return told("a list of contents (SBOM)"),
        Some(_) => return told("an attestation"),
        None => {}
    }
    if is(&["notary.signature", "cosign", "simplesigning"]) {
        return told("a signature");
    }
    if is(&["sigstore", "in-toto", "attestation"]) {
        return told("an attestation");
    }
    if is(&["helm"]) {
        return told("a Helm chart");
    }
    let manifest = detail.image_manifest_media_type().unwrap_or_default();
    let index = INDEXES.contains(&manifest);
    if detail.subject_manifest_digest().is_some() {
        return told("an attachment of another image");
    }
    let plain = kind.is_empty() || IMAGES.contains(&kind) || INDEXES.contains(&kind) || kind == manifest;
    if !plain || manifest == "application/vnd.oci.artifact.manifest.v1+json" {
        return Some(format!("an artifact ({})", convert::name(if plain { manifest } else { kind })));
    }
    let empty = detail.image_size_in_bytes() == Some(0) && detail.image_tags().is_empty() && !index;
    if empty { told("an attestation") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    #[test]
    fn only_ecr_references_are_read() {
        let found = parse("111122223333.dkr.ecr.us-west-2.amazonaws.com/team/app:1").unwrap();
        assert_eq!(
            (found.account.as_str(), found.region.as_str(), found.name.as_str()),
            ("111122223333", "us-west-2", "team/app")
        );
        assert_eq!(parse("111122223333.dkr-ecr-fips.us-west-2.on.aws/team/app"), Some(found));
        for other in ["docker.io/library/nginx", "nginx", "public.ecr.aws/x/y", ""] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn telling_tags_come_first() {
        let detail = ImageDetail::builder()
            .image_tags("prod")
            .image_tags("8be02d4")
            .image_tags("latest")
            .image_digest("sha256:1")
            .image_size_in_bytes(5)
            .build();
        let image = entry(&detail).image;
        assert_eq!(image.tags, ["8be02d4", "latest", "prod"]);
        assert_eq!(image.bytes, 5);
    }

    #[test]
    fn references_name_a_digest_before_a_tag() {
        let host = "111122223333.dkr.ecr.us-west-2.amazonaws.com/a";
        assert_eq!(identifier(&format!("{host}:1@sha256:2")).image_digest(), Some("sha256:2"));
        assert_eq!(identifier(&format!("{host}:1")).image_tag(), Some("1"));
        assert_eq!(identifier(host).image_tag(), Some("latest"));
    }

    const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

    fn detail(
        tag: &str,
        manifest: &str,
        artifact: &str,
        bytes: i64,
    ) -> aws_sdk_ecr::types::builders::ImageDetailBuilder {
        let detail = ImageDetail::builder()
            .image_digest("sha256:1")
            .image_manifest_media_type(manifest)
            .image_size_in_bytes(bytes)
            .set_artifact_media_type(Some(artifact.to_owned()).filter(|a| !a.is_empty()));
        if tag.is_empty() { detail } else { detail.image_tags(tag) }
    }

    #[test]
    fn what_cannot_run_is_told_from_what_can() {
        let hex = "a".repeat(64);
        let (image, index) = (IMAGES[1], INDEXES[0]);
        for (tag, manifest, kind, bytes, told) in [
            ("8be02d4", OCI, image, 5, None),
            ("8be02d4", "application/vnd.docker.distribution.manifest.v2+json", IMAGES[0], 5, None),
            ("8be02d4", index, "", 5, None),
            ("8be02d4", index, "", 0, None),
            ("", OCI, image, 5, None),
            ("8be02d4", "", "", 0, None),
            ("", OCI, image, 0, Some("an attestation")),
            (&format!("sha256-{hex}.sig"), OCI, image, 5, Some("a signature")),
            (&format!("sha256-{hex}.att"), OCI, image, 5, Some("an attestation")),
            (&format!("sha256-{hex}.sbom"), OCI, image, 5, Some("a list of contents (SBOM)")),
            (&format!("sha256-{hex}"), index, "", 5, Some("an attestation")),
            ("1.2.3", OCI, "application/vnd.cncf.helm.config.v1+json", 5, Some("a Helm chart")),
            ("", OCI, "application/vnd.cncf.notary.signature", 5, Some("a signature")),
            ("", OCI, "application/vnd.dev.sigstore.bundle.v0.3+json", 5, Some("an attestation")),
            (
                "",
                OCI,
                "application/vnd.amazon.soci.index.v1+json",
                5,
                Some("an artifact (application/vnd.amazon.soci.index.v1+json)"),
            ),
        ] {
            let found = artifact(&detail(tag, manifest, kind, bytes).build());
            assert_eq!(found.as_deref(), told, "{tag} {manifest} {kind}");
        }
        let referrer = detail("", OCI, image, 5).subject_manifest_digest("sha256:2").build();
        assert!(!entry(&referrer).image.can_be_deployed());
        let archived = detail("1.2.3", OCI, image, 5).image_status(ImageStatus::Archived).build();
        assert_eq!(artifact(&archived).as_deref(), Some("archived"));
    }

    #[test]
    fn what_an_index_holds_stands_aside() {
        let at = |secs: i64| DateTime::from_secs(1_800_000_000 + secs);
        let entries = [
            // an index, its two platforms, and the attestation of one
            detail("8be02d4", INDEXES[0], "", 50).image_pushed_at(at(10)),
            detail("", OCI, IMAGES[1], 50).image_pushed_at(at(8)),
            detail("", OCI, IMAGES[1], 45).image_pushed_at(at(6)),
            detail("", OCI, IMAGES[1], 1).image_pushed_at(at(7)),
            // an earlier one that has lost its tag, and one that is pushed after the index
            detail("", OCI, IMAGES[1], 40).image_pushed_at(at(-900)),
            detail("", OCI, IMAGES[1], 41).image_pushed_at(at(60)),
            // larger than anything that the index holds
            detail("", OCI, IMAGES[1], 51).image_pushed_at(at(9)),
        ];
        let left: Vec<u64> = apart(entries.into_iter().map(|d| entry(&d.build())).collect())
            .into_iter()
            .map(|image| image.bytes)
            .collect();
        assert_eq!(left, [50, 40, 41, 51]);
    }
}
