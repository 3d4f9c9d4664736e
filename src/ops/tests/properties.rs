//! Whatever AWS answers, in whatever order: the harness holds on every step that changes are in the plan and
//! told before they are made, that the journal tells what is shown, that a run ends once, and that a migration
//! has one token.

use super::harness::{Flight, plan};
use super::world::*;
use crate::model::{
    Answer, Ask, Deployment, DeploymentStatus, Image, ImageChoice, Kind, LogChunk, Revision, RunId,
    ServiceState, Trouble, TroubleKind, Verdict, Written,
};
use crate::ops::{CallId, Effect, Event, Planner, StopWatching, TimerId, Wish};
use proptest::prelude::*;

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Ecs), Just(Kind::Express), Just(Kind::AppRunner)]
}

fn wishes() -> impl Strategy<Value = Wish> {
    prop_oneof![
        4 => prop_oneof![Just("8be02d4"), Just("latest"), Just("1f0c9a7"), Just("nope")]
            .prop_map(|tag| Wish::Deploy(ImageChoice::Tag(tag.to_owned()))),
        3 => prop::option::of(Just(40_u32)).prop_map(|to| Wish::RollBack {
            to: to.map(|number| Revision { task_definition: definition_arn(number), ..Revision::default() })
        }),
        4 => prop::option::of(Just(ImageChoice::Tag("8be02d4".to_owned())))
            .prop_map(|image| Wish::Migrate { image }),
        2 => Just(Wish::Redeploy),
        1 => (0_u32..5).prop_map(Wish::Scale),
        1 => Just(Wish::StopRollout),
        1 => Just(Wish::StopTask { task: "7f21c0".to_owned() }),
    ]
}

fn troubles() -> impl Strategy<Value = Trouble> {
    prop::sample::select(vec![
        TroubleKind::NoCredentials,
        TroubleKind::Expired,
        TroubleKind::Denied,
        TroubleKind::WrongAccount,
        TroubleKind::Throttled,
        TroubleKind::Server,
        TroubleKind::Unreachable,
        TroubleKind::TimedOut,
        TroubleKind::Unreadable,
        TroubleKind::NotFound,
        TroubleKind::Refused,
        TroubleKind::Unsupported,
    ])
    .prop_map(trouble)
}

fn statuses() -> impl Strategy<Value = DeploymentStatus> {
    prop::sample::select(vec![
        DeploymentStatus::Pending,
        DeploymentStatus::InProgress,
        DeploymentStatus::InProgress,
        DeploymentStatus::StopRequested,
        DeploymentStatus::Stopped,
        DeploymentStatus::RollbackRequested,
        DeploymentStatus::RollbackInProgress,
        DeploymentStatus::RollbackSuccessful,
        DeploymentStatus::RollbackFailed,
        DeploymentStatus::Successful,
        DeploymentStatus::Unknown,
    ])
}

fn plain_deployments() -> impl Strategy<Value = Deployment> {
    (
        0_u32..4,
        prop::sample::select(vec!["PRIMARY", "ACTIVE", "INACTIVE"]),
        40_u32..44,
        prop::sample::select(vec!["", "IN_PROGRESS", "COMPLETED", "FAILED"]),
        0_u32..4,
    )
        .prop_map(|(id, status, revision, state, running)| {
            let mut made = deployment(&format!("ecs-svc/{id}"), status, revision, state);
            made.running = running;
            made.failed = running;
            made
        })
}

