use serde_json::{Value, json};

use super::dispatch::handle;
use super::*;
use crate::sim::api::{Answer, Aws, Baseline, Call, Conditions, Landscape, Subject, TargetGroup, Way};
use crate::sim::wire::TIMESTAMPS;

/// 2026-11-21 20:30:30 UTC.
const NOW: f64 = 1_795_293_030.0;
const MINUTE: f64 = 60.0;

/// A landscape of `services` behind one load balancer; service 0 throws errors from `bad_from` to
/// `bad_to` and has a gap an hour before now.
struct Plain {
    services: usize,
    bad_from: f64,
    bad_to: f64,
}

impl Plain {
    fn new(services: usize) -> Self {
        Self { services, bad_from: f64::INFINITY, bad_to: f64::INFINITY }
    }
}

impl Landscape for Plain {
    fn subjects(&self, account: &str, _region: &str) -> Vec<Subject> {
        if account != "111122223333" {
            return Vec::new();
        }
        (0..self.services)
            .map(|n| Subject::Ecs {
                cluster: "prod".to_owned(),
                service: format!("s{n}"),
                ways: vec![Way::only(&format!("targetgroup/s{n}/{n}"), "app/prod/1")],
                baseline: Baseline {
                    cpu: 30.0,
                    memory: 50.0,
                    requests: 10.0,
                    latency_ms: 90.0,
                    seed: u64::try_from(n).unwrap(),
                },
            })
            .collect()
    }

    fn conditions(&self, _account: &str, _region: &str, subject: &Subject, at: f64) -> Option<Conditions> {
        let bad = matches!(subject, Subject::Ecs { service, .. } if service == "s0")
            && (self.bad_from..self.bad_to).contains(&at);
        if (NOW - 3700.0..NOW - 3600.0).contains(&at) {
            return None;
        }
        Some(Conditions {
            running: 2.0,
            desired: 2.0,
            pending: 0.0,
            load: 1.0,
            error_ratio: if bad { 0.3 } else { 0.0 },
            latency: 1.0,
            cpu: 1.0,
            healthy: 2.0,
            healthy_alternate: 0.0,
            bad_gateway: 0.0,
            alternate: 0.0,
        })
    }

    fn target_groups(&self, _account: &str, _region: &str) -> Vec<TargetGroup> {
        Vec::new()
    }
}

fn call(op: &str, input: Value) -> Call {
    Call {
        account: "111122223333".to_owned(),
        caller: String::new(),
        region: "us-west-2".to_owned(),
        service: Aws::CloudWatch,
        op: op.to_owned(),
        input,
        now: NOW,
    }
}

fn ask(landscape: &Plain, op: &str, input: Value) -> Answer {
    handle(landscape, &[], &call(op, input))
}

fn query(id: &str, service: &str, name: &str, stat: &str, period: u32) -> Value {
    let (namespace, dimensions) = if name.contains("Utilization") {
        (
            "AWS/ECS",
            json!([{"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": service}]),
        )
    } else {
        let n = service.trim_start_matches('s');
        (
            "AWS/ApplicationELB",
            json!([
                {"Name": "TargetGroup", "Value": format!("targetgroup/s{n}/{n}")},
                {"Name": "LoadBalancer", "Value": "app/prod/1"},
            ]),
        )
    };
    json!({"Id": id, "MetricStat": {
        "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}, "Period": period, "Stat": stat,
    }})
}

fn range(queries: Vec<Value>, back: f64) -> Value {
    json!({"MetricDataQueries": queries, "StartTime": NOW - back, "EndTime": NOW, "ScanBy": "TimestampAscending"})
}

fn points(answer: &Value, n: usize) -> Vec<(f64, f64)> {
    let result = &answer["MetricDataResults"][n];
    let at = result["Timestamps"][TIMESTAMPS].as_array().unwrap();
    let values = result["Values"].as_array().unwrap();
    assert_eq!(at.len(), values.len());
    at.iter().zip(values).map(|(at, value)| (at.as_f64().unwrap(), value.as_f64().unwrap())).collect()
}

#[test]
fn points_are_aligned_ordered_and_gaps_stay_gaps() {
    let landscape = Plain::new(1);
    let mut request = range(vec![query("a", "s0", "CPUUtilization", "Average", 60)], 7200.0);
    let answer = ask(&landscape, "GetMetricData", request.clone()).unwrap();
    let rising = points(&answer, 0);
    assert!(rising.windows(2).all(|two| two[0].0 < two[1].0));
    assert!(rising.iter().all(|(at, value)| at % 60.0 == 0.0 && (1.0..100.0).contains(value)));
    let last = rising.last().unwrap().0;
    assert!((last - (NOW - 90.0)).abs() < 1e-6, "the minute in progress is missing: {last}");
    let gaps = rising.windows(2).filter(|two| two[1].0 - two[0].0 > 60.0).count();
    assert_eq!(gaps, 1);
    assert_eq!(answer["MetricDataResults"][0]["Label"], "CPUUtilization");
    assert_eq!(answer["MetricDataResults"][0]["StatusCode"], "Complete");
    request.as_object_mut().unwrap().remove("ScanBy");
    let mut falling = points(&ask(&landscape, "GetMetricData", request).unwrap(), 0);
    falling.reverse();
    assert_eq!(falling, rising, "descending unless told otherwise, and the same whenever asked");
}

