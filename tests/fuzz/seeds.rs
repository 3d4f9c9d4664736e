//! What inputs are made of: what the repository ships and tests with, and what the program itself writes.

use super::{fuzz::FLEET_KEY, root};
use flightdeck::{
    model::{
        Entry, ImageChoice, Kind, LogLine, MainContainer, RolloutBrief, RunHeader, RunKind, RunView, Service,
        ServiceKey, Stamp, StepState, Traffic, Verdict, Version, container::Reason,
    },
    ops::{LockRecord, PlanFile, PlannedOrder, RunRecord, Wish, World},
    runtime::{cache::Cache, journal::FORMAT},
    sim::{
        api::{Aws, timestamp},
        wire::{Protocol, codec, timestamps},
    },
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// The seeds of a target.
pub fn of(name: &str) -> Vec<Vec<u8>> {
    match name {
        "keymap" => files(&["keymaps", "tests/configs/keymap/valid", "tests/configs/keymap/invalid"]),
        "theme" => files(&["themes", "tests/configs/theme/valid", "tests/configs/theme/invalid"]),
        "settings" => files(&["tests/configs/settings/valid", "tests/configs/settings/invalid"]),
        "cache" => cache(),
        "journal" => journal(),
        "plan_file" => plans(),
        "record" => records(),
        "image_reference" => texts(&IMAGES.map(|text| text.replace("DIGEST", &digest()))),
        "goose" => goose(),
        "neutraliser" => texts(&TEXTS.map(|text| format!("@{text}"))),
        "json" => shapes().iter().map(|shape| shape.to_string().into_bytes()).collect(),
        "cbor" => {
            shapes().into_iter().map(|shape| encoded(Protocol::Cbor, Aws::CloudWatch, "X", shape)).collect()
        }
        "deep" => DEEP.map(|piece| piece.repeat(50_000)).to_vec(),
        "form" => texts(&FORMS.map(str::to_owned)),
        "rest" => texts(&REQUESTS.map(str::to_owned)),
        "xml" => documents(),
        other => panic!("no seeds for {other}"),
    }
}

fn texts(texts: &[String]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.clone().into_bytes()).collect()
}

/// The files of directories, in the order of their names.
fn files(dirs: &[&str]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for dir in dirs {
        let listing = fs::read_dir(root().join(dir)).unwrap_or_else(|error| panic!("{dir}: {error}"));
        let mut paths: Vec<_> =
            listing.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
        paths.sort();
        all.extend(paths.iter().map(|path| fs::read(path).unwrap()));
    }
    all
}

fn digest() -> String {
    format!("sha256:{}", "a1".repeat(32))
}

fn cache() -> Vec<Vec<u8>> {
    let key = ServiceKey::new("prod", Kind::Ecs, "prod", "api");
    let mut full = Service::named(key, "arn:aws:ecs:us-west-2:111122223333:service/prod/api".into());
    full.version = Version::of("111122223333.dkr.ecr.us-west-2.amazonaws.com/api:8be02d4", Some("sha256:00"));
    full.container = Some(MainContainer { name: "web".into(), reason: Reason::Balancer });
    (full.running, full.desired) = (Some(3), Some(4));
    full.rollout = Some(RolloutBrief { stage: "BAKE_TIME".into(), ..RolloutBrief::default() });
    full.deployed_at = Some(Stamp(1_764_000_000_000));
    full.traffic = Traffic::one("app/a/1", "arn:aws:elasticloadbalancing:r:1:targetgroup/b/2");
    full.note = "größer — 東京 \"quoted\" \\ back".into();
    let bare = Service::named(ServiceKey::new("startup", Kind::AppRunner, "", "fd"), String::new());
    let dir = tempfile::tempdir().unwrap();
    let write = |services: &[Service]| {
        Cache::new(dir.path(), FLEET_KEY).save(services).unwrap();
        let path = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
        fs::read(path).unwrap()
    };
    let mut seeds = vec![write(&[]), write(std::slice::from_ref(&bare)), write(&[full, bare])];
    seeds.extend(texts(&[
        "{\"format\":1,\"key\":\"k\",\"rows\":[{\"new\":true}]}".to_owned(),
        "[]".to_owned(),
    ]));
    seeds
}

