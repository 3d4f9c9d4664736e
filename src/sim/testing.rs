//! A bench for tests: a world, its engine and a clock that the test turns.

use serde_json::{Value, json};

use super::api::{Answer, Aws, Backend, Call};
use super::engine::Engine;
use super::world::World;
use super::worlds;

/// 2026-11-21 20:00:00 UTC.
pub(super) const START: f64 = 1_795_291_200.0;

pub(super) struct Bench {
    pub engine: Engine,
    pub now: f64,
}

impl Bench {
    pub fn new(world: &str) -> Self {
        Self::of(World::named(world, Some(60)).unwrap())
    }

    pub fn of(world: World) -> Self {
        Self { engine: Engine::new(world, 1, START), now: START }
    }

    pub fn call(&mut self, service: Aws, op: &str, input: Value) -> Answer {
        self.engine.advance(self.now);
        self.engine.handle(&Call {
            account: "111122223333".to_owned(),
            caller: String::new(),
            region: "us-west-2".to_owned(),
            service,
            op: op.to_owned(),
            input,
            now: self.now,
        })
    }

    /// An ECS call that must be answered.
    pub fn ecs(&mut self, op: &str, input: Value) -> Value {
        self.call(Aws::Ecs, op, input).unwrap_or_else(|fault| panic!("{op}: {fault:?}"))
    }

    /// An ECS call that must be refused; the code.
    pub fn refused(&mut self, op: &str, input: Value) -> String {
        match self.call(Aws::Ecs, op, input) {
            Ok(answer) => panic!("{op} was not refused: {answer}"),
            Err(fault) => fault.code,
        }
    }

    pub fn app(&mut self, op: &str, input: Value) -> Value {
        self.call(Aws::AppRunner, op, input).unwrap_or_else(|fault| panic!("{op}: {fault:?}"))
    }

    pub fn pass(&mut self, seconds: f64) {
        self.now += seconds;
        self.engine.advance(self.now);
    }

    pub fn service(&mut self, cluster: &str, name: &str) -> Value {
        let answer = self.ecs("DescribeServices", json!({ "cluster": cluster, "services": [name] }));
        answer["services"][0].clone()
    }

    /// Registers a copy of a service's task definition with another image; its ARN.
    pub fn register(&mut self, cluster: &str, service: &str, image: &str) -> String {
        let current = self.service(cluster, service)["taskDefinition"].clone();
        let old = self.ecs("DescribeTaskDefinition", json!({ "taskDefinition": current }))["taskDefinition"]
            .clone();
        let mut new = old.as_object().unwrap().clone();
        for key in [
            "taskDefinitionArn",
            "revision",
            "status",
            "requiresAttributes",
            "compatibilities",
            "registeredAt",
            "registeredBy",
        ] {
            new.remove(key);
        }
        let mut new = Value::Object(new);
        new["containerDefinitions"][0]["image"] = json!(full(image));
        let answer = self.ecs("RegisterTaskDefinition", new);
        answer["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned()
    }

    /// Registers and deploys an image; the new task definition.
    pub fn deploy(&mut self, cluster: &str, service: &str, image: &str) -> String {
        let definition = self.register(cluster, service, image);
        self.ecs(
            "UpdateService",
            json!({ "cluster": cluster, "service": service, "taskDefinition": definition }),
        );
        definition
    }

    /// The newest service deployment, described.
    pub fn deployment(&mut self, cluster: &str, service: &str) -> Value {
        let list = self.ecs("ListServiceDeployments", json!({ "cluster": cluster, "service": service }));
        let arn = list["serviceDeployments"][0]["serviceDeploymentArn"].clone();
        let found = self.ecs("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn] }));
        found["serviceDeployments"][0].clone()
    }

    /// Lets time pass until the newest deployment of a service has ended; the states it went through.
    pub fn watch(&mut self, cluster: &str, service: &str, most: f64) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        let end = self.now + most;
        while self.now < end {
            let status = self.deployment(cluster, service)["status"].as_str().unwrap().to_owned();
            if seen.last() != Some(&status) {
                seen.push(status.clone());
            }
            if matches!(status.as_str(), "SUCCESSFUL" | "STOPPED" | "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED")
            {
                break;
            }
            self.pass(5.0);
        }
        seen
    }
}

pub(super) fn full(image: &str) -> String {
    if image.contains(".dkr.ecr.") || image.starts_with("public.") {
        return image.to_owned();
    }
    let (repository, tag) = image.split_once(':').unwrap_or((image, "latest"));
    format!("111122223333.dkr.ecr.us-west-2.amazonaws.com/{repository}:{}", commit(tag))
}

/// The tag of the world "fem" that begins with a commit written short; other tags as they are.
pub(super) fn commit(tag: &str) -> String {
    let text = worlds::text("fem").unwrap();
    let short = tag.len() == 7 && tag.bytes().all(|b| b.is_ascii_hexdigit());
    let found = short.then(|| text.split('"').find(|word| word.len() == 40 && word.starts_with(tag)));
    found.flatten().unwrap_or(tag).to_owned()
}

/// The moments in an answer.
pub(super) fn seconds(value: &Value) -> f64 {
    value["$timestamp"].as_f64().unwrap()
}
