//! The window after a deploy.

use super::aws::{Aws, Pilot, guarded};
use super::gates::release;
use super::harness::plan_in;
use super::world::*;
use crate::model::{AlarmBrief, ImageChoice, Kind, StepState, TroubleKind, Verdict, Write};
use crate::ops::{Draft, VerifySettings, Wish};

fn alarm(state: &str) -> AlarmBrief {
    AlarmBrief {
        name: "prod-5xx".into(),
        state: state.into(),
        reason: "Threshold Crossed: 3 datapoints.".into(),
        ..AlarmBrief::default()
    }
}

fn draft(world: &World) -> Draft {
    plan_in(world, guarded(world), release()).unwrap()
}

fn window(world: &World) -> (Aws, Pilot) {
    let (mut aws, mut pilot) = (Aws::new(world.clone()), Pilot::fly(draft(world)));
    pilot.reach(&mut aws, "watch for 5m");
    (aws, pilot)
}

#[test]
fn clear_evidence_puts_the_earlier_revision_back() {
    type Bend = fn(&mut Aws);
    let table: [(Bend, &str); 3] = [
        (
            |aws| aws.traffic.1 = 80.0,
            "20.0% of the answers were 5xx, 1.0% at most were asked for (5xx 20.0% of",
        ),
        (|aws| aws.traffic.2 = 840.0, "p99 was over 500ms in 3 of 3 minutes, 840ms at worst"),
        (|aws| aws.alarms = vec![alarm("ALARM")], "alarm prod-5xx fired: Threshold Crossed: 3 datapoints"),
    ];
    for (bend, why) in table {
        let (mut aws, mut pilot) = window(&World::new(Kind::Ecs));
        bend(&mut aws);
        pilot.finish(&mut aws);
        pilot.ends(Verdict::RolledBack, why);
        pilot.ends(Verdict::RolledBack, "; prod-service:41 is back; what the migration did stays");
        assert_eq!(aws.set(), format!("{REPOSITORY}:1f0c9a7"));
        let view = pilot.run.view();
        assert_eq!(
            view.before.as_ref().unwrap().tag.as_deref(),
            Some("1f0c9a7"),
            "what was set before the run"
        );
        let verify = view.steps.iter().position(|s| s.name.starts_with("watch for 5m")).unwrap();
        assert_eq!(view.steps[verify].state, StepState::Failed);
        assert!(view.steps[verify + 1..].iter().all(|s| s.state == StepState::Done), "{:#?}", view.steps);
        assert!(aws.lock().is_none());
        assert_eq!(aws.record().unwrap().end.unwrap().verdict, Verdict::RolledBack);
    }
}

#[test]
fn what_is_no_evidence_does_not_decide() {
    type Bend = fn(&mut Aws);
    let table: [(Bend, &str); 6] = [
        // two errors among thousands, and one slow percentile below the bound
        (|aws| aws.traffic = (900.0, 1.0, 499.0), "quiet for 5m: 5xx 0.1% of"),
        (|aws| aws.traffic = (0.0, 0.0, 0.0), "quiet for 5m: no requests · alarms quiet"),
        (|aws| aws.alarms = vec![], "1 of 1 alarms unknown to AWS"),
        (|aws| aws.alarms = vec![alarm("INSUFFICIENT_DATA")], "1 of 1 alarms without data"),
        (
            |aws| {
                aws.traffic = (0.0, 0.0, 0.0);
                aws.alarms = vec![];
            },
            "5m passed without evidence for or against it: no requests",
        ),
        (
            // in alarm since before the run: the deploy may be what mends it
            |aws| aws.alarms = vec![AlarmBrief { since: Some(NOW.plus(-1)), ..alarm("ALARM") }],
            "in alarm since before: prod-5xx",
        ),
    ];
    for (bend, why) in table {
        let (mut aws, mut pilot) = window(&World::new(Kind::Ecs));
        bend(&mut aws);
        pilot.finish(&mut aws);
        pilot.ends(Verdict::Succeeded, why);
        assert_eq!(aws.set(), format!("{REPOSITORY}:8be02d4"));
    }
}

#[test]
fn errors_that_are_few_decide_at_the_end_only() {
    let (mut aws, mut pilot) = window(&World::new(Kind::Ecs));
    aws.traffic = (3.0, 1.0, 100.0);
    let before = pilot.now;
    pilot.finish(&mut aws);
    pilot.ends(Verdict::RolledBack, "33.3% of the answers were 5xx");
    assert!(pilot.now.since(before) >= 240_000, "{}", pilot.now.since(before));
}

#[test]
fn the_numbers_are_shown_as_they_come() {
    let (mut aws, mut pilot) = window(&World::new(Kind::Ecs));
    pilot.finish(&mut aws);
    let told: Vec<&str> = pilot
        .journal
        .iter()
        .filter_map(|entry| match entry {
            crate::model::Entry::Step { detail, .. } if detail.contains(" of 5m · ") => {
                Some(detail.as_str())
            }
            _ => None,
        })
        .collect();
    assert!(told[0].ends_with("of 5m · metrics not read yet · alarms not read yet"), "{}", told[0]);
    assert!(
        told.iter().any(|t| t.ends_with("of 5m · 5xx 0.0% of 1,200 · p99 118ms · alarms quiet")),
        "{told:#?}"
    );
}

