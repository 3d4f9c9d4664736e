//! Ways in: proxies, authorities, and every form of profile, through the real binary.

use crate::{
    between::{Proxy, Tls},
    cockpit::{BINARY, Cockpit, Home, Sim},
    headless::{Output, run},
};
use std::{fs, net::SocketAddr, os::unix::fs::PermissionsExt};

fn address(sim: &Sim) -> SocketAddr {
    sim.url.strip_prefix("http://").unwrap().parse().unwrap()
}

fn with(env: &[(String, String)], more: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut env: Vec<_> =
        env.iter().filter(|(name, _)| more.iter().all(|(own, _)| own != name)).cloned().collect();
    env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    env
}

#[test]
fn plain_requests_go_through_http_proxy_with_its_password_and_loopback_does_not() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let proxy = Proxy::start(address(&sim), address(&sim), Some("bWU6aHVudGVyMg=="));
    let variable = format!("http://me:hunter2@{}", proxy.address);
    let env = home.aws("http://aws.example");
    let through = run(&["status"], &with(&env, &[("http_proxy", &variable)]), home.path());
    assert_eq!(through.code, 0, "{}", through.stderr);
    assert!(through.stdout.contains("prod-service"), "{}", through.stdout);
    let lines = proxy.lines();
    assert!(lines.iter().all(|line| line.starts_with("POST http://aws.example/")), "{lines:?}");

    let without = format!("http://{}", proxy.address);
    let refused = run(&["status"], &with(&env, &[("HTTP_PROXY", &without)]), home.path());
    assert_eq!(refused.code, 6);
    assert!(refused.stderr.contains("asks for a name and a password"), "{}", refused.stderr);

    // the simulator is on this machine: not through the proxy, whatever is set
    let before = proxy.lines().len();
    let near = run(&["status"], &with(&home.aws(&sim.url), &[("HTTP_PROXY", &without)]), home.path());
    assert_eq!((near.code, proxy.lines().len()), (0, before), "{}", near.stderr);
    // nor what NO_PROXY names
    let past = [("HTTP_PROXY", without.as_str()), ("NO_PROXY", ".example")];
    let past = run(&["status"], &with(&env, &past), home.path());
    assert_eq!((past.code, proxy.lines().len()), (6, before), "{}", past.stderr);
}

#[test]
fn tls_goes_through_https_proxy_and_believes_the_bundle_alone() {
    let home = Home::new();
    let sim = Sim::start(&home, &[]);
    let tls = Tls::start("aws.example", address(&sim));
    let proxy = Proxy::start(address(&sim), tls.address, None);
    let bundle = home.path().join("authority.pem");
    fs::write(&bundle, &tls.authority).unwrap();
    let variable = format!("http://{}", proxy.address);
    let env = with(&home.aws("https://aws.example"), &[("HTTPS_PROXY", &variable)]);
    let trusted = with(&env, &[("AWS_CA_BUNDLE", bundle.to_str().unwrap())]);
    let through = run(&["status"], &trusted, home.path());
    assert_eq!(through.code, 0, "{}", through.stderr);
    assert!(through.stdout.contains("prod-service"), "{}", through.stdout);
    let lines = proxy.lines();
    assert!(!lines.is_empty() && lines.iter().all(|l| l == "CONNECT aws.example:443 HTTP/1.1"), "{lines:?}");

    // the same from the profile
    fs::create_dir_all(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), "[default]\nca_bundle = ~/authority.pem\n").unwrap();
    let through = run(&["status"], &env, home.path());
    assert_eq!(through.code, 0, "{}", through.stderr);

    let doctor = run(&["doctor"], &env, home.path());
    for told in ["HTTPS_PROXY", &variable, "ca_bundle of profile default", "one certificate"] {
        assert!(doctor.stdout.contains(told), "{told}\n{}", doctor.stdout);
    }

    fs::remove_file(home.path().join(".aws/config")).unwrap();
    // the machine's own authorities know nothing of it; SSL_CERT_FILE stands for them here
    let other = rcgen::generate_simple_self_signed(vec!["other".into()]).unwrap().cert.pem();
    fs::write(home.path().join("other.pem"), other).unwrap();
    let machine = home.path().join("other.pem");
    let untrusted =
        run(&["status"], &with(&env, &[("SSL_CERT_FILE", machine.to_str().unwrap())]), home.path());
    assert_eq!(untrusted.code, 6, "{}", untrusted.stdout);
    assert!(untrusted.stderr.contains("AWS_CA_BUNDLE"), "{}", untrusted.stderr);
}

