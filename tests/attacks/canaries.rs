//! Secrets of every form, planted where they come in, and looked for wherever the program writes.

use crate::{
    cockpit::{BINARY, Cockpit, Home, Sim},
    headless::run,
};
use std::{fs, path::Path, process::Command};

/// A team whose migration is a script on this machine.
const LOCAL: &str = r#"
refresh = "1s"

[[environment]]
name = "staging"
clusters = ["staging"]
apprunner = []

[[application]]
name = "fem-fd-service"
repository = "fem-fd-service"
services = { staging = "ecs:staging/staging-service" }

[application.migration]
local = true
checks = [
    ["sh", "-c", "export X=kanarie01Zq; PGPASSWORD=kanarie02Zq true"],
    ["sh", "-c", "true || vault login kanarie96Zq"],
    ["sh", "-c", "echo kanarie97Zq | true --password-stdin"],
    ["sh", "-c", "true \"os.environ['X']='kanarie98Zq'\""],
]
command = ["sh", "./migrate.sh", "--password", "kanarie03Zq", "-p", "kanarie04Zq", "--token=kanarie05Zq",
    "postgres://app:kanarie06Zq@db/app", "host=db password=kanarie07Zq user=app",
    "Authorization: Bearer kanarie08Zq", "app:kanarie09Zq@tcp(db:3306)/app", "X-Api-Key: kanarie10Zq",
    "-u", "ana:kanarie11Zq", "https://x.example.com/?access_token=kanarie12Zq&page=2",
    "Kq7kanarie94Zx3Vw0sYt5uKe1Lh", "--password", "--", "kanarie95Zq"]
environment = { DATABASE_URL = "postgres://app:kanarie13Zq@db/app", PLAIN = "kanarie14Zq" }
timeout = "5m"
"#;

