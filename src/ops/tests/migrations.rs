//! Migrations, to their exit code.

use super::harness::{Flight, plan, plan_in};
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
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
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
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    let Write::RunTask(task_asked) = flight.writing() else { panic!() };
    let asked = (**task_asked).clone();
    assert_eq!((asked.cluster.as_str(), asked.container.as_str()), ("prod", "service"));
    assert_eq!(asked.command.join(" "), "goose -dir migrations up");
    assert_eq!(asked.client_token, "flightdeck-run-1");
    assert_eq!(asked.started_by, "flightdeck/run-1");
    assert_eq!(asked.network.as_ref().unwrap().subnets, ["subnet-1"]);
    assert_eq!(asked.launch_type, "FARGATE");
    flight.written(Ok(begun()));
    flight.answer(Answer::Task(Some(task("PENDING", None, "", ""))));
    let Ask::Logs { source, next: None, .. } = flight.asking() else { panic!() };
    assert_eq!(
        (source.group.as_str(), source.stream.as_deref()),
        ("prod-service", Some("svc/service/7f21c0"))
    );
    // no stream before the first line
    flight.answer(chunk(&[], None));
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
    world.detail.task_definition.as_mut().unwrap().containers[0].log = crate::model::LogRoute::Unset;
    let mut flight = Flight::migrating(&world);
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
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", "")))).answer(chunk(&[], None));
    flight.later(600_000).answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    flight.written(Ok(Written::Done));
    drain(&mut flight, &task("STOPPED", Some(0), "EssentialContainerExited", ""));
    flight.ends(Verdict::Succeeded, "code 0");
}

#[test]
fn a_task_that_does_not_stop_is_told() {
    let mut flight = started();
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", "")))).answer(chunk(&[], None));
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
    flight.ends(
        Verdict::Lost,
        "so what came of it is not known; look at its log (prod-service, svc/service/7f21c0); who stopped task \
         7f21c0, if anybody, is in CloudTrail (StopTask); check the database's migrations table to see whether it migrated",
    );

    let mut flight = started();
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", "")))).answer(chunk(&[], None));
    flight.answer(Answer::Task(None));
    forget(&mut flight);
    flight.ends(Verdict::Lost, "exit code was not read");
}

#[test]
fn a_start_without_an_answer_is_asked_again_with_the_same_token() {
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    for _ in 0..4 {
        flight.written(Err(trouble(TroubleKind::TimedOut)));
        flight.settle();
    }
    assert_eq!(flight.sent.len(), 5);
    assert!(flight.sent.iter().all(|write| write == &flight.sent[0]), "the same in every part");
    flight.written(Err(trouble(TroubleKind::TimedOut)));
    flight.ends(Verdict::Lost, "whether the migration was started is not known");
    flight.ends(Verdict::Lost, "tasks of cluster prod that were started by flightdeck/run-1");
    flight.resume();
    flight.nobody_started();
    flight.written(Ok(begun()));
    drain(&mut flight, &task("STOPPED", Some(0), "", ""));
    flight.ends(Verdict::Succeeded, "");
}

#[test]
fn a_token_that_aws_may_have_forgotten_is_not_used() {
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    flight.written(Err(trouble(TroubleKind::Expired)));
    flight.ends(Verdict::Lost, "");
    flight.later(56 * 60_000).resume();
    flight.nobody_started();
    flight.ends(Verdict::Lost, "whether the migration was started is not known: it is too late to ask again");
    assert_eq!(flight.sent.len(), 1);
    // what is found is watched, however late it is
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    flight.written(Err(trouble(TroubleKind::Expired)));
    flight.later(56 * 60_000).resume();
    let mut found = task("RUNNING", None, "", "");
    found.started_by = "flightdeck/run-1".into();
    flight.answer(Answer::Tasks(vec![found]));
    drain(&mut flight, &task("STOPPED", Some(0), "", ""));
    flight.ends(Verdict::Succeeded, "");
    assert_eq!(flight.sent.len(), 1);
}

#[test]
fn an_answer_that_tells_no_task_is_in_doubt_at_once() {
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    flight.written(Err(trouble(TroubleKind::Unreadable)));
    flight.ends(Verdict::Lost, "whether the migration was started is not known");
    assert_eq!(flight.sent.len(), 1, "it is not asked for again by itself");
}

