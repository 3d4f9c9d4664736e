//! From a wish to a confirmed plan: nothing is changed that was not shown and confirmed.

use super::kit::*;
use crate::{
    app::{
        Effect, Msg, Purpose, dialog,
        state::{Overlay, Screen},
    },
    model::{Answer, TroubleKind},
};

/// A plan dialog for scaling a service, drawn.
fn planned(environment: &str, service: &str) -> Kit {
    let mut kit = Kit::new();
    kit.select(environment, service).press("S");
    assert_eq!(kit.overlay(), "scale");
    kit.type_in("3").press("enter");
    assert_eq!(kit.overlay(), "planning");
    kit.settle();
    assert_eq!(kit.overlay(), "plan", "{:?}", kit.state.overlay);
    kit.effects.clear();
    kit
}

/// Why it was planned once more.
fn remark(kit: &Kit) -> &str {
    match &kit.state.overlay {
        Some(Overlay::Plan(dialog)) => &dialog.remark,
        _ => "",
    }
}

fn complaint(kit: &Kit) -> &str {
    match &kit.state.overlay {
        Some(Overlay::Plan(dialog)) => &dialog.complaint,
        _ => "",
    }
}

#[test]
fn a_confirmed_plan_flies() {
    let mut kit = planned("staging", "staging-service");
    kit.press("enter");
    assert_eq!((kit.overlay(), kit.state.screen()), ("", Screen::Runs));
    assert_eq!(kit.state.runs.live.len(), 1);
    let journal = kit.effects.iter().position(|e| matches!(e, Effect::Journal { .. }));
    kit.settle();
    let write = kit.effects.iter().position(|e| matches!(e, Effect::Write { .. }));
    assert!(journal < write && write.is_some(), "{:?}", kit.effects);
}

#[test]
fn keys_typed_ahead_never_confirm() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("S 3 enter");
    let before = kit.state.drawn;
    // typed while planning, read before the plan was on the screen
    kit.press_at("enter", before);
    kit.settle();
    assert_eq!(kit.overlay(), "plan");
    for press in ["enter", "enter", "esc", "pagedown"] {
        kit.press_at(press, before);
        assert_eq!(kit.overlay(), "plan", "{press}");
    }
    assert!(kit.state.runs.live.is_empty());
    kit.draw();
    kit.press_at("enter", before);
    assert!(kit.state.runs.live.is_empty(), "drawn now, but read before");
    kit.read();
    let drawn = kit.state.drawn;
    kit.press_at("enter", drawn);
    assert_eq!(kit.state.runs.live.len(), 1);
}

#[test]
fn what_was_not_seen_is_not_confirmed() {
    let mut kit = planned("staging", "staging-service");
    kit.send(Msg::Resize(80, 10));
    kit.press("enter");
    assert!(kit.state.runs.live.is_empty());
    assert!(complaint(&kit).contains("to its end"), "{}", complaint(&kit));
    // scrolled and confirmed within one frame: the last lines were never on the screen
    kit.draw();
    let drawn = kit.state.drawn;
    while !dialog::is_seen(&kit.state) {
        kit.press_at("pagedown", drawn);
    }
    assert_eq!(complaint(&kit), "", "what was complained of is done");
    kit.later(dialog::QUIET_MS);
    kit.press_at("enter", drawn);
    assert!(kit.state.runs.live.is_empty());
    kit.press("enter");
    assert_eq!(kit.state.runs.live.len(), 1);
}

#[test]
fn a_jump_to_the_end_does_not_count_as_reading() {
    let mut kit = planned("staging", "staging-service");
    kit.send(Msg::Resize(80, 10));
    kit.press("end");
    assert!(!dialog::is_seen(&kit.state));
    for _ in 0..20 {
        kit.press("end");
    }
    assert!(dialog::is_seen(&kit.state));
    kit.press("enter");
    assert_eq!(kit.state.runs.live.len(), 1);
}