fn header() -> RunHeader {
    RunHeader {
        id: "0198f3".into(),
        kind: RunKind::Release,
        key: ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
        account: "111122223333".into(),
        region: "us-west-2".into(),
        title: "Release 8be02d4 to prod-service".into(),
        from: "a".into(),
        to: "b".into(),
        who: "ana@laptop".into(),
        identity: "arn:aws:sts::111122223333:assumed-role/ops/ana".into(),
        note: "größer".into(),
        at: Stamp(1),
    }
}

/// What the team's bucket has: locks, and records of runs.
fn records() -> Vec<Vec<u8>> {
    let lock = LockRecord {
        holder: "ana".into(),
        host: "laptop".into(),
        run: "0198f3".into(),
        title: "Release 8be02d4 to prod-service".into(),
        at: Stamp(1),
        expires_at: Stamp(2),
        format: 1,
        ttl_ms: Some(900_000),
    };
    let mut view = RunView::of(header(), &["migrate".to_owned(), "deploy".to_owned()]);
    view.apply(&Entry::Step { at: Stamp(2), step: 0, state: StepState::Active, detail: "so".into() });
    let open = RunRecord::of(&view);
    view.apply(&Entry::End {
        at: Stamp(3), verdict: Verdict::Failed, why: "größer".into(), for_good: false
    });
    [json!(lock), json!(open), json!(RunRecord::of(&view))]
        .iter()
        .map(|v| v.to_string().into_bytes())
        .collect()
}

fn journal() -> Vec<Vec<u8>> {
    let begin = Entry::Begin {
        format: FORMAT,
        run: header(),
        steps: vec!["migrate".into(), "deploy".into()],
        confirmed: [("the image".to_owned(), "web".to_owned())].into(),
    };
    let at = Stamp(2);
    let line = LogLine { at, stream: "web/1".into(), text: "OK   0042_orders.sql (3ms)".into() };
    let middle = vec![
        Entry::Step { at, step: 0, state: StepState::Active, detail: "so".into() },
        Entry::Before {
            at,
            write: "RunTask".into(),
            target: "prod".into(),
            token: Some("t".into()),
            step: Some(0),
        },
        Entry::After { at, write: "RunTask".into(), result: "arn:task".into(), ok: true, step: Some(0) },
        Entry::Log { line },
        Entry::Memo {
            at,
            before: Some(Version::of("web:1", None)),
            process: None,
            commands: None,
            memo: json!({ "a": [1, null, "b\n"] }),
        },
        Entry::Steps { at, from: 1, steps: vec!["watch".into()] },
        Entry::Unwatched { at, why: "asked to".into() },
        Entry::Resumed { at, who: "ana@laptop".into() },
    ];
    let end = Entry::End { at, verdict: Verdict::Succeeded, why: "steady".into(), for_good: false };
    let write = |entries: &[&Entry]| -> Vec<u8> {
        let lines = entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n");
        lines.collect::<String>().into_bytes()
    };
    let all: Vec<&Entry> = [&begin].into_iter().chain(&middle).chain([&end]).collect();
    let mut seeds =
        vec![write(&all), write(&all[..4]), write(&[&begin]), write(&[&begin, &end]), write(&[&end])];
    let mut torn = write(&all[..3]);
    torn.truncate(torn.len() - 9);
    seeds.push(torn);
    seeds.push(b"{\"begin\":{\"format\":7}}\nrubbish\n\n{\"teleport\":{}}\n".to_vec());
    seeds
}

