//! Reads that do not know yet what was written.
//!
//! "The Amazon ECS API follows an eventual consistency model … the result of an API command you run that
//! affects your Amazon ECS resources might not be immediately visible to all subsequent commands you run"
//! (RunTask). So for some seconds after a change a read may tell what was before it, the next one what is,
//! and the one after it what was; a fresh task is MISSING, and lists are later still than descriptions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::path::each;
use super::{Roll, hash};
use crate::sim::api::{Aws, Backend, Call, TIMESTAMP};
use crate::sim::args::Args;

/// Longest time that a change is not seen, in seconds.
const LONGEST: f64 = 8.0;
/// Longest time by which a minute of a metric is told later than it is over, in seconds. AWS bounds it nowhere; a
/// balancer's are there after some three minutes.
const METRICS: f64 = 180.0;
/// Longest time that a description lags behind; a list may take the whole of [`LONGEST`].
const DESCRIBED: f64 = 4.0;

/// What was before a change, for as long as some reads still tell it.
#[derive(Debug)]
struct Past {
    name: String,
    until: f64,
    shape: Value,
}

/// What reads do not know yet.
#[derive(Debug, Default)]
pub(super) struct Late {
    past: Vec<Past>,
    /// Tasks that RunTask told of.
    ran: BTreeSet<String>,
    /// Tasks that it told of twice, for the same token: whoever looked that up finds them.
    settled: BTreeSet<String>,
}

/// By how many seconds the metrics of a seed are late: as many in each call.
pub(super) fn metrics(call: &Call, roll: Roll) -> f64 {
    match (call.service, call.op.as_str()) {
        (Aws::CloudWatch, "GetMetricData" | "GetMetricStatistics") => {
            seconds(roll.lasting("metrics", 3), METRICS)
        }
        _ => 0.0,
    }
}

/// A structure as it is before a change, by its name.
type Before = Vec<(String, Value)>;

/// What a call is about to change, as it is.
pub(super) fn before(inner: &mut impl Backend, call: &Call) -> Before {
    let args = Args(&call.input);
    let text = |name| args.text(name).unwrap_or_default();
    let mut found = Vec::new();
    match (call.service, call.op.as_str()) {
        (Aws::Ecs, "UpdateService") => {
            found.extend(service(inner, call, args.text("cluster"), text("service")));
        }
        (Aws::Ecs, "UpdateExpressGatewayService") => {
            let arn = text("serviceArn");
            found.extend(service(inner, call, owner(arn), arn));
            let input = json!({ "serviceArn": arn, "include": ["TAGS"] });
            let shape = ask(inner, call, "DescribeExpressGatewayService", input);
            found.extend(shape.and_then(|all| Some((express(arn), all.get("service")?.clone()))));
        }
        (Aws::Ecs, "StopServiceDeployment" | "ContinueServiceDeployment") => {
            let arn = text("serviceDeploymentArn");
            let input = json!({ "serviceDeploymentArns": [arn] });
            let shape = ask(inner, call, "DescribeServiceDeployments", input);
            found.extend(shape.and_then(|all| first(&all, "serviceDeployments", "serviceDeploymentArn")));
            let name = arn.rsplit('/').nth(1).unwrap_or_default();
            found.extend(service(inner, call, owner(arn), name));
        }
        (Aws::Ecs, "StopTask") => {
            let input =
                json!({ "cluster": args.text("cluster"), "tasks": [text("task")], "include": ["TAGS"] });
            let shape = ask(inner, call, "DescribeTasks", input);
            found.extend(shape.and_then(|all| first(&all, "tasks", "taskArn")));
        }
        (Aws::AppRunner, "UpdateService" | "StartDeployment" | "PauseService" | "ResumeService") => {
            let arn = text("ServiceArn");
            let shape = ask(inner, call, "DescribeService", json!({ "ServiceArn": arn }));
            found.extend(shape.and_then(|all| Some((arn.to_owned(), all.get("Service")?.clone()))));
        }
        _ => {}
    }
    found
}

