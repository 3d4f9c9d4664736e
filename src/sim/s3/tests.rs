use serde_json::{Value, json};

use crate::sim::api::{Aws, Backend, Call, Fault};
use crate::sim::testing::{Bench, seconds};

const BUCKET: &str = "fem-flightdeck";

fn ask(bench: &mut Bench, op: &str, input: Value) -> Result<Value, Fault> {
    let mut whole = json!({ "Bucket": BUCKET });
    whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    bench.call(Aws::S3, op, whole)
}

fn refused(bench: &mut Bench, op: &str, input: Value) -> (u16, String) {
    let fault = ask(bench, op, input).expect_err("is refused");
    (fault.status, fault.code)
}

#[test]
fn a_lock_is_taken_once_and_changed_by_its_holder() {
    let mut bench = Bench::new("fem");
    let key = "runs/locks/prod/fem-fd-service.json";
    let take = |body: &str| json!({ "Key": key, "Body": body, "IfNoneMatch": "*" });
    let first = ask(&mut bench, "PutObject", take("mine")).unwrap()["ETag"].clone();
    assert_eq!(
        refused(&mut bench, "PutObject", take("yours")),
        (412, "PreconditionFailed".to_owned()),
        "it is held"
    );
    bench.pass(60.0);
    let renew = |etag: &Value| json!({ "Key": key, "Body": "mine, renewed", "IfMatch": etag });
    let second = ask(&mut bench, "PutObject", renew(&first)).unwrap()["ETag"].clone();
    assert_ne!(first, second);
    assert_eq!(refused(&mut bench, "PutObject", renew(&first)).0, 412, "the first tag is stale");
    let read = ask(&mut bench, "GetObject", json!({ "Key": key })).unwrap();
    assert_eq!((read["Body"].as_str(), &read["ETag"]), (Some("mine, renewed"), &second));
    assert!((seconds(&read["LastModified"]) - bench.now).abs() < 1.0);
    assert_eq!(refused(&mut bench, "DeleteObject", json!({ "Key": key, "IfMatch": first })).0, 412);
    ask(&mut bench, "DeleteObject", json!({ "Key": key, "IfMatch": second })).unwrap();
    ask(&mut bench, "DeleteObject", json!({ "Key": key })).unwrap();
    let gone = (404, "NoSuchKey".to_owned());
    for (op, input) in [
        ("GetObject", json!({ "Key": key })),
        ("HeadObject", json!({ "Key": key })),
        ("PutObject", json!({ "Key": key, "Body": "", "IfMatch": second })),
        ("DeleteObject", json!({ "Key": key, "IfMatch": second })),
    ] {
        assert_eq!(refused(&mut bench, op, input), gone, "{op}");
    }
    ask(&mut bench, "PutObject", take("yours")).unwrap();
}

#[test]
fn any_content_comes_back_as_it_went() {
    let mut bench = Bench::new("fem");
    let content: String = (0..=255_u8).map(char::from).collect();
    ask(&mut bench, "PutObject", json!({ "Key": "a b/\u{e9}", "Body": content })).unwrap();
    let read = ask(&mut bench, "GetObject", json!({ "Key": "a b/\u{e9}" })).unwrap();
    assert_eq!((read["Body"].as_str(), read["ContentLength"].as_u64()), (Some(content.as_str()), Some(256)));
    for (range, told, length) in [
        ("bytes=0-9", Some("bytes 0-9/256"), 10),
        ("bytes=250-", Some("bytes 250-255/256"), 6),
        ("bytes=-3", Some("bytes 253-255/256"), 3),
        ("bytes=0-9999", Some("bytes 0-255/256"), 256),
        ("lines=1-2", None, 256),
    ] {
        let part = ask(&mut bench, "GetObject", json!({ "Key": "a b/\u{e9}", "Range": range })).unwrap();
        assert_eq!((part["ContentRange"].as_str(), part["ContentLength"].as_u64()), (told, Some(length)));
    }
    let beyond = json!({ "Key": "a b/\u{e9}", "Range": "bytes=256-" });
    assert_eq!(refused(&mut bench, "GetObject", beyond), (416, "InvalidRange".to_owned()));
    let same = json!({ "Key": "a b/\u{e9}", "IfNoneMatch": read["ETag"] });
    assert_eq!(refused(&mut bench, "GetObject", same).0, 304);
}

