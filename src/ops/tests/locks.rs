//! The team's lock and the record of a run.

use super::aws::{Aws, Driver, guarded, lock_settings};
use super::gates::release;
use super::harness::plan_in;
use super::world::*;
use crate::model::{
    Answer, Ask, ImageChoice, Kind, StepState, Trouble, TroubleKind, Verdict, Write, Written,
};
use crate::model::{object::Object, write::PutWhen};
use crate::ops::{Context, Effect, Event, LockRecord, Wish};

const KEY: &str = "flightdeck/locks/111122223333/us-west-2/prod/service.json";

fn locked(world: &World) -> Context {
    let mut context = world.context();
    context.lock = Some(lock_settings());
    context
}

fn held(run: &str, expires_in_ms: i64) -> String {
    serde_json::to_string(&LockRecord {
        holder: "bob".into(),
        host: "desk".into(),
        run: run.into(),
        title: "Deploy 5d2ae18 to prod-service".into(),
        at: NOW.plus(-180_000),
        expires_at: NOW.plus(expires_in_ms),
        format: 1,
        ttl_ms: None,
    })
    .unwrap()
}

fn object(body: String) -> Object {
    Object { body, etag: "theirs".into(), ..Object::default() }
}

fn deploy() -> Wish {
    Wish::Deploy(ImageChoice::Tag("8be02d4".into()))
}

fn started(world: &World, context: Context, wish: Wish) -> (Aws, Driver) {
    let draft = plan_in(world, context, wish).unwrap();
    (Aws::new(world.clone()), Driver::start(draft))
}

#[test]
fn a_lock_is_taken_first_and_let_go_of_last() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, locked(&world), deploy());
    driver.until(&mut aws, "s3:PutObject");
    let Some(Write::PutObject { place, body, when: PutWhen::Absent }) = driver.next_write() else { panic!() };
    assert_eq!(place.to_string(), format!("s3://team/{KEY}"));
    let lock: LockRecord = serde_json::from_str(body).unwrap();
    assert_eq!((lock.holder.as_str(), lock.host.as_str(), lock.run.as_str()), ("ana", "laptop", "run-1"));
    assert_eq!((lock.at, lock.expires_at), (NOW, NOW.plus(900_000)));
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "deployed and steady");
    let names: Vec<&str> = aws.done.iter().map(Write::operation).collect();
    assert_eq!(
        names,
        [
            "s3:PutObject",
            "s3:PutObject",
            "ecs:RegisterTaskDefinition",
            "ecs:UpdateService",
            "s3:DeleteObject",
            "s3:PutObject"
        ]
    );
    assert_eq!(driver.steps()[0], "take the lock");
    let record = aws.record().unwrap();
    let view = driver.run.view();
    assert_eq!(record.end.as_ref().map(|end| end.verdict), Some(Verdict::Succeeded));
    assert_eq!(record.into_view().header, view.header);
}

#[test]
fn a_lock_that_somebody_holds_is_told_in_the_plan_and_keeps_it_from_flying_until_it_is_stolen() {
    let mut world = World::new(Kind::Ecs);
    world.objects = vec![(KEY.to_owned(), object(held("run-9", 600_000)))];
    let draft = plan_in(&world, locked(&world), deploy()).unwrap();
    let told = "the application is locked: bob on desk holds it for “Deploy 5d2ae18 to prod-service”, run run-9, since 3m ago, for 10m more unless it is refreshed";
    assert!(draft.plan.warnings.iter().any(|warning| warning == told), "{:?}", draft.plan.warnings);
    assert_eq!(draft.locked(NOW).unwrap().why, told);
    assert_eq!(draft.locked(NOW.plus(700_000)), None, "it has expired by then");
    let lock = draft.held.clone().unwrap();
    assert_eq!((lock.record.holder.as_str(), lock.etag.as_str()), ("bob", "theirs"));
    // and whoever flies it all the same is refused before anything is changed
    let mut aws = Aws::new(world.clone());
    aws.objects.insert(KEY.to_owned(), object(held("run-9", 600_000)));
    let mut driver = Driver::start(draft);
    driver.finish(&mut aws);
    driver.ends(Verdict::Refused, "bob on desk holds it");
    assert!(aws.done.iter().all(|write| write.operation().starts_with("s3:")), "{:?}", aws.done);

    let mut context = locked(&world);
    context.steal = Some(lock.etag);
    let draft = plan_in(&world, context, deploy()).unwrap();
    assert!(draft.plan.warnings.iter().any(|w| w.contains("the lock is taken from bob")));
    let mut aws = Aws::new(world.clone());
    aws.objects.insert(KEY.to_owned(), object(held("run-9", 600_000)));
    let mut driver = Driver::start(draft.clone());
    driver.until(&mut aws, "s3:PutObject");
    assert!(
        matches!(driver.next_write(), Some(Write::PutObject { when: PutWhen::Same(etag), .. }) if etag == "theirs")
    );
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "");
    assert!(aws.lock().is_none());

    // it was refreshed since its holder's name was typed: another holder is not robbed
    let mut aws = Aws::new(world);
    aws.put(KEY, held("run-10", 600_000));
    let mut driver = Driver::start(draft);
    driver.finish(&mut aws);
    driver.ends(Verdict::Refused, "bob on desk holds it");
    assert!(aws.done.iter().all(|w| w.operation().starts_with("s3:")));
    assert!(aws.lock().is_some(), "theirs is left alone");
}

