//! awsQuery, the answer: XML with a result in a response, lists as `<member>`.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::api::{Answer, Aws};
use super::{Stamp, query_code, stamp};

/// The bytes of an answer or of an error.
pub fn encode(service: Option<Aws>, op: &str, answer: &Answer, request_id: &str) -> Vec<u8> {
    let namespace = match service {
        Some(Aws::Elb) => " xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\"",
        Some(Aws::Sts) => " xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"",
        Some(Aws::CloudWatch) => " xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"",
        _ => "",
    };
    let mut out = String::with_capacity(512);
    match answer {
        Ok(value) => {
            let _ = write!(out, "<{op}Response{namespace}><{op}Result>");
            content(&mut out, value);
            let _ = write!(
                out,
                "</{op}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{op}Response>"
            );
        }
        Err(fault) => {
            let blame = if fault.status >= 500 { "Receiver" } else { "Sender" };
            let _ = write!(out, "<ErrorResponse{namespace}><Error><Type>{blame}</Type><Code>");
            text(&mut out, query_code(&fault.code));
            out.push_str("</Code><Message>");
            text(&mut out, &fault.message);
            let _ = write!(out, "</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>");
        }
    }
    out.into_bytes()
}

/// An element's content.
pub(super) fn content(out: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => {
            let _ = write!(out, "{n}");
        }
        Value::String(s) => text(out, s),
        Value::Array(items) => {
            for item in items {
                element(out, "member", item);
            }
        }
        Value::Object(map) => match stamp(map) {
            Stamp::One(at) => out.push_str(&iso(at)),
            Stamp::Many(list) => {
                for at in list.iter().filter_map(Value::as_f64) {
                    let _ = write!(out, "<member>{}</member>", iso(at));
                }
            }
            Stamp::No => {
                for (name, item) in map {
                    if !item.is_null() {
                        element(out, name, item);
                    }
                }
            }
        },
    }
}

fn element(out: &mut String, name: &str, value: &Value) {
    let _ = write!(out, "<{name}>");
    content(out, value);
    let _ = write!(out, "</{name}>");
}

/// Text with what XML reserves escaped; what XML 1.0 cannot hold at all becomes U+FFFD.
pub(super) fn text(out: &mut String, raw: &str) {
    for c in raw.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// ISO 8601 in UTC, to the millisecond.
pub fn iso(at: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 saturates and is refused below")]
    let milliseconds = (at * 1000.0).round() as i64;
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(|_| String::new(), |at| at.to_string())
}
