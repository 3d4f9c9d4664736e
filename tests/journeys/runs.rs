//! Changing something, and seeing how it ended.

use crate::cockpit::{BINARY, Cockpit, Home, Sim};
use std::time::Duration;

const LARGE: (u16, u16) = (120, 40);

/// Opens a service by its name from the fleet.
fn open(cockpit: &mut Cockpit, service: &str) {
    cockpit.keys("1").wait_for("ENV");
    cockpit.keys("/").wait_for("enter keep").keys(&format!("<ctrl-u>{service}")).wait_for(service);
    cockpit
        .keys("<enter>")
        .wait_gone("enter keep")
        .keys("<enter>")
        .wait_for("[Rollout]")
        .wait_for(&format!("› {service}"));
}

/// Picks an image that begins so, and waits for the plan.
fn pick(cockpit: &mut Cockpit, image: &str) {
    cockpit.keys("D").wait_for("Deploy an image").wait_for(image).keys(image);
    cockpit.wait_for("1 of 1");
    cockpit.keys("<enter>");
}

/// Reads a plan to its end, types the name where that is asked for, and confirms it.
pub fn confirm_plan(cockpit: &mut Cockpit, service: Option<&str>) {
    cockpit.wait_for("esc close, change nothing");
    while cockpit.screen().contains("read on,") {
        let before = cockpit.screen();
        cockpit.keys("<ctrl-f>").wait_until("the next page", |screen| screen != before);
    }
    if let Some(service) = service {
        cockpit.keys(service).wait_for(&format!("type {service}: {service}"));
    }
    confirm(cockpit);
}

/// Confirms a plan; one that has only just come up takes it when it has been there for a moment.
fn confirm(cockpit: &mut Cockpit) {
    const RUNNING: &str = "changes made";
    const EARLY: &str = "press it once more";
    while !cockpit.screen().contains(RUNNING) {
        cockpit.keys("<enter>").wait_until("the run, or the dialog asking again", |screen| {
            screen.contains(RUNNING) || screen.contains(EARLY)
        });
        cockpit.quiet_for(Duration::from_millis(350));
    }
}

#[test]
fn a_migration_runs_to_its_exit_code() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--speed", "60"]);
    cockpit.wait_for("staging-service");
    open(&mut cockpit, "staging-service");
    cockpit.keys("M").wait_for("with an image").keys("<enter>").wait_for("Run migrations");
    confirm_plan(&mut cockpit, None);
    cockpit.wait_for("goose:").wait_for("● succeeded").wait_for("code 0");
}

#[test]
fn the_newest_good_image_is_deployed_to_staging() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--speed", "60"]);
    cockpit.wait_for("staging-service");
    open(&mut cockpit, "staging-service");
    pick(&mut cockpit, "e7b41d2");
    confirm_plan(&mut cockpit, None);
    cockpit.wait_for("● succeeded");
    open(&mut cockpit, "staging-service");
    cockpit.wait_for("staging-service:18").wait_for("e7b41d2");
}

#[test]
fn a_bad_image_in_production_is_rolled_back_by_the_breaker_and_said_so_then_an_earlier_revision_is_flown() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--speed", "60"]);
    cockpit.wait_for("prod-service");
    open(&mut cockpit, "prod-service");
    pick(&mut cockpit, "c90f3ad");
    confirm_plan(&mut cockpit, Some("prod-service"));
    cockpit.wait_for("↺ rolled back").wait_for("breaker tripped");

    open(&mut cockpit, "prod-service");
    cockpit.keys("R").wait_for("prod-service:22");
    cockpit.keys("<enter>");
    confirm_plan(&mut cockpit, Some("prod-service"));
    cockpit.wait_for("● succeeded");
}

#[test]
fn one_key_carries_what_runs_in_staging_to_production() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--speed", "60"]);
    // until staging is read, there is nothing to promote
    cockpit.wait_for("prod-service").wait_for("staging-service");
    open(&mut cockpit, "prod-service");
    cockpit.keys("P").wait_for("Promote 8be02d4 from staging to prod-service");
    confirm_plan(&mut cockpit, Some("prod-service"));
    cockpit
        .wait_for("● succeeded")
        .wait_for("quiet for 5m")
        .wait_for("migrations: 1 applied, 0 pending")
        .wait_for("s_index.sql");
    cockpit.keys("E").wait_for("written to");
}

