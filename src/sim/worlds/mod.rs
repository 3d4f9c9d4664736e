//! The worlds that come with the program.

/// Name and text of each world, the default first.
const WORLDS: [(&str, &str); 6] = [
    ("fem", include_str!("fem.toml")),
    ("incident", include_str!("incident.toml")),
    ("fleet", include_str!("fleet.toml")),
    ("rollouts", include_str!("rollouts.toml")),
    ("causes", include_str!("causes.toml")),
    ("estate", include_str!("estate.toml")),
];

/// The names of the worlds, the default first.
pub fn names() -> impl Iterator<Item = &'static str> {
    WORLDS.iter().map(|(name, _)| *name)
}

/// The text of a world.
pub fn text(name: &str) -> Option<&'static str> {
    WORLDS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
