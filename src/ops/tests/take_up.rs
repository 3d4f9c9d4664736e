//! Runs taken up from their journals.

use super::flights::{deploy, deployed, ours, registered, told, updated};
use super::harness::{Flight, confirmed};
use super::migrations::{begun, chunk, started};
use super::world::*;
use crate::model::{Answer, Ask, DeploymentStatus, Entry, Kind, LogChunk, TroubleKind, Verdict, Write};
use crate::ops::Run;

/// Back and forth through the format on disk.
fn read_back(journal: &[Entry]) -> Vec<Entry> {
    journal
        .iter()
        .map(|entry| serde_json::from_str(&serde_json::to_string(entry).unwrap()).unwrap())
        .collect()
}

fn up(flight: &Flight) -> Flight {
    Flight::taken_up(&read_back(&flight.journal), flight.now.plus(60_000)).expect("can be taken up")
}

#[test]
fn a_watched_rollout_is_watched_on() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    flight.answer(told(&ours(DeploymentStatus::InProgress, 1)));
    let mut again = up(&flight);
    assert_eq!(again.asking(), Ask::Deployment { arn: deployment_arn("d42") });
    again.answer(told(&ours(DeploymentStatus::Successful, 2)));
    again.ends(Verdict::Succeeded, "prod-service:42");
    assert!(again.sent.is_empty());
}

#[test]
fn an_ended_run_is_not_taken_up_and_a_lost_one_is() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    flight.fail(trouble(TroubleKind::Expired));
    flight.ends(Verdict::Lost, "");
    let mut again = up(&flight);
    assert!(again.verdict().is_none());
    again.answer(told(&ours(DeploymentStatus::Successful, 2)));
    assert!(Run::take_up(&again.journal, &[], confirmed(), NOW).is_none());
    assert!(Run::take_up(&[], &[], confirmed(), NOW).is_none());
    assert!(Run::take_up(&flight.journal[1..], &[], confirmed(), NOW).is_none());
    let mut foreign = flight.journal.clone();
    if let Entry::Begin { format, .. } = &mut foreign[0] {
        *format = 2;
    }
    assert!(Run::take_up(&foreign, &[], confirmed(), NOW).is_none(), "a later format is left alone");
}

#[test]
fn an_unwatched_run_is_watched_again() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    flight.stop();
    let mut again = up(&flight);
    assert!(!again.run.view().unwatched);
    again.answer(told(&ours(DeploymentStatus::Successful, 2)));
    again.ends(Verdict::Succeeded, "");
}

#[test]
fn changes_that_were_not_begun_are_not_made() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, deploy());
    up(&flight).ends(Verdict::Refused, "before anything was changed");
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    up(&flight).ends(Verdict::Failed, "while the copy was registered");
    flight.written(Ok(registered()));
    // UpdateService was begun and not answered: the service is read, nothing is repeated
    let mut again = up(&flight);
    for _ in 0..3 {
        again.answer(Answer::Detail(Box::new(world.detail.clone())));
    }
    again.ends(Verdict::Failed, "had no effect");
    assert!(again.sent.is_empty());
    let mut again = up(&flight);
    let mut after = world.detail.clone();
    after.service.task_definition = definition_arn(42);
    after.history.insert(0, ours(DeploymentStatus::InProgress, 0));
    again.answer(Answer::Detail(Box::new(after.clone()))).answer(Answer::Detail(Box::new(after)));
    assert_eq!(again.asking(), Ask::Deployment { arn: deployment_arn("d42") });

    // registered, and the journal ends right after the answer
    let cut = flight
        .journal
        .iter()
        .position(|e| matches!(e, Entry::After { write, .. } if write == "ecs:RegisterTaskDefinition"))
        .unwrap();
    let again = Flight::taken_up(&flight.journal[..=cut], NOW).unwrap();
    again.ends(Verdict::Failed, "interrupted before ecs:UpdateService");
    flight.written(Ok(updated()));
}

#[test]
fn a_migration_in_doubt_is_asked_for_with_its_token() {
    let flight = Flight::migrating(&World::new(Kind::Ecs));
    let mut again = up(&flight);
    // it was looked for and is not there: whether anybody changed the service is looked at before it is asked for
    again.answer(Answer::Detail(Box::new(World::new(Kind::Ecs).detail)));
    assert_eq!(again.writing(), flight.writing(), "the same in every part");
    again.written(Ok(begun()));
    assert!(matches!(again.asking(), Ask::Task { .. }));
    let late = Flight::taken_up(&flight.journal, NOW.plus(13 * 3_600_000)).unwrap();
    late.ends(Verdict::Lost, "whether the migration was started is not known");
    assert!(late.sent.is_empty());
}

