//! One keymap file: sections, verbs and keys, each known to exist.

use super::{SEQUENCE_MAX, SHIPPED, text};
use crate::{
    action::{Action, Context},
    config::{
        error::ConfigError,
        key::Key,
        read::{Reader, Section, document},
        source::{Located, Source},
        suggest,
    },
};
use std::{ops::Range, sync::Arc};
use toml::{Spanned, de::DeValue};

const WANTED: &str = "a list of keys, as in [\"enter\"]; [] takes the keys away";

/// The keys of one verb in one context, as the file gives them.
pub struct Entry {
    /// The section.
    pub context: Context,
    /// The verb.
    pub action: Action,
    /// Where the verb is named.
    pub span: Range<usize>,
    /// Its keys; none takes away those of the base.
    pub bindings: Vec<Located<Vec<Key>>>,
}

/// A file as it stands, before it is laid over its base.
pub struct File {
    /// The shipped keymap it changes.
    pub base: Option<&'static str>,
    /// Its entries in order.
    pub entries: Vec<Entry>,
}

/// Reads a file and checks each part of it by itself.
pub fn parse(source: &Arc<Source>) -> Result<File, ConfigError> {
    let document = document(source)?;
    let mut reader = Reader::new(source);
    let mut file = File { base: None, entries: Vec::new() };
    let whole = Section::whole(&document);
    for (key, value) in whole.entries() {
        let name: &str = key.get_ref();
        if name == "base" {
            file.base = base(&mut reader, &whole);
        } else if let Ok(context) = name.parse::<Context>() {
            if let Some(section) = reader.as_table(name, value, "section", "a section, as in [fleet]") {
                file.entries.extend(entries(&mut reader, context, &section));
            }
        } else {
            let known = Context::ALL.iter().map(|c| c.id()).chain(["base"]);
            reader.problem(&key.span(), format!("unknown section “{name}”"), suggest::remedy(name, known));
        }
    }
    reader.done(file)
}

fn base(reader: &mut Reader, whole: &Section<'_>) -> Option<&'static str> {
    let base = reader.string(whole, "base", "the name of a keymap, as in \"vim\"")?;
    let known = SHIPPED.iter().map(|(name, _)| *name);
    let found = known.clone().find(|name| *name == base.value);
    if found.is_none() {
        let what = format!("unknown keymap “{}”", base.value);
        reader.problem(&base.span, what, suggest::remedy(&base.value, known));
    }
    found
}

fn entries(reader: &mut Reader, context: Context, section: &Section<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (key, value) in section.entries() {
        let name: &str = key.get_ref();
        let Ok(action) = name.parse::<Action>() else {
            let known = Action::ALL.iter().map(|a| a.id());
            let remedy = suggest::nearest(name, known).map_or_else(
                || "`flightdeck` lists the verbs under ?".to_owned(),
                |near| format!("did you mean “{near}”?"),
            );
            reader.problem(&key.span(), format!("unknown action “{name}”"), remedy);
            continue;
        };
        let Some(list) = value.get_ref().as_array() else {
            reader.wrong(name, value, WANTED);
            continue;
        };
        let mut bindings: Vec<Located<Vec<Key>>> = Vec::new();
        for item in list {
            let Some(keys) = binding(reader, name, item) else { continue };
            if bindings.iter().any(|b| b.value == keys) {
                let what = format!("{} is given twice for {name}", text(&keys));
                let pressed: Vec<String> = keys.iter().map(|k| format!("\"{k}\"")).collect();
                let twice = [pressed.clone(), pressed].concat().join(", ");
                reader.problem(&item.span(), what, format!("a sequence is a list in the list: [[{twice}]]"));
                continue;
            }
            check(reader, context, action, &keys, &item.span());
            bindings.push(reader.locate(keys, item.span()));
        }
        entries.push(Entry { context, action, span: key.span(), bindings });
    }
    entries
}

/// One binding: a key, or a list of keys pressed one after the other.
fn binding(reader: &mut Reader, name: &str, item: &Spanned<DeValue<'_>>) -> Option<Vec<Key>> {
    match item.get_ref() {
        DeValue::String(text) => Some(vec![key(reader, text, &item.span())?]),
        DeValue::Array(list) => {
            if list.is_empty() || list.len() > SEQUENCE_MAX {
                let what = format!("a sequence of {} keys", list.len());
                reader.problem(&item.span(), what, format!("a sequence has one to {SEQUENCE_MAX} keys"));
                return None;
            }
            let mut keys = Vec::new();
            for item in list {
                let Some(text) = item.get_ref().as_str() else {
                    reader.wrong(&format!("a key of {name}"), item, "a string, as in \"g\"");
                    return None;
                };
                keys.push(key(reader, text, &item.span())?);
            }
            Some(keys)
        }
        _ => {
            reader.wrong(&format!("a key of {name}"), item, "a string, or a list of strings for a sequence");
            None
        }
    }
}

fn key(reader: &mut Reader, text: &str, span: &Range<usize>) -> Option<Key> {
    match text.parse() {
        Ok(key) => Some(key),
        Err(error) => {
            reader.problem(span, error.why, error.instead);
            None
        }
    }
}

/// The rules that keep a slip of the finger from changing AWS, and a line of text typeable.
fn check(reader: &mut Reader, context: Context, action: Action, keys: &[Key], span: &Range<usize>) {
    if action.changes() {
        if matches!(context, Context::Dialog | Context::Input | Context::Help) {
            let what = format!("{action} cannot start in [{}]", context.id());
            reader.problem(span, what, "put it into [fleet], [service], [metrics] or [runs]");
        } else if !matches!(keys, [only] if only.is_capital()) {
            let what = format!("{action} changes AWS and is bound to {}", text(keys));
            reader.problem(span, what, "changes take one capital letter, A to Z, by itself");
        }
    }
    if context == Context::Input
        && let Some(first) = keys.first().filter(|key| key.typed().is_some())
    {
        let what = format!("{first} could no longer be typed into a line");
        reader.problem(span, what, "use a named key, or one with ctrl or alt");
    }
}