#[test]
fn protected_environments_ask_for_the_name() {
    let mut kit = planned("prod", "prod-service");
    kit.press("enter");
    assert!(complaint(&kit).contains("type prod-service"));
    kit.type_in("prod-servic").press("enter");
    assert!(complaint(&kit).contains("is not prod-service"), "{}", complaint(&kit));
    assert!(kit.state.runs.live.is_empty());
    // letters that are bound in dialogs go into the name
    kit.press("ctrl-u").type_in("jk").press("ctrl-u").type_in("prod-service").press("enter");
    assert_eq!(kit.state.runs.live.len(), 1);
}

#[test]
fn read_only_environments_refuse_before_planning() {
    for press in ["D", "R", "M", "F", "S", "X"] {
        let mut kit = Kit::new();
        kit.select("preview", "preview-service").press(press);
        assert_eq!(kit.overlay(), "refused", "{press}");
        let Some(Overlay::Refused { refusal, .. }) = &kit.state.overlay else { unreachable!() };
        assert!(refusal.why.contains("read-only"));
        assert!(!kit.effects.iter().any(|e| matches!(e, Effect::Ask { .. })));
        kit.press("enter");
        assert_eq!(kit.overlay(), "");
    }
}

#[test]
fn a_plan_does_not_hold_for_ever() {
    let mut kit = planned("staging", "staging-service");
    kit.later(5 * 60_000 + 1).press("enter");
    assert_eq!(kit.overlay(), "planning");
    kit.settle();
    assert!(remark(&kit).contains("older than 5 minutes"), "{}", remark(&kit));
    assert_eq!(complaint(&kit), "");
    let mut changed = row("staging", "staging-service");
    changed.revision = "staging-service:42".into();
    changed.task_definition = definition_arn(&changed.key, 42);
    kit.rows("staging", vec![changed, row("staging", "staging-mailer")]);
    kit.press("enter").settle();
    assert!(remark(&kit).contains("was set to staging-service:42"), "{}", remark(&kit));
    assert!(kit.state.runs.live.is_empty());
    kit.press("enter");
    assert_eq!(kit.state.runs.live.len(), 1);
}

#[test]
fn planning_can_be_abandoned() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("R");
    assert_eq!(kit.overlay(), "planning");
    kit.press("esc");
    assert_eq!((kit.overlay(), kit.state.runs.planners.len()), ("", 0));
    assert!(kit.notice().contains("abandoned"));
    // answers that come late lead to nothing
    kit.settle();
    assert_eq!(kit.overlay(), "");
    assert_eq!(kit.writes(), 0);
}

#[test]
fn a_refusal_is_told() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("M").settle();
    kit.press("enter").settle();
    assert_eq!(kit.overlay(), "refused", "no migration is configured");
    kit.press("esc");
    kit.select("startup", "fem-fd-service").press("S");
    assert_eq!(kit.overlay(), "refused", "App Runner scales itself");
    kit.press("esc X").settle();
    assert_eq!(kit.overlay(), "refused", "no rollout is in flight");
}

#[test]
fn an_image_is_picked_or_typed() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("D");
    assert_eq!(kit.overlay(), "images");
    kit.settle();
    let shown = |kit: &Kit| match &kit.state.overlay {
        Some(Overlay::Images { shown, .. }) => shown.clone(),
        _ => Vec::new(),
    };
    assert_eq!(shown(&kit), [0, 1, 2]);
    kit.type_in("77D");
    assert_eq!(shown(&kit), [2]);
    kit.press("enter");
    match &kit.state.overlay {
        Some(Overlay::Planning { title, .. }) => assert_eq!(title, "Deploy 77d01ab to staging-service"),
        other => panic!("{other:?}"),
    }
    kit.settle();
    assert_eq!(kit.overlay(), "plan", "{:?}", kit.state.overlay);
    kit.press("esc D").settle();
    kit.type_in("not-there").press("enter");
    match &kit.state.overlay {
        Some(Overlay::Planning { title, .. }) => assert_eq!(title, "Deploy not-there to staging-service"),
        other => panic!("{other:?}"),
    }
    kit.settle();
    assert_eq!(kit.overlay(), "refused");
    let images = images();
    assert_eq!(
        crate::app::images::runs_in(&kit.state, &key("prod", "prod-service"), &images[1]),
        ["staging", "prod", "preview"]
    );
}

