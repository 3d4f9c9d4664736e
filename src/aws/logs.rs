//! Log lines of CloudWatch Logs.

mod kept;

use self::kept::Kept;
use super::{calls, clients::Clients, convert};
use crate::model::{
    LinesWanted, LogChunk, LogEvent, LogLine, LogPage, LogSource, Stamp, Trouble, TroubleKind, secret,
    text as words,
};

/// What pages that were read named for those that follow.
static KEPT: Kept = Kept::new();

/// Pages read for one ask before what was found is handed out; the rest follows from `next`.
const PAGES: usize = 10;
/// Lines AWS gives in one page at most.
const LINES: u32 = 10_000;

/// Carries out `Ask::Logs`.
pub(super) async fn read(
    clients: &Clients,
    source: &LogSource,
    since: Stamp,
    next: Option<String>,
    limit: u32,
) -> Result<LogChunk, Trouble> {
    let limit = limit.clamp(1, LINES);
    let read = match &source.stream {
        Some(stream) => of_stream(clients, source, stream, since, next, limit).await,
        None => of_group(clients, source, since, next, limit).await,
    };
    match read {
        // a stream begins with its first line: before that there is nothing to read, which is no failure
        Err(trouble) if is_not_begun(source, &trouble) => Ok(LogChunk::default()),
        other => other,
    }
}

fn is_not_begun(source: &LogSource, trouble: &Trouble) -> bool {
    trouble.kind == TroubleKind::NotFound
        && source.stream.is_some()
        && trouble.why.to_lowercase().contains("log stream")
}

/// `startFromHead: false` is refused for what is before this (API reference of FilterLogEvents): 1 January 2024, UTC.
const BACKWARDS_SINCE: Stamp = Stamp(1_704_067_200_000);

/// Carries out `Ask::Lines`: a page from either end of a range, by FilterLogEvents, which alone tells the ids of events. They
/// come "sorted by event timestamp, the timestamp when the event was ingested, and the ID of the PutLogEvents request",
/// `endTime` is inclusive, and "partially full or empty pages don't necessarily mean that pagination is finished" (API reference
/// of FilterLogEvents). On later pages the token decides the direction.
pub(super) async fn page(clients: &Clients, wanted: &LinesWanted) -> Result<LogPage, Trouble> {
    let source = &wanted.source;
    let on = place(source, format!("log group {}", source.group));
    let client = clients.logs(source.region.as_deref());
    let since = if wanted.back { wanted.since.max(BACKWARDS_SINCE) } else { wanted.since };
    if wanted.back && wanted.until.is_some_and(|until| until < since) {
        return Ok(LogPage::default());
    }
    let limit = i32::try_from(wanted.limit.clamp(1, LINES)).unwrap_or(i32::MAX);
    let mut next = wanted.next.clone();
    for _ in 0..PAGES {
        let request = || {
            client
                .filter_log_events()
                .log_group_name(&source.group)
                .set_log_stream_names(source.stream.clone().map(|stream| vec![stream]))
                .set_log_stream_name_prefix(source.prefix.clone().filter(|_| source.stream.is_none()))
                .start_time(since.0.max(0))
                .set_end_time(wanted.until.map(|until| until.0.max(0)))
                .set_start_from_head(wanted.back.then_some(false))
                .limit(limit)
                .set_next_token(next.clone())
                .send()
        };
        let page = match clients.call(&calls::FILTER_LOGS, &on, request).await {
            Err(trouble) if is_not_begun(source, &trouble) => return Ok(LogPage::default()),
            page => page?,
        };
        next = page.next_token().map(str::to_owned);
        if next.is_some() && page.events().is_empty() {
            continue;
        }
        let mut found: Vec<_> = page.events().iter().collect();
        if wanted.back {
            found.reverse();
        }
        // backwards a page holds what comes before the last one
        let begun = wanted.next.as_deref().filter(|_| !wanted.back);
        let mut streams = KEPT.begun(&on, begun);
        let events = found.into_iter().map(|event| {
            let stream = event.log_stream_name().unwrap_or_default();
            let before = streams.entry(stream.to_owned()).or_default();
            LogEvent::new(
                convert::name(event.event_id().unwrap_or_default()),
                line(before, event.timestamp(), stream, event.message()),
            )
        });
        let events = events.collect();
        KEPT.keep(&on, next.as_deref().filter(|_| !wanted.back), streams);
        return Ok(LogPage { events, next });
    }
    Ok(LogPage { events: Vec::new(), next })
}

