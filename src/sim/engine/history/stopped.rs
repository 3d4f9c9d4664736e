//! Tasks that stopped shortly before the start.

use std::sync::Arc;

use serde_json::json;

use super::super::Engine;
use super::super::queue::Event;
use super::super::state::{ClusterIx, Exit, Health, Owner, Phase, ServiceIx, Stop};
use super::super::tasks::Request;
use crate::sim::hash;

impl Engine {
    /// Tasks that stopped within the last hour: a check of the migrations, and a task that was replaced.
    pub(super) fn build_stopped(&mut self, cluster: ClusterIx) {
        let Some((home, services)) = self.cluster(cluster).map(|c| (c.name.clone(), c.services.clone()))
        else {
            return;
        };
        for (order, ix) in services.into_iter().enumerate() {
            let Some(service) = self.service(ix) else { continue };
            let Some(rollout) = service.rollouts.first() else { continue };
            let Some(revision) = service.revisions.get(rollout.revision) else { continue };
            let bits = hash::of(format!("{home}/{}", service.spec.name).as_bytes(), 15);
            let oneoff = order == 0;
            if !oneoff && !bits.is_multiple_of(9) {
                continue;
            }
            let name = &service.spec.name;
            let (owner, started_by, group) = if oneoff {
                (Owner::Run, "ci".to_owned(), format!("family:{name}"))
            } else {
                let owner = Owner::Service(ix, rollout.id);
                (owner, format!("ecs-svc/{}", rollout.id.0), format!("service:{name}"))
            };
            let container = service.spec.container.clone();
            let overrides = oneoff.then(|| {
                json!({ "containerOverrides": [{
                    "name": container, "command": ["goose", "-dir", "migrations", "status"],
                }] })
            });
            let request = Request {
                cluster,
                owner,
                launch: service.launch.clone(),
                definition: revision.definition,
                images: Arc::clone(&revision.images),
                group,
                started_by,
                overrides,
                tags: Vec::new(),
            };
            self.bury(request, 400.0 + hash::fraction(bits) * 2000.0, oneoff, ix);
        }
    }

    fn bury(&mut self, request: Request, ago: f64, oneoff: bool, ix: ServiceIx) {
        let end = self.now - ago;
        let id = self.place_task(request, Phase::Stopped);
        let _ = self.seat_if_ec2(id);
        if let Some(service) = self.service_mut(ix) {
            service.tasks.retain(|task| *task != id);
        }
        self.set_started(id, end - if oneoff { 60.0 } else { 4000.0 }, false);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.ready = false;
        task.health = Health::Unknown;
        task.stopping_at = Some(end - 10.0);
        task.execution_stopped_at = Some(end - 6.0);
        task.stopped_at = Some(end);
        let (code, reason, exit) = if oneoff {
            ("EssentialContainerExited", "Essential container in task exited", 0)
        } else {
            (
                "ServiceSchedulerInitiated",
                "Task stopped by (service scheduler) for availability zone rebalancing",
                0,
            )
        };
        task.stop = Some(Stop { code, reason: reason.to_owned(), failure: false });
        for other in &mut task.exits {
            *other = Exit { code: Some(exit), reason: None };
        }
        self.after(3600.0 - ago, Event::Forget(id));
    }
}
