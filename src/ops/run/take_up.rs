//! A run that another process began, gone on with from its journal.
//!
//! The journal tells where the run stands, and gives no leave: that is asked for anew at the gate. Without it the run
//! watches what AWS does, and comes to rest before the next change. With it, RunTask is asked for again with the token it
//! was asked for before, so that AWS answers with the task it started then; changes that were not begun are made for
//! promotions, releases and migrations alone, when the confirmed plan named them, not long after, and when a fresh look shows that
//! nobody changed the service; of other runs they are not made any more: who wants them plans again.

use super::beside::Recorded;
use super::contradiction::contradiction;
use super::guard::{GOES_ON_MS, Guard, stands};
use super::{FORMAT, Leave, Next, Run, Stage, State, Then};
use crate::model::{
    Entry, Gate, Refusal, RunView, Stamp, StepState, Verdict, Written, process::Process, run::same_machine,
    stamp,
};
use crate::ops::Effect;
use crate::ops::facts::Facts;
use crate::ops::watch::{BEGUN_HERE, Elapsed, Topic, Watch};

impl Run {
    /// Takes a run up from its journal; `None` when it has ended for good or its journal cannot be read.
    /// `variables` are those that the configuration sets for its commands: the journal does not keep them. `gate` is what
    /// whoever takes it up answers for; who is calling is read first of all.
    pub fn take_up(
        entries: &[Entry],
        variables: &[(String, String)],
        gate: Gate,
        now: Stamp,
    ) -> Option<(Self, Vec<Effect>)> {
        let mut rest = entries.iter();
        let first = rest.next()?;
        let Entry::Begin { format: FORMAT, steps: begun_with, confirmed, .. } = first else { return None };
        let mut view = RunView::begin(first)?;
        rest.for_each(|entry| view.apply(entry));
        if !view.resumable() {
            return None;
        }
        let memo = entries.iter().rev().find_map(|entry| match entry {
            Entry::Memo { memo, .. } => Some(serde_json::from_value::<Facts>(memo.clone())),
            _ => None,
        });
        let other_format = matches!(memo, Some(Err(_)));
        let mut facts = memo.and_then(Result::ok);
        for order in facts.iter_mut().flat_map(|facts| &mut facts.orders) {
            if order.variables > 0 {
                order.asked.environment = variables.to_vec();
            }
        }
        let known = facts.is_some();
        let doubtful =
            facts.as_ref().and_then(|facts| contradiction(&view.header, begun_with, confirmed, facts));
        let facts = facts.unwrap_or_else(|| Facts::of(view.header.key.clone(), String::new()));
        let leave = Leave::Withheld(Refusal::new("who is calling is not known yet", ""));
        let mut run = Self::idle(view, facts, leave, now);
        run.documents = vec![None; run.facts.templates.len()];
        let once = run.facts.lock.as_ref().is_some_and(|lock| lock.once);
        run.recorded = if once { Recorded::Again } else { Recorded::Written };
        run.unchecked = true;
        run.only_watches = !run.facts.goes_on;
        run.late = too_late(entries, run.view.header.at, now).filter(|_| stands(Guard::Late));
        run.here = same_machine(&run.view.header.who, &gate.who);
        run.tell(Entry::Resumed { at: now, who: gate.who.clone() });
        run.stage = run
            .view
            .steps
            .iter()
            .position(|s| !matches!(s.state, StepState::Done | StepState::Skipped))
            .unwrap_or(run.view.steps.len());
        let order = run.facts.orders.get(run.facts.order_at(run.stage));
        if let Some(asked) = order.and_then(|order| order.asked_at) {
            run.asking = Elapsed::after(now.since(asked), now);
        }
        if let Some(what) = doubtful {
            run.lose_for_good(&format!("the journal contradicts itself: {what}; look at the service"), now);
        } else if known {
            run.enter(gate, Then::Find(entries.to_vec()), now);
        } else if other_format && run.view.changed() {
            let why = "its journal is of another version of flightdeck; look at the service, and plan again";
            run.lose_for_good(why, now);
        } else {
            run.end(Verdict::Refused, "interrupted before anything was changed", now);
        }
        let out = run.flush();
        Some((run, out))
    }

    /// Behind the gate: where it stands, and what comes next.
    pub(super) fn find_itself(&mut self, entries: &[Entry], now: Stamp) {
        self.stopped = told_to_stop(entries);
        self.turned_back(now);
        if self.facts.closing.is_some() {
            self.close(now);
        } else {
            self.find_place(entries, now);
        }
    }

