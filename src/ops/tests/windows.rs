//! The window after a deploy.

use super::aws::{Aws, Driver, guarded};
use super::gates::release;
use super::harness::plan_in;
use super::world::*;
use crate::model::{
    AlarmBrief, Balancer, ImageChoice, Kind, Metric, StepState, Target, Traffic, TroubleKind, Unread,
    Verdict, Write, detail::RuleWeights, traffic::Role,
};
use crate::ops::{Draft, NoEvidence, VerifySettings, Wish};

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

fn window(world: &World) -> (Aws, Driver) {
    let (mut aws, mut driver) = (Aws::new(world.clone()), Driver::start(draft(world)));
    driver.reach(&mut aws, "watch for 5m");
    (aws, driver)
}

#[test]
fn clear_evidence_puts_the_earlier_revision_back() {
    type Bend = fn(&mut Aws);
    let table: [(Bend, &str); 3] = [
        (|aws| aws.traffic.1 = 80.0, "20.0% of responses were 5xx, above the limit of 1.0% (5xx 20.0% of"),
        (|aws| aws.traffic.2 = 840.0, "p99 was over 500ms in 3 of 3 minutes, 840ms at worst"),
        (|aws| aws.alarms = vec![alarm("ALARM")], "alarm prod-5xx fired: Threshold Crossed: 3 datapoints"),
    ];
    for (bend, why) in table {
        let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
        bend(&mut aws);
        driver.finish(&mut aws);
        driver.ends(Verdict::RolledBack, why);
        driver.ends(Verdict::RolledBack, "; prod-service:41 is back; what the migration did stays");
        assert_eq!(aws.set(), format!("{REPOSITORY}:1f0c9a7"));
        let view = driver.run.view();
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
    let table: [(Bend, &str); 1] = [
        // two errors among thousands, and one slow percentile below the bound
        (|aws| aws.traffic = (900.0, 1.0, 499.0), "quiet for 5m: 5xx 0.1% of"),
    ];
    for (bend, why) in table {
        let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
        bend(&mut aws);
        driver.finish(&mut aws);
        driver.ends(Verdict::Succeeded, why);
        assert_eq!(aws.set(), format!("{REPOSITORY}:8be02d4"));
    }
}

/// A gate that has no evidence has not been passed: it stays in place, and what was missing is named.
#[test]
fn a_window_without_evidence_verifies_nothing() {
    type Bend = fn(&mut Aws);
    let table: [(Bend, &str); 5] = [
        (|aws| aws.alarms = vec![], "no data for alarm prod-5xx (5xx 0.0% of"),
        (|aws| aws.alarms = vec![alarm("INSUFFICIENT_DATA")], "no data for alarm prod-5xx (5xx 0.0% of"),
        (
            |aws| aws.silent = true,
            "no data for 5xx (CloudWatch has no data for the window), p99 (CloudWatch has no data for",
        ),
        (
            |aws| {
                aws.silent = true;
                aws.alarms = vec![];
            },
            "alarm prod-5xx (CloudWatch has no data for it · 1 of 1 alarms unknown to AWS)",
        ),
        (
            // in alarm since before the run: the deploy may be what mends it, and nobody can tell
            |aws| aws.alarms = vec![AlarmBrief { since: Some(NOW.plus(-1)), ..alarm("ALARM") }],
            "no data for alarm prod-5xx (5xx 0.0% of",
        ),
    ];
    for (bend, why) in table {
        for (choice, verdict) in [
            (NoEvidence::Unverified, Verdict::Unverified),
            (NoEvidence::Pass, Verdict::Succeeded),
            (NoEvidence::RollBack, Verdict::RolledBack),
        ] {
            let world = World::new(Kind::Ecs);
            let mut context = guarded(&world);
            context.verify.as_mut().unwrap().no_evidence = choice;
            let mut driver = Driver::start(plan_in(&world, context, release()).unwrap());
            let mut aws = Aws::new(world);
            driver.reach(&mut aws, "watch for 5m");
            bend(&mut aws);
            driver.finish(&mut aws);
            driver.ends(verdict, why);
            let stays = verdict != Verdict::RolledBack;
            assert_eq!(aws.set(), format!("{REPOSITORY}:{}", if stays { "8be02d4" } else { "1f0c9a7" }));
            let steps = &driver.run.view().steps;
            if verdict == Verdict::Unverified {
                assert!(steps.iter().all(|s| s.state == StepState::Done), "{steps:#?}");
                assert_eq!(verdict.exit_code(), 7);
            }
        }
    }
}

/// A call that succeeds may hold metrics that could not be read: they are neither zero nor silence.
#[test]
fn what_could_not_be_read_is_no_evidence() {
    let unread = |denied| Unread { denied, why: "InternalError: try later".into() };
    for (metrics, why) in [
        (&[Metric::Errors][..], "no data for 5xx (could not be read: InternalError: try later)"),
        (&[Metric::BalancerErrors], "no data for 5xx (could not be read: InternalError: try later)"),
        (&[Metric::Requests], "no data for 5xx (could not be read: InternalError: try later)"),
        (&[Metric::LatencyP99], "no data for p99 (could not be read: InternalError: try later)"),
        (&[Metric::Requests, Metric::Errors, Metric::LatencyP99], "p99 (could not be read:"),
    ] {
        for denied in [false, true] {
            let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
            aws.unread = metrics.iter().map(|metric| (*metric, unread(denied))).collect();
            driver.finish(&mut aws);
            driver.ends(Verdict::Unverified, why);
        }
        // told a little later, it counts
        let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
        aws.unread = metrics.iter().map(|metric| (*metric, unread(false))).collect();
        let begun = driver.now;
        while driver.now.since(begun) < 400_000 {
            assert!(driver.verdict().is_none(), "{:?}", driver.verdict());
            driver.one(&mut aws);
        }
        aws.unread.clear();
        driver.finish(&mut aws);
        driver.ends(Verdict::Succeeded, "quiet for 5m: 5xx 0.0% of");
    }
    // what is told speaks, whatever is not
    let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
    aws.unread = vec![(Metric::BalancerErrors, unread(false))];
    aws.traffic.1 = 80.0;
    driver.finish(&mut aws);
    driver.ends(Verdict::RolledBack, "20.0% of responses were 5xx");
    let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
    aws.unread = vec![(Metric::Requests, unread(false))];
    aws.traffic.1 = 80.0;
    driver.finish(&mut aws);
    driver.ends(Verdict::Unverified, "5xx not read");
}

#[test]
fn what_may_not_be_read_refuses_the_plan_and_what_could_not_is_told() {
    for (denied, metric) in [(true, Metric::Errors), (true, Metric::LatencyP99), (false, Metric::Requests)] {
        let mut world = World::new(Kind::Ecs);
        world.unread = vec![(metric, Unread { denied, why: "Forbidden: no".into() })];
        match plan_in(&world, guarded(&world), release()) {
            Err(refusal) => {
                assert!(denied, "{refusal}");
                let why = "5xx and p99 of the verify window cannot be read: Forbidden: no";
                assert_eq!(refusal.why, why);
            }
            Ok(draft) => {
                let told = draft.plan.warnings;
                assert!(
                    !denied && told.iter().any(|w| w.contains("before is not known: Forbidden: no")),
                    "{told:?}"
                );
                assert!(!told.iter().any(|w| w.starts_with("no request came in")), "{told:?}");
            }
        }
    }
}

#[test]
fn requests_that_vanish_are_a_finding() {
    let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
    aws.traffic = (0.0, 0.0, 0.0);
    driver.finish(&mut aws);
    driver.ends(
        Verdict::RolledBack,
        "no request came in during 3 minutes, where there were 400 a minute before",
    );

    // where hardly any came before, none is no finding, and no evidence either
    let mut world = World::new(Kind::Ecs);
    world.before = (1.0, 0.0, 0.0);
    let (mut aws, mut driver) = window(&world);
    aws.traffic = (0.0, 0.0, 0.0);
    driver.finish(&mut aws);
    driver.ends(Verdict::Unverified, "no data for 5xx (no requests), p99 (no requests)");
}

#[test]
fn new_tasks_that_die_speak_against_it() {
    let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
    let mut dead =
        task("STOPPED", Some(137), "EssentialContainerExited", "Essential container in task exited");
    dead.task_definition = definition_arn(42);
    dead.started_by = "ecs-svc/42".into();
    dead.stopped_at = Some(driver.now.plus(30_000));
    aws.world.detail.tasks = vec![dead];
    aws.world.detail.service.running = Some(1);
    driver.finish(&mut aws);
    driver.ends(Verdict::RolledBack, "1 new task died in the window");
}

#[test]
fn late_metrics_are_waited_for() {
    let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
    aws.silent = true;
    let begun = driver.now;
    while driver.now.since(begun) < 400_000 {
        assert!(driver.verdict().is_none(), "{:?}", driver.verdict());
        driver.one(&mut aws);
    }
    let says = driver.run.view().active().map(|step| step.detail.clone()).unwrap_or_default();
    assert!(says.contains("waiting for CloudWatch"), "{says}");
    aws.silent = false;
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "quiet for 5m: 5xx 0.0% of");
}

