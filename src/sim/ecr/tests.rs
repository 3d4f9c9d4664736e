use std::slice::from_ref;

use serde_json::{Value, json};

use crate::sim::api::{Answer, Aws};
use crate::sim::testing::{Bench, commit};
use crate::sim::world::World;

const REPOSITORY: &str = "fem-fd-service";

fn ask(bench: &mut Bench, op: &str, input: Value) -> Answer {
    let mut whole = json!({ "repositoryName": REPOSITORY });
    whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    bench.call(Aws::Ecr, op, whole)
}

fn manifest(bench: &mut Bench, tag: &str) -> Value {
    let found = ask(bench, "BatchGetImage", json!({ "imageIds": [{ "imageTag": tag }] })).unwrap();
    found["images"][0].clone()
}

fn tagged(bench: &mut Bench, tag: &str) -> Vec<String> {
    let all = ask(bench, "DescribeImages", json!({})).unwrap();
    let has =
        |image: &&Value| image["imageTags"].as_array().is_some_and(|tags| tags.iter().any(|t| t == tag));
    let images = all["imageDetails"].as_array().unwrap().iter().filter(has);
    images.map(|image| image["imageDigest"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_tag_moves_from_one_image_to_another() {
    let mut bench = Bench::new("fem");
    let image = manifest(&mut bench, &commit("8be02d4"));
    let digest = image["imageId"]["imageDigest"].as_str().unwrap().to_owned();
    assert_ne!(tagged(&mut bench, "prod"), from_ref(&digest));
    let put = json!({ "imageManifest": image["imageManifest"], "imageTag": "prod", "imageDigest": digest });
    let answer = ask(&mut bench, "PutImage", put.clone()).unwrap();
    assert_eq!(answer["image"]["imageId"], json!({ "imageDigest": digest, "imageTag": "prod" }));
    assert_eq!(tagged(&mut bench, "prod"), from_ref(&digest), "on this image, and on no other");
    assert_eq!(tagged(&mut bench, "staging"), from_ref(&digest), "its other tags stay");
    assert_eq!(tagged(&mut bench, &commit("1f0c9a7")).len(), 1, "the other image stays under its other tags");
    assert_eq!(ask(&mut bench, "PutImage", put).unwrap_err().code, "ImageAlreadyExistsException");
    // What reads by digest, moves by digest.
    let id = json!({ "imageIds": [{ "imageDigest": digest }] });
    let again = ask(&mut bench, "BatchGetImage", id).unwrap();
    assert_eq!(again["images"][0]["imageManifest"], image["imageManifest"]);
    let other = json!({ "imageManifest": manifest(&mut bench, &commit("e7b41d2"))["imageManifest"], "imageTag": "prod", "imageDigest": digest });
    assert_eq!(ask(&mut bench, "PutImage", other).unwrap_err().code, "ImageDigestDoesNotMatchException");
}

#[test]
fn tags_of_an_immutable_repository_stay() {
    let name = format!("name = \"{REPOSITORY}\"\nmigrations");
    let text = crate::sim::worlds::text("fem").unwrap();
    let text = text.replacen(&name, &format!("name = \"{REPOSITORY}\"\nimmutable = true\nmigrations"), 1);
    let mut bench = Bench::of(World::from_toml(&text, "immutable.toml").unwrap());
    let before = tagged(&mut bench, "prod");
    let image = manifest(&mut bench, &commit("8be02d4"))["imageManifest"].clone();
    let put = |tag: &str| json!({ "imageManifest": image, "imageTag": tag });
    assert_eq!(ask(&mut bench, "PutImage", put("prod")).unwrap_err().code, "ImageTagAlreadyExistsException");
    assert_eq!(tagged(&mut bench, "prod"), before);
    assert_eq!(ask(&mut bench, "PutImage", put("staging")).unwrap_err().code, "ImageAlreadyExistsException");
    ask(&mut bench, "PutImage", put("another")).unwrap();
}
