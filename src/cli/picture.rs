//! `flightdeck picture`: a screen of the demo as SVG, drawn by the views themselves; for the documents.

use super::{
    args::{Common, Demo, Picture, Start, World as Options},
    cockpit, demo,
    fail::{self, Failure},
};
use crate::{
    config::{Key, theme::Theme},
    model::text::line,
    runtime,
    sim::{world::World, worlds},
};

/// What is under way where a rollout is shown: somebody put staging's newest image in place a while ago.
const UNDER_WAY: &str = r#"
[[happens]]
at = "-40s"
cluster = "staging"
service = "staging-service"
deploy = "fem-fd-service:e7b41d2c5f0a4be39d17c6a82f3b90e4d5186a7c"
"#;

/// Prints the picture.
pub fn print(common: &Common, screen: Picture, size: &str, keys: Option<&str>) -> Result<u8, Failure> {
    let Some(size) = parse(size) else {
        return Err(Failure::usage(format!("--size {size}: write columns and rows, as in 120x36")));
    };
    let keys: Vec<Key> = keys
        .unwrap_or_else(|| way(screen))
        .split_whitespace()
        .map(|key| {
            key.parse().map_err(|_| Failure::usage(line(&format!("--keys {key}: there is no such key"))))
        })
        .collect::<Result<_, _>>()?;
    // At the clock's own speed everything stands still long enough to be looked at.
    let (options, world) = world(screen)?;
    let (mut loaded, routes, clock) =
        demo::prepare(common, &Demo { world: options, speed: 1.0, start: Start::default() }, world)?;
    // A picture shows all colours, whatever terminal it is made on.
    if let Some(Ok(theme)) = Theme::shipped(&loaded.settings.theme) {
        loaded.theme = theme;
    }
    let launch = cockpit::assemble(loaded, routes, clock, None, std::env::temp_dir());
    fail::print(&runtime::screenshot::draw(launch, size, &keys, "flightdeck")?)?;
    Ok(0)
}

/// The world in which the screen is to be seen: one that ships, at the moment that is worth a picture.
fn world(screen: Picture) -> Result<(Options, World), Failure> {
    let name = if screen == Picture::Incident { "incident" } else { "fem" };
    let options = Options { name: name.into(), seed: 1, services: None, untidy: None };
    let text = worlds::text(name).unwrap_or_default();
    let text = match screen {
        Picture::Rollout => text.replacen("\nabout = ", "\nwarmup = \"3m\"\nabout = ", 1) + UNDER_WAY,
        Picture::Incident => text.replacen("\nat = \"-60s\"", "\nat = \"-5m\"", 1),
        _ => text.to_owned(),
    };
    let world = World::from_toml(&text, name).map_err(|error| Failure::usage(line(&error.to_string())))?;
    Ok((options, world))
}

fn parse(size: &str) -> Option<(u16, u16)> {
    let (columns, rows) = size.split_once('x')?;
    let (columns, rows) = (columns.parse().ok()?, rows.parse().ok()?);
    ((20..=400).contains(&columns) && (5..=200).contains(&rows)).then_some((columns, rows))
}

/// The keys that lead to the screen.
fn way(screen: Picture) -> &'static str {
    match screen {
        Picture::Fleet => "",
        Picture::Matrix => "tab",
        Picture::Service => "down down down enter",
        Picture::Rollout => "n enter",
        Picture::Metrics => "down down down m",
        Picture::Incident => "n w",
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
