//! Changes without a screen: what a script and a CI see of them.

use crate::{
    cockpit::{BINARY, Cockpit},
    desk::{CONFIG, Desk, FAST, objects},
};
use serde_json::Value;

#[test]
fn a_plan_is_printed_and_changes_nothing() {
    let desk = Desk::new(&[]);
    let out = desk.ends("deploy staging/staging-service --image e7b41d2 --plan", 0);
    for told in ["Deploy e7b41d2 to staging-service", " → e7b41d2", "111122223333", "ecs:UpdateService"] {
        assert!(out.stdout.contains(told), "{told}: {}", out.stdout);
    }
    let json = objects(&desk.ends("deploy staging/fem-fd-service --image e7b41d2 --plan --json", 0));
    assert_eq!(json[0]["event"], "plan");
    assert_eq!(json[0]["to"], "e7b41d2");
    assert_eq!(
        (&json[1]["event"], &json[1]["verdict"], &json[1]["exit_code"]),
        (&"result".into(), &Value::Null, &0.into())
    );
    assert_eq!(desk.sim.calls("ecs.RegisterTaskDefinition") + desk.sim.calls("ecs.UpdateService"), 0);
    assert!(desk.runs().is_empty());
}

#[test]
fn a_deploy_is_watched_to_its_verdict_and_kept_in_the_journal() {
    let desk = Desk::new(FAST);
    let before = desk.digest("staging", "staging-service");
    let out = desk.ends("deploy staging/staging-service --image e7b41d2 --yes --note ticket", 0);
    assert!(out.stdout.starts_with("succeeded: "), "{}", out.stdout);
    assert!(out.stderr.lines().any(|line| line.contains("ecs:UpdateService")), "{}", out.stderr);
    assert!(!out.stderr.contains('\u{1b}') && !out.stdout.contains('\u{1b}'), "colours are for terminals");
    assert_eq!(desk.version("staging", "staging-service"), "e7b41d2");

    let runs = desk.runs();
    assert_eq!((runs.len(), &runs[0]["verdict"]), (1, &"succeeded".into()));
    let id = runs[0]["id"].as_str().unwrap();
    let shown = desk.ends(&format!("runs show {}", &id[..14]), 0).stdout;
    for told in ["Deploy e7b41d2", "ticket", "ecs:UpdateService", "succeeded"] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let exported = desk.ends(&format!("runs export {id}"), 0).stdout;
    assert!(exported.starts_with('#') && exported.contains("e7b41d2"), "{exported}");
    // it has ended: told again, with the same exit code
    assert!(desk.ends(&format!("runs resume {id}"), 0).stdout.starts_with("succeeded"));

    // and back again
    desk.ends("rollback staging/staging-service --to staging-service:17 --yes", 0);
    assert_eq!(desk.digest("staging", "staging-service"), before);
}

#[test]
fn a_deploy_of_which_nothing_runs_is_unverified_and_exits_with_7() {
    let desk = Desk::new(FAST);
    desk.outside(
        "UpdateService",
        r#"{"cluster": "staging", "service": "staging-service", "desiredCount": 0}"#,
    );
    // a read may come before what was written is seen
    let plan = || desk.ends("deploy staging/staging-service --image e7b41d2 --plan", 0).stdout;
    let told = "desired count is 0: nothing will run, so nothing can be verified";
    assert!((0..30).any(|_| plan().contains(told)), "{}", plan());
    let out = desk.ends("deploy staging/staging-service --image e7b41d2 --yes", 7);
    assert!(out.stdout.starts_with("unverified: "), "{}", out.stdout);
    assert!(out.stdout.contains("the desired count is 0, so none of it runs"), "{}", out.stdout);
    assert_eq!(desk.version("staging", "staging-service"), "e7b41d2", "it is in place all the same");
    desk.ends("rollback staging/staging-service --to staging-service:17 --yes", 7);
}

#[test]
fn a_bad_image_is_rolled_back_by_the_breaker_and_exits_with_3() {
    let desk = Desk::new(FAST);
    let out = desk.ends("deploy prod/prod-service --image c90f3ad --yes --json", 3);
    let objects = objects(&out);
    let result = objects.last().unwrap();
    assert_eq!((&result["event"], &result["verdict"]), (&"result".into(), &"rolled_back".into()));
    assert_eq!(result["exit_code"], 3);
    for event in ["plan", "begin", "step", "change", "answer", "verdict"] {
        assert!(objects.iter().any(|object| object["event"] == event), "no {event}:\n{}", out.stdout);
    }
    assert_eq!(out.stderr, "");
}

