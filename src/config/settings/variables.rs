//! The variables that mean something.

use crate::{config::suggest, model::text};

/// What all of them begin with.
const PREFIX: &str = "FLIGHTDECK_";

/// Their names without [`PREFIX`].
const KNOWN: [&str; 15] = [
    "CACHE",
    "CACHE_DIR",
    "CONFIG",
    "COST_LIMIT",
    "ENDPOINT_URL",
    "GLYPHS",
    "KEYMAP",
    "MOUSE",
    "PROFILE",
    "READ_ONLY",
    "REFRESH",
    "REGION",
    "SLOW",
    "STATE_DIR",
    "THEME",
];

/// A sentence on each of these variables that looks like one of ours and means nothing.
pub fn stray(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().filter(|name| is_stray(name)).collect();
    names.sort();
    let told = |name: String| {
        let own = name.strip_prefix(PREFIX).unwrap_or_default();
        let remedy = match suggest::nearest(own, KNOWN) {
            Some(near) => format!("did you mean {PREFIX}{near}?"),
            None => format!("known after {PREFIX} are {}", KNOWN.join(", ")),
        };
        format!("the variable {} is not recognized and is ignored; {remedy}", text::line(&name))
    };
    names.into_iter().map(told).collect()
}

fn is_stray(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|own| !KNOWN.contains(&own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_told() {
        let names =
            ["HOME", "FLIGHTDECK_THEME", "FLIGHTDECK_REFESH", "FLIGHTDECK_", "FLIGHTDECK_ZEBRA\u{1b}[m"];
        let told = stray(names.map(str::to_owned));
        let unset = "known after FLIGHTDECK_ are CACHE, CACHE_DIR, CONFIG, COST_LIMIT, ENDPOINT_URL, GLYPHS, KEYMAP, \
                     MOUSE, PROFILE, READ_ONLY, REFRESH, REGION, SLOW, STATE_DIR, THEME";
        assert_eq!(
            told,
            [
                format!("the variable FLIGHTDECK_ is not recognized and is ignored; {unset}"),
                "the variable FLIGHTDECK_REFESH is not recognized and is ignored; did you mean FLIGHTDECK_REFRESH?"
                    .to_owned(),
                format!("the variable FLIGHTDECK_ZEBRA\\e[m is not recognized and is ignored; {unset}"),
            ]
        );
    }

    /// Every variable that the configuration reads is known here, and none is known that it does not read.
    #[test]
    fn the_list_is_that_of_the_program() {
        let sources = [include_str!("layers.rs"), include_str!("load.rs"), include_str!("../paths.rs")];
        let mut read: Vec<&str> = sources
            .iter()
            .flat_map(|text| text.split("\"FLIGHTDECK_").skip(1))
            .filter_map(|rest| rest.split('"').next())
            .collect();
        read.sort_unstable();
        read.dedup();
        assert_eq!(read, KNOWN);
    }
}
