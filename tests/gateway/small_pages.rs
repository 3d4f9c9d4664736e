//! Lists that come in small pages: a first page without anything, then one thing a page.

use crate::support::*;
use flightdeck::model::{Answer, Ask, Kind, ServiceKey};
use serde_json::{Value, json};

/// Page by page: nothing, then one of `all` each, in `list`, with the token under `token`.
fn small_page(input: &Value, token: &str, list: &str, all: &[Value]) -> Value {
    let at: usize = match input.get(token).and_then(Value::as_str) {
        None => return json!({list: [], token: "0"}),
        Some(at) => at.parse().unwrap(),
    };
    let mut page = json!({list: [all[at]]});
    if at + 1 < all.len() {
        page[token] = json!((at + 1).to_string());
    }
    page
}

#[tokio::test]
async fn revisions_are_listed_to_their_end() {
    let arns: Vec<Value> = (1..=5)
        .rev()
        .map(|n| json!(format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task-definition/api:{n}")))
        .collect();
    let server = Server::start(move |name, input| match name {
        "ecs.DescribeServices" => Ok(json!({"services": [service("api")], "failures": []})),
        "ecs.ListServiceDeployments" => Ok(json!({"serviceDeployments": []})),
        "ecs.ListTaskDefinitions" => Ok(small_page(input, "nextToken", "taskDefinitionArns", &arns)),
        "ecs.DescribeTaskDefinition" => Ok(json!({"taskDefinition": {
            "taskDefinitionArn": input["taskDefinition"],
            "containerDefinitions": [{"name": "service", "image": "shop:1"}]}})),
        other => unknown(other),
    })
    .await;
    let (answer, _) = ask(&server.client(), Ask::Revisions(key("api"))).await;
    let Ok(Answer::Revisions(revisions)) = answer else { panic!("{answer:?}") };
    let labels: Vec<&str> = revisions.iter().map(|r| r.label.as_str()).collect();
    for wanted in ["api:5", "api:4", "api:3", "api:2", "api:1"] {
        assert!(labels.contains(&wanted), "{labels:?}");
    }
}

#[tokio::test]
async fn an_operation_is_found_behind_pages_that_hold_less() {
    let operations: Vec<Value> = ["c", "b", "a"]
        .into_iter()
        .zip([3.0, 2.0, 1.0])
        .map(|(id, at)| json!({"Id": id, "Type": "START_DEPLOYMENT", "Status": "SUCCEEDED", "StartedAt": at}))
        .collect();
    let server = Server::start(move |name, input| match name {
        "apprunner.ListOperations" => Ok(small_page(input, "NextToken", "OperationSummaryList", &operations)),
        other => unknown(other),
    })
    .await;
    let key = ServiceKey::new("prod", Kind::AppRunner, "", "shop");
    let arn = format!("arn:aws:apprunner:us-west-2:{ACCOUNT}:service/{}/1", key.name);
    for id in ["c", "a"] {
        let ask_one = Ask::Operation { service: arn.clone(), id: id.into() };
        let (answer, _) = ask(&server.client(), ask_one).await;
        assert!(
            matches!(answer, Ok(Answer::Operation(Some(ref found))) if found.id == id),
            "{id}: {answer:?}"
        );
    }
}
