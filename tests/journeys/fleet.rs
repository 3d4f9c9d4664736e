//! Looking around.

use crate::cockpit::{BINARY, Cockpit, Home, Sim};
use std::time::{Duration, Instant};

const LARGE: (u16, u16) = (120, 40);
const SMALL: (u16, u16) = (80, 24);

#[test]
fn the_demo_shows_every_environment_and_says_what_to_press() {
    for size in [LARGE, SMALL] {
        let mut cockpit = Cockpit::demo(size);
        for service in ["fem-fd-service", "staging-service", "prod-service", "preview-service"] {
            cockpit.wait_for(service);
        }
        cockpit.wait_for("steady");
        cockpit.wait_until("what to press", |screen| {
            screen.lines().last().is_some_and(|last| last.contains("open") && last.contains("help"))
        });
        cockpit.keys("q");
        assert_eq!(cockpit.ended(), 0);
        cockpit.assert_restored();
    }
}

#[test]
fn a_service_is_found_and_opened() {
    let mut cockpit = Cockpit::demo((120, 40));
    cockpit.wait_for("staging-service").keys("/staging-service").wait_for("1 of 13");
    cockpit.keys("<enter>").wait_gone("prod-mailer").keys("<enter>").wait_for("[Rollout]");
    cockpit.keys("q");
    assert_eq!(cockpit.ended(), 0);
    cockpit.assert_restored();
}

#[test]
fn a_service_is_found_opened_and_its_charts_are_read() {
    let mut cockpit = Cockpit::demo(LARGE);
    cockpit.wait_for("staging-service").keys("/staging-service").wait_for("1 of 13").keys("<enter>");
    cockpit.wait_gone("prod-mailer").keys("<enter>").wait_for("[Rollout]").wait_for("deployments");
    cockpit.keys("m").wait_for("[Metrics]").wait_for("Latency p99").wait_for("CPU").wait_for("now ");
    cockpit.keys("<tab>").wait_for("[Logs]").wait_for("GET /");
    cockpit.keys("<tab>").wait_for("[Tasks]");
    cockpit.keys("<tab>").wait_for("[Revisions]").wait_for("staging-service:16");
    cockpit.keys("<tab>").wait_for("[Config]");
    cockpit.keys("<tab>").wait_for("[Targets]");
    cockpit.keys("?").wait_for("Show all keys").keys("<esc>").wait_for("[Targets]");
}

#[test]
fn the_matrix_shows_which_version_is_where() {
    let mut cockpit = Cockpit::demo(LARGE);
    cockpit.wait_for("steady").keys("<tab>");
    cockpit.wait_until("the matrix", |screen| {
        screen.lines().any(|line| {
            ["startup", "staging", "prod", "preview"].iter().all(|name| line.to_lowercase().contains(name))
                && !line.contains("flightdeck")
        })
    });
    cockpit.wait_for("8be02d4").wait_for("1f0c9a7");
}

#[test]
fn without_any_configuration_the_account_is_shown_as_it_is() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let mut cockpit = Cockpit::start(BINARY, &[], LARGE, &home.aws(&sim.url), home.path());
    for service in ["fem-fd-service", "staging-service", "prod-service", "preview-service"] {
        cockpit.wait_for(service);
    }
    cockpit.wait_for("111122223333").keys("q");
    assert_eq!(cockpit.ended(), 0);
}

#[test]
fn the_last_known_fleet_is_there_before_aws_answers() {
    let home = Home::new();
    std::fs::create_dir_all(home.path().join("config/flightdeck")).unwrap();
    let sim = Sim::start(&home, &[]);
    std::fs::write(
        home.path().join("flightdeck.toml"),
        format!(
            "[[environment]]\nname = \"staging\"\nregion = \"us-west-2\"\nendpoint_url = \"{}\"\nclusters = [\"staging\"]\n",
            sim.url
        ),
    )
    .unwrap();
    let env = home.aws(&sim.url);
    let mut first = Cockpit::start(BINARY, &[], LARGE, &env, home.path());
    first.wait_for("staging-service").wait_for("8be02d4");
    let cached = || {
        std::fs::read_dir(home.cache())
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .find(|entry| entry.path().extension().is_some_and(|e| e == "json"))
    };
    // it is kept once all of it was read
    first.wait_for("live");
    // a thread of its own writes it: on a busy machine the file may come after the screen
    let until = Instant::now() + Duration::from_secs(30);
    while cached().is_none() && Instant::now() < until {
        first.quiet_for(Duration::from_millis(20));
    }
    assert!(cached().is_some(), "the fleet was not kept");
    first.keys("q");
    first.ended();

    // Nobody answers any more, and still there is something to look at, with the reason why it is old.
    drop(sim);
    let mut second = Cockpit::start(BINARY, &[], LARGE, &env, home.path());
    second.wait_for("staging-service").wait_for("8be02d4");
    second.keys("q");
    assert_eq!(second.ended(), 0);
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let mut cockpit = Cockpit::demo(LARGE);
    cockpit.wait_for("steady");
    for (columns, rows) in [(80, 24), (30, 8), (160, 50), (60, 20), (120, 40)] {
        cockpit.resize(columns, rows);
        cockpit.wait_until("a screen of the new size", |screen| {
            let lines: Vec<&str> = screen.lines().collect();
            lines.len() == usize::from(rows)
                && (columns < 40 && screen.contains("flightdeck needs")
                    || columns >= 40 && lines[0].contains("flightdeck") && screen.contains("fem-fd"))
        });
    }
}