#[test]
fn a_start_that_ecs_declines_is_refused() {
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    flight.written(Err(trouble(TroubleKind::Refused)));
    flight.ends(Verdict::Refused, "it went wrong");

    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    flight.written(Ok(Written::Done));
    flight.ends(Verdict::Failed, "does not name what it created");
}

#[test]
fn a_pinned_migration_runs_the_copy() {
    let mut world = World::new(Kind::Ecs);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("8be02d4")));
    let mut flight = Flight::migrating(&world);
    assert!(matches!(flight.writing(), Write::RegisterTaskDefinition { .. }));
    flight.written(Ok(Written::TaskDefinition { arn: definition_arn(55) }));
    assert!(matches!(flight.writing(), Write::RunTask(task) if task.task_definition == definition_arn(55)));
}

#[test]
fn a_short_timeout_is_told_exactly() {
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.migration.timeout_s = 90;
    let mut flight =
        Flight::checked(plan_in(&world, context, Wish::Migrate { image: None }).unwrap(), &world);
    flight.written(Ok(begun()));
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", "")))).answer(chunk(&[], None));
    flight.later(91_000).answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    assert!(matches!(flight.writing(), Write::StopTask { reason, .. } if reason.contains("1m 30s")));
}

/// A task whose container ended while the rest of it goes on.
fn beside(exit: i32) -> crate::model::TaskBrief {
    let mut found = task("RUNNING", Some(exit), "", "");
    found.containers[1].last_status = "STOPPED".to_owned();
    found
}

#[test]
fn the_end_of_the_container_decides_although_its_task_goes_on() {
    for (exit, verdict, why) in [
        (0, Verdict::Succeeded, "service exited with code 0"),
        (3, Verdict::Failed, "service exited with code 3"),
    ] {
        let mut world = World::new(Kind::Ecs);
        world.detail.task_definition.as_mut().unwrap().containers[0].essential = false;
        let mut context = world.context();
        context.container = Some("service".into());
        let mut flight =
            Flight::checked(plan_in(&world, context, Wish::Migrate { image: None }).unwrap(), &world);
        flight.written(Ok(begun()));
        flight.answer(Answer::Task(Some(task("RUNNING", None, "", "")))).answer(chunk(&[], None));
        flight.later(5_000).answer(Answer::Task(Some(beside(exit))));
        assert!(
            matches!(flight.writing(), Write::StopTask { reason, .. } if reason == "flightdeck: service has ended")
        );
        flight.written(Ok(Written::Done));
        flight.answer(chunk(&[(1, "OK   00001_a.sql (1ms)")], None));
        drain(&mut flight, &beside(exit));
        flight.ends(verdict, why);
        assert_eq!(flight.sent.len(), 2, "asked for once, stopped once");
    }
}

#[test]
fn an_essential_container_takes_its_task_with_it() {
    let mut flight = started();
    flight.answer(Answer::Task(Some(beside(0))));
    drain(&mut flight, &beside(0));
    flight.ends(Verdict::Succeeded, "service exited with code 0");
    assert_eq!(flight.sent.len(), 1, "AWS stops it by itself");
}

#[test]
fn waiting_for_capacity_is_not_the_time_of_the_work() {
    let mut flight = started();
    let waiting = || Answer::Task(Some(task("PROVISIONING", None, "", "")));
    for _ in 0..4 {
        flight.later(180_000).answer(waiting());
        flight.answer(chunk(&[], None));
    }
    assert_eq!(flight.says(), "provisioning, waiting for capacity");
    let mut runs = task("RUNNING", None, "", "");
    runs.started_at = Some(flight.now);
    flight.later(590_000).answer(Answer::Task(Some(runs.clone())));
    assert_eq!(flight.sent.len(), 1, "the work has ten minutes of its own");
    flight.answer(chunk(&[], None));
    flight.later(20_000).answer(Answer::Task(Some(runs)));
    assert!(
        matches!(flight.writing(), Write::StopTask { reason, .. } if reason.contains("timed out after 10m"))
    );
}

