//! Two operators and one lock, in every state that a lock can be in.

use crate::{
    cockpit::Sim,
    fault::Fault,
    proxy::{Deed, Request},
    release::{COMMAND, CONFIG, NEW, Scene, flightdeck},
    report::Table,
};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

const KEY: &str = "/fem-flightdeck/team/locks/111122223333/us-west-2/staging/fem-fd-service.json";

/// The object of the lock, asked for or changed by somebody else.
fn object(url: &str, method: &str, body: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {KEY} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=AKIADEMO/20261121/us-west-2/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A lock that somebody took at AWS's present time and holds for a quarter of an hour, with more members than are known.
pub fn theirs(sim: &str, more: &str) -> String {
    let own = Sim::ask(sim, "GET", "/_sim/clock", "");
    let clock: serde_json::Value = serde_json::from_str(own.split_once("\r\n\r\n").unwrap().1).unwrap();
    let now = clock["now"].as_f64().unwrap();
    let millis = |seconds: f64| format!("{:.0}", seconds * 1_000.0);
    format!(
        r#"{{"holder": "eve", "host": "elsewhere", "run": "run-of-eve", "title": "Deploy", "at": {}, "expires_at": {}, "format": 1{more}}}"#,
        millis(now),
        millis(now + 900.0)
    )
}

/// The lock as a second operator finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    Living,
    Dead,
    Expired,
    Unreadable,
    Later,
    NoBucket,
    Denied,
    Conflict,
}

const STATES: [(State, &str); 9] = [
    (State::Free, "free"),
    (State::Living, "held by a living run"),
    (State::Dead, "held by a run that died"),
    (State::Expired, "expired"),
    (State::Unreadable, "not a lock's text"),
    (State::Later, "of a later version"),
    (State::NoBucket, "bucket that is not there"),
    (State::Denied, "bucket that may not be read"),
    (State::Conflict, "every write in conflict"),
];

const VERBS: [(&str, &[&str]); 4] = [
    ("deploy", &["deploy", "staging/staging-service", "--image", NEW, "--yes", "--json"]),
    ("release", &["release", "staging/staging-service", "--image", NEW, "--yes", "--json"]),
    ("migrate", &["migrate", "staging/staging-service", "--yes", "--json"]),
    ("rollback", &["rollback", "staging/staging-service", "--yes", "--json"]),
];

