//! A plan as rows, one a line of the dialog. `update` counts them to know whether all were on the screen;
//! `ui` draws exactly these, so that nothing can be confirmed that was not shown.

use crate::{
    app::layout::{cells, wrap},
    model::{Plan, Protection, plan::DiffLine},
};

/// One line of a plan dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanRow {
    /// Nothing.
    Blank,
    /// A heading: `steps`, `difference`.
    Heading(&'static str),
    /// A particular; the label is empty on continued lines.
    Field {
        /// What.
        label: String,
        /// Says what.
        value: String,
        /// The change itself, drawn strongest.
        strong: bool,
    },
    /// What one should know before confirming; `first` is false on continued lines.
    Warning {
        /// The text.
        text: String,
        /// True on its first line.
        first: bool,
    },
    /// A step; the number is 0 on continued lines.
    Step {
        /// Counted from 1.
        number: usize,
        /// What it does.
        text: String,
    },
    /// A line of the difference, or a piece of one that is too long.
    Diff(DiffLine),
}

/// Cells of the labels' column, the blank behind it included.
pub const LABEL_WIDTH: u16 = 14;

/// The plan as rows of at most `width` cells.
pub fn plan_rows(plan: &Plan, protection: Protection, width: u16) -> Vec<PlanRow> {
    let mut rows = Vec::new();
    for line in plan.particulars(protection) {
        field(&mut rows, &line.label, &line.value, line.strong, width);
    }
    if !plan.warnings.is_empty() {
        rows.push(PlanRow::Blank);
        for warning in &plan.warnings {
            for (nth, text) in wrap(warning, width.saturating_sub(2)).into_iter().enumerate() {
                rows.push(PlanRow::Warning { text, first: nth == 0 });
            }
        }
    }
    if !plan.steps.is_empty() {
        rows.push(PlanRow::Blank);
        rows.push(PlanRow::Heading("steps"));
        for (nth, step) in plan.steps.iter().enumerate() {
            for (part, text) in wrap(step, width.saturating_sub(4)).into_iter().enumerate() {
                rows.push(PlanRow::Step { number: if part == 0 { nth + 1 } else { 0 }, text });
            }
        }
    }
    if !plan.on_failure.is_empty() {
        field(&mut rows, "on failure", &plan.on_failure, false, width);
    }
    if !plan.writes.is_empty() {
        field(&mut rows, "may call", &plan.calls().join(", "), false, width);
    }
    if !plan.diff.is_empty() {
        rows.push(PlanRow::Blank);
        rows.push(PlanRow::Heading("difference"));
        for line in &plan.diff {
            diff(&mut rows, line, width.saturating_sub(2));
        }
    }
    rows
}

fn field(rows: &mut Vec<PlanRow>, label: &str, value: &str, strong: bool, width: u16) {
    for (nth, value) in wrap(value, width.saturating_sub(LABEL_WIDTH)).into_iter().enumerate() {
        let label = if nth == 0 { label.to_owned() } else { String::new() };
        rows.push(PlanRow::Field { label, value, strong });
    }
}

fn diff(rows: &mut Vec<PlanRow>, line: &DiffLine, width: u16) {
    match line {
        DiffLine::Skipped(_) => rows.push(PlanRow::Diff(line.clone())),
        DiffLine::Same(text) => pieces(text, width).for_each(|t| rows.push(PlanRow::Diff(DiffLine::Same(t)))),
        DiffLine::Removed(text) => {
            pieces(text, width).for_each(|t| rows.push(PlanRow::Diff(DiffLine::Removed(t))));
        }
        DiffLine::Added(text) => {
            pieces(text, width).for_each(|t| rows.push(PlanRow::Diff(DiffLine::Added(t))));
        }
    }
}

/// A line broken anywhere, with its blanks: what is compared must be seen whole.
fn pieces(text: &str, width: u16) -> impl Iterator<Item = String> + use<> {
    let width = width.max(1);
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for ch in text.chars() {
        let own = cells(ch.encode_utf8(&mut [0; 4]));
        if used + own > width && used > 0 {
            pieces.push(String::new());
            used = 0;
        }
        if let Some(last) = pieces.last_mut() {
            last.push(ch);
        }
        used += own;
    }
    pieces.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, RunId, ServiceKey};

    #[test]
    fn nothing_of_a_plan_is_cut() {
        let mut plan =
            Plan::empty(RunId::from("r"), ServiceKey::new("prod", Kind::Ecs, "prod", &"n".repeat(90)));
        plan.diff = vec![DiffLine::Added(format!("    \"image\": \"{}\"", "x".repeat(200)))];
        plan.warnings = vec!["one two three ".repeat(20)];
        let rows = plan_rows(&plan, Protection::Typed, 40);
        let mut names = 0;
        for row in &rows {
            let text = match row {
                PlanRow::Field { value, .. } => {
                    assert!(cells(value) <= 40 - LABEL_WIDTH);
                    value.clone()
                }
                PlanRow::Diff(DiffLine::Added(text)) | PlanRow::Warning { text, .. } => {
                    assert!(cells(text) <= 38, "{text}");
                    text.clone()
                }
                _ => String::new(),
            };
            names += text.matches('n').count();
        }
        assert!(names >= 90);
        let diff: String = rows
            .iter()
            .filter_map(|r| match r {
                PlanRow::Diff(DiffLine::Added(t)) => Some(t.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(diff, format!("    \"image\": \"{}\"", "x".repeat(200)));
    }
}
