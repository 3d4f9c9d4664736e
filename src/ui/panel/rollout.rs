//! Deployments, service deployments, operations, alarms and events as rows: of the Rollout tab, and of the page of a run.

use crate::ui::panel::lines::{Spans, words};
use crate::{
    action::Action,
    app::{estimate, rows::under_way},
    model::{
        AlarmBrief, Deployment, DeploymentStatus, HistoricDeployment, Kind, Operation, RolloutEvent,
        ServiceDetail, Version, running, stamp::brief,
    },
    ui::{glyph, text, view::View, widget::bar},
};
use ratatui::{style::Modifier, text::Span};

/// The end of a task definition's ARN: `prod-service:42`.
fn label(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// One of the deployments: what it runs, new or old, how far it is, what went wrong.
pub fn deployment(
    view: &View<'_>,
    detail: &ServiceDetail,
    deployment: &Deployment,
    nth: usize,
    width: u16,
) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let (mark, style) = match deployment.rollout_state.as_str() {
        _ if deployment.task_set => match (deployment.status.as_str(), deployment.stability.as_str()) {
            ("PRIMARY", "STABILIZING") | ("ACTIVE", _) => ('◐', skin.busy),
            ("PRIMARY", _) => ('●', skin.ok),
            _ => ('○', skin.muted),
        },
        "IN_PROGRESS" => ('◐', skin.busy),
        "FAILED" => ('▲', skin.bad),
        "COMPLETED" if nth == 0 => ('●', skin.ok),
        _ if nth == 0 && deployment.running >= deployment.desired => ('●', skin.ok),
        _ if nth == 0 => ('◐', skin.busy),
        _ => ('○', skin.muted),
    };
    let alone = detail.deployments.len() == 1;
    let shift = running::shift(&detail.deployments);
    let role = match (nth, alone) {
        // of task sets PRIMARY has the traffic, which need not be the new one
        _ if deployment.status == "DRAINING" => "old",
        _ if shift.is_some_and(|shift| shift.new.id == deployment.id) => "new",
        _ if shift.is_some() => "old",
        (0, true) => "current",
        (0, false) => "new",
        _ => "old",
    };
    let wide = width >= 120;
    let mut spans = Spans::default();
    spans.push(format!("{mark} "), style);
    let all = &detail.deployments;
    let names = all.iter().map(|d| text::width(label(&d.task_definition))).max().unwrap_or(0);
    let named = |version: &Version, room| view.state.images.words_within(version, room);
    let versions = all.iter().map(|d| text::width(&named(&d.version, 16))).max().unwrap_or(0);
    spans.column(label(&deployment.task_definition), names.min(if wide { 40 } else { 22 }), skin.strong);
    spans.column(&named(&deployment.version, 16), versions.min(16), skin.text);
    spans.column(role, if alone { 7 } else { 3 }, if nth == 0 { style } else { skin.muted });
    let cells = match width {
        120.. => 20,
        70..120 => 10,
        _ => 6,
    };
    // all bars on one scale: the new one grows as the old one shrinks
    let wanted = all.iter().map(|d| d.desired).max().unwrap_or(0);
    let bar = bar::bar(cells, deployment.running, wanted);
    let full: String = bar.chars().filter(|c| *c != glyph::TRACK).collect();
    let track: String = bar.chars().filter(|c| *c == glyph::TRACK).collect();
    spans.push(full, style).push(track, skin.faint);
    let draining = deployment.desired == 0 && deployment.running > 0;
    let count = if draining {
        format!(" {} draining  ", deployment.running)
    } else {
        format!(" {}/{}  ", deployment.running, deployment.desired)
    };
    spans.push(count, skin.text);
    if let Some(at) = deployment.created_at {
        spans.number(&view.times.ago(at), 3, skin.muted);
    }
    let counted = nth == 0 && under_way(detail).is_some_and(|rollout| rollout.breaker.is_some());
    if deployment.failed > 0 && !counted {
        spans.clause(format!("{} failed", deployment.failed), skin.bad);
    }
    if deployment.task_set {
        let traffic = if deployment.status == "PRIMARY" { "has the traffic" } else { "no traffic" };
        spans.clause(traffic, if deployment.status == "PRIMARY" { skin.text } else { skin.muted });
        spans.clause(words(&deployment.stability), skin.muted);
        spans.clause(deployment.external_id.clone(), skin.muted);
    }
    if deployment.pending > 0 {
        spans.clause(format!("{} pending", deployment.pending), skin.busy);
    }
    if deployment.rollout_state != "COMPLETED" {
        spans.clause(deployment.reason.clone(), skin.muted);
    }
    spans.0
}

/// How far the rollout under way is: strategy, stage, tasks, breaker, alarms, and what is left.
pub fn progress(view: &View<'_>, detail: &ServiceDetail, rollout: &HistoricDeployment) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let mut spans = Spans::default();
    spans.push("◐ ", skin.busy);
    spans.clause(words(&rollout.strategy), skin.text);
    if rollout.status != DeploymentStatus::InProgress {
        spans.clause(rollout.status.word(), skin.warn);
    }
    if !rollout.stage.is_empty() {
        spans.clause(words(&rollout.stage), skin.busy);
    }
    spans.clause(bake(view, detail, rollout), skin.text);
    if let Some((wanted, running, _)) = rollout.target_counts {
        let old = rollout.source_running.filter(|old| *old > 0);
        let old = old.map_or_else(String::new, |old| format!(", {old} old"));
        spans.clause(format!("{running} of {wanted} new{old}"), skin.text);
    }
    if let Some(share) = rollout.traffic.filter(|share| *share > 0 && *share < 100) {
        spans.clause(format!("{share} % of the traffic"), skin.text);
    }
    if let Some((_, failures, threshold)) = &rollout.breaker {
        let style = if *failures > 0 { skin.bad } else { skin.muted };
        spans.clause(format!("breaker {failures}/{threshold}"), style);
    } else if detail.service.key.kind == Kind::Ecs && !detail.breaker.is_some_and(|(on, _)| on) {
        spans.clause("no breaker", skin.muted);
    }
    if let Some((watched, fired)) = &rollout.alarms {
        if fired.is_empty() {
            spans.clause(format!("{} quiet", text::count(watched.len(), "alarm", "alarms")), skin.muted);
        } else {
            spans.clause(format!("▲ {}", fired.join(", ")), skin.bad);
        }
    }
    if let Some(left) = estimate::left(detail, view.state.now) {
        spans.clause(estimate::words(left), skin.strong);
    }
    spans.0
}

