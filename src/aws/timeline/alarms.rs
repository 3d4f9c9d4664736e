//! How alarms changed (DescribeAlarmHistory).

use crate::{
    aws::{caches::Whole, calls, clients::Clients, convert},
    model::{EventKind, Stamp, TimelineEvent, Tone, Trouble},
};
use aws_sdk_cloudwatch::types::{AlarmHistoryItem, AlarmType, HistoryItemType, ScanBy};
use aws_smithy_types::DateTime;
use serde_json::Value;

/// Pages of 100 read at most; the newest come first.
const PAGES: usize = 5;

/// What is said where there are more.
fn bound() -> String {
    format!("the newest {} changes of alarms", PAGES * 100)
}

/// Every change of a state since. Without an alarm's name "the histories for either all metric alarms or all composite
/// alarms are returned" (DescribeAlarmHistory): each kind is asked for by itself.
pub(super) async fn read(clients: &Clients, since: Stamp) -> Result<Whole, Trouble> {
    let (mut found, more) = of(clients, AlarmType::MetricAlarm, since).await?;
    let (composite, more_composite) = of(clients, AlarmType::CompositeAlarm, since).await?;
    found.extend(composite);
    Ok((found, (more || more_composite).then(bound)))
}

async fn of(clients: &Clients, kind: AlarmType, since: Stamp) -> Result<(Vec<TimelineEvent>, bool), Trouble> {
    let mut found = Vec::new();
    let account = clients.session.known_account().await.unwrap_or_default();
    let mut next = None;
    for _ in 0..PAGES {
        let request = || {
            let all = clients.cloudwatch().describe_alarm_history().alarm_types(kind.clone());
            all.history_item_type(HistoryItemType::StateUpdate)
                .start_date(DateTime::from_millis(since.0))
                .scan_by(ScanBy::TimestampDescending)
                .max_records(100)
                .set_next_token(next.take())
                .send()
        };
        let page = clients.call(&calls::ALARM_HISTORY, "", request).await?;
        found.extend(page.alarm_history_items().iter().filter_map(|item| event(clients, &account, item)));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    Ok((found, next.is_some()))
}

fn event(clients: &Clients, account: &str, item: &AlarmHistoryItem) -> Option<TimelineEvent> {
    let at = convert::stamp(item.timestamp())?;
    let name = convert::said(item.alarm_name()?);
    let data: Value = serde_json::from_str(item.history_data().unwrap_or_default()).unwrap_or_default();
    let new = |member: &str| data.pointer(&format!("/newState/{member}")).and_then(Value::as_str);
    let summary = item.history_summary().unwrap_or_default();
    // "Alarm updated from OK to ALARM", where the data does not tell
    let state = new("stateValue").or_else(|| summary.rsplit(' ').next()).unwrap_or_default();
    let reason = convert::line(new("stateReason"));
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    let (text, tone) = match state {
        "ALARM" => (format!("{name} in alarm{reason}"), Tone::Bad),
        "OK" => (format!("{name} is OK again"), Tone::Good),
        "INSUFFICIENT_DATA" => (format!("{name} has too little data{reason}"), Tone::Plain),
        other => (format!("{name} is {}{reason}", convert::name(other)), Tone::Plain),
    };
    Some(TimelineEvent {
        id: format!("alarm {} {} {name} {}", account, clients.session.caller.region, at.0),
        at,
        environment: clients.settings.name.clone(),
        key: None,
        kind: EventKind::Alarm,
        name,
        text,
        begins: false,
        who: String::new(),
        tone,
    })
}
