//! Secrets in the forms that programs, shells and files give them: by the place they stand in, by how they are quoted,
//! or by their looks alone.

use super::worked;
use crate::model::secret::{Lines, command, is_masked, text, unkeyed, words};
use proptest::prelude::*;

/// Scripts and lines of logs alike: the secret is known by a name, or by what calls it.
const TOLD: [&str; 60] = [
    // variables that programs set, by names of secrets
    "python -c \"import os; os.environ['X_KEY']='hunter2'\"",
    "os.environ[\"X_KEY\"] = \"hunter2\"",
    "os.environ['X_KEY'] = f'hunter2'",
    "os.putenv(\"DB_PASSWORD\", \"hunter2\")",
    "os.environ.get('DB_PASSWORD', 'hunter2')",
    "os.environ.setdefault(\"DB_PASSWORD\",\"hunter2\")",
    "ENV[\"X_TOKEN\"]=\"hunter2\"",
    "ENV['X_TOKEN'] ||= 'hunter2'",
    "process.env.X_TOKEN = 'hunter2'",
    "process.env['X_TOKEN'] ??= `hunter2`",
    "setenv X_TOKEN hunter2",
    "set -gx X_TOKEN hunter2",
    "$env:X_TOKEN = 'hunter2'",
    "user[password]=hunter2",
    "config['password'] = 'hunter2'",
    "config.set(\"db.password\", \"hunter2\")",
    "(\"authorization\", \"Bearer hunter2\")",
    // how shells quote
    "--password first\\ hunter2",
    "--password=first\\ hunter2",
    "DB_PASSWORD=first\\ hunter2 run",
    "DB_PASSWORD=\"a\"'b hunter2' run",
    "DB_PASSWORD='a b'\"c hunter2\" run",
    "--password \"a\"'b hunter2'",
    "--password 'a'\"$X\"hunter2",
    "--password 'a'-hunter2",
    "--password $'a\\'b hunter2'",
    "--password $'hunter2'",
    "DB_PASSWORD=$'a b hunter2' run",
    "DB_PASSWORD=$(echo hunter2 | tr a b)",
    "DB_PASSWORD=\"$(printf '%s' \"hunter2\")\"",
    "DB_PASSWORD=`echo hunter2`",
    "--password $(echo \"first hunter2\")",
    "--password \"first `echo hunter2` last\"",
    "DB_PASSWORD=\"a\";DB_TOKEN=hunter2",
    // signs between a name and its secret
    "--password -- hunter2",
    "--password= hunter2",
    "--password : hunter2",
    "--password = hunter2",
    "--token := hunter2",
    // files and addresses
    "db.example.com:5432:app:app:hunter2",
    "echo 'db:5432:*:app:hunter2' > ~/.pgpass",
    "//registry.npmjs.org/:_authToken=hunter2",
    "npm config set //registry.npmjs.org/:_authToken hunter2",
    "npm config set //registry.npmjs.org/:_authToken=hunter2",
    "git clone https://hunter2@git.example.com/x.git",
    "java -Dx.password=hunter2 -jar app.jar",
    "openssl rsa -in key.pem -passin pass:hunter2",
    "kubectl create secret generic x --from-literal=k=hunter2",
    "kubectl create secret generic x --from-literal k=hunter2",
    "gpg --batch --passphrase hunter2 -c x",
    "smbclient //host/share -U ana%hunter2",
    // commands that are told as lists, and what is told in sentences and tables
    "argv: [\"tool\",\"--password\",\"hunter2\"]",
    "argv=['tool', '--password', 'hunter2']",
    "{\"cmd\":\"[\\\"tool\\\",\\\"--password\\\",\\\"hunter2\\\"]\"}",
    "Command '['mysql', '-phunter2']' returned non-zero exit status 1",
    "exec: [\"sh\" \"-c\" \"vault login hunter2\"]",
    "[\"password\"]=> string(7) \"hunter2\"",
    "password is: hunter2",
    "Password for app: hunter2",
    "ALTER USER app IDENTIFIED BY hunter2",
];

