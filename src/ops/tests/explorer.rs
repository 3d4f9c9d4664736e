//! A model check of the run machine: every order of events to a bounded number of disturbances, against an AWS that
//! remembers what was done to it.
//!
//! A release (lock, check that nothing changed, copy, migration, deploy) is flown step by step. At every step the next
//! thing happens, or one of the things that go wrong: an answer is lost before or after the change was made, a read
//! fails, the process dies and is taken up with or without leave, soon or hours later, somebody steals the lock or
//! removes it, deploys, the bucket is gone, the machine sleeps, the operator breaks off. What holds at any time is
//! asserted where a change is sent, and where the run ends.

use super::aws::{Aws, Pilot, lock_settings};
use super::gates::release;
use super::harness::{confirmed, plan_in};
use super::world::*;
use crate::model::{
    Answer, Ask, Entry, Gate, Kind, Protection, StepState, Trouble, TroubleKind, Verdict, Write, Written,
};
use crate::ops::run::guard::{Guard, OUT};
use crate::ops::{Effect, Event, LockRecord, StopWatching};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

const KEY: &str = "flightdeck/locks/prod/service.json";
const SOON: i64 = 5_000;
const LATE: i64 = 2 * 3_600_000;

/// Who takes a run up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// Somebody who confirms it.
    Person,
    /// The cockpit, by being opened.
    Opening,
    /// Somebody who confirms it, where nothing may be changed.
    ReadOnly,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// The next thing, as it should.
    Go,
    /// The answer to a change is lost, which was not made.
    LostBefore,
    /// The same, and it was made.
    LostAfter,
    /// RunTask is answered with neither a task nor a failure.
    Neither,
    /// A read fails.
    Fails(TroubleKind),
    /// The process dies; the change under way was made or not. Another takes the run up.
    Dies { made: bool, by: By, after: i64 },
    /// Somebody takes the lock over.
    Steal,
    /// Somebody removes it.
    Remove,
    /// Somebody deploys.
    Deploy,
    /// The bucket is gone.
    NoBucket,
    /// The machine sleeps.
    Sleep,
    /// The operator breaks off.
    Break,
    /// A person confirms what is offered, or asks a lost run to be watched again.
    GoOn,
}

/// A state of the run and of AWS.
#[derive(Debug, Clone)]
struct Node {
    aws: Aws,
    pilot: Pilot,
    /// Disturbances that may still come, and whether only those come that matter most.
    left: u8,
    thin: bool,
    /// Whether it is asserted that nothing is changed too late.
    ages: bool,
    /// The present process has leave.
    may: bool,
    /// The confirmation was too long ago.
    late: bool,
    /// Somebody deployed, and since then the run had to look.
    foreign: bool,
    stale: bool,
    /// Somebody took the lock, or removed it.
    robbed: bool,
    bucket: bool,
    /// Anything was disturbed at all, or broken off.
    disturbed: bool,
    broken: bool,
    /// What was confirmed or resumed once.
    gone_on: bool,
    path: Vec<(usize, Choice)>,
    steps: usize,
}

fn trouble_of(kind: TroubleKind) -> Trouble {
    trouble(kind)
}

impl Node {
    fn new(left: u8, thin: bool, ages: bool) -> Self {
        let world = World::new(Kind::Ecs);
        let mut context = world.context();
        context.lock = Some(lock_settings());
        let draft = plan_in(&world, context, release()).unwrap();
        Self {
            aws: Aws::new(world),
            pilot: Pilot::fly(draft),
            left,
            thin,
            ages,
            may: true,
            late: false,
            foreign: false,
            stale: false,
            robbed: false,
            bucket: true,
            disturbed: false,
            broken: false,
            gone_on: false,
            path: Vec::new(),
            steps: 0,
        }
    }

    fn ours(&self) -> bool {
        self.aws.lock().and_then(LockRecord::read).is_some_and(|record| record.run == "run-1")
    }

    fn holds(&self, held: bool, what: &str) {
        assert!(held, "{what}\n{:#?}\n{:#?}", self.path, self.pilot.run.view().steps);
    }

