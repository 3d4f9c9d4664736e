//! What is run and made on the way: one-off tasks, copies of task definitions, tags that are moved.

use crate::model::{
    Entry, LogRoute, LogSource, OneOffTask, Stamp, TaskDefinition, process::Process, secret, task::STARTED_BY,
};
use serde::{Deserialize, Serialize};

/// Milliseconds that a task may take to begin.
const START_MS: u64 = 1_800_000;

/// A command to be run once: in a task, as RunTask is asked, the same for every attempt; or on this machine. And what
/// has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(in crate::ops) struct TaskOrder {
    /// What is run; on this machine its command and variables alone count.
    #[serde(flatten)]
    pub(in crate::ops) asked: OneOffTask,
    /// Which of the run's copies its task definition is, where it is one.
    pub(in crate::ops) template: Option<usize>,
    /// How many variables there were: their values are not kept.
    #[serde(default)]
    pub(in crate::ops) variables: usize,
    /// Whether the task ends with the container, as its definition says.
    #[serde(default)]
    pub(in crate::ops) essential: Option<bool>,
    /// How often AWS had no room for it; each time it is asked for anew, with another token.
    #[serde(default)]
    pub(in crate::ops) refused: usize,
    /// Milliseconds it may take.
    pub(in crate::ops) timeout_ms: u64,
    /// Log group and stream prefix of the container: journals of versions before routes.
    pub(in crate::ops) log: Option<(String, String)>,
    /// Where the container's lines go, and the region of its environment.
    #[serde(default)]
    pub(in crate::ops) route: Option<(LogRoute, String)>,
    /// Whether it only checks, and migrates nothing.
    pub(in crate::ops) check: bool,
    /// When it was asked for, by this machine's clock.
    pub(in crate::ops) asked_at: Option<Stamp>,
    /// When its present token was sent first.
    #[serde(default)]
    pub(in crate::ops) token_at: Option<Stamp>,
    /// ARN of its task.
    pub(in crate::ops) task: Option<String>,
    /// Its process, where it runs on this machine.
    #[serde(default)]
    pub(in crate::ops) process: Option<Process>,
    /// Whether it ended with exit code 0.
    pub(in crate::ops) done: bool,
    /// Whether it is known to have ended, however.
    #[serde(default)]
    pub(in crate::ops) ended: bool,
    /// That a task was asked for with its present token was not answered at least once: whatever AWS answers later, one may
    /// have been started.
    #[serde(default)]
    pub(in crate::ops) doubted: bool,
}

impl TaskOrder {
    /// Whether its variables are there, as many as there were, and all words of its command.
    pub(in crate::ops) fn is_whole(&self) -> bool {
        self.asked.environment.len() == self.variables
            && !self.asked.command.iter().any(|word| secret::is_masked(word))
    }

    /// The stream of its task's container, once that is known.
    pub(in crate::ops) fn source(&self, runtime: Option<&str>) -> Option<LogSource> {
        let task = self.task.as_deref()?;
        let task = task.rsplit('/').next().unwrap_or(task);
        if let Some((route, region)) = &self.route {
            return route.of_task(&self.asked.container, region, task, runtime);
        }
        let (group, prefix) = self.log.as_ref()?;
        let stream = Some(format!("{prefix}/{}/{task}", self.asked.container));
        Some(LogSource { group: group.clone(), stream, ..LogSource::default() })
    }

    /// Since when its present token may have started a task; none where it was not sent.
    pub(in crate::ops) fn in_doubt_since(&self) -> Option<Stamp> {
        // journals of versions before this one kept the first asking alone
        self.token_at.or(self.asked_at.filter(|_| self.refused == 0))
    }

    /// Whether it was begun, or may have been, and is not known to have ended.
    pub(in crate::ops) fn may_run(&self) -> bool {
        let begun = self.task.is_some() || self.in_doubt_since().is_some() || self.process.is_some();
        begun && !self.done && !self.ended
    }

    /// What its task says it was started by.
    pub(in crate::ops) fn started_by(&self) -> &str {
        &self.asked.started_by
    }

    /// AWS declined for good what was asked for with the present token: it started nothing.
    pub(in crate::ops) fn declined(&mut self) {
        self.token_at = None;
        self.asked_at = None;
    }

    /// What it is, in a sentence.
    pub(in crate::ops) fn what(&self) -> &'static str {
        if self.check { "the check" } else { "the migration" }
    }

    /// The longest wait for a task to begin, milliseconds: AWS itself gives a task that waits for instances up half
    /// an hour after it was asked for.
    pub(in crate::ops) fn start_ms(&self) -> u64 {
        self.timeout_ms.max(START_MS)
    }

    /// What has not happened where it never started.
    pub(in crate::ops) fn nothing(&self) -> &'static str {
        if self.check { "nothing was checked" } else { "nothing was migrated" }
    }
}

