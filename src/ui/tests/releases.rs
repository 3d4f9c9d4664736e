//! Releases: the rollout that waits, the run with its numbers, locks, the team's runs.

use super::{fix, overlay, text, with};
use crate::{
    app::{
        State,
        state::{Line, Overlay, Screen, Tab, TakeOver, Wanted},
    },
    model::{
        Hook, LogLine, Protection, Refusal, RunId, RunKind, RunView, StepState, Verdict, Version,
        run_view::Step,
    },
    ops::{HeldLock, LockRecord, Wish},
};

/// The rollout of prod-service at a hook, in its bake or on its way.
pub(super) fn rollout(stage: &str, waits: bool) -> State {
    with(fix::service(Tab::Rollout), |s| {
        let open = s.service.as_mut().unwrap();
        open.stage = Some((stage.to_owned(), Some(fix::ago(2 * fix::MINUTE))));
        let detail = open.detail.value.as_mut().unwrap();
        detail.config.push(("rollout".into(), "bake time".into(), "5 min".into()));
        let newest = &mut detail.history[0];
        newest.strategy = "CANARY".into();
        stage.clone_into(&mut newest.stage);
        newest.breaker = Some(("MONITORING".into(), 0, 3));
        detail.deployments[0].failed = 0;
        if waits {
            newest.hooks = vec![Hook {
                id: "hook-approve".into(),
                kind: "PAUSE".into(),
                status: "AWAITING_ACTION".into(),
                expires_at: Some(fix::ago(-12 * fix::MINUTE)),
                timeout_action: "ROLLBACK".into(),
                ..Hook::default()
            }];
        }
    })
}

/// A release in its verify window, or rolled back by it.
pub(super) fn release(over: bool) -> State {
    let age = 9 * fix::MINUTE;
    let why = "5xx were 2.3 % of 1,204 requests in 1m of the verify window, at most 1 % is allowed; \
               prod-service:41 is back; the migration is not undone, its down command is a run of its own";
    let end = over.then_some((Verdict::RolledBack, why, age));
    let mut run: RunView = fix::run("r8", RunKind::Release, "Release 8be02d4 to prod-service", age, end);
    run.header.note = "Tuesday's release: orders can be split".into();
    run.header.identity = "arn:aws:sts::111122223333:assumed-role/operator/ada".into();
    let numbers = "4m of 5m: 5xx 0.2 % of 1,204 (at most 1 %), p99 118 ms (at most 400 ms), \
                   prod-service-5xx quiet, prod-service-latency quiet";
    let names = [
        ("take the lock of app in prod", "held until in 15m"),
        ("check that nothing changed since the plan", "prod-service:41, as planned"),
        ("run goose -dir migrations status", "exit 0"),
        ("register a copy of prod-service:41 with the image", "prod-service:42"),
        ("run goose -dir migrations up", "exit 0"),
        ("update the service", "ecs-svc/42"),
        ("watch the rollout", "4 of 4 tasks run, steady"),
        ("watch the verify window of 5m", numbers),
        ("give the lock back", ""),
    ];
    run.steps = names
        .into_iter()
        .zip(0i64..)
        .map(|((name, detail), nth)| {
            let state = match nth {
                7 if over => StepState::Failed,
                7 => StepState::Active,
                8 => StepState::Waiting,
                _ => StepState::Done,
            };
            let ended = matches!(state, StepState::Done | StepState::Failed);
            Step {
                name: name.into(),
                state,
                detail: if state == StepState::Waiting { String::new() } else { detail.into() },
                started_at: (state != StepState::Waiting).then(|| fix::ago(age - nth * 40_000)),
                ended_at: ended.then(|| fix::ago(age - nth * 40_000 - 35_000)),
            }
        })
        .collect();
    let lines = [
        "    Applied At                  Migration",
        "    =======================================",
        "    Sat Nov  7 10:11:12 2026 -- 00007_users.sql",
        "    Pending                  -- 00008_orders.sql",
        "    Pending                  -- 00009_index.sql",
        "2026/11/21 20:52:10 OK   00008_orders.sql (20.1ms)",
        "2026/11/21 20:52:11 goose: successfully migrated database to version: 8",
    ];
    run.log = lines
        .into_iter()
        .map(|line| LogLine { at: fix::ago(470_000), stream: "svc/service/4be0c9".into(), text: line.into() })
        .collect();
    with(fix::runs(), |s| {
        s.runs.past.insert(0, run);
        s.runs.open = Some(RunId::from("r8"));
    })
}

