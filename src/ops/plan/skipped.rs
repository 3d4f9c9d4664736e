//! Revisions that a rollback passes over.

use super::draft::Sheet;
use crate::ops::watch::label;

/// Why a revision is skipped of which no rollout is known.
pub(super) const NEVER: &str = "it is not known to have been deployed";

/// Revisions that a rollback passes over, each with the reason: newest first, each once.
#[derive(Debug, Default)]
pub(super) struct Skipped(Vec<(String, String)>);

impl Skipped {
    pub(super) fn add(&mut self, name: &str, why: &str) {
        if !name.is_empty() && !self.0.iter().any(|(known, _)| known == name) {
            self.0.push((name.to_owned(), why.to_owned()));
        }
    }

    /// Numbers of the family between both of which nothing is known.
    pub(super) fn between(&mut self, current: &str, to: &str) {
        let parts = |arn: &str| {
            let (family, number) = label(arn).rsplit_once(':')?;
            Some((family.to_owned(), number.parse::<u32>().ok()?))
        };
        let (Some((family, current)), Some((other, to))) = (parts(current), parts(to)) else { return };
        if family != other || to >= current {
            return;
        }
        let known = |number: &u32| self.0.iter().any(|(name, _)| *name == format!("{family}:{number}"));
        let unknown: Vec<u32> = (to + 1..current).rev().take(SPAN).filter(|number| !known(number)).collect();
        match (unknown.first(), unknown.last()) {
            (Some(newest), Some(oldest)) if newest == oldest => {
                self.add(&format!("{family}:{newest}"), NEVER);
            }
            (Some(newest), Some(oldest)) => {
                let why = format!("no rollout of {} revisions up to there is known", unknown.len());
                self.add(&format!("{family}:{oldest} to {newest}"), &why);
            }
            _ => {}
        }
    }

    /// Says which, and why.
    pub(super) fn tell(self, sheet: &mut Sheet) {
        for (name, why) in self.0.iter().take(SKIPPED_MAX) {
            sheet.warn(format!("{name} is skipped: {why}"));
        }
        if self.0.len() > SKIPPED_MAX {
            sheet.warn(format!("{} more revisions are skipped", self.0.len() - SKIPPED_MAX));
        }
    }
}

/// Revisions that are told one by one.
const SKIPPED_MAX: usize = 6;

/// Numbers between two revisions that are looked through.
const SPAN: usize = 1_000;