#[test]
fn a_task_that_never_starts_says_so() {
    let mut flight = started();
    flight.later(1_800_000).answer(Answer::Task(Some(task("PROVISIONING", None, "", ""))));
    assert!(
        matches!(flight.writing(), Write::StopTask { reason, .. } if reason.contains("not started after 30m"))
    );
    flight.written(Ok(Written::Done));
    drain(&mut flight, &task("STOPPED", None, "UserInitiated", ""));
    flight.ends(Verdict::Failed, "never started within 30m, nothing was migrated, and was stopped");
}

#[test]
fn a_clock_that_jumps_stops_and_fails_no_task() {
    let hour = 3_600_000;
    // what was not begun is not begun any more behind more than an hour
    for jump in [hour - 600_000, 2 * hour, 48 * hour, -2 * hour, -48 * hour] {
        for moment in usize::from(jump > hour)..5 {
            let mut flight = Flight::migrating(&World::new(Kind::Ecs));
            if moment == 0 {
                flight.written(Err(trouble(TroubleKind::Throttled))).jumps(jump).settle();
            }
            flight.written(Ok(begun()));
            // by AWS's clock all the time
            let started_at = flight.now.plus(if moment == 0 { -jump } else { 0 });
            for (place, status) in ["PROVISIONING", "PENDING", "RUNNING", "RUNNING"].into_iter().enumerate() {
                if place + 1 == moment {
                    flight.jumps(jump);
                }
                let mut found = task(status, None, "", "");
                found.started_at = (status == "RUNNING").then_some(started_at);
                flight.later(5_000).answer(Answer::Task(Some(found)));
                flight.answer(chunk(&[], None));
            }
            assert_eq!(
                flight.sent.len(),
                1 + usize::from(moment == 0),
                "{jump} at {moment}: {:?}",
                flight.sent
            );
            drain(&mut flight, &task("STOPPED", Some(0), "EssentialContainerExited", ""));
            flight.ends(Verdict::Succeeded, "code 0");
        }
    }
}

#[test]
fn room_is_waited_for_with_another_token() {
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    for _ in 0..3 {
        flight.written(Err(trouble(TroubleKind::NoRoom)));
        assert!(flight.says().starts_with("waiting for capacity"), "{}", flight.says());
        // the answer may be wrong: with another token a second task would be started
        assert!(matches!(flight.asking(), Ask::Started { .. }));
        flight.nobody_started();
        // others had time meanwhile
        flight.answer(Answer::Detail(Box::new(World::new(Kind::Ecs).detail)));
    }
    flight.later(660_000);
    flight.written(Err(trouble(TroubleKind::Throttled)));
    flight.settle();
    let tokens: Vec<_> = flight.sent.iter().map(|write| write.token().unwrap().to_owned()).collect();
    assert_eq!(tokens[..3], ["flightdeck-run-1", "flightdeck-run-1_r1", "flightdeck-run-1_r2"]);
    assert_eq!(tokens[3], tokens[4], "a throttled call declined nothing for good");
    flight.written(Ok(begun()));
    drain(&mut flight, &task("STOPPED", Some(0), "EssentialContainerExited", ""));
    flight.ends(Verdict::Succeeded, "code 0");

    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    flight.written(Err(trouble(TroubleKind::NoRoom)));
    flight.settle();
    flight.nobody_started();
    flight.answer(Answer::Detail(Box::new(World::new(Kind::Ecs).detail)));
    flight.later(1_900_000).written(Err(trouble(TroubleKind::NoRoom)));
    flight.settle();
    flight.nobody_started();
    flight.ends(Verdict::Failed, "never started within 30m, nothing was migrated; no room: it went wrong");
}

#[test]
fn a_task_that_was_started_against_what_aws_answered_is_found_before_another_is_asked_for() {
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    flight.written(Err(trouble(TroubleKind::NoRoom)));
    let _ = flight.asking();
    // lists lag behind
    flight.answer(Answer::Tasks(Vec::new()));
    assert!(matches!(flight.asking(), Ask::Started { .. }));
    flight.answer(Answer::Tasks(vec![task("RUNNING", None, "", "")]));
    assert_eq!(flight.sent.len(), 1, "no second token is used");
    drain(&mut flight, &task("STOPPED", Some(0), "EssentialContainerExited", ""));
    flight.ends(Verdict::Succeeded, "code 0");
}

