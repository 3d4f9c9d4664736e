//! What goose writes about migrations, understood. What it writes is that of goose v3.30.1: `migration.go`, `up.go`,
//! `down.go`, `status.go`, `version.go` for the command, `provider_run.go` for programs that embed it.
//!
//! A line that says a migration ran does not say which way (`OK   00042_orders.sql (3ms)`): that comes from the
//! command, or from what goose says at the end. What is understood by half is no table, and a version is told only
//! where goose said it, and nothing ran after that.

mod line;
pub mod migration;
#[cfg(test)]
mod tests;
mod way;

use line::Said;
use migration::Migration;
pub use way::{Way, way};

/// What a log tells of migrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Migrations {
    /// Applied by this run, in their order; `detail` is how long each took.
    pub applied: Vec<Migration>,
    /// Taken back by this run, in their order; `detail` is how long each took.
    pub undone: Vec<Migration>,
    /// Applied before, as `goose status` lists them; `detail` is when.
    pub before: Vec<Migration>,
    /// Not applied.
    pub pending: Vec<Migration>,
    /// Whether all that is pending was listed, as `goose status` does.
    pub listed: bool,
    /// The one that failed; `detail` is why.
    pub failed: Option<Migration>,
    /// The database's version, where goose names it.
    pub current: Option<u64>,
}

impl Migrations {
    /// Reads the lines of a log of a command that goes this way; `None` where none of them is goose's, and where they
    /// are not understood whole.
    pub fn read<'a>(lines: impl Iterator<Item = &'a str>, way: Way) -> Option<Self> {
        let mut story = Story { way, ..Story::default() };
        for line in lines {
            story.take(line::said(line));
        }
        story.whole()
    }

    /// `2 applied, 1 taken back, 0 pending, 5 before`, each with what `names` makes of its list; what nobody listed is
    /// not counted.
    pub fn words(&self, names: impl Fn(&[Migration]) -> String) -> String {
        let mut parts = Vec::new();
        let mut part = |list: &[Migration], word: &str, always: bool| {
            if always || !list.is_empty() {
                parts.push(format!("{} {word}{}", list.len(), names(list)));
            }
        };
        part(&self.applied, "applied", self.undone.is_empty());
        part(&self.undone, "taken back", false);
        part(&self.pending, "pending", self.listed);
        parts.extend(self.listed.then(|| format!("{} before", self.before.len())));
        parts.join(", ")
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Story {
    found: Migrations,
    way: Way,
    /// Ran, and nobody said which way yet.
    ran: Vec<Migration>,
    /// Something of goose's was not understood, or is not kept in the database (`-no-versioning`).
    half: bool,
    /// Lines that name missing migrations follow.
    missing: bool,
}

impl Story {
    fn take(&mut self, said: Said) {
        let missing = std::mem::take(&mut self.missing);
        match said {
            Said::Half => self.half = true,
            Said::Listed(applied_at, migration) => self.listed(applied_at, migration),
            Said::Ran(Some(up), migration) => self.went(up, migration),
            Said::Ran(None, migration) => match self.way {
                Way::Up => self.went(true, migration),
                Way::Down => self.went(false, migration),
                // taken back, then applied again
                Way::Redo => {
                    let again = self.found.undone.iter().any(|m| m.name == migration.name);
                    self.went(again, migration);
                }
                Way::Untold => {
                    self.found.current = None;
                    self.ran.push(migration);
                }
                Way::Unversioned => self.half = true,
            },
            Said::Up(version) => {
                self.way_is(true);
                self.found.current = Some(version);
            }
            Said::Version(version) => self.found.current = Some(version),
            Said::Missing(version) => {
                self.found.current = Some(version);
                self.missing = true;
            }
            Said::File(migration) if missing => {
                self.missing = true;
                self.pends(migration);
            }
            Said::File(_) | Said::Nothing => {}
            Said::Failed(migration) => {
                let migration = self.named(migration);
                self.found.pending.retain(|m| m.version != migration.version);
                self.found.failed = Some(migration);
            }
        }
    }

    /// Which way the lines before went is known now.
    fn way_is(&mut self, up: bool) {
        for migration in std::mem::take(&mut self.ran) {
            self.went(up, migration);
        }
    }

    fn went(&mut self, up: bool, migration: Migration) {
        // a version that was said before is another one now
        self.found.current = None;
        self.found.pending.retain(|m| m.name != migration.name);
        self.found.before.retain(|m| m.name != migration.name);
        if up { &mut self.found.applied } else { &mut self.found.undone }.push(migration);
    }

    /// A line of `goose status`; the newest says how it is.
    fn listed(&mut self, applied_at: Option<String>, mut migration: Migration) {
        self.found.listed = true;
        let ours = |list: &[Migration]| list.iter().any(|m| m.name == migration.name);
        self.found.pending.retain(|m| m.name != migration.name);
        self.found.before.retain(|m| m.name != migration.name);
        match applied_at {
            Some(at) if !ours(&self.found.applied) => {
                migration.detail = at;
                self.found.before.push(migration);
            }
            None if !ours(&self.found.undone)
                && self.found.failed.as_ref().is_none_or(|f| f.name != migration.name) =>
            {
                self.found.pending.push(migration);
            }
            _ => {}
        }
    }

    fn pends(&mut self, migration: Migration) {
        if !self.found.pending.iter().any(|m| m.name == migration.name) {
            self.found.pending.push(migration);
        }
    }

    /// Programs that embed goose tell a failed migration by its version alone.
    fn named(&self, mut migration: Migration) -> Migration {
        if migration.name.is_empty() {
            let all = self.found.pending.iter().chain(&self.found.before);
            let known = all.into_iter().find(|m| m.version == migration.version).map(|m| m.name.clone());
            migration.name = known.unwrap_or_else(|| format!("version {}", migration.version));
        }
        migration
    }

    fn whole(self) -> Option<Migrations> {
        let told = self.found != Migrations::default();
        (told && !self.half && self.ran.is_empty()).then_some(self.found)
    }
}
