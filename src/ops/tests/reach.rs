//! What plans touch beside their own service.

use super::harness::plan_in;
use super::promotions::tagged;
use super::world::*;
use crate::model::{ImageChoice, Kind, Protection, TroubleKind};
use crate::ops::{Beside, Context, Neighbour, Wish};

#[test]
fn a_migration_leaves_the_task_definitions_of_stricter_services_alone() {
    type Bend = fn(&mut World, &mut Context);
    let strict = |clusters: Option<&[&str]>| Neighbour {
        name: "live".into(),
        protection: Protection::Typed,
        clusters: clusters.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        apprunner: Some(Vec::new()),
        beside: true,
        reached: false,
    };
    let used = |world: &mut World, cluster: &str| world.users = vec![(cluster.to_owned(), "web".to_owned())];
    let table: [(Bend, Option<&str>); 10] = [
        (
            |w, c| {
                // a family of another account is another one
                c.beside.stricter[0].beside = false;
                w.users = vec![("shop".into(), "web".into())];
            },
            None,
        ),
        (|_, _| (), None),
        (|w, _| w.users.clear(), None),
        (|w, _| w.users = vec![("other".into(), "web".into())], None),
        (
            |w, c| {
                c.beside.stricter[0].clusters = None;
                w.users = vec![("other".into(), "web".into())];
            },
            Some(
                "prod-service is the task definition of other/web in live, which is typed where startup is confirm",
            ),
        ),
        (
            |w, _| w.users = vec![("shop".into(), "web".into())],
            Some("prod-service is the task definition of shop/web in live"),
        ),
        (
            |w, c| {
                c.beside.stricter.clear();
                w.users = vec![("shop".into(), "web".into())];
            },
            None,
        ),
        (
            |w, c| {
                c.beside = Beside { own: Protection::Confirm, stricter: Vec::new(), discovered: true };
                w.users = vec![("production".into(), "web".into())];
            },
            Some("prod-service is the task definition of production/web in production"),
        ),
        (
            |w, c| {
                c.beside = Beside { own: Protection::Typed, stricter: Vec::new(), discovered: true };
                w.users = vec![("production".into(), "web".into())];
            },
            None,
        ),
        (
            |w, _| w.troubles = vec![("Users", trouble(TroubleKind::Denied))],
            Some("whether a service of live uses the task definition prod-service cannot be read: "),
        ),
    ];
    for kind in [Kind::AppRunner, Kind::Ecs] {
        for (index, (bend, refused)) in table.iter().enumerate() {
            let mut world = World::new(kind);
            used(&mut world, "elsewhere");
            let mut context = world.context();
            context.migration.cluster = Some("jobs".into());
            context.migration.task_definition = Some("prod-service".into());
            context.migration.network = Some(crate::model::launch::Network::default());
            context.beside = Beside {
                own: Protection::Confirm,
                stricter: vec![strict(Some(&["shop"]))],
                discovered: false,
            };
            if kind == Kind::Ecs {
                // its own family is another one
                world.detail.service.task_definition =
                    definition_arn(41).replace("prod-service:", "staging:");
            }
            bend(&mut world, &mut context);
            let (environment, of) = (context.key().environment.clone(), &world);
            for wish in [Wish::Migrate { image: None }, Wish::Release(ImageChoice::Tag("8be02d4".into()))] {
                let draft = plan_in(of, context.clone(), wish);
                match refused {
                    None => assert!(draft.is_ok(), "{kind:?} {index} {draft:?}"),
                    Some(told) => {
                        let refusal = draft.unwrap_err();
                        let told = told.replace("startup", environment.as_str());
                        assert!(refusal.why.starts_with(&told), "{kind:?} {index} {refusal}");
                        assert!(refusal.remedy.contains("a family of their own"), "{refusal}");
                    }
                }
            }
        }
    }
    // of its own family nothing is asked
    let mut world = World::new(Kind::Ecs);
    used(&mut world, "shop");
    let mut context = world.context();
    context.beside =
        Beside { own: Protection::Confirm, stricter: vec![strict(Some(&["shop"]))], discovered: false };
    assert!(plan_in(&world, context, Wish::Migrate { image: None }).is_ok());
}

#[test]
fn a_tag_is_not_moved_that_a_stricter_service_is_set_to() {
    for kind in [Kind::Ecs, Kind::AppRunner] {
        for (users, refused) in [
            (vec![("shop", "web")], true),
            (vec![("other", "web")], false),
            // its own, where that is one of ECS
            (vec![("prod", "prod-service")], kind == Kind::AppRunner),
            // App Runner deploys by itself
            (vec![("", "follower")], true),
            (vec![("", "elsewhere")], false),
            (vec![], false),
        ] {
            for beside in [true, false] {
                let (mut world, mut context) = tagged(kind);
                world.users = users.iter().map(|(c, s)| ((*c).to_owned(), (*s).to_owned())).collect();
                context.beside = live(beside);
                let from = world.others[0].service.key.clone();
                let draft = plan_in(&world, context, Wish::Promote { from });
                // in another account the same name is another service
                let other = !beside && users.iter().any(|(cluster, _)| *cluster == "prod");
                if refused || other {
                    let refusal = draft.unwrap_err();
                    assert!(refusal.why.contains("is what runs next in "), "{refusal}");
                    assert!(refusal.why.contains(" in live, which is typed"), "{refusal}");
                    assert!(refusal.remedy.contains("promotion = \"pinned\""), "{refusal}");
                } else {
                    assert!(draft.is_ok(), "{kind:?} {users:?} {draft:?}");
                }
            }
        }
    }
}

#[test]
fn a_stricter_environment_of_another_account_is_asked_with_its_own_credentials() {
    let (mut world, mut context) = tagged(Kind::Ecs);
    context.beside = live(false);
    let asked = "Users { environment: Some(EnvironmentName(\"live\")), of: Image(";
    world.troubles = vec![(asked, trouble(TroubleKind::NoCredentials))];
    let from = world.others[0].service.key.clone();
    let refusal = plan_in(&world, context, Wish::Promote { from }).unwrap_err();
    assert!(refusal.why.starts_with("whether a service of live uses the tag "), "{refusal}");
}

fn live(beside: bool) -> Beside {
    let live = Neighbour {
        name: "live".into(),
        protection: Protection::Typed,
        clusters: Some(vec!["shop".into(), "prod".into()]),
        apprunner: Some(vec!["follower".into()]),
        beside,
        reached: !beside,
    };
    Beside { own: Protection::Confirm, stricter: vec![live], discovered: false }
}
