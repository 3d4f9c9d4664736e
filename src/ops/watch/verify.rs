//! The window after a deploy: is the new version what was asked for?

use super::evidence::Alarms;
use super::numbers::Numbers;
use super::{
    operation,
    seen::{Finish, Seen},
    words::{self, in_flight},
};
use crate::model::blame::Blame;
use crate::model::{
    Answer, Ask, Kind, Metric, MetricTarget, Range, ServiceDetail, Stamp, Trouble, TroubleKind, Verdict,
    stamp,
};
use crate::ops::NoEvidence;
use crate::ops::facts::{Facts, Stage, VerifyFacts};

/// Milliseconds after the rollout within which the first numbers of it have to be there: CloudWatch tells whole
/// minutes, and later.
const FIRST_MS: u64 = 200_000;

/// Milliseconds after a window for which its last minutes are waited for: CloudWatch may be minutes behind.
const LATE_MS: i64 = 300_000;

/// Deaths of new tasks that it takes to speak against a version; one of a pair is enough.
const DEATHS: u32 = 2;

/// What is asked: answers and latency, and of the processor that which is told whatever comes in. How far it is told
/// says how far silence can be believed.
pub(in crate::ops) const METRICS: [Metric; 5] =
    [Metric::Requests, Metric::Errors, Metric::BalancerErrors, Metric::LatencyP99, Metric::Cpu];

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
#[derive(Debug, Clone, Default)]
pub(in crate::ops) struct VerifyWatch {
    next: Next,
    alarms: Alarms,
    numbers: Numbers,
    /// New tasks that died in the window, and how the last one did.
    deaths: u32,
    death: String,
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
                    metrics: METRICS.to_vec(),
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
                self.count_deaths(facts, detail);
            }
            (Next::Service, Answer::Rows(rows)) => {
                let verify = facts.verify.as_ref()?;
                let row = rows.iter().find(|row| row.key == facts.key);
                let same = row.is_some_and(|row| {
                    verify.baseline.as_ref().is_some_and(|(definition, image)| {
                        *definition == row.task_definition && *image == row.version.image
                    })
                });
                let short = row.is_some_and(|row| {
                    row.pending > 0
                        || row.running.zip(row.desired).is_some_and(|(runs, wanted)| runs < wanted)
                });
                if !same || short {
                    // a row may be told otherwise than the whole: that decides; and why tasks are missing
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
        let metrics = settings.asks_metrics() && !verify.unmeasured();
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
        parts.extend(self.behind(verify, now));
        Seen::say(parts.join(" · "))
    }

    /// What the witnesses say.
    fn evidence(&self, verify: &VerifyFacts) -> Vec<String> {
        let deaths = match self.deaths {
            0 => None,
            1 => Some(format!("1 new task died ({})", self.death)),
            deaths => Some(format!("{deaths} new tasks failed ({})", self.death)),
        };
        let told = self.numbers.told(verify).into_iter();
        told.chain(self.alarms.told(&verify.settings)).chain(deaths).collect()
    }

    /// That the end of the window is not told of yet, while it is waited for.
    fn behind(&self, verify: &VerifyFacts, now: Stamp) -> Option<String> {
        let until = self.waits(verify, now).then(|| self.numbers.told_until())?;
        Some(match until {
            Some(until) if now > until => {
                format!("waiting for CloudWatch, which is {} behind", stamp::brief(now.since(until)))
            }
            _ => "waiting for CloudWatch".to_owned(),
        })
    }

    /// Whether the window is over and metrics of it are still to come.
    fn waits(&self, verify: &VerifyFacts, now: Stamp) -> bool {
        let (Some(from), true) = (verify.from, left(verify, now) <= 0) else { return false };
        if !verify.settings.asks_metrics() || verify.unmeasured() || self.numbers.trouble.is_some() {
            return false;
        }
        let last = last_minute(verify, from);
        let late = self.numbers.told_until().is_none_or(|until| until < last);
        now < last.plus(LATE_MS) && (late || self.numbers.may_be_told_yet(&verify.settings))
    }

    /// New tasks that died, where it was they who ended it.
    fn count_deaths(&mut self, facts: &Facts, detail: &ServiceDetail) {
        let Some(verify) = &facts.verify else { return };
        let (Some(from), Some((definition, _))) = (verify.from, &verify.baseline) else { return };
        if definition.is_empty() {
            return;
        }
        let until = from.plus(millis(verify.settings.window_ms));
        let died = |task: &&crate::model::TaskBrief| {
            task.task_definition == *definition
                && task.stopped_at.is_some_and(|at| at >= from && at <= until)
                && task.started_by.starts_with("ecs-svc/")
                && Blame::of(task).is_failure()
        };
        let mut dead: Vec<&crate::model::TaskBrief> = detail.tasks.iter().filter(died).collect();
        dead.sort_by_key(|task| std::cmp::Reverse(task.stopped_at));
        self.deaths = u32::try_from(dead.len()).unwrap_or(u32::MAX).max(self.deaths);
        if let Some(last) = dead.first() {
            self.death = Blame::of(last).clause(last);
        }
    }

    /// Enough deaths of new tasks: half of few, two of many.
    fn dying(&self, wanted: Option<u32>) -> Option<String> {
        let enough = wanted.map_or(DEATHS, |wanted| wanted.div_ceil(2).clamp(1, DEATHS));
        let tasks = if self.deaths == 1 { "task" } else { "tasks" };
        (self.deaths >= enough).then(|| format!("{} new {tasks} died in the window", self.deaths))
    }

    fn judge(&self, facts: &Facts, now: Stamp) -> Option<Finish> {
        let verify = facts.verify.as_ref()?;
        let from = verify.from?;
        let over = left(verify, now) <= 0;
        let end = from.plus(millis(verify.settings.window_ms));
        let evidence = self.evidence(verify).join(" · ");
        if verify.rollback {
            return self.judge_rollback(verify, now, over, &evidence);
        }
        let finding = self
            .alarms
            .finding(end)
            .or_else(|| self.dying(verify.desired))
            .or_else(|| self.numbers.finding(verify, over && !self.waits(verify, now)));
        if let Some(finding) = finding {
            return Some(Finish::Back(format!("{finding} ({evidence})")));
        }
        if !over || self.waits(verify, now) {
            return None;
        }
        let window = words::duration(verify.settings.window_ms);
        let missing = self.missing(verify);
        let asks = verify.settings.asks_metrics() || !verify.settings.alarms.is_empty();
        if missing.is_empty() && asks {
            return Some(Finish::Done(format!("quiet for {window}: {evidence}")));
        }
        let passed = format!("{window} passed without evidence for or against it");
        if !asks {
            return Some(Finish::Done(passed));
        }
        let missing = missing.join(", ");
        Some(match verify.settings.no_evidence {
            NoEvidence::Unverified => Finish::End(
                Verdict::Unverified,
                format!(
                    "it is deployed, but the verify window has no verdict: no data for {missing} ({evidence})"
                ),
            ),
            NoEvidence::Pass => Finish::Done(format!("{passed}: no data for {missing} ({evidence})")),
            NoEvidence::RollBack => Finish::Back(format!("no evidence: no data for {missing} ({evidence})")),
        })
    }

    /// What was to be heard and was not. What the plan said that it cannot be measured is missed only where nothing
    /// else was heard either.
    fn missing(&self, verify: &VerifyFacts) -> Vec<String> {
        let mut missing = Vec::new();
        if verify.settings.asks_metrics() && verify.unmeasured() {
            if !self.alarms.heard {
                missing.push(match verify.traffic.unmeasured().as_slice() {
                    [] => "5xx and p99 (no load balancer)".to_owned(),
                    ways => format!("5xx and p99 ({})", ways.join(", ")),
                });
            }
        } else {
            missing.extend(self.numbers.unheard(verify));
        }
        missing.extend(self.alarms.unheard(&verify.settings));
        missing
    }

    /// After a rollback nothing more is put back: it is told whether it helped.
    fn judge_rollback(&self, verify: &VerifyFacts, now: Stamp, over: bool, evidence: &str) -> Option<Finish> {
        if !over || self.waits(verify, now) {
            return None;
        }
        let last = verify.from?.plus(millis(verify.settings.window_ms)).plus(LATE_MS);
        let firing = self.alarms.firing();
        // an alarm looks back over several minutes before it lets go
        if !firing.is_empty() && now < last {
            return None;
        }
        let window = words::duration(verify.settings.window_ms);
        let numbers = self.numbers.told(verify).join(" · ");
        let failed = (!firing.is_empty())
            .then(|| format!("still in alarm: {}", firing.join(", ")))
            .or_else(|| self.numbers.finding(verify, true))
            .or_else(|| self.dying(verify.desired));
        if let Some(failed) = failed {
            let why = format!("the earlier revision is back, and that did not help: {failed} ({evidence})");
            return Some(Finish::End(Verdict::Failed, why));
        }
        let missing = self.missing(verify);
        if !missing.is_empty() && verify.settings.no_evidence != NoEvidence::Pass {
            let missing = missing.join(", ");
            let why = format!(
                "the earlier revision is back; whether that helped is not known, missing: {missing} ({evidence})"
            );
            return Some(Finish::End(Verdict::Unverified, why));
        }
        let alarms =
            self.alarms.recovered(&verify.settings, now).or_else(|| self.alarms.told(&verify.settings));
        let told: Vec<String> = [numbers].into_iter().filter(|n| !n.is_empty()).chain(alarms).collect();
        Some(Finish::Done(format!("watched for {window}: {}", told.join(", "))))
    }
}

