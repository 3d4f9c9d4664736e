use super::layer::Untidy;
use super::*;
use crate::sim::api::{Aws, Backend, Call};
use crate::sim::engine::Engine;
use crate::sim::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOW: f64 = 1_790_000_000.0;

fn world(untidiness: &str) -> Untidy<Engine> {
    let engine = Engine::new(World::named("fem", None).unwrap(), 7, NOW);
    Untidy::over(engine, Some(untidiness.parse().unwrap()))
}

fn ask(world: &mut Untidy<Engine>, service: Aws, op: &str, input: Value, now: f64) -> Value {
    let call = Call {
        account: "111122223333".into(),
        caller: String::new(),
        region: "us-west-2".into(),
        service,
        op: op.into(),
        input,
        now,
    };
    world.advance(now);
    world.handle(&call).unwrap()
}

#[test]
fn a_seed_and_what_may_stand_behind_it() {
    assert_eq!("7".parse(), Ok(Untidiness { seed: 7, future: false }));
    assert_eq!("7,future".parse(), Ok(Untidiness { seed: 7, future: true }));
    for wrong in ["", "x", "7,", "7,past", "-1"] {
        assert!(wrong.parse::<Untidiness>().is_err(), "{wrong}");
    }
}

/// Every page of a list, by its tokens.
fn pages(world: &mut Untidy<Engine>, op: &str, input: &Value, list: &str) -> Vec<Vec<String>> {
    let mut input = input.clone();
    let mut pages = Vec::new();
    loop {
        let page = ask(world, Aws::Ecs, op, input.clone(), NOW);
        pages.push(page[list].as_array().unwrap().iter().map(|arn| arn.as_str().unwrap().into()).collect());
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => return pages,
        }
    }
}

#[test]
fn pages_are_small_and_hold_everything_once() {
    let input = json!({ "cluster": "prod", "desiredStatus": "RUNNING", "maxResults": 100 });
    let mut tidy = Untidy::over(Engine::new(World::named("fem", None).unwrap(), 7, NOW), None);
    let whole: BTreeSet<String> =
        pages(&mut tidy, "ListTasks", &input, "taskArns").into_iter().flatten().collect();
    let (mut empty, mut short, mut orders) = (0, 0, BTreeSet::new());
    for seed in 0..40 {
        let found = pages(&mut world(&seed.to_string()), "ListTasks", &input, "taskArns");
        empty += found.iter().filter(|page| page.is_empty()).count();
        short += usize::from(found.iter().filter(|page| !page.is_empty()).count() > 1);
        let all: Vec<String> = found.into_iter().flatten().collect();
        assert_eq!(all.len(), whole.len(), "seed {seed}");
        assert_eq!(all.iter().cloned().collect::<BTreeSet<_>>(), whole, "seed {seed}");
        orders.insert(all);
    }
    assert!(empty > 5 && short > 2 && orders.len() > 20, "{empty} {short} {}", orders.len());
}

#[test]
fn the_same_calls_get_the_same_answers() {
    let answers = |seed: &str| -> Vec<Value> {
        let mut world = world(seed);
        let services = json!({ "cluster": "prod", "services": ["prod-service"] });
        (0..5)
            .flat_map(|_| {
                [
                    ask(&mut world, Aws::Ecs, "ListClusters", json!({}), NOW),
                    ask(&mut world, Aws::Ecs, "DescribeServices", services.clone(), NOW),
                    ask(&mut world, Aws::AppRunner, "ListServices", json!({}), NOW),
                ]
            })
            .collect()
    };
    assert_eq!(answers("3,future"), answers("3,future"));
    assert_ne!(answers("3"), answers("4"));
}

#[test]
fn a_change_is_seen_late_and_then_for_good() {
    let primary = |answer: &Value| {
        let deployments = answer["services"][0]["deployments"].as_array().unwrap().clone();
        deployments.iter().find(|d| d["status"] == "PRIMARY").unwrap()["id"].clone()
    };
    let services = json!({ "cluster": "staging", "services": ["staging-service"] });
    let (mut stale, mut back) = (0, 0);
    for seed in 0..20 {
        let mut world = world(&seed.to_string());
        let before = primary(&ask(&mut world, Aws::Ecs, "DescribeServices", services.clone(), NOW));
        let update =
            json!({ "cluster": "staging", "service": "staging-service", "forceNewDeployment": true });
        ask(&mut world, Aws::Ecs, "UpdateService", update, NOW);
        let seen: Vec<bool> = (0..40)
            .map(|step| {
                let now = NOW + f64::from(step) / 4.0;
                primary(&ask(&mut world, Aws::Ecs, "DescribeServices", services.clone(), now)) != before
            })
            .collect();
        stale += usize::from(!seen[0]);
        back += usize::from(seen.windows(2).any(|pair| pair == [true, false]));
        assert!(seen[33..].iter().all(|seen| *seen), "seed {seed}: {seen:?}");
    }
    assert!(stale > 5 && back > 3, "{stale} {back}");
}

#[test]
fn a_fresh_task_is_missing_until_it_is_told_twice() {
    let mut missing = 0;
    for seed in 0..20 {
        let mut world = world(&seed.to_string());
        let services = json!({ "cluster": "staging", "services": ["staging-service"] });
        let service = ask(&mut world, Aws::Ecs, "DescribeServices", services, NOW)["services"][0].clone();
        let run = json!({
            "cluster": "staging", "taskDefinition": service["taskDefinition"], "clientToken": "t",
            "networkConfiguration": service["networkConfiguration"],
        });
        let arn = ask(&mut world, Aws::Ecs, "RunTask", run.clone(), NOW)["tasks"][0]["taskArn"].clone();
        let tasks = json!({ "cluster": "staging", "tasks": [arn] });
        let first = ask(&mut world, Aws::Ecs, "DescribeTasks", tasks.clone(), NOW);
        if first["tasks"].as_array().unwrap().is_empty() {
            missing += 1;
            assert_eq!(first["failures"], json!([{ "arn": arn, "reason": "MISSING" }]));
        }
        ask(&mut world, Aws::Ecs, "RunTask", run, NOW);
        let then = ask(&mut world, Aws::Ecs, "DescribeTasks", tasks, NOW);
        assert_eq!(then["tasks"][0]["taskArn"], arn, "seed {seed}");
    }
    assert!((5..20).contains(&missing), "{missing}");
}

#[test]
fn only_the_future_has_what_no_model_has() {
    let services = json!({ "cluster": "prod", "services": ["prod-service"] });
    let told = |untidiness: &str| {
        ask(&mut world(untidiness), Aws::Ecs, "DescribeServices", services.clone(), NOW).to_string()
    };
    assert!(!told("5").contains("futureMember"));
    assert!(told("5,future").contains("futureMember"));
}
