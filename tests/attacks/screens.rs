//! The places of the cockpit, and the keys that lead to them.

use crate::{
    cockpit::{BINARY, Cockpit},
    release::Scene,
};
use std::time::Duration;

/// A place: its name, the keys that lead there from anywhere once all is closed, and what the screen then says.
pub const PLACES: [(&str, &str, &str); 20] = [
    ("fleet", "1", "/ filter"),
    ("matrix", "1<tab>", ""),
    ("rollout", "1gje", "[Rollout]"),
    ("charts", "1gjm", "[Metrics]"),
    ("log", "1gjl", "[Logs]"),
    ("tasks", "1gjt", "[Tasks]"),
    ("a task", "1gjt<enter>", ""),
    ("revisions", "1gjv", "[Revisions]"),
    ("configuration", "1gjc", "[Config]"),
    ("targets", "1gjh", "[Targets]"),
    ("why", "1gjw", ""),
    ("runs", "2", ""),
    ("a run", "2g<enter>", ""),
    ("environments", "3", ""),
    ("filter", "1/", "enter keep"),
    ("palette", "1:", ""),
    ("help", "1?", ""),
    ("images", "1gjD", ""),
    ("revisions to go back to", "1gjR", ""),
    ("a plan", "1gjF", ""),
];

/// A cockpit over a scene.
pub fn opened(scene: &Scene, size: (u16, u16), args: &[&str]) -> Cockpit {
    let mut cockpit = Cockpit::start(BINARY, args, size, &scene.env(), scene.home.path());
    cockpit.wait_until("the services", |screen| screen.contains("service"));
    cockpit
}

/// Closes whatever is open, and goes to a place.
pub fn go(cockpit: &mut Cockpit, keys: &str) {
    settle(cockpit);
    for _ in 0..3 {
        cockpit.keys("<esc>");
        cockpit.quiet_for(Duration::from_millis(60));
    }
    // a key at a time, as by hand: a place opens before the next is pressed
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let end = if c == '<' { rest.find('>').unwrap() + 1 } else { c.len_utf8() };
        let (key, after) = rest.split_at(end);
        cockpit.keys(key);
        cockpit.quiet_for(Duration::from_millis(120));
        rest = after;
    }
    settle(cockpit);
}

/// Waits until nothing comes any more for a moment, two seconds at most: a run or a refresh may go on for ever.
fn settle(cockpit: &mut Cockpit) {
    for _ in 0..20 {
        if cockpit.quiet_for(Duration::from_millis(100)) == 0 {
            return;
        }
    }
}