    /// What may happen now.
    fn choices(&self) -> Vec<Choice> {
        use Choice::{
            Break, Deploy, Dies, Fails, Go, LostAfter, LostBefore, Neither, NoBucket, Remove, Sleep, Steal,
        };
        let mut all = vec![Go];
        if self.left == 0 {
            return all;
        }
        let dies = |made, by, after| Dies { made, by, after };
        match self.pilot.queue.front() {
            Some(Effect::Write(..)) if self.thin => {
                all.extend([LostBefore, LostAfter, dies(false, By::Person, SOON)]);
                all.extend([dies(true, By::Opening, SOON), dies(true, By::Person, LATE)]);
            }
            Some(Effect::Ask(_, Ask::Object { .. } | Ask::Detail(_) | Ask::Task { .. })) if self.thin => {
                all.extend([Steal, Deploy, Sleep]);
            }
            _ if self.thin => {}
            Some(Effect::Write(_, armed)) => {
                all.extend([LostBefore, LostAfter]);
                if matches!(armed.write(), Write::RunTask(_)) {
                    all.push(Neither);
                }
                for made in [false, true] {
                    all.extend([By::Person, By::Opening, By::ReadOnly].map(|by| dies(made, by, SOON)));
                    all.extend([By::Person, By::Opening].map(|by| dies(made, by, LATE)));
                }
            }
            Some(Effect::Ask(..)) => {
                all.extend([Fails(TroubleKind::TimedOut), Fails(TroubleKind::Expired)]);
                all.extend([Steal, Remove, Deploy, NoBucket, Sleep, Break]);
                all.extend([By::Person, By::Opening].map(|by| dies(false, by, SOON)));
            }
            Some(Effect::Journal(Entry::Before { .. } | Entry::After { .. })) => {
                all.extend([By::Person, By::Opening].map(|by| dies(false, by, SOON)));
            }
            None => all.extend([Steal, Deploy, Sleep, Break]),
            _ => {}
        }
        all.retain(|choice| match choice {
            Steal | Remove => self.ours() && self.bucket,
            Deploy => !self.foreign,
            NoBucket => self.bucket,
            _ => true,
        });
        all
    }

    /// Something happens.
    fn take(&mut self, choice: Choice) {
        self.steps += 1;
        if choice != Choice::Go {
            self.path.push((self.steps, choice));
        }
        if !matches!(choice, Choice::Go | Choice::GoOn) {
            self.left -= 1;
            self.disturbed = true;
        }
        match choice {
            Choice::Go => self.go(),
            Choice::LostBefore | Choice::LostAfter | Choice::Neither => {
                let Some(Effect::Write(id, armed)) = self.pilot.queue.pop_front() else { return };
                if choice == Choice::LostAfter {
                    let _ = self.write(armed.write());
                }
                let kind = match choice {
                    Choice::Neither => TroubleKind::Unreadable,
                    _ => TroubleKind::TimedOut,
                };
                self.feed(Event::Written(id, Err(trouble_of(kind))));
            }
            Choice::Fails(kind) => {
                let Some(Effect::Ask(id, _)) = self.pilot.queue.pop_front() else { return };
                self.feed(Event::Answer(id, Err(trouble_of(kind))));
            }
            Choice::Dies { made, by, after } => self.die(made, by, after),
            Choice::Steal => {
                let thief = LockRecord {
                    holder: "bob".into(),
                    host: "desk".into(),
                    run: "run-9".into(),
                    title: String::new(),
                    at: self.pilot.now,
                    expires_at: self.pilot.now.plus(900_000),
                    format: 1,
                };
                self.aws.put(KEY, serde_json::to_string(&thief).unwrap());
                self.robbed = true;
            }
            Choice::Remove => {
                self.aws.objects.remove(KEY);
                self.robbed = true;
            }
            Choice::Deploy => {
                self.aws.set_service(&definition_arn(40));
                self.foreign = true;
                self.stale = false;
            }
            Choice::NoBucket => self.bucket = false,
            Choice::Sleep => self.pass(LATE),
            Choice::Break => {
                self.broken = true;
                self.feed(Event::Stop(StopWatching));
            }
            Choice::GoOn => {
                self.gone_on = true;
                self.bucket = true;
                if self.pilot.run.waits() {
                    self.may = true;
                    self.feed(Event::GoOn(confirmed()));
                } else {
                    self.feed(Event::Resume);
                }
            }
        }
    }

    fn pass(&mut self, millis: i64) {
        self.pilot.now = self.pilot.now.plus(millis);
        if millis >= LATE {
            self.late = true;
            self.aws.forget_tasks();
        }
    }

    fn die(&mut self, made: bool, by: By, after: i64) {
        if made && let Some(Effect::Write(_, armed)) = self.pilot.queue.front() {
            let write = armed.write().clone();
            let _ = self.write(&write);
        }
        self.pass(after);
        let gate = Gate {
            protection: if by == By::ReadOnly { Protection::ReadOnly } else { Protection::Confirm },
            confirmation: if by == By::Opening { None } else { confirmed().confirmation },
            ..confirmed()
        };
        let Some(again) = self.pilot.take_up_by(gate, 0) else {
            self.pilot.queue.clear();
            self.pilot.timers.clear();
            return;
        };
        self.may = by == By::Person;
        self.stale |= self.foreign;
        self.pilot = again;
        let writes: Vec<Write> = writes_of(&self.pilot.queue);
        for write in &writes {
            self.sent(write);
        }
    }

