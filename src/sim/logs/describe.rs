//! DescribeLogGroups and DescribeLogStreams.

use serde_json::{Value, json};

use super::super::api::{Answer, Call};
use super::super::wire::input;
use super::invalid;
use super::store::{Group, Store, Stream};

/// Groups or streams a page.
const PAGE: usize = 50;

pub fn groups(store: &Store, call: &Call) -> Answer {
    let request = &call.input;
    let prefix = input::text(request, "logGroupNamePrefix");
    let part = input::text(request, "logGroupNamePattern").map(str::to_lowercase);
    if prefix.is_some() && part.is_some() {
        return Err(invalid("logGroupNamePrefix and logGroupNamePattern cannot be given together"));
    }
    let ids = input::texts(request, "logGroupIdentifiers");
    let class = input::text(request, "logGroupClass");
    let page = input::page_size(request, "limit", PAGE, "InvalidParameterException")?;
    // the token is the last name of the page before
    let after = input::text(request, "nextToken");
    let mut found = store
        .groups(&call.account, &call.region)
        .into_iter()
        .flat_map(|groups| groups.values())
        .filter(|group| after.is_none_or(|after| &*group.name > after))
        .filter(|group| prefix.is_none_or(|prefix| group.name.starts_with(prefix)))
        .filter(|group| part.as_ref().is_none_or(|part| group.name.to_lowercase().contains(part.as_str())))
        .filter(|group| {
            ids.is_empty() || ids.iter().any(|id| id.split(":log-group:").last() == Some(&*group.name))
        })
        .filter(|_| class.is_none_or(|class| class == "STANDARD"))
        .peekable();
    let mut shown = Vec::new();
    let mut last = None;
    while shown.len() < page
        && let Some(group) = found.next()
    {
        last = Some(&group.name);
        shown.push(show_group(group, call));
    }
    let next = last.filter(|_| found.peek().is_some());
    Ok(json!({ "logGroups": shown, "nextToken": next }))
}

fn show_group(group: &Group, call: &Call) -> Value {
    let arn = arn(group, call);
    json!({
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "retentionInDays": 30,
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "storedBytes": group.streams.values().map(Stream::bytes).sum::<usize>(),
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    })
}

fn arn(group: &Group, call: &Call) -> String {
    format!("arn:aws:logs:{}:{}:log-group:{}", call.region, call.account, group.name)
}

pub fn streams(group: &Group, call: &Call) -> Answer {
    let request = &call.input;
    let prefix = input::text(request, "logStreamNamePrefix");
    let by_time = match input::text(request, "orderBy") {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") => true,
        Some(other) => {
            return Err(invalid(format!("orderBy is LogStreamName or LastEventTime, not {other:?}")));
        }
    };
    if by_time && prefix.is_some() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let descending = input::boolean(request, "descending").unwrap_or(false);
    let page = input::page_size(request, "limit", PAGE, "InvalidParameterException")?;
    let key = |name: &str, stream: &Stream| (if by_time { stream.last_ms() } else { 0 }, name.to_owned());
    let after = match input::text(request, "nextToken") {
        None => None,
        Some(token) => Some(
            token
                .split_once('/')
                .and_then(|(at, name)| Some((at.parse::<i64>().ok()?, name.to_owned())))
                .ok_or_else(|| invalid("The specified nextToken is invalid."))?,
        ),
    };
    let mut found: Vec<((i64, String), &Stream)> = group
        .streams
        .iter()
        .filter(|(name, _)| prefix.is_none_or(|prefix| name.starts_with(prefix)))
        .map(|(name, stream)| (key(name, stream), stream))
        .filter(|(key, _)| match &after {
            None => true,
            Some(after) if descending => key < after,
            Some(after) => key > after,
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
    let more = found.len() > page;
    found.truncate(page);
    let next = found.last().filter(|_| more).map(|((at, name), _)| format!("{at}/{name}"));
    let arn = arn(group, call);
    let shown: Vec<Value> =
        found.into_iter().map(|((_, name), stream)| show_stream(&arn, &name, stream)).collect();
    Ok(json!({ "logStreams": shown, "nextToken": next }))
}

fn show_stream(group_arn: &str, name: &str, stream: &Stream) -> Value {
    let (first, last) = (stream.events.front(), stream.events.back());
    json!({
        "logStreamName": name,
        "creationTime": stream.created_ms,
        "firstEventTimestamp": first.map(|event| event.place.at_ms),
        "lastEventTimestamp": last.map(|event| event.place.at_ms),
        "lastIngestionTime": last.map(|event| event.place.at_ms),
        "uploadSequenceToken": "49039859627000000000000000000000000000000000000000000000",
        "arn": format!("{group_arn}:log-stream:{name}"),
        "storedBytes": 0,
    })
}
