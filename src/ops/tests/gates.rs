//! Releases: checks, migration, deploy, window, in one run.

use super::aws::{Aws, Driver, guarded, words};
use super::harness::plan_in;
use super::world::*;
use crate::model::process::{Heard, Life, Process};
use crate::model::{
    Answer, DeploymentStatus, Gate, ImageChoice, Kind, LogLine, RunKind, Stamp, StepState, TroubleKind,
    Verdict, Write,
};
use crate::ops::{Context, Effect, Event, Run, Wish};

pub(super) fn release() -> Wish {
    Wish::Release(ImageChoice::Tag("8be02d4".into()))
}

fn started(world: &World, context: Context, wish: Wish) -> (Aws, Driver) {
    let draft = plan_in(world, context, wish).unwrap();
    (Aws::new(world.clone()), Driver::start(draft))
}

fn line<'a>(draft: &'a crate::ops::Draft, label: &str) -> &'a str {
    draft.plan.lines.iter().find(|l| l.label == label).map_or("", |l| l.value.as_str())
}

#[test]
fn a_release_is_checks_migration_deploy_and_window_in_one() {
    let world = World::new(Kind::Ecs);
    let draft = plan_in(&world, guarded(&world), release()).unwrap();
    assert_eq!(draft.plan.kind, RunKind::Release);
    assert_eq!(draft.plan.title, "Release 8be02d4 to prod-service");
    assert_eq!(
        draft.plan.writes,
        [
            "s3:PutObject",
            "ecs:RegisterTaskDefinition",
            "ecs:RunTask",
            "ecs:UpdateService",
            "ecs:StopTask",
            "s3:DeleteObject"
        ]
    );
    assert_eq!(line(&draft, "verify"), "5m: 5xx at most 1.0%, p99 at most 500ms, quiet: prod-5xx");
    assert!(
        line(&draft, "lock")
            .starts_with("s3://team/flightdeck/locks/111122223333/us-west-2/prod/service.json, 15m")
    );
    assert_eq!(line(&draft, "definition"), "the new revision of prod-service");
    assert!(draft.plan.on_failure.contains("prod-service:41 is put back; what the migration did stays"));
    assert!(draft.plan.warnings.is_empty(), "{:?}", draft.plan.warnings);
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.finish(&mut aws);
    driver.ends(
        Verdict::Succeeded,
        "prod-service:42 is deployed and steady; quiet for 5m: 5xx 0.0% of 2,000 · p99 118ms · alarms quiet",
    );
    assert!(
        driver.run.view().steps.iter().all(|s| s.state == StepState::Done),
        "{:#?}",
        driver.run.view().steps
    );
    let command = |token: &str| aws.tasks[token].command.clone();
    assert_eq!(command("flightdeck-run-1"), "goose -dir migrations status");
    assert_eq!(command("flightdeck-run-1_1"), "goose -dir migrations validate");
    assert_eq!(command("flightdeck-run-1_2"), "goose -dir migrations up");
    assert!(aws.tasks.values().all(|job| job.definition == definition_arn(42)), "on the new revision");
    assert_eq!(aws.set(), format!("{REPOSITORY}:8be02d4"));
    assert!(aws.lock().is_none(), "released");
    let record = aws.record().unwrap();
    assert_eq!(record.end.unwrap().verdict, Verdict::Succeeded);
    let text = serde_json::to_string(&driver.journal).unwrap();
    assert!(!text.contains("hunter2"), "the journal holds no secrets");
}

#[test]
fn a_failed_check_or_migration_deploys_nothing() {
    for (part, why) in [
        ("validate", "service exited with code 3; nothing was deployed"),
        ("up", "service exited with code 3; nothing was deployed"),
    ] {
        let world = World::new(Kind::Ecs);
        let (mut aws, mut driver) = started(&world, guarded(&world), release());
        aws.exits = vec![(part, 3)];
        driver.finish(&mut aws);
        driver.ends(Verdict::Failed, why);
        assert_eq!(aws.set(), format!("{REPOSITORY}:1f0c9a7"));
        assert_eq!(aws.tasks.values().any(|job| job.command.contains("up")), part == "up");
        assert!(aws.lock().is_none());
        assert_eq!(driver.run.view().steps.last().unwrap().state, StepState::Done, "the lock is released");
    }
}

