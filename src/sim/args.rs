//! Reading a call's input and writing an answer's output, member by member.

use serde_json::{Map, Value};

use super::api::{Fault, timestamp};

/// A call's input.
#[derive(Clone, Copy)]
pub(super) struct Args<'a>(pub &'a Value);

impl<'a> Args<'a> {
    /// A member, unless it is absent or null.
    pub fn get(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// A string.
    pub fn text(self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Value::as_str)
    }

    /// A list of strings; empty when absent.
    pub fn texts(self, key: &str) -> Vec<&'a str> {
        self.list(key).iter().filter_map(Value::as_str).collect()
    }

    /// A list; empty when absent.
    pub fn list(self, key: &str) -> &'a [Value] {
        self.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// A boolean.
    pub fn flag(self, key: &str) -> Option<bool> {
        self.get(key).and_then(Value::as_bool)
    }

    /// A whole number.
    pub fn whole(self, key: &str) -> Option<i64> {
        self.get(key).and_then(Value::as_i64)
    }

    /// Whether a list of words such as `include` has one of them.
    pub fn asks(self, key: &str, word: &str) -> bool {
        self.list(key).iter().any(|value| value.as_str() == Some(word))
    }
}

/// How a list operation pages.
pub(super) struct Paging<'a> {
    /// Member that carries the token.
    pub token: &'a str,
    /// Member that carries the page size.
    pub size: &'a str,
    /// Page size when none is asked for.
    pub usual: usize,
    /// Largest page.
    pub most: usize,
    /// The error for a wrong token or size.
    pub error: &'a str,
}

impl Paging<'_> {
    /// The page asked for, and the token of the next.
    pub fn page<T>(&self, args: Args<'_>, items: Vec<T>) -> Result<(Vec<T>, Option<String>), Fault> {
        let size = match args.whole(self.size) {
            None => self.usual,
            Some(size) => match usize::try_from(size) {
                Ok(size) if (1..=self.most).contains(&size) => size,
                _ => {
                    let what = format!("{} must be between 1 and {}", self.size, self.most);
                    return Err(Fault::client(self.error, what));
                }
            },
        };
        let from = match args.text(self.token) {
            None => 0,
            Some(token) => token
                .strip_prefix("page-")
                .and_then(|at| usize::from_str_radix(at, 16).ok())
                .filter(|at| *at <= items.len())
                .ok_or_else(|| Fault::client(self.error, format!("Invalid token for {}.", self.token)))?,
        };
        let total = items.len();
        let page: Vec<T> = items.into_iter().skip(from).take(size).collect();
        let end = from + page.len();
        Ok((page, (end < total).then(|| format!("page-{end:012x}"))))
    }
}

/// A structure under construction; absent members are left out.
#[derive(Default)]
pub(super) struct Out(Map<String, Value>);

impl Out {
    /// An empty structure.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member.
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// Adds a member when there is one.
    pub fn maybe(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(key, value),
            None => self,
        }
    }

    /// Adds a timestamp.
    pub fn time(self, key: &str, at: f64) -> Self {
        self.set(key, timestamp(at))
    }

    /// Adds a timestamp when there is one.
    pub fn maybe_time(self, key: &str, at: Option<f64>) -> Self {
        self.maybe(key, at.map(timestamp))
    }

    /// The structure.
    pub fn done(self) -> Value {
        Value::Object(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_to_the_end() {
        let paging = Paging { token: "nextToken", size: "maxResults", usual: 3, most: 4, error: "Bad" };
        let items: Vec<u32> = (0..10).collect();
        let mut token: Option<String> = None;
        let mut seen = Vec::new();
        loop {
            let input = match &token {
                Some(token) => json!({ "nextToken": token }),
                None => json!({}),
            };
            let (page, next) = paging.page(Args(&input), items.clone()).unwrap();
            assert!(page.len() <= 3);
            seen.extend(page);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
        for wrong in [json!({ "maxResults": 5 }), json!({ "maxResults": 0 }), json!({ "nextToken": "x" })] {
            assert_eq!(paging.page(Args(&wrong), items.clone()).unwrap_err().code, "Bad");
        }
    }
}
