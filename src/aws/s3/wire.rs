//! Requests to S3 and its answers.

use super::xml;
use crate::{
    aws::convert,
    model::{Stamp, write::PutWhen},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
};
use aws_smithy_types::{
    DateTime, base64,
    body::SdkBody,
    date_time::Format,
    error::{ErrorMetadata, metadata::ProvideErrorMetadata},
};
use std::{error::Error, fmt};

/// The most that is read of an object, bytes.
pub(super) const OBJECT_MAX: usize = 1 << 20;

/// A request, but for where the bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Call {
    method: &'static str,
    /// Path behind the bucket, encoded, and the query.
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Call {
    /// Reads an object, no more of it than is taken.
    pub(super) fn get(key: &str) -> Self {
        let range = ("range", format!("bytes=0-{}", OBJECT_MAX - 1));
        Self { method: "GET", path: path_of(key), headers: vec![range], body: String::new() }
    }

    /// The same of an object that has nothing in it, and so no range either.
    pub(super) fn get_empty(key: &str) -> Self {
        Self { method: "GET", path: path_of(key), headers: Vec::new(), body: String::new() }
    }

    /// Lists keys.
    pub(super) fn list(prefix: &str, next: Option<&str>) -> Self {
        let mut path =
            format!("/?encoding-type=url&list-type=2&max-keys=1000&prefix={}", encoded(prefix, false));
        if let Some(next) = next {
            path.push_str("&continuation-token=");
            path.push_str(&encoded(next, false));
        }
        Self { method: "GET", path, headers: Vec::new(), body: String::new() }
    }

    /// Writes an object.
    pub(in crate::aws) fn put(key: &str, body: &str, when: &PutWhen) -> Self {
        let mut headers = vec![
            ("content-length", body.len().to_string()),
            ("content-type", "application/json".to_owned()),
            ("x-amz-checksum-crc32", base64::encode(crc32(body.as_bytes()).to_be_bytes())),
        ];
        match when {
            PutWhen::Always => {}
            PutWhen::Absent => headers.push(("if-none-match", "*".to_owned())),
            PutWhen::Same(etag) => headers.push(("if-match", etag.clone())),
        }
        Self { method: "PUT", path: path_of(key), headers, body: body.to_owned() }
    }

    /// Deletes an object while it is the one with this entity tag.
    pub(in crate::aws) fn delete(key: &str, etag: &str) -> Self {
        let headers = vec![("if-match", etag.to_owned())];
        Self { method: "DELETE", path: path_of(key), headers, body: String::new() }
    }

    /// The same, where the bucket stands in the path.
    pub(super) fn under(mut self, prefix: &str) -> Self {
        self.path.insert_str(0, prefix);
        self
    }
}

fn path_of(key: &str) -> String {
    format!("/{}", encoded(key, true))
}

/// Everything but what never needs it is encoded; a slash stays one in a path.
fn encoded(text: &str, in_path: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || (in_path && byte == b'/')
        {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 0xf] {
                out.extend(char::from_digit(u32::from(half), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
    out
}

/// The checksum that S3 compares what it got with; some buckets take no object without one.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| {
                if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
            },
        )
    })
}

/// The request on the wire, unsigned.
pub(super) fn request(call: Call) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(call.body));
    request.set_method(call.method)?;
    request.set_uri(call.path)?;
    request.headers_mut().insert("user-agent", concat!("flightdeck/", env!("CARGO_PKG_VERSION")));
    for (name, value) in call.headers {
        request.headers_mut().try_insert(name, value)?;
    }
    Ok(request)
}

/// What S3 said, as far as it is no failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) enum Said {
    /// Done, and this is the answer.
    Whole,
    /// There is no such object.
    Absent,
    /// The condition does not hold.
    Unmet,
    /// Somebody else writes the object at this moment.
    Conflict,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Reply {
    /// What it means.
    pub said: Said,
    /// The object's entity tag; empty where it has none.
    pub etag: String,
    /// When the object was last written.
    pub modified_at: Option<Stamp>,
    /// When S3 answered, by its own clock.
    pub answered_at: Option<Stamp>,
    /// The object's whole length where only part of it was asked for.
    pub length: Option<u64>,
    /// The object, or a document.
    pub body: Vec<u8>,
}

/// A failure that S3 told.
#[derive(Debug, Clone, Default)]
pub(in crate::aws) struct Failure {
    meta: ErrorMetadata,
    region: Option<String>,
}

impl Failure {
    /// The region that the bucket is in, where S3 says that it is another than `here`.
    pub(super) fn elsewhere(&self, here: &str) -> Option<String> {
        self.region.clone().filter(|region| region != here)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meta.message().or(self.meta.code()).unwrap_or("S3 refused"))
    }
}

impl Error for Failure {}

