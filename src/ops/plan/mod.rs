//! Planning: everything an operation is going to do, resolved by reads before it is confirmed.

mod apprunner;
mod between;
mod deploy;
mod diff;
mod draft;
mod found;
mod fresh;
mod hook;
mod image;
mod lock;
mod migrate;
mod notes;
mod production;
mod promote;
mod reach;
mod release;
mod rollback;
mod shared;
mod short;
mod simple;
mod verify;
mod which;

use super::watch::LATE_MS;
use super::{CallId, Context, Effect, Event, TimerId, Wish};
use crate::model::{Answer, Ask, Refusal, RunId, Stamp, Trouble};
pub use diff::between as difference;
pub use draft::Draft;
use draft::Sheet;
use found::{Found, Halt, Part};

/// Attempts at a read that fails for a passing reason.
const ATTEMPTS: u32 = 3;

/// Milliseconds between them.
const PAUSE_MS: u64 = 700;

/// Milliseconds before the service is read again where the read is older than what is known.
const LOOK_AGAIN_MS: u64 = 1_000;

/// Works a wish out into a plan, by reads alone.
#[derive(Debug)]
pub struct Planner {
    wish: Wish,
    context: Context,
    run: RunId,
    found: Found,
    /// Reads under way, with the number of the attempt.
    asked: Vec<(CallId, Ask, u32)>,
    /// Reads to be made again.
    waiting: Vec<(TimerId, Ask, u32)>,
    outcome: Option<Result<Draft, Refusal>>,
    /// When it began.
    begun: Stamp,
    next_id: u64,
}

/// A clause behind what it explains.
fn told(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(", {why}") }
}

impl Planner {
    /// Begins to plan `wish` as the run `run`.
    pub fn begin(wish: Wish, context: Context, run: RunId, now: Stamp) -> (Self, Vec<Effect>) {
        let mut planner = Self {
            wish,
            context,
            run,
            found: Found::default(),
            asked: Vec::new(),
            waiting: Vec::new(),
            outcome: None,
            begun: now,
            next_id: 0,
        };
        let mut out = Vec::new();
        if planner.context.read_only {
            planner.outcome = Some(Err(Refusal::new(
                format!(
                    "{} is read-only{}",
                    planner.context.key().environment,
                    told(&planner.context.stricter)
                ),
                "change its protection in the configuration to allow changes",
            )));
        } else {
            // what every plan needs, at once
            out.push(planner.ask(Ask::Identity, 1));
            out.push(planner.ask(Ask::Detail(planner.context.key().clone()), 1));
            planner.work(now, &mut out);
        }
        (planner, out)
    }

    /// Takes an event in.
    pub fn step(&mut self, event: Event, now: Stamp) -> Vec<Effect> {
        let mut out = Vec::new();
        if self.outcome.is_some() {
            return out;
        }
        match event {
            Event::Answer(id, answer) => self.answered(id, answer, now, &mut out),
            Event::Timer(id) => {
                if let Some(index) = self.waiting.iter().position(|(timer, ..)| *timer == id) {
                    let (_, ask, attempt) = self.waiting.swap_remove(index);
                    out.push(self.ask(ask, attempt));
                }
            }
            Event::Stop(_) => {
                self.outcome = Some(Err(Refusal::new("planning was interrupted", "")));
            }
            Event::Written(..) | Event::Printed(..) | Event::Resume | Event::GoOn(_) => {}
        }
        out
    }

    /// How planning ended; none while it goes on.
    pub fn outcome(&self) -> Option<Result<&Draft, &Refusal>> {
        self.outcome.as_ref().map(Result::as_ref)
    }

    /// The same, to be kept.
    pub fn into_outcome(self) -> Option<Result<Draft, Refusal>> {
        self.outcome
    }

    fn ask(&mut self, ask: Ask, attempt: u32) -> Effect {
        self.next_id += 1;
        let id = CallId(self.next_id);
        self.asked.push((id, ask.clone(), attempt));
        Effect::Ask(id, ask)
    }

    fn answered(&mut self, id: CallId, answer: Result<Answer, Trouble>, now: Stamp, out: &mut Vec<Effect>) {
        let Some(index) = self.asked.iter().position(|(call, ..)| *call == id) else { return };
        let (_, ask, attempt) = self.asked.swap_remove(index);
        if attempt < ATTEMPTS && answer.as_ref().is_err_and(Trouble::passes) {
            self.next_id += 1;
            let timer = TimerId(self.next_id);
            self.waiting.push((timer, ask, attempt + 1));
            out.push(Effect::Timer(timer, PAUSE_MS * u64::from(attempt)));
            return;
        }
        if now.since(self.begun) < LATE_MS && self.is_older_than_what_is_known(&ask, &answer, now) {
            self.next_id += 1;
            let timer = TimerId(self.next_id);
            self.waiting.push((timer, ask, attempt));
            out.push(Effect::Timer(timer, LOOK_AGAIN_MS));
            return;
        }
        self.found.keep(ask, answer);
        self.work(now, out);
    }

    /// Whether this tells of the service what was before a change that is known.
    fn is_older_than_what_is_known(&self, ask: &Ask, answer: &Result<Answer, Trouble>, now: Stamp) -> bool {
        let Ok(Answer::Detail(detail)) = answer else { return false };
        let own = matches!(ask, Ask::Detail(key) if key == self.context.key());
        own && fresh::lags(detail, self.context.changed_at, now)
    }

    /// Works the plan out as far as it goes.
    fn work(&mut self, now: Stamp, out: &mut Vec<Effect>) {
        match self.resolve(now) {
            Ok(draft) => self.outcome = Some(Ok(draft)),
            Err(Halt::Refuse(refusal)) => self.outcome = Some(Err(refusal)),
            Err(Halt::Need(ask)) => {
                let under_way = self.asked.iter().any(|(_, asked, _)| *asked == *ask)
                    || self.waiting.iter().any(|(_, asked, _)| *asked == *ask);
                if !under_way {
                    out.push(self.ask(*ask, 1));
                }
            }
        }
    }

    fn resolve(&self, now: Stamp) -> Part<Draft> {
        let mut sheet = Sheet::open(&self.context, &self.found, &self.run, self.begun, now)?;
        match &self.wish {
            Wish::Deploy(choice) => deploy::plan(&mut sheet, choice)?,
            Wish::RollBack { to } => {
                rollback::plan(&mut sheet, to.as_ref())?;
                verify::after_rollback(&mut sheet)?;
            }
            Wish::Migrate { image } => migrate::plan(&mut sheet, image.as_ref())?,
            Wish::Redeploy => simple::redeploy(&mut sheet)?,
            Wish::Scale(count) => simple::scale(&mut sheet, *count)?,
            Wish::StopRollout => simple::stop_rollout(&mut sheet)?,
            Wish::StopTask { task } => simple::stop_task(&mut sheet, task)?,
            Wish::Promote { from } => promote::plan(&mut sheet, from)?,
            Wish::Release(choice) => release::plan(&mut sheet, choice)?,
            Wish::Continue { rollback } => {
                hook::decide(&mut sheet, *rollback)?;
                if *rollback {
                    verify::after_rollback(&mut sheet)?;
                }
            }
        }
        notes::nothing_runs(&mut sheet);
        if !self.context.stricter.is_empty() {
            let environment = &self.context.key().environment;
            sheet.warn(format!("{environment} is protected{}", told(&self.context.stricter)));
        }
        reach::check(&mut sheet)?;
        production::check(&mut sheet)?;
        lock::plan(&mut sheet)?;
        Ok(sheet.close())
    }
}
