//! What a task that ended came to.

use super::{TaskWatch, ended, is_over, limit};
use crate::model::{Blame, Verdict, blame::By};
use crate::ops::facts::Facts;
use crate::ops::watch::{
    seen::{Finish, Stop},
    words,
};

impl TaskWatch {
    pub(super) fn judge(&self, facts: &Facts) -> Finish {
        let Some((task, _)) = &self.stopped else { return Finish::End(Verdict::Failed, String::new()) };
        let order = facts.orders.get(self.order);
        let wanted = order.map(|o| o.asked.container.as_str()).unwrap_or_default();
        let container = task.containers.iter().find(|c| c.name == wanted);
        let code = container.and_then(|c| c.exit_code);
        // it may have ended by itself in the moment it was told to stop; what another process told it is in AWS's
        // reason, but for a read that is older than that: there the container's end was before it
        let by_itself = code == Some(0)
            && (task.stop_code == "EssentialContainerExited" || task.stopped_reason == ended(wanted))
            || task.desired_status != "STOPPED" && container.is_some_and(is_over);
        if let Some((_, why)) = self.told.filter(|_| !by_itself) {
            let ended = code.map_or("no exit code".to_owned(), |code| format!("exit code {code}"));
            let late = self.late(facts, why);
            return self.failed(match why {
                Some(Stop::Unstarted) if code.is_none() => format!("{late}, and was stopped"),
                _ => format!("{late} and was stopped, {ended}"),
            });
        }
        let blame = Blame::of(task);
        // what is told to stop may end with 0 without having done its work
        let stopped_by_others = !by_itself && matches!(blame.by, By::Person | By::Spot | By::Host);
        match code {
            Some(0) if stopped_by_others => self.failed(format!(
                "{}, and {wanted} exited with code 0 when it was told to stop: whether it had done its work is not known",
                blame.clause(task)
            )),
            Some(0) => Finish::Done(match &self.log_trouble {
                Some(trouble) => format!("{wanted} exited with code 0; {trouble}"),
                None => format!("{wanted} exited with code 0"),
            }),
            // somebody or something else ended it
            Some(code) if matches!(blame.by, By::Person | By::Spot | By::Host) => {
                self.failed(format!("{}, {wanted} exited with code {code}", blame.clause(task)))
            }
            Some(code) => {
                let reason = container.map(|c| c.reason.as_str()).filter(|r| !r.is_empty());
                self.failed(match reason {
                    Some(reason) => format!("{wanted} exited with code {code} ({reason})"),
                    None => format!("{wanted} exited with code {code}"),
                })
            }
            None => {
                let code =
                    if task.stop_code.is_empty() { String::new() } else { format!("{}: ", task.stop_code) };
                let nothing = match order {
                    Some(order) if task.started_at.is_none() => format!("; {}", order.nothing()),
                    _ => String::new(),
                };
                self.failed(format!("{wanted} has no exit code: {code}{}{nothing}", blame.clause(task)))
            }
        }
    }

    /// What is late, in a clause.
    pub(super) fn late(&self, facts: &Facts, why: Option<Stop>) -> String {
        match (why, facts.orders.get(self.order)) {
            (Some(Stop::Unstarted), Some(order)) => {
                format!("never started within {}, {}", words::duration(order.start_ms()), order.nothing())
            }
            _ => format!("timed out after {}", limit(facts, self.order)),
        }
    }

    fn failed(&self, mut why: String) -> Finish {
        if !self.tail.is_empty() {
            let lines: Vec<&str> = self.tail.iter().map(|l| l.trim()).collect();
            why.push_str("; last lines: ");
            why.push_str(&lines.join(" / "));
        } else if let Some(trouble) = &self.log_trouble {
            why.push_str("; ");
            why.push_str(trouble);
        }
        Finish::End(Verdict::Failed, why)
    }
}
