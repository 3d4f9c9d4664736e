//! Who changed what (CloudTrail LookupEvents).

use crate::{
    aws::{caches::Whole, calls, clients::Clients, convert, ecs::rows},
    model::{EventKind, Kind, Stamp, TimelineEvent, Tone, Trouble},
};
use serde_json::{Value, json};

/// What is looked up. An event source brings every read that anybody made, and "ReadOnly: false" every write of the account;
/// one attribute is all that a look-up takes, so each operation is asked for by its name.
const NAMES: [&str; 6] = [
    "UpdateService",
    "StartDeployment",
    "StopServiceDeployment",
    "ContinueServiceDeployment",
    "UpdateExpressGatewayService",
    "StopTask",
];

/// Those of them that a deployment follows.
const BEGIN: [&str; 3] = ["UpdateService", "StartDeployment", "UpdateExpressGatewayService"];

/// Whose they are: other services have operations of the same name.
const SOURCES: [&str; 2] = ["ecs.amazonaws.com", APP_RUNNER];
const APP_RUNNER: &str = "apprunner.amazonaws.com";

/// Pages of 50 read at most of each; the newest come first.
const PAGES: usize = 2;

/// The changes since. A look-up is told as soon as nothing denies it: the first is made alone.
pub(super) async fn read(clients: &Clients, since: Stamp) -> Result<Whole, Trouble> {
    let (mut found, mut more) = (Vec::new(), false);
    for name in NAMES {
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let mut input = json!({
                "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": name }],
                "StartTime": since.secs(),
                "MaxResults": 50,
            });
            if let (Some(token), Some(members)) = (next.take(), input.as_object_mut()) {
                members.insert("NextToken".to_owned(), Value::String(token));
            }
            let (of, region) = (clients.of(), clients.session.caller.region.as_str());
            let ask = || clients.trail.ask(&of, region, "LookupEvents", input);
            let page = clients.call(&calls::LOOKUP_EVENTS, "", ask).await?;
            let events = page.get("Events").and_then(Value::as_array);
            found.extend(events.into_iter().flatten().filter_map(|one| event(clients, one)));
            next = page.get("NextToken").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        more |= next.is_some();
    }
    Ok((found, more.then(|| format!("the newest {} changes of each kind that CloudTrail tells", PAGES * 50))))
}

/// A moment as awsJson tells it: seconds since 1970, with a fraction.
#[allow(clippy::cast_possible_truncation)] // saturates; a moment that far off is shown as it is
pub(super) fn moment(value: &Value) -> Option<Stamp> {
    value.as_f64().filter(|seconds| seconds.is_finite()).map(|seconds| Stamp((seconds * 1000.0) as i64))
}

fn event(clients: &Clients, told: &Value) -> Option<TimelineEvent> {
    let text = |member: &str| told.get(member).and_then(Value::as_str);
    let at = moment(told.get("EventTime")?)?;
    let whole: Value = serde_json::from_str(text("CloudTrailEvent").unwrap_or("null")).unwrap_or_default();
    let name = convert::name(text("EventName")?);
    let about = subject(text("EventSource")?, whole.get("requestParameters").unwrap_or(&Value::Null))?;
    let key = match about {
        About::Service(kind, cluster, name) => Some(rows::key(&clients.settings, kind, cluster, name)),
        About::Cluster(cluster) => Some(rows::key(&clients.settings, Kind::Ecs, cluster, "")),
        About::Nobody => None,
    };
    let refused = whole.get("errorCode").and_then(Value::as_str).map(convert::said);
    let task = whole.pointer("/requestParameters/task").and_then(Value::as_str).map(convert::tail);
    let on = task.map_or_else(String::new, |task| format!(" {}", convert::name(task)));
    let (ended, tone) = match refused {
        Some(code) => (format!(" was refused: {code}"), Tone::Bad),
        None => (String::new(), Tone::Plain),
    };
    Some(TimelineEvent {
        id: format!("trail {}", convert::name(text("EventId")?)),
        at,
        environment: clients.settings.name.clone(),
        key,
        kind: EventKind::Change,
        text: format!("{name}{on}{ended}"),
        begins: BEGIN.contains(&name.as_str()),
        name,
        who: who(&whole, text("Username")),
        tone,
    })
}

/// What a call was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About<'a> {
    /// A service: its kind, cluster and name.
    Service(Kind, &'a str, &'a str),
    /// A task of a cluster.
    Cluster(&'a str),
    /// Nothing that CloudTrail names: `requestParameters` is null where a call was refused before they were read.
    Nobody,
}

