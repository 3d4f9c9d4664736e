//! Values that must reach AWS again unchanged and must never be shown.

use std::{fmt, sync::Arc};

/// A JSON document that may hold secrets (a task definition's environment values, say).
///
/// It has no `Serialize`, and its `Debug` shows nothing, so it cannot slip into the journal, a log or the
/// screen. Only [`Sealed::open`] gives it back, and the places that call it are few on purpose: the
/// write to AWS and the change of an image.
#[derive(Clone, PartialEq)]
pub struct Sealed(Arc<serde_json::Value>);

impl Sealed {
    /// Seals a document.
    pub fn new(document: serde_json::Value) -> Self {
        Self(Arc::new(document))
    }

    /// The document itself, secrets included. Never format what this returns.
    pub fn open(&self) -> &serde_json::Value {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let sealed = Sealed::new(serde_json::json!({"password": "hunter2"}));
        assert_eq!(format!("{sealed:?}"), "Sealed(…)");
    }
}
