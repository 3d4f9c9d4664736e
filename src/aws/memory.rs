//! What environments listed last, and where parts of an answer go.

use crate::model::{Answer, ServiceKey};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Where parts of an answer go as they become known.
pub(super) type Parts<'a> = &'a (dyn Fn(Answer) + Send + Sync);

/// Services of the environment as last listed, by where they were listed. When one source fails, its
/// services are still said to exist.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<BTreeMap<String, Vec<ServiceKey>>>);

impl Memory {
    /// Remembers what a source listed.
    pub fn put(&self, source: &str, keys: Vec<ServiceKey>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(source.to_owned(), keys);
    }

    /// What a source listed last.
    pub fn get(&self, source: &str) -> Vec<ServiceKey> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned().unwrap_or_default()
    }
}
