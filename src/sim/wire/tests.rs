use proptest::prelude::*;

use super::codec::{decode, encode};
use super::*;
use crate::sim::api::{Answer, timestamp};

fn head<'a>(target: &'a str, kind: &'a str) -> Head<'a> {
    Head { path: "/", target: Some(target), content_type: Some(kind), ..Head::default() }
}

#[test]
fn the_service_is_told_by_target_path_or_action() {
    let json = decode(
        &head("AmazonEC2ContainerServiceV20141113.ListClusters", "application/x-amz-json-1.1"),
        b"{\"maxResults\":5}",
    )
    .unwrap();
    assert_eq!((json.protocol, json.service, json.op.as_str()), (Protocol::Json11, Aws::Ecs, "ListClusters"));
    assert_eq!(json.input, json!({"maxResults": 5}));

    let path = "/service/GraniteServiceVersion20100801/operation/ListMetrics";
    let cbor = decode(&Head { path, ..Head::default() }, &[0xa0]).unwrap();
    assert_eq!(
        (cbor.protocol, cbor.service, cbor.op.as_str()),
        (Protocol::Cbor, Aws::CloudWatch, "ListMetrics")
    );

    let body = b"Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=arn%3Aaws&Targets.member.2.Id=b&Targets.member.1.Id=a+b&Names.member=x&Empty=";
    let query = decode(&Head { path: "/", ..Head::default() }, body).unwrap();
    assert_eq!((query.protocol, query.service), (Protocol::Query, Aws::Elb));
    assert_eq!(
        query.input,
        json!({"TargetGroupArn": "arn:aws", "Targets": [{"Id": "a b"}, {"Id": "b"}], "Names": ["x"], "Empty": ""})
    );
    let version_less =
        Head { path: "/", query: "Action=GetCallerIdentity", signing_name: Some("sts"), ..Head::default() };
    assert_eq!(decode(&version_less, b"").unwrap().service, Aws::Sts);
}

#[test]
fn what_is_not_understood_is_refused_in_its_own_protocol() {
    let code = |refused: Refused| (refused.protocol, refused.fault.code, refused.fault.status);
    let unknown = "UnknownOperationException".to_owned();
    let unread = "SerializationException".to_owned();
    let json10 = "application/x-amz-json-1.0";
    let form = "application/x-www-form-urlencoded";
    let cases: Vec<(Head<'_>, &[u8], Protocol, &String)> = vec![
        (head("DynamoDB_20120810.ListTables", json10), b"{}", Protocol::Json10, &unknown),
        (head("AppRunner", json10), b"{}", Protocol::Json10, &unknown),
        (head("AppRunner.List Services", json10), b"{}", Protocol::Json10, &unknown),
        (head("AppRunner.ListServices", json10), b"{", Protocol::Json10, &unread),
        (head("AppRunner.ListServices", json10), b"[]", Protocol::Json10, &unread),
        (
            head("Logs_20140328.DescribeLogGroups", "application/x-amz-json-1.1"),
            b"\xff",
            Protocol::Json11,
            &unread,
        ),
        (Head { path: "/service/X/operation/Y", ..Head::default() }, b"", Protocol::Cbor, &unknown),
        (
            Head { path: "/service/GraniteServiceVersion20100801/operation/A", ..Head::default() },
            b"\xff\xff",
            Protocol::Cbor,
            &unread,
        ),
        (
            Head { path: "/service/GraniteServiceVersion20100801/operation/A", ..Head::default() },
            b"\xa0\xa0",
            Protocol::Cbor,
            &unread,
        ),
        (
            Head { path: "/service/GraniteServiceVersion20100801/operation/A", ..Head::default() },
            b"\x9b\x0f\xff\xff\xff\xff\xff\xff\xff", // a length of 2^60
            Protocol::Cbor,
            &unread,
        ),
        (
            Head { path: "/service/GraniteServiceVersion20100801/operation/A", ..Head::default() },
            b"\xbb\x0f\xff\xff\xff\xff\xff\xff\xff", // a length of 2^60
            Protocol::Cbor,
            &unread,
        ),
        (
            Head { path: "/service/GraniteServiceVersion20100801/operation/A", ..Head::default() },
            b"\x5b\x0f\xff\xff\xff\xff\xff\xff\xff", // a length of 2^60
            Protocol::Cbor,
            &unread,
        ),
        (
            Head { path: "/service/GraniteServiceVersion20100801/operation/A", ..Head::default() },
            b"\x7b\x0f\xff\xff\xff\xff\xff\xff\xff", // a length of 2^60
            Protocol::Cbor,
            &unread,
        ),
        (Head { path: "/2013-04-01/x", ..Head::default() }, b"", Protocol::Json11, &unknown),
        (Head { path: "/", content_type: Some(form), ..Head::default() }, b"A=1", Protocol::Query, &unknown),
        (
            Head { path: "/", content_type: Some(form), ..Head::default() },
            b"Action=%zz",
            Protocol::Query,
            &unread,
        ),
        (Head { path: "/", ..Head::default() }, b"Action=X&Version=1999-01-01", Protocol::Query, &unknown),
    ];
    for (head, body, protocol, want) in cases {
        let got = code(decode(&head, body).expect_err("is refused"));
        assert_eq!(got, (protocol, want.clone(), 400), "{head:?}");
    }
}