/// Commands alone: a program's name and the place behind it tell the secret, or it is a variable's value of any name.
const CALLED: [&str; 129] = [
    "python -c \"import os; os.environ['X']='hunter2'\"",
    "python3 -c 'import os; os.environ[\"X\"] = \"first hunter2\"; run()'",
    "python -c \"os.environ.update({'X': 'hunter2'})\"",
    "python -c \"os.environ.update(X='hunter2')\"",
    "ruby -e 'ENV[\"X\"]=\"hunter2\"; exec \"app\"'",
    "ruby -e 'ENV.store(\"X\", \"hunter2\")'",
    "node -e \"process.env.X = 'hunter2'; require('./x')\"",
    "node -e \"Object.assign(process.env, {X: 'hunter2'})\"",
    "perl -e '$ENV{X}=\"hunter2\"'",
    "php -r '$_ENV[\"X\"]=\"hunter2\";'",
    "php -r 'putenv(\"X=hunter2\");'",
    "os.putenv(\"X\",\"hunter2\")",
    "os.Setenv(\"X\", \"hunter2\")",
    "env::set_var(\"X\", \"hunter2\")",
    "setenv(\"X\", \"hunter2\", 1)",
    "[Environment]::SetEnvironmentVariable('X', 'hunter2')",
    "pwsh -c \"$env:X = 'hunter2'\"",
    "setenv X hunter2",
    "set -gx X hunter2",
    "declare -x x=hunter2",
    "readonly x=hunter2",
    "export X=first\\ hunter2",
    "export X=\"a\"'b hunter2'",
    "DB_PASSWORD=a\"b hunter2\" run",
    "X=$'a b hunter2' run",
    "X=$(echo hunter2 | base64) run",
    "export X=`echo hunter2`",
    "X=\"a\";Y=hunter2 run",
    "docker run -e x=hunter2 app",
    "docker run --env x=hunter2 app",
    "docker build --build-arg x=hunter2 .",
    "systemd-run --setenv=x=hunter2 app",
    "heroku config:set X=hunter2",
    "flyctl secrets set x=hunter2",
    "doppler secrets set X hunter2",
    "gh secret set X --body hunter2",
    "gh secret set X -b hunter2",
    "aws ssm put-parameter --name x --type SecureString --value hunter2",
    "aws secretsmanager create-secret --name x --secret-string hunter2",
    "aws configure set aws_secret_access_key hunter2",
    "vault kv put secret/x key=hunter2",
    "vault kv put -mount=secret x a=b key=hunter2",
    "vault write secret/x value=hunter2",
    "vault login hunter2",
    "vault login -no-print hunter2",
    "vault operator unseal hunter2",
    "htpasswd -b file user hunter2",
    "htpasswd -cbB file user hunter2",
    "htpasswd -nb user hunter2",
    "mc alias set name https://s3.example.com ACCESS hunter2",
    "mc --config-dir x alias set --api S3v4 name https://s3.example.com ACCESS hunter2",
    "mc config host add name https://s3.example.com ACCESS hunter2",
    "echo hunter2 | docker login --password-stdin -u ana registry.example.com",
    "printf '%s' \"hunter2\" | docker login -u ana --password-stdin",
    "echo first; echo 'hunter2; x' | gh auth login --with-token",
    "gh auth login --with-token <<< hunter2",
    "gh auth login --with-token <<<hunter2",
    "gh auth login --with-token <<< \"first hunter2\"",
    "echo ana:hunter2 | chpasswd",
    "echo hunter2 | sudo -S true",
    "mysql -phunter2",
    "redis-cli -a hunter2",
    "curl -u user:hunter2 https://x.example.com",
    "curl -H \"Authorization: hunter2\" https://x.example.com",
    "sshpass -p hunter2 ssh host",
    "ldapsearch -w hunter2",
    "mongosh -p hunter2",
    "rclone config create r webdav url https://x.example.com user ana pass hunter2",
    "az login --service-principal -u x -p hunter2 --tenant y",
    "keytool -storepass hunter2 -list",
    "zip -P hunter2 x.zip x",
    "7z a -phunter2 x.7z x",
    "rabbitmqctl add_user ana hunter2",
    "rabbitmqctl change_password ana hunter2",
    "sqlcmd -S db -P hunter2",
    "rake secret[hunter2]",
    "bundle exec rake 'users:set_password[ana,hunter2]'",
    "ansible-playbook x.yml --vault-password hunter2",
    "ansible-vault encrypt_string hunter2 --name x",
    "twine upload -u __token__ -p hunter2 dist/x",
    "poetry config pypi-token.pypi hunter2",
    "poetry publish -u ana -p hunter2",
    "cargo login hunter2",
    "cargo login --registry x hunter2",
    "cd /app && /usr/bin/vault login hunter2; run",
    "ngrok config add-authtoken hunter2",
    "snyk auth hunter2",
    "pulumi config set --secret db hunter2",
    "mosquitto_passwd -b file ana hunter2",
    "openssl passwd -6 hunter2",
    "openssl enc -aes-256-cbc -k hunter2 -in x",
    "vault kv put secret/x a=\"b; c\" key=hunter2",
    "mysql -e \"select 1; select 2\" -phunter2",
    "openssl dgst -sha256 -hmac hunter2 x",
    "oc login -u ana -p hunter2 https://x.example.com",
    "helm upgrade x y --set db.password=hunter2",
    "cypher-shell -u neo4j -p hunter2",
    "useradd -p hunter2 ana",
    "python -c \"subprocess.run(['x'], env={'X': 'hunter2', 'Y': 'hunter2'})\"",
    "python -c 'os.environ[\"X\"]=\"\"\"hunter2\"\"\"'",
    "ruby -e \"ENV.update('X' => 'hunter2')\"",
    "perl -e '$ENV{\"X\"} = q(hunter2)'",
    "X+=hunter2 run",
    "read -r X <<< hunter2",
    "docker login -p=hunter2",
    "{ echo hunter2; } | docker login --password-stdin",
    "(echo first; echo hunter2) | docker login --password-stdin",
    "echo hunter2 |\n  docker login --password-stdin",
    "docker login --password-stdin <<EOF\nhunter2\nEOF",
    "cat <<'EOF' | docker login --password-stdin\nhunter2\nEOF",
    "bash -c 'echo hunter2 | gh auth login --with-token'",
    "gh auth login --with-token < <(echo hunter2)",
    "printf \"machine h\\nlogin u\\npassword hunter2\\n\" > ~/.netrc",
    "curl -b 'sid=hunter2; x=hunter2' https://x.example.com",
    "rar a -hphunter2 x",
    "tool --password=a\\\nhunter2 run",
    "expect -c 'spawn ssh host; expect \"word:\"; send \"hunter2\\r\"'",
    "su - app -c \"X=hunter2 run\"",
    "setx X hunter2",
    "az keyvault secret set --vault-name v --name n --value hunter2",
    "git config --global user.password hunter2",
    "docker run --env-file x -eX=hunter2 app",
    "sh -c \"sh -c 'export X=hunter2'\"",
    "wget --header=\"Authorization: Bearer hunter2\" https://x.example.com",
    "eval \"export X=hunter2\"",
    "aws secretsmanager put-secret-value --secret-id x --secret-string '{\"a\":\"hunter2\"}'",
    "radtest ana hunter2 host 0 s",
    "xfreerdp /u:ana /p:hunter2 /v:host",
    "net use x: \\\\\\\\host\\\\share hunter2 /user:ana",
];