#[test]
fn witnesses_that_cannot_be_heard_are_told() {
    let mut world = World::new(Kind::Ecs);
    world.alarms = vec![alarm("OK")];
    let (mut aws, mut pilot) = (Aws::new(world.clone()), Pilot::fly(draft(&world)));
    pilot.reach(&mut aws, "watch for 5m");
    // neither is allowed to be read
    let mut asked = 0;
    for _ in 0..400 {
        if pilot.verdict().is_some() {
            break;
        }
        asked += 1;
        pilot.deny(&mut aws, |ask| {
            matches!(ask, crate::model::Ask::Alarms { .. } | crate::model::Ask::Metrics { .. })
        });
    }
    assert!(asked > 10);
    pilot.ends(
        Verdict::Succeeded,
        "5m passed without evidence for or against it: metrics not read (denied) · alarms not read (denied)",
    );
}

#[test]
fn the_way_back_fits_what_ran_before() {
    // a tag that moves is pinned to what ran
    let mut world = World::new(Kind::Ecs);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("1f0c9a7")));
    world.definitions[0] = definition(41, &format!("{REPOSITORY}:latest"));
    let (mut aws, mut pilot) = window(&world);
    aws.traffic.1 = 80.0;
    pilot.finish(&mut aws);
    pilot.ends(Verdict::RolledBack, "; a copy of prod-service:41 is back");
    assert_eq!(aws.set(), format!("{REPOSITORY}@{}", digest("1f0c9a7")));

    for kind in [Kind::Express, Kind::AppRunner] {
        let world = World::new(kind);
        let mut context = guarded(&world);
        context.migration.command = Vec::new();
        context.migration.checks = Vec::new();
        let draft = plan_in(&world, context, release()).unwrap();
        let (mut aws, mut pilot) = (Aws::new(world.clone()), Pilot::fly(draft));
        pilot.reach(&mut aws, "watch for 5m");
        assert!(aws.world.detail.service.version.image.ends_with(":8be02d4"), "{kind}");
        aws.traffic.1 = 80.0;
        pilot.finish(&mut aws);
        pilot.ends(Verdict::RolledBack, "5xx");
        assert!(aws.world.detail.service.version.image.ends_with(":1f0c9a7"), "{kind}");
    }
}

#[test]
fn where_nothing_can_be_put_back_the_run_fails_and_says_so() {
    let mut world = World::new(Kind::Ecs);
    // the digest that runs is not known, and its tag moves
    world.set_image(&format!("{REPOSITORY}:latest"), None);
    world.definitions[0] = definition(41, &format!("{REPOSITORY}:latest"));
    let draft = draft(&world);
    assert!(
        draft.plan.warnings.iter().any(|w| w.contains("nothing is put back")),
        "{:?}",
        draft.plan.warnings
    );
    let (mut aws, mut pilot) = (Aws::new(world), Pilot::fly(draft));
    pilot.reach(&mut aws, "watch for 5m");
    aws.traffic.1 = 80.0;
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Failed, "the new version stays in place");
    assert_eq!(aws.set(), format!("{REPOSITORY}:8be02d4"));
}

#[test]
fn a_way_back_that_fails_is_told_with_what_led_there() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut pilot) = window(&world);
    aws.traffic.1 = 80.0;
    aws.denied = vec!["ecs:UpdateService"];
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Failed, "prod-service:41 was not put back: could not describe service");

    let (mut aws, mut pilot) = window(&world);
    aws.traffic.1 = 80.0;
    pilot.reach(&mut aws, "nobody changed it");
    aws.set_service(&definition_arn(40));
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Superseded, "prod-service:40");
    assert_eq!(aws.set(), format!("{REPOSITORY}:0aa1111"), "what somebody else set is left alone");
}

#[test]
fn a_window_without_bounds_only_watches_that_it_stays() {
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.migration.command = Vec::new();
    context.verify = Some(VerifySettings { window_ms: 60_000, ..VerifySettings::default() });
    let draft = plan_in(&world, context, Wish::Release(ImageChoice::Tag("8be02d4".into()))).unwrap();
    assert!(!draft.plan.steps.iter().any(|s| s.contains("lock")));
    let (mut aws, mut pilot) = (Aws::new(world), Pilot::fly(draft));
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "1m passed without evidence for or against it");
    assert!(aws.done.iter().all(|w| !matches!(w, Write::PutObject { .. })));
}

#[test]
fn a_run_lost_in_its_window_judges_what_happened_in_it() {
    let (mut aws, mut pilot) = window(&World::new(Kind::Ecs));
    pilot.refuse_next(&mut aws, TroubleKind::Expired);
    pilot.ends(Verdict::Lost, "contact lost");
    pilot.now = pilot.now.plus(600_000);
    aws.alarms = vec![AlarmBrief { since: Some(pilot.now), ..alarm("ALARM") }];
    pilot.resume();
    pilot.finish(&mut aws);
    // it fired long after the window
    pilot.ends(Verdict::Succeeded, "in alarm: prod-5xx");
}
