//! What a run needs to know to be flown and to be watched; the part of it that goes into the journal.

use crate::model::{HistoricDeployment, ServiceKey, Stamp, detail::Network};
use serde::{Deserialize, Serialize};

/// A step of a run. The plan's steps and these are the same list, in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Read once more that nothing changed since the plan.
    Preflight,
    /// ecs:RegisterTaskDefinition.
    Register,
    /// ecs:UpdateService.
    Update,
    /// ecs:UpdateExpressGatewayService.
    Express,
    /// apprunner:UpdateService.
    AppRunner,
    /// apprunner:StartDeployment.
    Start,
    /// ecs:StopServiceDeployment.
    StopRollout,
    /// ecs:RunTask.
    RunTask,
    /// ecs:StopTask.
    StopTask,
    /// Watch a rollout of ECS to its end.
    Rollout,
    /// Watch an operation of App Runner to its end.
    Operation,
    /// Watch a task run to its exit code.
    Task,
    /// Watch the number of tasks.
    Scale,
    /// Watch a task stop.
    Stopped,
}

impl Stage {
    /// The operation that this step calls, where it changes something.
    pub(super) fn operation(self) -> Option<&'static str> {
        match self {
            Self::Register => Some("ecs:RegisterTaskDefinition"),
            Self::Update => Some("ecs:UpdateService"),
            Self::Express => Some("ecs:UpdateExpressGatewayService"),
            Self::AppRunner => Some("apprunner:UpdateService"),
            Self::Start => Some("apprunner:StartDeployment"),
            Self::StopRollout => Some("ecs:StopServiceDeployment"),
            Self::RunTask => Some("ecs:RunTask"),
            Self::StopTask => Some("ecs:StopTask"),
            Self::Preflight | Self::Rollout | Self::Operation | Self::Task | Self::Scale | Self::Stopped => {
                None
            }
        }
    }
}

/// What a rollout is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    /// That it is put in place.
    #[default]
    InPlace,
    /// That it is rolled back, as was asked. The run is a rollback: it succeeds when the earlier revision is
    /// back.
    PutBack,
    /// That it stops where it is.
    Halted,
}

/// A task to be run, as RunTask is told; the same for every attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TaskOrder {
    /// Cluster name.
    pub(super) cluster: String,
    /// Task definition; none while its copy is not registered.
    pub(super) task_definition: Option<String>,
    /// Container whose command is replaced.
    pub(super) container: String,
    /// The command.
    pub(super) command: Vec<String>,
    /// Network.
    pub(super) network: Option<Network>,
    /// Launch type, or empty.
    pub(super) launch_type: String,
    /// Capacity providers.
    pub(super) capacity_providers: Vec<(String, i32, i32)>,
    /// Idempotency token.
    pub(super) client_token: String,
    /// Whom the task says it was started by.
    pub(super) started_by: String,
}

/// Everything a run knows, secrets apart. Goes into the journal whenever it changes, so that another process
/// can watch on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// The steps.
    pub(super) stages: Vec<Stage>,
    /// The service.
    pub(super) key: ServiceKey,
    /// Its ARN.
    pub(super) service_arn: String,
    /// What the rollout is watched for.
    pub(super) goal: Goal,
    /// The task definition that is to be in place; none while its copy is not registered.
    pub(super) definition: Option<String>,
    /// The task definition before.
    pub(super) earlier_definition: String,
    /// The image before, as configured.
    pub(super) earlier_image: String,
    /// What to call what is put in place.
    #[serde(default)]
    pub(super) label: String,
    /// The digest of the image before, as far as known.
    #[serde(default)]
    pub(super) earlier_digest: Option<String>,
    /// The image that is to be in place.
    pub(super) image: String,
    /// Tasks wanted.
    pub(super) desired: Option<u32>,
    /// Pull the same tag again.
    pub(super) force: bool,
    /// Whether a rollout may be under way when the run begins.
    pub(super) joins_rollout: bool,
    /// Ids and ARNs of deployments and operations that were there before.
    pub(super) known: Vec<String>,
    /// ARN of the service deployment that is watched.
    pub(super) service_deployment: Option<String>,
    /// `ecs-svc/…` of the deployment that is watched.
    pub(super) deployment: Option<String>,
    /// Id of the App Runner operation that is watched.
    pub(super) operation: Option<String>,
    /// The task to run.
    pub(super) order: Option<TaskOrder>,
    /// ARN of the task that is watched or stopped.
    pub(super) task: Option<String>,
    /// Cluster of that task.
    pub(super) cluster: String,
    /// Log group and stream prefix of the container.
    pub(super) log: Option<(String, String)>,
    /// When the task was asked for, by this machine's clock.
    pub(super) asked_at: Option<Stamp>,
    /// Milliseconds a task may take.
    pub(super) timeout_ms: u64,
    /// Milliseconds between polls.
    pub(super) poll_ms: u64,
    /// Milliseconds without progress until stuck.
    pub(super) stuck_after_ms: u64,
}

