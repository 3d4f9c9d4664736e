//! DescribeAlarms.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::api::{Answer, Call, Landscape, Subject, timestamp};
use super::super::wire::input;
use super::alarms::{AlarmDef, AlarmState, Comparison, Watch, configured};
use super::catalog::Catalog;
use super::{invalid, place, token};

/// Alarms a page when the request does not say.
const PAGE: usize = 50;
/// Alarms a page at most, and names in a request.
const MAX_PAGE: usize = 100;

pub fn describe_alarms(landscape: &dyn Landscape, alarms: &[AlarmDef], call: &Call) -> Answer {
    let request = &call.input;
    let names = input::texts(request, "AlarmNames");
    let prefix = input::text(request, "AlarmNamePrefix");
    if names.len() > MAX_PAGE {
        return Err(invalid(format!(
            "AlarmNames has {} members, and at most {MAX_PAGE} are taken",
            names.len()
        )));
    }
    if !names.is_empty() && prefix.is_some() {
        return Err(invalid("AlarmNames and AlarmNamePrefix cannot be given together"));
    }
    let wanted = match input::text(request, "StateValue") {
        None => None,
        Some("OK") => Some(AlarmState::Ok),
        Some("ALARM") => Some(AlarmState::Alarm),
        Some("INSUFFICIENT_DATA") => Some(AlarmState::InsufficientData),
        Some(other) => {
            return Err(invalid(format!("StateValue is OK, ALARM or INSUFFICIENT_DATA, not {other:?}")));
        }
    };
    let types = input::texts(request, "AlarmTypes");
    if let Some(other) =
        types.iter().find(|kind| !["MetricAlarm", "CompositeAlarm", "LogAlarm"].contains(kind))
    {
        return Err(invalid(format!("there is no alarm type {other:?}")));
    }
    let unasked = if names.is_empty() { PAGE } else { MAX_PAGE };
    let page = match request.get("MaxRecords") {
        None => unasked,
        Some(_) => input::page_size(request, "MaxRecords", MAX_PAGE, "ValidationError")?,
    };
    let from = place(request)?;

    // no alarm here has actions, parents or children, and none is of another type
    let none_fits = (!types.is_empty() && !types.contains(&"MetricAlarm"))
        || ["ActionPrefix", "ParentsOfAlarmName", "ChildrenOfAlarmName"]
            .iter()
            .any(|name| input::text(request, name).is_some());
    let subjects = landscape.subjects(&call.account, &call.region);
    let scene = Scene { landscape, call, subjects: &subjects, catalog: Catalog::new(&subjects) };
    let mut found: Vec<&AlarmDef> = alarms
        .iter()
        .filter(|_| !none_fits)
        .filter(|alarm| names.is_empty() || names.contains(&alarm.name.as_str()))
        .filter(|alarm| prefix.is_none_or(|prefix| alarm.name.starts_with(prefix)))
        .filter(|alarm| alarm.name.as_str() > from)
        .filter(|alarm| wanted.is_none_or(|wanted| scene.state(alarm) == wanted))
        .collect();
    found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let more = found.len() > page;
    found.truncate(page);
    let next = found.last().filter(|_| more).map(|alarm| token(request, &alarm.name));
    let shown: Vec<Value> = found.into_iter().map(|alarm| show(&scene, alarm)).collect();
    Ok(json!({ "CompositeAlarms": [], "MetricAlarms": shown, "NextToken": next }))
}

/// What the alarms of one call are looked at in.
struct Scene<'a> {
    landscape: &'a dyn Landscape,
    call: &'a Call,
    subjects: &'a [Subject],
    catalog: Catalog,
}

