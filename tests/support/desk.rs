//! A person who changes things without a screen, and the AWS that it is done to.

use super::{
    cockpit::{BINARY, Home, Sim},
    headless::{Output, run},
};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
};

/// Simulated seconds a second: a rollout takes a few seconds.
pub const FAST: &[&str] = &["--speed", "60"];

/// The configuration of a team on ECS.
pub const CONFIG: &str = r#"
refresh = "1s"

[[environment]]
name = "startup"
clusters = []

[[environment]]
name = "staging"
clusters = ["staging"]
apprunner = []

[[environment]]
name = "prod"
clusters = ["prod"]
apprunner = []
promote_from = "staging"

[[application]]
name = "fem-fd-service"
repository = "fem-fd-service"
services = { staging = "ecs:staging/staging-service", prod = "ecs:prod/prod-service" }

[application.migration]
container = "service"
checks = [["goose", "-dir", "migrations", "status"]]
command = ["goose", "-dir", "migrations", "up"]
down = ["goose", "-dir", "migrations", "down"]
timeout = "10m"

[application.verify]
window = "3m"
max_5xx_ratio = 0.05
"#;

/// A person with a configuration, and an AWS.
pub struct Desk {
    pub home: Home,
    pub sim: Sim,
    pub env: Vec<(String, String)>,
}

impl Desk {
    pub fn new(speed: &[&str]) -> Self {
        Self::with(speed, CONFIG)
    }

    pub fn with(speed: &[&str], config: &str) -> Self {
        let home = Home::new();
        let sim = Sim::start(&home, speed);
        std::fs::write(home.path().join("flightdeck.toml"), config).unwrap();
        let env = home.aws(&sim.url);
        Self { home, sim, env }
    }

    pub fn path(&self) -> &Path {
        self.home.path()
    }

    pub fn run(&self, command: &str) -> Output {
        run(&command.split(' ').collect::<Vec<_>>(), &self.env, self.path())
    }

    /// Runs a command that has to end with this exit code.
    pub fn ends(&self, command: &str, code: i32) -> Output {
        let out = self.run(command);
        assert_eq!(out.code, code, "{command}\n{}\n{}", out.stdout, out.stderr);
        out
    }

    /// Starts a command and reads its progress until a line says this.
    pub fn until(&self, command: &str, said: &str) -> Job {
        let mut job = Job {
            child: Command::new(BINARY)
                .args(command.split(' '))
                .env_clear()
                .envs(self.env.iter().cloned())
                .current_dir(self.path())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
            progress: None,
        };
        job.progress = job.child.stderr.take().map(BufReader::new);
        job.says(said);
        job
    }

    /// What somebody else asks of ECS, or changes there; the answer's body.
    pub fn outside(&self, operation: &str, body: &str) -> String {
        self.sim.ecs(operation, body)
    }

    /// The runs of the journal, newest first.
    pub fn runs(&self) -> Vec<Value> {
        let document: Value = serde_json::from_str(&self.ends("runs --json", 0).stdout).unwrap();
        document["runs"].as_array().unwrap().clone()
    }

    /// The image that a service is set to.
    pub fn version(&self, environment: &str, service: &str) -> String {
        let status = self.ends(&format!("status --json -e {environment}"), 0).stdout;
        let document: Value = serde_json::from_str(&status).unwrap();
        let services = document["environments"][0]["services"].as_array().unwrap();
        let found = services.iter().find(|s| s["name"] == service).unwrap();
        found["version"].as_str().unwrap().to_owned()
    }

    pub fn digest(&self, environment: &str, service: &str) -> String {
        let status = self.ends(&format!("status --json -e {environment}"), 0).stdout;
        let document: Value = serde_json::from_str(&status).unwrap();
        let services = document["environments"][0]["services"].as_array().unwrap();
        let found = services.iter().find(|s| s["name"] == service).unwrap();
        found["digest"].as_str().unwrap().to_owned()
    }
}

/// A command at work.
pub struct Job {
    pub child: Child,
    progress: Option<BufReader<ChildStderr>>,
}

impl Job {
    /// Reads its progress until a line says this.
    pub fn says(&mut self, said: &str) {
        let (mut all, lines) = (String::new(), self.progress.as_mut().unwrap());
        loop {
            let before = all.len();
            assert!(lines.read_line(&mut all).unwrap() > 0, "it did not say {said}:\n{all}");
            if all[before..].contains(said) {
                return;
            }
        }
    }

    pub fn interrupt(&self) {
        let sent = Command::new("kill").args(["-s", "INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end: the exit code and what it printed.
    pub fn ended(mut self) -> (Option<i32>, String) {
        // whoever does not read on stops it
        std::io::copy(self.progress.as_mut().unwrap(), &mut std::io::sink()).unwrap();
        let mut told = String::new();
        self.child.stdout.as_mut().unwrap().read_to_string(&mut told).unwrap();
        (self.child.wait().unwrap().code(), told)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The objects of `--json`, a line each.
pub fn objects(out: &Output) -> Vec<Value> {
    out.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}
