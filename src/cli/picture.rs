//! `flightdeck picture`: a screen of the demo as SVG, drawn by the views themselves; for the README.

use super::{
    args::{Common, Demo, Picture, World},
    cockpit, demo,
    fail::{self, Failure},
};
use crate::{
    config::{Key, theme::Theme},
    runtime,
};

/// Prints the picture.
pub fn print(common: &Common, screen: Picture, size: &str) -> Result<u8, Failure> {
    let Some(size) = parse(size) else {
        return Err(Failure::usage(format!("--size {size}: write columns and rows, as in 120x36")));
    };
    let keys: Vec<Key> = keys(screen).split(' ').filter_map(|key| key.parse().ok()).collect();
    // At the clock's own speed everything stands still long enough to be looked at.
    let world = World { name: "fem".into(), seed: 1, services: None, untidy: None };
    let (mut loaded, routes, clock) = demo::prepare(common, &Demo { world, speed: 1.0 })?;
    // A picture shows all colours, whatever terminal it is made on.
    if let Some(Ok(theme)) = Theme::shipped(&loaded.settings.theme) {
        loaded.theme = theme;
    }
    let launch = cockpit::assemble(loaded, routes, clock, None, std::env::temp_dir());
    fail::print(&runtime::portrait::draw(launch, size, &keys, "flightdeck")?)?;
    Ok(0)
}

fn parse(size: &str) -> Option<(u16, u16)> {
    let (columns, rows) = size.split_once('x')?;
    let (columns, rows) = (columns.parse().ok()?, rows.parse().ok()?);
    ((20..=400).contains(&columns) && (5..=200).contains(&rows)).then_some((columns, rows))
}

fn keys(screen: Picture) -> &'static str {
    match screen {
        Picture::Fleet => "",
        Picture::Matrix => "tab",
        Picture::Service => "down down down enter",
        Picture::Metrics => "down down down m",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_columns_and_rows() {
        assert_eq!(parse("120x36"), Some((120, 36)));
        for wrong in ["", "120", "0x0", "120x", "9999x9"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
