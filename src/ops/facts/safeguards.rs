//! What guards a change: the lock of the team, the window after a deploy, and the way back when it fails.

use super::order::TagOrder;
use super::stage::Stage;
use crate::model::{Stamp, Traffic, Verdict, Version, object::Place};
use crate::ops::VerifySettings;
use serde::{Deserialize, Serialize};

/// The team's lock and record, as this run keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ops) struct LockFacts {
    /// The lock's object.
    pub(in crate::ops) place: Place,
    /// The object of this run's record.
    pub(in crate::ops) record: Place,
    /// Milliseconds that it lasts without being refreshed.
    pub(in crate::ops) ttl_ms: u64,
    /// Its entity tag as this run last wrote it; none while this run does not hold it.
    pub(in crate::ops) etag: Option<String>,
    /// When it was taken.
    pub(in crate::ops) taken_at: Option<Stamp>,
    /// When it ends unless it is refreshed.
    pub(in crate::ops) expires_at: Option<Stamp>,
    /// The entity tag that it is to be written over; none where nothing is there.
    pub(in crate::ops) over: Option<String>,
    /// The entity tag of somebody's lock that the operator took over.
    pub(in crate::ops) steal: Option<String>,
    /// This run's id.
    pub(in crate::ops) run: String,
    /// How often it was tried to take it.
    pub(in crate::ops) tries: u32,
    /// Who has it now; this run changes nothing any more.
    pub(in crate::ops) lost_to: Option<String>,
    /// It may be somebody else's by now: it is read before anything else is changed.
    #[serde(default)]
    pub(in crate::ops) doubted: bool,
    /// The entity tag of somebody's lock that S3 says has expired, and how often it said so.
    #[serde(default)]
    pub(in crate::ops) expired: Option<(String, u32)>,
    /// The runs whose lock this one takes over without asking: what it puts back is theirs.
    #[serde(default)]
    pub(in crate::ops) own: Vec<String>,
    /// Its plan lies in a file that other machines may have as well: nothing is changed before its record is written,
    /// by which they know that it was applied.
    #[serde(default)]
    pub(in crate::ops) once: bool,
}

/// The window after a deploy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::ops) struct VerifyFacts {
    /// What is asked for.
    pub(in crate::ops) settings: VerifySettings,
    /// By what the metrics of the service are asked: where its traffic comes in, and App Runner's service id.
    #[serde(default)]
    pub(in crate::ops) traffic: Traffic,
    pub(in crate::ops) service_id: String,
    /// What was measured before anything was changed: the hour before a deploy, the minutes before a rollback.
    #[serde(default)]
    pub(in crate::ops) before: Option<Measures>,
    /// Whether the balancers before it are known to serve nobody else.
    #[serde(default)]
    pub(in crate::ops) alone: bool,
    /// It comes after a rollback: what was before is what was to be mended.
    #[serde(default)]
    pub(in crate::ops) rollback: bool,
    /// Tasks wanted when the rollout had ended.
    #[serde(default)]
    pub(in crate::ops) desired: Option<u32>,
    /// Named alarms that were in alarm before anything was changed.
    pub(in crate::ops) firing: Vec<String>,
    /// When the run began.
    pub(in crate::ops) began_at: Option<Stamp>,
    /// When the rollout had ended.
    pub(in crate::ops) from: Option<Stamp>,
    /// What was set then: task definition and image.
    pub(in crate::ops) baseline: Option<(String, String)>,
}

impl VerifyFacts {
    /// Whether CloudWatch counts no requests of the service, however it is asked.
    pub(in crate::ops) fn unmeasured(&self) -> bool {
        self.service_id.is_empty() && self.traffic.measured().next().is_none()
    }
}

/// What was measured over a while.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::ops) struct Measures {
    /// Minutes of which CloudWatch told anything.
    pub(in crate::ops) minutes: u32,
    /// Requests that came in.
    pub(in crate::ops) requests: u64,
    /// Those that targets answered with 5xx.
    pub(in crate::ops) errors: u64,
    /// Those that balancers answered with 5xx by themselves, of all whom they serve.
    pub(in crate::ops) balancer: u64,
    /// The p99 of the minute in the middle, milliseconds.
    pub(in crate::ops) p99: Option<f32>,
    /// The processor's use on average, percent.
    #[serde(default)]
    pub(in crate::ops) cpu: Option<f32>,
}

/// How the earlier revision is put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ops) struct WayBack {
    /// The stages, with their names.
    pub(in crate::ops) stages: Vec<(Stage, String)>,
    /// The task definition to set; none where a copy is registered for it.
    pub(in crate::ops) definition: Option<String>,
    /// The image.
    pub(in crate::ops) image: String,
    /// The tag to be moved back.
    pub(in crate::ops) tag: Option<TagOrder>,
    /// Force a deployment of what is set.
    pub(in crate::ops) force: bool,
    /// What to call it.
    pub(in crate::ops) label: String,
}

/// The earlier revision is being put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ops) struct Back {
    /// Why: the numbers that decided.
    pub(in crate::ops) why: String,
    /// Its steps, told once more where the process died before they were.
    pub(in crate::ops) from: usize,
    pub(in crate::ops) steps: Vec<String>,
    /// The image that was set before the run.
    pub(in crate::ops) before: Option<Version>,
}

/// The verdict is known; the lock is let go of and the record is written before it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ops) struct Closing {
    /// How it ended.
    pub(in crate::ops) verdict: Verdict,
    /// Why.
    pub(in crate::ops) why: String,
}
