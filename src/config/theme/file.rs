//! Theme files: a palette, roles, and what they inherit.

use super::{Colour, LIST, Other, ROLES, SHIPPED, Style, Theme};
use crate::config::{
    error::{ConfigError, Problem},
    read::{Reader, Section, document},
    source::Source,
    suggest,
};
use std::{collections::BTreeMap, ops::Range, sync::Arc};
use toml::{Spanned, de::DeValue};

/// The deepest line of inheritance; deeper is a mistake.
const DEPTH_MAX: usize = 8;

/// A colour as written: already one, or a name of the palette, which a child theme may still change.
#[derive(Debug, Clone, PartialEq)]
enum Shade {
    Colour(Colour),
    Named(String),
}

/// A style as written.
#[derive(Debug, Clone, PartialEq, Default)]
struct Draft {
    fg: Option<Shade>,
    bg: Option<Shade>,
    attributes: Style,
}

/// A theme as written, laid over what it inherits.
#[derive(Debug, Clone, Default)]
struct Drafts {
    palette: BTreeMap<String, Colour>,
    background: Option<Shade>,
    roles: BTreeMap<&'static str, Draft>,
    series: Option<Vec<Draft>>,
    environments: Option<Vec<Draft>>,
}

/// Name and origin of each theme on the way.
type Line = Vec<(String, String)>;

impl Theme {
    /// A theme that comes with the program.
    pub fn shipped(name: &str) -> Option<Result<Self, ConfigError>> {
        let (name, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)?;
        let source = Source::new(format!("built-in theme {name}"), *text);
        Some(Self::parse(name, &source, &|_| None))
    }

    /// A theme from a text. `other` finds the text of a theme that it `inherits` from; shipped ones are
    /// found after it, so that a user's theme may change a shipped one of the same name.
    ///
    /// # Errors
    /// Everything that is wrong with it, or with a theme that it inherits from.
    pub fn parse(name: &str, source: &Arc<Source>, other: Other<'_>) -> Result<Self, ConfigError> {
        build(name, source, other)
    }
}

/// Builds a theme from its file and everything it inherits from.
fn build(name: &str, source: &Arc<Source>, other: Other<'_>) -> Result<Theme, ConfigError> {
    let drafts = load(source, other, &mut vec![(name.to_owned(), source.origin.clone())])?;
    let missing = drafts.missing();
    if let Some(first) = missing.first() {
        let what = match missing.len() {
            1 => format!("the role {first} is missing"),
            more => format!("{more} roles are missing, {first} among them"),
        };
        return Err(Problem::at(source, &(0..0), what, "inherit them: inherits = \"dark\"").into());
    }
    Ok(drafts.resolve(name))
}

/// Reads a file over what it inherits. `line` holds name and origin of every theme on the way here, the
/// one that was asked for first.
fn load(source: &Arc<Source>, other: Other<'_>, line: &mut Line) -> Result<Drafts, ConfigError> {
    let document = document(source)?;
    let mut reader = Reader::new(source);
    let whole = Section::whole(&document);
    reader.only(&whole, &["inherits", "palette", "roles"]);
    let mut drafts = Drafts::default();
    if let Some(parent) = reader.string(&whole, "inherits", "the name of a theme, as in \"dark\"") {
        match find(&parent.value, other, line) {
            Ok(found) => {
                let found = found?;
                line.push((parent.value.clone(), found.origin.clone()));
                drafts = load(&found, other, line)?;
            }
            Err((what, remedy)) => reader.problem(&parent.span, what, remedy),
        }
    }
    palette(&mut reader, &whole, &mut drafts);
    roles(&mut reader, &whole, &mut drafts);
    reader.done(drafts)
}

/// The text of a theme to inherit from: another one of the user's, else a shipped one; or what is wrong.
fn find(
    name: &str,
    other: Other<'_>,
    line: &Line,
) -> Result<Result<Arc<Source>, ConfigError>, (String, String)> {
    let seen = |origin: &str| line.iter().any(|(_, before)| before == origin);
    let mut cycle = line.len() > DEPTH_MAX;
    match other(name) {
        Some(Ok(source)) if seen(&source.origin) => cycle = true,
        Some(found) if !cycle => return Ok(found),
        _ => {}
    }
    // A user's `dark` that inherits `dark` means the shipped one.
    if let Some((name, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        let origin = format!("built-in theme {name}");
        if !seen(&origin) {
            return Ok(Ok(Source::new(origin, *text)));
        }
        cycle = true;
    }
    if cycle {
        let way: Vec<&str> = line.iter().map(|(name, _)| name.as_str()).chain([name]).collect();
        let what = format!("themes inherit from each other in a circle: {}", way.join(" → "));
        return Err((what, "inherit from another, or from none".into()));
    }
    let known = SHIPPED.iter().map(|(name, _)| *name);
    Err((format!("unknown theme “{name}”"), suggest::remedy(name, known)))
}

fn palette(reader: &mut Reader, whole: &Section<'_>, drafts: &mut Drafts) {
    let Some(section) = reader.table(whole, "palette", "[palette]", "a section: [palette]") else { return };
    for (key, value) in section.entries() {
        let name: &str = key.get_ref();
        let Some(text) = colour_text(reader, name, value) else { continue };
        match Colour::parse(&text) {
            Ok(colour) => {
                drafts.palette.insert(name.to_owned(), colour);
            }
            Err((what, remedy)) => {
                let remedy =
                    if remedy.is_empty() { Colour::remedy(&text, std::iter::empty()) } else { remedy };
                reader.problem(&value.span(), what, remedy);
            }
        }
    }
}

fn roles(reader: &mut Reader, whole: &Section<'_>, drafts: &mut Drafts) {
    let Some(section) = reader.table(whole, "roles", "[roles]", "a section: [roles]") else { return };
    for (key, value) in section.entries() {
        let name: &str = key.get_ref();
        if name == "background" {
            if let Some(text) = colour_text(reader, name, value) {
                drafts.background = shade(reader, &text, &value.span(), &drafts.palette);
            }
        } else if name == "series" {
            drafts.series = list(reader, name, value, &drafts.palette);
        } else if name == "environments" {
            drafts.environments = list(reader, name, value, &drafts.palette);
        } else if let Some(role) = ROLES.iter().find(|role| **role == name) {
            if let Some(draft) = draft(reader, name, value, &drafts.palette) {
                drafts.roles.insert(role, draft);
            }
        } else {
            let known = ROLES.iter().copied().chain(["background", "series", "environments"]);
            reader.problem(&key.span(), format!("unknown role “{name}”"), suggest::remedy(name, known));
        }
    }
}

/// A colour's text: a string, or a number from 0 to 255.
fn colour_text(reader: &mut Reader, name: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        _ => {
            reader.wrong(name, value, "a colour, as in \"#82b4e8\", \"bright-red\" or 114");
            None
        }
    }
}