#[test]
fn what_cannot_be_a_witness_is_told_or_refused_beforehand() {
    let plan = |world: &World| plan_in(world, guarded(world), release());
    let mut world = World::new(Kind::Ecs);
    world.alarms = Vec::new();
    let refusal = plan(&world).unwrap_err();
    assert!(refusal.why.starts_with("there is no alarm prod-5xx in account 111122223333"), "{refusal}");
    for (ask, what) in
        [("Alarms", "the alarms of the verify window"), ("Metrics", "5xx and p99 of the verify")]
    {
        let mut world = World::new(Kind::Ecs);
        world.troubles = vec![(ask, trouble(TroubleKind::Denied))];
        let refusal = plan(&world).unwrap_err();
        assert!(refusal.why.starts_with(what) && refusal.remedy.starts_with("allow it"), "{refusal}");
        // the window could not be judged either
        world.troubles = vec![(ask, trouble(TroubleKind::TimedOut))];
        let refusal = plan(&world).unwrap_err();
        assert!(refusal.why.starts_with(what) && refusal.remedy.starts_with("try again"), "{refusal}");
        world.troubles = vec![(ask, trouble(TroubleKind::Expired))];
        let refusal = plan(&world).unwrap_err();
        assert!(refusal.why.starts_with(what) && !refusal.remedy.contains("allow it"), "{refusal}");
        // what goes back is not held up by it
        world.troubles = vec![(ask, trouble(TroubleKind::TimedOut))];
        let mut context = guarded(&world);
        context.verify_rollback = true;
        let draft = plan_in(&world, context, Wish::RollBack { to: None }).unwrap();
        assert!(!draft.plan.warnings.is_empty());
    }
    let mut world = World::new(Kind::Ecs);
    world.detail.neighbours =
        vec![(Balancer::of_id("app/prod/1"), ["a", "b", "c"].map(str::to_owned).to_vec())];
    let told = plan(&world).unwrap().plan;
    let measured = told.lines.iter().find(|l| l.label == "measured").map(|l| l.value.clone()).unwrap();
    assert!(measured.starts_with("5xx of the balancer prod, which serves 3 other target groups (a, b, c)"));

    let mut world = World::new(Kind::Ecs);
    world.detail.service.traffic = Traffic::one("net/edge/1", "targetgroup/tcp/1");
    let mut context = guarded(&world);
    context.verify.as_mut().unwrap().alarms.clear();
    let draft = plan_in(&world, context, release()).unwrap();
    let told = "no evidence possible: NLB edge: requests, 5xx and p99 are not counted there";
    assert!(draft.plan.warnings.iter().any(|w| w == told), "{:?}", draft.plan.warnings);
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.finish(&mut aws);
    driver.ends(Verdict::Unverified, "no data for 5xx and p99 (NLB edge)");
}

