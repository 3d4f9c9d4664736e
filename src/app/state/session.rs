//! Another region or profile for this session.

/// What is chosen for the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// A region.
    Region(String),
    /// A profile of the AWS configuration.
    Profile(String),
}

impl std::fmt::Display for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Region(region) => write!(f, "region {region}"),
            Self::Profile(profile) => write!(f, "profile {profile}"),
        }
    }
}
