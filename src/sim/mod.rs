//! AWS over HTTP on loopback, driven by a clock. Knows nothing of the rest of the crate.
//!
//! A [`world`] is a file; [`engine`] makes it live and is the [`api::Backend`] behind the wire; `ecs`,
//! `apprunner` and `ecr` tell its state in the shapes of the AWS models and take changes to it.

pub mod api;
pub mod apprunner;
mod args;
pub mod cloudwatch;
pub mod ecr;
pub mod ecs;
pub mod elb;
pub mod engine;
mod hash;
pub mod logs;
pub mod sts;
pub mod world;
pub mod worlds;
#[cfg(test)]
mod testing;
