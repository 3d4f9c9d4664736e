//! An operation of App Runner, watched to its end.

use super::seen::{Finish, Seen};
use crate::model::{Answer, Ask, Operation, ServiceDetail, Stamp, Verdict, Version};
use crate::ops::facts::Facts;

/// An operation that is watched.
#[derive(Debug, Clone, Default)]
pub(in crate::ops) struct OperationWatch {
    /// The whole service is to be read next.
    whole: bool,
    /// When the list was first seen to have others than ours alone.
    without: Option<Stamp>,
}

impl OperationWatch {
    /// The next read.
    pub(super) fn ask(&self, facts: &Facts) -> Ask {
        match &facts.operation {
            Some(id) if !self.whole => Ask::Operation { service: facts.service_arn.clone(), id: id.clone() },
            _ => Ask::Detail(facts.key.clone()),
        }
    }

    /// Takes an answer in.
    pub(super) fn take(&mut self, facts: &mut Facts, answer: &Answer, now: Stamp) -> Option<Seen> {
        match answer {
            Answer::Operation(Some(found)) => Some(judge(facts, found)),
            Answer::Operation(None) => {
                self.whole = true;
                Some(Seen::say("waiting for App Runner"))
            }
            Answer::Detail(detail) => {
                self.whole = false;
                let mut seen = detail_seen(facts, detail);
                if matches!(seen.finish, Some(Finish::End(Verdict::Superseded, _))) {
                    // ours may not be listed yet
                    let since = *self.without.get_or_insert(now);
                    if now.since(since) < super::seen::LATE_MS {
                        seen = Seen::say("waiting for App Runner");
                    }
                }
                Some(seen)
            }
            _ => None,
        }
    }
}

fn detail_seen(facts: &mut Facts, detail: &ServiceDetail) -> Seen {
    if let Some(id) = &facts.operation {
        if let Some(found) = detail.operations.iter().find(|o| &o.id == id) {
            return judge(facts, found);
        }
        // the list is newest first and ours is not in it: whatever is there came after it
        if let Some(other) = detail.operations.iter().find(|o| !facts.knew(&o.id)) {
            return Seen::end(
                Verdict::Superseded,
                format!("another operation took over: {}", other.kind.to_lowercase().replace('_', " ")),
            );
        }
        return Seen::say("waiting for App Runner");
    }
    let Some(found) = begun(facts, detail) else { return Seen::say("waiting for App Runner to start") };
    facts.operation = Some(found.id.clone());
    let mut seen = judge(facts, found);
    seen.learnt = true;
    seen
}

/// The operation that our change began: the oldest that was not there before and deploys.
pub(super) fn begun<'a>(facts: &Facts, detail: &'a ServiceDetail) -> Option<&'a Operation> {
    let fresh = detail.operations.iter().take_while(|o| !facts.knew(&o.id));
    fresh.filter(|o| matches!(o.kind.as_str(), "START_DEPLOYMENT" | "UPDATE_SERVICE")).last()
}

/// An operation that changed the service after the one of this run: the list is newest first (App Runner API
/// reference, ListOperations). It tells of a deploy of the same image, and of one before the first look.
pub(super) fn after_ours<'a>(facts: &Facts, detail: &'a ServiceDetail) -> Option<&'a Operation> {
    let ours = facts.operation.as_ref()?;
    let place = detail.operations.iter().position(|o| &o.id == ours)?;
    let newer = detail.operations.get(..place).unwrap_or_default();
    let deploys = |o: &&Operation| matches!(o.kind.as_str(), "START_DEPLOYMENT" | "UPDATE_SERVICE");
    newer.iter().filter(deploys).find(|o| o.status == "SUCCEEDED")
}

fn judge(facts: &Facts, found: &Operation) -> Seen {
    let new = &facts.label;
    let old = Version::of(&facts.earlier_image, facts.earlier_digest.as_deref()).short();
    let (say, finish) = match found.status.as_str() {
        "SUCCEEDED" => (String::new(), Some(Finish::Done(format!("{new} is deployed")))),
        // App Runner's word sounds like success; it means that the deployment failed
        "ROLLBACK_SUCCEEDED" => (
            String::new(),
            Some(Finish::End(
                Verdict::RolledBack,
                format!(
                    "{new} did not start or did not pass its health check; App Runner went back to {old}"
                ),
            )),
        ),
        "FAILED" => {
            (String::new(), Some(Finish::End(Verdict::Failed, format!("App Runner could not deploy {new}"))))
        }
        "ROLLBACK_FAILED" => (
            String::new(),
            Some(Finish::End(
                Verdict::Failed,
                format!("{new} failed, and App Runner could not go back to {old}"),
            )),
        ),
        "ROLLBACK_IN_PROGRESS" => (format!("{new} failed, going back to {old}"), None),
        "PENDING" => ("not started".to_owned(), None),
        "IN_PROGRESS" => ("in progress".to_owned(), None),
        other => (other.to_lowercase().replace('_', " "), None),
    };
    Seen { say, mark: found.status.clone(), finish, ..Seen::default() }
}
