use super::*;
use crate::sim::worlds;

#[test]
fn every_world_that_ships_loads() {
    for name in worlds::names() {
        let world = World::named(name, None).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(world.name, name);
        assert!(!world.about.is_empty() && !world.environments().is_empty() && !world.services.is_empty());
        for spec in &world.services {
            let environment = world.environments.iter().find(|e| e.name == spec.environment).unwrap();
            assert!(environment.clusters.contains(&spec.cluster));
        }
    }
}

#[test]
fn the_default_world_has_the_three_stages_and_a_preview() {
    let world = World::named("fem", None).unwrap();
    let names: Vec<&str> = world.environments().iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["startup", "staging", "prod", "preview"]);
    let startup = world.environments().first().unwrap();
    assert_eq!(startup.apprunner, ["fem-fd-service", "landing-page"]);
    let repository = world.repositories.first().unwrap();
    assert_eq!(repository.images.len(), 12);
    for tag in ["latest", "staging", "prod"] {
        assert!(repository.images.iter().any(|image| image.tags.iter().any(|t| t == tag)), "{tag}");
    }
    let prod = world.services.iter().find(|s| s.name == "prod-service").unwrap();
    assert_eq!((prod.breaker, prod.log_prefix.as_str()), (Breaker::Rollback, "svc"));
    assert!(world.services.iter().any(|s| s.express && s.environment == "preview"));
    assert!(world.applications.iter().any(|a| a.migration.is_some()));
}

#[test]
fn the_fleet_is_as_large_as_asked_for() {
    for (asked, environments) in [(None, 10), (Some(7), 10), (Some(2500), 10)] {
        let world = World::named("fleet", asked).unwrap();
        assert_eq!(world.services.len(), asked.unwrap_or(1000));
        assert_eq!(world.environments().len(), environments);
        let mut names: Vec<_> = world.services.iter().map(|s| (&s.cluster, &s.name)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), world.services.len(), "names are unique");
    }
    assert!(World::named("fleet", Some(1_000_000)).is_err());
}

const SMALL: &str = r#"about = "small"
[[account]]
id = "123456789012"
[[environment]]
name = "one"
account = "123456789012"
region = "eu-west-1"
clusters = ["main"]
[[repository]]
name = "app"
[[repository.image]]
tags = ["1"]
pushed = "1h"
[[service]]
cluster = "main"
name = "web"
image = "app:1"
desired = 1
usual = { cpu = 1.0, memory = 1.0 }
"#;

#[test]
fn a_world_of_ones_own() {
    let world = World::from_toml(SMALL, "small.toml").unwrap();
    assert_eq!(world.services.first().unwrap().image, "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (from, to, line, says) in [
        ("desired = 1", "desired = 1\ndesierd = 2", 19, "unknown field `desierd`"),
        ("desired = 1", "desired = \"one\"", 18, "invalid type"),
        ("cluster = \"main\"", "cluster = \"mian\"", 15, "no cluster is called \"mian\" (known: main)"),
        ("image = \"app:1\"", "image = \"app:2\"", 17, "no image with the tag \"2\""),
        ("image = \"app:1\"", "image = \"api:1\"", 17, "no repository is called \"api\" (known: app)"),
        ("pushed = \"1h\"", "pushed = \"1 hour\"", 13, "no length of time"),
        ("id = \"123456789012\"", "id = \"1234\"", 3, "twelve digits"),
        ("account = \"123456789012\"", "account = \"000000000000\"", 6, "no account is called"),
        ("desired = 1", "desired = 1\nbalancer = \"lb\"", 16, "needs a port"),
        ("desired = 1", "desired = 1\nbreaker = \"maybe\"", 19, "is not one of rollback, stop, off"),
        ("desired = 1", "desired = 1\nmaximum_percent = 100", 16, "no deployment can move"),
        ("about = \"small\"", "about = ", 1, ""),
    ] {
        let text = SMALL.replacen(from, to, 1);
        match World::from_toml(&text, "small.toml") {
            Err(WorldError::Wrong { file, line: at, message, .. }) => {
                assert_eq!((file.as_str(), at), ("small.toml", line), "{to}: {message}");
                assert!(message.contains(says), "{to}: {message}");
            }
            other => panic!("{to}: {other:?}"),
        }
    }
    let unknown = World::named("mars", None).unwrap_err().to_string();
    assert_eq!(
        unknown,
        "there is no world called \"mars\"; the worlds are fem, incident, fleet, rollouts, causes, estate"
    );
}