fn shade(
    reader: &mut Reader,
    text: &str,
    span: &Range<usize>,
    palette: &BTreeMap<String, Colour>,
) -> Option<Shade> {
    if palette.contains_key(text) {
        return Some(Shade::Named(text.to_owned()));
    }
    match Colour::parse(text) {
        Ok(colour) => Some(Shade::Colour(colour)),
        Err((what, remedy)) => {
            let remedy = if remedy.is_empty() {
                Colour::remedy(text, palette.keys().map(String::as_str))
            } else {
                remedy
            };
            reader.problem(span, what, remedy);
            None
        }
    }
}

fn draft(
    reader: &mut Reader,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    palette: &BTreeMap<String, Colour>,
) -> Option<Draft> {
    if !value.get_ref().is_table() {
        let text = colour_text(reader, name, value)?;
        let fg = Some(shade(reader, &text, &value.span(), palette)?);
        return Some(Draft { fg, ..Draft::default() });
    }
    let section = reader.as_table(name, value, name, "a style")?;
    reader.only(&section, &["fg", "bg", "bold", "dim", "italic", "underline", "reverse"]);
    let mut draft = Draft::default();
    for (field, into) in [("fg", &mut draft.fg), ("bg", &mut draft.bg)] {
        if let Some(value) = section.get(field)
            && let Some(text) = colour_text(reader, field, value)
        {
            *into = shade(reader, &text, &value.span(), palette);
        }
    }
    let attributes = &mut draft.attributes;
    for (field, into) in [
        ("bold", &mut attributes.bold),
        ("dim", &mut attributes.dim),
        ("italic", &mut attributes.italic),
        ("underline", &mut attributes.underline),
        ("reverse", &mut attributes.reverse),
    ] {
        *into = reader.boolean(&section, field).is_some_and(|flag| flag.value);
    }
    Some(draft)
}

fn list(
    reader: &mut Reader,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    palette: &BTreeMap<String, Colour>,
) -> Option<Vec<Draft>> {
    let Some(array) = value.get_ref().as_array() else {
        reader.wrong(name, value, &format!("a list of {LIST} colours or styles"));
        return None;
    };
    if array.len() != LIST {
        let what = format!("{name} has {} entries", array.len());
        reader.problem(&value.span(), what, format!("it needs {LIST}"));
        return None;
    }
    let entry = format!("an entry of {name}");
    Some(array.iter().filter_map(|item| draft(reader, &entry, item, palette)).collect())
}

impl Drafts {
    /// Roles that neither the theme nor what it inherits from sets.
    fn missing(&self) -> Vec<&'static str> {
        let single = ROLES.iter().copied().filter(|role| !self.roles.contains_key(role));
        let mut missing: Vec<&str> = single.collect();
        for (name, there) in [
            ("background", self.background.is_some()),
            ("series", self.series.is_some()),
            ("environments", self.environments.is_some()),
        ] {
            if !there {
                missing.push(name);
            }
        }
        missing
    }

    fn resolve(self, name: &str) -> Theme {
        let mut theme = Theme::empty(name);
        let colour = |shade: &Shade| match shade {
            Shade::Colour(colour) => *colour,
            // Names were checked where they were read, and a palette only grows.
            Shade::Named(name) => self.palette.get(name).copied().unwrap_or(Colour::Default),
        };
        let style = |draft: &Draft| Style {
            fg: draft.fg.as_ref().map(colour),
            bg: draft.bg.as_ref().map(colour),
            ..draft.attributes
        };
        theme.background = self.background.as_ref().map_or(Colour::Default, colour);
        for (role, draft) in &self.roles {
            if let Some(into) = theme.role_mut(role) {
                *into = style(draft);
            }
        }
        for (into, from) in [(&mut theme.series, &self.series), (&mut theme.environments, &self.environments)]
        {
            for (into, from) in into.iter_mut().zip(from.iter().flatten()) {
                *into = style(from);
            }
        }
        theme
    }
}