#[test]
fn what_cannot_be_used_is_told_with_its_variable_before_anything_is_asked() {
    let home = Home::new();
    let env = home.aws("http://127.0.0.1:9");
    for (name, value, told) in [
        ("https_proxy", "socks5://p:1080", "https_proxy: proxies that speak socks5 are not supported"),
        ("HTTP_PROXY", "http://p:x", "HTTP_PROXY: “p:x” is not a proxy address"),
        ("AWS_CA_BUNDLE", "/nowhere.pem", "AWS_CA_BUNDLE: /nowhere.pem cannot be read"),
    ] {
        let env = with(&env, &[(name, value)]);
        let status = run(&["status"], &env, home.path());
        assert_eq!(status.code, 2, "{}", status.stderr);
        assert!(status.stderr.contains(told), "{}", status.stderr);
        let doctor = run(&["doctor"], &env, home.path());
        assert_eq!(doctor.code, 1);
        assert!(doctor.stdout.contains(&format!("bad   {name}")), "{}", doctor.stdout);
    }
}

/// A home whose profiles are these, without keys in the environment.
fn profiles(sim: &Sim, config: &str) -> (Home, Vec<(String, String)>) {
    let home = Home::new();
    fs::create_dir_all(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), config).unwrap();
    let mut env = home.aws(&sim.url);
    env.retain(|(name, _)| !name.starts_with("AWS_ACCESS") && !name.starts_with("AWS_SECRET"));
    (home, env)
}

fn script(home: &Home, name: &str, text: &str) -> String {
    let path = home.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

const KEYS: &str = r#"echo '{"Version": 1, "AccessKeyId": "AKIADEMO", "SecretAccessKey": "secret"}'"#;

fn doctor(config: &str, more: impl Fn(&Home)) -> Output {
    let empty = Home::new();
    let sim = Sim::start(&empty, &[]);
    let (home, env) = profiles(&sim, config);
    more(&home);
    run(&["doctor", "--profile", "p"], &env, home.path())
}

/// What else there is in a home.
type Prepare<'a> = &'a dyn Fn(&Home);

#[test]
fn a_form_that_works_is_named_with_the_caller() {
    let nothing = |_: &Home| ();
    let keys = "aws_access_key_id = AKIADEMO\naws_secret_access_key = s\n";
    let program = |home: &Home| {
        let keys = script(home, "keys", &format!("echo noise >&2; cat; {KEYS}"));
        let config = format!("[profile p]\ncredential_process = {keys} --password hunter2\n");
        fs::write(home.path().join(".aws/config"), config).unwrap();
    };
    let coded = |home: &Home| {
        // as the AWS command line leaves it once the code was typed
        let dir = home.path().join(".aws/cli/cache");
        fs::create_dir_all(&dir).unwrap();
        let session = r#"{"Credentials": {"AccessKeyId": "ASIA111122223333SIMU", "SecretAccessKey": "s",
            "SessionToken": "t", "Expiration": "2099-01-01T00:00:00UTC"}}"#;
        fs::write(dir.join("0c22bfe9122ff07d6eff8a54ade8c2b34f53d333.json"), session).unwrap();
    };
    let role = format!(
        "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = b\n[profile b]\n{keys}"
    );
    let mfa = role.replace("source_profile", "mfa_serial = arn:aws:iam::111122223333:mfa/me\nsource_profile");
    let forms: [(&str, Prepare<'_>, &str); 4] = [
        (&format!("[profile p]\n{keys}"), &nothing, "from profile p: access keys"),
        ("", &program, "from profile p: credential_process “keys”"),
        (&role, &nothing, "from profile p: role admin, by access keys of profile b, expires in"),
        (&mfa, &coded, "from profile p: role admin with MFA, by access keys of profile b, expires in"),
    ];
    for (config, more, told) in forms {
        let out = doctor(config, more);
        assert!(out.stdout.contains(told), "{config}\n{}\n{}", out.stdout, out.stderr);
        assert!(!out.stdout.contains("hunter2") && !out.stderr.contains("noise"), "{}", out.stdout);
    }
}

