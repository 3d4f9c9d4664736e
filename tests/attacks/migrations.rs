//! What is done to a migration so that it does not run, or runs twice, and is said to be otherwise.

use crate::{
    cockpit::{BINARY, Home, Sim},
    headless::run,
};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// A migration with a check before it.
const CHECKED: &str = r#"
[[environment]]
name = "staging"
clusters = ["staging"]
apprunner = []

[[application]]
name = "fem-fd-service"
repository = "fem-fd-service"
services = { staging = "ecs:staging/staging-service" }

[application.migration]
checks = [["goose", "-dir", "migrations", "status"]]
command = ["goose", "-dir", "migrations", "up"]
"#;

/// The journals of the runs.
fn journals(home: &Home) -> Vec<PathBuf> {
    let found = fs::read_dir(home.state().join("runs")).into_iter().flatten().flatten();
    found.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect()
}

/// Flies until the journal holds these words, and kills it then; gives the run's id.
fn killed_at(home: &Home, env: &[(String, String)], args: &[&str], words: &str) -> String {
    let mut child = Command::new(BINARY)
        .args(args)
        .env_clear()
        .envs(env.iter().cloned())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_mins(1);
    let journal = loop {
        let journal = journals(home).pop();
        let told = journal.as_ref().and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        if told.contains(words) {
            break journal.unwrap();
        }
        assert!(Instant::now() < until && child.try_wait().unwrap().is_none(), "never {words}: {told}");
        std::thread::sleep(Duration::from_millis(3));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    journal.file_stem().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn without_waiting_a_migration_waits_for_its_check_and_is_begun() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "60"]);
    fs::write(home.path().join("flightdeck.toml"), CHECKED).unwrap();
    let env = home.aws(&sim.url);
    let out = run(&["migrate", "staging/staging-service", "--yes", "--no-wait"], &env, home.path());
    assert_eq!(out.code, 0, "{} {}", out.stderr, out.stdout);
    assert!(out.stdout.contains("in progress"), "{}", out.stdout);
    assert_eq!(sim.calls("ecs.RunTask"), 2, "the check, and the migration");
}

#[test]
fn a_migration_that_was_killed_in_its_check_is_taken_up_and_migrates_once() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "20"]);
    fs::write(home.path().join("flightdeck.toml"), CHECKED).unwrap();
    let env = home.aws(&sim.url);
    let migrate = ["migrate", "staging/staging-service", "--yes"];
    let run_id = killed_at(&home, &env, &migrate, ":task/");
    assert_eq!(sim.calls("ecs.RunTask"), 1, "the check");
    let out = run(&["runs", "resume", &run_id, "--yes"], &env, home.path());
    assert_eq!(out.code, 0, "{} {}", out.stderr, out.stdout);
    assert!(out.stdout.contains("succeeded"), "{}", out.stdout);
    assert_eq!(sim.calls("ecs.RunTask"), 2, "the check, and the migration");
}

/// A command on this machine that goes on until it is ended.
#[cfg(unix)]
const ENDLESS: &str = r#"
[[environment]]
name = "staging"
clusters = ["staging"]
apprunner = []

[[application]]
name = "fem-fd-service"
repository = "fem-fd-service"
services = { staging = "ecs:staging/staging-service" }

[application.migration]
local = true
command = ["tail", "-f", "/dev/null"]
"#;

/// A process that is ended whatever becomes of the test.
#[cfg(target_os = "linux")]
struct Left(String);

#[cfg(target_os = "linux")]
impl Left {
    fn end(&self) {
        let _ = Command::new("kill").args(["-s", "KILL", &self.0]).status();
    }

