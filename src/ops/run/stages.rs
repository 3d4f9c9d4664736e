//! From one stage to the next.

use super::{Next, Run, Stage, State};
use crate::model::{Stamp, StepState};
use crate::ops::watch::{EffectWatch, OperationWatch, RolloutWatch, TaskWatch, Topic, VerifyWatch, Watch};

impl Run {
    /// The stage that is gone through now.
    pub(super) fn current(&self) -> Option<Stage> {
        self.prelude.front().or_else(|| self.facts.stages.get(self.stage)).copied()
    }

    pub(super) fn begin_stage(&mut self, now: Stamp) {
        if let Some(stage) = self.prelude.front() {
            let topic = match stage {
                Stage::Lock => Topic::Lock,
                Stage::Look => Topic::Look,
                Stage::Alone => Topic::Alone(self.facts.order_at(self.stage)),
                _ => Topic::Preflight,
            };
            self.ask(Watch::new(topic, now), now);
            return;
        }
        if let Some(next) = self.stash.take() {
            match (self.broken_off, next) {
                (true, Next::Write(_) | Next::Begin) => self.rest_unwatched(now),
                (true, next) => {
                    self.state = State::Resting(next);
                    self.rest_unwatched(now);
                }
                (false, next) => self.go_on(next, now),
            }
            return;
        }
        let stage = self.facts.stages.get(self.stage).copied().unwrap_or(Stage::Unlock);
        if stage == Stage::Unlock {
            let (verdict, why) = self.well();
            self.end(verdict, &why, now);
            return;
        }
        if self.broken_off {
            self.rest_unwatched(now);
            return;
        }
        self.step_is(StepState::Active, "", now);
        if let Some(operation) = stage.operation() {
            if self.only_watches {
                let (verdict, why) = self.broken_off_before(operation);
                self.end(verdict, &why, now);
            } else {
                self.write(1, now);
            }
            return;
        }
        if stage == Stage::Verify {
            self.begin_window(now);
        }
        let watch = Watch::new(self.topic(stage), now);
        self.ask(watch, now);
    }

    /// Keeps when the rollout had ended.
    pub(super) fn begin_window(&mut self, now: Stamp) {
        if let Some(verify) = self.facts.verify.as_mut().filter(|verify| verify.from.is_none()) {
            verify.from = Some(now);
            self.remember(now);
        }
    }

    /// What a reading stage watches.
    pub(super) fn topic(&self, stage: Stage) -> Topic {
        match stage {
            Stage::Rollout => Topic::Rollout(RolloutWatch::default()),
            Stage::Operation => Topic::Operation(OperationWatch::default()),
            Stage::Task => Topic::Task(TaskWatch::new(self.facts.order_at(self.stage))),
            Stage::Scale => Topic::Scale(None),
            Stage::Stopped => Topic::Stopped,
            Stage::Verify => Topic::Verify(VerifyWatch::default()),
            Stage::Look => Topic::Look,
            _ => Topic::Preflight,
        }
    }

    pub(super) fn advance(&mut self, detail: &str, now: Stamp) {
        let passed = self.current();
        let reread = !self.prelude.is_empty();
        if self.prelude.pop_front().is_none() {
            self.step_is(StepState::Done, detail, now);
            self.stage += 1;
        }
        match passed {
            Some(Stage::Lock) => {
                self.lock_seen = reread;
                self.locked(now);
            }
            Some(Stage::Preflight | Stage::Look) => self.unchecked = false,
            Some(Stage::Alone) => self.alone = true,
            // others had time meanwhile
            Some(Stage::Task | Stage::RunLocal) => self.unchecked = true,
            _ => {}
        }
        self.begin_stage(now);
    }

    /// Reads whether a change in doubt took effect.
    pub(super) fn doubt(stage: Stage, repeat: bool, now: Stamp) -> Watch {
        Watch::new(Topic::Effect(EffectWatch::new(stage, repeat)), now)
    }
}
