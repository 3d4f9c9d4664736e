//! What a journal says twice. A run that is taken up is judged by the first line of its journal and acts by its last memo;
//! files are edited, and both have to say the same: the service, its place, the steps, and what was confirmed.

use crate::model::{RunHeader, ServiceKey, secret, text};
use crate::ops::facts::{Facts, Stage, TaskOrder, started_by, token_again};
use crate::ops::watch::label;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What was confirmed, in JSON, as the first line of a journal keeps it: everything that a run does and that does not
/// change while it runs.
pub(super) fn confirmed(facts: &Facts) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    let mut tell = |what: &str, value: Value| {
        if !value.is_null() {
            told.insert(what.to_owned(), value.to_string());
        }
    };
    tell("the service", json(&facts.service_arn));
    tell("the cluster", json(&facts.cluster));
    tell("the task to be stopped", json(&facts.task));
    tell("the hook", json(&facts.hook));
    tell("the operations", json(&facts.writes));
    tell("the window", json(&facts.verify.as_ref().map(|verify| verify.settings.clone())));
    tell("the lock", json(&facts.lock.as_ref().map(|lock| (&lock.place, &lock.record, lock.ttl_ms))));
    for (index, order) in facts.orders.iter().enumerate() {
        tell(&format!("command {}", index + 1), command(order));
    }
    for (index, template) in facts.templates.iter().enumerate() {
        let members = json(template);
        tell(&format!("copy {}", index + 1), without(members, &["arn"]));
    }
    if facts.back.is_none() {
        tell("the steps", json(&facts.stages));
        if !facts.templates.iter().any(|template| template.deployed) {
            tell("the revision", json(&facts.definition));
        }
        tell("the way back", json(&facts.way_back));
        tell("the image", json(&facts.image));
        tell("the tag", without(json(&facts.tag), &["doubted"]));
    }
    told
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn without(mut value: Value, names: &[&str]) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
    value
}

/// What of a command does not change. Masks have keys of their own in each process.
fn command(order: &TaskOrder) -> Value {
    let changing = [
        "command",
        "client_token",
        "refused",
        "asked_at",
        "token_at",
        "task",
        "process",
        "done",
        "ended",
        "doubted",
    ];
    let mut value = without(json(order), &changing);
    let words: Vec<String> =
        secret::words(&order.asked.command).iter().map(|word| secret::unkeyed(word)).collect();
    if let Value::Object(members) = &mut value {
        members.insert("command".to_owned(), json(&words));
    }
    value
}

/// What of the memo contradicts what the run began with, a clause; none where nothing does. `begun` is what the first line
/// keeps of what was confirmed: nothing in journals of versions before this one, of which less can be said.
pub(super) fn contradiction(
    header: &RunHeader,
    steps: &[String],
    begun: &BTreeMap<String, String>,
    facts: &Facts,
) -> Option<String> {
    (facts.key != header.key)
        .then(|| {
            format!("it is of {} in one place, and of {} in another", whole(&header.key), whole(&facts.key))
        })
        .or_else(|| elsewhere(header, facts))
        .or_else(|| other_steps(steps, begun, facts))
        .or_else(|| other_tokens(header, facts))
        .or_else(|| other_definition(begun, facts))
        .or_else(|| {
            let now = confirmed(facts);
            let (name, then) = begun.iter().find(|(name, then)| match now.get(*name) {
                Some(now) => now != *then,
                // on the way back these are others, which were compared with the steps
                None => facts.back.is_none(),
            })?;
            let is = now.get(name).map_or("nothing", String::as_str);
            Some(format!("{name} was confirmed as {then}, and is {is}"))
        })
        .or_else(|| {
            let more =
                confirmed(facts).into_keys().find(|name| !begun.is_empty() && !begun.contains_key(name));
            more.map(|name| format!("{name} was not confirmed"))
        })
        .map(|what| text::line(&what))
}

/// A key with all its parts.
fn whole(key: &ServiceKey) -> String {
    format!("{} {} in cluster “{}” of {}", key.kind.word(), key.name, key.cluster, key.environment)
}

