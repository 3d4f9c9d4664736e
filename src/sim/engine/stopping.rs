//! A task's end: its container ends by itself, or it is told to stop, drains and is wound up.

use std::sync::Arc;

use super::Engine;
use super::address::unhealthy_status;
use super::queue::{Event, Step};
use super::state::{Exit, Owner, Phase, Stop, TargetState, TaskId};

/// How long a stopped task can be described.
const DESCRIBABLE: f64 = 3600.0;

impl Engine {
    pub(super) fn exit_by_itself(&mut self, id: TaskId) {
        if self.end_job(id) {
            return;
        }
        let Some(task) = self.tasks.get(&id) else { return };
        let crash = task.images.iter().enumerate().find_map(|(place, image)| {
            image.behaviour.as_ref().and_then(|b| b.crash.clone()).map(|crash| (place, crash))
        });
        let Some((place, crash)) = crash else { return };
        for line in &crash.log {
            self.log_line(id, line);
        }
        self.end_by_exit(id, place, Exit { code: Some(crash.exit), reason: crash.reason });
    }

    /// An essential container ended: the task ends with it.
    pub(super) fn end_by_exit(&mut self, id: TaskId, place: usize, exit: Exit) {
        let now = self.now;
        let wait = self.between(4.0, 7.0);
        self.fill_task(id);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let images = Arc::clone(&task.images);
        for (index, other) in task.exits.iter_mut().enumerate() {
            // agents from elsewhere take no notice of the signal, and are killed
            let agent = images.get(index).is_some_and(|image| image.digest.is_none());
            let code = if agent { 137 } else { 0 };
            *other = if index == place { exit.clone() } else { Exit { code: Some(code), reason: None } };
        }
        let failure = matches!(task.owner, Owner::Service(..));
        let stop = Stop {
            code: "EssentialContainerExited",
            reason: "Essential container in task exited".to_owned(),
            failure,
        };
        task.stop = Some(stop);
        task.plan += 1;
        task.phase = Phase::Deprovisioning;
        task.stopping_at = Some(now);
        task.execution_stopped_at = Some(now);
        task.target = None;
        task.ready = false;
        let (plan, owner) = (task.plan, task.owner);
        self.after(wait, Event::Task(id, plan, Step::Next));
        if failure && let Owner::Service(ix, rollout) = owner {
            self.count_failure(ix, rollout);
        }
        self.task_moved(id);
    }

    /// Tells a task to stop. One that is stopping already goes on as it was.
    pub(in crate::sim) fn stop_task(&mut self, id: TaskId, stop: Stop) {
        let now = self.now;
        let (drain, wind) = (self.between(8.0, 14.0), self.between(3.0, 6.0));
        self.fill_task(id);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if !task.wanted() {
            return;
        }
        let failure = stop.failure;
        task.stop = Some(stop);
        task.plan += 1;
        task.stopping_at = Some(now);
        task.ready = false;
        let wait = match task.phase {
            Phase::Running if task.target.is_some() => {
                task.phase = Phase::Deactivating;
                task.target = Some(TargetState::Draining);
                drain
            }
            Phase::Running => {
                task.phase = Phase::Stopping;
                wind
            }
            _ => {
                task.phase = Phase::Deprovisioning;
                task.execution_stopped_at = Some(now);
                task.target = None;
                wind
            }
        };
        let (plan, owner, draining) = (task.plan, task.owner, task.phase == Phase::Deactivating);
        self.after(wait, Event::Task(id, plan, Step::Next));
        if let Owner::Service(ix, rollout) = owner {
            if draining {
                self.tell_targets(id, "deregistered 1 targets in");
            }
            if failure {
                self.count_failure(ix, rollout);
            }
        }
        self.task_moved(id);
    }

    pub(super) fn begin_stopping(&mut self, id: TaskId) {
        let wait = self.between(3.0, 6.0);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.phase = Phase::Stopping;
        task.target = None;
        let plan = task.plan;
        self.after(wait, Event::Task(id, plan, Step::Next));
        self.task_moved(id);
    }

    pub(super) fn end_containers(&mut self, id: TaskId) {
        let now = self.now;
        let wait = self.between(4.0, 7.0);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        // A server finishes what it has and exits with 0; whatever else runs is ended by the signal.
        let code = match task.owner {
            Owner::Service(..) if unhealthy_status(task) == 0 => 0,
            Owner::Service(..) => 143,
            Owner::Run => 137,
        };
        let ended = task.ended;
        for (place, exit) in task.exits.iter_mut().enumerate() {
            if ended != Some(place) {
                *exit = Exit { code: Some(code), reason: None };
            }
        }
        task.phase = Phase::Deprovisioning;
        task.execution_stopped_at = Some(now);
        let plan = task.plan;
        self.after(wait, Event::Task(id, plan, Step::Next));
        self.task_moved(id);
    }

    pub(super) fn end_task(&mut self, id: TaskId) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.phase = Phase::Stopped;
        task.stopped_at = Some(now);
        task.target = None;
        let owner = task.owner;
        self.after(DESCRIBABLE, Event::Forget(id));
        if let Owner::Service(ix, _) = owner {
            if let Some(service) = self.service_mut(ix) {
                service.tasks.retain(|other| *other != id);
            }
            self.dirty.insert(ix);
        }
    }
}
