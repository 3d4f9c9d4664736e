//! Which key does what, where.

mod file;
mod merge;
#[cfg(test)]
mod tests;

use super::key::Key;
use crate::action::{Action, Context};
use std::collections::BTreeMap;

/// The keymaps that come with the program: name and text.
pub const SHIPPED: [(&str, &str); 3] = [
    ("default", include_str!("../../../keymaps/default.toml")),
    ("vim", include_str!("../../../keymaps/vim.toml")),
    ("emacs", include_str!("../../../keymaps/emacs.toml")),
];

/// The most keys of a sequence.
pub const SEQUENCE_MAX: usize = 4;

/// What the keys pressed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// They are a binding of this verb.
    Action(Action),
    /// They begin a binding; wait for the next key.
    Prefix,
    /// They are nothing.
    None,
}

/// Keys, or a sequence of them, and what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// One key, or the keys of a sequence in order. Never empty.
    pub keys: Vec<Key>,
    /// The verb.
    pub action: Action,
}

impl Binding {
    /// The keys as text: `D`, `g g`, `ctrl-x ctrl-c`.
    pub fn text(&self) -> String {
        text(&self.keys)
    }
}

fn text(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

/// A complete, checked keymap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    /// Its name.
    pub name: String,
    contexts: BTreeMap<Context, Vec<Binding>>,
}

impl Keymap {
    /// What these keys mean here. Keys this context has no use for fall through to
    /// [`Context::Global`], where [`Context::falls_through`] says so.
    pub fn lookup(&self, context: Context, keys: &[Key]) -> Found {
        match self.lookup_here(context, keys) {
            Found::None if context != Context::Global && context.falls_through() => {
                self.lookup_here(Context::Global, keys)
            }
            found => found,
        }
    }

    fn lookup_here(&self, context: Context, keys: &[Key]) -> Found {
        let mut found = Found::None;
        for binding in self.bindings(context) {
            if binding.keys == keys {
                return Found::Action(binding.action);
            }
            if !keys.is_empty() && binding.keys.starts_with(keys) {
                found = Found::Prefix;
            }
        }
        found
    }

    /// The bindings of this context alone, in the order of the file.
    pub fn bindings(&self, context: Context) -> &[Binding] {
        self.contexts.get(&context).map(Vec::as_slice).unwrap_or_default()
    }

    /// The keys that do this here, as text, in the order of the file; those of the context itself before
    /// those of [`Context::Global`]. Empty when no key does it.
    pub fn keys_for(&self, context: Context, action: Action) -> Vec<String> {
        let mut contexts = vec![context];
        if context != Context::Global && context.falls_through() {
            contexts.push(Context::Global);
        }
        let mut keys: Vec<String> = Vec::new();
        for binding in contexts.into_iter().flat_map(|c| self.bindings(c)) {
            let text = binding.text();
            // A global key that this context uses for something else does not do it here.
            if binding.action == action
                && self.lookup(context, &binding.keys) == Found::Action(action)
                && !keys.contains(&text)
            {
                keys.push(text);
            }
        }
        keys
    }

    /// The verbs these keys may go on to, with the remaining keys as text: for a hint after a prefix.
    pub fn continuations(&self, context: Context, keys: &[Key]) -> Vec<(String, Action)> {
        let mut contexts = vec![context];
        if context != Context::Global && context.falls_through() {
            contexts.push(Context::Global);
        }
        let mut list: Vec<(String, Action)> = Vec::new();
        for binding in contexts.into_iter().flat_map(|c| self.bindings(c)) {
            if let Some(rest) = binding.keys.strip_prefix(keys).filter(|rest| !rest.is_empty())
                && !list.iter().any(|(shown, _)| *shown == text(rest))
            {
                list.push((text(rest), binding.action));
            }
        }
        list
    }
}