fn sample() -> Value {
    json!({
        "Name": "a<b>&\"c\"", "Gone": null, "At": timestamp(1_763_757_000.25), "Whole": 5, "Part": 5.0, "Yes": true,
        "List": [{"X": 1}], "When": timestamps(vec![1_763_757_000.0, 1_763_757_060.0]), "None": [],
    })
}

#[test]
fn json_has_epoch_seconds_and_no_nulls() {
    let out = encode(Protocol::Json11, Some(Aws::Ecs), "X", Ok(sample()), "id");
    assert_eq!((out.status, out.content_type.as_ref()), (200, "application/x-amz-json-1.1"));
    assert_eq!(
        String::from_utf8(out.body).unwrap(),
        r#"{"Name":"a<b>&\"c\"","At":1763757000.25,"Whole":5,"Part":5.0,"Yes":true,"List":[{"X":1}],"When":[1763757000.0,1763757060.0],"None":[]}"#
    );
}

#[test]
fn cbor_has_tagged_timestamps_and_keeps_floats_apart_from_integers() {
    let out = encode(Protocol::Cbor, Some(Aws::CloudWatch), "X", Ok(sample()), "id");
    assert_eq!(out.headers, [("smithy-protocol", "rpc-v2-cbor".to_owned())]);
    let read: ciborium::Value = ciborium::de::from_reader(out.body.as_slice()).unwrap();
    let member = |name: &str| {
        read.as_map()
            .unwrap()
            .iter()
            .find(|(key, _)| key.as_text() == Some(name))
            .map(|(_, value)| value.clone())
    };
    let tag = |at: f64| ciborium::Value::Tag(1, Box::new(ciborium::Value::Float(at)));
    assert_eq!(member("At"), Some(tag(1_763_757_000.25)));
    assert_eq!(
        member("When"),
        Some(ciborium::Value::Array(vec![tag(1_763_757_000.0), tag(1_763_757_060.0)]))
    );
    assert_eq!(member("Whole"), Some(ciborium::Value::Integer(5.into())));
    assert_eq!(member("Part"), Some(ciborium::Value::Float(5.0)));
    assert_eq!(member("Gone"), None);
}

#[test]
fn xml_wraps_lists_and_escapes() {
    let out = encode(Protocol::Query, Some(Aws::Sts), "Do", Ok(sample()), "id-1");
    assert_eq!(
        String::from_utf8(out.body).unwrap(),
        "<DoResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><DoResult><Name>a&lt;b&gt;&amp;&quot;c&quot;</Name>\
         <At>2025-11-21T20:30:00.25Z</At><Whole>5</Whole><Part>5.0</Part><Yes>true</Yes><List><member><X>1</X></member></List>\
         <When><member>2025-11-21T20:30:00Z</member><member>2025-11-21T20:31:00Z</member></When><None></None></DoResult>\
         <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DoResponse>"
    );
}

