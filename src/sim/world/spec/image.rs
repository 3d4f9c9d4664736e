//! What a world says of repositories and their images.

/// An ECR repository.
#[derive(Debug, Clone, PartialEq)]
pub struct RepositorySpec {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Tags cannot be moved.
    pub immutable: bool,
    /// Its migrations by version from 1.
    pub migrations: Vec<String>,
    /// Its images.
    pub images: Vec<ImageSpec>,
}

/// Repositories of ECR that are pulled through from another registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamSpec {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// What their names begin with.
    pub prefix: String,
    /// The other registry.
    pub url: String,
}

/// An image in a repository.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSpec {
    /// Its tags; the first names it in this file.
    pub tags: Vec<String>,
    /// Seconds before the start at which it was pushed.
    pub pushed: f64,
    /// Compressed size in bytes.
    pub size: u64,
    /// It is an index of two platforms, each with its attestation, as buildx pushes it.
    pub index: bool,
    /// It was signed and attested by cosign.
    pub signed: bool,
    /// What it is configured by where it is no image (`application/vnd.cncf.helm.config.v1+json`).
    pub artifact: Option<String>,
    /// How it behaves.
    pub behaviour: Behaviour,
}

/// How an image behaves when it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// What identifies it in its log lines.
    pub version: String,
    /// The newest migration it carries; 0 for none.
    pub migrations: u32,
    /// What its newest migration fails with.
    pub migration_error: Option<String>,
    /// The HTTP status its health check answers with when it fails.
    pub unhealthy: Option<u16>,
    /// The port on which it listens, where that is not the one that its target group asks.
    pub listens: Option<u16>,
    /// Seconds that it takes until it listens.
    pub slow: Option<f64>,
    /// What AWS says of its tasks, which cannot be started.
    pub start_error: Option<String>,
    /// It ends by itself.
    pub crash: Option<Crash>,
    /// Share of requests that it answers with 5xx, 0 to 1.
    pub error_ratio: f64,
    /// Share of requests to which the load balancer answers 502 in its place, 0 to 1.
    pub bad_gateway: f64,
    /// Factor on latency.
    pub latency: f64,
    /// Factor on CPU.
    pub cpu: f64,
    /// Lines it logs now and then besides the usual ones.
    pub log: Vec<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            version: String::new(),
            migrations: 0,
            migration_error: None,
            unhealthy: None,
            listens: None,
            slow: None,
            start_error: None,
            crash: None,
            error_ratio: 0.0,
            bad_gateway: 0.0,
            latency: 1.0,
            cpu: 1.0,
            log: Vec::new(),
        }
    }
}

/// How an image ends by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Crash {
    /// Seconds after its start.
    pub after: f64,
    /// Exit code.
    pub exit: i32,
    /// `containers[].reason`.
    pub reason: Option<String>,
    /// Its last lines.
    pub log: Vec<String>,
}
