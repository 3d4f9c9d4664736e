//! What metrics say of a version: answers, latency and traffic, beside what they were before it.

use crate::model::{Metric, Series, Stamp, Unread};
use crate::ops::VerifySettings;
use crate::ops::facts::{Measures, VerifyFacts};

/// Errors and requests that it takes to decide before the window is over.
const EARLY: (u64, u64) = (5, 20);

/// The share of a service's requests up to which a balancer's own 5xx are nobody's concern, where no bound is set.
const QUIET: f64 = 0.01;

/// Minutes in a row with too high a p99 that it takes to decide before the window is over.
const EARLY_MINUTES: usize = 3;

/// Requests that would have come in, had nothing changed, for it to mean something that none did.
const EXPECTED: f64 = 20.0;

/// Minutes without a request that it takes to say that they vanished.
const VANISHED_MINUTES: u32 = 3;

impl Measures {
    /// What lies in a span of time.
    pub(in crate::ops) fn of(series: &[Series], from: Stamp, end: Stamp) -> Self {
        let mut p99 = values(series, Metric::LatencyP99, from, end);
        p99.sort_by(f32::total_cmp);
        let sum = |metric| count(&values(series, metric, from, end));
        let inside = |series: &Series, index: usize| (from..end).contains(&series.at(index));
        let told = |series: &Series| {
            let points = series.points.iter().enumerate();
            points.filter(|(index, point)| point.is_some() && inside(series, *index)).count()
        };
        let minutes = series.iter().map(told).max().unwrap_or(0);
        Self {
            minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
            requests: sum(Metric::Requests),
            errors: sum(Metric::Errors),
            balancer: sum(Metric::BalancerErrors),
            p99: p99.get(p99.len() / 2).copied(),
            cpu: mean(&values(series, Metric::Cpu, from, end)),
        }
    }

    /// The same over the newest minutes that are told, at most so many.
    pub(in crate::ops) fn newest(series: &[Series], minutes: i64) -> Self {
        let Some(until) = told_until(series) else { return Self::default() };
        Self::of(series, until.plus(-minutes.saturating_mul(60_000)), until)
    }

    /// The share of answers that were 5xx; none where nothing came in.
    fn ratio(&self, balancer: u64) -> Option<f64> {
        ratio(self.errors.saturating_add(balancer), self.requests)
    }

    /// The share of answers that were 5xx, those of a balancer that serves others left out.
    pub(in crate::ops) fn share(&self, alone: bool) -> Option<f64> {
        self.ratio(if alone { self.balancer } else { 0 })
    }

    fn per_minute(&self, count: u64) -> f64 {
        if self.minutes == 0 { 0.0 } else { float(count) / f64::from(self.minutes) }
    }
}

/// What the metrics say since the rollout ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    /// Why they cannot be read.
    pub(super) trouble: Option<&'static str>,
    read: bool,
    now: Measures,
    /// The p99 of each minute, oldest first, milliseconds.
    p99: Vec<f32>,
    /// The end of the newest minute that is told.
    told_until: Option<Stamp>,
    /// Why requests, answers with 5xx, and p99 are not known.
    requests_unread: Option<Unread>,
    errors_unread: Option<Unread>,
    p99_unread: Option<Unread>,
}

/// Why one of these metrics could not be read.
pub(in crate::ops) fn unread<'a>(series: &'a [Series], metrics: &[Metric]) -> Option<&'a Unread> {
    series.iter().filter(|series| metrics.contains(&series.metric)).find_map(|series| series.unread.as_ref())
}

impl Numbers {
    /// Takes the points from `from` to before `end`. A minute that began before is half of the old version.
    pub(super) fn take(&mut self, series: &[Series], from: Stamp, end: Stamp) {
        *self = Self {
            trouble: None,
            read: true,
            now: Measures::of(series, from, end),
            p99: values(series, Metric::LatencyP99, from, end),
            told_until: told_until(series),
            requests_unread: unread(series, &[Metric::Requests]).cloned(),
            errors_unread: unread(series, &[Metric::Errors, Metric::BalancerErrors, Metric::Requests])
                .cloned(),
            p99_unread: unread(series, &[Metric::LatencyP99]).cloned(),
        };
    }