#[test]
fn a_second_operator_changes_nothing_under_a_lock() {
    let table = Table {
        name: "locks",
        title: "Two operators and one lock",
        what: "A second operator finds the lock in some state. What is free or expired is taken; with every other state nothing \
               of ECS is changed, and the refusal says why.",
        corner: "the lock is",
        rows: STATES.map(|(_, name)| name).to_vec(),
        columns: VERBS.map(|(name, _)| name).to_vec(),
    };
    table.run(
        |row, column| (row + column) % 4 == 1,
        |row, column| {
            let (state, args) = (STATES[row].0, VERBS[column].1);
            let scene = Scene::new(if state == State::Expired { "1" } else { "30" }, |_| Deed::Pass);
            let direct = scene.home.aws(&scene.sim.url);
            let mut first = None;
            match state {
                State::Free => {}
                State::Living => {
                    // it runs at AWS's own pace, which leaves it in flight for long
                    scene.sim.request("POST", "/_sim/clock", "{\"speed\": 1}");
                    let other = scene.home.path().join("other");
                    fs::create_dir(&other).unwrap();
                    let mut env = direct.clone();
                    env.retain(|(name, _)| name != "XDG_STATE_HOME");
                    env.push(("XDG_STATE_HOME".into(), other.to_str().unwrap().into()));
                    let mut child = Command::new(crate::cockpit::BINARY);
                    child.args(COMMAND).env_clear().envs(env).current_dir(scene.home.path());
                    let child = child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                    first = Some(child.spawn().unwrap());
                    while !object(&scene.sim.url, "GET", "").starts_with("HTTP/1.1 200") {
                        std::thread::yield_now();
                    }
                }
                State::Dead => put(&scene, &theirs(&scene.sim.url, "")),
                State::Expired => {
                    // within the 15 minutes that AWS takes signatures for: beyond them one of two clocks is wrong
                    put(&scene, &theirs(&scene.sim.url, r#", "ttl_ms": 300000"#));
                    scene.sim.request("POST", "/_sim/clock", "{\"advance\": 400, \"speed\": 30}");
                }
                State::Unreadable => put(&scene, "\u{0}\u{1b}[31m not json"),
                State::Later => put(&scene, &theirs(&scene.sim.url, r#", "format2": {"deep": [1]}"#)),
                State::NoBucket => elsewhere(&scene, "nothere"),
                State::Denied => elsewhere(&scene, "fem-denied"),
                State::Conflict => scene.sim.fault(r#"{"kind": "conflict", "operation": "s3.PutObject"}"#),
            }
            let out = scene.run(args);
            if let Some(mut first) = first {
                first.kill().unwrap();
                first.wait().unwrap();
            }
            let code = out.sane()?;
            let free = matches!(state, State::Free | State::Expired);
            let why = match state {
                State::Dead | State::Later => "eve",
                State::Living => "--steal-lock",
                State::Unreadable => "not a flightdeck lock",
                _ => "lock",
            };
            match (free, scene.begun(), code) {
                (true, 1.., 0) => Ok("succeeded".into()),
                // what is told of it has to be the reason
                (false, 0, 5 | 6) if out.text().contains(why) => Ok("refused".into()),
                (_, begun, _) => Err(format!("{begun} changes were begun\n{}", out.text())),
            }
        },
    );
}

pub fn put(scene: &Scene, body: &str) {
    let answer = object(&scene.sim.url, "PUT", body);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn elsewhere(scene: &Scene, bucket: &str) {
    let config = CONFIG.replacen("s3://fem-flightdeck/", &format!("s3://{bucket}/"), 1);
    fs::write(scene.home.path().join("flightdeck.toml"), config).unwrap();
}

/// What is done to a lock that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Robbed {
    Taken,
    Removed,
    Overwritten,
    NoBucket,
}

const ROBBED: [(Robbed, &str); 4] = [
    (Robbed::Taken, "taken over by another"),
    (Robbed::Removed, "removed"),
    (Robbed::Overwritten, "overwritten with something else"),
    (Robbed::NoBucket, "its bucket is gone"),
];

/// The call that is on its way when it happens: it is the last that may change anything.
const MOMENTS: [(&str, &str, &str); 4] = [
    ("at its copy", "ecs.RegisterTaskDefinition", ""),
    ("at its check", "ecs.RunTask", "\"status\""),
    ("at its migration", "ecs.RunTask", "\"up\""),
    ("at its deploy", "ecs.UpdateService", ""),
];

#[test]
fn who_lost_the_lock_changes_nothing_more() {
    let table = Table {
        name: "robbed",
        title: "A lock that is lost in flight",
        what: "A release holds the lock, and loses it while one of its changes is on the way to AWS. That change may still be \
               made; no later one that cannot be taken back is: no task, no deploy.",
        corner: "the lock is",
        rows: ROBBED.map(|(_, name)| name).to_vec(),
        columns: MOMENTS.map(|(name, ..)| name).to_vec(),
    };
    table.run(
        |row, column| (row + column) % 2 == 0,
        |row, column| {
            let (robbed, (_, operation, says)) = (ROBBED[row].0, MOMENTS[column]);
            let after = Arc::new(Mutex::new(None::<usize>));
            let (seen, mut gone) = (Arc::clone(&after), false);
            let url = Arc::new(Mutex::new(String::new()));
            let own = Arc::clone(&url);
            let scene = Scene::new("30", move |call: &Request| {
                let mut seen = seen.lock().unwrap();
                let url = own.lock().unwrap().clone();
                if seen.is_none() && call.operation == operation && call.says(says) {
                    *seen = Some(0);
                    match robbed {
                        Robbed::Taken => object(&url, "PUT", &theirs(&url, "")),
                        Robbed::Removed => object(&url, "DELETE", ""),
                        Robbed::Overwritten => object(&url, "PUT", "nothing"),
                        Robbed::NoBucket => {
                            gone = true;
                            String::new()
                        }
                    };
                } else if let Some(count) = seen.as_mut()
                    && matches!(call.operation.as_str(), "ecs.RunTask" | "ecs.UpdateService")
                {
                    *count += 1;
                }
                if gone && call.operation.starts_with("s3.") {
                    Deed::Instead(Fault::NoBucket)
                } else {
                    Deed::Pass
                }
            });
            url.lock().unwrap().clone_from(&scene.sim.url);
            let mut args = COMMAND.to_vec();
            args.push("--json");
            let out = scene.run(&args);
            out.sane()?;
            let verdict = out.verdict().replace('_', " ");
            let count =
                after.lock().unwrap().ok_or_else(|| format!("the moment never came\n{}", out.text()))?;
            // a run that had deployed when it lost its lock has only to be watched
            let last = operation == "ecs.UpdateService";
            match (count, verdict.as_str()) {
                (0, "superseded" | "lost" | "failed" | "refused") => Ok(verdict),
                (0, "succeeded") if last => Ok(verdict),
                _ => Err(format!("{count} changes came after it was lost\n{}", out.text())),
            }
        },
    );
}

/// Two who begin in the same moment.
#[test]
fn of_two_who_begin_at_once_one_changes_something() {
    let rounds = ["deploy and deploy", "release and release", "release and rollback"];
    let verbs = [(0, 0), (1, 1), (1, 3)];
    let table = Table {
        name: "at-once",
        title: "Two who begin in the same moment",
        what: "Two operators with journals of their own begin at once. One holds the lock and changes AWS; the other is refused \
               and changes nothing.",
        corner: "what they do",
        rows: rounds.to_vec(),
        columns: vec!["first try", "second try", "third try"],
    };
    table.run(
        |_, column| column == 0,
        |row, _| {
            let scene = Scene::new("30", |_| Deed::Pass);
            let (one, two) = verbs[row];
            let mut env = scene.env();
            env.retain(|(name, _)| name != "XDG_STATE_HOME");
            env.push(("XDG_STATE_HOME".into(), scene.home.path().join("two").to_str().unwrap().into()));
            let (first, second) = std::thread::scope(|scope| {
                let other = scope.spawn(|| flightdeck(VERBS[two].1, &env, scene.home.path()));
                (scene.run(VERBS[one].1), other.join().unwrap())
            });
            let codes = [first.sane()?, second.sane()?];
            let told = || format!("{}\n{}", first.text(), second.text());
            if scene.made("ecs.UpdateService") > 1 || scene.migrations() > 1 {
                return Err(format!("both changed AWS\n{}", told()));
            }
            match codes {
                [0, 5] | [5, 0] => Ok("one succeeded, one refused".into()),
                _ => Err(told()),
            }
        },
    );
}

#[test]
fn nobody_migrates_beside_a_migration_that_nobody_watches() {
    let scene = Scene::new("20", |_| Deed::Pass);
    let args = ["migrate", "staging/staging-service", "--yes", "--no-wait", "--json"];
    let first = scene.run(&args);
    assert_eq!(first.code, Some(0), "{}", first.text());
    let mut env = scene.env();
    env.retain(|(name, _)| name != "XDG_STATE_HOME");
    env.push(("XDG_STATE_HOME".into(), scene.home.path().join("other").to_str().unwrap().into()));
    let second = flightdeck(&args, &env, scene.home.path());
    assert_eq!(second.code, Some(5), "{}", second.text());
    assert!(second.text().contains("lock"), "{}", second.text());
    assert_eq!(scene.migrations(), 1);
}
