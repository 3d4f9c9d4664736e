//! A task's way through its statuses: provisioned, pulled, activated, running, checked, and stopped again.

use std::sync::Arc;

use serde_json::Value;

use super::Engine;
use super::address::{target_group_arn, unhealthy_reason};
use super::queue::{Event, Step};
use super::state::{
    ClusterIx, DefinitionIx, Exit, Health, Launch, Owner, Phase, Resolved, RolloutId, ServiceIx, Stop,
    TargetState, Task, TaskId,
};
use crate::sim::hash;
use crate::sim::world::Behaviour;

/// What a task is started with.
pub(in crate::sim) struct Request {
    pub cluster: ClusterIx,
    pub owner: Owner,
    pub launch: Launch,
    pub definition: DefinitionIx,
    pub images: Arc<[Resolved]>,
    pub group: String,
    pub started_by: String,
    pub overrides: Option<Value>,
    pub tags: Vec<Value>,
}

/// The name of a container's log stream.
pub(super) fn stream(prefix: &str, container: &str, id: TaskId, place: usize) -> String {
    if prefix.is_empty() { runtime_id(id, place) } else { format!("{prefix}/{container}/{:032x}", id.0) }
}

/// What the container runtime calls a container.
pub(in crate::sim) fn runtime_id(id: TaskId, place: usize) -> String {
    let bits = hash::of(&id.0.to_be_bytes(), 40 + u64::try_from(place).unwrap_or(0));
    format!("{:032x}-{}", id.0, bits % 10_000_000_000)
}

impl Engine {
    /// Asks for a task; it is PROVISIONING from here on.
    pub(in crate::sim) fn start_task(&mut self, request: Request) -> TaskId {
        let id = self.place_task(request, Phase::Provisioning);
        let starved = self.starved(id);
        let wait = self.between(7.0, 11.0) + starved;
        if starved <= 0.0 && self.place_at_once(id) {
            self.begin_pull(id);
        } else {
            self.after(wait, Event::Task(id, 0, Step::Next));
        }
        id
    }

    /// How long a one-off task waits for capacity.
    fn starved(&self, id: TaskId) -> f64 {
        let Some(task) = self.tasks.get(&id).filter(|task| task.owner == Owner::Run) else { return 0.0 };
        let environment = self.cluster(task.cluster).map(|c| c.environment.as_str());
        let found = self.world.environments.iter().find(|e| Some(e.name.as_str()) == environment);
        found.map_or(0.0, |e| e.starved)
    }

    /// Puts a task into the books in some phase, with nothing planned for it.
    pub(super) fn place_task(&mut self, request: Request, phase: Phase) -> TaskId {
        let id = TaskId(self.fresh_wide());
        let containers = self.containers(request.definition);
        let log = containers.first().and_then(|main| {
            let (group, prefix, region) = main.log.as_ref()?;
            Some((group.clone(), stream(prefix, &main.name, id, 0), region.clone()))
        });
        let task = Task {
            id,
            cluster: request.cluster,
            owner: request.owner,
            launch: request.launch,
            seat: None,
            definition: request.definition,
            exits: vec![Exit::default(); request.images.len()],
            images: request.images,
            ended: None,
            phase,
            plan: 0,
            created_at: self.now,
            pull_started_at: None,
            pull_stopped_at: None,
            started_at: None,
            stopping_at: None,
            execution_stopped_at: None,
            stopped_at: None,
            health: Health::Unknown,
            checked: containers.iter().any(|container| container.checked),
            ready: false,
            target: None,
            stop: None,
            started_by: request.started_by,
            group: request.group,
            overrides: request.overrides.map(Box::new),
            tags: request.tags,
            logged_until: self.now,
            log,
        };
        if let Some(cluster) = self.clusters.get_mut(request.cluster.0) {
            cluster.tasks.push(id);
        }
        if let Owner::Service(ix, _) = request.owner
            && let Some(service) = self.service_mut(ix)
        {
            service.tasks.push(id);
        }
        self.tasks.insert(id, task);
        id
    }