#[test]
fn errors_have_the_shape_of_their_protocol() {
    let fault = || Err(Fault::client("InvalidParameterValueException", "no \u{1b}<such>"));
    let json = encode(Protocol::Json10, Some(Aws::CloudWatch), "X", fault(), "id");
    assert_eq!(json.status, 400);
    assert!(json.headers.contains(&("x-amzn-query-error", "InvalidParameterValue;Sender".to_owned())));
    let read: Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(read["__type"], "InvalidParameterValueException");
    let apprunner = encode(Protocol::Json10, Some(Aws::AppRunner), "X", fault(), "id");
    assert!(String::from_utf8(apprunner.body).unwrap().contains("\"Message\""));
    let xml = String::from_utf8(encode(Protocol::Query, None, "X", fault(), "id").body).unwrap();
    assert_eq!(
        xml,
        "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameterValue</Code><Message>no \u{fffd}&lt;such&gt;</Message>\
         </Error><RequestId>id</RequestId></ErrorResponse>"
    );
}

fn structure() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // eighths: serde_json reads other fractions to the last bit but one
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
        ".{0,12}".prop_map(Value::from),
    ];
    let any = leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[A-Za-z]{1,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[A-Za-z]{1,8}", any, 0..6)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, b| {
        let _ = write!(out, "%{b:02X}");
        out
    })
}

proptest! {
    #[test]
    fn json_comes_back(value in structure()) {
        prop_assert_eq!(json::decode(&json::encode(value.clone())).unwrap(), value);
    }

    #[test]
    fn cbor_comes_back(value in structure()) {
        prop_assert_eq!(cbor::decode(&cbor::encode(&value)).unwrap(), value);
    }

    #[test]
    fn timestamps_come_back_as_epoch_seconds(at in 0.0f64..4e9) {
        let value = json!({"At": timestamp(at)});
        let cbor = cbor::decode(&cbor::encode(&value)).unwrap();
        prop_assert!((input::epoch(&cbor, "At").unwrap() - at).abs() < 0.001);
        let json = json::decode(&json::encode(value)).unwrap();
        prop_assert!((input::epoch(&json, "At").unwrap() - at).abs() < 0.001);
        let query = json!({"At": xml::iso(at)});
        prop_assert!((input::epoch(&query, "At").unwrap() - at).abs() < 0.001);
    }

    #[test]
    fn forms_come_back(items in prop::collection::vec((".{0,10}", ".{0,10}"), 1..30)) {
        let body: Vec<String> = items.iter().enumerate().flat_map(|(n, (a, b))| {
            [format!("L.member.{}.A={}", n + 1, escape(a)), format!("L.member.{}.B.C={}", n + 1, escape(b))]
        }).collect();
        let form = query::Form::read("", body.join("&").as_bytes()).unwrap();
        let want: Vec<Value> = items.iter().map(|(a, b)| json!({"A": a, "B": {"C": b}})).collect();
        prop_assert_eq!(form.into_input().unwrap(), json!({ "L": want }));
    }

    #[test]
    fn no_bytes_break_a_decoder(bytes in prop::collection::vec(any::<u8>(), 0..200), query in ".{0,60}") {
        let _ = json::decode(&bytes);
        let _ = cbor::decode(&bytes);
        if let Ok(form) = query::Form::read(&query, &bytes) {
            let _ = form.into_input();
        }
    }
}

fn for_s3<'a>(method: &'a str, path: &'a str, query: &'a str, headers: &'a HeaderMap) -> Head<'a> {
    Head { method, path, query, headers: Some(headers), signing_name: Some("s3"), ..Head::default() }
}

