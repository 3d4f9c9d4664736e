//! Alarms of CloudWatch.

use super::{calls, link::Link, text};
use crate::model::{AlarmBrief, Trouble};
use aws_sdk_cloudwatch::{
    operation::describe_alarms::builders::DescribeAlarmsFluentBuilder,
    types::{AlarmType, ComparisonOperator, CompositeAlarm, MetricAlarm, StateValue},
};
use std::time::{Duration, Instant};

/// How long what was read for one environment serves the others of its account.
const FRESH: Duration = Duration::from_secs(2);

/// Alarms in one call.
const BATCH: usize = 100;

/// The named alarms in any state, or all that are in ALARM.
pub(super) async fn read(link: &Link, names: &[String]) -> Result<Vec<AlarmBrief>, Trouble> {
    if names.is_empty() {
        return firing(link).await;
    }
    let mut found = Vec::new();
    for batch in names.chunks(BATCH) {
        found.extend(pages(link, || request(link).set_alarm_names(Some(batch.to_vec()))).await?);
    }
    Ok(found)
}

/// All alarms in ALARM. Environments of one account ask for the same at about the same time: one reads, and
/// the others wait for it.
async fn firing(link: &Link) -> Result<Vec<AlarmBrief>, Trouble> {
    let mut slot = link.account.caches.firing.lock().await;
    if let Some((_, known)) = slot.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        return known.clone();
    }
    let found = pages(link, || request(link).state_value(StateValue::Alarm)).await;
    *slot = Some((Instant::now(), found.clone()));
    found
}

/// Alarms whose names begin with a service's name.
pub(super) async fn by_prefix(link: &Link, prefix: &str) -> Result<Vec<AlarmBrief>, Trouble> {
    pages(link, || request(link).alarm_name_prefix(prefix)).await
}

fn request(link: &Link) -> DescribeAlarmsFluentBuilder {
    link.cloudwatch()
        .describe_alarms()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(100)
}

async fn pages(
    link: &Link,
    request: impl Fn() -> DescribeAlarmsFluentBuilder,
) -> Result<Vec<AlarmBrief>, Trouble> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let call = || request().set_next_token(next.take()).send();
        let page = link.call(&calls::DESCRIBE_ALARMS, "", call).await?;
        found.extend(page.metric_alarms().iter().map(metric));
        found.extend(page.composite_alarms().iter().map(composite));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
}

fn metric(alarm: &MetricAlarm) -> AlarmBrief {
    AlarmBrief {
        name: text::name(alarm.alarm_name().unwrap_or_default()),
        state: alarm.state_value().map(|s| text::name(s.as_str())).unwrap_or_default(),
        reason: text::line(alarm.state_reason()),
        since: text::stamp(alarm.state_transitioned_timestamp().or_else(|| alarm.state_updated_timestamp())),
        rule: rule(alarm),
    }
}

fn composite(alarm: &CompositeAlarm) -> AlarmBrief {
    AlarmBrief {
        name: text::name(alarm.alarm_name().unwrap_or_default()),
        state: alarm.state_value().map(|s| text::name(s.as_str())).unwrap_or_default(),
        reason: text::line(alarm.state_reason()),
        since: text::stamp(alarm.state_transitioned_timestamp().or_else(|| alarm.state_updated_timestamp())),
        rule: text::line(alarm.alarm_rule()),
    }
}

/// `CPUUtilization > 80 for 3 of 3 × 60 s`.
fn rule(alarm: &MetricAlarm) -> String {
    let what = match alarm.metric_name() {
        Some(name) => text::name(name),
        None => "expression".to_owned(),
    };
    let operator = match alarm.comparison_operator() {
        Some(ComparisonOperator::GreaterThanThreshold) => ">",
        Some(ComparisonOperator::GreaterThanOrEqualToThreshold) => "≥",
        Some(ComparisonOperator::LessThanThreshold) => "<",
        Some(ComparisonOperator::LessThanOrEqualToThreshold) => "≤",
        _ => "outside",
    };
    let threshold = alarm.threshold().map_or_else(|| "its band".to_owned(), |t| t.to_string());
    let of = alarm.evaluation_periods().unwrap_or(1);
    let periods = alarm.datapoints_to_alarm().unwrap_or(of);
    match alarm.period() {
        Some(period) => format!("{what} {operator} {threshold} for {periods} of {of} × {period} s"),
        None => format!("{what} {operator} {threshold}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_sentences() {
        let alarm = MetricAlarm::builder()
            .metric_name("CPUUtilization")
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .threshold(80.0)
            .evaluation_periods(3)
            .period(60)
            .build();
        assert_eq!(rule(&alarm), "CPUUtilization > 80 for 3 of 3 × 60 s");
        assert_eq!(rule(&MetricAlarm::builder().build()), "expression outside its band");
    }
}