/// The same as words of a command, with `|` between them.
const ARGUMENTS: [&str; 20] = [
    "sh|-c|x=hunter2 run",
    "bash|-lc|cd /app; x=hunter2 run",
    "tool|install|-p|hunter2",
    "sh|-c|mkdir -p /x && tool -p hunter2",
    "sh|-c|mkdir -p /x; tool -p hunter2",
    "tool|--api-key|hunter2",
    "tool|--password|--|hunter2",
    "tool|--password=|hunter2",
    "tool|--password|:|hunter2",
    "tool|--password|=|hunter2",
    "tool|--token|:=|hunter2",
    "mysql|-u|root|-p|--|hunter2",
    "vault|login|first hunter2",
    "cargo|login|hunter2",
    "htpasswd|-b|file|ana|hunter2",
    "mc|alias|set|x|https://s3.example.com|ACCESS|hunter2",
    "docker|run|-e|x=hunter2|app",
    "bash|-c|export X=\"a\"'b hunter2'; run",
    "python|-c|import os; os.environ['X']='hunter2'",
    "java|-Dx.password=hunter2|-jar|app.jar",
];

#[test]
fn secrets_are_masked_in_every_form() {
    let mut seen = Vec::new();
    let mut judge = |line: &str, out: String| {
        if out.contains("hunter2") || !is_masked(&out) {
            seen.push(format!("{line}\n    {out}"));
        }
    };
    let script = |line: &str| command(&["sh".to_owned(), "-c".to_owned(), line.to_owned()]);
    for line in TOLD {
        judge(line, text(line));
        judge(line, text(&format!("+ {line}")));
        judge(line, text(&format!("cmd: {line}")));
        judge(line, script(line));
    }
    for line in CALLED {
        judge(line, script(line));
        judge(line, script(&format!("set -e\n{line}\nrun")));
        // a line as it was typed, in one word
        judge(line, command(&[line.to_owned()]));
        if !line.contains(['"', '\'', '`', '\\', '$', '|', '<']) {
            let own: Vec<String> = line.split(' ').map(str::to_owned).collect();
            judge(line, command(&own));
        }
    }
    for line in ARGUMENTS {
        let own: Vec<String> = line.split('|').map(str::to_owned).collect();
        judge(line, command(&own));
    }
    assert!(seen.is_empty(), "{} leaks\n{}", seen.len(), seen.join("\n"));
}

