//! The lines of a log that are kept: bounded, in the order of time, each once; those that a filter lets through, and
//! those that one steps to. Nothing here goes through all of them for a key or a frame.

use crate::model::{
    LogEvent, LogLine, Stamp,
    log::{Level, Sieve, pattern},
};
use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

/// Lines kept at most.
pub const LINES_MAX: usize = 50_000;
/// Bytes of their text at most: a line may have thousands.
const BYTES_MAX: usize = 32 << 20;
/// Lines that are judged by another filter at once; the rest follows.
const STEP: usize = 4_096;

/// Where a line stands among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineKey {
    /// When it was written.
    pub at: Stamp,
    /// Among those of the same moment.
    place: i32,
}

#[derive(Debug)]
struct Kept {
    key: LineKey,
    event: LogEvent,
}

/// What a line is worth to the filter.
#[derive(Clone, Copy, Default)]
struct Judged {
    /// It is shown.
    shown: bool,
    /// One steps to it.
    hit: bool,
}

/// The lines kept.
#[derive(Debug, Default)]
pub struct LogBook {
    lines: VecDeque<Kept>,
    bytes: usize,
    /// What is there, by the hash of its id.
    ids: HashSet<u64>,
    shown: VecDeque<LineKey>,
    hits: VecDeque<LineKey>,
    sieve: Sieve,
    /// Lines that the filter does not let through are shown all the same.
    among: bool,
    /// Lines from here on are judged; none where all are.
    judged: Option<LineKey>,
    /// Lines that tell of trouble, by what they have in common: how many, and when the last was written.
    troubles: HashMap<Box<str>, (usize, Stamp)>,
    /// There is nothing older.
    pub begun: bool,
    /// Newer ones were given up for older ones.
    pub cut: bool,
}

impl LogBook {
    /// Forgets all lines; the filter stays.
    pub fn clear(&mut self) {
        let (sieve, among) = (std::mem::take(&mut self.sieve), self.among);
        *self = Self { sieve, among, ..Self::default() };
    }

    /// Without any line, whether shown or not.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Lines kept.
    pub fn total(&self) -> usize {
        self.lines.len()
    }

    /// Lines shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Lines to step to: those that the filter finds where the others are shown too, else those that tell of trouble.
    pub fn hits(&self) -> usize {
        self.hits.len()
    }

    /// Not all lines are judged by the filter yet.
    pub fn is_judging(&self) -> bool {
        self.judged.is_some()
    }

    /// The filter.
    pub fn sieve(&self) -> &Sieve {
        &self.sieve
    }

    /// Lines that the filter does not let through are shown all the same.
    pub fn among(&self) -> bool {
        self.among
    }

    /// A line shown.
    pub fn get(&self, index: usize) -> Option<&LogEvent> {
        let key = self.shown.get(index)?;
        let place = self.lines.binary_search_by(|kept| kept.key.cmp(key)).ok()?;
        self.lines.get(place).map(|kept| &kept.event)
    }

    /// What a line shown is known by while others come and go.
    pub fn key(&self, index: usize) -> Option<LineKey> {
        self.shown.get(index).copied()
    }

    /// Where that line is shown now, or the first one after it.
    pub fn place(&self, key: LineKey) -> usize {
        self.shown.partition_point(|own| *own < key)
    }

    /// Where the first line of that moment, or after it, is shown.
    pub fn at(&self, at: Stamp) -> usize {
        self.shown.partition_point(|own| own.at < at)
    }

    /// The next line to step to.
    pub fn hit(&self, from: usize, forward: bool) -> Option<usize> {
        let key = self.key(from)?;
        let hit = if forward {
            self.hits.get(self.hits.partition_point(|own| *own <= key))?
        } else {
            self.hits.get(self.hits.partition_point(|own| *own < key).checked_sub(1)?)?
        };
        Some(self.place(*hit))
    }

