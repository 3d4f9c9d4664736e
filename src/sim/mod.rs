//! AWS over HTTP on loopback, driven by a clock. Knows nothing of the rest of the crate.
//!
//! The edge (`server`, `wire`, `control`, `throttle`, `clock`) speaks HTTP and the AWS protocols; a
//! [`world`] is a file, and [`engine`] makes it live; `backend` puts it behind the wire as the [`api::Backend`]; `ecs`,
//! `apprunner`, `ecr` and `s3` tell its state in the shapes of the AWS models and take changes to it;
//! `cloudwatch`, `logs`, `elb` and `sts` are services that it hands its calls to. [`untidy`] is a layer over all of
//! them that answers no tidier than AWS promises.

pub mod api;
pub mod apprunner;
mod args;
mod backend;
pub mod clock;
pub mod cloudwatch;
pub mod control;
pub mod ecr;
pub mod ecs;
pub mod elb;
pub mod engine;
pub mod faults;
mod hash;
pub mod logs;
mod s3;
mod scaling;
pub mod server;
pub mod sts;
#[cfg(test)]
mod testing;
pub mod throttle;
mod trail;
pub mod untidy;
pub mod wire;
pub mod world;
pub mod worlds;