/// Whatever it names is in the account and the region of the run, and its tasks in their cluster.
fn elsewhere(header: &RunHeader, facts: &Facts) -> Option<String> {
    let wrong = |arn: &str| {
        let mut parts = arn.split(':').skip(3);
        let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let other = |told: &str, own: &str| !told.is_empty() && !own.is_empty() && told != own;
        other(region, &header.region) || other(account, &header.account)
    };
    let orders = || facts.orders.iter();
    let arns = [&facts.service_arn, &facts.earlier_definition, &facts.completed_definition]
        .into_iter()
        .chain([&facts.definition, &facts.service_deployment, &facts.task].into_iter().flatten())
        .chain(orders().map(|order| &order.asked.task_definition))
        .chain(orders().filter_map(|order| order.task.as_ref()))
        .chain(facts.templates.iter().map(|template| &template.definition))
        .chain(facts.templates.iter().filter_map(|template| template.arn.as_ref()));
    let arn = arns.into_iter().find(|arn| arn.starts_with("arn:") && wrong(arn));
    let stray = || {
        orders().find_map(|order| {
            let task = order.task.as_deref()?;
            let cluster = task.split_once(":task/").and_then(|(_, path)| path.split_once('/'))?.0;
            let own = order.asked.cluster.rsplit('/').next().unwrap_or_default();
            (cluster != own).then(|| format!("{task} is not in cluster {own}"))
        })
    };
    arn.map(|arn| format!("{arn} is not in account {} and {}", header.account, header.region)).or_else(stray)
}

/// Its steps are those that were told, as many, and none calls what was not planned.
fn other_steps(steps: &[String], begun: &BTreeMap<String, String>, facts: &Facts) -> Option<String> {
    let told = facts.back.as_ref().map_or(steps.len(), |back| back.from.saturating_add(back.steps.len()));
    if told != facts.stages.len() {
        return Some(format!("it was planned with {told} steps, and has {}", facts.stages.len()));
    }
    let calls = facts.stages.iter().filter_map(|stage| stage.operation());
    if let Some(other) = calls.into_iter().find(|call| !facts.writes.iter().any(|planned| planned == call)) {
        return (!facts.writes.is_empty())
            .then(|| format!("{other} is among its steps, and was not planned"));
    }
    let back = facts.back.as_ref()?;
    let read = |name: &str| begun.get(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let (planned, way): (Vec<Stage>, Vec<(Stage, String)>) = (
        serde_json::from_value(read("the steps")?).ok()?,
        serde_json::from_value(read("the way back").and_then(|mut way| Some(way.get_mut("stages")?.take()))?)
            .ok()?,
    );
    let unlock = planned.contains(&Stage::Unlock).then_some(Stage::Unlock);
    let first = planned.into_iter().take(back.from);
    let expected: Vec<Stage> = first.chain(way.into_iter().map(|(stage, _)| stage)).chain(unlock).collect();
    (expected != facts.stages).then(|| "its rollback steps are not the ones that were confirmed".to_owned())
}

/// Copies are of the family that they were made from, and the service is set to the one that is deployed, or to what was
/// confirmed where none is made.
fn other_definition(begun: &BTreeMap<String, String>, facts: &Facts) -> Option<String> {
    let copied = facts.templates.iter().filter_map(|template| Some((template, template.arn.as_deref()?)));
    let family = |arn: &str| label(arn).rsplit_once(':').map(|(family, _)| family.to_owned());
    let stranger = copied.into_iter().find(|(template, arn)| family(arn).as_ref() != Some(&template.family));
    if let Some((template, arn)) = stranger {
        return Some(format!("{arn} is no copy of {}", label(&template.definition)));
    }
    let deployed = facts.templates.iter().find(|template| template.deployed);
    let wanted = match (&facts.back, deployed) {
        (None, Some(template)) => template.arn.clone(),
        // compared as it was confirmed
        (None, None) => return None,
        (Some(_), _) => {
            let way: Value = serde_json::from_str(begun.get("the way back")?).ok()?;
            // none where a copy is registered for it
            Some(way.get("definition")?.as_str()?.to_owned())
        }
    };
    (facts.definition != wanted).then(|| {
        let told = |arn: &Option<String>| arn.as_deref().map_or("no revision", label).to_owned();
        format!(
            "the service is to be set to {}, and the journal says {}",
            told(&wanted),
            told(&facts.definition)
        )
    })
}

/// The tokens of its tasks are those of its run.
fn other_tokens(header: &RunHeader, facts: &Facts) -> Option<String> {
    let run: &str = &header.id.0;
    let mut orders = facts.orders.iter().enumerate().filter(|(_, order)| !order.asked.cluster.is_empty());
    let other = orders.find(|(index, order)| {
        order.asked.client_token != token_again(run, *index, order.refused)
            || order.asked.started_by != started_by(run)
    })?;
    Some(format!("the token of {} belongs to another run", other.1.what()))
}
