//! What a service logs, without a screen and with one.

use crate::{
    cockpit::{BINARY, Home, Sim},
    headless::run,
};
use serde_json::Value;
use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn lines_of_all_tasks_are_printed_in_the_order_of_time() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--world", "incident"]);
    let env = home.aws(&sim.url);
    let json = run(&["logs", "prod/prod-service", "--since", "1h", "--json"], &env, home.path());
    assert_eq!(json.code, 0, "{}", json.stderr);
    let told = rows(&json.stdout);
    let of = |name: &str| told.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(of("at").is_sorted() && told.len() > 20, "{}", json.stdout);
    assert!(of("stream").iter().collect::<HashSet<_>>().len() > 1, "of one task alone: {}", json.stdout);
    assert_eq!(of("id").iter().collect::<HashSet<_>>().len(), told.len(), "a line is told twice");
    assert!(told.iter().any(|row| row["level"] == "info"));

    let text = run(&["logs", "prod/prod-service", "--since", "1h", "--grep", "get .*200"], &env, home.path());
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(!text.stdout.is_empty() && text.stdout.lines().all(|line| line.contains("GET ")));
    let task = told[0]["stream"].as_str().unwrap().rsplit('/').next().unwrap();
    let all = run(&["logs", "prod/prod-service", "--since", "1h"], &env, home.path());
    assert!(all.stdout.contains(&format!(" {} ", &task[..8])), "{}", all.stdout);
    let none = run(&["logs", "prod/prod-service", "--grep", "no such words"], &env, home.path());
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
}

#[test]
fn lines_that_come_are_followed_until_nobody_reads() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--world", "incident", "--speed", "30"]);
    let mut child = Command::new(BINARY)
        .args(["logs", "prod/prod-service", "--since", "1m", "--follow", "--json"])
        .env_clear()
        .envs(home.aws(&sim.url))
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ids = HashSet::new();
    while ids.len() < 150 {
        let line = lines.next().unwrap().unwrap();
        let row: Value = serde_json::from_str(&line).unwrap();
        assert!(ids.insert(row["id"].as_str().unwrap().to_owned()), "told twice: {line}");
    }
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0), "a reader that goes away is no failure");
}

#[test]
fn what_cannot_be_read_is_told_with_its_exit_code() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--world", "estate"]);
    let env = home.aws(&sim.url);
    for (args, code, told) in [
        (&["logs", "estate/splunk"][..], 5, "splunk"),
        (&["logs", "estate/no-log"], 5, "no log driver"),
        (&["logs", "estate/nobody"], 2, "there is no service"),
        (&["logs", "estate/foreign-log", "--grep", "("], 2, "--grep: unclosed group"),
        (&["logs", "estate/foreign-log", "--since", "soon"], 2, "--since"),
        (&["logs", "estate/foreign-log"], 0, ""),
    ] {
        let out = run(args, &env, home.path());
        assert_eq!(out.code, code, "{args:?}: {}{}", out.stdout, out.stderr);
        assert!(out.stderr.contains(told), "{args:?}: {}", out.stderr);
    }
    // two services in one group
    let api = run(&["logs", "estate/shared-log-api", "--json"], &env, home.path());
    let told = rows(&api.stdout);
    assert!(!told.is_empty(), "{}", api.stderr);
    assert!(told.iter().all(|row| row["stream"].as_str().unwrap().starts_with("api/")), "{}", api.stdout);
    sim.fault(r#"{"kind": "denied", "operation": "logs"}"#);
    let denied = run(&["logs", "estate/foreign-log"], &env, home.path());
    assert_eq!(denied.code, 5, "{}", denied.stderr);
    assert!(denied.stderr.contains("logs:FilterLogEvents"), "{}", denied.stderr);
}

#[test]
fn secrets_and_what_a_terminal_would_obey_are_not_printed() {
    let home = Home::new();
    let world =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sim/worlds/causes.toml")).unwrap();
    let evil = world.replace(
        "ERROR GET /v1/orders: 500: template: orders.html: index out of range",
        "ERROR \\u001b]0;taken\\u0007 password=hunter2 \\u202egnp.exe",
    );
    assert_ne!(world, evil);
    fs::write(home.path().join("evil.toml"), evil).unwrap();
    let path = home.path().join("evil.toml");
    let sim = Sim::start(&home, &["--world", path.to_str().unwrap()]);
    for json in [&[][..], &["--json"]] {
        let args = [&["logs", "causes/errors", "--since", "30m"][..], json].concat();
        let out = run(&args, &home.aws(&sim.url), home.path());
        assert_eq!(out.code, 0, "{}", out.stderr);
        assert!(out.stdout.contains("password=") && out.stdout.contains("taken"), "{}", out.stdout);
        let bad = ['\u{1b}', '\u{7}', '\u{202e}'];
        assert!(!out.stdout.contains("hunter2") && !out.stdout.contains(bad), "{}", out.stdout);
    }
}