#[test]
fn a_refusal_behind_an_attempt_that_was_not_answered_proves_nothing() {
    let kinds = [TroubleKind::Denied, TroubleKind::Refused, TroubleKind::NotFound, TroubleKind::Inapplicable];
    for kind in kinds {
        let doubted = || {
            let mut flight = Flight::migrating(&World::new(Kind::Ecs));
            flight.written(Err(trouble(TroubleKind::Unreachable)));
            flight.settle();
            flight.written(Err(trouble(kind)));
            assert!(matches!(flight.asking(), Ask::Started { .. }), "{kind:?}");
            flight
        };
        let mut there = doubted();
        there.answer(Answer::Tasks(vec![task("RUNNING", None, "", "")]));
        drain(&mut there, &task("STOPPED", Some(0), "EssentialContainerExited", ""));
        there.ends(Verdict::Succeeded, "code 0");

        let mut missing = doubted();
        missing.nobody_started();
        missing.ends(Verdict::Lost, "whether the migration was started is not known");
        missing.ends(Verdict::Lost, "the next was refused");
        let mut unlisted = doubted();
        unlisted.fail(trouble(TroubleKind::Denied));
        unlisted.ends(Verdict::Lost, "it could not be looked for");
    }
    // the first answer is what it is
    let mut flight = Flight::migrating(&World::new(Kind::Ecs));
    flight.written(Err(trouble(TroubleKind::Denied)));
    flight.ends(Verdict::Refused, "");
}

#[test]
fn nothing_migrates_beside_a_task_that_another_run_started() {
    let other = |status: &str, by: &str| crate::model::TaskBrief {
        started_by: by.to_owned(),
        created_at: Some(NOW.plus(-7_200_000)),
        ..task(status, None, "", "")
    };
    for (status, by, refused) in [
        ("RUNNING", "flightdeck/run-0", true),
        ("PROVISIONING", "flightdeck/run-0", true),
        ("DEPROVISIONING", "flightdeck/run-0", false),
        ("STOPPED", "flightdeck/run-0", false),
        ("RUNNING", "ecs-svc/1", false),
        ("RUNNING", "flightdeck", false),
    ] {
        let mut world = World::new(Kind::Ecs);
        world.begun = vec![other(status, by)];
        let planned = plan_in(&world, world.context(), Wish::Migrate { image: None });
        assert_eq!(planned.is_err(), refused, "{status} {by}");
        if let Err(refusal) = planned {
            let told = format!("which run run-0 of flightdeck started, is {}, for 2h", status.to_lowercase());
            assert!(refusal.why.contains(&told), "{refusal:?}");
        }
        // under a lock a plan is shown, whoever holds it
        let mut context = world.context();
        context.lock = Some(super::aws::lock_settings());
        let draft = plan_in(&world, context, Wish::Migrate { image: None }).unwrap();
        assert_eq!(draft.plan.warnings.iter().any(|told| told.contains("which run run-0")), refused);
        // one that begins between the plan and the migration
        let world = World::new(Kind::Ecs);
        let draft = plan_in(&world, world.context(), Wish::Migrate { image: None }).unwrap();
        let mut flight = Flight::new(draft);
        flight.beside = vec![other(status, by)];
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
        assert_eq!(flight.sent.is_empty(), refused, "{status} {by}");
        if refused {
            flight.ends(Verdict::Refused, "which run run-0 of flightdeck started");
        }
    }
}

const UNTOLD: &str = "whether another migration runs could not be read";