#[test]
fn a_release_whose_answers_are_5xx_is_put_back_by_its_window_with_the_numbers() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--speed", "60"]);
    cockpit.wait_for("prod-service");
    open(&mut cockpit, "prod-service");
    cockpit.keys("L").wait_for("Release an image").wait_for("b3f6071").keys("b3f6071");
    cockpit.wait_for("1 of 1").keys("<enter>");
    confirm_plan(&mut cockpit, Some("prod-service"));
    // by the ratio or by the alarm, whichever was read first; an alarm may come before its metric is told
    let told = |screen: &str| screen.contains("5xx 17") || screen.contains("CloudWatch has no data for it");
    cockpit
        .wait_for("↺ rolled back")
        .wait_until("the numbers", told)
        .wait_for("what the migration did stays");
}

#[test]
fn a_rollout_that_waits_at_a_hook_is_let_go_on() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--world", "rollouts", "--speed", "20"]);
    cockpit.wait_for("blue-green-pause");
    open(&mut cockpit, "blue-green-pause");
    pick(&mut cockpit, "good");
    confirm_plan(&mut cockpit, None);
    // the service stands beside the run, and what waits is told on every screen
    cockpit.wait_for("the service now").wait_for("metrics since").wait_for("hour before");
    cockpit.wait_for("waiting for approval").wait_for("▲ approve? 1").wait_for("C approve");
    cockpit.keys("1").wait_for("▲ approve? 2").keys("w").wait_for("C approves it, R rolls it back");
    cockpit.keys("<esc>").wait_gone("approves it");
    cockpit.keys("C").wait_for("ContinueServiceDeployment with CONTINUE");
    confirm_plan(&mut cockpit, None);
    cockpit.wait_for("● succeeded");
}

#[test]
fn who_looks_elsewhere_is_told_that_it_waits_and_the_title_comes_back() {
    let home = Home::new();
    let config = home.path().join("config/flightdeck");
    std::fs::create_dir_all(&config).unwrap();
    let notify = "[notify]\non = [\"waiting\"]\nby = [\"bell\", \"title\", \"osc9\"]\n";
    std::fs::write(config.join("config.toml"), notify).unwrap();
    let sim = Sim::start(&home, &["--world", "rollouts", "--speed", "20"]);
    let mut cockpit = Cockpit::start(BINARY, &[], LARGE, &home.aws(&sim.url), home.path());
    cockpit.wait_for("blue-green-pause");
    open(&mut cockpit, "blue-green-pause");
    pick(&mut cockpit, "good");
    confirm_plan(&mut cockpit, None);
    cockpit
        .wait_for("▲ approve? 1")
        .wait_sent("\x1b[22;0t\x1b]2;flightdeck: rollouts/blue-green-pause: its rollout waits for approval")
        .wait_sent("\x1b]9;flightdeck: rollouts/blue-green-pause: its rollout waits for approval");
    cockpit.keys("<ctrl-c>").ended();
    cockpit.wait_sent("\x1b[23;0t").assert_restored();
}

#[test]
fn an_app_runner_service_is_deployed_and_rolled_back() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--speed", "60"]);
    cockpit.wait_for("fem-fd-service");
    open(&mut cockpit, "fem-fd-service");
    pick(&mut cockpit, "e7b41d2");
    confirm_plan(&mut cockpit, None);
    cockpit.wait_for("● succeeded");
    open(&mut cockpit, "fem-fd-service");
    cockpit.keys("R").wait_for("Roll fem-fd-service back to 41ac9d0");
    confirm_plan(&mut cockpit, None);
    cockpit.wait_for("● succeeded");
}

#[test]
fn a_failing_migration_ends_failed_with_its_exit_code_and_last_lines() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--speed", "60"]);
    cockpit.wait_for("staging-service");
    open(&mut cockpit, "staging-service");
    pick(&mut cockpit, "5d2ae18");
    confirm_plan(&mut cockpit, None);
    cockpit.wait_for("● succeeded");
    open(&mut cockpit, "staging-service");
    cockpit.keys("M").wait_for("with an image").keys("<enter>").wait_for("Run migrations of 5d2ae18");
    confirm_plan(&mut cockpit, None);
    cockpit.wait_for("▲ failed").wait_for("code 1").wait_for("order_items");
}

#[test]
fn keys_typed_before_a_plan_was_drawn_do_not_confirm_it() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let mut cockpit = Cockpit::start(BINARY, &[], LARGE, &home.aws(&sim.url), home.path());
    cockpit.wait_for("staging-mailer");
    cockpit.keys("/staging-mailer<enter>").wait_gone("prod-mailer");
    cockpit.wait_for("1 of ");
    // A forced redeploy, and enter, enter, enter from impatient fingers in the same breath.
    cockpit.keys("F<enter><enter><enter>").wait_for("esc close, change nothing");
    cockpit.quiet_for(Duration::from_millis(300));
    assert!(cockpit.screen().contains("esc close, change nothing"), "{}", cockpit.screen());
    assert_eq!(sim.calls("ecs.UpdateService"), 0);
    // Now it was seen, and enter means it.
    confirm_plan(&mut cockpit, None);
    assert!(sim.calls("ecs.UpdateService") <= 1);
}

