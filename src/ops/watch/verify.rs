//! The window after a deploy: is the new version what was asked for?

use super::evidence::{Alarms, Numbers};
use super::{Finish, Seen, in_flight, words};
use crate::model::{
    Answer, Ask, Kind, Metric, MetricTarget, Range, ServiceDetail, Stamp, Trouble, TroubleKind, Verdict,
    stamp,
};
use crate::ops::facts::{Facts, VerifyFacts};

/// Milliseconds after the rollout within which the first numbers of it have to be there: CloudWatch tells whole
/// minutes, and later.
const FIRST_MS: u64 = 200_000;

/// The longest and the shortest pause between two looks, milliseconds.
const PAUSE_MS: (u64, u64) = (1_000, 15_000);

/// What is read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Next {
    /// Whether it is still this run's revision that is set.
    #[default]
    Service,
    /// The same in depth.
    Detail,
    Alarms,
    Metrics,
}

/// A window that is watched.
#[derive(Debug, Default)]
pub(in crate::ops) struct VerifyWatch {
    next: Next,
    alarms: Alarms,
    numbers: Numbers,
    /// The last read of a round could not be made, so it was not judged.
    unjudged: bool,
}

impl VerifyWatch {
    /// The next read.
    pub(super) fn ask(&self, facts: &Facts, now: Stamp) -> Ask {
        let Some(verify) = &facts.verify else { return Ask::Detail(facts.key.clone()) };
        match self.next {
            Next::Service if verify.baseline.is_some() && left(verify, now) > 0 => {
                Ask::Rows(vec![facts.key.clone()])
            }
            Next::Service | Next::Detail => Ask::Detail(facts.key.clone()),
            Next::Alarms => Ask::Alarms { names: verify.settings.alarms.clone() },
            Next::Metrics => {
                // a window that is long over is still asked about minute by minute
                let from = verify.from.unwrap_or(now);
                let end = now.min(from.plus(millis(verify.settings.window_ms.max(FIRST_MS))));
                let back = end.since(from).saturating_add(60_000) / 1_000;
                let range = Range::ALL.into_iter().find(|range| range.seconds() >= back);
                Ask::Metrics {
                    targets: vec![MetricTarget {
                        key: facts.key.clone(),
                        traffic: verify.traffic.clone(),
                        service_id: verify.service_id.clone(),
                    }],
                    metrics: vec![Metric::Requests, Metric::Errors, Metric::LatencyP99],
                    range: range.unwrap_or(Range::D7),
                    end,
                }
            }
        }
    }

    /// Milliseconds until the next look.
    pub(super) fn pause(facts: &Facts, now: Stamp) -> u64 {
        let Some(verify) = &facts.verify else { return PAUSE_MS.1 };
        let pace = (verify.settings.window_ms / 20).clamp(PAUSE_MS.0, PAUSE_MS.1);
        let left = u64::try_from(left(verify, now)).unwrap_or_default();
        // the last look comes when the window ends
        if left > 0 { pace.min(left.max(PAUSE_MS.0)) } else { pace }
    }

    /// Whether this trouble only says that a witness cannot be heard; the others tell enough to go on.
    pub(super) fn expects(&mut self, facts: &Facts, trouble: &Trouble) -> bool {
        let for_good = matches!(
            trouble.kind,
            TroubleKind::Denied | TroubleKind::Unsupported | TroubleKind::NotFound | TroubleKind::Refused
        );
        if !for_good || !matches!(self.next, Next::Alarms | Next::Metrics) {
            return false;
        }
        match self.next {
            Next::Alarms => self.alarms.trouble = Some(trouble.word()),
            _ => self.numbers.trouble = Some(trouble.word()),
        }
        self.unjudged = self.turn(facts);
        true
    }

    /// Takes an answer in.
    pub(super) fn take(&mut self, facts: &mut Facts, answer: &Answer, now: Stamp) -> Option<Seen> {
        let mut learnt = false;
        match (self.next, answer) {
            (Next::Service | Next::Detail, Answer::Detail(detail)) => {
                if let Some(other) = other(facts, detail) {
                    return Some(Seen::end(Verdict::Superseded, other));
                }
                learnt = begin(facts, detail, now);
            }
            (Next::Service, Answer::Rows(rows)) => {
                let verify = facts.verify.as_ref()?;
                let row = rows.iter().find(|row| row.key == facts.key);
                let same = row.is_some_and(|row| {
                    verify.baseline.as_ref().is_some_and(|(definition, image)| {
                        *definition == row.task_definition && *image == row.version.image
                    })
                });
                if !same {
                    // a row may be told otherwise than the whole: that decides
                    self.next = Next::Detail;
                    return Some(Seen { more: true, ..self.say(facts, now) });
                }
            }
            (Next::Alarms, Answer::Alarms(alarms)) => self.alarms.take(facts, alarms),
            (Next::Metrics, Answer::Metrics(series)) => {
                let verify = facts.verify.as_ref()?;
                let (_, series) = series.iter().find(|(key, _)| *key == facts.key)?;
                let from = verify.from.unwrap_or(now);
                self.numbers.take(series, from, from.plus(millis(verify.settings.window_ms.max(FIRST_MS))));
            }
            _ => return None,
        }
        let late = std::mem::take(&mut self.unjudged);
        let over = self.turn(facts);
        let mut seen = self.say(facts, now);
        seen.learnt = learnt;
        if over || late {
            seen.finish = self.judge(facts, now);
        }
        seen.more = !over && seen.finish.is_none();
        Some(seen)
    }

