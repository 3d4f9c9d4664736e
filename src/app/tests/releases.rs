//! Promotions, releases, decisions at hooks, locks, and the team's runs: from the key to what is asked.

use super::kit::*;
use crate::{
    app::{
        Effect, Msg, Purpose, TimerKey, fleet,
        rows::BodyRow,
        runs,
        service::row as selected_row,
        state::{Column, Environment, Overlay, Pick, Screen, Tab},
        why,
    },
    config::settings::{Application, Lock, NoEvidence, Verify},
    model::{
        Answer, Ask, Awaited, Deployment, DeploymentStatus, Hook, Refusal, RolloutBrief, RunId, Service,
        ServiceDetail, ServiceKey, ServiceState, Trouble, TroubleKind, Version, object::Object,
    },
    ops::{HeldLock, LockRecord, Wish},
};
use std::{sync::Arc, time::Duration};

/// A cockpit whose prod is promoted from staging.
fn promoting() -> Kit {
    let mut kit = Kit::new();
    let settings = Arc::make_mut(&mut kit.state.settings);
    for environment in &mut settings.environments {
        if environment.name.as_str() == "prod" {
            environment.promote_from = Some(name("staging"));
        }
    }
    kit
}

fn configured(kit: &mut Kit, services: &[ServiceKey]) {
    let settings = Arc::make_mut(&mut kit.state.settings);
    settings.applications = vec![Application { services: services.to_vec(), ..Application::named("app") }];
}

/// What is being planned.
fn wish(kit: &Kit) -> Option<Wish> {
    kit.state.runs.wanted.values().next().map(|wanted| wanted.wish.clone())
}

#[test]
fn a_promotion_says_what_is_missing() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("P");
    assert!(kit.notice().contains("promote_from"), "{}", kit.notice());
    let mut kit = promoting();
    for (service, other, told) in [
        ("prod-service", None, ""),
        ("prod-service", Some("staging-mailer"), "several services"),
        ("prod-mailer", Some("nothing"), "has no service of"),
    ] {
        for row in kit.state.rows.values_mut() {
            row.application = "other".into();
            if [service, "staging-service"].contains(&&*row.key.name) || Some(&*row.key.name) == other {
                row.application = "app".into();
            }
            if told.contains("no service") && &*row.key.name != service {
                row.application = "other".into();
            }
        }
        kit.state.overlay = None;
        kit.state.notice = None;
        kit.select("prod", service).press("P");
        assert!(kit.notice().contains(told), "{service}: {}", kit.notice());
        assert_eq!(kit.overlay(), if told.is_empty() { "planning" } else { "" });
    }
}

fn denied(what: &str) -> Trouble {
    let text = String::from;
    Trouble {
        kind: TroubleKind::Denied,
        what: what.into(),
        on: text("staging"),
        why: text("AccessDenied"),
        remedy: text(""),
    }
}

#[test]
fn a_promotion_from_what_is_not_read_yet_says_so() {
    type Change = fn(&mut Environment);
    let mut kit = promoting();
    kit.state.rows.retain(|key, _| key.environment.as_str() != "staging");
    let cases: [(Change, &str); 4] = [
        (|_| {}, "staging has no service of"),
        (|staging| staging.seen_at = None, "staging is still being read: try again in a moment"),
        (|staging| staging.gaps.push(denied("list ECS services")), "as far as staging could be read"),
        (|staging| staging.trouble = Some(denied("say who is calling")), "staging could not be read"),
    ];
    for (change, told) in cases {
        let staging = kit.state.environments.iter_mut().find(|e| e.name.as_str() == "staging").unwrap();
        change(staging);
        kit.state.notice = None;
        kit.select("prod", "prod-service").press("P");
        assert!(kit.notice().contains(told), "{told}: {}", kit.notice());
    }
}

#[test]
fn a_promotion_reads_both_environments() {
    let mut kit = promoting();
    let (from, to) = (key("staging", "staging-service"), key("prod", "prod-service"));
    configured(&mut kit, &[from.clone(), to.clone()]);
    kit.state.rows.get_mut(&from).unwrap().version = Version::default();
    kit.select("prod", "prod-service").press("P");
    assert_eq!(wish(&kit), Some(Wish::Promote { from: from.clone() }));
    assert_eq!(kit.asked(&Purpose::Rows), 1, "the row tells no version, so it is read");
    kit.settle();
    let elsewhere = |e: &Effect| {
        matches!(e, Effect::Ask { environment, ask: Ask::Detail(key), .. }
        if *environment != key.environment)
    };
    assert!(!kit.effects.iter().any(elsewhere), "each environment is asked about its own");
}

