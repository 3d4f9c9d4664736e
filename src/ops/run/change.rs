//! The changes of a run: made, answered, in doubt, refused.

use super::guard::{Guard, stands};
use super::{Leave, Next, Run, Stage, State};
use crate::model::{
    Entry, OneOffTask, Refusal, Stamp, StepState, Trouble, TroubleKind, Verdict, Write, Written, secret,
};
use crate::ops::facts::token_again;
use crate::ops::watch::{BEGUN_HERE, FindWatch, Topic, Watch, backoff, duration, label};
use crate::ops::{CallId, Effect, TimerId};

/// Attempts at a change that is safe to repeat.
const ATTEMPTS: u32 = 5;

impl Run {
    /// Makes the change of the present step, where the gate and the guards let it pass.
    pub(super) fn write(&mut self, attempt: u32, now: Stamp) {
        let Some(stage) = self.current() else { return };
        if !self.may_write(stage, attempt, now) {
            return;
        }
        if stage == Stage::RunLocal {
            self.tail.clear();
        }
        let place = self.facts.template_at(self.stage);
        let missing = match stage {
            Stage::Register => self.documents.get(place).is_none_or(Option::is_none),
            Stage::AppRunner => self.source.is_none(),
            _ => false,
        };
        if missing {
            // it was in the memory of another process, or was never made: what it is made from is read again
            self.ask(Watch::new(Topic::Rebuild(stage, place), now), now);
            return;
        }
        let Some(write) = self.change(stage, now) else {
            self.not_asked(stage);
            self.end(Verdict::Failed, "the change is no longer known; plan again", now);
            return;
        };
        if let Some(call) = self.send(write, now) {
            self.alone = false;
            self.state = State::Writing(call, attempt);
        }
    }

    /// Arms a change, takes it down in the journal and sends it. `None` when it was not allowed.
    pub(super) fn send(&mut self, write: Write, now: Stamp) -> Option<CallId> {
        match self.try_send(write, Some(self.stage), now) {
            Ok(call) => Some(call),
            Err(refusal) => {
                if let Some(stage) = self.current() {
                    self.not_asked(stage);
                }
                self.end(Verdict::Refused, &refusal.to_string(), now);
                None
            }
        }
    }

    /// The same for a step, or for none; without an end where it was not allowed.
    pub(super) fn try_send(
        &mut self,
        write: Write,
        step: Option<usize>,
        now: Stamp,
    ) -> Result<CallId, Refusal> {
        let (operation, target) = (write.operation(), write.target());
        let token = write.token().map(str::to_owned);
        let Leave::Given(authority) = &self.leave else { return Err(self.withheld()) };
        let armed = authority.arm(write)?;
        let id = CallId(self.fresh_id());
        self.tell(Entry::Before { at: now, write: operation.to_owned(), target, token, step });
        self.out.push(Effect::Write(id, armed));
        Ok(id)
    }

