//! What ships is what works: the README's snippets and pictures, the key table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use flightdeck::config::{Settings, source::Source};
use std::{fs, path::Path, process::Command};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let (open, mut inside, mut found) = (format!("```{language}"), None::<String>, Vec::new());
    for line in text.lines() {
        match &mut inside {
            None if line == open => inside = Some(String::new()),
            None => {}
            Some(_) if line == "```" => found.extend(inside.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    found
}

#[test]
fn the_readmes_configuration_loads() {
    let snippets = blocks(&read("README.md"), "toml");
    assert!(!snippets.is_empty());
    for snippet in snippets {
        let settings = Settings::parse(&Source::new("README.md", snippet.clone()))
            .unwrap_or_else(|error| panic!("{error}\n{snippet}"));
        assert!(!settings.environments.is_empty());
    }
}

#[test]
fn the_readmes_commands_exist() {
    let readme = read("README.md");
    let help = Command::new(env!("CARGO_BIN_EXE_flightdeck")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for command in ["demo", "sim", "status", "runs", "doctor", "init", "completions", "man", "keys"] {
        assert!(readme.contains(command), "README does not tell of {command}");
        assert!(help.contains(&format!("  {command} ")), "there is no command {command}");
    }
    assert!(readme.contains("\ncargo run --release -- demo\n") && readme.contains("\ncargo test\n"));
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
    let expected = "flightdeck: the variable FLIGHTDECK_REFESH means nothing and does not count; \
                    did you mean FLIGHTDECK_REFRESH?\n";
    assert_eq!((told.as_str(), keys.status.code()), (expected, Some(0)));
}

#[test]
fn the_readmes_pictures_are_there() {
    let readme = read("README.md");
    let pictures: Vec<&str> = readme
        .split("](")
        .filter_map(|rest| rest.split(')').next())
        .filter(|p| Path::new(p).extension().is_some_and(|e| e == "svg"))
        .collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        assert!(read(picture).starts_with("<svg"), "{picture}");
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
    let keys = String::from_utf8(keys.stdout).unwrap();
    assert_eq!(
        read("docs/keys.md"),
        format!("# Keys of the keymap `default`\n\n{keys}"),
        "run `flightdeck keys`"
    );
}
