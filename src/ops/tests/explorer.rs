//! A model check of the run machine: every order of events to a bounded number of disturbances, against an AWS that
//! remembers what was done to it.
//!
//! What is flown is in `flights`: a release, with checks and window and without, one that fails and is rolled back, a
//! tag that is moved. It is flown step by step. At every step the next thing happens, or one of the things that go
//! wrong: an answer is lost before or after the change was made, a read fails, the process dies and is taken up with or
//! without leave, soon or hours later, somebody steals the lock or removes it, deploys, the bucket is gone, the machine
//! sleeps, the operator breaks off. What holds at any time is asserted where a change is sent, and where the run ends.

mod flights;
mod node;

use crate::ops::Effect;
use crate::ops::run::guard::{Guard, OUT};
use flights::Flight;
use node::{Choice, Node};
use std::collections::HashSet;

/// What was explored.
#[derive(Debug, Default)]
struct Explored {
    states: usize,
    steps: usize,
    ends: usize,
}

/// Explores every order of events from there.
fn explore(first: Node) -> Explored {
    let mut seen = HashSet::new();
    let mut told = Explored::default();
    let mut open = vec![first];
    while let Some(mut node) = open.pop() {
        loop {
            node.holds(node.steps < 2_000, "it goes on for ever");
            if node.is_over() {
                let view = node.driver.run.view();
                let lost = view.end.is_some() && view.resumable();
                if (node.driver.run.waits() || lost) && !node.gone_on {
                    let mut on = node.clone();
                    on.take(Choice::GoOn);
                    open.push(on);
                }
                node.ended();
                told.ends += 1;
                break;
            }
            let quiet = matches!(node.driver.queue.front(), Some(Effect::Journal(_) | Effect::Timer(..)));
            if !quiet && !seen.insert(node.key()) {
                break;
            }
            for choice in node.choices().into_iter().skip(1) {
                let mut other = node.clone();
                other.take(choice);
                told.steps += 1;
                open.push(other);
            }
            node.take(Choice::Go);
            told.steps += 1;
        }
    }
    told.states = seen.len();
    told
}

/// Whether everything is explored that takes minutes: `FLIGHTDECK_EXPLORE=all`.
fn all() -> bool {
    std::env::var("FLIGHTDECK_EXPLORE").is_ok_and(|told| told == "all")
}

/// Explores, prints what was explored, and holds that it was not little.
fn hold(flight: Flight, disturbances: u8, thin: bool, states: usize, ends: usize) {
    let told = explore(Node::new(flight, disturbances, thin, true));
    let which = match (disturbances, thin) {
        (1, _) => "one disturbance",
        (_, true) => "pairs of the most telling disturbances",
        (_, false) => "pairs of disturbances",
    };
    println!("{flight:?}, {which}: {} states, {} steps, {} ends", told.states, told.steps, told.ends);
    assert!(told.states > states && told.ends > ends, "{flight:?}: {told:?}");
}

#[test]
fn every_order_of_events_with_one_disturbance_keeps_what_is_promised() {
    for flight in Flight::ALL {
        hold(flight, 1, false, 600, 100);
    }
}

#[test]
fn every_pair_of_the_most_telling_disturbances_keeps_it_too() {
    let few = [Flight::Release, Flight::Tag, Flight::TagBack];
    for flight in Flight::ALL.into_iter().filter(|flight| all() || few.contains(flight)) {
        hold(flight, 2, true, 3_000, 500);
    }
}

#[test]
fn every_pair_of_disturbances_keeps_it_too() {
    if all() {
        hold(Flight::Release, 2, false, 60_000, 7_000);
    }
}

#[test]
fn what_a_guard_keeps_is_missed_without_it() {
    use Flight::{Guarded, Release, TagBack, Window};
    for (flight, out, ages, missed) in [
        (Release, &[Guard::Leave][..], true, &["without leave"][..]),
        (Release, &[Guard::Late], true, &["hours after it was confirmed"]),
        (Release, &[Guard::Late, Guard::Token], false, &["a migration was run twice"]),
        (Guarded, &[Guard::Late, Guard::Token], false, &["a migration was run twice"]),
        (Release, &[Guard::Lock], true, &["after the lock was lost", "without the bucket"]),
        (TagBack, &[Guard::Lock], true, &["after the lock was lost", "without the bucket"]),
        (Release, &[Guard::Unchanged], true, &["over somebody's deploy"]),
        (Release, &[Guard::Effect], true, &["the service was set twice"]),
        (Window, &[Guard::Effect], true, &["the service was set twice"]),
    ] {
        OUT.set(out.to_vec());
        let broken = std::panic::catch_unwind(|| explore(Node::new(flight, 1, false, ages)));
        OUT.set(Vec::new());
        let told = broken.expect_err(&format!("nothing is missed without {out:?}"));
        let told = told.downcast_ref::<String>().cloned().unwrap_or_default();
        println!("without {out:?}: {}", told.lines().take(2).collect::<Vec<_>>().join(" "));
        assert!(missed.iter().any(|missed| told.contains(missed)), "{out:?}: {told}");
    }
}
