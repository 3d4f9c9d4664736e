use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// A backend that says what it was asked.
struct Echo {
    now: f64,
}

impl Backend for Echo {
    fn advance(&mut self, now: f64) {
        assert!(now >= self.now);
        self.now = now;
    }

    fn handle(&mut self, call: &Call) -> Answer {
        match call.op.as_str() {
            "Panic" => panic!("ordered by the test"),
            "Refuse" => Err(Fault::client("ClusterNotFoundException", "there is no such cluster")),
            "ListClusters" | "GetMetricData" | "GetCallerIdentity" => Ok(json!({
                "account": call.account, "region": call.region, "op": call.op, "input": call.input, "now": call.now,
            })),
            op => Err(Fault::unknown_operation(op)),
        }
    }

    fn account_of(&self, access_key_id: &str) -> String {
        if access_key_id == "AKIAOTHER" { "444455556666" } else { "111122223333" }.to_owned()
    }

    fn environment_of(&self, call: &Call) -> Option<String> {
        call.input.get("cluster").and_then(Value::as_str).map(str::to_owned)
    }
}

async fn start() -> Running {
    let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    serve(Echo { now: 0.0 }, Options { listen, speed: 0.0, start: Some(1_763_757_000.0) }).await.unwrap()
}

struct Got {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends one request on a connection of its own; none when the server closes without an answer.
async fn send(sim: &Running, method: &str, path: &str, headers: &str, body: &[u8]) -> Option<Got> {
    let mut stream = TcpStream::connect(sim.addr).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Got { status, head: head.to_lowercase(), body: bytes[split + 4..].to_vec() })
}

async fn ecs(sim: &Running, op: &str, body: &str) -> Option<Got> {
    let headers = format!(
        "x-amz-target: AmazonEC2ContainerServiceV20141113.{op}\r\ncontent-type: application/x-amz-json-1.1\r\n"
    );
    send(sim, "POST", "/", &headers, body.as_bytes()).await
}

async fn order(sim: &Running, fault: &str) {
    assert_eq!(send(sim, "POST", "/_sim/fault", "", fault.as_bytes()).await.unwrap().status, 200);
}

#[tokio::test]
async fn account_and_region_come_from_the_signature() {
    let sim = start().await;
    let got = ecs(&sim, "ListClusters", "").await.unwrap();
    assert_eq!(
        (got.json()["account"].as_str(), got.json()["region"].as_str()),
        (Some("111122223333"), Some("us-west-2"))
    );
    assert!(got.head.contains("x-amzn-requestid: "), "{}", got.head);
    assert!(got.head.contains("date: fri, 21 nov 2025 20:30:00 gmt"), "{}", got.head);
    let signed = "x-amz-target: AmazonEC2ContainerServiceV20141113.ListClusters\r\nauthorization: AWS4-HMAC-SHA256 \
                  Credential=AKIAOTHER/20261121/eu-west-1/ecs/aws4_request, SignedHeaders=host, Signature=0\r\n";
    let got = send(&sim, "POST", "/", signed, b"{}").await.unwrap().json();
    assert_eq!((got["account"].as_str(), got["region"].as_str()), (Some("444455556666"), Some("eu-west-1")));
}

