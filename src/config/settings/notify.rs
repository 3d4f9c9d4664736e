//! What is told beyond the screen, and by which means.

/// Something that happens while nobody may be looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A run of this cockpit came to its end.
    RunEnded,
    /// A run or a rollout waits for somebody.
    Waiting,
    /// An alarm began to fire for a marked service.
    Alarm,
}

/// How somebody is told who looks elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The terminal's bell.
    Bell,
    /// The terminal's title.
    Title,
    /// A notification as iTerm2, kitty and others show it (OSC 9).
    Osc9,
    /// A notification as rxvt, foot, WezTerm and others show it (OSC 777).
    Osc777,
}

/// `[notify]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// What is told; nothing, unless something is chosen.
    pub on: Vec<Occasion>,
    /// By which means.
    pub by: Vec<Means>,
}

impl Default for Notify {
    fn default() -> Self {
        Self { on: Vec::new(), by: vec![Means::Bell] }
    }
}

/// The words for occasions.
pub const OCCASIONS: [(&str, Occasion); 3] =
    [("run-ended", Occasion::RunEnded), ("waiting", Occasion::Waiting), ("alarm", Occasion::Alarm)];

/// The words for means.
pub const MEANS: [(&str, Means); 4] =
    [("bell", Means::Bell), ("title", Means::Title), ("osc9", Means::Osc9), ("osc777", Means::Osc777)];
