use serde_json::json;

use super::service::LogStore;
use super::*;
use crate::sim::api::{Answer, Aws, Call};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-west-2";
const GROUP: &str = "prod-service";

fn store(lines: &[(&str, i64, &str)]) -> LogStore {
    let mut store = LogStore::new();
    store.create_group(ACCOUNT, REGION, GROUP, 1);
    for (stream, at, message) in lines {
        store.append(ACCOUNT, REGION, GROUP, stream, *at, message);
    }
    store
}

fn ask(store: &mut LogStore, op: &str, mut input: Value) -> Answer {
    if op != "DescribeLogGroups"
        && input.get("logGroupName").is_none()
        && input.get("logGroupIdentifier").is_none()
    {
        input["logGroupName"] = json!(GROUP);
    }
    store.handle(&Call {
        account: ACCOUNT.to_owned(),
        caller: String::new(),
        region: REGION.to_owned(),
        service: Aws::Logs,
        op: op.to_owned(),
        input,
        now: 1e9,
    })
}

fn column<'a>(answer: &'a Value, list: &str, name: &str) -> Vec<&'a str> {
    answer[list].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect()
}

fn messages(answer: &Value) -> Vec<&str> {
    column(answer, "events", "message")
}

fn numbered(count: i64) -> LogStore {
    let mut store = store(&[]);
    for n in 0..count {
        let stream = if n % 2 == 0 { "svc/service/even" } else { "svc/service/odd" };
        // two events share each moment
        store.append(ACCOUNT, REGION, GROUP, stream, 1000 + n / 2, &format!("line {n}"));
    }
    store
}

#[test]
fn filtering_by_time_stream_and_pattern() {
    let mut store = store(&[
        ("a/1", 10, "INFO up"),
        ("a/2", 20, "ERROR down"),
        ("b/1", 30, "ERROR late"),
        ("a/1", 15, "INFO straggler"),
    ]);
    let mut filter = |input| messages(&ask(&mut store, "FilterLogEvents", input).unwrap()).join("|");
    assert_eq!(filter(json!({})), "INFO up|INFO straggler|ERROR down|ERROR late");
    assert_eq!(
        filter(json!({"startTime": 15, "endTime": 20})),
        "INFO straggler|ERROR down",
        "both inclusive"
    );
    assert_eq!(filter(json!({"filterPattern": "ERROR -late"})), "ERROR down");
    assert_eq!(filter(json!({"logStreamNamePrefix": "a/"})), "INFO up|INFO straggler|ERROR down");
    assert_eq!(filter(json!({"logStreamNames": ["b/1", "a/2"]})), "ERROR down|ERROR late");
    assert_eq!(filter(json!({"startFromHead": false, "limit": 1})), "ERROR late");
}

#[test]
fn pages_of_a_search_join_without_loss() {
    for forward in [true, false] {
        let mut store = numbered(101);
        let mut request = json!({"limit": 7, "startFromHead": forward});
        let mut seen: Vec<String> = Vec::new();
        loop {
            let answer = ask(&mut store, "FilterLogEvents", request.clone()).unwrap();
            seen.extend(messages(&answer).into_iter().map(str::to_owned));
            let Some(token) = answer["nextToken"].as_str() else { break };
            request["nextToken"] = json!(token);
        }
        let mut want: Vec<String> = (0..101).map(|n| format!("line {n}")).collect();
        if !forward {
            want.reverse();
        }
        assert_eq!(seen, want);
    }
}

#[test]
fn an_empty_page_with_a_token_is_not_the_end() {
    let mut store = numbered(4);
    let first =
        ask(&mut store, "FilterLogEvents", json!({"filterPattern": "line", "startTime": 700})).unwrap();
    assert!(messages(&first).is_empty());
    let token = first["nextToken"].as_str().unwrap();
    let second = ask(
        &mut store,
        "FilterLogEvents",
        json!({"filterPattern": "line", "startTime": 700, "nextToken": token}),
    )
    .unwrap();
    assert_eq!((messages(&second).len(), &second["nextToken"]), (4, &Value::Null));
}

