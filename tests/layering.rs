//! Who may import whom: the table of `src/lib.rs`, held against the source.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Modules and their ranks; one imports only from lower ranks. The simulator knows nothing of the rest, and
/// only the command line knows the simulator.
const RANKS: [(&str, u8); 11] = [
    ("model", 1),
    ("action", 2),
    ("config", 2),
    ("ops", 3),
    ("aws", 3),
    ("app", 4),
    ("ui", 5),
    ("runtime", 6),
    ("sim", 6),
    ("cli", 7),
    ("main", 8),
];

/// Crates that only some modules may name.
const CRATES: [(&str, &[&str]); 9] = [
    ("tokio", &["runtime", "sim", "cli"]),
    ("hyper", &["sim"]),
    ("hyper_util", &["sim"]),
    ("ratatui", &["ui", "runtime"]),
    ("crossterm", &["ui", "runtime"]),
    ("clap", &["cli"]),
    ("color_eyre", &["runtime"]),
    ("ciborium", &["sim"]),
    ("rustix", &["runtime", "cli"]),
];

/// Same rank, different module: allowed only where the table of the house says so.
const BESIDE: [(&str, &str); 1] = [("config", "action")];

fn rank(module: &str) -> u8 {
    RANKS.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("{module} has no rank")).1
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The source without comments and without the contents of strings.
fn code(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => {
                for c in chars.by_ref() {
                    if c == '\n' {
                        out.push('\n');
                        break;
                    }
                }
            }
            'r' if chars.peek() == Some(&'#')
                && !out.ends_with(|c: char| c.is_alphanumeric() || c == '_') =>
            {
                let mut probe = chars.clone();
                let hashes = std::iter::from_fn(|| probe.next_if_eq(&'#')).count();
                if probe.next() == Some('"') {
                    let end = format!("\"{}", "#".repeat(hashes));
                    let rest: String = probe.collect();
                    let after = rest.find(&end).map_or(rest.len(), |at| at + end.len());
                    chars = rest[after..]
                        .chars()
                        .collect::<Vec<_>>()
                        .into_iter()
                        .collect::<String>()
                        .leak()
                        .chars()
                        .peekable();
                } else {
                    out.push(c);
                }
            }
            '"' => {
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => {
                            chars.next();
                        }
                        '"' => break,
                        _ => {}
                    }
                }
                out.push_str("\"\"");
            }
            '\'' => {
                // A character, or a lifetime.
                let mut probe = chars.clone();
                match (probe.next(), probe.next()) {
                    (Some('\\'), _) => {
                        chars.next();
                        chars.next();
                        for c in chars.by_ref() {
                            if c == '\'' {
                                break;
                            }
                        }
                    }
                    (Some(_), Some('\'')) => {
                        chars.next();
                        chars.next();
                    }
                    _ => out.push(c),
                }
            }
            _ => out.push(c),
        }
    }
    out
}

fn ident(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// First path segments after every `root::`, those of groups included.
fn imports(code: &str, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    let needle = format!("{root}::");
    for (at, _) in code.match_indices(&needle) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
            continue;
        }
        let rest = code[at + needle.len()..].trim_start();
        let Some(group) = rest.strip_prefix('{') else {
            found.push(ident(rest).to_owned());
            continue;
        };
        let (mut depth, mut fresh) = (0, true);
        for (index, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => fresh = true,
                c if depth == 0 && fresh && !c.is_whitespace() => {
                    found.push(ident(&group[index..]).to_owned());
                    fresh = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn module_of(path: &Path, src: &Path) -> String {
    let relative = path.strip_prefix(src).unwrap();
    let first = relative.iter().next().unwrap().to_str().unwrap();
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

#[test]
fn modules_import_from_below_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    let mut wrong = Vec::new();
    for path in paths {
        let module = module_of(&path, &src);
        if module == "lib" {
            continue;
        }
        let code = code(&fs::read_to_string(&path).unwrap());
        let shown = path.strip_prefix(&src).unwrap().display();
        for target in imports(&code, "crate").into_iter().chain(imports(&code, "flightdeck")) {
            if target == module || (module == "main" && rank(&target) < rank("main")) {
                continue;
            }
            let beside = BESIDE.contains(&(module.as_str(), target.as_str()));
            let sim = target == "sim" && module != "cli" || module == "sim";
            if sim || (rank(&target) >= rank(&module) && !beside) {
                wrong.push(format!("{shown} imports {target}"));
            }
        }
        for (krate, allowed) in CRATES {
            let named = code.match_indices(krate).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                let after = &code[at + krate.len()..];
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                    && after.starts_with("::")
            });
            if named && !allowed.contains(&module.as_str()) {
                wrong.push(format!("{shown} names the crate {krate}"));
            }
        }
        if module != "aws" && code.contains("aws_sdk_") {
            wrong.push(format!("{shown} names the AWS SDK"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_house_has_a_rank() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(&src).unwrap() {
        let module = module_of(&entry.unwrap().path(), &src);
        assert!(module == "lib" || RANKS.iter().any(|(name, _)| *name == module), "{module} has no rank");
    }
}

#[test]
fn the_test_reads_source_as_the_compiler_does() {
    let text =
        "use crate::{a::{b, c}, d}; // crate::e\nlet s = \"crate::f\"; crate::g::h(); 'x' \"\\\"crate::i\"";
    assert_eq!(imports(&code(text), "crate"), ["a", "d", "g"]);
    let raw = "let s = r#\"crate::a \" \"#; crate::b";
    assert_eq!(imports(&code(raw), "crate"), ["b"]);
}
