//! How much time went by over a row of looks, whatever clocks do meanwhile.
//!
//! What a clock shows may jump: it follows the dates of AWS's answers, and a machine sleeps. A jump between two looks is
//! no time in which anything was watched, and nothing is stopped or given up for it.

use crate::model::Stamp;

/// Milliseconds between two looks that need no explanation: the longest pause, and a call that was tried again.
const MOST_MS: i64 = 60_000;

/// Time that was watched.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::ops) struct Elapsed {
    ms: i64,
    last: Option<Stamp>,
    /// How long the last pause was that was no jump, and how long one may be.
    usual: i64,
    most: i64,
}

impl Elapsed {
    /// Goes on at this moment, so many milliseconds having gone by before.
    pub(in crate::ops) fn after(ms: i64, now: Stamp) -> Self {
        Self { ms: ms.max(0), last: Some(now), ..Self::default() }
    }

    /// Milliseconds.
    pub(in crate::ops) fn ms(&self) -> i64 {
        self.ms
    }

    /// Takes in that it is this late now; gives by how much the clock jumped, if it did. A clock that always goes so fast, as a simulator's
    /// may, is known after a few looks.
    pub(in crate::ops) fn look(&mut self, now: Stamp) -> i64 {
        let turned = self.last.map_or(0, |last| now.since(last));
        self.last = Some(now);
        let (gap, most) = (turned.max(0), self.most.max(MOST_MS));
        let jumped = gap > most;
        self.most = if jumped { most.saturating_mul(2) } else { gap.saturating_mul(2).max(most - most / 4) };
        if !jumped {
            self.usual = gap;
        }
        let counted = self.usual.min(gap);
        self.ms = self.ms.saturating_add(counted);
        turned.saturating_sub(counted)
    }

    /// Goes on after a time in which nobody looked: all of it went by, as far as clocks tell.
    pub(in crate::ops) fn resume(&mut self, now: Stamp) {
        let gap = self.last.map_or(0, |last| now.since(last)).max(0);
        *self = Self::after(self.ms.saturating_add(gap), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(pauses: &[i64]) -> i64 {
        let mut now = Stamp(1_000_000_000_000);
        let mut elapsed = Elapsed::after(0, now);
        for pause in pauses {
            now = now.plus(*pause);
            elapsed.look(now);
        }
        elapsed.ms()
    }

    #[test]
    fn jumps_are_no_time_and_a_fast_clock_is_learnt() {
        let hour = 3_600_000;
        for (pauses, ms) in [
            (vec![5_000; 4], 20_000),
            (vec![5_000, 2 * hour, 5_000], 15_000),
            (vec![2 * hour, 5_000, 5_000], 10_000),
            (vec![5_000, -2 * hour, 5_000, 2 * hour, 5_000], 20_000),
            // two turns of the clock in a row, and a pause as long as the last one may have been
            (vec![5_000, 2 * hour, 2 * hour, 5_000], 20_000),
            (vec![50_000, 90_000], 140_000),
            // five minutes a look
            ([300_000; 10].to_vec(), 7 * 300_000),
        ] {
            assert_eq!(over(&pauses), ms, "{pauses:?}");
        }
        assert_eq!(Elapsed::after(-5, Stamp(0)).ms(), 0);
    }
}
