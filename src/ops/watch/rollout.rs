//! A rollout of ECS, watched through its service deployment; where the endpoint has none, through
//! `deployments[]`.

use super::{
    seen::{Finish, Seen},
    words,
};
use crate::model::{
    Answer, Ask, DeploymentStatus, HistoricDeployment, RolloutEvent, ServiceDetail, Stamp, Trouble,
    TroubleKind, Verdict,
};
use crate::ops::facts::{Facts, Goal};

/// A rollout that is watched.
#[derive(Debug, Clone, Default)]
pub(in crate::ops) struct RolloutWatch {
    /// The whole service is to be read next: to find the deployment, a reason, or who took over.
    whole: bool,
    /// The endpoint has no service deployments.
    plain: bool,
    /// The last state of our service deployment.
    last: Option<Box<HistoricDeployment>>,
    /// How many tasks failed and why the last one did.
    failure: Option<String>,
    /// Breaker failures for which a reason was looked up.
    explained: u32,
    /// Why our deployment failed, once `deployments[]` showed that.
    failed: Option<String>,
    /// Most new tasks that ran, and fewest old ones, in this state: a task that starts and dies again and
    /// again is no progress.
    most: u32,
    least: Option<u32>,
    phase: String,
    /// Most failures the breaker counted; it ends the rollout by itself, so while it counts this is no standstill.
    worst: u32,
    /// Reads of our deployment since the whole service was read.
    reads: u32,
    /// When it was first seen to be stopped without a newer one.
    stopped_at: Option<Stamp>,
    /// Whether no task is wanted, as AWS told last.
    idle: Option<bool>,
    /// The present moment.
    now: Stamp,
}

/// How much longer a bake time or a shift in steps may take than anything else. AWS allows a day for each.
const BAKE_PATIENCE: u64 = 100;

/// The longest that old tasks are drained: the most that a target group's deregistration delay takes (0 to 3600
/// seconds, ELBv2 ModifyTargetGroupAttributes).
const DRAIN_MS: u64 = 3_600_000;

/// A shorter grace than this is not worth a word.
const GRACE_TOLD_MS: u64 = 120_000;

/// Reads of a deployment that is not complete until the whole service is read for the reason.
const READS: u32 = 6;

impl RolloutWatch {
    /// The next read.
    pub(super) fn ask(&self, facts: &Facts) -> Ask {
        match &facts.service_deployment {
            Some(arn) if !self.whole && !self.plain => Ask::Deployment { arn: arn.clone() },
            _ => Ask::Detail(facts.key.clone()),
        }
    }

    /// Whether this trouble only says that service deployments cannot be read here; the service itself tells
    /// enough to go on.
    pub(super) fn expects(&mut self, trouble: &Trouble) -> bool {
        let without = matches!(trouble.kind, TroubleKind::Unsupported | TroubleKind::Denied);
        let plain = without && !self.plain && !self.whole;
        self.plain |= plain;
        plain
    }

    /// Takes an answer in.
    pub(super) fn take(&mut self, facts: &mut Facts, answer: &Answer, now: Stamp) -> Option<Seen> {
        self.now = now;
        let mut seen = match answer {
            Answer::Deployment(Some(found)) => self.deployment(facts, found),
            Answer::Deployment(None) => {
                self.whole = true;
                self.seen(words::progress_or(self.last.as_deref(), now, "waiting for AWS"))
            }
            Answer::Detail(detail) => self.detail(facts, detail),
            _ => return None,
        };
        if let (Some(Finish::Done(_)), Some(idle)) = (&seen.finish, self.idle)
            && facts.idle != idle
        {
            facts.idle = idle;
            seen.learnt = true;
        }
        Some(seen)
    }

    fn deployment(&mut self, facts: &Facts, found: &HistoricDeployment) -> Seen {
        self.last = Some(Box::new(found.clone()));
        if found.status == DeploymentStatus::Stopped {
            self.stopped_at.get_or_insert(self.now);
        }
        let failures = found.breaker.as_ref().map_or(0, |b| b.1);
        let ended_otherwise = found.status.is_over() && found.status != DeploymentStatus::Successful;
        let unexplained = failures > self.explained && !found.status.is_over();
        if ended_otherwise || unexplained {
            // the reason, or who took over, is told by the service as a whole
            self.whole = true;
            self.explained = failures;
            let mut seen = self.tell(facts, found);
            seen.more = true;
            return seen;
        }
        self.reads += 1;
        let incomplete = found.target_counts.is_some_and(|(wanted, running, _)| running < wanted);
        self.whole = incomplete && self.reads >= READS;
        let mut seen = self.tell(facts, found);
        seen.finish = self.judge(facts, found, None);
        seen
    }