#[test]
fn a_rollback_proves_itself() {
    type Bend = fn(&mut Aws);
    let table: [(Bend, Verdict, &str); 4] = [
        (|_| {}, Verdict::Succeeded, "watched for 5m: 5xx 13.0% → 0.0% of "),
        (|_| {}, Verdict::Succeeded, ", alarm ok for "),
        (
            |aws| aws.traffic.1 = 52.0,
            Verdict::Failed,
            "the earlier revision is back, and that did not help: 13.0% of responses were 5xx",
        ),
        (
            |aws| aws.alarms = vec![alarm("ALARM")],
            Verdict::Failed,
            "that did not help: still in alarm: prod-5xx",
        ),
    ];
    for (bend, verdict, why) in table {
        let mut world = World::new(Kind::Ecs);
        world.before = (400.0, 52.0, 118.0);
        let mut context = guarded(&world);
        context.verify_rollback = true;
        let draft = plan_in(&world, context, Wish::RollBack { to: None }).unwrap();
        assert!(draft.plan.steps.iter().any(|s| s.starts_with("watch for 5m")), "{:?}", draft.plan.steps);
        let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
        driver.reach(&mut aws, "watch for 5m");
        aws.alarms = vec![AlarmBrief { since: Some(driver.now), ..alarm("OK") }];
        bend(&mut aws);
        driver.finish(&mut aws);
        driver.ends(verdict, why);
        assert_eq!(aws.set(), format!("{REPOSITORY}:0aa1111"));
    }
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.verify_rollback = true;
    let refusal = plan_in(&world, context, Wish::RollBack { to: None }).unwrap_err();
    assert!(refusal.why.starts_with("no window is configured"), "{refusal}");
}

