//! What the timeline, the alarms and the board say where something could not be read, or may not be.

use crate::{
    app::{
        Msg, Purpose,
        tests::{
            kit::{Kit, key, name, trouble},
            watching::watching,
        },
    },
    model::{AlarmBrief, Answer, BoardChange, Boards, Protection, TroubleKind},
    ui::fixture::text,
};

#[test]
fn alarms_that_could_not_be_read_are_not_none() {
    let mut kit = Kit::with(&[("staging", Protection::Open)]);
    kit.press("6");
    kit.answer("staging", Purpose::AllAlarms, Err(trouble(TroubleKind::Denied)));
    let told = text(&kit.state, 120, 40);
    assert!(told.contains("could not be read") && !told.contains("There are no alarms"), "{told}");
    kit.answer("staging", Purpose::AllAlarms, Ok(Answer::AllAlarms { alarms: Vec::new(), more: false }));
    assert!(text(&kit.state, 120, 40).contains("There are no alarms."));
    let alarms = vec![AlarmBrief { name: "a".into(), ..AlarmBrief::default() }];
    kit.answer("staging", Purpose::AllAlarms, Ok(Answer::AllAlarms { alarms, more: true }));
    assert!(text(&kit.state, 120, 40).contains("more alarms than the 1,000"));
}

#[test]
fn what_an_alarm_watches_is_said_not_to_be_read_where_nothing_may_be_spent() {
    let kit = watching(0.0);
    let told = text(&kit.state, 120, 40);
    assert!(told.contains("is not read: cost_limit is 0") && !told.contains("Reading what"), "{told}");
}

#[test]
fn an_alarm_that_waits_for_the_cost_limit_says_so() {
    let mut kit = watching(1.0);
    kit.state.alarms.asked = None;
    kit.state.alarms.waits = Some(kit.state.now.plus(60_000));
    assert!(text(&kit.state, 120, 40).contains("cost_limit leaves no more before"));
}

#[test]
fn what_happened_is_not_nothing_where_it_could_not_be_read() {
    let mut kit = Kit::with(&[("staging", Protection::Open), ("prod", Protection::Open)]);
    kit.press("4");
    let answer = || Answer::Timeline { events: Vec::new(), gaps: Vec::new(), bounds: Vec::new() };
    let since = kit.state.timeline.asked[&name("prod")].since;
    let purpose = || Purpose::Timeline(since);
    assert!(text(&kit.state, 80, 24).contains("Reading 3h of staging, prod."));
    kit.answer("prod", purpose(), Err(trouble(TroubleKind::Denied)));
    kit.answer("staging", purpose(), Err(trouble(TroubleKind::Denied)));
    assert!(text(&kit.state, 80, 24).contains("What happened within 3h could not be read."));
    kit.answer("staging", purpose(), Ok(answer()));
    let told = text(&kit.state, 120, 40);
    assert!(told.contains("not all of it was read") && !told.contains("Nothing happened"), "{told}");
    assert!(told.contains("Not read: list ECS services (prod): denied."), "{told}");
    kit.answer("prod", purpose(), Ok(answer()));
    assert!(text(&kit.state, 120, 40).contains("Nothing happened within 3h."));
    let bounds = vec!["the newest 500 changes of alarms".to_owned()];
    kit.answer("prod", purpose(), Ok(Answer::Timeline { events: Vec::new(), gaps: Vec::new(), bounds }));
    let told = text(&kit.state, 120, 40);
    assert!(told.contains("No more than the newest 500 changes of alarms."), "{told}");
    assert!(!told.contains("Nothing happened"), "{told}");
}

#[test]
fn cells_of_the_board_say_why_they_are_empty() {
    let mut kit = Kit::with(&[("staging", Protection::Open)]);
    kit.press("5");
    let mut boards = Boards::default();
    for pinned in [key("staging", "staging-service"), key("staging", "gone"), key("prod", "prod-service")] {
        boards.apply(&BoardChange::Pin("default".into(), pinned));
    }
    kit.send(Msg::Boards(boards));
    kit.answer("staging", Purpose::Board, Ok(Answer::Metrics(Vec::new())));
    let told = text(&kit.state, 120, 40);
    for wanted in ["no data yet", "there is no such service", "prod is no environment here"] {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
    std::sync::Arc::make_mut(&mut kit.state.settings).cost_limit = 0.0;
    assert!(text(&kit.state, 120, 40).contains("not read: cost_limit is 0"));
}