/// The journal of a run with the commands as the configuration has them, where it keeps them without their secrets: for
/// whoever takes the run up.
pub fn completed(entries: &[Entry], configured: &[Vec<String>]) -> Vec<Entry> {
    let mut entries = entries.to_vec();
    let last = entries.iter_mut().rev().find_map(|entry| match entry {
        Entry::Memo { memo, .. } => Some(memo),
        _ => None,
    });
    let orders = last.and_then(|memo| memo.get_mut("orders")).and_then(serde_json::Value::as_array_mut);
    for own in orders.into_iter().flatten().filter_map(|order| order.get_mut("command")) {
        let words: Vec<String> = serde_json::from_value(own.clone()).unwrap_or_default();
        let known = configured.iter().find(|command| secret::is_of(&words, command));
        if let Some(command) = known.filter(|_| words.iter().any(|word| secret::is_masked(word))) {
            *own = serde_json::json!(command);
        }
    }
    entries
}

/// A copy of a task definition that is registered. Its document holds secrets and is not kept: it is made anew
/// from the original, which never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ops) struct Template {
    /// The original.
    pub(in crate::ops) definition: String,
    /// Its family.
    pub(in crate::ops) family: String,
    /// The container whose image is replaced: the application's, or the one that runs a command.
    pub(in crate::ops) container: String,
    /// Other containers that get the image too.
    #[serde(default)]
    pub(in crate::ops) also: Vec<String>,
    /// The image.
    pub(in crate::ops) image: String,
    /// Whether the service is set to it; else it only runs a command.
    pub(in crate::ops) deployed: bool,
    /// ARN of the copy, once it is registered.
    pub(in crate::ops) arn: Option<String>,
}

impl Template {
    /// A copy of `definition` with `image` in these containers, the application's first.
    pub(in crate::ops) fn of(
        definition: &TaskDefinition,
        containers: &[String],
        image: &str,
        deployed: bool,
    ) -> Self {
        let (container, also) = containers.split_first().unzip();
        Self {
            definition: definition.arn.clone(),
            family: definition.family.clone(),
            container: container.cloned().unwrap_or_default(),
            also: also.map(<[String]>::to_vec).unwrap_or_default(),
            image: image.to_owned(),
            deployed,
            arn: None,
        }
    }

    /// The containers that get the image.
    pub(in crate::ops) fn containers(&self) -> Vec<String> {
        std::iter::once(&self.container).chain(&self.also).cloned().collect()
    }
}

/// A tag that is moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ops) struct TagOrder {
    /// The repository, with its registry.
    pub(in crate::ops) repository: String,
    /// The image that gets it.
    pub(in crate::ops) digest: String,
    /// The tag.
    pub(in crate::ops) tag: String,
    /// That it is moved was asked for, and not answered.
    #[serde(default)]
    pub(in crate::ops) doubted: bool,
}

/// The idempotency token of a run's command: at most 64 characters of ASCII, the same for the same command of the
/// same run, different for different ones.
pub(in crate::ops) fn token(run: &str, index: usize) -> String {
    shortened("flightdeck-", &counted(run, index), 64)
}

/// The token of a command that AWS had no room for so often: what it declined, it did not start.
pub(in crate::ops) fn token_again(run: &str, index: usize, refused: usize) -> String {
    match refused {
        0 => token(run, index),
        _ => shortened("flightdeck-", &format!("{}_r{refused}", counted(run, index)), 64),
    }
}

/// What a task says it was started by: at most 128 of `[A-Za-z0-9-/_]`.
pub(in crate::ops) fn started_by(run: &str) -> String {
    shortened(STARTED_BY, run, 128)
}

fn counted(run: &str, index: usize) -> String {
    if index == 0 { run.to_owned() } else { format!("{run}_{index}") }
}

/// `prefix` and `text`; where `text` is too long or holds other characters than letters, digits, `-` and `_`,
/// these are replaced and a hash of the whole is put at the end, so that different texts stay different.
fn shortened(prefix: &str, text: &str, max: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.chars().all(plain) && prefix.len() + text.len() <= max {
        return format!("{prefix}{text}");
    }
    // FNV-1a: stable across builds, which the hasher of the standard library does not promise to be
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let room = max.saturating_sub(prefix.len() + 17);
    let kept: String = text.chars().map(|c| if plain(c) { c } else { '-' }).take(room).collect();
    format!("{prefix}{kept}-{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_ids_are_readable_in_tokens() {
        assert_eq!(token("0198f3-ab_1", 0), "flightdeck-0198f3-ab_1");
        assert_eq!(token("0198f3", 2), "flightdeck-0198f3_2");
        assert_eq!(started_by("0198f3"), "flightdeck/0198f3");
        assert_ne!(token("a b", 0), token("a-b", 0));
    }

    proptest! {
        #[test]
        fn tokens_are_what_aws_takes(run in any::<String>(), index in 0_usize..5) {
            let token = token(&run, index);
            prop_assert!(token.len() <= 64 && token.is_ascii());
            let again = token_again(&run, index, 3);
            prop_assert!(again.len() <= 64 && again.is_ascii() && again != token);
            let by = started_by(&run);
            prop_assert!(by.len() <= 128);
            prop_assert!(by.chars().all(|c| c.is_ascii_alphanumeric() || "-/_".contains(c)));
        }

        #[test]
        fn long_ids_stay_different(a in "[a-z0-9]{70,90}", b in "[a-z0-9]{70,90}", index in 0_usize..3) {
            prop_assume!(a != b);
            prop_assert_ne!(token(&a, index), token(&b, index));
            prop_assert_ne!(token(&a, index), token(&a, index + 1));
        }
    }
}
