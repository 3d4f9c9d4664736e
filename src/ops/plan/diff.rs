//! The difference between two task definitions, as lines.

use crate::model::{run::DiffLine, task_definition::READ_ONLY};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// Equal lines shown around a change.
const CONTEXT: usize = 3;

/// The lines that differ between two masked documents, with some around them. Members that AWS sets by itself
/// (number, state, times) are left out: they always differ and say nothing.
pub fn between(old: &Value, new: &Value) -> Vec<DiffLine> {
    let (old, new) = (pretty(old), pretty(new));
    if old == new {
        return Vec::new();
    }
    let diff = TextDiff::from_lines(&old, &new);
    let mut lines = Vec::new();
    let mut told = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let first = group.first().map_or(told, |op| op.old_range().start);
        skip(&mut lines, first.saturating_sub(told));
        for op in &group {
            for change in diff.iter_changes(op) {
                let text = change.value().trim_end_matches('\n').to_owned();
                lines.push(match change.tag() {
                    ChangeTag::Equal => DiffLine::Same(text),
                    ChangeTag::Delete => DiffLine::Removed(text),
                    ChangeTag::Insert => DiffLine::Added(text),
                });
            }
        }
        told = group.last().map_or(first, |op| op.old_range().end);
    }
    skip(&mut lines, old.lines().count().saturating_sub(told));
    lines
}

fn skip(lines: &mut Vec<DiffLine>, count: usize) {
    if count > 0 {
        lines.push(DiffLine::Skipped(count));
    }
}

fn pretty(document: &Value) -> String {
    let mut document = document.clone();
    if let Some(object) = document.as_object_mut() {
        for member in READ_ONLY {
            object.shift_remove(member);
        }
    }
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_told_with_three_lines_around() {
        let old = json!({"revision": 1, "a": 1, "b": 2, "c": 3, "d": 4, "image": "old", "e": 5, "f": 6,
            "g": 7, "h": 8, "i": 9});
        let mut new = old.clone();
        new["image"] = json!("new");
        new["revision"] = json!(2);
        let lines = between(&old, &new);
        assert_eq!(
            lines,
            vec![
                DiffLine::Skipped(2),
                DiffLine::Same("  \"b\": 2,".into()),
                DiffLine::Same("  \"c\": 3,".into()),
                DiffLine::Same("  \"d\": 4,".into()),
                DiffLine::Removed("  \"image\": \"old\",".into()),
                DiffLine::Added("  \"image\": \"new\",".into()),
                DiffLine::Same("  \"e\": 5,".into()),
                DiffLine::Same("  \"f\": 6,".into()),
                DiffLine::Same("  \"g\": 7,".into()),
                DiffLine::Skipped(3),
            ]
        );
        assert!(between(&old, &old).is_empty());
    }
}
