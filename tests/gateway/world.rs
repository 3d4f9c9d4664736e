//! The simulator's default world: discovered, listed and described without a gap.

use crate::support::{ask, settings, start};
use flightdeck::{
    aws::{Gateway, Settings},
    model::{Answer, Ask, Kind, ServiceState},
    runtime::clock::{Clock, Follower, wall},
    sim::{
        clock,
        engine::Engine,
        server::{Options, serve},
        world::World,
    },
};

#[tokio::test]
async fn the_three_stages_are_found_and_told_whole() {
    let engine = Engine::new(World::named("fem", None).unwrap(), 1, clock::wall());
    let running = start(engine).await;
    let gateway = Gateway::new();
    let base = Settings { clusters: None, ..settings(&running.url()) };
    let found = gateway.discover(&base).await.unwrap();
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    let mut kinds = Vec::new();
    for environment in found.environments(&base) {
        let client = gateway.connect(environment);
        let (answer, rows) = ask(&client, Ask::Fleet).await;
        let Ok(Answer::FleetDone { keys, gaps, .. }) = answer else { panic!("{answer:?}") };
        assert!(!keys.is_empty() && gaps.is_empty(), "{gaps:?}");
        for key in keys {
            let row = rows.iter().rev().find(|row| row.key == key).unwrap();
            assert!(row.state != ServiceState::Unknown && !row.version.image.is_empty(), "{row:?}");
            kinds.push(key.kind);
            let (answer, _) = ask(&client, Ask::Detail(key.clone())).await;
            let Ok(Answer::Detail(detail)) = answer else { panic!("{answer:?}") };
            assert!(detail.gaps.is_empty(), "{:?}", detail.gaps);
            assert!(!detail.config.is_empty());
            assert_eq!(detail.task_definition.is_some(), key.kind != Kind::AppRunner);
            assert_eq!(detail.source.is_some(), key.kind == Kind::AppRunner);
        }
    }
    for kind in [Kind::Ecs, Kind::Express, Kind::AppRunner] {
        assert!(kinds.contains(&kind), "{kind}");
    }
}

#[tokio::test]
async fn the_clock_of_a_simulator_is_told_by_its_answers() {
    let engine = Engine::new(World::named("fem", None).unwrap(), 1, clock::wall());
    let ahead = 3.0 * 3600.0;
    let options =
        Options { listen: ([127, 0, 0, 1], 0).into(), speed: 60.0, start: Some(clock::wall() + ahead) };
    let running = serve(engine, options).await.unwrap();
    let client = Gateway::new().connect(settings(&running.url()));
    assert_eq!(client.meter().skew_ms, None);
    ask(&client, Ask::Identity).await.0.unwrap();
    let skew = client.meter().skew_ms.unwrap();
    assert!((10_795_000..11_400_000).contains(&skew), "{skew}");
    // what the cockpit shows then
    let follower = Follower::new(Clock::WALL);
    for _ in 0..2 {
        ask(&client, Ask::Alarms { names: vec!["none".into()] }).await.0.unwrap();
    }
    let dates = client.meter().dates;
    assert_eq!(dates.len(), 3, "one of each answer");
    for (at, told, skew) in dates {
        follower.hear(&"prod".into(), (at, told), skew);
    }
    assert!((follower.clock().now().since(wall()) - skew).abs() < 5_000);
}
