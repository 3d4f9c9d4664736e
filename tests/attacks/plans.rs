//! Saved plans: applied twice, applied at once, applied when what they were made of was changed.

use crate::{
    cockpit::Home,
    desk::{CONFIG, Desk, FAST},
    headless::{Output, run},
    proxy::Deed,
    release::{self, Scene},
};
use serde_json::Value;
use std::{fs, path::Path};

const LOCK: &str = "\n[lock]\ns3 = \"s3://fem-flightdeck/team\"\n";

/// The migrations that were started: the last words of the commands of flightdeck's tasks.
fn migrations(desk: &Desk) -> usize {
    let read = |operation: &str, body: &str| -> Value {
        serde_json::from_str(&desk.outside(operation, body)).unwrap()
    };
    let mut arns: Vec<Value> = Vec::new();
    for status in ["RUNNING", "STOPPED"] {
        let body = format!(r#"{{"cluster": "staging", "desiredStatus": "{status}"}}"#);
        arns.extend(read("ListTasks", &body)["taskArns"].as_array().unwrap().iter().cloned());
    }
    let body = serde_json::json!({"cluster": "staging", "tasks": arns}).to_string();
    let tasks = read("DescribeTasks", &body)["tasks"].as_array().unwrap().clone();
    let migrates = |task: &&Value| {
        let command = &task["overrides"]["containerOverrides"][0]["command"];
        command.as_array().and_then(|words| words.last()).is_some_and(|word| word == "up")
    };
    tasks.iter().filter(migrates).count()
}

/// Flies a plan in another home: a second machine, where the path is the first one's.
fn apply(env: &[(String, String)], at: &Path, file: &Path) -> Output {
    run(&["fly", file.to_str().unwrap(), "--yes"], env, at)
}

#[test]
fn a_saved_plan_is_flown_once_wherever() {
    for config in [CONFIG.to_owned(), format!("{CONFIG}{LOCK}")] {
        let desk = Desk::with(FAST, &config);
        let second = Home::new();
        fs::write(second.path().join("flightdeck.toml"), &config).unwrap();
        let file = desk.path().join("m.json");
        desk.ends("migrate staging/staging-service --plan --out m.json", 0);
        desk.ends("fly m.json --yes", 0);
        let again = desk.ends("fly m.json --yes", 5);
        let id = desk.runs()[0]["id"].as_str().unwrap().to_owned();
        assert!(
            again.stderr.contains(&format!("run already, as run {id}: see `flightdeck runs show {id}`")),
            "{}",
            again.stderr
        );
        assert_eq!((desk.runs().len(), migrations(&desk)), (1, 1));
        // on another machine the team's record tells; without one AWS answers the same token with the same task
        let elsewhere = apply(&second.aws(&desk.sim.url), second.path(), &file);
        let code = if config.contains("[lock]") { 5 } else { 0 };
        assert_eq!(elsewhere.code, code, "{}{}", elsewhere.stdout, elsewhere.stderr);
        assert_eq!(elsewhere.stderr.contains("run already"), code == 5, "{}", elsewhere.stderr);
        assert_eq!(migrations(&desk), 1);
        // what is made anew is another one
        desk.ends("migrate staging/staging-service --plan --out n.json", 0);
        desk.ends("fly n.json --yes", 0);
        assert_eq!(migrations(&desk), 2);
    }
}

#[test]
fn a_plan_that_is_flown_by_two_at_once_migrates_once() {
    for (verb, machines) in [("migrate", 1), ("migrate", 2), ("release", 1), ("release", 2)] {
        let desk = Desk::new(FAST);
        let (second, file) = (Home::new(), desk.path().join("p.json"));
        fs::write(second.path().join("flightdeck.toml"), CONFIG).unwrap();
        desk.ends(&format!("{verb} staging/staging-service --image e7b41d2 --plan --out p.json"), 0);
        let there = if machines == 2 { &second } else { &desk.home };
        let ended: Vec<Output> = std::thread::scope(|scope| {
            let one = scope.spawn(|| apply(&desk.env, desk.path(), &file));
            let two = scope.spawn(|| apply(&there.aws(&desk.sim.url), there.path(), &file));
            [one, two].map(|one| one.join().unwrap()).into()
        });
        let told = ended
            .iter()
            .map(|out| format!("{} {}{}", out.code, out.stdout, out.stderr))
            .collect::<Vec<_>>()
            .concat();
        assert_eq!(migrations(&desk), 1, "{verb} {machines} {told}");
        assert!(ended.iter().any(|out| out.code == 0), "{verb} {machines} {told}");
        if machines == 1 {
            assert!(ended.iter().any(|out| out.code == 5) && told.contains("run already"), "{told}");
        }
    }
}

#[test]
fn what_a_plan_was_made_of_is_held_to_the_last_word() {
    let own =
        CONFIG.replace("timeout = \"10m\"", "timeout = \"10m\"\nenvironment = { DB_PASSWORD = \"hunter2\" }");
    let own = format!("{own}{LOCK}ttl = \"15m\"\n");
    let desk = Desk::with(FAST, &own);
    desk.ends("release staging/staging-service --image e7b41d2 --plan --out plan.json", 0);
    let text = fs::read_to_string(desk.path().join("plan.json")).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let refused = |told: &str| {
        let out = desk.ends("fly plan.json --yes", 5);
        assert!(out.stderr.contains(told), "{told}: {}", out.stderr);
    };
    for (then, now, told) in [
        ("hunter2", "hunter3", "the variable DB_PASSWORD of the command had another value"),
        ("{ DB", "{ LD_PRELOAD = \"/tmp/x.so\", DB", "LD_PRELOAD"),
        ("\"migrations\", \"up\"", "\"migrations up\"", "\"migrations up\"]"),
        ("timeout = \"10m\"", "timeout = \"2s\"", "timeout ms of the command was 600000, and is 2000"),
        ("window = \"3m\"", "window = \"3m\"\nno_evidence = \"pass\"", "window of the plan was"),
        ("max_5xx_ratio = 0.05", "max_5xx_ratio = 0.99", "5xx at most 99.0%"),
        ("ttl = \"15m\"", "ttl = \"1m\"", "time without refresh of the plan was 900000 ms, and is 60000 ms"),
    ] {
        let changed = own.replace(then, now);
        assert_ne!(changed, own);
        fs::write(desk.path().join("flightdeck.toml"), changed).unwrap();
        refused(told);
    }
    fs::write(desk.path().join("flightdeck.toml"), &own).unwrap();
    let plan: Value = serde_json::from_str(&text).unwrap();
    for (path, value) in [
        ("/plan/format", serde_json::json!(3)),
        ("/plan/format", serde_json::json!(1)),
        ("/plan/made_at", serde_json::json!(0)),
        ("/plan/run", serde_json::json!("../../x")),
        ("/format", serde_json::json!(1)),
    ] {
        let mut bent = plan.clone();
        *bent.pointer_mut(path).unwrap() = value;
        fs::write(desk.path().join("plan.json"), bent.to_string()).unwrap();
        desk.ends("fly plan.json --yes", 2);
    }
    for operation in ["ecs.RunTask", "ecs.UpdateService", "ecs.RegisterTaskDefinition"] {
        assert_eq!(desk.sim.calls(operation), 0, "{operation}");
    }
    fs::write(desk.path().join("plan.json"), text).unwrap();
    desk.ends("fly plan.json --yes", 0);
}

#[test]
fn a_plan_is_written_over_nothing_but_a_plan() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let desk = Desk::new(FAST);
    let at = |name: &str| desk.path().join(name);
    let saved = |name: &str, code: i32| {
        desk.ends(&format!("migrate staging/staging-service --plan --out {name}"), code)
    };
    fs::write(at("notes.txt"), "mine").unwrap();
    symlink(at("notes.txt"), at("link.json")).unwrap();
    symlink(at("nowhere"), at("dangling.json")).unwrap();
    fs::create_dir(at("dir.json")).unwrap();
    for (name, told) in [
        ("notes.txt", "is not a saved plan"),
        ("flightdeck.toml", "is not a saved plan"),
        ("link.json", "not a regular file"),
        ("dangling.json", "not a regular file"),
        ("dir.json", "not a regular file"),
        ("/dev/null", "not a regular file"),
    ] {
        let out = saved(name, 2);
        assert!(out.stderr.contains(told) && out.stderr.contains("not overwritten"), "{}", out.stderr);
    }
    assert_eq!(fs::read_to_string(at("notes.txt")).unwrap(), "mine");
    assert!(
        fs::read_to_string(at("flightdeck.toml")).unwrap().contains("[[environment]]")
            && !at("nowhere").exists()
    );
    saved("plan.json", 0);
    fs::set_permissions(at("plan.json"), fs::Permissions::from_mode(0o644)).unwrap();
    let first = fs::read_to_string(at("plan.json")).unwrap();
    saved("plan.json", 0);
    assert_ne!(fs::read_to_string(at("plan.json")).unwrap(), first);
    assert_eq!(fs::metadata(at("plan.json")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(desk.path())
            .unwrap()
            .flatten()
            .filter(|f| f.path().to_string_lossy().ends_with("tmp"))
            .count(),
        0
    );
}

#[test]
fn another_name_for_what_its_user_protects_gives_no_leave() {
    let own = |protection: &str| {
        format!("[[environment]]\nname = \"prod\"\nclusters = [\"prod\"]\nprotection = \"{protection}\"\n")
    };
    let project = "[[environment]]\nname = \"sandbox\"\nclusters = [\"prod\"]\nprotection = \"open\"\n";
    let desk = Desk::with(FAST, project);
    let dir = desk.path().join("config/flightdeck");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("config.toml"), own("read-only")).unwrap();
    let out = desk.ends("deploy sandbox/prod-service --image e7b41d2 --yes", 5);
    let told = "sandbox is read-only, since it reaches what prod does in your own configuration";
    assert!(out.stderr.contains(told), "{}", out.stderr);
    assert_eq!(desk.sim.calls("ecs.UpdateService"), 0);
    fs::write(dir.join("config.toml"), own("typed")).unwrap();
    let out = desk.ends("deploy sandbox/prod-service --image e7b41d2 --plan", 0);
    let told = "sandbox is protected, since it reaches what prod does in your own configuration";
    assert!(out.stdout.contains(told) && out.stdout.contains("(typed)"), "{}", out.stdout);
}

