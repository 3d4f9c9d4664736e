//! S3's REST: the operation is in the method, path and query, an object is the body, errors and lists
//! are XML.
//!
//! Bodies pass through as text with one character a byte ([`text_of`], [`bytes_of`]): the other services'
//! values are JSON, and objects need not be.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::super::api::{Answer, Aws, Fault, TIMESTAMP};
use super::{Decoded, Encoded, Head, Protocol, Refused, chunked, http_date, shorten, xml};

/// Query members that name an operation which the simulator does not have.
const ELSEWHERE: [&str; 14] = [
    "acl",
    "cors",
    "delete",
    "encryption",
    "lifecycle",
    "object-lock",
    "policy",
    "retention",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
];

/// Request headers that become members of the input.
const HEADERS: [(&str, &str); 5] = [
    ("if-match", "IfMatch"),
    ("if-none-match", "IfNoneMatch"),
    ("range", "Range"),
    ("content-type", "ContentType"),
    ("x-amz-expected-bucket-owner", "ExpectedBucketOwner"),
];

/// Query members that become members of the input.
const QUERY: [(&str, &str); 7] = [
    ("prefix", "Prefix"),
    ("delimiter", "Delimiter"),
    ("max-keys", "MaxKeys"),
    ("continuation-token", "ContinuationToken"),
    ("start-after", "StartAfter"),
    ("encoding-type", "EncodingType"),
    ("fetch-owner", "FetchOwner"),
];

/// One character a byte.
pub fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The bytes of a text made by [`text_of`]; characters that no byte is are left out.
pub fn bytes_of(text: &str) -> Vec<u8> {
    text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// Reads a request that is signed for S3.
pub fn decode(head: &Head<'_>, body: &[u8]) -> Result<Decoded, Refused> {
    let refuse = |status: u16, code: &str, message: String| Refused {
        protocol: Protocol::Rest,
        service: Some(Aws::S3),
        fault: Fault { resource_ids: Vec::new(), status, code: code.to_owned(), message },
    };
    let invalid = |message: String| refuse(400, "InvalidURI", message);
    let (bucket, key) = place(head).map_err(invalid)?;
    let query = query(head.query).map_err(invalid)?;
    let has = |name: &str| query.iter().any(|(key, _)| key == name);
    let elsewhere = bucket.is_empty() || query.iter().any(|(name, _)| ELSEWHERE.contains(&name.as_str()));
    let op = match (head.method, key.is_empty()) {
        _ if elsewhere => None,
        ("GET", true) if has("list-type") => Some("ListObjectsV2"),
        ("GET", true) if has("location") => Some("GetBucketLocation"),
        ("HEAD", true) => Some("HeadBucket"),
        ("GET", false) => Some("GetObject"),
        ("HEAD", false) => Some("HeadObject"),
        ("DELETE", false) => Some("DeleteObject"),
        ("PUT", false) if head.header("x-amz-copy-source").is_none() => Some("PutObject"),
        _ => None,
    };
    let Some(op) = op else {
        let what =
            format!("the simulator does not have the operation {} {}", head.method, shorten(head.path));
        return Err(refuse(501, "NotImplemented", what));
    };
    let mut input = Map::new();
    input.insert("Bucket".to_owned(), json!(bucket));
    if !key.is_empty() {
        input.insert("Key".to_owned(), json!(key));
    }
    for (header, member) in HEADERS {
        if let Some(value) = head.header(header) {
            input.insert(member.to_owned(), json!(value));
        }
    }
    for (name, member) in QUERY {
        if let Some((_, value)) = query.iter().find(|(key, _)| key == name) {
            input.insert(member.to_owned(), json!(value));
        }
    }
    if op == "PutObject" {
        let content = chunked::content(head, body)
            .map_err(|why| refuse(400, "IncompleteBody", format!("the body cannot be read: {why}")))?;
        input.insert("Body".to_owned(), json!(text_of(&content)));
        if let Some(encoding) = head.header("content-encoding") {
            let rest: Vec<&str> =
                encoding.split(',').map(str::trim).filter(|part| *part != "aws-chunked").collect();
            if !rest.is_empty() {
                input.insert("ContentEncoding".to_owned(), json!(rest.join(",")));
            }
        }
    }
    Ok(Decoded { protocol: Protocol::Rest, service: Aws::S3, op: op.to_owned(), input: Value::Object(input) })
}

/// Bucket and key: from the path, or from a host that begins with the bucket.
fn place(head: &Head<'_>) -> Result<(String, String), String> {
    let path = unescape(head.path.strip_prefix('/').unwrap_or(head.path))?;
    if let Some(bucket) = head.header("host").and_then(hosted) {
        return Ok((bucket.to_owned(), path));
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path.as_str(), ""));
    Ok((bucket.to_owned(), key.to_owned()))
}

/// The bucket in `bucket.s3.us-west-2.amazonaws.com` or `bucket.localhost:4566`.
fn hosted(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bucket = name.strip_suffix(".localhost").or_else(|| {
        let (bucket, rest) = name.split_once(".s3.")?;
        rest.ends_with("amazonaws.com").then_some(bucket)
    })?;
    (!bucket.is_empty()).then_some(bucket)
}

