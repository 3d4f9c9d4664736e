//! A plan kept in a file: what was wished for, and on what world it was made. It is made anew before it runs,
//! and refused where the world has moved.

use super::planned_order::{PlannedOrder, particulars};
use super::{Draft, Wish};
use crate::model::{Refusal, RunId, RunKind, ServiceKey, Stamp, text};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// Version of the format that is written and read. Those before 2 have no run, and could be applied as often as they were
/// called.
const FORMAT: u32 = 2;

/// What a plan was made on, and what it puts in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// Twelve digits.
    pub account: String,
    /// Region.
    pub region: String,
    /// The service's ARN.
    pub service_arn: String,
    /// The task definition that was set; empty for App Runner.
    pub task_definition: String,
    /// The image that was set.
    pub image: String,
    /// Its digest, as far as known.
    pub digest: Option<String>,
    /// The image that is put in place; empty where none is.
    pub wanted_image: String,
    /// Its digest, as far as known.
    pub wanted_digest: Option<String>,
}

/// A plan in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Version of the format.
    pub format: u32,
    /// The run that it is: it runs once, under this id, and idempotency tokens derive from it on every machine.
    pub run: RunId,
    /// When it was made.
    pub made_at: Stamp,
    /// What was wished for.
    pub wish: Wish,
    /// What it does.
    pub kind: RunKind,
    /// On which service.
    pub key: ServiceKey,
    /// Its title.
    pub title: String,
    /// What ran when it was made.
    pub from: String,
    /// What it puts in place.
    pub to: String,
    /// Its steps.
    pub steps: Vec<String>,
    /// The operations that it may call.
    pub writes: Vec<String>,
    /// What it was made on.
    pub world: World,
    /// The commands that it runs, in their order.
    pub orders: Vec<PlannedOrder>,
    /// What guards it, in JSON: the lock, the window and what becomes of a change without evidence, the way back.
    pub guards: BTreeMap<String, String>,
}

/// Reads a plan, or what holds one: JSON of this version's `format`.
///
/// # Errors
/// A [`Refusal`] with line and column where it is none, or another version of flightdeck wrote it.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let anew = "make a new one with --plan --out FILE";
    let none =
        |error: &serde_json::Error| Refusal::new(format!("this is not a saved plan: {}", cited(error)), anew);
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| none(&error))?;
    if let Some(format) = value.get("format").and_then(serde_json::Value::as_u64) {
        is_current(format)?;
    }
    // from the text again: a value knows no line
    serde_json::from_str(text).map_err(|error| none(&error))
}

impl PlanFile {
    /// The file of a plan.
    pub fn of(draft: &Draft, wish: &Wish, now: Stamp) -> Self {
        let (plan, facts) = (&draft.plan, &draft.facts);
        Self {
            format: FORMAT,
            run: plan.run.clone(),
            made_at: now,
            wish: wish.clone(),
            kind: plan.kind,
            key: plan.key.clone(),
            title: plan.title.clone(),
            from: plan.from.clone(),
            to: plan.to.clone(),
            steps: plan.steps.clone(),
            writes: plan.writes.iter().map(|w| (*w).to_owned()).collect(),
            world: World {
                account: plan.account.clone(),
                region: plan.region.clone(),
                service_arn: facts.service_arn.clone(),
                task_definition: facts.earlier_definition.clone(),
                image: facts.earlier_image.clone(),
                digest: facts.earlier_digest.clone(),
                wanted_image: facts.image.clone(),
                wanted_digest: facts.digest.clone(),
            },
            orders: facts.orders.iter().map(|order| PlannedOrder::of(order, &plan.run.0)).collect(),
            guards: guards(draft),
        }
    }

