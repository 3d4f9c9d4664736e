//! Every form of a secret that is known, masked; and what looks like one, left as it is.

mod forms;
mod harmless;
mod leaks;

use super::{command, is_masked, text};
use proptest::prelude::*;

/// Lines and messages.
const TOLD: [&str; 83] = [
    "+ mysql -h db -u root -phunter2 app",
    "running mysqldump -uroot -phunter2Xy --all-databases",
    "exec: /usr/bin/mariadb-dump -phunter2 app",
    "args: -uroot -phunter2Xy",
    "cmd: sqlcmd -S db -U sa -P hunter2",
    "cmd: bcp app.dbo.x out x.dat -Phunter2",
    "cmd: redis-cli -h cache -a hunter2 ping",
    "cmd: sshpass -p hunter2 ssh host",
    "cmd: sshpass -phunter2 ssh host",
    "cmd: curl -u ana:hunter2 https://x.example.com",
    "cmd: curl -uana:hunter2 https://x.example.com",
    "cmd: mosquitto_pub -u ana -P hunter2 -t x",
    "cmd: ldapsearch -D cn=admin -w hunter2 -b dc=x",
    "cmd: docker login -u ana -p hunter2 registry.example.com",
    "cmd: unzip -P hunter2 x.zip",
    "cmd: 7z x -phunter2 x.7z",
    "cmd: sqlplus app/hunter2@db",
    "cmd: openssl enc -passin pass:hunter2",
    "cmd: keytool -storepass hunter2 -list",
    "cmd: smbclient //host/share -U ana%hunter2",
    "unknown tool -k hunter2XyZ9+qW",
    "unknown tool -khunter2XyZ9+qW",
    "PGPASSWORD=hunter2 psql -f x.sql",
    "REDISCLI_AUTH=hunter2 redis-cli ping",
    "{\\\"user\\\":\\\"app\\\",\\\"password\\\":\\\"hunter2\\\",\\\"port\\\":1}",
    "{\\\"password\\\": \\\"hunter2\\\", \\\"port\\\": 1}",
    "body=\"{\\\"token\\\":\\\"hunter2abc\\\"}\"",
    "{:user=>\"app\", :password=>\"hunter2\"}",
    "{user => \"app\", password => \"hunter2\"}",
    "<config><user>app</user><password>hunter2</password></config>",
    "{Host:db Password:hunter2 Port:5432}",
    "ALTER USER app WITH PASSWORD 'hunter2'",
    "CREATE USER app IDENTIFIED BY 'hunter2'",
    "SET PASSWORD FOR 'app'@'%' = 'hunter2'",
    "redis: AUTH default hunter2",
    "curl --user=ana:hunter2 https://example.com",
    "curl --proxy-user=ana:hunter2 https://example.com",
    "DB_PASSWORD='it'\\''s hunter2' run",
    "GET /cb?next=%2Flogin%3Ftoken%3Dhunter2 200",
    "body: password%3Dhunter2%26user%3Dana",
    "the password for app is hunter2",
    "CREATE USER app IDENTIFIED WITH mysql_native_password BY 'hunter2'",
    "Authorization: Splunk hunter2",
    "Authorization: token hunter2",
    "Authorization: Custom hunter2",
    "Authorization:Basic hunter2",
    "\"Authorization\":\"Bearer hunter2\"",
    "Authorization=Bearer hunter2",
    "Cookie: a=hunter2; session=hunter2; c=hunter2",
    "Set-Cookie: sid=hunterhunter2; Path=/",
    "DefaultEndpointsProtocol=https;AccountName=app;AccountKey=hunter2==;EndpointSuffix=core.windows.net",
    "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=hunter2=",
    "https://x.blob.core.windows.net/a?sv=1&se=2&sig=hunter2%3D",
    "mongodb+srv://app:hunter2@c0.example.mongodb.net/app",
    "amqps://app:hunter2@mq.example.com:5671/%2f",
    "redis://:hunter2@cache:6379/0",
    "jdbc:postgresql://db/app?user=app&password=hunter2",
    "jdbc:sqlserver://db;databaseName=app;user=sa;password=hunter2;",
    "next=postgres%3A%2F%2Fapp%3Ahunter2%40db%2Fapp",
    "POST https://hooks.slack.com/services/T00000000/B00000000/hunter2",
    "POST https://discord.com/api/webhooks/123/hunter2",
    "GET https://api.telegram.org/bot123456:hunter2/getMe",
    "-----BEGIN PGP PRIVATE KEY BLOCK----- hunter2",
    "-----BEGIN OPENSSH PRIVATE KEY-----\\nhunter2\\n-----END OPENSSH PRIVATE KEY-----",
    "connect: password=>hunter2",
    "GET /callback?code=4x7Hunter2kQ9Zr8T&state=1",
    "+ mysql -p\"first hunter2\" app",
    "+ mysql -p'first hunter2' app",
    "+ curl -u \"ana:first hunter2\" https://x.example.com",
    "+ curl -u ana:'first hunter2' https://x.example.com",
    "+ mysql --password \\ hunter2 app",
    "the password is hunter2",
    "machine db login app password hunter2",
    "requirepass hunter2",
    "sent AUTH hunter2",
    "{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2\"}",
    "{\"name\": \"DB_PASSWORD\", \"value\": \"hunter2\"}",
    "name=DB_PASSWORD value=hunter2",
    "\u{1b}[36mpassword\u{1b}[0m=hunter2 \u{1b}[36muser\u{1b}[0m=app",
    "\u{1b}[36mpassword=\u{1b}[0mhunter2",
    "\"Env\":[\"DB_PASSWORD=hunter2\",\"PORT=80\"]",
    "password => hunter2, user => app",
    "password := \"hunter2\"",
];

