//! The simulator's default world: discovered, listed and described without a gap.

use crate::support::{ask, settings, start};
use flightdeck::{
    aws::{Gateway, Settings},
    model::{Answer, Ask, Kind, ServiceState},
    sim::{clock, engine::Engine, world::World},
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
        let Ok(Answer::FleetDone { keys, gaps }) = answer else { panic!("{answer:?}") };
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