fn query(text: &str) -> Result<Vec<(String, String)>, String> {
    let fields = text.split('&').filter(|field| !field.is_empty());
    fields
        .map(|field| {
            let (key, value) = field.split_once('=').unwrap_or((field, ""));
            Ok((unescape(key)?, unescape(&value.replace('+', " "))?))
        })
        .collect()
}

/// Undoes percent-encoding; a plus is a plus.
fn unescape(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err("the request has a % without two hexadecimal digits".to_owned());
        };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    String::from_utf8(bytes).map_err(|_| "the request is not UTF-8".to_owned())
}

/// Percent-encodes what `encoding-type=url` encodes.
fn escape(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// Writes an answer.
pub fn encode(op: &str, answer: &Answer, request_id: &str) -> Encoded {
    let mut headers =
        vec![("x-amz-request-id", request_id.to_owned()), ("x-amz-id-2", request_id.to_owned())];
    let value = match answer {
        Ok(value) => value,
        Err(fault) => return refusal(op, fault, headers, request_id),
    };
    let text = |member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
    if op == "HeadBucket" {
        headers.extend(text("BucketRegion").map(|region| ("x-amz-bucket-region", region)));
    }
    let mut encoded = Encoded { status: 200, content_type: Cow::Borrowed(""), headers, body: Vec::new() };
    match op {
        "PutObject" => {
            encoded.headers.extend(text("ETag").map(|etag| ("etag", etag)));
        }
        "DeleteObject" => encoded.status = 204,
        "GetObject" | "HeadObject" => {
            encoded.content_type = Cow::Owned(text("ContentType").unwrap_or_default());
            encoded.headers.push(("accept-ranges", "bytes".to_owned()));
            encoded.headers.extend(text("ETag").map(|etag| ("etag", etag)));
            encoded.headers.extend(text("ContentEncoding").map(|coding| ("content-encoding", coding)));
            if let Some(at) =
                value.get("LastModified").and_then(|at| at.get(TIMESTAMP)).and_then(Value::as_f64)
            {
                encoded.headers.extend(http_date(at).map(|date| ("last-modified", date)));
            }
            if let Some(range) = text("ContentRange") {
                encoded.status = 206;
                encoded.headers.push(("content-range", range));
            }
            if op == "GetObject" {
                encoded.body = bytes_of(&text("Body").unwrap_or_default());
            } else if let Some(length) = value.get("ContentLength").and_then(Value::as_u64) {
                encoded.headers.push(("content-length", length.to_string()));
            }
        }
        "ListObjectsV2" => {
            encoded.content_type = Cow::Borrowed("application/xml");
            encoded.body = list(value).into_bytes();
        }
        "GetBucketLocation" => {
            encoded.content_type = Cow::Borrowed("application/xml");
            let mut out = opening("LocationConstraint");
            xml::text(&mut out, &text("LocationConstraint").unwrap_or_default());
            out.push_str("</LocationConstraint>");
            encoded.body = out.into_bytes();
        }
        _ => {}
    }
    encoded
}

fn opening(root: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    )
}

/// A list of objects: its lists are flat, one element an item.
fn list(value: &Value) -> String {
    let coded = value.get("EncodingType").and_then(Value::as_str) == Some("url");
    let mut out = opening("ListBucketResult");
    for (name, item) in value.as_object().into_iter().flatten() {
        let items = item.as_array().map_or(std::slice::from_ref(item), Vec::as_slice);
        for item in items {
            let item = match item {
                Value::String(text)
                    if coded && matches!(name.as_str(), "Prefix" | "Delimiter" | "StartAfter") =>
                {
                    json!(escape(text))
                }
                Value::Object(map) if coded => {
                    let coded = |(name, value): (&String, &Value)| match value.as_str() {
                        Some(text) if matches!(name.as_str(), "Key" | "Prefix") => {
                            (name.clone(), json!(escape(text)))
                        }
                        _ => (name.clone(), value.clone()),
                    };
                    Value::Object(map.iter().map(coded).collect())
                }
                other => other.clone(),
            };
            let _ = write!(out, "<{name}>");
            xml::content(&mut out, &item);
            let _ = write!(out, "</{name}>");
        }
    }
    out.push_str("</ListBucketResult>");
    out
}

fn refusal(op: &str, fault: &Fault, headers: Vec<(&'static str, String)>, request_id: &str) -> Encoded {
    let mut encoded =
        Encoded { status: fault.status, content_type: Cow::Borrowed(""), headers, body: Vec::new() };
    // what has no body cannot say why
    if fault.status != 304 && !op.starts_with("Head") {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>");
        xml::text(&mut out, &fault.code);
        out.push_str("</Code><Message>");
        xml::text(&mut out, &fault.message);
        let _ =
            write!(out, "</Message><RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>");
        encoded.content_type = Cow::Borrowed("application/xml");
        encoded.body = out.into_bytes();
    }
    encoded
}