/// Nobody asked for it: where the minutes before answer with too many 5xx, the rollback is watched, and the verdict tells
/// the same numbers before and after.
#[test]
fn a_rollback_of_something_sick_is_watched_without_being_asked_to() {
    for (errors, proved) in [(52.0, true), (0.2, false)] {
        let mut world = World::new(Kind::Ecs);
        world.before = (400.0, errors, 118.0);
        let mut context = world.context();
        context.prove_rollback = true;
        let draft = plan_in(&world, context, Wish::RollBack { to: None }).unwrap();
        let watched = draft.plan.steps.iter().any(|s| s.starts_with("watch for 2m"));
        assert_eq!(watched, proved, "{:?}", draft.plan.steps);
        let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
        driver.finish(&mut aws);
        driver.ends(Verdict::Succeeded, if proved { "watched for 2m: 5xx 13.0% → 0.0% of " } else { "" });
    }
    // without a screen nobody is kept waiting who did not ask
    let mut world = World::new(Kind::Ecs);
    world.before = (400.0, 52.0, 118.0);
    let draft = plan_in(&world, world.context(), Wish::RollBack { to: None }).unwrap();
    assert!(draft.plan.steps.iter().all(|s| !s.starts_with("watch for")), "{:?}", draft.plan.steps);
}

#[test]
fn production_must_point_at_what_is_healthy() {
    let group =
        |name: &str| format!("arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/{name}/1");
    let plan = |weights: (u32, u32), healthy: &[&str]| {
        let mut world = World::new(Kind::Ecs);
        let detail = &mut world.detail;
        "BLUE_GREEN".clone_into(&mut detail.strategy);
        detail.service.traffic.add_rule("arn:rule".into(), Role::Production);
        detail.rules = vec![RuleWeights {
            arn: "arn:rule".into(),
            role: Role::Production,
            forwards: vec![(group("blue"), weights.0), (group("green"), weights.1)],
        }];
        detail.targets = healthy
            .iter()
            .map(|name| Target { group: group(name), state: "healthy".into(), ..Target::default() })
            .collect();
        plan_in(&world, world.context(), Wish::Deploy(ImageChoice::Tag("8be02d4".into())))
    };
    let fine = plan((0, 100), &["green", "green"]).unwrap();
    assert!(fine.plan.lines.iter().any(|l| l.value == "blue 0 (0 healthy), green 100 (2 healthy)"));
    for weights in [(100, 0), (50, 50)] {
        let refusal = plan(weights, &["green"]).unwrap_err();
        assert!(
            refusal.why.starts_with("production points at blue, which has no healthy target"),
            "{refusal}"
        );
    }
    // nothing is healthy anywhere: the deploy may be what mends it
    let warned = plan((0, 100), &[]).unwrap();
    assert!(warned.plan.warnings.iter().any(|w| w.contains("no target of any group is healthy")));
}

#[test]
fn errors_that_are_few_decide_at_the_end_only() {
    let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
    aws.traffic = (3.0, 1.0, 100.0);
    let before = driver.now;
    driver.finish(&mut aws);
    driver.ends(Verdict::RolledBack, "33.3% of responses were 5xx");
    assert!(driver.now.since(before) >= 240_000, "{}", driver.now.since(before));
}

