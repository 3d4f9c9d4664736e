//! How often what is read: within half of AWS's rates and within the cost the settings allow.

use crate::model::{Range, Stamp, Trouble, TroubleKind};

/// Milliseconds between reads of rows that are rolling.
pub const ROLLING_MS: u64 = 3_000;
/// Milliseconds between reads of the open service while nothing rolls.
pub const DETAIL_MS: u64 = 10_000;
/// Milliseconds between reads of sparklines, as long as the cost allows.
pub const SPARKS_MS: u64 = 60_000;
/// Milliseconds after the list was moved until sparklines of the rows that came up are read.
pub const SPARKS_SETTLE_MS: u64 = 700;
/// Milliseconds between reads of a followed log.
pub const LOGS_MS: u64 = 2_000;
/// Milliseconds until a log is read on when AWS said that there is more.
pub const LOGS_MORE_MS: u64 = 250;
/// Milliseconds between tries with credentials that were refused, loaded anew each time.
pub const CREDENTIALS_MS: u64 = 30_000;
/// Milliseconds between reads of the team's runs, while they are on the screen.
pub const RECORDS_MS: u64 = 30_000;
/// Milliseconds between reads of all alarms, while they are on the screen.
pub const ALL_ALARMS_MS: u64 = 45_000;
/// Milliseconds between reads of the timeline, while it is on the screen.
pub const TIMELINE_MS: u64 = 45_000;
/// Milliseconds between two orders of a large fleet while rows come in.
pub const ORDER_MS: u64 = 250;
/// Milliseconds that a notice is shown.
pub const NOTICE_MS: u64 = 8_000;
/// Milliseconds until a key sequence that was begun is given up.
pub const SEQUENCE_MS: u64 = 1_500;
/// Milliseconds between two writes of the cached fleet.
pub const SAVE_MS: i64 = 60_000;
/// Dollars for one metric of one service asked once (CloudWatch GetMetricData, $0.01 per 1,000).
pub const DOLLARS_PER_METRIC: f64 = 0.000_01;

/// Describe calls a second that the cockpit allows itself: half of the 20 that ECS refills.
const DESCRIBES_PER_SECOND: u64 = 10;

/// Milliseconds between reads of all rows of an environment: as configured, but never so often that the
/// environments of one account together go beyond half of AWS's rate.
///
/// `ecs` and `app_runner` count the services of the account and region in all its environments.
pub fn fleet_every(refresh_ms: u64, ecs: usize, app_runner: usize) -> u64 {
    let pages = ecs.div_ceil(100) + app_runner.div_ceil(20);
    let calls = u64::try_from(ecs.div_ceil(10) + app_runner + pages).unwrap_or(u64::MAX);
    refresh_ms.max(calls.saturating_mul(1000) / DESCRIBES_PER_SECOND)
}

/// Milliseconds after which rows that are read every `every` milliseconds, where `refresh` is configured, are
/// stale, and their age is shown. A read takes a moment; one that AWS's rate stretches takes as long as the
/// pause before it.
pub fn stale_after(every: u64, refresh: u64) -> i64 {
    let grace = if every > refresh { every } else { (every / 5).max(2_000) };
    i64::try_from(every.max(refresh).saturating_add(grace)).unwrap_or(i64::MAX)
}

/// Milliseconds until the next try after `failures` failures in a row: doubled each time, at most 5 minutes.
/// Credentials are looked for at a steady pace: somebody signs in in another window, and comes back.
pub fn retry_after(every: u64, failures: u32, trouble: &Trouble) -> u64 {
    match trouble.kind {
        TroubleKind::NoCredentials | TroubleKind::Expired | TroubleKind::WrongAccount => CREDENTIALS_MS,
        _ => every.max(1_000).saturating_mul(1 << failures.saturating_sub(1).min(16)).min(every.max(300_000)),
    }
}

/// Milliseconds between reads of charts.
pub fn charts_every(range: Range, rolling: bool) -> u64 {
    match range {
        Range::M15 | Range::H1 | Range::H3 if rolling => 30_000,
        Range::M15 | Range::H1 | Range::H3 => 60_000,
        Range::H12 => 300_000,
        Range::D1 | Range::D7 => 600_000,
    }
}

