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
    let changes = ["deploy", "rollback", "migrate", "promote", "release", "fly"];
    let others = ["demo", "sim", "status", "runs", "doctor", "init", "completions", "man", "keys"];
    for command in changes.into_iter().chain(others) {
        assert!(readme.contains(command), "README does not tell of {command}");
        assert!(help.contains(&format!("  {command} ")), "there is no command {command}");
    }
    assert!(readme.contains("\ncargo run --release -- demo\n") && readme.contains("\ncargo test\n"));
}

/// The words of every `flightdeck …` in a snippet, as a shell would split them; what the shell would put in is
/// left as it stands.
fn commands(snippet: &str) -> Vec<Vec<String>> {
    let joined = snippet.replace("\\\n", " ");
    let ends = ["&", "|", ">", "#", ";"];
    joined
        .lines()
        .filter_map(|line| line.split_once("flightdeck ").filter(|(before, _)| !before.ends_with('/')))
        .map(|(_, rest)| {
            let (mut words, mut quoted) = (vec![String::new()], 0_u32);
            for c in rest.chars() {
                match c {
                    '"' => quoted ^= 1,
                    '(' => quoted += 2,
                    ')' => quoted -= 2,
                    ' ' if quoted == 0 => words.push(String::new()),
                    c => words.last_mut().unwrap().push(c),
                }
            }
            words.into_iter().take_while(|word| !ends.contains(&word.as_str())).collect()
        })
        .collect()
}

#[test]
fn the_readmes_commands_are_understood() {
    let readme = read("README.md");
    let mut verbs = Vec::new();
    for snippet in ["console", "bash", "yaml", "make"].iter().flat_map(|language| blocks(&readme, language)) {
        for words in commands(&snippet) {
            // help is printed when everything before it was understood
            let out =
                Command::new(env!("CARGO_BIN_EXE_flightdeck")).args(&words).arg("--help").output().unwrap();
            assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
            verbs.push(words.first().unwrap().clone());
        }
    }
    for verb in ["sim", "release", "promote"] {
        assert!(verbs.iter().any(|v| v == verb), "no snippet shows {verb}: {verbs:?}");
    }
}

#[test]
fn help_completions_and_manual_know_every_change() {
    for (args, form) in [
        (&["completions", "bash"][..], "flightdeck__subcmd__"),
        (&["completions", "fish"], ""),
        (&["man"], "flightdeck\\-"),
    ] {
        let out = Command::new(env!("CARGO_BIN_EXE_flightdeck")).args(args).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        for verb in ["deploy", "rollback", "migrate", "promote", "release", "fly", "runs"] {
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

/// `UPDATE_DOCS=1 cargo test --test shipped` writes it anew.
#[test]
fn the_permissions_in_the_documentation_are_those_that_are_called() {
    let made = flightdeck::aws::policy::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/iam.md"), &made).unwrap();
    }
    assert_eq!(read("docs/iam.md"), made, "UPDATE_DOCS=1 cargo test --test shipped");
}

/// The world that the documentation writes down is one.
#[test]
fn the_world_in_the_documentation_is_read() {
    let blocks = blocks(&read("docs/worlds.md"), "text");
    let text = blocks.iter().find(|block| block.contains("[[account]]")).unwrap();
    let world = flightdeck::sim::world::World::from_toml(text, "docs/worlds.md").unwrap();
    assert_eq!(world.services.len(), 1);
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
