//! Changes that were not answered, not made, or not taken: in doubt, or asked for again.

use super::guard::{Guard, stands};
use super::{Next, Run, Stage, State};
use crate::model::{Stamp, StepState, Trouble, TroubleKind, Verdict};
use crate::ops::facts::token_again;
use crate::ops::watch::{BEGUN_HERE, FindWatch, Topic, Watch, backoff, duration};
use crate::ops::{Effect, TimerId};

/// Attempts at a change that is safe to repeat.
const ATTEMPTS: u32 = 5;

impl Run {
    /// A task was not asked for, or AWS started none: none may run, but of an attempt that was not answered.
    pub(super) fn not_asked(&mut self, stage: Stage) {
        let index = self.facts.order_at(self.stage);
        let order =
            self.facts.orders.get_mut(index).filter(|order| stage == Stage::RunTask && !order.doubted);
        if let Some(order) = order {
            order.declined();
        }
    }

    /// AWS refused to start the task. Where an earlier attempt was not answered, that proves nothing: who asks may have been
    /// denied since, and the task be there. It is looked for, and not known where it is not found.
    pub(super) fn refused_in_doubt(&mut self, why: &str, now: Stamp) -> bool {
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
    pub(super) fn unwritten(&mut self, trouble: &Trouble, now: Stamp) {
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

    /// AWS started no task, because there is no room for one, or because too much is asked of it: it is asked again
    /// for as long as a task may take to begin.
    pub(super) fn wait_for_room(&mut self, attempt: u32, trouble: &Trouble, now: Stamp) {
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
            let doubted = order.doubted;
            let find = if doubted && trouble.kind == TroubleKind::Throttled {
                FindWatch::refused(
                    index,
                    self.untold(&format!("an attempt was not answered; {}", trouble.why)),
                )
            } else {
                order.declined();
                FindWatch::given_up(index, doubted, why)
            };
            self.ask(Watch::new(Topic::Find(find), now), now);
            return;
        }
        let doubted = order.doubted;
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
            let find = FindWatch::declined(index, doubted);
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

    /// A change was not answered, or not taken for want of credentials: it may have been made or not.
    pub(super) fn unanswered(&mut self, stage: Stage, attempt: u32, trouble: &Trouble, now: Stamp) {
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