#[test]
fn what_is_there_decides_when_the_lock_is_taken() {
    type Bend = fn(&mut Aws);
    let table: [(Bend, Option<&str>); 5] = [
        (|_| (), None),
        (
            |aws| {
                aws.put(KEY, held("run-9", -60_000));
            },
            None,
        ),
        // an answer of this very run was lost
        (
            |aws| {
                aws.put(KEY, held("run-1", 600_000));
            },
            None,
        ),
        (
            |aws| {
                aws.put(KEY, held("run-9", 600_000));
            },
            Some("bob on desk holds it"),
        ),
        (
            |aws| {
                aws.put(KEY, "keep off".into());
            },
            Some("is not a flightdeck lock"),
        ),
    ];
    for (bend, refused) in table {
        let world = World::new(Kind::Ecs);
        let (mut aws, mut driver) = started(&world, locked(&world), deploy());
        bend(&mut aws);
        driver.finish(&mut aws);
        match refused {
            None => driver.ends(Verdict::Succeeded, ""),
            Some(why) => {
                driver.ends(Verdict::Refused, why);
                assert!(aws.lock().is_some(), "it is not this run's to remove");
            }
        }
    }
}

#[test]
fn a_bucket_that_denies_refuses_before_anything_else() {
    let mut world = World::new(Kind::Ecs);
    world.troubles = vec![("Object", trouble(TroubleKind::Denied))];
    let refusal = plan_in(&world, locked(&world), deploy()).unwrap_err();
    assert!(refusal.why.starts_with(
        "the lock s3://team/flightdeck/locks/111122223333/us-west-2/prod/service.json cannot be read"
    ));

    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, locked(&world), deploy());
    aws.denied = vec!["s3:PutObject"];
    driver.finish(&mut aws);
    driver.ends(Verdict::Refused, "it went wrong");
    assert!(aws.done.is_empty());
}

#[test]
fn a_record_that_cannot_be_written_changes_no_verdict() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, locked(&world), deploy());
    driver.reach(&mut aws, "watch until");
    aws.denied = vec!["s3:PutObject", "s3:DeleteObject"];
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "deployed and steady");
    let last = driver.run.view().steps.last().unwrap();
    assert_eq!(last.state, StepState::Failed);
    assert!(
        last.detail.contains("not released") && last.detail.contains("it expires by itself in"),
        "{}",
        last.detail
    );
    assert!(last.detail.contains("the run's record was not written"), "{}", last.detail);
}

#[test]
fn a_lock_is_refreshed_while_the_run_lives() {
    let world = World::new(Kind::Ecs);
    let mut context = guarded(&world);
    context.lock.as_mut().unwrap().ttl_ms = 60_000;
    let (mut aws, mut driver) = started(&world, context, release());
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "");
    let refreshed: Vec<_> =
        aws.done.iter().filter(|w| matches!(w, Write::PutObject { when: PutWhen::Same(_), .. })).collect();
    assert!(refreshed.len() >= 10, "{}", refreshed.len());
    assert!(aws.lock().is_none());
}

