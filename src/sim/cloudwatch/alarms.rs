//! Metric alarms: a pure function of time over the metrics.

use serde::Deserialize;

use super::super::api::{Landscape, Subject};
use super::catalog::{PUBLISHED, Series, dimensions};
use super::series::{Reader, minute_of};
use super::stat::Stat;

/// How far back a state's beginning is looked for, in minutes.
const LOOK_BACK: i64 = 24 * 60;
/// When alarms were set up, as far as anyone can see: 2026-01-05 09:00 UTC.
const CONFIGURED: f64 = 1_767_603_600.0;

/// A metric alarm as a world file writes it. Missing data does not breach.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmDef {
    /// AlarmName, unique in its account and region.
    pub name: String,
    /// `AWS/ApplicationELB` and the like.
    pub namespace: String,
    /// MetricName.
    pub metric: String,
    /// Name and value of each dimension.
    pub dimensions: Vec<(String, String)>,
    /// `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or `p99` and the like.
    pub statistic: String,
    /// Seconds a data point; a multiple of 60.
    pub period: u32,
    /// Data points in a row that must breach.
    pub evaluation_periods: u32,
    /// What the statistic is compared with, in the metric's unit.
    pub threshold: f64,
    /// `GreaterThanThreshold`, `GreaterThanOrEqualToThreshold`, `LessThanThreshold` or
    /// `LessThanOrEqualToThreshold`.
    pub comparison: String,
    /// AlarmDescription.
    #[serde(default)]
    pub description: String,
}

impl AlarmDef {
    /// Says in a sentence what is wrong with a definition, for the one who reads world files.
    pub fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if name.is_empty() || name.len() > 255 {
            return Err("an alarm needs a name of 1 to 255 characters".to_owned());
        }
        if !PUBLISHED.iter().any(|row| row.namespace == self.namespace && row.name == self.metric) {
            return Err(format!(
                "alarm {name}: the simulator has no metric {} {}",
                self.namespace, self.metric
            ));
        }
        if Stat::read(&self.statistic).is_none() {
            return Err(format!(
                "alarm {name}: the simulator does not compute the statistic {:?}",
                self.statistic
            ));
        }
        if self.period == 0 || !self.period.is_multiple_of(60) || self.period > 86_400 {
            return Err(format!(
                "alarm {name}: the period must be a multiple of 60 up to 86400, and {} is not",
                self.period
            ));
        }
        if self.evaluation_periods == 0
            || u64::from(self.evaluation_periods) * u64::from(self.period) > 86_400
        {
            return Err(format!(
                "alarm {name}: the evaluation periods must be at least 1 and span at most a day"
            ));
        }
        if Comparison::read(&self.comparison).is_none() {
            return Err(format!("alarm {name}: there is no comparison {:?}", self.comparison));
        }
        if !self.threshold.is_finite() {
            return Err(format!("alarm {name}: the threshold must be a number"));
        }
        Ok(())
    }

    /// Name and value of its dimensions.
    pub(super) fn sought(&self) -> Vec<(&str, &str)> {
        self.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn minutes(&self) -> i64 {
        i64::from(self.period.div_ceil(60).max(1))
    }

    fn points(&self) -> i64 {
        i64::from(self.evaluation_periods.max(1))
    }
}

/// What an alarm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmState {
    /// Within its threshold.
    Ok,
    /// Beyond its threshold for as long as it asks.
    Alarm,
    /// The metric does not exist.
    InsufficientData,
}

impl AlarmState {
    /// As DescribeAlarms spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    pub(super) fn read(name: &str) -> Option<Self> {
        Some(match name {
            "GreaterThanThreshold" => Self::Greater,
            "GreaterThanOrEqualToThreshold" => Self::GreaterOrEqual,
            "LessThanThreshold" => Self::Less,
            "LessThanOrEqualToThreshold" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn breached(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }

    /// "greater than" and the like, for StateReason.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Greater => "greater than",
            Self::GreaterOrEqual => "greater than or equal to",
            Self::Less => "less than",
            Self::LessOrEqual => "less than or equal to",
        }
    }
}

/// The state of an alarm at `now` (epoch seconds).
pub fn alarm_state(
    landscape: &dyn Landscape,
    alarm: &AlarmDef,
    account: &str,
    region: &str,
    now: f64,
) -> AlarmState {
    let subjects = landscape.subjects(account, region);
    let series = find(alarm, &subjects);
    let Some(mut watch) = Watch::of(landscape, alarm, (account, region), &subjects, series, now) else {
        return AlarmState::InsufficientData;
    };
    watch.state()
}

/// The state of an alarm at `now`, and since when it has it (epoch seconds). A state that is older than
/// a day is told to be as old as the alarm.
pub fn alarm_state_since(
    landscape: &dyn Landscape,
    alarm: &AlarmDef,
    account: &str,
    region: &str,
    now: f64,
) -> (AlarmState, f64) {
    let subjects = landscape.subjects(account, region);
    let series = find(alarm, &subjects);
    match Watch::of(landscape, alarm, (account, region), &subjects, series, now) {
        Some(mut watch) => {
            let state = watch.state();
            (state, watch.since(state))
        }
        None => (AlarmState::InsufficientData, configured(now)),
    }
}