#[test]
fn a_release_takes_the_newest_image() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("L").settle();
    let Some(Overlay::Images { pick, list, .. }) = &kit.state.overlay else { panic!("no picker") };
    assert_eq!((*pick, list.cursor), (Pick::Release, 0));
    kit.press("enter");
    let tag = images()[0].tags[0].clone();
    assert_eq!(wish(&kit), Some(Wish::Release(crate::model::ImageChoice::Tag(tag))));
}

#[test]
fn a_note_is_typed_beside_the_plan() {
    for (environment, service, keys) in [
        ("staging", "staging-service", "n"),
        ("prod", "prod-service", "tab"),
        ("startup", "fem-fd-service", "n"),
    ] {
        let mut kit = Kit::new();
        kit.select(environment, service).press("F").settle();
        assert_eq!(kit.overlay(), "plan", "{:?}", kit.state.overlay);
        kit.press(keys).type_in("hot fix n").press("enter");
        assert_eq!(kit.overlay(), "plan", "enter ends the note, not the dialog");
        let Some(Overlay::Plan(dialog)) = &kit.state.overlay else { panic!() };
        assert_eq!(
            (dialog.note.text.as_str(), dialog.noting, dialog.line.text.as_str()),
            ("hot fix n", false, "")
        );
        if environment == "prod" {
            kit.type_in(service);
        }
        kit.press("enter");
        let flown = kit.state.runs.live.values().next().map(|run| run.view().header.note.clone());
        assert_eq!(flown.as_deref(), Some("hot fix n"), "{environment}");
    }
}

/// A rollout under way with an old and a new deployment, at a hook or not.
fn rolling(waits: bool) -> ServiceDetail {
    let mut detail = detail(&row("prod", "prod-service"));
    let mut newest = historic(&key("prod", "prod-service"), DeploymentStatus::InProgress);
    newest.arn = newest.arn.replace("d41", "d42");
    newest.started_at = Some(NOW.plus(-60_000));
    if waits {
        newest.hooks = vec![Hook {
            id: "hook-1".into(),
            kind: "PAUSE".into(),
            status: "AWAITING_ACTION".into(),
            expires_at: Some(NOW.plus(600_000)),
            timeout_action: "ROLLBACK".into(),
            ..Hook::default()
        }];
    }
    detail.history.insert(0, newest);
    let new = Deployment {
        id: "ecs-svc/42".into(),
        rollout_state: "IN_PROGRESS".into(),
        ..detail.deployments[0].clone()
    };
    detail.deployments.insert(0, new);
    detail.tasks[1].started_by = "ecs-svc/42".into();
    detail
}

fn opened(detail: ServiceDetail) -> Kit {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("enter").settle();
    kit.answer("prod", Purpose::Detail(key("prod", "prod-service")), Ok(Answer::Detail(Box::new(detail))));
    kit
}

#[test]
fn a_rollout_that_waits_is_decided_with_two_keys() {
    for (waits, press, wanted) in [
        (true, "C", Wish::Continue { rollback: false }),
        (true, "R", Wish::Continue { rollback: true }),
        (false, "R", Wish::RollBack { to: None }),
    ] {
        let mut kit = opened(rolling(waits));
        kit.press(press);
        assert_eq!(wish(&kit), Some(wanted), "{press}");
    }
}

#[test]
fn new_and_old_stand_side_by_side_where_there_is_room() {
    let mut kit = opened(rolling(true));
    kit.press("g");
    assert_eq!(selected_row(&kit.state), Some(BodyRow::Progress(0)));
    kit.press("j");
    assert_eq!(selected_row(&kit.state), Some(BodyRow::Waiting(0)));
    kit.press("j");
    assert_eq!(selected_row(&kit.state), Some(BodyRow::Deployment(0)));
    kit.press("right");
    assert_eq!(selected_row(&kit.state), Some(BodyRow::Deployment(1)));
    kit.press("j");
    assert!(matches!(selected_row(&kit.state), Some(BodyRow::Task { index: 0, .. })));
    kit.press("left");
    assert!(matches!(selected_row(&kit.state), Some(BodyRow::Task { index: 1, .. })));
    // one below the other where there is not
    kit.send(Msg::Resize(80, 24));
    kit.press("g j j j");
    assert!(matches!(selected_row(&kit.state), Some(BodyRow::Task { index: 1, .. })));
    kit.press("right");
    assert!(kit.notice().contains("nothing to act on"));
}