    /// Whether it is there, and is not waiting for its end to be asked for.
    fn runs(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Left {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_on_this_machine_that_outlives_a_kill_is_not_joined_by_another() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "60"]);
    fs::write(home.path().join("flightdeck.toml"), ENDLESS).unwrap();
    let env = home.aws(&sim.url);
    let migrate = ["migrate", "staging/staging-service", "--yes"];
    let run_id = killed_at(&home, &env, &migrate, "\"process\":{\"id\":");
    let journal = fs::read_to_string(journals(&home).pop().unwrap()).unwrap();
    let (_, id) = journal.split_once("\"process\":{\"id\":").unwrap();
    let left = Left(id.chars().take_while(char::is_ascii_digit).collect());
    assert!(left.runs(), "it outlives its flightdeck: {journal}");
    let told = format!("still runs on this machine, as process {}", left.0);
    for args in [&migrate[..], &["migrate", "staging/staging-service", "--plan"]] {
        let out = run(args, &env, home.path());
        assert!(out.code == 5 && out.stderr.contains(&told), "{} {}{}", out.code, out.stderr, out.stdout);
    }
    let resume = ["runs", "resume", &run_id, "--yes"];
    let out = run(&resume, &env, home.path());
    assert!(format!("{}{}", out.stderr, out.stdout).contains(&told), "{} {}", out.stderr, out.stdout);
    left.end();
    while left.runs() {
        std::thread::yield_now();
    }
    let out = run(&resume, &env, home.path());
    assert!(out.stdout.contains("its end is not known"), "{} {}", out.stderr, out.stdout);
    let out = run(&["migrate", "staging/staging-service", "--plan"], &env, home.path());
    assert_eq!(out.code, 0, "{} {}", out.stderr, out.stdout);
}

/// Both are planned before either begins: then it is whose turn it is that keeps them apart.
#[cfg(unix)]
#[test]
fn of_two_who_run_a_command_on_this_machine_at_once_one_begins_it() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "60"]);
    let (log, gate) = (home.path().join("begun"), home.path().join("gate"));
    assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
    let script = format!("echo begun >> {}; read line < {}", log.display(), gate.display());
    let config = ENDLESS.replace(r#"["tail", "-f", "/dev/null"]"#, &format!(r#"["sh", "-c", "{script}"]"#));
    fs::write(home.path().join("flightdeck.toml"), config).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    for _ in 0..2 {
        let (tell, env, path) = (tell.clone(), home.aws(&sim.url), home.path().to_owned());
        std::thread::spawn(move || {
            let _ = tell.send(run(&["migrate", "staging/staging-service", "--yes"], &env, &path));
        });
    }
    // whoever begins the command waits at the gate: the other is the first to end
    let first = told.recv_timeout(Duration::from_mins(2));
    let open = || fs::write(&gate, "go\n").unwrap();
    open();
    let Ok(first) = first else {
        open();
        panic!("both began it: {}", fs::read_to_string(&log).unwrap_or_default());
    };
    assert_eq!(first.code, 5, "{} {}", first.stderr, first.stdout);
    let words = format!("{}{}", first.stderr, first.stdout);
    assert!(
        words.contains("another run of flightdeck runs one now") || words.contains("still runs"),
        "{words}"
    );
    let second = told.recv().unwrap();
    assert_eq!(second.code, 0, "{} {}", second.stderr, second.stdout);
    assert_eq!(fs::read_to_string(&log).unwrap(), "begun\n");
}

#[test]
fn of_two_who_take_a_run_up_at_once_one_flies_it_and_the_other_changes_nothing() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "20"]);
    fs::write(home.path().join("flightdeck.toml"), CHECKED).unwrap();
    let env = home.aws(&sim.url);
    let run_id = killed_at(&home, &env, &["migrate", "staging/staging-service", "--yes"], ":task/");
    let resume = ["runs", "resume", &run_id, "--yes"];
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| run(&resume, &env, home.path()));
        let other = scope.spawn(|| run(&resume, &env, home.path()));
        (one.join().unwrap(), other.join().unwrap())
    });
    let (flew, looked) = if one.code == 0 { (one, other) } else { (other, one) };
    assert_eq!((flew.code, looked.code), (0, 5), "{} {}", flew.stderr, looked.stderr);
    assert!(looked.stderr.contains("another flightdeck on this machine is running"), "{}", looked.stderr);
    assert!(!looked.stderr.contains("plan it again"), "{}", looked.stderr);
    assert_eq!(sim.calls("ecs.RunTask"), 2, "the check, and the migration");
}