#[test]
fn statistics_agree_with_one_another() {
    let landscape = Plain::new(1);
    let stats = ["Minimum", "p50", "Average", "p90", "p99", "Maximum"];
    let queries = stats
        .iter()
        .map(|stat| query(&stat.to_lowercase(), "s0", "TargetResponseTime", stat, 300))
        .chain([
            query("n", "s0", "RequestCount", "Sum", 300),
            query("m", "s0", "RequestCount", "Sum", 60),
            query("c", "s0", "TargetResponseTime", "SampleCount", 300),
        ])
        .collect();
    let answer = ask(&landscape, "GetMetricData", range(queries, 1800.0 + 30.0)).unwrap();
    let values: Vec<Vec<(f64, f64)>> = (0..9).map(|n| points(&answer, n)).collect();
    for point in 0..values[0].len() {
        assert!((0..5).all(|n| values[n][point].1 <= values[n + 1][point].1), "{values:?}");
    }
    assert!((0.05..0.2).contains(&values[1][0].1), "seconds, not milliseconds");
    let total = |series: &[(f64, f64)]| series.iter().map(|(_, value)| value).sum::<f64>();
    assert!((total(&values[6]) - total(&values[7])).abs() < 1e-6, "five minutes are five times a minute");
    assert_eq!(values[6].len(), values[8].len());
}

#[test]
fn a_service_and_its_balancer_show_the_same_errors() {
    let landscape = Plain { services: 2, bad_from: NOW - 900.0, bad_to: NOW - 300.0 };
    let mut both = query("all", "s0", "HTTPCode_Target_5XX_Count", "Sum", 60);
    both["MetricStat"]["Metric"]["Dimensions"] = json!([{"Name": "LoadBalancer", "Value": "app/prod/1"}]);
    let queries = vec![
        query("bad", "s0", "HTTPCode_Target_5XX_Count", "Sum", 60),
        query("good", "s1", "HTTPCode_Target_5XX_Count", "Sum", 60),
        both,
    ];
    let answer = ask(&landscape, "GetMetricData", range(queries, 1800.0)).unwrap();
    let [bad, good, all] = [0, 1, 2].map(|n| points(&answer, n));
    let high = bad.iter().filter(|(_, value)| *value > 30.0).count();
    assert_eq!(high, 10, "{bad:?}");
    assert!(good.iter().all(|(_, value)| *value > 0.0 && *value < 5.0), "absent when zero: {good:?}");
    let total = |series: &[(f64, f64)]| series.iter().map(|(_, value)| value).sum::<f64>();
    assert!((total(&all) - total(&bad) - total(&good)).abs() < 1e-6);
}

#[test]
fn pages_of_points_join_without_loss() {
    let landscape = Plain::new(3);
    let queries: Vec<Value> =
        (0..3).map(|n| query(&format!("q{n}"), &format!("s{n}"), "CPUUtilization", "Average", 60)).collect();
    let whole = ask(&landscape, "GetMetricData", range(queries.clone(), 3000.0)).unwrap();
    assert_eq!(whole["NextToken"], Value::Null);
    let mut request = range(queries, 3000.0);
    request["MaxDatapoints"] = json!(35);
    let mut joined = vec![Vec::new(); 3];
    let mut pages = 0;
    loop {
        let answer = ask(&landscape, "GetMetricData", request.clone()).unwrap();
        pages += 1;
        let mut in_page = 0;
        for (n, series) in joined.iter_mut().enumerate() {
            let page = points(&answer, n);
            in_page += page.len();
            series.extend(page);
        }
        assert!(in_page <= 35);
        match answer["NextToken"].as_str() {
            Some(token) => {
                assert!(answer.to_string().contains("PartialData"));
                request["NextToken"] = json!(token);
            }
            None => break,
        }
    }
    assert_eq!(pages, 5);
    for (n, series) in joined.iter().enumerate() {
        assert_eq!(*series, points(&whole, n));
    }
    request["NextToken"] = json!("0-35-0000000000000000");
    assert_eq!(ask(&landscape, "GetMetricData", request).unwrap_err().code, "InvalidNextToken");
}