#[test]
fn a_migrations_log_goes_on_where_it_was() {
    let mut flight = started();
    flight.answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    flight.answer(chunk(&[(1, "one"), (2, "two")], None));
    let mut again = up(&flight);
    again.answer(Answer::Task(Some(task("STOPPED", Some(0), "EssentialContainerExited", ""))));
    assert!(matches!(again.asking(), Ask::Logs { since, .. } if since.0 == 2));
    again.answer(chunk(&[(2, "two"), (3, "three")], None));
    again.answer(Answer::Logs(LogChunk::default())).answer(Answer::Logs(LogChunk::default()));
    again.ends(Verdict::Succeeded, "code 0");
    let texts: Vec<&str> = again.run.view().log.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert!(again.sent.is_empty());
}

#[test]
fn a_task_that_was_told_to_stop_is_not_told_again() {
    let mut flight = started();
    let mut runs = task("RUNNING", None, "", "");
    runs.started_at = Some(NOW);
    flight.later(600_000).answer(Answer::Task(Some(runs.clone())));
    assert!(matches!(flight.writing(), Write::StopTask { .. }));
    let mut again = up(&flight);
    again.answer(Answer::Task(Some(task("DEACTIVATING", None, "", "")))).answer(chunk(&[], None));
    assert!(again.sent.is_empty());
    // and one whose time is over by now is told once
    let mut flight = started();
    flight.answer(Answer::Task(Some(runs.clone())));
    let mut again = Flight::taken_up(&flight.journal, NOW.plus(3_600_000)).unwrap();
    again.answer(Answer::Task(Some(runs)));
    assert!(matches!(again.writing(), Write::StopTask { .. }));
}

#[test]
fn no_prefix_of_a_journal_starts_a_second_task_or_changes_a_service_again() {
    let world = World::new(Kind::Ecs);
    let mut whole = deployed(&world);
    whole.answer(told(&ours(DeploymentStatus::InProgress, 1)));
    whole.answer(told(&ours(DeploymentStatus::Successful, 2)));
    let mut migration = started();
    migration.answer(Answer::Task(Some(task("RUNNING", None, "", ""))));
    migration.answer(chunk(&[(1, "one")], None));
    migration.answer(Answer::Task(Some(task("STOPPED", Some(0), "", ""))));
    migration.answer(chunk(&[], None)).answer(chunk(&[], None));
    migration.ends(Verdict::Succeeded, "");
    for flight in [whole, migration] {
        let first = flight.sent.iter().find_map(Write::token).map(str::to_owned);
        for cut in 0..=flight.journal.len() {
            let journal = read_back(&flight.journal[..cut]);
            let Some(again) = Flight::taken_up(&journal, NOW.plus(30_000)) else {
                let ended = journal.iter().any(|e| matches!(e, Entry::End { .. }));
                assert!(cut == 0 || ended, "{cut} can be taken up");
                continue;
            };
            for write in &again.sent {
                assert_eq!(write.operation(), "ecs:RunTask", "{cut}");
                assert_eq!(write.token().map(str::to_owned), first, "{cut}");
            }
            let answered = journal
                .iter()
                .any(|e| matches!(e, Entry::After { write, ok: true, .. } if write == "ecs:RunTask"));
            assert!(!answered || again.sent.is_empty(), "{cut}: started already");
        }
    }
}

#[test]
fn a_secret_of_a_command_is_not_in_the_journal_and_is_brought_from_the_configuration() {
    let command: Vec<String> =
        ["goose", "postgres", "postgres://app:hunter2@db/app", "up"].map(str::to_owned).into();
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.migration.command.clone_from(&command);
    let wish = crate::ops::Wish::Migrate { image: None };
    let draft = super::harness::plan_in(&world, context, wish).unwrap();
    assert!(!format!("{:?}", draft.plan).contains("hunter2"), "{:?}", draft.plan);
    let authority = crate::model::Authority::grant(
        &draft.plan,
        crate::model::Protection::Open,
        &crate::model::armed::Confirmation::Key,
    )
    .unwrap();
    let (_, effects) = Run::start(draft, authority, NOW);
    let journal: Vec<_> = effects
        .into_iter()
        .filter_map(|effect| match effect {
            crate::ops::Effect::Journal(entry) => Some(entry),
            _ => None,
        })
        .collect();
    let text = |entries: &[Entry]| serde_json::to_string(entries).unwrap();
    assert!(text(&journal).contains("postgres://\u{2022}\u{2022}"), "{}", text(&journal));
    assert!(!text(&journal).contains("hunter2"));
    let other = vec!["goose".to_owned(), "up".to_owned()];
    let brought = crate::ops::completed(&journal, &[other.clone(), command]);
    assert!(text(&brought).contains("hunter2"));
    assert_eq!(crate::ops::completed(&journal, &[other]), journal, "another command is not it");
}