#[test]
fn images_that_cannot_be_listed_can_still_be_typed() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("D");
    kit.effects.clear();
    kit.answer(
        "staging",
        Purpose::Images(key("staging", "staging-service")),
        Err(trouble(TroubleKind::Denied)),
    );
    assert!(matches!(&kit.state.overlay, Some(Overlay::Images { images, .. }) if images.trouble.is_some()));
    kit.press("enter");
    assert!(kit.notice().contains("type one"));
    kit.type_in("8be02d4").press("enter");
    assert_eq!(kit.overlay(), "planning");
}

#[test]
fn the_task_under_the_cursor_is_stopped() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("t").settle();
    kit.press("j X");
    match &kit.state.overlay {
        Some(Overlay::Planning { title, .. }) => assert_eq!(title, "Stop task bbb of staging-service"),
        other => panic!("{other:?}"),
    }
    kit.press("esc G X");
    assert!(kit.notice().contains("no running task"), "{}", kit.notice());
}

#[test]
fn the_palette_finds_verbs_and_services() {
    let mut kit = Kit::new();
    kit.press(":").type_in("prod mail").press("enter");
    assert_eq!(kit.state.service.as_ref().unwrap().key, key("prod", "prod-mailer"));
    kit.press(":").type_in("help").press("enter");
    assert_eq!(kit.state.screen(), Screen::Help);
    kit.press("esc : staging".split(' ').next().unwrap()).press(":").type_in("staging").press("enter");
    assert_eq!((kit.state.screen(), kit.state.fleet.filter.as_str()), (Screen::Fleet, "env:staging"));
    kit.press(":").type_in("range 7d").press("enter");
    assert_eq!(kit.state.service.as_ref().unwrap().charts.range, crate::model::Range::D7);
    kit.settle();
    kit.press(":").type_in("roll back to").press("enter");
    assert_eq!(kit.overlay(), "revisions", "{:?}", kit.state.overlay);
    kit.settle();
    kit.press("enter");
    assert_eq!(kit.overlay(), "planning");
    kit.press("esc :").type_in("zzzzqq").press("enter");
    assert!(kit.notice().contains("no match"));
    let answer = Answer::Images(vec![]);
    kit.answer("staging", Purpose::Images(key("staging", "staging-mailer")), Ok(answer));
}

#[test]
fn images_are_listed_once_the_image_in_use_is_known() {
    let bare = || {
        let mut bare = row("staging", "staging-service");
        bare.version = crate::model::Version::default();
        bare.revision = "another".into();
        bare
    };
    let listed = |kit: &Kit| match &kit.state.overlay {
        Some(Overlay::Images { images, .. }) => images.value.as_ref().map(Vec::len),
        _ => None,
    };
    let own = key("staging", "staging-service");
    // the row tells
    let mut kit = Kit::new();
    kit.rows("staging", vec![bare()]);
    kit.select("staging", "staging-service").press("D");
    assert!(matches!(&kit.state.overlay, Some(Overlay::Images { images, .. }) if images.trouble.is_some()));
    assert_eq!(kit.asked(&Purpose::Images(own.clone())), 0);
    kit.rows("staging", vec![row("staging", "staging-service")]);
    assert_eq!(kit.asked(&Purpose::Images(own.clone())), 1);
    kit.rows("staging", vec![row("staging", "staging-service")]);
    assert_eq!(kit.asked(&Purpose::Images(own.clone())), 1, "once");
    kit.settle();
    assert_eq!(listed(&kit), Some(3));
    // the open service tells, by its task definition
    let mut kit = Kit::new();
    kit.rows("staging", vec![bare()]);
    kit.select("staging", "staging-service").press("enter");
    kit.press("D").settle();
    assert_eq!(listed(&kit), Some(3));
}

