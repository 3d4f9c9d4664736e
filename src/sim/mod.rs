//! AWS over HTTP on loopback, driven by a clock. Knows nothing of the rest of the crate.
//!
//! The edge (`server`, `wire`, `control`, `throttle`, `clock`) speaks HTTP and the AWS protocols; a
//! [`api::Backend`] behind it is the world. `cloudwatch`, `logs`, `elb` and `sts` are services that the
//! backend hands its calls to.

pub mod api;
pub mod clock;
pub mod cloudwatch;
pub mod control;
pub mod elb;
pub mod faults;
pub mod logs;
pub mod server;
pub mod sts;
pub mod throttle;
pub mod wire;