    /// Whether what could not be read is worth asking for again.
    pub(super) fn may_be_told_yet(&self, settings: &VerifySettings) -> bool {
        let errors = self.errors_unread.as_ref().filter(|_| settings.asks_errors());
        let p99 = self.p99_unread.as_ref().filter(|_| settings.asks_p99());
        [errors, p99].into_iter().flatten().any(|unread| !unread.denied)
    }

    /// Whether they tell anything.
    pub(super) fn heard(&self) -> bool {
        self.now.requests > 0 || self.now.balancer > 0 || !self.p99.is_empty()
    }

    /// Until when CloudWatch tells of minutes; none where it tells of none.
    pub(super) fn told_until(&self) -> Option<Stamp> {
        self.told_until
    }

    /// What of them was to be heard and was not.
    pub(super) fn unheard(&self, verify: &VerifyFacts) -> Vec<String> {
        let settings = &verify.settings;
        let why = match (self.trouble, self.read) {
            (Some(trouble), _) => trouble.to_owned(),
            (None, false) => "not read".to_owned(),
            (None, true) if self.now.minutes == 0 => "CloudWatch has no data for the window".to_owned(),
            (None, true) => "no requests".to_owned(),
        };
        let mut found = Vec::new();
        let not_read = |unread: &Unread| format!("could not be read: {}", unread.why);
        if settings.asks_errors() {
            match &self.errors_unread {
                Some(unread) => found.push(format!("5xx ({})", not_read(unread))),
                None if self.ratio(verify).is_none() => found.push(format!("5xx ({why})")),
                None => {}
            }
        }
        if settings.asks_p99() {
            match &self.p99_unread {
                Some(unread) => found.push(format!("p99 ({})", not_read(unread))),
                None if self.p99.is_empty() => found.push(format!("p99 ({why})")),
                None => {}
            }
        }
        if !verify.rollback && found.is_empty() {
            let before = verify.before.unwrap_or_default();
            if settings.max_5xx_rise.is_some() && before.requests == 0 {
                found.push("5xx of the hour before (no requests)".to_owned());
            }
            if settings.max_p99_rise.is_some() && before.p99.is_none() {
                found.push("p99 of the hour before (no requests)".to_owned());
            }
        }
        found
    }

    /// 5xx of the balancer that count: where it serves others, only those beyond what there was before.
    fn balancer(&self, verify: &VerifyFacts) -> u64 {
        if verify.alone {
            return self.now.balancer;
        }
        let before = verify.before.unwrap_or_default();
        let usual = before.per_minute(before.balancer) * f64::from(self.now.minutes);
        self.now.balancer.saturating_sub(whole(usual.ceil()))
    }

    /// The share of answers that were 5xx; at least that, where some of them could not be read.
    fn ratio(&self, verify: &VerifyFacts) -> Option<f64> {
        self.now.ratio(self.balancer(verify)).filter(|_| self.requests_unread.is_none())
    }

    /// What speaks against the version clearly enough.
    pub(super) fn finding(&self, verify: &VerifyFacts, over: bool) -> Option<String> {
        self.too_many(verify, over)
            .or_else(|| self.not_mended(verify, over))
            .or_else(|| self.too_slow(verify, over))
            .or_else(|| self.vanished(verify, over))
    }