    /// Its text.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads one.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn read(text: &str) -> Result<Self, Refusal> {
        parse(text)
    }

    /// Whether what it says of itself can be: its format, its run, and when it was made.
    ///
    /// # Errors
    /// A [`Refusal`] where another version made it, or it was changed since.
    pub fn check(&self) -> Result<(), Refusal> {
        is_current(u64::from(self.format))?;
        if self.run.begun_at() != Some(self.made_at) {
            let why = "the plan was changed since it was made: its run ID and creation time do not match";
            return Err(Refusal::new(why, "make a new one with --plan --out"));
        }
        Ok(())
    }

    /// Whether a plan that was made just now is the same as this one.
    ///
    /// # Errors
    /// A [`Refusal`] that says what has moved.
    pub fn matches(&self, draft: &Draft) -> Result<(), Refusal> {
        let now = Self::of(draft, &self.wish, self.made_at);
        let (then, is) = (&self.world, &now.world);
        let service = (self.key.to_string(), now.key.to_string());
        let kind = (self.kind.word().to_owned(), now.kind.word().to_owned());
        let digest = |digest: &Option<String>| digest.clone().unwrap_or_default();
        let told = |what: &str, (then, now): (&str, &str)| {
            Refusal::new(
                format!("the plan no longer fits: {what} was {}, and is {}", or_none(then), or_none(now)),
                "look at what changed, then make a new plan",
            )
        };
        for (what, then, now) in [
            ("the account", then.account.as_str(), is.account.as_str()),
            ("the region", &then.region, &is.region),
            ("the service", &service.0, &service.1),
            ("the service's ARN", &then.service_arn, &is.service_arn),
            ("the operation", &kind.0, &kind.1),
            ("the task definition that is set", &then.task_definition, &is.task_definition),
            ("the image that is set", &then.image, &is.image),
            ("the digest that runs", &digest(&then.digest), &digest(&is.digest)),
            ("the image to be deployed", &then.wanted_image, &is.wanted_image),
            ("its digest", &digest(&then.wanted_digest), &digest(&is.wanted_digest)),
            ("the list of its steps", &self.steps.join(", "), &now.steps.join(", ")),
            ("the list of what it may call", &self.writes.join(", "), &now.writes.join(", ")),
        ] {
            if then != now {
                return Err(told(what, (then, now)));
            }
        }
        let moved = self.orders.iter().zip(&now.orders).find_map(|(then, now)| then.difference(now));
        let count = (self.orders.len() != now.orders.len())
            .then(|| format!("it ran {} commands, and runs {}", self.orders.len(), now.orders.len()));
        match count.or(moved).or_else(|| particulars(&self.guards, &now.guards, "of the plan")) {
            Some(what) => Err(Refusal::new(
                format!("the plan is not what it was: {}", text::line(&what)),
                "look at what changed in the configuration, then make a new plan",
            )),
            None => Ok(()),
        }
    }
}

/// Whether this version reads and writes plans of that format.
fn is_current(format: u64) -> Result<(), Refusal> {
    let told = match format.cmp(&u64::from(FORMAT)) {
        std::cmp::Ordering::Equal => return Ok(()),
        std::cmp::Ordering::Greater => "written by a newer flightdeck",
        std::cmp::Ordering::Less => "written by an earlier flightdeck",
    };
    let why = format!("{told} (format {format}, this one reads {FORMAT})");
    Err(Refusal::new(why, "make a new one with --plan --out FILE"))
}

/// What stands between the plan and its change, as it is configured, and what becomes of it when it fails.
fn guards(draft: &Draft) -> BTreeMap<String, String> {
    let facts = &draft.facts;
    let json = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default().to_string();
    let lock = facts.lock.as_ref();
    let mut guards = BTreeMap::new();
    for (name, told) in [
        ("lock", lock.map(|lock| lock.place.to_string())),
        ("time_without_refresh", lock.map(|lock| format!("{} ms", lock.ttl_ms))),
        ("window", facts.verify.as_ref().map(|verify| json(serde_json::to_value(&verify.settings)))),
        ("way_back", facts.way_back.as_ref().map(|way| json(serde_json::to_value(way)))),
        ("tag", facts.tag.as_ref().map(|tag| json(serde_json::to_value(tag)))),
    ] {
        guards.extend(told.map(|told| (name.to_owned(), told)));
    }
    guards
}

/// What is wrong with a text, harmless though it cites the text.
fn cited(error: &serde_json::Error) -> String {
    text::line(&error.to_string())
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "not known" } else { text }
}