#[tokio::test]
async fn every_protocol_is_answered_in_kind() {
    let sim = start().await;
    let path = "/service/GraniteServiceVersion20100801/operation/GetMetricData";
    let got = send(
        &sim,
        "POST",
        path,
        "smithy-protocol: rpc-v2-cbor\r\ncontent-type: application/cbor\r\n",
        &[0xa0],
    )
    .await
    .unwrap();
    assert_eq!(got.status, 200);
    assert!(
        got.head.contains("smithy-protocol: rpc-v2-cbor")
            && got.head.contains("content-type: application/cbor")
    );
    assert!(ciborium::de::from_reader::<ciborium::Value, _>(got.body.as_slice()).unwrap().is_map());
    let form = "content-type: application/x-www-form-urlencoded; charset=utf-8\r\n";
    let got = send(&sim, "POST", "/", form, b"Action=GetCallerIdentity&Version=2011-06-15").await.unwrap();
    assert!(got.head.contains("content-type: text/xml"));
    assert!(
        String::from_utf8(got.body)
            .unwrap()
            .contains("<GetCallerIdentityResult><account>111122223333</account>")
    );
    let got = send(
        &sim,
        "POST",
        "/",
        "x-amz-target: GraniteServiceVersion20100801.Nope\r\ncontent-type: application/x-amz-json-1.0\r\n",
        b"{}",
    )
    .await
    .unwrap();
    assert_eq!(got.status, 400);
    assert!(got.head.contains("x-amzn-query-error: unknownoperationexception;sender"));
}

#[tokio::test]
async fn refusals_and_panics_are_answers_and_the_server_lives() {
    let sim = start().await;
    let got = ecs(&sim, "Refuse", "{}").await.unwrap();
    assert_eq!((got.status, got.json()["__type"].as_str()), (400, Some("ClusterNotFoundException")));
    let got = ecs(&sim, "Nope", "{}").await.unwrap();
    assert_eq!((got.status, got.json()["__type"].as_str()), (400, Some("UnknownOperationException")));
    let got = ecs(&sim, "ListClusters", "{").await.unwrap();
    assert_eq!((got.status, got.json()["__type"].as_str()), (400, Some("SerializationException")));
    let got = send(&sim, "PUT", "/bucket/key", "", b"\xff").await.unwrap();
    assert_eq!((got.status, got.json()["__type"].as_str()), (400, Some("UnknownOperationException")));
    assert_eq!(ecs(&sim, "Panic", "{}").await.unwrap().status, 500);
    assert_eq!(ecs(&sim, "ListClusters", "{}").await.unwrap().status, 200);
}