#[test]
fn a_failing_migration_exits_with_1_and_its_log_is_kept() {
    let desk = Desk::new(FAST);
    let out = desk.ends("migrate staging/staging-service --image 5d2ae18 --yes", 1);
    assert!(out.stderr.contains("order_items"), "{}", out.stderr);
    assert!(out.stdout.starts_with("failed: "), "{}", out.stdout);
    let id = desk.runs()[0]["id"].as_str().unwrap().to_owned();
    let shown: Value = serde_json::from_str(&desk.ends(&format!("runs show {id} --json"), 0).stdout).unwrap();
    assert!(shown["log"].as_array().unwrap().iter().any(|l| l["text"].as_str().unwrap().contains("goose")));
}

#[test]
fn what_takes_too_long_exits_with_4_and_is_taken_up_again() {
    let desk = Desk::new(&[]);
    let out = desk.ends("deploy staging/staging-service --image e7b41d2 --yes --timeout 4s", 4);
    assert!(out.stdout.contains("timed out"), "{}", out.stdout);
    let id = desk.runs()[0]["id"].as_str().unwrap().to_owned();
    assert!(out.stdout.contains(&format!("flightdeck runs resume {id}")), "{}", out.stdout);
    desk.sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    let resumed = desk.ends(&format!("runs resume {id}"), 0);
    assert!(resumed.stderr.contains("resumed"), "{}", resumed.stderr);
    assert!(resumed.stdout.starts_with("succeeded"), "{}", resumed.stdout);
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 1);
}

#[test]
fn what_is_not_confirmed_or_not_allowed_exits_with_5() {
    let desk = Desk::new(&[]);
    let deploy = "deploy staging/staging-service --image e7b41d2";
    for (command, told) in [
        (deploy.to_owned(), "--yes"),
        (format!("{deploy} --yes --read-only"), "read-only"),
        ("deploy staging/staging-service --image 0000000 --yes".into(), "has no image 0000000"),
        ("rollback staging/staging-service --to 99 --yes".into(), "no revision “99”"),
        ("deploy prod/prod-search --image v2.13.2 --yes".into(), "CodeDeploy"),
    ] {
        let out = desk.ends(&command, 5);
        assert!(out.stderr.contains(told), "{command}: {}", out.stderr);
        assert_eq!(out.stdout, "", "{command}");
    }
    let result = objects(&desk.ends(&format!("{deploy} --json"), 5)).pop().unwrap();
    assert_eq!((&result["verdict"], &result["exit_code"]), (&"refused".into(), &5.into()));
    assert_eq!(desk.sim.calls("ecs.RegisterTaskDefinition") + desk.sim.calls("ecs.UpdateService"), 0);
    assert!(desk.runs().is_empty());
}

#[test]
fn what_names_nothing_exits_with_2() {
    let desk = Desk::new(&[]);
    for (command, told) in [
        ("release staging/staging-servic --yes", "did you mean staging/staging-service?"),
        ("release staging/zebra --yes", "staging-mailer, staging-service"),
        ("release stagin/staging-service --yes", "did you mean “staging”? There are startup, staging, prod"),
        ("release staging --yes", "ENVIRONMENT/SERVICE"),
        ("deploy staging/staging-service --yes", "--image"),
        ("deploy staging/staging-service --image e7b41d2 --yes --timeout soon", "“soon” is not a duration"),
        ("promote staging/staging-service --yes", "--from"),
        ("promote prod/prod-service --from prev --yes", "no environment “prev”"),
        ("fly nowhere.json --yes", "nowhere.json"),
        ("runs show 7", "no run 7"),
        ("runs resume 7", "no run 7"),
    ] {
        let out = desk.ends(command, 2);
        assert!(out.stderr.contains(told), "{command}: {}", out.stderr);
    }
}

#[test]
fn environments_that_nobody_configured_are_found_too() {
    let desk = Desk::with(&[], "");
    let out = desk.ends("deploy staging/service --image e7b41d2 --plan", 0);
    assert!(out.stdout.contains(" → e7b41d2"), "{}", out.stdout);
    let out = desk.ends("deploy stagin/service --image e7b41d2 --plan", 2);
    assert!(out.stderr.contains("did you mean “staging”?"), "{}", out.stderr);
}