/// Values with signs in them, lists, names of few letters, sentences, colours, elements of XML.
const TOLD_MORE: [&str; 56] = [
    "{\"config\":\"password: hunter2\\nport: 1\"}",
    "password= hunter2",
    "DB_PASSWORD=xY3&hunter2",
    "DB_PASSWORD=fK2)hunter2",
    "DB_PASSWORD=fK2,hunter2",
    "DB_PASSWORD=fK2;hunter2",
    "Driver={ODBC};UID=sa;PWD={ka;hunter2};",
    "{\"password\":\"ab\\\"hunter2\",\"port\":1}",
    "{\\\"password\\\":\\\"ab\\\\\\\"hunter2\\\",\\\"port\\\":1}",
    "{\"password\":\"ab@hunter2\",\"url\":\"x://y\"}",
    "password: Some(\"first hunter2 x\")",
    "password='it''s hunter2'",
    "{'password': b'hunter2'}",
    "password=\"first hunter2 without an end",
    "API_KEYS=a,hunter2",
    "API_KEYS=a, hunter2",
    "passwords: [first, hunter2]",
    "+ tool --api-keys=a,hunter2",
    "{\"tokens\":[\"a\",\"hunter2\"]}",
    "{\"headers\":{\"authorization\":[\"Bearer hunter2\"]}}",
    "{\"headers\":{\"cookie\":[\"sid=hunter2; x=hunter2\"]}}",
    "{\"smtp\":{\"user\":\"ana\",\"pass\":\"hunter2\"}}",
    "auth: { user: 'ana', pass: 'hunter2' }",
    "&{Host:db User:app Pass:hunter2}",
    "{\"dbPass\":\"hunter2\"}",
    "{\"userPass\": \"hunter2\"}",
    "dbpass=hunter2",
    "dbpass: hunter2",
    "PGPASS=hunter2",
    "+ tool --pass hunter2 run",
    "+ tool --key hunter2 run",
    "+ tool --auth hunter2 run",
    "API key: hunter2",
    "Access key: hunter2",
    "Encryption key: hunter2",
    "Your API key is hunter2",
    "Unseal Key 1: Hunter2+abcdefghijklmnopqrstuvwxyz0123456789=",
    "Incorrect API key provided: Hunter2x",
    "A temporary password is generated for root@localhost: q<hunter2W",
    "invalid token Hunter2x",
    "SET PASSWORD FOR 'x'@'%' = PASSWORD('hunter2')",
    "aws configure set aws_secret_access_key hunter2",
    "Passwort: hunter2",
    "{\"clientKey\":\"hunter2\"}",
    "{\"hmacKey\": \"hunter2\"}",
    "\u{1b}[34mpassword\u{1b}[0m: \u{1b}[32mhunter2\u{1b}[0m",
    "\u{1b}[34;1m\"password\"\u{1b}[0m\u{1b}[39m:\u{1b}[0m \u{1b}[32m\"hunter2\"\u{1b}[0m",
    "\u{1b}[3mpassword\u{1b}[0m\u{1b}[2m=\u{1b}[0m\"first hunter2\"",
    "{&quot;password&quot;:&quot;hunter2&quot;}",
    "<wsse:Password Type=\"x\">hunter2</wsse:Password>",
    "<property name=\"connection.password\">hunter2</property>",
    "{\"value\":\"hunter2\",\"name\":\"DB_PASSWORD\"}",
    "{\"Name\":\"/prod/db/password\",\"Type\":\"SecureString\",\"Value\":\"hunter2\"}",
    "+ tool --db ana/Hunter2x@db",
    "jdbc:oracle:thin:ana/hunter2@db:1521:ORCL",
    "--config {\"pass\":\"hunter2\"}",
];