#[test]
fn nobody_migrates_where_neither_tasks_nor_a_lock_tell_of_others() {
    let mut world = World::new(Kind::Ecs);
    for kind in [TroubleKind::Denied, TroubleKind::Unsupported, TroubleKind::Refused] {
        world.troubles = vec![("Begun", trouble(kind))];
        let refusal = plan_in(&world, world.context(), Wish::Migrate { image: None }).unwrap_err();
        assert!(refusal.why.starts_with(UNTOLD), "{refusal}");
        assert!(refusal.remedy.contains("ecs:ListTasks") && refusal.remedy.contains("lock"), "{refusal}");
        // a lock keeps others away: then it is told that nobody looked
        let mut context = world.context();
        context.lock = Some(super::aws::lock_settings());
        let draft = plan_in(&world, context, Wish::Migrate { image: None }).unwrap();
        assert!(draft.plan.warnings.iter().any(|w| w.starts_with(UNTOLD)), "{:?}", draft.plan.warnings);
    }
    // who is denied after the plan starts none either
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::new(plan(&world, Wish::Migrate { image: None }).unwrap());
    flight.untold = Some(trouble(TroubleKind::Denied));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(flight.sent.is_empty());
    flight
        .ends(Verdict::Refused, "the task was not started: whether another migration runs could not be read");
}

/// An exit code that is no number, in a task of the family that ended long ago.
#[test]
fn tasks_beside_it_that_cannot_be_read_end_a_migration_that_was_not_started() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::new(plan(&world, Wish::Migrate { image: None }).unwrap());
    flight.untold = Some(trouble(TroubleKind::Unreadable));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(flight.verdict().is_none(), "one such answer may be a fault of the moment");
    let began = flight.now;
    flight.settle();
    assert!(flight.now.since(began) < 120_000 && flight.sent.is_empty());
    flight.ends(Verdict::Refused, UNTOLD);
    // one that can be read after all is gone on with
    let mut flight = Flight::new(plan(&world, Wish::Migrate { image: None }).unwrap());
    flight.untold = Some(trouble(TroubleKind::Unreadable));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.untold = None;
    flight.settle();
    assert!(matches!(flight.writing(), Write::RunTask(_)));
}

#[test]
fn a_verdict_does_not_wait_for_its_log() {
    let mut flight = started();
    flight.answer(Answer::Task(Some(task("STOPPED", Some(0), "EssentialContainerExited", ""))));
    for page in 0..100 {
        if flight.verdict().is_some() {
            break;
        }
        assert!(page < 12, "pages keep coming for ever");
        match flight.asking() {
            Ask::Logs { .. } => {
                assert!(flight.says().starts_with("exit 0, reading") || page == 0, "{}", flight.says());
                flight.later(1_000).answer(chunk(&[(page, "another line")], Some(&format!("f/{page}"))))
            }
            _ => flight.answer(Answer::Task(Some(task("STOPPED", Some(0), "EssentialContainerExited", "")))),
        };
    }
    flight.ends(Verdict::Succeeded, "service exited with code 0");
}

#[test]
fn a_missing_log_group_is_told() {
    let mut flight = started();
    let mut missing = trouble(TroubleKind::NotFound);
    missing.on = "log stream prod-service/svc/service/7f21c0".to_owned();
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", "")))).fail(missing.clone());
    flight.answer(Answer::Task(Some(task("STOPPED", Some(0), "EssentialContainerExited", ""))));
    for _ in 0..4 {
        if flight.verdict().is_none() {
            match flight.asking() {
                Ask::Logs { .. } => flight.fail(missing.clone()),
                _ => flight.answer(Answer::Task(Some(task(
                    "STOPPED",
                    Some(0),
                    "EssentialContainerExited",
                    "",
                )))),
            };
        }
    }
    flight
        .ends(Verdict::Succeeded, "log not read: log stream prod-service/svc/service/7f21c0 does not exist");
}

#[test]
fn somebody_who_stops_a_migration_is_named_for_it() {
    let mut flight = started();
    drain(&mut flight, &task("STOPPED", Some(137), "UserInitiated", "rotating credentials"));
    flight.ends(Verdict::Failed, "stopped by a person: rotating credentials, service exited with code 137");
}

#[test]
fn a_migration_that_was_told_to_stop_is_not_done_by_ending_with_0() {
    for (code, reason) in
        [("UserInitiated", "rotating credentials"), ("SpotInterruption", ""), ("InfrastructureHealth", "")]
    {
        let mut flight = started();
        drain(&mut flight, &task("STOPPED", Some(0), code, reason));
        flight.ends(Verdict::Failed, "whether it had done its work is not known");
    }
    let mut flight = started();
    drain(
        &mut flight,
        &task("STOPPED", Some(0), "EssentialContainerExited", "Essential container in task exited"),
    );
    flight.ends(Verdict::Succeeded, "");
}

