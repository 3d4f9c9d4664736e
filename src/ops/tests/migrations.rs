//! Migrations, to their exit code.

use super::harness::{Flight, plan_in};
use super::world::*;
use crate::model::{Answer, Ask, Kind, LogChunk, TroubleKind, Verdict, Write, Written};
use crate::ops::Wish;

pub(super) fn begun() -> Written {
    Written::Task { arn: task("", None, "", "").arn }
}

pub(super) fn chunk(lines: &[(i64, &str)], next: Option<&str>) -> Answer {
    Answer::Logs(LogChunk {
        lines: lines.iter().map(|(at, text)| line(*at, text)).collect(),
        next: next.map(str::to_owned),
    })
}

pub(super) fn started() -> Flight {
    let mut flight = Flight::of(&World::new(Kind::Ecs), Wish::Migrate { image: None });
    flight.written(Ok(begun()));
    flight
}

/// Answers whatever is asked: the task as given, an empty log.
fn drain(flight: &mut Flight, last: &crate::model::TaskBrief) {
    for _ in 0..20 {
        if flight.verdict().is_some() {
            return;
        }
        match flight.asking() {
            Ask::Task { .. } => flight.answer(Answer::Task(Some(last.clone()))),
            Ask::Logs { .. } => flight.answer(chunk(&[], None)),
            other => panic!("{other:?}"),
        };
    }
}

#[test]
fn a_migration_streams_its_log_and_reads_its_exit_code() {
    let mut flight = Flight::of(&World::new(Kind::Ecs), Wish::Migrate { image: None });
    let Write::RunTask {
        cluster, container, command, client_token, started_by, network, launch_type, ..
    } = flight.writing()
    else {
        panic!()
    };
    assert_eq!((cluster.as_str(), container.as_str()), ("prod", "service"));
    assert_eq!(command.join(" "), "goose -dir migrations up");
    assert_eq!((client_token.as_str(), started_by.as_str()), ("flightdeck-run-1", "flightdeck/run-1"));
    assert_eq!(network.as_ref().unwrap().subnets, ["subnet-1"]);
    assert_eq!(launch_type, "FARGATE");
    flight.written(Ok(begun()));
    flight.answer(Answer::Task(Some(task("PENDING", None, "", ""))));
    let Ask::Logs { source, next: None, .. } = flight.asking() else { panic!() };
    assert_eq!(
        (source.group.as_str(), source.stream.as_deref()),
        ("prod-service", Some("svc/service/7f21c0"))
    );
    // no stream before the first line
    flight.fail(trouble(TroubleKind::NotFound));
    assert_eq!(flight.says(), "pending");
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    flight.answer(chunk(&[(1, "goose: OK 00001.sql"), (2, "goose: OK 00002.sql")], Some("f/1")));
    // more was to be had at once
    assert!(matches!(flight.asking(), Ask::Logs { next: Some(n), .. } if n == "f/1"));
    flight.answer(chunk(&[], Some("f/1")));
    flight.answer(Answer::Task(Some(task("STOPPED", Some(0), "EssentialContainerExited", ""))));
    flight.answer(chunk(&[(3, "goose: successfully migrated")], Some("f/2")));
    assert!(flight.verdict().is_none(), "lines may still come");
    flight.answer(chunk(&[], Some("f/2"))).answer(chunk(&[], Some("f/2")));
    flight.ends(Verdict::Succeeded, "service exited with code 0");
    let texts: Vec<&str> = flight.run.view().log.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts, ["goose: OK 00001.sql", "goose: OK 00002.sql", "goose: successfully migrated"]);
}

