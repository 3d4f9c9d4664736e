//! The record of a run's beginning in the team's bucket. It is told beside the steps; only a plan from a file waits for it,
//! since by it other machines know that the plan was applied.

use super::beside::{Job, Recorded};
use super::{Run, State};
use crate::model::{Stamp, StepState, Trouble, Verdict, Write, Written, write::PutWhen};
use crate::ops::{Effect, RunRecord, TimerId};

/// Attempts at the record of a plan from a file.
const ATTEMPTS: u32 = 3;

/// Milliseconds between two looks whether the record is written.
const LOOK_MS: u64 = 250;

impl Run {
    /// Writes the record of the run, once.
    pub(super) fn record_begin(&mut self, attempt: u32, now: Stamp) {
        let first = match self.recorded {
            Recorded::No => true,
            Recorded::Again => false,
            Recorded::Asked | Recorded::Written | Recorded::Elsewhere | Recorded::Failed(_) => return,
        };
        let Some(write) = self.record(&RunRecord::of(&self.view)) else { return };
        // where it is there, somebody else has applied the plan
        let write = match write {
            Write::PutObject { place, body, .. } if first && self.is_once() => {
                Write::PutObject { place, body, when: PutWhen::Absent }
            }
            other => other,
        };
        self.recorded = Recorded::Asked;
        self.aside(write, Job::Record, attempt, now);
        if !self.sides.iter().any(|side| side.job == Job::Record) {
            self.recorded = Recorded::Failed("it is not allowed".to_owned());
        }
    }

    /// The record was answered.
    pub(super) fn recorded(&mut self, result: &Result<Written, Trouble>, attempt: u32, now: Stamp) {
        if self.recorded != Recorded::Asked {
            return;
        }
        self.recorded = match result {
            Ok(Written::Object { .. }) => Recorded::Written,
            Ok(_) => Recorded::Elsewhere,
            // were it there by now, it could be another's as well: it is asked for under the same condition
            Err(trouble) if self.is_once() && attempt < ATTEMPTS && trouble.loses_contact() => Recorded::No,
            Err(trouble) => Recorded::Failed(trouble.to_string()),
        };
        if self.recorded == Recorded::No {
            self.record_begin(attempt + 1, now);
        }
    }

    /// The change that writes a record.
    pub(super) fn record(&self, record: &RunRecord) -> Option<Write> {
        let place = self.facts.lock.as_ref()?.record.clone();
        let body = serde_json::to_string(record).ok()?;
        Some(Write::PutObject { place, body, when: PutWhen::Always })
    }

    /// Whether the next change waits until the record is written, or is not made without it.
    pub(super) fn waits_for_record(&mut self, attempt: u32, now: Stamp) -> bool {
        match &self.recorded {
            Recorded::Asked if self.is_once() => {
                self.step_is(StepState::Active, "recording for the team that the plan is applied", now);
                let timer = TimerId(self.fresh_id());
                self.out.push(Effect::Timer(timer, LOOK_MS));
                self.state = State::Pausing(timer, attempt);
                true
            }
            Recorded::Elsewhere => {
                let place = self.facts.lock.as_ref().map(|lock| lock.record.to_string()).unwrap_or_default();
                let why = format!("the plan was applied already, by the run that wrote {place}");
                self.end(Verdict::Refused, &why, now);
                true
            }
            Recorded::Failed(why) if self.is_once() => {
                let place = self.facts.lock.as_ref().map(|lock| lock.record.to_string()).unwrap_or_default();
                let why = format!(
                    "a saved plan is applied once, which the team knows by {place}, and that was not written: {why}"
                );
                let verdict = if self.unknown().is_some() { Verdict::Lost } else { Verdict::Refused };
                self.end(verdict, &why, now);
                true
            }
            _ => false,
        }
    }

    fn is_once(&self) -> bool {
        self.facts.lock.as_ref().is_some_and(|lock| lock.once)
    }
}
