//! App Runner's SourceConfiguration, as far as runs have to understand it. It is sent back whole, with another
//! image in it.

use crate::model::{Sealed, secret};
use serde_json::Value;

/// Whether it is an image that runs, and not source code.
pub(super) fn has_image(source: &Sealed) -> bool {
    member(source.open(), "ImageRepository").is_some()
}

/// The image that it names.
pub(super) fn image_of(source: &Sealed) -> Option<&str> {
    member(member(source.open(), "ImageRepository")?, "ImageIdentifier")?.as_str()
}

/// The same with another image; all else as it is.
pub(super) fn with_image(source: &Sealed, reference: &str) -> Option<Sealed> {
    if secret::is_masked(reference) {
        return None;
    }
    let mut document = source.open().clone();
    let repository = member_mut(&mut document, "ImageRepository")?;
    *member_mut(repository, "ImageIdentifier")? = Value::String(reference.to_owned());
    Some(Sealed::new(document))
}

/// The names of its variables and of its secrets; never what they are.
pub(super) fn names(source: &Sealed) -> (Vec<String>, Vec<String>) {
    let image = member(source.open(), "ImageRepository");
    let configuration = image.and_then(|image| member(image, "ImageConfiguration"));
    let keys = |name: &str| -> Vec<String> {
        let found = configuration.and_then(|c| member(c, name)).and_then(Value::as_object);
        found.map(|object| object.keys().cloned().collect()).unwrap_or_default()
    };
    (keys("RuntimeEnvironmentVariables"), keys("RuntimeEnvironmentSecrets"))
}

/// A member by AWS's name, in whichever case its first letter is written.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn member_mut<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    value.as_object_mut()?.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
