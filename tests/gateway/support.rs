//! A server that answers what a test tells it to, and remembers what it was asked.

use flightdeck::{
    aws::{Client, Gateway, Settings},
    model::{
        Answer, Armed, Ask, Authority, Kind, Plan, Protection, RunId, Service, ServiceKey, Trouble, Write,
        armed::Confirmation,
    },
    sim::{
        api::{self, Backend, Call, Fault},
        server::{Options, Running, serve},
    },
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// The account every test runs in.
pub const ACCOUNT: &str = "111122223333";

type Handler = dyn Fn(&str, &Value) -> api::Answer + Send + Sync;

/// Calls that were answered: operation and input.
pub type Log = Arc<Mutex<Vec<(String, Value)>>>;

struct Stub {
    handler: Box<Handler>,
    log: Log,
}

impl Backend for Stub {
    fn advance(&mut self, _now: f64) {}

    fn handle(&mut self, call: &Call) -> api::Answer {
        let name = format!("{}.{}", call.service.name(), call.op);
        self.log.lock().unwrap().push((name.clone(), call.input.clone()));
        if name == "sts.GetCallerIdentity" {
            return Ok(json!({
                "Account": ACCOUNT, "Arn": format!("arn:aws:iam::{ACCOUNT}:user/test"), "UserId": "U"
            }));
        }
        (self.handler)(&name, &call.input)
    }

    fn account_of(&self, _access_key_id: &str) -> String {
        ACCOUNT.to_owned()
    }

    fn environment_of(&self, _call: &Call) -> Option<String> {
        None
    }
}

/// A server for one test.
pub struct Server {
    pub running: Running,
    pub log: Log,
}

impl Server {
    /// Starts it on a free port.
    pub async fn start(handler: impl Fn(&str, &Value) -> api::Answer + Send + Sync + 'static) -> Self {
        let log = Log::default();
        let stub = Stub { handler: Box::new(handler), log: log.clone() };
        Self { running: start(stub).await, log }
    }

    /// How often an operation was answered.
    pub fn count(&self, operation: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|(name, _)| name == operation).count()
    }

    /// The inputs of an operation, in order.
    pub fn inputs(&self, operation: &str) -> Vec<Value> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|(name, _)| name == operation).map(|(_, input)| input.clone()).collect()
    }

    /// A client for environment `prod` over cluster `prod`.
    pub fn client(&self) -> Client {
        Gateway::new().connect(settings(&self.running.url()))
    }
}

/// Starts a backend on a free port.
pub async fn start<B: Backend>(backend: B) -> Running {
    let options = Options { listen: ([127, 0, 0, 1], 0).into(), speed: 1.0, start: None };
    serve(backend, options).await.unwrap()
}

/// Settings of environment `prod` over cluster `prod` at an endpoint.
pub fn settings(url: &str) -> Settings {
    let mut settings = Settings::new("prod");
    settings.endpoint_url = Some(url.to_owned());
    settings.region = Some("us-west-2".to_owned());
    settings.credentials = Some(("AKIATEST".to_owned(), "secret".to_owned()));
    settings.clusters = Some(vec!["prod".to_owned()]);
    settings
}

/// The key of an ECS service in `prod`.
pub fn key(name: &str) -> ServiceKey {
    ServiceKey::new("prod", Kind::Ecs, "prod", name)
}

/// A change that may be made.
pub fn armed(key: ServiceKey, account: &str, write: Write) -> Armed {
    let mut plan = Plan::empty(RunId::from("r1"), key);
    account.clone_into(&mut plan.account);
    plan.writes = vec![write.operation()];
    Authority::grant(&plan, Protection::Open, &Confirmation::Key).unwrap().arm(write).unwrap()
}

/// Asks and gathers the rows that come as parts, in order.
pub async fn ask(client: &Client, ask: Ask) -> (Result<Answer, Trouble>, Vec<Service>) {
    let rows = Mutex::new(Vec::new());
    let parts = |part| {
        if let Answer::Rows(part) = part {
            rows.lock().unwrap().extend(part);
        }
    };
    let answer = timeout(Duration::from_mins(1), client.ask(ask, &parts)).await.expect("an answer in time");
    (answer, rows.into_inner().unwrap())
}

/// An operation that the endpoint does not have.
pub fn unknown(name: &str) -> api::Answer {
    Err(Fault::unknown_operation(name))
}

/// Orders a fault from the simulator's edge.
pub async fn fault(running: &Running, order: &Value) {
    control(running, "/_sim/fault", order).await;
}

async fn control(running: &Running, path: &str, order: &Value) {
    let body = order.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(running.addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Lets the simulator's clock go on by so many seconds.
pub async fn pass(running: &Running, seconds: f64) {
    control(running, "/_sim/clock", &json!({ "advance": seconds })).await;
}

/// A described ECS service.
pub fn service(name: &str) -> Value {
    json!({
        "serviceArn": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service/prod/{name}"),
        "serviceName": name,
        "clusterArn": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:cluster/prod"),
        "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "pendingCount": 0,
        "taskDefinition": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task-definition/{name}:7"),
        "deployments": [{
            "id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "COMPLETED",
            "taskDefinition": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task-definition/{name}:7"),
            "desiredCount": 2, "runningCount": 2, "pendingCount": 0, "failedTasks": 0
        }],
        "currentServiceRevisions": [{
            "arn": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service-revision/prod/{name}/1"),
            "requestedTaskCount": 2, "runningTaskCount": 2, "pendingTaskCount": 0
        }],
        "events": [], "loadBalancers": [], "resourceManagementType": "CUSTOMER"
    })
}

/// A described service revision of such a service.
pub fn revision(arn: &str) -> Value {
    let name = arn.rsplit('/').nth(1).unwrap();
    json!({
        "serviceRevisionArn": arn,
        "taskDefinition": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task-definition/{name}:7"),
        "containerImages": [{
            "containerName": "service", "image": format!("{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/app:8be02d4"),
            "imageDigest": "sha256:41ac07f9"
        }]
    })
}