/// With the region, where it is not the environment's: a failure names that one too.
fn place(source: &LogSource, on: String) -> String {
    match &source.region {
        Some(region) => format!("{on} in {region}"),
        None => on,
    }
}

/// A line as it is shown; `before` has those before it in its stream, which may name what it tells.
fn line(before: &mut secret::Lines, at: Option<i64>, stream: &str, message: Option<&str>) -> LogLine {
    let message = message.unwrap_or_default().trim_end_matches(['\n', '\r']);
    LogLine {
        at: Stamp(at.unwrap_or(0)),
        stream: convert::name(stream),
        text: words::line(&before.text(message)),
    }
}

fn cap(limit: u32, have: usize) -> i32 {
    let have = u32::try_from(have).unwrap_or(u32::MAX);
    i32::try_from(limit.saturating_sub(have).max(1)).unwrap_or(i32::MAX)
}

fn full(limit: u32, have: usize) -> bool {
    u32::try_from(have).unwrap_or(u32::MAX) >= limit
}

async fn of_group(
    clients: &Clients,
    source: &LogSource,
    since: Stamp,
    mut next: Option<String>,
    limit: u32,
) -> Result<LogChunk, Trouble> {
    let on = place(source, format!("log group {}", source.group));
    let client = clients.logs(source.region.as_deref());
    let mut lines: Vec<LogLine> = Vec::new();
    let mut streams = KEPT.begun(&on, next.as_deref());
    for _ in 0..PAGES {
        let request = || {
            client
                .filter_log_events()
                .log_group_name(&source.group)
                .set_log_stream_name_prefix(source.prefix.clone())
                .start_time(since.0.max(0))
                .limit(cap(limit, lines.len()))
                .set_next_token(next.take())
                .send()
        };
        let page = clients.call(&calls::FILTER_LOGS, &on, request).await?;
        for event in page.events() {
            let stream = event.log_stream_name().unwrap_or_default();
            let before = streams.entry(stream.to_owned()).or_default();
            lines.push(line(before, event.timestamp(), stream, event.message()));
        }
        // an empty page with a token is not the end
        next = page.next_token().map(str::to_owned);
        if next.is_none() || full(limit, lines.len()) {
            break;
        }
    }
    KEPT.keep(&on, next.as_deref(), streams);
    lines.sort_by_key(|l| l.at);
    Ok(LogChunk { lines, next })
}

async fn of_stream(
    clients: &Clients,
    source: &LogSource,
    stream: &str,
    since: Stamp,
    next: Option<String>,
    limit: u32,
) -> Result<LogChunk, Trouble> {
    let on = place(source, format!("log stream {}/{stream}", source.group));
    let client = clients.logs(source.region.as_deref());
    let mut lines: Vec<LogLine> = Vec::new();
    let mut streams = KEPT.begun(&on, next.as_deref());
    let mut before = streams.remove(stream).unwrap_or_default();
    let mut token = next;
    for _ in 0..PAGES {
        let request = || {
            client
                .get_log_events()
                .log_group_name(&source.group)
                .log_stream_name(stream)
                .start_from_head(true)
                .start_time(since.0.max(0))
                .limit(cap(limit, lines.len()))
                .set_next_token(token.clone())
                .send()
        };
        let page = clients.call(&calls::GET_LOGS, &on, request).await?;
        lines.extend(page.events().iter().map(|e| line(&mut before, e.timestamp(), stream, e.message())));
        let forward = page.next_forward_token().map(str::to_owned);
        // the same token again is the end for now; kept, it reads on from here later
        let over = forward.is_none() || forward == token;
        if forward.is_some() {
            token = forward;
        }
        if over || full(limit, lines.len()) {
            break;
        }
    }
    streams.insert(stream.to_owned(), before);
    KEPT.keep(&on, token.as_deref(), streams);
    Ok(LogChunk { lines, next: token })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_line_ends_and_escape_sequences() {
        let line = line(
            &mut secret::Lines::default(),
            Some(5),
            "svc/service/1",
            Some("OK   0001_users.sql \u{1b}[32m(12ms)\n"),
        );
        assert_eq!(line.text, "OK   0001_users.sql \\e[32m(12ms)");
        assert_eq!(line.at, Stamp(5));
    }

    #[test]
    fn limits_shrink_with_what_is_there() {
        assert_eq!(cap(100, 0), 100);
        assert_eq!(cap(100, 99), 1);
        assert_eq!(cap(100, 500), 1);
    }
}
