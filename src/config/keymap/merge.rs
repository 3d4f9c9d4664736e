//! A keymap file laid over the one it changes, and the checks that need the whole.

use super::{Binding, Keymap, SHIPPED, file, text};
use crate::{
    action::{Action, Context},
    config::{
        error::{ConfigError, Problem},
        key::Key,
        source::{Located, Source},
    },
};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// Without these one could not get out again.
const REQUIRED: [(Context, Action); 6] = [
    (Context::Global, Action::Quit),
    (Context::Global, Action::Back),
    (Context::Dialog, Action::Confirm),
    (Context::Dialog, Action::Cancel),
    (Context::Input, Action::Confirm),
    (Context::Input, Action::Cancel),
];

/// What a file itself binds in a context.
type Own<'f> = Vec<(Action, &'f Located<Vec<Key>>)>;

impl Keymap {
    /// A keymap that comes with the program.
    pub fn shipped(name: &str) -> Option<Result<Self, ConfigError>> {
        let (name, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)?;
        let source = Source::new(format!("built-in keymap {name}"), *text);
        Some(build(name, &source, None))
    }

    /// A keymap from a text; `base` in it names a shipped one that it changes, `default` when it says none.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(name: &str, source: &Arc<Source>) -> Result<Self, ConfigError> {
        build(name, source, Some("default"))
    }
}

/// Builds a keymap from its file, over the base that the file names.
///
/// A user's key wins over the base's use of that key; within one file no key has two uses. `otherwise` is
/// the base of a file that names none.
fn build(name: &str, source: &Arc<Source>, otherwise: Option<&str>) -> Result<Keymap, ConfigError> {
    let file = file::parse(source)?;
    let mut contexts = match file.base.or(otherwise).and_then(Keymap::shipped) {
        Some(base) => base?.contexts,
        None => BTreeMap::new(),
    };

    let mut problems = Vec::new();
    let mut own: BTreeMap<Context, Own<'_>> = BTreeMap::new();
    let mut named: BTreeMap<(Context, Action), Range<usize>> = BTreeMap::new();
    for entry in &file.entries {
        named.insert((entry.context, entry.action), entry.span.clone());
        let bindings: &mut Vec<Binding> = contexts.entry(entry.context).or_default();
        bindings.retain(|b| b.action != entry.action);
        let own = own.entry(entry.context).or_default();
        for binding in &entry.bindings {
            match own.iter().find(|(_, other)| overlap(&other.value, &binding.value)) {
                Some((action, other)) => problems.push(clash(entry.context, *action, other, binding)),
                None => own.push((entry.action, binding)),
            }
        }
    }
    ConfigError::check(problems)?;

    for (context, own) in own {
        let bindings: &mut Vec<Binding> = contexts.entry(context).or_default();
        bindings.retain(|base| !own.iter().any(|(_, keys)| overlap(&base.keys, &keys.value)));
        bindings.extend(own.into_iter().map(|(action, keys)| Binding { keys: keys.value.clone(), action }));
    }
    let keymap = Keymap { name: name.to_owned(), contexts };
    let missing = REQUIRED.iter().filter(|(context, action)| {
        !keymap.bindings(*context).iter().any(|binding| binding.action == *action)
    });
    let problems = missing.map(|(context, action)| {
        let span = named.get(&(*context, *action)).cloned().unwrap_or(0..0);
        let what = format!("no key is left for {action} in [{}]", context.id());
        Problem::at(source, &span, what, "give it one")
    });
    ConfigError::check(problems.collect())?;
    Ok(keymap)
}

/// True when one of them begins with the other, so that not both can be reached.
fn overlap(a: &[Key], b: &[Key]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

fn clash(context: Context, action: Action, first: &Located<Vec<Key>>, second: &Located<Vec<Key>>) -> Problem {
    let line = first.source.place(&first.span).line;
    let (a, b) = (text(&first.value), text(&second.value));
    let section = context.id();
    let what = if first.value == second.value {
        format!("{a} is bound to {action} in [{section}] already, on line {line}")
    } else if second.value.starts_with(&first.value) {
        format!("{b} cannot be reached: {a} is bound to {action} in [{section}] on line {line}")
    } else {
        format!("{b} hides {a}, which is bound to {action} in [{section}] on line {line}")
    };
    Problem::with(second, what, "take one of the two away")
}
