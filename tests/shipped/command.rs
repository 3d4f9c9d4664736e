//! Lines for a shell: taken apart as a shell would, and read by the program that they call.

use crate::document::root;
use clap::error::ErrorKind;
use std::fs;

/// One call of a program.
#[derive(Debug, Default)]
pub struct Command {
    /// Variables that are set before it.
    variables: Vec<String>,
    words: Vec<String>,
}

/// What ends a command; what comes after is another one.
const ENDS: [&str; 5] = ["&&", "||", "|", ";", "&"];

/// The commands of some lines; what the shell would put in is left as it stands.
pub fn split(text: &str) -> Vec<Command> {
    let joined = text.replace("\\\n", " ");
    let mut found = Vec::new();
    for line in joined.lines() {
        let mut words = words(line);
        if let Some(comment) = words.iter().position(|word| word.starts_with('#')) {
            words.truncate(comment);
        }
        for part in words.split(|word| ENDS.contains(&word.as_str())) {
            let mut command = Command::default();
            let until = part.iter().position(|word| word == ">").unwrap_or(part.len());
            for word in part.iter().take(until) {
                if command.words.is_empty() && is_variable(word) {
                    command.variables.push(word.clone());
                } else {
                    command.words.push(word.clone());
                }
            }
            if !(command.words.is_empty() && command.variables.is_empty()) {
                found.push(command);
            }
        }
    }
    found
}

fn is_variable(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote, mut depth) = (vec![String::new()], None, 0_u32);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ' ' | '\t') if depth == 0 => words.push(String::new()),
            (_, c) => {
                if quote.is_none() && c == '(' {
                    depth += 1;
                } else if quote.is_none() && c == ')' {
                    depth = depth.saturating_sub(1);
                }
                words.last_mut().unwrap().push(c);
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Command {
    /// Reads it as the program that is called does.
    pub fn check(&self) -> Result<(), String> {
        for variable in self.variables.iter().filter(|word| word.starts_with("FLIGHTDECK_")) {
            let name = variable.split('=').next().unwrap();
            if !somewhere(name) {
                return Err(format!("nothing reads the variable {name}"));
            }
        }
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["flightdeck", rest @ ..] => understood(rest),
            ["cargo", rest @ ..] => cargo(rest),
            // an assignment alone, and what is not ours
            [] | ["aws" | "[" | "exit" | "docker" | "git", ..] => Ok(()),
            [other, ..] => {
                Err(format!("nobody knows how to check `{other}`; say so in tests/shipped/command.rs"))
            }
        }
    }
}

/// The program's own parser takes the words as a whole.
fn understood(words: &[&str]) -> Result<(), String> {
    let words = std::iter::once("flightdeck").chain(words.iter().copied());
    flightdeck::cli::command().try_get_matches_from(words).map(|_| ()).map_err(|error| error.to_string())
}

/// A command in a sentence or a table: its words and flags exist. Values may be left out or stand for others (`SHELL`), what
/// is in brackets may be left out, and of several the last is tried.
pub fn mentioned(words: &str) -> Result<(), String> {
    let open = words.replace(['[', ']'], "").replace('…', "ENV/SERVICE");
    let words: Vec<&str> = open.split_whitespace().map(|word| word.rsplit("\\|").next().unwrap()).collect();
    let words = std::iter::once("flightdeck").chain(words);
    match flightdeck::cli::command().try_get_matches_from(words) {
        Err(error)
            if ![ErrorKind::MissingRequiredArgument, ErrorKind::InvalidValue].contains(&error.kind()) =>
        {
            Err(error.to_string())
        }
        _ => Ok(()),
    }
}

/// Every flag of every command.
pub fn flags() -> Vec<String> {
    fn of(command: &clap::Command, found: &mut Vec<String>) {
        found.extend(command.get_arguments().filter_map(|a| a.get_long()).map(|long| format!("--{long}")));
        command.get_subcommands().for_each(|inner| of(inner, found));
    }
    let mut found = vec!["--help".to_owned(), "--version".to_owned()];
    of(&flightdeck::cli::command(), &mut found);
    found
}

/// Cargo's commands, and those that `CONTRIBUTING.md` and `.ci/run` tell how to install.
const CARGO: [&str; 9] = ["run", "test", "check", "clippy", "fmt", "doc", "install", "deny", "insta"];

fn cargo(words: &[&str]) -> Result<(), String> {
    let words = words.strip_prefix(&["+nightly"]).unwrap_or(words);
    let Some((verb, rest)) = words.split_first() else { return Err("cargo does what?".into()) };
    let ours = rest.split(|word| *word == "--").nth(1).unwrap_or_default();
    let before = rest.split(|word| *word == "--").next().unwrap_or_default();
    match *verb {
        "run" => return understood(ours),
        "fuzz" => {
            let target = before.last().copied().unwrap_or_default();
            let there = root().join(format!("fuzz/fuzz_targets/{target}.rs")).is_file();
            return there.then_some(()).ok_or(format!("there is no fuzz target {target}"));
        }
        verb if !CARGO.contains(&verb) => return Err(format!("cargo has no {verb}")),
        _ => {}
    }
    for pair in before.windows(2) {
        match *pair {
            ["--test", name] if !is_test(name) => return Err(format!("there is no test {name}")),
            ["--lib", filter] if !is_module(filter) => return Err(format!("there is no module {filter}")),
            _ => {}
        }
    }
    Ok(())
}

fn is_test(name: &str) -> bool {
    let tests = root().join("tests");
    tests.join(name).join("main.rs").is_file() || tests.join(format!("{name}.rs")).is_file()
}

fn is_module(path: &str) -> bool {
    let path = root().join("src").join(path.replace("::", "/"));
    path.is_dir() || path.with_extension("rs").is_file()
}

/// Whether a word stands in the program, its tests or its CI.
fn somewhere(word: &str) -> bool {
    let mut left = ["src", "tests", ".ci"].map(|folder| root().join(folder)).to_vec();
    while let Some(next) = left.pop() {
        if next.is_dir() {
            left.extend(fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()));
        } else if !next.ends_with("snippets.rs")
            && fs::read_to_string(&next).is_ok_and(|text| text.contains(word))
        {
            return true;
        }
    }
    false
}

#[test]
fn lines_are_taken_apart_as_a_shell_would() {
    let text = "A=1 B=\"x y\" flightdeck sim --speed 20 & # in the background\nT=$(aws ecs run-task \\\n  --q 'a b')\ncargo test && cargo fmt > x\n";
    let found: Vec<Vec<String>> = split(text).into_iter().map(|command| command.words).collect();
    let expected: [&[&str]; 4] =
        [&["flightdeck", "sim", "--speed", "20"], &[], &["cargo", "test"], &["cargo", "fmt"]];
    assert_eq!(found, expected);
}
