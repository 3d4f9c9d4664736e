//! What Application Auto Scaling did (DescribeScalingActivities).

use crate::{
    aws::{caches::Whole, calls, clients::Clients, convert, ecs::rows},
    model::{EventKind, Kind, Stamp, TimelineEvent, Tone, Trouble},
};
use serde_json::{Value, json};

/// Pages of 50 read at most; the newest come first.
const PAGES: usize = 6;

/// Every activity for ECS services since. The operation takes no moment: pages are read until they are older.
pub(super) async fn read(clients: &Clients, since: Stamp) -> Result<Whole, Trouble> {
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    for _ in 0..PAGES {
        let mut input = json!({ "ServiceNamespace": "ecs", "MaxResults": 50 });
        if let (Some(token), Some(members)) = (next.take(), input.as_object_mut()) {
            members.insert("NextToken".to_owned(), Value::String(token));
        }
        let (of, region) = (clients.of(), clients.session.caller.region.as_str());
        let ask = || clients.scaling.ask(&of, region, "DescribeScalingActivities", input);
        let page = clients.call(&calls::SCALING_ACTIVITIES, "", ask).await?;
        let activities = page.get("ScalingActivities").and_then(Value::as_array);
        let events: Vec<TimelineEvent> =
            activities.into_iter().flatten().filter_map(|one| event(clients, one)).collect();
        let older = events.iter().any(|event| event.at < since);
        found.extend(events.into_iter().filter(|event| event.at >= since));
        next = page.get("NextToken").and_then(Value::as_str).map(str::to_owned);
        if older || next.is_none() {
            return Ok((found, None));
        }
    }
    Ok((found, Some(format!("the newest {} scaling activities", PAGES * 50))))
}

fn event(clients: &Clients, activity: &Value) -> Option<TimelineEvent> {
    let text = |member: &str| activity.get(member).and_then(Value::as_str);
    let at = super::trail::moment(activity.get("StartTime")?)?;
    // `service/CLUSTER/SERVICE`
    let mut parts = text("ResourceId")?.split('/').skip(1);
    let (cluster, service) = (parts.next()?, parts.next()?);
    let told = convert::line(text("Description"));
    let told = told.strip_suffix('.').unwrap_or(&told);
    let cause = convert::line(text("Cause"));
    let (status, said) = (text("StatusCode").unwrap_or_default(), convert::line(text("StatusMessage")));
    let (ended, tone) = match status {
        "Failed" | "Unfulfilled" => (format!(" {}: {said}", status.to_lowercase()), Tone::Bad),
        "Overridden" => (" overridden by another".to_owned(), Tone::Plain),
        _ => (String::new(), Tone::Plain),
    };
    let because = if cause.is_empty() { String::new() } else { format!(": {cause}") };
    // "… triggered policy NAME"
    let policy = cause.split_once("triggered policy ").map(|(_, rest)| rest);
    let policy = policy.and_then(|rest| rest.split([' ', ':', ',']).next()).unwrap_or_default();
    Some(TimelineEvent {
        id: format!("scaling {}", convert::name(text("ActivityId")?)),
        at,
        environment: clients.settings.name.clone(),
        key: Some(rows::key(&clients.settings, Kind::Ecs, cluster, service)),
        kind: EventKind::Scaling,
        name: count(told).map(|count| count.to_string()).unwrap_or_default(),
        text: format!("{told}{ended}{because}"),
        begins: false,
        who: if policy.is_empty() { String::new() } else { format!("policy {policy}") },
        tone,
    })
}

/// How many tasks it set: "Setting desired count to 1." (Application Auto Scaling's own example for ECS). Other activities,
/// such as a scheduled action's "Setting min capacity to 2 and max capacity to 6", set none.
fn count(told: &str) -> Option<u32> {
    let (_, rest) = told.split_once("desired count to ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_that_was_set_is_told_and_no_other_word() {
        for (told, wanted) in [
            ("Setting desired count to 6", Some(6)),
            ("Setting desired count to 12 (was 4)", Some(12)),
            ("Setting min capacity to 2 and max capacity to 6", None),
            ("Attempting to scale due to alarm triggered", None),
            ("Setting desired count to many", None),
        ] {
            assert_eq!(count(told), wanted, "{told}");
        }
    }
}