#[test]
fn the_numbers_are_shown_as_they_come() {
    let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
    driver.finish(&mut aws);
    let told: Vec<&str> = driver
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
    let (mut aws, mut driver) = (Aws::new(world.clone()), Driver::start(draft(&world)));
    driver.reach(&mut aws, "watch for 5m");
    // neither is allowed to be read
    let mut asked = 0;
    for _ in 0..400 {
        if driver.verdict().is_some() {
            break;
        }
        asked += 1;
        driver.deny(&mut aws, |ask| {
            matches!(ask, crate::model::Ask::Alarms { .. } | crate::model::Ask::Metrics { .. })
        });
    }
    assert!(asked > 10);
    driver.ends(
        Verdict::Unverified,
        "no data for 5xx (denied), p99 (denied), the alarms (denied) (metrics not read (denied) · alarms not",
    );
}

#[test]
fn the_way_back_fits_what_ran_before() {
    // a tag that moves is pinned to what ran
    let mut world = World::new(Kind::Ecs);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("1f0c9a7")));
    world.definitions[0] = definition(41, &format!("{REPOSITORY}:latest"));
    let (mut aws, mut driver) = window(&world);
    aws.traffic.1 = 80.0;
    driver.finish(&mut aws);
    driver.ends(Verdict::RolledBack, "; a copy of prod-service:41 is back");
    assert_eq!(aws.set(), format!("{REPOSITORY}@{}", digest("1f0c9a7")));

    for kind in [Kind::Express, Kind::AppRunner] {
        let world = World::new(kind);
        let mut context = guarded(&world);
        context.migration.command = Vec::new();
        context.migration.checks = Vec::new();
        let draft = plan_in(&world, context, release()).unwrap();
        let (mut aws, mut driver) = (Aws::new(world.clone()), Driver::start(draft));
        driver.reach(&mut aws, "watch for 5m");
        assert!(aws.world.detail.service.version.image.ends_with(":8be02d4"), "{kind}");
        aws.traffic.1 = 80.0;
        driver.finish(&mut aws);
        driver.ends(Verdict::RolledBack, "5xx");
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
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.reach(&mut aws, "watch for 5m");
    aws.traffic.1 = 80.0;
    driver.finish(&mut aws);
    driver.ends(Verdict::Failed, "the new version stays in place");
    assert_eq!(aws.set(), format!("{REPOSITORY}:8be02d4"));
}

#[test]
fn a_way_back_that_fails_is_told_with_what_led_there() {
    let world = World::new(Kind::Ecs);
    let (mut aws, mut driver) = window(&world);
    aws.traffic.1 = 80.0;
    aws.denied = vec!["ecs:UpdateService"];
    driver.finish(&mut aws);
    driver.ends(Verdict::Failed, "prod-service:41 was not put back: could not describe service");

    let (mut aws, mut driver) = window(&world);
    aws.traffic.1 = 80.0;
    driver.reach(&mut aws, "nobody changed it");
    aws.set_service(&definition_arn(40));
    driver.finish(&mut aws);
    driver.ends(Verdict::Superseded, "prod-service:40");
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
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "1m passed without evidence for or against it");
    assert!(aws.done.iter().all(|w| !matches!(w, Write::PutObject { .. })));
}

#[test]
fn a_run_lost_in_its_window_judges_what_happened_in_it() {
    let (mut aws, mut driver) = window(&World::new(Kind::Ecs));
    driver.refuse_next(&mut aws, TroubleKind::Expired);
    driver.ends(Verdict::Lost, "contact lost");
    driver.now = driver.now.plus(600_000);
    aws.alarms = vec![AlarmBrief { since: Some(driver.now), ..alarm("ALARM") }];
    driver.resume();
    driver.finish(&mut aws);
    // it fired long after the window
    driver.ends(Verdict::Succeeded, "in alarm: prod-5xx");
}

#[test]
fn an_alarm_that_was_deleted_after_the_plan_leaves_it_unverified() {
    let world = World::new(Kind::Ecs);
    let plan = draft(&world);
    let mut aws = Aws::new(world.clone());
    aws.alarms.clear();
    let mut driver = Driver::start(plan);
    driver.finish(&mut aws);
    driver.ends(Verdict::Unverified, "no data for alarm prod-5xx");
    // and who plans it again, as a saved plan that is flown later is, is refused
    let mut without = world;
    without.alarms.clear();
    let refusal = plan_in(&without, guarded(&without), release()).unwrap_err();
    assert!(refusal.why.starts_with("there is no alarm prod-5xx"), "{refusal}");
}