/// Values that nobody named, and that no person made up.
const RANDOM: [&str; 21] = [
    "pul-0123456789abcdef0123456789abcdef01234567",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AKIAIOSFODNN7EXAMPLE",
    "Zk3Vq8RtY1nLw0XcB5uD",
    "q8ZrT4vK9xW2mP7cL1bN6yH3",
    "kX9$mQ2!pL7vR4#tB",
    "n3rB+7cJq/Vw0sYt5uKe1Lh8Zx2Pm6Ga4DfOiQyXbTc=",
    "5yGJ0HkQd2wzvN8rXfA7tLmP3bUcEs9oVi1KqTjRgWY",
    "7d0f3b9e5a2c4816f7e8d9c0b1a29384756f5e4d3c2b1a0918273645546372ff",
    "7d0f3b9e5a2c4816f7e8d9c0b1a29384756f5e4d3c2b1a09",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
    "h4x7k2q9w5z8v3b6n1m0",
    "dG9rZW4tZm9yLXRoZS1vdGhlci1wYXJ0eQ",
    "x7Rk-Qz93_LmW2vT-8yNcB4pHdJ_fG6sU",
    "QXZKWPVJTRGHXBNMCDFL",
    "zqxkvjwpbfgmhdtrnslc",
    "1h57kf5cpq17m0eml12rtz3vw",
    "ASIAZ5T7QK3EXAMPLE4Q",
];

#[test]
fn what_no_person_made_up_is_masked_in_commands() {
    let mut seen = Vec::new();
    for secret in RANDOM {
        for line in [
            vec!["tool", secret],
            vec!["tool", "run", "--with", secret],
            vec!["tool", "-x", secret, "y"],
            vec!["sh", "-c", &format!("exec tool {secret} < x")],
            vec!["sh", "-c", &format!("exec tool '{secret}'")],
            vec!["sh", "-c", &format!("exec tool --with={secret}")],
            vec!["tool", &format!("--with={secret}")],
            vec!["tool", &format!("with={secret}")],
            vec!["tool", &format!("{{\"with\":\"{secret}\"}}")],
            vec!["tool", &format!("ana:{secret}")],
            vec!["curl", &format!("https://x.example.com/?with={secret}&page=2")],
        ] {
            let own: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
            let out = command(&own);
            if out.contains(secret) {
                seen.push(format!("{}\n    {out}", own.join(" ")));
            }
        }
    }
    assert!(seen.is_empty(), "{} leaks\n{}", seen.len(), seen.join("\n"));
}

#[test]
fn random_secrets_of_twenty_signs_are_hardly_ever_seen() {
    // a generator of its own (SplitMix64), so that what is measured is the same every time
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let kinds = [
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    ];
    for kind in kinds {
        let signs: Vec<char> = kind.chars().collect();
        let many = u64::try_from(signs.len()).unwrap();
        for (length, most) in [(20, 70), (32, 12), (44, 4)] {
            let mut missed = Vec::new();
            for _ in 0..2_000 {
                let secret: String = (0..length)
                    .map(|_| signs.get(usize::try_from(next() % many).unwrap()).copied().unwrap())
                    .collect();
                if words(&["tool".to_owned(), secret.clone()]).last() == Some(&secret) {
                    missed.push(secret);
                }
            }
            assert!(missed.len() <= most, "{} of 2000 of {length} of {kind}: {missed:?}", missed.len());
        }
    }
}

/// A key in PEM as it is printed, its last line short.
const KEY: [&str; 6] = [
    "-----BEGIN RSA PRIVATE KEY-----",
    "Proc-Type: 4,ENCRYPTED",
    "",
    "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfnBgnhXoqFq2iQyYbTcBz5T7QK3u0Q8rV1a",
    "hunter2Qk=",
    "-----END RSA PRIVATE KEY-----",
];

