//! A state of the run and of AWS, what may happen in it, and what holds there.

mod holds;
mod key;

use super::super::aws::{Aws, Driver};
use super::super::harness::confirmed;
use super::super::world::*;
use super::flights::Flight;
use crate::model::{Answer, Ask, Entry, Gate, Protection, Trouble, TroubleKind, Write, Written};
use crate::ops::{Effect, Event, LockRecord, StopWatching};

const SOON: i64 = 5_000;
const LATE: i64 = 2 * 3_600_000;

/// Who takes a run up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Somebody who confirms it.
    Person,
    /// The cockpit, by being opened.
    Opening,
    /// Somebody who confirms it, where nothing may be changed.
    ReadOnly,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
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
pub(super) struct Node {
    pub(super) flight: Flight,
    aws: Aws,
    pub(super) driver: Driver,
    /// Disturbances that may still come, and whether only those come that matter most.
    left: u8,
    thin: bool,
    /// Whether it is asserted that nothing is changed too late.
    ages: bool,
    /// The present process has leave.
    may: bool,
    /// The confirmation was too long ago.
    late: bool,
    /// Somebody deployed; theirs is what is set; and since then the run had to look.
    foreign: bool,
    theirs: bool,
    stale: bool,
    /// Somebody took the lock, or removed it.
    robbed: bool,
    bucket: bool,
    /// Anything was disturbed at all, or broken off.
    disturbed: bool,
    broken: bool,
    /// What was confirmed or resumed once.
    pub(super) gone_on: bool,
    path: Vec<(usize, Choice)>,
    pub(super) steps: usize,
}

fn trouble_of(kind: TroubleKind) -> Trouble {
    trouble(kind)
}