impl Late {
    /// Remembers what was before a change that was made.
    pub fn written(&mut self, call: &Call, answer: &Value, before: Before, roll: Roll) {
        self.past.retain(|past| past.until > call.now);
        for (name, shape) in before {
            let until = call.now + seconds(roll.number(hash::of(name.as_bytes(), 7)), LONGEST);
            self.past.retain(|past| past.name != name);
            self.past.push(Past { name, until, shape });
        }
        if call.op == "RunTask" {
            for task in Args(answer).list("tasks") {
                let arn = Args(task).text("taskArn").unwrap_or_default().to_owned();
                if !self.ran.insert(arn.clone()) {
                    self.settled.insert(arn);
                }
            }
        }
    }

    /// Makes an answer as late as reads are.
    pub fn read(&self, inner: &mut impl Backend, call: &Call, answer: &mut Value, roll: Roll) {
        match (call.service, call.op.as_str()) {
            (Aws::Ecs, "DescribeServices") => {
                let tags = Args(&call.input).asks("include", "TAGS");
                each(answer, "services[]", &mut |service| {
                    self.tell_past(service, "serviceArn", call, roll, &str::to_owned);
                    if let Some(members) = service.as_object_mut().filter(|_| !tags) {
                        members.remove("tags");
                    }
                });
            }
            (Aws::Ecs, "DescribeExpressGatewayService") => {
                each(answer, "service", &mut |service| {
                    self.tell_past(service, "serviceArn", call, roll, &express);
                });
            }
            (Aws::AppRunner, "DescribeService") => {
                each(answer, "Service", &mut |service| {
                    self.tell_past(service, "ServiceArn", call, roll, &str::to_owned);
                });
            }
            (Aws::Ecs, "DescribeServiceDeployments") => {
                each(answer, "serviceDeployments[]", &mut |deployment| {
                    self.tell_past(deployment, "serviceDeploymentArn", call, roll, &str::to_owned);
                });
                hide(answer, "serviceDeployments", "serviceDeploymentArn", &mut |deployment, arn| {
                    is_fresh(deployment, "createdAt", call, DESCRIBED, roll.lasting(arn, 1))
                });
            }
            (Aws::Ecs, "DescribeTasks") => {
                each(answer, "tasks[]", &mut |task| {
                    self.tell_past(task, "taskArn", call, roll, &str::to_owned);
                });
                hide(answer, "tasks", "taskArn", &mut |task, arn| {
                    !self.settled.contains(arn)
                        && is_fresh(task, "createdAt", call, DESCRIBED, roll.lasting(arn, 1))
                });
            }
            (Aws::Ecs, "ListServiceDeployments") => {
                retain(answer, "serviceDeployments", &mut |deployment| {
                    let arn = Args(deployment).text("serviceDeploymentArn").unwrap_or_default();
                    !is_fresh(deployment, "createdAt", call, LONGEST, roll.lasting(arn, 2))
                });
            }
            (Aws::AppRunner, "ListOperations") => {
                retain(answer, "OperationSummaryList", &mut |operation| {
                    let id = Args(operation).text("Id").unwrap_or_default();
                    !is_fresh(operation, "StartedAt", call, LONGEST, roll.lasting(id, 2))
                });
            }
            (Aws::Ecs, "ListTasks") => late_tasks(inner, call, answer, roll),
            _ => {}
        }
    }

    /// Puts what was in the place of what is, in three reads of four.
    fn tell_past(&self, shape: &mut Value, id: &str, call: &Call, roll: Roll, name: &dyn Fn(&str) -> String) {
        let Some(id) = Args(shape).text(id) else { return };
        let past = self.past.iter().find(|past| past.until > call.now && past.name == name(id));
        if let Some(past) = past.filter(|_| !roll.once_in(hash::of(id.as_bytes(), 9), 4)) {
            *shape = past.shape.clone();
        }
    }
}

