//! The timeline, the alarms and the board: what is asked, when, and where the cursor stays.

use super::kit::{Kit, NOW, key, name, trouble};
use crate::{
    app::{
        Effect, Msg, Purpose, TimerKey, alarms, schedule,
        state::{Came, Screen},
        timeline::{self, Reading},
    },
    model::{
        AlarmBrief, Answer, Ask, BoardChange, Boards, EventKind, Protection, Range, ServiceKey, Stamp,
        TimelineEvent, Tone, TroubleKind, Watched,
    },
};
use std::sync::Arc;

fn event(id: &str, age: i64, of: Option<ServiceKey>) -> TimelineEvent {
    TimelineEvent {
        id: id.to_owned(),
        at: NOW.plus(-age * 1_000),
        environment: of.as_ref().map_or_else(|| name("staging"), |key| key.environment.clone()),
        key: of,
        kind: EventKind::Deployment,
        name: String::new(),
        text: format!("{id} happened"),
        begins: false,
        who: String::new(),
        tone: Tone::Plain,
    }
}

/// What the timeline asked of which environments, and from when on; each but once.
fn asked(kit: &Kit) -> Vec<(String, Stamp)> {
    let asks = kit.effects.iter().filter_map(|effect| match effect {
        Effect::Ask { environment, purpose: Purpose::Timeline(since), .. } => {
            Some((environment.to_string(), *since))
        }
        _ => None,
    });
    asks.collect()
}

fn tell(kit: &mut Kit, environment: &str, events: Vec<TimelineEvent>) {
    let since = kit.state.timeline.asked.get(&name(environment)).unwrap().since;
    let answer = Answer::Timeline { events, gaps: Vec::new(), bounds: Vec::new() };
    kit.answer(environment, Purpose::Timeline(since), Ok(answer));
}

fn selected(kit: &Kit) -> &str {
    timeline::selected(&kit.state).map_or("", |event| &event.id)
}

/// The timeline with three entries of staging, all of it read.
fn three() -> Kit {
    let mut kit = Kit::new();
    kit.press("4").settle();
    kit.state.timeline.events.clear();
    let api = Some(key("staging", "staging-service"));
    kit.state.timeline.asked.get_mut(&name("staging")).unwrap().came = Came::Nothing;
    tell(
        &mut kit,
        "staging",
        vec![event("c", 10, api.clone()), event("b", 20, api.clone()), event("a", 30, api)],
    );
    kit.effects.clear();
    kit
}

#[test]
fn an_environment_without_services_makes_nothing_be_read_again() {
    let mut kit = Kit::with(&[("staging", Protection::Open), ("lonely", Protection::Open)]);
    kit.press("4");
    assert_eq!(asked(&kit).len(), 1, "what has no services has nothing to tell");
    assert_eq!(kit.has_timer(&TimerKey::Timeline), Some(schedule::TIMELINE_MS));
    kit.settle();
    assert_eq!(timeline::reading(&kit.state), Reading::Done);
    for _ in 0..5 {
        kit.later(1_500).send(Msg::Timer(TimerKey::Timeline));
    }
    assert!(asked(&kit).is_empty(), "not before it is due");
    kit.later(schedule::span(schedule::TIMELINE_MS)).send(Msg::Timer(TimerKey::Timeline));
    assert_eq!(asked(&kit).len(), 1);
}

#[test]
fn an_environment_is_read_once_its_services_are_known() {
    let mut kit = Kit::with(&[("staging", Protection::Open)]);
    kit.state.environment_mut(&name("staging")).unwrap().seen_at = None;
    kit.press("4");
    assert!(asked(&kit).is_empty());
    assert_eq!(timeline::reading(&kit.state), Reading::Now(vec![&name("staging")]));
    let rows = kit.state.rows.values().cloned().collect();
    kit.rows("staging", rows);
    assert_eq!(asked(&kit).len(), 1);
}