/// What is said of secrets, and names of one word that mean something else.
const PLAIN_MORE: [&str; 44] = [
    "tests: pass=12 fail=0 skip=1",
    "--- PASS: TestReleaseV2Again (0.00s)",
    "cache miss key=user:42 ttl=60",
    "kafka partition=0 offset=12 key=order-17",
    "redis GET key=orders/17 12ms",
    "PutObject bucket=x key=uploads/2026/11/x.png",
    "S3 key: uploads/2026/11/x.png",
    "primary_key=42 table=orders",
    "GET /cb?next=%2Forders%3Fpage%3D2 200",
    "password for app is required",
    "set password for app = default",
    "AUTH default ok",
    "foreign_key: user_id",
    "partition_key=tenant-7",
    "idempotency_key=order-17-retry-2",
    "sort_key: created_at",
    "public_key: id_rsa.pub",
    "auth=ok user=42",
    "auth: ok",
    "signature=valid",
    "password_changed_at=2026-11-30 user=42",
    "password_reset_required=false",
    "errors: {\"password\": \"is too short\"}",
    "{\"password\":[\"must be at least 8 characters\"]}",
    "password: must be at least 8 characters",
    "api_key: required",
    "secret: not found",
    "token: expired",
    "cookie: present",
    "Authorization: none",
    "token_type=bearer expires_in=3600",
    "tokens: 1234",
    "{\"usage\":{\"tokens\":{\"prompt\":12,\"completion\":45}}}",
    "unknown api_key column in table settings",
    "secret \"prod/db\" not found in namespace prod",
    "OK   20250430034028_add_password_reset.sql (12.3ms)",
    "secret sync failed: timeout after 30 s",
    "uses: actions/checkout@v4 and node_modules/next@14.2.3",
    "turnkey=1 monkey: banana keyboard=us compat=1 author=ana",
    "bypass=1 compass: north",
    "src/reset_password.rs:42: note",
    "KeyError: 'user_id'",
    "invalid signature: expected 12 bytes",
    "a key = a lock",
];

/// Words that are secrets by themselves.
const WORDS: [&str; 19] = [
    "xoxe-1-My0xLTEyMzQ1Njc4OTAx",
    "xapp-1-A0123456789-1234567890123-abcdef",
    "whsec_0123456789abcdefghij",
    "SG.abcdefghijklmnopqrstuv.0123456789abcdefghij",
    "GOCSPX-abcdefghijklmnopqrst",
    "ya29.a0AfH6SMBabcdefghijklmnop",
    "AIzaSyA0123456789abcdefghijklmnopqrstu",
    "dop_v1_0123456789abcdef0123456789abcdef",
    "shpat_0123456789abcdef0123456789abcdef",
    "dckr_pat_abcdefghijklmnop",
    "sk-proj-abcdefghijklmnop",
    "sk-abcDEF0123456789abcDEF0123456789abcDEF",
    "key-0123456789abcdef0123456789abcdef",
    "SK0123456789abcdef0123456789abcdef",
    "123456789:AAE0abcdefghijklmnopqrstuvwxyz01234",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
    // ana:hunter2, postgres://app:hunter2@db/app, {"password":"hunter2"}
    "YW5hOmh1bnRlcjI=",
    "cG9zdGdyZXM6Ly9hcHA6aHVudGVyMkBkYi9hcHA=",
    "eyJwYXNzd29yZCI6Imh1bnRlcjIifQ",
];