#[test]
fn exit_codes_decide() {
    for (exit, code, reason, verdict, why) in [
        (Some(0), "EssentialContainerExited", "", Verdict::Succeeded, "code 0"),
        (Some(1), "EssentialContainerExited", "", Verdict::Failed, "service exited with code 1"),
        (Some(137), "EssentialContainerExited", "", Verdict::Failed, "code 137"),
        (
            None,
            "TaskFailedToStart",
            "CannotPullContainerError",
            Verdict::Failed,
            "TaskFailedToStart: CannotPull",
        ),
        (None, "", "", Verdict::Failed, "no exit code"),
        // another container's exit code says nothing
        (None, "EssentialContainerExited", "envoy left", Verdict::Failed, "no exit code"),
    ] {
        let mut flight = started();
        drain(&mut flight, &task("STOPPED", exit, code, reason));
        flight.ends(verdict, why);
    }
}

#[test]
fn a_failure_tells_the_last_lines() {
    let mut flight = started();
    flight.answer(Answer::Task(Some(task("STOPPED", Some(1), "EssentialContainerExited", ""))));
    flight.answer(chunk(&[(1, "one"), (2, "two"), (3, "ERROR: relation users"), (4, "exit")], None));
    drain(&mut flight, &task("STOPPED", Some(1), "", ""));
    flight.ends(Verdict::Failed, "code 1; last lines: two / ERROR: relation users / exit");
}

#[test]
fn lines_that_come_again_are_taken_once() {
    let mut flight = started();
    let running = || Answer::Task(Some(task("RUNNING", None, "", "")));
    flight.answer(running()).answer(chunk(&[(1, "a"), (2, "b"), (2, "b")], None));
    flight.answer(running());
    assert!(matches!(flight.asking(), Ask::Logs { since, next: None, .. } if since.0 == 2));
    flight.answer(chunk(&[(2, "b"), (2, "b"), (2, "c"), (3, "d")], None));
    flight.answer(running()).answer(chunk(&[(3, "d")], None));
    let texts: Vec<&str> = flight.run.view().log.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts, ["a", "b", "b", "c", "d"]);
}

#[test]
fn trouble_with_the_log_does_not_fail_a_migration() {
    let mut flight = started();
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    flight.fail(trouble(TroubleKind::Denied));
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    assert!(flight.says().contains("log not read: it went wrong"), "{}", flight.says());
    flight.fail(trouble(TroubleKind::Denied));
    flight.answer(Answer::Task(Some(task("STOPPED", Some(0), "EssentialContainerExited", ""))));
    for _ in 0..8 {
        if flight.verdict().is_none() {
            match flight.asking() {
                Ask::Logs { .. } => flight.fail(trouble(TroubleKind::Denied)),
                _ => flight.answer(Answer::Task(Some(task("STOPPED", Some(0), "", "")))),
            };
        }
    }
    flight.ends(Verdict::Succeeded, "code 0");
}

#[test]
fn without_a_log_the_task_alone_is_watched() {
    let mut world = World::new(Kind::Ecs);
    world.detail.task_definition.as_mut().unwrap().containers[0].log = None;
    let mut flight = Flight::of(&world, Wish::Migrate { image: None });
    flight.written(Ok(begun()));
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    flight.answer(Answer::Task(Some(task("STOPPED", Some(0), "", ""))));
    flight.ends(Verdict::Succeeded, "code 0");
}

#[test]
fn time_over_stops_the_task_and_fails() {
    let mut flight = started();
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", "")))).answer(chunk(&[], None));
    flight.later(600_000).answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    assert!(
        matches!(flight.writing(), Write::StopTask { reason, .. } if reason.contains("timed out after 10m"))
    );
    flight.written(Err(trouble(TroubleKind::Throttled)));
    flight.written(Ok(Written::Done));
    flight.answer(chunk(&[], None));
    assert!(flight.says().starts_with("time is over, stopping"));
    drain(&mut flight, &task("STOPPED", Some(143), "UserInitiated", ""));
    flight.ends(Verdict::Failed, "timed out after 10m and was stopped, exit code 143");
    assert_eq!(flight.sent.len(), 3);
}

#[test]
fn a_task_that_ends_by_itself_in_the_last_moment_counts() {
    let mut flight = started();
    flight.later(600_000).answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    flight.written(Ok(Written::Done));
    drain(&mut flight, &task("STOPPED", Some(0), "EssentialContainerExited", ""));
    flight.ends(Verdict::Succeeded, "code 0");
}