    fn find_place(&mut self, entries: &[Entry], now: Stamp) {
        let stage = self.facts.stages.get(self.stage).copied().unwrap_or(Stage::Unlock);
        let Some(operation) = stage.operation() else {
            match stage {
                Stage::Unlock => self.begin_stage(now),
                Stage::Preflight | Stage::Look => self.make_what_is_left(now),
                _ => self.watch_on(now),
            }
            return;
        };
        let here = |step: &Option<usize>| match step {
            Some(step) => *step == self.stage,
            // written before steps were told
            None => !operation.starts_with("s3:"),
        };
        let begun = entries
            .iter()
            .any(|e| matches!(e, Entry::Before { write, step, .. } if write == operation && here(step)));
        let answer = entries.iter().rev().find_map(|entry| match entry {
            Entry::After { write, result, ok: true, step, .. } if write == operation && here(step) => {
                Some(result.clone())
            }
            _ => None,
        });
        if stage == Stage::Lock {
            // whatever was asked for: what is there tells whose it is
            if begun && self.facts.goes_on {
                self.lock_again(now);
                self.begin_stage(now);
            } else {
                self.make_what_is_left(now);
            }
            return;
        }
        if !begun {
            self.make_what_is_left(now);
            return;
        }
        if stage == Stage::RunLocal
            && let Some(result) = &answer
        {
            let code = result.strip_prefix("exit ").and_then(|code| code.parse().ok());
            self.tail = self.view.log.iter().rev().take(super::TAIL).map(|line| line.text.clone()).collect();
            self.tail.make_contiguous().reverse();
            if code != Some(0) {
                self.exited(code, now);
                return;
            }
            let index = self.facts.order_at(self.stage);
            if let Some(order) = self.facts.orders.get_mut(index) {
                order.process = None;
                order.done = true;
                order.ended = true;
            }
        }
        match answer.map(|result| self.absorb(stage, &read_back(stage, &result))) {
            Some(Some(detail)) => {
                self.step_is(StepState::Done, &detail, now);
                self.remember(now);
                self.stage += 1;
                self.find_place(entries, now);
            }
            _ => self.in_doubt(stage, entries, now),
        }
    }

    /// A change was begun, and its answer is not in the journal.
    fn in_doubt(&mut self, stage: Stage, entries: &[Entry], now: Stamp) {
        match stage {
            Stage::RunTask => {
                let index = self.facts.order_at(self.stage);
                if let Some(order) = self.facts.orders.get_mut(index) {
                    order.doubted = order.in_doubt_since().is_some();
                }
                self.step_is(StepState::Active, "not answered; checking whether it was started", now);
                let next = self.search(now);
                self.go_on(next, now);
            }
            Stage::RunLocal => match self.process_here() {
                Some(process) => {
                    self.step_is(StepState::Active, "checking whether it is still running", now);
                    self.ask(Watch::new(Topic::Process(process), now), now);
                }
                None => self.end(Verdict::Lost, BEGUN_HERE, now),
            },
            Stage::TagImage if self.facts.goes_on => {
                self.doubt_tag(stage, true);
                self.make_what_is_left(now);
            }
            // once more harms nothing
            Stage::Register if self.facts.goes_on => self.make_what_is_left(now),
            Stage::Register => {
                self.end(
                    Verdict::Failed,
                    "interrupted while the copy was registered; the service is as it was",
                    now,
                );
            }
            Stage::TagImage => {
                self.end(
                    Verdict::Failed,
                    "interrupted while the tag was moved; see which image it names",
                    now,
                );
            }
            Stage::StopTask => {
                self.step_is(StepState::Done, "not answered", now);
                self.stage += 1;
                self.find_place(entries, now);
            }
            _ => {
                let repeat = self.facts.goes_on && self.late.is_none();
                self.lock_again(now);
                self.stash = Some(Next::Read(Self::doubt(stage, repeat, now)));
                self.begin_stage(now);
            }
        }
    }

    /// The process of this step's command, where whoever takes it up is on the machine that it was begun on.
    fn process_here(&self) -> Option<Process> {
        let order = self.facts.orders.get(self.facts.order_at(self.stage))?;
        order.process.clone().filter(|_| self.here)
    }

