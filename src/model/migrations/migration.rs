//! One migration.

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The number that its file's name begins with.
    pub version: u64,
    /// Its file's name: `0042_add_orders.sql`.
    pub name: String,
    /// How long it took in goose's words, or when it was applied; empty where goose does not tell.
    pub detail: String,
}