impl Node {
    pub(super) fn new(flight: Flight, left: u8, thin: bool, ages: bool) -> Self {
        let (aws, driver) = flight.begin();
        Self {
            flight,
            aws,
            driver,
            left,
            thin,
            ages,
            may: true,
            late: false,
            foreign: false,
            theirs: false,
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
        self.aws
            .lock()
            .and_then(|object| LockRecord::read(object, NOW))
            .is_some_and(|record| record.run == "run-1")
    }

    pub(super) fn holds(&self, held: bool, what: &str) {
        assert!(held, "{:?}: {what}\n{:?}\n{:#?}", self.flight, self.path, self.driver.run.view().steps);
    }

    /// What may happen now.
    pub(super) fn choices(&self) -> Vec<Choice> {
        use Choice::{
            Break, Deploy, Dies, Fails, Go, LostAfter, LostBefore, Neither, NoBucket, Remove, Sleep, Steal,
        };
        let mut all = vec![Go];
        if self.left == 0 {
            return all;
        }
        let dies = |made, by, after| Dies { made, by, after };
        match self.driver.queue.front() {
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
    pub(super) fn take(&mut self, choice: Choice) {
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
                let Some(Effect::Write(id, armed)) = self.driver.queue.pop_front() else { return };
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
                let Some(Effect::Ask(id, _)) = self.driver.queue.pop_front() else { return };
                self.feed(Event::Answer(id, Err(trouble_of(kind))));
            }
            Choice::Dies { made, by, after } => self.die(made, by, after),
            Choice::Steal => {
                let thief = LockRecord {
                    holder: "bob".into(),
                    host: "desk".into(),
                    run: "run-9".into(),
                    title: String::new(),
                    at: self.driver.now,
                    expires_at: self.driver.now.plus(900_000),
                    format: 1,
                    ttl_ms: None,
                };
                self.aws.put(self.flight.lock(), serde_json::to_string(&thief).unwrap());
                self.robbed = true;
            }
            Choice::Remove => {
                self.aws.objects.remove(self.flight.lock());
                self.robbed = true;
            }
            Choice::Deploy => {
                self.deploy();
                (self.foreign, self.theirs, self.stale) = (true, true, false);
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
                if self.driver.run.waits() {
                    self.may = true;
                    self.feed(Event::GoOn(confirmed()));
                } else {
                    self.feed(Event::Resume);
                }
            }
        }
    }

    /// Somebody deploys another image.
    fn deploy(&mut self) {
        if self.flight == Flight::AppRunner {
            let other = format!("{REPOSITORY}:0aa1111");
            self.aws.world.set_image(&other, Some(&digest("0aa1111")));
            let number = self.aws.world.detail.operations.len();
            let theirs = operation(&format!("op-{number}"), "UPDATE_SERVICE", "SUCCEEDED");
            self.aws.world.detail.operations.insert(0, theirs);
        } else {
            self.aws.set_service(&definition_arn(40));
        }
    }

    fn pass(&mut self, millis: i64) {
        self.driver.now = self.driver.now.plus(millis);
        if millis >= LATE {
            self.late = true;
            self.aws.forget_tasks();
        }
    }

    fn die(&mut self, made: bool, by: By, after: i64) {
        if made && let Some(Effect::Write(_, armed)) = self.driver.queue.front() {
            let write = armed.write().clone();
            let _ = self.write(&write);
        }
        self.pass(after);
        let gate = Gate {
            protection: if by == By::ReadOnly { Protection::ReadOnly } else { Protection::Confirm },
            confirmation: if by == By::Opening { None } else { confirmed().confirmation },
            ..confirmed()
        };
        let Some(again) = self.driver.take_up_by(gate, 0) else {
            self.driver.queue.clear();
            self.driver.timers.clear();
            return;
        };
        self.may = by == By::Person;
        self.stale |= self.theirs;
        self.driver = again;
        let writes: Vec<Write> = writes_of(&self.driver.queue);
        for write in &writes {
            self.sent(write);
        }
    }

    /// The next thing happens as it should.
    fn go(&mut self) {
        match self.driver.queue.pop_front() {
            Some(Effect::Journal(entry)) => self.driver.journal.push(entry),
            Some(Effect::Ask(id, ask)) => {
                let answer = self.read(&ask);
                self.feed(Event::Answer(id, answer));
            }
            Some(Effect::Write(id, armed)) => {
                let written = self.write(armed.write());
                self.feed(Event::Written(id, written));
            }
            Some(Effect::Timer(id, millis)) => {
                self.driver.timers.push((id, self.driver.now.plus(i64::try_from(millis).unwrap())));
            }
            None => {
                let first = self.driver.timers.iter().enumerate().min_by_key(|(_, (_, due))| *due);
                let Some((place, _)) = first else { return };
                let (id, due) = self.driver.timers.remove(place);
                self.driver.now = self.driver.now.max(due);
                self.feed(Event::Timer(id));
            }
        }
    }

    fn read(&mut self, ask: &Ask) -> Result<Answer, Trouble> {
        if !self.bucket && matches!(ask, Ask::Object { .. }) {
            return Err(trouble_of(TroubleKind::NotFound));
        }
        // others have time while a task runs
        self.stale |= self.theirs && matches!(ask, Ask::Detail(_) | Ask::Task { .. } | Ask::Rows(_));
        let fires = self.flight.alarms() && self.is_new();
        if let Some(alarm) = self.aws.alarms.first_mut() {
            if fires { "ALARM" } else { "OK" }.clone_into(&mut alarm.state);
        }
        self.aws.ask(ask)
    }

    fn write(&mut self, write: &Write) -> Result<Written, Trouble> {
        if !self.bucket && write.operation().starts_with("s3:") {
            return Err(trouble_of(TroubleKind::NotFound));
        }
        let written = self.aws.write(write);
        if deploys(write) {
            // between the last look and the change nobody can look
            (self.theirs, self.stale) = (false, false);
        }
        let mut commands: Vec<&str> = self.aws.tasks.values().map(|job| job.command.as_str()).collect();
        let count = commands.len();
        commands.sort_unstable();
        commands.dedup();
        self.holds(commands.len() == count, "a migration was run twice");
        // there, and back
        let updates = self.aws.done.iter().filter(|write| deploys(write)).count();
        let most = 1 + usize::from(self.aws_turned());
        self.holds(updates <= most, "the service was set twice");
        written
    }

    fn feed(&mut self, event: Event) {
        let effects = self.driver.run.step(event, self.driver.now);
        let writes = writes_of(&effects);
        self.driver.queue.extend(effects);
        for write in &writes {
            self.sent(write);
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.driver.queue.is_empty() && (self.driver.run.is_over() || self.driver.timers.is_empty())
    }
}

/// Whether it changes what the service runs.
fn sets(write: &Write) -> bool {
    deploys(write) || matches!(write, Write::TagImage { .. })
}

/// Whether it begins a rollout.
fn deploys(write: &Write) -> bool {
    matches!(write, Write::UpdateService { .. } | Write::StartDeployment { .. })
}

fn writes_of<'a>(effects: impl IntoIterator<Item = &'a Effect>) -> Vec<Write> {
    let writes = effects.into_iter().filter_map(|effect| match effect {
        Effect::Write(_, armed) => Some(armed.write().clone()),
        _ => None,
    });
    writes.collect()
}
