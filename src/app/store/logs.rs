//! The open service's log: where it is, and when it is read on.

use crate::{
    app::{
        Purpose, TimerKey,
        flow::Out,
        logs::{keep, shown, source},
        runs::flight,
        schedule, service,
        state::{ServiceView, State, Tab},
    },
    model::{Answer, Ask, LogChunk, LogLine, ServiceKey, Stamp, Trouble},
};

/// Lines kept.
pub const LINES_MAX: usize = 5_000;
/// Lines asked for at once.
const CHUNK: u32 = 500;

/// Finds where the open service's application logs, and begins to read it when its tab is waiting for that.
pub(in crate::app) fn find_source(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let Some(detail) = view.detail.value.as_deref() else { return };
    let region = state.environment(&view.key.environment).map(|e| e.region.clone()).unwrap_or_default();
    let from = source(detail, &view.key, &region);
    let Some(view) = state.service.as_mut() else { return };
    if from != view.log_from {
        view.log_from = from;
        clear(view);
        out.touch();
        if wanted(state) {
            ask(state, out);
        }
    }
}

/// Whether lines are read: for their tab, or for those of new tasks beside a rollout.
fn wanted(state: &State) -> bool {
    shown(state) || flight::watched(state) || flight::tab_rolls(state)
}

/// Forgets the lines that were read.
pub(in crate::app) fn clear(view: &mut ServiceView) {
    view.log.clear();
    view.log_next = None;
    view.log_since = Stamp(0);
    view.log_trouble = None;
    view.log_loading = false;
}

/// Reads on.
pub(in crate::app) fn ask(state: &mut State, out: &mut Out) {
    let now = state.now;
    let Some(view) = state.service.as_mut() else { return };
    let Some(Ok(source)) = view.log_from.clone() else { return };
    if view.log_loading {
        return;
    }
    if view.log_since.0 == 0 {
        view.log_since = now.plus(-view.log_range.seconds().saturating_mul(1000));
        out.touch();
    }
    view.log_loading = true;
    let ask = Ask::Logs { source, since: view.log_since, next: view.log_next.clone(), limit: CHUNK };
    out.ask(&view.key.environment, Purpose::Logs(view.key.clone()), ask);
}

/// The log is due.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    let follows = |view: &ServiceView| view.log_follow || view.log_next.is_some();
    if wanted(state) && (!shown(state) || state.service.as_ref().is_some_and(follows)) {
        ask(state, out);
    }
}

/// Lines came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    key: &ServiceKey,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let (_, page) = service::extent(state);
    let (showing, reading) = (shown(state), wanted(state));
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    view.log_loading = false;
    let after = match result {
        Ok(Answer::Logs(LogChunk { lines, next })) => {
            out.changed |= view.log_trouble.take().is_some();
            if take(view, lines) {
                out.touch();
            }
            let more = next.is_some();
            view.log_next = next;
            if !more && let Some(last) = view.log.last() {
                // the last moment is read again, since more lines of it may come
                view.log_since = last.at;
            }
            if showing {
                keep(view, page);
            }
            if more { schedule::LOGS_MORE_MS } else { schedule::LOGS_MS }
        }
        Ok(_) => return,
        Err(trouble) => {
            out.changed |= view.log_trouble.as_ref() != Some(&trouble);
            view.log_trouble = Some(trouble);
            // a token does not outlive a failure
            view.log_next = None;
            schedule::LOGS_MS * 5
        }
    };
    if reading {
        out.timer(TimerKey::Logs, after);
    }
}

/// Takes in lines, oldest first, without those that are there already; true when there were new ones.
fn take(view: &mut ServiceView, lines: Vec<LogLine>) -> bool {
    let from = view.log.last().map(|line| line.at);
    let before = view.log.len();
    for line in lines {
        if from.is_some_and(|from| line.at <= from) {
            let known = view.log.iter().rev().take_while(|old| old.at >= line.at).any(|old| *old == line);
            if known {
                continue;
            }
            let place = view.log.partition_point(|old| old.at <= line.at);
            view.log.insert(place, line);
        } else {
            view.log.push(line);
        }
    }
    let fresh = view.log.len() != before;
    let over = view.log.len().saturating_sub(LINES_MAX);
    view.log.drain(..over);
    if let Some(list) = view.list_mut(Tab::Logs) {
        list.offset = list.offset.saturating_sub(over);
    }
    fresh
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn line(at: i64, text: &str) -> LogLine {
        LogLine { at: Stamp(at), stream: "s".into(), text: text.into() }
    }

    #[test]
    fn lines_are_taken_once_and_in_order() {
        let mut view = ServiceView::new(ServiceKey::new("a", Kind::Ecs, "a", "a"));
        assert!(take(&mut view, vec![line(1, "a"), line(2, "b")]));
        assert!(!take(&mut view, vec![line(2, "b")]));
        assert!(take(&mut view, vec![line(2, "b"), line(2, "c"), line(3, "d"), line(1, "late")]));
        let texts: Vec<&str> = view.log.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["a", "late", "b", "c", "d"]);
        take(&mut view, (4..10_000).map(|n| line(n, "x")).collect());
        assert_eq!(view.log.len(), LINES_MAX);
        assert_eq!(view.log.last().map(|l| l.at), Some(Stamp(9_999)));
    }
}