/// What the script prints: each line with a secret of another form.
const PRINTED: [&str; 73] = [
    "connecting to postgres://app:kanarie15Zq@db:5432/app",
    "dsn=app:kanarie16Zq@tcp(db:3306)/app",
    "failed to connect to `host=db user=app password=kanarie17Zq database=app`: retrying",
    "Server=db;User Id=app;Password=kanarie18Zq;",
    "config: {\"user\":\"app\",\"password\":\"kanarie19Zq\"}",
    "config: {\"password\": \"kanarie20Zq\", \"port\": 5432}",
    "password: kanarie21Zq",
    "password = kanarie22Zq",
    "> Authorization: Bearer kanarie23Zqabcdef",
    "> authorization: Basic kanarie24Zqabcdef",
    "calling with Bearer kanarie25Zqabcdef",
    "GET /x?X-Amz-Credential=kanarie26Zq&X-Amz-Signature=kanarie27Zq 200",
    "GET /x?token=kanarie28Zq 200",
    "AWS_SECRET_ACCESS_KEY=kanarie29Zq",
    "aws_session_token = kanarie30Zq",
    "Set-Cookie: kanarie31Zq=1; Path=/",
    "found AKIAKANARIE32ABCDEFG in the environment",
    "found wJalrXUtnFEMI/K7MDENG/bPxRkanarie33KEYab",
    "found ghp_kanarie34Zq0123456789ABCDEFGHIJ0123",
    "found eyJkanarie35Zq9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "export SECRET_KEY='kanarie36Zq and more'",
    "run with --password kanarie37Zq again",
    "+ mysql -h db -uroot -pkanarie44Zq app",
    "+ sqlcmd -S db -U sa -P kanarie45Zq",
    "+ redis-cli -a kanarie46Zq ping",
    "+ sshpass -p kanarie47Zq ssh host",
    "+ curl -u ana:kanarie48Zq https://x.example.com",
    "+ ldapsearch -D cn=admin -w kanarie49Zq",
    "+ sqlplus app/kanarie50Zq@db",
    "+ unknown -k Kanarie51Zq9+wX",
    "PGPASSWORD=kanarie52Zq psql -f x.sql",
    "REDISCLI_AUTH=kanarie53Zq redis-cli ping",
    "body: {\\\"user\\\":\\\"app\\\",\\\"password\\\":\\\"kanarie54Zq\\\"}",
    "{:user=>\"app\", :password=>\"kanarie55Zq\"}",
    "<db><user>app</user><password>kanarie56Zq</password></db>",
    "CREATE USER app IDENTIFIED BY 'kanarie57Zq'",
    "Authorization: Splunk kanarie58Zq",
    "\"Authorization\":\"Bearer kanarie59Zq\"",
    "Cookie: a=kanarie60Zq; session=kanarie61Zq",
    "DefaultEndpointsProtocol=https;AccountName=app;AccountKey=kanarie62Zq==;EndpointSuffix=core.windows.net",
    "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKey=kanarie63Zq=",
    "https://x.blob.core.windows.net/a?sv=1&sig=kanarie64Zq",
    "mongodb+srv://app:kanarie65Zq@c0.example.net/app",
    "amqps://app:kanarie66Zq@mq.example.com:5671/v",
    "next=postgres%3A%2F%2Fapp%3Akanarie67Zq%40db%2Fapp",
    "POST https://hooks.slack.com/services/T0/B0/kanarie68Zq",
    "found xoxe-kanarie69Zq0123456789",
    "found SG.kanarie70Zq0123456789.abcdef",
    "found -----BEGIN PGP PRIVATE KEY BLOCK----- kanarie71Zq",
    "found MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKkanarie72ZqjAgEAAoIBAQC7VJTUt9",
    // ana:kanarie73Zq, and postgres://app:kanarie74Zq@db/app
    "found YW5hOmthbmFyaWU3M1px in a header",
    "found cG9zdGdyZXM6Ly9hcHA6a2FuYXJpZTc0WnFAZGIvYXBw in the environment",
    "os.environ['X_KEY'] = 'kanarie75Zq'",
    "process.env.X_TOKEN = 'kanarie76Zq'",
    "config.set(\"db.password\", \"kanarie77Zq\")",
    "+ vault login kanarie78Zq",
    "+ vault kv put secret/x a=kanarie79Zq",
    "+ mc alias set x https://s3.example.com ACCESS kanarie80Zq",
    "+ htpasswd -b file ana kanarie81Zq",
    "+ DB_PASSWORD=$'a kanarie82Zq' run",
    "+ DB_PASSWORD=\"a\"'b kanarie83Zq' run",
    "+ tool --password first\\ kanarie84Zq",
    "+ DB_PASSWORD=$(echo kanarie85Zq) run",
    "+ tool --password -- kanarie86Zq",
    "+ tool --password= kanarie87Zq",
    "db.example.com:5432:app:app:kanarie88Zq",
    "npm config set //registry.npmjs.org/:_authToken kanarie89Zq",
    "+ kubectl create secret generic x --from-literal=k=kanarie90Zq",
    "user[password]=kanarie91Zq",
    "-----BEGIN RSA PRIVATE KEY-----",
    "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfnBgnhXoqFq2iQyYbTcBz5Tkanarie92Zqa",
    "kanarie93Zq=",
    "-----END RSA PRIVATE KEY-----",
];

/// Canaries that were encoded: base 64 hides the word that is looked for.
const ENCODED: [&str; 3] = ["YW5hOmthbmFyaWU3M1px", "a2FuYXJpZTc0WnFAZGIv", "a2FuYXJpZTEwWnE"];

/// Everything that was written by the program, and may be read by somebody.
fn seen(what: &str, text: &str) {
    let encoded = ENCODED.iter().find_map(|one| text.find(one));
    let at = text.to_lowercase().find("kanarie").or(encoded);
    assert!(
        at.is_none(),
        "{what}: …{}",
        at.and_then(|at| text.get(at.saturating_sub(60)..at + 20)).unwrap_or("?")
    );
}

