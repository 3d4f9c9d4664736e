//! The fleet: cursor, filter, sort, matrix, mouse.

use super::kit::*;
use crate::{
    app::{
        Effect, Mouse, MouseKind, Msg, Purpose,
        fleet::{self, age, state_words},
        layout,
        state::{Column, Screen},
    },
    model::{Answer, RolloutBrief, ServiceKey, ServiceState},
};

fn names(kit: &Kit) -> Vec<String> {
    kit.state.fleet.shown.iter().map(|k| k.name.to_string()).collect()
}

fn selected(kit: &Kit) -> ServiceKey {
    kit.state.fleet.selected.clone().unwrap()
}

#[test]
fn the_order_is_that_of_the_configuration_then_of_names() {
    let kit = Kit::new();
    assert_eq!(
        names(&kit),
        [
            "fem-fd-service",
            "staging-mailer",
            "staging-service",
            "prod-mailer",
            "prod-service",
            "preview-service"
        ]
    );
}

#[test]
fn the_cursor_stays_on_its_service_when_rows_move() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service");
    kit.rows("staging", vec![row("staging", "a-new-one"), row("staging", "staging-service")]);
    assert_eq!(selected(&kit), key("prod", "prod-service"));
    assert_eq!(kit.state.fleet.shown[kit.state.fleet.cursor], key("prod", "prod-service"));
    // it goes away: the cursor stays where it was
    kit.rows("prod", vec![row("prod", "prod-mailer")]);
    assert_eq!(selected(&kit), kit.state.fleet.shown[kit.state.fleet.cursor]);
    kit.press(", ,");
    let before = selected(&kit);
    kit.press(";");
    assert_eq!(selected(&kit), before);
}

#[test]
fn movement_stops_at_the_ends() {
    let mut kit = Kit::new();
    for (keys, cursor) in [
        ("k", 0),
        ("j j", 2),
        ("G", 5),
        ("j", 5),
        ("g", 0),
        ("ctrl-f", 5),
        ("ctrl-b", 0),
        ("end", 5),
        ("up", 4),
    ] {
        kit.press(keys);
        assert_eq!(kit.state.fleet.cursor, cursor, "{keys}");
    }
}

#[test]
fn the_filter_is_live_kept_by_enter_and_cleared_by_esc() {
    let mut kit = Kit::new();
    kit.press("/").type_in("env:prod mai");
    assert_eq!(names(&kit), ["prod-mailer"]);
    kit.press("enter");
    assert_eq!((kit.overlay(), names(&kit).len()), ("", 1));
    kit.press("esc");
    assert_eq!(names(&kit).len(), 6);
    kit.press("/").type_in("zzz");
    assert!(names(&kit).is_empty());
    kit.press("enter D");
    assert!(kit.notice().contains("no service passes the filter"), "{}", kit.notice());
    kit.press("/ esc");
    assert_eq!((names(&kit).len(), kit.overlay()), (6, ""));
    kit.press("/").type_in("st").press("tab");
    assert_eq!(kit.state.fleet.filter, "state:");
    kit.send(Msg::Paste { text: "steady\n".into(), drawn: u64::MAX });
    assert_eq!(kit.state.fleet.filter, "state:steady");
}

#[test]
fn the_next_match_is_the_next_row_that_is_not_well() {
    let mut kit = Kit::new();
    kit.press("n");
    assert!(kit.notice().contains("steady"));
    let mut bad = row("prod", "prod-mailer");
    bad.state = ServiceState::Failing;
    kit.rows("prod", vec![bad, row("prod", "prod-service")]);
    kit.press("n");
    assert_eq!(selected(&kit), key("prod", "prod-mailer"));
    kit.press("g N");
    assert_eq!(selected(&kit), key("prod", "prod-mailer"));
    kit.press("tab");
    assert!(kit.state.fleet.matrix);
    kit.press("n");
    assert_eq!(fleet::selected(&kit.state), Some(&key("prod", "prod-mailer")));
}

#[test]
fn the_matrix_has_applications_down_and_environments_across() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("tab");
    let view = &kit.state.fleet;
    assert_eq!(view.applications, ["service", "mailer", "fem-fd-service"]);
    assert_eq!(view.cell, (0, 2));
    kit.press("left");
    assert_eq!(fleet::selected(&kit.state), Some(&key("staging", "staging-service")));
    kit.press("left");
    assert_eq!(fleet::selected(&kit.state), None);
    kit.press("D");
    assert!(kit.notice().contains("empty"));
    kit.press("right enter");
    assert_eq!(kit.state.service.as_ref().unwrap().key, key("staging", "staging-service"));
    kit.press("esc tab");
    assert!(!kit.state.fleet.matrix);
    assert_eq!(selected(&kit), key("staging", "staging-service"));
}

#[test]
fn an_identical_refresh_does_not_draw() {
    let mut kit = Kit::new();
    let before = kit.state.revision;
    kit.later(10_000);
    let mut rows = vec![row("prod", "prod-service"), row("prod", "prod-mailer")];
    for row in &mut rows {
        row.seen_at = kit.state.now;
    }
    kit.rows("prod", rows.clone());
    assert_eq!(kit.state.revision, before);
    assert_eq!(kit.state.rows[&key("prod", "prod-service")].seen_at, kit.state.now);
    rows[0].running = Some(1);
    kit.rows("prod", rows);
    assert!(kit.state.revision > before);
}

