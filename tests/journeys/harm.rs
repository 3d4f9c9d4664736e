//! What must not happen by accident: secrets shown, terminals broken, verdicts changed by a full disk.

use crate::{
    cockpit::{BINARY, Cockpit, Home, Sim},
    headless::run,
    support::headless::run_within,
};
use std::{
    fs::{self, File},
    process::{Command, Stdio},
};

#[test]
fn arguments_are_text_from_outside_too() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let env = home.aws(&sim.url);
    let evil = "x\u{1b}[31m\u{1b}]0;owned\u{7}";
    for args in [
        &["deploy", "staging/staging-service", "--image", evil, "--plan"][..],
        &["deploy", evil, "--image", "e7b41d2", "--plan"],
        &["deploy", "staging/staging-service", "--image", "e7b41d2", "--note", evil, "--plan"],
        &["rollback", "staging/staging-service", "--to", evil, "--plan"],
        &["status", "-e", evil],
        &["runs", "show", evil],
        &["fly", evil],
        &["--theme", evil, "status"],
        &["--config", evil, "status"],
        &["--region", evil, "status"],
        &[evil],
        &["status", "--odd", evil],
    ] {
        let out = run(args, &env, home.path());
        for text in [&out.stdout, &out.stderr] {
            assert!(!text.contains(['\u{1b}', '\u{7}']), "{args:?}: {text:?}");
        }
    }
}

#[test]
fn a_full_output_changes_no_verdict() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "60"]);
    let env = home.aws(&sim.url);
    let full = |args: &[&str]| {
        Command::new(BINARY)
            .args(args)
            .env_clear()
            .envs(env.iter().cloned())
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(File::options().write(true).open("/dev/full").unwrap())
            .output()
            .unwrap()
    };
    let deployed = full(&["deploy", "staging/staging-service", "--image", "e7b41d2", "--yes"]);
    let told = String::from_utf8_lossy(&deployed.stderr).into_owned();
    assert_eq!(deployed.status.code(), Some(8), "{told}");
    assert!(told.contains("could not write to standard output") && told.contains("succeeded"), "{told}");
    for args in [["runs"], ["--help"], ["--version"]] {
        assert_eq!(full(&args).status.code(), Some(8), "{args:?}");
    }
    let runs = run(&["runs"], &env, home.path());
    assert!(runs.code == 0 && runs.stdout.contains("succeeded"), "{}", runs.stdout);
}

#[test]
fn what_cannot_be_read_is_a_sentence_and_an_exit_code() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let env = home.aws(&sim.url);
    // a line end in a variable
    for name in ["AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let mut odd = env.clone();
        odd.retain(|(own, _)| own != name);
        odd.push((name.into(), "AKIADEMO\nx".into()));
        let out = run(&["status"], &odd, home.path());
        let told = format!("{}{}", out.stdout, out.stderr);
        assert_eq!(out.code, 6, "{name}: {told}");
        assert!(told.contains(&format!("{name} has a line end in it")), "{name}: {told}");
        assert!(!told.contains("panicked") && !told.contains("mistake in flightdeck"), "{told}");
    }
    // a pipe and a device as configuration: never waited for
    let pipe = home.path().join("pipe.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.to_str().unwrap(), "/dev/zero"] {
        let out = run(&["--config", path, "status"], &env, home.path());
        assert_eq!(out.code, 2, "{}", out.stderr);
        assert!(out.stderr.contains("and not a file"), "{}", out.stderr);
    }
    // and as the profiles of AWS, which the SDK would wait for
    for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        for path in [pipe.to_str().unwrap(), "/dev/zero"] {
            let mut odd = env.clone();
            odd.retain(|(own, _)| {
                own != name && !own.starts_with("AWS_ACCESS") && !own.starts_with("AWS_SECRET")
            });
            odd.push((name.into(), path.into()));
            let out = run_within(&["status"], &odd, home.path(), 60);
            let told = format!("{}{}", out.stdout, out.stderr);
            assert_eq!(out.code, 2, "{name} {path}: {told}");
            assert!(told.contains(path) && told.contains("and not a file"), "{name} {path}: {told}");
        }
    }
    // likewise where nobody names another place
    let own = home.path().join(".aws");
    fs::create_dir_all(&own).unwrap();
    for file in ["config", "credentials"] {
        let path = own.join(file);
        let kept = fs::rename(&path, own.join("kept")).is_ok();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let mut odd = env.clone();
        odd.retain(|(name, _)| {
            !matches!(name.as_str(), "HOME" | "AWS_CONFIG_FILE" | "AWS_SHARED_CREDENTIALS_FILE")
        });
        odd.push(("HOME".into(), home.path().to_str().unwrap().into()));
        let out = run_within(&["status"], &odd, home.path(), 60);
        let told = format!("{}{}", out.stdout, out.stderr);
        assert_eq!(out.code, 2, "{file}: {told}");
        assert!(told.contains("a named pipe and not a file"), "{file}: {told}");
        fs::remove_file(&path).unwrap();
        if kept {
            fs::rename(own.join("kept"), &path).unwrap();
        }
    }
    // a pipe in the journal: the rest is told
    let runs = home.state().join("runs");
    fs::create_dir_all(&runs).unwrap();
    assert!(Command::new("mkfifo").arg(runs.join("r1.jsonl")).status().unwrap().success());
    let out = run(&["runs"], &env, home.path());
    assert_eq!(out.code, 6, "{}", out.stderr);
    assert!(out.stderr.contains("named pipe"), "{}", out.stderr);
}

/// A release whose first task is the migration.
const RELEASE: &str = r#"
[[environment]]
name = "staging"
clusters = ["staging"]
apprunner = []

[[application]]
name = "fem-fd-service"
repository = "fem-fd-service"
services = { staging = "ecs:staging/staging-service" }

[application.migration]
container = "service"
command = ["goose", "-dir", "migrations", "up"]
timeout = "10m"
"#;

#[test]
fn a_release_left_before_its_migration_ended_is_gone_on_with_and_leaves_no_letter_in_the_shell() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    fs::write(home.path().join("flightdeck.toml"), RELEASE).unwrap();
    let mut env = home.aws(&sim.url);
    env.push(("PS1".into(), "shell> ".into()));
    let mut shell = Cockpit::start("bash", &["--norc", "--noprofile", "-i"], (150, 60), &env, home.path());
    let command = format!("{BINARY} release staging/staging-service --image e7b41d2 --yes<enter>");
    shell.wait_for("shell>").keys(&command).wait_for("accepted: task/").keys("<ctrl-c>");
    shell.wait_for("what now?").keys("xyz").keys("s");
    shell.wait_for("resume it with").wait_until("the prompt", |s| s.trim_end().ends_with("shell>"));
    let screen = shell.screen();
    assert!(screen.contains("lost: ") && !screen.contains("failed"), "{screen}");
    assert!(screen.contains("its task continues in AWS"), "{screen}");
    shell.keys("echo code $?<enter>").wait_for("code 130");
    sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    let out = run(&["runs", "--json"], &env, home.path());
    let runs: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!(runs["runs"][0]["verdict"], "lost");
    let id = runs["runs"][0]["id"].as_str().unwrap();
    let resumed = run(&["runs", "resume", id, "--yes"], &env, home.path());
    assert_eq!(resumed.code, 0, "{} {}", resumed.stdout, resumed.stderr);
    assert!(
        resumed.stdout.contains("succeeded") && resumed.stdout.contains("goes back"),
        "{}",
        resumed.stdout
    );
    assert_eq!(sim.calls("ecs.RunTask"), 1, "one migration");
    shell.keys("exit<enter>");
    shell.ended();
}