fn plans() -> Vec<Vec<u8>> {
    let plan = |wish: Wish| PlanFile {
        format: 2,
        run: "00000000011-1c2d3e4f-00".into(),
        made_at: Stamp(17),
        wish,
        kind: RunKind::Deploy,
        key: ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
        title: "Deploy 8be02d4 to prod-service".into(),
        from: "d41f6c9".into(),
        to: "8be02d4".into(),
        steps: vec!["register".into(), "deploy".into()],
        writes: vec!["ecs:UpdateService".into()],
        world: World {
            account: "111122223333".into(),
            region: "us-west-2".into(),
            service_arn: "arn:aws:ecs:us-west-2:111122223333:service/prod/prod-service".into(),
            task_definition: "arn:aws:ecs:us-west-2:111122223333:task-definition/prod-service:42".into(),
            image: "web:1".into(),
            digest: Some(digest()),
            wanted_image: "web:2".into(),
            wanted_digest: None,
        },
        orders: vec![PlannedOrder {
            command: vec!["goose".into(), "up".into()],
            command_digest: "00ff".into(),
            variables: vec![("DB".into(), "ff00".into())],
            particulars: [("timeout_ms".to_owned(), "600000".to_owned())].into(),
        }],
        guards: [("lock".to_owned(), "s3://team/locks".to_owned())].into(),
    };
    let wishes = [
        Wish::Deploy(ImageChoice::Tag("8be02d4".into())),
        Wish::RollBack { to: None },
        Wish::Migrate { image: Some(ImageChoice::Digest(digest())) },
        Wish::Redeploy,
        Wish::Scale(3),
        Wish::Promote { from: ServiceKey::new("staging", Kind::Express, "staging", "staging-service") },
        Wish::Release(ImageChoice::Current),
        Wish::Continue { rollback: true },
    ];
    wishes.into_iter().map(|wish| plan(wish).text().into_bytes()).collect()
}

const IMAGES: [&str; 14] = [
    "nginx",
    "8be02d4",
    ":latest",
    "@DIGEST",
    "DIGEST",
    "nginx:1.27.0@DIGEST",
    "team/app@DIGEST",
    "registry:5000/team/app:1.2",
    "[::1]:5000/app:1",
    "localhost/app",
    "docker.io/library/nginx:1",
    "111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service:8be02d4",
    "111122223333.dkr-ecr-fips.eu-west-1.on.aws/a__b/c-d.e:_x",
    "public.ecr.aws/docker/library/busybox:1",
];

