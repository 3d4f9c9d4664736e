//! The gateway to AWS: the only user of the SDK.
//!
//! [`Gateway::connect`] makes a [`Client`] for one environment; [`Client::ask`] carries out every
//! [`crate::model::Ask`], [`Client::write`] every [`crate::model::Armed`]. Mutating SDK calls live in
//! [`write`] alone. Every call passes `clients::Clients::call`, which keeps the rate limits, counts, and turns
//! failures into sentences.

mod account;
mod alarms;
mod apprunner;
mod asked;
mod balancer;
mod caches;
mod calls;
mod client;
mod clients;
mod concurrency;
mod convert;
mod discover;
mod ecs;
mod empty_answers;
mod endpoint;
mod express;
mod fleet;
mod gateway;
mod http;
mod identity;
mod images;
mod json;
mod known_identity;
mod logs;
mod mask;
mod memory;
mod meter;
mod metrics;
mod permissions;
pub mod policy;
mod profile;
mod rate_limit;
mod raw_json;
mod retry;
mod s3;
mod session;
mod settings;
mod signed;
mod silence;
mod state;
mod timeline;
mod trouble;
mod variables;
mod watched;
mod write;

pub use client::Client;
pub use discover::{Discovered, Part};
pub use gateway::Gateway;
pub use http::{Between, between};
pub use meter::Meter;
// Not to be used by other modules: the fuzz targets hold the reader of XML from another party, from outside of the crate.
pub use profile::{Helper, NotRun, Ran, SignIn, profiles, sign_in};
#[doc(hidden)]
pub use s3::xml as s3_documents;
pub use settings::{AppRunnerScope, ApplicationRule, Settings};

#[cfg(test)]
mod tests;
