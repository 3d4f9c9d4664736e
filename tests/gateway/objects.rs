//! S3: what a lock and a record of a run go through, against the simulator and against canned answers.

use crate::support::{ACCOUNT, armed, ask, key, settings, start};
use flightdeck::{
    aws::{Client, Gateway},
    model::{
        Answer, Ask, Trouble, TroubleKind, Write, Written,
        object::{Object, Place},
        write::PutWhen,
    },
    sim::{clock, engine::Engine, server::Running, world::World},
};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn place(key: &str) -> Place {
    Place { bucket: "fem-flightdeck".into(), key: key.into() }
}

async fn fem() -> (Running, Client) {
    let running = start(Engine::new(World::named("fem", None).unwrap(), 1, clock::wall())).await;
    let client = Gateway::new().connect(settings(&running.url()));
    (running, client)
}

async fn read(client: &Client, place: Place) -> Result<Option<Object>, Trouble> {
    match ask(client, Ask::Object { place }).await.0 {
        Ok(Answer::Object(object)) => Ok(object),
        Err(trouble) => Err(trouble),
        other => panic!("{other:?}"),
    }
}

async fn list(client: &Client, prefix: &str, limit: u32) -> Vec<String> {
    match ask(client, Ask::Objects { place: place(prefix), limit }).await.0 {
        Ok(Answer::Objects(keys)) => keys,
        other => panic!("{other:?}"),
    }
}

async fn put(client: &Client, place: Place, body: &str, when: PutWhen) -> Result<Written, Trouble> {
    client
        .write(armed(key("prod-service"), ACCOUNT, Write::PutObject { place, body: body.into(), when }))
        .await
}

async fn delete(client: &Client, place: Place, etag: &str) -> Result<Written, Trouble> {
    let etag = etag.to_owned();
    client.write(armed(key("prod-service"), ACCOUNT, Write::DeleteObject { place, etag })).await
}

#[tokio::test]
async fn a_lock_is_taken_once_kept_and_let_go() {
    let (_running, client) = fem().await;
    let lock = || place("team/locks/prod/fem-fd-service.json");
    assert_eq!(read(&client, lock()).await, Ok(None));
    let taken = put(&client, lock(), "{\"holder\":\"größer\"}", PutWhen::Absent).await;
    let Ok(Written::Object { etag }) = taken else { panic!("{taken:?}") };
    assert_eq!(put(&client, lock(), "{}", PutWhen::Absent).await, Ok(Written::Unmet), "it is held");
    let seen = read(&client, lock()).await.unwrap().unwrap();
    assert_eq!((seen.body.as_str(), &seen.etag), ("{\"holder\":\"größer\"}", &etag));
    // both by the clock of the bucket
    let (written_at, read_at) = (seen.modified_at.unwrap(), seen.read_at.unwrap());
    assert!(read_at >= written_at, "{read_at:?} {written_at:?}");
    let kept = put(&client, lock(), "{\"holder\":\"me\",\"n\":2}", PutWhen::Same(etag.clone())).await;
    let Ok(Written::Object { etag: newer }) = kept else { panic!("{kept:?}") };
    assert_ne!(newer, etag);
    let stale = put(&client, lock(), "{}", PutWhen::Same(etag.clone())).await;
    assert_eq!(stale, Ok(Written::Unmet), "the tag is stale");
    assert_eq!(delete(&client, lock(), &etag).await, Ok(Written::Unmet), "another's is not removed");
    assert_eq!(delete(&client, lock(), &newer).await, Ok(Written::Done));
    assert_eq!(delete(&client, lock(), &newer).await, Ok(Written::Done), "gone is gone");
    let gone = put(&client, lock(), "{}", PutWhen::Same(newer)).await;
    assert_eq!(gone, Ok(Written::Unmet), "what is gone is not the same");
    assert_eq!(read(&client, lock()).await, Ok(None));
    put(&client, lock(), "", PutWhen::Always).await.unwrap();
    assert_eq!(read(&client, lock()).await.unwrap().unwrap().body, "", "nothing in it is still an object");
}

