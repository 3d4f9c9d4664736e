//! Targets as rows.

use crate::ui::panel::lines::Spans;
use crate::{
    model::{
        ServiceDetail, Target,
        traffic::{Role, short},
    },
    ui::view::View,
};
use ratatui::text::Span;

/// A way in: its target group, what it is for, the load balancer before it, its share of production traffic.
pub fn way(view: &View<'_>, detail: &ServiceDetail, index: usize) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let Some(route) = detail.service.traffic.routes.get(index) else { return Vec::new() };
    let mut spans = Spans::default();
    let group = route.group.as_deref();
    spans.clause(group.map_or("no target group", short), skin.heading);
    spans.clause(route.role.word().to_owned(), skin.text);
    let (before, style) = match &route.balancer {
        Some(balancer) => (format!("{} {}", balancer.kind.word(), balancer.name()), skin.text),
        None => ("no load balancer known".to_owned(), skin.muted),
    };
    spans.clause(before, style);
    for rule in detail.rules.iter().filter(|rule| rule.role == Role::Production) {
        let weights = rule.forwards.iter().filter(|(own, _)| Some(own.as_str()) == group);
        let weight: u32 = weights.map(|(_, weight)| weight).sum();
        if rule.forwards.iter().any(|(own, _)| detail.service.traffic.role_of(own).is_some()) {
            spans.clause(format!("weight {weight}"), if weight > 0 { skin.text } else { skin.muted });
        }
    }
    if let Some(group) = group {
        let own: Vec<&Target> = detail.targets.iter().filter(|target| target.group == group).collect();
        let healthy = own.iter().filter(|target| target.state == "healthy").count();
        let word = if own.is_empty() {
            "no targets".to_owned()
        } else {
            format!("{healthy} of {} healthy", own.len())
        };
        spans.clause(word, if healthy == own.len() { skin.muted } else { skin.warn });
    }
    spans.0
}

/// A target of a target group.
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
