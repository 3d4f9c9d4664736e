//! Every key that is shown works where it is shown.

use crate::{
    app::{
        help::{self, HelpRow},
        tests::every::{settled, situation},
    },
    ui::{hints, view::View},
};

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
fn help_says_everywhere_of_what_works_everywhere() {
    let Some((_, kit)) = situation(0) else { panic!("no situation") };
    let mut here = None;
    for row in help::rows(&kit.state) {
        match row {
            HelpRow::Heading(context) => here = Some(context),
            HelpRow::Mostly => here = None,
            HelpRow::Verb { action, .. } => {
                assert!(here.is_none_or(|context| action.works_in(context)), "{action} {here:?}");
            }
            HelpRow::Blank => {}
        }
    }
}
