//! What is carried out: a run, and what AWS makes of it.

use super::super::aws::{Aws, Driver, guarded, lock_settings, words};
use super::super::gates::release;
use super::super::harness::plan_in;
use super::super::promotions::{promote, tagged};
use super::super::world::*;
use crate::model::{DeploymentStatus, Kind, Verdict};
use crate::ops::{Context, VerifySettings, Wish};

/// A run, and how it ends where nothing disturbs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flight {
    /// Lock, copy, migration, deploy.
    Release,
    /// Checks before the migration, and a window after the deploy.
    Guarded,
    /// The window fails, and the earlier revision is put back.
    Window,
    /// AWS rolls the deploy back by itself.
    Breaker,
    /// A check fails.
    Check,
    /// The migration fails.
    Migration,
    /// The tag that the service is set to is moved.
    Tag,
    /// The same, and moved back since the window fails.
    TagBack,
    /// A tag of App Runner's is moved, and moved back.
    AppRunner,
    /// A check and a migration, and nothing behind them.
    Migrate,
    /// The same, whose check fails.
    MigrateCheck,
}

impl Flight {
    pub(super) const ALL: [Self; 11] = [
        Self::Release,
        Self::Guarded,
        Self::Window,
        Self::Breaker,
        Self::Check,
        Self::Migration,
        Self::Tag,
        Self::TagBack,
        Self::AppRunner,
        Self::Migrate,
        Self::MigrateCheck,
    ];

    /// The run, and the AWS that it meets.
    pub(super) fn begin(self) -> (Aws, Driver) {
        let kind = if self == Self::AppRunner { Kind::AppRunner } else { Kind::Ecs };
        let (world, mut context, wish) = match self {
            Self::Tag | Self::TagBack | Self::AppRunner => {
                let (world, context) = tagged(kind);
                (world, context, promote())
            }
            _ => {
                let world = World::new(kind);
                let context = guarded(&world);
                let alone = matches!(self, Self::Migrate | Self::MigrateCheck);
                (world, context, if alone { Wish::Migrate { image: None } } else { release() })
            }
        };
        self.bend(&mut context);
        let draft = plan_in(&world, context, wish).unwrap();
        let mut aws = Aws::new(world);
        aws.exits = match self {
            Self::Check | Self::MigrateCheck => vec![("status", 1)],
            Self::Migration => vec![(" up", 1)],
            _ => Vec::new(),
        };
        if self == Self::Breaker {
            // a copy whose registration was in doubt is made once more
            let copies = [":42", ":43", ":44"];
            aws.outcomes =
                copies.map(|copy| (copy.to_owned(), DeploymentStatus::RollbackSuccessful)).to_vec();
        }
        (aws, Driver::start(draft))
    }

    /// What is not in question is left out: every step more is as many orders of events more.
    fn bend(self, context: &mut Context) {
        context.lock = Some(lock_settings());
        context.migration.checks = match self {
            Self::Guarded | Self::Check | Self::Migrate | Self::MigrateCheck => {
                vec![words("goose -dir migrations status")]
            }
            _ => Vec::new(),
        };
        if matches!(self, Self::Tag | Self::TagBack | Self::AppRunner) {
            context.migration.command = Vec::new();
        }
        let window =
            VerifySettings { window_ms: 2_000, alarms: vec!["prod-5xx".into()], ..VerifySettings::default() };
        context.verify = self.watches().then_some(window);
    }

    /// Where its lock is.
    pub(super) fn lock(self) -> &'static str {
        match self {
            Self::AppRunner => "flightdeck/locks/111122223333/us-west-2/apprunner/fem-fd-service.json",
            _ => "flightdeck/locks/111122223333/us-west-2/prod/service.json",
        }
    }

    /// Whether there is a window after the deploy.
    pub(super) fn watches(self) -> bool {
        matches!(self, Self::Guarded | Self::Window | Self::TagBack | Self::AppRunner)
    }

    /// Whether the alarm fires once the new version is in place.
    pub(super) fn alarms(self) -> bool {
        matches!(self, Self::Window | Self::TagBack | Self::AppRunner)
    }

    /// Whether it puts anything in place.
    pub(super) fn deploys(self) -> bool {
        !matches!(self, Self::Migrate | Self::MigrateCheck)
    }

    /// Whether a migration belongs to it.
    pub(super) fn migrates(self) -> bool {
        !matches!(self, Self::Tag | Self::TagBack | Self::AppRunner)
    }

    /// How it ends where nothing disturbs it.
    pub(super) fn ends(self) -> Verdict {
        match self {
            Self::Release | Self::Guarded | Self::Tag | Self::Migrate => Verdict::Succeeded,
            Self::Window | Self::Breaker | Self::TagBack | Self::AppRunner => Verdict::RolledBack,
            Self::Check | Self::Migration | Self::MigrateCheck => Verdict::Failed,
        }
    }
}
