//! A run is taken up where less is allowed than when it was begun.

use crate::{
    cockpit::{BINARY, Cockpit},
    kills::{CHANGES, Change, keep},
    release::{COMMAND, CONFIG, Killed, Scene, flightdeck},
    report::{Cell, Table},
};
use std::{fs, time::Duration};

/// What is stricter, or other, than it was.
#[derive(Debug, Clone, Copy)]
enum Stricter {
    /// An argument before the verb.
    Argument(&'static [&'static str]),
    /// A variable.
    Variable(&'static str, &'static str),
    /// The configuration, with some texts for others.
    Configured(&'static [(&'static str, &'static str)]),
}

const SETTINGS: [(&str, Stricter); 8] = [
    ("`--read-only`", Stricter::Argument(&["--read-only"])),
    ("`FLIGHTDECK_READ_ONLY=1`", Stricter::Variable("FLIGHTDECK_READ_ONLY", "1")),
    (
        "`protection = \"read-only\"`",
        Stricter::Configured(&[(
            "\"staging\"
",
            "\"staging\"
protection = \"read-only\"
",
        )]),
    ),
    (
        "the environment is another account",
        Stricter::Configured(&[(
            "\"staging\"
",
            "\"staging\"
account = \"999988887777\"
",
        )]),
    ),
    (
        "the environment is another region",
        Stricter::Configured(&[(
            "\"staging\"
",
            "\"staging\"
region = \"eu-west-1\"
",
        )]),
    ),
    ("`--region` is another", Stricter::Argument(&["--region", "eu-west-1"])),
    (
        "the environment is gone",
        Stricter::Configured(&[
            (
                "\"staging\"
",
                "\"other\"
",
            ),
            ("{ staging =", "{ other ="),
        ]),
    ),
    ("the lock is elsewhere", Stricter::Configured(&[("fem-flightdeck/team", "fem-flightdeck/another")])),
];

/// How it is taken up.
const WAYS: [&str; 3] = ["`runs resume`", "`runs resume --yes`", "by opening the cockpit"];

/// Where the first process died: what it had begun, and whether AWS had made it.
const DIED: [(&str, usize, bool); 4] = [
    ("before its copy", 1, false),
    ("before its migration", 3, false),
    ("in its migration", 3, true),
    ("before its deploy", 4, false),
];

fn stricter(scene: &Scene, how: Stricter, args: &mut Vec<String>, env: &mut Vec<(String, String)>) {
    match how {
        Stricter::Argument(more) => args.extend(more.iter().map(|arg| (*arg).to_owned())),
        Stricter::Variable(name, value) => env.push((name.into(), value.into())),
        Stricter::Configured(pairs) => {
            let mut config = CONFIG.to_owned();
            for (from, to) in pairs {
                assert!(config.contains(from), "{from}");
                config = config.replacen(from, to, 1);
            }
            fs::write(scene.home.path().join("flightdeck.toml"), config).unwrap();
        }
    }
}

/// Takes a run up in one of the ways; nothing may be begun.
fn taken_up(scene: &Scene, run: &str, way: usize, how: Option<Stricter>) -> Cell {
    let (mut env, before) = (scene.env(), scene.begun());
    let mut args: Vec<String> = Vec::new();
    if way < 2 {
        args.extend(["runs", "resume", run, "--json"].map(str::to_owned));
        args.extend((way == 1).then(|| "--yes".to_owned()));
    }
    if let Some(how) = how {
        stricter(scene, how, &mut args, &mut env);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let word = if way < 2 {
        let out = flightdeck(&args, &env, scene.home.path());
        out.sane()?;
        match out.verdict() {
            "" => format!("exit code {}", out.code.unwrap_or(-1)),
            verdict => verdict.replace('_', " "),
        }
    } else {
        let mut cockpit = Cockpit::start(BINARY, &args, (120, 40), &env, scene.home.path());
        cockpit.wait_for("/ filter").keys("2").wait_for("release");
        cockpit.quiet_for(Duration::from_secs(6));
        let shown = cockpit.screen();
        cockpit.keys("<ctrl-c>");
        cockpit.ended();
        if shown.contains("not started") || shown.contains("waiting") {
            "waiting".into()
        } else {
            "watched".into()
        }
    };
    let begun = scene.begun() - before;
    if begun > 0 { Err(format!("{begun} changes were begun ({word})")) } else { Ok(word) }
}

fn died(at: usize) -> (Scene, Option<String>) {
    let (_, change, made) = DIED[at];
    let change: Change = CHANGES[change];
    let scene = Scene::new("30", keep(change, made));
    let Killed { run } = scene.killed(COMMAND);
    (scene, run)
}

#[test]
fn who_takes_a_run_up_passes_the_same_gate_as_who_begins_one() {
    let columns: Vec<String> =
        WAYS.iter().flat_map(|way| DIED.map(|(name, ..)| format!("{way}, {name}"))).collect();
    let table = Table {
        name: "take-up",
        title: "Taking up where less is allowed",
        what: "A release is killed, and taken up where the settings have become stricter, or lead elsewhere. Nothing that \
               changes ECS may be begun: no copy, no task, no deploy.",
        corner: "stricter",
        rows: SETTINGS.map(|(name, _)| name).to_vec(),
        columns: columns.iter().map(String::as_str).collect(),
    };
    table.run(
        |row, column| (row + column) % 8 == 3,
        |row, column| {
            let (scene, run) = died(column % DIED.len());
            taken_up(&scene, &run.ok_or("no run")?, column / DIED.len(), Some(SETTINGS[row].1))
        },
    );
}

#[test]
fn without_a_word_nothing_is_begun() {
    let ways = [0, 2];
    let table = Table {
        name: "unasked",
        title: "Taking up without a word",
        what: "A release is killed, and taken up with the settings that it was begun with, but nobody says that it is to go \
               on: by `runs resume` without `--yes` and without a terminal, and by opening the cockpit without a further key.",
        corner: "taken up",
        rows: ways.map(|way| WAYS[way]).to_vec(),
        columns: DIED.map(|(name, ..)| name).to_vec(),
    };
    table.run(
        |_, _| true,
        |row, column| {
            let (scene, run) = died(column);
            taken_up(&scene, &run.ok_or("no run")?, ways[row], None)
        },
    );
}
