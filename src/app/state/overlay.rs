//! What lies over the screen.

use super::{Line, ListView, Loaded, Session, Wanted};
use crate::{
    model::{EnvironmentName, Image, Plan, Protection, Range, Revision, RunId, ServiceKey, Stamp},
    ops::{Draft, HeldLock},
};

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    /// The filter line.
    Filter(Line),
    /// The palette.
    Palette {
        /// What is typed.
        line: Line,
        /// Entries that match, best first.
        entries: Vec<PaletteEntry>,
        /// The selected one.
        list: ListView,
        /// Somebody moved to it.
        moved: bool,
    },
    /// Pick an image.
    Images {
        /// For which service.
        key: ServiceKey,
        /// What it is picked for.
        pick: Pick,
        /// The repository that was asked; empty until the image in use is known.
        repository: String,
        /// What is typed.
        line: Line,
        /// All images, newest first.
        images: Loaded<Vec<Image>>,
        /// Indices of those that match.
        shown: Vec<usize>,
        /// The selected one.
        list: ListView,
    },
    /// Pick a revision to go back to, when nothing is in flight.
    Revisions {
        /// For which service.
        key: ServiceKey,
        /// Revisions.
        revisions: Loaded<Vec<Revision>>,
        /// The selected one.
        list: ListView,
    },
    /// A number of tasks.
    Scale {
        /// For which service.
        key: ServiceKey,
        /// What is typed.
        line: Line,
    },
    /// A moment of the log to go to.
    Moment(Line),
    /// A plan is being made.
    Planning {
        /// The run it would be.
        run: RunId,
        /// `Deploy 8be02d4 to prod-service`.
        title: String,
    },
    /// A plan to be confirmed.
    Plan(Box<PlanDialog>),
    /// A plan that cannot be.
    Refused {
        /// What was wanted.
        title: String,
        /// Why not, and what to do.
        refusal: crate::model::Refusal,
        /// The lock that somebody holds, where that is why, and what was wanted.
        held: Option<Box<(HeldLock, Wanted)>>,
    },
    /// A lock is to be taken over from whoever holds it, whose name is typed.
    TakeOver(Box<TakeOver>),
    /// A run that rests before a change is to go on.
    GoOn(Box<GoOn>),
    /// Why the service is not well: lines of (label, text).
    Why {
        /// Which service.
        key: ServiceKey,
        /// Scroll.
        list: ListView,
    },
    /// An address or another long text to be read and copied.
    Text {
        /// Title.
        title: String,
        /// Lines.
        lines: Vec<String>,
        /// Scroll.
        list: ListView,
    },
}

impl Overlay {
    /// The line being typed, if any.
    pub fn line(&self) -> Option<&Line> {
        match self {
            Self::Filter(line)
            | Self::Moment(line)
            | Self::Scale { line, .. }
            | Self::Palette { line, .. }
            | Self::Images { line, .. } => Some(line),
            Self::TakeOver(over) => Some(&over.line),
            Self::GoOn(on) if on.protection == Protection::Typed => Some(&on.line),
            Self::Plan(dialog) if dialog.noting => Some(&dialog.note),
            Self::Plan(dialog) if dialog.protection == Protection::Typed => Some(&dialog.line),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn line_mut(&mut self) -> Option<&mut Line> {
        match self {
            Self::Filter(line)
            | Self::Moment(line)
            | Self::Scale { line, .. }
            | Self::Palette { line, .. }
            | Self::Images { line, .. } => Some(line),
            Self::TakeOver(over) => Some(&mut over.line),
            Self::GoOn(on) if on.protection == Protection::Typed => Some(&mut on.line),
            Self::Plan(dialog) => match (dialog.noting, dialog.protection) {
                (true, _) => Some(&mut dialog.note),
                (false, Protection::Typed) => Some(&mut dialog.line),
                (false, _) => None,
            },
            _ => None,
        }
    }
}

/// A lock to be taken over.
#[derive(Debug)]
pub struct TakeOver {
    /// The lock.
    pub held: HeldLock,
    /// What is planned again with it.
    pub wanted: Wanted,
    /// What is typed.
    pub line: Line,
    /// Why the last try was not taken.
    pub complaint: String,
}

/// A run that rests before a change, to be confirmed anew.
#[derive(Debug)]
pub struct GoOn {
    /// The run.
    pub run: RunId,
    /// Its service.
    pub key: ServiceKey,
    /// What it does.
    pub title: String,
    /// What is still to come, and why it rests.
    pub waits: String,
    /// How the environment is protected now.
    pub protection: Protection,
    /// What is typed, where a name must be.
    pub line: Line,
    /// Why the last try was not taken.
    pub complaint: String,
}

/// What an image is picked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// A deploy.
    Deploy,
    /// A release.
    Release,
    /// A run of the migrations.
    Migrate,
}

/// A plan dialog.
#[derive(Debug)]
pub struct PlanDialog {
    /// What is going to be confirmed, resolved.
    pub draft: Draft,
    /// How the environment is protected.
    pub protection: Protection,
    /// What is typed, where a name must be.
    pub line: Line,
    /// Why it is done; kept with the run.
    pub note: Line,
    /// The note is being typed.
    pub noting: bool,
    /// First line shown.
    pub scroll: usize,
    /// The furthest line that has been on the screen; the plan is confirmed only once all were.
    pub seen: usize,
    /// No key read before this frame was on the screen counts; set by the runtime's first draw of it.
    pub since_frame: u64,
    /// The frame that first shows the last of the rows seen; no confirmation read before it counts.
    pub seen_frame: u64,
    /// Why the last try to confirm was not taken.
    pub complaint: String,
    /// Why it was planned once more; shown while there is no complaint.
    pub remark: String,
    /// What was wanted.
    pub wanted: Wanted,
    /// When the plan was shown; after five minutes it is void.
    pub made_at: Stamp,
    /// When its first frame was on the screen, or the last confirmation since then that came too early.
    pub quiet_since: Option<Stamp>,
}

impl PlanDialog {
    /// The plan shown.
    pub fn plan(&self) -> &Plan {
        &self.draft.plan
    }
}

/// An entry of the palette.
#[derive(Debug, Clone, PartialEq)]
pub struct PaletteEntry {
    /// What it says.
    pub title: String,
    /// The key for it, or its environment.
    pub aside: String,
    /// What it does.
    pub does: PaletteVerb,
    /// It is not done by Enter alone: it changes AWS or leaves, and its name is not typed.
    pub guarded: bool,
}

/// What a palette entry does.
#[derive(Debug, Clone, PartialEq)]
pub enum PaletteVerb {
    /// A verb.
    Act(crate::action::Action),
    /// Open a service.
    Service(ServiceKey),
    /// Show only one environment.
    Environment(EnvironmentName),
    /// Another range.
    Range(Range),
    /// Another region or profile for this session.
    Session(Session),
    /// Choose the revision to go back to.
    PickRevision,
}