#[test]
fn s3_is_told_by_method_and_path() {
    let mut headers = HeaderMap::new();
    let plain = HeaderMap::new();
    for (method, path, query, op, bucket, key) in [
        ("PUT", "/b/k", "x-id=PutObject", "PutObject", "b", Some("k")),
        ("GET", "/b/a/b%20c+d", "x-id=GetObject", "GetObject", "b", Some("a/b c+d")),
        ("HEAD", "/b/k", "", "HeadObject", "b", Some("k")),
        ("DELETE", "/b/k", "", "DeleteObject", "b", Some("k")),
        ("GET", "/b", "list-type=2&prefix=a%2F&max-keys=3", "ListObjectsV2", "b", None),
        ("GET", "/b/", "list-type=2", "ListObjectsV2", "b", None),
        ("HEAD", "/b", "", "HeadBucket", "b", None),
        ("GET", "/b", "location", "GetBucketLocation", "b", None),
    ] {
        let got = decode(&for_s3(method, path, query, &plain), b"").unwrap();
        assert_eq!((got.protocol, got.service, got.op.as_str()), (Protocol::Rest, Aws::S3, op));
        assert_eq!((got.input["Bucket"].as_str(), got.input["Key"].as_str()), (Some(bucket), key), "{path}");
    }
    for host in ["b.localhost:4566", "b.s3.us-west-2.amazonaws.com"] {
        headers.insert("host", host.parse().unwrap());
        let got = decode(&for_s3("GET", "/a/k", "", &headers), b"").unwrap();
        assert_eq!((got.input["Bucket"].as_str(), got.input["Key"].as_str()), (Some("b"), Some("a/k")));
    }
    for (method, path, query) in
        [("GET", "/", ""), ("GET", "/b", ""), ("POST", "/b/k", "uploads"), ("PUT", "/b/k", "acl")]
    {
        let refused = decode(&for_s3(method, path, query, &plain), b"").unwrap_err();
        assert_eq!(
            (refused.fault.status, refused.fault.code.as_str()),
            (501, "NotImplemented"),
            "{method} {path}"
        );
    }
    assert_eq!(decode(&for_s3("GET", "/b/%zz", "", &plain), b"").unwrap_err().fault.code, "InvalidURI");
}

#[test]
fn s3_conditions_and_chunks_are_read() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("if-none-match", "*"),
        ("content-type", "application/json"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "5"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    let body = b"5\r\nh\xe9llo\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    let got = decode(&for_s3("PUT", "/b/k", "", &headers), body).unwrap();
    assert_eq!(
        got.input,
        json!({"Bucket": "b", "Key": "k", "IfNoneMatch": "*", "ContentType": "application/json", "Body": "h\u{e9}llo"})
    );
    headers.insert("x-amz-decoded-content-length", "6".parse().unwrap());
    let refused = decode(&for_s3("PUT", "/b/k", "", &headers), body).unwrap_err();
    assert_eq!(refused.fault.code, "IncompleteBody");
}

#[test]
fn s3_answers_have_headers_and_xml() {
    let text = |out: &Encoded| String::from_utf8(out.body.clone()).unwrap();
    let header = |out: &Encoded, name: &str| {
        out.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.clone())
    };
    let s3 = |op: &str, answer: Answer| encode(Protocol::Rest, Some(Aws::S3), op, answer, "id-1");
    let object = json!({
        "ETag": "\"e\"", "LastModified": timestamp(1_763_757_000.0),
        "ContentType": "application/json", "ContentLength": 3, "Body": "a\u{ff}b",
    });
    let got = s3("GetObject", Ok(object.clone()));
    assert_eq!(
        (got.status, got.content_type.as_ref(), got.body.as_slice()),
        (200, "application/json", b"a\xffb".as_slice())
    );
    assert_eq!(header(&got, "etag").as_deref(), Some("\"e\""));
    assert_eq!(header(&got, "last-modified").as_deref(), Some("Fri, 21 Nov 2025 20:30:00 GMT"));
    assert_eq!(header(&got, "x-amz-request-id").as_deref(), Some("id-1"));
    let head = s3("HeadObject", Ok(object));
    assert_eq!((head.body.len(), header(&head, "content-length").as_deref()), (0, Some("3")));
    assert_eq!(s3("DeleteObject", Ok(json!({}))).status, 204);
    let list = json!({
        "Name": "b", "Prefix": "a b", "EncodingType": "url", "IsTruncated": false,
        "Contents": [{ "Key": "a b/1", "Size": 1 }, { "Key": "a b/2", "Size": 2 }], "CommonPrefixes": [],
    });
    let list = text(&s3("ListObjectsV2", Ok(list)));
    assert!(list.contains("<Prefix>a%20b</Prefix>"), "{list}");
    assert!(
        list.contains("<Contents><Key>a%20b/1</Key><Size>1</Size></Contents><Contents><Key>a%20b/2"),
        "{list}"
    );
    let fault = || {
        Err(Fault {
            resource_ids: Vec::new(),
            status: 404,
            code: "NoSuchKey".to_owned(),
            message: "a < b".to_owned(),
        })
    };
    let refused = s3("GetObject", fault());
    assert_eq!(refused.status, 404);
    assert!(text(&refused).contains("<Error><Code>NoSuchKey</Code><Message>a &lt; b</Message>"));
    assert!(s3("HeadObject", fault()).body.is_empty());
}