    /// The next thing happens as it should.
    fn go(&mut self) {
        match self.pilot.queue.pop_front() {
            Some(Effect::Journal(entry)) => self.pilot.journal.push(entry),
            Some(Effect::Ask(id, ask)) => {
                let answer = self.read(&ask);
                self.feed(Event::Answer(id, answer));
            }
            Some(Effect::Write(id, armed)) => {
                let written = self.write(armed.write());
                self.feed(Event::Written(id, written));
            }
            Some(Effect::Timer(id, millis)) => {
                self.pilot.timers.push((id, self.pilot.now.plus(i64::try_from(millis).unwrap())));
            }
            None => {
                let first = self.pilot.timers.iter().enumerate().min_by_key(|(_, (_, due))| *due);
                let Some((place, _)) = first else { return };
                let (id, due) = self.pilot.timers.remove(place);
                self.pilot.now = self.pilot.now.max(due);
                self.feed(Event::Timer(id));
            }
        }
    }

    fn read(&mut self, ask: &Ask) -> Result<Answer, Trouble> {
        if !self.bucket && matches!(ask, Ask::Object { .. }) {
            return Err(trouble_of(TroubleKind::NotFound));
        }
        // others have time while a task runs
        self.stale |= self.foreign && matches!(ask, Ask::Detail(_) | Ask::Task { .. });
        self.aws.ask(ask)
    }

    fn write(&mut self, write: &Write) -> Result<Written, Trouble> {
        if !self.bucket && write.operation().starts_with("s3:") {
            return Err(trouble_of(TroubleKind::NotFound));
        }
        let written = self.aws.write(write);
        let migrations = self.aws.tasks.values().filter(|job| job.command.ends_with(" up")).count();
        self.holds(migrations <= 1, "a migration was run twice");
        let updates = self.aws.done.iter().filter(|w| matches!(w, Write::UpdateService { .. })).count();
        self.holds(updates <= 1, "the service was set twice");
        written
    }

    fn feed(&mut self, event: Event) {
        let effects = self.pilot.run.step(event, self.pilot.now);
        let writes = writes_of(&effects);
        self.pilot.queue.extend(effects);
        for write in &writes {
            self.sent(write);
        }
    }

    /// What holds whenever a change is sent.
    fn sent(&self, write: &Write) {
        self.holds(self.may, &format!("{} without leave", write.operation()));
        let final_ = matches!(write, Write::RunTask(_) | Write::UpdateService { .. });
        if write.operation().starts_with("s3:") {
            return;
        }
        let late = self.late && self.ages;
        self.holds(!late, &format!("{} hours after it was confirmed", write.operation()));
        if final_ {
            self.holds(self.bucket, &format!("{} without the bucket", write.operation()));
            self.holds(self.ours(), &format!("{} after the lock was lost", write.operation()));
            let overrun = self.foreign && self.stale;
            self.holds(!overrun, &format!("{} over somebody's deploy", write.operation()));
        }
    }

    fn is_over(&self) -> bool {
        self.pilot.queue.is_empty() && (self.pilot.run.is_over() || self.pilot.timers.is_empty())
    }

    /// What holds where the run ends, or rests.
    fn ended(&self) {
        let view = self.pilot.run.view();
        let migrated = self.aws.tasks.values().any(|job| job.command.ends_with(" up"));
        let new = self.aws.set() == format!("{REPOSITORY}:8be02d4");
        let touched = self.aws.done.iter().any(|write| !write.operation().starts_with("s3:"));
        let Some((verdict, why, _)) = &view.end else {
            self.holds(!self.may || self.broken, "it rests, and nobody said so");
            self.holds(view.unwatched, "it rests, and does not tell so");
            return;
        };
        self.holds(*verdict == Verdict::Succeeded || self.disturbed, "undisturbed, and no success");
        match verdict {
            Verdict::Succeeded => self.holds(migrated && (new || self.foreign), "a false success"),
            Verdict::Refused => self.holds(!touched, "refused, and changed something"),
            Verdict::Superseded => self.holds(self.foreign || self.robbed, "nobody took over"),
            // a change whose answer is lost twice, and which was made neither time
            Verdict::Failed => {
                let told = self.broken || self.foreign || why.contains("had no effect");
                self.holds(told, &format!("failed without cause: {why}"));
            }
            Verdict::Lost => {}
            other => self.holds(false, &format!("{other:?}: {why}")),
        }
        if why.contains("nothing was deployed") || why.contains("ecs:UpdateService was not called") {
            let updated = self.aws.done.iter().any(|w| matches!(w, Write::UpdateService { .. }));
            self.holds(!updated, "deployed, and told otherwise");
        }
        let kept = view.steps.last().is_some_and(|step| step.state == StepState::Failed);
        let settled = !matches!(verdict, Verdict::Lost) && self.may && self.bucket && !kept;
        self.holds(!settled || !self.ours(), "the lock was not let go of, and nobody said so");
    }