#[tokio::test]
async fn ordered_faults_strike() {
    let sim = start().await;
    let table = [
        ("throttle", 400, Some("ThrottlingException")),
        ("5xx", 500, Some("InternalFailure")),
        ("expired", 400, Some("ExpiredTokenException")),
        ("denied", 400, Some("AccessDeniedException")),
        ("html", 200, None),
        ("garbage", 200, None),
    ];
    for (kind, status, code) in table {
        order(
            &sim,
            &format!(r#"{{"kind":"{kind}","operation":"ecs.ListClusters","environment":"prod","count":1}}"#),
        )
        .await;
        assert_eq!(ecs(&sim, "ListClusters", r#"{"cluster":"staging"}"#).await.unwrap().status, 200);
        let got = ecs(&sim, "ListClusters", r#"{"cluster":"prod"}"#).await.unwrap();
        assert_eq!(got.status, status, "{kind}");
        match code {
            Some(code) => assert_eq!(got.json()["__type"], code),
            None => assert!(serde_json::from_slice::<Value>(&got.body).is_err(), "{kind}"),
        }
        let after = ecs(&sim, "ListClusters", r#"{"cluster":"prod"}"#).await.unwrap();
        assert_eq!((after.status, after.json()["op"].as_str()), (200, Some("ListClusters")));
    }
    order(&sim, r#"{"kind":"reset","count":1}"#).await;
    assert!(ecs(&sim, "ListClusters", "{}").await.is_none());
    order(&sim, r#"{"kind":"hang","operation":"Refuse"}"#).await;
    let hung = tokio::time::timeout(Duration::from_millis(30), ecs(&sim, "Refuse", "{}")).await;
    assert!(hung.is_err(), "it never answers");
    assert_eq!(ecs(&sim, "ListClusters", "{}").await.unwrap().status, 200);
    let calls = send(&sim, "GET", "/_sim/calls", "", b"").await.unwrap().json();
    assert_eq!(calls["throttles"], 1);
    assert_eq!(calls["environments"]["staging"]["ecs.ListClusters"], 6);
}

#[tokio::test]
async fn a_late_answer_holds_up_nobody_else() {
    let sim = start().await;
    order(&sim, r#"{"kind":"latency","operation":"Refuse","ms":60000}"#).await;
    tokio::select! {
        _ = ecs(&sim, "Refuse", "{}") => panic!("it is to be late"),
        got = ecs(&sim, "ListClusters", "{}") => assert_eq!(got.unwrap().status, 200),
    }
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let sim = start().await;
    let mut stream = TcpStream::connect(sim.addr).await.unwrap();
    let mut seen = String::new();
    for _ in 0..3 {
        stream.write_all(b"GET /_sim/clock HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut bytes = [0; 2048];
        while !seen.ends_with("}\n") {
            let read = stream.read(&mut bytes).await.unwrap();
            assert!(read > 0, "closed after {seen}");
            seen.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
        assert!(seen.starts_with("HTTP/1.1 200 OK"));
        seen.clear();
    }
}

#[tokio::test]
async fn too_fast_a_client_is_throttled() {
    let sim = start().await;
    let mut refused = 0;
    for _ in 0..60 {
        let got = ecs(&sim, "ListClusters", "{}").await.unwrap();
        if got.status == 400 {
            assert_eq!(got.json()["__type"], "ThrottlingException");
            refused += 1;
        }
    }
    assert!(refused > 0, "the bucket holds 50");
    let calls = send(&sim, "GET", "/_sim/calls", "", b"").await.unwrap().json();
    assert_eq!((calls["total"].as_u64(), calls["throttles"].as_u64()), (Some(60), Some(refused)));
}

#[tokio::test]
async fn the_clock_is_turned_from_outside() {
    let sim = start().await;
    assert_eq!(ecs(&sim, "ListClusters", "{}").await.unwrap().json()["now"], 1_763_757_000.0);
    let turned = send(&sim, "POST", "/_sim/clock", "", br#"{"advance":61}"#).await.unwrap();
    assert_eq!(turned.json()["now"], 1_763_757_061.0);
    assert_eq!(ecs(&sim, "ListClusters", "{}").await.unwrap().json()["now"], 1_763_757_061.0);
    assert_eq!(send(&sim, "POST", "/_sim/clock", "", b"{}").await.unwrap().status, 400);
    assert_eq!(send(&sim, "GET", "/", "", b"").await.unwrap().status, 200);
}

#[tokio::test]
async fn loopback_only_and_gone_when_stopped() {
    let options = |ip: [u8; 4], speed| Options { listen: SocketAddr::from((ip, 0)), speed, start: None };
    let refused = serve(Echo { now: 0.0 }, options([0, 0, 0, 0], 1.0)).await.expect_err("not loopback");
    assert!(refused.to_string().contains("loopback only"), "{refused}");
    assert!(serve(Echo { now: 0.0 }, options([127, 0, 0, 1], f64::NAN)).await.is_err());
    let sim = start().await;
    let addr = sim.addr;
    sim.shutdown();
    sim.wait().await;
    assert!(TcpStream::connect(addr).await.is_err());
}

#[test]
fn request_ids_look_like_uuids_and_differ() {
    let (a, b) = (request_id(1), request_id(2));
    assert_eq!((a.len(), a.split('-').count()), (36, 5));
    assert_ne!(a, b);
    assert_eq!(a, request_id(1));
}

#[test]
fn scopes_are_read_as_far_as_they_go() {
    let whole = Scope::parse("AKID/20261121/us-east-1/sts/aws4_request");
    assert_eq!(whole, Scope { access_key_id: "AKID", region: Some("us-east-1"), service: Some("sts") });
    assert_eq!(Scope::parse("AKID"), Scope { access_key_id: "AKID", ..Scope::default() });
    assert_eq!(Scope::parse("A/1/../<x>").region, None);
}