#[test]
fn credentials_that_are_gone_exit_with_6() {
    let desk = Desk::new(&[]);
    desk.sim.fault(r#"{"kind": "expired"}"#);
    let out = desk.ends("deploy staging/staging-service --image e7b41d2 --yes --json", 6);
    assert_eq!(objects(&out).pop().unwrap()["verdict"], "lost");
    assert!(out.stderr.contains("expired"), "{}", out.stderr);
}

#[test]
fn contact_that_is_lost_under_way_exits_with_6_and_is_taken_up_again() {
    let desk = Desk::new(&[]);
    let mut job =
        desk.until("deploy staging/staging-service --image e7b41d2 --yes", "ecs:UpdateService staging/");
    job.says("accepted: service-deployment");
    desk.sim.fault(r#"{"kind": "expired"}"#);
    assert_eq!(job.ended().0, Some(6));
    desk.sim.request("DELETE", "/_sim/fault", "");
    desk.sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    let id = desk.runs()[0]["id"].as_str().unwrap().to_owned();
    desk.ends(&format!("runs resume {id}"), 0);
    assert_eq!(desk.version("staging", "staging-service"), "e7b41d2");
}

#[test]
fn a_saved_plan_is_flown_later_unless_the_world_has_moved() {
    let desk = Desk::new(FAST);
    let plan = |image: &str, file: &str| {
        // by its application's name; it is saved under its own
        desk.ends(&format!("deploy staging/fem-fd-service --image {image} --plan --out {file}"), 0);
    };
    plan("e7b41d2", "plan.json");
    plan("7d33b05", "later.json");
    let out = desk.ends("fly plan.json", 5);
    assert!(out.stderr.contains("--yes"), "{}", out.stderr);
    desk.ends("fly plan.json --yes", 0);
    assert_eq!(desk.version("staging", "staging-service"), "e7b41d2");
    // both were made from the same state, and one was applied
    let out = desk.ends("fly later.json --yes", 5);
    assert!(
        out.stderr.contains("something changed since") && out.stderr.contains("→ staging-service:"),
        "{}",
        out.stderr
    );

    plan("7d33b05", "again.json");
    desk.outside(
        "UpdateService",
        r#"{"cluster": "staging", "service": "staging-service", "forceNewDeployment": true}"#,
    );
    let out = desk.ends("fly again.json --yes", 5);
    // somebody's rollout is over by then, or not
    let told = ["was deployed again", "a rollout is in flight on staging-service"];
    assert!(told.iter().any(|told| out.stderr.contains(told)), "{}", out.stderr);

    let text = std::fs::read_to_string(desk.path().join("again.json")).unwrap();
    std::fs::write(desk.path().join("other.json"), text.replace("111122223333", "999999999999")).unwrap();
    let out = desk.ends("fly other.json --yes", 5);
    assert!(out.stderr.contains("account 999999999999"), "{}", out.stderr);
    assert_eq!(desk.version("staging", "staging-service"), "e7b41d2");
}

#[test]
fn a_release_checks_migrates_deploys_and_verifies() {
    let desk = Desk::new(FAST);
    let out = desk.ends("release staging/staging-service --image e7b41d2 --yes --json", 0);
    let objects = objects(&out);
    let result = objects.last().unwrap();
    assert_eq!((&result["verdict"], &result["kind"]), (&"succeeded".into(), &"release".into()));
    let logged = |text: &str| {
        objects.iter().any(|o| o["event"] == "log" && o["text"].as_str().unwrap().contains(text))
    };
    assert!(logged("goose"), "{}", out.stdout);
    // the check and the migration
    assert_eq!(desk.sim.calls("ecs.RunTask"), 2);
    assert_eq!(desk.version("staging", "staging-service"), "e7b41d2");
}

#[test]
fn without_an_image_a_release_takes_what_the_service_is_set_to() {
    let desk = Desk::new(FAST);
    let out = desk.ends("release staging/staging-service --yes", 0);
    assert!(out.stdout.contains("Release staging"), "{}", out.stdout);
    assert!(out.stdout.contains(" to staging-service"), "{}", out.stdout);
    assert!(out.stderr.contains("goose -dir migrations up"), "{}", out.stderr);
    // its tasks are replaced, as --force-new-deployment does; the service keeps its revision
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 1);
    let status = desk.ends("status --json -e staging", 0).stdout;
    assert!(status.contains("\"staging-service:17\""), "{status}");
}

#[test]
fn a_release_whose_migration_fails_deploys_nothing() {
    let desk = Desk::new(FAST);
    let before = desk.digest("staging", "staging-service");
    let out = desk.ends("release staging/staging-service --image 5d2ae18 --yes", 1);
    assert!(out.stdout.contains("nothing was deployed"), "{}", out.stdout);
    assert!(out.stderr.contains("order_items"), "{}", out.stderr);
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 0);
    assert_eq!(desk.digest("staging", "staging-service"), before);
}