/// One thing that may happen; it is fitted to what is under way when it happens.
#[derive(Debug, Clone)]
enum Blow {
    Deployment(Option<(DeploymentStatus, u32)>),
    Detail { history: Vec<(u32, DeploymentStatus)>, known: bool, deployments: Vec<Deployment>, set: u32 },
    Operation(Option<&'static str>),
    Task(Option<(&'static str, Option<i32>)>),
    Logs(Vec<i64>, Option<u8>),
    Row(u32, u32),
    Fail(Trouble),
    WriteFails(Trouble),
    WriteOdd,
    Wrong,
    Stop,
    Resume,
    Wait(i64),
    Stale(u64),
}

fn blows() -> impl Strategy<Value = Blow> {
    prop_oneof![
        4 => prop::option::of((statuses(), 0_u32..3)).prop_map(Blow::Deployment),
        4 => (
            prop::collection::vec((40_u32..44, statuses()), 0..4),
            any::<bool>(),
            prop::collection::vec(plain_deployments(), 0..3),
            40_u32..44,
        )
            .prop_map(|(history, known, deployments, set)| Blow::Detail { history, known, deployments, set }),
        3 => prop::option::of(prop::sample::select(vec![
            "PENDING", "IN_PROGRESS", "SUCCEEDED", "FAILED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCEEDED",
            "ROLLBACK_FAILED", "NEWS",
        ]))
        .prop_map(Blow::Operation),
        4 => prop::option::of((
            prop::sample::select(vec!["PROVISIONING", "RUNNING", "RUNNING", "STOPPED", "ODD"]),
            prop::option::of(-1_i32..3),
        ))
        .prop_map(Blow::Task),
        3 => (prop::collection::vec(0_i64..6, 0..5), prop::option::of(0_u8..3)).prop_map(|(at, next)| Blow::Logs(at, next)),
        2 => (0_u32..5, 0_u32..5).prop_map(|(desired, running)| Blow::Row(desired, running)),
        2 => troubles().prop_map(Blow::Fail),
        2 => troubles().prop_map(Blow::WriteFails),
        1 => Just(Blow::WriteOdd),
        1 => Just(Blow::Wrong),
        1 => Just(Blow::Stop),
        2 => Just(Blow::Resume),
        3 => prop_oneof![Just(1_000_i64), Just(130_000), Just(1_000_000), Just(50_000_000)].prop_map(Blow::Wait),
        1 => (0_u64..2_000).prop_map(Blow::Stale),
    ]
}

fn written(flight: &Flight) -> Option<Written> {
    let (_, write) = flight.writes.first()?;
    Some(match write.operation() {
        "ecs:RegisterTaskDefinition" => Written::TaskDefinition { arn: definition_arn(42) },
        "ecs:UpdateService" => Written::Service {
            deployment: Some("ecs-svc/42".to_owned()),
            service_deployment: None,
            task_definition: definition_arn(42),
        },
        "ecs:RunTask" => Written::Task { arn: task("", None, "", "").arn },
        "apprunner:UpdateService" | "apprunner:StartDeployment" => {
            Written::Operation { id: "op-1".to_owned() }
        }
        _ => Written::Done,
    })
}

fn hit(flight: &mut Flight, world: &World, blow: Blow) {
    // a change under way is answered by most blows as AWS would
    if !flight.writes.is_empty() {
        match blow {
            Blow::WriteFails(trouble) => flight.written(Err(trouble)),
            Blow::WriteOdd => flight.written(Ok(Written::Operation { id: "odd".to_owned() })),
            Blow::Stop => flight.stop(),
            Blow::Resume => flight.resume(),
            Blow::Wait(millis) => flight.later(millis),
            _ => {
                let answer = written(flight).unwrap();
                flight.written(Ok(answer))
            }
        };
        return;
    }
    match blow {
        Blow::Stop => {
            flight.stop();
            return;
        }
        Blow::Resume => {
            flight.resume();
            return;
        }
        Blow::Wait(millis) => {
            flight.later(millis);
            return;
        }
        Blow::Stale(id) => {
            flight.step(Event::Timer(TimerId(id)));
            flight.step(Event::Answer(CallId(id), Ok(Answer::Task(None))));
            flight.step(Event::Written(CallId(id), Ok(Written::Done)));
            return;
        }
        _ => {}
    }
    flight.settle();
    if flight.asks.is_empty() {
        return;
    }
    let (id, ask) = flight.asks.remove(0);
    let result = match blow {
        Blow::Fail(trouble) | Blow::WriteFails(trouble) => Err(trouble),
        Blow::Wrong | Blow::WriteOdd => Ok(Answer::Alarms(vec![])),
        _ => Ok(fitting(&ask, world, &blow)),
    };
    flight.step(Event::Answer(id, result));
}

/// The answer to what is asked, in the colours of the blow.
fn fitting(ask: &Ask, world: &World, blow: &Blow) -> Answer {
    match ask {
        Ask::Deployment { arn } => Answer::Deployment(match blow {
            Blow::Deployment(found) => found.map(|(status, running)| {
                let mut made = historic("x", 42, "8be02d4", status);
                made.arn.clone_from(arn);
                made.target_counts = Some((2, running, 0));
                made.breaker = Some(("MONITORING".to_owned(), running, 3));
                Box::new(made)
            }),
            _ => Some(Box::new(historic("d42", 42, "8be02d4", DeploymentStatus::InProgress))),
        }),
        Ask::Detail(_) => {
            let mut detail = world.detail.clone();
            if let Blow::Detail { history, known, deployments, set } = blow {
                detail.history = history
                    .iter()
                    .map(|(n, status)| historic(&format!("d{n}"), *n, "8be02d4", *status))
                    .collect();
                detail.history_known = *known;
                detail.deployments.clone_from(deployments);
                if detail.task_definition.is_some() {
                    detail.service.task_definition = definition_arn(*set);
                }
                detail.operations.insert(0, operation("op-1", "UPDATE_SERVICE", "IN_PROGRESS"));
            }
            Answer::Detail(Box::new(detail))
        }
        Ask::Operation { .. } => Answer::Operation(match blow {
            Blow::Operation(status) => status.map(|status| operation("op-1", "UPDATE_SERVICE", status)),
            _ => Some(operation("op-1", "UPDATE_SERVICE", "IN_PROGRESS")),
        }),
        Ask::Task { .. } => Answer::Task(match blow {
            Blow::Task(found) => found.map(|(status, exit)| task(status, exit, "", "")),
            _ => Some(task("RUNNING", None, "", "")),
        }),
        Ask::Begun { .. } => Answer::Tasks(Vec::new()),
        Ask::Started { .. } => Answer::Tasks(match blow {
            Blow::Task(Some((status, exit))) => vec![task(status, *exit, "", "")],
            _ => Vec::new(),
        }),
        Ask::Logs { .. } => Answer::Logs(match blow {
            Blow::Logs(at, next) => {
                let mut at = at.clone();
                at.sort_unstable();
                LogChunk {
                    lines: at.iter().map(|at| line(*at, "text")).collect(),
                    next: next.map(|n| format!("f/{n}")),
                }
            }
            _ => LogChunk::default(),
        }),
        Ask::Rows(_) => {
            let mut row = world.detail.service.clone();
            if let Blow::Row(desired, running) = blow {
                row.desired = Some(*desired);
                row.running = Some(*running);
            }
            Answer::Rows(vec![row])
        }
        // what the copy of a migration that is taken up is made of
        Ask::Definition(_) => world.answer(ask).unwrap(),
        other => panic!("a run does not ask {other:?}"),
    }
}

fn worlds() -> impl Strategy<Value = World> {
    (kinds(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(kind, rolling, plain, moving, with_task)| {
            let mut world = World::new(kind);
            if kind != Kind::AppRunner {
                if rolling {
                    world.roll();
                }
                if plain {
                    world.detail.history.clear();
                    world.detail.history_known = false;
                }
                if with_task {
                    world.detail.tasks = vec![task("RUNNING", None, "", "")];
                }
            }
            if moving {
                world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("1f0c9a7")));
            }
            world
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_flight_keeps_its_promises(
        world in worlds(),
        wish in wishes(),
        blows in prop::collection::vec(blows(), 0..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let Ok(draft) = plan(&world, wish) else { return Ok(()) };
        prop_assert!(draft.plan.steps.len() == draft.facts.stages.len());
        let mut flight = Flight::new(draft);
        for blow in blows {
            hit(&mut flight, &world, blow);
        }
        if let Some((verdict, _)) = flight.verdict() {
            prop_assert!(flight.run.is_over());
            if verdict != Verdict::Lost {
                let before = flight.journal.len();
                flight.resume();
                flight.stop();
                prop_assert_eq!(flight.journal.len(), before, "over is over");
            }
        } else if !flight.run.is_over() {
            prop_assert!(
                !flight.asks.is_empty() || !flight.writes.is_empty() || !flight.timers.is_empty(),
                "a run that is not over waits for something"
            );
        }
        // taken up anywhere, it repeats nothing but the task with its token
        let at = cut.index(flight.journal.len() + 1);
        let token = flight.sent.iter().find_map(crate::model::Write::token).map(str::to_owned);
        if let Some(again) = Flight::taken_up(&flight.journal[..at], flight.now) {
            for write in &again.sent {
                prop_assert_eq!(write.operation(), "ecs:RunTask");
                prop_assert_eq!(write.token().map(str::to_owned), token.clone());
            }
        }
    }

    #[test]
    fn taken_up_flights_keep_their_promises(
        world in worlds(),
        wish in wishes(),
        first in prop::collection::vec(blows(), 0..20),
        second in prop::collection::vec(blows(), 0..40),
    ) {
        let Ok(draft) = plan(&world, wish.clone()) else { return Ok(()) };
        let mut flight = Flight::new(draft);
        for blow in first {
            hit(&mut flight, &world, blow);
        }
        let tokens: Vec<String> =
            flight.sent.iter().filter_map(|w| w.token().map(str::to_owned)).collect();
        if let Some(mut again) = Flight::taken_up(&flight.journal, flight.now) {
            for blow in second {
                hit(&mut again, &world, blow);
            }
            for write in &again.sent {
                let register = matches!(wish, Wish::Migrate { .. })
                    && write.operation() == "ecs:RegisterTaskDefinition";
                prop_assert!(register || matches!(write.operation(), "ecs:RunTask" | "ecs:StopTask"));
                if let Some(token) = write.token() {
                    prop_assert!(tokens.iter().all(|t| t == token));
                }
            }
        }
    }

    #[test]
    fn any_planning_ends_or_waits(
        world in worlds(),
        wish in wishes(),
        fates in prop::collection::vec(prop::option::of(troubles()), 1..40),
        odd in any::<bool>(),
        state in prop::sample::select(vec![ServiceState::Steady, ServiceState::Paused, ServiceState::Inactive]),
        images in prop::collection::vec("[a-z0-9]{1,9}", 0..4),
    ) {
        let mut world = world;
        world.detail.service.state = state;
        world.images.extend(images.into_iter().map(|tag| Image {
            digest: format!("sha256:{tag}"), tags: vec![tag], ..Image::default()
        }));
        let (mut planner, effects) = Planner::begin(wish, world.context(), RunId::from("r"), NOW);
        let mut queue: std::collections::VecDeque<Effect> = effects.into();
        let mut fates = fates.into_iter().cycle();
        let mut steps = 0;
        while let Some(effect) = queue.pop_front() {
            steps += 1;
            prop_assert!(steps < 200, "planning goes on for ever");
            queue.extend(match effect {
                Effect::Ask(id, ask) => {
                    let answer = match fates.next().flatten() {
                        Some(trouble) => Err(trouble),
                        None if odd && steps > 4 => Ok(Answer::Alarms(vec![])),
                        None => world.answer(&ask),
                    };
                    planner.step(Event::Answer(id, answer), NOW)
                }
                Effect::Timer(id, _) => planner.step(Event::Timer(id), NOW),
                other => return Err(TestCaseError::fail(format!("a planner only reads: {other:?}"))),
            });
        }
        prop_assert!(planner.outcome().is_some());
        prop_assert!(planner.step(Event::Stop(StopWatching), NOW).is_empty());
        if let Some(Ok(draft)) = planner.into_outcome() {
            let plan = &draft.plan;
            prop_assert!(!plan.title.is_empty() && !plan.steps.is_empty() && !plan.on_failure.is_empty());
            prop_assert!(!plan.writes.is_empty());
            prop_assert_eq!(plan.account.as_str(), ACCOUNT);
        }
    }
}
