//! What a service logs, without a screen and with one.

use crate::{
    cockpit::{BINARY, Cockpit, Home, Sim},
    headless::run,
};
use serde_json::Value;
use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
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

#[test]
fn the_log_is_filtered_seen_in_context_and_gone_through() {
    for size in [(120, 40), (80, 24)] {
        let mut cockpit = Cockpit::demo_with(size, &["--world", "incident", "--speed", "8"]);
        cockpit.wait_until("the incident", |screen| {
            screen.lines().any(|line| line.contains(" prod-service ") && line.contains("degraded"))
        });
        cockpit.keys("n").keys("l").wait_for("[Logs]").wait_for("following");
        cockpit.keys("/").wait_for("regex").keys("get -healthz<enter>").wait_for("/get -healthz");
        cockpit.keys("&").wait_for("match ").keys("g").keys("n").wait_for("not following");
        cockpit.keys("&").wait_for("matches alone").keys("<esc>").wait_gone("/get");
        cockpit.keys("/").wait_for("regex").keys("a (").wait_for("looked for as it stands").keys("<esc>");
        cockpit.wait_gone("as it stands");
        cockpit
            .keys("p")
            .wait_for("Errors by kind")
            .wait_for(" ×  ")
            .keys("<esc>")
            .wait_gone("Errors by kind");
        cockpit.keys("i").wait_for("/task:").keys("i").wait_gone("/task:");
        cockpit.keys("z").wait_for("are wrapped").keys("f").wait_for("a row for each member");
        for _ in 0..40 {
            cockpit.keys("g").keys("<ctrl-b>").quiet_for(Duration::from_millis(200));
            if cockpit.screen().contains("no older lines") {
                break;
            }
        }
        cockpit.wait_for("no older lines");
        cockpit.keys("'").wait_for("Go to a moment").keys("deploy<enter>").wait_gone("Go to a moment");
        cockpit.wait_for("not following").keys("G").wait_gone("not following");
    }
}

/// An untidy AWS answers pages of a few lines, of which a handful may be asked for in a second (FilterLogEvents): it is given
/// a part of the lines.
fn part(lines: usize) -> usize {
    if std::env::var_os("FLIGHTDECK_UNTIDY").is_some() { lines / 25 } else { lines }
}

/// A world in which the four tasks of a service log 500 lines a second.
fn loud(home: &Home) -> String {
    let world =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sim/worlds/incident.toml")).unwrap();
    let rate = format!("name = \"prod-service\"\nlog_rate = {}.0\n", part(125));
    let loud = world.replacen("name = \"prod-service\"\n", &rate, 1);
    assert_ne!(world, loud);
    let path = home.path().join("loud.toml");
    fs::write(&path, loud).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn five_hundred_lines_a_second_are_followed_without_loss_or_repetition() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--world", &loud(&home)]);
    let env = home.aws(&sim.url);
    let mut child = Command::new(BINARY)
        .args(["logs", "prod/prod-service", "--since", "10s", "--follow", "--json"])
        .env_clear()
        .envs(env.iter().cloned())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = HashSet::new();
    let (mut first, mut last) = (String::new(), String::new());
    while told.len() < part(15_000) {
        let row: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let at = row["at"].as_str().unwrap().to_owned();
        if first.is_empty() {
            first.clone_from(&at);
        }
        last = last.max(at);
        assert!(told.insert(row["id"].as_str().unwrap().to_owned()), "told twice: {row}");
    }
    let since = if part(2) == 2 { "5m" } else { "1m" };
    let all = run(&["logs", "prod/prod-service", "--since", since, "--json"], &env, home.path());
    drop(lines);
    child.wait().unwrap();
    // what is handed over late may still come for the last moments
    let until: jiff::Timestamp = last.parse().unwrap();
    let until = until.checked_sub(jiff::SignedDuration::from_secs(10)).unwrap();
    let within = |row: &Value| {
        let at: jiff::Timestamp = row["at"].as_str().unwrap().parse().unwrap();
        at >= first.parse().unwrap() && at < until
    };
    let truth: Vec<Value> = rows(&all.stdout).into_iter().filter(within).collect();
    assert!(truth.len() > part(5_000), "{} lines to compare", truth.len());
    let lost = truth.iter().find(|row| !told.contains(row["id"].as_str().unwrap()));
    assert!(lost.is_none(), "never told: {lost:?}");
}

#[test]
fn keys_are_answered_while_five_hundred_lines_a_second_come() {
    let home = Home::new();
    let mut cockpit = Cockpit::demo_with((120, 40), &["--world", &loud(&home), "--speed", "1"]);
    cockpit.wait_for("prod-mailer").keys("/prod-service<enter>").wait_gone("prod-mailer");
    cockpit.keys("l").wait_for("[Logs]").wait_for("following, ");
    for _ in 0..10 {
        cockpit.keys("?").wait_for("everywhere").keys("<esc>").wait_for("[Logs]");
    }
}
