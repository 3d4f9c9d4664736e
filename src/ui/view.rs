//! What every screen is handed: the state, and what follows from it once a frame.

use super::{skin::Skin, text::Times};
use crate::{
    action::{Action, Context},
    app::{State, environments::needs_credentials, layout::Area, state::Environment},
    model::{EnvironmentName, Trouble},
};
use jiff::tz::TimeZone;
use ratatui::{layout::Rect, style::Style};
use std::sync::OnceLock;

/// One frame's view of the state.
#[derive(Debug)]
pub struct View<'a> {
    /// The state.
    pub state: &'a State,
    /// Columns and rows drawn on.
    pub size: (u16, u16),
    /// Styles.
    pub skin: Skin,
    /// How moments are told.
    pub times: Times,
}

impl<'a> View<'a> {
    /// What is drawn of `state` on a screen of that size.
    pub fn new(state: &'a State, size: (u16, u16)) -> Self {
        let zone = zone();
        let skin = Skin::new(&state.theme, state.glyphs, zone.clone());
        let times = Times { now: state.now, zone, absolute: state.absolute_times };
        Self { state, size, skin, times }
    }

    /// The hue of an environment.
    pub fn hue(&self, name: &EnvironmentName) -> Style {
        let index = self.state.environments.iter().position(|e| &e.name == name);
        index.map_or(self.skin.muted, |index| self.skin.hue(index))
    }

    /// The first key for a verb in the present context.
    pub fn key(&self, action: Action) -> Option<String> {
        self.key_in(self.state.context(), action)
    }

    /// The first key for a verb in a context.
    pub fn key_in(&self, context: Context, action: Action) -> Option<String> {
        self.state.keymap.keys_for(context, action).into_iter().next()
    }

    /// `esc clears it`, or the palette's name for it where no key does.
    pub fn key_or_command(&self, context: Context, action: Action) -> String {
        self.key_in(context, action).unwrap_or_else(|| format!(":{}", action.id()))
    }
}

/// The zone of clock times: the system's, read once; UTC in tests.
fn zone() -> TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| if cfg!(test) { TimeZone::UTC } else { crate::config::zone::system() }).clone()
}

/// How old an environment's rows are, once they are stale.
pub fn environment_age(view: &View<'_>, environment: &Environment) -> Option<i64> {
    crate::app::environments::age(view.state, environment)
}

/// An area of the layout as ratatui's.
pub fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}

/// A trouble as one sentence with a capital and a full stop.
pub fn sentence(trouble: &Trouble) -> String {
    capital(&trouble.to_string())
}

/// The trouble of an environment, with what a person can do in the cockpit about credentials.
pub fn trouble_text(view: &View<'_>, trouble: &Trouble) -> String {
    if !needs_credentials(trouble) {
        return trouble.to_string();
    }
    let context = view.state.screen_context();
    let (sign_in, refresh) =
        (view.key_or_command(context, Action::SignIn), view.key_or_command(context, Action::Refresh));
    format!("{trouble}. {sign_in} signs in from here; done elsewhere, {refresh} reads again")
}

/// Text as one sentence with a capital and a full stop. A name at its beginning (`prod-service-5xx`) stays as it is.
pub fn capital(text: &str) -> String {
    let word = text.split([' ', ',', ':']).next().unwrap_or_default();
    let stop = if text.ends_with(['.', '?']) { "" } else { "." };
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if word.chars().all(|c| c.is_lowercase() || c == '\'') => {
            format!("{}{}{stop}", first.to_uppercase(), chars.as_str())
        }
        _ => format!("{text}{stop}"),
    }
}
