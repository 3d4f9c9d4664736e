//! What differs from the last good revision, and events without what is said every six hours.

use super::words;
use crate::model::{RolloutEvent, Stamp, TaskDefinition};
use serde_json::Value;

/// What differs between two definitions, in a clause each: names and sizes, and never a value that may be secret.
pub fn between(old: &TaskDefinition, new: &TaskDefinition) -> Vec<String> {
    let mut told = Vec::new();
    for (name, member) in [
        ("cpu", "cpu"),
        ("memory", "memory"),
        ("execution role", "executionRoleArn"),
        ("task role", "taskRoleArn"),
    ] {
        let of = |d: &TaskDefinition| d.shown.get(member).map(text).unwrap_or_default();
        change(&mut told, name, &of(old), &of(new));
    }
    let containers = |d: &TaskDefinition| -> Vec<Value> {
        d.shown.get("containerDefinitions").and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (before, after) = (containers(old), containers(new));
    let name = |c: &Value| c.get("name").map(text).unwrap_or_default();
    for one in &after {
        let Some(was) = before.iter().find(|c| name(c) == name(one)) else {
            told.push(format!("container {} is new", name(one)));
            continue;
        };
        let of = if after.len() > 1 { format!("{}: ", name(one)) } else { String::new() };
        for member in ["image", "command", "entryPoint", "cpu", "memory", "memoryReservation", "user"] {
            let show = |c: &Value| match (member, c.get(member)) {
                (_, None) => String::new(),
                ("image", Some(image)) => text(image).rsplit('/').next().unwrap_or_default().to_owned(),
                (_, Some(value)) => text(value),
            };
            change(&mut told, &format!("{of}{member}"), &show(was), &show(one));
        }
        if was.pointer("/portMappings/0/containerPort") != one.pointer("/portMappings/0/containerPort") {
            let port = |c: &Value| c.pointer("/portMappings/0/containerPort").map(text).unwrap_or_default();
            change(&mut told, &format!("{of}port"), &port(was), &port(one));
        }
        for (list, member, word) in [("environment", "value", "variable"), ("secrets", "valueFrom", "secret")]
        {
            named(&mut told, &of, word, member, was.get(list), one.get(list));
        }
    }
    told
}

fn change(told: &mut Vec<String>, name: &str, was: &str, is: &str) {
    if was == is {
        return;
    }
    let or =
        |text: &str| if text.is_empty() { "nothing".to_owned() } else { words::clip(&words::plain(text)) };
    told.push(format!("{name} {} → {}", or(was), or(is)));
}

/// Which names came, went, or mean something else.
fn named(
    told: &mut Vec<String>,
    of: &str,
    word: &str,
    member: &str,
    was: Option<&Value>,
    is: Option<&Value>,
) {
    let list = |value: Option<&Value>| -> Vec<(String, String)> {
        let all = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .map(|p| {
                (p.get("name").map(text).unwrap_or_default(), p.get(member).map(text).unwrap_or_default())
            })
            .collect()
    };
    let (was, is) = (list(was), list(is));
    for (name, value) in &is {
        match was.iter().find(|(old, _)| old == name) {
            None => told.push(format!("{of}{word} {name} is new")),
            Some((_, old)) if old != value => told.push(format!("{of}{word} {name} changed")),
            Some(_) => {}
        }
    }
    for (name, _) in was.iter().filter(|(name, _)| !is.iter().any(|(new, _)| new == name)) {
        told.push(format!("{of}{word} {name} is gone"));
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Events in a line each: without the service's own name, ids and ARNs, and each once with how often it was said. What
/// AWS repeats every six hours is left out.
pub fn events(events: &[RolloutEvent], most: usize, clock: &dyn Fn(Stamp) -> String) -> Vec<String> {
    let tidy = |text: &str| text.trim_end_matches([':', '.', ' ']).to_owned();
    let mut told: Vec<(String, String, Stamp, usize)> = Vec::new();
    for event in events.iter().take(60) {
        let bare = event
            .text
            .strip_prefix("(service ")
            .and_then(|rest| rest.split_once(") "))
            .map_or(event.text.as_str(), |(_, rest)| rest);
        if bare.starts_with("has reached a steady state") {
            continue;
        }
        let bare = bare.split(" For more information").next().unwrap_or(bare);
        let shown = without_deployment(&words::plain(bare));
        let key: String = without_ids(&shown);
        match told.iter_mut().find(|known| known.0 == key) {
            Some(known) => known.3 += 1,
            None => told.push((key, shown, event.at, 1)),
        }
    }
    told.into_iter()
        .take(most)
        .map(|(key, shown, at, count)| {
            // which tasks it started and stopped, their own lines tell
            let ids = ["has started ", "has stopped "].iter().any(|verb| shown.starts_with(verb));
            if count == 1 && ids {
                format!("{} {}", clock(at), tidy(&key))
            } else if count == 1 {
                format!("{} {}", clock(at), tidy(&shown))
            } else {
                format!("{} {} ({count} times)", clock(at), tidy(&key))
            }
        })
        .collect()
}

/// `(deployment ecs-svc/572…) deployment completed`: the id tells nobody anything.
fn without_deployment(text: &str) -> String {
    let own = text.split_once("(deployment ecs-svc/").and_then(|(before, rest)| {
        let (id, after) = rest.split_once(')')?;
        let plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_digit());
        plain.then(|| format!("{before}{}", after.trim_start()))
    });
    let text = own.unwrap_or_else(|| text.to_owned());
    match text.split_once(" to deployment ecs-svc/") {
        Some((before, id)) if id.chars().all(|c| c.is_ascii_digit() || c == '.') => {
            format!("{before} to the deployment before")
        }
        _ => text,
    }
}

/// A text in which what differs from task to task is left out.
fn without_ids(text: &str) -> String {
    let id = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        (bare.len() >= 16 && bare.chars().all(|c| c.is_ascii_hexdigit() || c == '-'))
            || (bare.matches('.').count() == 3 && bare.chars().all(|c| c.is_ascii_digit() || c == '.'))
    };
    let mut out: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        if !id(word) {
            out.push(word);
        } else if out.last().is_some_and(|last| last.starts_with('(')) {
            out.pop();
        }
    }
    out.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_once_and_short() {
        let event =
            |n: i64, text: &str| RolloutEvent { id: n.to_string(), at: Stamp(n), text: text.to_owned() };
        let all = [
            event(9, "(service web) has started 1 tasks: (task 0123456789abcdef0123456789abcdef)."),
            event(8, "(service web) has started 1 tasks: (task 1123456789abcdef0123456789abcdef)."),
            event(7, "(service web) has reached a steady state."),
            event(
                6,
                "(service web) deregistered 1 targets in (target-group arn:aws:elasticloadbalancing:r:1:targetgroup/web/1)",
            ),
            event(5, "(service web) has reached a steady state."),
            event(4, "(service web) (deployment ecs-svc/8887886075254623826) deployment completed."),
            event(3, "(service web) rolling back to deployment ecs-svc/4114178141306116066."),
            event(2, "(service web) has stopped 1 running tasks: (task 790a67c17f6cc80af9d09ce83b074d45)."),
        ];
        let told = events(&all, 6, &|at| at.0.to_string());
        assert_eq!(
            told,
            [
                "9 has started 1 tasks (2 times)",
                "6 deregistered 1 targets in (target-group web)",
                "4 deployment completed",
                "3 rolling back to the deployment before",
                "2 has stopped 1 running tasks",
            ]
        );
    }
}
