//! Answers that are not of AWS.

use super::caller::{Caller, PASSES};
use crate::{
    aws::calls::Op,
    model::{TroubleKind, text},
};

/// What an answer that failed looked like on the wire.
pub(in crate::aws) struct Raw<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

/// An answer without a code of AWS's in it.
pub(in crate::aws) fn unreadable(op: &Op, caller: &Caller, raw: &Raw<'_>) -> (TroubleKind, String, String) {
    let endpoint = caller.endpoint(op);
    let text = String::from_utf8_lossy(raw.body);
    let trimmed = text.trim_start();
    let lower: String = trimmed.chars().take(64).collect::<String>().to_lowercase();
    let sort = if trimmed.is_empty() {
        "nothing".to_owned()
    } else if lower.starts_with("<!doctype") || lower.starts_with("<html") {
        format!("an HTML page ({})", first_words(&strip_tags(trimmed)))
    } else if lower.starts_with('{') || lower.starts_with("<?xml") || lower.starts_with("<error") {
        format!("something unexpected ({})", first_words(trimmed))
    } else {
        format!("something that is not AWS's protocol ({})", first_words(trimmed))
    };
    let status = raw.status;
    let (kind, remedy) = match status {
        404 | 405 | 501 => {
            (TroubleKind::Unsupported, format!("this endpoint seems to have no {}", op.action))
        }
        // local servers that lack an operation answer 500 with a page of their web framework
        500 if lower.starts_with('<') && caller.endpoint.is_some() => {
            (TroubleKind::Unsupported, format!("this endpoint seems to have no {}", op.action))
        }
        // whatever proxy it was: AWS does not answer this
        407 => (
            TroubleKind::Unreachable,
            "the proxy asks for a name and a password: HTTP_PROXY=http://NAME:PASSWORD@HOST:PORT".to_owned(),
        ),
        500..=599 => (TroubleKind::Server, PASSES.to_owned()),
        _ => (
            TroubleKind::Unreadable,
            "check that the endpoint is AWS's and not a proxy's login page".to_owned(),
        ),
    };
    (kind, format!("{endpoint} answered HTTP {status} with {sort}"), remedy)
}

fn first_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(8).collect();
    let joined = words.join(" ");
    if joined.is_empty() { "no text".to_owned() } else { format!("“{}”", text::clean(&joined, 60)) }
}

/// The text of an HTML page without its tags, styles and scripts, as far as its first words go.
fn strip_tags(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for ch in html.chars().take(2_000) {
        match ch {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            _ if !inside => out.push(ch),
            _ => {}
        }
    }
    out
}
