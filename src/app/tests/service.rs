//! The service screen and its tabs.

use super::kit::*;
use crate::{
    app::{
        Effect, Msg, Purpose, TimerKey,
        rows::BodyRow,
        service::{extent, row as selected_row},
        state::{Screen, Tab},
        why,
    },
    model::{
        Answer, LogPage, Range, ServiceState, Stamp, Target, TroubleKind, detail::RuleWeights,
        plan::DiffLine, traffic::Role,
    },
};

fn opened() -> Kit {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("enter").settle();
    kit.effects.clear();
    kit
}

#[test]
fn opening_reads_the_service_and_then_again_on_time() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("enter");
    assert_eq!(kit.state.screen(), Screen::Service);
    assert_eq!(kit.asked(&Purpose::Detail(key("prod", "prod-service"))), 1);
    kit.settle();
    assert_eq!(kit.has_timer(&TimerKey::Detail), Some(10_000));
    let before = kit.state.revision;
    kit.send(Msg::Timer(TimerKey::Detail));
    kit.settle();
    assert_eq!(kit.state.revision, before, "the same again does not draw");
    kit.effects.clear();
    let mut rolling = row("prod", "prod-service");
    rolling.state = ServiceState::Rolling;
    kit.answer(
        "prod",
        Purpose::Detail(key("prod", "prod-service")),
        Ok(Answer::Detail(Box::new(detail(&rolling)))),
    );
    assert_eq!(kit.has_timer(&TimerKey::Detail), Some(3_000));
    assert_eq!(kit.state.rows[&key("prod", "prod-service")].state, ServiceState::Rolling);
    kit.press("esc");
    kit.effects.clear();
    kit.send(Msg::Timer(TimerKey::Detail));
    assert!(kit.effects.iter().all(|e| matches!(e, Effect::Timer { .. })), "not asked when not shown");
}

#[test]
fn the_cursor_stands_on_lines_that_say_something() {
    let mut kit = opened();
    assert!(matches!(selected_row(&kit.state), Some(BodyRow::Deployment(0))));
    kit.press("j");
    assert!(matches!(selected_row(&kit.state), Some(BodyRow::Task { index: 0, nested: true, .. })));
    kit.press("G");
    assert!(matches!(selected_row(&kit.state), Some(BodyRow::Event(59))));
    kit.press("enter");
    assert_eq!(kit.overlay(), "text");
    kit.press("esc g");
    assert_eq!(kit.state.service.as_ref().unwrap().list().offset, 0);
    for _ in 0..100 {
        kit.press("j");
        assert!(selected_row(&kit.state).is_some());
        let list = kit.state.service.as_ref().unwrap().list();
        let (_, page) = extent(&kit.state);
        assert!(list.cursor >= list.offset && list.cursor < list.offset + page);
    }
}

#[test]
fn tabs_go_round_and_have_keys() {
    let mut kit = opened();
    let tab = |kit: &Kit| kit.state.service.as_ref().unwrap().tab;
    for wanted in
        [Tab::Metrics, Tab::Logs, Tab::Tasks, Tab::Revisions, Tab::Config, Tab::Targets, Tab::Rollout]
    {
        kit.press("tab").settle();
        assert_eq!(tab(&kit), wanted);
    }
    kit.press("backtab");
    assert_eq!(tab(&kit), Tab::Targets);
    for (press, wanted) in [("m", Tab::Metrics), ("l", Tab::Logs), ("t", Tab::Tasks), ("v", Tab::Revisions)] {
        kit.press(press);
        assert_eq!(tab(&kit), wanted);
    }
    kit.press("esc");
    assert_eq!(kit.state.screen(), Screen::Fleet);
    kit.press("m");
    assert_eq!((kit.state.screen(), tab(&kit)), (Screen::Service, Tab::Metrics));
}

#[test]
fn charts_follow_range_cursor_and_marks() {
    let mut kit = opened();
    kit.press("m");
    let service = key("prod", "prod-service");
    assert_eq!(kit.asked(&Purpose::Charts(service.clone(), Range::H1)), 1);
    kit.settle();
    assert_eq!(kit.has_timer(&TimerKey::Charts), Some(60_000));
    let charts = |kit: &Kit| kit.state.service.as_ref().unwrap().charts.clone();
    assert_eq!(charts(&kit).markers.len(), 1);
    kit.press("left left left right");
    assert_eq!(charts(&kit).cursor, Some(1));
    kit.press("g left");
    assert_eq!(charts(&kit).cursor, Some(14));
    kit.press("esc");
    assert_eq!((charts(&kit).cursor, kit.state.screen()), (None, Screen::Service));
    kit.press("j enter");
    assert_eq!((charts(&kit).focus, charts(&kit).zoomed), (1, true));
    kit.press("esc ]");
    assert_eq!(charts(&kit).range, Range::H3);
    assert!(charts(&kit).series.value.is_none(), "the old range is not shown for the new one");
    // an answer for the old range is not taken
    kit.answer(
        "prod",
        Purpose::Charts(service.clone(), Range::H1),
        Ok(Answer::Metrics(vec![(service, vec![])])),
    );
    assert!(charts(&kit).series.value.is_none());
    kit.settle();
    kit.press("esc").select("staging", "staging-service").press("space");
    kit.select("prod", "prod-service").press("m").settle();
    assert_eq!(charts(&kit).series.value.unwrap().len(), 2);
    for _ in 0..9 {
        kit.press("]");
    }
    assert_eq!(charts(&kit).range, Range::D7);
    assert!(kit.notice().contains("longest"));
}