    fn change(&mut self, stage: Stage, now: Stamp) -> Option<Write> {
        if stage == Stage::Lock {
            let over = self.facts.lock.as_ref()?.over.clone();
            return self.lock_write(over, now);
        }
        let facts = &self.facts;
        Some(match stage {
            Stage::Register => {
                let place = facts.template_at(self.stage);
                let document = self.documents.get(place)?.clone()?;
                Write::RegisterTaskDefinition { family: facts.templates.get(place)?.family.clone(), document }
            }
            Stage::TagImage => {
                let order = facts.tag.clone()?;
                Write::TagImage { repository: order.repository, digest: order.digest, tag: order.tag }
            }
            Stage::Continue => {
                let (hook, rollback) = facts.hook.clone()?;
                Write::ContinueDeployment { arn: facts.service_deployment.clone()?, hook, rollback }
            }
            Stage::RunLocal => {
                let order = facts.orders.get(facts.order_at(self.stage)).filter(|o| o.is_whole())?.clone();
                Write::RunLocal {
                    command: order.asked.command,
                    environment: order.asked.environment,
                    timeout_s: order.timeout_ms / 1_000,
                    application: facts.application.clone(),
                }
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
                let order = facts.orders.get(facts.order_at(self.stage)).filter(|o| o.is_whole())?.clone();
                let task_definition = facts.runs(&order)?.to_owned();
                Write::RunTask(Box::new(OneOffTask { task_definition, ..order.asked }))
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
        if self.aside_written(id, &result, now) || self.close_written(id, &result, now) {
            return;
        }
        let State::Writing(call, attempt) = self.state else { return };
        let Some(stage) = self.current() else { return };
        if call != id {
            return;
        }
        self.take_down(stage.operation().unwrap_or_default(), Some(self.stage), &result, now);
        self.doubt_tag(stage, result.as_ref().is_err_and(Trouble::loses_contact));
        match result {
            Ok(Written::Unmet) if stage == Stage::Lock => self.ask(Watch::new(Topic::Lock, now), now),
            Ok(Written::Exited { code }) if stage == Stage::RunLocal => self.exited(code, now),
            Ok(written) => match self.absorb(stage, &written) {
                Some(detail) => {
                    self.remember(now);
                    self.advance(&detail, now);
                }
                None => self.end(Verdict::Failed, "AWS's answer does not name what it created", now),
            },
            Err(trouble)
                if stage == Stage::RunTask
                    && matches!(trouble.kind, TroubleKind::Throttled | TroubleKind::NoRoom) =>
            {
                self.wait_for_room(attempt, &trouble, now);
            }
            Err(trouble) if trouble.kind == TroubleKind::Unwritten => {
                self.not_asked(stage);
                self.unwritten(&trouble, now);
            }
            Err(trouble) if trouble.loses_contact() => self.unanswered(stage, attempt, &trouble, now),
            Err(trouble) => {
                let tags = self.tags_told(stage, &trouble);
                if stage == Stage::RunTask && self.refused_in_doubt(&format!("{trouble}{tags}"), now) {
                    return;
                }
                self.found(Verdict::Refused, format!("{trouble}{tags}"), now);
            }
        }
    }

    /// A task was not asked for, or AWS started none: none may run, but of an attempt that was not answered.
    fn not_asked(&mut self, stage: Stage) {
        let index = self.facts.order_at(self.stage);
        let order =
            self.facts.orders.get_mut(index).filter(|order| stage == Stage::RunTask && !order.doubted);
        if let Some(order) = order {
            order.declined();
        }
    }

    /// AWS refused to start the task. Where an earlier attempt was not answered, that proves nothing: who asks may have been
    /// denied since, and the task be there. It is looked for, and not known where it is not found.
    fn refused_in_doubt(&mut self, why: &str, now: Stamp) -> bool {
        self.not_asked(Stage::RunTask);
        let index = self.facts.order_at(self.stage);
        if self.facts.orders.get(index).is_none_or(|order| !order.doubted) {
            return false;
        }
        let why = self.untold(&format!("an attempt was not answered, and the next was refused: {why}"));
        self.step_is(StepState::Active, "refused; checking whether it was started before", now);
        self.ask(Watch::new(Topic::Find(FindWatch::refused(index, why)), now), now);
        true
    }

    /// The change was not made, for want of a journal. What was changed before stays, and the run goes on from here once
    /// there is room: to plan it again would do that a second time.
    fn unwritten(&mut self, trouble: &Trouble, now: Stamp) {
        let sent = |(operation, ..): &&(String, String, Option<String>)| !operation.starts_with("s3:");
        let operation = self.current().and_then(Stage::operation).unwrap_or_default();
        // the one that was not made is among them
        if self.view.writes.iter().filter(sent).count() <= usize::from(!operation.starts_with("s3:")) {
            self.end(Verdict::Refused, &format!("{trouble}, then plan it again"), now);
            return;
        }
        let steps = self.view.steps.iter().filter(|step| step.state == StepState::Done);
        let done: Vec<&str> = steps.map(|step| step.name.as_str()).collect();
        let why = format!("{operation} was not called: {trouble}; done before: {}", done.join(", "));
        self.lose(Next::Write(1), &why, now);
    }

    /// Whether it is known what the tag names that this step moves.
    pub(super) fn doubt_tag(&mut self, stage: Stage, doubted: bool) {
        if let Some(order) = self.facts.tag.as_mut().filter(|_| stage == Stage::TagImage) {
            order.doubted = doubted;
        }
    }

    /// What a policy of the organisation may miss: such a policy often wants tags, and AWS does not say which.
    fn tags_told(&self, stage: Stage, trouble: &Trouble) -> String {
        let order = self.facts.orders.get(self.facts.order_at(self.stage));
        let denied = trouble.kind == TroubleKind::Denied && trouble.why.contains("service control policy");
        let Some(order) = order.filter(|_| denied && stage == Stage::RunTask) else { return String::new() };
        let names: Vec<&str> = order.asked.launch.tags.iter().map(|(name, _)| name.as_str()).collect();
        match names.as_slice() {
            [] if order.asked.launch.tags_left > 0 => {
                "; it may want tags: those of the service look like secrets, and the task had none".to_owned()
            }
            [] if !order.asked.launch.unknown_tags.is_empty() => format!(
                "; it may want tags: the task had none, since how the service propagates its own is not known to \
                 this flightdeck (propagateTags = {})",
                order.asked.launch.unknown_tags
            ),
            [] => "; it may want tags: the task had none, since the service has none, or does not propagate its own \
                   (propagateTags = SERVICE)"
                .to_owned(),
            names => format!("; it may want other tags than the task had ({})", names.join(", ")),
        }
    }

    /// AWS started no task, because there is no room for one, or because too much is asked of it: it is asked again
    /// for as long as a task may take to begin.
    fn wait_for_room(&mut self, attempt: u32, trouble: &Trouble, now: Stamp) {
        let index = self.facts.order_at(self.stage);
        let run = self.view.header.id.0.clone();
        let Some(order) = self.facts.orders.get_mut(index) else { return };
        let limit = order.start_ms();
        if self.asking.ms() >= i64::try_from(limit).unwrap_or(i64::MAX) {
            let why = format!(
                "never started within {}, {}; {}: {}",
                duration(limit),
                order.nothing(),
                trouble.word(),
                trouble.why
            );
            let find = if order.doubted && trouble.kind == TroubleKind::Throttled {
                FindWatch::refused(
                    index,
                    self.untold(&format!("an attempt was not answered; {}", trouble.why)),
                )
            } else {
                order.declined();
                FindWatch::given_up(index, why)
            };
            self.ask(Watch::new(Topic::Find(find), now), now);
            return;
        }
        let declined = trouble.kind == TroubleKind::NoRoom;
        let times = order.refused + 1;
        if declined {
            // declined for good under this token, and another may start another task: whether one is there is read first
            order.refused += 1;
            order.token_at = None;
            order.doubted = false;
            order.asked.client_token = token_again(&run, index, order.refused);
            self.remember(now);
        }
        let say = match trouble.kind {
            TroubleKind::NoRoom => format!("waiting for capacity, asking again: {}", trouble.why),
            _ => format!("{}, asking again: {}", trouble.word(), trouble.why),
        };
        // others have time meanwhile
        self.unchecked = true;
        self.step_is(StepState::Active, &say, now);
        if declined {
            let find = FindWatch::new(index);
            self.ask_after(
                Watch::new(Topic::Find(find), now),
                backoff(u32::try_from(times).unwrap_or(u32::MAX)),
            );
        } else {
            let timer = TimerId(self.fresh_id());
            self.out.push(Effect::Timer(timer, backoff(attempt)));
            self.state = State::Pausing(timer, attempt.saturating_add(1));
        }
        if self.broken_off {
            self.broken_off = false;
            self.break_off(now);
        }
    }

    /// The command on this machine ended.
    pub(super) fn exited(&mut self, code: Option<i32>, now: Stamp) {
        let index = self.facts.order_at(self.stage);
        if let Some(order) = self.facts.orders.get_mut(index) {
            order.process = None;
            order.done = code == Some(0);
            order.ended = true;
        }
        if code == Some(0) {
            self.remember(now);
            self.advance("exit code 0", now);
            return;
        }
        let command = self
            .facts
            .orders
            .get(index)
            .map(|order| secret::command(&order.asked.command))
            .unwrap_or_default();
        let mut why = match code {
            Some(code) => format!("{command} exited with code {code}"),
            None => format!("{command} was ended by a signal"),
        };
        if !self.tail.is_empty() {
            let lines: Vec<&str> = self.tail.iter().map(|line| line.trim()).collect();
            why.push_str("; last lines: ");
            why.push_str(&lines.join(" / "));
        }
        self.end(Verdict::Failed, &why, now);
    }

    pub(super) fn take_down(
        &mut self,
        operation: &str,
        step: Option<usize>,
        result: &Result<Written, Trouble>,
        now: Stamp,
    ) {
        let (result, ok) = match result {
            Ok(written) => (result_of(written), true),
            Err(trouble) => (trouble.to_string(), false),
        };
        self.tell(Entry::After { at: now, write: operation.to_owned(), result, ok, step });
    }

    /// Takes over what AWS made; gives a clause about it. `None` when what is needed is missing.
    pub(super) fn absorb(&mut self, stage: Stage, written: &Written) -> Option<String> {
        let (order, place) = (self.facts.order_at(self.stage), self.facts.template_at(self.stage));
        let facts = &mut self.facts;
        match written {
            Written::TaskDefinition { arn } => {
                let template = facts.templates.get_mut(place)?;
                template.arn = Some(arn.clone());
                if template.deployed {
                    facts.definition = Some(arn.clone());
                }
            }
            Written::Object { etag } => {
                let lock = facts.lock.as_mut()?;
                lock.etag = Some(etag.clone());
                lock.over = None;
                lock.doubted = false;
            }
            Written::Service { deployment, service_deployment, .. } => {
                // right after the change AWS may still name the deployment before it
                if let Some(id) = deployment.as_ref().filter(|id| !facts.knew(id)) {
                    facts.deployment = Some(id.clone());
                }
                if let Some(arn) = service_deployment.as_ref().filter(|arn| !facts.knew(arn)) {
                    facts.service_deployment = Some(arn.clone());
                }
            }
            Written::Task { arn } => {
                if let Some(order) = facts.orders.get_mut(order) {
                    order.task = Some(arn.clone());
                }
            }
            Written::Operation { id } => facts.operation = Some(id.clone()),
            Written::Unmet | Written::Exited { .. } | Written::Done => {}
        }
        let named = match stage {
            Stage::Register => facts.templates.get(place)?.arn.as_deref()?,
            Stage::RunTask => facts.orders.get(order)?.task.as_deref()?,
            Stage::Lock => return facts.lock.as_ref()?.etag.as_ref().map(|_| "held".to_owned()),
            Stage::AppRunner | Stage::Start => facts.operation.as_deref().unwrap_or_default(),
            _ => "",
        };
        Some(if named.is_empty() { "accepted".to_owned() } else { label(named).to_owned() })
    }

    /// A change was not answered, or not taken for want of credentials: it may have been made or not.
    fn unanswered(&mut self, stage: Stage, attempt: u32, trouble: &Trouble, now: Stamp) {
        let gone = matches!(trouble.kind, TroubleKind::Expired | TroubleKind::NoCredentials);
        let lost = format!("contact lost: {trouble}");
        if stage == Stage::RunLocal {
            self.end(Verdict::Lost, BEGUN_HERE, now);
            return;
        }
        let index = self.facts.order_at(self.stage);
        if stage == Stage::RunTask
            && let Some(order) = self.facts.orders.get_mut(index)
            && !gone
            && !order.doubted
        {
            order.doubted = true;
            self.remember(now);
        }
        // RunTask carries its token, a tag is moved to where it is already, a second copy of a task definition harms nothing, and a task is stopped
        // once however often it is told
        let harmless = matches!(stage, Stage::RunTask | Stage::Register | Stage::StopTask | Stage::TagImage);
        if harmless || !(stage == Stage::Lock || stands(Guard::Effect)) {
            // AWS knows the token and tells no task for it: asking again would only tell the same, or start another
            let untold = stage == Stage::RunTask && trouble.kind == TroubleKind::Unreadable;
            if gone || untold || attempt >= ATTEMPTS {
                let next = if stage == Stage::RunTask { self.search(now) } else { Next::Write(1) };
                let lost = match self.unknown() {
                    Some(_) if stage == Stage::RunTask && !gone => self.untold(&trouble.why),
                    Some(unknown) if stage != Stage::RunTask => format!("{lost}; {unknown}"),
                    _ => lost,
                };
                self.lose(next, &lost, now);
            } else {
                let say = format!("{}, asking again: {}", trouble.word(), trouble.why);
                self.step_is(StepState::Active, &say, now);
                let timer = TimerId(self.fresh_id());
                self.out.push(Effect::Timer(timer, backoff(attempt)));
                self.state = State::Pausing(timer, attempt + 1);
            }
        } else {
            let watch = if stage == Stage::Lock {
                Watch::new(Topic::Lock, now)
            } else {
                Self::doubt(stage, attempt < 2, now)
            };
            if gone {
                self.lose(Next::Read(watch), &lost, now);
            } else {
                let say = format!("{}; checking whether it took effect", trouble.word());
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
        Written::Unmet => "the object changed in the meantime".to_owned(),
        Written::Done => String::new(),
    }
}