#[test]
fn a_wider_range_is_asked_at_once_and_said_to_be_read() {
    let mut kit = Kit::with(&[("staging", Protection::Open)]);
    kit.press("4");
    let narrow = asked(&kit)[0].1;
    // while the narrower is still being read
    kit.press("]");
    assert_eq!(asked(&kit).len(), 1);
    kit.effects.clear();
    tell(&mut kit, "staging", Vec::new());
    let wide = asked(&kit)[0].1;
    assert_eq!(narrow.since(wide), (Range::H12.seconds() - Range::H3.seconds()) * 1_000);
    assert!(matches!(timeline::reading(&kit.state), Reading::Now(_)), "the rest is not known");
    tell(&mut kit, "staging", Vec::new());
    assert_eq!(timeline::reading(&kit.state), Reading::Done);
    assert!(timeline::is_whole(&kit.state));
    // read again it is known all the while
    kit.later(schedule::span(schedule::TIMELINE_MS)).send(Msg::Timer(TimerKey::Timeline));
    assert_eq!(timeline::reading(&kit.state), Reading::Done);
}

#[test]
fn what_could_not_be_read_is_not_nothing() {
    let mut kit = Kit::with(&[("staging", Protection::Open), ("prod", Protection::Open)]);
    kit.press("4");
    tell(&mut kit, "staging", Vec::new());
    let since = kit.state.timeline.asked[&name("prod")].since;
    kit.answer("prod", Purpose::Timeline(since), Err(trouble(TroubleKind::Denied)));
    assert_eq!(timeline::reading(&kit.state), Reading::Done);
    assert!(!timeline::is_whole(&kit.state));
    // it is not asked again and again
    kit.effects.clear();
    kit.later(1_000).send(Msg::Timer(TimerKey::Timeline));
    assert!(asked(&kit).is_empty());
}

#[test]
fn the_newest_is_followed_until_the_cursor_is_moved() {
    let mut kit = three();
    assert_eq!(selected(&kit), "c");
    let api = Some(key("staging", "staging-service"));
    tell(&mut kit, "staging", vec![event("d", 5, api.clone())]);
    assert_eq!(selected(&kit), "d");
    kit.press("j");
    assert_eq!(selected(&kit), "c");
    tell(&mut kit, "staging", vec![event("e", 4, api.clone())]);
    assert_eq!(selected(&kit), "c", "it stays on what it was moved to");
    kit.press("g g");
    tell(&mut kit, "staging", vec![event("f", 3, api)]);
    assert_eq!(selected(&kit), "f");
}

#[test]
fn the_moment_it_was_opened_at_does_not_pull_the_cursor_back() {
    let mut kit = three();
    timeline::open_at(&mut kit.state, Some(NOW.plus(-25_000)));
    timeline::arrange(&mut kit.state);
    assert_eq!(selected(&kit), "a");
    let api = Some(key("staging", "staging-service"));
    tell(&mut kit, "staging", vec![event("a2", 26, api.clone())]);
    assert_eq!(selected(&kit), "a2", "what was nearest to the moment");
    kit.press("k");
    assert_eq!(selected(&kit), "b");
    tell(&mut kit, "staging", vec![event("d", 5, api)]);
    assert_eq!(selected(&kit), "b");
}

#[test]
fn one_comes_back_to_where_one_was() {
    let mut kit = three();
    kit.press("j enter");
    assert_eq!(kit.state.screen(), Screen::Service);
    let api = Some(key("staging", "staging-service"));
    let answer = Answer::Timeline { events: vec![event("d", 5, api)], gaps: Vec::new(), bounds: Vec::new() };
    let purpose = Purpose::Markers(key("staging", "staging-service"));
    kit.send(Msg::Part { environment: name("staging"), purpose, answer });
    kit.press("esc");
    assert_eq!((kit.state.screen(), selected(&kit)), (Screen::Timeline, "b"));
}

#[test]
fn what_is_the_accounts_stays_with_whoever_told_it_first() {
    let mut kit = three();
    let of_account =
        |environment: &str| TimelineEvent { environment: name(environment), ..event("x", 1, None) };
    tell(&mut kit, "staging", vec![of_account("staging")]);
    tell(&mut kit, "prod", vec![of_account("prod")]);
    let told: Vec<&str> = timeline::listed(&kit.state)
        .iter()
        .filter(|event| event.id == "x")
        .map(|event| event.environment.as_str())
        .collect();
    assert_eq!(told, ["staging"]);
}

