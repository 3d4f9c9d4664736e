//! Services that were pinned, under a name.

use super::{ServiceKey, text};
use serde::{Deserialize, Serialize};

/// The board that is shown where none is named.
pub const DEFAULT: &str = "default";

/// Pins of a board at most: each is charted.
pub const PINS_MAX: usize = 24;

/// A board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// Its name.
    pub name: String,
    /// Its services, in the order in which they were pinned.
    pub services: Vec<ServiceKey>,
}

/// The boards of this machine, as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Boards {
    /// All of them.
    pub boards: Vec<Board>,
}

impl Boards {
    /// Reads what was kept.
    ///
    /// # Errors
    /// A clause where it is none.
    pub fn read(kept: &str) -> Result<Self, String> {
        let mut read: Self = serde_json::from_str(kept)
            .map_err(|error| text::line(&format!("they are not boards: {error}")))?;
        for board in &mut read.boards {
            board.name = text::clean(&board.name, 60);
            board.services.truncate(PINS_MAX);
            for key in &mut board.services {
                let clean = |part: &str| text::clean(part, 255);
                *key = ServiceKey::new(
                    &clean(key.environment.as_str()),
                    key.kind,
                    &clean(&key.cluster),
                    &clean(&key.name),
                );
            }
        }
        Ok(read)
    }

    /// As it is kept.
    pub fn kept(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    #[test]
    fn boards_are_read_back_and_held_to_their_bounds() {
        let key = |name: &str| ServiceKey::new("prod", Kind::Ecs, "prod", name);
        let boards = Boards { boards: vec![Board { name: DEFAULT.into(), services: vec![key("api")] }] };
        assert_eq!(Boards::read(&boards.kept()), Ok(boards));
        let many = (0..99).map(|n| key(&n.to_string())).collect();
        let odd = Boards { boards: vec![Board { name: "a\u{1b}[31m".into(), services: many }] };
        let read = Boards::read(&odd.kept()).unwrap();
        assert_eq!(read.boards[0].services.len(), PINS_MAX);
        assert!(!read.boards[0].name.contains('\u{1b}'));
        assert!(Boards::read("[").is_err());
    }
}
