//! Security Token Service: who the caller is, and roles of other accounts.
//!
//! An assumed role needs no memory: the access key id that is given out has the account in it, and
//! [`account_in_key`] reads it back.

use serde_json::json;

use super::api::{Answer, Call, Fault, timestamp};
use super::clock::wall;
use super::wire::input;

/// The account in an access key id that [`handle`] gave out for AssumeRole (`ASIA` and twelve digits).
pub fn account_in_key(access_key_id: &str) -> Option<&str> {
    access_key_id.strip_prefix("ASIA")?.get(..12).filter(|account| is_account(account))
}

/// Answers one STS call; `who` is the caller's ARN.
pub fn handle(call: &Call, who: &str) -> Answer {
    match call.op.as_str() {
        "GetCallerIdentity" => Ok(json!({
            "UserId": user_id(&call.account, who),
            "Account": call.account,
            "Arn": who,
        })),
        "AssumeRole" => assume_role(call),
        op => Err(Fault::unknown_operation(op)),
    }
}

/// The unique id of a user: another one for each.
fn user_id(account: &str, who: &str) -> String {
    match who.rsplit('/').next() {
        None | Some("simulator") => format!("AIDA{account}SIMU"),
        Some(_) => format!("AIDA{:016X}", super::hash::of(who.as_bytes(), 41)),
    }
}

fn assume_role(call: &Call) -> Answer {
    let invalid = |message: String| Fault::client("ValidationError", message);
    let role = input::text(&call.input, "RoleArn").unwrap_or_default();
    let session = input::text(&call.input, "RoleSessionName").unwrap_or_default();
    let Some((account, name)) = parse(role) else {
        return Err(invalid(format!("{role:?} is not the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME")));
    };
    let well_formed = (2..=64).contains(&session.len())
        && session.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    if !well_formed {
        return Err(invalid(
            "RoleSessionName must have 2 to 64 letters, digits and characters of _+=,.@-".to_owned(),
        ));
    }
    let seconds = match call.input.get("DurationSeconds") {
        None => 3600.0,
        Some(_) => input::integer(&call.input, "DurationSeconds")
            .and_then(|seconds| u16::try_from(seconds).ok())
            .filter(|seconds| (900..=43_200).contains(seconds))
            .map(f64::from)
            .ok_or_else(|| invalid("DurationSeconds must be from 900 to 43200".to_owned()))?,
    };
    // the caller's clock is real: a simulation of last week must not hand out expired credentials
    let expiration = call.now.max(wall()) + seconds;
    Ok(json!({
        "Credentials": {
            "AccessKeyId": format!("ASIA{account}SIMU"),
            "SecretAccessKey": "simulated/secret/access/key/of/no/use/xx",
            "SessionToken": format!("simulated-session-token-{account}"),
            "Expiration": timestamp(expiration.round()),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": format!("AROA{account}SIMU:{session}"),
            "Arn": format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
        },
    }))
}

/// The account and the name (the last part of the path) in a role's ARN.
fn parse(role: &str) -> Option<(&str, &str)> {
    let (account, path) = role.strip_prefix("arn:aws:iam::")?.split_once(":role/")?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    is_account(account).then_some((account, name))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::api::Aws;
    use super::*;

    fn ask(op: &str, input: Value) -> Answer {
        let call = Call {
            account: "111122223333".to_owned(),
            caller: String::new(),
            region: "us-west-2".to_owned(),
            service: Aws::Sts,
            op: op.to_owned(),
            input,
            now: 1e9,
        };
        handle(&call, "arn:aws:iam::111122223333:user/ci")
    }

    #[test]
    fn the_caller_is_its_account() {
        let who = ask("GetCallerIdentity", json!({})).unwrap();
        assert_eq!(who["Account"], "111122223333");
        assert_eq!(who["Arn"], "arn:aws:iam::111122223333:user/ci");
        assert_ne!(who["UserId"], user_id("111122223333", "arn:aws:iam::111122223333:user/alice"));
    }

    #[test]
    fn a_role_leads_to_its_account() {
        let role = json!({"RoleArn": "arn:aws:iam::444455556666:role/team/deploy", "RoleSessionName": "me@x", "DurationSeconds": "900"});
        let got = ask("AssumeRole", role).unwrap();
        let key = got["Credentials"]["AccessKeyId"].as_str().unwrap();
        assert_eq!((key.len(), account_in_key(key)), (20, Some("444455556666")));
        assert_eq!(got["AssumedRoleUser"]["Arn"], "arn:aws:sts::444455556666:assumed-role/deploy/me@x");
        for key in ["AKIA444455556666SIMU", "ASIA44445555", "ASIA44445555666X", "", "ASIAé44455556666"] {
            assert_eq!(account_in_key(key), None, "{key}");
        }
    }

    #[test]
    fn ill_formed_requests_are_refused() {
        let role = "arn:aws:iam::444455556666:role/deploy";
        for input in [
            json!({}),
            json!({"RoleArn": role}),
            json!({"RoleArn": "deploy", "RoleSessionName": "me"}),
            json!({"RoleArn": "arn:aws:iam::4444:role/deploy", "RoleSessionName": "me"}),
            json!({"RoleArn": "arn:aws:iam::444455556666:user/deploy", "RoleSessionName": "me"}),
            json!({"RoleArn": role, "RoleSessionName": "m e"}),
            json!({"RoleArn": role, "RoleSessionName": "me", "DurationSeconds": 60}),
        ] {
            assert_eq!(
                ask("AssumeRole", input.clone()).expect_err("is refused").code,
                "ValidationError",
                "{input}"
            );
        }
        assert_eq!(ask("GetSessionToken", json!({})).unwrap_err().code, "UnknownOperationException");
    }
}