    fn too_many(&self, verify: &VerifyFacts, over: bool) -> Option<String> {
        let settings = &verify.settings;
        let own = self.balancer(verify);
        let errors = self.now.errors.saturating_add(own);
        let ratio = self.ratio(verify)?;
        let enough = over || (errors >= EARLY.0 && self.now.requests.max(errors) >= EARLY.1);
        if !enough || errors == 0 {
            return None;
        }
        let by = if own == 0 {
            String::new()
        } else {
            format!(", {} of {} by the load balancer itself", thousands(own), thousands(errors))
        };
        if let Some(most) = settings.max_5xx_ratio.filter(|most| ratio > *most) {
            let (is, asked) = (percent(ratio), percent(most));
            return Some(format!("{is} of responses were 5xx, above the limit of {asked}{by}"));
        }
        let before = verify.before.filter(|before| !verify.rollback && before.requests > 0)?;
        // of a balancer that serves others what was there before is taken off already
        let was = before.ratio(if verify.alone { before.balancer } else { 0 })?;
        let most = settings.max_5xx_rise.filter(|most| ratio > was + *most)?;
        let (was, is, asked) = (percent(was), percent(ratio), percent(most));
        Some(format!("5xx rose from {was} to {is} of responses; the limit is a rise of {asked}{by}"))
    }

    fn too_slow(&self, verify: &VerifyFacts, over: bool) -> Option<String> {
        let settings = &verify.settings;
        #[allow(clippy::cast_precision_loss, reason = "a bound in milliseconds")]
        let absolute = settings.max_p99_ms.map(|most| (most as f64, format!("over {most}ms")));
        let before = verify.before.filter(|_| !verify.rollback).and_then(|before| before.p99);
        let rise = settings.max_p99_rise.zip(before).map(|(rise, before)| {
            let bound = f64::from(before) * (1.0 + rise);
            (
                bound,
                format!("over {bound:.0}ms, {} above the {before:.0}ms of the hour before,", percent(rise)),
            )
        });
        [absolute, rise].into_iter().flatten().find_map(|(bound, words)| {
            let high = |value: &f32| f64::from(*value) > bound;
            let last = self.p99.iter().rev().take_while(|value| high(value)).count();
            let all = self.p99.iter().filter(|value| high(value)).count();
            let enough = last >= EARLY_MINUTES || (over && all * 2 > self.p99.len());
            let worst = self.p99.iter().copied().fold(0.0_f32, f32::max);
            let minutes = self.p99.len();
            enough.then(|| format!("p99 was {words} in {all} of {minutes} minutes, {worst:.0}ms at worst"))
        })
    }

    /// Requests that came in before, and do not any more: what is told of is told, and they are not among it.
    fn vanished(&self, verify: &VerifyFacts, over: bool) -> Option<String> {
        if self.errors_unread.is_some() {
            return None;
        }
        let before = verify.before.filter(|before| !verify.rollback && before.requests > 0)?;
        let minutes = self.now.minutes;
        let rate = before.per_minute(before.requests);
        let enough = minutes >= VANISHED_MINUTES || (over && minutes > 0);
        let gone = self.now.requests == 0 && self.now.balancer == 0;
        (gone && enough && rate * f64::from(minutes) >= EXPECTED).then(|| {
            let were = thousands(whole(rate.round()));
            format!("no request came in during {minutes} minutes, where there were {were} a minute before")
        })
    }

    /// After a rollback: a balancer that serves others too, and answers by itself with 5xx as often as before. What
    /// was usual is not known there, since what was before is what was to be mended.
    fn not_mended(&self, verify: &VerifyFacts, over: bool) -> Option<String> {
        let before = verify.before.filter(|_| verify.rollback && !verify.alone && over)?;
        let most = verify.settings.max_5xx_ratio.unwrap_or(QUIET);
        let (was, is) = (before.per_minute(before.balancer), self.now.per_minute(self.now.balancer));
        let much = is > self.now.per_minute(self.now.requests.max(1)) * most;
        (much && is >= was / 2.0 && was > 0.0).then(|| {
            let (was, is) = (thousands(whole(was.round())), thousands(whole(is.round())));
            format!("the load balancer answers by itself with 5xx {is} times a minute, {was} before")
        })
    }