impl<'a> Scene<'a> {
    fn watch(&self, alarm: &'a AlarmDef) -> Option<Watch<'a>> {
        let series = self.catalog.find(&alarm.namespace, &alarm.metric, &alarm.sought());
        let place = (self.call.account.as_str(), self.call.region.as_str());
        Watch::of(self.landscape, alarm, place, self.subjects, series, self.call.now)
    }

    fn state(&self, alarm: &'a AlarmDef) -> AlarmState {
        self.watch(alarm).map_or(AlarmState::InsufficientData, |mut watch| watch.state())
    }
}

fn show<'a>(scene: &Scene<'a>, alarm: &'a AlarmDef) -> Value {
    let (call, watch) = (scene.call, scene.watch(alarm));
    let (state, since, reason, data) = if let Some(mut watch) = watch {
        let state = watch.state();
        let since = watch.since(state);
        // what decided a state of long ago is not known any more: what confirms it now is
        let (values, breaching) = watch.evidence(if since > configured(call.now) { since } else { call.now });
        (state, since, reason(alarm, state, &values, breaching), Some(reason_data(alarm, since, &values)))
    } else {
        let reason = "Unchecked: the metric has no data".to_owned();
        (AlarmState::InsufficientData, configured(call.now), reason, None)
    };
    let extended = alarm.statistic.starts_with('p');
    let dimensions: Vec<Value> =
        alarm.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    json!({
        "AlarmName": alarm.name,
        "AlarmArn": format!("arn:aws:cloudwatch:{}:{}:alarm:{}", call.region, call.account, alarm.name),
        "AlarmDescription": Some(&alarm.description).filter(|text| !text.is_empty()),
        "AlarmConfigurationUpdatedTimestamp": timestamp(configured(call.now)),
        "ActionsEnabled": true,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "StateValue": state.name(),
        "StateReason": reason,
        "StateReasonData": data,
        "StateUpdatedTimestamp": timestamp(since),
        "StateTransitionedTimestamp": timestamp(since),
        "MetricName": alarm.metric,
        "Namespace": alarm.namespace,
        "Statistic": Some(&alarm.statistic).filter(|_| !extended),
        "ExtendedStatistic": Some(&alarm.statistic).filter(|_| extended),
        "Dimensions": dimensions,
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.evaluation_periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": "notBreaching",
    })
}

/// The sentence that AWS gives for a state.
fn reason(alarm: &AlarmDef, state: AlarmState, values: &[(f64, f64)], breaching: usize) -> String {
    let points = alarm.evaluation_periods;
    let words = Comparison::read(&alarm.comparison).map_or("beyond", Comparison::words);
    if values.is_empty() {
        return format!(
            "Threshold Crossed: no datapoints were received for {points} periods and {points} missing datapoints were treated as [NonBreaching]."
        );
    }
    let mut list = String::new();
    for (at, value) in values.iter().rev().take(5) {
        let separator = if list.is_empty() { "" } else { ", " };
        let _ = write!(list, "{separator}{value:.4} ({})", day_and_time(*at));
    }
    let threshold = alarm.threshold;
    if state == AlarmState::Alarm {
        return format!(
            "Threshold Crossed: {breaching} out of the last {points} datapoints [{list}] were {words} the threshold ({threshold:?}) (minimum {points} datapoints for OK -> ALARM transition)."
        );
    }
    let within = values.len().saturating_sub(breaching).max(1);
    let (noun, verb) = if within == 1 { ("datapoint", "was") } else { ("datapoints", "were") };
    format!("Threshold Crossed: {within} {noun} [{list}] {verb} not {words} the threshold ({threshold:?}).")
}

/// The same for machines.
fn reason_data(alarm: &AlarmDef, since: f64, values: &[(f64, f64)]) -> String {
    let recent: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    json!({
        "version": "1.0",
        "queryDate": iso(since),
        "statistic": alarm.statistic,
        "period": alarm.period,
        "recentDatapoints": recent,
        "threshold": alarm.threshold,
    })
    .to_string()
}

fn day_and_time(at: f64) -> String {
    stamp(at).map_or_else(String::new, |at| at.strftime("%d/%m/%y %H:%M:%S").to_string())
}

fn iso(at: f64) -> String {
    stamp(at).map_or_else(String::new, |at| at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string())
}

fn stamp(at: f64) -> Option<jiff::Timestamp> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds; a float beyond i64 saturates and is refused"
    )]
    jiff::Timestamp::from_second(at as i64).ok()
}
