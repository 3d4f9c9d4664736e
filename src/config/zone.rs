//! The time zone of clock times.

use super::regular;
use crate::model::Stamp;
use jiff::tz::TimeZone;
use std::{path::Path, sync::OnceLock};

/// No file of a time zone is nearly as large.
const MAX: u64 = 1 << 20;

/// The time zone of this machine, or of `TZ`; UTC where [`unusable`] says so.
pub fn system() -> TimeZone {
    if unusable().is_some() { TimeZone::UTC } else { TimeZone::system() }
}

/// A moment as a clock shows it in that zone: `21:06`.
pub fn clock(at: Stamp) -> String {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let zone = ZONE.get_or_init(|| if cfg!(test) { TimeZone::UTC } else { system() });
    let moment = jiff::Timestamp::from_millisecond(at.0).ok();
    moment.map(|moment| moment.to_zoned(zone.clone()).strftime("%H:%M").to_string()).unwrap_or_default()
}

/// What is wrong with the file that `TZ` names, for a notice: one without an end would be read for ever.
pub fn unusable() -> Option<String> {
    of(&std::env::var("TZ").ok()?)
}

/// `TZ` may be the path of a file, with or without a colon (tzset(3)).
fn of(value: &str) -> Option<String> {
    let path = Path::new(value.strip_prefix(':').unwrap_or(value));
    let found = std::fs::metadata(path).ok()?;
    let large = found.is_file() && found.len() > MAX;
    let odd = !found.is_dir() && regular::is_file_or_absent(path).is_err();
    (large || odd).then(|| {
        let path = crate::model::text::clean(&path.to_string_lossy(), 120);
        format!("TZ names {path}, which is not a time zone file; times are shown in UTC")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_never_read_as_a_time_zone() {
        for value in [":/dev/zero", "/dev/zero", ":/dev/tty0"] {
            let path = value.trim_start_matches(':');
            assert_eq!(of(value).is_some(), Path::new(path).exists(), "{value}");
        }
        for value in ["", "UTC", "Europe/Berlin", ":Europe/Berlin", "CET-1CEST", "/nowhere/at/all", "/"] {
            assert_eq!(of(value), None, "{value}");
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("zone");
        std::fs::write(&file, "TZif2").unwrap();
        assert_eq!(of(file.to_str().unwrap()), None);
        std::fs::File::options().write(true).open(&file).unwrap().set_len(MAX + 1).unwrap();
        assert!(of(file.to_str().unwrap()).is_some_and(|why| why.contains("UTC")));
    }
}
