//! A run that is taken up passes the same gate as one that begins.

use super::aws::{Aws, Driver, guarded};
use super::gates::release;
use super::harness::{Flight, confirmed, plan_in};
use super::world::*;
use crate::model::armed::Confirmation;
use crate::model::{Answer, Ask, Gate, Kind, Protection, Verdict, Write, identity::Identity, object::Place};
use crate::ops::{Event, Run, Wish};

fn started() -> (Aws, Driver) {
    let world = World::new(Kind::Ecs);
    let draft = plan_in(&world, guarded(&world), release()).unwrap();
    (Aws::new(world), Driver::start(draft))
}

/// What forbids, or does not say that it goes on.
fn withheld() -> Vec<(Gate, &'static str)> {
    let gate =
        |protection, confirmation| Gate { protection, who: "eve@desk".to_owned(), confirmation, locks: None };
    vec![
        (gate(Protection::ReadOnly, Some(Confirmation::Yes)), "prod is read-only"),
        (gate(Protection::ReadOnly, None), "prod is read-only"),
        (gate(Protection::Confirm, None), "nobody confirmed that it continues"),
        (gate(Protection::Open, None), "nobody confirmed that it continues"),
        (gate(Protection::Typed, Some(Confirmation::Key)), "asks for the name to be typed"),
        (gate(Protection::Typed, Some(Confirmation::Typed("prod".into()))), "“prod” is not prod-service"),
        (
            Gate { locks: Some(Place { bucket: "team".into(), key: "another".into() }), ..confirmed() },
            "locks are kept in s3://team/another now",
        ),
    ]
}

#[test]
fn without_leave_no_moment_of_a_run_makes_any_change() {
    for (gate, why) in withheld() {
        for after in 3..150 {
            let (mut aws, mut driver) = started();
            for _ in 0..after {
                driver.one(&mut aws);
            }
            // the change under way when the process dies was not made
            let done = aws.done.len();
            let Some(mut again) = driver.take_up_by(gate.clone(), 5_000) else { continue };
            again.finish(&mut aws);
            assert_eq!(aws.done.len(), done, "{after} {gate:?}: {:?}", aws.done.last());
            let view = again.run.view();
            match again.verdict() {
                // AWS had everything already, or nothing was begun
                Some(Verdict::Succeeded | Verdict::Refused) => {}
                None => {
                    assert!(view.unwatched && again.run.waits(), "{after}: {view:#?}");
                    assert!(view.waits.contains(why), "{}", view.waits);
                    assert!(view.waits.contains("still to come: "), "{}", view.waits);
                    let alone =
                        !["to it", "the copy", "the image"].iter().any(|word| view.waits.contains(word));
                    assert!(alone, "{}", view.waits);
                }
                other => panic!("{after} {gate:?}: {other:?} {:#?}", view.steps),
            }
        }
    }
}

#[test]
fn what_it_rests_before_goes_on_with_a_persons_leave() {
    for after in [3, 20, 40, 60, 80] {
        let (mut aws, mut driver) = started();
        for _ in 0..after {
            driver.one(&mut aws);
        }
        let gate = Gate { confirmation: None, ..confirmed() };
        let mut again = driver.take_up_by(gate, 5_000).unwrap();
        again.finish(&mut aws);
        assert!(again.run.waits(), "{after}: {:#?}", again.run.view());
        again.go_on(confirmed());
        again.finish(&mut aws);
        again.ends(Verdict::Succeeded, "deployed and steady");
        assert_eq!((aws.tasks.len(), aws.lock().is_none()), (3, true), "{after}");
    }
}

#[test]
fn a_journal_gives_no_leave_in_another_account() {
    let (mut aws, mut driver) = started();
    driver.until(&mut aws, "ecs:RunTask");
    let (mut run, effects) = Run::take_up(&driver.journal, &[], confirmed(), driver.now.plus(5_000)).unwrap();
    let call = effects.iter().find_map(|effect| match effect {
        crate::ops::Effect::Ask(call, Ask::Identity) => Some(*call),
        _ => None,
    });
    let other = Identity { account: "999999999999".into(), ..Identity::default() };
    let effects = run.step(Event::Answer(call.unwrap(), Ok(Answer::Identity(other))), driver.now.plus(6_000));
    assert!(effects.iter().all(|effect| matches!(effect, crate::ops::Effect::Journal(_))), "{effects:?}");
    let (verdict, why, _) = run.view().end.clone().unwrap();
    assert_eq!(verdict, Verdict::Lost);
    assert!(why.contains("these credentials belong to 999999999999"), "{why}");
    // with those of the account it goes on
    let effects = run.step(Event::Resume, driver.now.plus(7_000));
    assert!(effects.iter().any(|effect| matches!(effect, crate::ops::Effect::Ask(_, Ask::Identity))));
}

