//! Watching a run: telling what happens, and deciding when the watch is broken off.
//!
//! Breaking the watch off is not stopping the change: what AWS has begun goes on there. At a terminal a first
//! Ctrl-C asks what is meant; anywhere else, and the second time, it breaks the watch off.

use super::{operator::Operator, paint::Paint, progress};
use crate::{
    cli::fail::{self, INTERRUPTED},
    model::{Entry, RunView},
};
use std::{
    cell::{Cell, RefCell},
    future::pending,
    time::Duration,
};
use tokio::sync::Notify;

/// Why a watch came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ended {
    /// The run was over by itself.
    #[default]
    Over,
    /// By a signal; its exit code.
    Interrupted(u8),
    /// Its time was over.
    TimedOut,
    /// AWS has accepted the changes, and more was not to be waited for.
    Enough,
    /// The operator wants the change rolled back.
    RollBack,
}

/// How what happens is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Lines for people, on standard error.
    Text(Paint),
    /// JSON, on standard output.
    Json,
}

/// How long is watched.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// No longer than this.
    pub timeout: Option<Duration>,
    /// Only until the change of this step, by this operation, was accepted: the plan's last one. What comes before it is
    /// waited for, since what follows depends on it.
    pub until: Option<(usize, &'static str)>,
}

/// Operations that put something in place, or back: after them there is something to roll back.
const ROLLOUTS: [&str; 6] = [
    "ecs:UpdateService",
    "ecs:UpdateExpressGatewayService",
    "apprunner:UpdateService",
    "apprunner:StartDeployment",
    "ecs:StopServiceDeployment",
    "ecs:ContinueServiceDeployment",
];

/// One watch.
pub struct Watch<'o, O> {
    operator: &'o O,
    voice: Voice,
    limits: Limits,
    /// Whether something is being put in place.
    rollout: Cell<bool>,
    ended: Cell<Ended>,
    enough: Notify,
    stopping: Notify,
    /// Lines that wait until a question is answered.
    held: RefCell<Option<Vec<String>>>,
    teller: RefCell<progress::Teller>,
}

impl<'o, O: Operator> Watch<'o, O> {
    /// A watch that begins.
    pub fn new(operator: &'o O, voice: Voice, limits: Limits) -> Self {
        Self {
            operator,
            voice,
            limits,
            rollout: Cell::default(),
            ended: Cell::default(),
            enough: Notify::new(),
            stopping: Notify::new(),
            held: RefCell::default(),
            teller: RefCell::default(),
        }
    }

    /// Takes in a line of the journal.
    pub fn entry(&self, view: &RunView, entry: &Entry) {
        match self.voice {
            Voice::Text(paint) => {
                if let Some(line) = self.teller.borrow_mut().text(view, entry, paint) {
                    self.say(line);
                }
            }
            Voice::Json => {
                if let Some(value) = progress::json(view, entry) {
                    // a reader that went away does not stop a change half way
                    let _ = fail::print(&format!("{value}\n"));
                }
            }
        }
        if let Entry::After { write, ok: true, step, .. } = entry {
            self.rollout.set(self.rollout.get() || ROLLOUTS.contains(&write.as_str()));
            // the lock is written anew before a change, under that change's step
            if self.limits.until.is_some_and(|(last, operation)| *step == Some(last) && write == operation) {
                self.enough.notify_one();
            }
        }
    }

    fn say(&self, line: String) {
        match &mut *self.held.borrow_mut() {
            Some(held) => held.push(line),
            None => self.operator.say(&line),
        }
    }

