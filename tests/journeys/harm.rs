//! What must not happen by accident: secrets shown, terminals broken, verdicts changed by a full disk.

use crate::{
    cockpit::{BINARY, Cockpit, Home, Sim},
    headless::run,
};
use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

/// A team whose migration is a script on this machine.
const LOCAL: &str = r#"
refresh = "1s"

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
checks = [["sh", "-c", "export X=kanarie01Zq; PGPASSWORD=kanarie02Zq true"]]
command = ["sh", "./migrate.sh", "--password", "kanarie03Zq", "-p", "kanarie04Zq", "--token=kanarie05Zq",
    "postgres://app:kanarie06Zq@db/app", "host=db password=kanarie07Zq user=app",
    "Authorization: Bearer kanarie08Zq", "app:kanarie09Zq@tcp(db:3306)/app", "X-Api-Key: kanarie10Zq",
    "-u", "ana:kanarie11Zq", "https://x.example.com/?access_token=kanarie12Zq&page=2"]
environment = { DATABASE_URL = "postgres://app:kanarie13Zq@db/app", PLAIN = "kanarie14Zq" }
timeout = "5m"
"#;

/// What the script prints: each line with a secret of another form.
const PRINTED: [&str; 22] = [
    "connecting to postgres://app:kanarie15Zq@db:5432/app",
    "dsn=app:kanarie16Zq@tcp(db:3306)/app",
    "failed to connect to `host=db user=app password=kanarie17Zq database=app`: retrying",
    "Server=db;User Id=app;Password=kanarie18Zq;",
    "config: {\"user\":\"app\",\"password\":\"kanarie19Zq\"}",
    "config: {\"password\": \"kanarie20Zq\", \"port\": 5432}",
    "password: kanarie21Zq",
    "password = kanarie22Zq",
    "> Authorization: Bearer kanarie23Zqabcdef",
    "> authorization: Basic kanarie24Zqabcdef",
    "calling with Bearer kanarie25Zqabcdef",
    "GET /x?X-Amz-Credential=kanarie26Zq&X-Amz-Signature=kanarie27Zq 200",
    "GET /x?token=kanarie28Zq 200",
    "AWS_SECRET_ACCESS_KEY=kanarie29Zq",
    "aws_session_token = kanarie30Zq",
    "Set-Cookie: kanarie31Zq=1; Path=/",
    "found AKIAKANARIE32ABCDEFG in the environment",
    "found wJalrXUtnFEMI/K7MDENG/bPxRkanarie33KEYab",
    "found ghp_kanarie34Zq0123456789ABCDEFGHIJ0123",
    "found eyJkanarie35Zq9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "export SECRET_KEY='kanarie36Zq and more'",
    "run with --password kanarie37Zq again",
];

/// Everything that was written by the program, and may be read by somebody.
fn seen(what: &str, text: &str) {
    let at = text.to_lowercase().find("kanarie");
    assert!(
        at.is_none(),
        "{what}: …{}",
        at.and_then(|at| text.get(at.saturating_sub(60)..at + 20)).unwrap_or("?")
    );
}

