//! Signing in, and another region or profile for the session.

use super::kit::*;
use crate::{
    app::{
        Effect, Msg,
        state::{Screen, Session},
    },
    config::settings::{Environment, Settings},
    model::{Protection, TroubleKind},
};
use std::sync::Arc;

fn configured(environments: Vec<Environment>) -> Kit {
    let mut kit = Kit::new();
    kit.state = empty(&[]);
    let settings = Settings { environments, ..Settings::default() };
    let keymap = Arc::clone(&kit.state.keymap);
    let theme = Arc::clone(&kit.state.theme);
    kit.state =
        crate::app::State::new(Arc::new(settings), keymap, theme, "ada@laptop".into(), NOW, (120, 40));
    kit.effects.clear();
    kit
}

fn own(name: &str, region: Option<&str>, profile: Option<&str>) -> Environment {
    Environment {
        region: region.map(str::to_owned),
        profile: profile.map(str::to_owned),
        account: Some(ACCOUNT.into()),
        ..Environment::named(name)
    }
}

fn choose(kit: &mut Kit, text: &str) {
    kit.press(":").type_in(text);
    kit.effects.clear();
    kit.press("enter");
}

#[test]
fn one_signs_in_to_the_profile_of_what_is_selected_and_all_in_trouble_is_read_again() {
    let mut kit = configured(vec![own("a", None, Some("fem-a")), own("b", None, Some("fem-b"))]);
    kit.press("3 down").effects.clear();
    kit.press("i");
    assert_eq!(kit.effects.first(), Some(&Effect::SignIn(Some("fem-b".into()))));
    for environment in &mut kit.state.environments {
        environment.trouble = Some(trouble(TroubleKind::Expired));
    }
    kit.effects.clear();
    kit.send(Msg::SignedIn(Ok("signed in".into())));
    for name in ["a", "b"] {
        assert!(kit.effects.contains(&Effect::Reconnect(name.into())), "{name}: {:?}", kit.effects);
    }
    kit.effects.clear();
    kit.send(Msg::SignedIn(Err("given up".into())));
    assert!(!kit.effects.iter().any(|e| matches!(e, Effect::Reconnect(_))));
    assert!(kit.notice().contains("given up"));
}

#[test]
fn where_environments_are_looked_for_signing_in_looks_again() {
    let mut kit = configured(vec![]);
    kit.send(Msg::Lost(trouble(TroubleKind::Expired)));
    kit.press("3").effects.clear();
    kit.press("i");
    assert_eq!(kit.effects.first(), Some(&Effect::SignIn(None)));
    kit.effects.clear();
    kit.send(Msg::SignedIn(Ok("signed in".into())));
    assert!(kit.effects.iter().any(|e| matches!(e, Effect::Reconnect(_))));
}

#[test]
fn what_is_chosen_counts_where_an_environment_names_none_and_the_account_stays_checked() {
    let mut kit = configured(vec![own("own", Some("us-east-1"), Some("x")), own("follows", None, None)]);
    choose(&mut kit, "region eu-west-1");
    let Some(Effect::Reroute(settings)) = kit.effects.first() else { panic!("{:?}", kit.effects) };
    assert_eq!(settings.region.as_deref(), Some("eu-west-1"));
    assert!(settings.environments.iter().all(|e| e.account.as_deref() == Some(ACCOUNT)));
    let asked: Vec<&str> = kit
        .effects
        .iter()
        .filter_map(|e| match e {
            Effect::Ask { environment, .. } => Some(environment.as_str()),
            _ => None,
        })
        .collect();
    assert!(!asked.is_empty() && asked.iter().all(|name| *name == "follows"), "{asked:?}");
    let regions: Vec<&str> = kit.state.environments.iter().map(|e| e.region.as_str()).collect();
    assert_eq!((regions, kit.state.screen()), (vec!["us-east-1", "eu-west-1"], Screen::Fleet));
    assert!(kit.notice().contains("region eu-west-1 for this session: follows"), "{}", kit.notice());

    let mut kit = configured(vec![own("own", Some("us-east-1"), Some("x"))]);
    choose(&mut kit, "region eu-west-1");
    assert!(!kit.effects.iter().any(|e| matches!(e, Effect::Reroute(_))));
    assert!(kit.notice().contains("names its own region"), "{}", kit.notice());
}

#[test]
fn profiles_that_are_written_down_are_offered_and_regions_nobody_knows_can_be_typed() {
    let mut kit = configured(vec![]);
    kit.send(Msg::Profiles(vec!["fem-prod".into()], vec!["ap-south-1".into()]));
    choose(&mut kit, "profile fem");
    let Some(Effect::Reroute(settings)) = kit.effects.first() else { panic!("{:?}", kit.effects) };
    assert_eq!((settings.profile.as_deref(), settings.environments.len()), (Some("fem-prod"), 0));
    let offered = crate::app::store::session::offered(&kit.state, "region xx-new-7");
    assert!(offered.contains(&Session::Region("xx-new-7".into())));
    assert!(offered.contains(&Session::Region("ap-south-1".into())));
    assert!(
        !crate::app::store::session::offered(&kit.state, "region nonsense")
            .contains(&Session::Region("nonsense".into()))
    );
    let mut demo = Kit { state: empty(&[("prod", Protection::Confirm)]), effects: Vec::new() };
    demo.state.demo = true;
    assert!(crate::app::store::session::offered(&demo.state, "").is_empty());
}
