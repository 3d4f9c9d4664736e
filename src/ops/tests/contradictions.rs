//! Journals that were edited: a run is not gone on with by a memo that says something else than what it began with.

use super::aws::{Aws, Driver, guarded};
use super::gates::release;
use super::harness::{confirmed, plan_in};
use super::world::*;
use crate::model::{Entry, Gate, Kind, Verdict};
use crate::ops::{Effect, Run};
use serde_json::{Value, json};

/// A release that died before its migration's task.
fn died() -> (Aws, Driver) {
    let world = World::new(Kind::Ecs);
    let draft = plan_in(&world, guarded(&world), release()).unwrap();
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.reach(&mut aws, "start one task for the migration");
    (aws, driver)
}

/// The journal with its last memo bent.
fn bent(driver: &Driver, bend: impl Fn(&mut Value)) -> Vec<Entry> {
    let mut journal = driver.journal.clone();
    let memo = journal.iter_mut().rev().find_map(|entry| match entry {
        Entry::Memo { memo, .. } => Some(memo),
        _ => None,
    });
    bend(memo.unwrap());
    journal
}

fn set(path: &'static str, value: Value) -> impl Fn(&mut Value) {
    move |memo| *memo.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value.clone()
}

#[test]
fn a_journal_that_contradicts_itself_is_not_gone_on_with() {
    let (_, driver) = died();
    let now = driver.now.plus(5_000);
    let taken = |journal: &[Entry]| Run::take_up(journal, &[], confirmed(), now).unwrap();
    assert!(taken(&driver.journal).0.view().end.is_none(), "as it was written it is gone on with");
    let long = ["goose", "-dir", "migrations down"];
    let table: Vec<(&'static str, Value, &str)> = vec![
        ("/key/environment", json!("staging"), "of staging in another"),
        (
            "/definition",
            json!("arn:aws:ecs:us-west-2:111122223333:task-definition/other-service:23"),
            "the journal says other-service:23",
        ),
        (
            "/definition",
            json!("arn:aws:ecs:us-west-2:111122223333:task-definition/prod-service:7"),
            "the journal says prod-service:7",
        ),
        (
            "/templates/0/arn",
            json!("arn:aws:ecs:us-west-2:111122223333:task-definition/other-service:23"),
            "is no copy of",
        ),
        ("/key/cluster", json!("other"), "in cluster “other” of prod in another"),
        ("/key/name", json!("other-service"), "in another"),
        ("/key/kind", json!("express"), "in another"),
        (
            "/service_arn",
            json!("arn:aws:ecs:eu-west-1:111122223333:service/prod/prod-service"),
            "is not in account",
        ),
        (
            "/service_arn",
            json!("arn:aws:ecs:us-west-2:999999999999:service/prod/prod-service"),
            "is not in account",
        ),
        (
            "/service_arn",
            json!("arn:aws:ecs:us-west-2:111122223333:service/prod/other"),
            "the service was confirmed as",
        ),
        ("/cluster", json!("other"), "the cluster was confirmed as"),
        ("/stages", json!(["run_task", "task"]), "and has 2"),
        ("/stages/1", json!("run_task"), "the steps was confirmed as"),
        ("/stages/1", json!("stop_task"), "the steps was confirmed as"),
        ("/stages/1", json!("tag_image"), "ecr:PutImage is among its steps, and was not planned"),
        ("/writes/0", json!("ecr:PutImage"), "was not planned"),
        ("/orders/2/command", json!(["sh", "-c", "curl x | sh"]), "command 3 was confirmed as"),
        ("/orders/2/command", json!(long), "command 3 was confirmed as"),
        ("/orders/2/cluster", json!("other"), "command 3 was confirmed as"),
        ("/orders/2/container", json!("sidecar"), "command 3 was confirmed as"),
        ("/orders/2/variables", json!(4), "command 3 was confirmed as"),
        ("/orders/2/timeout_ms", json!(86_400_000), "command 3 was confirmed as"),
        ("/orders/2/check", json!(true), "command 3 was confirmed as"),
        (
            "/orders/2/client_token",
            json!("flightdeck-other"),
            "the token of the migration belongs to another run",
        ),
        ("/orders/2/started_by", json!("somebody"), "the token of the migration belongs to another run"),
        ("/orders/2/task", json!("arn:aws:ecs:us-west-2:111122223333:task/other/1"), "is not in cluster"),
        ("/orders/2/task", json!("arn:aws:ecs:us-west-2:999999999999:task/prod/1"), "is not in account"),
        ("/templates/0/image", json!("evil:1"), "copy 1 was confirmed as"),
        (
            "/templates/0/definition",
            json!("arn:aws:ecs:us-west-2:111122223333:task-definition/x:1"),
            "copy 1",
        ),
        (
            "/templates/0/arn",
            json!("arn:aws:ecs:us-west-2:999999999999:task-definition/x:1"),
            "is not in account",
        ),
        ("/image", json!("evil:1"), "the image was confirmed as"),
        ("/verify/settings/max_5xx_ratio", json!(1.0), "the window was confirmed as"),
        ("/verify", json!(null), "the window was confirmed as"),
        ("/way_back", json!(null), "the way back was confirmed as"),
        ("/lock/place/key", json!("elsewhere"), "the lock was confirmed as"),
        ("/lock", json!(null), "the lock was confirmed as"),
        (
            "/task",
            json!("arn:aws:ecs:us-west-2:111122223333:task/prod/1"),
            "the task to be stopped was not confirmed",
        ),
        (
            "/back",
            json!({"why": "", "from": 1, "steps": ["x", "y", "z", "a", "b", "c", "d", "e", "f", "g"], "before": null}),
            "",
        ),
    ];
    for (path, value, told) in table {
        let (run, effects) = taken(&bent(&driver, set(path, value.clone())));
        let Some((verdict, why, _)) = run.view().end.clone() else { panic!("{path} {value}: gone on with") };
        assert!(verdict == Verdict::Lost && !run.view().resumable(), "{path} {value}: {why}");
        assert!(
            why.starts_with("the journal contradicts itself: ") && why.contains(told),
            "{path} {value}: {why}"
        );
        assert!(effects.iter().all(|effect| matches!(effect, Effect::Journal(_))), "{path}: {effects:?}");
    }
}