#[test]
fn a_form_that_does_not_work_is_told_in_its_words_with_the_way_out() {
    let nothing = |_: &Home| ();
    let login = "login_session = arn:aws:iam::111122223333:user/me\n";
    let sso = "sso_account_id = 111122223333\nsso_role_name = r\n";
    let session =
        "[sso-session fem]\nsso_start_url = https://fem.awsapps.com/start\nsso_region = us-west-2\n";
    let over = |home: &Home| {
        // the file of SSO's cache is named by the SHA-1 of the session's name
        let dir = home.path().join(".aws/sso/cache");
        fs::create_dir_all(&dir).unwrap();
        let token = r#"{"accessToken": "x", "expiresAt": "2026-01-01T00:00:00Z", "region": "us-west-2",
            "startUrl": "https://fem.awsapps.com/start"}"#;
        fs::write(dir.join("f4ce065b1ddac900e9a9af57ceef34798cb7ac32.json"), token).unwrap();
    };
    let asking = |home: &Home| {
        let asks = script(home, "asks", "printf 'password: ' > /dev/tty && read word < /dev/tty; exit 4");
        fs::write(
            home.path().join(".aws/config"),
            format!("[profile p]\ncredential_process = {asks} -k s3cret\n"),
        )
        .unwrap();
    };
    let keys = "aws_access_key_id = AKIADEMO\naws_secret_access_key = s\n";
    let forms: [(String, Prepare<'_>, &str, &str); 6] = [
        (
            format!("[profile p]\nsso_session = fem\n{sso}{session}"),
            &nothing,
            "nobody has signed in to the SSO session fem of profile p yet",
            "run `aws sso login --profile p`",
        ),
        (
            format!("[profile p]\nsso_session = fem\n{sso}{session}"),
            &over,
            "the SSO session fem of profile p is over",
            "run `aws sso login --profile p`",
        ),
        (
            format!("[profile p]\n{login}"),
            &nothing,
            "nobody has signed in for profile p (aws login) yet",
            "run `aws login --profile p`",
        ),
        (
            String::new(),
            &asking,
            "profile p: its credential_process “asks” ended with exit code",
            "let “asks” ask on a terminal",
        ),
        (
            "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/r\nweb_identity_token_file = /nowhere/t\n".into(),
            &nothing,
            "the token's file /nowhere/t of profile p is not there",
            "see that /nowhere/t holds a valid token",
        ),
        (
            format!("[profile p]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = b\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n[profile b]\n{keys}"),
            &nothing,
            "role admin (profile p) asks for a code of MFA device me, and none was typed yet",
            "run `aws sts get-caller-identity --profile p`",
        ),
    ];
    for (config, more, why, remedy) in forms {
        let out = doctor(&config, more);
        assert_eq!(out.code, 1);
        let told = out.stdout.replace('\n', " ");
        assert!(told.contains(why) && told.contains(remedy), "{config}\n{}", out.stdout);
        for word in ["cargo", "feature", "s3cret", "provider", "password:"] {
            assert!(!told.contains(word), "{word}\n{}", out.stdout);
        }
    }
}

/// An `aws` that signs in as the real one would: it asks on the terminal, then leaves keys where the profile's program
/// finds them.
fn signs_in(home: &Home, env: &[(String, String)]) -> Vec<(String, String)> {
    let bin = home.path().join("bin");
    fs::create_dir_all(&bin).unwrap();
    let text = format!(
        "printf 'code: '; read code; [ \"$code\" = 42 ] || exit 3\necho \"$*\" > {0}/asked\n\
         printf '[p]\\naws_access_key_id = AKIADEMO\\naws_secret_access_key = s\\n' > {0}/.aws/credentials",
        home.path().display()
    );
    script(home, "bin/aws", &text);
    let path = env.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.as_str()).unwrap_or_default();
    with(env, &[("PATH", &format!("{}:{path}", bin.display()))])
}

const LARGE: (u16, u16) = (120, 40);
const SESSION: &str = "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = b\n\
    [profile b]\nlogin_session = arn:aws:iam::111122223333:user/me\n";

