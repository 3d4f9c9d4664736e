//! Every key that is shown works where it is shown.

use crate::{
    action::Action,
    app::{
        help::{self, HelpRow},
        state::Screen,
        tests::every::{settled, situation},
    },
    ui::{hints, view::View},
};
use std::collections::BTreeSet;

#[test]
fn every_hint_works_where_it_is_shown() {
    let mut pressed = 0;
    for nth in settled() {
        let Some((what, kit)) = situation(nth) else { break };
        if kit.state.overlay.is_some() {
            continue;
        }
        for (keys, title) in hints::hints(&View::new(&kit.state, (120, 40))) {
            for key in keys.split(' ') {
                let Some((_, mut kit)) = situation(nth) else { break };
                kit.state.notice = None;
                kit.press(key);
                let told = kit.notice();
                let refused = told.starts_with('“') && told.contains("” works on ");
                assert!(!refused, "{what}: {key} {title}: {told}");
                assert!(!told.contains("nothing to act on"), "{what}: {key} {title}: {told}");
                pressed += 1;
            }
        }
    }
    assert!(pressed > 150, "{pressed}");
}

#[test]
fn help_says_everywhere_of_what_works_everywhere_and_each_verb_once() {
    let Some((_, kit)) = situation(0) else { panic!("no situation") };
    let (mut here, mut told) = (Vec::new(), BTreeSet::new());
    for row in help::rows(&kit.state) {
        match row {
            HelpRow::Heading { contexts, .. } => here = contexts,
            HelpRow::Verb { keys, action } => {
                assert!(here.iter().all(|context| action.works_in(*context)), "{action} {here:?}");
                assert!(told.insert((keys.clone(), action)), "{action} {keys}");
            }
            HelpRow::Blank => {}
        }
    }
}

#[test]
fn help_is_searched_like_a_list() {
    let Some((_, mut kit)) = situation(0) else { panic!("no situation") };
    kit.press("? /").type_in("roll");
    let found = help::rows(&kit.state);
    let actions: Vec<Action> = found
        .iter()
        .filter_map(|row| if let HelpRow::Verb { action, .. } = row { Some(*action) } else { None })
        .collect();
    assert!(actions.contains(&Action::RollBack) && actions.len() < 6, "{actions:?}");
    kit.press("enter esc");
    assert!(kit.state.help_filter.is_empty() && kit.state.screen() == Screen::Help);
    kit.press("esc");
    assert_eq!(kit.state.screen(), Screen::Fleet);
}
