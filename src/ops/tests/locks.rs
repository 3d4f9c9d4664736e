//! The team's lock and the record of a run.

use super::aws::{Aws, Pilot, guarded, lock_settings};
use super::gates::release;
use super::harness::plan_in;
use super::world::*;
use crate::model::call::{Object, PutWhen};
use crate::model::{ImageChoice, Kind, StepState, TroubleKind, Verdict, Write};
use crate::ops::{Context, LockRecord, Wish};

const KEY: &str = "flightdeck/locks/prod/service.json";

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
    })
    .unwrap()
}

fn object(body: String) -> Object {
    Object { body, etag: "theirs".into(), modified_at: None }
}

fn deploy() -> Wish {
    Wish::Deploy(ImageChoice::Tag("8be02d4".into()))
}

fn flown(world: &World, context: Context, wish: Wish) -> (Aws, Pilot) {
    let draft = plan_in(world, context, wish).unwrap();
    (Aws::new(world.clone()), Pilot::fly(draft))
}

#[test]
fn a_lock_is_taken_first_and_let_go_of_last() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut pilot) = flown(&world, locked(&world), deploy());
    pilot.until(&mut aws, "s3:PutObject");
    let Some(Write::PutObject { place, body, when: PutWhen::Absent }) = pilot.next_write() else { panic!() };
    assert_eq!(place.to_string(), format!("s3://team/{KEY}"));
    let lock: LockRecord = serde_json::from_str(body).unwrap();
    assert_eq!((lock.holder.as_str(), lock.host.as_str(), lock.run.as_str()), ("ana", "laptop", "run-1"));
    assert_eq!((lock.at, lock.expires_at), (NOW, NOW.plus(900_000)));
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "in place and steady");
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
    assert_eq!(pilot.steps()[0], "take the lock");
    let record = aws.record().unwrap();
    let view = pilot.run.view();
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
    let mut pilot = Pilot::fly(draft);
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Refused, "bob on desk holds it");
    assert!(aws.done.iter().all(|write| write.operation().starts_with("s3:")), "{:?}", aws.done);

    let mut context = locked(&world);
    context.steal = Some(lock.etag);
    let draft = plan_in(&world, context, deploy()).unwrap();
    assert!(draft.plan.warnings.iter().any(|w| w.contains("the lock is taken from bob")));
    let mut aws = Aws::new(world.clone());
    aws.objects.insert(KEY.to_owned(), object(held("run-9", 600_000)));
    let mut pilot = Pilot::fly(draft.clone());
    pilot.until(&mut aws, "s3:PutObject");
    assert!(
        matches!(pilot.next_write(), Some(Write::PutObject { when: PutWhen::Same(etag), .. }) if etag == "theirs")
    );
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "");
    assert!(aws.lock().is_none());

    // it was refreshed since its holder's name was typed: another holder is not robbed
    let mut aws = Aws::new(world);
    aws.put(KEY, held("run-10", 600_000));
    let mut pilot = Pilot::fly(draft);
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Refused, "bob on desk holds it");
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
            Some("is no lock of flightdeck"),
        ),
    ];
    for (bend, refused) in table {
        let world = World::new(Kind::Ecs);
        let (mut aws, mut pilot) = flown(&world, locked(&world), deploy());
        bend(&mut aws);
        pilot.finish(&mut aws);
        match refused {
            None => pilot.ends(Verdict::Succeeded, ""),
            Some(why) => {
                pilot.ends(Verdict::Refused, why);
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
    assert!(refusal.why.starts_with("the lock s3://team/flightdeck/locks/prod/service.json cannot be read"));

    let world = World::new(Kind::Ecs);
    let (mut aws, mut pilot) = flown(&world, locked(&world), deploy());
    aws.denied = vec!["s3:PutObject"];
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Refused, "it went wrong");
    assert!(aws.done.is_empty());
}

#[test]
fn a_record_that_cannot_be_written_changes_no_verdict() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut pilot) = flown(&world, locked(&world), deploy());
    pilot.reach(&mut aws, "watch until");
    aws.denied = vec!["s3:PutObject", "s3:DeleteObject"];
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "in place and steady");
    let last = pilot.run.view().steps.last().unwrap();
    assert_eq!(last.state, StepState::Failed);
    assert!(
        last.detail.contains("not let go of") && last.detail.contains("it expires by itself in"),
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
    let (mut aws, mut pilot) = flown(&world, context, release());
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "");
    let refreshed: Vec<_> =
        aws.done.iter().filter(|w| matches!(w, Write::PutObject { when: PutWhen::Same(_), .. })).collect();
    assert!(refreshed.len() >= 10, "{}", refreshed.len());
    assert!(aws.lock().is_none());
}