#[test]
fn ill_formed_queries_are_refused() {
    let landscape = Plain::new(1);
    let good = || query("a", "s0", "CPUUtilization", "Average", 60);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut query = good();
        change(&mut query);
        range(vec![query], 600.0)
    };
    let mut many: Vec<Value> = Vec::new();
    for n in 0..501 {
        many.push(query(&format!("a{n}"), "s0", "CPUUtilization", "Average", 60));
    }
    let mut backwards = range(vec![good()], 600.0);
    backwards["EndTime"] = json!(NOW - 1000.0);
    let table: Vec<(&str, Value)> = vec![
        ("upper-case id", with(&|q| q["Id"] = json!("A"))),
        ("id with a dash", with(&|q| q["Id"] = json!("a-b"))),
        ("no id", with(&|q| q["Id"] = Value::Null)),
        ("duplicate id", range(vec![good(), good()], 600.0)),
        ("no queries", range(Vec::new(), 600.0)),
        ("501 queries", range(many, 600.0)),
        ("period 61", with(&|q| q["MetricStat"]["Period"] = json!(61))),
        ("period 0", with(&|q| q["MetricStat"]["Period"] = json!(0))),
        ("unknown statistic", with(&|q| q["MetricStat"]["Stat"] = json!("p999"))),
        ("metric math", with(&|q| *q = json!({"Id": "a", "Expression": "SUM(METRICS())"}))),
        ("both", with(&|q| q["Expression"] = json!("m1"))),
        ("neither", with(&|q| *q = json!({"Id": "a"}))),
        ("all hidden", with(&|q| q["ReturnData"] = json!(false))),
        ("end before start", backwards),
        ("no times", json!({"MetricDataQueries": [good()]})),
    ];
    for (what, request) in table {
        let fault = ask(&landscape, "GetMetricData", request).expect_err(what);
        assert_eq!((fault.status, fault.code.as_str()), (400, "ValidationError"), "{what}");
    }
    let unknown = with(&|q| q["MetricStat"]["Metric"]["MetricName"] = json!("Nope"));
    let answer = ask(&landscape, "GetMetricData", unknown).unwrap();
    assert!(points(&answer, 0).is_empty());
}

#[test]
fn a_week_for_300_metrics_is_sampled() {
    let landscape = Plain::new(50);
    let names = [
        "CPUUtilization",
        "MemoryUtilization",
        "RequestCount",
        "TargetResponseTime",
        "HTTPCode_Target_5XX_Count",
        "HTTPCode_Target_2XX_Count",
    ];
    let queries = (0..50)
        .flat_map(|n| {
            names
                .iter()
                .enumerate()
                .map(move |(m, name)| query(&format!("q{n}_{m}"), &format!("s{n}"), name, "Average", 3600))
        })
        .collect();
    let answer = ask(&landscape, "GetMetricData", range(queries, 7.0 * 86_400.0)).unwrap();
    assert_eq!(points(&answer, 0).len(), 169);
    assert_eq!(answer["MetricDataResults"].as_array().unwrap().len(), 300);
}

#[test]
fn metrics_are_listed_by_namespace_name_and_dimension() {
    let landscape = Plain::new(30);
    let count = |input: Value| {
        let answer = ask(&landscape, "ListMetrics", input).unwrap();
        (answer["Metrics"].as_array().unwrap().len(), answer["NextToken"].as_str().map(str::to_owned))
    };
    assert_eq!(count(json!({"Namespace": "AWS/ECS"})).0, 60);
    assert_eq!(count(json!({"MetricName": "HTTPCode_ELB_5XX_Count"})).0, 1, "shared by all behind it");
    let named = json!({"Namespace": "AWS/ECS", "Dimensions": [{"Name": "ServiceName", "Value": "s3"}, {"Name": "ClusterName"}]});
    assert_eq!(count(named).0, 2);
    let (first, token) = count(json!({}));
    assert_eq!(first, 500);
    let (second, end) = count(json!({"NextToken": token.unwrap()}));
    assert!(second > 0 && end.is_none());
    let bad = ask(&landscape, "ListMetrics", json!({"NextToken": "x"})).unwrap_err();
    assert_eq!(bad.code, "InvalidParameterValueException");
}

fn alarm(name: &str, service: &str) -> AlarmDef {
    let n = service.trim_start_matches('s');
    AlarmDef {
        name: name.to_owned(),
        namespace: "AWS/ApplicationELB".to_owned(),
        metric: "HTTPCode_Target_5XX_Count".to_owned(),
        dimensions: vec![
            ("TargetGroup".to_owned(), format!("targetgroup/s{n}/{n}")),
            ("LoadBalancer".to_owned(), "app/prod/1".to_owned()),
        ],
        statistic: "Sum".to_owned(),
        period: 60,
        evaluation_periods: 3,
        threshold: 20.0,
        comparison: "GreaterThanThreshold".to_owned(),
        description: String::new(),
    }
}

