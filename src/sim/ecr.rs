//! ECR: repositories, images, and tags that move.

use std::sync::Arc;

use serde_json::{Value, json};

use super::api::{Answer, Call, Fault};
use super::args::{Args, Out, Paging};
use super::engine::Engine;
use super::engine::state::{Image, Repository};
use super::hash::digest;
use super::world::Behaviour;

const PAGES: Paging<'static> = Paging {
    token: "nextToken",
    size: "maxResults",
    usual: 100,
    most: 1000,
    error: "InvalidParameterException",
};

/// Most images in one BatchGetImage or DescribeImages by id.
const BATCH: usize = 100;

/// Answers one ECR call.
pub(super) fn handle(engine: &mut Engine, call: &Call) -> Answer {
    match call.op.as_str() {
        "DescribeRepositories" => repositories(engine, call),
        "DescribeImages" => images(engine, call),
        "ListImages" => list(engine, call),
        "DescribePullThroughCacheRules" => upstreams(engine, call),
        "BatchGetImage" => batch(engine, call),
        "PutImage" => put(engine, call),
        other => Err(Fault::unknown_operation(other)),
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::client("InvalidParameterException", message)
}

fn not_found(name: &str, registry: &str) -> Fault {
    Fault::client(
        "RepositoryNotFoundException",
        format!("The repository with name '{name}' does not exist in the registry with id '{registry}'"),
    )
}

fn place(engine: &Engine, call: &Call, name: &str) -> Result<usize, Fault> {
    let registry = Args(&call.input).text("registryId").unwrap_or(&call.account);
    let here = |r: &Repository| r.account == registry && r.region == call.region && r.name == name;
    engine.repositories.iter().position(here).ok_or_else(|| not_found(name, registry))
}

fn named<'a>(engine: &'a Engine, call: &Call) -> Result<(usize, &'a Repository), Fault> {
    let name =
        Args(&call.input).text("repositoryName").ok_or_else(|| invalid("repositoryName is required"))?;
    let place = place(engine, call, name)?;
    engine.repositories.get(place).map(|r| (place, r)).ok_or_else(|| not_found(name, &call.account))
}

fn repositories(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let names = args.texts("repositoryNames");
    let mut found = Vec::new();
    if names.is_empty() {
        let registry = args.text("registryId").unwrap_or(&call.account);
        let here = |r: &&Repository| r.account == registry && r.region == call.region;
        found.extend(engine.repositories.iter().filter(here).map(repository_shape));
    } else {
        for name in names {
            found.extend(engine.repositories.get(place(engine, call, name)?).map(repository_shape));
        }
    }
    let (page, next) = PAGES.page(args, found)?;
    Ok(Out::new().set("repositories", page).maybe("nextToken", next).done())
}

fn upstreams(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let registry = args.text("registryId").unwrap_or(&call.account);
    let wanted = args.texts("ecrRepositoryPrefixes");
    let rules: Vec<Value> = engine
        .world
        .upstreams
        .iter()
        .filter(|rule| rule.account == registry && rule.region == call.region)
        .filter(|rule| wanted.is_empty() || wanted.contains(&rule.prefix.as_str()))
        .map(|rule| {
            json!({
                "ecrRepositoryPrefix": rule.prefix,
                "upstreamRegistryUrl": rule.url,
                "registryId": rule.account,
            })
        })
        .collect();
    let (page, next) = PAGES.page(args, rules)?;
    Ok(Out::new().set("pullThroughCacheRules", page).maybe("nextToken", next).done())
}

fn repository_shape(repository: &Repository) -> Value {
    let (account, region, name) = (&repository.account, &repository.region, &repository.name);
    Out::new()
        .set("repositoryArn", format!("arn:aws:ecr:{region}:{account}:repository/{name}"))
        .set("registryId", account.clone())
        .set("repositoryName", name.clone())
        .set("repositoryUri", format!("{account}.dkr.ecr.{region}.amazonaws.com/{name}"))
        .time("createdAt", repository.created_at)
        .set("imageTagMutability", if repository.immutable { "IMMUTABLE" } else { "MUTABLE" })
        .set("imageScanningConfiguration", json!({ "scanOnPush": false }))
        .set("encryptionConfiguration", json!({ "encryptionType": "AES256" }))
        .done()
}