impl ProvideErrorMetadata for Failure {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

/// A name of a region: it becomes part of a host name.
fn region(text: &str) -> Option<String> {
    let fine = (3..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-');
    fine.then(|| text.to_owned())
}

/// Reads an answer.
pub(super) fn reply(response: &HttpResponse) -> Result<Reply, OrchestratorError<Failure>> {
    let status = response.status().as_u16();
    let body = response.body().bytes().unwrap_or_default();
    let header = |name: &str| response.headers().get(name);
    let date = |name: &str| {
        let date = DateTime::from_str(header(name)?, Format::HttpDate).ok()?;
        Some(Stamp::from_secs(date.secs()))
    };
    let mut reply = Reply {
        said: Said::Whole,
        etag: header("etag").map(convert::name).unwrap_or_default(),
        modified_at: date("last-modified"),
        answered_at: date("date"),
        length: header("content-range").and_then(|range| range.rsplit('/').next()?.parse().ok()),
        body: Vec::new(),
    };
    if matches!(status, 200 | 204 | 206) {
        reply.body = body.to_vec();
        return Ok(reply);
    }
    let told = xml::error(body);
    let code = told.as_ref().map_or("", |told| told.code.as_str());
    let said = match (status, code) {
        (412, _) => Some(Said::Unmet),
        (409, "ConditionalRequestConflict") => Some(Said::Conflict),
        (404, "NoSuchKey") => Some(Said::Absent),
        // the first byte of nothing was asked for
        (416, _) => {
            reply.length = Some(0);
            Some(Said::Whole)
        }
        _ => None,
    };
    if let Some(said) = said {
        reply.said = said;
        return Ok(reply);
    }
    let moved = matches!(status, 301 | 307 | 400 | 403);
    let named = header("x-amz-bucket-region").or(told.as_ref().and_then(|told| told.region.as_deref()));
    let mut failure = Failure { region: named.filter(|_| moved).and_then(region), ..Failure::default() };
    let mut meta = ErrorMetadata::builder();
    if let Some(told) = &told {
        meta = meta.code(&told.code).message(&told.message);
    } else if body.is_empty() {
        // S3 answers some refusals without a document
        meta = match status {
            301 => meta.code("PermanentRedirect").message("the bucket is at another address"),
            307 => meta.code("TemporaryRedirect").message("the bucket is at another address"),
            403 => meta.code("AccessDenied").message("Access Denied"),
            503 => meta.code("SlowDown"),
            _ => meta,
        };
    }
    failure.meta = meta.build();
    Err(OrchestratorError::operation(failure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> HttpResponse {
        let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        response
    }

    fn failure(error: OrchestratorError<Failure>) -> Failure {
        error.as_operation_error().expect("an operation's").clone()
    }

    #[test]
    fn keys_are_encoded_once_and_slashes_stay() {
        let call = Call::get("locks/prod/a b+c%ü?.json").under("/team");
        assert_eq!(call.path, "/team/locks/prod/a%20b%2Bc%25%C3%BC%3F.json");
        let call = Call::list("runs/", Some("a/b="));
        assert!(call.path.ends_with("&prefix=runs%2F&continuation-token=a%2Fb%3D"), "{}", call.path);
    }

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn conditions_become_headers() {
        let header = |when: &PutWhen, name: &str| {
            let request = request(Call::put("k", "{}", when)).unwrap();
            request.headers().get(name).map(str::to_owned)
        };
        assert_eq!(header(&PutWhen::Absent, "if-none-match").as_deref(), Some("*"));
        assert_eq!(header(&PutWhen::Same("\"e1\"".into()), "if-match").as_deref(), Some("\"e1\""));
        assert_eq!(header(&PutWhen::Always, "if-match"), None);
        assert_eq!(header(&PutWhen::Always, "content-length").as_deref(), Some("2"));
        assert!(request(Call::put("k", "", &PutWhen::Same("a\r\nx: y".into()))).is_err());
    }

    #[test]
    fn answers_are_told_apart() {
        let absent =
            "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
        let conflict = "<Error><Code>ConditionalRequestConflict</Code><Message>x</Message></Error>";
        for (status, body, said) in [
            (200, "{}", Said::Whole),
            (204, "", Said::Whole),
            (404, absent, Said::Absent),
            (412, "", Said::Unmet),
            (409, conflict, Said::Conflict),
            (416, "", Said::Whole),
        ] {
            assert_eq!(reply(&answer(status, &[], body)).unwrap().said, said, "{status}");
        }
        let headers = [
            ("etag", "\"e1\""),
            ("last-modified", "Wed, 21 Oct 2026 07:28:00 GMT"),
            ("date", "Wed, 21 Oct 2026 07:28:07 GMT"),
            ("content-range", "bytes 0-1/4096"),
        ];
        let read = reply(&answer(206, &headers, "{}")).unwrap();
        assert_eq!(
            (read.etag.as_str(), read.length, read.body.as_slice()),
            ("\"e1\"", Some(4096), &b"{}"[..])
        );
        assert_eq!(read.modified_at, Some(Stamp::from_secs(1_792_567_680)));
        assert_eq!(read.answered_at, Some(Stamp::from_secs(1_792_567_687)));
    }

    #[test]
    fn failures_carry_their_code_and_where_the_bucket_is() {
        let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>";
        let told = failure(reply(&answer(400, &[], body)).unwrap_err());
        assert_eq!(told.code(), Some("AuthorizationHeaderMalformed"));
        assert_eq!(told.elsewhere("us-west-2").as_deref(), Some("eu-west-1"));
        assert_eq!(told.elsewhere("eu-west-1"), None);
        let moved = answer(301, &[("x-amz-bucket-region", "eu-west-1")], "");
        assert_eq!(failure(reply(&moved).unwrap_err()).elsewhere("us-west-2").as_deref(), Some("eu-west-1"));
        // it would become part of a host name
        for hostile in ["evil.example/", "EU", "a", "x@y", "eu-west-1.evil.example"] {
            let mut response = answer(301, &[], "");
            response.headers_mut().insert("x-amz-bucket-region", hostile.to_owned());
            assert_eq!(failure(reply(&response).unwrap_err()).elsewhere("us-west-2"), None, "{hostile}");
        }
        let page = failure(reply(&answer(502, &[], "<html>Bad gateway</html>")).unwrap_err());
        assert_eq!(page.code(), None);
    }
}