#[test]
fn production_asks_for_the_name_and_takes_no_other() {
    let mut cockpit = Cockpit::demo(LARGE);
    cockpit.wait_for("prod-mailer");
    open(&mut cockpit, "prod-mailer");
    cockpit.keys("F").wait_for("esc close, change nothing").keys("<ctrl-f>").wait_for("type prod-mailer");
    cockpit.keys("prod<enter>");
    cockpit.quiet_for(Duration::from_millis(300));
    assert!(!cockpit.screen().contains("changes made"), "{}", cockpit.screen());
    cockpit.keys("<esc>").wait_gone("esc close, change nothing");
}

#[test]
fn a_read_only_cockpit_changes_nothing() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--read-only"]);
    cockpit.wait_for("staging-service");
    open(&mut cockpit, "staging-service");
    cockpit.keys("F").wait_for("read-only");
    assert!(!cockpit.screen().contains("run it"), "{}", cockpit.screen());
}

#[test]
fn a_cockpit_that_dies_takes_its_migration_up_again_and_runs_it_once() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "1"]);
    std::fs::write(
        home.path().join("flightdeck.toml"),
        format!(
            r#"
[[environment]]
name = "staging"
region = "us-west-2"
endpoint_url = "{}"
clusters = ["staging"]
[[application]]
name = "fem-fd-service"
repository = "fem-fd-service"
services = {{ staging = "ecs:staging/staging-service" }}
[application.migration]
container = "service"
command = ["goose", "-dir", "migrations", "up"]
"#,
            sim.url
        ),
    )
    .unwrap();
    let env = home.aws(&sim.url);
    let mut first = Cockpit::start(BINARY, &[], LARGE, &env, home.path());
    first.wait_for("staging-service");
    open(&mut first, "staging-service");
    first.keys("M").wait_for("with an image").keys("<enter>").wait_for("Run migrations");
    confirm_plan(&mut first, None);
    first.wait_for("◐ goose");
    first.signal("KILL");
    first.ended();

    let mut second = Cockpit::start(BINARY, &[], LARGE, &env, home.path());
    second.wait_for("staging-service").keys("2").wait_for("migrate");
    sim.request("POST", "/_sim/clock", r#"{"advance": 300}"#);
    second.wait_for("succeeded");
    assert_eq!(sim.calls("ecs.RunTask"), 1, "the migration was run again");
    second.keys("q");
    second.ended();

    let runs = crate::headless::run(&["runs", "--json"], &env, home.path());
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    assert_eq!(runs["runs"][0]["verdict"], "succeeded", "{runs}");
}

#[test]
fn a_release_that_the_cockpit_is_left_in_is_gone_on_with_by_a_word() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    std::fs::write(
        home.path().join("flightdeck.toml"),
        r#"
refresh = "1s"
[[environment]]
name = "staging"
clusters = ["staging"]
apprunner = []
[[application]]
name = "fem-fd-service"
repository = "fem-fd-service"
services = { staging = "ecs:staging/staging-service" }
[application.migration]
container = "service"
command = ["goose", "-dir", "migrations", "up"]
"#,
    )
    .unwrap();
    let env = home.aws(&sim.url);
    let mut cockpit = Cockpit::start(BINARY, &[], LARGE, &env, home.path());
    cockpit.wait_for("staging-service");
    open(&mut cockpit, "staging-service");
    cockpit.keys("L").wait_for("Release an image").wait_for("e7b41d2").keys("e7b41d2").wait_for("1 of 1");
    cockpit.keys("<enter>");
    confirm_plan(&mut cockpit, None);
    cockpit.wait_for("◐ goose").keys("<ctrl-c>");
    cockpit.ended();
    cockpit.assert_restored();
    let list = crate::headless::run(&["runs", "--json"], &env, home.path());
    let runs: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    assert_ne!(runs["runs"][0]["verdict"], "failed", "{runs}");
    let id = runs["runs"][0]["id"].as_str().unwrap();
    assert_eq!(sim.calls("ecs.UpdateService"), 0);
    sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    let out = crate::headless::run(&["runs", "resume", id, "--yes"], &env, home.path());
    assert_eq!(out.code, 0, "{} {}", out.stdout, out.stderr);
    assert_eq!((sim.calls("ecs.RunTask"), sim.calls("ecs.UpdateService")), (1, 1));
}
