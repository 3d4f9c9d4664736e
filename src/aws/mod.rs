//! The gateway to AWS: the only user of the SDK.
//!
//! [`Gateway::connect`] makes a [`Client`] for one environment; [`Client::ask`] carries out every
//! [`crate::model::Ask`], [`Client::write`] every [`crate::model::Armed`]. Mutating SDK calls live in
//! [`write`] alone. Every call passes [`link::Link::call`], which keeps the pace, counts, and turns
//! failures into sentences.

mod account;
mod alarms;
mod apprunner;
mod balancer;
mod calls;
mod client;
mod discover;
mod ecs;
mod express;
mod gate;
mod gateway;
mod http;
mod identity;
mod images;
mod link;
mod logs;
mod mask;
mod meter;
mod metrics;
mod pace;
mod permissions;
pub mod policy;
mod profile;
mod raw;
mod retry;
mod s3;
mod settings;
mod state;
mod text;
mod trouble;
mod whole;
mod wire;
mod write;

pub use client::Client;
pub use discover::{Discovered, Part};
pub use gateway::Gateway;
pub use http::{Between, between};
pub use meter::Meter;
pub use profile::{Helper, NotRun, Ran, SignIn, profiles, sign_in};
pub use settings::{AppRunnerScope, ApplicationRule, Settings};

#[cfg(test)]
mod tests;
