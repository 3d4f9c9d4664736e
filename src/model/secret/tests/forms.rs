//! Secrets in forms that have no sign between words: dotted names, lists, rows, arrows; and lines of one stream.

use crate::model::secret::{Lines, command, is_masked, shown, text};

/// Lines and messages.
const TOLD: [&str; 99] = [
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
    "password=<a hunter2>",
    "password={a hunter2}",
    "password: [a hunter2]",
    "password=****, hunter2",
    "password=[REDACTED] hunter2",
    "password=None or hunter2",
    "A_TOKEN: \"hun\" \"hunter2\"",
    "password: \"a\\\\\" hunter2",
    "~ password = \"old\" -> \"hunter2\"",
    "~ db_password = \"old\" -> \"hunter2\"",
    "{\"Authorization\":[Bearer hunter2]}",
    "map[Authorization:[Bearer hunter2]]",
    "authorization: Optional[Bearer hunter2]",
    "[password:protected] => hunter2",
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
    "otp=hunter2",
    "pin: hunter2",
    "otp: hunter2",
    "mfa=hunter2",
    "salt=hunter2",
    "hmac=hunter2",
    "session_id=hunter2",
    "sessionid=hunter2",
    "JSESSIONID=hunter2",
    "csrf=hunter2",
    "csrf_token: hunter2",
    "pepper=hunter2",
    "mnemonic=\"hunter2 word other\"",
    "psk=hunter2",
    "privkey=hunter2",
    "GET /x?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=hunter2&x=1",
    "INSERT INTO users (email, password) VALUES ('a@b', 'hunter2')",
    "INSERT INTO \"users\" (\"email\", \"password_digest\", \"n\") VALUES ('a@b', 'hunter2', 1)",
    "Key (token)=(hunter2) already exists",
    "Key (email, reset_token)=(a@b, hunter2) already exists.",
    "SELECT 1 WHERE token IN ('hunter2')",
    "[[\"reset_password_token\",\"hunter2\"]]",
    "[[\"id\", 1], [\"reset_password_token\", \"hunter2\"], [\"LIMIT\", 1]]",
    "UPDATE x SET token=$1 [\"hunter2\"]",
    "UPDATE x SET token = $1 WHERE id = 2 [\"hunter2\", 2]",
    "CONNECT app/hunter2@db",
    "sqlplus app/hunter2@db",
    "crypto.createHmac('sha256', 'hunter2')",
    "jwt.sign({id: 1}, 'hunter2')",
    "user.set_password('hunter2')",
    "SELECT pgp_sym_encrypt('x','hunter2')",
    "SELECT crypt('hunter2', gen_salt('bf'))",
    "vercel_blob_rw_hunter2Abc_0123456789abcdefABCDEFhijk",
    "dop_v1_hunter20123456789abcdef0123456789abcdef01234567",
    "ops_eyJhunter2abcdefgh01234567890",
    "{\"Name\":\"/a/b\",\"Type\":\"SecureString\",\"Value\":\"hunter2\"}",
    "{\"Type\": \"SecureString\", \"Value\": \"hunter2\", \"Version\": 1}",
    "{\"KeyId\":\"x\",\"Plaintext\":\"hunter2\"}",
    "?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE&password=hunter2",
    "{\"msg\":\"db.password = hunter2\"}",
    "{\"msg\":\"INSERT INTO users (email, password) VALUES ('a@b', 'hunter2')\"}",
    "{\"log\":\"[\\\"authorization\\\",\\\"Bearer hunter2\\\"]\"}",
    "{\"log\":\"{\\\"field\\\":\\\"password\\\",\\\"new\\\":\\\"hunter2\\\"}\"}",
    "{\"log\":\"{\\\"Type\\\":\\\"SecureString\\\",\\\"Value\\\":\\\"hunter2\\\"}\"}",
    "{\"log\":\"{\\\"Plaintext\\\":\\\"hunter2\\\"}\"}",
    "{\"log\":\"db.password = \\\"hunter2\\\"\"}",
    "db.password = \"first hunter2\"",
    "db.password = 'first hunter2', x",
    "INSERT INTO users (email, password) VALUES ('a@b', 'x'), ('c@d', 'hunter2')",
    "INSERT INTO t(password) values('hunter2')",
    "Key (token)=(hunter2-first) already exists",
    "password → \"hunter2\"",
    "a.password = first,hunter2",
];