#[test]
fn a_task_that_does_not_stop_is_told() {
    let mut flight = started();
    flight.later(600_000).answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    flight.written(Err(trouble(TroubleKind::Denied))).answer(chunk(&[], None));
    for _ in 0..6 {
        assert!(flight.verdict().is_none());
        flight.later(200_000).answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
        if flight.verdict().is_none() {
            flight.answer(chunk(&[], None));
        }
    }
    flight.asks.clear();
    flight.ends(Verdict::Failed, "it may still be running");
}

fn forget(flight: &mut Flight) {
    for _ in 0..4 {
        assert!(flight.verdict().is_none());
        flight.later(150_000).answer(Answer::Task(None));
    }
}

#[test]
fn a_task_that_aws_does_not_know_is_waited_for_and_then_failed() {
    let mut flight = started();
    flight.answer(Answer::Task(None));
    assert!(flight.says().contains("waiting"));
    forget(&mut flight);
    flight.ends(Verdict::Failed, "does not know the task");

    let mut flight = started();
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", "")))).answer(chunk(&[], None));
    flight.answer(Answer::Task(None));
    forget(&mut flight);
    flight.ends(Verdict::Failed, "exit code was not read");
}

#[test]
fn a_start_without_an_answer_is_asked_again_with_the_same_token() {
    let mut flight = Flight::of(&World::new(Kind::Ecs), Wish::Migrate { image: None });
    for _ in 0..4 {
        flight.written(Err(trouble(TroubleKind::TimedOut)));
        flight.settle();
    }
    assert_eq!(flight.sent.len(), 5);
    assert!(flight.sent.iter().all(|write| write == &flight.sent[0]), "the same in every part");
    flight.written(Err(trouble(TroubleKind::TimedOut)));
    flight.ends(Verdict::Lost, "contact lost");
    flight.resume();
    flight.written(Ok(begun()));
    drain(&mut flight, &task("STOPPED", Some(0), "", ""));
    flight.ends(Verdict::Succeeded, "");
}

#[test]
fn a_token_that_aws_may_have_forgotten_is_not_used() {
    let mut flight = Flight::of(&World::new(Kind::Ecs), Wish::Migrate { image: None });
    flight.written(Err(trouble(TroubleKind::Expired)));
    flight.ends(Verdict::Lost, "");
    flight.later(13 * 3_600_000).resume();
    flight.ends(Verdict::Failed, "too late to ask again safely");
    assert_eq!(flight.sent.len(), 1);
}

#[test]
fn a_start_that_ecs_declines_is_refused() {
    let mut flight = Flight::of(&World::new(Kind::Ecs), Wish::Migrate { image: None });
    flight.written(Err(trouble(TroubleKind::Refused)));
    flight.ends(Verdict::Refused, "it went wrong");

    let mut flight = Flight::of(&World::new(Kind::Ecs), Wish::Migrate { image: None });
    flight.written(Ok(Written::Done));
    flight.ends(Verdict::Failed, "does not name what it made");
}

#[test]
fn a_pinned_migration_runs_the_copy() {
    let mut world = World::new(Kind::Ecs);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("8be02d4")));
    let mut flight = Flight::of(&world, Wish::Migrate { image: None });
    assert!(matches!(flight.writing(), Write::RegisterTaskDefinition { .. }));
    flight.written(Ok(Written::TaskDefinition { arn: definition_arn(55) }));
    assert!(
        matches!(flight.writing(), Write::RunTask { task_definition, .. } if *task_definition == definition_arn(55))
    );
}

#[test]
fn a_short_timeout_is_told_exactly() {
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.migration.timeout_s = 90;
    let mut flight = Flight::new(plan_in(&world, context, Wish::Migrate { image: None }).unwrap());
    flight.written(Ok(begun()));
    flight.later(91_000).answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    assert!(matches!(flight.writing(), Write::StopTask { reason, .. } if reason.contains("1m 30s")));
}
