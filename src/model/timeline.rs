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
    /// It is the beginning of what somebody asked for: a deployment or an operation that began, a change that begins one.
    pub begins: bool,
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

/// CloudTrail cuts moments to the second: what followed may seem to have been before.
const CUT_MS: i64 = 1_000;

/// Gives deployments that began the one who asked for them: whoever asked last before. What ended then, of another's, has
/// nobody else's name on it.
fn attribute(all: &mut Vec<Arc<TimelineEvent>>) {
    let mut told: HashSet<usize> = HashSet::new();
    // the oldest first
    for at in (0..all.len()).rev() {
        let Some(began) = all.get(at) else { continue };
        if began.kind != EventKind::Deployment
            || !began.begins
            || !began.who.is_empty()
            || began.key.is_none()
        {
            continue;
        }
        // from the newest that may have been before it, as far back as anything it can follow from
        let newest = all.partition_point(|one| one.at > began.at.plus(CUT_MS));
        let asked = all
            .iter()
            .enumerate()
            .skip(newest)
            .take_while(|(_, one)| began.at.since(one.at) < FOLLOWS_MS)
            .find(|(place, one)| {
                one.kind == EventKind::Change
                    && one.begins
                    && one.tone == Tone::Plain
                    && one.key == began.key
                    && !told.contains(place)
            });
        let Some((place, who)) = asked.map(|(place, one)| (place, one.who.clone())) else { continue };
        told.insert(place);
        if let Some(began) = all.get_mut(at) {
            Arc::make_mut(began).who = who;
        }
    }
    let mut place = 0;
    all.retain(|_| {
        place += 1;
        !told.contains(&(place - 1))
    });
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
            begins: id.starts_with("asked") || id.starts_with("began"),
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

    /// Ana's deployment ends in the moment in which Ben asks for his.
    #[test]
    fn the_end_of_a_deployment_is_not_anothers() {
        let all = merged(
            [
                event("asked by ana", 100, EventKind::Change, "ana"),
                event("began for ana", 101, EventKind::Deployment, ""),
                event("asked by ben", 399, EventKind::Change, "ben"),
                event("ended", 400, EventKind::Deployment, ""),
                event("began for ben", 401, EventKind::Deployment, ""),
            ],
            10,
        );
        let told: Vec<(&str, &str)> = all.iter().map(|one| (one.id.as_str(), one.who.as_str())).collect();
        assert_eq!(told, [("began for ben", "ben"), ("ended", ""), ("began for ana", "ana")]);
    }

    #[test]
    fn a_deployment_is_of_whoever_asked_last_before_it() {
        let all = merged(
            [
                event("asked by ana", 100, EventKind::Change, "ana"),
                event("asked by ben", 150, EventKind::Change, "ben"),
                event("began", 150, EventKind::Deployment, ""),
            ],
            10,
        );
        let told: Vec<(&str, &str)> = all.iter().map(|one| (one.id.as_str(), one.who.as_str())).collect();
        assert_eq!(told, [("began", "ben"), ("asked by ana", "ana")]);
    }

    #[test]
    fn what_began_nothing_stays_by_itself() {
        let all = merged(
            [event("stopped", 100, EventKind::Change, "ana"), event("began", 101, EventKind::Deployment, "")],
            10,
        );
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|one| one.id != "began" || one.who.is_empty()));
    }
}
