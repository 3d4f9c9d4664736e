//! Every kind of rollout, to its verdict.

use crate::support::*;
use flightdeck::{
    model::{Answer, Ask, Entry, Kind, ServiceKey, Verdict},
    ops::Wish,
};

fn key(name: &str) -> ServiceKey {
    ServiceKey::new("rollouts", Kind::Ecs, "rollouts", name)
}

#[tokio::test]
async fn traffic_that_shifts_in_steps_is_watched_to_its_end() {
    for name in ["linear", "canary"] {
        let mut tower = Tower::of("rollouts").await;
        let headless = tower.run(&key(name), deploy("good")).await;
        headless.ended(Verdict::Succeeded, "deployed and steady");
        assert!(
            headless.details().iter().any(|d| d.contains("traffic shift")),
            "{name}: {:#?}",
            headless.details()
        );
        assert!(
            headless.details().iter().any(|d| d.contains("bake time")),
            "{name}: {:#?}",
            headless.details()
        );
        let headless = tower.run(&key(name), deploy("errors")).await;
        headless.ended(Verdict::RolledBack, &format!("alarm {name}-5xx fired"));
    }
}

#[tokio::test]
async fn a_rollout_that_waits_is_decided() {
    for rollback in [false, true] {
        let mut tower = Tower::of("rollouts").await;
        let key = key("blue-green-pause");
        let draft = tower.plan(&key, deploy("good")).await.unwrap();
        let mut first = tower.launch(draft);
        first
            .until(&mut tower, |entry| {
                matches!(entry, Entry::Step { detail, .. } if detail.contains("waiting for approval at hook"))
            })
            .await;
        // its row says so too, without anybody opening it
        let answer = tower.client("rollouts").ask(Ask::Rows(vec![key.clone()]), &|_| {}).await;
        let Ok(Answer::Rows(rows)) = answer else { panic!("{answer:?}") };
        let Some(waits) = rows[0].waits() else { panic!("{:#?}", rows[0]) };
        assert!(waits.until.is_some() && waits.back == Some(true), "{waits:?}");
        let wish = if rollback { Wish::RollBack { to: None } } else { Wish::Continue { rollback: false } };
        let draft = tower.plan(&key, wish).await.unwrap();
        assert_eq!(draft.plan.writes, ["ecs:ContinueServiceDeployment"], "{:#?}", draft.plan);
        let mut second = tower.launch(draft);
        second.finish(&mut tower).await;
        first.finish(&mut tower).await;
        if rollback {
            second.ended(Verdict::Succeeded, "is back");
            first.ended(Verdict::RolledBack, "is back");
        } else {
            second.ended(Verdict::Succeeded, "deployed and steady");
            first.ended(Verdict::Succeeded, "deployed and steady");
        }
    }
}
