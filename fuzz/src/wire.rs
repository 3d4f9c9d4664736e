//! The simulator's edge: bodies in JSON, CBOR and forms, S3's requests, and XML out; and XML as S3's is read.

use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};
use flightdeck::{
    aws::s3_documents,
    sim::{
        api::{Aws, TIMESTAMP},
        wire::{Decoded, Head, Protocol, Refused, TIMESTAMPS, codec, rest},
    },
};
use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};
use serde_json::{Value, json};

use super::common::{count, mark, text};

/// The deepest structure that a body may bring; serde_json's own bound, and about half of what ciborium allows.
const DEPTH_MAX: usize = 256;

fn depth(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn any(value: &Value, is: &impl Fn(&Value) -> bool) -> bool {
    is(value)
        || match value {
            Value::Array(items) => items.iter().any(|item| any(item, is)),
            Value::Object(map) => map.values().any(|item| any(item, is)),
            _ => false,
        }
}

/// What is understood is bounded; what is not is refused in its own protocol.
fn decoded(head: &Head<'_>, body: &[u8]) -> Result<Decoded, u64> {
    match codec::decode(head, body) {
        Ok(decoded) => {
            assert!(decoded.input.is_object(), "{decoded:?}");
            assert!(depth(&decoded.input) <= DEPTH_MAX);
            // every node costs at least a byte of the body, or stands for a part of a key
            let size = decoded.input.to_string().len();
            assert!(size <= 4096 + 64 * (body.len() + head.path.len() + head.query.len()), "{size} bytes");
            Ok(decoded)
        }
        Err(Refused { protocol, service, fault }) => {
            assert!((400..600).contains(&fault.status), "{fault:?}");
            let told = mark(&format!("{} {}", fault.code, fault.message));
            let encoded = codec::encode(protocol, service, "Op", Err(fault), "1");
            match protocol {
                Protocol::Json10 | Protocol::Json11 => {
                    serde_json::from_slice::<Value>(&encoded.body).unwrap();
                }
                Protocol::Cbor => {}
                Protocol::Query | Protocol::Rest => well_formed(&encoded.body),
            }
            Err(told)
        }
    }
}

/// What was read is written, and read again.
fn again(head: &Head<'_>, first: &Decoded) {
    // marks of timestamps have a form of their own on the wire, and absent members are not written
    let marked = |value: &Value| {
        value.is_null()
            || value
                .as_object()
                .is_some_and(|map| map.contains_key(TIMESTAMP) || map.contains_key(TIMESTAMPS))
    };
    // serde_json reads long fractions to the last bit but one
    let inexact = |value: &Value| first.protocol != Protocol::Cbor && value.is_f64();
    if any(&first.input, &|value| marked(value) || inexact(value)) {
        return;
    }
    let written =
        codec::encode(first.protocol, Some(first.service), &first.op, Ok(first.input.clone()), "1").body;
    assert_eq!(codec::decode(head, &written).map(|decoded| decoded.input), Ok(first.input.clone()));
}

fn shape(value: &Value) -> u64 {
    match value {
        Value::Null => 1,
        Value::Bool(_) => 2,
        Value::Number(number) if number.is_f64() => 3,
        Value::Number(_) => 4,
        Value::String(_) => 5,
        Value::Array(items) => items.iter().fold(6 + count(items.len()), |m, i| m.rotate_left(3) ^ shape(i)),
        Value::Object(map) => map.values().fold(64 + count(map.len()), |m, i| m.rotate_left(5) ^ shape(i)),
    }
}

/// Bodies in JSON.
pub fn json(body: &[u8]) -> u64 {
    let target = Some("AmazonEC2ContainerServiceV20141113.ListClusters");
    let head = Head { method: "POST", path: "/", target, ..Head::default() };
    decoded(&head, body).map_or_else(
        |told| told,
        |first| {
            again(&head, &first);
            shape(&first.input)
        },
    )
}

/// Bodies in CBOR.
pub fn cbor(body: &[u8]) -> u64 {
    let path = "/service/GraniteServiceVersion20100801/operation/ListMetrics";
    let head = Head { method: "POST", path, ..Head::default() };
    decoded(&head, body).map_or_else(
        |told| told,
        |first| {
            again(&head, &first);
            shape(&first.input)
        },
    )
}

/// Forms of awsQuery.
pub fn form(body: &[u8]) -> u64 {
    let content_type = Some("application/x-www-form-urlencoded");
    let head = Head { method: "POST", path: "/", content_type, signing_name: Some("sts"), ..Head::default() };
    decoded(&head, body).map_or_else(|told| told, |first| shape(&first.input))
}

/// Requests to S3: `METHOD PATH[?QUERY]`, lines of headers, an empty line, the body.
pub fn rest(input: &[u8]) -> u64 {
    let end = input.windows(2).position(|two| two == b"\n\n").unwrap_or(input.len());
    let (Some(top), body) = (text(&input[..end]), input.get(end + 2..).unwrap_or_default()) else { return 0 };
    let mut lines = top.lines();
    let (method, target) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or(("GET", top));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")).take(64) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.append(name, value);
        }
    }
    let head =
        Head { method, path, query, headers: Some(&headers), signing_name: Some("s3"), ..Head::default() };
    decoded(&head, body).map_or_else(
        |told| told,
        |first| {
            if let Some(content) = first.input.get("Body").and_then(Value::as_str) {
                let bytes = rest::bytes_of(content);
                assert_eq!(rest::text_of(&bytes), content);
                assert!(bytes.len() <= body.len());
            }
            mark(&first.op) ^ shape(&first.input)
        },
    )
}

