//! The Logs tab.

use super::kit::*;
use crate::{
    app::{Effect, Msg, Purpose, TimerKey},
    model::{Answer, Ask, LinesWanted, LogEvent, LogLine, LogPage, ServiceKey, Stamp, TroubleKind},
};

fn opened() -> Kit {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("enter").settle();
    kit.effects.clear();
    kit
}

#[test]
fn the_log_is_followed_and_scrolled() {
    let mut kit = opened();
    kit.press("l");
    let service = key("prod", "prod-service");
    assert_eq!(kit.asked(&Purpose::Logs(service.clone())), 1);
    let from = kit.state.service.as_ref().unwrap().log_from.clone().unwrap().unwrap();
    assert_eq!(from.to_string(), "prod-service, svc/service");
    let text = |n: i64| format!("{n} {}", if n == 50 { "ERROR" } else { "" });
    let lines = (0..200).map(|n| event(n, &text(n))).collect();
    // the end of the range first: what came before is read when somebody goes there
    let asked = lines_asked(&kit);
    assert!(asked.back && asked.until.is_none() && asked.since == NOW.plus(-15 * 60_000), "{asked:?}");
    kit.answer("prod", Purpose::Logs(service.clone()), page(vec![], Some("empty")));
    assert_eq!(kit.has_timer(&TimerKey::Logs), Some(250), "an empty page is not the end");
    kit.send(Msg::Timer(TimerKey::Logs));
    assert_eq!(lines_asked(&kit).next.as_deref(), Some("empty"));
    kit.answer("prod", Purpose::Logs(service.clone()), page(lines, Some("older")));
    assert_eq!(kit.has_timer(&TimerKey::Logs), Some(2_000));
    kit.send(Msg::Timer(TimerKey::Logs));
    // others' lines come in behind the newest
    let asked = lines_asked(&kit);
    assert_eq!((asked.back, asked.since, asked.next), (false, NOW.plus(199 - 15_000), None));
    kit.answer("prod", Purpose::Logs(service.clone()), page(vec![event(60, "late")], Some("token")));
    assert_eq!(kit.has_timer(&TimerKey::Logs), Some(250), "there is more");
    assert_eq!(kit.state.service.as_ref().unwrap().log.total(), 201);
    kit.send(Msg::Timer(TimerKey::Logs));
    kit.answer("prod", Purpose::Logs(service.clone()), page(vec![], None));
    assert_eq!(kit.has_timer(&TimerKey::Logs), Some(2_000));
    let offset = |kit: &Kit| kit.state.service.as_ref().unwrap().list().offset;
    let end = offset(&kit);
    assert!(end > 100);
    kit.press("k");
    assert_eq!((offset(&kit), kit.state.service.as_ref().unwrap().log_follow), (end - 1, false));
    kit.press("N");
    assert_eq!(offset(&kit), 50);
    kit.press("G");
    assert!(kit.state.service.as_ref().unwrap().log_follow);
    kit.answer("prod", Purpose::Logs(service), Err(trouble(TroubleKind::Denied)));
    assert!(kit.state.service.as_ref().unwrap().log_trouble.is_some());
    assert_eq!(kit.state.service.as_ref().unwrap().log.len(), 201, "what was read stays");
}

fn event(n: i64, text: &str) -> LogEvent {
    let stream = format!("svc/web/{}7f21c0ab", n % 2);
    LogEvent::new(format!("{n} {text}"), LogLine { at: NOW.plus(n), stream, text: text.into() })
}

/// A page as it is answered.
#[allow(clippy::unnecessary_wraps)] // answers come so
fn page(events: Vec<LogEvent>, next: Option<&str>) -> Result<Answer, crate::model::Trouble> {
    Ok(Answer::Lines(LogPage { events, next: next.map(Into::into) }))
}

/// What was asked of the log last.
fn lines_asked(kit: &Kit) -> LinesWanted {
    let asked = kit.effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask { ask: Ask::Lines(wanted), .. } => Some((**wanted).clone()),
        _ => None,
    });
    asked.unwrap()
}

/// The Logs tab with these lines.
fn with_log(events: Vec<LogEvent>) -> (Kit, ServiceKey) {
    let mut kit = opened();
    kit.press("l");
    let service = key("prod", "prod-service");
    kit.answer("prod", Purpose::Logs(service.clone()), page(events, None));
    (kit, service)
}

fn log(kit: &Kit) -> &crate::app::state::ServiceView {
    kit.state.service.as_ref().unwrap()
}

#[test]
fn the_log_is_read_back_as_far_as_there_is_any() {
    let (mut kit, service) = with_log((1_000..1_200).map(|n| event(n, "x")).collect());
    kit.press("g");
    assert_eq!(log(&kit).list().offset, 0);
    kit.press("pageup");
    let asked = lines_asked(&kit);
    assert!(asked.back && asked.until == Some(NOW.plus(1_000)) && asked.since == Stamp(0), "{asked:?}");
    let before = kit.effects.len();
    kit.press("pageup");
    assert_eq!(kit.effects.len(), before, "it is asked once");
    kit.answer("prod", Purpose::LogsBefore(service.clone()), page(vec![], Some("further")));
    assert_eq!(kit.has_timer(&TimerKey::LogsBefore), Some(250));
    kit.send(Msg::Timer(TimerKey::LogsBefore));
    assert_eq!(lines_asked(&kit).next.as_deref(), Some("further"));
    let older = (0..1_001).map(|n| event(n, "x")).collect();
    kit.answer("prod", Purpose::LogsBefore(service.clone()), page(older, None));
    assert_eq!(log(&kit).log.total(), 1_200, "the line of the same moment is there once");
    let top = log(&kit).list().offset;
    assert!(top > 900 && top < 1_000, "the page before what was seen: {top}");
    kit.press("g pageup");
    kit.answer("prod", Purpose::LogsBefore(service), page(vec![event(0, "x")], None));
    kit.press("pageup");
    assert!(kit.notice().contains("no older lines"), "{}", kit.notice());
}