    /// Turns to the next witness; true when all were heard.
    fn turn(&mut self, facts: &Facts) -> bool {
        let Some(verify) = &facts.verify else { return true };
        let settings = &verify.settings;
        let metrics = settings.max_5xx_ratio.is_some() || settings.max_p99_ms.is_some();
        self.next = match self.next {
            Next::Service | Next::Detail if !settings.alarms.is_empty() => Next::Alarms,
            Next::Service | Next::Detail | Next::Alarms if metrics => Next::Metrics,
            _ => Next::Service,
        };
        self.next == Next::Service
    }

    fn say(&self, facts: &Facts, now: Stamp) -> Seen {
        let Some(verify) = &facts.verify else { return Seen::default() };
        let gone = now.since(verify.from.unwrap_or(now));
        let window = words::duration(verify.settings.window_ms);
        let mut parts = vec![format!("{} of {window}", stamp::precise(gone))];
        parts.extend(self.evidence(verify));
        Seen::say(parts.join(" · "))
    }

    /// What the witnesses say.
    fn evidence(&self, verify: &VerifyFacts) -> Vec<String> {
        self.numbers.told(&verify.settings).into_iter().chain(self.alarms.told(&verify.settings)).collect()
    }

    fn judge(&self, facts: &Facts, now: Stamp) -> Option<Finish> {
        let verify = facts.verify.as_ref()?;
        let from = verify.from?;
        let over = left(verify, now) <= 0;
        let end = from.plus(millis(verify.settings.window_ms));
        let evidence = self.evidence(verify).join(" · ");
        let finding = self.alarms.finding(end).or_else(|| self.numbers.finding(&verify.settings, over));
        if let Some(finding) = finding {
            return Some(Finish::Back(format!("{finding} ({evidence})")));
        }
        if !over {
            return None;
        }
        // the first whole minute may be told only after a short window
        let early = now.since(from) < millis(FIRST_MS);
        if early && self.numbers.awaited(&verify.settings) {
            return None;
        }
        let window = words::duration(verify.settings.window_ms);
        let heard = self.alarms.heard || self.numbers.heard();
        Some(Finish::Done(if heard {
            format!("quiet for {window}: {evidence}")
        } else {
            format!("{window} passed without evidence for or against it: {evidence}")
        }))
    }
}

/// Another change than this run's, where there is one.
fn other(facts: &Facts, detail: &ServiceDetail) -> Option<String> {
    let verify = facts.verify.as_ref()?;
    let (definition, image) = (&detail.service.task_definition, &detail.service.version.image);
    let set = if definition.is_empty() {
        detail.service.version.short()
    } else {
        words::label(definition).to_owned()
    };
    let moved = match &verify.baseline {
        Some(was) => was.0 != *definition || was.1 != *image,
        // right after the rollout only ECS tells for sure whose it is
        None => facts.key.kind == Kind::Ecs && facts.definition.as_ref().is_some_and(|own| own != definition),
    };
    if moved {
        return Some(format!("another deployment took over in the verify window: {set}"));
    }
    let own = [&facts.service_deployment, &facts.deployment, &facts.operation];
    let flight = in_flight(detail)?;
    let ours = own.into_iter().flatten().any(|id| *id == flight.id);
    (!ours && !facts.knew(&flight.id))
        .then(|| format!("another deployment began in the verify window: {} {}", flight.what, flight.state))
}

/// Keeps what is set right after the rollout, and when that was; true when that is new.
fn begin(facts: &mut Facts, detail: &ServiceDetail, now: Stamp) -> bool {
    let Some(verify) = facts.verify.as_mut().filter(|verify| verify.baseline.is_none()) else { return false };
    let service = &detail.service;
    verify.from.get_or_insert(now);
    verify.baseline = Some((service.task_definition.clone(), service.version.image.clone()));
    // a rollout may leave the service with other ways in than before
    if !service.traffic.is_empty() {
        verify.traffic.clone_from(&service.traffic);
    }
    if !service.service_id.is_empty() {
        verify.service_id.clone_from(&service.service_id);
    }
    true
}

/// Milliseconds of the window that are left; not positive once it is over.
fn left(verify: &VerifyFacts, now: Stamp) -> i64 {
    millis(verify.settings.window_ms).saturating_sub(now.since(verify.from.unwrap_or(now)))
}

fn millis(millis: u64) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}
