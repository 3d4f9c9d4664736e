//! Reading typed values out of a TOML document, with every mistake told at its place.

use super::{
    error::{ConfigError, Problem},
    source::{Located, Place, Source},
    suggest,
};
use std::{ops::Range, sync::Arc};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The longest file that is read, in bytes; nobody writes a longer one by hand.
pub const FILE_MAX: u64 = 1024 * 1024;

/// A table of the document and where it stands.
pub struct Section<'t> {
    /// What it is, for messages: `the file`, `environment`.
    pub what: &'t str,
    table: &'t DeTable<'t>,
    span: Range<usize>,
}

impl<'t> Section<'t> {
    /// The whole document.
    pub fn whole(document: &'t Spanned<DeTable<'t>>) -> Self {
        // The document's own span is all of it; a caret under its first character says enough.
        Self { what: "the file", table: document.get_ref(), span: 0..0 }
    }

    /// Where it stands.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Its entries in the order in which they were written.
    pub fn entries(&self) -> Vec<(&'t Spanned<std::borrow::Cow<'t, str>>, &'t Spanned<DeValue<'t>>)> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }
}

/// Parses a text as TOML.
pub fn document(source: &Source) -> Result<Spanned<DeTable<'_>>, ConfigError> {
    DeTable::parse(&source.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let what = format!("this is not valid TOML: {}", error.message());
        let mut problem = Problem::at(source, &span, what, "");
        if may_hold_values(&source.text, span.start) {
            problem.place = problem.place.map(Place::without_line);
        }
        problem.into()
    })
}

/// True where a line of a text that cannot be parsed may hold values of a migration's variables: it names its
/// `environment` itself, stands in a section of it, or in a table of it that is open.
fn may_hold_values(text: &str, at: usize) -> bool {
    const NAME: &str = "environment";
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let end =
        text.get(before.len()..).and_then(|rest| rest.find('\n')).map_or(text.len(), |n| before.len() + n);
    let upto = text.get(..end).unwrap_or(text);
    let is_header = |line: &&str| line.trim_start().starts_with('[') && !line.contains('=');
    let headed =
        upto.lines().rev().find(is_header).is_some_and(|line| {
            line.trim_end_matches([']', ' ']).ends_with(NAME) && line.contains("migration")
        });
    let open = upto.rfind(NAME).and_then(|at| upto.get(at..)).is_some_and(|rest| {
        let line_of_its_own = !rest.contains('\n') && rest.contains('=');
        line_of_its_own || (rest.contains('{') && !rest.contains('}'))
    });
    headed || open
}

/// True for names of fields and variables in which people put what must not be shown.
pub fn is_credential(name: &str) -> bool {
    let name = name.to_lowercase();
    ["secret", "token", "password", "passwd", "access_key", "access-key"]
        .iter()
        .any(|part| name.contains(part))
}

/// Collects values and problems of one document.
pub struct Reader {
    /// The text that is read.
    pub source: Arc<Source>,
    /// What was wrong so far.
    pub problems: Vec<Problem>,
}

impl Reader {
    /// A reader of this text.
    pub fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), problems: Vec::new() }
    }

    /// Notes a problem.
    pub fn problem(&mut self, span: &Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::at(&self.source, span, what, remedy));
    }

    /// Binds a value to its place.
    pub fn locate<T>(&self, value: T, span: Range<usize>) -> Located<T> {
        Located { value, source: Arc::clone(&self.source), span }
    }

    /// Notes every field that is not one of `known`.
    pub fn only(&mut self, section: &Section<'_>, known: &[&str]) {
        for (key, _) in section.entries() {
            let name = key.get_ref();
            if known.contains(&name.as_ref()) {
                continue;
            }
            if is_credential(name) {
                // The line is not shown, since what stands there may be the secret itself.
                let place = self.source.place(&key.span()).without_line();
                let what = format!("“{name}” in {}: credentials do not belong in this file", section.what);
                let remedy = "name a profile or a role_arn, and take the credential out of the file";
                let mut problem = Problem::at(&self.source, &key.span(), what, remedy);
                problem.place = Some(place);
                self.problems.push(problem);
            } else {
                let what = format!("unknown field “{name}” in {}", section.what);
                let remedy = suggest::remedy(name, known.iter().copied());
                let mut problem = Problem::at(&self.source, &key.span(), what, remedy);
                problem.place = Some(self.source.place_of_key(&key.span()));
                self.problems.push(problem);
            }
        }
    }

    /// Notes a value of the wrong type. `wanted` is `a string, as in "dark"`.
    pub fn wrong(&mut self, name: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.problem(&value.span(), format!("{name} is {found}"), format!("it has to be {wanted}"));
    }

    fn take<'t, T>(
        &mut self,
        section: &Section<'t>,
        name: &str,
        wanted: &str,
        read: impl Fn(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<Located<T>> {
        let value = section.get(name)?;
        if let Some(read) = read(value.get_ref()) {
            return Some(self.locate(read, value.span()));
        }
        self.wrong(name, value, wanted);
        None
    }

    /// A string field.
    pub fn string(&mut self, section: &Section<'_>, name: &str, wanted: &str) -> Option<Located<String>> {
        self.take(section, name, wanted, |value| value.as_str().map(str::to_owned))
    }

    /// A boolean field.
    pub fn boolean(&mut self, section: &Section<'_>, name: &str) -> Option<Located<bool>> {
        self.take(section, name, "true or false", DeValue::as_bool)
    }

    /// A number, whole or not.
    pub fn number(&mut self, section: &Section<'_>, name: &str) -> Option<Located<f64>> {
        self.take(section, name, "a number, as in 0.05", |value| match value {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(whole) if whole.radix() == 10 => whole.as_str().parse().ok(),
            _ => None,
        })
    }

    /// A list of strings.
    pub fn strings(
        &mut self,
        section: &Section<'_>,
        name: &str,
        wanted: &str,
    ) -> Option<Vec<Located<String>>> {
        let value = section.get(name)?;
        self.string_list(name, value, wanted)
    }

    /// A value as a list of strings.
    pub fn string_list(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        wanted: &str,
    ) -> Option<Vec<Located<String>>> {
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(name, value, wanted);
            return None;
        };
        let mut list = Vec::new();
        for item in array {
            let Some(text) = item.get_ref().as_str() else {
                self.wrong(&format!("an entry of {name}"), item, "a string");
                continue;
            };
            list.push(self.locate(text.to_owned(), item.span()));
        }
        Some(list)
    }

    /// A table.
    pub fn table<'t>(
        &mut self,
        section: &Section<'t>,
        name: &'t str,
        what: &'t str,
        wanted: &str,
    ) -> Option<Section<'t>> {
        let value = section.get(name)?;
        self.as_table(name, value, what, wanted)
    }

    /// A value as a table.
    pub fn as_table<'t>(
        &mut self,
        name: &str,
        value: &'t Spanned<DeValue<'t>>,
        what: &'t str,
        wanted: &str,
    ) -> Option<Section<'t>> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(name, value, wanted);
            return None;
        };
        Some(Section { what, table, span: value.span() })
    }

    /// A list of tables: `[[name]]`.
    pub fn tables<'t>(&mut self, section: &Section<'t>, name: &'t str, wanted: &str) -> Vec<Section<'t>> {
        let Some(value) = section.get(name) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(name, value, wanted);
            return Vec::new();
        };
        array.iter().filter_map(|item| self.as_table(name, item, name, wanted)).collect()
    }

    /// The result, if nothing was wrong.
    pub fn done<T>(self, value: T) -> Result<T, ConfigError> {
        ConfigError::check(self.problems).map(|()| value)
    }
}
