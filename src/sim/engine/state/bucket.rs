//! S3: buckets and their objects.

use std::collections::BTreeMap;

use crate::sim::world::BucketSpec;

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    /// What the world says of it.
    pub spec: BucketSpec,
    /// By key, in the order of lists.
    pub objects: BTreeMap<String, Object>,
}

/// An object.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its content.
    pub body: Vec<u8>,
    /// With its quotation marks.
    pub etag: String,
    /// Whole seconds, as HTTP dates have them.
    pub modified_at: f64,
    /// `content-type`.
    pub content_type: String,
    /// `content-encoding`, but for `aws-chunked`, which is of the way here.
    pub content_encoding: Option<String>,
}