#[test]
fn the_lists_are_made_once_a_change_and_not_by_keys() {
    let mut kit = three();
    let made = timeline::listed(&kit.state).as_ptr();
    kit.press("j k j j k");
    assert_eq!(timeline::listed(&kit.state).as_ptr(), made);
    // the same told again is no change
    let again: Vec<TimelineEvent> =
        kit.state.timeline.events.iter().map(|event| TimelineEvent::clone(event)).collect();
    let revision = kit.state.timeline.listed.clone();
    let since = kit.state.timeline.asked[&name("staging")].since;
    let answer = Answer::Timeline { events: again, gaps: Vec::new(), bounds: Vec::new() };
    kit.send(Msg::Part { environment: name("staging"), purpose: Purpose::Timeline(since), answer });
    assert_eq!(timeline::listed(&kit.state).as_ptr(), made);
    assert!(revision.iter().zip(timeline::listed(&kit.state)).all(|(a, b)| Arc::ptr_eq(a, b)));
    let mut kit = Kit::new();
    kit.press("6").settle();
    let made = alarms::listed(&kit.state).as_ptr();
    kit.press("j k j");
    assert_eq!(alarms::listed(&kit.state).as_ptr(), made);
}

#[test]
fn charts_do_not_ask_who_it_was() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("m").settle();
    kit.later(600_000).send(Msg::Timer(TimerKey::Charts));
    let markers: Vec<&Ask> = kit
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask { purpose: Purpose::Markers(_), ask, .. } => Some(ask),
            _ => None,
        })
        .collect();
    assert!(!markers.is_empty());
    assert!(markers.iter().all(|ask| matches!(ask, Ask::Timeline { trail: false, .. })), "{markers:?}");
}

/// Everything is in one account and region.
#[test]
fn the_environments_of_an_account_share_one_read_of_its_alarms() {
    let mut kit = Kit::new();
    assert_eq!(kit.state.environments.len(), 4);
    kit.press("6");
    assert_eq!(kit.asked(&Purpose::AllAlarms), 1);
    let Some(Effect::Ask { environment: first, .. }) =
        kit.effects.iter().find(|effect| matches!(effect, Effect::Ask { purpose: Purpose::AllAlarms, .. }))
    else {
        panic!("nothing is asked")
    };
    let first = first.to_string();
    kit.effects.clear();
    kit.answer(&first, Purpose::AllAlarms, Err(trouble(TroubleKind::Denied)));
    assert_eq!(kit.asked(&Purpose::AllAlarms), 1, "whoever comes in otherwise may be allowed to");
    assert_eq!(alarms::unread(&kit.state).len(), 4);
    kit.settle();
    assert!(alarms::unread(&kit.state).is_empty());
    assert!(kit.state.alarms.troubles.is_empty());
    kit.press("r");
    assert_eq!(kit.asked(&Purpose::AllAlarms), 1);
}

#[test]
fn the_filter_of_the_alarms_is_there_when_one_comes_back() {
    let mut kit = Kit::new();
    kit.press("6").settle();
    kit.press("/").type_in("state:alarm").press("enter enter");
    assert_eq!(kit.state.screen(), Screen::Service);
    kit.press("esc");
    assert_eq!(kit.state.screen(), Screen::Alarms);
    assert_eq!(kit.state.alarms.filter, "state:alarm");
}

/// The alarms, one of which watches a metric that is due.
pub(crate) fn watching(cost_limit: f64) -> Kit {
    let mut kit = Kit::with(&[("staging", Protection::Open)]);
    Arc::make_mut(&mut kit.state.settings).cost_limit = cost_limit;
    kit.press("6");
    let watched = Some(Box::new(Watched { period: 60, ..Watched::default() }));
    let alarms = vec![AlarmBrief { name: "a".into(), watched, ..AlarmBrief::default() }];
    kit.answer("staging", Purpose::AllAlarms, Ok(Answer::AllAlarms { alarms, more: false }));
    kit.send(Msg::Timer(TimerKey::Watched));
    kit
}

#[test]
fn what_the_cost_limit_puts_off_is_said_to_come_and_comes() {
    let mut kit = watching(1.0);
    let one = |effect: &Effect| matches!(effect, Effect::Ask { purpose: Purpose::Watched(_), .. });
    assert!(kit.effects.iter().any(one));
    let now = kit.state.now;
    kit.state.alarms.asked = None;
    kit.state.budget.spend(10.0, 1.0, now);
    kit.effects.clear();
    kit.send(Msg::Timer(TimerKey::Watched));
    assert!(!kit.effects.iter().any(one));
    let wait = kit.has_timer(&TimerKey::Watched).unwrap();
    assert!(kit.state.alarms.waits.is_some_and(|until| until > now));
    kit.later(schedule::span(wait)).send(Msg::Timer(TimerKey::Watched));
    assert!(kit.effects.iter().any(one));
}