#[test]
fn alarms_follow_time_and_nothing_else() {
    let minute = |n: f64| NOW - 30.0 - n * MINUTE;
    let landscape = Plain { services: 2, bad_from: minute(20.0), bad_to: minute(10.0) };
    let at = |back: f64| {
        alarm_state_since(&landscape, &alarm("a", "s0"), "111122223333", "us-west-2", minute(back))
    };
    assert_eq!(at(21.0).0, AlarmState::Ok);
    assert_eq!(at(18.0).0, AlarmState::Ok, "two of three");
    assert_eq!(at(17.0), (AlarmState::Alarm, minute(17.0)));
    assert_eq!(at(12.0), (AlarmState::Alarm, minute(17.0)));
    assert_eq!(at(10.0), (AlarmState::Alarm, minute(17.0)));
    assert_eq!(at(9.0), (AlarmState::Ok, minute(9.0)));
    assert_eq!(at(0.0), (AlarmState::Ok, minute(9.0)));
    assert_eq!(
        alarm_state(&landscape, &alarm("a", "s9"), "111122223333", "us-west-2", NOW),
        AlarmState::InsufficientData
    );
    let calm = alarm_state_since(&landscape, &alarm("b", "s1"), "111122223333", "us-west-2", NOW);
    assert_eq!(calm.0, AlarmState::Ok);
    assert!(calm.1 < NOW - 86_400.0);
}

#[test]
fn alarms_are_described_filtered_and_paged() {
    let landscape = Plain { services: 2, bad_from: NOW - 600.0, bad_to: f64::INFINITY };
    let mut alarms: Vec<AlarmDef> = (0..120).map(|n| alarm(&format!("calm-{n:03}"), "s1")).collect();
    alarms.push(alarm("bad", "s0"));
    alarms.push(alarm("lost", "s7"));
    let ask = |input: Value| handle(&landscape, &alarms, &call("DescribeAlarms", input)).unwrap();
    let names = |answer: &Value| -> Vec<String> {
        answer["MetricAlarms"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["AlarmName"].as_str().unwrap().to_owned())
            .collect()
    };
    let red = ask(json!({"StateValue": "ALARM"}));
    assert_eq!(names(&red), ["bad"]);
    let shown = &red["MetricAlarms"][0];
    assert!(
        shown["StateReason"]
            .as_str()
            .unwrap()
            .starts_with("Threshold Crossed: 3 out of the last 3 datapoints [")
    );
    assert_eq!(shown["AlarmArn"], "arn:aws:cloudwatch:us-west-2:111122223333:alarm:bad");
    assert_eq!(names(&ask(json!({"StateValue": "INSUFFICIENT_DATA"}))), ["lost"]);
    assert_eq!(names(&ask(json!({"AlarmNames": ["bad", "calm-007", "none"]}))), ["bad", "calm-007"]);
    assert_eq!(names(&ask(json!({"AlarmNamePrefix": "calm-01"}))).len(), 10);
    assert!(names(&ask(json!({"AlarmTypes": ["CompositeAlarm"]}))).is_empty());
    let (mut seen, mut request) = (Vec::new(), json!({"MaxRecords": 50}));
    loop {
        let answer = ask(request.clone());
        seen.extend(names(&answer));
        let Some(token) = answer["NextToken"].as_str() else { break };
        request["NextToken"] = json!(token);
    }
    assert_eq!(seen.len(), 122);
    assert!(seen.is_sorted());
    for bad in [
        json!({"MaxRecords": 101}),
        json!({"StateValue": "RED"}),
        json!({"AlarmTypes": ["X"]}),
        json!({"AlarmNames": ["a"], "AlarmNamePrefix": "b"}),
    ] {
        assert_eq!(
            handle(&landscape, &alarms, &call("DescribeAlarms", bad)).unwrap_err().code,
            "ValidationError"
        );
    }
    let token = handle(&landscape, &alarms, &call("DescribeAlarms", json!({"NextToken": "x"}))).unwrap_err();
    assert_eq!(token.code, "InvalidNextToken");
}

#[test]
fn definitions_are_checked() {
    assert_eq!(alarm("a", "s0").check(), Ok(()));
    let bad = |change: &dyn Fn(&mut AlarmDef)| {
        let mut alarm = alarm("a", "s0");
        change(&mut alarm);
        alarm.check().expect_err("is refused")
    };
    assert!(bad(&|a| a.metric = "Nope".to_owned()).contains("Nope"));
    assert!(bad(&|a| a.statistic = "Mean".to_owned()).contains("Mean"));
    assert!(bad(&|a| a.period = 30).contains("30"));
    assert!(bad(&|a| a.evaluation_periods = 0).contains("evaluation"));
    assert!(bad(&|a| a.comparison = ">".to_owned()).contains('>'));
    assert!(bad(&|a| a.threshold = f64::NAN).contains("threshold"));
}
