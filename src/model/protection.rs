//! How an environment is protected from changes.

use serde::{Deserialize, Serialize};

/// How an environment is protected from changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// One key in the plan dialog.
    Open,
    /// The plan dialog, confirmed.
    #[default]
    Confirm,
    /// The service's name typed into the plan dialog.
    Typed,
    /// No change at all.
    ReadOnly,
}

impl Protection {
    /// The word for it in configuration and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirm => "confirm",
            Self::Typed => "typed",
            Self::ReadOnly => "read-only",
        }
    }

    /// The protection an environment has when nothing is configured: production-looking names are `typed`.
    pub fn for_name(name: &str) -> Self {
        let lower = name.to_lowercase();
        let production = lower.split(|c: char| !c.is_alphanumeric()).any(|part| {
            part == "live"
                || part.trim_end_matches(|c: char| c.is_ascii_digit()) == "prd"
                || part.starts_with("prod")
        });
        if production { Self::Typed } else { Self::Confirm }
    }
}
