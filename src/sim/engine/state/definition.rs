//! Task definitions.

use std::sync::Arc;

use serde_json::Value;

use crate::sim::world::ServiceSpec;

/// A registered task definition.
#[derive(Debug)]
pub struct Definition {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Family name.
    pub family: String,
    /// Counted from 1 within the family.
    pub revision: u32,
    /// When it was registered.
    pub registered_at: f64,
    /// ARN of whoever registered it.
    pub registered_by: String,
    /// When it was deregistered: INACTIVE since.
    pub deregistered_at: Option<f64>,
    /// What was registered.
    pub body: Body,
    /// `[{key, value}]`.
    pub tags: Vec<Value>,
}

/// The content of a task definition. Those of the past are made when asked for: ten thousand services
/// would otherwise hold as many documents that nobody reads.
#[derive(Debug)]
pub enum Body {
    /// As RegisterTaskDefinition gave it, without tags.
    Given(Value),
    /// Made from the world's service with this image.
    Made {
        /// The service of the world.
        spec: Arc<ServiceSpec>,
        /// Full image name of its main container.
        image: String,
    },
}
