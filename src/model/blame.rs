//! Who ended a task: the one answer that plans, verdicts, screens and counts share.
//!
//! AWS gives no times of containers, so what ended first follows from what their ends look like. What AWS writes
//! comes from the ECS developer guide ("Stopped tasks error codes", "error messages"), from `TaskStopCode` of its
//! model, and from the names of errors in the container agent.

use super::task::{TaskBrief, TaskContainer};

/// What an image that was not pulled, a container that was not made, or a task that was not set up begins with.
const START_ERRORS: [&str; 13] = [
    "CannotPull",
    "CannotStart",
    "CannotCreate",
    "CannotInspect",
    "CannotDescribe",
    "CannotGetDockerClient",
    "ResourceInitializationError",
    "ContainerRuntimeError",
    "ContainerRuntimeTimeoutError",
    "ContainerNetworkingError",
    "DockerTimeoutError",
    "DockerStateError",
    "SeekableOCI",
];

/// Said of containers that never came to their turn, because the task ended meanwhile.
const TOO_LATE: &str = "TaskStoppedBeforePullBegin";

/// Who ended a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// AWS could not start it: an image, a secret, a volume, a network interface.
    Start,
    /// A container ended.
    Container,
    /// Health checks failed.
    Health,
    /// Somebody stopped it.
    Person,
    /// Spot capacity was taken back.
    Spot,
    /// The service replaced it or needed fewer.
    Scheduler,
    /// Its machine went away.
    Host,
    /// AWS does not tell.
    Unknown,
}

/// Who ended a task, and what is said of it.
#[derive(Debug, Clone, Copy)]
pub struct Blame<'a> {
    /// Who.
    pub by: By,
    /// The container, where it was one, or where one could not be started.
    pub container: Option<&'a TaskContainer>,
    /// AWS's reason.
    reason: &'a str,
}

impl<'a> Blame<'a> {
    /// Of a task that stopped.
    pub fn of(task: &'a TaskBrief) -> Self {
        let told = task.stopped_reason.as_str();
        let failed_to_start = |c: &&TaskContainer| START_ERRORS.iter().any(|e| c.reason.starts_with(e));
        if let Some(container) = task.containers.iter().find(failed_to_start) {
            return Self { by: By::Start, container: Some(container), reason: &container.reason };
        }
        let whole = |by| Self { by, container: None, reason: told };
        // "Task failed to start: ResourceInitializationError: …" on some platforms
        if START_ERRORS.iter().any(|error| told.contains(error)) {
            return whole(By::Start);
        }
        // the scheduler stops what fails its checks, and the containers' ends are its doing
        if told.contains("health check") {
            return whole(By::Health);
        }
        let scaled = told.starts_with("Scaling activity") || told.contains("(deployment ");
        match task.stop_code.as_str() {
            "UserInitiated" => return whole(By::Person),
            "SpotInterruption" => return whole(By::Spot),
            "TerminationNotice" | "InfrastructureHealth" => return whole(By::Host),
            "ServiceSchedulerInitiated" => return whole(By::Scheduler),
            "" if scaled => return whole(By::Scheduler),
            _ if told.starts_with("Host EC2") => return whole(By::Host),
            _ => {}
        }
        match culprit(&task.containers) {
            Some(container) => {
                Self { by: By::Container, container: Some(container), reason: &container.reason }
            }
            None if task.stop_code == "TaskFailedToStart" => {
                let container = task.containers.iter().find(|c| says(c));
                Self { by: By::Start, container, reason: container.map_or(told, |c| &c.reason) }
            }
            None => whole(By::Unknown),
        }
    }

    /// Whether the revision is to blame: not for what people, Spot, scaling and machines do.
    pub fn is_failure(&self) -> bool {
        matches!(self.by, By::Start | By::Container | By::Health)
    }

    /// The exit code of the container that ended it.
    pub fn code(&self) -> Option<i32> {
        self.container.filter(|_| self.by == By::Container)?.exit_code
    }