#[tokio::test]
async fn the_last_keys_of_a_prefix_are_listed_in_order() {
    let (_running, client) = fem().await;
    let names = ["runs/a b+c%.json", "runs/0001", "runs/0003", "runs/0002", "other/0009"];
    for name in names {
        put(&client, place(name), "{}", PutWhen::Always).await.unwrap();
    }
    assert_eq!(list(&client, "runs/", 9).await, ["runs/0001", "runs/0002", "runs/0003", "runs/a b+c%.json"]);
    assert_eq!(list(&client, "runs/", 2).await, ["runs/0003", "runs/a b+c%.json"]);
    assert_eq!(list(&client, "nothing/", 2).await, [""; 0]);
    assert_eq!(read(&client, place("runs/a b+c%.json")).await.unwrap().unwrap().body, "{}");
}

#[tokio::test]
async fn what_is_wrong_with_a_bucket_is_told_with_what_to_do() {
    let (_running, client) = fem().await;
    for (bucket, kind, why, remedy) in [
        ("nothere", TroubleKind::NotFound, "NoSuchBucket", "create the bucket"),
        ("fem-denied", TroubleKind::Denied, "AccessDenied", "s3:GetObject"),
        ("Not a bucket/..", TroubleKind::Refused, "not a bucket name", "[lock] s3"),
    ] {
        let place = Place { bucket: bucket.into(), key: "k".into() };
        let trouble = read(&client, place.clone()).await.unwrap_err();
        assert_eq!(trouble.kind, kind, "{trouble}");
        assert!(trouble.why.contains(why) && trouble.remedy.contains(remedy), "{trouble}");
        let trouble = put(&client, place.clone(), "{}", PutWhen::Absent).await.unwrap_err();
        assert_eq!(trouble.kind, kind, "{trouble}");
        let listed = ask(&client, Ask::Objects { place, limit: 1 }).await.0;
        assert_eq!(listed.unwrap_err().kind, kind);
    }
}

/// What a canned server was asked: the heads of requests, in lower case.
type Heads = Arc<Mutex<Vec<String>>>;

