//! What the fleet says of services beyond AWS's word: alarms, deaths, versions, order.

use super::kit::*;
use crate::{
    app::{Effect, Msg, Purpose, TimerKey, matrix, state::Column, why},
    config::settings::Occasion,
    model::{
        AlarmBrief, Answer, ServiceKey, ServiceState, TaskBrief, TroubleKind, Version,
        ask::Ask,
        task::TaskContainer,
        why::{Kept, Want},
    },
};
use std::sync::Arc;

fn alarm(name: &str) -> AlarmBrief {
    AlarmBrief { name: name.into(), state: "ALARM".into(), reason: "5 of 5".into(), ..AlarmBrief::default() }
}

fn state_of(kit: &Kit) -> (ServiceState, String) {
    let row = &kit.state.rows[&key("prod", "prod-service")];
    (row.state, row.note.clone())
}

#[test]
fn a_service_whose_alarm_fires_is_not_steady() {
    let mut kit = Kit::new();
    kit.answer("prod", Purpose::Alarms, Ok(Answer::Alarms(vec![alarm("prod-service-5xx")])));
    let wanted = (ServiceState::Degraded, "in alarm: prod-service-5xx".to_owned());
    assert_eq!(state_of(&kit), wanted);
    assert_eq!(kit.has_timer(&TimerKey::Alarms(name("prod"))), Some(60_000));
    // AWS says steady again: it is not
    kit.rows("prod", vec![row("prod", "prod-service")]);
    assert_eq!(state_of(&kit), wanted);
    let told = why::lines(&kit.state, &key("prod", "prod-service"));
    assert_eq!(told[0].0, "alarm", "{told:?}");
    kit.answer("prod", Purpose::Alarms, Ok(Answer::Alarms(vec![])));
    assert_eq!(state_of(&kit), (ServiceState::Steady, String::new()));
}

#[test]
fn a_service_whose_tasks_keep_dying_is_not_steady() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("enter");
    kit.effects.clear();
    let mut detail = detail(&row("prod", "prod-service"));
    let dead = |n: i64| TaskBrief {
        id: format!("dead{n}"),
        last_status: "STOPPED".into(),
        started_by: "ecs-svc/41".into(),
        stop_code: "EssentialContainerExited".into(),
        stopped_at: Some(NOW.plus(-n * 20_000)),
        containers: vec![TaskContainer {
            name: "service".into(),
            exit_code: Some(137),
            reason: "OutOfMemoryError: Container killed due to memory usage".into(),
            ..TaskContainer::default()
        }],
        ..TaskBrief::default()
    };
    detail.tasks.extend((1..=5).map(dead));
    let own = key("prod", "prod-service");
    kit.answer("prod", Purpose::Detail(own.clone()), Ok(Answer::Detail(Box::new(detail))));
    let (state, note) = state_of(&kit);
    assert_eq!(state, ServiceState::Degraded);
    assert_eq!(
        note,
        "5 tasks stopped within 10m, the last: service: exit 137 (killed), OutOfMemoryError: Container killed due to memory usage"
    );
    let told = why::lines(&kit.state, &own);
    let deaths: Vec<&String> = told.iter().filter(|l| l.0 == "stopped tasks").map(|l| &l.1).collect();
    assert_eq!(deaths.len(), 1, "{told:?}");
    assert!(
        deaths[0].starts_with("5 tasks from 20:58 to 20:59: service: exit 137 (killed), OutOfMemoryError"),
        "{deaths:?}"
    );
    assert_eq!(
        (told[0].0.as_str(), told[0].1.contains("tasks killed for memory")),
        ("why", true),
        "{told:?}"
    );
    // they are forgotten in time
    kit.later(700_000);
    let mut newer = row("prod", "prod-service");
    newer.seen_at = kit.state.now;
    kit.rows("prod", vec![newer]);
    assert_eq!(state_of(&kit).0, ServiceState::Steady);
}

#[test]
fn deaths_of_what_was_replaced_are_history() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("enter");
    kit.effects.clear();
    // rolled back: :41 is in place again, and nine tasks of :42 died a minute ago
    let mut detail = detail(&row("prod", "prod-service"));
    let own = key("prod", "prod-service");
    detail.tasks.extend((1..=9).map(|n| TaskBrief {
        id: format!("dead{n}"),
        last_status: "STOPPED".into(),
        task_definition: definition_arn(&own, 42),
        started_by: "ecs-svc/42".into(),
        stop_code: "EssentialContainerExited".into(),
        stopped_at: Some(NOW.plus(-60_000)),
        containers: vec![TaskContainer {
            name: "service".into(),
            exit_code: Some(1),
            ..TaskContainer::default()
        }],
        ..TaskBrief::default()
    }));
    kit.answer("prod", Purpose::Detail(own.clone()), Ok(Answer::Detail(Box::new(detail))));
    assert_eq!(state_of(&kit), (ServiceState::Steady, String::new()));
    let told = why::lines(&kit.state, &own);
    assert!(
        told.iter().all(|(label, text)| !label.starts_with("stopped") || !text.contains("exit 1")),
        "{told:?}"
    );
    let before = &told.iter().find(|(label, _)| label == "before").unwrap().1;
    assert!(before.starts_with("replaced since: 9 tasks of prod-service:42"), "{before}");
}

