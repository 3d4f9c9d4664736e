//! Why there are no credentials.

use crate::model::TroubleKind;
use std::{error::Error, fmt};

/// Why there are no credentials, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Failed {
    /// The sort.
    pub kind: TroubleKind,
    /// Why.
    pub why: String,
    /// What to do; empty where the form's own way of signing in is it.
    pub remedy: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl Error for Failed {}

/// The first cause of a type.
pub(in crate::aws) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}