#[test]
fn the_log_is_filtered_by_expressions_and_matches_are_seen_among_the_others() {
    let text = |n: i64| match n % 10 {
        0 => "ERROR Timeout after 5s",
        1 => "GET /healthz 200",
        _ => "INFO ok",
    };
    let (mut kit, _) = with_log((0..100).map(|n| event(n, text(n))).collect());
    kit.press("&");
    assert!(kit.notice().contains("there is no filter"), "{}", kit.notice());
    for (filter, left) in [
        ("time.ut", 10),
        ("TIME.ut", 0),
        ("-healthz", 90),
        ("level:error", 10),
        ("level:info -time", 80),
        ("task:07f2", 50),
        ("\"after 5\"", 10),
        ("5s (", 0),
    ] {
        kit.press("/").type_in(filter).press("enter");
        assert_eq!(log(&kit).log.len(), left, "{filter}");
        kit.press("esc");
    }
    kit.press("/").type_in("timeout").press("enter &");
    assert_eq!((log(&kit).log.len(), log(&kit).log.hits()), (100, 10), "among the others");
    kit.press("g n");
    assert_eq!(log(&kit).list().offset, 10);
    kit.press("n N N");
    assert_eq!(log(&kit).list().cursor, 0);
    kit.press("N");
    assert!(kit.notice().contains("no further matches"), "{}", kit.notice());
    kit.press("& esc");
    assert_eq!((log(&kit).log.len(), log(&kit).log_filter.as_str()), (100, ""));
}

#[test]
fn one_task_alone_and_errors_by_kind() {
    let text = |n: i64| if n % 5 == 0 { format!("ERROR user {n} unknown") } else { "INFO ok".to_owned() };
    let (mut kit, _) = with_log((0..100).map(|n| event(n, &text(n))).collect());
    kit.press("i");
    assert_eq!((log(&kit).log_filter.as_str(), log(&kit).log.len()), ("task:17f21c0a", 50));
    kit.press("i");
    assert_eq!((log(&kit).log_filter.as_str(), log(&kit).log.len()), ("", 100));
    kit.press("p");
    let Some(crate::app::state::Overlay::Text { lines, .. }) = &kit.state.overlay else { panic!() };
    assert!(lines.len() == 1 && lines[0].contains("20 ×  ERROR user # unknown"), "{lines:?}");
    kit.press("esc");
    assert!(kit.state.overlay.is_none());
}

#[test]
fn lines_are_wrapped_and_unfolded_and_nothing_is_skipped() {
    let json = r#"{"level":"info","msg":"hello","a":1,"b":2,"c":3}"#;
    let (mut kit, _) = with_log((0..100).map(|n| event(n, json)).collect());
    kit.press("f");
    assert!(log(&kit).log_unfold && log(&kit).log_follow);
    kit.press("k g");
    let first = crate::app::logs::rows(log(&kit), log(&kit).log.get(0).unwrap(), 120);
    assert_eq!(first.len(), 7, "{first:?}");
    let mut seen = 0;
    while !log(&kit).log_follow {
        let from = log(&kit).list().offset;
        assert!(from <= seen, "lines {seen} to {from} were never on the screen");
        let (_, page) = crate::app::service::extent(&kit.state);
        seen = from + page;
        kit.press("pagedown");
    }
    assert!(seen >= 90);
    kit.press("z f g");
    assert_eq!(
        crate::app::logs::rows(log(&kit), log(&kit).log.get(0).unwrap(), 120),
        ["hello level=info a=1 b=2 c=3"]
    );
    assert_eq!(crate::app::logs::rows(log(&kit), log(&kit).log.get(0).unwrap(), 30).len(), 2);
}

#[test]
fn a_moment_of_the_log_is_gone_to() {
    let (mut kit, service) = with_log((0..200).map(|n| event(n * 1_000, "x")).collect());
    let go = |kit: &mut Kit, text: &str| {
        kit.press("'").type_in(text).press("enter");
    };
    kit.state.now = NOW.plus(200_000);
    go(&mut kit, "150s");
    assert_eq!((log(&kit).list().offset, log(&kit).log_follow), (50, false));
    go(&mut kit, "never");
    assert!(kit.notice().contains("type a time"), "{}", kit.notice());
    // before what is kept: read from there
    go(&mut kit, "5h");
    let at = NOW.plus(200_000 - 5 * 3_600_000);
    let asked = lines_asked(&kit);
    assert!(!asked.back && asked.since == at.plus(-60_000) && log(&kit).log.is_empty(), "{asked:?}");
    let lines = (0..500).map(|n| event(at.plus(n * 1_000 - 60_000).since(NOW), "old")).collect();
    kit.answer("prod", Purpose::Logs(service.clone()), page(lines, Some("more")));
    assert_eq!(log(&kit).list().offset, 60);
    assert!(log(&kit).log_next.is_none() && log(&kit).log.cut, "it is not read up to now by itself");
    kit.effects.clear();
    kit.press(&["pagedown"; 40].join(" "));
    let asked = lines_asked(&kit);
    assert_eq!((asked.back, asked.since), (false, at.plus(499_000 - 60_000 - 15_000)), "read on");
    assert!(!log(&kit).log_follow);
    kit.answer("prod", Purpose::Logs(service), page(vec![event(0, "x")], None));
    kit.press("G");
    assert!(log(&kit).log_follow && !log(&kit).log.cut);
}
