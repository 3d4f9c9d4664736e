//! CloudTrail: who asked for what changes things. Events of before the start follow from what they changed; those of
//! after it are recorded as they come, and are told with CloudTrail's delay.

use serde_json::{Value, json};

use super::api::{Answer, Call, Fault};
use super::args::{Args, Out, Paging};
use super::engine::Engine;
use super::engine::state::Recorded;
use super::hash;

const PAGES: Paging<'static> = Paging {
    token: "NextToken",
    size: "MaxResults",
    usual: 50,
    most: 50,
    error: "InvalidMaxResultsException",
};
/// "CloudTrail typically delivers events within an average of about 5 minutes of an API call" (user guide): seconds.
const DELAY: f64 = 120.0;
/// How long events can be looked up, seconds.
const KEPT: f64 = 90.0 * 86_400.0;
/// Recorded events at most.
const MOST: usize = 2_000;

/// Takes down a call that changes something.
pub(super) fn record(engine: &mut Engine, call: &Call, answer: &Answer) {
    let source = match call.service.name() {
        "ecs" => "ecs.amazonaws.com",
        "apprunner" => "apprunner.amazonaws.com",
        _ => return,
    };
    if ["Describe", "List", "Get"].iter().any(|read| call.op.starts_with(read)) {
        return;
    }
    let caller = engine.caller(call);
    let error = answer.as_ref().err().map(|fault| fault.code.clone());
    // whoever may not make a call has its parameters not read, and CloudTrail tells none
    let denied = error.as_deref().is_some_and(|code| code.starts_with("AccessDenied"));
    engine.trail.push_back(Recorded {
        at: call.now,
        account: call.account.clone(),
        region: call.region.clone(),
        source,
        name: call.op.clone(),
        caller,
        parameters: if denied { Value::Null } else { named(&call.input) },
        error,
    });
    if engine.trail.len() > MOST {
        engine.trail.pop_front();
    }
}

/// What of a request says what it is about; the rest of it is of no account here.
fn named(input: &Value) -> Value {
    let mut out = Out::new();
    for name in
        ["service", "cluster", "task", "taskDefinition", "desiredCount", "serviceArn", "serviceDeploymentArn"]
    {
        out = out.maybe(name, input.get(name).filter(|value| !value.is_null()).cloned());
    }
    out.done()
}

/// Answers one call.
pub(super) fn handle(engine: &Engine, call: &Call) -> Answer {
    if call.op != "LookupEvents" {
        return Err(Fault::unknown_operation(&call.op));
    }
    let args = Args(&call.input);
    let attributes = args.list("LookupAttributes");
    let wrong = |message: &str| Fault::client("InvalidLookupAttributesException", message);
    if attributes.len() > 1 {
        return Err(wrong("You can specify only one lookup attribute"));
    }
    let attribute = match attributes.first().map(Args) {
        None => None,
        Some(one) => {
            let (key, value) = (one.text("AttributeKey"), one.text("AttributeValue"));
            Some(key.zip(value).ok_or_else(|| wrong("A lookup attribute needs a key and a value"))?)
        }
    };
    let at = |name: &str| args.get(name).and_then(Value::as_f64);
    let from = at("StartTime").unwrap_or(0.0).max(call.now - KEPT);
    let to = at("EndTime").unwrap_or(call.now);
    if from > to {
        return Err(Fault::client("InvalidTimeRangeException", "The start time is after the end time"));
    }
    let mut found: Vec<Recorded> = past(engine, call);
    found.extend(
        engine
            .trail
            .iter()
            .filter(|one| {
                one.account == call.account && one.region == call.region && one.at + DELAY <= call.now
            })
            .cloned(),
    );
    found.retain(|one| (from..=to).contains(&one.at) && fits(one, attribute));
    found.sort_by(|a, b| b.at.total_cmp(&a.at));
    let events: Vec<Value> = found.iter().map(event).collect();
    let (page, next) = PAGES.page(args, events)?;
    Ok(Out::new().set("Events", page).maybe("NextToken", next).done())
}

fn fits(one: &Recorded, attribute: Option<(&str, &str)>) -> bool {
    match attribute {
        None => true,
        Some(("EventName", name)) => one.name == name,
        Some(("EventSource", source)) => one.source == source,
        Some(("Username", user)) => user_of(&one.caller) == user,
        Some(("ReadOnly", value)) => value == "false",
        Some(_) => false,
    }
}

