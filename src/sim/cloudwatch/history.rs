//! DescribeAlarmHistory: how alarms came to the state they are in, over the last day.

use serde_json::{Value, json};

use super::super::api::{Answer, Call, Landscape, timestamp};
use super::super::wire::input;
use super::alarms::{AlarmDef, AlarmState, Watch, configured};
use super::catalog::Catalog;
use super::{invalid, place, token};

/// Items a page at most, and when the request does not say.
const PAGE: usize = 100;
/// How long AWS keeps an alarm's history.
const KEPT: f64 = 30.0 * 86_400.0;

pub fn describe_alarm_history(landscape: &dyn Landscape, alarms: &[AlarmDef], call: &Call) -> Answer {
    let request = &call.input;
    let name = input::text(request, "AlarmName");
    let kind = input::text(request, "HistoryItemType");
    let page = match request.get("MaxRecords") {
        None => PAGE,
        Some(_) => input::page_size(request, "MaxRecords", PAGE, "ValidationError")?,
    };
    let descending = match input::text(request, "ScanBy") {
        None | Some("TimestampDescending") => true,
        Some("TimestampAscending") => false,
        Some(other) => {
            return Err(invalid(format!(
                "ScanBy is TimestampDescending or TimestampAscending, not {other:?}"
            )));
        }
    };
    let types = input::texts(request, "AlarmTypes");
    let from = input::epoch(request, "StartDate").unwrap_or(0.0).max(call.now - KEPT);
    let to = input::epoch(request, "EndDate").unwrap_or(call.now);
    let skip: usize = match place(request)? {
        "" => 0,
        text => text.parse().map_err(|_| invalid("the token was not given out for this request"))?,
    };
    let subjects = landscape.subjects(&call.account, &call.region);
    let catalog = Catalog::new(&subjects);
    let mut found: Vec<(f64, Value)> = Vec::new();
    let metric = types.is_empty() || types.contains(&"MetricAlarm");
    for alarm in alarms.iter().filter(|alarm| metric && name.is_none_or(|name| name == alarm.name)) {
        let created = configured(call.now);
        let words = format!("Alarm \"{}\" created", alarm.name);
        found.push((
            created,
            item(
                alarm,
                created,
                "ConfigurationUpdate",
                &words,
                &json!({ "type": "Create", "version": "1.0" }),
            ),
        ));
        let series = catalog.find(&alarm.namespace, &alarm.metric, &alarm.sought());
        let here = (call.account.as_str(), call.region.as_str());
        let Some(mut watch) = Watch::of(landscape, alarm, here, &subjects, series, call.now) else {
            continue;
        };
        let mut before = AlarmState::Ok;
        for (at, state) in watch.changes() {
            let words = format!("Alarm updated from {} to {}", before.name(), state.name());
            let data = json!({
                "version": "1.0",
                "oldState": { "stateValue": before.name() },
                "newState": { "stateValue": state.name() },
            });
            found.push((at, item(alarm, at, "StateUpdate", &words, &data)));
            before = state;
        }
    }
    found.retain(|(at, item)| {
        (from..=to).contains(at) && kind.is_none_or(|kind| item.get("HistoryItemType") == Some(&json!(kind)))
    });
    found.sort_by(|a, b| if descending { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) });
    let more = found.len() > skip + page;
    let next = more.then(|| token(request, &(skip + page).to_string()));
    let items: Vec<Value> = found.into_iter().skip(skip).take(page).map(|(_, item)| item).collect();
    Ok(json!({ "AlarmHistoryItems": items, "NextToken": next }))
}

fn item(alarm: &AlarmDef, at: f64, kind: &str, summary: &str, data: &Value) -> Value {
    json!({
        "AlarmName": alarm.name,
        "AlarmType": "MetricAlarm",
        "Timestamp": timestamp(at),
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": data.to_string(),
    })
}