#[test]
fn a_stream_is_read_from_its_head_until_the_token_repeats_and_then_further() {
    let mut store = store(&[]);
    for n in 0..10 {
        store.append(ACCOUNT, REGION, GROUP, "s", 100 + n, &format!("{n}"));
    }
    let mut request = json!({"logStreamName": "s", "startFromHead": true, "limit": 4});
    let mut seen = String::new();
    let mut pages = 0;
    loop {
        let answer = ask(&mut store, "GetLogEvents", request.clone()).unwrap();
        seen.extend(messages(&answer));
        let token = answer["nextForwardToken"].clone();
        pages += 1;
        if request.get("nextToken") == Some(&token) {
            break;
        }
        request["nextToken"] = token;
    }
    assert_eq!((seen.as_str(), pages), ("0123456789", 4));
    store.append(ACCOUNT, REGION, GROUP, "s", 200, "new");
    assert_eq!(messages(&ask(&mut store, "GetLogEvents", request).unwrap()), ["new"]);
}

#[test]
fn a_stream_is_read_backwards_from_its_tail() {
    let mut store = store(&[]);
    for n in 0..10 {
        store.append(ACCOUNT, REGION, GROUP, "s", 100 + n, &format!("{n}"));
    }
    let mut get = |input| ask(&mut store, "GetLogEvents", input).unwrap();
    let tail = get(json!({"logStreamName": "s", "limit": 3}));
    assert_eq!(messages(&tail), ["7", "8", "9"]);
    let before = get(json!({"logStreamName": "s", "limit": 3, "nextToken": tail["nextBackwardToken"]}));
    assert_eq!(messages(&before), ["4", "5", "6"]);
    let head = get(json!({"logStreamName": "s", "nextToken": before["nextBackwardToken"]}));
    assert_eq!(messages(&head), ["0", "1", "2", "3"]);
    let end = get(json!({"logStreamName": "s", "nextToken": head["nextBackwardToken"]}));
    assert!(messages(&end).is_empty());
    assert_eq!(end["nextBackwardToken"], head["nextBackwardToken"]);
    let turned = get(json!({"logStreamName": "s", "limit": 2, "nextToken": end["nextForwardToken"]}));
    assert_eq!(messages(&turned), ["0", "1"]);
    let ranged = get(json!({"logStreamName": "s", "startTime": 102, "endTime": 104}));
    assert_eq!(messages(&ranged), ["2", "3"], "the end is exclusive");
}

#[test]
fn an_empty_stream_of_a_range_gives_tokens_that_wait() {
    let mut store = store(&[("s", 10, "old")]);
    let request = json!({"logStreamName": "s", "startTime": 100, "startFromHead": true});
    let first = ask(&mut store, "GetLogEvents", request.clone()).unwrap();
    assert!(messages(&first).is_empty());
    store.append(ACCOUNT, REGION, GROUP, "s", 150, "new");
    let mut again = request;
    again["nextToken"] = first["nextForwardToken"].clone();
    assert_eq!(messages(&ask(&mut store, "GetLogEvents", again).unwrap()), ["new"]);
}

