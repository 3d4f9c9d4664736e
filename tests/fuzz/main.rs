//! The targets of `fuzz/`, on a stable toolchain and for a bounded time each: seeds that the repository has are changed
//! at random, and what leads somewhere new is changed on. Every crash that is kept is read first.
//!
//! `FLIGHTDECK_FUZZ_SECONDS` says for how long (1 s), `FLIGHTDECK_FUZZ_SEED` where chance begins (any word).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;
mod mutate;
mod run;
mod seeds;

use std::{collections::BTreeSet, fs, path::PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

macro_rules! targets {
    ($( $name:ident )*) => {
        const TOLD: &[&str] = &[ $( stringify!($name), )* ];
        $(
            #[test]
            fn $name() {
                run::run(stringify!($name), fuzz::$name);
            }
        )*
    };
}

targets! {
    keymap theme settings cache journal plan_file record image_reference goose neutraliser cbor json form rest xml
}

/// What libFuzzer runs is what is run here.
#[test]
fn every_target_is_there_for_cargo_fuzz() {
    let names: Vec<&str> = fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, TOLD);
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for name in &names {
        let path = root().join(format!("fuzz/fuzz_targets/{name}.rs"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected = format!(
            "#![no_main]\n\nlibfuzzer_sys::fuzz_target!(|input: &[u8]| {{\n    flightdeck_fuzz::{name}(input);\n}});\n"
        );
        assert_eq!(text, expected, "{}", path.display());
        assert!(
            manifest.contains(&format!("\npath = \"fuzz_targets/{name}.rs\"\n")),
            "{name} in fuzz/Cargo.toml"
        );
    }
    let files = fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap().count();
    assert_eq!(files, names.len(), "a target that is run nowhere");
    let kept = fs::read_dir(root().join("tests/fuzz/crashes")).unwrap();
    let kept: BTreeSet<String> = kept
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|n| n != "README.md")
        .collect();
    let unknown: Vec<&String> = kept.iter().filter(|name| !names.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "crashes of no target: {unknown:?}");
}

/// A body that nests without end is answered, and does not end the process.
#[test]
fn depth_is_bounded() {
    for body in seeds::of("deep") {
        for (_, target) in &fuzz::TARGETS {
            target(&body);
        }
        fuzz::form(&[b"Action=GetCallerIdentity&Version=2011-06-15&".as_slice(), &body].concat());
    }
}

/// `cargo test --test fuzz corpus -- --ignored` gives libFuzzer the seeds: `fuzz/corpus/TARGET`.
#[test]
#[ignore = "writes files for cargo fuzz"]
fn corpus() {
    for name in TOLD {
        let dir = root().join("fuzz/corpus").join(name);
        fs::create_dir_all(&dir).unwrap();
        for (number, seed) in seeds::of(name).iter().enumerate() {
            fs::write(dir.join(format!("seed-{number:03}")), seed).unwrap();
        }
    }
}