/// The end of the last minute that has to be told: the window's last whole one, and one at least.
fn last_minute(verify: &VerifyFacts, from: Stamp) -> Stamp {
    let floor = |at: Stamp| at.0.div_euclid(60_000) * 60_000;
    let window = floor(from.plus(millis(verify.settings.window_ms)));
    let first = floor(from.plus(59_999)) + 60_000;
    Stamp(window.max(first))
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
        // a deployment that was started deploys what is configured by then
        None if facts.stages.contains(&Stage::Start) => !facts.image.is_empty() && facts.image != *image,
        // right after the rollout only ECS tells for sure whose it is
        None => facts.key.kind == Kind::Ecs && facts.definition.as_ref().is_some_and(|own| own != definition),
    };
    if moved {
        return Some(format!("another deployment took over in the verify window: {set}"));
    }
    if let Some(theirs) = operation::after_ours(facts, detail) {
        let what = theirs.kind.to_lowercase().replace('_', " ");
        return Some(format!("another operation took over in the verify window: {what}"));
    }
    let own = [&facts.service_deployment, &facts.deployment, &facts.operation];
    let flight = in_flight(detail)?;
    let ours = own.into_iter().flatten().any(|id| *id == flight.id);
    (!ours && !facts.knew(&flight.id))
        .then(|| format!("another deployment started in the verify window: {} {}", flight.what, flight.state))
}

/// Keeps what is set right after the rollout, and when that was; true when that is new.
fn begin(facts: &mut Facts, detail: &ServiceDetail, now: Stamp) -> bool {
    let Some(verify) = facts.verify.as_mut().filter(|verify| verify.baseline.is_none()) else { return false };
    let service = &detail.service;
    verify.from.get_or_insert(now);
    verify.desired = service.desired;
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