fn saved(kit: &Kit) -> Vec<&BoardChange> {
    let changes = kit.effects.iter().filter_map(|effect| match effect {
        Effect::SaveBoards(change) => Some(change),
        _ => None,
    });
    changes.collect()
}

#[test]
fn boards_are_begun_by_a_name_and_gone_through() {
    let mut kit = Kit::new();
    let (api, mailer) = (key("staging", "staging-service"), key("staging", "staging-mailer"));
    kit.select("staging", "staging-service").press("b");
    assert!(kit.notice().contains("pinned to the board"), "{}", kit.notice());
    kit.press("5 n");
    assert!(kit.notice().contains("there is one board"), "{}", kit.notice());
    kit.press("/").type_in("web").press("enter");
    assert!(kit.state.board.pins().is_empty());
    kit.press("1").select("staging", "staging-mailer").press("b");
    assert!(kit.notice().contains("pinned to board web"), "{}", kit.notice());
    assert_eq!(
        saved(&kit),
        [&BoardChange::Pin("default".into(), api.clone()), &BoardChange::Pin("web".into(), mailer.clone())]
    );
    kit.press("5");
    assert_eq!(kit.state.board.pins().first(), Some(&mailer));
    kit.press("n");
    assert_eq!(kit.state.board.pins().first(), Some(&api));
    kit.press("N");
    assert_eq!(kit.state.board.pins().first(), Some(&mailer));
    // looked for and not wanted: the one before is back
    kit.press("/").type_in("d");
    assert_eq!(kit.state.board.pins().first(), Some(&api));
    kit.press("esc");
    assert_eq!(kit.state.board.name, "web");
}

/// What was pinned before the disk was read, and what another flightdeck pinned, come with what is read.
#[test]
fn what_is_on_the_disk_is_shown_and_read() {
    let mut kit = Kit::new();
    kit.press("5");
    let mut boards = Boards::default();
    boards.apply(&BoardChange::Pin("default".into(), key("staging", "staging-service")));
    kit.send(Msg::Boards(boards.clone()));
    assert_eq!(kit.asked(&Purpose::Board), 1);
    kit.settle();
    let changed = kit.state.revision;
    kit.send(Msg::Boards(boards));
    assert_eq!(kit.state.revision, changed, "the same again is no change");
}

#[test]
fn a_pinned_service_that_is_not_there_is_not_waited_for() {
    let mut kit = Kit::new();
    kit.press("5");
    let mut boards = Boards::default();
    boards.apply(&BoardChange::Pin("default".into(), key("staging", "gone")));
    kit.effects.clear();
    kit.send(Msg::Boards(boards));
    assert_eq!(kit.has_timer(&TimerKey::Board), None, "nothing ticks for it");
}

#[test]
fn the_service_that_was_asked_for_is_opened_once_it_is_known() {
    let wanted = |service: &str| {
        let mut kit = Kit::new();
        let rows: Vec<_> =
            kit.state.rows.values().filter(|row| row.key.environment.as_str() == "prod").cloned().collect();
        kit.state.rows.retain(|key, _| key.environment.as_str() != "prod");
        kit.state.opening = Some((name("prod"), service.to_owned()));
        (kit, rows)
    };
    let (mut kit, rows) = wanted("prod-service");
    kit.rows("prod", rows);
    assert_eq!(kit.state.screen(), Screen::Service);
    assert_eq!(kit.state.service.as_ref().map(|view| view.key.clone()), Some(key("prod", "prod-service")));
    assert_eq!(kit.state.opening, None);
    let (mut kit, rows) = wanted("nobody");
    kit.rows("prod", rows);
    assert_eq!((kit.state.screen(), kit.notice()), (Screen::Fleet, "there is no service nobody in prod"));
    // whoever went elsewhere meanwhile is left there
    let (mut kit, rows) = wanted("prod-service");
    kit.press("4");
    kit.rows("prod", rows);
    assert_eq!(kit.state.screen(), Screen::Timeline);
}
