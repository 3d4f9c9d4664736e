//! The layer itself: what a call is asked for, and what becomes of its answer.

use super::late::Late;
use super::{Dice, Untidiness, absent, future, late, order, pages};
use crate::sim::api::{Answer, Backend, Call};

/// A backend whose answers are as untidy as AWS's; as tidy as they are without an [`Untidiness`].
#[derive(Debug)]
pub struct Untidy<B> {
    inner: B,
    dice: Option<Dice>,
    late: Late,
}

impl<B: Backend> Untidy<B> {
    /// A layer over a backend.
    pub fn over(inner: B, untidiness: Option<Untidiness>) -> Self {
        Self { inner, dice: untidiness.map(Dice::new), late: Late::default() }
    }
}

impl<B: Backend> Backend for Untidy<B> {
    fn advance(&mut self, now: f64) {
        self.inner.advance(now);
    }

    fn handle(&mut self, call: &Call) -> Answer {
        let Some(dice) = &mut self.dice else { return self.inner.handle(call) };
        let roll = dice.roll(call);
        let future = dice.untidiness.future;
        let mut asked = call.clone();
        let small_pages = pages::cut(&mut asked, roll);
        asked.now -= late::metrics(call, roll);
        let before = late::before(&mut self.inner, call);
        let mut answer = self.inner.handle(&asked)?;
        self.late.written(call, &answer, before, roll);
        self.late.read(&mut self.inner, call, &mut answer, roll);
        if let Some(small_pages) = small_pages {
            small_pages.serve(&mut answer, roll);
        }
        order::mix(call, &mut answer, roll);
        absent::leave_out(call, &mut answer, roll);
        if future {
            future::go_beyond(call, &mut answer, roll);
        }
        Ok(answer)
    }

    fn account_of(&self, access_key_id: &str) -> String {
        self.inner.account_of(access_key_id)
    }

    fn environment_of(&self, call: &Call) -> Option<String> {
        self.inner.environment_of(call)
    }
}
