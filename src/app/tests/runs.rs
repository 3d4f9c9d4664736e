//! Runs, live and from the journal.

use super::kit::*;
use crate::{
    app::{Effect, Msg, Purpose, TimerKey, runs, state::Screen},
    model::{Answer, DeploymentStatus, Entry, RunHeader, RunId, RunKind, Stamp, Verdict},
};

fn scaling() -> Kit {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("S 3 enter").settle();
    kit.press("enter");
    kit
}

fn id(kit: &Kit) -> RunId {
    kit.state.runs.live.keys().next().cloned().unwrap()
}

/// Goes on until nothing is asked any more or the run is over.
fn go_on(kit: &mut Kit, running: u32) {
    for _ in 0..30 {
        if let Some(service) = kit.state.rows.get_mut(&key("staging", "staging-service")) {
            service.running = Some(running);
            service.desired = Some(3);
        }
        kit.settle();
        kit.write_through();
        let timers: Vec<TimerKey> = kit
            .effects
            .extract_if(.., |e| matches!(e, Effect::Timer { key: TimerKey::Run(..), .. }))
            .filter_map(|e| if let Effect::Timer { key, .. } = e { Some(key) } else { None })
            .collect();
        kit.later(3_000);
        for timer in timers {
            kit.send(Msg::Timer(timer));
        }
        if kit.state.runs.live.is_empty() {
            break;
        }
    }
}

#[test]
fn a_run_goes_to_its_verdict_and_tells_it() {
    let mut kit = scaling();
    let id = id(&kit);
    go_on(&mut kit, 3);
    assert!(kit.state.runs.live.is_empty(), "{:?}", kit.state.runs.live);
    let view = runs::find(&kit.state, &id).unwrap();
    assert_eq!(view.end.as_ref().map(|e| e.0), Some(Verdict::Succeeded), "{view:?}");
    assert!(kit.notice().starts_with("scale 3 to staging-service: succeeded"), "{}", kit.notice());
    assert!(kit.notice().ends_with("S, then 2, goes back"), "{}", kit.notice());
    assert_eq!(kit.state.runs.open, Some(id), "it stays open");
    kit.press("esc");
    assert_eq!(kit.state.screen(), Screen::Fleet, "back to where it was confirmed");
    kit.press("2 enter esc");
    assert_eq!((kit.state.screen(), kit.state.runs.open.is_none()), (Screen::Runs, true), "back to the list");
    let writes =
        kit.effects.iter().filter(|e| matches!(e, Effect::Journal { entry: Entry::Before { .. }, .. }));
    assert_eq!(writes.count(), 1);
}

#[test]
fn the_watch_can_be_broken_off_and_taken_up_again() {
    let mut kit = scaling();
    let id = id(&kit);
    kit.settle();
    kit.write_through();
    kit.press("X");
    assert!(kit.state.runs.live.is_empty());
    assert!(
        kit.effects.iter().any(|e| matches!(e, Effect::Journal { entry: Entry::Unwatched { .. }, .. })),
        "{:?}",
        kit.effects
    );
    assert!(kit.notice().contains("continues in AWS"), "{}", kit.notice());
    kit.press("r");
    assert_eq!(kit.state.runs.live.len(), 1);
    assert!(!kit.state.runs.past.iter().any(|v| v.header.id == id));
    go_on(&mut kit, 3);
    assert_eq!(runs::find(&kit.state, &id).unwrap().end.as_ref().map(|e| e.0), Some(Verdict::Succeeded));
}

#[test]
fn leaving_asks_twice_while_runs_are_live() {
    let mut kit = scaling();
    kit.effects.clear();
    kit.press("q");
    assert!(kit.notice().contains("continues in AWS"));
    assert!(!kit.effects.contains(&Effect::Quit));
    kit.press("j q");
    assert!(!kit.effects.contains(&Effect::Quit), "another key in between");
    kit.press("q");
    assert!(kit.effects.contains(&Effect::Quit));
    let mut kit = scaling();
    kit.press("ctrl-c");
    assert!(kit.effects.contains(&Effect::Quit));
    let mut kit = scaling();
    kit.send(Msg::Terminate);
    assert!(kit.effects.contains(&Effect::Quit));
}

#[test]
fn ctrl_c_leaves_from_everywhere() {
    for keys in ["/", ":", "D", "S", "R", "?", "2", "3", "enter"] {
        let mut kit = Kit::new();
        kit.press(keys).press("ctrl-c");
        assert!(kit.effects.contains(&Effect::Quit), "{keys}");
    }
}