/// Events of before the start: deployments of ECS services, operations of App Runner services.
fn past(engine: &Engine, call: &Call) -> Vec<Recorded> {
    let recorded = |at: f64, source, name: &str, parameters| Recorded {
        at,
        account: call.account.clone(),
        region: call.region.clone(),
        source,
        name: name.to_owned(),
        caller: somebody(&call.account, at),
        parameters,
        error: None,
    };
    let mut found = Vec::new();
    let known = |at: f64, name: &str| {
        let near = |one: &&Recorded| one.at <= at && at - one.at < 5.0;
        engine.trail.iter().filter(near).any(|one| {
            ["service", "serviceArn"].iter().any(|member| {
                one.parameters.get(member).and_then(Value::as_str).is_some_and(|told| told.contains(name))
            })
        })
    };
    for service in &engine.services {
        let spec = &service.spec;
        if spec.account != call.account || spec.region != call.region {
            continue;
        }
        for deployment in service.history.iter().filter(|one| !known(one.created_at, &spec.name)) {
            let parameters = json!({ "cluster": spec.cluster, "service": spec.name });
            found.push(recorded(
                deployment.created_at - 1.0,
                "ecs.amazonaws.com",
                "UpdateService",
                parameters,
            ));
        }
    }
    for app in &engine.apps {
        let spec = &app.spec;
        if spec.account != call.account || spec.region != call.region {
            continue;
        }
        for operation in app.operations.iter().filter(|one| !known(one.started_at, &spec.name)) {
            let name = match operation.kind {
                "START_DEPLOYMENT" => "StartDeployment",
                "UPDATE_SERVICE" => "UpdateService",
                _ => continue,
            };
            let arn = format!(
                "arn:aws:apprunner:{}:{}:service/{}/{:032x}",
                spec.region, spec.account, spec.name, app.id
            );
            let parameters = json!({ "serviceArn": arn });
            found.push(recorded(operation.started_at - 1.0, "apprunner.amazonaws.com", name, parameters));
        }
    }
    found
}

/// Most deploys are a pipeline's, some a person's.
fn somebody(account: &str, at: f64) -> String {
    let drawn = hash::fraction(hash::of(format!("{account}{at:.0}").as_bytes(), 61));
    if drawn < 0.3 {
        return format!("arn:aws:iam::{account}:user/ana");
    }
    format!("arn:aws:sts::{account}:assumed-role/deploy/github-actions")
}

fn user_of(caller: &str) -> &str {
    caller.rsplit('/').next().unwrap_or(caller)
}

fn event(one: &Recorded) -> Value {
    let id = hash::of(format!("{}{}{:.3}{}", one.account, one.name, one.at, one.parameters).as_bytes(), 62);
    let id = format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        id >> 32,
        id >> 16 & 0xffff,
        id >> 4 & 0xfff,
        id & 0xfff,
        id >> 12 & 0xffff_ffff_ffff
    );
    let role = one.caller.contains(":assumed-role/");
    let kind = if role { "AssumedRole" } else { "IAMUser" };
    let whole = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": kind, "arn": one.caller, "accountId": one.account, "accessKeyId": "ASIAEXAMPLE",
            "userName": (!role).then(|| user_of(&one.caller)),
        },
        "eventTime": moment(one.at),
        "eventSource": one.source,
        "eventName": one.name,
        "awsRegion": one.region,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.27",
        "errorCode": one.error,
        "requestParameters": one.parameters,
        "responseElements": null,
        "readOnly": false,
        "eventID": id,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": one.account,
    });
    Out::new()
        .set("EventId", id)
        .set("EventName", one.name.clone())
        .set("ReadOnly", "false")
        .set("AccessKeyId", "ASIAEXAMPLE")
        // to the second
        .time("EventTime", one.at.floor())
        .set("EventSource", one.source)
        .set("Username", user_of(&one.caller))
        .set("Resources", json!([]))
        .set("CloudTrailEvent", whole.to_string())
        .done()
}

fn moment(at: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds; a float beyond i64 saturates and is refused"
    )]
    jiff::Timestamp::from_second(at as i64).map_or_else(|_| String::new(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    #[test]
    fn who_deployed_is_told_and_told_late() {
        let mut bench = Bench::new("incident");
        let look = |bench: &mut Bench| {
            let asked = json!({ "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": "UpdateService" }] });
            let told = bench.call(super::super::api::Aws::CloudTrail, "LookupEvents", asked).unwrap();
            told["Events"].as_array().unwrap().len()
        };
        let before = look(&mut bench);
        assert!(before > 0, "deployments of before the start have somebody");
    }
}
