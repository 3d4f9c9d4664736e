//! Images, and the databases that their migrations change.

use std::sync::Arc;

use crate::sim::world::Behaviour;

/// An image that a container was started from, resolved when the deployment began.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The container's name.
    pub container: String,
    /// The image as the task definition spells it.
    pub image: String,
    /// Its digest; none when nothing of that name exists or the registry is not in the world.
    pub digest: Option<String>,
    /// How it behaves; `None` means that it cannot be pulled.
    pub behaviour: Option<Arc<Behaviour>>,
}

/// An image in ECR.
#[derive(Debug, Clone)]
pub struct Image {
    /// `sha256:…`.
    pub digest: String,
    /// In the order in which they were put.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: f64,
    /// In bytes.
    pub size: u64,
    /// Its manifest.
    pub manifest: String,
    /// `imageManifestMediaType`.
    pub media_type: String,
    /// `artifactMediaType`; an index has none.
    pub artifact: Option<String>,
    /// How it behaves when it runs.
    pub behaviour: Arc<Behaviour>,
}

/// A repository in ECR.
#[derive(Debug)]
pub struct Repository {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Name.
    pub name: String,
    /// When it was created.
    pub created_at: f64,
    /// Tags cannot be moved.
    pub immutable: bool,
    /// Oldest first.
    pub images: Vec<Image>,
    /// Names of the migrations in it, by version from 1 (`00001_create_users.sql`).
    pub migrations: Arc<[String]>,
}

/// A database that migrations change.
#[derive(Debug, Clone)]
pub struct Database {
    /// The environment it belongs to.
    pub environment: String,
    /// When each version was applied, from version 1.
    pub applied: Vec<f64>,
}
