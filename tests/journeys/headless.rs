//! Without a screen.

use crate::cockpit::{Home, Sim};
pub use crate::support::headless::{Output, run};

#[test]
fn status_prints_every_service_for_people_and_for_programs() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let env = home.aws(&sim.url);
    let text = run(&["status"], &env, home.path());
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(text.stdout.lines().any(|l| l.starts_with("prod")
        && l.contains("prod-service")
        && (l.contains("prod@") || l.contains("prod=1f0c9a7"))));

    let json = run(&["status", "--json"], &env, home.path());
    assert_eq!(json.code, 0);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let environments = document["environments"].as_array().unwrap();
    let names: Vec<&str> = environments.iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["preview", "prod", "staging", "startup"]);
    let prod = environments[1]["services"].as_array().unwrap();
    let service = prod.iter().find(|s| s["name"] == "prod-service").unwrap();
    assert_eq!(service["state"], "steady");
    assert_eq!((&service["running"], &service["desired"]), (&4.into(), &4.into()));
    assert!(service["digest"].as_str().unwrap().starts_with("sha256:"));

    let one = run(&["status", "-e", "staging"], &env, home.path());
    assert!(one.stdout.contains("staging-service") && !one.stdout.contains("prod-service"));
    let none = run(&["status", "-e", "stagin"], &env, home.path());
    assert_ne!(none.code, 0);
    assert!(none.stderr.contains("staging"), "{}", none.stderr);
}

#[test]
fn status_says_what_could_not_be_read_and_exits_6_then() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let env = home.aws(&sim.url);
    std::fs::write(
        home.path().join("flightdeck.toml"),
        "[[environment]]\nname = \"prod\"\nclusters = [\"prod\"]\n[[environment]]\nname = \"staging\"\nclusters = [\"staging\"]\n",
    )
    .unwrap();
    sim.fault(r#"{"kind": "denied", "environment": "prod", "operation": "ecs"}"#);
    let json = run(&["status", "--json"], &env, home.path());
    assert_eq!(json.code, 6, "{}", json.stderr);
    assert!(json.stderr.contains("incomplete: prod\n"), "{}", json.stderr);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let error = document["environments"][0]["error"].as_str().unwrap();
    assert!(error.contains("AccessDenied") || error.contains("not authorized"), "{error}");
    assert_eq!(document["environments"][1]["error"], serde_json::Value::Null);
    assert!(!document["environments"][1]["services"].as_array().unwrap().is_empty());

    sim.fault(r#"{"kind": "expired"}"#);
    let json = run(&["status", "--json"], &env, home.path());
    assert_eq!(json.code, 6);
    assert!(json.stdout.contains("expired"), "{}", json.stdout);
}

#[test]
fn init_writes_a_configuration_that_works_and_never_over_another() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let env = home.aws(&sim.url);
    let printed = run(&["init", "--stdout"], &env, home.path());
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(!home.path().join("flightdeck.toml").exists());
    let written = run(&["init"], &env, home.path());
    assert_eq!(written.code, 0, "{}", written.stderr);
    assert_eq!(std::fs::read_to_string(home.path().join("flightdeck.toml")).unwrap(), printed.stdout);
    let again = run(&["init"], &env, home.path());
    assert_eq!(again.code, 2);
    let status = run(&["status", "--json"], &env, home.path());
    assert_eq!(status.code, 0, "{}", status.stderr);
    for name in ["fem-fd-service", "prod-service", "preview-service"] {
        assert!(status.stdout.contains(name), "{name} is not in {}", status.stdout);
    }
}

#[test]
fn doctor_finds_what_is_well_and_what_is_not() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let env = home.aws(&sim.url);
    let well = run(&["doctor"], &env, home.path());
    assert_eq!(well.code, 0, "{}", well.stdout);
    assert!(well.stdout.contains("prod credentials") && well.stdout.contains("111122223333"));
    sim.fault(r#"{"kind": "expired"}"#);
    let ill = run(&["doctor"], &env, home.path());
    assert_eq!(ill.code, 1);
    assert!(ill.stdout.lines().any(|line| line.starts_with("bad")), "{}", ill.stdout);
}

#[test]
fn what_needs_no_aws_asks_none() {
    let home = Home::new();
    let env = home.env();
    for (args, told) in [
        (&["--version"][..], "flightdeck 0."),
        (&["--help"], "Exit codes"),
        (&["runs"], "no runs yet"),
        (&["runs", "--json"], "\"runs\""),
        (&["keys"], "| `D` |"),
        (&["completions", "bash"], "flightdeck"),
        (&["completions", "zsh"], "#compdef flightdeck"),
        (&["man"], ".TH flightdeck"),
    ] {
        let out = run(args, &env, home.path());
        assert_eq!(out.code, 0, "{args:?}: {}", out.stderr);
        assert!(out.stdout.contains(told), "{args:?}: {}", out.stdout);
    }
}

#[test]
fn mistakes_on_the_command_line_exit_with_2() {
    let home = Home::new();
    for args in [
        &["fly"][..],
        &["status", "--refresh", "soon"],
        &["status", "--config", "nowhere.toml"],
        &["sim", "--listen", "0.0.0.0:0"],
        &["sim", "--world", "nowhere"],
        &["completions", "tcl"],
    ] {
        let out = run(args, &home.env(), home.path());
        assert_eq!(out.code, 2, "{args:?}: {}{}", out.stdout, out.stderr);
        assert!(!out.stderr.contains("panicked"), "{}", out.stderr);
    }
}
