//! Who changed what (CloudTrail LookupEvents).

use crate::{
    aws::{calls, clients::Clients, convert, ecs::rows},
    model::{EventKind, Kind, ServiceKey, Stamp, TimelineEvent, Tone, Trouble},
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

/// Pages of 50 read at most of each; the newest come first.
const PAGES: usize = 2;

/// The changes since. A look-up is told as soon as nothing denies it: the first is made alone.
pub(super) async fn read(clients: &Clients, since: Stamp) -> Result<Vec<TimelineEvent>, Trouble> {
    let mut found = Vec::new();
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
    }
    Ok(found)
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
    // another service's operation of the same name
    let source = text("EventSource")?;
    let key = subject(clients, source, whole.get("requestParameters")?)?;
    let refused = whole.get("errorCode").and_then(Value::as_str).map(convert::name);
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
        key: Some(key),
        kind: EventKind::Change,
        text: format!("{name}{on}{ended}"),
        name,
        who: who(&whole, text("Username")),
        tone,
    })
}

/// The service it is about; with a cluster and no name where it is about a task.
fn subject(clients: &Clients, source: &str, parameters: &Value) -> Option<ServiceKey> {
    let text = |member: &str| parameters.get(member).and_then(Value::as_str);
    let of_ecs = |cluster: &str, name: &str| Some(rows::key(&clients.settings, Kind::Ecs, cluster, name));
    let cluster = text("cluster").map_or("default", convert::tail);
    match source {
        "apprunner.amazonaws.com" => {
            // `…:service/NAME/ID`
            let name = text("serviceArn")?.split('/').nth(1)?;
            Some(rows::key(&clients.settings, Kind::AppRunner, "", name))
        }
        "ecs.amazonaws.com" => {
            if let Some(arn) = text("serviceDeploymentArn").or_else(|| text("serviceArn")) {
                // `…:service-deployment/CLUSTER/SERVICE/ID`, `…:service/CLUSTER/SERVICE`
                let mut parts = arn.split('/').skip(1);
                return of_ecs(parts.next()?, parts.next()?);
            }
            match text("service") {
                Some(service) => of_ecs(cluster, convert::tail(service)),
                None => of_ecs(cluster, ""),
            }
        }
        _ => None,
    }
}

/// A user's name; a role and its session; or the service of AWS that did it by itself.
fn who(whole: &Value, username: Option<&str>) -> String {
    let text = |member: &str| whole.pointer(&format!("/userIdentity/{member}")).and_then(Value::as_str);
    if let Some(by) = text("invokedBy") {
        return convert::name(by);
    }
    let arn = text("arn").unwrap_or_default();
    // `arn:aws:sts::1:assumed-role/ROLE/SESSION`, `arn:aws:iam::1:user/PATH/NAME`
    let named = match arn.split_once(":assumed-role/") {
        Some((_, rest)) => rest,
        None => convert::tail(arn.rsplit(':').next().unwrap_or_default()),
    };
    let named = if named.is_empty() { username.unwrap_or_default() } else { named };
    convert::name(named)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
