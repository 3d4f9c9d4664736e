//! What is kept of a service on this machine because AWS forgets it: stopped tasks and their reasons after an hour, their
//! containers' last lines with the log's retention, and all but the last hundred events.

use super::parts::{Kept, LastLines};
use crate::model::{
    Blame, LogLine, RolloutEvent, ServiceDetail, Stamp, TaskBrief, blame::By, secret, task::TaskContainer,
    text,
};

/// Tasks kept of a service.
const TASKS: usize = 60;
/// Tasks whose lines are kept, and lines of each.
const LINES: (usize, usize) = (20, 20);
/// Events kept.
const EVENTS: usize = 100;
/// Characters kept of any text.
const TEXT: usize = 2_000;
/// How long anything is kept, milliseconds: two weeks.
const AGE: i64 = 14 * 86_400_000;

impl Kept {
    /// What of a service, as it was read, is worth keeping: tasks that ended, last lines before it, and the events
    /// around.
    pub fn of(detail: &ServiceDetail, lines: &[LastLines], now: Stamp) -> Self {
        let told = |task: &&TaskBrief| task.is_stopped() && Blame::of(task).by != By::Scheduler;
        let tasks: Vec<(Stamp, TaskBrief)> =
            detail.tasks.iter().filter(told).take(TASKS).map(|task| (now, task.clone())).collect();
        let events = if tasks.is_empty() { &[][..] } else { detail.events.as_slice() };
        let steady = |event: &&RolloutEvent| !event.text.contains("has reached a steady state");
        let mut kept = Self {
            lines: lines.iter().filter(|l| !l.task.is_empty() && !l.lines.is_empty()).cloned().collect(),
            events: events.iter().filter(steady).cloned().collect(),
            tasks,
        };
        kept.clean();
        kept
    }

