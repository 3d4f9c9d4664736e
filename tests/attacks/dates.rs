//! Answers with a wrong date: what a lock's time is judged by, and what a command's.

use crate::{
    locks::{put, theirs},
    proxy::Deed,
    release::{COMMAND, NEW, Scene},
};

const HOUR: i64 = 3_600;

const DEPLOY: &[&str] = &["deploy", "staging/staging-service", "--image", NEW, "--yes", "--json"];

#[test]
fn a_lock_that_lives_by_the_clock_of_its_bucket_is_respected_whatever_others_tell() {
    let scene = Scene::new("1", |call| if call.service() == "s3" { Deed::Pass } else { Deed::Dated(HOUR) });
    put(&scene, &theirs(&scene.sim.url, ""));
    let out = scene.run(DEPLOY);
    assert!(matches!(out.code, Some(5 | 6)), "{}", out.text());
    assert!(out.text().contains("eve"), "{}", out.text());
    assert_eq!(scene.begun(), 0, "{}", out.text());
}

#[test]
fn a_lock_that_has_expired_by_the_clock_of_its_bucket_is_taken_over_whatever_others_tell() {
    let scene = Scene::new("1", |call| if call.service() == "s3" { Deed::Pass } else { Deed::Dated(-HOUR) });
    // within the 15 minutes that AWS takes signatures for: beyond them one of two clocks is wrong, and nothing is taken over
    put(&scene, &theirs(&scene.sim.url, r#", "ttl_ms": 300000"#));
    scene.sim.request("POST", "/_sim/clock", "{\"advance\": 400, \"speed\": 30}");
    let out = scene.run(DEPLOY);
    assert_eq!(out.code, Some(0), "{}", out.text());
}

/// One answer that is dated hours ahead, of a simulator whose clock runs fast: a lock that lives is not taken over by it.
#[test]
fn a_date_from_the_future_takes_no_lock_over_however_fast_the_clock_goes() {
    for speed in ["1", "30"] {
        let scene =
            Scene::new(speed, |call| if call.service() == "s3" { Deed::Dated(2 * HOUR) } else { Deed::Pass });
        put(&scene, &theirs(&scene.sim.url, ""));
        let out = scene.run(DEPLOY);
        assert!(matches!(out.code, Some(5 | 6)), "{speed}: {}", out.text());
        assert!(out.text().contains("eve"), "{speed}: {}", out.text());
        assert_eq!(scene.begun(), 0, "{speed}: {}", out.text());
    }
}

/// From the first look on, and from when the migration is asked for.
#[test]
fn dates_that_are_wrong_stop_no_task() {
    for hours in [2, -2] {
        for at_once in [true, false] {
            let mut wrong = at_once;
            let scene = Scene::new("30", move |call| {
                wrong |= call.operation == "ecs.RunTask" && call.says("\"up\"");
                if wrong { Deed::Dated(hours * HOUR) } else { Deed::Pass }
            });
            let args: Vec<&str> = COMMAND.iter().copied().chain(["--json"]).collect();
            let out = scene.run(&args);
            let told = format!("{hours} {at_once}: {}", out.text());
            assert_eq!(scene.made("ecs.StopTask"), 0, "{told}");
            assert_eq!(scene.migrations(), 1, "{told}");
            assert!(out.stdout.contains("exited with code 0"), "{told}");
            // what CloudWatch tells of the window cannot be found by such a date, and what was confirmed hours ago by the
            // clock is not begun any more
            let verdicts: &[&str] =
                if at_once { &["succeeded", "unverified"] } else { &["succeeded", "unverified", "lost"] };
            assert!(verdicts.contains(&out.verdict()), "{told}");
        }
    }
}
