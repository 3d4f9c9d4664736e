//! Images in ECR.

use super::{
    calls::{self, Op},
    link::Link,
    text,
};
use crate::model::{Image, ImageChoice, Trouble, TroubleKind, service::is_moving};
use aws_sdk_ecr::types::{ImageDetail, ImageIdentifier};

/// Images that are kept, newest first.
const MOST: usize = 1_000;

/// A repository of ECR, as an image reference names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    pub account: String,
    pub region: String,
    pub name: String,
}

/// Reads `111122223333.dkr.ecr.us-west-2.amazonaws.com/name`; none for other registries.
fn parse(reference: &str) -> Option<Repository> {
    let (host, name) = reference.split_once('/')?;
    let mut parts = host.split('.');
    let account = parts.next()?;
    if parts.next()? != "dkr" || !matches!(parts.next()?, "ecr" | "ecr-fips") {
        return None;
    }
    let region = parts.next()?;
    let valid = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit()) && !name.is_empty();
    valid.then(|| Repository {
        account: account.to_owned(),
        region: region.to_owned(),
        name: name.to_owned(),
    })
}

/// The repository that a reference names.
pub(super) fn repository(link: &Link, op: &Op, reference: &str) -> Result<Repository, Trouble> {
    // a whole reference may be given where only the repository is wanted
    let version = crate::model::Version::of(reference, None);
    parse(version.repository()).ok_or_else(|| {
        let mut trouble = link.trouble(
            op,
            &text::name(reference),
            TroubleKind::Unsupported,
            "only images in Amazon ECR can be listed and tagged",
        );
        "type the whole image reference instead".clone_into(&mut trouble.remedy);
        trouble
    })
}

/// Carries out `Ask::Images`.
pub(super) async fn list(link: &Link, reference: &str) -> Result<Vec<Image>, Trouble> {
    let repository = repository(link, &calls::DESCRIBE_IMAGES, reference)?;
    let on = format!("repository {}", repository.name);
    let mut images: Vec<Image> = Vec::new();
    let mut next = None;
    loop {
        let request = || {
            link.ecr(&repository.region)
                .describe_images()
                .registry_id(&repository.account)
                .repository_name(&repository.name)
                .max_results(1_000)
                .set_next_token(next.take())
                .send()
        };
        let page = link.call(&calls::DESCRIBE_IMAGES, &on, request).await?;
        images.extend(page.image_details().iter().map(image));
        // pages come in no order: keep the newest while reading to the end
        images.sort_by_key(|i| std::cmp::Reverse(i.pushed_at));
        images.truncate(MOST);
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(images);
        }
    }
}

/// Carries out `Ask::Image`: none where the repository has no such image.
pub(super) async fn find(
    link: &Link,
    reference: &str,
    choice: &ImageChoice,
) -> Result<Option<Image>, Trouble> {
    let (reference, wanted) = match choice {
        ImageChoice::Tag(tag) => (reference, ImageIdentifier::builder().image_tag(tag).build()),
        ImageChoice::Digest(digest) => (reference, ImageIdentifier::builder().image_digest(digest).build()),
        ImageChoice::Reference(whole) => (whole.as_str(), identifier(whole)),
        ImageChoice::Current => (reference, identifier(reference)),
    };
    let repository = repository(link, &calls::DESCRIBE_IMAGES, reference)?;
    let on = format!("repository {}", repository.name);
    let request = || {
        link.ecr(&repository.region)
            .describe_images()
            .registry_id(&repository.account)
            .repository_name(&repository.name)
            .image_ids(wanted)
            .send()
    };
    match link.call(&calls::DESCRIBE_IMAGES, &on, request).await {
        Ok(answer) => Ok(answer.image_details().first().map(image)),
        Err(trouble) if trouble.kind == TroubleKind::NotFound && trouble.why.contains("ImageNotFound") => {
            Ok(None)
        }
        Err(trouble) => Err(trouble),
    }
}

/// The tag or digest that a whole reference names; `latest` where it names none.
fn identifier(reference: &str) -> ImageIdentifier {
    let version = crate::model::Version::of(reference, None);
    match (version.digest, version.tag) {
        (Some(digest), _) => ImageIdentifier::builder().image_digest(digest).build(),
        (None, Some(tag)) => ImageIdentifier::builder().image_tag(tag).build(),
        (None, None) => ImageIdentifier::builder().image_tag("latest").build(),
    }
}

fn image(detail: &ImageDetail) -> Image {
    let mut tags: Vec<String> = detail.image_tags().iter().map(|t| text::name(t)).collect();
    tags.sort_by(|a, b| is_moving(a).cmp(&is_moving(b)).then_with(|| a.cmp(b)));
    Image {
        digest: text::name(detail.image_digest().unwrap_or_default()),
        tags,
        pushed_at: text::stamp(detail.image_pushed_at()),
        bytes: detail.image_size_in_bytes().and_then(|b| u64::try_from(b).ok()).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ecr_references_are_read() {
        let found = parse("111122223333.dkr.ecr.us-west-2.amazonaws.com/team/app").unwrap();
        assert_eq!(
            (found.account.as_str(), found.region.as_str(), found.name.as_str()),
            ("111122223333", "us-west-2", "team/app")
        );
        for other in [
            "docker.io/library/nginx",
            "nginx",
            "public.ecr.aws/x/y",
            "1.dkr.ecr.us-west-2.amazonaws.com/a",
            "",
        ] {
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
        let image = image(&detail);
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
}