    fn detail(&mut self, facts: &mut Facts, detail: &ServiceDetail) -> Seen {
        self.whole = false;
        self.reads = 0;
        self.failure =
            words::failure(detail, facts.definition.as_deref()).or_else(|| unplaced(&detail.events));
        let mut learnt = false;
        if facts.service_deployment.is_none()
            && let Some(found) = find(facts, detail)
        {
            facts.service_deployment = Some(found.arn.clone());
            learnt = true;
        }
        let ours =
            facts.service_deployment.as_ref().and_then(|arn| detail.history.iter().find(|h| &h.arn == arn));
        let mut seen = if let Some(found) = ours {
            self.plain = false;
            if found.status == DeploymentStatus::Stopped {
                self.stopped_at.get_or_insert(self.now);
            }
            self.last = Some(Box::new(found.clone()));
            let mut seen = self.tell(facts, found);
            seen.finish = self.judge(facts, found, Some(detail));
            seen
        } else if !self.plain && (detail.history_known || facts.service_deployment.is_some()) {
            // a history that could not be read this once says nothing about ours
            match self.last.clone() {
                Some(last) if last.status.is_over() => {
                    Seen { finish: self.judge(facts, &last, Some(detail)), ..self.tell(facts, &last) }
                }
                Some(last) => self.tell(facts, &last),
                None => self.seen("waiting for AWS to start the deployment".to_owned()),
            }
        } else {
            let (seen, also) = self.plain(facts, detail);
            learnt |= also;
            seen
        };
        seen.learnt |= learnt;
        seen
    }

    /// The state of our service deployment as a clause and a mark.
    fn tell(&mut self, facts: &Facts, found: &HistoricDeployment) -> Seen {
        let running = found.target_counts.map_or(0, |(_, running, _)| running);
        let old = found.source_running.unwrap_or_default();
        self.worst = self.worst.max(found.breaker.as_ref().map_or(0, |b| b.1));
        let decided = found.hooks.iter().filter(|hook| hook.status != "AWAITING_ACTION").count();
        let phase = format!("{} {} {decided}", found.status.word(), found.stage);
        if matches!(found.status, DeploymentStatus::RollbackRequested | DeploymentStatus::RollbackInProgress)
        {
            self.reach(phase, old, running);
        } else {
            self.reach(phase, running, old);
        }
        // what is taken out of place runs nothing whatever is wanted
        let counts = found.target_counts.filter(|_| facts.goal == Goal::InPlace);
        self.idle = counts.map(|(wanted, running, _)| wanted == 0 && running == 0).or(self.idle);
        let mut seen = self.seen(words::progress(found, self.failure.as_deref(), self.now));
        // a bake time, or traffic shifted in steps, is AWS waiting on purpose; so is a hook until it expires
        let stepwise = matches!(found.strategy.as_str(), "LINEAR" | "CANARY");
        let shifts = found.stage.ends_with("TRAFFIC_SHIFT");
        if found.stage == "BAKE_TIME" || shifts {
            seen.patience = if shifts && !stepwise { 4 } else { BAKE_PATIENCE };
        }
        let (wanted, running, _) = found.target_counts.unwrap_or_default();
        Self::own_waits(facts, running < wanted, old > 0, &mut seen);
        seen.until = found.awaiting().map(|hook| hook.expires_at.unwrap_or(Stamp(i64::MAX)));
        seen
    }

    /// What AWS waits for by itself: new tasks whose health checks do not count yet, old ones that finish what they
    /// have.
    fn own_waits(facts: &Facts, starting: bool, old: bool, seen: &mut Seen) {
        let also = if starting && facts.grace_ms > 0 {
            seen.waits_ms = facts.grace_ms;
            if facts.grace_ms < GRACE_TOLD_MS {
                return;
            }
            format!("health checks count after {}", words::duration(facts.grace_ms))
        } else if !starting && old && facts.drains {
            seen.waits_ms = DRAIN_MS;
            "old tasks drain".to_owned()
        } else {
            return;
        };
        if !seen.say.is_empty() {
            seen.say.push_str(", ");
        }
        seen.say.push_str(&also);
    }

    fn reach(&mut self, phase: String, new: u32, old: u32) {
        if self.phase != phase {
            self.phase = phase;
            self.most = 0;
            self.least = None;
        }
        self.most = self.most.max(new);
        self.least = Some(self.least.map_or(old, |least| least.min(old)));
    }

    fn seen(&self, say: String) -> Seen {
        let least = self.least.unwrap_or_default();
        let mark = format!("{} {} {least} {}", self.phase, self.most, self.worst);
        Seen { say, mark, ..Seen::default() }
    }

