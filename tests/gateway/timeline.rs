//! What happened, and the alarms, as they are read.

use super::support::{ACCOUNT, Server, key, settings};
use flightdeck::{
    aws::{Client, Gateway},
    model::{Answer, Ask, Stamp, TimelineEvent, Trouble},
    sim::api::Answer as Told,
};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

const NOW: i64 = 1_795_294_800;

/// Where nothing happened.
fn quiet(name: &str) -> Told {
    Ok(match name.rsplit('.').next().unwrap_or_default() {
        "ListTasks" => json!({ "taskArns": [] }),
        "DescribeAlarmHistory" => json!({ "AlarmHistoryItems": [] }),
        "DescribeScalingActivities" => json!({ "ScalingActivities": [] }),
        "LookupEvents" => json!({ "Events": [] }),
        "DescribeServiceRevisions" => json!({ "serviceRevisions": [], "failures": [] }),
        "ListServiceDeployments" => json!({ "serviceDeployments": [] }),
        "DescribeAlarms" => json!({ "MetricAlarms": [], "CompositeAlarms": [] }),
        _ => return super::support::unknown(name),
    })
}

async fn happened(client: &Client, trail: bool) -> (Vec<TimelineEvent>, Vec<Trouble>, Vec<String>) {
    let all = Mutex::new((Vec::new(), Vec::new(), Vec::new()));
    let parts = |part| {
        if let Answer::Timeline { events, gaps, bounds } = part {
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            all.0.extend(events);
            all.1.extend(gaps);
            all.2.extend(bounds);
        }
    };
    let keys = vec![key("api")];
    let since = Stamp::from_secs(NOW - 3_600);
    client.ask(Ask::Timeline { recent: keys.clone(), keys, since, trail }, &parts).await.unwrap();
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn deployment(id: &str, created: i64, finished: Option<i64>) -> Value {
    let arn = format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service-deployment/prod/api/{id}");
    let status = if finished.is_some() { "SUCCESSFUL" } else { "IN_PROGRESS" };
    let mut brief =
        json!({ "serviceDeploymentArn": arn, "createdAt": created, "startedAt": created, "status": status });
    if let (Some(at), Some(members)) = (finished, brief.as_object_mut()) {
        members.insert("finishedAt".to_owned(), json!(at));
    }
    brief
}

/// It baked for hours: it is made long before the hour that is asked for, and ends within it.
#[tokio::test]
async fn a_deployment_that_began_before_and_ended_since_is_told() {
    let server = Server::start(|name, input| match name {
        "ecs.ListServiceDeployments" => {
            let after = input["createdAt"]["after"].as_f64().unwrap();
            // in no order, and over two pages
            let (page, next) = if input["nextToken"].is_null() {
                (vec![deployment("old", NOW - 20_000, Some(NOW - 19_000))], json!("more"))
            } else {
                let baked = deployment("baked", NOW - 14_400, Some(NOW - 600));
                (vec![deployment("new", NOW - 300, None), baked], Value::Null)
            };
            #[allow(clippy::cast_precision_loss)]
            let made = |one: &Value| one["createdAt"].as_i64().unwrap() as f64 > after;
            let page: Vec<Value> = page.into_iter().filter(made).collect();
            Ok(json!({ "serviceDeployments": page, "nextToken": next }))
        }
        other => quiet(other),
    })
    .await;
    let (mut events, gaps, bounds) = happened(&server.client(), true).await;
    events.sort_by_key(|event| event.at);
    let told: Vec<(i64, &str, bool)> =
        events.iter().map(|event| (event.at.secs() - NOW, event.text.as_str(), event.begins)).collect();
    assert_eq!(told, [(-600, "deployment succeeded", false), (-300, "deployment began", true)]);
    assert_eq!((gaps, bounds), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn what_a_bound_cuts_is_told() {
    let server = Server::start(|name, _| match name {
        "cloudwatch.DescribeAlarmHistory" => Ok(json!({ "AlarmHistoryItems": [], "NextToken": "more" })),
        other => quiet(other),
    })
    .await;
    let (_, _, bounds) = happened(&server.client(), true).await;
    assert_eq!(bounds, ["the newest 500 changes of alarms"]);
}

#[tokio::test]
async fn who_asked_is_looked_up_only_where_it_is_wanted() {
    let server = Server::start(|name, _| quiet(name)).await;
    let client = server.client();
    let looked =
        || server.log.lock().unwrap().iter().filter(|(name, _)| name.ends_with("LookupEvents")).count();
    happened(&client, false).await;
    assert_eq!(looked(), 0);
    happened(&client, true).await;
    assert!(looked() > 0);
}

/// Two environments of one account and region ask at the same time.
#[tokio::test]
async fn all_alarms_of_an_account_are_read_once() {
    let server = Server::start(|name, input| match name {
        "cloudwatch.DescribeAlarms" => {
            let firing = input["StateValue"].is_string();
            let alarms =
                if firing { json!([]) } else { json!([{ "AlarmName": "api-5xx", "StateValue": "OK" }]) };
            Ok(json!({ "MetricAlarms": alarms, "CompositeAlarms": [] }))
        }
        other => quiet(other),
    })
    .await;
    let gateway = Gateway::new();
    let one = gateway.connect(settings(&server.running.url()));
    let mut other = settings(&server.running.url());
    other.name = "staging".into();
    let other = gateway.connect(other);
    let (one, other) = tokio::join!(one.ask(Ask::AllAlarms, &|_| ()), other.ask(Ask::AllAlarms, &|_| ()));
    for told in [one, other] {
        let Ok(Answer::AllAlarms { alarms, more: false }) = told else { panic!("{told:?}") };
        assert_eq!(alarms.len(), 1);
    }
    assert_eq!(server.count("cloudwatch.DescribeAlarms"), 2, "those that fire, and all");
}
