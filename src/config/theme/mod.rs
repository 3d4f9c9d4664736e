//! Colours and attributes by meaning, never by name.

pub mod colour;
mod depth;
mod file;
mod reduce;
#[cfg(test)]
mod tests;

pub use colour::Colour;
pub use depth::Depth;

use super::{error::ConfigError, source::Source};
use std::sync::Arc;

/// The themes that come with the program: name and text.
pub const SHIPPED: [(&str, &str); 4] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// Styles in a list role: chart series, environments.
pub const LIST: usize = 6;

/// Finds the text of a user's theme by its name; none where there is no such file.
pub type Other<'a> = &'a dyn Fn(&str) -> Option<Result<Arc<Source>, ConfigError>>;

/// How text looks. No colour means: whatever is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Colour of the text.
    pub fg: Option<Colour>,
    /// Colour behind it.
    pub bg: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Fainter.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Text and background swapped.
    pub reverse: bool,
}

impl Style {
    /// True when it sets an attribute, colours aside.
    pub fn has_attribute(&self) -> bool {
        self.bold || self.dim || self.italic || self.underline || self.reverse
    }
}

macro_rules! roles {
    ($( $role:ident $doc:literal )*) => {
        /// What a screen is drawn with: a style for each meaning.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Theme {
            /// Its name.
            pub name: String,
            /// Behind everything; [`Colour::Default`] leaves the terminal's own.
            pub background: Colour,
            $( #[doc = $doc] pub $role: Style, )*
            /// The lines of a chart, in order.
            pub series: [Style; LIST],
            /// One hue for each environment, in order, over and over.
            pub environments: [Style; LIST],
        }

        /// The roles that are one style each, as theme files name them.
        pub const ROLES: &[&str] = &[ $( stringify!($role), )* ];

        impl Theme {
            fn empty(name: &str) -> Self {
                Self {
                    name: name.to_owned(),
                    background: Colour::Default,
                    $( $role: Style::default(), )*
                    series: [Style::default(); LIST],
                    environments: [Style::default(); LIST],
                }
            }

            /// The style of a role by its name in theme files; none for the list roles.
            pub fn role(&self, name: &str) -> Option<Style> {
                match name { $( stringify!($role) => Some(self.$role), )* _ => None }
            }

            fn role_mut(&mut self, name: &str) -> Option<&mut Style> {
                match name { $( stringify!($role) => Some(&mut self.$role), )* _ => None }
            }
        }
    };
}

roles! {
    text "Ordinary text."
    muted "What matters less: units, ages, what is not there."
    accent "What the eye should find: the current tab, a match, a bar."
    ok "Healthy, done."
    busy "Under way."
    warn "Look at this."
    bad "Failing."
    info "Worth knowing."
    title "Names of screens and panels."
    selection "The row under the cursor: its background."
    selection_text "Text in that row that has no meaning of its own."
    rule "Lines that part things."
    header "Heads of columns."
    hint_key "A key in the hints."
    hint_text "What that key does."
    diff_added "Added lines of a diff."
    diff_removed "Removed lines of a diff."
    dialog "The ground of a dialog and its frame."
}

impl Theme {
    /// The style of a chart's line, counted from 0.
    pub fn series(&self, index: usize) -> Style {
        self.series.get(index % LIST).copied().unwrap_or_default()
    }

    /// The hue of an environment, counted from 0.
    pub fn environment(&self, index: usize) -> Style {
        self.environments.get(index % LIST).copied().unwrap_or_default()
    }

    fn styles_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut Style)> {
        // Field by field, since the borrow checker has to see that they differ.
        let Self {
            text,
            muted,
            accent,
            ok,
            busy,
            warn,
            bad,
            info,
            title,
            selection,
            selection_text,
            rule,
            header,
            hint_key,
            hint_text,
            diff_added,
            diff_removed,
            dialog,
            series,
            environments,
            ..
        } = self;
        let single = [
            text,
            muted,
            accent,
            ok,
            busy,
            warn,
            bad,
            info,
            title,
            selection,
            selection_text,
            rule,
            header,
            hint_key,
            hint_text,
            diff_added,
            diff_removed,
            dialog,
        ];
        let lists = series.iter_mut().map(|s| ("series", s));
        let lists = lists.chain(environments.iter_mut().map(|s| ("environments", s)));
        ROLES.iter().copied().zip(single).chain(lists)
    }
}
