//! How a service deploys, and its deployments before the start.

use super::{Check, Checked, full_image};
use crate::sim::engine::state::Stage;
use crate::sim::world::file::Name;
use crate::sim::world::{Beside, Ended, HookSpec, Past, Revisions, StrategyName, ThresholdSpec, file};

impl Check<'_> {
    pub(super) fn past(&self, entries: &[file::Past]) -> Checked<Vec<Past>> {
        let mut past = Vec::with_capacity(entries.len());
        for entry in entries {
            let ended = match entry.ended.as_ref().map(|e| e.get_ref().as_str()) {
                None | Some("succeeded") => Ended::Succeeded,
                Some("rolled_back") => Ended::RolledBack,
                Some("stopped") => Ended::Stopped,
                Some(_) => {
                    let wrong = entry.ended.as_ref().map_or(0, |e| e.span().start);
                    return Err(self.source.at(wrong, "ended is succeeded, rolled_back or stopped"));
                }
            };
            let image = self.image_name(&entry.image)?;
            let meant = entry.meant.as_ref().map(|tag| {
                let repository =
                    entry.image.get_ref().rsplit_once(':').map_or("", |(repository, _)| repository);
                full_image(&self.repositories, &format!("{repository}:{}", tag.get_ref()))
                    .map_err(|message| self.at(tag, message))
            });
            past.push(Past {
                ago: self.seconds(&entry.ago)?.abs(),
                image,
                meant: meant.transpose()?,
                inactive: entry.inactive,
                forced: entry.forced,
                ended,
            });
        }
        past.sort_by(|a, b| b.ago.total_cmp(&a.ago));
        Ok(past)
    }

    pub(super) fn beside(&self, service: &file::Service, entry: &file::Beside) -> Checked<Beside> {
        if service.controller.as_ref().is_none_or(|c| c.get_ref() == "ECS") {
            return Err(self.at(&entry.image, "beside needs the controller CODE_DEPLOY or EXTERNAL"));
        }
        let later = |at: &Option<Name>| at.as_ref().map(|at| self.seconds(at)).transpose();
        let (moves, ends) = (later(&entry.moves)?, later(&entry.ends)?);
        if entry.serves && moves.is_some() {
            return Err(self.at(&entry.image, "what serves already has nothing to be moved to it"));
        }
        if ends.is_some_and(|ends| !entry.serves && moves.is_none_or(|moves| ends <= moves)) {
            return Err(self.at(&entry.image, "the set before ends after the traffic moved away from it"));
        }
        Ok(Beside {
            image: self.image_name(&entry.image)?,
            ago: self.seconds(&entry.ago)?.abs(),
            serves: entry.serves,
            moves,
            ends,
        })
    }

    pub(super) fn revisions(&self, entry: &file::Service) -> Checked<Revisions> {
        let Some(word) = &entry.revisions else { return Ok(Revisions::Described) };
        self.one_of(word, &["missing", "refused"])?;
        Ok(if word.get_ref() == "missing" { Revisions::Missing } else { Revisions::Refused })
    }

    pub(super) fn threshold(&self, entry: &file::Threshold) -> Checked<ThresholdSpec> {
        self.one_of(&entry.kind, &["count", "bounded_percent", "unbounded_percent"])?;
        if entry.value == 0 {
            return Err(self.at(&entry.kind, "the value of a threshold is at least 1"));
        }
        Ok(match entry.kind.get_ref().as_str() {
            "count" => ThresholdSpec::Count(entry.value),
            "bounded_percent" => ThresholdSpec::Bounded(entry.value),
            _ => ThresholdSpec::Unbounded(entry.value),
        })
    }

    pub(super) fn step(&self, entry: &file::Step, strategy: StrategyName) -> Checked<(f64, f64)> {
        if !matches!(strategy, StrategyName::Linear | StrategyName::Canary) {
            return Err(self.at(&entry.wait, "step goes with the strategies linear and canary"));
        }
        if !(0.1..=100.0).contains(&entry.percent) {
            return Err(self.at(&entry.wait, "percent is from 0.1 to 100"));
        }
        Ok((entry.percent, self.seconds(&entry.wait)?))
    }

    pub(super) fn hook(&self, entry: &file::Hook) -> Checked<HookSpec> {
        let all: Vec<&str> = Stage::hook_names().collect();
        for stage in &entry.stages {
            self.one_of(stage, &all)?;
            let shift = matches!(stage.get_ref().as_str(), "TEST_TRAFFIC_SHIFT" | "PRODUCTION_TRAFFIC_SHIFT");
            if shift && entry.function.is_none() {
                return Err(self.at(stage, "no hook can pause while traffic shifts: give it a function"));
            }
        }
        if let Some(then) = &entry.then {
            self.one_of(then, &["rollback", "continue"])?;
            if entry.timeout.is_none() {
                return Err(self.at(then, "then says what happens at the timeout: give a timeout"));
            }
        }
        Ok(HookSpec {
            function: entry.function.clone(),
            stages: entry.stages.iter().map(|stage| stage.get_ref().clone()).collect(),
            timeout: entry.timeout.as_ref().map(|timeout| self.seconds(timeout)).transpose()?,
            proceeds: entry.then.as_ref().is_some_and(|then| then.get_ref() == "continue"),
        })
    }
}
