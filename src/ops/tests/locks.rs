//! The team's lock and the record of a run.

use super::aws::{Aws, Pilot, guarded, lock_settings};
use super::gates::release;
use super::harness::plan_in;
use super::world::*;
use crate::model::call::{Object, PutWhen};
use crate::model::{ImageChoice, Kind, RunId, StepState, TroubleKind, Verdict, Write};
use crate::ops::{Context, Event, LockRecord, Planner, Wish};

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
fn a_lock_that_somebody_holds_refuses_the_plan_until_it_is_stolen() {
    let mut world = World::new(Kind::Ecs);
    world.objects = vec![(KEY.to_owned(), object(held("run-9", 600_000)))];
    let (mut planner, effects) = Planner::begin(deploy(), locked(&world), RunId::from("run-1"), NOW);
    let mut queue: std::collections::VecDeque<_> = effects.into();
    while let Some(crate::ops::Effect::Ask(id, ask)) = queue.pop_front() {
        queue.extend(planner.step(Event::Answer(id, world.answer(&ask)), NOW));
    }
    let refusal = planner.outcome().unwrap().unwrap_err();
    assert_eq!(
        refusal.why,
        "the application is locked: bob on desk holds it for “Deploy 5d2ae18 to prod-service”, run run-9, since 3m ago, for 10m more unless it is refreshed"
    );
    let lock = planner.held().unwrap();
    assert_eq!((lock.record.holder.as_str(), lock.etag.as_str()), ("bob", "theirs"));

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
    pilot.ends(Verdict::Superseded, "the lock was lost before");
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