#[test]
fn long_texts_scroll_and_long_lines_move_sideways() {
    let mut kit = opened(rolling(false));
    kit.send(Msg::Resize(80, 24));
    let list = crate::app::state::ListView::default();
    let lines = (0..60).map(|n| format!("line {n}")).collect();
    kit.state.overlay = Some(Overlay::Text { title: "long".into(), lines, list });
    kit.press("pagedown pagedown j");
    let Some(Overlay::Text { list, .. }) = &kit.state.overlay else { panic!() };
    assert!(list.offset > 10, "{}", list.offset);
    kit.press("esc l").settle();
    let line = crate::model::LogLine { at: NOW, stream: "s".into(), text: "x".repeat(100) };
    let event = crate::model::LogEvent::new("long".into(), line);
    kit.state.service.as_mut().unwrap().log.take(vec![event], false);
    let left = |kit: &Kit| kit.state.service.as_ref().unwrap().log_left;
    kit.press("right right");
    assert_eq!(left(&kit), 32);
    kit.press(&["right"; 20].join(" "));
    assert_eq!(left(&kit), 84, "no further than the end of the longest line");
    kit.press(&["left"; 20].join(" "));
    assert_eq!(left(&kit), 0);
}

fn shared(kit: &mut Kit) {
    Arc::make_mut(&mut kit.state.settings).lock =
        Some(Lock { bucket: "team".into(), prefix: "fd".into(), ttl: Duration::from_mins(15) });
}

fn object(body: &str) -> Answer {
    Answer::Object(Some(Object { body: body.into(), etag: "e".into(), ..Object::default() }))
}

const RECORD: &str = r#"{"format": 1, "run": {"id": "r7", "kind": "release", "key": {"environment": "prod",
    "kind": "ecs", "cluster": "prod", "name": "prod-service"}, "account": "111122223333", "region": "us-west-2",
    "title": "Release 8be02d4", "from": "a", "to": "b", "who": "ben@desk", "at": 5}, "steps": []}"#;

#[test]
fn the_teams_runs_are_read_while_they_are_on_the_screen() {
    let mut kit = Kit::new();
    kit.press("2");
    assert_eq!(kit.asked(&Purpose::Records), 0, "nothing is shared");
    kit.press("1");
    shared(&mut kit);
    kit.press("2");
    assert_eq!(kit.asked(&Purpose::Records), 1);
    let keys: Vec<String> =
        (0..60).map(|n| format!("fd/runs/r{n}.json")).chain(["fd/runs/odd".into()]).collect();
    kit.answer("startup", Purpose::Records, Ok(Answer::Objects(keys)));
    let asked =
        kit.effects.iter().filter(|e| matches!(e, Effect::Ask { purpose: Purpose::Record(_), .. })).count();
    assert_eq!(asked, 49, "the newest 50 keys, of which one is no record");
    assert_eq!(kit.has_timer(&TimerKey::Records), Some(30_000));
    let id = RunId::from("r7");
    kit.answer("startup", Purpose::Record(id.clone()), Ok(object(RECORD)));
    kit.answer("startup", Purpose::Record(RunId::from("r9")), Ok(object(RECORD)));
    assert_eq!(kit.state.runs.team.views.len(), 1, "a record tells of its own run alone");
    assert_eq!(runs::all(&kit.state).len(), 1);
    assert!(runs::standing(&kit.state, runs::find(&kit.state, &id).unwrap()).contains("ben@desk"));
    kit.answer("startup", Purpose::Record(RunId::from("r8")), Ok(object("no")));
    assert!(kit.notice().contains("team's runs"), "{}", kit.notice());
    // filtered, opened, and not resumed from here
    kit.press("/").type_in("who:ada").press("enter");
    assert_eq!(runs::listed(&kit.state).len(), 0);
    kit.press("esc enter r");
    assert!(kit.notice().contains("ben@desk is running this"), "{}", kit.notice());
    kit.press("1");
    kit.effects.clear();
    kit.send(Msg::Timer(TimerKey::Records));
    assert_eq!((kit.state.screen(), kit.asked(&Purpose::Records)), (Screen::Fleet, 0));
}

#[test]
fn a_lock_is_taken_over_by_its_holders_name() {
    let mut kit = Kit::new();
    kit.select("prod", "prod-service").press("F");
    let wanted = kit.state.runs.wanted.values().next().cloned().unwrap();
    let record = LockRecord {
        holder: "ben".into(),
        host: "desk".into(),
        run: "r7".into(),
        title: String::new(),
        at: NOW,
        expires_at: NOW.plus(60_000),
        format: 1,
        ttl_ms: None,
    };
    let held = |lock: bool| {
        let held = HeldLock { record: record.clone(), etag: "e1".into() };
        Some(Overlay::Refused {
            title: "Redeploy".into(),
            refusal: Refusal::new("it is locked", ""),
            held: lock.then(|| Box::new((held, wanted.clone()))),
        })
    };
    kit.state.overlay = held(false);
    kit.press("s");
    assert_eq!(kit.overlay(), "refused", "nothing is held");
    kit.state.overlay = held(true);
    for (typed, overlay) in [("", "take over"), ("be", "take over"), ("n", "planning")] {
        if kit.overlay() == "refused" {
            kit.press("s");
        }
        kit.type_in(typed).press("enter");
        assert_eq!(kit.overlay(), overlay, "{typed}");
    }
    let again = kit.state.runs.wanted.values().next().unwrap();
    assert_eq!((again.steal.as_deref(), again.again.contains("ben")), (Some("e1"), true));
    kit.press("esc");
    assert_eq!((kit.overlay(), kit.state.runs.wanted.len()), ("", 0));
}

