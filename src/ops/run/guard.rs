//! What stands between a run and its next change: that it is not too late, that somebody gave leave, that the lock is
//! still this run's, and that nobody changed the service.

use super::{Entering, Leave, Next, Run, Stage, State, Then};
use crate::model::{
    Authority, Entry, Gate, Protection, Refusal, Stamp, StepState, Verdict, armed::Confirmation,
    identity::Identity, secret, stamp,
};
use crate::ops::watch::{Elapsed, FindWatch, Topic, Watch, label};

/// What stands before a change. Tests take one out, to see that what it keeps is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum Guard {
    /// A run that is taken up asks the gate anew.
    Leave,
    /// Nothing is changed long after it was confirmed.
    Late,
    /// A token is asked with only as long as AWS keeps it for sure.
    Token,
    /// The lock is read before what cannot be taken back.
    Lock,
    /// So is the service.
    Unchanged,
    /// Whether a change took effect that was not answered is read before it is made again.
    Effect,
    /// No task is asked for beside one that another run started.
    Alone,
}

#[cfg(test)]
thread_local! {
    /// The guards that are out.
    pub(in crate::ops) static OUT: std::cell::RefCell<Vec<Guard>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Whether a guard stands.
pub(super) fn stands(guard: Guard) -> bool {
    #[cfg(test)]
    let out = OUT.with_borrow(|out| out.contains(&guard));
    #[cfg(not(test))]
    let out = {
        let _ = guard;
        false
    };
    !out
}

/// Milliseconds after which changes that were not begun are not made any more: who confirmed them has gone on to
/// something else.
pub(super) const GOES_ON_MS: i64 = 3_600_000;

/// Milliseconds for which a token is asked with again. AWS keeps it for the lower of 24 hours and the task's lifetime and
/// an hour (ECS API reference, "Ensuring idempotency"): a task may be over as soon as it was asked for, and behind that
/// hour the same token starts another one.
const TOKEN_LIVES_MS: i64 = 55 * 60_000;

impl Run {
    /// Whether the change of this stage may be made now; whatever has to come before it is begun where it may not.
    pub(super) fn may_write(&mut self, stage: Stage, attempt: u32, now: Stamp) -> bool {
        if self.late.is_some() || matches!(self.leave, Leave::Withheld(_)) {
            if self.prelude.pop_front().is_some() {
                // it only watches on, which needs no lock
                if let Some(lock) = &mut self.facts.lock {
                    lock.doubted = true;
                }
                self.begin_stage(now);
            } else if let Some(ago) = self.late.clone() {
                self.lose_late(stage, &ago, now);
            } else {
                self.offer(Next::Write(attempt), now);
            }
            return false;
        }
        (stage == Stage::Lock || !self.is_held_up(stage, attempt, now))
            && (stage != Stage::RunTask || self.ask_in_time(now))
    }

    /// So much time went by that whoever confirmed the run has gone on to something else: a process that was stopped, a
    /// machine that slept, a run that rested.
    pub(super) fn notice_gap(&mut self, now: Stamp) {
        // what was seen of the lock counts for the change that follows in the same breath
        self.lock_seen = false;
        let gap = now.since(self.last_at);
        self.last_at = self.last_at.max(now);
        // a command on this machine may be silent for as long as it likes
        let runs_here = matches!(self.state, State::Writing(..)) && self.current() == Some(Stage::RunLocal);
        if gap > GOES_ON_MS && !runs_here && stands(Guard::Late) {
            self.late.get_or_insert_with(|| stamp::brief(gap));
            self.unchecked = true;
        }
    }

    /// Whether something has to be looked at first, or the change is not to be made any more.
    fn is_held_up(&mut self, stage: Stage, attempt: u32, now: Stamp) -> bool {
        if self.waits_for_record(attempt, now) {
            return true;
        }
        let takes = self.facts.stages.contains(&Stage::Lock);
        let lock = self.facts.lock.as_ref().filter(|_| takes);
        if let Some(why) = lock.and_then(|lock| lock.lost_to.clone()) {
            let (verdict, what) = match self.unknown() {
                Some(unknown) => (Verdict::Lost, unknown),
                None => (Verdict::Superseded, self.not_called(stage)),
            };
            self.end(verdict, &format!("{why}; {what}"), now);
            return true;
        }
        let seen = self.lock_seen;
        let unsure = lock.is_some_and(|lock| {
            let expired = lock.etag.is_some() && lock.expires_at.is_some_and(|at| now >= at);
            stands(Guard::Lock) && (expired || lock.doubted || (stage.is_final() && !seen))
        });
        let order = self.facts.orders.get(self.facts.order_at(self.stage));
        // what was asked for and not answered a moment ago is asked for again at once
        let begun = attempt > 1
            && stage == Stage::RunTask
            && order.is_some_and(|order| order.in_doubt_since().is_some());
        let look = self.unchecked && !begun && stage.is_final() && stands(Guard::Unchanged);
        let check = if look { self.guard() } else { None };
        let crowded = stage == Stage::RunTask && !begun && !self.alone && stands(Guard::Alone);
        if !unsure && check.is_none() && !crowded {
            return false;
        }
        if crowded {
            self.prelude.push_back(Stage::Alone);
        }
        if let Some(check) = check {
            self.prelude.push_back(check);
            self.step_is(StepState::Active, "checking again that nothing changed", now);
        }
        // last of all: the change follows in the same breath
        if unsure {
            self.prelude.push_back(Stage::Lock);
        }
        self.stash = Some(Next::Write(attempt));
        self.begin_stage(now);
        true
    }

    /// The stage that looks whether anybody changed the service, before the present one.
    fn guard(&self) -> Option<Stage> {
        let before = self.facts.stages.get(..self.stage).unwrap_or_default();
        before.iter().rev().find(|stage| matches!(stage, Stage::Preflight | Stage::Look)).copied()
    }

    /// Whether the task of this step may be asked for; notes when it was first.
    fn ask_in_time(&mut self, now: Stamp) -> bool {
        let index = self.facts.order_at(self.stage);
        let Some(order) = self.facts.orders.get_mut(index) else { return true };
        match order.in_doubt_since() {
            Some(asked) if now.since(asked) >= TOKEN_LIVES_MS && stands(Guard::Token) => {
                let why = self.untold("it is too late to ask again safely");
                self.end(Verdict::Lost, &why, now);
                false
            }
            Some(_) => true,
            None => {
                if order.asked_at.is_none() {
                    self.asking = Elapsed::after(0, now);
                }
                order.asked_at.get_or_insert(now);
                order.token_at = Some(now);
                self.remember(now);
                true
            }
        }
    }

    /// That nobody knows whether the task of this step was started, and where to look.
    pub(super) fn untold(&self, why: &str) -> String {
        let order = self.facts.orders.get(self.facts.order_at(self.stage));
        let Some(order) = order else { return "whether the command was started is not known".to_owned() };
        format!(
            "whether {} was started is not known: {why}; look at the tasks of cluster {} that were started by {}",
            order.what(),
            order.asked.cluster,
            order.asked.started_by
        )
    }

    /// What is not known of the change of the present step, where it was asked for and not answered.
    pub(super) fn unknown(&self) -> Option<String> {
        match self.facts.stages.get(self.stage)? {
            Stage::RunTask => {
                let order = self.facts.orders.get(self.facts.order_at(self.stage))?;
                order.in_doubt_since()?;
                Some(format!("whether {} was started is not known", order.what()))
            }
            Stage::TagImage => {
                let order = self.facts.tag.as_ref().filter(|order| order.doubted)?;
                let back = if self.facts.back.is_some() { " back" } else { "" };
                Some(format!("whether the tag {} was moved{back} is not known", order.tag))
            }
            _ => None,
        }
    }

    /// That the change of this step is not made, where others like it may have been.
    fn not_called(&self, stage: Stage) -> String {
        let operation = stage.operation().unwrap_or_default();
        let called = self.view.writes.iter().filter(|(write, ..)| write == operation).count();
        let steps = self.facts.stages.iter().zip(&self.view.steps);
        let done = steps.filter(|(other, step)| **other == stage && step.state == StepState::Done).count();
        let again = if called > done { " again" } else { "" };
        format!("{operation} was not called{again}")
    }

    /// Looks for the task of this step.
    pub(super) fn search(&self, now: Stamp) -> Next {
        let order = self.facts.order_at(self.stage);
        Next::Read(Watch::new(Topic::Find(FindWatch::new(order)), now))
    }

    /// Changes are not made any more that were confirmed so long ago.
    pub(super) fn lose_late(&mut self, stage: Stage, ago: &str, now: Stamp) {
        let why = match self.unknown() {
            Some(_) if stage == Stage::RunTask => self.untold(&format!("it was interrupted {ago} ago")),
            Some(unknown) => format!("interrupted {ago} ago; {unknown}: see what it names, and plan again"),
            None => {
                let operation = stage.operation().unwrap_or_default();
                format!(
                    "interrupted {ago} ago before {operation}, which is no longer called; look at the service, and plan again"
                )
            }
        };
        self.end(Verdict::Lost, &why, now);
    }

    /// Why no change may be made.
    pub(super) fn withheld(&self) -> Refusal {
        match &self.leave {
            Leave::Given(_) => Refusal::new("it is not allowed", ""),
            Leave::Withheld(refusal) => refusal.clone(),
        }
    }

    /// Comes to rest before a change that it has no leave for, and offers it.
    pub(super) fn offer(&mut self, next: Next, now: Stamp) {
        let rest = self.facts.stages.iter().zip(&self.view.steps).enumerate().skip(self.stage);
        let to_come = rest.filter(|(_, (stage, _))| stage.operation().is_some() && **stage != Stage::Lock);
        let names: Vec<String> = to_come
            .map(|(place, (stage, step))| match stage {
                Stage::RunTask => format!("{} ({})", step.name, self.run_there(place)),
                _ => self.alone(*stage, &step.name),
            })
            .collect();
        let doubt = self.unknown().map_or_else(String::new, |unknown| format!("{unknown}; "));
        let why = format!("{doubt}still to come: {}; {}", names.join(", "), self.withheld());
        self.prelude.clear();
        self.stash = None;
        self.step_is(StepState::Active, &why, now);
        self.tell_lock(now);
        self.state = State::Resting(next);
        self.tell(Entry::Unwatched { at: now, why });
    }

    /// What the task of the step at `place` runs, where, and of which revision.
    fn run_there(&self, place: usize) -> String {
        let Some(order) = self.facts.orders.get(self.facts.order_at(place)) else { return String::new() };
        let copy = || order.template.and_then(|place| self.facts.templates.get(place));
        let revision = match (self.facts.runs(order), copy()) {
            (Some(arn), _) => label(arn).to_owned(),
            (None, Some(copy)) => format!("a copy of {}", label(&copy.definition)),
            (None, None) => "a revision that is not known".to_owned(),
        };
        format!("{} in cluster {}, {revision}", secret::command(&order.asked.command), order.asked.cluster)
    }

    /// A step's name where the steps before it are not named: what it calls it and the image is said.
    fn alone(&self, stage: Stage, name: &str) -> String {
        let header = &self.view.header;
        let service: &str = &header.key.name;
        // journals of before say "it"
        let place = name.strip_suffix(" to the copy").or_else(|| name.strip_suffix(" to it"));
        if let Some(place) = place.filter(|_| stage == Stage::Update) {
            let set = self.facts.definition.as_deref().map_or("that copy", label);
            return format!("{place} to {set}");
        }
        let name = [("give it ", "give"), ("update it ", "update")]
            .iter()
            .find_map(|(prefix, verb)| {
                let rest = name.strip_prefix(prefix)?;
                Some(format!("{verb} {service} {rest}"))
            })
            .unwrap_or_else(|| name.to_owned());
        if let Some(start) = name.strip_suffix(" of it") {
            return format!("{start} of {service}");
        }
        if header.to.is_empty() || self.facts.back.is_some() {
            return name;
        }
        name.replace(" the image", &format!(" {}", header.to))
    }

    /// Stands before the gate: who is calling is read anew.
    pub(super) fn enter(&mut self, gate: Gate, then: Then, now: Stamp) {
        self.entering = Some(Entering { gate, then });
        self.ask(Watch::new(Topic::Gate, now), now);
    }

    /// The team keeps its locks where this run holds one: others would not see a lock elsewhere.
    fn same_locks(&self, gate: &Gate) -> Result<(), Refusal> {
        let Some(place) = gate.locks.as_ref().filter(|_| stands(Guard::Leave)) else { return Ok(()) };
        let why = match &self.facts.lock {
            Some(lock) if place.holds(&lock.place) => return Ok(()),
            Some(lock) => format!("the run's lock is {}, and locks are kept in {place} now", lock.place),
            None => format!("the run was started without a lock, and locks are kept in {place} now"),
        };
        Err(Refusal::new(why, "look at the service, and plan again"))
    }

    /// The gate has its answers.
    pub(super) fn entered(&mut self, identity: &Identity, now: Stamp) {
        let Some(Entering { gate, then }) = self.entering.take() else { return };
        let gate = if stands(Guard::Leave) {
            gate
        } else {
            Gate { protection: Protection::Open, confirmation: Some(Confirmation::Yes), ..gate }
        };
        let header = &self.view.header;
        if identity.account != header.account {
            let why = format!(
                "the run is in account {}, and these credentials belong to {}; use those of that account",
                header.account, identity.account
            );
            self.entering = Some(Entering { gate, then });
            self.lose(Next::Read(Watch::new(Topic::Gate, now)), &why, now);
            return;
        }
        if !identity.region.is_empty() && !header.region.is_empty() && identity.region != header.region {
            let why = format!(
                "the run is in {}, and changes go to {} now; choose that region",
                header.region, identity.region
            );
            self.entering = Some(Entering { gate, then });
            self.lose(Next::Read(Watch::new(Topic::Gate, now)), &why, now);
            return;
        }
        let granted = Authority::go_on(header, &self.facts.writes, &gate, identity);
        self.leave = match granted.and_then(|given| self.same_locks(&gate).map(|()| given)) {
            Ok(authority) => Leave::Given(authority),
            Err(refusal) => Leave::Withheld(refusal),
        };
        match then {
            Then::Find(entries) => self.find_itself(&entries, now),
            Then::Go(next) => {
                self.unchecked = true;
                if let Some(lock) = &mut self.facts.lock {
                    lock.doubted = true;
                }
                self.go_on(next, now);
            }
        }
    }

    /// Somebody confirms that it goes on.
    pub(super) fn go_on_with(&mut self, gate: Gate, now: Stamp) {
        if !matches!(self.state, State::Resting(_)) {
            return;
        }
        let State::Resting(next) = std::mem::replace(&mut self.state, State::Over) else { return };
        let who = gate.who.clone();
        self.tell(Entry::Resumed { at: now, who });
        match self.entering.take() {
            // it did not get through the gate before
            Some(Entering { then, .. }) => self.enter(gate, then, now),
            None => self.enter(gate, Then::Go(next), now),
        }
    }
}