fn begin(id: &str, at: i64) -> Entry {
    Entry::Begin {
        format: 1,
        run: RunHeader {
            id: RunId::from(id),
            kind: RunKind::Deploy,
            key: key("staging", "staging-service"),
            account: ACCOUNT.into(),
            region: "us-west-2".into(),
            title: "Deploy x".into(),
            from: "a".into(),
            to: "b".into(),
            who: "ada".into(),
            identity: String::new(),
            note: String::new(),
            at: Stamp(at),
        },
        steps: vec!["one".into()],
        confirmed: std::collections::BTreeMap::default(),
    }
}

#[test]
fn the_journal_is_shown_newest_first_and_unfinished_runs_are_taken_up() {
    let mut kit = Kit::new();
    let end = |verdict| Entry::End { at: NOW, verdict, why: "so".into(), for_good: false };
    kit.send(Msg::Journaled { entries: vec![begin("old", 5), end(Verdict::Failed)], held: false });
    kit.send(Msg::Journaled { entries: vec![begin("new", 9), end(Verdict::Succeeded)], held: false });
    kit.send(Msg::Journaled { entries: vec![begin("held", 7)], held: true });
    kit.send(Msg::Journaled { entries: vec![], held: false });
    kit.send(Msg::Journaled { entries: vec![end(Verdict::Failed)], held: false });
    let ids: Vec<String> = runs::all(&kit.state).iter().map(|v| v.header.id.to_string()).collect();
    assert_eq!(ids, ["new", "held", "old"]);
    assert!(kit.state.runs.live.is_empty(), "what another process flies is not flown twice");
    assert_eq!(kit.writes(), 0);
    kit.press("2 j");
    assert_eq!(runs::selected(&kit.state).unwrap().header.id, RunId::from("held"));
    assert!(runs::standing(&kit.state, runs::selected(&kit.state).unwrap()).contains("another"));
    kit.press("r");
    assert!(kit.notice().contains("another flightdeck"));
    kit.press("enter tab");
    assert_eq!(kit.state.runs.open, Some(RunId::from("old")));
    kit.press("backtab enter");
    assert_eq!(kit.state.screen(), Screen::Service);
    kit.press("esc esc esc");
    assert_eq!(kit.state.screen(), Screen::Fleet);
}

#[test]
fn a_real_run_is_taken_up_from_its_journal() {
    let mut kit = scaling();
    kit.settle();
    kit.write_through();
    kit.state.rows.get_mut(&key("staging", "staging-service")).unwrap().desired = Some(3);
    kit.settle();
    let entries: Vec<Entry> = kit
        .effects
        .iter()
        .filter_map(|e| if let Effect::Journal { entry, .. } = e { Some(entry.clone()) } else { None })
        .collect();
    let mut next = Kit::new();
    next.send(Msg::Journaled { entries, held: false });
    assert_eq!(next.state.runs.live.len(), 1, "{}: {:?}", next.notice(), next.state.runs.past);
    assert!(next.notice().starts_with("resumed"));
    let before = next.writes();
    go_on(&mut next, 3);
    assert_eq!(before, 0, "nothing is changed a second time");
    let view = runs::all(&next.state)[0];
    assert_eq!(view.end.as_ref().map(|e| e.0), Some(Verdict::Succeeded), "{view:?}");
}

#[test]
fn a_run_of_another_region_is_not_gone_on_with() {
    let mut kit = Kit::new();
    let mut begun = begin("away", 5);
    if let Entry::Begin { run, .. } = &mut begun {
        run.region = "eu-west-1".into();
    }
    kit.send(Msg::Journaled { entries: vec![begun], held: false });
    let told = |kit: &Kit| kit.notice().contains("is in eu-west-1, and staging now is in us-west-2");
    assert!(kit.state.runs.live.is_empty() && told(&kit), "{}", kit.notice());
    kit.press("2 r");
    assert!(kit.state.runs.live.is_empty() && told(&kit), "{}", kit.notice());
    assert_eq!(kit.writes(), 0);
    kit.state.environments.iter_mut().for_each(|environment| {
        environment.region = "eu-west-1".into();
        environment.identity = None;
    });
    kit.press("r");
    assert!(!told(&kit), "there it goes on: {}", kit.notice());
}