/// What must stay readable.
const PLAIN: [&str; 50] = [
    "pull 111122223333.dkr.ecr.us-west-2.amazonaws.com/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "commit 842a9e1cbf0a4f6f8c3d2e1f0a9b8c7d6e5f4a3b is in place",
    "arn:aws:ecs:us-west-2:111122223333:task/prod/0123456789abcdef0123456789abcdef",
    "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/prod-service/6d0ecf831eec9f09",
    "arn:aws:secretsmanager:us-west-2:111122223333:secret:prod/db-AbCdEf",
    "request 3f0a1c5e-8b7d-4f6e-9a2b-1c3d5e7f9a0b took 12 ms",
    "tool -n OrdersServiceV2 -o json",
    "tool -c ./Config2/App1.yaml -v",
    "docker run -p 8080:80 -p 127.0.0.1:443:8443/tcp app",
    "mysql -p3306 -h db",
    "psql -p 5432 -U app -h db",
    "cmd: tail -n 100 -f x.log",
    "go test -parallel 4 -run TestReleaseV2",
    "protoc -print0 -proto3 -pthread2",
    "password authentication failed for user \"app\"",
    "Secret 'prod/db' was not found",
    "token expected near '}'",
    "identified by its name",
    "exit code=1, error code=ValidationException",
    "GET /orders/42?page=2&code=200 200",
    "a -> b => c",
    "x=>1 y=>2",
    "<p>hello</p> <b>key</b>",
    "Authorization failed for ana",
    "authorization header is missing",
    "cookie jar is empty",
    "basic settings were read",
    "bearer of news",
    "/usr/local/lib/python3.12/site-packages/App2/Models/User3.py",
    "https://console.aws.amazon.com/ecs/v2/clusters/prod/services/web",
    "etag W/\"0123456789abcdef\"",
    "20250430034028_base_schema.sql",
    "2026-11-30T19:01:02.123Z INFO app::server: listening",
    "com.example.orders.service.OrderServiceImpl2.handle(OrderServiceImpl2.java:42)",
    "AWS::ECS::Service prod-OrdersService-1A2B3C4D5E6F",
    "ecs-svc/1234567890123456789",
    "subnet-0a1b2c3d4e5f60718, sg-0a1b2c3d4e5f60718, eni-0a1b2c3d4e5f60718",
    "a private key is needed",
    "aGVsbG8gd29ybGQ= is hello world",
    "SGVsbG8sIHRoaXMgaXMgcGxhaW4gdGV4dA==",
    "service:prod-service.production.internal",
    "sk-learn is a library, keyboard-layout-de too",
    "user_id:12345 order:abc",
    "{\"name\": \"PORT\", \"value\": \"8080\"}",
    "{\"name\":\"PORT\",\"value\":\"8080\"}",
    "password is required",
    "password reset was sent to ana@example.com",
    "AUTH failed",
    "name=x value=y",
    "X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678",
];

#[test]
fn what_stands_beside_a_secret_stays_readable() {
    for (line, shown) in [
        ("GET /x?token=hunter2&page=2 200", "GET /x?token=M&page=2 200"),
        ("Server=db;Password=hunter2;Encrypt=true", "Server=db;Password=M;Encrypt=true"),
        ("\"Env\":[\"DB_PASSWORD=hunter2\",\"PORT=80\"]", "\"Env\":[\"DB_PASSWORD=M\",\"PORT=80\"]"),
        ("(password=hunter2)", "(password=M)"),
        ("{Host:db Password:hunter2 Port:1}", "{Host:db Password:M Port:1}"),
        ("{\"password\":\"hunter2\",\"port\":1}", "{\"password\":\"M\",\"port\":1}"),
        ("username=a,password=hunter2,vers=3", "username=a,password=M,vers=3"),
        ("Authorization: Bearer hunter2 and more", "Authorization: Bearer M and more"),
        ("tokens: [hunter2, x] at 5", "tokens: [M] at 5"),
        ("password: Some(\"hunter2\") and more", "password: Some(M) and more"),
        ("{'password': b'hunter2'}", "{'password': b'M'}"),
    ] {
        let out = super::unkeyed(&text(line));
        assert_eq!(out, shown.replace('M', super::mask::MARK), "{line}");
    }
}

