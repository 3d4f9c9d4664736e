//! Connections: through which proxy, and believing whom.

mod address;
mod between;
mod connector;
mod proxy;
mod trust;
mod unusable;

pub(super) use address::address;
pub use between::{Between, between};
pub(super) use connector::Http;
pub(super) use proxy::{Proxies, Proxy};
pub(super) use trust::Bundle;
pub(super) use unusable::Unusable;
