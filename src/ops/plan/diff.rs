//! The difference between two task definitions, as lines.

use crate::model::{plan::DiffLine, task_definition::READ_ONLY};
use serde_json::Value;
use similar::{
    DiffOp,
    algorithms::{Capture, Compact, Replace, myers},
};

/// Equal lines shown around a change.
const CONTEXT: usize = 3;

/// The lines that differ between two masked documents, with some around them. Members that AWS sets by itself
/// (number, state, times) are left out: they always differ and say nothing.
pub fn between(old: &Value, new: &Value) -> Vec<DiffLine> {
    let (mut old, mut new) = (old.clone(), new.clone());
    align(&mut old, &mut new);
    let (old, new) = (pretty(&old), pretty(&new));
    if old == new {
        return Vec::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut lines = Vec::new();
    let mut told = 0;
    for group in differences(&old, &new) {
        let first = group.first().map_or(told, |op| op.old_range().start);
        skip(&mut lines, first.saturating_sub(told));
        for op in &group {
            let was = old.get(op.old_range()).unwrap_or_default();
            let is = new.get(op.new_range()).unwrap_or_default();
            let text = |line: &&str| (*line).to_owned();
            if matches!(op, DiffOp::Equal { .. }) {
                lines.extend(was.iter().map(text).map(DiffLine::Same));
            } else {
                lines.extend(was.iter().map(text).map(DiffLine::Removed));
                lines.extend(is.iter().map(text).map(DiffLine::Added));
            }
        }
        told = group.last().map_or(first, |op| op.old_range().end);
    }
    skip(&mut lines, old.len().saturating_sub(told));
    lines
}

/// What differs, in groups with equal lines around. One algorithm over one type: [`similar::TextDiff`] compiles
/// all of them.
fn differences(old: &[&str], new: &[&str]) -> Vec<Vec<DiffOp>> {
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    match myers::diff(&mut found, old, 0..old.len(), new, 0..new.len()) {
        Ok(()) => found.into_inner().into_inner().into_grouped_ops(CONTEXT),
        Err(never) => match never {},
    }
}

fn skip(lines: &mut Vec<DiffLine>, count: usize) {
    if count > 0 {
        lines.push(DiffLine::Skipped(count));
    }
}

/// Takes away what differs and means nothing: an empty list that one side leaves out, and the order of variables and
/// secrets, which ECS gives back in an order of its own.
fn align(old: &mut Value, new: &mut Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            old.retain(|name, value| !empty(value) || new.contains_key(name));
            new.retain(|name, value| !empty(value) || old.contains_key(name));
            for (name, was) in old.iter_mut() {
                let Some(is) = new.get_mut(name) else { continue };
                if matches!(name.as_str(), "environment" | "secrets") {
                    reorder(was, is);
                }
                align(was, is);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            old.iter_mut().zip(new).for_each(|(was, is)| align(was, is));
        }
        _ => {}
    }
}

/// Puts named items in the order that they had; what is new comes last.
fn reorder(old: &Value, new: &mut Value) {
    let (Some(old), Some(new)) = (old.as_array(), new.as_array_mut()) else { return };
    let place = |item: &Value| old.iter().position(|was| was.get("name") == item.get("name"));
    new.sort_by_key(|item| place(item).unwrap_or(old.len()));
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

    #[test]
    fn the_order_of_variables_and_empty_lists_are_no_difference() {
        let variable = |name: &str| json!({ "name": name, "value": "x" });
        let document = |names: &[&str], image: &str| {
            let environment: Vec<Value> = names.iter().map(|name| variable(name)).collect();
            json!({ "containerDefinitions": [{ "image": image, "environment": environment }] })
        };
        let mut old = document(&["A", "B", "C"], "old");
        old["volumes"] = json!([]);
        let new = document(&["C", "A", "B"], "old");
        assert!(between(&old, &new).is_empty());
        let changed = between(&old, &document(&["C", "D", "A", "B"], "new"));
        let told = changed.iter().filter(|line| !matches!(line, DiffLine::Same(_) | DiffLine::Skipped(_)));
        // the image before and after, and the four lines of the new variable
        assert_eq!(told.count(), 6, "{changed:#?}");
    }
}