    /// Why, in a clause: `service: exit 1`, or AWS's reason with its ARNs cut to what they name.
    pub fn clause(&self, task: &TaskBrief) -> String {
        let reason = short(self.reason);
        let told = match (self.by, self.container) {
            (By::Container, Some(container)) => {
                let code = container.exit_code.map(exit);
                [code.unwrap_or_default(), reason]
                    .into_iter()
                    .filter(|p| !p.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            (By::Health, _) => {
                // which target group it was, the Targets tab tells; the clause has to fit a line
                let checks = reason.split_once(" in (").map_or(reason.as_str(), |(checks, _)| checks);
                checks.strip_prefix("Task ").unwrap_or(checks).to_owned()
            }
            (By::Person, _) if is_plain(&reason) => "stopped by a person".to_owned(),
            (By::Person, _) => format!("stopped by a person: {reason}"),
            (By::Spot, _) => "Spot capacity was taken back".to_owned(),
            (By::Host, _) if reason.is_empty() => "its machine went away".to_owned(),
            (By::Scheduler, _) if reason.is_empty() => "replaced by the service".to_owned(),
            _ if reason.is_empty() && task.stop_code.is_empty() => "no reason given".to_owned(),
            _ if reason.is_empty() => task.stop_code.clone(),
            _ => reason,
        };
        match self.container.map(|c| c.name.as_str()).filter(|name| !name.is_empty()) {
            // AWS names it itself now and then
            Some(name) if !told.starts_with(&format!("{name}:")) => format!("{name}: {told}"),
            _ => told,
        }
    }
}

/// True when the task was the service's own and the revision is to blame for its end; one that ended with 0 has
/// done its work.
pub fn died(task: &TaskBrief) -> bool {
    let blame = Blame::of(task);
    task.is_stopped()
        && task.started_by.starts_with("ecs-svc/")
        && blame.is_failure()
        && blame.code() != Some(0)
}

/// Why a task stopped, in a clause.
pub fn why(task: &TaskBrief) -> String {
    Blame::of(task).clause(task)
}

/// `exit 137 (killed)`.
pub fn exit(code: i32) -> String {
    match code {
        137 => "exit 137 (killed)".to_owned(),
        139 => "exit 139 (segmentation fault)".to_owned(),
        143 => "exit 143 (terminated)".to_owned(),
        _ => format!("exit {code}"),
    }
}

/// The container whose end ended the others.
fn culprit(containers: &[TaskContainer]) -> Option<&TaskContainer> {
    let ended = || containers.iter().filter(|c| c.exit_code.is_some() || says(c));
    // what is not essential ends nothing; where nobody told what is, all may be
    let known = ended().any(|c| c.essential == Some(true));
    let may = |c: &&TaskContainer| if known { c.essential == Some(true) } else { c.essential != Some(false) };
    // whoever is stopped with the task is told to end (143), then killed (137), or ends in good order (0)
    let signal = |code: i32| matches!(code, 137 | 143);
    let by_reason = ended().filter(may).find(|c| says(c) && c.exit_code != Some(0));
    let by_code = || ended().filter(may).find(|c| c.exit_code.is_some_and(|code| code != 0 && !signal(code)));
    let in_order = || ended().filter(may).find(|c| c.exit_code == Some(0));
    by_reason.or_else(by_code).or_else(in_order).or_else(|| ended().find(may))
}

/// Whether a reason of its own is told.
fn says(container: &TaskContainer) -> bool {
    !container.reason.is_empty() && !container.reason.starts_with(TOO_LATE)
}

/// What StopTask writes where nobody gave a reason.
fn is_plain(reason: &str) -> bool {
    reason.is_empty() || reason.eq_ignore_ascii_case("Task stopped by user")
}

/// A reason with its ARNs cut to what they name.
fn short(reason: &str) -> String {
    let mut text = String::new();
    for word in reason.split_inclusive([' ', '(', ',']) {
        match word.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)) {
            Some(name) => text.push_str(name),
            None => text.push_str(word),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(name: &str, code: Option<i32>, reason: &str, essential: Option<bool>) -> TaskContainer {
        TaskContainer {
            name: name.to_owned(),
            exit_code: code,
            reason: reason.to_owned(),
            essential,
            ..TaskContainer::default()
        }
    }

    fn task(code: &str, reason: &str, containers: &[TaskContainer]) -> TaskBrief {
        TaskBrief {
            last_status: "STOPPED".to_owned(),
            stop_code: code.to_owned(),
            stopped_reason: reason.to_owned(),
            containers: containers.to_vec(),
            ..TaskBrief::default()
        }
    }

    const ENDED: &str = "Essential container in task exited";
    const HEALTH: &str = "Task failed ELB health checks in (target-group \
                          arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/prod/27cc)";
    const PULL: &str = "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found";

    #[test]
    fn the_one_that_ended_first_is_to_blame() {
        let agent = |code| container("agent", Some(code), "", None);
        let service = |code| container("service", Some(code), "", None);
        let side = |code| container("agent", Some(code), "", Some(false));
        for (code, reason, containers, told, by, failure) in [
            // what the agent's end tells is a consequence, wherever it stands
            (
                "EssentialContainerExited",
                ENDED,
                vec![agent(137), service(1)],
                "service: exit 1",
                By::Container,
                true,
            ),
            (
                "EssentialContainerExited",
                ENDED,
                vec![service(1), agent(143)],
                "service: exit 1",
                By::Container,
                true,
            ),
            (
                "EssentialContainerExited",
                ENDED,
                vec![agent(143), service(0)],
                "service: exit 0",
                By::Container,
                true,
            ),
            (
                "EssentialContainerExited",
                ENDED,
                vec![agent(0), service(139)],
                "service: exit 139 (segmentation fault)",
                By::Container,
                true,
            ),
            (
                "EssentialContainerExited",
                ENDED,
                vec![service(137)],
                "service: exit 137 (killed)",
                By::Container,
                true,
            ),
            // an init container that failed earlier did not end the task
            (
                "EssentialContainerExited",
                ENDED,
                vec![side(2), service(1)],
                "service: exit 1",
                By::Container,
                true,
            ),
            (
                "EssentialContainerExited",
                ENDED,
                vec![
                    side(2),
                    container(
                        "service",
                        Some(137),
                        "OutOfMemoryError: container killed due to memory usage",
                        Some(true),
                    ),
                ],
                "service: exit 137 (killed), OutOfMemoryError: container killed due to memory usage",
                By::Container,
                true,
            ),
            // an image that was not pulled stops what ran already
            (
                "TaskFailedToStart",
                "Task failed to start",
                vec![agent(137), container("service", None, PULL, None)],
                &format!("service: {PULL}"),
                By::Start,
                true,
            ),
            (
                "TaskFailedToStart",
                PULL,
                vec![agent(137), container("service", None, "", None)],
                PULL,
                By::Start,
                true,
            ),
            (
                "TaskFailedToStart",
                "ResourceInitializationError: unable to pull secrets or registry auth: arn:aws:iam::111122223333:role/x",
                vec![container("service", None, "", None)],
                "ResourceInitializationError: unable to pull secrets or registry auth: role/x",
                By::Start,
                true,
            ),
            (
                "TaskFailedToStart",
                ENDED,
                vec![
                    container(
                        "service",
                        None,
                        "TaskStoppedBeforePullBegin: Task stopped before image pull could begin",
                        None,
                    ),
                    container("init", Some(3), "", None),
                ],
                "init: exit 3",
                By::Container,
                true,
            ),
            ("TaskFailedToStart", "", vec![], "TaskFailedToStart", By::Start, true),
            // whoever was told to stop has not failed, whatever it ended with
            (
                "UserInitiated",
                "Task stopped by user",
                vec![service(1)],
                "stopped by a person",
                By::Person,
                false,
            ),
            (
                "UserInitiated",
                "rotating credentials",
                vec![service(137)],
                "stopped by a person: rotating credentials",
                By::Person,
                false,
            ),
            (
                "SpotInterruption",
                "Your Spot Task was interrupted.",
                vec![service(143)],
                "Spot capacity was taken back",
                By::Spot,
                false,
            ),
            ("TerminationNotice", "", vec![service(137)], "its machine went away", By::Host, false),
            (
                "ServiceSchedulerInitiated",
                "Scaling activity initiated by (deployment ecs-svc/1)",
                vec![service(1)],
                "Scaling activity initiated by (deployment ecs-svc/1)",
                By::Scheduler,
                false,
            ),
            (
                "",
                "Scaling activity initiated by (deployment ecs-svc/1)",
                vec![service(0)],
                "Scaling activity initiated by (deployment ecs-svc/1)",
                By::Scheduler,
                false,
            ),
            (
                "ServiceSchedulerInitiated",
                HEALTH,
                vec![service(143)],
                "failed ELB health checks",
                By::Health,
                true,
            ),
            (
                "EssentialContainerExited",
                "Host EC2 (instance i-1) terminated.",
                vec![service(137)],
                "Host EC2 (instance i-1) terminated.",
                By::Host,
                false,
            ),
            ("", "", vec![], "no reason given", By::Unknown, false),
            ("SomethingNew", "", vec![], "SomethingNew", By::Unknown, false),
        ] {
            let task = task(code, reason, &containers);
            let blame = Blame::of(&task);
            assert_eq!((blame.clause(&task).as_str(), blame.by), (told, by), "{task:?}");
            assert_eq!(blame.is_failure(), failure, "{task:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_agents_changes_nothing(code in 1_i32..126, agents in proptest::collection::vec(0_usize..3, 0..4), at in 0_usize..5) {
            let mut all: Vec<_> = agents.iter().enumerate()
                .map(|(n, end)| container(&format!("agent{n}"), Some([0, 137, 143][*end]), "", None)).collect();
            all.insert(at.min(all.len()), container("service", Some(code), "", None));
            let task = task("EssentialContainerExited", ENDED, &all);
            proptest::prop_assert_eq!(why(&task), format!("service: exit {code}"));
        }
    }

    #[test]
    fn tasks_that_were_stopped_in_good_order_did_not_die() {
        for (by, code, exit, dead) in [
            ("ecs-svc/1", "EssentialContainerExited", Some(137), true),
            ("ecs-svc/1", "EssentialContainerExited", Some(0), false),
            ("ecs-svc/1", "ServiceSchedulerInitiated", Some(143), false),
            ("ecs-svc/1", "ServiceSchedulerInitiated", Some(1), false),
            ("ecs-svc/1", "UserInitiated", Some(1), false),
            ("ecs-svc/1", "SpotInterruption", Some(137), false),
            ("flightdeck/1", "EssentialContainerExited", Some(1), false),
        ] {
            let task = TaskBrief {
                last_status: "STOPPED".into(),
                started_by: by.into(),
                stop_code: code.into(),
                containers: vec![TaskContainer { exit_code: exit, ..TaskContainer::default() }],
                ..TaskBrief::default()
            };
            assert_eq!(died(&task), dead, "{by} {code} {exit:?}");
        }
    }
}
