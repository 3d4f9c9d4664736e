//! Secrets in forms that have no sign between words: dotted names, lists, rows, arrows; and lines of one stream.

use crate::model::secret::{command, is_masked, text};

/// Lines and messages.
const TOLD: [&str; 49] = [
    "db.password = hunter2",
    "spring.datasource.password = hunter2",
    "ssl.keystore.password = hunter2",
    "fs.s3a.secret.key = hunter2",
    "a.api_key = hunter2",
    "db-password = hunter2",
    "$password = hunter2",
    "/app/db/password = hunter2",
    "db.password : hunter2",
    "app.password => hunter2",
    "password: !!str hunter2",
    "password: &x hunter2",
    "password={a hunter2}",
    "password: [a hunter2]",
    "{\"Authorization\":[Bearer hunter2]}",
    "map[Authorization:[Bearer hunter2]]",
    "[\"authorization\",\"Bearer hunter2\"]",
    "[[b'x-api-key', b'hunter2']]",
    "rawHeaders: [ \"X-Api-Key\", \"hunter2\" ]",
    "rawHeaders: [ 'Host', 'x', 'Authorization', 'Bearer hunter2' ]",
    "{:password, \"hunter2\"}",
    "{:password \"hunter2\"}",
    "s:8:\"password\";s:15:\"hunter2\";",
    "{\"field\":\"password\",\"new\":\"hunter2\"}",
    "{\\u0022password\\u0022:\\u0022hunter2\\u0022}",
    "{\\x22password\\x22:\\x22hunter2\\x22}",
    "&lt;password&gt;hunter2&lt;/password&gt;",
    "password：hunter2",
    "user%5Bpassword%5D=hunter2",
    "password ==> hunter2",
    "password → hunter2",
    "password|hunter2",
    "password;hunter2",
    "password?=hunter2",
    "password != hunter2",
    "password set to hunter2",
    "csrf_token: hunter2",
    "INSERT INTO users (email, password) VALUES ('a@b', 'hunter2')",
    "INSERT INTO \"users\" (\"email\", \"password_digest\", \"n\") VALUES ('a@b', 'hunter2', 1)",
    "Key (token)=(hunter2) already exists",
    "Key (email, reset_token)=(a@b, hunter2) already exists.",
    "SELECT 1 WHERE token IN ('hunter2')",
    "[[\"reset_password_token\",\"hunter2\"]]",
    "[[\"id\", 1], [\"reset_password_token\", \"hunter2\"], [\"LIMIT\", 1]]",
    "sqlplus app/hunter2@db",
    "dop_v1_hunter20123456789abcdef0123456789abcdef01234567",
    "{\"Name\":\"/a/b\",\"Type\":\"SecureString\",\"Value\":\"hunter2\"}",
    "{\"Type\": \"SecureString\", \"Value\": \"hunter2\", \"Version\": 1}",
    "{\"KeyId\":\"x\",\"Plaintext\":\"hunter2\"}",
];

/// Scripts of shells.
const CALLED: [&str; 13] = [
    "echo 'db.password = hunter2' > x",
    "sqlplus app/hunter2@db",
    "terraform apply -var x_token=hunter2",
    "terraform apply -var 'db_password=hunter2' x",
    "terraform apply -var=\"db_password=hunter2\" x",
    "ssh-keygen -P hunter2 -N x",
    "ssh-keygen -p -P old -N hunter2",
    ": ${DB_PASSWORD:=hunter2}",
    ": \"${DB_PASSWORD:=hunter2}\"",
    "x=${DB_PASSWORD:-hunter2} run",
    "test \"$TOKEN\" = hunter2",
    "[[ $PASSWORD != hunter2 ]] && x",
    "[ \"$PASSWORD\" == \"hunter2\" ] && x",
];

/// What only looks like one of these forms.
const HARMLESS: [&str; 48] = [
    "pins: 12, otpauth off, spin=3 opinion: yes, saltlake: x",
    "session_id required",
    "Key (email)=(ana) already exists.",
    "session: started",
    "the token → see below",
    "password → required",
    "password; token; cookie",
    "password|token|email",
    "password?",
    "password != null",
    "if token != nil",
    "token == null",
    "token ==> required",
    "password set to expire in 3 days",
    "INSERT INTO users (email, name) VALUES ('a@b', 'ana')",
    "INSERT INTO users (email, password) VALUES ($1, $2)",
    "WHERE token IS NULL",
    "WHERE id IN ('a')",
    "[\"password\",\"email\"]",
    "[\"name\",\"password\",\"email\"]",
    "missing fields: [\"password\", \"email\"]",
    "filter_parameters: [:password, :token]",
    "{:password, :email}",
    "{\"field\":\"password\",\"error\":\"too short\"}",
    "test \"$NODE_ENV\" = production",
    "DATABASE_URL=postgres://db:5432/app",
    "\"Type\":\"String\",\"Value\":\"on\"",
    "cargo/x@1.2",
    "a.token = none",
    "idempotency.key = 12",
    "cache.key = users/12",
    "max.tokens = 512",
    "db.password.required = true",
    "spring.security.user.name = ana",
    "token.type = bearer",
    "salt lake city",
    "pin the version: done",
    "pinned: 3",
    "mfa: enabled",
    "mfa required for ana",
    "hmac: sha256",
    "hmac algorithm = sha256",
    "docker.io/library/x = 3",
    "[1, \"token\", 2]",
    "password: ok -> next",
    "~ image = \"a\" -> \"b\"",
    "CONNECT db/app@1",
    "connect to a/b@c",
];

#[test]
fn secrets_in_every_other_form_are_masked() {
    let mut seen = Vec::new();
    let mut judge = |line: &str, out: &str| {
        if out.contains("hunter2") || !is_masked(out) || text(out) != out {
            seen.push(format!("{line}\n    {out}\n    {}", text(out)));
        }
    };
    for line in TOLD {
        judge(line, &text(line));
        judge(line, &text(&format!("INFO app: {line}")));
    }
    for line in CALLED {
        judge(line, &command(&["sh".to_owned(), "-c".to_owned(), line.to_owned()]));
    }
    assert!(seen.is_empty(), "{} leaks\n{}", seen.len(), seen.join("\n"));
}

#[test]
fn what_looks_like_another_form_stays() {
    let changed: Vec<String> = HARMLESS
        .iter()
        .filter(|line| text(line) != **line)
        .map(|line| format!("{line}\n    {}", text(line)))
        .collect();
    assert!(changed.is_empty(), "{} changed\n{}", changed.len(), changed.join("\n"));
}