    /// What the end of our service deployment means for the run.
    fn judge(
        &self,
        facts: &Facts,
        found: &HistoricDeployment,
        detail: Option<&ServiceDetail>,
    ) -> Option<Finish> {
        let end = |verdict, why: String| Some(Finish::End(verdict, why));
        let revision = name(facts);
        // what AWS put back is what it says; else what it was going to
        let earlier = words::label(found.back_to.as_deref().unwrap_or(facts.goes_back_to()));
        let because = || {
            let cause = words::cause(found).unwrap_or_else(|| "AWS gives no reason".to_owned());
            match &self.failure {
                // the breaker's clause counts the tasks already
                Some(failure) if words::tripped(found).is_some() => {
                    let why = failure.split_once(": ").map_or(failure.as_str(), |(_, why)| why);
                    format!("{why}; {cause}")
                }
                Some(failure) => format!("{cause}; {failure}"),
                None => cause,
            }
        };
        match (found.status, facts.goal) {
            (DeploymentStatus::Successful, Goal::InPlace) => {
                Some(Finish::Done(format!("{revision} is deployed and steady")))
            }
            (DeploymentStatus::Successful, Goal::PutBack | Goal::Halted) => {
                end(Verdict::Failed, "the rollout was complete before it could be stopped".to_owned())
            }
            (DeploymentStatus::RollbackSuccessful, Goal::PutBack) => {
                Some(Finish::Done(match &found.back_to {
                    Some(back) => format!("{} is back", words::label(back)),
                    None => "the earlier revision is back".to_owned(),
                }))
            }
            (DeploymentStatus::RollbackSuccessful, _) if earlier.is_empty() => {
                end(Verdict::RolledBack, format!("{}; the earlier revision is back", because()))
            }
            (DeploymentStatus::RollbackSuccessful, _) => {
                end(Verdict::RolledBack, format!("{}; {earlier} is back", because()))
            }
            (DeploymentStatus::RollbackFailed, _) => {
                end(Verdict::Failed, format!("the rollback failed: {}", because()))
            }
            (DeploymentStatus::Stopped, goal) => {
                if let Some(other) = detail.and_then(|d| newer(facts, found, d)) {
                    return end(Verdict::Superseded, format!("another deployment took over: {other}"));
                }
                if goal == Goal::Halted {
                    return Some(Finish::Done("the rollout is stopped where it was".to_owned()));
                }
                if self.stopped_at.is_some_and(|at| self.now.since(at) < super::seen::LATE_MS) {
                    // whoever took over may not be listed yet
                    return None;
                }
                let reason = found.reason.trim_end_matches('.');
                let reason = if reason.is_empty() { "no reason given" } else { reason };
                end(Verdict::Failed, format!("the rollout was stopped before it was complete: {reason}"))
            }
            _ => None,
        }
    }

    /// The same from `deployments[]`, where there is nothing else.
    fn plain(&mut self, facts: &mut Facts, detail: &ServiceDetail) -> (Seen, bool) {
        let mut learnt = false;
        let by_id = facts.deployment.as_ref().and_then(|id| detail.deployments.iter().find(|d| &d.id == id));
        let ours = by_id.or_else(|| {
            if facts.deployment.is_some() {
                return None;
            }
            let found = detail.deployments.iter().find(|d| {
                !facts.knew(&d.id) && facts.definition.as_ref().is_none_or(|a| a == &d.task_definition)
            })?;
            facts.deployment = Some(found.id.clone());
            learnt = true;
            Some(found)
        });
        let live: Vec<_> = detail.deployments.iter().filter(|d| d.status != "INACTIVE").collect();
        let steady = |d: &crate::model::Deployment| {
            d.rollout_state == "COMPLETED"
                || (d.rollout_state.is_empty() && d.pending == 0 && d.running >= d.desired)
        };
        if let Some(ours) = ours {
            let old = live.iter().filter(|d| d.id != ours.id).map(|d| d.running).sum();
            if detail.breaker.is_some_and(|(on, _)| on) {
                self.worst = self.worst.max(ours.failed);
            }
            self.idle = Some(ours.desired == 0 && ours.running == 0);
            self.reach(format!("{} {}", ours.status, ours.rollout_state), ours.running, old);
            let mut seen = self.seen(words::progress_of(ours, old, self.failure.as_deref()));
            Self::own_waits(facts, ours.running < ours.desired, old > 0, &mut seen);
            if ours.rollout_state == "FAILED" {
                self.failed = Some(ours.reason.clone());
            }
            if ours.status == "PRIMARY" {
                if steady(ours) && live.len() == 1 {
                    seen.finish = Some(Finish::Done(format!("{} is deployed and steady", name(facts))));
                } else if ours.rollout_state == "FAILED"
                    && !detail.breaker.is_some_and(|(on, back)| on && back)
                {
                    seen.finish = Some(Finish::End(Verdict::Failed, self.why_failed()));
                }
                return (seen, learnt);
            }
        }
        (self.other(facts, detail, ours.is_some(), steady), learnt)
    }

