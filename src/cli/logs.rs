//! `flightdeck logs ENV/SERVICE`: what a service logs, without a screen.

use super::{
    args::{Common, Logs},
    change::{Target, routes},
    fail::{self, Failure, LOST, REFUSED},
    load,
    status::{self, Reading},
    time::{iso, iso_millis},
};
use crate::{
    app::logs::source,
    config::{Settings, settings::value, zone},
    model::{
        Answer, Ask, LinesWanted, LogEvent, LogPage, LogSource, ServiceKey, Stamp, Trouble,
        log::{Find, LATE_MS, Level, PAGE, short_task},
        text,
    },
    runtime::{
        clock::Clock, credential_process, headless::HeadlessDriver, journal::Journal, routes::Routes, signals,
    },
};
use jiff::tz::TimeZone;
use serde::Serialize;
use std::{collections::BTreeSet, fmt::Write as _, io::Write as _, time::Duration};

/// Between looks for new lines.
const EVERY: Duration = Duration::from_secs(2);
/// After a look that came to nothing.
const AGAIN: Duration = Duration::from_secs(10);

/// Reads and prints.
pub fn print(common: &Common, asked: &Logs) -> Result<u8, Failure> {
    let target = Target::parse(&asked.service)?;
    let length = value::duration(&asked.since, Duration::from_secs(1), Duration::from_hours(365 * 24))
        .map_err(|(wrong, hint)| Failure::usage(format!("--since: {}; {hint}", text::line(&wrong))))?;
    let find = asked.grep.as_deref().map(Find::new).transpose();
    let find = find.map_err(|wrong| Failure::usage(format!("--grep: {wrong}")))?;
    let loaded = load::load(common, &load::flags(common))?;
    load::check_aws(&loaded.settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let told = runtime.block_on(signals::or_ended(async {
        let (headless, key, source) = Box::pin(found(&target, &loaded.settings)).await?;
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let since = headless.now().plus(length.saturating_neg());
        let tail = Tail { headless, key, source, find, json: asked.json, zone: zone::system() };
        Box::pin(tail.print(since, asked.follow)).await
    }));
    runtime.shutdown_background();
    told.map(|()| 0)
}

/// The service, and where its application logs.
async fn found(
    target: &Target,
    settings: &Settings,
) -> Result<(HeadlessDriver, ServiceKey, LogSource), Failure> {
    let gateway = credential_process::gateway();
    let routes = Box::pin(routes(&gateway, settings, &[target.environment.as_str()])).await?;
    let readings = Box::pin(status::read(&gateway, Routes::Known(routes.clone()))).await;
    let readings = readings.map_err(|trouble| Failure::from(&trouble))?;
    let here = |reading: &&Reading| reading.name.as_str() == target.environment;
    let Some(reading) = readings.environments.iter().find(here) else {
        return Err(Failure::usage(format!("there is no environment “{}”", target.environment)));
    };
    let key = match (target.resolve(&reading.services, settings), reading.troubles.first()) {
        (Ok(service), _) => service.key.clone(),
        (Err(_), Some(trouble)) => return Err(Failure::from(trouble)),
        (Err(failure), None) => return Err(failure),
    };
    let headless = HeadlessDriver::new(&gateway, routes, Clock::WALL, Journal::new(load::journal_dir()));
    let detail = match headless.ask(&key.environment, Ask::Detail(key.clone())).await {
        Ok(Answer::Detail(detail)) => detail,
        Ok(_) => return Err(Failure::new(LOST, "AWS answered something else than the service")),
        Err(trouble) => return Err(Failure::from(&trouble)),
    };
    match source(&detail, &key, reading.region.as_deref().unwrap_or_default()) {
        Some(Ok(source)) => Ok((headless, key, source)),
        Some(Err(why)) => Err(Failure::new(REFUSED, why)),
        None => Err(Failure::new(LOST, "the log group is not known: the task definition could not be read")),
    }
}

/// What is printed, and how.
struct Tail {
    headless: HeadlessDriver,
    key: ServiceKey,
    source: LogSource,
    find: Option<Find>,
    json: bool,
    zone: TimeZone,
}

/// Lines that were told, so that none is told twice: those that a later look may bring again.
#[derive(Default)]
struct Told {
    seen: BTreeSet<(Stamp, String)>,
    newest: Stamp,
}

impl Told {
    /// True for a line that is new.
    fn take(&mut self, event: &LogEvent) -> bool {
        self.newest = self.newest.max(event.line.at);
        self.seen.insert((event.line.at, event.id.clone()))
    }

    /// From where to look again, and what is forgotten: lines before that do not come again.
    fn again(&mut self, since: Stamp) -> Stamp {
        let from = self.newest.plus(-LATE_MS).max(since);
        self.seen = self.seen.split_off(&(from, String::new()));
        from
    }
}

impl Tail {
    async fn print(&self, since: Stamp, follow: bool) -> Result<(), Failure> {
        let mut told = Told::default();
        let mut from = since;
        let mut complained = None;
        loop {
            let after = match self.look(from, &mut told).await {
                Ok(true) => {
                    complained = None;
                    EVERY
                }
                // nobody reads any more
                Ok(false) => return Ok(()),
                Err(Ended::Failed(failure)) => return Err(failure),
                Err(Ended::Lost(trouble)) if !follow || !trouble.loses_contact() => {
                    return Err(Failure::from(&trouble));
                }
                Err(Ended::Lost(trouble)) => {
                    if complained.as_ref() != Some(&trouble) {
                        complain(&format!("flightdeck: {trouble}; asking again"));
                    }
                    complained = Some(trouble);
                    AGAIN
                }
            };
            if !follow {
                if told.newest == Stamp::default() {
                    complain(&format!("flightdeck: no log lines in {} since {}", self.source, iso(since)));
                }
                return Ok(());
            }
            from = told.again(since);
            tokio::time::sleep(after).await;
        }
    }

    /// Reads from a moment on and prints what is new, page by page; false once nobody reads.
    async fn look(&self, since: Stamp, told: &mut Told) -> Result<bool, Ended> {
        let mut next = None;
        loop {
            let LogPage { events, next: more } = self.page(since, next.take()).await?;
            let mut text = String::new();
            for event in &events {
                let wanted = self.find.as_ref().is_none_or(|find| find.matches(&event.line.text));
                if told.take(event) && wanted {
                    self.line(&mut text, event);
                }
            }
            if !text.is_empty() && !fail::print_on(&text)? {
                return Ok(false);
            }
            match more {
                Some(token) => next = Some(token),
                None => return Ok(true),
            }
        }
    }

    async fn page(&self, since: Stamp, next: Option<String>) -> Result<LogPage, Ended> {
        let wanted =
            LinesWanted { source: self.source.clone(), since, until: None, back: false, next, limit: PAGE };
        match self.headless.ask(&self.key.environment, Ask::Lines(Box::new(wanted))).await {
            Ok(Answer::Lines(page)) => Ok(page),
            Ok(_) => Err(Failure::new(LOST, "AWS answered something else than log lines").into()),
            Err(trouble) => Err(Ended::Lost(trouble)),
        }
    }

    fn line(&self, out: &mut String, event: &LogEvent) {
        let line = &event.line;
        let _ = if self.json {
            writeln!(out, "{}", serde_json::to_string(&Row::of(&self.key, event)).unwrap_or_default())
        } else {
            let at = jiff::Timestamp::from_millisecond(line.at.0).map(|at| at.to_zoned(self.zone.clone()));
            let at = at.map_or_else(|_| String::new(), |at| at.strftime("%F %T%.3f").to_string());
            writeln!(out, "{at} {:<8} {}", short_task(&line.stream), line.text)
        };
    }
}

/// Why nothing more is read.
enum Ended {
    /// By AWS's answer.
    Lost(Trouble),
    /// Here.
    Failed(Failure),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Tells whoever looks at a pipe, too.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", fail::shown(text));
}

#[derive(Serialize)]
struct Row<'a> {
    at: String,
    environment: &'a str,
    cluster: Option<&'a str>,
    service: &'a str,
    stream: &'a str,
    /// What the line says of itself; null where it says nothing.
    level: Option<&'static str>,
    id: &'a str,
    text: &'a str,
}