#[test]
fn a_rollout_that_fails_after_the_migration_says_what_stays() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, guarded(&world), release());
    aws.outcomes = vec![(":42".into(), DeploymentStatus::RollbackSuccessful)];
    driver.finish(&mut aws);
    driver.ends(Verdict::RolledBack, "prod-service:41 is back; what the migration did stays");

    // a configured way back is offered as a run of its own
    let mut context = guarded(&world);
    context.migration.down = true;
    let (mut aws, mut driver) = started(&world, context, release());
    aws.outcomes = vec![(":42".into(), DeploymentStatus::RollbackSuccessful)];
    driver.finish(&mut aws);
    driver.ends(Verdict::RolledBack, "flightdeck migrate prod/prod-service --image 8be02d4 --down`");
}

#[test]
fn somebody_who_deploys_during_the_migration_is_not_overrun() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, guarded(&world), release());
    driver.reach(&mut aws, "migrations up");
    aws.set_service(&definition_arn(40));
    driver.finish(&mut aws);
    driver.ends(Verdict::Superseded, "since the plan was made; plan again; what the migration did stays");
    assert_eq!(aws.set(), format!("{REPOSITORY}:0aa1111"));
}

#[test]
fn somebody_who_deploys_during_rollout_or_window_supersedes() {
    for step in ["watch until its tasks", "watch for 5m"] {
        let world = World::new(Kind::Ecs);
        let (mut aws, mut driver) = started(&world, guarded(&world), release());
        driver.reach(&mut aws, step);
        aws.set_service(&definition_arn(40));
        driver.finish(&mut aws);
        driver.ends(Verdict::Superseded, "took over");
        assert_eq!(aws.set(), format!("{REPOSITORY}:0aa1111"), "{step}");
    }
}

#[test]
fn breaking_off_is_told_as_what_it_is() {
    for (step, verdict, why) in [
        ("check that nothing", Some(Verdict::Refused), "before anything was changed"),
        ("watch until its tasks", None, ""),
        ("watch for 5m", None, ""),
    ] {
        let world = World::new(Kind::Ecs);
        let (mut aws, mut driver) = started(&world, guarded(&world), release());
        driver.reach(&mut aws, step).stop();
        driver.finish(&mut aws);
        if let Some(verdict) = verdict {
            driver.ends(verdict, why);
        } else {
            assert!(driver.run.view().unwatched && driver.run.is_over());
            driver.resume();
            driver.finish(&mut aws);
            driver.ends(Verdict::Succeeded, "deployed and steady; quiet for 5m");
        }
        assert!(aws.lock().is_none(), "{step}");
    }
}

#[test]
fn a_release_that_is_left_before_its_migration_ended_is_lost_and_goes_on_when_it_is_taken_up() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, guarded(&world), release());
    driver.reach(&mut aws, "migrations up").stop();
    driver.finish(&mut aws);
    driver.ends(Verdict::Lost, "interrupted before ecs:UpdateService; its task continues in AWS");
    assert!(driver.run.view().unwatched && aws.lock().is_some());
    assert!(!aws.done.iter().any(|w| matches!(w, Write::UpdateService { .. })), "nothing was deployed");
    let tasks = aws.tasks.len();
    driver.resume();
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "deployed and steady; quiet for 5m");
    assert_eq!(aws.tasks.len(), tasks, "no migration ran a second time");
}

#[test]
fn a_release_of_what_is_set_forces_a_deployment() {
    let mut world = World::new(Kind::Ecs);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("1f0c9a7")));
    world.definitions[0] = definition(41, &format!("{REPOSITORY}:latest"));
    let (mut aws, mut driver) = started(&world, guarded(&world), Wish::Release(ImageChoice::Current));
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "deployed and steady");
    let pinned = format!("{REPOSITORY}@{}", digest("8be02d4"));
    assert_eq!(aws.registered, [(definition_arn(42), pinned)], "for the migration alone");
    assert!(aws.tasks.values().all(|job| job.definition == definition_arn(42)));
    assert!(aws.done.iter().any(|w| matches!(w, Write::UpdateService { force: true, .. })));
}

#[test]
fn express_and_app_runner_are_released_too() {
    let world = World::new(Kind::Express);
    let (mut aws, mut driver) = started(&world, guarded(&world), release());
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "deployed");
    assert_eq!(aws.tasks.len(), 3);

    let world = World::new(Kind::AppRunner);
    let refusal = plan_in(&world, guarded(&world), release()).unwrap_err();
    assert!(refusal.remedy.contains("local = true"), "{refusal}");
    let mut context = guarded(&world);
    context.migration.cluster = Some("jobs".into());
    context.migration.task_definition = Some("prod-service".into());
    context.migration.network = Some(crate::model::launch::Network::default());
    let (mut aws, mut driver) = started(&world, context, release());
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "8be02d4 is deployed; quiet for 5m");
    assert!(aws.tasks.values().all(|job| job.definition == definition_arn(42)), "of the new image");
    assert!(aws.registered[0].1.contains("@sha256:8be02d4"));
}