#[test]
fn a_promotion_that_answers_with_errors_is_rolled_back_by_its_window() {
    let desk = Desk::new(FAST);
    let before = desk.digest("prod", "prod-service");
    desk.ends("deploy staging/staging-service --image b3f6071 --yes", 0);
    let out = desk.ends("promote prod/prod-service --yes", 3);
    assert!(out.stdout.starts_with("rolled back: ") && out.stdout.contains("5xx"), "{}", out.stdout);
    assert!(out.stdout.contains("migration did stays"), "{}", out.stdout);
    assert!(out.stdout.contains("migrate prod/prod-service --image b3f6071 --down`"), "{}", out.stdout);
    let down = desk.ends("migrate prod/prod-service --image b3f6071 --down --plan", 0).stdout;
    assert!(down.contains("goose -dir migrations down") && !down.contains("migrations status"), "{down}");
    assert_eq!(desk.digest("prod", "prod-service"), before);
}

#[test]
fn what_runs_in_staging_is_promoted_by_its_digest() {
    let desk = Desk::new(FAST);
    let plan = desk.ends("promote prod/prod-service --plan", 0).stdout;
    assert!(plan.contains("8be02d4") && plan.contains("sha256:"), "{plan}");
    desk.ends("promote prod/fem-fd-service --yes", 0);
    let out = desk.ends("promote prod/prod-service --from staging/staging-service --yes", 5);
    assert!(out.stderr.contains("nothing to promote"), "{}", out.stderr);
}

#[test]
fn a_second_release_is_refused_by_the_lock_unless_it_is_taken_over() {
    let locked = format!("{CONFIG}\n[lock]\ns3 = \"s3://fem-flightdeck/team\"\n");
    let desk = Desk::with(&[], &locked);
    let release = "release staging/staging-service --image e7b41d2 --yes";
    let job = desk.until(release, "ecs:RunTask staging");
    let out = desk.ends(release, 5);
    assert!(out.stderr.contains("locked") && out.stderr.contains("--steal-lock "), "{}", out.stderr);
    let out = desk.ends(&format!("{release} --steal-lock nobody"), 5);
    assert!(out.stderr.contains("the lock is held by"), "{}", out.stderr);
    // another application is not locked
    desk.ends("deploy prod/prod-service --image e7b41d2 --plan", 0);
    desk.sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    assert_eq!(job.ended().0, Some(0));
    // it was let go of
    desk.ends("rollback staging/staging-service --yes", 0);
    assert_eq!(desk.sim.calls("ecs.RunTask"), 2);
}

#[test]
fn the_lock_of_one_who_is_gone_is_taken_over_by_name() {
    let locked = format!("{CONFIG}\n[lock]\ns3 = \"s3://fem-flightdeck/team\"\n");
    let desk = Desk::with(&[], &locked);
    let release = "release staging/staging-service --image e7b41d2 --yes";
    drop(desk.until(release, "ecs:RegisterTaskDefinition staging"));
    // before the clock runs fast: a lock expires
    let refused = desk.ends(release, 5).stderr;
    desk.sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    let holder = refused.split("--steal-lock ").nth(1).unwrap().trim();
    let out = desk.ends(&format!("{release} --steal-lock {holder}"), 0);
    assert!(out.stderr.contains("the lock is taken from"), "{}", out.stderr);
    // the one who is gone finds that it may change nothing any more
    let id = desk.runs()[1]["id"].as_str().unwrap().to_owned();
    let out = desk.run(&format!("runs resume {id}"));
    assert!(![0, 2, 130].contains(&out.code), "{}\n{}", out.stdout, out.stderr);
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 1);
}

