//! What a release is made of, told in five places that have to agree: the workflow, the script that packs, `cargo binstall`'s
//! table, the formula, and what may be depended on.

use crate::document::{read, root};
use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

fn manifest() -> toml::Table {
    read("Cargo.toml").parse().unwrap()
}

fn version() -> String {
    manifest()["package"]["version"].as_str().unwrap().to_owned()
}

/// The targets of a workflow's matrix.
fn targets(workflow: &str) -> BTreeSet<String> {
    let text = read(workflow);
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- { target: "));
    lines.map(|rest| rest.split(',').next().unwrap().to_owned()).collect()
}

/// What `packaging/archive` calls the archive of a target.
fn archive(target: &str) -> String {
    let end = if target.contains("-windows-") { "zip" } else { "tar.gz" };
    format!("flightdeck-{}-{target}.{end}", version())
}

#[test]
fn every_target_is_released_and_compiled_before() {
    let released = targets(".github/workflows/release.yml");
    let expected = [
        "aarch64-apple-darwin",
        "aarch64-unknown-linux-gnu",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "x86_64-pc-windows-msvc",
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
    ];
    assert_eq!(released.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    let compiled = targets(".github/workflows/ci.yml");
    // the others are what `.ci/run` runs on, on one processor or the other
    for target in released.iter().filter(|target| !target.ends_with("-linux-gnu")) {
        assert!(compiled.contains(target), "ci.yml does not compile for {target}");
    }
    let deny: toml::Table = read("deny.toml").parse().unwrap();
    for target in &released {
        let known = deny["graph"]["targets"].as_array().unwrap().iter().any(|t| t.as_str() == Some(target));
        assert!(known, "deny.toml does not look at what {target} depends on");
    }
}

#[test]
fn binstall_finds_what_is_released() {
    let manifest = manifest();
    let table = &manifest["package"]["metadata"]["binstall"];
    let told = |target: &str, key: &str| {
        let own = table.get("overrides").and_then(|o| o.get(target)).and_then(|o| o.get(key));
        let text = own.unwrap_or(&table[key]).as_str().unwrap();
        [
            ("repo", "R"),
            ("version", &version()),
            ("name", "flightdeck"),
            ("target", target),
            ("bin", "flightdeck"),
        ]
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{ {name} }}"), value))
        .replace("{ binary-ext }", if target.contains("-windows-") { ".exe" } else { "" })
    };
    for target in targets(".github/workflows/release.yml") {
        let address = format!("R/releases/download/v{}/{}", version(), archive(&target));
        assert_eq!(told(&target, "pkg-url"), address);
        assert!(!told(&target, "bin-dir").contains('{'), "{}", told(&target, "bin-dir"));
        let packed = if target.contains("-windows-") { "zip" } else { "tgz" };
        assert_eq!(told(&target, "pkg-fmt"), packed);
    }
}

/// Runs a script of `packaging/`.
fn script(name: &str, args: &[&str]) -> (bool, String) {
    let out = Command::new(root().join("packaging").join(name)).args(args).output().unwrap();
    (out.status.success(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
}

#[test]
fn an_archive_holds_what_the_formula_installs() {
    let dir = tempfile::tempdir().unwrap();
    // a stand-in as small as a binary can be: packing the real one takes seconds
    let binary = dir.path().join("flightdeck");
    fs::write(&binary, format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_flightdeck"))).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    let (target, dist) = ("x86_64-unknown-linux-musl", dir.path().join("dist"));
    let (packed, told) = script("archive", &[target, path(&binary), path(&dist)]);
    assert!(packed, "{told}");
    assert_eq!(told.trim_end(), path(&dist.canonicalize().unwrap().join(archive(target))));
    let list = Command::new("tar").arg("-tzf").arg(dist.join(archive(target))).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let formula = read("packaging/homebrew/flightdeck.rb.in");
    let installed =
        formula.lines().filter_map(|line| line.trim().split_once(".install \"")).map(|(_, rest)| rest);
    let installed: Vec<&str> = installed.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(installed.len(), 5, "{installed:?}");
    for file in installed.into_iter().chain(["README.md", "LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"]) {
        let inside = format!("flightdeck-{}-{target}/{file}", version());
        assert!(list.lines().any(|line| line == inside), "no {inside} in\n{list}");
    }
    let sums = fs::read_to_string(dist.join(format!("{}.sha256", archive(target)))).unwrap();
    assert!(sums.trim_end().ends_with(&archive(target)), "{sums}");
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_formula_names_archives_of_the_release_with_their_sums() {
    let dir = tempfile::tempdir().unwrap();
    let sums = dir.path().join("SHA256SUMS");
    let targets = targets(".github/workflows/release.yml");
    let line = |(at, target): (usize, &String)| format!("{at:064x}  {}\n", archive(target));
    fs::write(&sums, targets.iter().enumerate().map(line).collect::<String>()).unwrap();
    let (filled, formula) = script("formula", &["somebody/flightdeck", path(&sums)]);
    assert!(filled && !formula.contains('@'), "{formula}");
    let lines: Vec<&str> = formula.lines().map(str::trim).collect();
    let mut named = 0;
    for pair in lines.windows(2) {
        let Some(url) = pair[0].strip_prefix("url \"") else { continue };
        let name = url.trim_end_matches('"').rsplit('/').next().unwrap();
        let at = targets.iter().position(|target| archive(target) == name);
        let at = at.unwrap_or_else(|| panic!("{name} is not released"));
        assert_eq!(pair[1], format!("sha256 \"{at:064x}\""), "{name}");
        assert!(url.starts_with(&format!(
            "https://github.com/somebody/flightdeck/releases/download/v{}/",
            version()
        )));
        named += 1;
    }
    assert_eq!(named, 4);
    fs::write(&sums, "").unwrap();
    let (filled, told) = script("formula", &["somebody/flightdeck", path(&sums)]);
    assert!(!filled && told.contains("has no sum for"), "{told}");
}

#[test]
fn workflows_run_only_what_is_pinned_and_may_only_read() {
    for workflow in ["ci", "release"] {
        let text = read(&format!(".github/workflows/{workflow}.yml"));
        for used in
            text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "))
        {
            let pinned = used.split(' ').next().and_then(|action| action.split_once('@'));
            let whole = |commit: &str| commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(
                used.starts_with("./") || pinned.is_some_and(|(_, commit)| whole(commit)),
                "{workflow}.yml: {used} is not pinned to a commit"
            );
        }
        assert!(text.contains("\npermissions:\n  contents: read\n"), "{workflow}.yml may do more than read");
        let writes = text.lines().filter(|line| line.trim_end().ends_with(": write")).count();
        assert_eq!(writes, usize::from(workflow == "release"), "{workflow}.yml");
    }
    assert!(read(".github/workflows/ci.yml").contains("\n      - run: .ci/run\n"));
}
