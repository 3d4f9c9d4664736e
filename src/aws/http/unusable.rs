//! What cannot be used as it is.

/// Something outside the configuration that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Unusable {
    /// What: the name of a variable or a setting.
    pub what: String,
    /// Why not.
    pub why: String,
    /// What to do.
    pub remedy: String,
}
