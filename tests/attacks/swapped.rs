//! Reads that are answered with what was kept of other reads: every call of ECS is a `POST /`, and what stands between and goes
//! by the address takes one for another.

use crate::{
    proxy::{Deed, Request},
    release::{Ended, Goal, NEW, Scene},
    report::{Cell, Table},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// The reads of a run. The last is every one.
const READS: [&str; 10] = [
    "ecs.DescribeServices",
    "ecs.ListServiceDeployments",
    "ecs.DescribeServiceDeployments",
    "ecs.DescribeServiceRevisions",
    "ecs.DescribeTaskDefinition",
    "ecs.ListTasks",
    "ecs.DescribeTasks",
    "cloudwatch.GetMetricData",
    "s3.GetObject",
    "every read",
];

/// What fails in AWS, or is done there, after another one of its kind succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Its migration fails in every database.
    Migration,
    /// It never passes its health check, and AWS puts the earlier revision back.
    Deploy,
    Rollback,
}

const ATTACKED: [(What, bool, &str); 6] = [
    (What::Migration, true, "migration, from its plan"),
    (What::Migration, false, "migration, in flight"),
    (What::Deploy, true, "deploy, from its plan"),
    (What::Deploy, false, "deploy, in flight"),
    (What::Rollback, true, "rollback, from its plan"),
    (What::Rollback, false, "rollback, in flight"),
];

const FAILS: &str = "5d2ae18";
const UNHEALTHY: &str = "c90f3ad";
const BEFORE: &str = "1f0c9a7";

impl What {
    /// What succeeds before, and whose answers are kept.
    fn warm(self) -> &'static [&'static str] {
        match self {
            Self::Migration => &["migrate", "staging/staging-service", "--yes", "--json"],
            Self::Deploy | Self::Rollback => {
                &["deploy", "staging/staging-worker", "--image", NEW, "--yes", "--json"]
            }
        }
    }

    fn command(self) -> &'static [&'static str] {
        match self {
            Self::Migration => &["migrate", "staging/staging-service", "--image", FAILS, "--yes", "--json"],
            Self::Deploy => &["deploy", "staging/staging-service", "--image", UNHEALTHY, "--yes", "--json"],
            Self::Rollback => &["rollback", "staging/staging-service", "--yes", "--json"],
        }
    }

    /// What is there where it succeeds; nothing where it cannot.
    fn brings(self) -> Option<&'static str> {
        (self == Self::Rollback).then_some(BEFORE)
    }
}

/// Whether a change is of the service, and of nothing else.
fn is_own(call: &Request) -> bool {
    let named = |service: &str| {
        call.says(&format!("\"{service}\""))
            || call.says(&format!("/{service}\""))
            || call.says(&format!("/{service}:"))
    };
    match call.operation.as_str() {
        "s3.PutObject" | "s3.DeleteObject" => {
            call.is_at("/staging/fem-fd-service.json") || call.is_at("/team/runs/")
        }
        "ecs.UpdateService" | "ecs.RegisterTaskDefinition" | "ecs.RunTask" => {
            named("staging-service") && !named("staging-worker") && !named("staging-mailer")
        }
        "ecs.StopServiceDeployment" => call.says("/staging/staging-service/"),
        // no time is over
        _ => false,
    }
}

/// Whether what is said is true, and nothing else was changed.
fn judged(scene: &Scene, what: What, out: &Ended, since: usize) -> Cell {
    let wrong = |why: &str| Err(format!("{why}\n{}", out.text()));
    let code = out.sane()?;
    let made = scene.proxy.made();
    let changes: Vec<&Request> =
        made.iter().skip(since).filter(|call| !call.reads() && call.service() != "sts").collect();
    if let Some(other) = changes.iter().find(|call| !is_own(call)) {
        let body = String::from_utf8_lossy(&other.body).into_owned();
        return wrong(&format!("{} is of another: {body}", other.operation));
    }
    let migrations = changes.iter().filter(|call| call.operation == "ecs.RunTask" && call.says("\"up\""));
    let mut tokens: Vec<String> = migrations
        .map(|call| {
            let body: serde_json::Value = serde_json::from_slice(&call.body).unwrap();
            body["clientToken"].as_str().unwrap().to_owned()
        })
        .collect();
    tokens.sort();
    tokens.dedup();
    if tokens.len() > 1 {
        return wrong("the migration was begun twice");
    }
    if matches!(out.verdict(), "succeeded" | "unverified") || code == 0 {
        let there = scene.version();
        if what.brings().is_none_or(|brings| !there.starts_with(brings)) {
            return wrong(&format!("it succeeded by the end of another: the service is at {there}"));
        }
    }
    let word = match out.verdict() {
        "" if changes.iter().all(|call| call.service() == "s3") => "no plan".to_owned(),
        "" => return wrong("no verdict"),
        word => word.replace('_', " "),
    };
    Ok(word)
}

#[test]
fn nothing_succeeds_by_the_end_of_another() {
    let table = Table {
        name: "swapped",
        title: "Reads that are answered with the answer to another",
        what: "Another service is deployed, or a migration is run, to its good end through a cache that keeps every answer. Then a \
               migration that fails is run, an image that never gets healthy is deployed, and a service is rolled back; from its \
               plan on, or from its first change on, every read of an operation is answered with what was kept of another question \
               to it. None may succeed that AWS did not end well, none may change anything but its own service, and no migration \
               may begin twice.",
        corner: "reads",
        rows: READS.to_vec(),
        columns: ATTACKED.map(|(.., name)| name).to_vec(),
    };
    table.run(
        |row, column| (row * 2 + 1) % 6 == column || (READS[row] == "ecs.DescribeTasks" && column == 1),
        |row, column| {
            let (read, (what, at_once, _)) = (READS[row], ATTACKED[column]);
            let warm = Arc::new(AtomicBool::new(true));
            let (learns, mut begun) = (Arc::clone(&warm), at_once);
            let mut scene = Scene::new("60", move |call| {
                if learns.load(Ordering::SeqCst) {
                    return Deed::Learn;
                }
                begun |= !call.reads() && call.service() != "sts";
                let hit = begun && call.reads() && (read == "every read" || call.operation == read);
                if hit { Deed::Swap } else { Deed::Pass }
            });
            scene.goal = Goal { environment: "staging", service: "staging-service", version: NEW };
            let out = scene.run(what.warm());
            if out.code != Some(0) {
                return Err(format!("what comes before failed\n{}", out.text()));
            }
            let since = scene.proxy.made().len();
            warm.store(false, Ordering::SeqCst);
            let out = scene.run(what.command());
            judged(&scene, what, &out, since)
        },
    );
}
