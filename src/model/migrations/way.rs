//! Which way a command goes.

/// Which way the migrations of a command run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// They are applied.
    Up,
    /// They are taken back.
    Down,
    /// The last one is taken back and applied again.
    Redo,
    /// Files are run in their order, and the database keeps nothing of it.
    Unversioned,
    /// Its words do not say.
    #[default]
    Untold,
}

/// The way that a command's words say: `goose -dir migrations up`, `./migrate down`.
pub fn way(command: &str) -> Way {
    let words: Vec<&str> = command
        .split([' ', '\t', ';', '&', '"', '\''])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    if words.iter().any(|word| word.trim_start_matches('-') == "no-versioning" && word.starts_with('-')) {
        return Way::Unversioned;
    }
    let goose = words.iter().position(|word| *word == "goose" || word.ends_with("/goose")).unwrap_or(0);
    let mut found = words.iter().skip(goose).filter_map(|word| match *word {
        "up" | "up-to" | "up-by-one" => Some(Way::Up),
        "down" | "down-to" | "reset" => Some(Way::Down),
        "redo" => Some(Way::Redo),
        _ => None,
    });
    let Some(first) = found.next() else { return Way::Untold };
    if found.all(|other| other == first) { first } else { Way::Untold }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_the_way() {
        for (command, told) in [
            ("goose -dir migrations up", Way::Up),
            ("prod prod-service:42 goose -dir up/migrations postgres up-to 20250430034028", Way::Up),
            ("sh -c \"/usr/bin/goose -dir migrations down\"", Way::Down),
            ("goose reset", Way::Down),
            ("goose redo", Way::Redo),
            ("./migrate down", Way::Down),
            ("make migrate", Way::Untold),
            ("goose down && goose up", Way::Untold),
            ("goose -no-versioning -dir seed up", Way::Unversioned),
            ("goose --no-versioning up", Way::Unversioned),
            ("goose status", Way::Untold),
            ("", Way::Untold),
        ] {
            assert_eq!(way(command), told, "{command}");
        }
    }
}
