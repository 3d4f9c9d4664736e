//! S3: objects in the buckets that a world declares, with the conditions that locks are made of.

use serde_json::{Value, json};

use super::api::{Answer, Call, Fault, timestamp};
use super::args::{Args, Out};
use super::engine::Engine;
use super::engine::state::{Bucket, Object};
use super::hash;
use super::wire::input;
use super::wire::rest::{bytes_of, text_of};

/// Keys in one page at most.
const PAGE: usize = 1000;
/// Longest key in bytes.
const KEY: usize = 1024;

/// Answers one S3 call.
pub(super) fn handle(engine: &mut Engine, call: &Call) -> Answer {
    match call.op.as_str() {
        "GetBucketLocation" | "HeadBucket" | "ListObjectsV2" | "GetObject" | "HeadObject" | "PutObject"
        | "DeleteObject" => {}
        other => return Err(fault(501, "NotImplemented", &format!("the simulator does not have {other}"))),
    }
    let place = place(engine, call)?;
    let bucket = engine.buckets.get_mut(place).ok_or_else(no_bucket)?;
    match call.op.as_str() {
        "HeadBucket" => Ok(json!({ "BucketRegion": bucket.spec.region })),
        "GetBucketLocation" => Ok(json!({ "LocationConstraint": bucket.spec.region })),
        "ListObjectsV2" => list(bucket, &call.input),
        "PutObject" => put(bucket, call),
        "DeleteObject" => delete(bucket, call),
        _ => get(bucket, call),
    }
}

fn fault(status: u16, code: &str, message: &str) -> Fault {
    Fault { resource_ids: Vec::new(), status, code: code.to_owned(), message: message.to_owned() }
}

fn no_bucket() -> Fault {
    fault(404, "NoSuchBucket", "The specified bucket does not exist")
}

fn no_key() -> Fault {
    fault(404, "NoSuchKey", "The specified key does not exist.")
}