    /// Takes a task a step on its way. `plan` guards against steps of a plan that was given up.
    pub(super) fn step_task(&mut self, id: TaskId, plan: u32, step: Step) {
        let Some(task) = self.tasks.get(&id) else { return };
        if task.plan != plan {
            return;
        }
        match (task.phase, step) {
            (Phase::Provisioning, Step::Next) => self.begin_pull(id),
            (Phase::Pending, Step::Next) => self.end_pull(id),
            (Phase::Activating, Step::Next) => self.run_task(id),
            (Phase::Running, Step::Ready) => self.become_ready(id),
            (Phase::Running, Step::Failing) => self.begin_failing(id),
            (Phase::Running, Step::Unhealthy) => self.fail_checks(id),
            (Phase::Running, Step::Exit) => self.exit_by_itself(id),
            (Phase::Deactivating, Step::Next) => self.begin_stopping(id),
            (Phase::Stopping, Step::Next) => self.end_containers(id),
            (Phase::Deprovisioning, Step::Next) => self.end_task(id),
            _ => {}
        }
    }

    fn begin_pull(&mut self, id: TaskId) {
        if !self.has_place(id) {
            return;
        }
        let now = self.now;
        let wait = self.between(12.0, 18.0);
        if let Some(task) = self.tasks.get_mut(&id) {
            task.phase = Phase::Pending;
            task.pull_started_at = Some(now);
            let plan = task.plan;
            self.after(wait, Event::Task(id, plan, Step::Next));
        }
        self.task_moved(id);
    }