#[test]
fn signing_in_steps_aside_and_comes_back_to_what_it_opened() {
    let empty = Home::new();
    let sim = Sim::start(&empty, &[]);
    let (home, env) = profiles(&sim, SESSION);
    let env = signs_in(&home, &env);
    // the keys are written for the source profile
    let aws = fs::read_to_string(home.path().join("bin/aws")).unwrap().replace("[p]", "[b]");
    fs::write(home.path().join("bin/aws"), aws).unwrap();
    let mut cockpit = Cockpit::start(BINARY, &["--profile", "p"], LARGE, &env, home.path());
    cockpit.wait_for("nobody has signed").keys("3").wait_for("sign in");
    // a wrong code: what the command said stays to be read
    cockpit.keys("i").wait_for("flightdeck: aws login --profile b").wait_for("code:");
    cockpit.assert_left();
    cockpit.keys("7<enter>").wait_for("ended with exit code 3. Press enter").keys("<enter>");
    cockpit.wait_for("nobody is signed in").keys("i");
    // the screen that is left still shows what was asked and answered before
    cockpit.wait_until("asked again", |screen| screen.contains("code:\n")).keys("<ctrl-c>");
    cockpit.wait_for("was given up").keys("i");
    cockpit.wait_until("asked a third time", |screen| screen.matches("code:").count() == 3).keys("42<enter>");
    cockpit.wait_for("signed in to profile p");
    cockpit.keys("1").wait_for("staging-service").wait_for("steady");
    assert_eq!(fs::read_to_string(home.path().join("asked")).unwrap(), "login --profile b\n");
    cockpit.keys("3").wait_for("role admin, by access keys of profile b").keys("q");
    assert_eq!(cockpit.ended(), 0);
    cockpit.assert_restored();
}

#[test]
fn what_signing_in_leaves_of_the_terminal_is_put_back() {
    let empty = Home::new();
    let sim = Sim::start(&empty, &[]);
    let (home, env) = profiles(&sim, SESSION);
    let env = signs_in(&home, &env);
    let aws = fs::read_to_string(home.path().join("bin/aws")).unwrap().replace("[p]", "[b]");
    // as a program that asks for a password and fails
    script(&home, "bin/aws", "stty raw -echo; exit 3");
    let mut cockpit = Cockpit::start(BINARY, &["--profile", "p"], LARGE, &env, home.path());
    cockpit.wait_for("nobody has signed").keys("3").wait_for("sign in").keys("i");
    cockpit.wait_for("ended with exit code 3. Press enter").keys("<enter>").wait_for("nobody is signed in");
    // what is typed ahead is for whoever asks, not for the cockpit
    fs::write(home.path().join("bin/aws"), format!("{aws}\nstty raw -echo")).unwrap();
    cockpit.keys("i").wait_for("code:").keys("42<enter>qqq").wait_for("signed in to profile p");
    cockpit.keys("1").wait_for("staging-service").wait_for("steady").keys("q");
    assert_eq!(cockpit.ended(), 0);
    cockpit.assert_restored();
}

#[test]
fn without_the_aws_command_line_the_command_to_type_is_told() {
    let empty = Home::new();
    let sim = Sim::start(&empty, &[]);
    let (home, env) = profiles(&sim, SESSION);
    let none = home.path().join("none");
    fs::create_dir_all(&none).unwrap();
    let env = with(&env, &[("PATH", none.to_str().unwrap())]);
    let mut cockpit = Cockpit::start(BINARY, &["--profile", "p"], LARGE, &env, home.path());
    cockpit.wait_for("nobody has signed").keys("3").wait_for("sign in").keys("i");
    cockpit.wait_for("(aws) is not on this machine; run `aws login --profile b`").keys("q");
    assert_eq!(cockpit.ended(), 0);
}

#[test]
fn another_profile_and_region_are_chosen_in_the_palette() {
    let empty = Home::new();
    let sim = Sim::start(&empty, &[]);
    let keys = "aws_access_key_id = AKIADEMO\naws_secret_access_key = s\n";
    let config = format!("[profile p]\n{keys}region = us-west-2\n[profile other]\n{SESSION}");
    let (home, env) = profiles(&sim, &config.replace("[profile p]\nrole_arn", "[profile q]\nrole_arn"));
    let env: Vec<_> = env.into_iter().filter(|(name, _)| name != "AWS_REGION").collect();
    let mut cockpit = Cockpit::start(BINARY, &["--profile", "p"], LARGE, &env, home.path());
    cockpit.wait_for("staging-service").wait_for("steady");
    cockpit.keys(":").keys("region eu-west-1").wait_for("for this session").keys("<enter>");
    cockpit.wait_for("region eu-west-1 for this session").wait_until("another region", |screen| {
        !screen.contains("staging-service") && screen.contains("eu-west-1")
    });
    cockpit.keys(":").keys("region us-west-2").wait_for("for this session").keys("<enter>");
    cockpit.wait_for("staging-service");
    cockpit.keys(":").keys("profile other").wait_for("for this session").keys("<enter>");
    cockpit.wait_for("other has no credentials").keys("q");
    assert_eq!(cockpit.ended(), 0);
}