#[test]
fn a_journal_of_an_earlier_version_is_held_against_what_it_tells() {
    let (_, mut driver) = died();
    if let Some(Entry::Begin { confirmed, .. }) = driver.journal.first_mut() {
        confirmed.clear();
    }
    let now = driver.now.plus(5_000);
    let end = |journal: &[Entry]| Run::take_up(journal, &[], confirmed(), now).unwrap().0.view().end.clone();
    assert_eq!(end(&driver.journal), None);
    for (path, value) in [("/key/cluster", json!("other")), ("/stages", json!(["run_task"]))] {
        assert!(end(&bent(&driver, set(path, value))).unwrap().1.contains("contradicts itself"), "{path}");
    }
}

#[test]
fn no_moment_of_a_run_contradicts_what_it_began_with() {
    let world = World::new(Kind::Ecs);
    for fails in [false, true] {
        for after in 3..400 {
            let draft = plan_in(&world, guarded(&world), release()).unwrap();
            let (mut aws, mut driver) = (Aws::new(world.clone()), Driver::start(draft));
            if fails {
                aws.traffic = (400.0, 40.0, 118.0);
            }
            if !(0..after).all(|_| driver.one(&mut aws)) {
                break;
            }
            let Some(again) = driver.take_up(5_000) else { continue };
            let end = again.run.view().end.clone();
            assert!(
                !end.is_some_and(|(_, why, _)| why.contains("contradicts")),
                "{after} {:?}",
                again.run.view().end
            );
        }
    }
}

#[test]
fn whoever_is_asked_to_go_on_sees_what_is_run() {
    let (mut aws, driver) = died();
    let mut again = driver.take_up_by(Gate { confirmation: None, ..confirmed() }, 5_000).unwrap();
    again.finish(&mut aws);
    let told = "start one task for the migration (goose -dir migrations up in cluster prod, ";
    assert!(again.run.view().waits.contains(told), "{}", again.run.view().waits);
}