fn local(world: &World) -> Context {
    let mut context = world.context();
    context.migration.local = true;
    context.migration.command = words("make migrate");
    context.migration.checks = vec![words("make check")];
    context.migration.environment = vec![("ENV".into(), "prod".into())];
    context
}

#[test]
fn a_migration_on_this_machine_streams_and_ends_by_its_code() {
    let world = World::new(Kind::AppRunner);
    let draft = plan_in(&world, local(&world), release()).unwrap();
    assert_eq!(draft.plan.writes, ["local:command", "apprunner:UpdateService"]);
    let (mut aws, mut driver) = (Aws::new(world.clone()), Driver::start(draft));
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "8be02d4 is deployed");
    assert_eq!(aws.local, ["make check", "make migrate"]);

    let draft = plan_in(&world, local(&world), Wish::Migrate { image: None }).unwrap();
    let authority = crate::model::Authority::grant(
        &draft.plan,
        crate::model::Protection::Open,
        &crate::model::armed::Confirmation::Key,
    )
    .unwrap();
    let (mut run, mut effects) = Run::start(draft, authority, NOW);
    let Some(Effect::Ask(call, _)) = effects.pop() else { panic!() };
    effects = run.step(Event::Answer(call, Ok(Answer::Detail(Box::new(world.detail.clone())))), NOW);
    for (code, text) in [(0, "all is well"), (2, "relation users")] {
        if let Some(Effect::Ask(call, _)) = effects.last() {
            // others had time during the check
            let same = Answer::Detail(Box::new(world.detail.clone()));
            effects = run.step(Event::Answer(*call, Ok(same)), NOW);
        }
        let Some(Effect::Write(call, armed)) = effects.pop() else { panic!() };
        assert!(
            matches!(armed.write(), Write::RunLocal { timeout_s: 600, environment, .. } if environment.len() == 1)
        );
        let line = LogLine { at: Stamp(1), stream: "make".into(), text: text.into() };
        run.step(Event::Printed(call, Heard::Line(line)), NOW);
        effects = run.step(Event::Written(call, Ok(crate::model::Written::Exited { code: Some(code) })), NOW);
    }
    let (verdict, why, _) = run.view().end.clone().unwrap();
    assert_eq!(verdict, Verdict::Failed);
    assert_eq!(why, "make migrate exited with code 2; last lines: relation users");
    assert_eq!(run.view().log.len(), 2);
}

#[test]
fn a_command_on_this_machine_is_never_run_again() {
    let world = World::new(Kind::AppRunner);
    let draft = plan_in(&world, local(&world), release()).unwrap();
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.until(&mut aws, "local:command");
    let mut again = driver.take_up(5_000).unwrap();
    again.finish(&mut aws);
    again.ends(Verdict::Lost, "started on this machine, and its end is not known");
    assert!(aws.local.is_empty());
}