/// What goose v3.30.1 printed, the first byte says which way.
fn goose() -> Vec<Vec<u8>> {
    let status = "2026/11/30 05:13:10     Applied At                  Migration
2026/11/30 05:13:10     =======================================
2026/11/30 05:13:10     Mon Nov 30 05:13:10 2026 -- 20250430034028_base_schema.sql
2026/11/30 05:13:10     Pending                  -- 20250501101500_orders.sql
2026/11/30 05:13:10     Pending                  -- 20250502090000_nothing.sql\n";
    let up = "2026/11/30 05:13:11 OK   20250501101500_orders.sql (13.67ms)
2026/11/30 05:13:11 EMPTY 20250502090000_nothing.sql (12.3ms)
2026/11/30 05:13:11 goose: successfully migrated database to version: 20250502090000\n";
    let failed = "goose run: ERROR 20250502090000_nothing.sql: failed to run SQL migration: no such table (1)
goose run: ERROR go migration no tx: \"20250502090000_x.go\": failed to run go migration: boom
partial migration error (type:sql,version:20250502090000): failed to run go migration: boom\n";
    let others = "goose: no migrations to run. current version: 20250430034028
goose: version 42
goose run: error: found 1 missing migrations before current version 20250502090000:
version 20250430999999: 20250430999999_late.sql
no versioning            -- 00001_seed.sql\n";
    let json =
        "{\"level\":\"INFO\",\"msg\":\"migration completed\",\"logger\":\"goose\",\"source\":\"0042_a.sql\",\
                \"direction\":\"up\",\"duration_seconds\":1.5}
{\"msg\":\"successfully migrated database\",\"logger\":\"goose\",\"current_version\":42}
{\"message\":\"OK   0042_a.sql (3ms)\"}
time=x level=INFO logger=goose msg=y\n";
    let mut seeds = Vec::new();
    for way in ["A", "B", "C", "D", "E"] {
        let logs = [format!("{status}{up}"), format!("{status}{failed}{status}"), others.into(), json.into()];
        seeds.extend(logs.iter().map(|log| format!("{way}{log}").into_bytes()));
    }
    seeds
}

const TEXTS: [&str; 8] = [
    "",
    "größer 東京, and a plain sentence",
    "a\u{1b}[31mred\u{1b}[0m \u{1b}]8;;http://x\u{7}link",
    "evil\u{202e}txt \u{2066}a\u{2069}",
    "tag\u{e0041} \u{200b}\u{feff} \u{34f}",
    "two\nlines\r\n\tand a tab",
    "e\u{301} o\u{308} Z\u{351}\u{36b}\u{343}\u{36a}\u{302}\u{36b}\u{33d}\u{34f}\u{334}",
    "👨\u{200d}👩\u{200d}👧 🇩🇪 ขั้น नमस्ते 각 각",
];

const FORMS: [&str; 5] = [
    "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=arn%3Aaws&Targets.member.2.Id=b&Targets.member.1.Id=a+b&Names.member=x&Empty=",
    "Action=GetCallerIdentity&Version=2011-06-15",
    "Action=GetMetricData&Version=2010-08-01&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=x&StartTime=2026-01-01T00%3A00%3A00Z",
    "Action=A&X-Amz-Signature=1&a.b=1&a=2&a.member.1=3&member.member.member=4",
    "",
];

/// What nests without end, or says that it is long: in JSON, CBOR, forms and XML.
const DEEP: [&[u8]; 10] =
    [b"[", b"{\"a\":", b"\x81", b"\xc1", b"\xa1\x61a", b"\x9f", b"\xd8\x20", b"a.", b"a.member.1.", b"<a>"];

const REQUESTS: [&str; 6] = [
    "GET /fem-flightdeck?list-type=2&prefix=team%2Fruns%2F&max-keys=7&continuation-token=a+b&encoding-type=url\nhost: localhost:1\n\n",
    "PUT /fem-flightdeck/team/lock.json\nif-none-match: *\ncontent-type: application/json\n\n{\"holder\":\"ana\"}",
    "PUT /a/b%20c\nx-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\ncontent-encoding: aws-chunked\nx-amz-decoded-content-length: 11\n\n5\r\nhello\r\n6;chunk-signature=ad\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n",
    "GET /team/lock.json\nhost: fem.s3.us-west-2.amazonaws.com\nrange: bytes=0-9\nif-match: \"x\"\n\n",
    "DELETE /a/b\nif-match: \"5d41402a\"\n\n",
    "HEAD /a?location&acl\n\n",
];

fn encoded(protocol: Protocol, service: Aws, op: &str, value: Value) -> Vec<u8> {
    codec::encode(protocol, Some(service), op, Ok(value), "1").body
}

/// Structures as AWS has them.
fn shapes() -> Vec<Value> {
    let dir = Path::new("tests/gateway/shapes");
    let read = files(&[dir.to_str().unwrap()]);
    let mut shapes: Vec<Value> = read.iter().map(|bytes| serde_json::from_slice(bytes).unwrap()).collect();
    shapes.push(json!({}));
    shapes.push(json!({
        "StartTime": timestamp(1_764_000_000.5), "Timestamps": timestamps(vec![1.0, 2.5]),
        "Values": [0.25, 1, -7, 18_446_744_073_709_551_615_u64, 1e300], "Nothing": null, "Yes": true,
    }));
    shapes
        .push(json!({ "MetricDataQueries": [{ "Id": "m1", "ReturnData": false, "Label": "größer 東京" }] }));
    shapes
}

fn documents() -> Vec<Vec<u8>> {
    let list = json!({
        "Name": "team", "EncodingType": "url", "IsTruncated": true, "NextContinuationToken": "a&b=",
        "Contents": [{ "Key": "runs/1+2.json", "Size": 3, "LastModified": timestamp(1.5) }, { "Key": "a b<&>" }],
    });
    let health = json!({ "TargetHealthDescriptions": [{ "Target": { "Id": "10.0.0.1" } }] });
    let mut seeds = vec![
        encoded(Protocol::Rest, Aws::S3, "ListObjectsV2", list),
        encoded(Protocol::Query, Aws::Elb, "DescribeTargetHealth", health),
    ];
    seeds.extend(texts(&[
        "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code><Message>The specified bucket\u{1b}[31m</Message><Region>eu-west-1</Region></Error>".to_owned(),
        "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;\">]><Error><Code>&b;</Code></Error>".to_owned(),
        "runs/2026/ä\nb\r\n<![CDATA[x]]>\n&#x41;&lt;\n".to_owned(),
        "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".to_owned(),
    ]));
    seeds
}