    /// Changes are still to come: they are made where that is allowed, else the run ends here.
    fn make_what_is_left(&mut self, now: Stamp) {
        let rest = self.facts.stages.get(self.stage..).unwrap_or_default();
        let Some(operation) = rest.iter().find_map(|stage| stage.operation()) else {
            self.begin_stage(now);
            return;
        };
        if !self.facts.goes_on {
            let (verdict, why) = self.broken_off_before(operation);
            self.end(verdict, &why, now);
            return;
        }
        let stage = self.facts.stages.get(self.stage).copied();
        if let Some(ago) = self.late.clone() {
            let stage = rest.iter().find(|stage| stage.operation().is_some()).copied();
            self.lose_late(stage.unwrap_or(Stage::Lock), &ago, now);
            return;
        }
        if matches!(self.leave, Leave::Withheld(_)) {
            let writes = stage.is_some_and(|stage| stage.operation().is_some());
            self.offer(if writes { Next::Write(1) } else { Next::Begin }, now);
            return;
        }
        self.step_is(StepState::Active, "resumed", now);
        self.lock_again(now);
        if !matches!(stage, Some(Stage::Lock | Stage::Preflight | Stage::Look)) {
            // what guarded the changes before this one guards this one too
            let before = self.facts.stages.get(..self.stage).unwrap_or_default();
            let guard = before.iter().rev().find(|s| matches!(s, Stage::Preflight | Stage::Look));
            self.prelude.extend(guard.copied().filter(|_| stands(Guard::Unchanged)));
            if stage.is_some_and(|stage| stage.operation().is_some()) {
                self.stash = Some(Next::Write(1));
            }
        }
        self.begin_stage(now);
    }

    /// The lock is read first, and taken again where it expired, if this run takes one.
    fn lock_again(&mut self, now: Stamp) {
        let may = matches!(self.leave, Leave::Given(_)) && self.late.is_none();
        let takes = self.facts.stages.contains(&Stage::Lock) && may;
        let at_it = self.facts.stages.get(self.stage) == Some(&Stage::Lock);
        if takes && at_it {
            self.stash = Some(Next::Read(Watch::new(Topic::Lock, now)));
        } else if takes && !self.prelude.contains(&Stage::Lock) {
            self.prelude.push_front(Stage::Lock);
        }
    }

    fn watch_on(&mut self, now: Stamp) {
        self.step_is(StepState::Active, "resumed", now);
        self.state = State::Over;
        let watch = self.watch_of_stage(now);
        self.lock_again(now);
        self.stash = Some(Next::Read(watch));
        self.begin_stage(now);
    }

    /// The run cannot be gone on with, and how it ended is not known.
    fn lose_for_good(&mut self, why: &str, now: Stamp) {
        self.tell(Entry::End { at: now, verdict: Verdict::Lost, why: why.to_owned(), for_good: true });
        self.state = State::Over;
    }
}

/// How long ago somebody flew it last, where that is too long to make changes that were not begun. To be taken up again
/// and again, and to be watched by whoever has no leave, makes no run younger.
fn too_late(entries: &[Entry], begun: Stamp, now: Stamp) -> Option<String> {
    let (mut newest, mut told, mut flown, mut gap) = (begun, begun, true, 0);
    for entry in entries {
        // a process that slept wrote on when it woke, and may have ended before it saw how late it was
        if !matches!(entry, Entry::Log { .. }) {
            gap = gap.max(at(entry).map_or(0, |at| at.since(told)));
        }
        if matches!(entry, Entry::Resumed { .. }) {
            flown = false;
        }
        flown |= matches!(entry, Entry::Before { .. } | Entry::After { .. });
        told = told.max(at(entry).unwrap_or(begun));
        if flown {
            newest = newest.max(told);
        }
    }
    let ago = now.since(newest).max(gap);
    (ago > GOES_ON_MS).then(|| stamp::brief(ago))
}

/// When something was told.
fn at(entry: &Entry) -> Option<Stamp> {
    match entry {
        Entry::Begin { run, .. } => Some(run.at),
        Entry::Step { at, .. }
        | Entry::Before { at, .. }
        | Entry::After { at, .. }
        | Entry::Steps { at, .. }
        | Entry::Memo { at, .. }
        | Entry::Unwatched { at, .. } => Some(*at),
        Entry::Log { line } => Some(line.at),
        // to be taken up again and again makes no run younger
        Entry::Resumed { .. } | Entry::End { .. } => None,
    }
}

/// The steps whose task was told to stop.
fn told_to_stop(entries: &[Entry]) -> Vec<usize> {
    let mut active = 0;
    let mut found = Vec::new();
    for entry in entries {
        match entry {
            Entry::Step { step, state: StepState::Active, .. } => active = *step,
            Entry::Before { write, step, .. } if write == "ecs:StopTask" => {
                found.push(step.unwrap_or(active));
            }
            _ => {}
        }
    }
    found
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
