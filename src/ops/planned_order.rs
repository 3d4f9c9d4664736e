//! The commands of a plan as its file keeps them: enough to see that what is run is what was planned, to the last word
//! and the last variable, and none of their secrets.

use super::facts::TaskOrder;
use crate::model::secret;
use ring::pbkdf2;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, num::NonZeroU32};

/// Rounds of PBKDF2 behind a digest: a few milliseconds, so that short secrets are not found by trying them all.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9_999);

/// Bytes of a digest.
const DIGEST: usize = 16;

/// A command as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedOrder {
    /// Its words, secrets among them masked.
    pub command: Vec<String>,
    /// The digest of its words as they are, salted with the run's id.
    pub command_digest: String,
    /// The variables set for it: names, and digests of values.
    pub variables: Vec<(String, String)>,
    /// Everything else it is run with, in JSON: cluster, definition, container, network, time-out, token, …
    pub particulars: BTreeMap<String, String>,
}

impl PlannedOrder {
    /// What a file keeps of an order of the run `run`.
    pub(super) fn of(order: &TaskOrder, run: &str) -> Self {
        let members = match serde_json::to_value(order) {
            Ok(Value::Object(members)) => members,
            _ => serde_json::Map::default(),
        };
        let others = members.into_iter().filter(|(name, _)| name != "command");
        let variable = |(name, value): &(String, String)| (name.clone(), digest(run, [name, value]));
        Self {
            command: secret::words(&order.asked.command),
            command_digest: digest(run, &order.asked.command),
            variables: order.asked.environment.iter().map(variable).collect(),
            particulars: others
                .map(|(name, value)| {
                    let told = in_order(&name, value).to_string();
                    (name, told)
                })
                .collect(),
        }
    }

    /// What another one does differently, a clause; none where nothing is.
    pub(super) fn difference(&self, now: &Self) -> Option<String> {
        if self.command_digest != now.command_digest || self.command.len() != now.command.len() {
            return Some(format!("the command was {}, and is {}", list(&self.command), list(&now.command)));
        }
        let names = |order: &Self| order.variables.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if names(self) != names(now) {
            let told = |names: Vec<String>| {
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            };
            let (then, is) = (told(names(self)), told(names(now)));
            return Some(format!("the variables that the command is run with were {then}, and are {is}"));
        }
        let changed = self.variables.iter().zip(&now.variables).find(|(then, now)| then != now);
        if let Some(((name, _), _)) = changed {
            return Some(format!("the variable {name} of the command had another value"));
        }
        particulars(&self.particulars, &now.particulars, "of the command")
    }
}

/// The first of several particulars that is another one, a clause.
pub(super) fn particulars(
    then: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    whose: &str,
) -> Option<String> {
    let none = "nothing".to_owned();
    then.keys().chain(now.keys()).find_map(|name| {
        let (then, now) = (then.get(name).unwrap_or(&none), now.get(name).unwrap_or(&none));
        (then != now).then(|| format!("{} {whose} was {then}, and is {now}", name.replace('_', " ")))
    })
}

/// Lists that AWS tells in an order of its own, which means nothing.
const UNORDERED: [&str; 6] =
    ["subnets", "security_groups", "tags", "constraints", "volumes", "capacity_providers"];

/// The same value with what AWS tells in an order of its own in one order.
fn in_order(name: &str, value: Value) -> Value {
    match value {
        Value::Array(mut items) => {
            if UNORDERED.contains(&name) {
                items.sort_by_cached_key(ToString::to_string);
            }
            Value::Array(items.into_iter().map(|item| in_order("", item)).collect())
        }
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let value = in_order(&name, value);
                (name, value)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        other => other,
    }
}

/// Words with what parts them, as the configuration writes them.
fn list(words: &[String]) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

/// The digest of these texts, each told with its length, in hexadecimal digits.
fn digest<'a>(salt: &str, texts: impl IntoIterator<Item = &'a String>) -> String {
    let (mut told, mut count) = (Vec::new(), 0_u32);
    for text in texts {
        told.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        told.extend_from_slice(text.as_bytes());
        count = count.saturating_add(1);
    }
    // how many there are stands first: to HMAC, zeros at the end of a key are no part of it
    told.splice(0..0, count.to_be_bytes());
    let mut out = [0_u8; DIGEST];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt.as_bytes(), &told, &mut out);
    out.iter().fold(String::with_capacity(2 * DIGEST), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_told_apart_from_their_text() {
        let words = |words: &[&str]| digest("r", &words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert_ne!(words(&["goose", "-dir", "migrations", "up"]), words(&["goose", "-dir", "migrations up"]));
        assert_ne!(words(&["a", ""]), words(&["a"]));
        assert_ne!(digest("r", &["a".to_owned()]), digest("s", &["a".to_owned()]), "each plan has its salt");
        assert_eq!(words(&["a"]).len(), 2 * DIGEST);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn other_words_have_another_digest(
            a in prop::collection::vec("[ -~]{0,4}", 0..4), b in prop::collection::vec("[ -~]{0,4}", 0..4)
        ) {
            prop_assert_eq!(a == b, digest("r", &a) == digest("r", &b));
        }
    }
}