#[test]
fn a_lock_that_was_taken_over_stops_all_further_changes() {
    let world = World::new(Kind::Ecs);
    let mut context = guarded(&world);
    context.lock.as_mut().unwrap().ttl_ms = 15_000;
    let (mut aws, mut pilot) = flown(&world, context, release());
    pilot.reach(&mut aws, "migrations status");
    aws.put(KEY, held("run-9", 900_000));
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Superseded, "the lock was taken over by bob on desk");
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
    let mut pilot = Pilot::fly(draft);
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "the earlier revision is back");
    assert_eq!(aws.record().unwrap().end.unwrap().verdict, Verdict::Succeeded);
}

#[test]
fn a_lost_run_keeps_its_lock_and_takes_it_again() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut pilot) = flown(&world, locked(&world), deploy());
    pilot.reach(&mut aws, "watch until");
    pilot.refuse_next(&mut aws, TroubleKind::Expired);
    pilot.ends(Verdict::Lost, "contact lost");
    assert!(aws.lock().is_some());
    // long after, the lock has expired and is still there
    pilot.now = pilot.now.plus(3_600_000);
    pilot.resume();
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "");
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
            "the lock is gone",
        ),
        (
            |aws| {
                aws.put(KEY, "keep off".into());
            },
            "is no lock",
        ),
    ];
    for (bend, why) in table {
        for operation in ["ecs:RunTask", "ecs:UpdateService"] {
            let world = World::new(Kind::Ecs);
            let (mut aws, mut pilot) = flown(&world, guarded(&world), release());
            pilot.until(&mut aws, "ecs:RegisterTaskDefinition");
            if operation == "ecs:UpdateService" {
                pilot.reach(&mut aws, "migrations up");
            }
            let before = aws.done.len();
            bend(&mut aws);
            pilot.finish(&mut aws);
            pilot.ends(Verdict::Superseded, why);
            pilot.ends(Verdict::Superseded, &format!("{operation} was not called"));
            let after: Vec<&str> = aws.done[before..].iter().map(Write::operation).collect();
            assert!(!after.contains(&operation), "{after:?}");
            assert_eq!(aws.lock().is_none(), why == "the lock is gone", "theirs is left alone");
        }
    }
}

#[test]
fn without_the_bucket_nothing_goes_on() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut pilot) = flown(&world, guarded(&world), release());
    pilot.until(&mut aws, "ecs:RegisterTaskDefinition");
    while !pilot.run.is_over() {
        pilot.deny(&mut aws, |ask| matches!(ask, crate::model::Ask::Object { .. }));
    }
    pilot.ends(Verdict::Lost, "contact lost");
    assert!(aws.tasks.is_empty(), "no task was started");
    // the bucket is back, and so it goes on
    pilot.resume();
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "");
    assert_eq!(aws.tasks.len(), 3);
}

#[test]
fn who_stops_watching_gives_the_lock_back_and_takes_it_anew_for_what_is_to_come() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut pilot) = flown(&world, guarded(&world), release());
    pilot.reach(&mut aws, "watch for 5m");
    pilot.stop();
    pilot.finish(&mut aws);
    assert!(pilot.run.view().unwatched && pilot.verdict().is_none());
    assert!(aws.lock().is_none(), "nobody is kept out by a run that nobody watches");
    let last = pilot.run.view().steps.last().unwrap();
    assert_eq!(
        (last.state, last.detail.as_str()),
        (StepState::Done, "let go of, since nobody watches any more")
    );
    // the window fails: what is put back is put back under the lock
    aws.traffic.1 = 100.0;
    pilot.resume();
    pilot.until(&mut aws, "ecs:UpdateService");
    assert!(aws.lock().is_some());
    pilot.finish(&mut aws);
    pilot.ends(Verdict::RolledBack, "5xx");
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
    let mut pilot = Pilot::fly(draft);
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "");
    // for anything else it is somebody's
    assert!(plan_in(&world, context, deploy()).unwrap().locked(NOW).is_some());
}