/// So many milliseconds as what is added to a moment.
pub fn span(millis: u64) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}

/// What metrics may cost: a bucket of dollars that fills at the limit's rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    dollars: f64,
    at: Stamp,
}

impl Budget {
    /// A full bucket: a quarter of an hour's worth.
    pub fn full(limit: f64, now: Stamp) -> Self {
        Self { dollars: limit / 4.0, at: now }
    }

    fn fill(&mut self, limit: f64, now: Stamp) {
        let hours = hours(now.since(self.at).max(0));
        self.dollars = (self.dollars + limit * hours).min(limit / 4.0);
        self.at = now;
    }

    /// Milliseconds until `cost` dollars may be spent; 0 for now. A cost above the whole bucket waits for a
    /// full one.
    pub fn wait(&mut self, cost: f64, limit: f64, now: Stamp) -> u64 {
        self.fill(limit, now);
        let missing = cost.min(limit / 4.0) - self.dollars;
        if missing <= 1e-9 { 0 } else { millis(missing / limit.max(1e-6)) }
    }

    /// Takes out `cost` dollars; the bucket may go below empty, and is then waited for.
    pub fn spend(&mut self, cost: f64, limit: f64, now: Stamp) {
        self.fill(limit, now);
        self.dollars -= cost;
    }
}

#[allow(clippy::cast_precision_loss)] // a duration; the error is far below a cent
fn hours(millis: i64) -> f64 {
    millis as f64 / 3_600_000.0
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to a day before the cast
fn millis(hours: f64) -> u64 {
    (hours.clamp(0.0, 24.0) * 3_600_000.0).ceil() as u64 + 1
}

/// Dollars for so many metrics asked once.
#[allow(clippy::cast_precision_loss)] // counts of metrics
pub fn cost(metrics: usize) -> f64 {
    metrics as f64 * DOLLARS_PER_METRIC
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_fleets_are_read_less_often() {
        for (ecs, app_runner, every) in
            [(0, 0, 10_000), (300, 0, 10_000), (1_000, 0, 11_000), (10_000, 0, 110_000), (100, 200, 22_100)]
        {
            assert_eq!(fleet_every(10_000, ecs, app_runner), every, "{ecs} {app_runner}");
        }
    }

    #[test]
    fn what_is_read_late_is_stale() {
        for (every, refresh, after) in [
            (10_000, 10_000, 12_000),
            (0, 10_000, 12_000),
            (60_000, 60_000, 72_000),
            (110_000, 10_000, 220_000),
        ] {
            assert_eq!(stale_after(every, refresh), after, "{every} {refresh}");
        }
    }

    #[test]
    fn failures_are_tried_less_and_less_often() {
        let trouble = |kind| Trouble {
            kind,
            what: String::new(),
            on: String::new(),
            why: String::new(),
            remedy: String::new(),
        };
        let server = trouble(TroubleKind::Server);
        assert_eq!(retry_after(10_000, 1, &server), 10_000);
        assert_eq!(retry_after(10_000, 3, &server), 40_000);
        assert_eq!(retry_after(10_000, 99, &server), 300_000);
        assert_eq!(retry_after(10_000, 99, &trouble(TroubleKind::Expired)), CREDENTIALS_MS);
    }

    #[test]
    fn an_hour_of_sparklines_costs_no_more_than_the_limit() {
        let limit = 0.10;
        let mut now = Stamp(0);
        let mut budget = Budget::full(limit, now);
        let (mut spent, one) = (0.0, cost(60 * 5));
        while now.0 < 10 * 3_600_000 {
            let wait = budget.wait(one, limit, now);
            if wait == 0 {
                budget.spend(one, limit, now);
                spent += one;
                now = now.plus(60_000);
            } else {
                now = now.plus(i64::try_from(wait).unwrap());
            }
        }
        assert!(spent <= 10.0 * limit + limit / 4.0 + one, "{spent}");
        assert!(spent >= 9.5 * limit, "{spent}");
    }
}