    /// What tells it from others: without ids, and times to the hour.
    fn key(&self) -> u64 {
        let journal = self.pilot.journal.iter().filter_map(brief).collect::<Vec<_>>();
        let queue = self.pilot.queue.iter().map(|effect| match effect {
            Effect::Journal(entry) => brief(entry).unwrap_or_default(),
            Effect::Ask(_, ask) => format!("{ask:?}"),
            Effect::Write(_, armed) => armed.write().target(),
            Effect::Timer(..) => "timer".to_owned(),
        });
        let told = format!(
            "{} {journal:?} {:?} {:?} {:?} {} {}",
            self.pilot.run.fingerprint(),
            queue.collect::<Vec<_>>(),
            self.aws.tasks,
            self.aws.lock(),
            self.aws.world.detail.service.task_definition,
            self.aws.world.detail.history.len(),
        );
        let mut plain = String::with_capacity(told.len());
        let mut digits = String::new();
        for c in told.chars().chain([' ']) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            match digits.len() {
                0..13 => plain.push_str(&digits),
                13 => {
                    let hours = (digits.parse::<i64>().unwrap_or_default() - NOW.0) / 3_600_000;
                    plain.push_str(&hours.to_string());
                }
                _ => plain.push('#'),
            }
            digits.clear();
            plain.push(c);
        }
        let flags = [self.may, self.late, self.foreign, self.stale, self.robbed, self.bucket, self.broken];
        let mut hasher = DefaultHasher::new();
        (plain, self.left, flags, self.gone_on, self.pilot.timers.len()).hash(&mut hasher);
        hasher.finish()
    }
}

fn writes_of<'a>(effects: impl IntoIterator<Item = &'a Effect>) -> Vec<Write> {
    let writes = effects.into_iter().filter_map(|effect| match effect {
        Effect::Write(_, armed) => Some(armed.write().clone()),
        _ => None,
    });
    writes.collect()
}

/// What of the journal decides how a run is taken up.
fn brief(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Before { write, step, .. } => Some(format!("before {write} {step:?}")),
        Entry::After { write, ok, step, .. } => Some(format!("after {write} {ok} {step:?}")),
        Entry::Resumed { .. } => Some("resumed".to_owned()),
        Entry::End { verdict, .. } => Some(format!("{verdict:?}")),
        _ => None,
    }
}

/// What was explored.
#[derive(Debug, Default)]
struct Explored {
    states: usize,
    steps: usize,
    ends: usize,
}

/// Explores every order of events from there.
fn explore(first: Node) -> Explored {
    let mut seen = HashSet::new();
    let mut told = Explored::default();
    let mut open = vec![first];
    while let Some(mut node) = open.pop() {
        loop {
            node.holds(node.steps < 2_000, "it goes on for ever");
            if node.is_over() {
                let lost = matches!(node.pilot.run.view().end, Some((Verdict::Lost, ..)));
                if (node.pilot.run.waits() || lost) && !node.gone_on {
                    let mut on = node.clone();
                    on.take(Choice::GoOn);
                    open.push(on);
                }
                node.ended();
                told.ends += 1;
                break;
            }
            let quiet = matches!(node.pilot.queue.front(), Some(Effect::Journal(_) | Effect::Timer(..)));
            if !quiet && !seen.insert(node.key()) {
                break;
            }
            for choice in node.choices().into_iter().skip(1) {
                let mut other = node.clone();
                other.take(choice);
                told.steps += 1;
                open.push(other);
            }
            node.take(Choice::Go);
            told.steps += 1;
        }
    }
    told.states = seen.len();
    told
}

#[test]
fn every_order_of_events_with_one_disturbance_keeps_what_is_promised() {
    let told = explore(Node::new(1, false, true));
    println!("one disturbance: {told:?}");
    assert!(told.states > 500 && told.ends > 100, "{told:?}");
}

#[test]
fn what_a_guard_keeps_is_missed_without_it() {
    for (out, ages, missed) in [
        (&[Guard::Leave][..], true, &["without leave"][..]),
        (&[Guard::Late], true, &["hours after it was confirmed"]),
        (&[Guard::Late, Guard::Token], false, &["a migration was run twice"]),
        (&[Guard::Lock], true, &["after the lock was lost", "without the bucket"]),
        (&[Guard::Unchanged], true, &["over somebody's deploy"]),
    ] {
        OUT.set(out.to_vec());
        let broken = std::panic::catch_unwind(|| explore(Node::new(1, false, ages)));
        OUT.set(Vec::new());
        let told = broken.expect_err(&format!("nothing is missed without {out:?}"));
        let told = told.downcast_ref::<String>().cloned().unwrap_or_default();
        assert!(missed.iter().any(|missed| told.contains(missed)), "{out:?}: {told}");
    }
}