#[test]
fn a_row_tells_its_age_once_it_is_stale() {
    let mut kit = Kit::new();
    let service = key("prod", "prod-service");
    assert_eq!(age(&kit.state, &kit.state.rows[&service]), None);
    kit.later(60_000);
    assert_eq!(age(&kit.state, &kit.state.rows[&service]), Some(60_000));
    // a fresh row, though otherwise the same, takes the age off the screen
    let before = kit.state.revision;
    let mut fresh = row("prod", "prod-service");
    fresh.seen_at = kit.state.now;
    kit.rows("prod", vec![fresh, row("prod", "prod-mailer")]);
    assert!(kit.state.revision > before);
}

#[test]
fn a_row_of_which_only_the_name_came_tells_nothing_new() {
    let mut kit = Kit::new();
    let mut named = row("prod", "prod-service");
    named.seen_at = crate::model::Stamp(0);
    named.state = ServiceState::Unknown;
    let answer = Answer::Rows(vec![named]);
    kit.send(Msg::Part { environment: name("prod"), purpose: Purpose::Fleet, answer });
    assert_eq!(kit.state.rows[&key("prod", "prod-service")].state, ServiceState::Steady);
}

#[test]
fn a_version_that_was_not_read_again_stays_known_while_its_revision_does() {
    let mut kit = Kit::new();
    let own = key("prod", "prod-service");
    let known = kit.state.rows[&own].version.clone();
    let mut bare = row("prod", "prod-service");
    bare.version = crate::model::Version::default();
    kit.rows("prod", vec![bare.clone(), row("prod", "prod-mailer")]);
    assert_eq!(kit.state.rows[&own].version, known);
    bare.revision = "prod-service:43".into();
    kit.rows("prod", vec![bare, row("prod", "prod-mailer")]);
    assert_eq!(kit.state.rows[&own].version, crate::model::Version::default());
}

#[test]
fn states_are_told_in_words() {
    let mut service = row("prod", "prod-service");
    assert_eq!(state_words(&service, NOW), "steady");
    service.state = ServiceState::Rolling;
    service.rollout = Some(RolloutBrief { new_running: 2, new_desired: 4, ..RolloutBrief::default() });
    assert_eq!(state_words(&service, NOW), "rolling 2/4");
    service.rollout.as_mut().unwrap().rolling_back = true;
    assert_eq!(state_words(&service, NOW), "rolling back 2/4");
}

#[test]
fn the_mouse_selects_opens_and_sorts() {
    let mut kit = Kit::new();
    let at = |kind, column, row| Msg::Mouse(Mouse { kind, column, row });
    let areas = layout::fleet(kit.state.size, 0);
    kit.send(at(MouseKind::Click, 5, areas.rows.y + 3));
    assert_eq!(kit.state.fleet.cursor, 3);
    kit.send(at(MouseKind::WheelDown, 5, 5));
    assert_eq!(kit.state.fleet.cursor, 5);
    kit.send(at(MouseKind::Click, 5, areas.rows.y + 30));
    assert_eq!(kit.state.fleet.cursor, 5);
    let columns = layout::fleet_columns(120, &kit.state.fleet.widths);
    let state = columns.slots.iter().find(|s| s.column == Column::State).unwrap();
    kit.send(at(MouseKind::Click, state.x, areas.head.y));
    assert_eq!(kit.state.fleet.sort, Column::State);
    kit.send(at(MouseKind::DoubleClick, 5, areas.rows.y));
    assert_eq!(kit.state.screen(), Screen::Service);
    kit.press("esc ctrl-t");
    assert!(kit.effects.contains(&Effect::Mouse(false)));
    kit.send(at(MouseKind::Click, 5, areas.rows.y + 4));
    assert_eq!(kit.state.fleet.cursor, 0, "the mouse is off");
}

#[test]
fn copies_and_addresses() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("y");
    assert!(kit.effects.iter().any(|e| matches!(e, Effect::Copy(arn) if arn.ends_with("prod/prod-service"))));
    kit.press("o");
    assert_eq!(kit.overlay(), "text");
    let copied = kit.effects.iter().rev().find_map(|e| match e {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(
        copied.as_deref(),
        Some(
            "https://us-west-2.console.aws.amazon.com/ecs/v2/clusters/prod/services/prod-service/health?region=us-west-2"
        )
    );
    kit.press("esc");
    assert_eq!(kit.overlay(), "");
}

#[test]
fn columns_give_way_and_never_overlap() {
    let widths = layout::Widths { environment: 8, service: 34, version: 11, state: 13, application: 20 };
    let mut before = 0;
    for width in 20..260 {
        let columns = layout::fleet_columns(width, &widths);
        let mut x = 0;
        for slot in &columns.slots {
            assert!(slot.x >= x, "{width}: {columns:?}");
            x = slot.x + slot.width;
        }
        if width >= 40 {
            assert!(x <= width, "{width}: {columns:?}");
            for column in [Column::Environment, Column::Service, Column::Version, Column::State] {
                assert!(columns.slots.iter().any(|s| s.column == column), "{width}");
            }
            let state = columns.slots.iter().find(|s| s.column == Column::State).unwrap();
            assert!(state.width >= 13, "{width}: the state is never cut");
        }
        if width == 80 || width == 120 {
            assert!(columns.slots.len() > before, "{columns:?}");
            before = columns.slots.len();
        }
    }
    assert_eq!(layout::fleet_columns(200, &widths).slots.len(), Column::ALL.len());
}
