//! rpcv2Cbor: the same structure in CBOR; timestamps carry tag 1.

use ciborium::tag::Required;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Number, Value};

use super::{Stamp, stamp, to_millisecond};

/// The tag of an epoch-based date and time (RFC 8949, 3.4.2).
const EPOCH: u64 = 1;

/// The input structure; an empty body is an empty structure.
pub fn decode(body: &[u8]) -> Result<Value, String> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let mut rest = body;
    let value: ciborium::Value =
        ciborium::de::from_reader(&mut rest).map_err(|error| format!("it is not CBOR ({error})"))?;
    if !rest.is_empty() {
        return Err(format!("{} bytes follow the structure", rest.len()));
    }
    match plain(value)? {
        Value::Object(map) => Ok(Value::Object(map)),
        _ => Err("it is CBOR, but not a map".to_owned()),
    }
}

fn plain(value: ciborium::Value) -> Result<Value, String> {
    Ok(match value {
        ciborium::Value::Null => Value::Null,
        ciborium::Value::Bool(b) => Value::Bool(b),
        ciborium::Value::Text(text) => Value::String(text),
        ciborium::Value::Integer(n) => {
            let n = i128::from(n);
            let number = i64::try_from(n).map(Number::from).or_else(|_| u64::try_from(n).map(Number::from));
            Value::Number(number.map_err(|_| format!("the integer {n} has more than 64 bits"))?)
        }
        ciborium::Value::Float(n) => {
            Value::Number(Number::from_f64(n).ok_or_else(|| format!("{n} is not a number to count with"))?)
        }
        ciborium::Value::Bytes(_) => {
            return Err("it has a byte string, and no operation here takes one".to_owned());
        }
        ciborium::Value::Tag(EPOCH, inner) => match plain(*inner)? {
            number @ Value::Number(_) => number,
            _ => return Err("a timestamp (tag 1) is not a number".to_owned()),
        },
        ciborium::Value::Tag(tag, _) => return Err(format!("tag {tag} is not used by AWS")),
        ciborium::Value::Array(items) => {
            Value::Array(items.into_iter().map(plain).collect::<Result<_, _>>()?)
        }
        ciborium::Value::Map(members) => {
            let mut map = Map::new();
            for (key, item) in members {
                let ciborium::Value::Text(key) = key else {
                    return Err("a map has a key that is not text".to_owned());
                };
                let item = plain(item)?;
                if !item.is_null() {
                    map.insert(key, item);
                }
            }
            Value::Object(map)
        }
        _ => return Err("it has a kind of value that AWS does not use".to_owned()),
    })
}

/// The bytes of a structure.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    // writing into a Vec cannot fail, and the serializer below refuses nothing
    let _ = ciborium::ser::into_writer(&Tagged(value), &mut bytes);
    bytes
}

/// A value that writes its marked timestamps with their tag, and leaves null members out.
struct Tagged<'a>(&'a Value);

impl Serialize for Tagged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_none(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::String(text) => serializer.serialize_str(text),
            Value::Number(n) => {
                if let Some(n) = n.as_i64() {
                    serializer.serialize_i64(n)
                } else if let Some(n) = n.as_u64() {
                    serializer.serialize_u64(n)
                } else {
                    serializer.serialize_f64(n.as_f64().unwrap_or_default())
                }
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Tagged)),
            Value::Object(map) => match stamp(map) {
                Stamp::One(at) => at_tag(at).serialize(serializer),
                Stamp::Many(list) => {
                    serializer.collect_seq(list.iter().map(|at| at_tag(at.as_f64().unwrap_or_default())))
                }
                Stamp::No => {
                    let members = || map.iter().filter(|(_, item)| !item.is_null());
                    let mut out = serializer.serialize_map(Some(members().count()))?;
                    for (key, item) in members() {
                        out.serialize_entry(key, &Tagged(item))?;
                    }
                    out.end()
                }
            },
        }
    }
}

fn at_tag(at: f64) -> Required<f64, EPOCH> {
    Required(to_millisecond(at))
}