#[test]
fn a_lock_lasts_as_long_as_a_command_that_nobody_watches_may() {
    let world = World::new(Kind::Ecs);
    let mut context = locked(&world);
    context.migration.timeout_s = 1_200;
    let draft = plan_in(&world, context, Wish::Migrate { image: None }).unwrap();
    let told = draft.plan.lines.iter().find(|line| line.label == "lock").unwrap();
    assert!(
        told.value.ends_with("15m, refreshed while the run lives; 1h 5m while a command runs"),
        "{told:?}"
    );
    let until = |aws: &Aws, now| LockRecord::read(aws.lock().unwrap(), now).unwrap().expires_at;
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.reach(&mut aws, "goose");
    // whoever is killed here refreshes nothing: 15 minutes, half an hour to begin, and its own time
    let lasts = 900_000 + 1_800_000 + 1_200_000;
    assert!(until(&aws, driver.now) >= NOW.plus(lasts));
    driver.stop();
    driver.finish(&mut aws);
    let last = driver.run.view().steps.last().unwrap();
    assert!(
        last.detail.starts_with("still held for as long as its command may take; it expires by itself in"),
        "{}",
        last.detail
    );
    assert!(until(&aws, driver.now) >= NOW.plus(lasts));
    // once it has ended, the team's own time counts again
    let world = World::new(Kind::Ecs);
    let mut context = guarded(&world);
    context.lock.as_mut().unwrap().ttl_ms = 60_000;
    let (mut aws, mut driver) = started(&world, context, release());
    driver.reach(&mut aws, "quiet").until(&mut aws, "s3:PutObject").one(&mut aws);
    assert!(
        until(&aws, driver.now) <= driver.now.plus(60_000),
        "{:?} {:?}",
        until(&aws, driver.now),
        driver.now
    );
}

#[test]
fn a_lock_that_was_taken_over_stops_all_further_changes() {
    let world = World::new(Kind::Ecs);
    let mut context = guarded(&world);
    context.lock.as_mut().unwrap().ttl_ms = 15_000;
    let (mut aws, mut driver) = started(&world, context, release());
    driver.reach(&mut aws, "migrations status");
    aws.put(KEY, held("run-9", 900_000));
    driver.finish(&mut aws);
    driver.ends(Verdict::Superseded, "the lock was taken over by bob on desk");
    assert_eq!(aws.set(), format!("{REPOSITORY}:1f0c9a7"));
    assert!(aws.lock().unwrap().body.contains("bob"), "theirs is left alone");
}

#[test]
fn what_joins_a_rollout_needs_no_lock_and_is_recorded() {
    let mut world = World::new(Kind::Ecs);
    world.roll();
    world.objects = vec![(KEY.to_owned(), object(held("run-9", 600_000)))];
    let draft = plan_in(&world, locked(&world), Wish::RollBack { to: None }).unwrap();
    assert!(
        draft.plan.warnings.iter().any(|w| w.contains("bob on desk holds it")),
        "{:?}",
        draft.plan.warnings
    );
    assert_eq!(draft.plan.writes, ["ecs:StopServiceDeployment", "s3:PutObject"]);
    let mut aws = Aws::new(world);
    aws.outcomes = vec![(":42".into(), crate::model::DeploymentStatus::RollbackSuccessful)];
    let mut driver = Driver::start(draft);
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "the earlier revision is back");
    assert_eq!(aws.record().unwrap().end.unwrap().verdict, Verdict::Succeeded);
}

#[test]
fn a_lost_run_keeps_its_lock_and_takes_it_again() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, locked(&world), deploy());
    driver.reach(&mut aws, "watch until");
    driver.refuse_next(&mut aws, TroubleKind::Expired);
    driver.ends(Verdict::Lost, "contact lost");
    assert!(aws.lock().is_some());
    // long after, the lock has expired and is still there
    driver.now = driver.now.plus(3_600_000);
    driver.resume();
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "");
    assert!(aws.lock().is_none());
}

