//! Who calls, where and what, as a request's headers say.

use hyper::http::request::Parts;

pub(super) fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// What the signature says about the caller.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scope<'a> {
    pub access_key_id: &'a str,
    pub region: Option<&'a str>,
    pub service: Option<&'a str>,
}

impl<'a> Scope<'a> {
    pub fn read(parts: &'a Parts) -> Self {
        let credential = header(parts, "authorization")
            .and_then(|value| value.split_once("Credential="))
            .map(|(_, rest)| rest)
            .and_then(|rest| rest.split([',', ' ']).next());
        credential.map(Self::parse).unwrap_or_default()
    }

    /// `AKID/20261121/us-west-2/ecs/aws4_request`; whatever misses stays unknown.
    pub fn parse(credential: &'a str) -> Self {
        let mut fields = credential.split('/');
        let access_key_id = fields.next().unwrap_or_default();
        let mut name = fields.skip(1).map(|field| Some(field).filter(|field| plain_name(field)));
        Self { access_key_id, region: name.next().flatten(), service: name.next().flatten() }
    }
}

fn plain_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