/// A list of tasks lacks those that have just begun, and has those still that have just ended.
fn late_tasks(inner: &mut impl Backend, call: &Call, answer: &mut Value, roll: Roll) {
    let listed = answer.get("taskArns").cloned().unwrap_or_default();
    let begun = fresh_tasks(inner, call, &listed, "createdAt", roll);
    retain(answer, "taskArns", &mut |arn| arn.as_str().is_none_or(|arn| !begun.contains(arn)));
    let args = Args(&call.input);
    let running = args.text("desiredStatus").is_none_or(|status| status == "RUNNING");
    if !running || args.text("nextToken").is_some() {
        return;
    }
    let most = args.whole("maxResults").and_then(|most| usize::try_from(most).ok()).unwrap_or(100);
    let mut input = call.input.clone();
    if let Some(members) = input.as_object_mut() {
        members.insert("desiredStatus".to_owned(), json!("STOPPED"));
    }
    let stopped = ask(inner, call, "ListTasks", input).unwrap_or_default();
    let ended = stopped.get("taskArns").cloned().unwrap_or_default();
    let ended = fresh_tasks(inner, call, &ended, "stoppingAt", roll);
    if let Some(list) = answer.get_mut("taskArns").and_then(Value::as_array_mut)
        && list.len() + ended.len() <= most
    {
        list.extend(ended.into_iter().map(Value::from));
    }
}

/// Those of some tasks that lists do not know yet since a moment of theirs.
fn fresh_tasks(
    inner: &mut impl Backend,
    call: &Call,
    arns: &Value,
    since: &str,
    roll: Roll,
) -> BTreeSet<String> {
    let input = json!({ "cluster": call.input.get("cluster"), "tasks": arns });
    let all = ask(inner, call, "DescribeTasks", input).unwrap_or_default();
    let fresh = Args(&all).list("tasks").iter().filter_map(|task| {
        let arn = Args(task).text("taskArn")?;
        is_fresh(task, since, call, LONGEST, roll.lasting(arn, 2)).then(|| arn.to_owned())
    });
    fresh.collect()
}

/// How long it takes: nothing in one case of four, else up to `longest` seconds.
fn seconds(draw: u64, longest: f64) -> f64 {
    if draw.is_multiple_of(4) { 0.0 } else { longest * hash::fraction(hash::mix(draw)) }
}

fn is_fresh(shape: &Value, member: &str, call: &Call, longest: f64, draw: u64) -> bool {
    let at = shape.get(member).and_then(|at| at.get(TIMESTAMP)).and_then(Value::as_f64);
    at.is_some_and(|at| at <= call.now && call.now - at < seconds(draw, longest))
}

/// Takes items that are not seen yet out of a list of descriptions: they are MISSING.
fn hide(answer: &mut Value, list: &str, id: &str, hidden: &mut dyn FnMut(&Value, &str) -> bool) {
    let mut failures = Vec::new();
    retain(answer, list, &mut |item| {
        let arn = Args(item).text(id).unwrap_or_default();
        let gone = hidden(item, arn);
        if gone {
            failures.push(json!({ "arn": arn, "reason": "MISSING" }));
        }
        !gone
    });
    if let Some(known) = answer.get_mut("failures").and_then(Value::as_array_mut) {
        known.extend(failures);
    }
}

fn retain(answer: &mut Value, list: &str, keep: &mut dyn FnMut(&Value) -> bool) {
    if let Some(list) = answer.get_mut(list).and_then(Value::as_array_mut) {
        list.retain(|item| keep(item));
    }
}

/// Another read of the same caller.
fn ask(inner: &mut impl Backend, call: &Call, op: &str, input: Value) -> Option<Value> {
    inner.handle(&Call { op: op.to_owned(), input, ..call.clone() }).ok()
}

fn first(answer: &Value, list: &str, id: &str) -> Option<(String, Value)> {
    let found = answer.get(list)?.get(0)?;
    Some((found.get(id)?.as_str()?.to_owned(), found.clone()))
}

fn service(
    inner: &mut impl Backend,
    call: &Call,
    cluster: Option<&str>,
    name: &str,
) -> Option<(String, Value)> {
    let input = json!({ "cluster": cluster, "services": [name], "include": ["TAGS"] });
    first(&ask(inner, call, "DescribeServices", input)?, "services", "serviceArn")
}

/// The cluster in `…:kind/cluster/service…`.
fn owner(arn: &str) -> Option<&str> {
    arn.split('/').nth(1)
}

/// The name under which an Express service's own description is remembered.
fn express(arn: &str) -> String {
    format!("express {arn}")
}