#[test]
fn ahead_and_behind_are_told_by_the_push_not_by_the_deploy() {
    let mut kit = Kit::new();
    let own = key("prod", "prod-service");
    let put = |kit: &mut Kit, tag: &str| {
        let mut moved = row("prod", "prod-service");
        moved.version = Version::of(&format!("{REPOSITORY}:{tag}"), Some(&format!("sha256:{tag}000")));
        // deployed last, as after a rollback
        moved.deployed_at = Some(NOW);
        kit.rows("prod", vec![moved, row("prod", "prod-mailer")]);
    };
    let drift = |kit: &Kit| {
        let cell = kit.state.fleet.cells.iter().find(|(_, keys)| keys.contains(&own)).unwrap().0;
        matrix::drift(&kit.state, cell.0, cell.1)
    };
    kit.press("tab");
    put(&mut kit, "77d01ab");
    assert_eq!(drift(&kit), matrix::Drift::Differs);
    kit.answer("prod", Purpose::Repository(REPOSITORY.into()), Ok(Answer::Images(images())));
    assert_eq!(drift(&kit), matrix::Drift::Behind);
    put(&mut kit, "aaaaaa1");
    assert_eq!(drift(&kit), matrix::Drift::Ahead);
}

#[test]
fn a_repository_is_asked_for_once_for_all_environments() {
    let mut kit = Kit {
        state: empty(&[
            ("staging", crate::model::Protection::Confirm),
            ("prod", crate::model::Protection::Confirm),
        ]),
        effects: Vec::new(),
    };
    kit.send(Msg::Start);
    for environment in ["staging", "prod"] {
        kit.rows(environment, vec![row(environment, &format!("{environment}-service"))]);
    }
    let asked = |kit: &Kit| {
        kit.effects.iter().filter(|e| matches!(e, Effect::Ask { ask: Ask::Images { .. }, .. })).count()
    };
    assert_eq!(asked(&kit), 1);
    kit.later(301_000);
    kit.rows("prod", vec![row("prod", "prod-service")]);
    kit.rows("staging", vec![row("staging", "staging-service")]);
    assert_eq!(asked(&kit), 2);
}

#[test]
fn sparklines_follow_the_clock_of_aws() {
    let mut kit = Kit::new();
    kit.state.speed = 20.0;
    let name = name("staging");
    kit.send(Msg::Timer(TimerKey::Sparks(name.clone())));
    assert_eq!(kit.asked(&Purpose::Sparks), 1);
    kit.settle();
    // five seconds of the user's
    assert_eq!(kit.has_timer(&TimerKey::Sparks(name.clone())), Some(100_000));
    kit.later(100_000);
    kit.send(Msg::Timer(TimerKey::Sparks(name)));
    assert_eq!(kit.asked(&Purpose::Sparks), 1);
    assert_eq!(crate::app::fleet::sparks_age(&kit.state), None);
}

#[test]
fn every_column_sorted_by_is_on_the_screen() {
    let mut kit = Kit::new();
    for width in [80, 120] {
        kit.send(Msg::Resize(width, 24));
        let slots = crate::app::layout::fleet_columns(width, &kit.state.fleet.widths).slots;
        for _ in 0..12 {
            kit.press(",");
            let sort = kit.state.fleet.sort;
            assert!(slots.iter().any(|slot| slot.column == sort), "{sort:?} at {width}");
        }
    }
    assert_ne!(kit.state.fleet.sort, Column::Kind);
}

#[test]
fn the_cursor_begins_on_the_first_row_whoever_answers_first() {
    let mut kit = Kit {
        state: empty(&[
            ("staging", crate::model::Protection::Confirm),
            ("prod", crate::model::Protection::Confirm),
        ]),
        effects: Vec::new(),
    };
    kit.send(Msg::Start);
    kit.rows("prod", vec![row("prod", "prod-service")]);
    kit.rows("staging", vec![row("staging", "staging-service")]);
    assert_eq!(kit.state.fleet.selected, Some(key("staging", "staging-service")));
    kit.press("j");
    kit.rows("staging", vec![row("staging", "staging-a"), row("staging", "staging-service")]);
    assert_eq!(kit.state.fleet.selected, Some(key("prod", "prod-service")));
}