/// What is left of the bake, where its beginning was seen; else how long it takes. Empty in other stages.
fn bake(view: &View<'_>, detail: &ServiceDetail, rollout: &HistoricDeployment) -> String {
    if rollout.stage != "BAKE_TIME" {
        return String::new();
    }
    let Some(whole) = estimate::bake(detail) else { return String::new() };
    let seen = view.state.service.as_ref().and_then(|open| open.stage.as_ref());
    match seen.and_then(|(_, since)| *since) {
        Some(since) => {
            let left = whole.saturating_sub(view.state.now.since(since)).max(0);
            format!("{} of {} left", brief(left), brief(whole))
        }
        None => format!("of {}", brief(whole)),
    }
}

/// The rollout waits at a hook: what decides it, and what AWS does when nobody does.
pub fn waiting(view: &View<'_>, rollout: &HistoricDeployment) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let Some(hook) = rollout.awaiting() else { return Vec::new() };
    let mut spans = Spans::default();
    spans.clause("▲ waiting for approval", skin.warn.add_modifier(Modifier::BOLD));
    let context = view.state.screen_context();
    for (action, told) in [(Action::Continue, "approves"), (Action::RollBack, "rolls back")] {
        spans.push(view.key_or_command(context, action), skin.key).push(format!(" {told}  "), skin.strong);
    }
    if let Some(at) = hook.expires_at {
        let left = brief(at.since(view.state.now).max(0));
        let then = match hook.timeout_action.as_str() {
            "CONTINUE" => "continues by itself",
            "ROLLBACK" => "rolls back by itself",
            _ => "is decided by AWS",
        };
        spans.clause(format!("{then} in {left}"), skin.text);
    }
    spans.clause(format!("hook {}", hook.id), skin.muted);
    spans.0
}

/// A service deployment of the past, or the one under way.
pub fn history(view: &View<'_>, history: &HistoricDeployment) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let (mark, style) = match history.status {
        DeploymentStatus::Successful => ('●', skin.ok),
        DeploymentStatus::RollbackSuccessful => ('↺', skin.warn),
        DeploymentStatus::RollbackFailed => ('▲', skin.bad),
        DeploymentStatus::Stopped => ('×', skin.muted),
        _ => ('◐', skin.busy),
    };
    let mut spans = Spans::default();
    spans.push(format!("{mark} "), style);
    spans.column(history.status.word(), 15, style);
    spans.column(history.task_definition.as_deref().map_or("", label), 18, skin.text);
    spans.column(&view.state.images.words_within(&history.version, 11), 11, skin.text);
    spans.number(&view.times.maybe(history.started_at.or(history.created_at)), 4, skin.muted);
    let took = view.times.lasted(history.started_at, history.finished_at);
    if !took.is_empty() && history.finished_at.is_some() {
        spans.clause(format!("took {took}"), skin.muted);
    }
    if let Some((reason, _)) = &history.rollback {
        spans.clause(format!("rolled back: {reason}"), skin.warn);
    } else {
        spans.clause(history.reason.clone(), skin.muted);
    }
    spans.0
}

/// An operation of App Runner.
pub fn operation(view: &View<'_>, operation: &Operation) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let (mark, style) = match operation.status.as_str() {
        "SUCCEEDED" => ('●', skin.ok),
        "FAILED" | "ROLLBACK_FAILED" => ('▲', skin.bad),
        "ROLLBACK_SUCCEEDED" => ('↺', skin.warn),
        _ => ('◐', skin.busy),
    };
    let mut spans = Spans::default();
    spans.push(format!("{mark} "), style);
    spans.column(&words(&operation.kind), 18, skin.text);
    let told = match operation.status.as_str() {
        "ROLLBACK_SUCCEEDED" => "rolled back".to_owned(),
        other => words(other),
    };
    spans.column(&told, 20, style);
    spans.number(&view.times.maybe(operation.started_at), 4, skin.muted);
    let took = view.times.lasted(operation.started_at, operation.ended_at);
    if !took.is_empty() && operation.ended_at.is_some() {
        spans.clause(format!("took {took}"), skin.muted);
    }
    spans.0
}

/// A line of AWS's history, without the `(service x)` in front.
pub fn event(view: &View<'_>, event: &RolloutEvent) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let text = match event.text.strip_prefix("(service ").and_then(|rest| rest.split_once(") ")) {
        Some((_, rest)) => rest,
        None => &event.text,
    };
    let lower = text.to_lowercase();
    let bad = ["unable", "failed", "unhealthy", "rolling back", "error"].iter().any(|w| lower.contains(w));
    let style = if bad { skin.warn } else { skin.text };
    let mut spans = Spans::default();
    spans.number(&view.times.ago(event.at), 4, skin.muted).push(text, style);
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