impl Facts {
    /// Facts of a run that does nothing yet.
    pub(super) fn of(key: ServiceKey, service_arn: String) -> Self {
        Self {
            stages: Vec::new(),
            cluster: key.cluster.as_ref().to_owned(),
            key,
            service_arn,
            goal: Goal::InPlace,
            definition: None,
            earlier_definition: String::new(),
            earlier_image: String::new(),
            earlier_digest: None,
            label: String::new(),
            image: String::new(),
            desired: None,
            force: false,
            joins_rollout: false,
            known: Vec::new(),
            service_deployment: None,
            deployment: None,
            operation: None,
            order: None,
            task: None,
            log: None,
            asked_at: None,
            timeout_ms: 0,
            poll_ms: super::POLL_MS,
            stuck_after_ms: super::STUCK_AFTER_MS,
        }
    }

    /// The service deployments that came since the plan, newest first.
    pub(super) fn fresh<'a>(
        &self,
        history: &'a [HistoricDeployment],
    ) -> impl DoubleEndedIterator<Item = &'a HistoricDeployment> + use<'a> {
        // what is older than a known one is older than the plan, known or not
        let count = history.iter().take_while(|h| !self.knew(&h.arn)).count();
        history.get(..count).unwrap_or_default().iter()
    }

    /// Whether this deployment or operation was there before the run.
    pub(super) fn knew(&self, id: &str) -> bool {
        self.known.iter().any(|k| k == id)
    }
}

/// The idempotency token of a run: at most 64 characters of ASCII, the same for the same run, different for
/// different ones.
pub(super) fn token(run: &str) -> String {
    shortened("flightdeck-", run, 64)
}

/// What a task says it was started by: at most 128 of `[A-Za-z0-9-/_]`.
pub(super) fn started_by(run: &str) -> String {
    shortened("flightdeck/", run, 128)
}

/// `prefix` and `text`; where `text` is too long or holds other characters than letters, digits, `-` and `_`,
/// these are replaced and a hash of the whole is put at the end, so that different texts stay different.
fn shortened(prefix: &str, text: &str, max: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.chars().all(plain) && prefix.len() + text.len() <= max {
        return format!("{prefix}{text}");
    }
    // FNV-1a: stable across builds, which the hasher of the standard library does not promise to be
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let room = max.saturating_sub(prefix.len() + 17);
    let kept: String = text.chars().map(|c| if plain(c) { c } else { '-' }).take(room).collect();
    format!("{prefix}{kept}-{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_ids_are_readable_in_tokens() {
        assert_eq!(token("0198f3-ab_1"), "flightdeck-0198f3-ab_1");
        assert_eq!(started_by("0198f3"), "flightdeck/0198f3");
        assert_ne!(token("a b"), token("a-b"));
    }

    proptest! {
        #[test]
        fn tokens_are_what_aws_takes(run in any::<String>()) {
            let token = token(&run);
            prop_assert!(token.len() <= 64 && token.is_ascii());
            let by = started_by(&run);
            prop_assert!(by.len() <= 128);
            prop_assert!(by.chars().all(|c| c.is_ascii_alphanumeric() || "-/_".contains(c)));
        }

        #[test]
        fn long_ids_stay_different(a in "[a-z0-9]{70,90}", b in "[a-z0-9]{70,90}") {
            prop_assume!(a != b);
            prop_assert_ne!(token(&a), token(&b));
        }
    }
}
