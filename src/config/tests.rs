//! Every sample under `tests/configs`: the valid ones load, the invalid ones say what their first line expects.

use super::{ConfigError, Keymap, Settings, Theme, source::Source};
use proptest::prelude::*;
use std::{fs, path::PathBuf, sync::Arc};

type Load = fn(&Arc<Source>) -> Result<(), ConfigError>;

const KINDS: [(&str, Load); 3] = [
    ("settings", |source| Settings::parse(source).map(drop)),
    ("keymap", |source| Keymap::parse("sample", source).map(drop)),
    ("theme", |source| Theme::parse("sample", source, &|_| None).map(drop)),
];

fn samples(kind: &str, sort: &str) -> Vec<(PathBuf, Arc<Source>)> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(kind).join(sort);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", directory.display());
    let load = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, Source::new("sample.toml", text))
    };
    paths.into_iter().map(load).collect()
}

#[test]
fn valid_samples_load() {
    for (kind, load) in KINDS {
        for (path, source) in samples(kind, "valid") {
            assert_eq!(load(&source), Ok(()), "{}", path.display());
        }
    }
}

#[test]
fn invalid_samples_say_what_is_wrong_where() {
    let mut wrong = Vec::new();
    for (kind, load) in KINDS {
        for (path, source) in samples(kind, "invalid") {
            let first = source.text.lines().next().unwrap();
            let expected = first.strip_prefix("# expect ").unwrap_or_else(|| panic!("{}", path.display()));
            let error = load(&source).expect_err(&path.display().to_string()).to_string();
            let told = error.lines().next().unwrap().strip_prefix("sample.toml:").unwrap().to_owned();
            if told != expected {
                wrong.push(format!("{}\n  told     {told}\n  expected {expected}", path.display()));
            }
            let shown: Vec<&str> = error.lines().skip(1).take(2).collect();
            assert!(shown[1].trim_end().ends_with('^'), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

proptest! {
    /// A sample with a piece cut out and another put in is refused or taken, and nothing worse.
    #[test]
    fn damaged_samples_are_answered(
        kind in 0usize..3, pick: prop::sample::Index, from: prop::sample::Index, cut in 0usize..20, put in "\\PC{0,3}|[\\[\\]{}=\"#\n.,]{0,3}",
    ) {
        let (kind, load) = KINDS[kind];
        let mut all = samples(kind, "valid");
        all.extend(samples(kind, "invalid"));
        let chars: Vec<char> = all[pick.index(all.len())].1.text.chars().collect();
        let at = from.index(chars.len().max(1)).min(chars.len());
        let rest = chars.iter().skip(at + cut);
        let text: String = chars.iter().take(at).chain(&put.chars().collect::<Vec<_>>()).chain(rest).collect();
        if let Err(error) = load(&Source::new("sample.toml", text)) {
            let told = error.to_string();
            prop_assert!(told.starts_with("sample.toml:"), "{}", told);
            prop_assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{:?}", told);
        }
    }
}

#[test]
fn an_error_reads_well_as_a_whole() {
    let text =
        "theme = \"dark\"\nrefersh = \"10s\"\n\n[[environment]]\nname = \"prod\"\nprotection = \"type\"\n";
    let error = Settings::parse(&Source::new("flightdeck.toml", text)).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    flightdeck.toml:2:1: unknown field “refersh” in the file; did you mean “refresh”?
      2 | refersh = "10s"
        | ^^^^^^^
    flightdeck.toml:6:14: unknown protection “type”; did you mean “typed”?
      6 | protection = "type"
        |              ^^^^^^
    "#);
}

#[test]
fn mistakes_in_a_release_read_well_as_a_whole() {
    let text = "[lock]\ns3 = \"s3://Fem/team\"\n\n[[application]]\nname = \"api\"\npromotion = \"tagged\"\n\
                [application.migration]\ncommand = [\"make\", \"migrate\"]\nlocal = true\nsubnets = [\"subnet-1\"]\n\
                environment = { PASSWORD = \"hunter2\", PORT = 5432 }\n[application.verify]\nwindow = \"5m\"\n";
    let error = Settings::parse(&Source::new("flightdeck.toml", text)).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    flightdeck.toml:2:6: “Fem” is not a bucket name; use lower-case letters, digits, - and .
      2 | s3 = "s3://Fem/team"
        |      ^^^^^^^^^^^^^^^
    flightdeck.toml:6:13: promotion cannot be “tagged”; known here: pinned, tag
      6 | promotion = "tagged"
        |             ^^^^^^^^
    flightdeck.toml:10:1: subnets is about a task, and this migration runs on this machine; take subnets away, or local
      10 | subnets = ["subnet-1"]
         | ^^^^^^^
    flightdeck.toml:11:46: PORT is an integer; it has to be a string, between quotes
      11 | …
         | ^
    flightdeck.toml:12:1: this window watches nothing; give it max_5xx_ratio, max_5xx_rise, max_p99, max_p99_rise or alarms
      12 | [application.verify]
         | ^^^^^^^^^^^^^^^^^^^^
    "#);
}