#[test]
fn a_deployment_that_rolls_back_is_told_as_such() {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("D").settle();
    kit.type_in("aaaaaa1").press("enter").settle();
    for _ in 0..8 {
        kit.press("pagedown");
    }
    kit.press("enter").settle();
    assert_eq!(kit.write_through(), 1, "{:?}", kit.state.overlay);
    assert_eq!(kit.write_through(), 1);
    for _ in 0..10 {
        let asks: Vec<(Purpose, crate::model::Ask)> = kit
            .effects
            .extract_if(.., |e| matches!(e, Effect::Ask { purpose: Purpose::Run(..), .. }))
            .filter_map(
                |e| if let Effect::Ask { purpose, ask, .. } = e { Some((purpose, ask)) } else { None },
            )
            .collect();
        for (purpose, ask) in asks {
            let service = key("staging", "staging-service");
            let mut ours = historic(&service, DeploymentStatus::RollbackSuccessful);
            ours.arn = "arn:aws:ecs:us-west-2:1:service-deployment/x/y/d42".into();
            ours.task_definition = Some(definition_arn(&service, 42));
            let answer = if matches!(ask, crate::model::Ask::Deployment { .. }) {
                Answer::Deployment(Some(Box::new(ours)))
            } else {
                let mut told = detail(&row("staging", "staging-service"));
                told.history.insert(0, ours);
                Answer::Detail(Box::new(told))
            };
            kit.answer("staging", purpose, Ok(answer));
        }
        let timers: Vec<TimerKey> = kit
            .effects
            .extract_if(.., |e| matches!(e, Effect::Timer { key: TimerKey::Run(..), .. }))
            .filter_map(|e| if let Effect::Timer { key, .. } = e { Some(key) } else { None })
            .collect();
        kit.later(3_000);
        for timer in timers {
            kit.send(Msg::Timer(timer));
        }
    }
    assert!(kit.notice().contains("deploy aaaaaa1 to staging-service: rolled back"), "{}", kit.notice());
    assert!(kit.state.notice.as_ref().unwrap().bad);
}

/// A release that was killed when its first change was on its way: what its journal holds.
fn killed() -> Vec<Entry> {
    let mut kit = Kit::new();
    kit.select("staging", "staging-service").press("L").settle();
    kit.press("enter").settle();
    for _ in 0..8 {
        kit.press("pagedown");
    }
    kit.press("enter").settle();
    assert_eq!(kit.writes(), 1, "{:?}", kit.state.overlay);
    let journal = kit.effects.iter().filter_map(|effect| match effect {
        Effect::Journal { entry, .. } => Some(entry.clone()),
        _ => None,
    });
    journal.collect()
}

#[test]
fn opening_the_cockpit_makes_no_change_and_offers_what_is_still_to_come() {
    let entries = killed();
    let mut next = Kit::new();
    next.send(Msg::Journaled { entries: entries.clone(), held: false });
    next.settle();
    assert_eq!(next.writes(), 0, "nobody pressed a key");
    assert!(next.notice().contains("still to come: register a copy"), "{}", next.notice());
    assert!(next.notice().contains(" needs confirmation, r on Runs continues: "), "{}", next.notice());
    assert_eq!(runs::standing(&next.state, runs::all(&next.state)[0]), "waiting for confirmation");
    next.press("2 r");
    assert_eq!((next.overlay(), next.writes()), ("go on", 0));
    next.press("esc");
    assert_eq!((next.overlay(), next.writes()), ("", 0), "it was only looked at");
    next.press("r").press("enter").settle();
    assert_eq!(next.writes(), 1, "{}", next.notice());

    // where nothing may be changed it is not even offered
    let mut next = Kit::new();
    std::sync::Arc::make_mut(&mut next.state.settings).read_only = true;
    next.send(Msg::Journaled { entries, held: false });
    next.settle();
    next.press("2 r");
    assert_eq!((next.overlay(), next.writes()), ("", 0));
    assert!(next.notice().contains("staging is read-only, so it does not continue"), "{}", next.notice());
}

#[test]
fn where_a_name_has_to_be_typed_a_run_goes_on_only_behind_it() {
    let mut next = Kit::with(&[("staging", crate::model::Protection::Typed)]);
    next.send(Msg::Journaled { entries: killed(), held: false });
    next.settle();
    next.press("2 r").press("enter");
    assert_eq!((next.overlay(), next.writes()), ("go on", 0), "nothing was typed");
    let complaint = |kit: &Kit| match &kit.state.overlay {
        Some(crate::app::state::Overlay::GoOn(on)) => on.complaint.clone(),
        _ => String::new(),
    };
    assert!(complaint(&next).contains("type staging-service to continue"), "{}", complaint(&next));
    next.type_in("staging").press("enter").settle();
    assert_eq!((next.overlay(), next.writes()), ("go on", 0), "half of it was typed");
    next.type_in("-service").press("enter").settle();
    assert_eq!((next.overlay(), next.writes()), ("", 1), "{}", next.notice());
}