#[test]
fn a_lock_that_cannot_be_read_refuses() {
    let denied = format!("{CONFIG}\n[lock]\ns3 = \"s3://fem-denied/team\"\n");
    let desk = Desk::with(&[], &denied);
    let out = desk.ends("release staging/staging-service --image e7b41d2 --yes", 5);
    assert!(out.stderr.contains("s3://fem-denied") && out.stderr.contains("AccessDenied"), "{}", out.stderr);
    assert_eq!(desk.sim.calls("ecs.RunTask") + desk.sim.calls("ecs.RegisterTaskDefinition"), 0);
}

#[test]
fn somebody_elses_deployment_supersedes_and_exits_with_1() {
    let desk = Desk::new(&[]);
    let mut job =
        desk.until("deploy staging/staging-service --image e7b41d2 --yes", "accepted: service-deployment/");
    job.says("4/4");
    let other =
        r#"{"cluster": "staging", "service": "staging-service", "taskDefinition": "staging-service:16"}"#;
    desk.outside("UpdateService", other);
    let (code, told) = job.ended();
    assert_eq!(code, Some(1));
    assert!(told.starts_with("superseded: ") && told.contains("staging-service:16"), "{told}");
}

#[test]
fn a_release_that_is_killed_is_taken_up_and_migrates_once() {
    let desk = Desk::new(&[]);
    let mut job = desk.until("release staging/staging-service --image e7b41d2 --yes", "ecs:RunTask staging");
    desk.sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    // the second task is the migration
    job.says("ecs:RunTask staging");
    drop(job);
    let id = desk.runs()[0]["id"].as_str().unwrap().to_owned();
    // nobody said that it goes on: the migration is watched, and what is still to come is told
    let watched = desk.ends(&format!("runs resume {id}"), 5);
    // it is killed before or after AWS was asked
    assert!(watched.stdout.starts_with("not continued: "), "{}", watched.stdout);
    assert!(watched.stdout.contains("still to come: "), "{}", watched.stdout);
    assert!(watched.stdout.contains("nobody confirmed that it continues"), "{}", watched.stdout);
    let forbidden = desk.ends(&format!("runs resume {id} --yes --read-only"), 5);
    assert!(forbidden.stdout.contains("staging is read-only"), "{}", forbidden.stdout);
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 0);
    let out = desk.ends(&format!("runs resume {id} --yes"), 0);
    assert!(out.stdout.starts_with("succeeded"), "{}", out.stdout);
    assert_eq!(desk.version("staging", "staging-service"), "e7b41d2");
    let status = desk.ends(&format!("runs show {id} --json"), 0).stdout;
    let shown: Value = serde_json::from_str(&status).unwrap();
    // a task is told by the answer to the change, or by looking for it where the answer was not heard
    let changes = shown["changes"].as_array().unwrap().iter();
    let answers = changes.filter(|change| change["operation"] == "ecs:RunTask");
    let answers = answers.filter_map(|change| change["result"].as_str()?.rsplit('/').next());
    let steps = shown["steps"].as_array().unwrap().iter();
    let told = steps.filter(|step| step["name"].as_str().unwrap().starts_with("start one task"));
    let told = told.filter_map(|step| step["detail"].as_str()?.rsplit(' ').next());
    let tasks: std::collections::BTreeSet<&str> = answers.chain(told).collect();
    assert_eq!(tasks.len(), 2, "one check and one migration: {status}");
}

#[test]
fn an_interrupted_job_leaves_aws_alone_and_is_taken_up_again() {
    let desk = Desk::new(&[]);
    let deploy = "deploy staging/staging-service --image e7b41d2 --yes";
    let job = desk.until(deploy, "accepted: service-deployment/");
    job.interrupt();
    let (code, told) = job.ended();
    assert_eq!(code, Some(130), "{told}");
    let id = desk.runs()[0]["id"].as_str().unwrap().to_owned();
    assert!(told.contains(&format!("flightdeck runs resume {id}")), "{told}");
    desk.sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    let resumed = objects(&desk.ends(&format!("runs resume {} --json", &id[..14]), 0));
    assert_eq!(resumed.last().unwrap()["verdict"], "succeeded");
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 1);
}