#[test]
fn the_lock_is_read_before_every_change_that_cannot_be_taken_back() {
    type Bend = fn(&mut Aws);
    let table: [(Bend, &str); 4] = [
        (
            |aws| {
                aws.put(KEY, held("run-9", 900_000));
            },
            "the lock was taken over by bob on desk, for “Deploy 5d2ae18 to prod-service” (run run-9)",
        ),
        // theirs has expired by now: they had time all the same
        (
            |aws| {
                aws.put(KEY, held("run-9", -900_000));
            },
            "the lock was taken over by bob",
        ),
        (
            |aws| {
                aws.objects.remove(KEY);
            },
            "the lock this run held is gone",
        ),
        (
            |aws| {
                aws.put(KEY, "keep off".into());
            },
            "is not a lock",
        ),
    ];
    for (bend, why) in table {
        for operation in ["ecs:RunTask", "ecs:UpdateService"] {
            let world = World::new(Kind::Ecs);
            let (mut aws, mut driver) = started(&world, guarded(&world), release());
            driver.until(&mut aws, "ecs:RegisterTaskDefinition");
            if operation == "ecs:UpdateService" {
                driver.reach(&mut aws, "migrations up");
            }
            let before = aws.done.len();
            bend(&mut aws);
            driver.finish(&mut aws);
            driver.ends(Verdict::Superseded, why);
            driver.ends(Verdict::Superseded, &format!("{operation} was not called"));
            let after: Vec<&str> = aws.done[before..].iter().map(Write::operation).collect();
            assert!(!after.contains(&operation), "{after:?}");
            assert_eq!(aws.lock().is_none(), why == "the lock this run held is gone", "theirs is left alone");
        }
    }
}

#[test]
fn without_the_bucket_nothing_goes_on() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, guarded(&world), release());
    driver.until(&mut aws, "ecs:RegisterTaskDefinition");
    while !driver.run.is_over() {
        driver.deny(&mut aws, |ask| matches!(ask, Ask::Object { .. }));
    }
    driver.ends(Verdict::Lost, "contact lost");
    assert!(aws.tasks.is_empty(), "no task was started");
    // the bucket is back, and so it goes on
    driver.resume();
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "");
    assert_eq!(aws.tasks.len(), 3);
}

#[test]
fn who_stops_watching_gives_the_lock_back_and_takes_it_anew_for_what_is_to_come() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, guarded(&world), release());
    driver.reach(&mut aws, "watch for 5m");
    driver.stop();
    driver.finish(&mut aws);
    assert!(driver.run.view().unwatched && driver.verdict().is_none());
    assert!(aws.lock().is_none(), "nobody is kept out by a run that nobody watches");
    let last = driver.run.view().steps.last().unwrap();
    assert_eq!((last.state, last.detail.as_str()), (StepState::Done, "released, since nobody is watching"));
    // the window fails: what is put back is put back under the lock
    aws.traffic.1 = 100.0;
    driver.resume();
    driver.until(&mut aws, "ecs:UpdateService");
    assert!(aws.lock().is_some());
    driver.finish(&mut aws);
    driver.ends(Verdict::RolledBack, "5xx");
    assert!(aws.lock().is_none());
}

#[test]
fn the_lock_of_the_run_that_is_put_back_is_no_foreign_one() {
    let mut world = World::new(Kind::Ecs);
    world.objects = vec![(KEY.to_owned(), object(held("run-9", 600_000)))];
    let mut context = locked(&world);
    context.own = vec!["run-9".to_owned()];
    let draft = plan_in(&world, context.clone(), Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.locked(NOW), None);
    assert!(
        draft.plan.warnings.iter().any(|w| w.contains("taken from run run-9")),
        "{:?}",
        draft.plan.warnings
    );
    let mut aws = Aws::new(world.clone());
    aws.objects.insert(KEY.to_owned(), object(held("run-9", 600_000)));
    let mut driver = Driver::start(draft);
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "");
    // for anything else it is somebody's
    assert!(plan_in(&world, context, deploy()).unwrap().locked(NOW).is_some());
}

