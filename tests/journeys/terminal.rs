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
        ("XCPU", 152),
        ("VTALRM", 154),
        ("PROF", 155),
        ("SYS", 159),
        ("TRAP", 133),
        ("IO", 157),
        ("XFSZ", 153),
        #[cfg(target_os = "linux")]
        ("40", 168),
        #[cfg(target_os = "linux")]
        ("64", 192),
    ] {
        let mut cockpit = Cockpit::demo(SIZE);
        cockpit.wait_for("steady").signal(signal);
        assert_eq!(cockpit.ended(), code, "SIG{signal}");
        cockpit.assert_restored();
    }
}

#[test]
fn faults_that_were_sent_end_the_cockpit_by_themselves_and_restore_the_terminal() {
    for (signal, told) in [
        ("ILL", "Illegal instruction"),
        ("FPE", "Floating point exception"),
        ("SEGV", "Segmentation fault"),
        ("BUS", "Bus error"),
    ] {
        let mut cockpit = Cockpit::demo(SIZE);
        cockpit.wait_for("steady").signal(signal);
        assert_eq!(cockpit.ended_by(), told);
        cockpit.assert_restored();
    }
}

/// The name under which this test binary starts itself in a terminal, to overflow its stack there.
const OVERFLOWS: &str = "FLIGHTDECK_TEST_OVERFLOWS";

#[test]
fn a_stack_that_overflows_restores_the_terminal_before_it_is_told() {
    #[allow(unconditional_recursion)]
    fn deeper(depth: u64) -> u64 {
        std::hint::black_box([depth; 64])[7] + deeper(std::hint::black_box(depth + 1))
    }
    if std::env::var_os(OVERFLOWS).is_some() {
        let _guard = flightdeck::runtime::terminal::Guard::enter().unwrap();
        flightdeck::runtime::faults::watch().unwrap();
        flightdeck::runtime::terminal::write_all(flightdeck::runtime::terminal::ON.as_bytes()).unwrap();
        deeper(1);
    }
    let home = Home::new();
    let mut env = home.env();
    env.push((OVERFLOWS.into(), "1".into()));
    let this = std::env::current_exe().unwrap();
    let name = "terminal::a_stack_that_overflows_restores_the_terminal_before_it_is_told";
    let args = ["--exact", name, "--nocapture"];
    let mut child = Cockpit::start(this.to_str().unwrap(), &args, SIZE, &env, home.path());
    assert_eq!(child.ended_by(), "Aborted");
    child.assert_restored();
    let screen = child.screen().replace('\n', "");
    assert!(screen.contains("overflowed its stack"), "{screen}");
}

/// What a terminal may send cut short: by a line that broke, or by a program that wrote to it.
const CUT: [&[u8]; 9] = [
    b"\x1b[<0;1",
    b"\x1b[<0;12;7",
    b"\x1b[M !",
    b"\x1b[1;5",
    b"\x1b[?62;",
    b"\x1b[",
    b"\x1bO",
    b"\xe2\x82",
    b"\x1b[200~",
];

#[test]
fn a_sequence_that_is_cut_short_does_not_make_the_keyboard_deaf() {
    let mut cockpit = Cockpit::demo(SIZE);
    cockpit.wait_for("steady");
    for cut in CUT {
        cockpit.bytes(cut);
        cockpit.quiet_for(std::time::Duration::from_millis(if cut.ends_with(b"~") { 1_300 } else { 300 }));
        cockpit.keys("?").wait_for("Show all keys").keys("<esc>").wait_gone("Show all keys");
    }
    cockpit.keys("q");
    assert_eq!(cockpit.ended(), 0);
    cockpit.assert_restored();
}

#[test]
fn ctrl_c_is_heard_in_the_middle_of_everything() {
    for cut in CUT {
        let mut cockpit = Cockpit::demo(SIZE);
        cockpit.wait_for("steady").bytes(&[cut, b"\x03"].concat());
        assert_eq!(cockpit.ended(), 0, "{cut:?}");
        cockpit.assert_restored();
    }
}

#[test]
fn a_paste_of_any_size_is_taken_and_one_that_breaks_off_ends() {
    let mut cockpit = Cockpit::demo(SIZE);
    cockpit.wait_for("steady").keys("/");
    let big = [&b"\x1b[200~"[..], &b"x".repeat(1 << 20), b"\x1b[201~"].concat();
    cockpit.bytes(&big).wait_for("xxxxxxxx").keys("<esc>").wait_for("steady");
    // the end of it is lost
    cockpit.keys("/").bytes(b"\x1b[200~staging-mail").wait_for("staging-mail").wait_gone("staging-service");
    cockpit.keys("er").wait_for("staging-mailer").keys("<esc>").wait_for("staging-service");
    cockpit.keys("?").wait_for("Show all keys").keys("<esc>").wait_gone("Show all keys").keys("q");
    assert_eq!(cockpit.ended(), 0);
    cockpit.assert_restored();
}