#[test]
fn who_looks_elsewhere_is_told_what_was_chosen_and_no_more() {
    let told = |kit: &mut Kit| -> Vec<String> {
        let told = kit.effects.extract_if(.., |e| matches!(e, Effect::Notify { .. }));
        told.filter_map(|e| if let Effect::Notify { text, .. } = e { Some(text) } else { None }).collect()
    };
    let alarms = |kit: &mut Kit, names: &[&str]| {
        let alarms = names.iter().map(|name| alarm(name)).collect();
        kit.answer("prod", Purpose::Alarms, Ok(Answer::Alarms(alarms)));
    };
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("space");
    alarms(&mut kit, &["prod-service-5xx"]);
    assert_eq!(told(&mut kit), Vec::<String>::new(), "nothing is chosen by itself");
    Arc::make_mut(&mut kit.state.settings).notify.on = vec![Occasion::Alarm];
    alarms(&mut kit, &["prod-service-5xx"]);
    assert_eq!(told(&mut kit), Vec::<String>::new(), "it fired before");
    alarms(&mut kit, &["prod-service-5xx", "prod-service-p99", "staging-service-5xx"]);
    assert_eq!(told(&mut kit), ["prod/prod-service: in alarm: prod-service-p99"]);
}

#[test]
fn what_this_machine_kept_is_told_with_when_it_was_kept() {
    let mut kit = Kit::new();
    let own = key("prod", "prod-service");
    kit.select("prod", "prod-service").press("w").settle();
    let dead = TaskBrief {
        id: "dead1".into(),
        last_status: "STOPPED".into(),
        task_definition: definition_arn(&own, 40),
        started_by: "ecs-svc/40".into(),
        stop_code: "EssentialContainerExited".into(),
        stopped_at: Some(NOW.plus(-3 * 3_600_000)),
        containers: vec![TaskContainer {
            name: "service".into(),
            exit_code: Some(3),
            ..TaskContainer::default()
        }],
        ..TaskBrief::default()
    };
    let kept = Kept { tasks: vec![(NOW.plus(-3 * 3_600_000), dead)], ..Kept::default() };
    kit.send(Msg::Remembered(own.clone(), Box::new(kept)));
    let told = why::lines(&kit.state, &own);
    let before = &told.iter().find(|(label, _)| label == "before").unwrap().1;
    assert!(before.contains("exit 3") && before.ends_with("(kept here 3h ago)"), "{before}");
}

#[test]
fn what_could_not_be_read_to_explain_a_service_is_told_and_asked_for_again() {
    let mut kit = Kit::new();
    let own = key("prod", "prod-service");
    kit.select("prod", "prod-service").press("w").settle();
    let purpose = || Purpose::Why(own.clone(), Box::new(Want::Metrics));
    let asked = |kit: &Kit| kit.effects.iter().filter(|e| asks_metrics(e, &own)).count();
    let read = |kit: &mut Kit, later: i64| {
        kit.later(later);
        kit.effects.clear();
        let detail = detail(&row("prod", "prod-service"));
        kit.answer("prod", Purpose::Detail(own.clone()), Ok(Answer::Detail(Box::new(detail))));
    };
    read(&mut kit, 61_000);
    assert_eq!(asked(&kit), 1);
    kit.answer("prod", purpose(), Err(trouble(TroubleKind::Server)));
    let told = why::lines(&kit.state, &own);
    assert!(
        told.iter().any(|(label, text)| label == "not readable" && text.contains("could not")),
        "{told:?}"
    );
    // not at once, and after a while
    read(&mut kit, 10_000);
    assert_eq!(asked(&kit), 0);
    read(&mut kit, 55_000);
    assert_eq!(asked(&kit), 1);
    // the second time later still
    kit.answer("prod", purpose(), Err(trouble(TroubleKind::Server)));
    read(&mut kit, 65_000);
    assert_eq!(asked(&kit), 0);
    read(&mut kit, 60_000);
    assert_eq!(asked(&kit), 1);
    kit.answer("prod", purpose(), Ok(Answer::Metrics(Vec::new())));
    assert!(why::lines(&kit.state, &own).iter().all(|(label, _)| label != "not readable"));
}

#[test]
fn where_metrics_may_cost_nothing_none_are_read_to_explain_a_service() {
    let mut kit = Kit::new();
    Arc::make_mut(&mut kit.state.settings).cost_limit = 0.0;
    let own = key("prod", "prod-service");
    kit.select("prod", "prod-service").press("w");
    let detail = detail(&row("prod", "prod-service"));
    kit.answer("prod", Purpose::Detail(own.clone()), Ok(Answer::Detail(Box::new(detail))));
    assert!(!kit.effects.iter().any(|e| asks_metrics(e, &own)), "{:?}", kit.effects);
    let told = why::lines(&kit.state, &own);
    assert!(told.contains(&("metrics".to_owned(), "not read: cost_limit is 0".to_owned())), "{told:?}");
}

/// Whether it asks for what explains the service by its numbers.
fn asks_metrics(effect: &Effect, own: &ServiceKey) -> bool {
    let wanted = Purpose::Why(own.clone(), Box::new(Want::Metrics));
    matches!(effect, Effect::Ask { purpose, .. } if *purpose == wanted)
}