/// Flies a migration under the lock until its task was asked for, answers that so, and reads the task so from then on.
fn migrated(
    written: impl Fn() -> Result<Written, Trouble>,
    read: impl Fn(u32) -> Result<Answer, Trouble>,
) -> (Aws, Driver) {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, locked(&world), Wish::Migrate { image: None });
    let mut reads = 0;
    for _ in 0..20_000 {
        let now = driver.now;
        let event = match driver.queue.front() {
            Some(Effect::Write(id, armed)) if armed.write().operation() == "ecs:RunTask" => {
                Event::Written(*id, written())
            }
            Some(Effect::Write(id, armed)) if armed.write().operation() == "ecs:StopTask" => {
                Event::Written(*id, Err(trouble(TroubleKind::Denied)))
            }
            Some(Effect::Ask(id, Ask::Task { .. })) => {
                reads += 1;
                Event::Answer(*id, read(reads))
            }
            Some(Effect::Ask(id, Ask::Started { .. })) => Event::Answer(*id, Ok(Answer::Tasks(Vec::new()))),
            _ => {
                if !driver.one(&mut aws) {
                    break;
                }
                continue;
            }
        };
        driver.queue.pop_front();
        let effects = driver.run.step(event, now);
        driver.queue.extend(effects);
    }
    (aws, driver)
}

#[test]
fn the_lock_outlives_a_run_whose_command_may_still_run() {
    let begun = || Ok(super::migrations::begun());
    let goes_on = |_| Ok(Answer::Task(Some(task("RUNNING", None, "", ""))));
    let (aws, driver) = migrated(begun, goes_on);
    driver.ends(Verdict::Failed, "it may still be running");
    driver.ends(Verdict::Failed, "the lock is kept");
    assert!(aws.lock().is_some());
    let last = driver.run.view().steps.last().unwrap();
    assert!(last.detail.starts_with("not released: the command may still be running"), "{}", last.detail);
    assert!(last.detail.contains("it expires by itself in"), "{}", last.detail);
    assert!(driver.run.view().has_commands());

    let (aws, driver) = migrated(begun, |read| match read {
        1 => goes_on(1),
        _ => Ok(Answer::Task(None)),
    });
    driver.ends(Verdict::Lost, "AWS no longer knows the task");
    assert!(aws.lock().is_some());

    // what has ended, or never began, keeps nobody out
    let (aws, driver) = migrated(begun, |_| Ok(Answer::Task(Some(task("STOPPED", Some(1), "", "")))));
    driver.ends(Verdict::Failed, "");
    assert!(aws.lock().is_none() && !driver.run.view().has_commands());
    let (aws, driver) = migrated(|| Err(trouble(TroubleKind::Denied)), goes_on);
    driver.ends(Verdict::Refused, "");
    assert!(aws.lock().is_none() && !driver.run.view().has_commands());
    let (aws, driver) = migrated(|| Err(trouble(TroubleKind::NoRoom)), goes_on);
    driver.ends(Verdict::Failed, "never started");
    assert!(aws.lock().is_none());
}

#[test]
fn the_lock_of_a_run_in_its_migration_is_not_taken_for_its_rollback() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, guarded(&world), release());
    assert!(driver.run.view().has_commands(), "it is still to come");
    driver.reach(&mut aws, "migrations up");
    assert!(driver.run.view().has_commands(), "it runs");
    let mut context = guarded(&world);
    context.busy = vec!["run-1".to_owned()];
    let mut there = world.clone();
    there.objects = vec![(KEY.to_owned(), aws.lock().unwrap().clone())];
    let draft = plan_in(&there, context, Wish::RollBack { to: None }).unwrap();
    assert!(draft.locked(driver.now).is_some());
    let told = "its migration is still to come or may still be running";
    assert!(draft.plan.warnings.iter().any(|w| w.contains(told)), "{:?}", draft.plan.warnings);
    // once it has ended, the rollback is free to
    driver.reach(&mut aws, "watch");
    assert!(!driver.run.view().has_commands());
}

#[test]
fn an_answer_about_the_lock_that_lay_while_the_process_was_stopped_is_not_gone_by() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = started(&world, guarded(&world), release());
    driver.reach(&mut aws, "migrations status");
    // right before the migration the lock is read; its answer lies in the socket while the process is stopped
    while !matches!(driver.queue.front(), Some(Effect::Ask(_, Ask::Object { .. }))) {
        assert!(driver.one(&mut aws));
    }
    let Some(Effect::Ask(id, ask)) = driver.queue.pop_front() else { panic!() };
    let answer = aws.ask(&ask);
    aws.put(KEY, held("run-9", 3_600_000));
    driver.now = driver.now.plus(3_000_000);
    let effects = driver.run.step(Event::Answer(id, answer), driver.now);
    driver.queue.extend(effects);
    let before = aws.tasks.len();
    driver.finish(&mut aws);
    driver.ends(Verdict::Superseded, "the lock was taken over by bob");
    assert_eq!(aws.tasks.len(), before, "nothing is run on the word of an old answer");
}