#[test]
fn keys_over_several_lines_are_masked_to_their_end() {
    for prefix in ["", "2026-11-30T19:01:02Z app ", "  "] {
        let mut lines = Lines::default();
        let told: Vec<String> = KEY.iter().map(|line| lines.text(&format!("{prefix}{line}"))).collect();
        assert!(!told.concat().contains("hunter2") && !told.concat().contains("MIIE"), "{told:?}");
        let after = format!("{prefix}done in 3s");
        assert_eq!(lines.text(&after), after);
        // it began before what was read
        let mut lines = Lines::default();
        let told: Vec<String> =
            KEY.iter().skip(3).map(|line| lines.text(&format!("{prefix}{line}"))).collect();
        assert!(!told.concat().contains("hunter2"), "{told:?}");
        assert_eq!(lines.text(&after), after);
    }
    let key = KEY.join("\n");
    let one = KEY.join("\\n");
    for line in [
        key.clone(),
        one.clone(),
        format!("key={one}"),
        format!("{{\"key\":\"{one}\",\"x\":1}}"),
        KEY.join(" "),
    ] {
        assert!(!text(&line).contains("hunter2"), "{}", text(&line));
        assert!(!command(&["tool".to_owned(), line.clone()]).contains("hunter2"));
        assert!(!command(&["sh".to_owned(), "-c".to_owned(), format!("echo '{line}'")]).contains("hunter2"));
    }
    // a sentence that tells of a key begins none
    let mut lines = Lines::default();
    assert!(lines.text("no start line: expected -----BEGIN PRIVATE KEY-----").starts_with("no start line"));
    for line in ["exit 1", "retry in 5s", "done", "connected to db"] {
        assert_eq!(lines.text(line), line);
    }
}

#[test]
fn masked_text_stays_as_it_is() {
    let mut moved = Vec::new();
    for line in TOLD.iter().chain(&CALLED) {
        let once = text(line);
        if text(&once) != once {
            moved.push(format!("{once}\n    {}", text(&once)));
        }
        let own = ["sh".to_owned(), "-c".to_owned(), (*line).to_owned()];
        let once = words(&own);
        let again = words(&once);
        if again != once {
            moved.push(format!("{once:?}\n    {again:?}"));
        }
    }
    assert!(moved.is_empty(), "{} moved\n{}", moved.len(), moved.join("\n"));
}

proptest! {
    #[test]
    fn masking_again_shows_nothing_more(
        parts in proptest::collection::vec(proptest::sample::select(TOLD.into_iter().chain(CALLED).collect::<Vec<_>>()), 1..4),
        cut in 0_usize..200,
    ) {
        let line: String = parts.join(" ; ").chars().skip(cut % 20).take(200 - cut).collect();
        // of what was cut off nobody knows what is quoted: more may be masked, and less never
        let parts = |text: &str| -> Vec<String> {
            let shown = unkeyed(text);
            shown.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
        };
        let less = |once: &str, again: &str| {
            let before = parts(once);
            parts(again).iter().all(|part| before.contains(part))
        };
        let once = text(&line);
        prop_assert!(less(&once, &text(&once)), "{once}");
        let own = ["sh".to_owned(), "-c".to_owned(), line];
        let once = words(&own);
        prop_assert!(less(&once.concat(), &words(&once).concat()), "{once:?}");
    }
}

#[test]
fn scripts_of_the_greatest_length_are_read_in_time() {
    let mut slow = Vec::new();
    for part in [
        "$(",
        "`a ",
        "\\ ",
        "password='a",
        "password=\"a\"'b ",
        "--password $(a ",
        "environ['X']='a' ",
        "echo a | login ",
        "env={a='b' ",
        "putenv(\"a\",",
        "a <<< b ",
        "vault login a ",
        "a:5432:b:c:d ",
        "aB3/",
        "cat <<E\n",
        "echo ",
        "X=a\\ ",
        "-p ",
        "x[",
        "ENV[",
        "f(\"password\",\"",
        "--password -- ",
        "q(",
        "os.environ.update(a='b'",
        "x]=",
        "[\"a\",\"-b\",",
        "password='a'b",
    ] {
        let line = part.repeat(30_000 / part.len());
        let began = worked();
        let mut lines = Lines::default();
        let _ = (text(&line), command(&["sh".to_owned(), "-c".to_owned(), line.clone()]), lines.text(&line));
        if worked().saturating_sub(began) > std::time::Duration::from_secs(4) {
            slow.push(format!("{part}: {:?}", worked().saturating_sub(began)));
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}
