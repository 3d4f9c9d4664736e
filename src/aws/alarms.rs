//! Alarms of CloudWatch.

use super::{calls, clients::Clients, convert};
use crate::model::{AlarmBrief, Trouble, Watched};
use aws_sdk_cloudwatch::{
    operation::describe_alarms::builders::DescribeAlarmsFluentBuilder,
    types::{AlarmType, ComparisonOperator, CompositeAlarm, MetricAlarm, StateValue, Statistic},
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// How long what was read for one environment serves the others of its account.
const FRESH: Duration = Duration::from_secs(2);

/// Alarms in one call.
const BATCH: usize = 100;

/// The named alarms in any state, or all that are in ALARM.
pub(super) async fn read(clients: &Clients, names: &[String]) -> Result<Vec<AlarmBrief>, Trouble> {
    if names.is_empty() {
        return firing(clients).await;
    }
    let mut found = Vec::new();
    for batch in names.chunks(BATCH) {
        found.extend(pages(clients, || request(clients).set_alarm_names(Some(batch.to_vec()))).await?);
    }
    Ok(found)
}

/// All alarms in ALARM. Environments of one account ask for the same at about the same time: one reads, and
/// the others wait for it.
async fn firing(clients: &Clients) -> Result<Vec<AlarmBrief>, Trouble> {
    let mut slot = clients.account.caches.firing.lock().await;
    if let Some((_, known)) = slot.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        return known.clone();
    }
    let found = pages(clients, || request(clients).state_value(StateValue::Alarm)).await;
    *slot = Some((Instant::now(), found.clone()));
    found
}

/// Alarms read at most.
const MOST: usize = 1_000;

/// Alarms in any state, those that fire whatever their number, and whether there are more. Environments of one account and
/// region have the same: one reads, and the others wait for it.
pub(super) async fn all(clients: &Clients) -> Result<(Vec<AlarmBrief>, bool), Trouble> {
    let mut slot = clients.account.caches.alarms.lock().await;
    if let Some((_, known)) = slot.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        return known.clone();
    }
    let found = in_any_state(clients).await;
    *slot = Some((Instant::now(), found.clone()));
    found
}

async fn in_any_state(clients: &Clients) -> Result<(Vec<AlarmBrief>, bool), Trouble> {
    let mut found = firing(clients).await?;
    let mut known: HashSet<String> = found.iter().map(|alarm| alarm.own_name().to_owned()).collect();
    let mut next = None;
    loop {
        let call = || request(clients).set_next_token(next.take()).send();
        let page = clients.call(&calls::DESCRIBE_ALARMS, "", call).await?;
        let more =
            page.metric_alarms().iter().map(metric).chain(page.composite_alarms().iter().map(composite));
        for alarm in more {
            if known.insert(alarm.own_name().to_owned()) {
                found.push(alarm);
            }
        }
        next = page.next_token().map(str::to_owned);
        if next.is_none() || found.len() >= MOST {
            return Ok((found, next.is_some()));
        }
    }
}

/// Alarms whose names begin with a service's name.
pub(super) async fn by_prefix(clients: &Clients, prefix: &str) -> Result<Vec<AlarmBrief>, Trouble> {
    pages(clients, || request(clients).alarm_name_prefix(prefix)).await
}

fn request(clients: &Clients) -> DescribeAlarmsFluentBuilder {
    clients
        .cloudwatch()
        .describe_alarms()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(100)
}

async fn pages(
    clients: &Clients,
    request: impl Fn() -> DescribeAlarmsFluentBuilder,
) -> Result<Vec<AlarmBrief>, Trouble> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let call = || request().set_next_token(next.take()).send();
        let page = clients.call(&calls::DESCRIBE_ALARMS, "", call).await?;
        found.extend(page.metric_alarms().iter().map(metric));
        found.extend(page.composite_alarms().iter().map(composite));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// A name as it is shown, and as AWS has it where that is another.
fn names(own: Option<&str>) -> (String, Option<String>) {
    let own = own.unwrap_or_default();
    let shown = convert::said(own);
    let whole = (shown != own).then(|| own.to_owned());
    (shown, whole)
}

fn metric(alarm: &MetricAlarm) -> AlarmBrief {
    let (name, whole) = names(alarm.alarm_name());
    AlarmBrief {
        name,
        whole,
        state: alarm.state_value().map(|s| convert::name(s.as_str())).unwrap_or_default(),
        reason: convert::line(alarm.state_reason()),
        since: convert::stamp(
            alarm.state_transitioned_timestamp().or_else(|| alarm.state_updated_timestamp()),
        ),
        rule: rule(alarm),
        watched: watched(alarm).map(Box::new),
        values: values(alarm),
    }
}

fn composite(alarm: &CompositeAlarm) -> AlarmBrief {
    let (name, whole) = names(alarm.alarm_name());
    AlarmBrief {
        name,
        whole,
        state: alarm.state_value().map(|s| convert::name(s.as_str())).unwrap_or_default(),
        reason: convert::line(alarm.state_reason()),
        since: convert::stamp(
            alarm.state_transitioned_timestamp().or_else(|| alarm.state_updated_timestamp()),
        ),
        rule: convert::line(alarm.alarm_rule()),
        watched: None,
        values: Vec::new(),
    }
}

/// The metric it watches, where it is one and is compared with a number.
fn watched(alarm: &MetricAlarm) -> Option<Watched> {
    let text = |text: Option<&str>| text.map(convert::name).unwrap_or_default();
    let statistic = alarm.statistic().map(Statistic::as_str).or_else(|| alarm.extended_statistic())?;
    let dimensions = alarm.dimensions().iter().map(|one| (text(one.name()), text(one.value()))).collect();
    Some(Watched {
        namespace: text(Some(alarm.namespace()?)),
        metric: text(Some(alarm.metric_name()?)),
        dimensions,
        statistic: convert::name(statistic),
        period: alarm.period().filter(|period| *period > 0)?,
        threshold: alarm.threshold().filter(|threshold| threshold.is_finite())?,
    })
}

/// The values that decided its state: `recentDatapoints` of the reason for machines, the oldest first.
fn values(alarm: &MetricAlarm) -> Vec<f64> {
    let data: serde_json::Value =
        serde_json::from_str(alarm.state_reason_data().unwrap_or_default()).unwrap_or_default();
    let recent = data.get("recentDatapoints").and_then(serde_json::Value::as_array);
    recent.into_iter().flatten().filter_map(serde_json::Value::as_f64).collect()
}

/// `CPUUtilization > 80 for 3 of 3 × 60 s`.
fn rule(alarm: &MetricAlarm) -> String {
    let what = match alarm.metric_name() {
        Some(name) => convert::name(name),
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
    fn a_name_is_shown_without_what_looks_like_a_secret_and_asked_for_whole() {
        let own = "al password=hunter2 x";
        for alarm in [
            metric(&MetricAlarm::builder().alarm_name(own).build()),
            composite(&CompositeAlarm::builder().alarm_name(own).build()),
        ] {
            assert!(alarm.name.contains("password=") && !alarm.name.contains("hunter2"), "{}", alarm.name);
            assert_eq!(alarm.own_name(), own);
        }
        let plain = metric(&MetricAlarm::builder().alarm_name("prod-5xx").build());
        assert_eq!(
            (plain.name.as_str(), plain.own_name(), plain.whole.as_ref()),
            ("prod-5xx", "prod-5xx", None)
        );
    }

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