    /// Whether a line shown is one to step to.
    pub fn is_hit(&self, index: usize) -> bool {
        self.key(index).is_some_and(|key| self.hits.binary_search(&key).is_ok())
    }

    /// How many lines to step to there are up to a line shown.
    pub fn hits_up_to(&self, index: usize) -> usize {
        self.key(index).map_or(0, |key| self.hits.partition_point(|own| *own <= key))
    }

    /// When the oldest and the newest line kept were written.
    pub fn ends(&self) -> Option<(Stamp, Stamp)> {
        Some((self.lines.front()?.key.at, self.lines.back()?.key.at))
    }

    /// What the lines kept that tell of trouble have in common, the most frequent first: how many, and the last.
    pub fn troubles(&self) -> Vec<(&str, usize, Stamp)> {
        let mut all: Vec<_> =
            self.troubles.iter().map(|(told, (count, last))| (&**told, *count, *last)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.cmp(&a.2)).then(a.0.cmp(b.0)));
        all
    }

    /// All lines kept, the newest first, whether shown or not.
    pub fn newest_first(&self) -> impl Iterator<Item = &LogEvent> {
        self.lines.iter().rev().map(|kept| &kept.event)
    }

    /// Takes lines in, oldest first, without those that are there already; true when there were new ones. Those that were read
    /// backwards stand before others of their moment, and where there are too many the newest go.
    pub fn take(&mut self, events: Vec<LogEvent>, back: bool) -> bool {
        let mut fresh = false;
        if back {
            for event in events.into_iter().rev() {
                fresh |= self.insert(event, true);
            }
        } else {
            for event in events {
                fresh |= self.insert(event, false);
            }
        }
        while self.lines.len() > LINES_MAX || (self.bytes > BYTES_MAX && self.lines.len() > 1) {
            self.give_up(back);
        }
        fresh
    }

    fn insert(&mut self, event: LogEvent, back: bool) -> bool {
        if !self.ids.insert(hash(&event)) {
            return false;
        }
        let at = event.line.at;
        let index = if back {
            self.lines.partition_point(|kept| kept.key.at < at)
        } else {
            // nearly always the end
            self.lines.partition_point(|kept| kept.key.at <= at)
        };
        let beside = if back { Some(index) } else { index.checked_sub(1) };
        let beside = beside.and_then(|beside| self.lines.get(beside)).filter(|kept| kept.key.at == at);
        let place = beside.map_or(0, |kept| kept.key.place.saturating_add(if back { -1 } else { 1 }));
        let key = LineKey { at, place };
        if self.judged.is_none_or(|from| key >= from) {
            let judged = self.judge(&event);
            if judged.shown {
                put(&mut self.shown, key);
            }
            if judged.hit {
                put(&mut self.hits, key);
            }
        }
        self.bytes += event.line.text.len();
        if is_bad(event.level) {
            let of = self.troubles.entry(pattern(&event.line.text).into()).or_insert((0, at));
            *of = (of.0 + 1, of.1.max(at));
        }
        self.lines.insert(index, Kept { key, event });
        true
    }

    fn give_up(&mut self, newest: bool) {
        let gone = if newest { self.lines.pop_back() } else { self.lines.pop_front() };
        let Some(Kept { key, event }) = gone else { return };
        self.bytes = self.bytes.saturating_sub(event.line.text.len());
        self.ids.remove(&hash(&event));
        if is_bad(event.level) {
            let told = pattern(&event.line.text);
            let left = self.troubles.get_mut(&*told).map(|of| {
                of.0 = of.0.saturating_sub(1);
                of.0
            });
            if left == Some(0) {
                self.troubles.remove(&*told);
            }
        }
        for list in [&mut self.shown, &mut self.hits] {
            if newest {
                list.pop_back_if(|own| *own == key);
            } else {
                list.pop_front_if(|own| *own == key);
            }
        }
        if newest {
            self.cut = true;
        } else {
            self.begun = false;
        }
    }

    fn judge(&self, event: &LogEvent) -> Judged {
        let passes = self.sieve.passes(&event.line, event.level);
        if self.among && !self.sieve.is_open() {
            Judged { shown: true, hit: passes }
        } else {
            Judged { shown: passes, hit: passes && is_bad(event.level) }
        }
    }

    /// Another filter, or another way to show what it finds: the newest lines are judged at once.
    pub fn sift(&mut self, sieve: Sieve, among: bool) {
        if sieve == self.sieve && among == self.among {
            return;
        }
        (self.sieve, self.among) = (sieve, among);
        self.shown.clear();
        self.hits.clear();
        self.judged = Some(LineKey { at: Stamp(i64::MAX), place: i32::MAX });
        self.sift_on();
    }

    /// Judges some more lines, from the newest to the oldest; true while there are others.
    pub fn sift_on(&mut self) -> bool {
        let Some(from) = self.judged else { return false };
        let end = self.lines.partition_point(|kept| kept.key < from);
        let start = end.saturating_sub(STEP);
        for index in (start..end).rev() {
            let Some(kept) = self.lines.get(index) else { break };
            let (key, judged) = (kept.key, self.judge(&kept.event));
            if judged.shown {
                self.shown.push_front(key);
            }
            if judged.hit {
                self.hits.push_front(key);
            }
        }
        self.judged = self.lines.get(start).map(|kept| kept.key).filter(|_| start > 0);
        self.judged.is_some()
    }
}

