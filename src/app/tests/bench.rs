//! What must stay cheap with 10,000 services: counted in work, not in time.

use super::kit::*;
use crate::{
    app::{Effect, Msg, TimerKey},
    model::{Protection, Service},
};

#[test]
fn ten_thousand_rows_are_moved_over_without_being_sorted_again() {
    let mut kit = Kit::with(&[("prod", Protection::Open), ("staging", Protection::Open)]);
    for environment in ["prod", "staging"] {
        let rows: Vec<Service> = (0..5_000).map(|n| row(environment, &format!("service-{n:05}"))).collect();
        kit.rows(environment, rows);
    }
    assert_eq!(kit.state.fleet.shown.len(), 10_000);
    // shown is not touched by movement: it stays where it is in memory
    let at = kit.state.fleet.shown.as_ptr();
    for _ in 0..200 {
        kit.press("j ctrl-f k");
    }
    assert_eq!(kit.state.fleet.shown.as_ptr(), at);
    assert!(kit.state.fleet.cursor > 200);
    // nor by rows that come again with other numbers, while the order depends on names alone
    let mut again = row("prod", "service-00017");
    again.running = Some(7);
    let answer = crate::model::Answer::Rows(vec![again]);
    kit.send(Msg::Part { environment: name("prod"), purpose: crate::app::Purpose::Rows, answer });
    assert_eq!(kit.state.fleet.shown.as_ptr(), at);
    // large fleets are read less often
    let every = kit.state.environment(&name("staging")).unwrap().every;
    assert!(every > 100_000, "{every}");
    // in the matrix the state orders cells, so each row may move others: they are put in order once for many
    kit.press("tab");
    kit.effects.clear();
    for n in 0..50 {
        let mut row = row("prod", &format!("service-{n:05}"));
        row.state = crate::model::ServiceState::Failing;
        let answer = crate::model::Answer::Rows(vec![row]);
        kit.send(Msg::Part { environment: name("prod"), purpose: crate::app::Purpose::Rows, answer });
    }
    let timers =
        kit.effects.iter().filter(|e| matches!(e, Effect::Timer { key: TimerKey::Order, .. })).count();
    assert_eq!((timers, kit.state.fleet.due), (1, true));
    kit.send(Msg::Timer(TimerKey::Order));
    assert!(!kit.state.fleet.due);
    kit.press("tab");
    kit.press("/").type_in("service-0001").press("enter");
    assert_eq!(kit.state.fleet.shown.len(), 20);
    kit.press("q");
    assert!(matches!(kit.effects.last(), Some(Effect::Quit)));
}