#[test]
fn revisions_are_compared_with_the_current_one() {
    let mut kit = opened();
    kit.press("v");
    assert_eq!(kit.asked(&Purpose::Revisions(key("prod", "prod-service"))), 1);
    kit.settle();
    let difference = |kit: &Kit| {
        let view = kit.state.service.as_ref().unwrap();
        let d = view.difference.as_ref().unwrap();
        (d.from.clone(), d.to.clone(), d.lines.clone())
    };
    let (from, to, lines) = difference(&kit);
    assert_eq!((from.as_str(), to.as_str()), ("prod-service:40", "prod-service:41"));
    assert!(lines.contains(&DiffLine::Added("  \"cpu\": \"41\",".into())), "{lines:?}");
    kit.press("j j").settle();
    let (from, to, _) = difference(&kit);
    assert_eq!((from.as_str(), to.as_str()), ("prod-service:39", "prod-service:41"));
    // definitions never change: they are not read twice
    kit.effects.clear();
    kit.press("k k j");
    assert!(!kit.effects.iter().any(|e| matches!(e, Effect::Ask { .. })));
    kit.press("enter");
    assert_eq!(kit.overlay(), "planning");
    kit.settle();
    assert_eq!(kit.overlay(), "plan", "{:?}", kit.state.overlay);
    kit.press("esc k enter");
    assert!(kit.notice().contains("is the current revision"), "{}", kit.notice());
}

#[test]
fn why_tells_what_is_known() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("w");
    assert_eq!(kit.overlay(), "why");
    let service = key("prod", "prod-service");
    let lines = why::lines(&kit.state, &service);
    assert!(lines.iter().any(|l| l.1 == "being read"));
    kit.settle();
    let mut dying = detail(&row("prod", "prod-service"));
    dying.tasks[2].stop_code = "EssentialContainerExited".into();
    dying.tasks[2].stopped_reason = "Essential container in task exited".into();
    dying.tasks[2].containers.push(crate::model::task::TaskContainer {
        name: "service".into(),
        exit_code: Some(1),
        ..Default::default()
    });
    dying.deployments[0].rollout_state = "FAILED".into();
    dying.deployments[0].reason = "tasks failed to start".into();
    kit.answer("prod", Purpose::Detail(service.clone()), Ok(Answer::Detail(Box::new(dying))));
    let lines = why::lines(&kit.state, &service);
    for told in ["tasks failed to start", "service: exit 1", "event 0", "2 of 2 tasks run"] {
        assert!(lines.iter().any(|l| l.1.contains(told)), "{told}: {lines:?}");
    }
    let mut nowhere = detail(&row("prod", "prod-service"));
    let group = |name: &str| format!("arn:aws:elasticloadbalancing:r:1:targetgroup/{name}/1");
    nowhere.rules = vec![RuleWeights {
        arn: "arn:rule".into(),
        role: Role::Production,
        forwards: vec![(group("blue"), 100), (group("green"), 0)],
    }];
    let target = Target { group: group("green"), state: "healthy".into(), ..Target::default() };
    nowhere.targets = vec![target];
    kit.answer("prod", Purpose::Detail(service.clone()), Ok(Answer::Detail(Box::new(nowhere.clone()))));
    let traffic = |kit: &Kit| why::lines(&kit.state, &service).into_iter().find(|l| l.0 == "traffic");
    let told = traffic(&kit).unwrap();
    assert_eq!(told.1, "production points at blue, which has no healthy target");
    nowhere.rules[0].forwards.reverse();
    nowhere.rules[0].forwards[0].1 = 100;
    nowhere.rules[0].forwards[1].1 = 0;
    kit.answer("prod", Purpose::Detail(service.clone()), Ok(Answer::Detail(Box::new(nowhere))));
    assert_eq!(traffic(&kit), None);
    kit.press("w");
    assert_eq!(kit.overlay(), "");
}

#[test]
fn a_service_that_cannot_be_read_says_so_and_is_tried_again() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("enter");
    kit.effects.clear();
    let purpose = Purpose::Detail(key("prod", "prod-service"));
    kit.answer("prod", purpose, Err(trouble(TroubleKind::Server)));
    let view = kit.state.service.as_ref().unwrap();
    assert!(view.detail.trouble.is_some() && view.detail.value.is_none());
    assert_eq!(kit.has_timer(&TimerKey::Detail), Some(10_000));
}

#[test]
fn late_answers_for_another_service_are_not_taken() {
    let mut kit = opened();
    let other = key("staging", "staging-service");
    let before = kit.state.revision;
    kit.answer("staging", Purpose::Logs(other.clone()), Ok(Answer::Lines(LogPage::default())));
    kit.answer(
        "staging",
        Purpose::Detail(other.clone()),
        Ok(Answer::Detail(Box::new(detail(&row("staging", "staging-service"))))),
    );
    kit.answer("staging", Purpose::Revisions(other), Ok(Answer::Revisions(vec![])));
    assert_eq!(kit.state.revision, before);
    assert_eq!(kit.state.service.as_ref().unwrap().log_since, Stamp(0));
}