#[test]
fn keys_are_listed_in_order_and_page_by_page() {
    let mut bench = Bench::new("fem");
    for number in (0..25).rev() {
        let key = format!("p/runs/{number:03}.json");
        ask(&mut bench, "PutObject", json!({ "Key": key, "Body": "x" })).unwrap();
    }
    ask(&mut bench, "PutObject", json!({ "Key": "p/locks/prod/a.json", "Body": "x" })).unwrap();
    let mut token = Value::Null;
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let input = json!({ "Prefix": "p/runs/", "MaxKeys": "10", "ContinuationToken": token });
        let page = ask(&mut bench, "ListObjectsV2", input).unwrap();
        pages += 1;
        assert_eq!(page["KeyCount"].as_u64(), page["Contents"].as_array().map(|c| c.len() as u64));
        seen.extend(
            page["Contents"].as_array().unwrap().iter().map(|o| o["Key"].as_str().unwrap().to_owned()),
        );
        assert_eq!(page["IsTruncated"].as_bool(), Some(page.get("NextContinuationToken").is_some()));
        match page.get("NextContinuationToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (25, 3));
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    let list = |bench: &mut Bench, input: Value| ask(bench, "ListObjectsV2", input).unwrap();
    let after = list(&mut bench, json!({ "Prefix": "p/runs/", "StartAfter": "p/runs/020.json" }));
    assert_eq!(after["KeyCount"], 4);
    let groups = list(&mut bench, json!({ "Prefix": "p/", "Delimiter": "/" }));
    assert_eq!(groups["CommonPrefixes"], json!([{ "Prefix": "p/locks/" }, { "Prefix": "p/runs/" }]));
    let first = list(&mut bench, json!({ "Prefix": "p/", "Delimiter": "/", "MaxKeys": "1" }));
    let next =
        json!({ "Prefix": "p/", "Delimiter": "/", "ContinuationToken": first["NextContinuationToken"] });
    assert_eq!(list(&mut bench, next)["CommonPrefixes"], json!([{ "Prefix": "p/runs/" }]));
    for wrong in [json!({ "MaxKeys": "many" }), json!({ "ContinuationToken": "x" })] {
        assert_eq!(refused(&mut bench, "ListObjectsV2", wrong), (400, "InvalidArgument".to_owned()));
    }
}

#[test]
fn buckets_that_are_not_there_or_not_ones_own() {
    let mut bench = Bench::new("fem");
    for (bucket, status, code) in [("fem-denied", 403, "AccessDenied"), ("nothere", 404, "NoSuchBucket")] {
        for op in ["GetObject", "HeadObject", "PutObject", "DeleteObject", "ListObjectsV2", "HeadBucket"] {
            let input = json!({ "Bucket": bucket, "Key": "k", "Body": "" });
            assert_eq!(refused(&mut bench, op, input), (status, code.to_owned()), "{bucket} {op}");
        }
    }
    assert_eq!(refused(&mut bench, "CopyObject", json!({})), (501, "NotImplemented".to_owned()));
    let now = bench.now;
    let call = |account: &str, region: &str, caller: &str| Call {
        account: account.to_owned(),
        caller: caller.to_owned(),
        region: region.to_owned(),
        service: Aws::S3,
        op: "GetObject".to_owned(),
        input: json!({ "Bucket": BUCKET, "Key": "locks/prod/app.json" }),
        now,
    };
    let told = |bench: &mut Bench, call: &Call| bench.engine.handle(call).unwrap_err();
    let other = told(&mut bench, &call("444455556666", "us-west-2", "AKIAFEMALICE00000001"));
    assert_eq!(other.code, "AccessDenied");
    assert!(other.message.contains("user/alice"), "{}", other.message);
    let elsewhere = told(&mut bench, &call("111122223333", "eu-west-1", ""));
    assert_eq!((elsewhere.status, elsewhere.code.as_str()), (400, "AuthorizationHeaderMalformed"));
    let here = call("111122223333", "us-west-2", "");
    assert_eq!(bench.engine.environment_of(&here).as_deref(), Some("prod"));
}

#[test]
fn callers_have_names() {
    let bench = Bench::new("fem");
    for (key, user) in
        [("AKIAFEMALICE00000001", "alice"), ("AKIAFEMPROD000000001", "simulator"), ("x", "simulator")]
    {
        let call = Call {
            account: bench.engine.account_of(key),
            caller: key.to_owned(),
            region: "us-west-2".to_owned(),
            service: Aws::Sts,
            op: "GetCallerIdentity".to_owned(),
            input: json!({}),
            now: bench.now,
        };
        assert_eq!(bench.engine.caller(&call), format!("arn:aws:iam::111122223333:user/{user}"));
    }
}