    /// The balancer's own 5xx: those that count, where it serves others; after a rollback how many a minute, before and
    /// after.
    fn balancers_own(&self, verify: &VerifyFacts) -> Option<String> {
        if verify.rollback && !verify.alone {
            let was = verify.before.map(|before| before.per_minute(before.balancer)).unwrap_or_default();
            let is = self.now.per_minute(self.now.balancer);
            let (was, is) = (whole(was.round()), whole(is.round()));
            return (was > 0 || is > 0).then(|| {
                format!("{} → {} a minute by the load balancer itself", thousands(was), thousands(is))
            });
        }
        let own = self.balancer(verify);
        let others = if own < self.now.balancer { " beyond the usual" } else { "" };
        (own > 0).then(|| format!("{} by the load balancer itself{others}", thousands(own)))
    }

    /// In a few words, one for each bound that is asked for.
    pub(super) fn told(&self, verify: &VerifyFacts) -> Vec<String> {
        let settings = &verify.settings;
        if !settings.asks_metrics() {
            return Vec::new();
        }
        if verify.unmeasured() {
            return vec!["5xx and p99 cannot be measured".to_owned()];
        }
        if let Some(trouble) = self.trouble {
            return vec![format!("metrics not read ({trouble})")];
        }
        if !self.heard() && self.errors_unread.is_none() && self.p99_unread.is_none() {
            let why = match (self.read, self.now.minutes) {
                (false, _) => "metrics not read yet",
                (true, 0) => "CloudWatch has no data for it",
                (true, _) => "no requests",
            };
            return vec![why.to_owned()];
        }
        let before = verify.before.filter(|_| verify.rollback || settings.max_5xx_rise.is_some());
        let mut parts = Vec::new();
        if settings.asks_errors() {
            parts.push(match self.ratio(verify) {
                _ if self.errors_unread.is_some() => "5xx not read".to_owned(),
                Some(ratio) => {
                    let was = before.and_then(|b| b.ratio(if verify.alone { b.balancer } else { 0 }));
                    let was = was.map_or_else(String::new, |was| format!("{} → ", percent(was)));
                    let of = thousands(self.now.requests.max(self.now.errors));
                    format!("5xx {was}{} of {of}", percent(ratio))
                }
                None => "no requests".to_owned(),
            });
            parts.extend(self.balancers_own(verify));
        }
        if settings.asks_p99() {
            let before = verify.before.filter(|_| verify.rollback || settings.max_p99_rise.is_some());
            let was = before.and_then(|b| b.p99).map_or_else(String::new, |was| format!("{was:.0}ms → "));
            parts.push(match (&self.p99_unread, self.p99.last()) {
                (Some(_), _) => "p99 not read".to_owned(),
                (None, Some(ms)) => format!("p99 {was}{ms:.0}ms"),
                (None, None) => "no p99".to_owned(),
            });
        }
        if let (true, Some(was), Some(is)) =
            (verify.rollback, verify.before.and_then(|b| b.cpu), self.now.cpu)
        {
            parts.push(format!("CPU {was:.0}% → {is:.0}%"));
        }
        parts
    }
}

/// What a window asks for.
pub(in crate::ops) fn asks(settings: &VerifySettings) -> String {
    let mut parts = Vec::new();
    if let Some(most) = settings.max_5xx_ratio {
        parts.push(format!("5xx at most {}", percent(most)));
    }
    if let Some(most) = settings.max_5xx_rise {
        parts.push(format!("5xx at most {} above the hour before", percent(most)));
    }
    if let Some(most) = settings.max_p99_ms {
        parts.push(format!("p99 at most {most}ms"));
    }
    if let Some(most) = settings.max_p99_rise {
        parts.push(format!("p99 at most {} above the hour before", percent(most)));
    }
    if !settings.alarms.is_empty() {
        parts.push(format!("quiet: {}", settings.alarms.join(", ")));
    }
    if parts.is_empty() { "nothing but that it stays in place".to_owned() } else { parts.join(", ") }
}

/// The points of a metric in a span of time.
fn values(series: &[Series], metric: Metric, from: Stamp, end: Stamp) -> Vec<f32> {
    let Some(found) = series.iter().find(|s| s.metric == metric) else { return Vec::new() };
    let inside = |index: &usize| (from..end).contains(&found.at(*index));
    let points = found.points.iter().enumerate().filter(|(index, _)| inside(index));
    points.filter_map(|(_, point)| *point).collect()
}