#[test]
fn a_command_that_outlives_its_flightdeck_is_found_again_and_nothing_migrates_beside_it() {
    let world = World::new(Kind::AppRunner);
    let mut context = local(&world);
    context.lock = Some(super::aws::lock_settings());
    let draft = plan_in(&world, context, release()).unwrap();
    let (mut aws, mut driver) = (Aws::new(world.clone()), Driver::start(draft));
    driver.until(&mut aws, "local:command");
    let Some(Effect::Write(call, _)) = driver.queue.front() else { panic!() };
    let process = Process { id: 4711, started: Some(9) };
    let told = driver.run.step(Event::Printed(*call, Heard::Began(process.clone())), driver.now);
    let [Effect::Journal(memo)] = told.as_slice() else { panic!("{told:?}") };
    driver.journal.push(memo.clone());
    assert_eq!(driver.run.view().process, Some(process.clone()));
    // killed; while it runs, the run stays open and keeps its lock, however often it is taken up
    aws.world.life = Life::Runs;
    let mut again = driver.take_up(5_000).unwrap();
    again.finish(&mut aws);
    again.ends(Verdict::Lost, "its command still runs on this machine, as process 4711");
    assert!(again.run.view().resumable() && aws.lock().is_some() && aws.local.is_empty());
    let mut third = again.take_up(5_000).unwrap();
    third.finish(&mut aws);
    third.ends(Verdict::Lost, "as process 4711");
    // on another machine the number says nothing
    let there = Gate { who: "ana@desk".into(), ..super::harness::confirmed() };
    let mut other = driver.take_up_by(there, 5_000).unwrap();
    other.finish(&mut aws.clone());
    other.ends(Verdict::Lost, "started on this machine, and its end is not known");
    for (life, told) in [
        (Life::Unknown, "it was process 4711, which may still run"),
        (Life::Gone, "started on this machine, and its end is not known"),
    ] {
        let mut aws = aws.clone();
        aws.world.life = life;
        let mut again = third.take_up(5_000).unwrap();
        again.finish(&mut aws);
        again.ends(Verdict::Lost, told);
        // as long as it may still run the lock keeps others away
        assert_eq!(aws.lock().is_none(), life == Life::Gone, "{life:?}");
        assert!(!again.run.view().resumable() && aws.local.is_empty());
    }
    third.resume();
    aws.world.life = Life::Gone;
    third.finish(&mut aws);
    third.ends(Verdict::Lost, "its end is not known");
    // and a new one
    for (life, refused) in [(Life::Runs, true), (Life::Unknown, false), (Life::Gone, false)] {
        for wish in [release(), Wish::Migrate { image: None }] {
            let mut world = world.clone();
            world.life = life;
            let mut context = local(&world);
            context.begun_here = vec![("run-0".into(), process.clone())];
            let draft = plan_in(&world, context, wish);
            assert_eq!(draft.is_err(), refused, "{life:?}");
            match draft {
                Err(refusal) => assert_eq!(
                    refusal.why,
                    "the command of run run-0 still runs on this machine, as process 4711"
                ),
                Ok(draft) => assert_eq!(
                    draft.plan.warnings.iter().any(|told| told.contains("process 4711")),
                    life == Life::Unknown
                ),
            }
        }
    }
}

#[test]
fn a_command_on_this_machine_whose_end_is_not_told_is_lost() {
    for kind in [TroubleKind::Unreadable, TroubleKind::TimedOut, TroubleKind::Unreachable] {
        let world = World::new(Kind::AppRunner);
        let draft = plan_in(&world, local(&world), release()).unwrap();
        let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
        driver.until(&mut aws, "local:command");
        let Some(Effect::Write(call, _)) = driver.queue.pop_front() else { panic!() };
        let effects = driver.run.step(Event::Written(call, Err(trouble(kind))), driver.now);
        driver.queue.extend(effects);
        driver.finish(&mut aws);
        driver.ends(Verdict::Lost, "started on this machine, and its end is not known");
        assert!(!driver.run.view().resumable(), "{kind:?}: it is not run again");
    }
}

#[test]
fn values_of_variables_are_not_kept_and_come_from_the_configuration_again() {
    let world = World::new(Kind::Ecs);
    let mut context = guarded(&world);
    context.migration.environment = vec![("DB_URL".into(), "postgres://ada:hunter2@db".into())];
    let (mut aws, mut driver) = started(&world, context.clone(), release());
    driver.until(&mut aws, "ecs:RunTask");
    let journal = serde_json::to_string(&driver.journal).unwrap();
    assert!(!journal.contains("hunter2"));
    // without them it is not asked again: AWS would take it for another task
    let mut without = driver.take_up(5_000).unwrap();
    without.finish(&mut aws.clone());
    without.ends(Verdict::Failed, "no longer known");
    let mut with = driver.take_up_with(&context.migration.environment, 5_000).unwrap();
    with.finish(&mut aws);
    with.ends(Verdict::Succeeded, "deployed and steady");
}

#[test]
fn what_is_configured_wrongly_is_refused_before_anything() {
    type Bend = fn(&mut Context);
    let table: [(Bend, &str); 6] = [
        (|c| c.migration.command = vec![" ".into()], "a command of the migration of prod-service is empty"),
        (|c| c.migration.checks = vec![Vec::new()], "a command of the migration of prod-service is empty"),
        (|c| c.migration.command = Vec::new(), "checks are configured for prod-service, and no migration"),
        (|c| c.migration.container = Some("db".into()), "prod-service:41 has no container db"),
        (|c| c.migration.environment = vec![("A".into(), "x".repeat(9_000))], "longer than RunTask takes"),
        (|c| c.migration.task_definition = Some("gone".into()), "it went wrong"),
    ];
    for (bend, why) in table {
        let world = World::new(Kind::Ecs);
        let mut context = guarded(&world);
        bend(&mut context);
        let refusal = plan_in(&world, context, release()).unwrap_err();
        assert!(refusal.why.contains(why), "{refusal}");
    }
}