/// A rollback is watched when somebody asks for it, once: the plan is made anew, and can be told not to.
#[test]
fn a_rollback_is_watched_on_request() {
    let service = key("staging", "staging-service");
    let watched = |kit: &Kit| match &kit.state.overlay {
        Some(Overlay::Plan(dialog)) => dialog.plan().lines.iter().any(|line| line.label == "verify"),
        other => panic!("{other:?}"),
    };
    let remark = |kit: &Kit| match &kit.state.overlay {
        Some(Overlay::Plan(dialog)) => dialog.remark.clone(),
        _ => String::new(),
    };
    let complaint = |kit: &Kit| match &kit.state.overlay {
        Some(Overlay::Plan(dialog)) => dialog.complaint.clone(),
        other => panic!("{other:?}"),
    };
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("v").settle();
    kit.press("j R").settle();
    assert!(!watched(&kit));
    kit.press("v");
    assert!(complaint(&kit).contains("no window is configured"), "{}", complaint(&kit));

    configured(&mut kit, std::slice::from_ref(&service));
    let settings = Arc::make_mut(&mut kit.state.settings);
    settings.applications[0].verify = Some(Verify {
        window: Verify::WINDOW,
        max_5xx_ratio: Some(0.01),
        max_5xx_rise: None,
        max_p99: None,
        max_p99_rise: None,
        alarms: Vec::new(),
        no_evidence: NoEvidence::Unverified,
        rollback: false,
    });
    kit.press("esc R").settle();
    assert!(!watched(&kit), "nothing says so");
    kit.press("v").settle();
    assert!(watched(&kit) && remark(&kit).contains("with watching"), "{}", remark(&kit));
    assert_eq!(complaint(&kit), "", "nothing went wrong");
    kit.press("v").settle();
    assert!(!watched(&kit) && remark(&kit).contains("without watching"), "{}", remark(&kit));
    kit.press("esc F").settle();
    kit.press("v");
    assert!(complaint(&kit).contains("only a rollback"), "{}", complaint(&kit));
    assert_eq!(kit.writes(), 0);
}

/// The row of a service whose rollout waits so long for somebody.
fn waiting(left: i64) -> Service {
    let mut waiting = row("prod", "prod-service");
    waiting.state = ServiceState::Rolling;
    waiting.rollout = Some(RolloutBrief {
        new_running: 2,
        new_desired: 2,
        waits: Some(Awaited { until: Some(NOW.plus(left)), back: Some(true) }),
        ..RolloutBrief::default()
    });
    waiting
}

#[test]
fn what_waits_for_somebody_is_told_once_and_comes_first() {
    let mut kit = Kit::new();
    let waiting = waiting(27 * 60_000);
    kit.answer("prod", Purpose::Rows, Ok(Answer::Rows(vec![waiting.clone()])));
    assert_eq!(
        kit.notice(),
        "prod/prod-service: its rollout waits for approval: C approves it, R rolls it back; AWS rolls it back by itself in 27m"
    );
    assert_eq!(fleet::state_words(&waiting, NOW), "approve? 27m");
    kit.state.fleet.sort = Column::State;
    fleet::recompute(&mut kit.state);
    assert_eq!(kit.state.fleet.shown.first(), Some(&waiting.key), "before all that fails");
    assert_eq!(why::lines(&kit.state, &waiting.key)[0].0, "waiting");
    kit.state.notice = None;
    kit.answer("prod", Purpose::Rows, Ok(Answer::Rows(vec![waiting.clone()])));
    assert_eq!(kit.notice(), "", "once");
    // it is opened for what waits, whatever tab was shown last
    kit.select("prod", "prod-service").press("m esc enter");
    assert_eq!(kit.state.service.as_ref().map(|view| view.tab), Some(Tab::Rollout));
    kit.press("m").later(26 * 60_000 + 30_000);
    assert_eq!(fleet::state_words(&waiting, kit.state.now), "approve? 30s");
}
