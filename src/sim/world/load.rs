//! Worlds that come with the program, and those of one's own.

use super::error::WorldError;
use super::{Environment, World, check};
use crate::sim::worlds;

impl World {
    /// One of the worlds that come with the program. `services` is how many services a world made from
    /// a template has; the others ignore it.
    pub fn named(name: &str, services: Option<usize>) -> Result<Self, WorldError> {
        match worlds::text(name) {
            Some(text) => {
                let mut world = check::world::world(text, &format!("{name}.toml"), services)?;
                name.clone_into(&mut world.name);
                Ok(world)
            }
            None => Err(WorldError::Unknown {
                name: name.to_owned(),
                known: worlds::names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// A world of one's own; `file` is what errors call it.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, WorldError> {
        check::world::world(text, file, None)
    }

    /// [`Self::from_toml`], with so many services where the world is made from a template.
    pub fn from_template(text: &str, file: &str, services: Option<usize>) -> Result<Self, WorldError> {
        check::world::world(text, file, services)
    }

    /// Its environments, as the cockpit would be configured for them.
    pub fn environments(&self) -> &[Environment] {
        &self.environments
    }
}
