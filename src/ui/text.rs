//! Text measured in cells, cut and wrapped; numbers and moments as people read them.

use crate::model::{
    Stamp,
    stamp::{brief, precise},
};
use jiff::{Timestamp, tz::TimeZone};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The width of a text in cells.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A length as `u16`, for coordinates; saturates.
pub fn cells(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// Takes graphemes from the front while they fit into `room` cells.
fn take(text: &str, room: usize) -> (String, usize) {
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > room {
            break;
        }
        out.push_str(grapheme);
        used += wide;
    }
    (out, used)
}

/// Cuts at the end: `a long senten…`.
pub fn end(text: &str, room: usize) -> String {
    if text.len() <= room || text.width() <= room {
        return text.to_owned();
    }
    if room == 0 {
        return String::new();
    }
    let (mut out, _) = take(text, room - 1);
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// Cuts in the middle, so that both ends of a name stay readable: `prod-che…-api`.
pub fn middle(text: &str, room: usize) -> String {
    if text.len() <= room || text.width() <= room {
        return text.to_owned();
    }
    if room <= 1 {
        return "…".repeat(room);
    }
    let tail_room = (room - 1) / 2;
    let (mut out, _) = take(text, room - 1 - tail_room);
    out.push('…');
    let mut tail = Vec::new();
    let mut used = 0;
    for grapheme in text.graphemes(true).rev() {
        let wide = grapheme.width();
        if used + wide > tail_room {
            break;
        }
        used += wide;
        tail.push(grapheme);
    }
    out.extend(tail.into_iter().rev());
    out
}

/// Wraps at spaces into lines of at most `room` cells; a word that is longer is broken. Never empty.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word;
        let mut wide = word.width();
        if used > 0 && used + 1 + wide > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        while wide > room {
            let (part, part_wide) = take(word, room);
            if part.is_empty() {
                break;
            }
            word = word.get(part.len()..).unwrap_or_default();
            wide = wide.saturating_sub(part_wide);
            lines.push(part);
        }
        line.push_str(word);
        used += wide;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Cut or filled up with blanks to `room` cells.
pub fn pad(text: &str, room: usize) -> String {
    let mut out = middle(text, room);
    let used = width(&out);
    out.extend(std::iter::repeat_n(' ', room.saturating_sub(used)));
    out
}

/// As [`pad`], at the right.
pub fn pad_left(text: &str, room: usize) -> String {
    let own = middle(text, room);
    let mut out = " ".repeat(room.saturating_sub(width(&own)));
    out.push_str(&own);
    out
}

/// `n thing`, `n things`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// A number in at most four or five cells: `0.04`, `7.3`, `840`, `12.4k`, `1.2M`.
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() {
        "-".to_owned()
    } else if magnitude >= 999_500.0 {
        format!("{:.1}M", value / 1e6)
    } else if magnitude >= 9_999.5 {
        format!("{:.0}k", value / 1e3)
    } else if magnitude >= 999.5 {
        format!("{:.1}k", value / 1e3)
    } else if magnitude >= 99.5 || (value - value.round()).abs() < 0.005 {
        format!("{value:.0}")
    } else if magnitude >= 0.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// Milliseconds of latency: `31ms`, `840ms`, `1.4s`, `12s`.
pub fn latency(millis: f64) -> String {
    if !millis.is_finite() {
        "-".to_owned()
    } else if millis < 999.5 {
        format!("{millis:.0}ms")
    } else if millis < 9_950.0 {
        format!("{:.1}s", millis / 1000.0)
    } else {
        format!("{:.0}s", millis / 1000.0)
    }
}

/// A share in percent: `71%`, and below ten with one digit where `fine`.
pub fn percent(value: f64, fine: bool) -> String {
    if !value.is_finite() {
        "-".to_owned()
    } else if fine && value.abs() < 9.95 {
        format!("{value:.1}%")
    } else {
        format!("{value:.0}%")
    }
}

/// Dollars: `$0.04`, `$12`.
pub fn dollars(value: f64) -> String {
    // the sum of nothing is -0.0
    let value = if value > 0.0 { value } else { 0.0 };
    if value < 9.995 { format!("${value:.2}") } else { format!("${value:.0}") }
}

fn zoned(at: Stamp, zone: &TimeZone) -> Option<jiff::Zoned> {
    Timestamp::from_millisecond(at.0).ok().map(|moment| moment.to_zoned(zone.clone()))
}

/// `14:03`.
pub fn clock(at: Stamp, zone: &TimeZone) -> String {
    zoned(at, zone).map(|z| z.strftime("%H:%M").to_string()).unwrap_or_default()
}

/// `14:03:27`.
pub fn clock_seconds(at: Stamp, zone: &TimeZone) -> String {
    zoned(at, zone).map(|z| z.strftime("%H:%M:%S").to_string()).unwrap_or_default()
}

/// `21 Nov`.
pub fn day(at: Stamp, zone: &TimeZone) -> String {
    zoned(at, zone).map(|z| z.strftime("%-d %b").to_string()).unwrap_or_default()
}

/// `21 Nov 14:03`.
pub fn moment(at: Stamp, zone: &TimeZone) -> String {
    zoned(at, zone).map(|z| z.strftime("%-d %b %H:%M").to_string()).unwrap_or_default()
}

/// Milliseconds by which local time is ahead of UTC at `at`.
pub fn offset(at: Stamp, zone: &TimeZone) -> i64 {
    Timestamp::from_millisecond(at.0).map_or(0, |moment| i64::from(zone.to_offset(moment).seconds()) * 1000)
}

/// How moments are told: relative to now, or absolute.
#[derive(Debug, Clone)]
pub struct Times {
    /// Now.
    pub now: Stamp,
    /// The zone of absolute times.
    pub zone: TimeZone,
    /// Absolute rather than relative.
    pub absolute: bool,
}

impl Times {
    /// `3m`, or `14:03` (with the day once that is not today).
    pub fn ago(&self, at: Stamp) -> String {
        if self.absolute { self.at(at) } else { brief(self.now.since(at)) }
    }

    /// `3m ago`, or `at 14:03`.
    pub fn ago_words(&self, at: Stamp) -> String {
        if self.absolute {
            format!("at {}", self.at(at))
        } else {
            format!("{} ago", brief(self.now.since(at)))
        }
    }

    /// As [`Times::ago`], `-` for none.
    pub fn maybe(&self, at: Option<Stamp>) -> String {
        at.map_or_else(|| "-".to_owned(), |at| self.ago(at))
    }

    /// In at most six cells: `3m`, or `14:03` today and `21 Nov` before.
    pub fn column(&self, at: Stamp) -> String {
        match self.absolute {
            false => brief(self.now.since(at)),
            true if day(at, &self.zone) == day(self.now, &self.zone) => clock(at, &self.zone),
            true => day(at, &self.zone),
        }
    }

    /// `14:03` today, else `21 Nov 14:03`.
    pub fn at(&self, at: Stamp) -> String {
        if day(at, &self.zone) == day(self.now, &self.zone) {
            clock(at, &self.zone)
        } else {
            moment(at, &self.zone)
        }
    }

    /// How long something took or has been taking.
    pub fn lasted(&self, from: Option<Stamp>, until: Option<Stamp>) -> String {
        from.map(|from| precise(until.unwrap_or(self.now).since(from))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_cut_by_cells() {
        assert_eq!(middle("prod-checkout-api", 12), "prod-c…t-api");
        assert_eq!(middle("東京東京東京", 7), "東…京");
        assert_eq!(end("a long sentence", 8), "a long…");
        assert_eq!(end("東京東京", 5), "東京…");
        assert_eq!((end("abc", 0), middle("abc", 1)), (String::new(), "…".to_owned()));
    }

    #[test]
    fn sentences_wrap() {
        assert_eq!(wrap("run aws sso login and press r", 10), ["run aws", "sso login", "and press", "r"]);
        assert_eq!(wrap("arn:aws:ecs:us-west-2 x", 8), ["arn:aws:", "ecs:us-w", "est-2 x"]);
        assert_eq!(wrap("", 8), [""]);
    }

    #[test]
    fn numbers_are_short() {
        for (value, short) in [
            (0.0, "0"),
            (0.04, "0.04"),
            (7.31, "7.3"),
            (71.0, "71"),
            (840.4, "840"),
            (1_240.0, "1.2k"),
            (12_400.0, "12k"),
            (1_250_000.0, "1.2M"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(number(value), short);
        }
        assert_eq!(
            (latency(840.0), latency(1_440.0), latency(31.2)),
            ("840ms".into(), "1.4s".into(), "31ms".into())
        );
        assert_eq!(
            (percent(2.14, true), percent(71.4, true), percent(2.14, false)),
            ("2.1%".into(), "71%".into(), "2%".into())
        );
    }

    proptest! {
        #[test]
        fn cuts_never_overflow(text in "\\PC{0,40}", room in 0usize..30) {
            prop_assert!(width(&end(&text, room)) <= room);
            prop_assert!(width(&middle(&text, room)) <= room);
        }

        #[test]
        fn wrapped_lines_fit(text in "[a-zé東 ]{0,60}", room in 2usize..30) {
            for line in wrap(&text, room) {
                prop_assert!(width(&line) <= room, "{line:?}");
            }
        }
    }
}
