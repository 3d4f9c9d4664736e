//! What goes wrong, and how it is told.

use crate::cockpit::{BINARY, Cockpit, Home, Sim};

const LARGE: (u16, u16) = (120, 40);

fn started(home: &Home, sim: &Sim, args: &[&str]) -> Cockpit {
    let mut cockpit = Cockpit::start(BINARY, args, LARGE, &home.aws(&sim.url), home.path());
    cockpit.wait_for("staging-service").wait_for("8be02d4").wait_for("steady");
    cockpit
}

#[test]
fn an_endpoint_that_is_no_aws_is_told_and_the_last_rows_stay() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let mut cockpit = started(&home, &sim, &["--refresh", "1s"]);
    sim.fault(r#"{"kind": "html"}"#);
    cockpit.keys("3").wait_for("unreadable");
    cockpit.keys("1").wait_for("staging-service").wait_for("8be02d4");
    sim.request("DELETE", "/_sim/fault", "");
    cockpit.keys("r").wait_for("live");
}

#[test]
fn keys_work_and_leaving_is_quick_while_aws_hangs() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let mut cockpit = started(&home, &sim, &["--refresh", "1s"]);
    sim.fault(r#"{"kind": "hang"}"#);
    cockpit.keys("r").keys("?").wait_for("Show all keys").keys("<esc>").wait_for("ENV").keys("<down>");
    cockpit.keys("q");
    assert_eq!(cockpit.ended(), 0);
    cockpit.assert_restored();
}

#[test]
fn one_environment_that_is_denied_does_not_touch_the_others() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let mut cockpit = started(&home, &sim, &["--refresh", "1s"]);
    sim.fault(r#"{"kind": "denied", "environment": "prod", "operation": "ecs"}"#);
    cockpit.keys("3").wait_for("denied");
    cockpit.keys("1").wait_for("prod-service").wait_for("staging-service");
}

#[test]
fn no_credentials_are_told_with_what_to_do() {
    let home = Home::new();
    let mut env = home.env();
    env.push(("AWS_REGION".into(), "us-west-2".into()));
    let mut cockpit = Cockpit::start(BINARY, &[], LARGE, &env, home.path());
    cockpit.wait_until("credentials in words", |screen| screen.to_lowercase().contains("credentials"));
    cockpit.keys("q");
    assert_eq!(cockpit.ended(), 0);
}

#[test]
fn a_corrupt_cache_is_set_aside_and_told() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let mut first = started(&home, &sim, &[]);
    // only a whole fleet is kept
    first
        .wait_for("staging-worker")
        .wait_for("landing-page")
        .wait_for("preview-docs")
        .wait_for("prod-worker");
    first.wait_until("every environment", |screen| {
        screen.lines().next().is_some_and(|head| head.contains("live") && !head.contains('…'))
    });
    first.keys("q");
    first.ended();
    let cached: Vec<_> =
        std::fs::read_dir(home.cache()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!cached.is_empty(), "the fleet was kept");
    for path in &cached {
        std::fs::write(path, "{\"format\":1,").unwrap();
    }
    let mut second = Cockpit::start(BINARY, &[], LARGE, &home.aws(&sim.url), home.path());
    second.wait_for("set aside").wait_for("staging-service");
    second.keys("q");
    assert_eq!(second.ended(), 0);
    let aside = std::fs::read_dir(home.cache()).unwrap();
    assert!(aside.filter_map(Result::ok).any(|e| e.path().extension().is_some_and(|x| x == "corrupt")));
}

#[test]
fn a_corrupt_journal_line_is_set_aside_and_told() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let runs = home.state().join("runs");
    std::fs::create_dir_all(&runs).unwrap();
    std::fs::write(runs.join("0001.jsonl"), "not json\n").unwrap();
    let mut cockpit = Cockpit::start(BINARY, &[], LARGE, &home.aws(&sim.url), home.path());
    cockpit.wait_for("set aside").wait_for("staging-service");
    assert!(runs.join("0001.jsonl.corrupt").exists());
}

#[test]
fn mistakes_in_the_configuration_are_told_with_their_place() {
    for (file, told) in [
        ("refresh = 3\n", "flightdeck.toml:1:"),
        ("theme = \"drak\"\n", "dark"),
        ("[[environment]]\nname = \"a\"\nregoin = \"us-west-2\"\n", "region"),
        ("[[environment]]\nname = \"a\"\npromote_from = \"b\"\n", "flightdeck.toml:3:"),
    ] {
        let home = Home::new();
        std::fs::write(home.path().join("flightdeck.toml"), file).unwrap();
        let mut cockpit = Cockpit::start(BINARY, &[], LARGE, &home.env(), home.path());
        assert_eq!(cockpit.ended(), 2, "{file}");
        let screen = cockpit.screen();
        assert!(screen.contains(told), "{file}\n{screen}");
        assert!(!screen.contains("panicked") && !screen.contains("Location"), "{screen}");
        cockpit.assert_restored();
    }
}

/// Where the settings name no environment they are found in the account first: until then none is said to be missing.
#[test]
fn while_no_environment_is_known_yet_the_first_screen_says_that_it_asks() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    sim.fault(r#"{"kind": "latency", "ms": 4000, "operation": "ecs.ListClusters"}"#);
    let mut cockpit = Cockpit::start(BINARY, &[], (120, 40), &home.aws(&sim.url), home.path());
    cockpit.wait_for("Asking AWS which environments there are.").wait_for("Nothing read yet");
    let screen = cockpit.screen();
    assert!(!screen.contains("No environment is known") && !screen.contains("live"), "{screen}");
    cockpit.wait_for("staging-service").keys("<ctrl-c>");
    cockpit.ended();
}
