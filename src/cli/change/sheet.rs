//! A plan as text and as JSON. The same that the cockpit's dialog shows, whole.

use super::paint::Paint;
use crate::model::{DiffLine, Plan, Protection};
use serde_json::{Value, json};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Cells of the column of labels.
const LABELS: usize = 12;

/// The plan for people.
pub fn text(plan: &Plan, protection: Protection, paint: Paint) -> String {
    let mut out = String::new();
    let mut field = |label: &str, value: &str, strong: bool| {
        let gap = " ".repeat(LABELS.saturating_sub(label.width()).max(1));
        let value = if strong { paint.strong(value) } else { value.to_owned() };
        let _ = writeln!(out, "  {}{gap}{value}", paint.quiet(label));
    };
    for line in plan.particulars(protection) {
        field(&line.label, &line.value, line.strong);
    }
    for (number, step) in plan.steps.iter().enumerate() {
        let label = if number == 0 { "steps" } else { "" };
        field(label, &format!("{}. {step}", number + 1), false);
    }
    if !plan.on_failure.is_empty() {
        field("on failure", &plan.on_failure, false);
    }
    if !plan.writes.is_empty() {
        field("may call", &plan.calls().join(", "), false);
    }
    if !plan.diff.is_empty() {
        out.push_str("  difference\n");
        for line in &plan.diff {
            let _ = match line {
                DiffLine::Same(text) => writeln!(out, "      {text}"),
                DiffLine::Removed(text) => writeln!(out, "    {}", paint.bad(&format!("- {text}"))),
                DiffLine::Added(text) => writeln!(out, "    {}", paint.good(&format!("+ {text}"))),
                DiffLine::Skipped(count) => writeln!(out, "      … {count} equal lines"),
            };
        }
    }
    for warning in &plan.warnings {
        let _ = writeln!(out, "  {} {warning}", paint.warn("!"));
    }
    format!("{}\n{out}", paint.strong(&plan.title))
}

/// The plan for programs.
pub fn json(plan: &Plan, protection: Protection) -> Value {
    let diff: Vec<String> = plan
        .diff
        .iter()
        .map(|line| match line {
            DiffLine::Same(text) => format!("  {text}"),
            DiffLine::Removed(text) => format!("- {text}"),
            DiffLine::Added(text) => format!("+ {text}"),
            DiffLine::Skipped(count) => format!("… {count}"),
        })
        .collect();
    let lines: Vec<Value> = plan
        .lines
        .iter()
        .map(|line| json!({"label": line.label, "value": line.value, "change": line.strong}))
        .collect();
    json!({
        "event": "plan",
        "kind": plan.kind,
        "environment": plan.key.environment,
        "cluster": plan.key.cluster,
        "service": plan.key.name,
        "service_kind": plan.key.kind,
        "account": plan.account,
        "region": plan.region,
        "protection": protection,
        "title": plan.title,
        "from": plan.from,
        "to": plan.to,
        "lines": lines,
        "warnings": plan.warnings,
        "steps": plan.steps,
        "on_failure": plan.on_failure,
        "may_call": plan.calls(),
        "diff": diff,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{Kind, PlanLine, RunId, ServiceKey};

    pub fn plan() -> Plan {
        let key = ServiceKey::new("staging", Kind::Ecs, "staging", "web");
        let line = |label: &str, value: &str, strong: bool| PlanLine {
            label: label.into(),
            value: value.into(),
            strong,
        };
        Plan {
            account: "111122223333".into(),
            region: "us-west-2".into(),
            title: "Deploy e7b41d2 to web".into(),
            from: "8be02d4".into(),
            to: "e7b41d2".into(),
            lines: vec![
                line("environment", "staging", false),
                line("image", "web:e7b41d2, sha256:0123456789ab, pushed 15m ago", true),
                line("revision", "web:17 → a new revision of web", true),
            ],
            diff: vec![
                DiffLine::Skipped(3),
                DiffLine::Removed("image: web:8be02d4".into()),
                DiffLine::Added("image: web:e7b41d2".into()),
            ],
            warnings: vec!["in alarm now: web-5xx".into()],
            steps: vec!["check that nothing changed since the plan".into(), "register".into()],
            on_failure: "the circuit breaker goes back to web:17 by itself".into(),
            writes: vec!["ecs:RegisterTaskDefinition", "ecs:UpdateService"],
            ..Plan::empty(RunId::from("r1"), key)
        }
    }

    #[test]
    fn a_plan_is_told_whole() {
        let told = text(&plan(), Protection::Confirm, Paint::PLAIN);
        assert_eq!(
            told,
            "Deploy e7b41d2 to web\n\
             \x20 environment staging (confirm)\n\
             \x20 account     111122223333, us-west-2\n\
             \x20 service     web in cluster staging (ecs)\n\
             \x20 change      8be02d4 → e7b41d2\n\
             \x20 image       web:e7b41d2, sha256:0123456789ab, pushed 15m ago\n\
             \x20 revision    web:17 → a new revision of web\n\
             \x20 steps       1. check that nothing changed since the plan\n\
             \x20             2. register\n\
             \x20 on failure  the circuit breaker goes back to web:17 by itself\n\
             \x20 may call    ecs:RegisterTaskDefinition, ecs:UpdateService\n\
             \x20 difference\n\
             \x20     … 3 equal lines\n\
             \x20   - image: web:8be02d4\n\
             \x20   + image: web:e7b41d2\n\
             \x20 ! in alarm now: web-5xx\n"
        );
    }

    #[test]
    fn a_plan_is_one_object() {
        let told = json(&plan(), Protection::Typed);
        assert_eq!(told.get("kind"), Some(&json!("deploy")));
        assert_eq!(told.get("environment"), Some(&json!("staging")));
        assert_eq!(told.get("protection"), Some(&json!("typed")));
        assert_eq!(told.pointer("/lines/1/change"), Some(&json!(true)));
        assert_eq!(told.pointer("/diff/2"), Some(&json!("+ image: web:e7b41d2")));
    }
}
