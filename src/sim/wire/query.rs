//! awsQuery, the request: a form whose keys spell a path (`Targets.member.1.Id`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Fields a form may have.
const MAX_FIELDS: usize = 10_000;
/// Parts a key may have.
const MAX_DEPTH: usize = 24;

/// The fields of a form, decoded, in order.
#[derive(Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads the query string and the body, both urlencoded.
    pub fn read(query: &str, body: &[u8]) -> Result<Self, String> {
        let body = std::str::from_utf8(body).map_err(|_| "the form is not UTF-8".to_owned())?;
        let mut fields = Vec::new();
        for field in query.split('&').chain(body.trim().split('&')).filter(|field| !field.is_empty()) {
            if fields.len() == MAX_FIELDS {
                return Err(format!("the form has more than {MAX_FIELDS} fields"));
            }
            let (key, value) = field.split_once('=').unwrap_or((field, ""));
            fields.push((unescape(key)?, unescape(value)?));
        }
        Ok(Self { fields })
    }

    /// `Action`.
    pub fn action(&self) -> Option<&str> {
        self.get("Action")
    }

    /// `Version`.
    pub fn version(&self) -> Option<&str> {
        self.get("Version")
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The input structure: everything is text, `member.N` makes lists. Signing parameters of a
    /// presigned request are no input.
    pub fn into_input(self) -> Result<Value, String> {
        let mut root = Node::default();
        for (key, value) in self.fields {
            if key == "Action" || key == "Version" || key.starts_with("X-Amz-") {
                continue;
            }
            if key.split('.').count() > MAX_DEPTH {
                return Err("a key of the form has too many parts".to_owned());
            }
            root.put(&mut key.split('.'), value);
        }
        match root.into_value() {
            Value::Object(map) => Ok(Value::Object(map)),
            _ => Ok(Value::Object(Map::new())),
        }
    }
}

/// A tree of keys; a leaf has text, and may have children too when the form contradicts itself.
#[derive(Default)]
struct Node {
    text: Option<String>,
    children: BTreeMap<String, Node>,
}

impl Node {
    fn put<'a>(&mut self, path: &mut impl Iterator<Item = &'a str>, value: String) {
        match path.next() {
            Some(part) => self.children.entry(part.to_owned()).or_default().put(path, value),
            None => self.text = Some(value),
        }
    }

    fn into_value(mut self) -> Value {
        if self.children.is_empty() {
            return self.text.map_or_else(|| Value::Object(Map::new()), Value::String);
        }
        if self.children.len() == 1
            && let Some(items) = self.children.get("member")
            && items.children.keys().all(|key| key.parse::<u32>().is_ok())
            && let Some(items) = self.children.remove("member")
        {
            if items.children.is_empty() {
                return Value::Array(items.text.map(Value::String).into_iter().collect());
            }
            let mut numbered: Vec<(u32, Node)> = items
                .children
                .into_iter()
                .filter_map(|(key, node)| Some((key.parse().ok()?, node)))
                .collect();
            numbered.sort_by_key(|(number, _)| *number);
            return Value::Array(numbered.into_iter().map(|(_, node)| node.into_value()).collect());
        }
        Value::Object(self.children.into_iter().map(|(key, node)| (key, node.into_value())).collect())
    }
}

/// Undoes urlencoding.
fn unescape(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let high = rest.next().and_then(|b| char::from(b).to_digit(16));
                let low = rest.next().and_then(|b| char::from(b).to_digit(16));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err("the form has a % without two hexadecimal digits".to_owned());
                };
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| "the form is not UTF-8".to_owned())
}
