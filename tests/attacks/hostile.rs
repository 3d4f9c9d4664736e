//! Hostile text: what AWS's answers may carry, and what must never reach a terminal.

use crate::{
    fault::{Answer, Fault},
    proxy::Deed,
    release::{COMMAND, CONFIG, NEW, Scene},
    report::Table,
    screens::{PLACES, go, opened},
};
use serde_json::Value;
use std::time::Duration;

/// Text that takes a terminal over, hides what it says, or lays itself over its neighbours.
pub const EVIL: &str = "evil\u{1b}]0;PWNED\u{7}\u{1b}]52;c;cm0gLXJm\u{7}\u{1b}[2J\u{1b}[1337m\u{9b}2J\u{9d}0;PWNED\u{9c}\
                        \u{202e}gnp.exe\u{202c}\u{200b}\u{2060}\u{feff}\r\u{8}\0\u{7f}z\u{301}\u{301}\u{301}\u{301}\
                        \u{301}\u{301}\u{301}\u{301}\u{34f}end";

/// Places where some of it has to be seen, made harmless, at 120×40: without that nothing was tried.
const SEEN: [&str; 4] = ["log", "why", "a run", "rollout"];

/// Members that people or programs write as they like.
const FREE: [&str; 14] = [
    "message",
    "Message",
    "reason",
    "stoppedReason",
    "statusReason",
    "stopReason",
    "rolloutStateReason",
    "description",
    "AlarmDescription",
    "StateReason",
    "StateReasonData",
    "detail",
    "failureReason",
    "logStreamDescription",
];

/// Puts hostile text before every free text of an answer.
pub fn taint(answer: &mut Answer) {
    if let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) {
        spoil(&mut value);
        answer.body = value.to_string().into_bytes();
    } else if let Ok(mut value) = ciborium::from_reader::<ciborium::Value, _>(answer.body.as_slice()) {
        spoil_cbor(&mut value);
        let mut body = Vec::new();
        ciborium::into_writer(&value, &mut body).unwrap();
        answer.body = body;
    }
}