    /// Comes to its end when the watch is to be broken off.
    pub async fn stop(&self) {
        let time = async {
            match self.limits.timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => pending().await,
            }
        };
        let ended = tokio::select! {
            biased;
            () = self.enough.notified() => Ended::Enough,
            ended = self.interrupted() => ended,
            () = time => Ended::TimedOut,
        };
        self.release();
        self.ended.set(ended);
        self.stopping.notify_one();
    }

    /// Comes to its end when somebody does not even want to wait for the answers that are under way.
    pub async fn leave(&self) {
        self.stopping.notified().await;
        self.operator.signal().await;
    }

    async fn interrupted(&self) -> Ended {
        loop {
            let code = self.operator.signal().await;
            if code != INTERRUPTED || !self.operator.present() {
                return Ended::Interrupted(code);
            }
            if let Some(ended) = self.meant().await {
                return ended;
            }
        }
    }

    /// What was meant by Ctrl-C; none to go on.
    async fn meant(&self) -> Option<Ended> {
        self.held.replace(Some(Vec::new()));
        let rollback = self.rollout.get();
        let (way, keys): (_, &[char]) =
            if rollback { (", r to roll it back", &['s', 'g', 'r']) } else { ("", &['s', 'g']) };
        let question =
            format!("\nwhat now? Press s to stop watching (AWS continues by itself){way}, g to continue:");
        let answer = tokio::select! {
            answer = self.operator.key(&question, keys) => answer,
            _ = self.operator.signal() => None,
        };
        match answer {
            Some('r') if rollback => Some(Ended::RollBack),
            Some('g') => {
                self.release();
                None
            }
            _ => Some(Ended::Interrupted(INTERRUPTED)),
        }
    }

    /// Says what was held back.
    fn release(&self) {
        for line in self.held.take().into_iter().flatten() {
            self.operator.say(&line);
        }
    }

    /// The run is over, or not watched any more: why the watch came to its end.
    pub fn end(&self) -> Ended {
        if self.held.borrow().is_some() {
            // the question was not answered: what follows begins on a line of its own
            self.operator.say("");
        }
        self.release();
        self.ended.get()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{operator::tests::Scripted, progress::tests::view};
    use super::*;
    use crate::model::Stamp;

    fn after(write: &str) -> Entry {
        Entry::After { at: Stamp(1), write: write.into(), result: "x".into(), ok: true, step: None }
    }

    fn somebody(signals: &[u8], answers: &[&'static str]) -> Scripted {
        Scripted {
            present: true,
            signals: RefCell::new(signals.iter().copied().collect()),
            answers: RefCell::new(answers.iter().copied().collect()),
            ..Scripted::default()
        }
    }

    const TEXT: Voice = Voice::Text(Paint::PLAIN);

    /// Whether the watch is to be broken off by now, and why.
    async fn asked<O: Operator>(watch: &Watch<'_, O>) -> Option<Ended> {
        let now = Duration::ZERO;
        tokio::time::timeout(now, watch.stop()).await.ok().map(|()| watch.end())
    }

    #[tokio::test]
    async fn nobody_is_asked_where_nobody_is() {
        for code in [130, 143] {
            let operator = Scripted { signals: RefCell::new([code].into()), ..Scripted::default() };
            let watch = Watch::new(&operator, TEXT, Limits::default());
            assert_eq!(asked(&watch).await, Some(Ended::Interrupted(code)));
        }
    }

    #[tokio::test]
    async fn somebody_is_asked_what_is_meant() {
        let stop = Ended::Interrupted(INTERRUPTED);
        for (signals, answers, ended) in [
            (&[130][..], &["s"][..], Some(stop)),
            (&[130], &["r"], Some(Ended::RollBack)),
            (&[130], &["g"], None),
            (&[130], &["what?", "r"], Some(Ended::RollBack)),
            (&[130], &["x", "g"], None),
            (&[130, 130], &["g", "s"], Some(stop)),
            // a second time instead of an answer, and nobody there any more
            (&[130, 130], &["<waits>"], Some(stop)),
            (&[130], &[], Some(stop)),
            // others are not to be argued with
            (&[143], &["g"], Some(Ended::Interrupted(143))),
            (&[], &[], None),
        ] {
            let operator = somebody(signals, answers);
            let watch = Watch::new(&operator, TEXT, Limits::default());
            watch.entry(&view(), &after("ecs:UpdateService"));
            assert_eq!(asked(&watch).await, ended, "{signals:?} {answers:?}");
        }
    }

    #[tokio::test]
    async fn nothing_is_rolled_back_that_was_not_put_in_place() {
        let operator = somebody(&[130], &["r", "s"]);
        let watch = Watch::new(&operator, TEXT, Limits::default());
        watch.entry(&view(), &after("ecs:RunTask"));
        assert_eq!(asked(&watch).await, Some(Ended::Interrupted(INTERRUPTED)));
        assert!(!operator.said.borrow().iter().any(|line| line.contains("roll it")));
    }

    #[tokio::test]
    async fn what_happens_while_somebody_is_asked_is_told_after_it() {
        let operator = somebody(&[130], &["<waits>"]);
        let watch = Watch::new(&operator, TEXT, Limits::default());
        assert_eq!(asked(&watch).await, None);
        watch.entry(&view(), &Entry::Unwatched { at: Stamp(1), why: String::new() });
        assert_eq!(operator.said.borrow().len(), 1, "the question alone");
        assert_eq!(watch.end(), Ended::Over);
        assert_eq!(operator.said.borrow().len(), 3);
        assert!(operator.said.borrow().iter().any(String::is_empty), "on a line of its own");
    }

    #[tokio::test]
    async fn without_waiting_it_ends_with_the_last_change() {
        let operator = Scripted::default();
        let until = Some((5, "ecs:RunTask"));
        for (writes, enough) in [
            (&[][..], false),
            (&[(3, "ecs:RunTask")], false),
            (&[(3, "ecs:RunTask"), (5, "s3:PutObject")], false),
            (&[(3, "ecs:RunTask"), (5, "s3:PutObject"), (5, "ecs:RunTask")], true),
        ] {
            let watch = Watch::new(&operator, TEXT, Limits { until, ..Limits::default() });
            for (step, write) in writes {
                let Entry::After { at, write, result, ok, .. } = after(write) else { unreachable!() };
                watch.entry(&view(), &Entry::After { at, write, result, ok, step: Some(*step) });
            }
            assert_eq!(asked(&watch).await, enough.then_some(Ended::Enough), "{writes:?}");
        }
    }

    #[tokio::test]
    async fn its_time_can_be_over() {
        let operator = Scripted::default();
        let timeout = Some(Duration::from_millis(1));
        let watch = Watch::new(&operator, TEXT, Limits { timeout, ..Limits::default() });
        watch.stop().await;
        assert_eq!(watch.end(), Ended::TimedOut);
    }

    #[tokio::test]
    async fn a_second_signal_leaves_at_once() {
        let operator = Scripted { signals: RefCell::new([130, 130].into()), ..Scripted::default() };
        let watch = Watch::new(&operator, TEXT, Limits::default());
        let left = tokio::time::timeout(Duration::ZERO, watch.leave()).await;
        assert!(left.is_err(), "nobody asked to stop yet");
        watch.stop().await;
        watch.leave().await;
    }
}