#[test]
fn two_names_of_an_environment_have_one_lock() {
    let config = format!("{CONFIG}{LOCK}");
    let desk = Desk::with(&["--speed", "5"], &config);
    let job = desk.until("release staging/staging-service --image e7b41d2 --yes", "the lock");
    let other = config
        .replace("name = \"staging\"", "name = \"stage\"")
        .replace("promote_from = \"staging\"", "promote_from = \"stage\"")
        .replace("{ staging =", "{ stage =");
    fs::write(desk.path().join("flightdeck.toml"), other).unwrap();
    let out = desk.ends("release stage/staging-service --image 7d33b05 --yes", 5);
    assert!(out.stderr.contains("the application is locked: "), "{}", out.stderr);
    drop(job);
}

#[test]
fn a_migration_leaves_a_protected_services_task_definition_alone() {
    let own = |definition: &str, more: &str| {
        release::CONFIG.replacen(
            "container = \"service\"",
            &format!("container = \"service\"\ntask_definition = \"{definition}\""),
            1,
        ) + "\n[[environment]]\nname = \"prod\"\nclusters = [\"prod\"]\napprunner = []\n"
            + more
    };
    let scene = Scene::with("30", &own("prod-service", ""), |_| Deed::Pass);
    for args in [
        &["migrate", "staging/staging-service", "--yes", "--no-wait"][..],
        &["release", "staging/staging-service", "--image", "e7b41d2", "--yes"],
    ] {
        let out = scene.run(args);
        assert_eq!(out.code, Some(5), "{}", out.text());
        let told = "prod-service is the task definition of prod/prod-service in prod, which is typed";
        assert!(out.text().contains(told), "{}", out.text());
    }
    assert_eq!(scene.begun(), 0);
    assert_eq!(scene.made("RegisterTaskDefinition"), 0);
    // the migrations of prod's services are prod's
    let other = "\n[[application]]\nname = \"other\"\nservices = { prod = \"ecs:prod/prod-service\" }\n\
                 [application.migration]\ncommand = [\"up\"]\ntask_definition = \"{environment}-service\"\n";
    let scene =
        Scene::with("30", &own("prod-service", &format!("protection = \"read-only\"\n{other}")), |_| {
            Deed::Pass
        });
    let out = scene.run(&["migrate", "staging/staging-service", "--yes", "--no-wait"]);
    assert_eq!(out.code, Some(5), "{}", out.text());
    assert!(out.text().contains("its migrations run a task definition of those of prod"), "{}", out.text());
    assert_eq!(scene.begun(), 0);
}