/// What a call was about; none where it is another service's of the same name.
fn subject<'a>(source: &str, parameters: &'a Value) -> Option<About<'a>> {
    if !SOURCES.contains(&source) {
        return None;
    }
    if !parameters.is_object() {
        return Some(About::Nobody);
    }
    let text = |member: &str| parameters.get(member).and_then(Value::as_str);
    if source == APP_RUNNER {
        // `…:service/NAME/ID`
        return Some(About::Service(Kind::AppRunner, "", text("serviceArn")?.split('/').nth(1)?));
    }
    if let Some(arn) = text("serviceDeploymentArn").or_else(|| text("serviceArn")) {
        // `…:service-deployment/CLUSTER/SERVICE/ID`, `…:service/CLUSTER/SERVICE`
        let mut parts = arn.split('/').skip(1);
        return Some(About::Service(Kind::Ecs, parts.next()?, parts.next()?));
    }
    let cluster = text("cluster").map_or("default", convert::tail);
    Some(match text("service") {
        Some(service) => About::Service(Kind::Ecs, cluster, convert::tail(service)),
        None => About::Cluster(cluster),
    })
}

/// A user's name; a role and its session; or the service of AWS that did it by itself.
fn who(whole: &Value, username: Option<&str>) -> String {
    let text = |member: &str| whole.pointer(&format!("/userIdentity/{member}")).and_then(Value::as_str);
    if let Some(by) = text("invokedBy") {
        return convert::said(by);
    }
    let arn = text("arn").unwrap_or_default();
    // `arn:aws:sts::1:assumed-role/ROLE/SESSION`, `arn:aws:iam::1:user/PATH/NAME`
    let named = match arn.split_once(":assumed-role/") {
        Some((_, rest)) => rest,
        None => convert::tail(arn.rsplit(':').next().unwrap_or_default()),
    };
    let named = if named.is_empty() { username.unwrap_or_default() } else { named };
    // "+=,.@-" may stand in the name of a session (AssumeRole, RoleSessionName)
    convert::said(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_about_services_or_nobody() {
        let ecs = SOURCES[0];
        let arn = "arn:aws:ecs:us-west-2:1:service-deployment/prod/api/d1";
        for (source, parameters, wanted) in [
            (
                ecs,
                json!({ "cluster": "prod", "service": "api" }),
                Some(About::Service(Kind::Ecs, "prod", "api")),
            ),
            (ecs, json!({ "service": "api" }), Some(About::Service(Kind::Ecs, "default", "api"))),
            (ecs, json!({ "serviceDeploymentArn": arn }), Some(About::Service(Kind::Ecs, "prod", "api"))),
            (ecs, json!({ "cluster": "prod", "task": "1" }), Some(About::Cluster("prod"))),
            (
                APP_RUNNER,
                json!({ "serviceArn": "arn:aws:apprunner:us-west-2:1:service/web/1" }),
                Some(About::Service(Kind::AppRunner, "", "web")),
            ),
            // refused: of no cluster, and least of all of the one called default
            (ecs, Value::Null, Some(About::Nobody)),
            ("lex.amazonaws.com", json!({ "service": "api" }), None),
        ] {
            assert_eq!(subject(source, &parameters), wanted, "{parameters}");
        }
    }

    #[test]
    fn people_roles_and_services_are_named() {
        for (identity, name, wanted) in [
            (json!({ "arn": "arn:aws:iam::1:user/team/ana" }), None, "ana"),
            (json!({ "arn": "arn:aws:sts::1:assumed-role/deploy/run-7" }), Some("run-7"), "deploy/run-7"),
            (json!({ "arn": "arn:aws:iam::1:root" }), None, "root"),
            (
                json!({ "arn": "arn:aws:sts::1:assumed-role/x/y", "invokedBy": "ecs.application-autoscaling.amazonaws.com" }),
                None,
                "ecs.application-autoscaling.amazonaws.com",
            ),
            (json!({}), Some("ben"), "ben"),
            (Value::Null, None, ""),
        ] {
            let whole = json!({ "userIdentity": identity });
            assert_eq!(who(&whole, name), wanted);
        }
    }

    #[test]
    fn a_session_tells_no_password() {
        for (arn, name) in [
            ("arn:aws:sts::1:assumed-role/x/password=hunter2", None),
            ("arn:aws:iam::1:user/password=hunter2", None),
            ("", Some("password=hunter2")),
        ] {
            let told = who(&json!({ "userIdentity": { "arn": arn } }), name);
            assert!(told.contains("password=") && !told.contains("hunter2"), "{told}");
        }
    }
}