/// An image by `{imageDigest, imageTag}`; the failure code says what is wrong.
fn find<'a>(repository: &'a Repository, id: &Value) -> Result<&'a Image, (&'static str, &'static str)> {
    let (digest, tag) = (Args(id).text("imageDigest"), Args(id).text("imageTag"));
    let tagged = |image: &Image, tag: &str| image.tags.iter().any(|t| t == tag);
    match (digest, tag) {
        (None, None) => {
            Err(("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"))
        }
        (Some(digest), _) if !digest.starts_with("sha256:") || digest.len() != 71 => {
            Err(("InvalidImageDigest", "Invalid request parameters: image digest should satisfy the regex"))
        }
        (Some(digest), tag) => {
            let image = repository.images.iter().find(|image| image.digest == digest);
            match (image, tag) {
                (Some(image), Some(tag)) if !tagged(image, tag) => {
                    Err(("ImageTagDoesNotMatchDigest", "Requested image tag does not match the digest"))
                }
                (Some(image), _) => Ok(image),
                (None, _) => Err(("ImageNotFound", "Requested image not found")),
            }
        }
        (None, Some(tag)) => repository
            .images
            .iter()
            .find(|image| tagged(image, tag))
            .ok_or(("ImageNotFound", "Requested image not found")),
    }
}

/// An entry for every tag, and one without for an image that has none.
fn list(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let (_, repository) = named(engine, call)?;
    let wanted = args.get("filter").and_then(|filter| Args(filter).text("tagStatus")).unwrap_or("ANY");
    if !["TAGGED", "UNTAGGED", "ANY"].contains(&wanted) {
        return Err(invalid(format!("tagStatus {wanted} is not one of TAGGED, UNTAGGED, ANY")));
    }
    let mut found = Vec::new();
    for image in &repository.images {
        if image.tags.is_empty() && wanted != "TAGGED" {
            found.push(json!({ "imageDigest": image.digest }));
        }
        let tags = image.tags.iter().filter(|_| wanted != "UNTAGGED");
        found.extend(tags.map(|tag| json!({ "imageDigest": image.digest, "imageTag": tag })));
    }
    let (page, next) = PAGES.page(args, found)?;
    Ok(Out::new().set("imageIds", page).maybe("nextToken", next).done())
}

fn images(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let (_, repository) = named(engine, call)?;
    let ids = args.list("imageIds");
    if ids.len() > BATCH {
        return Err(invalid(format!("imageIds cannot have more than {BATCH} members")));
    }
    if !ids.is_empty() && args.get("maxResults").is_some() {
        return Err(invalid("maxResults cannot be used together with imageIds"));
    }
    let mut found: Vec<&Image> = Vec::new();
    for id in ids {
        let image = find(repository, id).map_err(|_| {
            let (digest, tag) = (Args(id).text("imageDigest"), Args(id).text("imageTag"));
            let what = format!("imageDigest:'{}', imageTag:'{}'", digest.unwrap_or("null"), tag.unwrap_or("null"));
            Fault::client(
                "ImageNotFoundException",
                format!(
                    "The image with imageId {{{what}}} does not exist within the repository with name '{}' in the registry with id '{}'",
                    repository.name, repository.account
                ),
            )
        })?;
        if !found.iter().any(|known| known.digest == image.digest) {
            found.push(image);
        }
    }
    if ids.is_empty() {
        let status = args.get("filter").and_then(|filter| Args(filter).text("tagStatus"));
        found.extend(repository.images.iter().filter(|image| match status {
            Some("TAGGED") => !image.tags.is_empty(),
            Some("UNTAGGED") => image.tags.is_empty(),
            _ => true,
        }));
    }
    let details: Vec<Value> = found.into_iter().map(|image| detail(repository, image)).collect();
    let (page, next) = PAGES.page(args, details)?;
    Ok(Out::new().set("imageDetails", page).maybe("nextToken", next).done())
}

fn detail(repository: &Repository, image: &Image) -> Value {
    let tags = (!image.tags.is_empty()).then(|| image.tags.clone());
    Out::new()
        .set("registryId", repository.account.clone())
        .set("repositoryName", repository.name.clone())
        .set("imageDigest", image.digest.clone())
        .maybe("imageTags", tags)
        .set("imageSizeInBytes", image.size)
        .time("imagePushedAt", image.pushed_at)
        .set("imageManifestMediaType", image.media_type.clone())
        .maybe("artifactMediaType", image.artifact.clone())
        .done()
}

