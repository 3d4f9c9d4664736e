//! FilterLogEvents and GetLogEvents.

use serde_json::{Value, json};

use super::super::api::{Answer, Call, Fault};
use super::super::wire::input;
use super::pattern::Pattern;
use super::store::{Event, Group, Place};
use super::{invalid, milliseconds, not_found};

/// Events a page at most.
const PAGE: usize = 10_000;
/// Bytes a page at most, each event counted with 26 bytes of its own.
const PAGE_BYTES: usize = 1_048_576;
const EVENT_BYTES: usize = 26;
/// One search in this many begins with an empty page, as AWS's do while they have found nothing yet.
const EMPTY_EVERY: i64 = 7;

/// Where a page of a search goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    /// Towards newer events?
    forward: bool,
    /// The last event that was given; none when none was yet.
    place: Option<Place>,
}

impl Mark {
    fn read(token: &str) -> Option<Self> {
        let mut fields = token.split('/');
        let forward = match fields.next()? {
            "f" => true,
            "b" => false,
            _ => return None,
        };
        let (at_ms, number) = (fields.next()?, fields.next()?);
        if fields.next().is_some() {
            return None;
        }
        let place = match (at_ms, number) {
            ("", "") => None,
            (at_ms, number) => Some(Place { at_ms: at_ms.parse().ok()?, number: number.parse().ok()? }),
        };
        Some(Self { forward, place })
    }

    fn write(self) -> String {
        let way = if self.forward { 'f' } else { 'b' };
        self.place
            .map_or_else(|| format!("{way}//"), |place| format!("{way}/{}/{}", place.at_ms, place.number))
    }

    /// Whether an event is still to come.
    fn is_before(self, event: &Event) -> bool {
        match self.place {
            None => true,
            Some(place) if self.forward => event.place > place,
            Some(place) => event.place < place,
        }
    }
}

fn mark(request: &Value) -> Result<Option<Mark>, Fault> {
    match input::text(request, "nextToken") {
        None => Ok(None),
        Some(token) => {
            Mark::read(token).map(Some).ok_or_else(|| invalid("The specified nextToken is invalid."))
        }
    }
}

pub fn filter(group: &Group, call: &Call) -> Answer {
    let request = &call.input;
    let names = input::texts(request, "logStreamNames");
    let prefix = input::text(request, "logStreamNamePrefix");
    if !names.is_empty() && prefix.is_some() {
        return Err(invalid("logStreamNames and logStreamNamePrefix cannot be given together"));
    }
    if names.len() > 100 {
        return Err(invalid(format!(
            "logStreamNames has {} members, and at most 100 are taken",
            names.len()
        )));
    }
    if names.iter().any(|name| !group.streams.contains_key(*name)) {
        return Err(not_found("The specified log stream does not exist."));
    }
    let limit = input::page_size(request, "limit", PAGE, "InvalidParameterException")?;
    let start = milliseconds(request, "startTime")?.unwrap_or(0);
    let end = milliseconds(request, "endTime")?.unwrap_or(i64::MAX);
    let pattern =
        Pattern::read(input::text(request, "filterPattern").unwrap_or_default()).map_err(invalid)?;
    let given = mark(request)?;
    let forward = input::boolean(request, "startFromHead").unwrap_or(true);
    let from = given.unwrap_or(Mark { forward, place: None });
    let wide = !pattern.is_empty() || names.len() != 1;
    if given.is_none() && wide && start > 0 && start.rem_euclid(EMPTY_EVERY) == 0 {
        return Ok(json!({ "events": [], "searchedLogStreams": [], "nextToken": from.write() }));
    }

    let mut found: Vec<(&str, &Event)> = group
        .streams
        .iter()
        .filter(|(name, _)| names.is_empty() || names.contains(&&***name))
        .filter(|(name, _)| prefix.is_none_or(|prefix| name.starts_with(prefix)))
        .flat_map(|(name, stream)| {
            stream.from(start).take_while(|event| event.place.at_ms <= end).map(|event| (&**name, event))
        })
        .filter(|(_, event)| from.is_before(event) && pattern.matches(&event.message))
        .collect();
    found.sort_unstable_by_key(|(_, event)| event.place);
    if !from.forward {
        found.reverse();
    }
    let page = page_of(&found, limit, |(_, event)| &event.message);
    let next = page
        .last()
        .filter(|_| page.len() < found.len())
        .map(|(_, event)| Mark { place: Some(event.place), ..from }.write());
    let shown: Vec<Value> = page
        .iter()
        .map(|(stream, event)| {
            json!({
                "logStreamName": stream,
                "timestamp": event.place.at_ms,
                "message": event.message,
                "ingestionTime": event.place.at_ms + 400,
                "eventId": format!("{:056}", event.place.number),
            })
        })
        .collect();
    Ok(json!({ "events": shown, "searchedLogStreams": [], "nextToken": next }))
}

/// As many events as fit a page; at least one, when there is one.
fn page_of<T>(found: &[T], limit: usize, message: impl Fn(&T) -> &str) -> &[T] {
    let mut bytes = 0;
    let fits = found
        .iter()
        .take(limit)
        .take_while(|event| {
            bytes += message(event).len() + EVENT_BYTES;
            bytes <= PAGE_BYTES
        })
        .count();
    found.get(..fits.max(1).min(found.len())).unwrap_or_default()
}

pub fn get(group: &Group, call: &Call) -> Answer {
    let request = &call.input;
    let name = input::text(request, "logStreamName").ok_or_else(|| invalid("logStreamName is missing"))?;
    let stream =
        group.streams.get(name).ok_or_else(|| not_found("The specified log stream does not exist."))?;
    let limit = input::page_size(request, "limit", PAGE, "InvalidParameterException")?;
    let start = milliseconds(request, "startTime")?.unwrap_or(0);
    let end = milliseconds(request, "endTime")?.unwrap_or(i64::MAX);
    let given = mark(request)?;
    let forward =
        given.map_or_else(|| input::boolean(request, "startFromHead").unwrap_or(false), |mark| mark.forward);
    let from = given.unwrap_or(Mark { forward, place: None });

    let in_range = stream.from(start).take_while(|event| event.place.at_ms < end);
    let mut found: Vec<&Event> = in_range.filter(|event| from.is_before(event)).collect();
    if !forward {
        found.reverse();
    }
    let mut page = page_of(&found, limit, |event| &event.message).to_vec();
    if !forward {
        page.reverse();
    }
    let mark = |forward, place| Mark { forward, place }.write();
    let (next_forward, next_backward) = match (page.first(), page.last()) {
        (Some(first), Some(last)) => (mark(true, Some(last.place)), mark(false, Some(first.place))),
        // at an end, its token comes back as it was given; the other one turns round at the same place
        _ => (mark(true, turned(from, true)), mark(false, turned(from, false))),
    };
    let shown: Vec<Value> = page
        .iter()
        .map(|event| {
            json!({
                "timestamp": event.place.at_ms,
                "message": event.message,
                "ingestionTime": event.place.at_ms + 400,
            })
        })
        .collect();
    Ok(json!({ "events": shown, "nextForwardToken": next_forward, "nextBackwardToken": next_backward }))
}

/// The place from which a search that found nothing at `from` goes on in a direction: the event that
/// was given last is given again when the direction turns.
fn turned(from: Mark, forward: bool) -> Option<Place> {
    let place = from.place?;
    Some(match (from.forward, forward) {
        (true, false) => Place { number: place.number.saturating_add(1), ..place },
        (false, true) => Place { number: place.number.saturating_sub(1), ..place },
        _ => place,
    })
}