    /// Ours is not the PRIMARY deployment: rolled back, superseded, or not begun.
    fn other(
        &mut self,
        facts: &Facts,
        detail: &ServiceDetail,
        known: bool,
        steady: impl Fn(&crate::model::Deployment) -> bool,
    ) -> Seen {
        let primary = words::primary(detail);
        let set = detail.service.task_definition.as_str();
        if facts.definition.as_deref() == Some(set) || primary.is_none() || facts.definition.is_none() {
            // what is set is ours, so nobody took over; it only does not move
            return self.seen("waiting for AWS to start the deployment".to_owned());
        }
        let Some(primary) = primary else { return self.seen(String::new()) };
        let told = primary.reason.to_lowercase();
        if self.failed.is_none()
            && (told.contains("roll") && told.contains("back") || told.contains("breaker"))
        {
            self.failed = Some(primary.reason.clone());
        }
        if self.failed.is_some() && primary.task_definition == facts.goes_back_to() {
            let back = words::label(facts.goes_back_to());
            if steady(primary) {
                return Seen::end(Verdict::RolledBack, format!("{}; {back} is back", self.why_failed()));
            }
            self.reach(format!("back {}", primary.rollout_state), primary.running, 0);
            return self.seen(format!("rolling back: {} of {} of {back}", primary.running, primary.desired));
        }
        let what = if known { "took over" } else { "is in place" };
        Seen::end(
            Verdict::Superseded,
            format!("another deployment {what}: {}", words::label(&primary.task_definition)),
        )
    }

    fn why_failed(&self) -> String {
        let told = self.failed.as_deref().filter(|t| !t.is_empty()).unwrap_or("the rollout failed");
        match &self.failure {
            Some(failure) => format!("{failure}; {}", told.trim_end_matches('.')),
            None => told.trim_end_matches('.').to_owned(),
        }
    }
}

/// Why no task is started, where the newest event says that one found no room. AWS repeats it while that lasts.
fn unplaced(events: &[RolloutEvent]) -> Option<String> {
    let newest = events.iter().max_by_key(|event| event.at)?;
    let (_, why) = newest.text.split_once("was unable to place a task")?;
    let why = why.split(" For more information").next().unwrap_or(why).trim_start_matches(". ");
    let why =
        ["because ", "Reason: "].iter().fold(why.trim(), |why, word| why.strip_prefix(word).unwrap_or(why));
    Some(format!("no task is placed: {}", why.trim_end_matches('.')))
}

/// The service deployment that our change began: one that was not there before, with our task definition.
fn find<'a>(facts: &Facts, detail: &'a ServiceDetail) -> Option<&'a HistoricDeployment> {
    let mut fresh = facts.fresh(&detail.history);
    let Some(wanted) = &facts.definition else { return fresh.next_back() };
    let exact = facts.fresh(&detail.history).rfind(|h| h.task_definition.as_ref() == Some(wanted));
    if exact.is_some() {
        return exact;
    }
    match (fresh.next(), fresh.next()) {
        (Some(only), None) if only.task_definition.is_none() && &detail.service.task_definition == wanted => {
            Some(only)
        }
        _ => None,
    }
}

/// The deployment that came after ours, told by its revision.
fn newer(facts: &Facts, ours: &HistoricDeployment, detail: &ServiceDetail) -> Option<String> {
    let after = detail
        .history
        .iter()
        .take_while(|h| h.arn != ours.arn)
        .find(|h| !facts.knew(&h.arn) && h.created_at >= ours.created_at)?;
    Some(match &after.task_definition {
        Some(arn) => words::label(arn).to_owned(),
        None => words::label(&after.arn).to_owned(),
    })
}

/// What is put in place, for a sentence.
fn name(facts: &Facts) -> String {
    match &facts.definition {
        Some(arn) => words::label(arn).to_owned(),
        None if facts.label.is_empty() => "the revision".to_owned(),
        None => facts.label.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_told_while_it_lasts() {
        let event = |at, text: &str| RolloutEvent { id: String::new(), at: Stamp(at), text: text.into() };
        let full = event(
            9,
            "(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 4f) has insufficient memory available. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
        );
        let spot = event(
            9,
            "(service web) was unable to place a task. Reason: Capacity is unavailable at this time.",
        );
        let began = event(3, "(service web) has started 2 tasks: (task 1) (task 2).");
        let later = event(12, "(service web) has reached a steady state.");
        let told = unplaced(&[began.clone(), full.clone()]).unwrap();
        assert_eq!(
            told,
            "no task is placed: no container instance met all of its requirements. The closest matching (container-instance 4f) has insufficient memory available"
        );
        assert_eq!(unplaced(&[spot]).unwrap(), "no task is placed: Capacity is unavailable at this time");
        assert_eq!(unplaced(&[full, later, began]), None, "it was placed since");
    }
}
