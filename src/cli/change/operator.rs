//! Whoever sits in front of it, or nobody: signals, questions, and where text for people goes.

use crate::runtime::signals;
use rustix::termios::{QueueSelector, isatty, tcflush};
use std::{
    cell::RefCell,
    future::{Future, pending},
    io::{self, BufRead, Write},
    thread,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A person at a terminal, or a job of a CI.
pub trait Operator {
    /// True where a question finds somebody.
    fn present(&self) -> bool;

    /// Waits for the next signal that asks to end; the exit code for it.
    fn signal(&self) -> impl Future<Output = u8>;

    /// Asks, and waits for a line; none when nobody answers any more.
    fn ask(&self, question: &str) -> impl Future<Output = Option<String>>;

    /// Says a line.
    fn say(&self, line: &str);
}

/// The operator of this process.
#[derive(Debug, Default)]
pub struct Console {
    lines: RefCell<Option<UnboundedReceiver<String>>>,
}

/// True where somebody can be asked: questions are written to standard error and answered on standard input.
pub fn attended() -> bool {
    isatty(io::stdin()) && isatty(io::stderr())
}

impl Operator for Console {
    fn present(&self) -> bool {
        attended()
    }

    async fn signal(&self) -> u8 {
        match signals::asked_to_end().await {
            Ok(code) => code,
            // then they do what they do by themselves
            Err(_) => pending().await,
        }
    }

    async fn ask(&self, question: &str) -> Option<String> {
        let mut lines = self.lines.take().unwrap_or_else(read_lines);
        // what was typed before the question was there is no answer to it
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        while lines.try_recv().is_ok() {}
        let mut out = io::stderr();
        let _ = write!(out, "{question} ").and_then(|()| out.flush());
        let slot = Kept { lines: Some(lines), slot: &self.lines };
        slot.next().await
    }

    fn say(&self, line: &str) {
        let _ = writeln!(io::stderr(), "{line}");
    }
}

/// Puts the lines back when a question is given up.
struct Kept<'a> {
    lines: Option<UnboundedReceiver<String>>,
    slot: &'a RefCell<Option<UnboundedReceiver<String>>>,
}

impl Kept<'_> {
    async fn next(mut self) -> Option<String> {
        self.lines.as_mut()?.recv().await
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.slot.replace(self.lines.take());
    }
}

/// Lines of standard input, from a thread that ends with the process.
fn read_lines() -> UnboundedReceiver<String> {
    let (tell, lines) = unbounded_channel();
    // without the thread there is nobody to answer, which the closed channel says
    let _ = thread::Builder::new().name("answers".into()).spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Somebody who does what was written down before: signals and answers in their order.
    #[derive(Debug, Default)]
    pub struct Scripted {
        pub present: bool,
        pub signals: RefCell<VecDeque<u8>>,
        pub answers: RefCell<VecDeque<&'static str>>,
        pub said: RefCell<Vec<String>>,
    }

    impl Operator for Scripted {
        fn present(&self) -> bool {
            self.present
        }

        async fn signal(&self) -> u8 {
            let next = self.signals.borrow_mut().pop_front();
            match next {
                Some(code) => code,
                None => pending().await,
            }
        }

        async fn ask(&self, question: &str) -> Option<String> {
            self.said.borrow_mut().push(question.to_owned());
            let next = self.answers.borrow_mut().pop_front();
            match next {
                Some("<waits>") => pending().await,
                answer => answer.map(str::to_owned),
            }
        }

        fn say(&self, line: &str) {
            self.said.borrow_mut().push(line.to_owned());
        }
    }
}
