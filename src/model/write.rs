//! Every change the cockpit can make, as data.
//!
//! A change is a [`Write`], reaches AWS inside an [`Armed`](super::Armed) only, and is answered with [`Written`].

use super::{OneOffTask, Sealed, object::Place};

/// A change. Only `aws::write` carries one out, and only from an [`super::Armed`].
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// ecs:RegisterTaskDefinition with a whole document.
    RegisterTaskDefinition {
        /// Its family, for the journal.
        family: String,
        /// What to register.
        document: Sealed,
    },
    /// ecs:UpdateService.
    UpdateService {
        /// Cluster name.
        cluster: String,
        /// Service name.
        service: String,
        /// Task definition ARN to put in place.
        task_definition: Option<String>,
        /// Tasks wanted.
        desired: Option<u32>,
        /// Pull the same tag again.
        force: bool,
    },
    /// ecs:StopServiceDeployment; ROLLBACK, or ABORT to leave things where they are.
    StopServiceDeployment {
        /// Service deployment ARN.
        arn: String,
        /// ROLLBACK rather than ABORT.
        rollback: bool,
    },
    /// ecs:RunTask for one task with a command.
    RunTask(Box<OneOffTask>),
    /// ecs:StopTask.
    StopTask {
        /// Cluster name.
        cluster: String,
        /// Task ARN.
        task: String,
        /// Told to whoever reads the task later.
        reason: String,
    },
    /// ecs:UpdateExpressGatewayService with another image; the rest of the container as it is.
    UpdateExpress {
        /// Service ARN.
        service: String,
        /// Image reference.
        image: String,
    },
    /// apprunner:UpdateService with the whole source configuration.
    UpdateAppRunner {
        /// Service ARN.
        service: String,
        /// SourceConfiguration as DescribeService gave it, with the image replaced.
        source: Sealed,
        /// The image in it, for the journal.
        image: String,
    },
    /// apprunner:StartDeployment: the configured tag again.
    StartDeployment {
        /// Service ARN.
        service: String,
    },
    /// ecs:ContinueServiceDeployment: decides a lifecycle hook that waits.
    ContinueDeployment {
        /// Service deployment ARN.
        arn: String,
        /// AWS's hookId.
        hook: String,
        /// ROLLBACK rather than CONTINUE.
        rollback: bool,
    },
    /// ecr:PutImage: gives an image that is in the repository one more tag. Its manifest is read first.
    TagImage {
        /// `111122223333.dkr.ecr.us-west-2.amazonaws.com/name`.
        repository: String,
        /// The image.
        digest: String,
        /// The tag, taken from whatever has it.
        tag: String,
    },
    /// s3:PutObject, on a condition.
    PutObject {
        /// Where.
        place: Place,
        /// The text.
        body: String,
        /// When it may be written.
        when: PutWhen,
    },
    /// s3:DeleteObject, while the object is still the one that was read (`If-Match`).
    DeleteObject {
        /// What.
        place: Place,
        /// Its entity tag.
        etag: String,
    },
    /// A local command, for migrations that AWS does not run. Carried out by `runtime`, not by `aws`.
    RunLocal {
        /// Program and arguments; no shell is asked.
        command: Vec<String>,
        /// Variables set besides those of the cockpit's own environment: name and value.
        environment: Vec<(String, String)>,
        /// Seconds until it is stopped.
        timeout_s: u64,
        /// The application that it migrates: one such command runs at a time.
        application: String,
    },
}

/// On which condition an object is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutWhen {
    /// Whatever is there.
    Always,
    /// Nothing is there (`If-None-Match: *`).
    Absent,
    /// What is there has this entity tag (`If-Match`).
    Same(String),
}

impl Write {
    /// The operation's name as AWS writes it in policies.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::RegisterTaskDefinition { .. } => "ecs:RegisterTaskDefinition",
            Self::UpdateService { .. } => "ecs:UpdateService",
            Self::StopServiceDeployment { .. } => "ecs:StopServiceDeployment",
            Self::RunTask(_) => "ecs:RunTask",
            Self::StopTask { .. } => "ecs:StopTask",
            Self::UpdateExpress { .. } => "ecs:UpdateExpressGatewayService",
            Self::UpdateAppRunner { .. } => "apprunner:UpdateService",
            Self::StartDeployment { .. } => "apprunner:StartDeployment",
            Self::ContinueDeployment { .. } => "ecs:ContinueServiceDeployment",
            Self::TagImage { .. } => "ecr:PutImage",
            Self::PutObject { .. } => "s3:PutObject",
            Self::DeleteObject { .. } => "s3:DeleteObject",
            Self::RunLocal { .. } => "local:command",
        }
    }

    /// What it acts on, for the journal; holds no secrets.
    pub fn target(&self) -> String {
        match self {
            Self::RegisterTaskDefinition { family, .. } => family.clone(),
            Self::UpdateService { cluster, service, task_definition, desired, force } => {
                let mut text = format!("{cluster}/{service}");
                if let Some(arn) = task_definition {
                    text.push_str(" → ");
                    text.push_str(arn.rsplit('/').next().unwrap_or(arn));
                }
                if let Some(count) = desired {
                    text.push_str(" desired ");
                    text.push_str(&count.to_string());
                }
                if *force {
                    text.push_str(" forced");
                }
                text
            }
            Self::StopServiceDeployment { arn, .. } => arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            Self::RunTask(task) => format!(
                "{} {} {}",
                task.cluster,
                task.task_definition.rsplit('/').next().unwrap_or(&task.task_definition),
                super::secret::command(&task.command)
            ),
            Self::StopTask { cluster, task, .. } => {
                format!("{cluster}/{}", task.rsplit('/').next().unwrap_or(task))
            }
            Self::UpdateExpress { service, image } | Self::UpdateAppRunner { service, image, .. } => {
                format!("{service} → {image}")
            }
            Self::StartDeployment { service } => service.clone(),
            Self::ContinueDeployment { arn, hook, rollback } => {
                let action = if *rollback { "ROLLBACK" } else { "CONTINUE" };
                format!("{} {hook} {action}", arn.rsplit('/').next().unwrap_or(arn))
            }
            Self::TagImage { repository, digest, tag } => {
                let name = repository.split_once('/').map_or(repository.as_str(), |(_, name)| name);
                format!("{name}:{tag} → {digest}")
            }
            Self::PutObject { place, .. } | Self::DeleteObject { place, .. } => place.to_string(),
            Self::RunLocal { command, .. } => super::secret::command(command),
        }
    }

    /// The idempotency token, where the operation takes one.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::RunTask(task) => Some(&task.client_token),
            _ => None,
        }
    }
}

/// What a change answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The new revision.
    TaskDefinition {
        /// Full ARN.
        arn: String,
    },
    /// The service, as UpdateService answered.
    Service {
        /// Id of the PRIMARY deployment now: `ecs-svc/…`.
        deployment: Option<String>,
        /// ARN of the current service deployment, where AWS told one.
        service_deployment: Option<String>,
        /// Task definition ARN it is set to now.
        task_definition: String,
    },
    /// The task that was started, or that the token had started before.
    Task {
        /// Full ARN.
        arn: String,
    },
    /// The App Runner operation that was begun.
    Operation {
        /// Operation id.
        id: String,
    },
    /// The object was written.
    Object {
        /// Its entity tag now.
        etag: String,
    },
    /// The object was not written: the object changed in the meantime.
    Unmet,
    /// The local command ended.
    Exited {
        /// Its exit code; none when a signal ended it.
        code: Option<i32>,
    },
    /// Accepted; nothing to tell.
    Done,
}
