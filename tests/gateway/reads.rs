//! Reads: paging, batches, and what becomes of the answers.

use crate::support::{ACCOUNT, Server, ask, key, revision, service, unknown};
use flightdeck::{
    model::{
        Answer, Ask, ImageChoice, LogSource, Metric, MetricTarget, Range, Series, ServiceState, Stamp,
        TroubleKind, ask::Used,
    },
    sim::api::{Fault, timestamp},
};
use serde_json::{Value, json};

fn texts(input: &Value, member: &str) -> Vec<String> {
    input[member].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// A cluster of 250 services; pages and batches are held against AWS's limits.
fn cluster(name: &str, input: &Value) -> flightdeck::sim::api::Answer {
    match name {
        "ecs.ListServices" => {
            assert!(input["maxResults"].as_i64().unwrap() <= 100);
            if input.get("resourceManagementType").is_some() {
                return Ok(json!({"serviceArns": []}));
            }
            let from: usize = input["nextToken"].as_str().map_or(0, |t| t.parse().unwrap());
            let to = (from + 100).min(250);
            let arns: Vec<String> =
                (from..to).map(|i| format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service/prod/s{i:03}")).collect();
            let mut page = json!({"serviceArns": arns});
            if to < 250 {
                page["nextToken"] = json!(to.to_string());
            }
            Ok(page)
        }
        "ecs.DescribeServices" => {
            let arns = texts(input, "services");
            assert!(arns.len() <= 10);
            let services: Vec<Value> =
                arns.iter().map(|arn| service(arn.rsplit('/').next().unwrap())).collect();
            Ok(json!({"services": services, "failures": []}))
        }
        "ecs.DescribeServiceRevisions" => {
            let arns = texts(input, "serviceRevisionArns");
            assert!(arns.len() <= 20);
            Ok(json!({"serviceRevisions": arns.iter().map(|a| revision(a)).collect::<Vec<_>>()}))
        }
        other => unknown(other),
    }
}

#[tokio::test]
async fn a_fleet_is_listed_to_its_end_and_described_in_batches() {
    let server = Server::start(cluster).await;
    let client = server.client();
    let (answer, rows) = ask(&client, Ask::Fleet).await;
    let Ok(Answer::FleetDone { keys, gaps, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!((keys.len(), gaps), (250, vec![]));
    let named = rows.iter().take_while(|r| r.seen_at == Stamp(0)).count();
    assert!(named >= 100, "names come first, and {named} did");
    let described: Vec<_> = rows.iter().filter(|r| r.seen_at > Stamp(0)).collect();
    assert_eq!(described.len(), 250);
    for row in described {
        assert_eq!(
            (row.state, row.version.short().as_str(), row.desired),
            (ServiceState::Steady, "8be02d4", Some(2))
        );
        assert_eq!(row.version.digest.as_deref(), Some("sha256:41ac07f9"));
    }
    assert_eq!(server.count("ecs.ListServices"), 4, "three pages and the Express ones");
    assert_eq!(server.count("ecs.DescribeServices"), 25);
    assert!(server.count("ecs.DescribeServiceRevisions") <= 15);
    let revisions = server.count("ecs.DescribeServiceRevisions");
    let (answer, _) = ask(&client, Ask::Fleet).await;
    assert!(answer.is_ok());
    assert_eq!(server.count("ecs.DescribeServiceRevisions"), revisions, "revisions are read once");
    assert_eq!(server.count("sts.GetCallerIdentity"), 1, "the caller is asked once");
    let meter = client.meter();
    assert_eq!((meter.in_flight, meter.throttled), (0, 0));
    assert_eq!(meter.calls.get("ecs:DescribeServices"), Some(&50));
}

#[tokio::test]
async fn who_uses_a_family_is_told_whole_or_not_at_all() {
    let server = Server::start(|name, input| {
        if input["cluster"].as_str().is_some_and(|cluster| cluster.ends_with("gone")) {
            return Err(Fault::client("ClusterNotFoundException", "Cluster not found."));
        }
        if name != "ecs.DescribeServices" {
            return cluster(name, input);
        }
        let of = |arn: &str, family: &str| format!("arn:aws:ecs:us-west-2:{ACCOUNT}:{arn}/{family}:7");
        let services: Vec<Value> = texts(input, "services")
            .iter()
            .map(|arn| {
                let name = arn.rsplit('/').next().unwrap();
                let mut told = service(name);
                if name == "s017" {
                    told["taskDefinition"] = json!(of("task-definition", "jobs"));
                }
                if name == "s201" {
                    // on its way out
                    told["deployments"][0]["taskDefinition"] = json!(of("task-definition", "jobs"));
                }
                told
            })
            .collect();
        Ok(json!({"services": services, "failures": []}))
    })
    .await;
    let client = server.client();
    let users = |family: &str, clusters: &[&str]| Ask::Users {
        environment: None,
        of: Used::Family(family.to_owned()),
        clusters: Some(clusters.iter().map(|name| (*name).to_owned()).collect()),
        apprunner: None,
    };
    let prod = format!("arn:aws:ecs:us-west-2:{ACCOUNT}:cluster/prod");
    let (answer, _) = ask(&client, users("jobs", &[&prod, "gone"])).await;
    let named = |name: &str| ("prod".to_owned(), name.to_owned());
    assert_eq!(answer, Ok(Answer::Users(vec![named("s017"), named("s201")])));
    assert_eq!(ask(&client, users("job", &["prod"])).await.0, Ok(Answer::Users(vec![])));

    let server = Server::start(|name, input| match name {
        "ecs.DescribeServices" => Ok(json!({"services": [service("s000")],
            "failures": [{"arn": texts(input, "services")[1], "reason": "MISSING"}]})),
        other => cluster(other, input),
    })
    .await;
    assert!(ask(&server.client(), users("jobs", &["prod"])).await.0.is_err());

    let server = Server::start(cluster).await;
    let image = |tag: &str| Ask::Users {
        environment: None,
        of: Used::Image(format!("{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/app:{tag}")),
        clusters: Some(vec!["prod".to_owned()]),
        apprunner: Some(Vec::new()),
    };
    let client = server.client();
    let Ok(Answer::Users(all)) = ask(&client, image("8be02d4")).await.0 else { panic!() };
    assert_eq!(all.len(), 250);
    assert_eq!(ask(&client, image("staging")).await.0, Ok(Answer::Users(vec![])));
    assert_eq!(server.count("ecs.DescribeTaskDefinition"), 0);
    // a cluster that is named and not found was looked for in the wrong place: who follows the tag there is not known
    let server =
        Server::start(|_, _| Err(Fault::client("ClusterNotFoundException", "Cluster not found."))).await;
    let client = server.client();
    assert!(ask(&client, image("staging")).await.0.is_err());
    assert_eq!(ask(&client, users("jobs", &["prod"])).await.0, Ok(Answer::Users(vec![])));
}

#[tokio::test]
async fn an_endpoint_without_service_revisions_has_its_task_definitions_read() {
    let server = Server::start(|name, input| match name {
        "ecs.DescribeServiceRevisions" => unknown(name),
        "ecs.DescribeTaskDefinition" => Ok(json!({"taskDefinition": {
            "taskDefinitionArn": input["taskDefinition"], "family": "x", "revision": 7,
            "containerDefinitions": [
                {"name": "proxy", "image": "p:1", "essential": false},
                {"name": "web", "image": "w:2", "essential": true}
            ]
        }})),
        "ecs.ListServices" if input.get("resourceManagementType").is_none() => {
            Ok(json!({"serviceArns": [format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service/prod/s000")]}))
        }
        other => cluster(other, input),
    })
    .await;
    let client = server.client();
    for _ in 0..2 {
        let (answer, rows) = ask(&client, Ask::Fleet).await;
        assert!(matches!(answer, Ok(Answer::FleetDone { ref gaps, .. }) if gaps.is_empty()), "{answer:?}");
        assert_eq!(rows.last().unwrap().version.image, "w:2");
    }
    assert_eq!(server.count("ecs.DescribeServiceRevisions"), 1, "what is missing is not asked for again");
    assert_eq!(server.count("ecs.DescribeTaskDefinition"), 1);
}

#[tokio::test]
async fn a_definition_keeps_what_the_sdk_does_not_know_and_shows_no_secrets() {
    let server = Server::start(|name, input| match name {
        "ecs.DescribeTaskDefinition" => {
            assert_eq!(texts(input, "include"), ["TAGS"]);
            Ok(json!({
                "taskDefinition": {
                    "taskDefinitionArn": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task-definition/a:7"),
                    "family": "a", "revision": 7, "status": "ACTIVE", "networkMode": "awsvpc",
                    "novelMember": {"deep": [1, 2.5]},
                    "containerDefinitions": [{
                        "name": "service", "image": "r/a:1", "essential": true, "novel": true,
                        "environment": [{"name": "DATABASE_URL", "value": "postgres://u:hunter2@h/d"}],
                        "secrets": [{"name": "S", "valueFrom": "arn:aws:ssm:x"}]
                    }]
                },
                "tags": [{"key": "team", "value": "web"}]
            }))
        }
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let arn = format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task-definition/a:7");
    let (answer, _) = ask(&client, Ask::Definition(arn.clone())).await;
    let Ok(Answer::Definition(definition)) = answer else { panic!("{answer:?}") };
    assert_eq!(definition.label(), "a:7");
    assert!(!definition.shown.to_string().contains("hunter2"));
    let copy = definition.with_images(&["service".to_owned()], "r/a:2").unwrap();
    assert_eq!(
        copy.open(),
        &json!({
            "family": "a", "networkMode": "awsvpc", "novelMember": {"deep": [1, 2.5]},
            "containerDefinitions": [{
                "name": "service", "image": "r/a:2", "essential": true, "novel": true,
                "environment": [{"name": "DATABASE_URL", "value": "postgres://u:hunter2@h/d"}],
                "secrets": [{"name": "S", "valueFrom": "arn:aws:ssm:x"}]
            }],
            "tags": [{"key": "team", "value": "web"}]
        })
    );
    let (again, _) = ask(&client, Ask::Definition(arn)).await;
    assert!(again.is_ok());
    assert_eq!(server.count("ecs.DescribeTaskDefinition"), 1, "a revision never changes");
}

#[tokio::test]
async fn log_pages_that_are_empty_are_not_the_end() {
    let server = Server::start(|name, input| match name {
        "logs.FilterLogEvents" => Ok(match input["nextToken"].as_str() {
            None => json!({"events": [], "nextToken": "1"}),
            Some("1") => json!({"events": [{"timestamp": 5, "message": "two\u{1b}[2J\n", "logStreamName": "s"}], "nextToken": "2"}),
            _ => json!({"events": [{"timestamp": 9, "message": "three", "logStreamName": "s"}]}),
        }),
        "logs.GetLogEvents" if input["logStreamName"] == "gone" => Err(Fault::client(
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        )),
        "logs.GetLogEvents" => Ok(match input["nextToken"].as_str() {
            None => json!({"events": [{"timestamp": 1, "message": "one"}], "nextForwardToken": "f/1"}),
            _ => json!({"events": [], "nextForwardToken": "f/1"}),
        }),
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let read = |stream: Option<&str>, next: Option<&str>| Ask::Logs {
        source: LogSource { group: "g".into(), stream: stream.map(str::to_owned), ..LogSource::default() },
        since: Stamp(0),
        next: next.map(str::to_owned),
        limit: 100,
    };
    let (answer, _) = ask(&client, read(None, None)).await;
    let Ok(Answer::Logs(chunk)) = answer else { panic!("{answer:?}") };
    let lines: Vec<&str> = chunk.lines.iter().map(|l| l.text.as_str()).collect();
    assert_eq!((lines, chunk.next), (vec!["two\\e[2J", "three"], None));
    let (answer, _) = ask(&client, read(Some("s"), None)).await;
    let Ok(Answer::Logs(chunk)) = answer else { panic!("{answer:?}") };
    assert_eq!((chunk.lines.len(), chunk.next.as_deref()), (1, Some("f/1")));
    let (answer, _) = ask(&client, read(Some("s"), Some("f/1"))).await;
    let Ok(Answer::Logs(chunk)) = answer else { panic!("{answer:?}") };
    assert_eq!((chunk.lines.len(), chunk.next.as_deref()), (0, Some("f/1")));
    let (answer, _) = ask(&client, read(Some("gone"), None)).await;
    assert!(matches!(answer, Ok(Answer::Logs(ref chunk)) if chunk.lines.is_empty()), "{answer:?}");
}

#[tokio::test]
async fn images_are_read_to_the_end_and_a_missing_one_is_none() {
    let repository = format!("{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/team/app");
    let server = Server::start(|name, input| match name {
        "ecr.DescribeImages" => {
            assert_eq!(
                (input["registryId"].as_str(), input["repositoryName"].as_str()),
                (Some(ACCOUNT), Some("team/app"))
            );
            if input.get("imageIds").is_some() {
                return Err(Fault::client(
                    "ImageNotFoundException",
                    "The image with imageId {…} does not exist",
                ));
            }
            Ok(match input["nextToken"].as_str() {
                None => json!({"imageDetails": [{"imageDigest": "sha256:1", "imageTags": ["prod", "8be02d4"],
                    "imagePushedAt": timestamp(100.0), "imageSizeInBytes": 7}], "nextToken": "2"}),
                _ => {
                    json!({"imageDetails": [{"imageDigest": "sha256:2", "imagePushedAt": timestamp(200.0)}]})
                }
            })
        }
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let (answer, _) = ask(&client, Ask::Images { repository: repository.clone() }).await;
    let Ok(Answer::Images(images)) = answer else { panic!("{answer:?}") };
    let labels: Vec<String> = images.iter().map(flightdeck::model::Image::label).collect();
    assert_eq!(labels, ["@2", "8be02d4"], "newest first, telling tags first");
    let choice = ImageChoice::Tag("gone".into());
    let (answer, _) = ask(&client, Ask::Image { repository, choice: choice.clone() }).await;
    assert_eq!(answer, Ok(Answer::Image(None)));
    let (answer, _) = ask(&client, Ask::Image { repository: "docker.io/nginx".into(), choice }).await;
    assert_eq!(answer.unwrap_err().kind, TroubleKind::Unsupported);
}

#[tokio::test]
async fn metrics_lie_on_one_grid_and_absent_errors_are_zero_only_beside_requests() {
    let end = 1_763_700_000_i64;
    let server = Server::start(move |name, input| match name {
        "cloudwatch.GetMetricData" => {
            let queries = input["MetricDataQueries"].as_array().unwrap();
            assert!(queries.len() <= 500);
            let results: Vec<Value> = queries
                .iter()
                .map(|query| {
                    let metric = query["MetricStat"]["Metric"]["MetricName"].as_str().unwrap();
                    #[allow(clippy::cast_precision_loss)]
                    let at = |minutes: i64| timestamp((end - minutes * 60) as f64);
                    let (times, values) = match metric {
                        "RequestCount" => (vec![at(3), at(2)], vec![120.0, 60.0]),
                        "HTTPCode_Target_5XX_Count" => (vec![at(2)], vec![6.0]),
                        "TargetResponseTime" => (vec![at(2)], vec![0.25]),
                        _ => (vec![], vec![]),
                    };
                    json!({"Id": query["Id"], "Timestamps": times, "Values": values, "StatusCode": "Complete"})
                })
                .collect();
            Ok(json!({"MetricDataResults": results}))
        }
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let target = MetricTarget {
        key: key("prod-service"),
        traffic: flightdeck::model::Traffic::one(
            "app/b/1",
            "arn:aws:elasticloadbalancing:r:1:targetgroup/g/2",
        ),
        service_id: String::new(),
    };
    let wanted = vec![Metric::Errors, Metric::LatencyP99, Metric::Cpu];
    let read = Ask::Metrics {
        targets: vec![target],
        metrics: wanted,
        range: Range::M15,
        end: Stamp::from_secs(end + 30),
    };
    let (answer, _) = ask(&client, read).await;
    let Ok(Answer::Metrics(found)) = answer else { panic!("{answer:?}") };
    let series = &found[0].1;
    assert_eq!(series.iter().map(|s| s.points.len()).collect::<Vec<_>>(), [15, 15, 15]);
    assert!(series.iter().all(|s| s.start == Stamp::from_secs(end - 900) && s.period == 60));
    assert_eq!(series[0].points[11..], [None, Some(0.0), Some(6.0), None]);
    assert_eq!(series[1].points[13], Some(250.0));
    assert!(series[2].points.iter().all(Option::is_none));
    assert_eq!(client.meter().metrics, 5, "requests and the balancer's own errors are asked beside errors");
}

/// A call that succeeds may still have failed for a metric, and a later page may have it after all.
#[tokio::test]
async fn a_metric_that_could_not_be_read_is_none_without_data() {
    let end = 1_763_700_000_i64;
    let server = Server::start(move |name, input| match name {
        "cloudwatch.GetMetricData" => {
            let first = input.get("NextToken").is_none();
            let told = |query: &Value| {
                let metric = query["MetricStat"]["Metric"]["MetricName"].as_str().unwrap();
                #[allow(clippy::cast_precision_loss)]
                let at = timestamp((end - 120) as f64);
                let mut result = json!({
                    "Id": query["Id"], "Timestamps": [at], "Values": [60.0], "StatusCode": "Complete",
                });
                match metric {
                    "HTTPCode_Target_5XX_Count" => {
                        result["StatusCode"] = json!("InternalError");
                        result["Messages"] =
                            json!([{"Code": "InternalError", "Value": "try \u{1b}[2Jlater"}]);
                    }
                    "CPUUtilization" => result["StatusCode"] = json!("Forbidden"),
                    "TargetResponseTime" if first => result["StatusCode"] = json!("InternalError"),
                    "RequestCount" if first => result["StatusCode"] = json!("PartialData"),
                    "HTTPCode_ELB_5XX_Count" => result["StatusCode"] = json!("PartialData"),
                    _ => {}
                }
                (metric != "MemoryUtilization").then_some(result)
            };
            let results: Vec<Value> =
                input["MetricDataQueries"].as_array().unwrap().iter().filter_map(told).collect();
            Ok(json!({
                "MetricDataResults": results,
                "NextToken": first.then_some("more"),
                "Messages": [{"Code": "TooMany", "Value": "Maximum number of allowed metrics exceeded"}],
            }))
        }
        other => unknown(other),
    })
    .await;
    let target = MetricTarget {
        key: key("prod-service"),
        traffic: flightdeck::model::Traffic::one(
            "app/b/1",
            "arn:aws:elasticloadbalancing:r:1:targetgroup/g/2",
        ),
        service_id: String::new(),
    };
    let metrics = vec![
        Metric::Errors,
        Metric::Cpu,
        Metric::LatencyP99,
        Metric::Memory,
        Metric::Requests,
        Metric::BalancerErrors,
    ];
    let end = Stamp::from_secs(end + 30);
    let read = Ask::Metrics { targets: vec![target], metrics, range: Range::M15, end };
    let (answer, _) = ask(&server.client(), read).await;
    let Ok(Answer::Metrics(found)) = answer else { panic!("{answer:?}") };
    let [errors, cpu, p99, memory, requests, balancer] = found[0].1.as_slice() else { panic!("{found:?}") };
    let why = |series: &Series| series.unread.as_ref().map(|unread| (unread.denied, unread.why.clone()));
    assert_eq!(
        why(errors),
        Some((false, "InternalError: try \\e[2Jlater".into())),
        "its words, and harmless"
    );
    assert!(errors.points.iter().all(Option::is_none), "neither what came with it, nor none");
    assert_eq!(why(cpu), Some((true, "Forbidden".into())));
    assert!(cpu.points.iter().all(Option::is_none));
    assert_eq!((why(p99), p99.points[13]), (None, Some(60_000.0)), "a later page has it");
    assert_eq!(why(memory), Some((false, "Maximum number of allowed metrics exceeded".into())));
    assert_eq!((why(requests), requests.points[13]), (None, Some(60.0)), "the rest came on a later page");
    let some = "CloudWatch gave only some of its data points (PartialData)";
    assert_eq!(why(balancer), Some((false, some.into())), "no page has the rest");
    assert!(balancer.points.iter().all(Option::is_none), "some of them are not told for all");
}

/// Services of App Runner by name, each with what it is set to and whether it deploys that by itself.
fn followers(name: &str, input: &Value) -> flightdeck::sim::api::Answer {
    let service = |name: &str, image: &str, automatic: bool| {
        json!({
            "ServiceName": name, "ServiceId": "0123", "ServiceUrl": "x", "Status": "RUNNING",
            "ServiceArn": format!("arn:aws:apprunner:us-west-2:{ACCOUNT}:service/{name}/0123"),
            "CreatedAt": 1_710_272_964.0, "UpdatedAt": 1_710_272_964.0, "InstanceConfiguration": {},
            "NetworkConfiguration": {}, "AutoScalingConfigurationSummary": {"AutoScalingConfigurationArn": "a"},
            "SourceConfiguration": {
                "AutoDeploymentsEnabled": automatic,
                "ImageRepository": {"ImageIdentifier": image, "ImageRepositoryType": "ECR"}
            }
        })
    };
    let host = format!("{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com");
    let all = [
        service("follows", &format!("{host}/app:prod"), true),
        service("waits", &format!("{host}/app:prod"), false),
        service("other-tag", &format!("{host}/app:staging"), true),
        service("other-registry", "999999999999.dkr.ecr.us-west-2.amazonaws.com/app:prod", true),
        service("other-region", &format!("{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/app:prod"), true),
    ];
    match name {
        "apprunner.ListServices" => Ok(json!({"ServiceSummaryList": all})),
        "apprunner.DescribeService" => {
            let found = all.iter().find(|one| one["ServiceArn"] == input["ServiceArn"]);
            Ok(json!({"Service": found.unwrap()}))
        }
        other => cluster(other, input),
    }
}

#[tokio::test]
async fn app_runner_services_that_deploy_a_tag_by_themselves_use_it() {
    let users = |names: Option<&[&str]>| Ask::Users {
        environment: None,
        of: Used::Image(format!("{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/app:prod")),
        clusters: Some(Vec::new()),
        apprunner: names.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
    };
    let server = Server::start(followers).await;
    let client = server.client();
    let told = vec![(String::new(), "follows".to_owned())];
    let arn = format!("arn:aws:apprunner:us-west-2:{ACCOUNT}:service/follows/0123");
    for names in [None, Some(["follows", "gone"].as_slice()), Some(&[&arn])] {
        assert_eq!(ask(&client, users(names)).await.0, Ok(Answer::Users(told.clone())), "{names:?}");
    }
    for names in [[].as_slice(), &["waits", "other-tag"]] {
        assert_eq!(ask(&client, users(Some(names))).await.0, Ok(Answer::Users(vec![])), "{names:?}");
    }
    // who has no App Runner has no such service; who names one has to be told of it
    let server = Server::start(|name, input| match name {
        "apprunner.ListServices" => unknown(name),
        other => cluster(other, input),
    })
    .await;
    let client = server.client();
    assert_eq!(ask(&client, users(None)).await.0, Ok(Answer::Users(vec![])));
    assert!(ask(&client, users(Some(&["follows"]))).await.0.is_err());
}

#[tokio::test]
async fn apprunner_that_is_not_there_is_one_gap() {
    let server = Server::start(|name, input| match name {
        "apprunner.ListServices" => unknown(name),
        other => cluster(other, input),
    })
    .await;
    let mut settings = crate::support::settings(&server.running.url());
    settings.apprunner = flightdeck::aws::AppRunnerScope::All;
    let client = flightdeck::aws::Gateway::new().connect(settings);
    let (answer, _) = ask(&client, Ask::Fleet).await;
    let Ok(Answer::FleetDone { keys, beside, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!((keys.len(), beside.len()), (250, 1));
    assert_eq!(beside[0].kind, TroubleKind::Unsupported);
    let (answer, _) = ask(&client, Ask::Fleet).await;
    assert!(matches!(answer, Ok(Answer::FleetDone { ref beside, .. }) if beside.len() == 1));
    assert_eq!(server.count("apprunner.ListServices"), 1);
}
