use super::*;
use aws_types::os_shim_internal::{Env, Fs};
use futures_util::FutureExt;

fn way(config: &str, profile: Option<&str>) -> Result<Way, Failed> {
    let env = Env::from_slice(&[("HOME", "/home")]);
    let fs = Fs::from_slice(&[("/home/.aws/config", config)]);
    let files = Files::read(&env, &fs, profile).now_or_never().expect("does not wait");
    files.and_then(|files| files.way()).map_err(|flaw| flaw.failed())
}

#[test]
fn a_pipe_is_never_handed_over() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        for (path, what) in [(pipe, "a named pipe"), ("/dev/zero", "a device")] {
            let env = Env::from_slice(&[("HOME", "/nowhere"), (variable, path)]);
            let read = Files::read(&env, &Fs::real(), None).now_or_never().expect("does not wait");
            let told = read.unwrap_err().failed();
            assert!(told.why.contains(what) && told.why.starts_with(path), "{}", told.why);
        }
    }
}

/// The AWS command line reads such a profile, and the SDK does not: that there is none would be untrue.
#[test]
fn a_name_with_a_blank_is_told_as_what_it_is() {
    let failed = way("[profile \"p q\"]\nregion = us-west-2\n", Some("p q")).unwrap_err();
    assert_eq!(failed.why, "a profile whose name holds a blank (“p q”) is not read by the AWS SDK");
    assert!(failed.remedy.contains("without blanks"), "{}", failed.remedy);
}

/// Every form: what it is called, and how one signs in again.
#[test]
fn every_form_has_its_name_and_its_way_out() {
    for (config, source, remedy) in [
        (
            "[profile p]\nsso_session = fem\nsso_account_id = 1\nsso_role_name = r\n\
             [sso-session fem]\nsso_start_url = https://x\nsso_region = us-west-2\n",
            "profile p: SSO session fem",
            "run `aws sso login --profile p`",
        ),
        (
            "[profile p]\nsso_start_url = https://x\nsso_region = us-west-2\nsso_account_id = 1\n\
             sso_role_name = r\n",
            "profile p: SSO",
            "run `aws sso login --profile p`",
        ),
        (
            "[profile p]\nlogin_session = arn:aws:iam::111122223333:user/me\n",
            "profile p: aws login",
            "run `aws login --profile p`",
        ),
        (
            "[profile p]\ncredential_process = /opt/keys --password hunter2\n",
            "profile p: credential_process “keys”",
            "let “keys” ask on a terminal (it gets none in here), then try again",
        ),
        (
            "[profile p]\naws_access_key_id = A\naws_secret_access_key = S\n",
            "profile p: access keys",
            "put valid keys into profile p, or sign in another way",
        ),
        (
            "[profile p]\naws_access_key_id = A\naws_secret_access_key = S\naws_session_token = T\n",
            "profile p: temporary keys",
            "fetch new temporary keys into profile p",
        ),
        (
            "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/r\nweb_identity_token_file = /t\n",
            "profile p: web identity",
            "see that /t holds a valid token",
        ),
        (
            "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/r\ncredential_source = EcsContainer\n",
            "profile p: role r, by the container's role",
            "give the task or pod a role",
        ),
        // chains: one signs in where they begin
        (
            "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/team/admin\nsource_profile = b\n\
             [profile b]\nsso_start_url = https://x\nsso_region = us-west-2\nsso_account_id = 1\n\
             sso_role_name = r\n",
            "profile p: role admin, by SSO of profile b",
            "run `aws sso login --profile b`",
        ),
        (
            "[profile p]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = m\n\
             [profile m]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = my%keys\n\
             [profile my%keys]\nlogin_session = x\n",
            "profile p: role two, by role one, by aws login of profile my%keys",
            "run `aws login --profile 'my%keys'`",
        ),
        // a code is asked for by the command line, for the whole of the profile
        (
            "[profile p]\nrole_arn = arn:aws:iam::1:role/admin\nsource_profile = b\n\
             mfa_serial = arn:aws:iam::1:mfa/me\n\
             [profile b]\naws_access_key_id = A\naws_secret_access_key = S\n",
            "profile p: role admin with MFA, by access keys of profile b",
            "run `aws sts get-caller-identity --profile p`",
        ),
        // one that names itself: its role, with its own keys
        (
            "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = p\naws_access_key_id = A\n\
             aws_secret_access_key = S\n",
            "profile p: role r, by access keys",
            "put valid keys into profile p, or sign in another way",
        ),
    ] {
        let way = way(config, Some("p")).unwrap_or_else(|failed| panic!("{config}\n{failed}"));
        assert_eq!(way.source(), source, "{config}");
        assert_eq!(way.sign_in().remedy(), remedy, "{config}");
        assert!(!format!("{way:?} {:?}", way.sign_in()).contains("hunter2"));
    }
}

/// Every mistake: its sentence, and what to do.
#[test]
fn every_mistake_is_told_in_the_words_of_the_file() {
    const ROLE: &str = "role_arn = arn:aws:iam::1:role/r\n";
    let half = "aws_access_key_id = A\n";
    for (config, why, remedy) in [
        (String::new(), "there is no profile “p”", "aws configure sso"),
        ("[profile q]\n".into(), "there is no profile “p”", "there are q"),
        (
            format!("[profile p]\n{ROLE}source_profile = q\n"),
            "profile p takes its credentials from profile “q”, which does not exist",
            "correct source_profile of profile p",
        ),
        (
            format!("[profile p]\n{ROLE}source_profile = q\n[profile q]\n{ROLE}source_profile = p\n"),
            "profiles take their credentials from each other: p → q → p",
            "credentials of its own",
        ),
        (format!("[profile p]\n{ROLE}"), "has a role_arn, and nothing to take it with", "add source_profile"),
        (
            format!("[profile p]\n{ROLE}source_profile = q\ncredential_source = Environment\n"),
            "has both source_profile and credential_source",
            "take one of them away",
        ),
        (
            format!("[profile p]\n{ROLE}credential_source = Magic\n"),
            "credential_source of profile p is “Magic”",
            "Ec2InstanceMetadata",
        ),
        ("[profile p]\nregion = us-west-2\n".into(), "profile p has no credentials", "aws login --profile p"),
        (
            format!("[profile p]\n{half}"),
            "p has aws_access_key_id, but no aws_secret_access_key",
            "add aws_secret",
        ),
        (
            "[profile p]\nweb_identity_token_file = /t\n".into(),
            "p has web_identity_token_file, but no role_arn",
            "add role_arn",
        ),
        (
            "[profile p]\nsso_session = fem\nsso_account_id = 1\nsso_role_name = r\n".into(),
            "profile p names SSO session “fem”, which does not exist",
            "[sso-session fem]",
        ),
        (
            "[profile p]\nsso_session = fem\n[sso-session fem]\nsso_region = x\nsso_start_url = y\n".into(),
            "p has sso_session, but no sso_account_id",
            "add sso_account_id",
        ),
        (
            "[profile p]\nsso_start_url = y\nsso_account_id = 1\nsso_role_name = r\n".into(),
            "p has sso_start_url, but no sso_region",
            "add sso_region",
        ),
        ("[profile p\n".into(), "the files of profiles cannot be read", "correct ~/.aws/config"),
    ] {
        let failed = way(&config, Some("p")).expect_err(&config);
        assert!(failed.why.contains(why), "{config}\n{}", failed.why);
        assert!(failed.remedy.contains(remedy), "{config}\n{}", failed.remedy);
        let told = format!("{} {}", failed.why, failed.remedy);
        assert!(!told.contains("cargo") && !told.contains("feature"), "{told}");
    }
}
