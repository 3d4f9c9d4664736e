//! What is asked when, what is told when it fails, and when the screen ticks.

use super::kit::*;
use crate::{
    app::{Effect, Msg, Purpose, TimerKey, clock},
    model::{Answer, Protection, Service, ServiceState, TroubleKind},
};

#[test]
fn the_start_asks_everywhere_at_once() {
    let mut kit =
        Kit { state: empty(&[("a", Protection::Open), ("b", Protection::Open)]), effects: Vec::new() };
    kit.send(Msg::Start);
    assert_eq!((kit.asked(&Purpose::Identity), kit.asked(&Purpose::Fleet)), (2, 2));
    assert!(kit.state.environments.iter().all(|e| e.loading));
}

#[test]
fn rows_are_read_again_on_time_and_one_at_a_time() {
    let mut kit = Kit::new();
    kit.rows("prod", vec![row("prod", "prod-service")]);
    assert_eq!(kit.has_timer(&TimerKey::Fleet(name("prod"))), Some(10_000));
    kit.send(Msg::Timer(TimerKey::Fleet(name("prod"))));
    kit.send(Msg::Timer(TimerKey::Fleet(name("prod"))));
    assert_eq!(kit.asked(&Purpose::Fleet), 1);
}

#[test]
fn rolling_rows_are_read_more_often() {
    let mut kit = Kit::new();
    let mut rolling = row("prod", "prod-service");
    rolling.state = ServiceState::Rolling;
    kit.rows("prod", vec![rolling, row("prod", "prod-mailer")]);
    assert_eq!(kit.has_timer(&TimerKey::Rows(name("prod"))), Some(3_000));
    kit.send(Msg::Timer(TimerKey::Rows(name("prod"))));
    assert!(kit.effects.iter().any(|e| matches!(e,
        Effect::Ask { ask: crate::model::Ask::Rows(keys), .. } if keys == &[key("prod", "prod-service")])));
    kit.effects.clear();
    kit.answer("prod", Purpose::Rows, Ok(Answer::Rows(vec![row("prod", "prod-service")])));
    assert_eq!(kit.has_timer(&TimerKey::Rows(name("prod"))), None, "it is steady again");
}

#[test]
fn a_failure_touches_no_other_environment_and_is_tried_less_and_less_often() {
    let mut kit = Kit::new();
    let count = kit.state.rows.len();
    for after in [10_000, 20_000, 40_000] {
        kit.answer("prod", Purpose::Fleet, Err(trouble(TroubleKind::Unreachable)));
        assert_eq!(kit.has_timer(&TimerKey::Fleet(name("prod"))), Some(after));
    }
    assert_eq!(kit.state.rows.len(), count, "the last good rows stay");
    let prod = kit.state.environment(&name("prod")).unwrap();
    assert_eq!(prod.next_at, Some(NOW.plus(40_000)));
    assert!(prod.trouble.is_some());
    assert!(kit.state.environment(&name("staging")).unwrap().trouble.is_none());
    kit.rows("prod", vec![row("prod", "prod-service")]);
    let prod = kit.state.environment(&name("prod")).unwrap();
    assert_eq!((prod.trouble.clone(), prod.failures), (None, 0));
}

#[test]
fn expired_credentials_are_looked_for_again_slowly_or_when_a_person_says_so() {
    let mut kit = Kit::new();
    kit.answer("prod", Purpose::Fleet, Err(trouble(TroubleKind::Expired)));
    assert_eq!(kit.has_timer(&TimerKey::Fleet(name("prod"))), Some(30_000));
    kit.effects.clear();
    kit.send(Msg::Timer(TimerKey::Fleet(name("prod"))));
    assert_eq!(kit.effects.first(), Some(&Effect::Reconnect(name("prod"))));
    kit.answer("prod", Purpose::Fleet, Err(trouble(TroubleKind::Expired)));
    kit.effects.clear();
    kit.press("r");
    let reconnects: Vec<_> = kit.effects.iter().filter(|e| matches!(e, Effect::Reconnect(_))).collect();
    assert_eq!(reconnects, [&Effect::Reconnect(name("prod"))]);
    kit.effects.clear();
    kit.press("3 j r");
    assert!(kit.effects.contains(&Effect::Reconnect(name("staging"))), "asked for by name");
}

