//! What somebody could have meant by a text that is no key.

use super::{Key, NAMED};
use crate::config::suggest;

/// Other people's names for keys, for suggestions only.
const ELSEWHERE: [(&str, &str); 13] = [
    ("return", "enter"),
    ("ret", "enter"),
    ("cr", "enter"),
    ("escape", "esc"),
    ("del", "delete"),
    ("ins", "insert"),
    ("bs", "backspace"),
    ("spc", "space"),
    ("page-up", "pageup"),
    ("page-down", "pagedown"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
    ("s-tab", "backtab"),
];

/// What somebody could have meant by a text that is no key.
pub(super) fn guess(text: &str, name: &str) -> String {
    let folded = text.to_lowercase();
    if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == folded) {
        return format!("write “{ours}”");
    }
    let respelled = respell(&folded);
    if let Some(respelled) = respelled.filter(|r| r != text && r.parse::<Key>().is_ok()) {
        return format!("write “{respelled}”");
    }
    let known = NAMED.iter().map(|(name, _)| *name);
    let near = suggest::nearest(name, known).map(|near| {
        let modifiers = text.strip_suffix(name).unwrap_or_default();
        format!("did you mean “{modifiers}{near}”?")
    });
    let dashed: Vec<String> = name.split('-').map(str::to_owned).collect();
    let run: Vec<String> = name.chars().map(String::from).collect();
    sequence(&dashed).or(near).or_else(|| sequence(&run).filter(|_| name == text)).unwrap_or_default()
}

/// How a few characters one after the other are written.
fn sequence(keys: &[String]) -> Option<String> {
    if !(2..=3).contains(&keys.len()) || keys.iter().any(|key| key.chars().count() != 1) {
        return None;
    }
    let list: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    Some(format!("a sequence is written [{}]", list.join(", ")))
}

/// `c-x`, `ctrl+x`, `^x`, `control-x`, `<c-x>`, `m-x` in our spelling.
fn respell(folded: &str) -> Option<String> {
    let inner = folded.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(folded);
    for (prefix, ours) in [
        ("control", "ctrl"),
        ("ctrl", "ctrl"),
        ("ctl", "ctrl"),
        ("c", "ctrl"),
        ("^", "ctrl"),
        ("meta", "alt"),
        ("option", "alt"),
        ("alt", "alt"),
        ("m", "alt"),
        ("a", "alt"),
        ("shift", "shift"),
        ("s", "shift"),
    ] {
        if let Some(rest) = inner.strip_prefix(prefix) {
            let key = match rest.strip_prefix(['-', '+']) {
                Some(key) => key,
                None if prefix == "^" => rest,
                None => continue,
            };
            if !key.is_empty() {
                return Some(format!("{ours}-{key}"));
            }
        }
    }
    (inner != folded).then(|| inner.to_owned())
}
