//! Every snippet is what it says it is.

use crate::{
    command,
    document::{Snippet, documents, read, root},
};
use flightdeck::{
    config::{Keymap, Settings, source::Source, theme::Theme},
    sim::world::World,
};
use std::fs;

#[test]
fn every_snippet_is_read_by_its_kind() {
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for document in documents() {
        for snippet in &document.snippets {
            let kind = examine(snippet).unwrap_or_else(|error| panic!("{}: {error}", snippet.at));
            *kinds.entry(kind.to_owned()).or_default() += 1;
        }
    }
    for kind in ["settings", "keymap", "theme", "world", "json", "commands", "journey", "workflow", "make"] {
        assert!(kinds.contains_key(kind), "no snippet is a {kind}: {kinds:?}");
    }
}

/// Reads a snippet as what it is, and says what that was.
fn examine(snippet: &Snippet) -> Result<&'static str, String> {
    let text = &snippet.text;
    match snippet.language.as_str() {
        "toml" => toml(snippet),
        "json" => serde_json::from_str::<serde_json::Value>(text).map(|_| "json").map_err(|e| e.to_string()),
        "console" | "bash" | "sh" => text_of_commands(text).map(|()| "commands"),
        "make" => {
            for line in text.lines().filter_map(|line| line.strip_prefix('\t')) {
                text_of_commands(line)?;
            }
            Ok("make")
        }
        "yaml" => {
            let runs: Vec<&str> =
                text.lines().filter_map(|line| line.split_once("- run: ")).map(|p| p.1).collect();
            for run in runs {
                text_of_commands(run)?;
            }
            Ok("workflow")
        }
        "rust" => journey(text).map(|()| "journey"),
        "text" => Ok("text"),
        other => Err(format!("nobody knows how to check `{other}`; say so in tests/shipped/snippets.rs")),
    }
}

/// A file of flightdeck's: a comment on the first line says which, if it is not the settings.
fn toml(snippet: &Snippet) -> Result<&'static str, String> {
    let source = Source::new(&snippet.at, snippet.text.clone());
    let first = snippet.text.lines().next().unwrap_or_default();
    let told = |error: flightdeck::config::ConfigError| error.to_string();
    if first.contains("/keymaps/") {
        Keymap::parse("mine", &source).map(|_| "keymap").map_err(told)
    } else if first.contains("/themes/") {
        Theme::parse("mine", &source, &|_| None).map(|_| "theme").map_err(told)
    } else if first.contains("a world") {
        World::from_toml(&snippet.text, &snippet.at).map(|_| "world").map_err(|error| error.to_string())
    } else {
        let settings = Settings::parse(&source).map_err(told)?;
        (!settings.environments.is_empty()).then_some("settings").ok_or("has no environment".to_owned())
    }
}

fn text_of_commands(text: &str) -> Result<(), String> {
    command::split(text).iter().try_for_each(command::Command::check)
}

/// A journey that is shown is one that is run.
fn journey(text: &str) -> Result<(), String> {
    let is_run = fs::read_dir(root().join("tests/journeys")).unwrap().any(|entry| {
        let path = format!("tests/journeys/{}", entry.unwrap().file_name().to_str().unwrap());
        read(&path).contains(text)
    });
    is_run.then_some(()).ok_or("no file in tests/journeys has this journey".to_owned())
}

#[test]
fn every_command_between_words_is_understood() {
    let flags = command::flags();
    for document in documents().iter().filter(|document| document.path != "CHANGELOG.md") {
        for (at, span) in document.spans() {
            if let Some(words) = span.strip_prefix("flightdeck ") {
                command::mentioned(words).unwrap_or_else(|error| panic!("{at}: `{span}`: {error}"));
            } else if span.starts_with("--") && document.path != "CONTRIBUTING.md" {
                let flag = span.split([' ', '=']).next().unwrap();
                assert!(flags.iter().any(|known| known == flag), "{at}: there is no flag {flag}");
            }
        }
    }
}

#[test]
fn what_is_wrong_is_found() {
    let snippet = |language: &str, text: &str| {
        examine(&Snippet { at: "x".into(), language: language.into(), text: text.into() })
    };
    for (language, text) in [
        ("toml", "[[environment]]\nname = \"a\"\ncluster = [\"b\"]\n"),
        ("toml", "# ~/.config/flightdeck/keymaps/x.toml\n[global]\nfly = [\"f\"]\n"),
        ("toml", "# ~/.config/flightdeck/themes/x.toml\n[roles]\nterrible = \"red\"\n"),
        ("toml", "# mine.toml, a world\nabot = \"x\"\n"),
        ("json", "{ \"a\": 1, }"),
        ("console", "flightdeck deploy staging/web\n"),
        ("console", "flightdeck release staging/web --no-wait --timeout 5m\n"),
        ("console", "A=b flightdeck --thme dark\n"),
        ("console", "cargo run -- dmeo\n"),
        ("console", "cargo tset\n"),
        ("console", "cargo test --test nothing\n"),
        ("console", "cargo test --lib ops::nothing\n"),
        ("console", "FLIGHTDECK_NOTHING=1 cargo test\n"),
        ("console", "flightdeck status && flightdeck staus\n"),
        ("make", "x:\n\tflightdeck relase a/b\n"),
        ("yaml", "      - run: flightdeck release --yes\n"),
        ("rust", "fn nobody_flies_this() {}\n"),
        ("perl", "1;\n"),
    ] {
        assert!(snippet(language, text).is_err(), "{language}: {text}");
    }
}
