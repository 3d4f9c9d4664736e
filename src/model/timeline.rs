//! What happened, when, where, and who did it: the entries of the timeline, and how they are put together.

use super::{EnvironmentName, Kind, ServiceKey, Stamp};
use std::{collections::HashSet, sync::Arc};

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A change that somebody asked for, as CloudTrail tells it.
    Change,
    /// A run of a flightdeck.
    Run,
    /// A service deployment of ECS, or an operation of App Runner.
    Deployment,
    /// Application Auto Scaling.
    Scaling,
    /// A task that died.
    Task,
    /// An alarm that changed its state.
    Alarm,
}

impl EventKind {
    /// All of them, causes before what follows from them: the order of what happened in one moment.
    pub const ALL: [Self; 6] =
        [Self::Change, Self::Run, Self::Deployment, Self::Scaling, Self::Task, Self::Alarm];

    /// The word for it in tables, filters and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Run => "run",
            Self::Deployment => "deploy",
            Self::Scaling => "scaling",
            Self::Task => "task",
            Self::Alarm => "alarm",
        }
    }

    /// Who tells it, as the source is called.
    pub fn source(self, kind: Option<Kind>) -> &'static str {
        match self {
            Self::Change => "CloudTrail",
            Self::Run => "flightdeck",
            Self::Deployment if kind == Some(Kind::AppRunner) => "App Runner",
            Self::Deployment | Self::Task => "ECS",
            Self::Scaling => "Application Auto Scaling",
            Self::Alarm => "CloudWatch",
        }
    }
}

/// How something that happened is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Neither good nor bad.
    Plain,
    /// Something ended well.
    Good,
    /// Something is or went wrong.
    Bad,
}

impl Tone {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// An entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEvent {
    /// What makes it the same one when it is read again, or by another environment of the account.
    pub id: String,
    /// When.
    pub at: Stamp,
    /// The environment that it was read for.
    pub environment: EnvironmentName,
    /// The service it is about, where it is about one.
    pub key: Option<ServiceKey>,
    /// What kind of thing.
    pub kind: EventKind,
    /// What an alarm, a task or a change is called; empty for what the service names.
    pub name: String,
    /// What happened, a clause.
    pub text: String,
    /// Who did it; empty where nobody tells.
    pub who: String,
    /// Good or bad.
    pub tone: Tone,
}

/// The most that is kept.
pub const EVENTS_MAX: usize = 2_000;

/// A change and what came of it are this close, milliseconds: CloudTrail tells seconds, and ECS and App Runner begin what
/// was asked for within moments.
const FOLLOWS_MS: i64 = 120_000;

/// Puts entries together: newest first, in one moment what follows above what it follows from, each once, and whoever asked
/// for a deployment beside it instead of above it.
pub fn merged(events: impl IntoIterator<Item = Arc<TimelineEvent>>, most: usize) -> Vec<Arc<TimelineEvent>> {
    let mut all: Vec<Arc<TimelineEvent>> = events.into_iter().collect();
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.kind.cmp(&a.kind)).then_with(|| a.id.cmp(&b.id)));
    let mut seen = HashSet::new();
    all.retain(|event| seen.insert(event.id.clone()));
    attribute(&mut all);
    all.truncate(most);
    all
}

/// Gives deployments the one who asked for them.
fn attribute(all: &mut Vec<Arc<TimelineEvent>>) {
    let mut told: HashSet<String> = HashSet::new();
    // oldest last: each change belongs to the first that follows it
    for at in (0..all.len()).rev() {
        let Some(change) =
            all.get(at).filter(|one| one.kind == EventKind::Change && one.tone == Tone::Plain).cloned()
        else {
            continue;
        };
        let follows = |one: &TimelineEvent| {
            one.kind == EventKind::Deployment
                && one.who.is_empty()
                && one.key.is_some()
                && one.key == change.key
                // CloudTrail cuts moments to the second
                && (-1_000..FOLLOWS_MS).contains(&one.at.since(change.at))
        };
        let near = all.iter().take(at.saturating_add(8)).rposition(|one| follows(one));
        if let Some(deployment) = near.and_then(|place| all.get_mut(place)) {
            Arc::make_mut(deployment).who.clone_from(&change.who);
            told.insert(change.id.clone());
        }
    }
    all.retain(|event| !told.contains(&event.id));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, at: i64, kind: EventKind, who: &str) -> Arc<TimelineEvent> {
        Arc::new(TimelineEvent {
            id: id.to_owned(),
            at: Stamp(at * 1000),
            environment: "prod".into(),
            key: Some(ServiceKey::new("prod", Kind::Ecs, "prod", "api")),
            kind,
            name: String::new(),
            text: id.to_owned(),
            who: who.to_owned(),
            tone: Tone::Plain,
        })
    }

    #[test]
    fn what_follows_is_above_what_it_follows_from() {
        let order: Vec<String> = merged(
            [
                event("died", 200, EventKind::Task, ""),
                event("fires", 200, EventKind::Alarm, ""),
                event("run", 100, EventKind::Run, "ana@host"),
                event("began", 100, EventKind::Deployment, ""),
                event("began", 100, EventKind::Deployment, ""),
            ],
            10,
        )
        .iter()
        .map(|one| one.id.clone())
        .collect();
        assert_eq!(order, ["fires", "died", "began", "run"]);
    }

    #[test]
    fn whoever_asked_for_a_deployment_is_told_beside_it() {
        let all = merged(
            [
                event("asked", 100, EventKind::Change, "ana"),
                event("began", 101, EventKind::Deployment, ""),
                event("ended", 400, EventKind::Deployment, ""),
                event("other", 900, EventKind::Change, "ben"),
            ],
            10,
        );
        let told: Vec<(&str, &str)> = all.iter().map(|one| (one.id.as_str(), one.who.as_str())).collect();
        assert_eq!(told, [("other", "ben"), ("ended", ""), ("began", "ana")]);
        assert_eq!(merged(all, 1).len(), 1, "no more than is kept");
    }
}
