//! What happened, the alarms and the board, by keys alone.

use crate::cockpit::Cockpit;

const LARGE: (u16, u16) = (120, 40);

#[test]
fn the_timeline_tells_of_an_incident_and_who_began_it() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--world", "incident", "--speed", "60"]);
    cockpit.wait_for("prod-service");
    cockpit
        .keys("4")
        .wait_for("KIND")
        .wait_for("policy prod-service-cpu")
        .wait_for("died: service: exit 137");
    cockpit.keys("/").wait_for("enter keep").keys("kind:scaling<enter>").wait_for("/kind:scaling");
    cockpit.wait_gone("exit 137");
    cockpit.keys("<enter>").wait_for("› prod-service");
}

/// Time runs on, and deaths push all else off the screen.
#[test]
fn alarms_that_fire_are_found_among_the_deaths_of_tasks() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--world", "incident", "--speed", "60"]);
    cockpit.wait_for("prod-service");
    cockpit.keys("4").wait_for("KIND").keys("/").wait_for("enter keep");
    cockpit.keys("kind:alarm<enter>").wait_for("prod-service-5xx fires");
}

#[test]
fn a_chart_opens_the_timeline_at_its_moment() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--world", "incident", "--speed", "60"]);
    cockpit.wait_for("prod-service");
    cockpit.keys("m").wait_for("[Metrics]").wait_for("max").keys("<left><left>4").wait_for("around ");
}

#[test]
fn alarms_are_opened_and_services_pinned() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--world", "incident", "--speed", "60"]);
    cockpit.wait_for("prod-service").keys("b").wait_for("is pinned to the board");
    cockpit.keys("5").wait_for("Latency p99").wait_for("/min");
    cockpit.keys("<tab>").wait_for("5xx").keys("b").wait_for("Nothing is pinned.");
    cockpit.keys("6").wait_for("FIRES AT").wait_for("firing").wait_for("prod-service-5xx");
    cockpit.keys("<enter>").wait_for("[Targets]");
}

#[test]
fn it_begins_with_a_service_or_with_a_filter() {
    let mut cockpit = Cockpit::demo_with(LARGE, &["--world", "incident", "prod/prod-service"]);
    cockpit.wait_for("› prod-service");
    let mut cockpit = Cockpit::demo_with(LARGE, &["--world", "incident", "-f", "env:prod"]);
    cockpit.wait_for("/env:prod");
}