#[test]
fn a_task_gets_what_the_service_gives_its_tasks() {
    use crate::model::{Launch, launch::EbsVolume};
    let volume = |name: &str| EbsVolume { name: name.to_owned(), size: Some(20), ..EbsVolume::default() };
    let mut world = World::new(Kind::Ecs);
    world.detail.launch = Launch {
        platform_version: "1.4.0".to_owned(),
        tags: vec![("team".to_owned(), "orders".to_owned())],
        managed_tags: true,
        volumes: vec![volume("scratch"), volume("gone")],
        ..Launch::default()
    };
    let at_launch =
        serde_json::json!([{ "name": "scratch", "configuredAtLaunch": true }, { "name": "plain" }]);
    world.detail.task_definition.as_mut().unwrap().shown["volumes"] = at_launch.clone();
    let mut flight = Flight::migrating(&world);
    let Write::RunTask(asked) = flight.writing() else { panic!() };
    let launch = &asked.launch;
    assert_eq!((launch.platform_version.as_str(), launch.managed_tags), ("1.4.0", true));
    assert_eq!(launch.tags, [("team".to_owned(), "orders".to_owned())]);
    assert_eq!(launch.volumes, [volume("scratch")]);
    // what a service's tags hold may be a secret: they are counted, and not carried
    let mut secret = world.clone();
    secret.detail.launch.tags_left = 2;
    let draft = plan_in(&secret, secret.context(), Wish::Migrate { image: None }).unwrap();
    assert!(draft.plan.warnings.iter().any(|w| w.starts_with("2 tags are not given to the task")));
    // what nobody tells is refused before anything is registered
    world.detail.launch.volumes.clear();
    let refused = plan_in(&world, world.context(), Wish::Migrate { image: None }).unwrap_err();
    assert!(
        refused.to_string().contains("the volume scratch of prod-service:41 is configured at launch"),
        "{refused}"
    );
    // a policy of the organisation is told as that, with the tags
    flight.written(Err(crate::model::Trouble {
        why: "User: x is not authorized to perform: ecs:RunTask with an explicit deny in a service control policy".into(),
        ..trouble(TroubleKind::Denied)
    }));
    flight.ends(Verdict::Refused, "it may want other tags than the task had (team)");
}

#[test]
fn without_room_for_the_journal_a_run_that_changed_something_is_lost_and_not_refused() {
    let unwritten = || trouble(TroubleKind::Unwritten);
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.migration.checks = vec![vec!["goose".into(), "status".into()]];
    let draft = plan_in(&world, context, Wish::Migrate { image: None }).unwrap();
    // nothing was done yet: it can be planned again
    let mut flight = Flight::checked(draft.clone(), &world);
    flight.written(Err(unwritten()));
    flight.ends(Verdict::Refused, "then plan it again");
    // the check ran
    let mut flight = Flight::checked(draft, &world);
    flight.written(Ok(begun()));
    flight.answer(Answer::Task(Some(task("STOPPED", Some(0), "EssentialContainerExited", ""))));
    for _ in 0..9 {
        match flight.asks.first() {
            Some((_, Ask::Logs { .. })) => flight.answer(Answer::Logs(LogChunk::default())),
            Some((_, Ask::Detail(_))) => flight.answer(Answer::Detail(Box::new(world.detail.clone()))),
            _ => break,
        };
    }
    flight.settle();
    while matches!(flight.asks.first(), Some((_, Ask::Logs { .. } | Ask::Detail(_)))) {
        match flight.asking() {
            Ask::Logs { .. } => flight.answer(Answer::Logs(LogChunk::default())),
            _ => flight.answer(Answer::Detail(Box::new(world.detail.clone()))),
        };
    }
    flight.written(Err(unwritten()));
    flight.ends(Verdict::Lost, "ecs:RunTask was not called");
    assert!(!flight.verdict().unwrap().1.contains("plan it again"));
    assert!(flight.run.view().resumable(), "there is a way back in");
}