#[test]
fn cached_rows_are_shown_until_aws_answers() {
    let mut kit = Kit { state: empty(&[("prod", Protection::Open)]), effects: Vec::new() };
    kit.send(Msg::Start);
    let mut old = row("prod", "prod-service");
    old.seen_at = NOW.plus(-3_600_000);
    let mut other = row("elsewhere", "x");
    other.seen_at = NOW;
    kit.send(Msg::Cached(vec![old.clone(), other]));
    assert!(kit.state.fleet.from_cache);
    assert_eq!(kit.state.fleet.shown.len(), 1);
    assert_eq!(crate::app::fleet::age(&kit.state, &old), Some(3_600_000));
    kit.rows("prod", vec![row("prod", "prod-service")]);
    assert!(!kit.state.fleet.from_cache);
    // what comes late from the disk is older than what AWS said
    kit.send(Msg::Cached(vec![old]));
    assert_eq!(kit.state.rows[&key("prod", "prod-service")].seen_at, NOW);
}

#[test]
fn discovered_environments_take_the_place_of_those_of_the_cache() {
    let mut kit = Kit { state: empty(&[]), effects: Vec::new() };
    kit.send(Msg::Start);
    kit.send(Msg::Cached(vec![row("prod", "prod-service"), row("gone", "x")]));
    assert_eq!(kit.state.environments.len(), 2);
    assert_eq!(kit.state.fleet.shown.len(), 2);
    kit.send(Msg::Lost(trouble(TroubleKind::NoCredentials)));
    assert!(kit.state.lost.is_some());
    assert!(kit.state.environments.iter().all(|e| e.trouble.is_some()), "no environment looks well");
    assert_eq!(crate::app::fleet::troubles(&kit.state), 1);
    let found = ["prod", "staging"].map(crate::config::Environment::named).to_vec();
    kit.send(Msg::Environments(found));
    assert_eq!(
        kit.state.environments.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(),
        ["prod", "staging"]
    );
    assert_eq!(kit.state.fleet.shown, [key("prod", "prod-service")]);
    assert_eq!((kit.asked(&Purpose::Identity), kit.asked(&Purpose::Fleet)), (2, 2));
    assert_eq!(kit.state.environments[0].protection, Protection::Typed);
}

#[test]
fn sparklines_are_read_for_what_is_seen_and_no_oftener_than_the_cost_allows() {
    let mut kit = Kit::with(&[("prod", Protection::Open)]);
    let mut rows: Vec<Service> = (0..1_000).map(|n| row("prod", &format!("s{n:03}"))).collect();
    for row in &mut rows {
        row.traffic = crate::model::Traffic::one("app/prod/1", &format!("targetgroup/{}/1", row.key.name));
    }
    kit.rows("prod", rows);
    kit.effects.clear();
    let spark = TimerKey::Sparks(name("prod"));
    kit.send(Msg::Timer(spark.clone()));
    let page = crate::app::fleet::page(&kit.state);
    let targets = |kit: &Kit| {
        kit.effects.iter().find_map(|e| match e {
            Effect::Ask { ask: crate::model::Ask::Metrics { targets, .. }, .. } => Some(targets.len()),
            _ => None,
        })
    };
    assert_eq!(targets(&kit), Some(page));
    kit.settle();
    assert_eq!(kit.has_timer(&spark), Some(60_000));
    assert_eq!(kit.state.sparks.len(), page);
    // identical series, read again, do not draw
    let revision = kit.state.revision;
    kit.send(Msg::Timer(spark.clone()));
    kit.settle();
    assert_eq!(kit.state.revision, revision);
    // moving on reads only what is new, once it has come to rest
    kit.effects.clear();
    kit.press("ctrl-f ctrl-f");
    assert_eq!(kit.has_timer(&spark), Some(700));
    // the bucket runs dry in the end
    let mut waits = 0;
    for _ in 0..25 {
        kit.effects.clear();
        kit.press("ctrl-f");
        kit.send(Msg::Timer(spark.clone()));
        kit.settle();
        waits += usize::from(kit.has_timer(&spark).is_some_and(|after| after > 700 && after != 60_000));
    }
    assert!(waits > 0);
}

