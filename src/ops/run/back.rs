//! The verify window failed: the earlier revision is put back by further steps of the same run.

use super::{Run, Stage};
use crate::model::{Entry, Stamp, StepState, Verdict, Version};
use crate::ops::facts::Back;

impl Run {
    /// Turns the run round.
    pub(super) fn turn_back(&mut self, why: &str, now: Stamp) {
        if let Some(ago) = self.late.clone() {
            let why = format!(
                "{why}; that was {ago} ago, so nothing was rolled back automatically; roll back if needed"
            );
            self.end(Verdict::Failed, &why, now);
            return;
        }
        let facts = &mut self.facts;
        let Some(way) = facts.way_back.take() else {
            let why =
                format!("{why}; the new version stays in place: nothing could be rolled back automatically");
            self.end(Verdict::Failed, &why, now);
            return;
        };
        let from = self.stage + 1;
        let locked = facts.stages.contains(&Stage::Unlock);
        facts.stages.truncate(from);
        let mut steps = Vec::new();
        for (stage, name) in way.stages {
            facts.stages.push(stage);
            steps.push(name);
        }
        if locked {
            facts.stages.push(Stage::Unlock);
            steps.push("unlock".to_owned());
        }
        let before = Version::of(&facts.earlier_image, facts.earlier_digest.as_deref());
        facts.back = Some(Back {
            why: why.to_owned(),
            from,
            steps: steps.clone(),
            before: (!before.image.is_empty()).then_some(before),
        });
        // what was new is what was before, for the rollout that comes now
        let ids = [&facts.service_deployment, &facts.deployment, &facts.operation];
        let own: Vec<String> = ids.into_iter().flatten().cloned().collect();
        facts.known.extend(own);
        facts.earlier_definition = facts.definition.take().unwrap_or_default();
        facts.completed_definition.clear();
        facts.earlier_image = std::mem::replace(&mut facts.image, way.image);
        facts.earlier_digest = facts.digest.take();
        facts.definition = way.definition;
        facts.label = way.label;
        facts.force = way.force;
        facts.tag = way.tag;
        facts.service_deployment = None;
        facts.deployment = None;
        facts.operation = None;
        self.source = None;
        // on disk before anything else is told: a process that takes the run up must not take the window for passed
        self.remember(now);
        self.tell(Entry::Steps { at: now, from, steps });
        self.step_is(StepState::Failed, why, now);
        self.stage += 1;
        self.begin_stage(now);
    }

    /// Tells once more what the process that turned the run round may have died before telling.
    pub(super) fn turned_back(&mut self, now: Stamp) {
        let Some(back) = self.facts.back.clone() else { return };
        if self.view.steps.len() != self.facts.stages.len() {
            self.tell(Entry::Steps { at: now, from: back.from, steps: back.steps });
        }
        if self.facts.stages.get(self.stage) == Some(&Stage::Verify) {
            self.step_is(StepState::Failed, &back.why, now);
            self.stage += 1;
            let rest = self.view.steps.iter().skip(self.stage);
            self.stage +=
                rest.take_while(|s| matches!(s.state, StepState::Done | StepState::Skipped)).count();
        }
    }
}