impl<'a> Row<'a> {
    fn of(key: &'a ServiceKey, event: &'a LogEvent) -> Self {
        Self {
            at: iso_millis(event.line.at),
            environment: key.environment.as_str(),
            cluster: Some(&*key.cluster).filter(|cluster| !cluster.is_empty()),
            service: &key.name,
            stream: &event.line.stream,
            level: event.level.map(Level::word),
            id: &event.id,
            text: &event.line.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LogLine;

    #[test]
    fn a_line_that_comes_late_is_told_and_none_twice() {
        let event = |at: i64, id: &str| {
            LogEvent::new(id.into(), LogLine { at: Stamp(at), stream: "s".into(), text: "x".into() })
        };
        let mut told = Told::default();
        let since = Stamp(1_000);
        assert!(told.take(&event(50_000, "a")) && told.take(&event(50_000, "b")));
        let from = told.again(since);
        assert_eq!(from, Stamp(50_000 - LATE_MS));
        assert!(!told.take(&event(50_000, "a")), "told before");
        assert!(told.take(&event(45_000, "late")), "of a task whose lines were handed over later");
        assert!(told.take(&event(90_000, "c")));
        assert_eq!(told.again(since), Stamp(90_000 - LATE_MS));
        assert_eq!(told.seen.len(), 1, "what does not come again is forgotten");
        assert_eq!(Told::default().again(since), since);
    }
}
