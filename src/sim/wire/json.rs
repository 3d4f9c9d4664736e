//! awsJson: the body is the structure; timestamps are epoch seconds.

use serde_json::{Map, Number, Value};

use super::{Stamp, stamp, to_millisecond};

/// The input structure; an empty body is an empty structure.
pub fn decode(body: &[u8]) -> Result<Value, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(Value::Object(map)),
        Ok(_) => Err("it is JSON, but not an object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The bytes of a structure.
pub fn encode(mut value: Value) -> Vec<u8> {
    resolve(&mut value);
    value.to_string().into_bytes()
}

/// Turns marked timestamps into numbers and drops null members, in place.
fn resolve(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(resolve),
        Value::Object(map) => {
            let resolved = match stamp(map) {
                Stamp::One(at) => Some(number(at)),
                Stamp::Many(list) => {
                    Some(Value::Array(list.iter().filter_map(Value::as_f64).map(number).collect()))
                }
                Stamp::No => None,
            };
            if let Some(resolved) = resolved {
                *value = resolved;
            } else {
                map.retain(|_, item| !item.is_null());
                map.values_mut().for_each(resolve);
            }
        }
        _ => {}
    }
}

fn number(at: f64) -> Value {
    Number::from_f64(to_millisecond(at)).map_or(Value::Null, Value::Number)
}
