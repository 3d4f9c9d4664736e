//! Places in an answer: `services[].deployments` is the list of deployments of each service.

use serde_json::Value;

/// Hands every value at `path` to `f`; what is not there is passed over.
pub(super) fn each(value: &mut Value, path: &str, f: &mut dyn FnMut(&mut Value)) {
    if path.is_empty() {
        return f(value);
    }
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, items) = head.strip_suffix("[]").map_or((head, false), |name| (name, true));
    let Some(found) = value.get_mut(name) else { return };
    if items {
        for item in found.as_array_mut().into_iter().flatten() {
            each(item, rest, f);
        }
    } else {
        each(found, rest, f);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lead_through_members_and_items() {
        let mut value = json!({ "a": [{ "b": { "c": 1 } }, { "b": {} }, 3], "d": [[1]] });
        let mut seen = Vec::new();
        for path in ["a[].b.c", "d", "x.y", "a.b", ""] {
            let mut count = 0;
            each(&mut value, path, &mut |_| count += 1);
            seen.push(count);
        }
        assert_eq!(seen, [1, 1, 0, 0, 1]);
    }
}