/// When an alarm was set up, at the latest two days before `now` (epoch seconds).
pub(super) fn configured(now: f64) -> f64 {
    CONFIGURED.min(((now / 86_400.0).floor() - 2.0) * 86_400.0)
}

/// An alarm with the series it watches, at one moment.
pub(super) struct Watch<'a> {
    alarm: &'a AlarmDef,
    series: Series,
    stat: Stat,
    comparison: Comparison,
    reader: Reader<'a>,
    now: f64,
}

impl<'a> Watch<'a> {
    /// None where the alarm watches nothing that there is.
    pub(super) fn of(
        landscape: &'a dyn Landscape,
        alarm: &'a AlarmDef,
        (account, region): (&'a str, &'a str),
        subjects: &'a [Subject],
        series: Option<Series>,
        now: f64,
    ) -> Option<Self> {
        let stat = Stat::read(&alarm.statistic)?;
        let comparison = Comparison::read(&alarm.comparison)?;
        let reader = Reader::new(landscape, account, region, subjects, now);
        Some(Self { alarm, series: series?, stat, comparison, reader, now })
    }

    /// The newest period that is over.
    fn newest(&self) -> i64 {
        minute_of(self.now).div_euclid(self.alarm.minutes()) - 1
    }

    /// The value of a period and whether it breaches; missing data does not.
    fn look(&mut self, period: i64) -> (Option<f64>, bool) {
        let minutes = self.alarm.minutes();
        let value = self.reader.value(&self.series, self.stat, period * minutes, minutes);
        (value, value.is_some_and(|value| self.comparison.breached(value, self.alarm.threshold)))
    }

    pub(super) fn state(&mut self) -> AlarmState {
        let newest = self.newest();
        if (0..self.alarm.points()).all(|back| self.look(newest - back).1) {
            AlarmState::Alarm
        } else {
            AlarmState::Ok
        }
    }

    /// Since when the alarm has had this state, epoch seconds.
    pub(super) fn since(&mut self, state: AlarmState) -> f64 {
        let (newest, points, minutes) = (self.newest(), self.alarm.points(), self.alarm.minutes());
        let oldest = newest - LOOK_BACK / minutes - points;
        let mut streak = 0;
        let mut period = newest;
        while period > oldest {
            let breached = self.look(period).1;
            streak = if breached { streak + 1 } else { 0 };
            match state {
                // the streak that raised it ends here: it was complete `points` periods later
                AlarmState::Alarm if !breached => return end_of(period + points, minutes),
                // going back, the first complete streak: it was last in alarm at its newest period
                AlarmState::Ok if streak == points => return end_of(period + points, minutes),
                _ => period -= 1,
            }
        }
        configured(self.now)
    }

    /// Its changes of state over the last day, oldest first; it is taken to have been OK before.
    pub(super) fn changes(&mut self) -> Vec<(f64, AlarmState)> {
        let (newest, points, minutes) = (self.newest(), self.alarm.points(), self.alarm.minutes());
        let (mut state, mut streak, mut found) = (AlarmState::Ok, 0, Vec::new());
        for period in newest - LOOK_BACK / minutes..=newest {
            streak = if self.look(period).1 { streak + 1 } else { 0 };
            let now = if streak >= points { AlarmState::Alarm } else { AlarmState::Ok };
            if now != state {
                found.push((end_of(period, minutes), now));
                state = now;
            }
        }
        found
    }

    /// The values that decided, oldest first, with the beginning of their periods (epoch seconds), for
    /// a state that began at `since`; and how many of them breach.
    pub(super) fn evidence(&mut self, since: f64) -> (Vec<(f64, f64)>, usize) {
        let minutes = self.alarm.minutes();
        let last = minute_of(since).div_euclid(minutes) - 1;
        let (mut values, mut breaching) = (Vec::new(), 0);
        for period in last - self.alarm.points() + 1..=last {
            let (value, breached) = self.look(period);
            values.extend(value.map(|value| (end_of(period - 1, minutes), value)));
            breaching += usize::from(breached);
        }
        (values, breaching)
    }
}

#[expect(clippy::cast_precision_loss, reason = "epoch seconds fit 53 bits")]
fn end_of(period: i64, minutes: i64) -> f64 {
    ((period + 1) * minutes) as f64 * 60.0
}

/// The series of one alarm; a catalogue would cost more than the one look.
fn find(alarm: &AlarmDef, subjects: &[Subject]) -> Option<Series> {
    let mut wanted = alarm.sought();
    wanted.sort_unstable();
    PUBLISHED.iter().filter(|row| row.namespace == alarm.namespace && row.name == alarm.metric).find_map(
        |row| {
            let members: Vec<(usize, Option<usize>)> = subjects
                .iter()
                .enumerate()
                .flat_map(|(place, subject)| {
                    let fitting = dimensions(subject, row.by).into_iter().filter(|(has, _)| *has == wanted);
                    fitting.map(move |(_, way)| (place, way)).collect::<Vec<_>>()
                })
                .collect();
            (!members.is_empty()).then_some(Series { metric: row.metric, members })
        },
    )
}