/// All files below a directory.
fn files(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

#[test]
fn forty_canaries_are_seen_nowhere() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "60"]);
    fs::write(home.path().join("flightdeck.toml"), LOCAL).unwrap();
    let script: Vec<String> = PRINTED.iter().map(|line| format!("cat <<'EOT'\n{line}\nEOT\n")).collect();
    fs::write(home.path().join("migrate.sh"), script.concat()).unwrap();
    let mut env = home.aws(&sim.url);
    env.retain(|(name, _)| name != "AWS_SECRET_ACCESS_KEY");
    env.push(("AWS_SECRET_ACCESS_KEY".into(), "kanarie38Zq".into()));
    env.push(("AWS_SESSION_TOKEN".into(), "kanarie39Zq".into()));
    let note = "because password=kanarie40Zq leaked";
    let planned = ["release", "staging/staging-service", "--image", "e7b41d2", "--note", note];
    let flown = |more: &[&str]| {
        let args: Vec<&str> = planned.iter().copied().chain(more.iter().copied()).collect();
        run(&args, &env, home.path())
    };
    let plan = flown(&["--plan", "--out", "plan.json"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let text = flown(&["--yes"]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(text.stderr.contains("connecting to postgres://••••"), "the script ran: {}", text.stderr);
    assert!(text.stderr.contains("--password ••••"), "{}", text.stderr);
    let json = run(
        &["release", "staging/staging-service", "--image", "1f0c9a7", "--yes", "--json"],
        &env,
        home.path(),
    );
    assert_eq!(json.code, 0, "{}", json.stderr);
    let mut told = vec![plan, text, json];
    for args in [&["runs"][..], &["runs", "--json"], &["status", "--json"], &["doctor"]] {
        told.push(run(args, &env, home.path()));
    }
    let list = run(&["runs", "--json"], &env, home.path());
    let runs: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    let id = runs["runs"][1]["id"].as_str().unwrap();
    for verb in ["show", "export"] {
        let out = run(&["runs", verb, id], &env, home.path());
        assert_eq!(out.code, 0, "{}", out.stderr);
        assert!(out.stdout.contains("••••"), "{}", out.stdout);
        told.push(out);
    }
    // an address with a name and a password in it, and a program that tells its secrets when it fails
    let elsewhere = "http://ana:kanarie41Zq@127.0.0.1:9";
    told.push(run(&["status", "--endpoint-url", elsewhere], &env, home.path()));
    let keys = home.path().join("keys.sh");
    fs::write(&keys, "#!/bin/sh\necho 'login with password: kanarie42Zq failed' >&2\nexit 3\n").unwrap();
    Command::new("chmod").arg("+x").arg(&keys).status().unwrap();
    fs::create_dir_all(home.path().join(".aws")).unwrap();
    fs::write(
        home.path().join(".aws/config"),
        format!(
            "[profile odd]\nregion = us-west-2\ncredential_process = {} --pass kanarie43Zq\n",
            keys.display()
        ),
    )
    .unwrap();
    let asked = run(&["status", "--profile", "odd"], &env, home.path());
    assert!(
        asked.stdout.contains("••••") || asked.stderr.contains("••••"),
        "{} {}",
        asked.stdout,
        asked.stderr
    );
    told.push(asked);
    for out in &told {
        seen("stdout", &out.stdout);
        seen("stderr", &out.stderr);
    }
    // the screen
    let mut cockpit = Cockpit::start(BINARY, &[], (140, 50), &env, home.path());
    cockpit.wait_for("staging-service").keys("2").wait_for("release").keys("<enter>").wait_for("••••");
    cockpit.keys("E").wait_for("run-").keys("1<enter>c").wait_for("cpu").keys("<ctrl-c>");
    cockpit.ended();
    seen("pty", &String::from_utf8_lossy(&cockpit.raw));
    let mut all = Vec::new();
    files(home.path(), &mut all);
    let own = ["flightdeck.toml", "migrate.sh", "keys.sh", ".aws/config"];
    all.retain(|path| !own.iter().any(|own| path.ends_with(own)));
    assert!(all.iter().any(|path| path.extension().is_some_and(|e| e == "jsonl")), "{all:?}");
    for path in all {
        seen(&path.display().to_string(), &String::from_utf8_lossy(&fs::read(&path).unwrap()));
    }
}

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
    assert_eq!(full(&["runs"]).status.code(), Some(8));
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
    shell.wait_for("take it up again").wait_until("the prompt", |s| s.trim_end().ends_with("shell>"));
    let screen = shell.screen();
    assert!(screen.contains("lost: ") && !screen.contains("failed"), "{screen}");
    assert!(screen.contains("its task goes on in AWS"), "{screen}");
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
