//! A plan kept in a file: what was wished for, and on what world it was made. It is made anew before it is flown,
//! and refused where the world has moved.

use super::{Draft, Wish};
use crate::model::{Refusal, RunKind, ServiceKey, Stamp};
use serde::{Deserialize, Serialize};

/// Version of the format that is written and read.
const FORMAT: u32 = 1;

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
}

impl PlanFile {
    /// The file of a plan.
    pub fn of(draft: &Draft, wish: &Wish, now: Stamp) -> Self {
        let (plan, facts) = (&draft.plan, &draft.facts);
        Self {
            format: FORMAT,
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
    /// A [`Refusal`] where it is none, or a later flightdeck wrote it.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
            Refusal::new(format!("the plan cannot be read: {error}"), "make it anew with --plan --out")
        })?;
        let format = value.get("format").and_then(serde_json::Value::as_u64);
        if format.is_some_and(|format| format > u64::from(FORMAT)) {
            return Err(Refusal::new(
                "the plan was made by a later version of flightdeck",
                "fly it with that version, or make it anew",
            ));
        }
        serde_json::from_value(value).map_err(|error| {
            Refusal::new(format!("the file is not a plan: {error}"), "make it anew with --plan --out")
        })
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
                format!(
                    "the plan is of another world: {what} was {}, and is {}",
                    or_none(then),
                    or_none(now)
                ),
                "look at what changed, then make the plan anew",
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
            ("the image to be put in place", &then.wanted_image, &is.wanted_image),
            ("its digest", &digest(&then.wanted_digest), &digest(&is.wanted_digest)),
            ("the list of its steps", &self.steps.join(", "), &now.steps.join(", ")),
            ("the list of what it may call", &self.writes.join(", "), &now.writes.join(", ")),
        ] {
            if then != now {
                return Err(told(what, (then, now)));
            }
        }
        Ok(())
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "not known" } else { text }
}
