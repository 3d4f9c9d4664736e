//! What is kept: events in streams in groups, oldest dropped first.

use std::collections::{BTreeMap, VecDeque};

/// Events that a stream keeps.
const MAX_EVENTS: usize = 20_000;
/// Bytes of messages that a stream keeps.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Streams that a group keeps.
const MAX_STREAMS: usize = 400;
/// Longest message kept, in bytes.
const MAX_MESSAGE: usize = 16 * 1024;

/// A place between events: the time and the number of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Its number in the store.
    pub number: u64,
}

/// A line of a log.
#[derive(Debug)]
pub struct Event {
    /// When, and which.
    pub place: Place,
    /// What it says.
    pub message: Box<str>,
}

/// A log stream; its events are in order.
#[derive(Debug)]
pub struct Stream {
    /// Epoch milliseconds.
    pub created_ms: i64,
    /// Oldest first.
    pub events: VecDeque<Event>,
    bytes: usize,
}

impl Stream {
    fn push(&mut self, event: Event) {
        self.bytes += event.message.len();
        // nearly always the end; a straggler goes where its time belongs
        let at = self.events.partition_point(|kept| kept.place <= event.place);
        self.events.insert(at, event);
        while self.events.len() > MAX_EVENTS || (self.bytes > MAX_BYTES && self.events.len() > 1) {
            let gone = self.events.pop_front();
            self.bytes -= gone.map_or(0, |event| event.message.len());
        }
    }

    /// Bytes of its messages.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// When its newest event happened; its creation when it has none.
    pub fn last_ms(&self) -> i64 {
        self.events.back().map_or(self.created_ms, |event| event.place.at_ms)
    }

    /// Its events from a time on, oldest first (epoch milliseconds).
    pub fn from(&self, start_ms: i64) -> impl DoubleEndedIterator<Item = &Event> {
        let first = self.events.partition_point(|event| event.place.at_ms < start_ms);
        self.events.range(first..)
    }
}

/// A log group.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: Box<str>,
    /// Epoch milliseconds.
    pub created_ms: i64,
    /// By name.
    pub streams: BTreeMap<Box<str>, Stream>,
}

impl Group {
    fn stream_mut(&mut self, name: &str, at_ms: i64) -> &mut Stream {
        if !self.streams.contains_key(name) && self.streams.len() >= MAX_STREAMS {
            let stalest =
                self.streams.iter().min_by_key(|(_, stream)| stream.last_ms()).map(|(name, _)| name.clone());
            if let Some(stalest) = stalest {
                self.streams.remove(&stalest);
            }
        }
        let fresh = || Stream { created_ms: at_ms, events: VecDeque::new(), bytes: 0 };
        self.streams.entry(name.into()).or_insert_with(fresh)
    }
}

/// Groups by name.
pub type Groups = BTreeMap<Box<str>, Group>;

/// Groups by account and region.
#[derive(Debug, Default)]
pub struct Store {
    groups: BTreeMap<Box<str>, BTreeMap<Box<str>, Groups>>,
    last: u64,
}

impl Store {
    /// The groups of an account and region.
    pub fn groups(&self, account: &str, region: &str) -> Option<&Groups> {
        self.groups.get(account)?.get(region)
    }

    /// A group.
    pub fn group(&self, account: &str, region: &str, name: &str) -> Option<&Group> {
        self.groups(account, region)?.get(name)
    }

    /// A group, made when it misses.
    pub fn group_mut(&mut self, account: &str, region: &str, name: &str, at_ms: i64) -> &mut Group {
        let groups = self.groups.entry(account.into()).or_default().entry(region.into()).or_default();
        groups.entry(name.into()).or_insert_with(|| Group {
            name: name.into(),
            created_ms: at_ms,
            streams: BTreeMap::new(),
        })
    }

    /// Adds an event.
    pub fn append(
        &mut self,
        account: &str,
        region: &str,
        group: &str,
        stream: &str,
        at_ms: i64,
        message: &str,
    ) {
        self.last += 1;
        let place = Place { at_ms, number: self.last };
        // CloudWatch has no empty messages
        let message = if message.is_empty() { " " } else { message };
        let end = message.floor_char_boundary(MAX_MESSAGE);
        let message = message.get(..end).unwrap_or_default().into();
        self.group_mut(account, region, group, at_ms)
            .stream_mut(stream, at_ms)
            .push(Event { place, message });
    }
}
