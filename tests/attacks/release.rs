//! A release under attack, and whether what is said of it is true.

use crate::{
    cockpit::{BINARY, Home, Sim},
    proxy::{Deed, Proxy, Request},
    report::Cell,
};
use serde_json::Value;
use std::{
    io::Read,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A team whose releases check, migrate, deploy and look for a while, behind a lock.
pub const CONFIG: &str = r#"
refresh = "1s"

[[environment]]
name = "startup"
clusters = []
apprunner = true

[[environment]]
name = "preview"
clusters = ["preview"]
apprunner = []

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
checks = [["goose", "-dir", "migrations", "status"]]
command = ["goose", "-dir", "migrations", "up"]
timeout = "10m"

[application.verify]
window = "3m"
max_5xx_ratio = 0.05

[lock]
s3 = "s3://fem-flightdeck/team"
"#;

/// What is released, and what runs before it.
pub const NEW: &str = "e7b41d2";
pub const COMMAND: &[&str] = &["release", "staging/staging-service", "--image", NEW, "--yes"];

/// The longest that a command may take: nothing takes this long when all is well.
const LIMIT: Duration = Duration::from_mins(4);

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// The last object of `--json` that tells a result.
    pub result: Value,
}

impl Ended {
    pub fn verdict(&self) -> &str {
        self.result["verdict"].as_str().unwrap_or("")
    }

    pub fn run(&self) -> Option<&str> {
        self.result["run"].as_str()
    }

    pub fn text(&self) -> String {
        let last = |text: &str| {
            text.chars().rev().take(2_500).collect::<Vec<_>>().into_iter().rev().collect::<String>()
        };
        format!("exit code {:?}\n{}\n{}", self.code, last(&self.stdout), last(&self.stderr))
    }

    /// Whether it ended as a program should; its exit code.
    pub fn sane(&self) -> Result<i32, String> {
        let wrong = |what: &str| Err(format!("{what}\n{}", self.text()));
        let Some(code) = self.code else { return wrong("it did not end, or by a signal") };
        if !(0..=8).contains(&code) {
            return wrong("an exit code of no meaning");
        }
        for text in [&self.stdout, &self.stderr] {
            if text.contains("panicked") || text.contains("mistake in flightdeck") {
                return wrong("it panicked");
            }
            if text.chars().any(|c| c.is_control() && c != '\n') {
                return wrong("a control character came through");
            }
        }
        Ok(code)
    }
}

/// What a command is to bring about.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    pub environment: &'static str,
    pub service: &'static str,
    /// The version of the image that is to be there.
    pub version: &'static str,
}

/// What [`COMMAND`] is to bring about.
pub const GOAL: Goal = Goal { environment: "staging", service: "staging-service", version: NEW };

/// A person with a configuration, an AWS, and what stands between them.
pub struct Scene {
    pub home: Home,
    pub sim: Sim,
    pub proxy: Proxy,
    pub goal: Goal,
}

impl Scene {
    /// `speed` simulated seconds a second.
    pub fn new(speed: &str, hook: impl FnMut(&Request) -> Deed + Send + 'static) -> Self {
        Self::with(speed, CONFIG, hook)
    }

    pub fn with(speed: &str, config: &str, hook: impl FnMut(&Request) -> Deed + Send + 'static) -> Self {
        Self::of("fem", speed, config, hook)
    }

    /// In another world.
    pub fn of(
        world: &str,
        speed: &str,
        config: &str,
        hook: impl FnMut(&Request) -> Deed + Send + 'static,
    ) -> Self {
        let home = Home::new();
        let sim = Sim::start(&home, &["--world", world, "--speed", speed]);
        std::fs::write(home.path().join("flightdeck.toml"), config).unwrap();
        let proxy = Proxy::before(&sim.url, hook);
        Self { home, sim, proxy, goal: GOAL }
    }

    /// The way to AWS through the attack.
    pub fn env(&self) -> Vec<(String, String)> {
        self.home.aws(&self.proxy.url)
    }

    pub fn run(&self, args: &[&str]) -> Ended {
        flightdeck(args, &self.env(), self.home.path())
    }

    /// The version that AWS has the service set to, asked without anything between.
    pub fn version(&self) -> String {
        let args = ["status", "--json", "-e", self.goal.environment];
        let out = flightdeck(&args, &self.home.aws(&self.sim.url), self.home.path());
        let document: Value = serde_json::from_str(&out.stdout).unwrap_or_else(|_| panic!("{}", out.text()));
        let services = document["environments"][0]["services"].as_array().unwrap();
        let found = services.iter().find(|s| s["name"] == self.goal.service).unwrap();
        found["version"].as_str().unwrap_or_default().to_owned()
    }

    /// Migrations that AWS began: requests that are told apart by their token, as AWS tells them.
    pub fn migrations(&self) -> usize {
        let mut tokens: Vec<String> = self
            .proxy
            .made()
            .iter()
            .filter(|call| call.operation == "ecs.RunTask" && call.says("\"up\""))
            .map(|call| {
                let body: Value = serde_json::from_slice(&call.body).unwrap();
                body["clientToken"].as_str().expect("a token").to_owned()
            })
            .collect();
        tokens.sort();
        tokens.dedup();
        tokens.len()
    }