/// Every element is closed, and every text reads.
fn well_formed(document: &[u8]) {
    let document = std::str::from_utf8(document).unwrap();
    let mut parsed = Document::new(document);
    let mut root = parsed.root_element().unwrap_or_else(|error| panic!("{error}: {document}"));
    walk(&mut root, 0);
    let opened =
        document.matches('<').count() - document.matches("</").count() - document.matches("<?").count();
    assert_eq!(opened, document.matches("</").count(), "{document}");
}

fn walk(element: &mut ScopedDecoder<'_, '_>, depth: usize) {
    assert!(depth < 64);
    while let Some(mut inner) = element.next_tag() {
        walk(&mut inner, depth + 1);
    }
}

/// What XML 1.0 cannot hold is replaced (section 2.2, `Char`).
fn held(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => c,
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Answers in XML say what they were made of; keys of S3 read back; and what is no document of S3's is none.
pub fn xml(input: &[u8]) -> u64 {
    let page = s3_documents::page(input);
    let error = s3_documents::error(input);
    let seen = match (&page, &error) {
        (Ok(page), _) => {
            assert!(page.keys.len() * 2 <= input.len());
            8 + count(page.keys.len())
        }
        (Err(_), Some(told)) => {
            super::common::harmless(&told.code);
            super::common::harmless(&told.message);
            2
        }
        (Err(why), None) => mark(why),
    };
    let Some(text) = text(input) else { return seen };
    let value =
        json!({ "Name": text, "Items": text.split('\n').collect::<Vec<_>>(), "In": { "Side": text } });
    let body = codec::encode(Protocol::Query, Some(Aws::Elb), "Op", Ok(value), "1").body;
    well_formed(&body);
    let document = std::str::from_utf8(&body).unwrap();
    let mut parsed = Document::new(document);
    let mut root = parsed.root_element().unwrap();
    let mut result = root.next_tag().unwrap();
    let mut name = result.next_tag().unwrap();
    assert_eq!(try_data(&mut name).unwrap(), held(text), "{document}");
    drop(name);

    let keys: Vec<&str> = text.split('\n').filter(|key| !key.is_empty()).collect();
    for coding in [None, Some("url")] {
        let contents: Vec<Value> = keys.iter().map(|key| json!({ "Key": key })).collect();
        let list = json!({ "IsTruncated": false, "EncodingType": coding, "Contents": contents });
        let body = codec::encode(Protocol::Rest, Some(Aws::S3), "ListObjectsV2", Ok(list), "1").body;
        let read = s3_documents::page(&body).unwrap_or_else(|why| panic!("{why}"));
        let told: Vec<String> =
            keys.iter().map(|key| if coding.is_some() { (*key).to_owned() } else { held(key) }).collect();
        assert_eq!(read.keys, told, "{}", String::from_utf8_lossy(&body));
    }
    seen
}
