//! Whoever sits in front of it, or nobody: signals, questions, and where text for people goes.

use crate::runtime::{
    signals,
    typed::{self, OneKey},
};
use std::{
    cell::RefCell,
    future::{Future, pending},
    io::{self, IsTerminal, Write},
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

    /// Asks, and waits for one of these keys alone, without Enter; none when nobody answers any more.
    fn key(&self, question: &str, keys: &[char]) -> impl Future<Output = Option<char>>;

    /// Says a line.
    fn say(&self, line: &str);
}

/// The operator of this process.
#[derive(Debug, Default)]
pub struct Console {
    typed: RefCell<Option<UnboundedReceiver<Vec<u8>>>>,
}

/// True where somebody can be asked: questions are written to standard error and answered on standard input.
pub fn attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
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
        let mut slot = self.listen(question);
        let mut line = Vec::new();
        while !line.contains(&b'\n') {
            line.extend(slot.next().await?);
        }
        let end = line.iter().position(|byte| *byte == b'\n')?;
        Some(String::from_utf8_lossy(line.get(..end)?).trim_end_matches('\r').to_owned())
    }

    async fn key(&self, question: &str, keys: &[char]) -> Option<char> {
        let _one = OneKey::begin();
        let mut slot = self.listen(question);
        loop {
            for byte in slot.next().await? {
                let key = char::from(byte).to_ascii_lowercase();
                if keys.contains(&key) {
                    let _ = writeln!(io::stderr(), "{key}");
                    return Some(key);
                }
            }
        }
    }

    fn say(&self, line: &str) {
        let _ = writeln!(io::stderr(), "{line}");
    }
}

impl Console {
    /// Puts a question, and hears what is typed from now on.
    fn listen(&self, question: &str) -> Kept<'_> {
        let mut typed = self.typed.take().unwrap_or_else(read_on);
        // what was typed before the question was there is no answer to it
        typed::forget();
        while typed.try_recv().is_ok() {}
        let mut out = io::stderr();
        let _ = write!(out, "{question} ").and_then(|()| out.flush());
        Kept { typed: Some(typed), slot: &self.typed }
    }
}

/// Puts what is heard back when a question is given up.
struct Kept<'a> {
    typed: Option<UnboundedReceiver<Vec<u8>>>,
    slot: &'a RefCell<Option<UnboundedReceiver<Vec<u8>>>>,
}

impl Kept<'_> {
    async fn next(&mut self) -> Option<Vec<u8>> {
        self.typed.as_mut()?.recv().await
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.slot.replace(self.typed.take());
    }
}

/// What comes in on standard input, from a thread that ends with the process.
fn read_on() -> UnboundedReceiver<Vec<u8>> {
    let (tell, typed) = unbounded_channel();
    // without the thread there is nobody to answer, which the closed channel says
    let _ = thread::Builder::new().name("answers".into()).spawn(move || {
        let mut buffer = [0; 256];
        loop {
            match typed::read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    if tell.send(buffer.iter().take(count).copied().collect()).is_err() {
                        return;
                    }
                }
            }
        }
    });
    typed
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

        async fn key(&self, question: &str, keys: &[char]) -> Option<char> {
            loop {
                let answer = self.ask(question).await?;
                if let Some(key) = answer.chars().next().filter(|key| keys.contains(key)) {
                    return Some(key);
                }
            }
        }

        fn say(&self, line: &str) {
            self.said.borrow_mut().push(line.to_owned());
        }
    }
}