fn held() -> HeldLock {
    HeldLock {
        record: LockRecord {
            holder: "ben".into(),
            host: "desk".into(),
            run: "0198f3a2".into(),
            title: "Release 77d01ab to prod-service".into(),
            at: fix::ago(3 * fix::MINUTE),
            expires_at: fix::ago(-12 * fix::MINUTE),
            format: 1,
            ttl_ms: None,
        },
        etag: "\"e1\"".into(),
    }
}

fn wanted() -> Wanted {
    Wanted {
        wish: Wish::Redeploy,
        key: fix::prod_service(),
        title: "Redeploy prod-service".into(),
        at: fix::ago(0),
        was: (String::new(), String::new()),
        again: String::new(),
        source: Version::default(),
        note: String::new(),
        steal: None,
        watched: None,
    }
}

pub(super) fn locked() -> State {
    overlay(Overlay::Refused {
        title: "Redeploy prod-service".into(),
        refusal: Refusal::new(
            "the lock of app in prod is held",
            "wait until it is given back, or take it over if nobody works with it any more",
        ),
        held: Some(Box::new((held(), wanted()))),
    })
}

pub(super) fn take_over() -> State {
    overlay(Overlay::TakeOver(Box::new(TakeOver {
        held: held(),
        wanted: wanted(),
        line: fix::line("be"),
        complaint: "type ben, the holder's name, or close".into(),
    })))
}

pub(super) fn team() -> State {
    with(fix::runs(), |s| {
        s.who = "ada@laptop".into();
        let mut view =
            fix::run("t1", RunKind::Release, "Release 77d01ab to prod-service", 4 * fix::MINUTE, None);
        view.header.who = "ben@desk".into();
        s.runs.team.views.insert(RunId::from("t1"), view);
    })
}

pub(super) fn noted(noting: bool) -> State {
    with(fix::plan_dialog(Protection::Typed, "prod-ser", 30), |s| {
        if let Some(Overlay::Plan(dialog)) = &mut s.overlay {
            dialog.note = Line::new("Tuesday's release: orders can be split");
            dialog.noting = noting;
        }
    })
}

fn overlaid() -> State {
    with(fix::service(Tab::Metrics), |s| {
        let series = s.service.as_mut().unwrap().charts.series.value.as_mut().unwrap();
        let mut other = series[0].clone();
        other.0 =
            crate::model::ServiceKey::new("staging", crate::model::Kind::Ecs, "staging", "staging-service");
        for one in &mut other.1 {
            one.points.iter_mut().flatten().for_each(|point| *point *= 0.5);
        }
        series.push(other);
    })
}

#[test]
fn rollouts() {
    both!("rollout_waits", rollout("POST_TEST_TRAFFIC_SHIFT", true));
    both!("rollout_bakes", rollout("BAKE_TIME", false));
}

#[test]
fn releases() {
    both!("release_verifies", release(false));
    both!("release_rolled_back", release(true));
    both!("runs_of_the_team", team());
    let filtered = with(team(), |s| s.runs.filter = "who:ben".into());
    insta::assert_snapshot!("runs_filtered_80x24", text(&filtered, 80, 24));
    let typed = with(team(), |s| s.overlay = Some(Overlay::Filter(Line::default())));
    insta::assert_snapshot!("runs_filter_80x24", text(&typed, 80, 24));
    assert_eq!(typed.screen(), Screen::Runs);
}

#[test]
fn locks_and_notes() {
    both!("locked", locked());
    both!("take_over", take_over());
    both!("plan_noting", noted(true));
    insta::assert_snapshot!("plan_noted_80x24", text(&noted(false), 80, 24));
}

#[test]
fn overlaid_charts_name_their_services() {
    both!("metrics_overlaid", overlaid());
}

/// A run that rests before a change is the loudest of its kind, and its key says what it does.
#[test]
fn a_run_that_waits_says_so() {
    let mut state = release(false);
    state.runs.past[0].unwatched = true;
    assert!(text(&state, 120, 40).contains("○ not watched"));
    state.runs.past[0].waits = "still to come: update the service; nobody confirmed that it continues".into();
    let page = text(&state, 120, 40);
    assert!(page.contains("▲ waiting for confirmation") && page.contains("r continue"), "{page}");
    assert!(!page.contains("watch again"), "{page}");
    state.runs.open = None;
    assert!(text(&state, 80, 24).contains("▲ waiting"), "{}", text(&state, 80, 24));
}