#[test]
fn a_stopped_cockpit_is_ended_by_its_shell() {
    let home = Home::new();
    let mut env = home.env();
    env.push(("PS1".into(), "shell> ".into()));
    let mut shell = Cockpit::start("bash", &["--norc", "--noprofile", "-i"], SIZE, &env, home.path());
    shell.wait_for("shell>").keys(&format!("{BINARY} demo<enter>")).wait_for("steady").keys("<ctrl-z>");
    let end = "p=$(jobs -p %1); kill %1; while kill -0 $p; do sleep 0.1; done 2>/dev/null; echo go\"\"ne";
    shell.wait_for("Stopped").keys(&format!("{end}<enter>")).wait_for("gone");
    shell.keys("exit<enter>");
    shell.ended();
    shell.assert_left();
}

#[test]
fn a_terminal_of_any_size_is_drawn_in_and_left() {
    for size in [(65_535, 65_535), (2_000, 65_535), (1, 65_535), (65_535, 1)] {
        let mut cockpit = Cockpit::demo((SIZE.0, SIZE.1));
        cockpit.wait_for("steady");
        cockpit.resize(size.0, size.1);
        cockpit.keys(":");
        cockpit.quiet_for(std::time::Duration::from_millis(300));
        cockpit.resize(SIZE.0, SIZE.1);
        cockpit.keys("<esc>");
        cockpit.quiet_for(std::time::Duration::from_millis(300));
        cockpit.keys("<ctrl-c>");
        assert!(cockpit.ended() < 128, "{size:?}");
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

/// A terminal that nobody reads takes a few thousand bytes, and a frame of this size has more.
const HUGE: (u16, u16) = (1_000, 500);

#[test]
fn a_terminal_that_takes_nothing_is_left_when_a_signal_asks_for_it() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        // in the first frame
        let mut cockpit = Cockpit::demo_unread(HUGE);
        cockpit.wait_raw().signal(signal);
        assert_eq!(cockpit.ended_unread(), code, "SIG{signal}");
        assert_ne!(cockpit.is_raw(), Some(true), "the terminal was left raw");
        // in a later one
        let mut cockpit = Cockpit::demo(SIZE);
        cockpit.wait_for("steady").read_no_more().resize(HUGE.0, HUGE.1);
        cockpit.keys("2?<esc>3?<esc>5?<esc>1").signal(signal);
        assert_eq!(cockpit.ended_unread(), code, "SIG{signal}");
        assert_ne!(cockpit.is_raw(), Some(true), "the terminal was left raw");
    }
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
    shell.keys("?").wait_for("Show all keys").keys("<esc>").wait_gone("Show all keys").keys("q");
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
        flightdeck::runtime::panic_hook::install();
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

#[test]
fn nothing_but_ascii_is_sent_where_the_locale_is_not_utf_8() {
    for locale in ["C", "de_DE.ISO-8859-1"] {
        let home = Home::new();
        let mut env = home.env();
        env.push(("LC_ALL".into(), locale.into()));
        let mut cockpit = Cockpit::start(BINARY, &["demo", "--world", "incident"], SIZE, &env, home.path());
        cockpit
            .wait_for("steady")
            .keys("<enter>")
            .wait_for("Rollout")
            .keys("w")
            .wait_for("esc")
            .keys("<esc>");
        for tab in ["]", "]", "]", "]", "]"] {
            cockpit.keys(tab);
            cockpit.quiet_for(std::time::Duration::from_millis(200));
        }
        cockpit.keys("q<ctrl-c>");
        assert_eq!(cockpit.ended(), 0);
        let sent = String::from_utf8_lossy(&cockpit.raw).into_owned();
        let other: String = sent.chars().filter(|c| !c.is_ascii()).take(40).collect();
        assert!(other.is_empty(), "{locale}: {other}");
    }
}

#[test]
fn a_dumb_terminal_is_pointed_to_status() {
    let home = Home::new();
    let mut env = home.env();
    env.push(("TERM".into(), "dumb".into()));
    let mut cockpit = Cockpit::start(BINARY, &[], SIZE, &env, home.path());
    assert_eq!(cockpit.ended(), 2);
    let said = String::from_utf8_lossy(&cockpit.raw).into_owned();
    assert!(said.contains("TERM=dumb") && said.contains("flightdeck status"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}
