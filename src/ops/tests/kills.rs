//! Whatever moment a process dies at, and however often: no command is run twice, nothing is deployed twice, and the
//! verdict is true.

use super::aws::{Aws, Driver, guarded};
use super::gates::release;
use super::harness::plan_in;
use super::world::*;
use crate::model::{DeploymentStatus, Kind, Verdict, Write};
use crate::ops::{Draft, Promotion, Wish};
use proptest::prelude::*;

fn draft(world: &World, kind: u8) -> Draft {
    let mut context = guarded(world);
    let wish = match kind {
        0 => release(),
        1 => Wish::Migrate { image: None },
        _ => {
            context.promotion = Promotion::Tag;
            let mut staging = World::new(Kind::Ecs).detail;
            staging.service.key = crate::model::ServiceKey::new("staging", Kind::Ecs, "staging", "s");
            staging.service.version = crate::model::Version::of("r:x", Some(&digest("8be02d4")));
            let mut world = world.clone();
            let from = staging.service.key.clone();
            world.others = vec![staging];
            return plan_in(&world, context, Wish::Promote { from }).unwrap();
        }
    };
    plan_in(world, context, wish).unwrap()
}

fn world(kind: u8) -> World {
    let mut world = World::new(Kind::Ecs);
    if kind > 1 {
        world.images.iter_mut().find(|i| i.tags[0] == "1f0c9a7").unwrap().tags.push("prod".into());
        world.set_image(&format!("{REPOSITORY}:prod"), Some(&digest("1f0c9a7")));
        world.definitions[0] = definition(41, &format!("{REPOSITORY}:prod"));
    }
    world
}

/// Runs, dies after so many things were carried out, is taken up, and so on; the last one runs to the end. A change
/// under way when a process dies is made or not made.
fn killed(kind: u8, kills: &[(usize, bool, i64)], bend: impl Fn(&mut Aws)) -> (Aws, Driver) {
    let world = world(kind);
    let mut aws = Aws::new(world.clone());
    bend(&mut aws);
    let mut driver = Driver::start(draft(&world, kind));
    for (after, made, pause) in kills {
        for _ in 0..*after {
            if !driver.one(&mut aws) {
                break;
            }
        }
        if *made && let Some(write) = driver.next_write().cloned() {
            let _ = aws.write(&write);
        }
        match driver.take_up(*pause) {
            Some(again) => driver = again,
            None => break,
        }
    }
    driver.finish(&mut aws);
    (aws, driver)
}

fn updates(aws: &Aws) -> usize {
    aws.done.iter().filter(|w| matches!(w, Write::UpdateService { .. })).count()
}

fn kills() -> impl Strategy<Value = Vec<(usize, bool, i64)>> {
    let pause = prop_oneof![4 => Just(5_000_i64), 2 => Just(1_200_000), 1 => Just(20_000_000)];
    prop::collection::vec((0_usize..180, any::<bool>(), pause), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_command_is_run_twice_whenever_the_process_dies(
        kind in 0_u8..3,
        kills in kills(),
        errors in prop::bool::weighted(0.3),
        breaks in prop::bool::weighted(0.2),
        fails in prop::bool::weighted(0.2),
    ) {
        let (aws, driver) = killed(kind, &kills, |aws| {
            if errors {
                aws.traffic.1 = 100.0;
            }
            if breaks {
                // a copy whose registration was not answered is registered once more
                let put = if kind > 1 { 41..=41 } else { 42..=48 };
                aws.outcomes =
                    put.map(|n| (format!(":{n}"), DeploymentStatus::RollbackSuccessful)).collect();
            }
            if fails {
                aws.exits = vec![("migrations up", 1)];
            }
        });
        // one order, one token, one task
        let mut commands: Vec<&str> = aws.tasks.values().map(|job| job.command.as_str()).collect();
        let count = commands.len();
        commands.sort_unstable();
        commands.dedup();
        prop_assert_eq!(commands.len(), count, "a command was run twice: {:?}", aws.tasks);
        prop_assert!(count <= 3);
        // deployed once, and put back once at most
        prop_assert!(updates(&aws) <= 2, "{:#?}", aws.done);
        let Some(verdict) = driver.verdict() else {
            return Err(TestCaseError::fail(format!("no verdict: {:#?}", driver.run.view())));
        };
        let new = aws.set() == format!("{REPOSITORY}:8be02d4")
            || aws.tags.last().is_some_and(|(_, named)| *named == digest("8be02d4"));
        if kind != 1 {
            match verdict {
                Verdict::Succeeded => {
                    prop_assert!(new && !errors && !breaks && !fails, "a false success: {:#?}", driver.run.view());
                    prop_assert_eq!(count, 3);
                }
                Verdict::RolledBack => prop_assert!(errors || breaks),
                _ => {}
            }
        }
        if fails {
            prop_assert_eq!(updates(&aws), 0, "nothing is deployed after a failed migration");
        }
        // nobody else's command begins beside one that may still run
        if let Some(lock) = aws.lock().filter(|_| verdict != Verdict::Lost) {
            let view = driver.run.view();
            prop_assert!(view.has_commands(), "the lock is released: {view:#?}");
            // one that is left is this run's own, and ends by itself: that is told, and why it is left
            let said = "not released: the command may still be running; it expires by itself";
            prop_assert!(lock.body.contains("run-1"), "{}", lock.body);
            prop_assert!(view.steps.iter().any(|step| step.detail.starts_with(said)), "{view:#?}");
        }
        let text = serde_json::to_string(&driver.journal).unwrap();
        prop_assert!(!text.contains("hunter2"), "the journal holds no secrets");
    }
}

#[test]
fn a_release_goes_on_from_every_moment() {
    for after in 0..140 {
        for made in [false, true] {
            let (aws, driver) = killed(0, &[(after, made, 5_000)], |_| ());
            let (verdict, why, _) = driver.run.view().end.clone().expect("it ends");
            if verdict == Verdict::Refused {
                // nothing but the beginning was on disk
                assert!(
                    after < 3 && aws.done.iter().all(|w| w.operation().starts_with("s3:")),
                    "{after} {made}: {why}"
                );
            } else {
                assert_eq!(
                    verdict,
                    Verdict::Succeeded,
                    "{after} {made}: {why}\n{:#?}",
                    driver.run.view().steps
                );
                assert_eq!((aws.tasks.len(), updates(&aws)), (3, 1), "{after} {made}");
            }
        }
    }
}

#[test]
fn a_migration_goes_on_from_every_moment_and_its_check_is_not_run_again() {
    for after in 3..110 {
        for made in [false, true] {
            let (aws, driver) = killed(1, &[(after, made, 5_000)], |_| ());
            driver.ends(Verdict::Succeeded, "");
            assert_eq!(aws.tasks.len(), 3, "{after} {made}: {:?}", aws.tasks);
        }
    }
}

#[test]
fn a_migration_that_is_left_in_its_check_is_lost_and_goes_on_when_it_is_taken_up() {
    let world = world(1);
    let mut aws = Aws::new(world.clone());
    let mut driver = Driver::start(draft(&world, 1));
    driver.reach(&mut aws, "migrations status").stop();
    driver.finish(&mut aws);
    driver.ends(Verdict::Lost, "interrupted before ecs:RunTask; its task continues in AWS");
    driver.resume();
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "code 0");
    assert_eq!(aws.tasks.len(), 3, "{:?}", aws.tasks);
}

