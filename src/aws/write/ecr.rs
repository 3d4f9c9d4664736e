//! Tags of images.

use super::attempt::{is_of_this, send};
use crate::{
    aws::{calls, clients::Clients, convert, images},
    model::{Trouble, TroubleKind, Written},
};
use aws_sdk_ecr::types::{Image, ImageIdentifier};
use aws_smithy_types::retry::RetryConfig;

/// Every kind of manifest that ECR keeps: without them it would convert the manifest, which changes the digest.
const MANIFESTS: [&str; 5] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.v1+json",
];

fn once() -> aws_sdk_ecr::config::Builder {
    aws_sdk_ecr::config::Builder::new().retry_config(RetryConfig::disabled())
}

/// Gives an image that is in the repository a tag, taken from whatever has it.
pub(super) async fn tag(
    clients: &Clients,
    reference: &str,
    digest: &str,
    tag: &str,
) -> Result<Written, Trouble> {
    let repository = images::repository(clients, &calls::PUT_IMAGE, reference)?;
    let on = repository.words(clients);
    let image = manifest(clients, &repository, digest, &on).await?;
    let answer = send(|| {
        let request = || {
            clients
                .ecr(&repository.region)
                .put_image()
                .registry_id(&repository.account)
                .repository_name(&repository.name)
                .set_image_manifest(image.image_manifest().map(str::to_owned))
                .set_image_manifest_media_type(image.image_manifest_media_type().map(str::to_owned))
                .image_tag(tag)
                // ECR refuses what does not have it: no other image is ever tagged
                .image_digest(digest)
                .customize()
                .config_override(once())
                .send()
        };
        clients.change(&calls::PUT_IMAGE, &on, request)
    })
    .await;
    match answer {
        Ok(answer) => {
            let told = answer.image().and_then(|image| image.image_id());
            let named = told.and_then(|id| id.image_digest()).is_none_or(|own| own == digest)
                && told.and_then(|id| id.image_tag()).is_none_or(|own| own == tag);
            let name = told.and_then(|id| id.image_tag().or(id.image_digest())).unwrap_or_default();
            is_of_this(clients, &calls::PUT_IMAGE, &on, named, name)?;
            Ok(Written::Done)
        }
        Err(trouble) => said(trouble, tag, &repository.name),
    }
}

/// What ECR said against it: that it is done already is as good as done, and a tag that cannot be moved is told
/// with what to do.
fn said(mut trouble: Trouble, tag: &str, repository: &str) -> Result<Written, Trouble> {
    if trouble.why.contains("ImageAlreadyExistsException") {
        return Ok(Written::Done);
    }
    if trouble.why.contains("ImageTagAlreadyExistsException") {
        trouble.why = format!(
            "tag {} of {} belongs to another image, and the repository's tags are immutable",
            convert::name(tag),
            convert::name(repository)
        );
        "promote with promotion = \"pinned\", or let this tag be moved (ECR, image tag mutability)"
            .clone_into(&mut trouble.remedy);
    }
    Err(trouble)
}

/// The manifest of an image, byte by byte as it was pushed.
async fn manifest(
    clients: &Clients,
    repository: &images::Repository,
    digest: &str,
    on: &str,
) -> Result<Image, Trouble> {
    let request = || {
        clients
            .ecr(&repository.region)
            .batch_get_image()
            .registry_id(&repository.account)
            .repository_name(&repository.name)
            .image_ids(ImageIdentifier::builder().image_digest(digest).build())
            .set_accepted_media_types(Some(MANIFESTS.map(str::to_owned).to_vec()))
            .send()
    };
    let answer = clients.call(&calls::BATCH_GET_IMAGE, on, request).await?;
    let found = answer.images().iter().find(|image| image.image_manifest().is_some());
    if let Some(image) = found {
        return Ok(image.clone());
    }
    let told = answer.failures().first().and_then(|failure| failure.failure_reason()).map(convert::name);
    let why = match told {
        Some(reason) => format!("there is no image {}: {reason}", convert::name(digest)),
        None => format!("there is no image {}", convert::name(digest)),
    };
    let mut trouble = clients.trouble(&calls::BATCH_GET_IMAGE, on, TroubleKind::NotFound, why);
    "choose an image that is in the repository".clone_into(&mut trouble.remedy);
    Err(trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ecr_says_against_a_tag_is_told_apart() {
        let trouble = |why: &str| Trouble {
            kind: TroubleKind::Refused,
            what: "tag the image".into(),
            on: String::new(),
            why: why.into(),
            remedy: String::new(),
        };
        let done = said(trouble("it is there (ImageAlreadyExistsException)"), "prod", "shop");
        assert_eq!(done, Ok(Written::Done));
        let immutable = said(trouble("no (ImageTagAlreadyExistsException)"), "prod", "shop").unwrap_err();
        assert!(
            immutable.why.contains("tag prod of shop") && immutable.why.contains("immutable"),
            "{immutable}"
        );
        assert!(immutable.remedy.contains("pinned"), "{immutable}");
        let other = said(trouble("no (LimitExceededException)"), "prod", "shop").unwrap_err();
        assert_eq!(other, trouble("no (LimitExceededException)"));
    }
}