/// The end of the newest minute of which anything is told.
fn told_until(series: &[Series]) -> Option<Stamp> {
    let newest = |series: &Series| {
        let index = series.points.iter().rposition(Option::is_some)?;
        Some(series.at(index).plus(i64::from(series.period).saturating_mul(1_000)))
    };
    series.iter().filter_map(newest).max()
}

fn mean(values: &[f32]) -> Option<f32> {
    let count = u16::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().sum::<f32>() / f32::from(count))
}

/// A sum of counts that AWS gives as floating point.
fn count(values: &[f32]) -> u64 {
    whole(values.iter().map(|value| f64::from(*value)).sum::<f64>().round())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what is exact")]
fn whole(value: f64) -> u64 {
    value.clamp(0.0, 9e15) as u64
}

#[allow(clippy::cast_precision_loss, reason = "a count of requests")]
fn float(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "a share of counts, shown with one digit")]
fn ratio(errors: u64, requests: u64) -> Option<f64> {
    // what a balancer answers where it finds no target is among no target's requests
    (requests > 0 || errors > 0).then(|| errors as f64 / requests.max(errors) as f64)
}

/// `0.0%`, `0.05%`, `12.3%`: never so short that something looks like nothing.
fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent > 0.0 && percent < 0.1 { format!("{percent:.2}%") } else { format!("{percent:.1}%") }
}

