//! A run that another process began, watched on from its journal alone.
//!
//! Nothing is changed a second time. The one exception is RunTask, which is asked for again with the token it
//! was asked for before, so that AWS answers with the task it started then. Changes that were not begun are
//! not made any more: who wants them plans again.

use super::{FORMAT, Next, Run, Stage, State};
use crate::model::{Authority, Entry, RunView, Stamp, StepState, Verdict, Written};
use crate::ops::Effect;
use crate::ops::facts::Facts;

impl Run {
    /// Takes a run up from its journal; `None` when it has ended for good or its journal cannot be read.
    pub fn take_up(entries: &[Entry], now: Stamp) -> Option<(Self, Vec<Effect>)> {
        let mut rest = entries.iter();
        let first = rest.next()?;
        if !matches!(first, Entry::Begin { format: FORMAT, .. }) {
            return None;
        }
        let mut view = RunView::begin(first)?;
        rest.for_each(|entry| view.apply(entry));
        if view.end.as_ref().is_some_and(|(verdict, ..)| *verdict != Verdict::Lost) {
            return None;
        }
        let facts = entries.iter().rev().find_map(|entry| match entry {
            Entry::Memo { memo, .. } => serde_json::from_value::<Facts>(memo.clone()).ok(),
            _ => None,
        });
        let known = facts.is_some();
        let facts = facts.unwrap_or_else(|| Facts::of(view.header.key.clone(), String::new()));
        let authority = Authority::taken_up(&view.header);
        let mut run = Self::idle(view, facts, authority, now);
        run.tell(Entry::Resumed { at: now });
        run.stage = run
            .view
            .steps
            .iter()
            .position(|s| !matches!(s.state, StepState::Done | StepState::Skipped))
            .unwrap_or(run.view.steps.len());
        if known {
            run.find_place(entries, now);
        } else {
            run.end(Verdict::Refused, "broken off before anything was changed", now);
        }
        let out = run.flush();
        Some((run, out))
    }

    fn find_place(&mut self, entries: &[Entry], now: Stamp) {
        let Some(stage) = self.facts.stages.get(self.stage).copied() else {
            self.begin_stage(now);
            return;
        };
        let Some(operation) = stage.operation() else {
            if stage == Stage::Preflight {
                self.end(Verdict::Refused, "broken off before anything was changed", now);
            } else {
                self.watch_on(now);
            }
            return;
        };
        let begun = entries.iter().any(|e| matches!(e, Entry::Before { write, .. } if write == operation));
        if !begun {
            let (verdict, why) = self.broken_off_before(operation);
            self.end(verdict, &why, now);
            return;
        }
        let answer = entries.iter().rev().find_map(|entry| match entry {
            Entry::After { write, result, ok: true, .. } if write == operation => Some(result.as_str()),
            _ => None,
        });
        match answer.map(|result| (self.absorb(stage, &read_back(stage, result)), result)) {
            Some((Some(detail), _)) => {
                self.step_is(StepState::Done, &detail, now);
                self.remember(now);
                self.stage += 1;
                self.find_place(entries, now);
            }
            _ if stage == Stage::RunTask => self.write(1, now),
            _ if stage == Stage::Register => {
                self.end(
                    Verdict::Failed,
                    "broken off while the copy was registered; the service is as it was",
                    now,
                );
            }
            _ if stage == Stage::StopTask => {
                self.step_is(StepState::Done, "not answered", now);
                self.stage += 1;
                self.find_place(entries, now);
            }
            _ => {
                let watch = Self::doubt(stage, false, now);
                self.ask(watch);
            }
        }
    }

    fn watch_on(&mut self, now: Stamp) {
        self.step_is(StepState::Active, "taken up again", now);
        self.state = State::Over;
        let watch = self.watch_of_stage(now);
        self.go_on(Next::Read(watch), now);
    }
}

/// The answer to a change as far as the journal kept it.
fn read_back(stage: Stage, result: &str) -> Written {
    let text = result.to_owned();
    match stage {
        Stage::Register => Written::TaskDefinition { arn: text },
        Stage::RunTask => Written::Task { arn: text },
        Stage::Update | Stage::Express => Written::Service {
            deployment: text.starts_with("ecs-svc/").then(|| text.clone()),
            service_deployment: text.contains(":service-deployment/").then_some(text),
            task_definition: String::new(),
        },
        Stage::AppRunner | Stage::Start if !text.is_empty() => Written::Operation { id: text },
        _ => Written::Done,
    }
}
