//! Whose call it was: what sentences need to name places and remedies.

use crate::{
    aws::{
        calls::Op,
        http::{self, Bundle, Proxies, Proxy},
    },
    model::{Trouble, TroubleKind, secret, text},
};
use std::sync::{Arc, OnceLock};

/// The longest reason that is kept, characters.
pub(in crate::aws) const WHY_MAX: usize = 400;

/// Whose call it was: what the sentences need to name places and remedies.
#[derive(Debug, Clone, Default)]
pub(in crate::aws) struct Caller {
    /// How one signs in again, in words.
    pub renew: String,
    /// Where the credentials come from, in words.
    pub source: String,
    /// The account, once it is known.
    pub account: OnceLock<String>,
    /// The endpoint that was called, where it is not AWS's own.
    pub endpoint: Option<String>,
    /// Region.
    pub region: String,
    /// The proxies that are set.
    pub proxies: Option<Arc<Proxies>>,
    /// The authorities in place of the machine's.
    pub bundle: Option<Bundle>,
}

impl Caller {
    pub(super) fn endpoint(&self, op: &Op) -> String {
        match &self.endpoint {
            Some(url) => text::clean(&secret::address(url), 200),
            None if op.service() == "cloudwatch" => format!("monitoring.{}.amazonaws.com", self.region),
            None => format!("{}.{}.amazonaws.com", op.service(), self.region),
        }
    }

    /// The proxy on the way to where the operation is.
    pub(super) fn proxy(&self, op: &Op) -> Option<&Proxy> {
        let host = self.endpoint(op);
        let url = if host.contains("://") { host } else { format!("https://{host}") };
        let (scheme, host, port) = http::address(&url);
        self.proxies.as_ref()?.of(&scheme, host, port)
    }

    /// How one signs in again.
    pub(super) fn renewed(&self) -> String {
        match self.renew.as_str() {
            "" => format!("renew the credentials of {}", self.source),
            renew => renew.to_owned(),
        }
    }

    /// A failure that the gateway itself found.
    pub fn trouble(
        &self,
        op: &Op,
        on: &str,
        kind: TroubleKind,
        why: impl Into<String>,
        remedy: &str,
    ) -> Trouble {
        Trouble {
            kind,
            what: op.what.to_owned(),
            on: self.on(on),
            why: text::clean(&secret::text(&why.into()), WHY_MAX),
            remedy: remedy.to_owned(),
        }
    }

    pub(super) fn on(&self, on: &str) -> String {
        let on = text::clean(&secret::text(on), 200);
        let place = match self.account.get() {
            Some(account) => format!("{account} {}", self.region),
            None => self.region.clone(),
        };
        match (on.is_empty(), place.is_empty()) {
            (_, true) => on,
            (true, false) => place,
            (false, false) => format!("{on}, {place}"),
        }
    }
}

/// What to do about a read that may work the next time.
pub(in crate::aws) const PASSES: &str = "this is usually temporary; try again";