#[test]
fn what_becomes_known_after_the_wish_does_not_void_the_plan() {
    let mut kit = Kit::new();
    let mut bare = row("staging", "staging-service");
    bare.task_definition.clear();
    bare.revision.clear();
    kit.rows("staging", vec![bare]);
    kit.select("staging", "staging-service").press("S ctrl-u").type_in("3").press("enter");
    let known = row("staging", "staging-service");
    kit.rows("staging", vec![known.clone()]);
    kit.settle();
    assert_eq!(kit.overlay(), "plan", "{:?}", kit.state.overlay);
    kit.press("enter");
    assert_eq!(kit.state.runs.live.len(), 1, "{}", complaint(&kit));
    // another base than the planner's own is one
    let mut kit = planned("staging", "staging-service");
    let mut other = known;
    other.task_definition = definition_arn(&other.key, 42);
    kit.rows("staging", vec![other]);
    kit.press("enter");
    assert_eq!(kit.overlay(), "planning");
}

#[test]
fn migrations_run_with_the_image_in_use_or_a_picked_one() {
    let title = |kit: &Kit| match &kit.state.overlay {
        Some(Overlay::Planning { title, .. }) => title.clone(),
        other => panic!("{other:?}"),
    };
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("M enter");
    assert_eq!(title(&kit), "Run the migrations of staging-service", "before the images came");
    kit.press("esc M").settle();
    kit.press("enter");
    assert_eq!(title(&kit), "Run the migrations of staging-service", "the one in use is selected");
    kit.press("esc M").settle();
    kit.press("up enter");
    assert!(title(&kit).contains("aaaaaa1"), "{}", title(&kit));
}

#[test]
fn back_from_a_flown_run_leads_to_where_it_was_planned() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("enter").settle();
    kit.press("S ctrl-u").type_in("3").press("enter").settle();
    kit.press("enter");
    assert_eq!(kit.state.screen(), Screen::Runs);
    kit.press("esc");
    assert_eq!(kit.state.screen(), Screen::Service);
    // from the list, back leads to the list
    kit.press("2 enter esc");
    assert_eq!((kit.state.screen(), &kit.state.runs.open), (Screen::Runs, &None));
    kit.press("D");
    assert!(kit.notice().contains("works on the fleet"), "{}", kit.notice());
    kit.press("1 q");
    assert!(kit.notice().contains("resumed"));
    kit.state.demo = true;
    kit.press("k q");
    assert!(kit.notice().contains("ends with the demo"), "{}", kit.notice());
}

#[test]
fn the_log_has_a_filter_and_the_why_panel_closes_first() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("l").settle();
    kit.send(Msg::Timer(crate::app::TimerKey::Logs));
    kit.settle();
    let lines = |kit: &Kit| crate::app::logs::lines(kit.state.service.as_ref().unwrap()).count();
    let all = lines(&kit);
    assert!(all > 0);
    kit.press("/").type_in("nothing like it");
    assert_eq!((kit.state.screen(), lines(&kit), kit.state.fleet.filter.as_str()), (Screen::Service, 0, ""));
    kit.press("enter");
    assert_eq!(lines(&kit), 0);
    kit.press("w esc");
    assert!(!kit.state.service.as_ref().unwrap().why);
    assert_eq!((kit.state.screen(), lines(&kit)), (Screen::Service, 0));
    kit.press("esc");
    assert_eq!((kit.state.screen(), lines(&kit)), (Screen::Service, all));
    kit.press("w 1 enter");
    assert!(!kit.state.service.as_ref().unwrap().why, "a panel is open where it was opened");
}

#[test]
fn a_plan_is_confirmed_only_after_it_was_there_for_a_moment() {
    let mut kit = planned("staging", "staging-service");
    kit.draw();
    let drawn = kit.state.drawn;
    // the first frame has only just been sent; fingers that go on start the wait anew
    for _ in 0..3 {
        kit.later(dialog::QUIET_MS - 1).press_at("enter", drawn);
        assert!(complaint(&kit).contains("once more"), "{}", complaint(&kit));
    }
    kit.later(dialog::QUIET_MS).press_at("enter", drawn);
    assert_eq!(kit.state.runs.live.len(), 1);
}