#[test]
fn without_waiting_it_ends_once_aws_has_accepted_the_change() {
    let desk = Desk::new(&[]);
    let out = desk.ends("deploy staging/staging-service --image e7b41d2 --yes --no-wait", 0);
    assert!(out.stdout.starts_with("in progress"), "{}", out.stdout);
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 1);
    assert_eq!(desk.runs()[0]["verdict"], Value::Null);
}

/// Nothing of a run is in another region: it is told, and watched on where it began.
#[test]
fn a_run_is_not_taken_up_in_another_region() {
    let desk = Desk::new(FAST);
    desk.ends("deploy staging/staging-service --image e7b41d2 --yes --no-wait", 0);
    let id = desk.runs()[0]["id"].as_str().unwrap().to_owned();
    let refused = desk.ends(&format!("runs resume {id} --region eu-west-1"), 5);
    let told = "is in us-west-2, and staging is reached in eu-west-1 now; resume it with --region us-west-2";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
    assert!(desk.ends(&format!("runs resume {id}"), 0).stdout.starts_with("succeeded"));
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 1);
}

#[test]
fn at_a_terminal_the_plan_is_confirmed_by_hand() {
    let desk = Desk::new(FAST);
    let start = |command: &str| {
        let args: Vec<&str> = command.split(' ').collect();
        Cockpit::start(BINARY, &args, (110, 50), &desk.env, desk.path())
    };
    let mut no = start("deploy staging/staging-service --image e7b41d2");
    no.wait_for("go ahead? y and Enter").keys("<enter>").wait_for("nothing was changed");
    assert_eq!(no.ended(), 5);
    let mut wrong = start("deploy prod/prod-service --image 7d33b05");
    wrong
        .wait_for("type prod-service and Enter to go ahead:")
        .keys("prod<enter>")
        .wait_for("“prod” is not prod-service");
    assert_eq!(wrong.ended(), 5);
    let mut interrupted = start("deploy prod/prod-service --image 7d33b05");
    interrupted
        .wait_for("type prod-service and Enter to go ahead:")
        .keys("<ctrl-c>")
        .wait_for("nothing was changed");
    assert_eq!(interrupted.ended(), 130);
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 0);
    let mut yes = start("deploy staging/staging-service --image e7b41d2");
    yes.wait_for("go ahead? y and Enter").keys("y<enter>").wait_for("succeeded: ");
    assert_eq!(yes.ended(), 0);
}

#[test]
fn ctrl_c_at_a_terminal_asks_what_is_meant_and_can_roll_back() {
    let desk = Desk::new(&[]);
    let args = ["deploy", "staging/staging-service", "--image", "e7b41d2", "--yes"];
    let mut cockpit = Cockpit::start(BINARY, &args, (110, 60), &desk.env, desk.path());
    cockpit.wait_for("accepted: service-deployment/").keys("<ctrl-c>").wait_for("what now?");
    cockpit.keys("g").quiet_for(std::time::Duration::from_millis(300));
    cockpit.keys("<ctrl-c>").wait_until("the question again", |s| s.matches("what now?").count() == 2);
    cockpit.keys("r").wait_for("go ahead? y and Enter");
    desk.sim.request("POST", "/_sim/clock", r#"{"speed": 60}"#);
    cockpit.keys("y<enter>").wait_for("succeeded: ");
    assert_eq!(cockpit.ended(), 3);
    let version = desk.version("staging", "staging-service");
    assert!(!version.contains("e7b41d2"), "{version}");
}

/// The alarms of a world cannot be deleted: the plan runs with a window that names one that is not there.
#[test]
fn a_saved_plan_is_refused_when_the_alarm_of_its_window_is_not_there() {
    let config = CONFIG.replace("max_5xx_ratio = 0.05", "alarms = [\"{environment}-service-5xx\"]");
    let desk = Desk::with(FAST, &config);
    desk.ends("release staging/staging-service --image e7b41d2 --plan --out plan.json", 0);
    let gone = config.replace("-service-5xx", "-service-gone");
    std::fs::write(desk.path().join("flightdeck.toml"), gone).unwrap();
    let out = desk.ends("fly plan.json --yes", 5);
    assert!(out.stderr.contains("there is no alarm staging-service-gone"), "{}", out.stderr);
    for operation in ["ecs.RunTask", "ecs.UpdateService", "ecs.RegisterTaskDefinition"] {
        assert_eq!(desk.sim.calls(operation), 0, "{operation}");
    }
}