#[test]
fn a_verdict_names_the_key_that_goes_back() {
    let mut kit = scaling();
    let id = id(&kit);
    let mut view = kit.state.runs.live.get(&id).unwrap().view().clone();
    (view.header.kind, view.header.from, view.header.to) =
        (RunKind::Deploy, "1f0c9a7".into(), "8be02d4".into());
    assert_eq!(runs::undo_words(&kit.state, &view), None, "it is in progress");
    view.end = Some((Verdict::Succeeded, "in place".into(), NOW));
    for kind in [RunKind::Deploy, RunKind::Promote, RunKind::Release] {
        view.header.kind = kind;
        assert_eq!(runs::why_ended(&kit.state, &view).unwrap(), "in place; R goes back to 1f0c9a7");
    }
    view.header.kind = RunKind::Rollback;
    assert_eq!(runs::why_ended(&kit.state, &view).unwrap(), "in place");
    view.header.kind = RunKind::Deploy;
    view.end = Some((Verdict::RolledBack, "the breaker tripped".into(), NOW));
    assert_eq!(runs::undo_words(&kit.state, &view), None, "it went back by itself");
    // the key does it from there
    kit.press("R");
    assert_eq!(kit.overlay(), "planning");
    kit.press("esc S");
    assert_eq!(kit.overlay(), "scale");
}

#[test]
fn the_service_beside_a_run_is_read_once_and_no_longer_than_its_page_is_open() {
    let mut kit = scaling();
    let own = key("staging", "staging-service");
    assert_eq!(kit.asked(&Purpose::Detail(own.clone())), 1, "{:?}", kit.effects);
    kit.settle();
    assert_eq!(kit.asked(&Purpose::Numbers(own.clone())), 0, "settled");
    let view = kit.state.service.as_ref().unwrap();
    assert_eq!((&view.key, view.detail.value.is_some(), view.numbers.at.is_some()), (&own, true, true));
    assert_eq!(kit.has_timer(&TimerKey::Detail), Some(3_000), "at the pace of rollouts");
    kit.effects.clear();
    kit.later(3_000).send(Msg::Timer(TimerKey::Detail));
    assert_eq!(kit.asked(&Purpose::Detail(own.clone())), 1);
    kit.settle();
    assert_eq!(kit.asked(&Purpose::Numbers(own.clone())), 0, "numbers do not move that fast");
    kit.press("esc");
    kit.effects.clear();
    kit.send(Msg::Timer(TimerKey::Detail));
    assert_eq!(kit.asked(&Purpose::Detail(own)), 0, "its page is left");
}

#[test]
fn the_service_that_was_open_is_come_back_to() {
    let mut kit = scaling();
    kit.press("esc").select("prod", "prod-service").press("enter").settle();
    let open = |kit: &Kit| kit.state.service.as_ref().map(|view| view.key.name.to_string());
    assert_eq!(open(&kit).as_deref(), Some("prod-service"));
    kit.press("2 enter").settle();
    assert_eq!((kit.state.screen(), open(&kit).as_deref()), (Screen::Runs, Some("staging-service")));
    kit.press("esc esc").settle();
    assert_eq!((kit.state.screen(), open(&kit).as_deref()), (Screen::Service, Some("prod-service")));
    assert!(kit.state.service.as_ref().unwrap().detail.at.is_some());
    kit.press("2 enter enter").settle();
    assert_eq!((kit.state.screen(), open(&kit).as_deref()), (Screen::Service, Some("staging-service")));
    kit.press("esc");
    assert_eq!(kit.state.screen(), Screen::Runs);
}

#[test]
fn a_run_that_is_long_over_reads_nothing() {
    let mut kit = scaling();
    let id = id(&kit);
    go_on(&mut kit, 3);
    kit.press("esc").later(3_600_000);
    kit.effects.clear();
    kit.press("2 enter");
    assert_eq!(kit.state.runs.open, Some(id));
    assert!(!kit.effects.iter().any(|e| matches!(e, Effect::Ask { purpose: Purpose::Detail(_), .. })));
}
