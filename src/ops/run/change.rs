//! The changes of a run: made, answered, in doubt, refused.

use super::{Next, Run, Stage, State};
use crate::model::{Entry, Stamp, StepState, Trouble, TroubleKind, Verdict, Write, Written};
use crate::ops::watch::{backoff, label, stop_over_time};
use crate::ops::{CallId, Effect, TimerId};

/// Attempts at a change that is safe to repeat.
const ATTEMPTS: u32 = 5;

/// Attempts at stopping a task whose time is over.
const SIDE_ATTEMPTS: u32 = 3;

/// Milliseconds for which an idempotency token is trusted. AWS keeps them for 24 hours; the clocks may differ.
const TOKEN_LIVES_MS: i64 = 12 * 3_600_000;

impl Run {
    /// Makes the change of the present step.
    pub(super) fn write(&mut self, attempt: u32, now: Stamp) {
        let Some(stage) = self.facts.stages.get(self.stage).copied() else { return };
        if stage == Stage::RunTask {
            let asked = self.facts.asked_at;
            if asked.is_some_and(|asked| now.since(asked) >= TOKEN_LIVES_MS) {
                // asking with a token that AWS forgot would run the migration a second time
                self.end(
                    Verdict::Failed,
                    "whether the task was started is not known, and it is too late to ask again safely",
                    now,
                );
                return;
            }
            if asked.is_none() {
                self.facts.asked_at = Some(now);
                self.remember(now);
            }
        }
        let Some(write) = self.change(stage) else {
            self.end(Verdict::Failed, "what was to be changed is not known any more; plan again", now);
            return;
        };
        if let Some(call) = self.send(write, now) {
            self.state = State::Writing(call, attempt);
        }
    }

    /// Arms a change, takes it down in the journal and sends it. `None` when it was not allowed.
    pub(super) fn send(&mut self, write: Write, now: Stamp) -> Option<CallId> {
        let (operation, target) = (write.operation(), write.target());
        let token = write.token().map(str::to_owned);
        match self.authority.arm(write) {
            Ok(armed) => {
                let id = CallId(self.fresh_id());
                self.tell(Entry::Before { at: now, write: operation.to_owned(), target, token });
                self.out.push(Effect::Write(id, armed));
                Some(id)
            }
            Err(refusal) => {
                self.end(Verdict::Refused, &refusal.to_string(), now);
                None
            }
        }
    }

    fn change(&self, stage: Stage) -> Option<Write> {
        let facts = &self.facts;
        Some(match stage {
            Stage::Register => {
                let (family, document) = self.document.clone()?;
                Write::RegisterTaskDefinition { family, document }
            }
            Stage::Update => Write::UpdateService {
                cluster: facts.key.cluster.as_ref().to_owned(),
                service: facts.key.name.as_ref().to_owned(),
                task_definition: if facts.desired.is_some() {
                    None
                } else {
                    facts.definition.clone().filter(|_| !facts.force)
                },
                desired: facts.desired,
                force: facts.force,
            },
            Stage::Express => {
                Write::UpdateExpress { service: facts.service_arn.clone(), image: facts.image.clone() }
            }
            Stage::AppRunner => Write::UpdateAppRunner {
                service: facts.service_arn.clone(),
                source: self.source.clone()?,
                image: facts.image.clone(),
            },
            Stage::Start => Write::StartDeployment { service: facts.service_arn.clone() },
            Stage::StopRollout => Write::StopServiceDeployment {
                arn: facts.service_deployment.clone()?,
                rollback: facts.goal == crate::ops::facts::Goal::PutBack,
            },
            Stage::RunTask => {
                let order = facts.order.clone()?;
                Write::RunTask {
                    cluster: order.cluster,
                    task_definition: order.task_definition.or_else(|| facts.definition.clone())?,
                    container: order.container,
                    command: order.command,
                    network: order.network,
                    launch_type: order.launch_type,
                    capacity_providers: order.capacity_providers,
                    client_token: order.client_token,
                    started_by: order.started_by,
                }
            }
            Stage::StopTask => Write::StopTask {
                cluster: facts.cluster.clone(),
                task: facts.task.clone()?,
                reason: format!("flightdeck: stopped by {}", self.view.header.who),
            },
            _ => return None,
        })
    }