/// All files below a directory.
fn files(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

#[test]
fn what_a_script_prints_and_settings_carry_is_seen_nowhere() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "60"]);
    fs::write(home.path().join("flightdeck.toml"), LOCAL).unwrap();
    let script: Vec<String> = PRINTED.iter().map(|line| format!("cat <<'EOT'\n{line}\nEOT\n")).collect();
    fs::write(home.path().join("migrate.sh"), script.concat()).unwrap();
    let mut env = home.aws(&sim.url);
    env.retain(|(name, _)| name != "AWS_SECRET_ACCESS_KEY");
    env.push(("AWS_SECRET_ACCESS_KEY".into(), "kanarie38Zq".into()));
    env.push(("AWS_SESSION_TOKEN".into(), "kanarie39Zq".into()));
    let note = "because password=kanarie40Zq leaked";
    let planned = ["release", "staging/staging-service", "--image", "e7b41d2", "--note", note];
    let release = |more: &[&str]| {
        let args: Vec<&str> = planned.iter().copied().chain(more.iter().copied()).collect();
        run(&args, &env, home.path())
    };
    let plan = release(&["--plan", "--out", "plan.json"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let text = release(&["--yes"]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(text.stderr.contains("connecting to postgres://••••"), "the script ran: {}", text.stderr);
    assert!(text.stderr.contains("--password ••••"), "{}", text.stderr);
    let json = run(
        &["release", "staging/staging-service", "--image", "1f0c9a7", "--yes", "--json"],
        &env,
        home.path(),
    );
    assert_eq!(json.code, 0, "{}", json.stderr);
    let mut told = vec![plan, text, json];
    for args in [&["runs"][..], &["runs", "--json"], &["status", "--json"], &["doctor"]] {
        told.push(run(args, &env, home.path()));
    }
    let list = run(&["runs", "--json"], &env, home.path());
    let runs: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    let id = runs["runs"][1]["id"].as_str().unwrap();
    for verb in ["show", "export"] {
        let out = run(&["runs", verb, id], &env, home.path());
        assert_eq!(out.code, 0, "{}", out.stderr);
        assert!(out.stdout.contains("••••"), "{}", out.stdout);
        told.push(out);
    }
    // an address with a name and a password in it, and a program that tells its secrets when it fails
    let elsewhere = "http://ana:kanarie41Zq@127.0.0.1:9";
    told.push(run(&["status", "--endpoint-url", elsewhere], &env, home.path()));
    let keys = home.path().join("keys.sh");
    fs::write(&keys, "#!/bin/sh\necho 'login with password: kanarie42Zq failed' >&2\nexit 3\n").unwrap();
    Command::new("chmod").arg("+x").arg(&keys).status().unwrap();
    fs::create_dir_all(home.path().join(".aws")).unwrap();
    fs::write(
        home.path().join(".aws/config"),
        format!(
            "[profile odd]\nregion = us-west-2\ncredential_process = {} --pass kanarie43Zq\n",
            keys.display()
        ),
    )
    .unwrap();
    let asked = run(&["status", "--profile", "odd"], &env, home.path());
    assert!(
        asked.stdout.contains("••••") || asked.stderr.contains("••••"),
        "{} {}",
        asked.stdout,
        asked.stderr
    );
    told.push(asked);
    for out in &told {
        seen("stdout", &out.stdout);
        seen("stderr", &out.stderr);
    }
    // the screen
    let mut cockpit = Cockpit::start(BINARY, &[], (140, 50), &env, home.path());
    cockpit.wait_for("staging-service").keys("2").wait_for("release").keys("<enter>").wait_for("••••");
    cockpit.keys("E").wait_for("run-").keys("1<enter>c").wait_for("cpu").keys("<ctrl-c>");
    cockpit.ended();
    seen("pty", &String::from_utf8_lossy(&cockpit.raw));
    let mut all = Vec::new();
    files(home.path(), &mut all);
    let own = ["flightdeck.toml", "migrate.sh", "keys.sh", ".aws/config"];
    all.retain(|path| !own.iter().any(|own| path.ends_with(own)));
    assert!(all.iter().any(|path| path.extension().is_some_and(|e| e == "jsonl")), "{all:?}");
    for path in all {
        seen(&path.display().to_string(), &String::from_utf8_lossy(&fs::read(&path).unwrap()));
    }
}

#[test]
fn what_a_containers_command_carries_is_seen_nowhere() {
    let home = Home::new();
    let world = flightdeck::sim::worlds::text("fem").unwrap().replace(
        r#"command = ["/app/worker", "-queues", "default,mail"]"#,
        r#"command = ["/app/worker", "--password", "kanarie01Zq", "postgres://app:kanarie02Zq@db/app", "--api-key=kanarie03Zq", "-p", "kanarie04Zq"]"#,
    );
    assert!(world.contains("kanarie04Zq"));
    let path = home.path().join("world.toml");
    fs::write(&path, world).unwrap();
    let sim = Sim::start(&home, &["--speed", "60", "--world", path.to_str().unwrap()]);
    let config = "[[environment]]\nname = \"staging\"\nclusters = [\"staging\"]\napprunner = []\n";
    fs::write(home.path().join("flightdeck.toml"), config).unwrap();
    let env = home.aws(&sim.url);
    for args in [
        &["status", "--json"][..],
        &["rollback", "staging/staging-worker", "--plan"],
        &["deploy", "staging/staging-worker", "--image", "e7b41d2", "--plan", "--out", "plan.json"],
        &["deploy", "staging/staging-worker", "--image", "e7b41d2", "--yes"],
        &["deploy", "staging/staging-worker", "--image", "1f0c9a7", "--yes", "--json"],
    ] {
        let out = run(args, &env, home.path());
        seen("stdout", &out.stdout);
        seen("stderr", &out.stderr);
    }
    let mut cockpit = Cockpit::start(BINARY, &[], (140, 60), &env, home.path());
    cockpit.wait_for("staging-worker").keys("/worker<enter>").wait_gone("staging-mailer");
    cockpit.keys("c").wait_for("/app/worker").keys("v").wait_for("[Revisions]").keys("<enter>");
    cockpit.quiet_for(std::time::Duration::from_millis(500));
    cockpit.keys("<esc><ctrl-c>");
    cockpit.ended();
    seen("pty", &String::from_utf8_lossy(&cockpit.raw));
    let mut all = Vec::new();
    files(home.path(), &mut all);
    for path in all.iter().filter(|path| !path.ends_with("world.toml")) {
        seen(&path.display().to_string(), &String::from_utf8_lossy(&fs::read(path).unwrap()));
    }
}

/// A world with other words in it, and the simulator of it.
fn changed(home: &Home, world: &str, words: &[(&str, &str)]) -> Sim {
    let mut text = flightdeck::sim::worlds::text(world).unwrap().to_owned();
    for (is, becomes) in words {
        assert!(text.contains(is), "{is}");
        text = text.replacen(is, becomes, 1);
    }
    let path = home.path().join("world.toml");
    fs::write(&path, text).unwrap();
    Sim::start(home, &["--speed", "60", "--world", path.to_str().unwrap()])
}

/// Nothing that was written below a home holds a canary, the world aside.
fn nothing_kept(home: &Home) {
    let mut all = Vec::new();
    files(home.path(), &mut all);
    for path in all.iter().filter(|path| !path.ends_with("world.toml")) {
        seen(&path.display().to_string(), &String::from_utf8_lossy(&fs::read(path).unwrap()));
    }
}

#[test]
fn what_tags_and_names_of_alarms_carry_is_seen_nowhere() {
    let home = Home::new();
    let sim = changed(
        &home,
        "fem",
        &[
            (
                r#"tags = { team = "fem", environment = "staging" }"#,
                r#"tags = { team = "fem", password = "kanarie01Zq", note = "token=kanarie02Zq", "key=kanarie03Zq" = "x" }"#,
            ),
            (
                "[[service.alarm]]\nname = \"staging-service-5xx\"",
                "[[service.alarm]]\nname = \"staging-service password=kanarie04Zq\"\nwatch = \"cpu\"\nabove = 1.0\n\n\
                 [[service.alarm]]\nname = \"staging-service-5xx\"",
            ),
        ],
    );
    fs::write(home.path().join("flightdeck.toml"), crate::desk::CONFIG).unwrap();
    let env = home.aws(&sim.url);
    let mut carried = 0;
    for (args, code) in [
        (&["migrate", "staging/staging-service", "--plan", "--out", "plan.json"][..], 0),
        (&["migrate", "staging/staging-service", "--yes"], 0),
        (&["status", "--json"], 0),
        (&["why", "staging/staging-service", "--json"], 0),
        (&["timeline", "--json"], 0),
    ] {
        let out = run(args, &env, home.path());
        assert_eq!(out.code, code, "{args:?}: {}{}", out.stdout, out.stderr);
        seen("stdout", &out.stdout);
        seen("stderr", &out.stderr);
        carried += usize::from(format!("{}{}", out.stdout, out.stderr).contains("3 tags are not given"));
    }
    assert!(carried > 0, "the plan says how many tags are not carried");
    let mut cockpit = Cockpit::start(BINARY, &[], (150, 60), &env, home.path());
    cockpit.wait_for("staging-service").keys("6").wait_for("staging-service password=••••");
    cockpit.keys("<ctrl-c>");
    cockpit.ended();
    seen("pty", &String::from_utf8_lossy(&cockpit.raw));
    nothing_kept(&home);
}

#[test]
fn who_may_read_a_repository_is_seen_nowhere() {
    let home = Home::new();
    let sim = changed(
        &home,
        "estate",
        &[("https://github.com/example/web", "https://ana:kanarie01Zq@github.com/example/web")],
    );
    let config =
        "refresh = \"1s\"\n[[environment]]\nname = \"apps\"\nclusters = []\napprunner = [\"app-code\"]\n";
    fs::write(home.path().join("flightdeck.toml"), config).unwrap();
    let env = home.aws(&sim.url);
    let out = run(&["status", "--json"], &env, home.path());
    assert!(out.stdout.contains("••••0000@github.com/example/web"), "{}{}", out.stdout, out.stderr);
    seen("stdout", &out.stdout);
    let mut cockpit = Cockpit::start(BINARY, &[], (150, 60), &env, home.path());
    cockpit.wait_for("app-code");
    cockpit.keys("c").wait_for("@github.com/example/web").keys("v").wait_for("[Revisions]");
    cockpit.keys("<ctrl-c>");
    cockpit.ended();
    seen("pty", &String::from_utf8_lossy(&cockpit.raw));
    nothing_kept(&home);
}

/// A definition with a canary in every place that a container, its log, its labels and its volumes have for one; and the
/// values in the order of their numbers.
fn with_canaries(definition: &serde_json::Value) -> serde_json::Value {
    let mut given = definition.clone();
    let free = serde_json::json!({
        "splunk-token": "kanarie01Zq",
        "splunk-url": "https://ana:kanarie02Zq@splunk.example.com:8088",
        "sumo-url": "https://collectors.example.com/receiver/v1/http/kanarie03Zq",
        "Header": "Authorization Splunk kanarie04Zq",
        "o": "addr=10.0.0.1,username=app,password=kanarie05Zq",
        "plain": "Xq9kanarie06Zq7Lw",
    });
    let container = given["containerDefinitions"][0].as_object_mut().unwrap();
    container.insert("logConfiguration".into(), serde_json::json!({"logDriver": "splunk", "options": free}));
    container.insert("dockerLabels".into(), free.clone());
    container.insert(
        "command".into(),
        serde_json::json!([
            "sh",
            "-c",
            "mysql -uroot -pkanarie07Zq app; sqlcmd -P kanarie08Zq",
            "Authorization: Basic YW5hOmthbmFyaWU3M1px",
            "mysql",
            "-pkanarie09Zq",
            "a2FuYXJpZTEwWnE=",
            "python -c \"import os; os.environ['X']='kanarie12Zq'\"",
            "echo kanarie13Zq | docker login --password-stdin",
            "export X=\"a\"'b kanarie14Zq'; cargo login kanarie15Zq",
            "Kq7kanarie16Zx3Vw0sYt5uKe1Lh",
            "--password",
            "--",
            "kanarie17Zq"
        ]),
    );
    container.insert(
        "environment".into(),
        serde_json::json!([
            {"name": "DB_PASSWORD", "value": "kanarie10Zq"},
            {"name": "COPY", "value": "a2FuYXJpZTc0WnFAZGIv"},
        ]),
    );
    given["volumes"] = serde_json::json!([{"name": "data", "dockerVolumeConfiguration": {
        "scope": "task", "driver": "local", "labels": free, "driverOpts": free,
    }}]);
    given["tags"] = serde_json::json!([{"key": "db-password", "value": "kanarie11Zq"}]);
    given
}

#[test]
fn what_a_definition_carries_is_seen_nowhere_and_registered_as_it_is() {
    let home = Home::new();
    let sim = Sim::start(&home, &["--speed", "60"]);
    let asked = |operation: &str, body: serde_json::Value| -> serde_json::Value {
        serde_json::from_str(&sim.ecs(operation, &body.to_string())).unwrap()
    };
    let service = serde_json::json!({"cluster": "staging", "services": ["staging-worker"]});
    let current = || asked("DescribeServices", service.clone())["services"][0]["taskDefinition"].clone();
    let described = |arn: &serde_json::Value| {
        asked("DescribeTaskDefinition", serde_json::json!({"taskDefinition": arn, "include": ["TAGS"]}))
    };
    let given = with_canaries(&described(&current())["taskDefinition"]);
    let registered = asked("RegisterTaskDefinition", given.clone());
    let arn = registered["taskDefinition"]["taskDefinitionArn"].clone();
    let update =
        serde_json::json!({"cluster": "staging", "service": "staging-worker", "taskDefinition": arn.clone()});
    asked("UpdateService", update);
    let config =
        "refresh = \"1s\"\n[[environment]]\nname = \"staging\"\nclusters = [\"staging\"]\napprunner = []\n";
    fs::write(home.path().join("flightdeck.toml"), config).unwrap();
    let env = home.aws(&sim.url);
    let mut told = Vec::new();
    for args in [
        &["status", "--json"][..],
        &["deploy", "staging/staging-worker", "--image", "e7b41d2", "--plan", "--out", "plan.json"],
        &["deploy", "staging/staging-worker", "--image", "e7b41d2", "--plan", "--json"],
        &["rollback", "staging/staging-worker", "--plan"],
    ] {
        told.push(run(args, &env, home.path()));
    }
    // refused until the new definition is rolled out
    let release = ["deploy", "staging/staging-worker", "--image", "e7b41d2", "--yes"];
    let ended = (0..60).map(|_| run(&release, &env, home.path())).find(|out| {
        seen("stdout", &out.stdout);
        seen("stderr", &out.stderr);
        out.code != 5
    });
    let ended = ended.expect("the rollout ends");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for out in &told {
        seen("stdout", &out.stdout);
        seen("stderr", &out.stderr);
    }
    // what was registered by the release has every value as it was
    let now = current();
    assert_ne!(now, arn);
    let released = described(&now);
    assert_eq!(released["taskDefinition"]["volumes"], given["volumes"]);
    for member in ["logConfiguration", "dockerLabels", "command", "environment"] {
        let of = |definition: &serde_json::Value| definition["containerDefinitions"][0][member].clone();
        assert_eq!(of(&released["taskDefinition"]), of(&given), "{member}");
    }
    assert_eq!(released["tags"][0]["value"], "kanarie11Zq");
    // the screen
    let mut cockpit = Cockpit::start(BINARY, &[], (150, 60), &env, home.path());
    cockpit.wait_for("staging-worker").keys("/worker<enter>").wait_gone("staging-mailer");
    cockpit.keys("c").wait_for("with splunk to https");
    cockpit.keys("<pagedown>").quiet_for(std::time::Duration::from_millis(300));
    cockpit.keys("v").wait_for("[Revisions]").keys("<enter>");
    cockpit.quiet_for(std::time::Duration::from_millis(500));
    cockpit.keys("<esc>").quiet_for(std::time::Duration::from_millis(300));
    cockpit.keys("l").wait_for("with splunk to https");
    cockpit.keys("<ctrl-c>");
    cockpit.ended();
    seen("pty", &String::from_utf8_lossy(&cockpit.raw));
    let mut all = Vec::new();
    files(home.path(), &mut all);
    for path in all {
        seen(&path.display().to_string(), &String::from_utf8_lossy(&fs::read(&path).unwrap()));
    }
}