fn spoil(value: &mut Value) {
    match value {
        Value::Object(members) => {
            // a tag, a variable of a container
            if let (true, Some(Value::String(text))) =
                (members.contains_key("key") || members.contains_key("name"), members.get_mut("value"))
            {
                text.insert_str(0, EVIL);
            }
            for (name, member) in members {
                match member {
                    Value::String(text) if FREE.contains(&name.as_str()) => text.insert_str(0, EVIL),
                    member => spoil(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(spoil),
        _ => {}
    }
}

fn spoil_cbor(value: &mut ciborium::Value) {
    match value {
        ciborium::Value::Map(members) => {
            for (name, member) in members {
                match member {
                    ciborium::Value::Text(text) if name.as_text().is_some_and(|n| FREE.contains(&n)) => {
                        text.insert_str(0, EVIL);
                    }
                    member => spoil_cbor(member),
                }
            }
        }
        ciborium::Value::Array(items) => items.iter_mut().for_each(spoil_cbor),
        _ => {}
    }
}

/// What a program that was taken over would have written: none of it is ever the cockpit's own.
const TAKEN: [&str; 3] = ["\u{1b}[1337m", "PWNED\u{7}", "\u{1b}]52;c;cm0g"];

/// What is wrong with what was written to a terminal, if anything is.
pub fn wrong(raw: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(raw) else { return Some("no UTF-8".into()) };
    if let Some(taken) = TAKEN.iter().find(|taken| text.contains(**taken)) {
        return Some(format!("{taken:?} came through"));
    }
    let mut marks = 0;
    for c in text.chars() {
        let odd = match c {
            '\n' | '\r' | '\u{1b}' | '\u{8}' => false,
            c if c.is_control() => true,
            '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{34f}' => true,
            _ => false,
        };
        if odd {
            return Some(format!("U+{:04X} came through", u32::from(c)));
        }
        marks = if ('\u{300}'..='\u{36f}').contains(&c) { marks + 1 } else { 0 };
        if marks > 4 {
            return Some("more than four marks over one character".into());
        }
    }
    None
}

const SIZES: [(&str, (u16, u16)); 3] = [("120×40", (120, 40)), ("80×24", (80, 24)), ("40×12", (40, 12))];

const PROD: &str = "[[environment]]\nname = \"prod\"\nclusters = [\"prod\"]\napprunner = []\n";

#[test]
fn hostile_text_reaches_no_terminal() {
    let table = Table {
        name: "hostile",
        title: "Hostile text in every place",
        what: "Every message, reason and description that AWS answers and every tag and variable, begins with escape sequences, titles, clipboard orders, \
               carriage returns, directions and stacked marks, in a world where much is wrong. Every place is opened; no byte \
               of it reaches the terminal as it is, and the terminal is restored.",
        corner: "in",
        rows: PLACES.map(|(name, ..)| name).to_vec(),
        columns: SIZES.map(|(name, _)| name).to_vec(),
    };
    table.run(
        |row, column| (row + column) % 6 == 1,
        |row, column| {
            let world = if PLACES[row].0.contains("run") { "fem" } else { "incident" };
            let config = format!("{CONFIG}\n{PROD}");
            let scene = Scene::of(world, "5", &config, |_| Deed::Instead(Fault::Hostile));
            if PLACES[row].0.contains("run") {
                let out = scene.run(COMMAND);
                if let Some(wrong) = wrong(out.stdout.as_bytes()).or_else(|| wrong(out.stderr.as_bytes())) {
                    return Err(wrong);
                }
            }
            let environment = if world == "fem" { "staging" } else { "prod" };
            let mut cockpit = opened(&scene, SIZES[column].1, &["-e", environment]);
            go(&mut cockpit, PLACES[row].1);
            if column == 0 && SEEN.contains(&PLACES[row].0) {
                cockpit.wait_for("evil");
            }
            let screen = cockpit.screen();
            cockpit.keys("<ctrl-f>");
            cockpit.quiet_for(Duration::from_millis(300));
            go(&mut cockpit, "1");
            cockpit.keys("<ctrl-c>");
            cockpit.ended();
            cockpit.assert_restored();
            match wrong(&cockpit.raw) {
                Some(wrong) => Err(format!("{wrong}\n{screen}")),
                None if screen.contains("evil") => Ok("shown harmless".into()),
                None => Ok("not shown".into()),
            }
        },
    );
}

#[test]
fn hostile_text_is_printed_nowhere() {
    let verbs: [&[&str]; 12] = [
        &["status"],
        &["status", "--json"],
        &["doctor"],
        &["deploy", "staging/staging-service", "--image", NEW, "--yes"],
        &["deploy", "staging/staging-service", "--image", NEW, "--yes", "--json"],
        &["rollback", "staging/staging-service", "--plan"],
        &["runs", "show"],
        &["why", "prod/prod-service"],
        &["why", "prod/prod-service", "--json"],
        &["logs", "prod/prod-service"],
        &["logs", "prod/prod-service", "--json"],
        &["timeline"],
    ];
    let names: Vec<String> = verbs.iter().map(|verb| format!("`{}`", verb.join(" "))).collect();
    let table = Table {
        name: "printed",
        title: "Hostile text without a screen",
        what: "The same text, told by the verbs that need no screen, on both outputs.",
        corner: "verb",
        rows: names.iter().map(String::as_str).collect(),
        columns: vec!["printed"],
    };
    table.run(
        |_, _| true,
        |row, _| {
            let world = if ["deploy", "runs"].contains(&verbs[row][0]) { "fem" } else { "incident" };
            let scene = Scene::of(world, "30", CONFIG, |_| Deed::Instead(Fault::Hostile));
            let mut args = verbs[row].to_vec();
            let run;
            if args == ["runs", "show"] {
                scene.run(COMMAND);
                run = scene.newest().ok_or("no run")?;
                args.push(&run);
            }
            let out = scene.run(&args);
            out.sane()?;
            match wrong(out.stdout.as_bytes()).or_else(|| wrong(out.stderr.as_bytes())) {
                Some(wrong) => Err(format!("{wrong}\n{}", out.text())),
                None => Ok(format!("exit code {}", out.code.unwrap_or(-1))),
            }
        },
    );
}
