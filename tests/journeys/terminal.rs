//! The terminal is given back as it was, whatever happens.

use crate::cockpit::{BINARY, Cockpit, Home};

const SIZE: (u16, u16) = (100, 30);

#[test]
fn signals_end_the_cockpit_and_restore_the_terminal() {
    for (signal, code) in [
        ("TERM", 143),
        ("HUP", 129),
        ("INT", 130),
        ("QUIT", 131),
        ("ABRT", 134),
        ("USR1", 138),
        ("USR2", 140),
        ("ALRM", 142),
    ] {
        let mut cockpit = Cockpit::demo(SIZE);
        cockpit.wait_for("steady").signal(signal);
        assert_eq!(cockpit.ended(), code, "SIG{signal}");
        cockpit.assert_restored();
    }
}

#[test]
fn a_signal_before_anything_was_read_is_heard_too() {
    let mut cockpit = Cockpit::demo(SIZE);
    cockpit.wait_for("flightdeck").signal("TERM");
    assert_eq!(cockpit.ended(), 143);
    cockpit.assert_restored();
}

#[test]
fn ctrl_c_leaves() {
    let mut cockpit = Cockpit::demo(SIZE);
    cockpit.wait_for("steady").keys("<ctrl-c>");
    assert_eq!(cockpit.ended(), 0);
    cockpit.assert_restored();
}

#[test]
fn a_line_that_drops_ends_the_cockpit() {
    let home = Home::new();
    let mut cockpit = Cockpit::start(BINARY, &["demo"], SIZE, &home.env(), home.path());
    cockpit.wait_for("steady");
    cockpit.hang_up();
    assert_ne!(cockpit.ended(), 101);
}

#[test]
fn ctrl_z_gives_the_shell_back_and_fg_the_cockpit() {
    let home = Home::new();
    let mut env = home.env();
    env.push(("PS1".into(), "shell> ".into()));
    let mut shell = Cockpit::start("bash", &["--norc", "--noprofile", "-i"], SIZE, &env, home.path());
    shell.wait_for("shell>").keys(&format!("{BINARY} demo<enter>")).wait_for("steady");
    shell.keys("<ctrl-z>").wait_for("Stopped");
    shell.assert_left();
    shell.keys("echo still $((40 + 2))<enter>").wait_for("still 42");
    shell.keys("fg<enter>").wait_for("steady").wait_gone("still 42");
    shell.keys("?").wait_for("Show every key").keys("<esc>").wait_gone("Show every key").keys("q");
    shell.wait_for("Stopped").assert_left();
    shell.keys("exit<enter>");
    shell.ended();
}

#[test]
fn a_cockpit_that_no_shell_started_does_not_stop_for_good() {
    let mut cockpit = Cockpit::demo(SIZE);
    cockpit.wait_for("steady").keys("<ctrl-z>").wait_for("nothing to go back to");
    cockpit.keys("q");
    assert_eq!(cockpit.ended(), 0);
}

/// The name under which this test binary starts itself in a terminal, to panic there.
const PANICS: &str = "FLIGHTDECK_TEST_PANICS";

#[test]
fn a_panic_restores_the_terminal_before_it_is_told() {
    if std::env::var_os(PANICS).is_some() {
        flightdeck::runtime::mishap::install();
        let _guard = flightdeck::runtime::terminal::Guard::enter().unwrap();
        flightdeck::runtime::terminal::write_all(flightdeck::runtime::terminal::ON.as_bytes()).unwrap();
        panic!("on purpose, with postgres://app:hunter2@db/app");
    }
    let home = Home::new();
    let mut env = home.env();
    env.push((PANICS.into(), "1".into()));
    let this = std::env::current_exe().unwrap();
    let name = "terminal::a_panic_restores_the_terminal_before_it_is_told";
    let args = ["--exact", name, "--nocapture"];
    let mut child = Cockpit::start(this.to_str().unwrap(), &args, SIZE, &env, home.path());
    assert_eq!(child.ended(), 101);
    child.assert_restored();
    let screen = child.screen();
    assert!(screen.contains("on purpose") && screen.contains("mistake in flightdeck"), "{screen}");
    assert!(!screen.contains("hunter2"), "{screen}");
}

#[test]
fn without_a_terminal_the_cockpit_points_to_status() {
    let home = Home::new();
    let out = crate::headless::run(&[], &home.env(), home.path());
    assert_eq!(out.code, 2);
    assert!(out.stderr.contains("flightdeck status"), "{}", out.stderr);
    assert_eq!(out.stdout, "");
}
