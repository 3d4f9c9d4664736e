//! AWS no tidier than it promises: a layer over the world's answers.
//!
//! Every answer stays within AWS's service models. What AWS leaves open is decided by a seed: the order of
//! lists that have none (`order`), members that may be absent (`absent`), pages that are short or empty
//! and not the last (`pages`), and reads that do not know yet what was written (`late`). With `future`
//! answers go beyond today's models as well, as AWS does between two releases of an SDK: values and members
//! that nobody knows yet (`future`).
//!
//! The same seed and the same calls give the same answers. What is drawn hangs on the call and on how often
//! it was made before, not on what else is asked meanwhile.

mod absent;
mod future;
mod late;
pub mod layer;
mod order;
mod pages;
mod path;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::str::FromStr;

use super::api::Call;
use super::hash;

/// Calls whose number of times is remembered; beyond, counting begins anew.
const MAX_COUNTS: usize = 100_000;

/// How untidy: `--untidy SEED`, `--untidy SEED,future`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untidiness {
    /// What is drawn hangs on it.
    pub seed: u64,
    /// Whether answers go beyond today's models.
    pub future: bool,
}

impl FromStr for Untidiness {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (seed, more) = text.split_once(',').map_or((text, None), |(seed, more)| (seed, Some(more)));
        let seed = seed.parse().map_err(|_| "a seed is a whole number: --untidy 7".to_owned())?;
        match more {
            None => Ok(Self { seed, future: false }),
            Some("future") => Ok(Self { seed, future: true }),
            Some(_) => {
                Err("behind the seed there may stand `future` and nothing else: --untidy 7,future".into())
            }
        }
    }
}

/// Where every draw comes from.
#[derive(Debug)]
struct Dice {
    untidiness: Untidiness,
    counts: HashMap<u64, u64>,
}

impl Dice {
    fn new(untidiness: Untidiness) -> Self {
        Self { untidiness, counts: HashMap::new() }
    }

    fn roll(&mut self, call: &Call) -> Roll {
        if self.counts.len() >= MAX_COUNTS {
            self.counts.clear();
        }
        let seed = hash::mix(self.untidiness.seed);
        let what = format!("{} {} {} {}", call.account, call.service.name(), call.op, call.input);
        let call = hash::of(what.as_bytes(), seed);
        let count = self.counts.entry(call).or_default();
        *count += 1;
        Roll { call: hash::mix(call ^ hash::mix(*count)), seed }
    }
}

/// The draws of one call.
#[derive(Debug, Clone, Copy)]
struct Roll {
    call: u64,
    seed: u64,
}

impl Roll {
    /// A number of this call's own.
    fn number(self, salt: u64) -> u64 {
        hash::mix(self.call ^ hash::mix(salt))
    }

    /// True once in so many calls.
    fn once_in(self, salt: u64, calls: u64) -> bool {
        self.number(salt).is_multiple_of(calls)
    }

    /// A number that hangs on the seed and a name alone: the same in every call.
    fn lasting(self, name: &str, salt: u64) -> u64 {
        hash::of(name.as_bytes(), self.seed ^ hash::mix(salt))
    }
}