#[test]
fn a_journal_gives_no_leave_in_another_region() {
    let (mut aws, mut driver) = started();
    driver.until(&mut aws, "ecs:RunTask");
    let (mut run, effects) = Run::take_up(&driver.journal, &[], confirmed(), driver.now.plus(5_000)).unwrap();
    let call = effects.iter().find_map(|effect| match effect {
        crate::ops::Effect::Ask(call, Ask::Identity) => Some(*call),
        _ => None,
    });
    let other =
        Identity { account: ACCOUNT.to_owned(), region: "eu-west-1".to_owned(), ..Identity::default() };
    let effects = run.step(Event::Answer(call.unwrap(), Ok(Answer::Identity(other))), driver.now.plus(6_000));
    assert!(effects.iter().all(|effect| matches!(effect, crate::ops::Effect::Journal(_))), "{effects:?}");
    let (verdict, why, _) = run.view().end.clone().unwrap();
    assert_eq!(verdict, Verdict::Lost);
    assert!(why.contains("the run is in us-west-2, and changes go to eu-west-1 now"), "{why}");
}

#[test]
fn a_process_that_slept_makes_no_change_any_more() {
    for operation in ["ecs:RunTask", "ecs:UpdateService"] {
        let (mut aws, mut driver) = started();
        driver.until(&mut aws, "ecs:RegisterTaskDefinition");
        driver.one(&mut aws);
        if operation == "ecs:UpdateService" {
            driver.reach(&mut aws, "migrations up");
        }
        let done = aws.done.len();
        // SIGSTOP, or the lid of a laptop
        driver.now = driver.now.plus(2 * 3_600_000);
        driver.finish(&mut aws);
        driver.ends(
            Verdict::Lost,
            &format!("interrupted 2h ago before {operation}, which is no longer called"),
        );
        let after: Vec<&str> = aws.done[done..].iter().map(Write::operation).collect();
        assert!(after.iter().all(|write| write.starts_with("s3:")), "{after:?}");
        assert!(aws.lock().is_none(), "and lets go of its lock");
    }
}

#[test]
fn to_be_taken_up_again_and_again_makes_no_run_younger() {
    let (mut aws, mut driver) = started();
    driver.reach(&mut aws, "migrations up");
    let mut driver = driver;
    for _ in 0..3 {
        let gate = Gate { confirmation: None, ..confirmed() };
        let mut again = driver.take_up_by(gate, 25 * 60_000).unwrap();
        again.finish(&mut aws);
        if again.verdict().is_some() {
            driver = again;
            break;
        }
        assert!(again.run.waits());
        driver = again;
    }
    driver.ends(Verdict::Lost, "which is no longer called");
    assert!(!aws.done.iter().any(|write| matches!(write, Write::UpdateService { .. })));
}

#[test]
fn nothing_changed_is_checked_before_the_migration_too() {
    let world = World::new(Kind::Ecs);
    // between the check and the migration
    let (mut aws, mut driver) = started();
    driver.reach(&mut aws, "migrations validate");
    aws.set_service(&definition_arn(40));
    driver.finish(&mut aws);
    driver.ends(Verdict::Superseded, "since the plan was made");
    assert!(aws.tasks.values().all(|job| !job.command.ends_with(" up")), "{:?}", aws.tasks);
    // and a migration of its own looks first
    let mut flight = Flight::of(&world, Wish::Migrate { image: None });
    let mut moved = world.detail.clone();
    moved.service.task_definition = definition_arn(40);
    flight.answer(Answer::Detail(Box::new(moved)));
    flight.ends(Verdict::Refused, "the service was set to prod-service:40 since the plan was made");
    assert!(flight.sent.is_empty());
}