#[test]
fn a_release_that_is_put_back_goes_on_from_every_moment() {
    for after in 3..200 {
        let (aws, driver) = killed(0, &[(after, true, 5_000)], |aws| aws.traffic.1 = 100.0);
        driver.ends(Verdict::RolledBack, "5xx");
        assert_eq!(aws.set(), format!("{REPOSITORY}:1f0c9a7"), "{after}");
        assert_eq!(updates(&aws), 2, "{after}: there and back once");
    }
}

#[test]
fn long_after_nothing_that_was_not_begun_is_done() {
    let world = world(0);
    let mut aws = Aws::new(world.clone());
    let mut driver = Driver::start(draft(&world, 0));
    driver.reach(&mut aws, "migrations up");
    driver.until(&mut aws, "ecs:UpdateService");
    let cut =
        driver.journal.iter().rposition(|entry| matches!(entry, crate::model::Entry::Before { .. })).unwrap();
    driver.journal.truncate(cut);
    let mut again = driver.take_up(4 * 3_600_000).unwrap();
    again.finish(&mut aws);
    again.ends(Verdict::Lost, "interrupted 4h ago before ecs:UpdateService");
    assert_eq!(updates(&aws), 0);
}

#[test]
fn what_changed_meanwhile_is_not_overrun() {
    let world = world(0);
    let mut aws = Aws::new(world.clone());
    let mut driver = Driver::start(draft(&world, 0));
    driver.reach(&mut aws, "migrations up");
    aws.set_service(&definition_arn(40));
    let mut again = driver.take_up(60_000).unwrap();
    again.finish(&mut aws);
    again.ends(Verdict::Superseded, "since the plan was made");
    assert_eq!(updates(&aws), 0);
}

#[test]
fn the_journal_of_another_version_is_told_as_lost() {
    let world = world(0);
    let mut aws = Aws::new(world.clone());
    let mut driver = Driver::start(draft(&world, 0));
    driver.reach(&mut aws, "migrations up");
    for entry in &mut driver.journal {
        if let crate::model::Entry::Memo { memo, .. } = entry {
            *memo = serde_json::json!({"stages": ["warp"]});
        }
    }
    let mut again = driver.take_up(60_000).unwrap();
    again.finish(&mut aws);
    again.ends(Verdict::Lost, "another version of flightdeck");
}

#[test]
fn nothing_is_deployed_behind_a_migration_that_failed() {
    for after in 3..140 {
        let (aws, driver) = killed(0, &[(after, false, 5_000)], |aws| aws.exits = vec![("migrations up", 1)]);
        driver.ends(Verdict::Failed, "nothing was deployed");
        assert_eq!(updates(&aws), 0, "{after}");
    }
}
