//! Failures, told in words: what, where, why, what to do.

use crate::support::{ACCOUNT, Server, ask, fault, service, settings, unknown};
use flightdeck::{
    aws::Gateway,
    model::{Answer, Ask, TroubleKind},
};
use serde_json::json;

#[tokio::test]
async fn every_sort_of_failure_has_its_sentence() {
    let cases = [
        ("denied", TroubleKind::Denied, "ecs:ListClusters"),
        ("expired", TroubleKind::Expired, "renew the credentials"),
        ("html", TroubleKind::Unreadable, "HTML"),
        ("garbage", TroubleKind::Unreadable, "http://127.0.0.1"),
        ("reset", TroubleKind::Unreachable, "http://127.0.0.1"),
        ("5xx", TroubleKind::Server, ""),
        ("throttle", TroubleKind::Throttled, ""),
    ];
    let all = cases.map(|(kind, expected, words)| async move {
        let server = Server::start(|name, _| unknown(name)).await;
        let mut settings = settings(&server.running.url());
        settings.clusters = None;
        let client = Gateway::new().connect(settings);
        let (identity, _) = ask(&client, Ask::Identity).await;
        assert!(identity.is_ok(), "{identity:?}");
        fault(&server.running, &json!({"kind": kind})).await;
        let (answer, _) = ask(&client, Ask::Fleet).await;
        let trouble = answer.unwrap_err();
        assert_eq!(trouble.kind, expected, "{kind}: {trouble}");
        assert!(trouble.to_string().contains(words), "{kind}: {trouble}");
        assert!(trouble.on.contains(ACCOUNT) && trouble.on.contains("us-west-2"), "{kind}: {trouble}");
        assert_eq!(trouble.what, "list ECS clusters");
        assert_eq!(client.meter().trouble.as_ref(), Some(&trouble));
    });
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn nothing_listening_is_told_with_its_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Gateway::new().connect(settings(&url));
    let (answer, _) = ask(&client, Ask::Identity).await;
    let trouble = answer.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Unreachable, "{trouble}");
    assert!(trouble.why.contains(&url) && trouble.why.contains("refused"), "{trouble}");
    assert!(trouble.remedy.contains("endpoint_url"), "{trouble}");
}

#[tokio::test]
async fn another_account_is_refused_with_both_ids_before_anything_is_read() {
    let server = Server::start(|name, _| unknown(name)).await;
    let mut settings = settings(&server.running.url());
    settings.account = Some("999988887777".into());
    let client = Gateway::new().connect(settings);
    for wanted in [Ask::Fleet, Ask::Identity] {
        let (answer, _) = ask(&client, wanted).await;
        let trouble = answer.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::WrongAccount);
        assert!(trouble.why.contains(ACCOUNT) && trouble.why.contains("999988887777"), "{trouble}");
    }
    assert_eq!(server.log.lock().unwrap().len(), 1, "only the caller's identity was asked for");
}

#[tokio::test]
async fn a_cluster_that_fails_keeps_the_services_it_had() {
    let failing = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let fails = failing.clone();
    let server = Server::start(move |name, input| match name {
        "ecs.ListServices" if input.get("resourceManagementType").is_some() => Ok(json!({"serviceArns": []})),
        "ecs.ListServices" => {
            let cluster = input["cluster"].as_str().unwrap();
            if cluster == "b" && fails.load(std::sync::atomic::Ordering::SeqCst) {
                return Err(flightdeck::sim::api::Fault::client("AccessDeniedException", "no"));
            }
            Ok(json!({"serviceArns": [format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service/{cluster}/{cluster}-1")]}))
        }
        "ecs.DescribeServices" => {
            let arn = input["services"][0].as_str().unwrap();
            let cluster = arn.split('/').nth(1).unwrap();
            let mut described = service(arn.rsplit('/').next().unwrap());
            described["serviceArn"] = json!(arn);
            described["clusterArn"] = json!(format!("arn:aws:ecs:us-west-2:{ACCOUNT}:cluster/{cluster}"));
            described["currentServiceRevisions"] = json!([]);
            Ok(json!({"services": [described]}))
        }
        "ecs.DescribeTaskDefinition" => Ok(json!({"taskDefinition": {"taskDefinitionArn": input["taskDefinition"], "containerDefinitions": []}})),
        other => unknown(other),
    })
    .await;
    let mut settings = settings(&server.running.url());
    settings.clusters = Some(vec!["a".into(), "b".into()]);
    let client = Gateway::new().connect(settings);
    let (answer, _) = ask(&client, Ask::Fleet).await;
    assert!(matches!(answer, Ok(Answer::FleetDone { ref keys, .. }) if keys.len() == 2), "{answer:?}");
    failing.store(true, std::sync::atomic::Ordering::SeqCst);
    let (answer, _) = ask(&client, Ask::Fleet).await;
    let Ok(Answer::FleetDone { keys, gaps, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!((keys.len(), gaps.len(), gaps[0].kind), (2, 1, TroubleKind::Denied), "{gaps:?}");
}

#[tokio::test]
async fn an_answer_without_its_list_is_no_empty_list() {
    let hollow = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let now = hollow.clone();
    let server = Server::start(move |name, input| match name {
        "ecs.ListServices" if now.load(std::sync::atomic::Ordering::SeqCst) => Ok(json!({})),
        "ecs.ListServices" if input.get("resourceManagementType").is_some() => Ok(json!({"serviceArns": []})),
        "ecs.ListServices" => {
            let cluster = input["cluster"].as_str().unwrap();
            Ok(json!({"serviceArns": [format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service/{cluster}/api")]}))
        }
        "ecs.DescribeServices" => Ok(json!({"services": [service("api")], "failures": []})),
        _ => unknown(name),
    })
    .await;
    let client = Gateway::new().connect(settings(&server.running.url()));
    let (answer, _) = ask(&client, Ask::Fleet).await;
    assert!(matches!(answer, Ok(Answer::FleetDone { ref keys, .. }) if !keys.is_empty()), "{answer:?}");
    hollow.store(true, std::sync::atomic::Ordering::SeqCst);
    let (answer, rows) = ask(&client, Ask::Fleet).await;
    let trouble = answer.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Unreadable, "{trouble}");
    assert!(trouble.why.contains("answered without serviceArns"), "{trouble}");
    assert!(rows.is_empty());
}
