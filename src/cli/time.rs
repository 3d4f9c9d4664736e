//! Moments, as JSON and listings have them.

use crate::model::Stamp;

/// Moments as programs read them: RFC 3339 in UTC, to the millisecond.
pub fn iso(stamp: Stamp) -> String {
    jiff::Timestamp::from_millisecond(stamp.0).map_or_else(|_| String::new(), |moment| moment.to_string())
}