/// Answers requests to S3 one after the other with what it is given, and every other call as STS.
async fn canned(answers: Vec<String>) -> (Client, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads = Heads::default();
    let told = heads.clone();
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            let (head, length) = loop {
                let count = stream.read(&mut buffer).await.unwrap();
                request.extend_from_slice(&buffer[..count]);
                let text = String::from_utf8_lossy(&request).to_lowercase();
                if let Some((head, _)) = text.split_once("\r\n\r\n") {
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    break (head.to_owned(), length.map_or(0, |length| length.parse().unwrap()));
                }
            };
            while request.len() < head.len() + 4 + length {
                let count = stream.read(&mut buffer).await.unwrap();
                request.extend_from_slice(&buffer[..count]);
            }
            let answer = if head.contains("/s3/aws4_request") {
                told.lock().unwrap().push(head);
                answers.next().unwrap_or_else(|| reply(500, "", "<Error><Code>Over</Code></Error>"))
            } else {
                let body = format!(
                    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{ACCOUNT}</Account>\
                     <Arn>arn:aws:iam::{ACCOUNT}:user/t</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
                );
                reply(200, "", &body)
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (Gateway::new().connect(settings(&url)), heads)
}

fn reply(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} x\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn requests_are_signed_as_s3_wants_them() {
    let (client, heads) = canned(vec![reply(200, "etag: \"e\"\r\n", "")]).await;
    put(&client, place("a b/ü.json"), "{}", PutWhen::Absent).await.unwrap();
    let heads = heads.lock().unwrap();
    let [head] = heads.as_slice() else { panic!("{heads:?}") };
    assert!(head.starts_with("put /fem-flightdeck/a%20b/%c3%bc.json http/1.1\r\n"), "{head}");
    for part in [
        "/us-west-2/s3/aws4_request",
        "if-none-match: *",
        // the SHA-256 of {}
        "x-amz-content-sha256: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "x-amz-checksum-crc32: ",
        "content-length: 2",
        "user-agent: flightdeck/",
    ] {
        assert!(head.contains(part), "{part} in {head}");
    }
    let signed = head.split("signedheaders=").nth(1).unwrap();
    assert!(signed.contains("if-none-match") && signed.contains("x-amz-content-sha256"), "{signed}");
}

#[tokio::test]
async fn a_bucket_in_another_region_is_found_once_and_remembered() {
    let moved = reply(301, "x-amz-bucket-region: eu-west-1\r\n", "");
    let body = "{\"n\":1}";
    let whole = || reply(206, "etag: \"e\"\r\ncontent-range: bytes 0-6/7\r\n", body);
    let (client, heads) = canned(vec![moved, whole(), whole()]).await;
    for _ in 0..2 {
        assert_eq!(read(&client, place("k")).await.unwrap().unwrap().body, body);
    }
    let heads = heads.lock().unwrap();
    let regions: Vec<&str> = heads
        .iter()
        .map(|head| if head.contains("/eu-west-1/s3/aws4_request") { "there" } else { "here" })
        .collect();
    assert_eq!(regions, ["here", "there", "there"]);
}

#[tokio::test]
async fn a_region_that_stays_wrong_is_told() {
    let wrong =
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message></Error>";
    let (client, _) = canned(vec![reply(400, "", wrong)]).await;
    let trouble = put(&client, place("k"), "{}", PutWhen::Absent).await.unwrap_err();
    assert!(trouble.remedy.contains("another region"), "{trouble}");
}

#[tokio::test]
async fn a_write_at_the_same_moment_is_tried_once_more() {
    let conflict =
        || reply(409, "", "<Error><Code>ConditionalRequestConflict</Code><Message>m</Message></Error>");
    let (client, heads) = canned(vec![conflict(), reply(200, "etag: \"e\"\r\n", "")]).await;
    let written = put(&client, place("k"), "{}", PutWhen::Absent).await;
    assert_eq!(written, Ok(Written::Object { etag: "\"e\"".into() }));
    assert_eq!(heads.lock().unwrap().len(), 2);
    let (client, heads) = canned(vec![conflict(), conflict(), conflict()]).await;
    assert_eq!(put(&client, place("k"), "{}", PutWhen::Absent).await, Ok(Written::Unmet));
    assert_eq!(heads.lock().unwrap().len(), 2);
    let (client, heads) = canned(vec![conflict(), reply(204, "", "")]).await;
    assert_eq!(delete(&client, place("k"), "\"e\"").await, Ok(Written::Done));
    let heads = heads.lock().unwrap();
    assert!(heads.len() == 2 && heads.iter().all(|head| head.contains("if-match: \"e\"")), "{heads:?}");
}

#[tokio::test]
async fn what_is_no_object_is_not_taken_for_one() {
    let large = format!("etag: \"e\"\r\ncontent-range: bytes 0-1048575/{}\r\n", 1 << 30);
    let page = "<html><body>Please sign in</body></html>";
    for (answer, kind, told) in [
        (reply(200, "", page), TroubleKind::Unreadable, "no entity tag"),
        (reply(206, &large, "x"), TroubleKind::Refused, "1073741824 bytes"),
        (reply(404, "", page), TroubleKind::Unsupported, "HTML page"),
        (reply(403, "", ""), TroubleKind::Denied, "Access Denied"),
    ] {
        let (client, _) = canned(vec![answer]).await;
        let trouble = read(&client, place("k")).await.unwrap_err();
        assert_eq!(trouble.kind, kind, "{trouble}");
        assert!(trouble.why.contains(told), "{trouble}");
    }
    let (client, _) = canned(vec![reply(200, "", page)]).await;
    let listed = ask(&client, Ask::Objects { place: place("runs/"), limit: 5 }).await.0;
    assert_eq!(listed.unwrap_err().kind, TroubleKind::Unreadable);
    let (client, _) = canned(vec![reply(200, "", page)]).await;
    let trouble = put(&client, place("k"), "{}", PutWhen::Absent).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Unreadable, "a page is no receipt: {trouble}");
}

#[tokio::test]
async fn a_change_that_fails_is_not_sent_again_and_a_read_is() {
    let broken = || reply(500, "", "<Error><Code>InternalError</Code><Message>m</Message></Error>");
    let (client, heads) = canned(vec![broken(), broken()]).await;
    let trouble = put(&client, place("k"), "{}", PutWhen::Absent).await.unwrap_err();
    assert_eq!((trouble.kind, heads.lock().unwrap().len()), (TroubleKind::Server, 1));
    let found = reply(200, "etag: \"e\"\r\n", "{}");
    let (client, heads) = canned(vec![broken(), found]).await;
    assert_eq!(read(&client, place("k")).await.unwrap().unwrap().body, "{}");
    assert_eq!(heads.lock().unwrap().len(), 2);
}