    /// Takes the answer to a change in.
    pub(super) fn written(&mut self, id: CallId, result: Result<Written, Trouble>, now: Stamp) {
        if let Some((call, attempt)) = self.side
            && call == id
        {
            self.side = None;
            self.take_down("ecs:StopTask", &result, now);
            if attempt < SIDE_ATTEMPTS
                && matches!(self.state, State::Reading(..))
                && result.is_err_and(|trouble| trouble.loses_contact())
            {
                self.side = self.send(stop_over_time(&self.facts), now).map(|call| (call, attempt + 1));
            }
            return;
        }
        let State::Writing(call, attempt) = self.state else { return };
        let Some(stage) = self.facts.stages.get(self.stage).copied() else { return };
        if call != id {
            return;
        }
        self.take_down(stage.operation().unwrap_or_default(), &result, now);
        match result {
            Ok(written) => match self.absorb(stage, &written) {
                Some(detail) => {
                    self.remember(now);
                    self.advance(&detail, now);
                }
                None => self.end(Verdict::Failed, "AWS's answer does not name what it made", now),
            },
            Err(trouble) if trouble.loses_contact() => self.unanswered(stage, attempt, &trouble, now),
            Err(trouble) => self.end(Verdict::Refused, &trouble.to_string(), now),
        }
    }

    fn take_down(&mut self, operation: &str, result: &Result<Written, Trouble>, now: Stamp) {
        let (result, ok) = match result {
            Ok(written) => (result_of(written), true),
            Err(trouble) => (trouble.to_string(), false),
        };
        self.tell(Entry::After { at: now, write: operation.to_owned(), result, ok });
    }

    /// Takes over what AWS made; gives a clause about it. `None` when what is needed is missing.
    pub(super) fn absorb(&mut self, stage: Stage, written: &Written) -> Option<String> {
        let facts = &mut self.facts;
        match written {
            Written::TaskDefinition { arn } => facts.definition = Some(arn.clone()),
            Written::Service { deployment, service_deployment, .. } => {
                // right after the change AWS may still name the deployment before it
                if let Some(id) = deployment.as_ref().filter(|id| !facts.knew(id)) {
                    facts.deployment = Some(id.clone());
                }
                if let Some(arn) = service_deployment.as_ref().filter(|arn| !facts.knew(arn)) {
                    facts.service_deployment = Some(arn.clone());
                }
            }
            Written::Task { arn } => facts.task = Some(arn.clone()),
            Written::Operation { id } => facts.operation = Some(id.clone()),
            Written::Object { .. } | Written::Unmet | Written::Exited { .. } | Written::Done => {}
        }
        let named = match stage {
            Stage::Register => facts.definition.as_deref()?,
            Stage::RunTask => facts.task.as_deref()?,
            Stage::AppRunner | Stage::Start => facts.operation.as_deref().unwrap_or_default(),
            _ => "",
        };
        Some(if named.is_empty() { "accepted".to_owned() } else { label(named).to_owned() })
    }

    /// A change was not answered, or not taken for want of credentials: it may have been made or not.
    fn unanswered(&mut self, stage: Stage, attempt: u32, trouble: &Trouble, now: Stamp) {
        let gone = matches!(trouble.kind, TroubleKind::Expired | TroubleKind::NoCredentials);
        let lost = format!("contact lost: {trouble}");
        // RunTask carries its token, a second copy of a task definition harms nothing, and a task is stopped
        // once however often it is told
        if matches!(stage, Stage::RunTask | Stage::Register | Stage::StopTask) {
            if gone || attempt >= ATTEMPTS {
                self.lose(Next::Write(1), &lost, now);
            } else {
                let say = format!("{}, asking again: {}", trouble.word(), trouble.why);
                self.step_is(StepState::Active, &say, now);
                let timer = TimerId(self.fresh_id());
                self.out.push(Effect::Timer(timer, backoff(attempt)));
                self.state = State::Pausing(timer, attempt + 1);
            }
        } else {
            let watch = Self::doubt(stage, attempt < 2, now);
            if gone {
                self.lose(Next::Read(watch), &lost, now);
            } else {
                let say = format!("{}; reading whether it took effect", trouble.word());
                self.step_is(StepState::Active, &say, now);
                self.ask_after(watch, backoff(1));
            }
        }
        if self.broken_off {
            self.broken_off = false;
            self.break_off(now);
        }
    }
}

/// What of an answer the journal keeps: the id or ARN by which the watch goes on.
fn result_of(written: &Written) -> String {
    match written {
        Written::TaskDefinition { arn } | Written::Task { arn } => arn.clone(),
        Written::Service { deployment, service_deployment, task_definition } => service_deployment
            .clone()
            .or_else(|| deployment.clone())
            .unwrap_or_else(|| task_definition.clone()),
        Written::Operation { id } => id.clone(),
        Written::Object { etag } => etag.clone(),
        Written::Exited { code } => {
            code.map_or_else(|| "ended by a signal".to_owned(), |c| format!("exit {c}"))
        }
        Written::Unmet => "the condition does not hold".to_owned(),
        Written::Done => String::new(),
    }
}
