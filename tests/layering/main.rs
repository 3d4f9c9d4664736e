//! Who may import whom: the table of `src/lib.rs`, held against the source; and within the rooms, that no files
//! import each other in a circle.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod circles;
mod imports;
mod known;
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use imports::House;
use source::code;

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

/// The rooms within `app` and their ranks: a file imports from its own room and from rooms of lower rank.
const ROOMS: [(&str, u8); 8] = [
    ("app/state", 1),
    ("app/flow", 2),
    ("app/view", 3),
    ("app/store", 4),
    ("app/flight", 5),
    ("app/overlay", 6),
    ("app/screen", 6),
    ("app/update", 7),
];

/// Crates that only some modules may name.
const CRATES: [(&str, &[&str]); 10] = [
    ("tokio", &["runtime", "sim", "cli"]),
    ("hyper", &["sim"]),
    ("hyper_util", &["sim"]),
    ("ratatui", &["ui", "runtime"]),
    ("crossterm", &["runtime"]),
    ("clap", &["cli"]),
    ("color_eyre", &["runtime"]),
    ("ciborium", &["sim"]),
    ("rustix", &["runtime"]),
    ("nix", &["runtime"]),
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

fn ident(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// First path segments after every `root::`, those of groups included.
fn taken_from(code: &str, root: &str) -> Vec<String> {
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
        for target in taken_from(&code, "crate").into_iter().chain(taken_from(&code, "flightdeck")) {
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

/// The only file with unsafe code: handlers of signals that no safe interface installs.
const UNSAFE: &str = "runtime/faults.rs";

#[test]
fn unsafe_code_stands_in_one_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    for file in all {
        let code = code(&fs::read_to_string(&file).unwrap());
        let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        let has = words.into_iter().any(|word| word == "unsafe" || word == "unsafe_code");
        assert_eq!(has, file.ends_with(UNSAFE), "{}", file.display());
    }
}

/// The ways to name what Unix alone has.
const OF_UNIX: [&str; 5] = ["rustix::", "nix::", "os::unix::", "net::unix::", "signal::unix::"];

/// Whether a file takes something of Unix's without a word of what is there instead, its tests apart.
fn unix_alone(text: &str) -> bool {
    let code = code(text);
    let own = code.split("#[cfg(test)]").next().unwrap();
    OF_UNIX.iter().any(|name| own.contains(name)) && !own.contains("cfg(unix)")
}

/// It compiles for Windows: what Unix alone has stands behind `cfg(unix)`, in the file or where its parent declares it.
#[test]
fn what_unix_alone_has_is_set_apart() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    for path in paths.iter().filter(|path| !path.ends_with("tests.rs")) {
        if !unix_alone(&fs::read_to_string(path).unwrap()) {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let parents = [path.with_file_name("mod.rs"), path.parent().unwrap().with_extension("rs")]
            .map(|parent| fs::read_to_string(parent).unwrap_or_default());
        let apart = ["", "pub "].map(|before| format!("#[cfg(unix)]\n{before}mod {name};\n"));
        assert!(
            apart.iter().any(|declared| parents.iter().any(|parent| parent.contains(declared))),
            "{} names what Windows has not: put it behind #[cfg(unix)], and something beside it for the others",
            path.strip_prefix(&src).unwrap().display()
        );
    }
    assert!(unix_alone("use rustix::process::Pid;"));
    assert!(!unix_alone(
        "#[cfg(unix)]\nuse rustix::process::Pid;\n#[cfg(not(unix))]\nuse crate::other::Pid;"
    ));
    assert!(!unix_alone("// rustix::process\nfn a() {}\n#[cfg(test)]\nmod tests { use std::os::unix::fs; }"));
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
    assert_eq!(taken_from(&code(text), "crate"), ["a", "d", "g"]);
    let raw = "let s = r#\"crate::a \" \"#; crate::b";
    assert_eq!(taken_from(&code(raw), "crate"), ["b"]);
}

/// The house as it stands, read once.
fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(read_house)
}

fn read_house() -> House {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    let name = |path: &Path| {
        let parts = path.strip_prefix(&src).unwrap().iter().map(|part| part.to_str().unwrap());
        parts.collect::<Vec<_>>().join("/")
    };
    House::read(&paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect())
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The room that a file is in, and its rank; none where its module has no rooms.
fn room_within(file: &str) -> Option<(&'static str, u8)> {
    ROOMS.into_iter().find(|(room, _)| file.strip_prefix(room).is_some_and(|rest| rest.starts_with('/')))
}

/// `cargo test --test layering -- --nocapture rooms_import` prints the rooms.
#[test]
fn rooms_import_from_below_only() {
    let house = house();
    for (name, rank) in ROOMS {
        println!("{name}, rank {rank}");
    }
    let modules: BTreeSet<&str> = ROOMS.into_iter().map(|(name, _)| room(name)).collect();
    let mut wrong = Vec::new();
    for (from, below) in &house.graph {
        if !modules.contains(room(from)) {
            continue;
        }
        let Some((own, rank)) = room_within(from) else {
            wrong.push(format!("{from} is in no room"));
            continue;
        };
        for to in below.iter().filter(|to| room(to) == room(from)) {
            if room_within(to).is_none_or(|(other, its)| other != own && its >= rank) {
                wrong.push(format!("{from} takes from {to}: {}", house.taken(from, to)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `cargo test --test layering -- --nocapture imports_in_circles` prints what ties the circles that are left.
#[test]
fn imports_in_circles() {
    let house = house();
    for circle in circles::circles(&house.graph) {
        println!("a circle of {} files", circle.len());
        for from in &circle {
            for to in house.graph[from].intersection(&circle).filter(|to| *to != from) {
                println!("  {from} takes from {to}: {}", house.taken(from, to));
            }
        }
    }
}

/// No two files import each other, not over any number of others either, but for the circles of `known.rs`,
/// which may only shrink.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let house = house();
    let found: BTreeSet<String> = circles::circles(&house.graph).into_iter().flatten().collect();
    let known: BTreeSet<String> = known::CIRCLES
        .iter()
        .flat_map(|(room, files)| files.iter().map(move |file| format!("{room}/{file}")))
        .collect();
    let mut wrong = Vec::new();
    for file in found.difference(&known) {
        let way = circles::way_back(&house.graph, file);
        let steps = way.windows(2).map(|step| {
            format!("    {} takes from {}: {}", step[0], step[1], house.taken(&step[0], &step[1]))
        });
        wrong.push(format!("{file} stands in a circle:\n{}", steps.collect::<Vec<_>>().join("\n")));
    }
    for file in known.difference(&found) {
        wrong.push(format!("{file} is in no circle any more: take it off the list"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `cargo test --test layering -- --nocapture floors` prints the files of every room, those that stand on nothing
/// of their room first.
#[test]
fn floors_of_the_rooms() {
    let house = house();
    for (name, rank) in RANKS {
        let mine = |file: &&String| room(file) == name;
        let graph: circles::Graph = house
            .graph
            .iter()
            .filter(|(file, _)| mine(file))
            .map(|(file, below)| (file.clone(), below.iter().filter(mine).cloned().collect()))
            .collect();
        let mut floors: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (file, floor) in circles::floors(&graph) {
            floors.entry(floor).or_default().push(file);
        }
        println!("{name}, rank {rank}");
        for (floor, files) in floors {
            println!("  {floor:>2}  {}", files.join(" "));
        }
    }
}