#[test]
fn a_project_cannot_call_its_users_service_another_application() {
    let own = "[[environment]]\nname = \"prod\"\nclusters = [\"prod\"]\n[[application]]\nname = \"shop\"\n\
               services = { prod = \"ecs:prod/prod-service\" }\n[application.verify]\nmax_5xx_ratio = 0.01\n\
               [lock]\ns3 = \"s3://fem-flightdeck/team\"\n";
    let sandbox = "[[environment]]\nname = \"sandbox\"\nclusters = [\"prod\"]\n";
    let toy = "[[application]]\nname = \"toy\"\nservices = { sandbox = \"ecs:prod/prod-service\" }\n";
    let desk = Desk::with(FAST, &format!("{sandbox}{toy}"));
    let dir = desk.path().join("config/flightdeck");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("config.toml"), own).unwrap();
    let out = desk.ends("deploy sandbox/prod-service --image e7b41d2 --plan", 2);
    assert!(
        out.stderr.contains("flightdeck.toml:6:24: this service belongs to your own application “shop”"),
        "{}",
        out.stderr
    );
    fs::write(desk.path().join("flightdeck.toml"), sandbox).unwrap();
    let out = desk.ends("deploy sandbox/prod-service --image e7b41d2 --plan", 0);
    assert!(out.stdout.contains("/prod/shop.json") && out.stdout.contains("(typed)"), "{}", out.stdout);
}

#[test]
fn a_migration_in_a_protected_cluster_needs_that_clusters_leave() {
    let config = release::CONFIG.replacen(
        "container = \"service\"",
        "container = \"service\"\ncluster = \"prod\"",
        1,
    ) + "\n[[environment]]\nname = \"prod\"\nclusters = [\"prod\"]\napprunner = []\nprotection = \"read-only\"\n";
    let scene = Scene::with("30", &config, |_| Deed::Pass);
    for args in [
        &["migrate", "staging/staging-service", "--yes", "--no-wait"][..],
        &["release", "staging/staging-service", "--image", "e7b41d2", "--yes"],
    ] {
        let out = scene.run(args);
        assert_eq!(out.code, Some(5), "{}", out.text());
        assert!(out.text().contains("its migrations run in a cluster of prod"), "{}", out.text());
    }
    assert_eq!(scene.begun(), 0);
}
