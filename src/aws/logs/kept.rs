//! What the lines of one page named for those of the next: a read goes on by the token that AWS gave with the page before.

use crate::model::secret::Lines;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// The lines so far, by their streams.
pub(super) type Streams = HashMap<String, Lines>;

/// Reads that are kept: somebody goes on with the newest.
const MOST: usize = 32;

/// Reads that may go on, each under the place that was read and its token.
#[derive(Debug)]
pub(super) struct Kept(Mutex<VecDeque<(String, Streams)>>);

impl Kept {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }

    /// The streams as the page before left them; they stay, as a page may be asked for twice.
    pub(super) fn begun(&self, on: &str, token: Option<&str>) -> Streams {
        let Some(token) = token else { return Streams::new() };
        let key = key(on, token);
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().rev().find(|(own, _)| *own == key).map(|(_, streams)| streams.clone()).unwrap_or_default()
    }

    /// Keeps the streams for the page that this token leads to: those alone that named something.
    pub(super) fn keep(&self, on: &str, token: Option<&str>, mut streams: Streams) {
        streams.retain(|_, lines| lines.are_open());
        let Some(token) = token else { return };
        let key = key(on, token);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(own, _)| *own != key);
        if streams.is_empty() {
            return;
        }
        kept.push_back((key, streams));
        while kept.len() > MOST {
            kept.pop_front();
        }
    }
}

fn key(on: &str, token: &str) -> String {
    format!("{on}\n{token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_where_the_one_before_ended() {
        let kept = Kept::new();
        let mut first = kept.begun("log group a", None);
        assert_eq!(first.entry("s".to_owned()).or_default().text("password:"), "password:");
        let _ = first.entry("t".to_owned()).or_default().text("ready");
        kept.keep("log group a", Some("1"), first);
        for _ in 0..2 {
            let mut second = kept.begun("log group a", Some("1"));
            assert_eq!(second.len(), 1);
            assert!(!second.entry("s".to_owned()).or_default().text("  hunter2").contains("hunter2"));
        }
        assert!(kept.begun("log group a", Some("2")).is_empty());
        assert!(kept.begun("log group b", Some("1")).is_empty());
        // the same token once more, and nothing is open any longer
        kept.keep("log group a", Some("1"), Streams::new());
        assert!(kept.begun("log group a", Some("1")).is_empty());
    }

    #[test]
    fn the_oldest_reads_are_forgotten() {
        let kept = Kept::new();
        for token in 0..=MOST {
            let mut streams = Streams::new();
            let _ = streams.entry("s".to_owned()).or_default().text("password:");
            kept.keep("g", Some(&token.to_string()), streams);
        }
        assert!(kept.begun("g", Some("0")).is_empty());
        assert_eq!(kept.begun("g", Some("1")).len(), 1);
    }
}