/// `1,234`.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: &[(Metric, &[Option<f32>])]) -> Vec<Series> {
        let of = |(metric, points): &(Metric, &[Option<f32>])| Series {
            metric: *metric,
            start: Stamp(0),
            period: 60,
            points: points.to_vec(),
            unread: None,
        };
        points.iter().map(of).collect()
    }

    fn verify(settings: VerifySettings, before: Measures) -> VerifyFacts {
        VerifyFacts {
            settings,
            traffic: crate::model::Traffic::one("app/a/1", "targetgroup/a/1"),
            before: Some(before),
            ..VerifyFacts::default()
        }
    }

    type Case<'a> = (VerifySettings, &'a [(Metric, &'a [Option<f32>])], Option<&'a str>);

    const HOUR: Measures =
        Measures { minutes: 60, requests: 36_000, errors: 36, balancer: 60, p99: Some(80.0), cpu: None };
    const END: Stamp = Stamp(240_000);

    #[test]
    fn what_was_before_is_compared_with() {
        let ratio = || VerifySettings { max_5xx_ratio: Some(0.02), ..VerifySettings::default() };
        let rise = || VerifySettings { max_5xx_rise: Some(0.01), ..VerifySettings::default() };
        let slower = || VerifySettings { max_p99_rise: Some(0.5), ..VerifySettings::default() };
        let many = [Some(600.0); 4];
        let table: [Case<'_>; 8] = [
            (ratio(), &[(Metric::Requests, &many), (Metric::Errors, &[Some(1.0); 4])], None),
            (
                rise(),
                &[(Metric::Requests, &many), (Metric::Errors, &[Some(12.0); 4])],
                Some("5xx rose from 0.1% to 2.0% of responses; the limit is a rise of 1.0%"),
            ),
            (
                ratio(),
                &[(Metric::Requests, &many), (Metric::BalancerErrors, &[Some(480.0); 4])],
                Some("79.8% of responses were 5xx, above the limit of 2.0%, 1,916 of 1,916 by the load"),
            ),
            // what others behind the same balancer do all day is not this deploy's
            (ratio(), &[(Metric::Requests, &many), (Metric::BalancerErrors, &[Some(1.0); 4])], None),
            (
                slower(),
                &[(Metric::Requests, &many), (Metric::LatencyP99, &[Some(130.0); 4])],
                Some("p99 was over 120ms, 50.0% above the 80ms of the hour before, in 4 of 4 minutes, 130ms"),
            ),
            (slower(), &[(Metric::Requests, &many), (Metric::LatencyP99, &[Some(110.0); 4])], None),
            (
                ratio(),
                &[(Metric::Requests, &[None; 4]), (Metric::Cpu, &[Some(3.0); 4])],
                Some("no request came in during 4 minutes, where there were 600 a minute before"),
            ),
            // nothing is told of any minute: that is no silence of requests
            (ratio(), &[(Metric::Requests, &[None; 4]), (Metric::Cpu, &[None; 4])], None),
        ];
        for (settings, points, expected) in table {
            let mut numbers = Numbers::default();
            numbers.take(&series(points), Stamp(0), END);
            let found = numbers.finding(&verify(settings, HOUR), true);
            match expected {
                Some(expected) => {
                    assert!(found.as_deref().is_some_and(|f| f.contains(expected)), "{found:?}");
                }
                None => assert_eq!(found, None),
            }
        }
    }

    #[test]
    fn a_balancer_of_others_is_told_by_what_counts() {
        let ratio = || VerifySettings { max_5xx_ratio: Some(0.02), ..VerifySettings::default() };
        let after = |own: f32| {
            let mut numbers = Numbers::default();
            let points =
                [(Metric::Requests, &[Some(600.0); 4][..]), (Metric::BalancerErrors, &[Some(own); 4][..])];
            numbers.take(&series(&points), Stamp(0), END);
            numbers
        };
        // one a minute is what others do all day: of 96 there are 92 beyond
        let told = after(24.0).told(&verify(ratio(), HOUR)).join(" · ");
        assert_eq!(told, "5xx 3.8% of 2,400 · 92 by the load balancer itself beyond the usual");
        assert_eq!(after(1.0).told(&verify(ratio(), HOUR)), ["5xx 0.0% of 2,400"]);
        // after a rollback what was before is no measure of what is usual
        let bad = Measures { minutes: 5, requests: 3_000, errors: 0, balancer: 2_400, p99: None, cpu: None };
        let back = || VerifyFacts { rollback: true, ..verify(ratio(), bad) };
        let mended = after(2.0);
        assert_eq!(mended.finding(&back(), true), None);
        assert_eq!(
            mended.told(&back()),
            ["5xx 0.0% → 0.0% of 2,400", "480 → 2 a minute by the load balancer itself"]
        );
        let found = after(470.0).finding(&back(), true);
        assert_eq!(
            found.as_deref(),
            Some("the load balancer answers by itself with 5xx 470 times a minute, 480 before")
        );
    }

    #[test]
    fn what_is_not_told_is_named() {
        let settings = || VerifySettings {
            max_5xx_ratio: Some(0.01),
            max_p99_rise: Some(0.5),
            ..VerifySettings::default()
        };
        let mut numbers = Numbers::default();
        assert_eq!(numbers.unheard(&verify(settings(), HOUR)), ["5xx (not read)", "p99 (not read)"]);
        numbers.take(&series(&[(Metric::Requests, &[None; 4])]), Stamp(0), END);
        let nothing = "CloudWatch has no data for the window";
        assert_eq!(
            numbers.unheard(&verify(settings(), HOUR)),
            [format!("5xx ({nothing})"), format!("p99 ({nothing})")]
        );
        let some = [(Metric::Requests, &[Some(9.0); 4][..]), (Metric::LatencyP99, &[Some(9.0); 4][..])];
        numbers.take(&series(&some), Stamp(0), END);
        assert!(numbers.unheard(&verify(settings(), HOUR)).is_empty());
        assert_eq!(
            numbers.unheard(&verify(settings(), Measures::default())),
            ["p99 of the hour before (no requests)"]
        );
        assert_eq!(numbers.told_until(), Some(END));
    }

    #[test]
    fn the_newest_minutes_are_those_that_are_told() {
        let points: Vec<Option<f32>> = vec![Some(1.0), Some(2.0), Some(4.0), Some(8.0), None, None];
        let found = Measures::newest(&series(&[(Metric::Requests, &points)]), 2);
        assert_eq!((found.requests, found.minutes), (12, 2));
        assert_eq!(Measures::newest(&series(&[(Metric::Requests, &[None])]), 2), Measures::default());
    }
}
