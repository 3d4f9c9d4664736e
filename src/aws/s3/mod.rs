//! The few operations of S3 that locks and records of runs need, on the SDK's own runtime: its signer, its
//! connections, its credentials and timeouts. A whole S3 client would be the largest part of the program.

mod clients;
mod exchange;
mod read;
mod wire;
pub mod xml;

pub(super) use clients::S3Clients;
pub(super) use exchange::change;
use exchange::read;
pub(super) use read::{object, objects};
pub(super) use wire::{Call, Reply, Said};