/// True for lines that a person looking for trouble would stop at.
fn is_bad(level: Option<Level>) -> bool {
    level >= Some(Level::Error)
}

/// A line is known by its id; one without is known by what it says.
fn hash(event: &LogEvent) -> u64 {
    let mut hasher = DefaultHasher::new();
    if event.id.is_empty() {
        let LogLine { at, stream, text } = &event.line;
        (at, stream, text).hash(&mut hasher);
    } else {
        event.id.hash(&mut hasher);
    }
    hasher.finish()
}

fn put(list: &mut VecDeque<LineKey>, key: LineKey) {
    if list.back().is_none_or(|last| *last < key) {
        list.push_back(key);
    } else {
        list.insert(list.partition_point(|own| *own < key), key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(at: i64, text: &str) -> LogEvent {
        LogEvent::new(
            format!("{at} {text}"),
            LogLine { at: Stamp(at), stream: "s/t/1".into(), text: text.into() },
        )
    }

    fn texts(book: &LogBook) -> Vec<&str> {
        (0..book.len()).filter_map(|index| book.get(index)).map(|event| event.line.text.as_str()).collect()
    }

    #[test]
    fn lines_are_taken_once_and_in_order() {
        let mut book = LogBook::default();
        assert!(book.take(vec![event(1, "a"), event(2, "b")], false));
        assert!(!book.take(vec![event(2, "b")], false));
        assert!(book.take(vec![event(2, "c"), event(3, "d"), event(1, "late")], false));
        assert_eq!(texts(&book), ["a", "late", "b", "c", "d"]);
        // read backwards: before those of the same moment, in their own order
        assert!(book.take(vec![event(0, "x"), event(1, "y"), event(1, "z")], true));
        assert_eq!(texts(&book), ["x", "y", "z", "a", "late", "b", "c", "d"]);
    }

    #[test]
    fn what_is_kept_is_bounded_from_the_end_that_is_not_read() {
        let mut book = LogBook { begun: true, ..LogBook::default() };
        let many = |from: i64| (from..from + 40_000).map(|n| event(n, "x")).collect::<Vec<_>>();
        book.take(many(0), false);
        book.take(many(40_000), false);
        assert_eq!((book.total(), book.ends()), (LINES_MAX, Some((Stamp(30_000), Stamp(79_999)))));
        assert!(!book.begun && !book.cut, "older ones are gone");
        book.take(many(-10_000), true);
        assert_eq!((book.total(), book.ends()), (LINES_MAX, Some((Stamp(-10_000), Stamp(39_999)))));
        assert!(book.cut, "newer ones are gone");
        assert_eq!(book.len(), LINES_MAX);
        let long = "y".repeat(1 << 20);
        book.take((90_000..90_040).map(|n| event(n, &long)).collect(), false);
        assert_eq!(book.total(), 32, "long ones are fewer");
        book.clear();
        assert!(book.is_empty() && book.take(vec![event(90_001, "x")], false));
    }

    #[test]
    fn a_filter_is_applied_step_by_step_from_the_newest() {
        let mut book = LogBook::default();
        let text = |n: i64| if n % 10 == 0 { "ERROR timeout" } else { "INFO ok" };
        book.take((0..10_000).map(|n| event(n, text(n))).collect(), false);
        assert_eq!((book.len(), book.hits()), (10_000, 1_000));
        book.sift(Sieve::read("TIMEOUT|timeout"), false);
        assert!(book.is_judging() && book.len() > 400 && book.len() < 500);
        // what comes meanwhile is judged as well
        book.take(vec![event(20_000, "ERROR timeout"), event(-1, "ERROR timeout")], false);
        while book.sift_on() {}
        assert_eq!((book.len(), book.hits()), (1_002, 1_002));
        book.sift(Sieve::read("timeout"), true);
        while book.sift_on() {}
        assert_eq!((book.len(), book.hits()), (10_002, 1_002), "among the others");
        assert_eq!(book.hit(0, true), Some(1));
        assert_eq!(book.hit(1, true), Some(11));
        assert_eq!(book.hit(11, false), Some(1));
        assert_eq!(book.hit(0, false), None);
        assert_eq!(book.hits_up_to(11), 3);
    }

    #[test]
    fn a_line_is_found_again_while_others_come_and_go() {
        let mut book = LogBook::default();
        book.take((0..100).map(|n| event(n, "x")).collect(), false);
        let key = book.key(40).unwrap();
        book.take((-50..0).map(|n| event(n, "x")).collect(), true);
        assert_eq!(book.place(key), 90);
        assert_eq!((book.at(Stamp(-50)), book.at(Stamp(10)), book.at(Stamp(1_000))), (0, 60, 150));
    }

    #[test]
    fn troubles_are_counted_by_what_they_have_in_common() {
        let mut book = LogBook::default();
        let text = |n: i64| {
            if n % 3 == 0 { format!("ERROR user {n} unknown") } else { format!("ERROR timeout {n}ms") }
        };
        book.take((0..30_000).map(|n| event(n, &text(n))).chain([event(30_000, "INFO ok")]).collect(), false);
        assert_eq!(
            book.troubles(),
            [("ERROR timeout #ms", 20_000, Stamp(29_999)), ("ERROR user # unknown", 10_000, Stamp(29_997))]
        );
        book.take((40_000..90_000).map(|n| event(n, "INFO ok")).collect(), false);
        assert!(book.troubles().is_empty(), "what is gone is not counted");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_kept_once_in_order_and_as_the_filter_says(
            pages in prop::collection::vec((prop::collection::vec(0_i64..40, 0..30), any::<bool>(), 0_u8..3), 0..20)
        ) {
            let mut book = LogBook::default();
            let mut all = std::collections::BTreeSet::new();
            for (mut page, back, filter) in pages {
                page.sort_unstable();
                all.extend(page.iter().copied());
                book.take(page.into_iter().map(|n| event(n, &format!("n{n}"))).collect(), back);
                book.sift(Sieve::read(["", "3", "-1"][usize::from(filter)]), false);
                while book.sift_on() {}
                let passes = |n: &&i64| match filter {
                    1 => n.to_string().contains('3'),
                    2 => !n.to_string().contains('1'),
                    _ => true,
                };
                let wanted: Vec<String> = all.iter().filter(passes).map(|n| format!("n{n}")).collect();
                prop_assert_eq!(texts(&book), wanted);
            }
        }
    }
}
