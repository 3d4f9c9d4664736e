//! What ships is what works: the documents, their links, snippets, pictures and tables.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod command;
mod document;
mod links;
mod packaging;
mod snippets;

use document::{read, root};
use std::{collections::BTreeSet, fs, process::Command, thread};

/// The first screen of it: what it is, a picture, and two commands that need nothing else.
#[test]
fn the_readme_begins_with_two_commands() {
    let readme = read("README.md");
    let first: Vec<&str> = readme.lines().take(25).collect();
    for line in ["cargo run --release -- demo", "cargo test"] {
        assert!(first.contains(&line), "{line} does not stand on the first screen");
    }
    assert!(first.iter().any(|line| line.starts_with("![")), "no picture on the first screen");
}

#[test]
fn every_command_is_told_of() {
    let told = read("README.md") + &read("docs/headless.md");
    let command = flightdeck::cli::command();
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        assert!(told.contains(verb.get_name()), "nothing tells of {}", verb.get_name());
    }
}

/// A page of which a part is made by the program, the last one: the rest is written by hand.
/// `UPDATE_DOCS=1 cargo test --test shipped` writes it anew.
fn ends_with_what_is_made(path: &str, made: &str) {
    let page = read(path);
    let (by_hand, _) = page.split_once(MADE).unwrap_or_else(|| panic!("{path} has no line {MADE}"));
    let expected = format!("{by_hand}{MADE}{made}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(path), &expected).unwrap();
    }
    assert_eq!(read(path), expected, "UPDATE_DOCS=1 cargo test --test shipped");
}

const MADE: &str = "<!-- made by the program -->\n\n";

#[test]
fn help_completions_and_manual_know_every_change() {
    for (args, form) in [
        (&["completions", "bash"][..], "flightdeck__subcmd__"),
        (&["completions", "fish"], ""),
        (&["man"], "flightdeck\\-"),
    ] {
        let out = Command::new(env!("CARGO_BIN_EXE_flightdeck")).args(args).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        for verb in ["deploy", "rollback", "migrate", "promote", "release", "apply", "runs"] {
            assert!(text.contains(&format!("{form}{verb}")), "{args:?} does not know {verb}");
        }
    }
}

#[test]
fn a_variable_that_means_nothing_is_told_and_nothing_more() {
    let keys = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .arg("keys")
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("FLIGHTDECK_KEYMAP", "vim")
        .env("FLIGHTDECK_REFESH", "10s")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let told = String::from_utf8(keys.stderr).unwrap();
    let expected = "flightdeck: the variable FLIGHTDECK_REFESH is not recognized and is ignored; \
                    did you mean FLIGHTDECK_REFRESH?\n";
    assert_eq!((told.as_str(), keys.status.code()), (expected, Some(0)));
}

/// Drawn anew, a picture shows what the one that ships does: times and ids apart, which are never the same twice.
#[test]
fn pictures_show_what_the_program_shows() {
    let shown: [(&str, &[&str]); 4] = [
        ("fleet", &["startup", "prod-service", "8be02d4", "steady"]),
        ("matrix", &["startup", "staging", "prod", "preview", "8be02d4"]),
        ("rollout", &["rolling", "staging-service:18", "e7b41d2", "in progress", "breaker 0/3"]),
        ("incident", &["prod-service-5xx is in alarm", "OutOfMemoryError", "Why prod-service"]),
    ];
    let drawn = thread::scope(|scope| {
        let threads = shown.map(|(name, _)| {
            scope.spawn(move || {
                let picture = Command::new(env!("CARGO_BIN_EXE_flightdeck")).args(["picture", name]).output();
                String::from_utf8(picture.unwrap().stdout).unwrap()
            })
        });
        threads.map(|thread| thread.join().unwrap())
    });
    for ((name, words), drawn) in shown.iter().zip(drawn) {
        let ships = read(&format!("docs/{name}.svg"));
        for (which, picture) in [("that ships", &ships), ("drawn now", &drawn)] {
            for word in *words {
                assert!(picture.contains(word), "docs/{name}.svg {which} does not show {word}");
            }
            let colours: BTreeSet<&str> =
                picture.split("fill=\"#").skip(1).filter_map(|rest| rest.get(..6)).collect();
            assert!(colours.len() > 6, "docs/{name}.svg {which} has the colours {colours:?}");
        }
    }
}

#[test]
fn the_key_table_is_that_of_the_live_keymap() {
    let keys = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .arg("keys")
        .env_clear()
        .env("HOME", "/nonexistent")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    ends_with_what_is_made("docs/keys.md", &String::from_utf8(keys.stdout).unwrap());
}

#[test]
fn the_permissions_in_the_documentation_are_those_that_are_called() {
    ends_with_what_is_made("docs/iam.md", &flightdeck::aws::policy::markdown());
}

/// Whoever comes to know the estate finds each of its services in the table.
#[test]
fn every_service_of_the_estate_is_told_of() {
    let text = read("docs/worlds.md");
    let world = flightdeck::sim::world::World::named("estate", None).unwrap();
    let services = world.services.iter().map(|service| service.name.as_str());
    for name in services.chain(world.apps.iter().map(|app| app.name.as_str())) {
        assert!(text.contains(&format!("`{name}`")), "docs/worlds.md does not tell of {name}");
    }
}
