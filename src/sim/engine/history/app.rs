//! App Runner services at the start, with their operations.

use std::sync::Arc;

use super::super::apps::app_group;
use super::super::num::millis;
use super::super::points::{self, Effect};
use super::super::state::{App, AppIx, AppSource, Operation, Points};
use super::super::{Engine, LogSource};
use super::DAY;
use crate::sim::world::{AppSpec, Ended, app_id};

impl Engine {
    pub(super) fn build_app(&mut self, spec: &Arc<AppSpec>) {
        let ix = AppIx(self.apps.len());
        let id = app_id(&spec.account, &spec.region, &spec.name);
        let image = self.resolve_image("app", &spec.image);
        let serving = AppSource::of(spec, image);
        let created = self.start - spec.created.max(spec.past.first().map_or(0.0, |past| past.ago));
        let effect = Effect::of(std::slice::from_ref(&serving.image));
        let mut points = Points::new();
        points::push(&mut points, created + 200.0, Some(points::steady(spec.instances, effect)));
        let never = spec.status == Some("CREATE_FAILED");
        let mut operations =
            vec![self.operation("CREATE_SERVICE", created, if never { "FAILED" } else { "SUCCEEDED" })];
        for past in &spec.past {
            let status = if past.ended == Ended::Succeeded { "SUCCEEDED" } else { "ROLLBACK_SUCCEEDED" };
            let kind = if past.image == spec.image { "START_DEPLOYMENT" } else { "UPDATE_SERVICE" };
            operations.push(self.operation(kind, self.start - past.ago, status));
        }
        if spec.paused {
            operations.push(self.operation("PAUSE_SERVICE", self.start - 2.0 * DAY, "SUCCEEDED"));
            points::push(&mut points, self.start - 2.0 * DAY, None);
        }
        if spec.status == Some("DELETE_FAILED") {
            operations.push(self.operation("DELETE_SERVICE", self.start - DAY, "FAILED"));
        }
        let updated = operations.last().map_or(created, |operation| operation.updated_at);
        for part in ["service", "application"] {
            let group = app_group(spec, id, part);
            self.logs.create_group(&spec.account, &spec.region, &group, millis(created));
            let key = (spec.account.clone(), spec.region.clone(), group);
            self.groups.entry(key).or_default().push(LogSource::App(ix));
        }
        self.apps.push(App {
            id,
            status: spec.status.unwrap_or(if spec.paused { "PAUSED" } else { "RUNNING" }),
            shown: serving.clone(),
            serving,
            operations,
            step: 0,
            instances: if spec.paused || never { 0 } else { spec.instances },
            created_at: created,
            updated_at: updated,
            logged_until: created,
            points,
            spec: Arc::clone(spec),
        });
    }

    fn operation(&mut self, kind: &'static str, at: f64, status: &'static str) -> Operation {
        let took = self.between(110.0, 190.0);
        Operation {
            id: self.fresh_wide(),
            kind,
            status,
            started_at: at,
            ended_at: Some(at + took),
            updated_at: at + took,
        }
    }
}