fn unmet() -> Fault {
    fault(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

/// The bucket of a call, unless the caller may not touch it or signed for another region.
fn place(engine: &Engine, call: &Call) -> Result<usize, Fault> {
    let name = Args(&call.input).text("Bucket").unwrap_or_default();
    let place = engine.buckets.iter().position(|b| b.spec.name == name).ok_or_else(no_bucket)?;
    let spec = &engine.buckets.get(place).ok_or_else(no_bucket)?.spec;
    if spec.denied || spec.account != call.account {
        let action = match call.op.as_str() {
            "HeadObject" => "GetObject",
            "ListObjectsV2" | "HeadBucket" => "ListBucket",
            other => other,
        };
        let key = Args(&call.input).text("Key").map(|key| format!("/{key}")).unwrap_or_default();
        let message = format!(
            "User: {} is not authorized to perform: s3:{action} on resource: \"arn:aws:s3:::{name}{key}\" because no identity-based policy allows the s3:{action} action",
            engine.caller(call)
        );
        return Err(fault(403, "AccessDenied", &message));
    }
    if spec.region != call.region {
        let message = format!(
            "The authorization header is malformed; the region '{}' is wrong; expecting '{}'",
            call.region, spec.region
        );
        return Err(fault(400, "AuthorizationHeaderMalformed", &message));
    }
    Ok(place)
}

fn key(call: &Call) -> Result<&str, Fault> {
    let key = Args(&call.input).text("Key").unwrap_or_default();
    if key.len() > KEY {
        return Err(fault(400, "KeyTooLongError", "Your key is too long"));
    }
    Ok(key)
}

/// Whether an entity tag is among those of a condition: `"a", "b"`, or `*` for any.
fn matches(condition: &str, etag: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    condition.split(',').any(|one| one.trim() == "*" || bare(one) == bare(etag))
}

fn put(bucket: &mut Bucket, call: &Call) -> Answer {
    let args = Args(&call.input);
    let key = key(call)?;
    let present = bucket.objects.get(key);
    if let Some(condition) = args.text("IfNoneMatch") {
        if condition.trim() != "*" {
            let what = "A header you provided implies functionality that is not implemented";
            return Err(fault(501, "NotImplemented", what));
        }
        if present.is_some() {
            return Err(unmet());
        }
    }
    if let Some(condition) = args.text("IfMatch") {
        let object = present.ok_or_else(no_key)?;
        if !matches(condition, &object.etag) {
            return Err(unmet());
        }
    }
    let body = bytes_of(args.text("Body").unwrap_or_default());
    // Opaque to clients, and as with AWS's the same for the same content.
    let etag = format!("\"{:016x}{:016x}\"", hash::of(&body, 31), hash::of(&body, 32));
    let object = Object {
        etag: etag.clone(),
        modified_at: call.now.floor(),
        content_type: args.text("ContentType").unwrap_or("binary/octet-stream").to_owned(),
        content_encoding: args.text("ContentEncoding").map(str::to_owned),
        body,
    };
    bucket.objects.insert(key.to_owned(), object);
    Ok(json!({ "ETag": etag }))
}

fn get(bucket: &Bucket, call: &Call) -> Answer {
    let args = Args(&call.input);
    let object = bucket.objects.get(key(call)?).ok_or_else(no_key)?;
    if args.text("IfMatch").is_some_and(|condition| !matches(condition, &object.etag)) {
        return Err(unmet());
    }
    if args.text("IfNoneMatch").is_some_and(|condition| matches(condition, &object.etag)) {
        return Err(fault(304, "NotModified", "Not Modified"));
    }
    let total = object.body.len();
    let range = args.text("Range").and_then(|range| bounds(range, total));
    let part = match range {
        None => object.body.as_slice(),
        Some(Some((from, to))) => object.body.get(from..=to).unwrap_or_default(),
        Some(None) => return Err(fault(416, "InvalidRange", "The requested range is not satisfiable")),
    };
    let told = range.flatten().map(|(from, to)| format!("bytes {from}-{to}/{total}"));
    Ok(Out::new()
        .set("ETag", object.etag.clone())
        .time("LastModified", object.modified_at)
        .set("ContentType", object.content_type.clone())
        .maybe("ContentEncoding", object.content_encoding.clone())
        .set("ContentLength", part.len())
        .maybe("ContentRange", told)
        .set("Body", text_of(part))
        .done())
}

/// The first and last byte of `bytes=0-9`, `bytes=5-` or `bytes=-3`: outer none for what is no such
/// range and is ignored, inner none for one that cannot be satisfied.
#[expect(clippy::option_option, reason = "a range is absent, impossible, or there")]
fn bounds(range: &str, total: usize) -> Option<Option<(usize, usize)>> {
    let (from, to) = range.trim().strip_prefix("bytes=")?.split_once('-')?;
    let last = total.checked_sub(1);
    if from.is_empty() {
        let count: usize = to.parse().ok()?;
        return Some(last.filter(|_| count > 0).map(|last| (total.saturating_sub(count), last)));
    }
    let from: usize = from.parse().ok()?;
    let to: usize = if to.is_empty() { usize::MAX } else { to.parse().ok()? };
    if from > to {
        return None;
    }
    Some(last.filter(|last| from <= *last).map(|last| (from, to.min(last))))
}

fn delete(bucket: &mut Bucket, call: &Call) -> Answer {
    let key = key(call)?;
    if let Some(condition) = Args(&call.input).text("IfMatch") {
        let object = bucket.objects.get(key).ok_or_else(no_key)?;
        if !matches(condition, &object.etag) {
            return Err(unmet());
        }
    }
    bucket.objects.remove(key);
    Ok(json!({}))
}

fn list(bucket: &Bucket, given: &Value) -> Answer {
    let args = Args(given);
    let invalid = |message: &str| fault(400, "InvalidArgument", message);
    let most = match args.get("MaxKeys") {
        None => PAGE,
        Some(_) => input::integer(given, "MaxKeys")
            .and_then(|most| usize::try_from(most).ok())
            .ok_or_else(|| invalid("Provided max-keys not an integer or within integer range"))?
            .min(PAGE),
    };
    let (prefix, delimiter) = (args.text("Prefix").unwrap_or_default(), args.text("Delimiter"));
    let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty());
    let token = args.text("ContinuationToken");
    let after = match token {
        Some(token) => {
            read_token(token).ok_or_else(|| invalid("The continuation token provided is incorrect"))?
        }
        None => args.text("StartAfter").unwrap_or_default().to_owned(),
    };
    let (mut contents, mut common, mut last, mut more) = (Vec::new(), Vec::<String>::new(), None, false);
    for (key, object) in &bucket.objects {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        if key.as_str() <= after.as_str() {
            continue;
        }
        let group = delimiter
            .and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len()))
            .and_then(|end| rest.get(..end))
            .map(|rest| format!("{prefix}{rest}"));
        if group.is_some() && common.last() == group.as_ref() {
            continue;
        }
        if contents.len() + common.len() >= most {
            more = most > 0;
            break;
        }
        // A page that ends with a group goes on behind all of it.
        last = Some(group.clone().map_or_else(|| key.clone(), |group| format!("{group}\u{10ffff}")));
        match group {
            Some(group) => common.push(group),
            None => contents.push(json!({
                "Key": key,
                "LastModified": timestamp(object.modified_at),
                "ETag": object.etag,
                "Size": object.body.len(),
                "StorageClass": "STANDARD",
            })),
        }
    }
    let next = last.filter(|_| more).map(|last| write_token(&last));
    let count = contents.len() + common.len();
    let groups: Vec<Value> = common.into_iter().map(|group| json!({ "Prefix": group })).collect();
    Ok(Out::new()
        .set("Name", bucket.spec.name.clone())
        .set("Prefix", prefix)
        .maybe("Delimiter", delimiter)
        .set("MaxKeys", most)
        .maybe("EncodingType", args.text("EncodingType"))
        .set("KeyCount", count)
        .set("IsTruncated", more)
        .maybe("ContinuationToken", token)
        .maybe("NextContinuationToken", next)
        .maybe("StartAfter", args.text("StartAfter"))
        .set("Contents", contents)
        .set("CommonPrefixes", groups)
        .done())
}

/// The key after which the next page begins, as a token.
fn write_token(key: &str) -> String {
    use std::fmt::Write as _;
    key.bytes().fold("1".to_owned(), |mut token, byte| {
        let _ = write!(token, "{byte:02x}");
        token
    })
}

fn read_token(token: &str) -> Option<String> {
    let digits = token.strip_prefix('1')?;
    let bytes: Option<Vec<u8>> = (0..digits.len())
        .step_by(2)
        .map(|at| digits.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()))
        .collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests;
