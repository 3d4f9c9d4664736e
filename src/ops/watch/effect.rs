//! A change whose answer was lost: did it take effect? The service is read before anything is repeated,
//! since none of these operations takes an idempotency token.

use super::{
    operation,
    seen::{Finish, Seen},
    words,
};
use crate::model::{Answer, DeploymentStatus, ServiceDetail, Verdict};
use crate::ops::facts::{Facts, Stage};

/// A change in doubt.
#[derive(Debug, Clone)]
pub(in crate::ops) struct EffectWatch {
    stage: Stage,
    /// Whether it may be made again when it had no effect.
    repeat: bool,
    /// Reads that showed no effect.
    without: u32,
}

/// Reads that must show no effect before it is believed: AWS's reads may lag behind its writes.
const READS: u32 = 3;

impl EffectWatch {
    /// A change in doubt.
    pub(in crate::ops) fn new(stage: Stage, repeat: bool) -> Self {
        Self { stage, repeat, without: 0 }
    }

    /// Takes an answer in.
    pub(super) fn take(&mut self, facts: &mut Facts, answer: &Answer) -> Option<Seen> {
        let Answer::Detail(detail) = answer else { return None };
        if self.took_effect(facts, detail) {
            let mut seen = Seen::finish(Finish::Done("no answer, but it took effect".to_owned()));
            seen.learnt = true;
            return Some(seen);
        }
        self.without += 1;
        if self.without < READS {
            return Some(Seen::say("no answer; checking whether it took effect"));
        }
        if self.repeat {
            return Some(Seen::finish(Finish::Again));
        }
        let what = self.stage.operation().unwrap_or("the change");
        Some(Seen::end(Verdict::Failed, format!("{what} was not answered and had no effect on the service")))
    }

    fn took_effect(&self, facts: &mut Facts, detail: &ServiceDetail) -> bool {
        match self.stage {
            Stage::Update => updated(facts, detail),
            Stage::Express => {
                facts.fresh(&detail.history).next().is_some()
                    || detail.deployments.iter().any(|d| !facts.knew(&d.id))
                    || (facts.image != facts.earlier_image && detail.service.version.image == facts.image)
            }
            Stage::AppRunner | Stage::Start => match operation::begun(facts, detail) {
                Some(found) => {
                    facts.operation = Some(found.id.clone());
                    true
                }
                None => false,
            },
            Stage::StopRollout => {
                let ours = facts
                    .service_deployment
                    .as_ref()
                    .and_then(|arn| detail.history.iter().find(|h| &h.arn == arn));
                // once it is over there is nothing left to stop, and the watch tells what that means
                ours.is_some_and(|h| {
                    h.status.is_over()
                        || matches!(
                            h.status,
                            DeploymentStatus::StopRequested
                                | DeploymentStatus::RollbackRequested
                                | DeploymentStatus::RollbackInProgress
                        )
                })
            }
            Stage::Continue => {
                let ours = facts
                    .service_deployment
                    .as_ref()
                    .and_then(|arn| detail.history.iter().find(|h| &h.arn == arn));
                let hook = facts.hook.as_ref().map(|(id, _)| id);
                // it waits no more: it was decided, by this run or by somebody else, whom the watch tells apart
                ours.is_some_and(|h| h.status.is_over() || h.awaiting().map(|hook| &hook.id) != hook)
            }
            _ => false,
        }
    }
}

fn updated(facts: &mut Facts, detail: &ServiceDetail) -> bool {
    if let Some(wanted) = facts.desired {
        return detail.service.desired == Some(wanted);
    }
    let set = Some(&detail.service.task_definition) == facts.definition.as_ref();
    if facts.definition.as_ref() != Some(&facts.earlier_definition) {
        return set;
    }
    // the same revision again: only a deployment that was not there before shows it
    let fresh = facts.fresh(&detail.history).next().is_some()
        || words::primary(detail).is_some_and(|d| !facts.knew(&d.id));
    set && fresh
}