#[test]
fn every_form_of_a_secret_is_masked() {
    let mut seen = Vec::new();
    for line in TOLD.into_iter().chain(TOLD_MORE) {
        for out in [text(line), command(&["sh".to_owned(), "-c".to_owned(), line.to_owned()])] {
            if out.to_lowercase().contains("hunter2") || !is_masked(&out) {
                seen.push(format!("{line}\n    {out}"));
            }
        }
    }
    for word in WORDS {
        let lines = [
            word.to_owned(),
            format!("found ({word})"),
            format!("x={word}, y"),
            format!("{{\"a\":\"{word}\"}}"),
        ];
        for line in lines {
            if text(&line).contains(word) {
                seen.push(format!("{line}\n    {}", text(&line)));
            }
        }
    }
    assert!(seen.is_empty(), "{}", seen.join("\n"));
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    let changed: Vec<String> = PLAIN
        .iter()
        .chain(&PLAIN_MORE)
        .filter(|line| text(line) != **line)
        .map(|line| format!("{line}\n    {}", text(line)))
        .collect();
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

#[test]
fn text_that_was_encoded_again_and_again_is_read_in_time() {
    let mut told = "postgres://app:hunter2@db/app".to_owned();
    while told.len() < 60_000 {
        told = super::encoded::encoded(&format!("{told} {told}"));
    }
    let began = worked();
    let _ = text(&told);
    assert!(
        worked().saturating_sub(began) < std::time::Duration::from_secs(2),
        "{:?}",
        worked().saturating_sub(began)
    );
}

/// For how long this thread was at work, without the time it waited for a processor: what else the machine does fails no test
/// (proc_pid_schedstat(5)). Elsewhere than on Linux, the time that passed.
fn worked() -> std::time::Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    let passed = START.elapsed();
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let worked = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    worked.map_or(passed, std::time::Duration::from_nanos)
}

#[test]
fn lines_of_the_greatest_length_are_read_in_time() {
    let mut slow = Vec::new();
    for part in [
        ";token=a",
        ">",
        "=\"a\" ",
        ")",
        "password=a,",
        "<a ",
        "value=\"x\",",
        "name=\\\"",
        "'a' ",
        "key: ",
        "[",
        "{\"a\":",
    ] {
        let line = format!("password={}", part.repeat(50_000 / part.len()));
        let began = worked();
        let _ = (text(&line), text(line.get("password=".len()..).unwrap_or_default()));
        if worked().saturating_sub(began) > std::time::Duration::from_secs(4) {
            slow.push(format!("{part}: {:?}", worked().saturating_sub(began)));
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

/// Words that say something of what follows them.
fn before() -> impl Strategy<Value = String> {
    let words = [
        "-p",
        "-u",
        "-x",
        "token:",
        "password",
        "\"password\":",
        "export",
        "Authorization:",
        "Bearer",
        "mysql",
        "curl",
        "'",
        "\"",
        "\\",
        "=",
        "{",
        "name=TOKEN",
        "IDENTIFIED",
        "BY",
        "-pX",
        "AUTH",
        "Cookie:",
        "sqlplus",
        "<token>",
        "a=b;",
    ];
    let word = prop_oneof![3 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => any::<String>()];
    proptest::collection::vec(word, 0..8).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn a_secret_is_masked_whatever_stands_before_it(before in before()) {
        for secret in ["password=kanarie7Zq9", "postgres://app:kanarie7Zq9@db/app", "YXBwOmthbmFyaWU3WnE5"] {
            let line = format!("{before} {secret}");
            for out in [text(&line), command(&["sh".to_owned(), "-c".to_owned(), line.clone()])] {
                prop_assert!(!out.contains("kanarie7") && !out.contains("YXBwOmthbmFyaWU3"), "{line}\n{out}");
            }
        }
    }
}
