//! What holds where a change is sent, and where a run ends.

use super::super::super::harness::confirmed;
use super::super::super::world::*;
use super::super::flights::Flight;
use super::{Node, deploys, sets};
use crate::model::{StepState, Verdict, Write};

impl Node {
    /// What holds whenever a change is sent.
    pub(super) fn sent(&self, write: &Write) {
        self.holds(self.may, &format!("{} without leave", write.operation()));
        let final_ = matches!(write, Write::RunTask(_)) || sets(write);
        if write.operation().starts_with("s3:") {
            return;
        }
        let late = self.late && self.ages;
        self.holds(!late, &format!("{} hours after it was confirmed", write.operation()));
        if final_ {
            self.holds(self.bucket, &format!("{} without the bucket", write.operation()));
            self.holds(self.ours(), &format!("{} after the lock was lost", write.operation()));
            let overrun = self.theirs && self.stale;
            self.holds(!overrun, &format!("{} over somebody's deploy", write.operation()));
        }
    }

    /// What holds where the run ends, or rests.
    pub(in super::super) fn ended(&self) {
        let view = self.driver.run.view();
        let migrated = self.aws.tasks.values().any(|job| job.command.ends_with(" up"));
        let (new, well) = (self.is_new(), self.flight.ends() == Verdict::Succeeded);
        // a run that rests says of the lock what is so
        let rests = view.end.is_none() || view.resumable();
        let told = view.steps.last().is_some_and(|step| !step.detail.is_empty());
        self.holds(!rests || !self.ours() || told, "it rests with its lock, and does not say so");
        let touched = self.aws.done.iter().any(|write| !write.operation().starts_with("s3:"));
        let Some((verdict, why, _)) = &view.end else {
            self.holds(!self.may || self.broken, "it rests, and nobody said so");
            self.holds(view.unwatched, "it rests, and does not tell so");
            return;
        };
        // what is said of a way back in is true
        let taken_up = self.driver.take_up_by(confirmed(), 0).is_some();
        self.holds(view.resumable() == taken_up, "it can be taken up, or cannot, and is said to");
        let expected = *verdict == self.flight.ends();
        self.holds(expected || self.disturbed, &format!("undisturbed, and {verdict:?}: {why}"));
        match verdict {
            Verdict::Succeeded => {
                let all = migrated || !self.flight.migrates();
                let placed = new || self.foreign || !self.flight.deploys();
                self.holds(all && well && placed, "a false success");
            }
            Verdict::RolledBack => {
                self.holds(!well && touched && (!new || self.foreign), "a false rollback");
            }
            // what was asked of the window could not be heard
            Verdict::Unverified => {
                self.holds(self.flight.watches() && (new || self.foreign), "a window that was not there");
            }
            Verdict::Refused => self.holds(!touched, "refused, and changed something"),
            Verdict::Superseded => self.holds(self.foreign || self.robbed, "nobody took over"),
            // a change whose answer is lost twice, and which was made neither time
            Verdict::Failed => {
                let caused = matches!(self.flight, Flight::Check | Flight::Migration | Flight::MigrateCheck)
                    || !well && self.late;
                let told = self.broken || self.foreign || why.contains("had no effect");
                self.holds(caused || told, &format!("failed without cause: {why}"));
            }
            Verdict::Lost => {}
            Verdict::Stuck => self.holds(false, &format!("stuck: {why}")),
        }
        // broken off, or died: what it is for can still be done
        let over = !view.resumable() && *verdict != Verdict::Succeeded;
        let lets = self.may && !self.foreign && !self.robbed && self.bucket && !self.late;
        let left = over && lets && well && !self.flight.deploys() && *verdict == Verdict::Failed;
        self.holds(!left || migrated, &format!("it never migrates: {why}"));
        for write in self.aws.done.iter().filter(|_| !self.flight.alarms()) {
            let denied = format!("{} was not called", write.operation());
            let again = format!("{denied} again");
            // a check was
            let other = matches!(write, Write::RunTask(task) if !task.command.concat().ends_with("up"));
            self.holds(
                other || !why.contains(&denied) || why.contains(&again),
                &format!("{why}, and it was"),
            );
        }
        if why.contains("nothing was deployed") || why.contains("ecs:UpdateService was not called") {
            let updated = self.aws.done.iter().any(deploys);
            self.holds(!updated || self.flight.alarms(), "deployed, and told otherwise");
        }
        let moved = self.aws.tags.last().is_some_and(|(_, named)| *named == digest("8be02d4"));
        let said = verdict.in_place()
            || *verdict == Verdict::Lost
            || why.contains("stays moved")
            || why.contains("whether the tag prod was moved");
        self.holds(!moved || said, &format!("the tag stays moved, and nobody said so: {why}"));
        let kept = view.steps.last().is_some_and(|step| step.state == StepState::Failed);
        let settled = !matches!(verdict, Verdict::Lost) && self.may && self.bucket && !kept;
        self.holds(!settled || !self.ours(), "the lock was not released, and nobody said so");
    }

    /// Whether AWS runs what was asked for.
    pub(super) fn is_new(&self) -> bool {
        match self.flight {
            Flight::Tag | Flight::TagBack | Flight::AppRunner => {
                let tag = self.aws.tags.last().is_some_and(|(_, named)| *named == digest("8be02d4"));
                tag && self.aws.set() == format!("{REPOSITORY}:prod")
            }
            _ => self.aws.set() == format!("{REPOSITORY}:8be02d4"),
        }
    }

    /// Whether the window had cause to have the earlier revision put back.
    pub(super) fn aws_turned(&self) -> bool {
        self.flight.alarms()
    }
}