    /// True where there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.lines.is_empty() && self.events.is_empty()
    }

    /// Whether this has anything that the other has not, and that would stay beside what
    /// the other has.
    pub fn adds_to(&self, other: &Self, now: Stamp) -> bool {
        let mut both = other.clone();
        both.merge(self.clone(), now);
        both.tasks.iter().any(|(_, task)| !other.tasks.iter().any(|(_, known)| known.id == task.id))
            || both.lines.iter().any(|last| !other.lines.iter().any(|known| known.task == last.task))
    }

    /// Both, each thing once and no more than is to be kept. What was kept first says when.
    pub fn merge(&mut self, newer: Self, now: Stamp) {
        for (at, task) in newer.tasks {
            if !self.tasks.iter().any(|(_, known)| known.id == task.id) {
                self.tasks.push((at, task));
            }
        }
        for last in newer.lines {
            self.lines.retain(|known| known.task != last.task);
            self.lines.push(last);
        }
        for event in newer.events {
            if !self.events.iter().any(|known| known.id == event.id && known.text == event.text) {
                self.events.push(event);
            }
        }
        self.bound(now);
    }

    /// Lets go of what is too old or too much.
    pub fn bound(&mut self, now: Stamp) {
        self.tasks.retain(|(at, _)| now.since(*at) <= AGE);
        self.tasks.sort_by_key(|(_, task)| std::cmp::Reverse(task.stopped_at));
        self.tasks.truncate(TASKS);
        self.lines.retain(|last| self.tasks.iter().any(|(_, task)| task.id == last.task));
        let over = self.lines.len().saturating_sub(LINES.0);
        self.lines.drain(..over);
        for last in &mut self.lines {
            let over = last.lines.len().saturating_sub(LINES.1);
            last.lines.drain(..over);
        }
        self.events.retain(|event| now.since(event.at) <= AGE);
        self.events.sort_by_key(|event| std::cmp::Reverse(event.at));
        self.events.truncate(EVENTS);
    }

    /// Lets go of the older half of what takes most room; false where nothing is left.
    pub fn halve(&mut self) -> bool {
        let half = |len: usize| len.div_ceil(2);
        if self.lines.iter().any(|last| last.lines.len() > 1) {
            for last in &mut self.lines {
                let over = half(last.lines.len());
                last.lines.drain(..over);
            }
        } else if !self.lines.is_empty() {
            self.lines.drain(..half(self.lines.len()));
        } else if !self.events.is_empty() {
            self.events.truncate(self.events.len() / 2);
        } else if !self.tasks.is_empty() {
            self.tasks.truncate(self.tasks.len() / 2);
        } else {
            return false;
        }
        true
    }

    /// Masks secrets and neutralises every text: before it is written, and again where it is read, since anybody may have
    /// edited the file.
    pub fn clean(&mut self) {
        let tidy = |text: &mut String| {
            *text = text::line(&secret::text(text));
            if let Some((end, _)) = text.char_indices().nth(TEXT) {
                text.truncate(end);
            }
        };
        for (_, task) in &mut self.tasks {
            let TaskBrief {
                arn,
                id,
                task_definition,
                last_status,
                desired_status,
                health,
                started_by,
                stop_code,
                stopped_reason,
                containers,
                address,
                zone,
                size,
                group,
                created_at: _,
                started_at: _,
                stopped_at: _,
            } = task;
            for text in [
                arn,
                id,
                task_definition,
                last_status,
                desired_status,
                health,
                started_by,
                stop_code,
                stopped_reason,
                zone,
                size,
                group,
            ]
            .into_iter()
            .chain(address)
            {
                tidy(text);
            }
            for TaskContainer {
                name,
                last_status,
                exit_code: _,
                reason,
                image,
                digest,
                essential: _,
                runtime_id,
            } in containers
            {
                for text in [name, last_status, reason, image].into_iter().chain(digest).chain(runtime_id) {
                    tidy(text);
                }
            }
        }
        for LastLines { task, lines } in &mut self.lines {
            tidy(task);
            for LogLine { at: _, stream, text } in lines {
                tidy(stream);
                tidy(text);
            }
        }
        for RolloutEvent { id, at: _, text } in &mut self.events {
            tidy(id);
            tidy(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str, at: i64) -> (Stamp, TaskBrief) {
        let task = TaskBrief { id: id.into(), stopped_at: Some(Stamp(at)), ..TaskBrief::default() };
        (Stamp(at), task)
    }

    #[test]
    fn what_is_kept_is_bounded_and_each_thing_is_there_once() {
        let now = Stamp(AGE + 1_000_000);
        let mut kept = Kept { tasks: vec![task("old", 1), task("a", 900_000 + AGE)], ..Kept::default() };
        let mut newer = Kept::default();
        newer.tasks.extend((0..200).map(|n| task(&format!("t{n}"), 950_000 + AGE + n)));
        newer.tasks.push((now, task("a", 900_000 + AGE).1));
        newer.lines = vec![LastLines {
            task: "t199".into(),
            lines: vec![LogLine { at: now, stream: String::new(), text: "x".into() }; 99],
        }];
        newer.lines.push(LastLines { task: "gone".into(), lines: Vec::new() });
        assert!(newer.adds_to(&kept, now));
        kept.merge(newer.clone(), now);
        assert_eq!((kept.tasks.len(), kept.lines.len()), (TASKS, 1));
        assert_eq!((kept.tasks[0].1.id.as_str(), kept.lines[0].lines.len()), ("t199", LINES.1));
        let before = kept.clone();
        // what there is no room for is not new for ever
        assert!(!newer.adds_to(&kept, now));
        kept.merge(newer, now);
        assert_eq!(kept.tasks, before.tasks);
    }

    #[test]
    fn in_a_crash_loop_what_has_no_room_is_not_new_again_and_again() {
        let now = Stamp(AGE + 1_000_000);
        let mut kept = Kept { tasks: vec![], ..Kept::default() };
        let lines = |n: i64| LastLines { task: format!("t{n}"), lines: Vec::new() };
        let newer = Kept {
            tasks: (0..40).map(|n| task(&format!("t{n}"), AGE + n)).collect(),
            lines: (0..40).map(lines).collect(),
            ..Kept::default()
        };
        assert!(newer.adds_to(&kept, now));
        kept.merge(newer.clone(), now);
        assert_eq!(kept.lines.len(), LINES.0);
        assert!(!newer.adds_to(&kept, now));
    }

    #[test]
    fn no_text_is_kept_whole_that_would_fill_the_disk() {
        let mut kept = Kept { tasks: vec![task("a", 1)], ..Kept::default() };
        kept.tasks[0].1.stopped_reason = "ä".repeat(1 << 20);
        kept.clean();
        assert_eq!(kept.tasks[0].1.stopped_reason.chars().count(), TEXT);
    }

    #[test]
    fn secrets_and_escapes_do_not_come_to_the_disk() {
        let mut kept = Kept { tasks: vec![task("a", 1)], ..Kept::default() };
        kept.tasks[0].1.stopped_reason = "\u{1b}[31mDB_PASSWORD=hunter2hunter2".into();
        let text = "connect postgres://me:hunter2hunter2@db/x".to_owned();
        kept.lines = vec![LastLines {
            task: "a".into(),
            lines: vec![LogLine { at: Stamp(1), stream: "s".into(), text }],
        }];
        kept.clean();
        let written = serde_json::to_string(&kept).unwrap();
        assert!(!written.contains("hunter2") && !written.contains('\u{1b}'), "{written}");
    }
}