fn image_shape(repository: &Repository, image: &Image, tag: Option<&str>) -> Value {
    Out::new()
        .set("registryId", repository.account.clone())
        .set("repositoryName", repository.name.clone())
        .set("imageId", Out::new().set("imageDigest", image.digest.clone()).maybe("imageTag", tag).done())
        .set("imageManifest", image.manifest.clone())
        .set("imageManifestMediaType", image.media_type.clone())
        .done()
}

fn batch(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let (_, repository) = named(engine, call)?;
    let ids = args.list("imageIds");
    if ids.is_empty() || ids.len() > BATCH {
        return Err(invalid(format!("imageIds must have 1 to {BATCH} members")));
    }
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for id in ids {
        match find(repository, id) {
            Ok(image) => images.push(image_shape(repository, image, Args(id).text("imageTag"))),
            Err((code, reason)) => {
                failures.push(json!({ "imageId": id, "failureCode": code, "failureReason": reason }));
            }
        }
    }
    Ok(json!({ "images": images, "failures": failures }))
}

fn put(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let (place, repository) = named(engine, call)?;
    let manifest = args.text("imageManifest").ok_or_else(|| invalid("imageManifest is required"))?;
    if !serde_json::from_str::<Value>(manifest).is_ok_and(|value| value.is_object()) {
        return Err(invalid(
            "Invalid parameter at 'imageManifest' failed to satisfy constraint: 'not valid JSON'",
        ));
    }
    let tag = args.text("imageTag");
    let known = repository.images.iter().find(|image| image.manifest == manifest);
    let wanted = known.map_or_else(|| digest(manifest), |image| image.digest.clone());
    if args.text("imageDigest").is_some_and(|given| given != wanted) {
        return Err(Fault::client(
            "ImageDigestDoesNotMatchException",
            "The specified image digest does not match the digest of the manifest.",
        ));
    }
    if known.is_some_and(|image| tag.is_none_or(|tag| image.tags.iter().any(|t| t == tag))) {
        return Err(Fault::client(
            "ImageAlreadyExistsException",
            format!(
                "Image with digest '{wanted}' and tag '{}' already exists in the repository with name '{}' in registry with id '{}'",
                tag.unwrap_or("null"),
                repository.name,
                repository.account
            ),
        ));
    }
    let taken =
        tag.is_some_and(|tag| repository.images.iter().any(|image| image.tags.iter().any(|t| t == tag)));
    if repository.immutable && taken {
        return Err(Fault::client(
            "ImageTagAlreadyExistsException",
            format!(
                "The image tag '{}' already exists in the '{}' repository and cannot be overwritten because the repository is immutable.",
                tag.unwrap_or_default(),
                repository.name
            ),
        ));
    }
    let media_type = args
        .text("imageManifestMediaType")
        .unwrap_or("application/vnd.oci.image.manifest.v1+json")
        .to_owned();
    let new = known.is_none().then(|| Image {
        digest: wanted.clone(),
        tags: Vec::new(),
        pushed_at: call.now,
        size: 40_000_000,
        manifest: manifest.to_owned(),
        artifact: (!media_type.contains("index") && !media_type.contains("list"))
            .then(|| "application/vnd.oci.image.config.v1+json".to_owned()),
        media_type,
        behaviour: Arc::new(Behaviour {
            version: tag.unwrap_or("untagged").to_owned(),
            ..Behaviour::default()
        }),
    });
    let name =
        format!("{}.dkr.ecr.{}.amazonaws.com/{}", repository.account, repository.region, repository.name);
    if let Some(repository) = engine.repositories.get_mut(place) {
        if let Some(tag) = tag {
            for image in &mut repository.images {
                image.tags.retain(|other| other != tag);
            }
        }
        repository.images.extend(new);
        if let (Some(tag), Some(image)) =
            (tag, repository.images.iter_mut().find(|image| image.digest == wanted))
        {
            image.tags.push(tag.to_owned());
        }
    }
    if let Some(tag) = tag {
        engine.push_deploys(&format!("{name}:{tag}"));
    }
    let (_, repository) = named(engine, call)?;
    let image = repository.images.iter().find(|image| image.digest == wanted);
    let shape = image.map(|image| image_shape(repository, image, tag)).unwrap_or_default();
    Ok(json!({ "image": shape }))
}

#[cfg(test)]
mod tests;