    fn end_pull(&mut self, id: TaskId) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if let Some(missing) = task.images.iter().position(|image| image.behaviour.is_none()) {
            let image = task.images.get(missing).map(|i| i.image.clone()).unwrap_or_default();
            let reason = format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: not found"
            );
            if let Some(exit) = task.exits.get_mut(missing) {
                exit.reason = Some(reason.clone());
            }
            let failure = matches!(task.owner, Owner::Service(..));
            self.stop_task(id, Stop { code: "TaskFailedToStart", reason, failure });
            return;
        }
        if let Some(reason) =
            task.images.iter().find_map(|image| image.behaviour.as_ref()?.start_error.clone())
        {
            let failure = matches!(task.owner, Owner::Service(..));
            self.stop_task(id, Stop { code: "TaskFailedToStart", reason, failure });
            return;
        }
        task.pull_stopped_at = Some(now);
        let balanced = match task.owner {
            Owner::Service(ix, _) => self.service(ix).is_some_and(|s| s.spec.balancer.is_some()),
            Owner::Run => false,
        };
        let wait = if balanced { self.between(5.0, 9.0) } else { self.between(1.0, 2.0) };
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.phase = Phase::Activating;
        if balanced {
            task.target = Some(TargetState::Initial);
        }
        let plan = task.plan;
        self.after(wait, Event::Task(id, plan, Step::Next));
        self.task_moved(id);
    }

    fn run_task(&mut self, id: TaskId) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.phase = Phase::Running;
        task.started_at = Some(now);
        task.logged_until = now;
        let (plan, owner) = (task.plan, task.owner);
        let behaviour = task.images.iter().find_map(|image| image.behaviour.clone()).unwrap_or_default();
        if owner == Owner::Run && self.begin_job(id) {
            return;
        }
        self.announce(id, &behaviour);
        if let Some(crash) = &behaviour.crash {
            // Not all in the same second: memory fills at the pace of each one's requests.
            let spread = if crash.after > 30.0 { self.between(0.8, 1.5) } else { 1.0 };
            self.after(crash.after * spread, Event::Task(id, plan, Step::Exit));
        }
        let grace = f64::from(self.grace_of(owner));
        let slow = behaviour.slow.unwrap_or(0.0);
        let deaf =
            behaviour.unhealthy.is_some() || behaviour.listens.is_some() || slow > grace.max(20.0) + 10.0;
        if deaf && self.tasks.get(&id).is_some_and(|t| t.target.is_some() || t.checked) {
            let wait = self.between(8.0, 12.0);
            self.after(wait, Event::Task(id, plan, Step::Failing));
            let wait = wait + grace.max(20.0) + self.between(0.0, 6.0);
            self.after(wait, Event::Task(id, plan, Step::Unhealthy));
        } else {
            let wait = self.between(14.0, 20.0);
            self.after(wait, Event::Task(id, plan, Step::Ready));
        }
        self.tell_targets(id, "registered 1 targets in");
        self.task_moved(id);
    }

    fn grace_of(&self, owner: Owner) -> u32 {
        match owner {
            Owner::Service(ix, _) => self.service(ix).map_or(0, |service| service.grace),
            Owner::Run => 0,
        }
    }

    fn become_ready(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.ready = true;
        if task.target.is_some() {
            task.target = Some(TargetState::Healthy);
        }
        if task.checked {
            task.health = Health::Healthy;
        }
        if let Owner::Service(ix, rollout) = task.owner {
            self.count_success(ix, rollout);
        }
        self.task_moved(id);
    }

    fn begin_failing(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if task.target.is_some() {
            task.target = Some(TargetState::Unhealthy);
        }
        if task.checked {
            task.health = Health::Unhealthy;
        }
        let Some(task) = self.tasks.get(&id) else { return };
        let (_, told) = unhealthy_reason(task);
        let (address, bound) = self.reached_at(task);
        if let Owner::Service(ix, _) = task.owner
            && task.target.is_some()
            && let Some(group) = self.service(ix).and_then(|s| target_group_arn(&s.spec))
        {
            let port = bound.or_else(|| self.service(ix).and_then(|s| s.spec.port)).unwrap_or(80);
            self.tell(
                ix,
                &format!(
                    "(instance {address}) (port {port}) is unhealthy in (target-group {group}) due to (reason {told})"
                ),
            );
        }
        self.task_moved(id);
    }

    fn fail_checks(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get(&id) else { return };
        let Owner::Service(ix, _) = task.owner else { return };
        let group = self.service(ix).and_then(|s| target_group_arn(&s.spec));
        let reason = match group {
            Some(group) if task.target.is_some() => {
                format!("Task failed ELB health checks in (target-group {group})")
            }
            _ => "Task failed container health checks".to_owned(),
        };
        self.tell(ix, &format!("has stopped 1 running tasks: (task {:032x}).", id.0));
        self.stop_task(id, Stop { code: "ServiceSchedulerInitiated", reason, failure: true });
    }

    /// Lets the service of a task react to a change of it, once what happens now is done.
    pub(super) fn task_moved(&mut self, id: TaskId) {
        if let Some(Owner::Service(ix, _)) = self.tasks.get(&id).map(|task| task.owner) {
            self.dirty.insert(ix);
        }
    }

    pub(super) fn tell_targets(&mut self, id: TaskId, what: &str) {
        let Some(task) = self.tasks.get(&id) else { return };
        let Owner::Service(ix, _) = task.owner else { return };
        let group = self.service(ix).and_then(|s| target_group_arn(&s.spec));
        if let Some(group) = group
            && task.target.is_some()
        {
            self.tell(ix, &format!("{what} (target-group {group})"));
        }
    }

    /// The first lines of a server.
    fn announce(&mut self, id: TaskId, behaviour: &Arc<Behaviour>) {
        let Some(task) = self.tasks.get(&id) else { return };
        let Owner::Service(ix, _) = task.owner else { return };
        let Some(spec) = self.service(ix).map(|s| Arc::clone(&s.spec)) else { return };
        let version = if behaviour.version.is_empty() { "unknown" } else { behaviour.version.as_str() };
        self.log_line(id, &format!("INFO  starting {} version={version}", spec.name));
        if behaviour.crash.as_ref().is_some_and(|crash| crash.after < 10.0) {
            return;
        }
        if let Some(slow) = behaviour.slow {
            self.log_line(id, &format!("INFO  warming up, this takes about {slow:.0} s"));
            return;
        }
        match behaviour.listens.or(spec.port) {
            Some(port) => self.log_line(id, &format!("INFO  listening on :{port}")),
            None => self.log_line(id, "INFO  worker ready"),
        }
    }

    /// Whether a task counts for a rollout: wanted, and belonging to it.
    pub(super) fn belongs(&self, id: TaskId, rollout: RolloutId) -> bool {
        let owner = self.tasks.get(&id).map(|task| task.owner);
        matches!(owner, Some(Owner::Service(_, own)) if own == rollout)
    }

    /// Whether a rollout still has tasks that run or finish what they have.
    pub(super) fn has_tasks(&self, ix: ServiceIx, rollout: RolloutId) -> bool {
        let Some(service) = self.service(ix) else { return false };
        let left = |task: &Task| task.wanted() || matches!(task.phase, Phase::Deactivating | Phase::Stopping);
        service.tasks.iter().any(|id| self.belongs(*id, rollout) && self.tasks.get(id).is_some_and(left))
    }

    /// The tasks of a service that nobody has told to stop, oldest first.
    pub(super) fn wanted_tasks(&self, ix: ServiceIx) -> Vec<TaskId> {
        let Some(service) = self.service(ix) else { return Vec::new() };
        let wanted = |id: &&TaskId| self.tasks.get(id).is_some_and(Task::wanted);
        service.tasks.iter().filter(wanted).copied().collect()
    }
}
