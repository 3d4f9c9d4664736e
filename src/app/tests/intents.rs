//! What handlers leave to `update`.

use super::kit::*;
use crate::{
    action::Action,
    app::{
        flow::{Intent, Out},
        state::Screen,
        update::perform::perform,
    },
};

#[test]
fn what_was_left_is_done_in_the_order_in_which_it_was_left() {
    for (second, stack) in [
        (Intent::Go(Screen::Runs), vec![Screen::Fleet, Screen::Runs]),
        // what a verb leaves itself is done as well
        (Intent::Act(Action::Environments, u64::MAX), vec![Screen::Fleet, Screen::Environments]),
        (Intent::Go(Screen::Fleet), vec![Screen::Fleet]),
    ] {
        let mut kit = Kit::new();
        kit.press("2").settle();
        let mut out = Out::default();
        out.intend(Intent::Fleet("env:prod".to_owned()));
        out.intend(second);
        perform(&mut kit.state, &mut out);
        assert!(out.intents.is_empty());
        assert_eq!(kit.state.stack, stack);
        assert_eq!(kit.state.fleet.filter, "env:prod");
        assert!(kit.state.fleet.shown.iter().all(|key| key.environment.as_str() == "prod"));
    }
}
