//! Other shapes of a line: JSON folded into a row and unfolded over many, and the pattern that lines have in common.

use serde_json::{Map, Value};

/// Names of the member that says what a line of JSON says.
const MESSAGES: [&str; 5] = ["msg", "message", "@message", "event", "@m"];

fn object(text: &str) -> Option<Map<String, Value>> {
    if !text.starts_with('{') {
        return None;
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn message(members: &Map<String, Value>) -> Option<(&'static str, &str)> {
    MESSAGES.iter().find_map(|name| Some((*name, members.get(*name)?.as_str()?)))
}

/// A line of JSON as people read it: what it says first, then its other members; any other line as it is.
pub fn folded(text: &str) -> String {
    let Some(members) = object(text) else { return text.to_owned() };
    let said = message(&members);
    let mut row = said.map_or(String::new(), |(_, said)| said.to_owned());
    for (name, value) in &members {
        if said.is_some_and(|(own, _)| own == name) {
            continue;
        }
        if !row.is_empty() {
            row.push(' ');
        }
        row.push_str(name);
        row.push('=');
        match value {
            Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=']) => row.push_str(text),
            value => row.push_str(&value.to_string()),
        }
    }
    // a string of JSON may hold what the line did not show
    crate::model::text::line(&row)
}

/// A line of JSON with a row for each member; none for any other.
pub fn unfolded(text: &str) -> Option<Vec<String>> {
    let pretty = serde_json::to_string_pretty(&object(text)?).ok()?;
    Some(pretty.lines().map(crate::model::text::line).collect())
}

/// The longest pattern, in characters.
const PATTERN: usize = 160;

/// What lines of one kind have in common: numbers and ids are `#`, and of JSON it is what the line says.
pub fn pattern(text: &str) -> String {
    let members = object(text);
    let said = members.as_ref().and_then(|members| {
        let (_, said) = message(members)?;
        let error = ["error", "err"].iter().find_map(|name| members.get(*name)?.as_str());
        Some(error.map_or_else(|| said.to_owned(), |error| format!("{said}: {error}")))
    });
    let text = said.as_deref().unwrap_or(text);
    let mut masked = String::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        put(&mut masked, &word);
        word.clear();
        masked.push(c);
        if masked.len() > PATTERN * 8 {
            break;
        }
    }
    // a date, an address, an id with dashes is one thing
    for joined in ["#-#", "#:#", "#.#", "#/#"] {
        while masked.contains(joined) {
            masked = masked.replace(joined, "#");
        }
    }
    crate::model::text::clean(masked.trim(), PATTERN)
}

fn put(out: &mut String, word: &str) {
    if !word.contains(|c: char| c.is_ascii_digit()) {
        out.push_str(word);
    } else if word.chars().count() >= 4 && word.chars().all(|c| c.is_ascii_hexdigit()) {
        out.push('#');
    } else {
        let mut number = false;
        for c in word.chars() {
            if !c.is_ascii_digit() {
                out.push(c);
            } else if !number {
                out.push('#');
            }
            number = c.is_ascii_digit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_folded_and_unfolded() {
        let text = r#"{"level":"error","msg":"no such user","id":17,"path":"/v1 x","o":{"a":[1]}}"#;
        assert_eq!(folded(text), r#"no such user level=error id=17 path="/v1 x" o={"a":[1]}"#);
        let rows = unfolded(text).unwrap();
        assert_eq!(
            (rows.len(), rows[1].as_str(), rows[3].as_str()),
            (11, r#"  "level": "error","#, r#"  "id": 17,"#)
        );
        for plain in ["GET / 200", "{no json", "[1]", ""] {
            assert_eq!((folded(plain).as_str(), unfolded(plain)), (plain, None));
        }
        let evil = r#"{"msg":"a\u001b[31m\u202eb"}"#;
        assert!(!folded(evil).contains(['\u{1b}', '\u{202e}']), "what JSON hides is shown harmless");
        assert!(!unfolded(evil).unwrap().concat().contains(['\u{1b}', '\u{202e}']));
    }

    #[test]
    fn lines_of_one_kind_have_one_pattern() {
        for (one, other, told) in [
            (
                "2026-11-21T20:59:58Z ERROR GET /v1/orders/17 500 4.2ms",
                "2026-11-22T01:00:03Z ERROR GET /v1/orders/4711 500 12ms",
                "#T#Z ERROR GET /v#/orders/# # #ms",
            ),
            (
                "dial tcp 10.0.48.7:5432: connect: refused, request 4f1c7d0e",
                "dial tcp 10.0.40.12:5432: connect: refused, request 9a8b7c6d5e",
                "dial tcp #: connect: refused, request #",
            ),
            (
                r#"{"msg":"no user 17","err":"EOF","t":1}"#,
                r#"{"t":2,"msg":"no user 4","err":"EOF"}"#,
                "no user #: EOF",
            ),
            (
                "task 0b6c1f2e-9a1d-4c55-8f3e-1a2b3c4d5e6f gone",
                "task 9a6c1f2e-9a1d-4c55-8f3e-1a2b3c4d5e00 gone",
                "task # gone",
            ),
        ] {
            assert_eq!((pattern(one).as_str(), pattern(other).as_str()), (told, told));
        }
        assert_ne!(pattern("connect refused"), pattern("connect timed out"));
        assert!(pattern(&"x1 ".repeat(9_999)).chars().count() <= PATTERN);
    }
}