#[test]
fn groups_and_streams_are_described_in_pages() {
    let mut store = store(&[("b", 30, "x"), ("a", 50, "x"), ("c", 40, "x")]);
    for n in 0..60 {
        store.create_group(ACCOUNT, REGION, &format!("/aws/{n:02}"), n);
    }
    store.create_group(ACCOUNT, "eu-west-1", "elsewhere", 0);
    let mut names = |op: &str, list: &str, name: &str, mut input: Value| {
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let answer = ask(&mut store, op, input.clone()).unwrap();
            seen.extend(column(&answer, list, name).into_iter().map(str::to_owned));
            pages += 1;
            let Some(token) = answer["nextToken"].as_str() else { return (seen, pages) };
            input["nextToken"] = json!(token);
        }
    };
    let mut groups = |input| names("DescribeLogGroups", "logGroups", "logGroupName", input);
    let (all, pages) = groups(json!({}));
    assert_eq!((all.len(), pages), (61, 2));
    assert!(all.is_sorted());
    assert_eq!(groups(json!({"logGroupNamePrefix": "/aws/1"})).0.len(), 10);
    assert_eq!(groups(json!({"logGroupNamePattern": "SERVICE"})).0, [GROUP]);
    let mut streams = |input| names("DescribeLogStreams", "logStreams", "logStreamName", input).0.join("");
    assert_eq!(streams(json!({})), "abc");
    assert_eq!(streams(json!({"descending": true, "limit": 1})), "cba");
    assert_eq!(streams(json!({"orderBy": "LastEventTime", "limit": 2})), "bca");
    assert_eq!(streams(json!({"orderBy": "LastEventTime", "descending": true, "limit": 1})), "acb");
    assert_eq!(streams(json!({"logStreamNamePrefix": "b"})), "b");
    let by_arn = "arn:aws:logs:us-west-2:111122223333:log-group:prod-service";
    assert_eq!(streams(json!({"logGroupIdentifier": by_arn})), "abc");
}

#[test]
fn what_is_unknown_or_ill_formed_is_refused() {
    let mut store = store(&[("s", 10, "x")]);
    let (missing, invalid) = ("ResourceNotFoundException", "InvalidParameterException");
    let table = [
        ("FilterLogEvents", json!({"logGroupName": "none"}), missing),
        ("FilterLogEvents", json!({"logStreamNames": ["none"]}), missing),
        ("FilterLogEvents", json!({"filterPattern": "{ $.x = 1 }"}), invalid),
        ("FilterLogEvents", json!({"nextToken": "zz"}), invalid),
        ("FilterLogEvents", json!({"limit": 10_001}), invalid),
        ("FilterLogEvents", json!({"startTime": -1}), invalid),
        ("FilterLogEvents", json!({"logStreamNames": ["s"], "logStreamNamePrefix": "s"}), invalid),
        ("FilterLogEvents", json!({"logGroupName": GROUP, "logGroupIdentifier": GROUP}), invalid),
        ("GetLogEvents", json!({"logStreamName": "none"}), missing),
        ("GetLogEvents", json!({}), invalid),
        ("GetLogEvents", json!({"logStreamName": "s", "nextToken": "f/1"}), invalid),
        ("DescribeLogStreams", json!({"logGroupName": "none"}), missing),
        ("DescribeLogStreams", json!({"orderBy": "LastEventTime", "logStreamNamePrefix": "x"}), invalid),
        ("DescribeLogStreams", json!({"limit": 51}), invalid),
        ("DescribeLogGroups", json!({"limit": 0}), invalid),
        ("PutLogEvents", json!({}), "UnknownOperationException"),
    ];
    for (op, input, code) in table {
        assert_eq!(ask(&mut store, op, input.clone()).expect_err(op).code, code, "{op} {input}");
    }
}

#[test]
fn memory_is_bounded() {
    let mut store = store(&[]);
    for n in 0..20_500 {
        store.append(ACCOUNT, REGION, GROUP, "many", n, "x");
    }
    for n in 0..400 {
        store.append(ACCOUNT, REGION, GROUP, "long", n, &"é".repeat(20_000));
    }
    for n in 0..600 {
        store.append(ACCOUNT, REGION, "wide", &format!("s{n}"), n, "");
    }
    let group = store.store.group(ACCOUNT, REGION, GROUP).unwrap();
    assert_eq!(group.streams["many"].events.len(), 20_000);
    assert!(group.streams["long"].bytes() <= 4 * 1024 * 1024);
    let wide = store.store.group(ACCOUNT, REGION, "wide").unwrap();
    assert_eq!(wide.streams.len(), 400);
    assert!(!wide.streams.contains_key("s0") && wide.streams.contains_key("s599"));
}