#[test]
fn metrics_that_fail_are_told_and_nothing_else_suffers() {
    let mut kit = Kit::new();
    kit.send(Msg::Timer(TimerKey::Sparks(name("prod"))));
    kit.answer("prod", Purpose::Sparks, Err(trouble(TroubleKind::Unsupported)));
    let prod = kit.state.environment(&name("prod")).unwrap();
    assert!(prod.metrics_trouble.is_some() && prod.trouble.is_none());
}

#[test]
fn the_clock_ticks_only_when_a_text_changes() {
    let mut kit = Kit::new();
    // all rows were deployed an hour ago; they turn stale in 12 s, and that is the next change
    let next = clock::next(&kit.state).unwrap();
    assert_eq!(next, NOW.plus(12_001));
    kit.press("?");
    assert_eq!(
        clock::next(&kit.state),
        Some(next),
        "on the help screen, only the header depends on the time"
    );
    kit.press("esc");
    kit.later(30_000);
    assert_eq!(clock::next(&kit.state).unwrap().0 % 1000, 0, "ages of seconds tick with the wall's");
    kit.later(120_000);
    let next = clock::next(&kit.state).unwrap();
    assert_eq!(next.0 % 60_000, 0, "ages of minutes once a minute");
    let before = kit.state.revision;
    kit.send(Msg::Timer(TimerKey::Clock));
    assert!(kit.state.revision > before);
    assert!(kit.has_timer(&TimerKey::Clock).is_some());
}

#[test]
fn the_meter_draws_only_when_its_text_changes() {
    let mut kit = Kit::new();
    let before = kit.state.revision;
    let meter = |dollars| Msg::Meter { environment: name("prod"), calls: 1, throttled: 0, dollars };
    kit.send(meter(0.000_1));
    assert_eq!(kit.state.revision, before);
    kit.send(meter(0.05));
    assert!(kit.state.revision > before);
}

#[test]
fn the_fleet_is_kept_for_the_next_start() {
    let mut kit = Kit::new();
    kit.later(61_000);
    let mut changed = row("prod", "prod-service");
    changed.running = Some(1);
    kit.rows("prod", vec![changed]);
    assert!(kit.effects.iter().any(|e| matches!(e, Effect::SaveFleet(rows) if rows.len() == 5)));
    kit.effects.clear();
    kit.rows("prod", vec![row("prod", "prod-service")]);
    assert!(!kit.effects.iter().any(|e| matches!(e, Effect::SaveFleet(_))), "not so soon again");
    kit.press("q");
    assert!(matches!(kit.effects.as_slice(), [.., Effect::SaveFleet(_), Effect::Quit]), "{:?}", kit.effects);
}

#[test]
fn sparklines_do_not_wait_for_the_whole_of_a_long_read() {
    let mut kit = Kit { state: empty(&[("prod", Protection::Open)]), effects: Vec::new() };
    kit.send(Msg::Start);
    let spark = TimerKey::Sparks(name("prod"));
    for part in 0..5 {
        let rows = (0..600).map(|n| row("prod", &format!("s{part}{n:03}"))).collect();
        let answer = Answer::Rows(rows);
        kit.send(Msg::Part { environment: name("prod"), purpose: Purpose::Fleet, answer });
        kit.later(100);
    }
    let set = kit.effects.iter().filter(|e| matches!(e, Effect::Timer { key, .. } if *key == spark)).count();
    assert_eq!(set, 1, "the first sets the timer, the others leave it");
    kit.later(300);
    kit.send(Msg::Timer(spark));
    assert_eq!(kit.asked(&Purpose::Sparks), 1);
    let every = kit.state.environments[0].every;
    assert_eq!(every, 33_000, "3,000 services are paced before they are all read");
}