    /// How often AWS heard of an operation.
    pub fn made(&self, operation: &str) -> usize {
        self.proxy.made().iter().filter(|call| call.operation == operation).count()
    }

    /// Whether AWS heard of no change.
    pub fn untouched(&self) -> bool {
        let writes = ["Register", "Run", "Update", "Stop", "Put", "Delete"];
        self.proxy.made().iter().all(|call| {
            let verb = call.operation.split_once('.').map_or("", |(_, verb)| verb);
            !writes.iter().any(|write| verb.starts_with(write))
        })
    }

    /// How many changes of ECS and App Runner AWS heard of.
    pub fn begun(&self) -> usize {
        let begins = ["Register", "Run", "Update", "Stop", "Continue", "Start", "Create", "Put", "Tag"];
        let made = self.proxy.made();
        let changes = made
            .iter()
            .filter_map(|call| call.operation.split_once('.'))
            .filter(|(service, verb)| *service != "s3" && begins.iter().any(|word| verb.starts_with(word)));
        changes.count()
    }

    /// Flies a command until the attack keeps one of its calls, and kills it there.
    pub fn killed(&self, args: &[&str]) -> Killed {
        let mut child = command(args, &self.env(), self.home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let kept = self.proxy.keeps(LIMIT);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(kept, "the call that was to be kept never came");
        Killed { run: self.newest() }
    }

    /// The newest run of the journal.
    pub fn newest(&self) -> Option<String> {
        let out = flightdeck(&["runs", "--json"], &self.home.env(), self.home.path());
        let document: Value = serde_json::from_str(&out.stdout).ok()?;
        Some(document["runs"][0]["id"].as_str()?.to_owned())
    }

    /// Whether what is said is true: a word for the table, and whether it was the last word.
    pub fn honest(&self, out: &Ended) -> Result<(String, bool), String> {
        let wrong = |what: &str| Err(format!("{what}\n{}", out.text()));
        let code = out.sane()?;
        if self.migrations() > 1 {
            return wrong("the migration was begun twice");
        }
        let new = self.version().contains(self.goal.version);
        match out.verdict() {
            "succeeded" if new && code == 0 => Ok(("succeeded".into(), true)),
            "unverified" if new => Ok(("unverified".into(), true)),
            "refused" | "failed" | "rolled_back" if !new => Ok((out.verdict().replace('_', " "), true)),
            _ if out.run().is_none() && code != 0 && self.untouched() => Ok(("no plan".into(), true)),
            word @ ("lost" | "stuck") => Ok((word.into(), false)),
            _ => wrong(&format!("that is not so: the service is at {}", self.version())),
        }
    }

    /// The same, and what comes of it when the attack is over and the run is taken up again.
    pub fn honest_to_the_end(&self, out: &Ended) -> Cell {
        let (word, last) = self.honest(out)?;
        // nobody can find out any more, or nothing is begun any more
        let for_good = |out: &Ended| {
            let why = out.result["why"].as_str().unwrap_or_default();
            why.contains("not known") || why.contains("no longer called")
        };
        if last || for_good(out) {
            return Ok(word);
        }
        self.proxy.pass();
        let id = out.run().ok_or_else(|| format!("a verdict without a run\n{}", out.text()))?;
        let again = self.run(&["runs", "resume", id, "--yes", "--json"]);
        let (then, last) = self.honest(&again)?;
        let final_for_good =
            last || again.result["why"].as_str().is_some_and(|why| why.contains("not known"));
        if !final_for_good {
            return Err(format!("resumed it did not come to an end\n{}\n{}", out.text(), again.text()));
        }
        Ok(format!("{word}, then {then}"))
    }
}

/// The run of a process that was killed, if the journal knows one.
pub struct Killed {
    pub run: Option<String>,
}

fn command(args: &[&str], env: &[(String, String)], cwd: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.args(args).env_clear().envs(env.iter().cloned()).current_dir(cwd).stdin(Stdio::null());
    command
}

/// Runs the binary with these variables and no others, without a terminal; killed at its limit.
pub fn flightdeck(args: &[&str], env: &[(String, String)], cwd: &Path) -> Ended {
    let mut child = command(args, env, cwd).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let _ = err.read_to_string(&mut text);
        text
    });
    let id = child.id().to_string();
    let until = Instant::now() + LIMIT;
    let (tell, ended) = std::sync::mpsc::channel::<()>();
    let guard = thread::spawn(move || {
        let left = until.saturating_duration_since(Instant::now());
        if ended.recv_timeout(left) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-s", "KILL", &id]).status();
        }
    });
    let mut stdout = String::new();
    let _ = out.read_to_string(&mut stdout);
    let stderr = reader.join().unwrap();
    drop(tell);
    guard.join().unwrap();
    let code = child.wait().unwrap().code();
    let result = stdout
        .lines()
        .rev()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|object| object["event"] == "result")
        .unwrap_or(Value::Null);
    Ended { code, stdout, stderr, result }
}
