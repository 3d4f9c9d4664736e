//! `flightdeck keys`: the key table of the live keymap as Markdown, for `docs/keys.md`.

use super::{
    args::Common,
    fail::{self, Failure},
    load,
};
use crate::{
    action::{Action, Context},
    config::Keymap,
};
use std::fmt::Write;

/// Prints the table.
pub fn print(common: &Common) -> Result<u8, Failure> {
    let loaded = load::load(common, &load::flags(common))?;
    fail::print(&markdown(&loaded.keymap))?;
    Ok(0)
}

/// A table for each context that binds something.
fn markdown(keymap: &Keymap) -> String {
    let mut out = String::new();
    for context in Context::ALL {
        let rows: Vec<String> =
            Action::ALL.iter().filter_map(|action| row(keymap, context, *action)).collect();
        if rows.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = write!(out, "**{}**\n\n| key | |\n|---|---|\n{}", context.id(), rows.concat());
    }
    out
}

/// The keys bound in this very context; what falls through is told once, under `global`.
fn row(keymap: &Keymap, context: Context, action: Action) -> Option<String> {
    let keys: Vec<String> = keymap
        .bindings(context)
        .iter()
        .filter(|binding| binding.action == action)
        .map(|binding| format!("`{}`", binding.text().replace('|', "\\|")))
        .collect();
    (!keys.is_empty()).then(|| format!("| {} | {} |\n", keys.join(" "), action.help().replace('|', "\\|")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_binding_of_the_shipped_keymaps_is_told() {
        for name in ["default", "vim", "emacs"] {
            let keymap = Keymap::shipped(name).unwrap().unwrap();
            let text = markdown(&keymap);
            for context in Context::ALL {
                for binding in keymap.bindings(context) {
                    assert!(text.contains(binding.action.help()), "{name}: {}", binding.action);
                }
            }
        }
    }
}
