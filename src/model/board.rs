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

/// What somebody did to the boards. It is applied to what is on the disk then: another flightdeck of this machine may have
/// changed them since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoardChange {
    /// A service was pinned to the board of this name, which begins with it where there was none.
    Pin(String, ServiceKey),
    /// It was taken off; a board without services is none.
    Unpin(String, ServiceKey),
}

/// Boards at most.
pub const BOARDS_MAX: usize = 50;

/// The longest name of a board.
pub const NAME_MAX: usize = 60;

impl Boards {
    /// The services on the board of this name, in the order in which they were pinned.
    pub fn services(&self, name: &str) -> &[ServiceKey] {
        let own = self.boards.iter().find(|one| one.name == name);
        own.map(|one| one.services.as_slice()).unwrap_or_default()
    }

    /// Names of boards.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.boards.iter().map(|one| one.name.as_str())
    }

    /// Applies a change; done twice it is as done once.
    pub fn apply(&mut self, change: &BoardChange) {
        match change {
            BoardChange::Pin(name, key) => {
                let place = self.boards.iter().position(|one| one.name == *name).or_else(|| {
                    let room = self.boards.len() < BOARDS_MAX;
                    room.then(|| {
                        self.boards.push(Board { name: name.clone(), services: Vec::new() });
                        self.boards.len() - 1
                    })
                });
                let own = place.and_then(|place| self.boards.get_mut(place));
                if let Some(own) =
                    own.filter(|own| !own.services.contains(key) && own.services.len() < PINS_MAX)
                {
                    own.services.push(key.clone());
                }
            }
            BoardChange::Unpin(name, key) => {
                if let Some(own) = self.boards.iter_mut().find(|one| one.name == *name) {
                    own.services.retain(|one| one != key);
                }
                self.boards.retain(|one| !one.services.is_empty());
            }
        }
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// A clause where it is none.
    pub fn read(kept: &str) -> Result<Self, String> {
        let mut read: Self = serde_json::from_str(kept)
            .map_err(|error| text::line(&format!("they are not boards: {error}")))?;
        read.boards.truncate(BOARDS_MAX);
        for board in &mut read.boards {
            board.name = text::clean(&board.name, NAME_MAX);
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

    #[test]
    fn boards_are_changed_by_name() {
        let key = |name: &str| ServiceKey::new("prod", Kind::Ecs, "prod", name);
        let pin = |board: &str, name: &str| BoardChange::Pin(board.to_owned(), key(name));
        let mut boards = Boards::default();
        for change in [pin("web", "api"), pin("db", "pg"), pin("web", "site"), pin("web", "api")] {
            boards.apply(&change);
        }
        assert_eq!(boards.names().collect::<Vec<_>>(), ["web", "db"]);
        assert_eq!(boards.services("web"), [key("api"), key("site")]);
        boards.apply(&BoardChange::Unpin("db".into(), key("pg")));
        assert_eq!(boards.names().collect::<Vec<_>>(), ["web"], "a board without services is none");
        assert!(boards.services("db").is_empty());
        for n in 0..99 {
            boards.apply(&pin("web", &n.to_string()));
            boards.apply(&pin(&format!("board {n}"), "api"));
        }
        assert_eq!(boards.services("web").len(), PINS_MAX);
        assert_eq!(boards.boards.len(), BOARDS_MAX);
    }
}