#[test]
fn a_lock_is_not_taken_for_expired_by_a_date_that_disagrees_with_the_machine() {
    for date_in_doubt in [false, true] {
        let world = World::new(Kind::Ecs);
        let (mut aws, mut driver) = started(&world, locked(&world), deploy());
        let dead = Object { date_in_doubt, ..object(held("run-9", -3_600_000)) };
        aws.objects.insert(KEY.to_owned(), dead.clone());
        driver.finish(&mut aws);
        let mut world = world;
        world.objects = vec![(KEY.to_owned(), dead)];
        let warnings = plan_in(&world, locked(&world), deploy()).unwrap().plan.warnings;
        let says = |part: &str| warnings.iter().any(|warning| warning.contains(part));
        assert_eq!(
            (says("is taken over"), says("set the clock")),
            (!date_in_doubt, date_in_doubt),
            "{warnings:?}"
        );
        if date_in_doubt {
            driver.ends(Verdict::Refused, "set the clock, or take the lock over");
            assert!(aws.lock().unwrap().body.contains("bob"), "it is left alone");
        } else {
            driver.ends(Verdict::Succeeded, "");
        }
    }
}

/// A release whose plan was read from a file.
fn saved(world: &World) -> crate::ops::Draft {
    let mut draft = plan_in(world, guarded(world), release()).unwrap();
    draft.apply_once();
    draft
}

#[test]
fn a_saved_plan_changes_nothing_before_the_team_knows_that_it_was_applied() {
    let world = World::new(Kind::Ecs);
    let mut aws = Aws::new(world.clone());
    Driver::start(saved(&world)).finish(&mut aws).ends(Verdict::Succeeded, "");
    let first: Vec<&Write> = aws.done.iter().take(2).collect();
    assert!(first.iter().all(|write| write.operation() == "s3:PutObject"), "{first:?}");

    // its record cannot be written, for good or for as long as it was tried: others would apply it once more
    for kind in [TroubleKind::Denied, TroubleKind::Unreachable] {
        let mut aws = Aws::new(world.clone());
        aws.unwritable = Some(("runs/", kind));
        let mut driver = Driver::start(saved(&world));
        driver
            .finish(&mut aws)
            .ends(Verdict::Refused, "which the team knows by s3://team/flightdeck/runs/run-1.json");
        let changes = aws.done.iter().filter(|write| !write.operation().starts_with("s3:"));
        assert_eq!(changes.count(), 0, "{:?}", aws.done);
        assert!(aws.lock().is_none(), "the lock is let go of");
        // a plan that was made for this run alone waits for nothing
        Driver::start(plan_in(&world, guarded(&world), release()).unwrap())
            .finish(&mut aws)
            .ends(Verdict::Succeeded, "");
    }

    // another machine had the file as well, and was faster
    let mut aws = Aws::new(world.clone());
    aws.put("flightdeck/runs/run-1.json", "{}".to_owned());
    let mut driver = Driver::start(saved(&world));
    driver.finish(&mut aws).ends(Verdict::Refused, "the plan was applied already");
    assert_eq!(aws.objects["flightdeck/runs/run-1.json"].body, "{}", "theirs is left alone");
    assert!(aws.done.iter().all(|write| write.operation().starts_with("s3:")), "{:?}", aws.done);
}

#[test]
fn a_saved_plan_whose_process_died_goes_on_beside_its_own_record() {
    let world = World::new(Kind::Ecs);
    let mut aws = Aws::new(world.clone());
    let mut driver = Driver::start(saved(&world));
    driver.until(&mut aws, "ecs:RunTask");
    assert!(aws.record().is_some());
    let mut again = driver.take_up(60_000).unwrap();
    again.finish(&mut aws).ends(Verdict::Succeeded, "");
}