/// Scripts of shells.
const CALLED: [&str; 24] = [
    "echo 'db.password = hunter2' > x",
    "sqlplus app/hunter2@db",
    "terraform apply -var x_token=hunter2",
    "terraform apply -var 'db_password=hunter2' x",
    "terraform apply -var=\"db_password=hunter2\" x",
    "curl -E cert.pem:hunter2 https://x",
    "skopeo copy --dest-creds a:hunter2 x y",
    "skopeo copy --src-creds=a:hunter2 x y",
    "ldappasswd -s hunter2",
    "ssh-keygen -P hunter2 -N x",
    "ssh-keygen -p -P hunter2 -N x",
    "ssh-keygen -p -P old -N hunter2",
    "qpdf --encrypt hunter2 x 256 -- a b",
    "qpdf --encrypt x hunter2 256 -- a b",
    "echo \"hunter2\" > /run/secrets/db_password",
    "printf %s hunter2 > /run/secrets/db_password",
    ": ${DB_PASSWORD:=hunter2}",
    ": \"${DB_PASSWORD:=hunter2}\"",
    "x=${DB_PASSWORD:-hunter2} run",
    "test \"$TOKEN\" = hunter2",
    "[[ $PASSWORD != hunter2 ]] && x",
    "[ \"$PASSWORD\" == \"hunter2\" ] && x",
    "createHmac('sha256','hunter2')",
    "node -e \"jwt.sign({}, 'hunter2')\"",
];

/// Lines that follow one another in a stream.
const FOLLOWED: [&str; 20] = [
    "password =\nhunter2",
    "password=\nhunter2",
    "--password\nhunter2",
    "\"--password\",\n\"hunter2\",",
    "\"--password\",\n  \"hunter2\",",
    "password=\\\nhunter2",
    "curl -H 'Authorization: Bearer \\\nhunter2'",
    "Authorization: Bearer \\\nhunter2",
    "Authorization: Bearer\nhunter2",
    "<password>\nhunter2",
    "<password>\n    hunter2\n  </password>",
    "<key>password</key>\n<string>hunter2</string>",
    "password: \"first\nhunter2\"",
    "password: |\n  first\n  hunter2",
    "2026-11-30T19:01:02Z password =\n2026-11-30T19:01:02Z hunter2",
    "2026-11-30T19:01:02Z password:\n2026-11-30T19:01:02Z hunter2",
    "2026-11-30 19:01:02,123 \"--password\",\n2026-11-30 19:01:02,123 \"hunter2\",",
    "[19:01:02] password: |\n[19:01:02]   hunter2\n[19:01:02]   hunter2",
    "mysql --user x --password \\\nhunter2 \\\napp",
    "password: >-\n    hunter2 word",
];

/// What only looks like one of these forms.
const HARMLESS: [&str; 62] = [
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
    "echo started > /var/log/app.log",
    "jwt.verify(token, key)",
    "createHmac('sha256', key)",
    "set_password(password)",
    "UPDATE x SET name=$1 [\"ana\"]",
    "hmac=sha256",
    "session: 12",
    "opinion=yes pinned=no spin=on",
    "mapping: a1b2c3d4",
    "token=$1 and password=$2",
    "password=****",
    "\"kmsKeyId\": \"1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "kms.key.id = alias/app",
    "storage.kmsKeyId = alias/a1b2c3",
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

#[test]
fn a_stream_names_in_one_line_what_it_tells_in_the_next() {
    let mut seen = Vec::new();
    for told in FOLLOWED {
        let mut lines = Lines::default();
        let mut out: Vec<String> = told.split('\n').map(|line| lines.text(line)).collect();
        out.push(lines.text("done in 3s"));
        let out = out.join("\n");
        if out.contains("hunter2") || !out.contains("done in 3s") {
            seen.push(format!("{told}\n    {out}"));
        }
    }
    assert!(seen.is_empty(), "{} leaks\n{}", seen.len(), seen.join("\n"));
}

#[test]
fn values_that_only_resemble_regions_and_addresses_are_masked() {
    for value in ["my-secret-pass-1a", "my-pass-1", "us-west-2ab", "https://example.com/hunter2"] {
        assert!(is_masked(&shown("R2", value)), "{value}");
    }
    for value in
        ["us-west-2", "eu-central-1a", "us-gov-east-1", "ap-southeast-2", "https://example.com/api/v1"]
    {
        assert_eq!(shown("R2", value), value);
    }
}
