//! Targets and alarms as rows.

use super::lines::Spans;
use crate::{
    model::{AlarmBrief, Target},
    ui::view::View,
};
use ratatui::text::Span;

/// A target of the target group.
pub fn target(view: &View<'_>, target: &Target) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let style = skin.word(&target.state);
    let mark = match target.state.as_str() {
        "healthy" => '●',
        "unhealthy" | "unavailable" => '▲',
        "initial" | "draining" => '◐',
        _ => '○',
    };
    let mut spans = Spans::default();
    spans.push(format!("{mark} "), style);
    spans.column(&target.state, 10, style);
    spans.column(&format!("{}:{}", target.id, target.port), 22, skin.text);
    spans.clause(target.reason.clone(), skin.warn);
    spans.clause(target.description.clone(), skin.muted);
    spans.0
}

/// An alarm.
pub fn alarm(view: &View<'_>, alarm: &AlarmBrief) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let (mark, word, style) = match alarm.state.as_str() {
        "ALARM" => ('▲', "alarm", skin.bad),
        "OK" => ('●', "ok", skin.ok),
        _ => ('○', "no data", skin.muted),
    };
    let mut spans = Spans::default();
    spans.push(format!("{mark} "), style);
    spans.column(word, 10, style);
    spans.column(&alarm.name, 26, skin.text);
    spans.number(&view.times.maybe(alarm.since), 4, skin.muted);
    spans.clause(alarm.rule.clone(), skin.text);
    spans.clause(alarm.reason.clone(), skin.muted);
    spans.0
}
