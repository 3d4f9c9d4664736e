//! The filter: free text and `column:value`, all of which must hold.

use super::compared::{Compared, Known, Number};
use crate::model::Service;

/// A column a term can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Any,
    Environment,
    Kind,
    Version,
    State,
    Application,
    Cluster,
    Name,
    Number(Number),
}

/// One term: `-state:steady`.
#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    field: Field,
    text: String,
    compared: Option<Compared>,
}

/// A filter, read from what was typed. Terms are parted by blanks; each must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

/// The columns a filter knows, for help and completion.
pub const COLUMNS: [&str; 12] =
    ["env", "kind", "version", "state", "app", "cluster", "name", "5xx", "p99", "cpu", "mem", "deployed"];

impl Filter {
    /// Reads a filter. Unknown columns are taken as text, and a term that is not complete yet
    /// (`state:`) holds for every row.
    pub fn parse(text: &str) -> Self {
        let terms = words(text, field);
        let term = |(negated, field, text): (bool, Option<Field>, String)| {
            let field = field.unwrap_or(Field::Any);
            let compared = match field {
                // half a comparison is none yet
                Field::Number(number) => Some(Compared::parse(number, &text)?),
                _ => None,
            };
            Some(Term { negated, field, text, compared })
        };
        Self { terms: terms.filter_map(term).collect() }
    }

    /// The first column of numbers that is named without a comparison, as an example of one.
    pub fn incomparable(text: &str) -> Option<&'static str> {
        words(text, field).find_map(|(_, field, text)| match field {
            Some(Field::Number(number)) if Compared::parse(number, &text).is_none() => Some(number.example()),
            _ => None,
        })
    }

    /// True where it depends on metrics.
    pub fn is_of_metrics(text: &str) -> bool {
        words(text, field).any(|(_, field, _)| matches!(field, Some(Field::Number(n)) if n.is_metric()))
    }

    /// The first column named in the text that there is not, if any: `foo` of `foo:bar`.
    pub fn unknown(text: &str) -> Option<&str> {
        unknown(text, field)
    }

    /// True when it holds for every row.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// True when all terms hold for the row, of which `known` tells numbers. A row whose number was not read yet stays: it is
    /// read when it is on the screen, and goes then if it has to.
    pub fn holds(&self, service: &Service, known: &dyn Fn(Number) -> Known) -> bool {
        self.terms.iter().all(|term| match &term.compared {
            Some(compared) => match known(compared.number) {
                Known::Not => true,
                Known::Absent => term.negated,
                Known::Value(value) => compared.holds(value) != term.negated,
            },
            None => term.holds(service) != term.negated,
        })
    }
}

/// The terms of a filter: negated or not, the column that is named, what is looked for in lower case. Terms that
/// are not complete are left out.
pub(in crate::app) fn words<F>(
    text: &str,
    field: impl Fn(&str) -> Option<F>,
) -> impl Iterator<Item = (bool, Option<F>, String)> {
    text.split_whitespace().filter_map(move |word| {
        let (negated, word) = match word.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let named = word.split_once(':').and_then(|(column, value)| Some((field(column)?, value)));
        let (field, value) = named.map_or((None, word), |(field, value)| (Some(field), value));
        (!value.is_empty()).then(|| (negated, field, value.to_lowercase()))
    })
}

/// The first column named in a filter that there is not.
pub(in crate::app) fn unknown<F>(text: &str, field: impl Fn(&str) -> Option<F>) -> Option<&str> {
    text.split_whitespace().find_map(|word| {
        let (column, _) = word.strip_prefix('-').unwrap_or(word).split_once(':')?;
        let named = !column.is_empty() && column.chars().all(|c| c.is_ascii_alphabetic());
        // image references have a colon too, behind a slash or a registry's dots
        (named && field(column).is_none()).then_some(column)
    })
}

fn field(column: &str) -> Option<Field> {
    Some(match column.to_ascii_lowercase().as_str() {
        "env" | "environment" => Field::Environment,
        "kind" => Field::Kind,
        "version" | "image" => Field::Version,
        "state" => Field::State,
        "app" | "application" => Field::Application,
        "cluster" => Field::Cluster,
        "name" | "service" => Field::Name,
        other => Field::Number(Number::of(other)?),
    })
}

impl Term {
    fn holds(&self, service: &Service) -> bool {
        let key = &service.key;
        let within = |text: &str| contains(text, &self.text);
        let version = || {
            within(service.version.tag.as_deref().unwrap_or_default())
                || service.version.digest.as_deref().is_some_and(|d| {
                    let hex = d.strip_prefix("sha256:").unwrap_or(d);
                    let wanted = self.text.trim_start_matches('@').trim_start_matches("sha256:");
                    hex.starts_with(wanted)
                })
                || (self.text.contains('@') && within(&service.version.short()))
        };
        match self.field {
            Field::Environment => within(key.environment.as_str()),
            Field::Kind => within(key.kind.word()),
            Field::Version => version() || within(&service.version.image),
            Field::State => within(service.state.word()),
            Field::Application => within(&service.application),
            Field::Cluster => within(&key.cluster),
            Field::Name => within(&key.name),
            Field::Number(_) => false,
            Field::Any => {
                within(&key.name)
                    || within(key.environment.as_str())
                    || within(&service.application)
                    || within(service.state.word())
                    || within(key.kind.word())
                    || version()
            }
        }
    }
}

/// True when `text` contains `lower`, whatever the case; `lower` is lower case. Does not allocate for ASCII,
/// since it runs over every row at every key of the filter.
pub fn contains(text: &str, lower: &str) -> bool {
    if lower.is_ascii() && text.is_ascii() {
        let (text, lower) = (text.as_bytes(), lower.as_bytes());
        return lower.is_empty() || text.windows(lower.len()).any(|part| part.eq_ignore_ascii_case(lower));
    }
    text.to_lowercase().contains(lower)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, ServiceKey, ServiceState, Version};

    #[test]
    fn columns_that_there_are_not_are_told() {
        for (text, column) in [
            ("foo:bar", Some("foo")),
            ("env:prod -foo:", Some("foo")),
            ("env:prod State:failing", None),
            ("r.io/a:8be0", None),
            ("plain", None),
            (":x", None),
        ] {
            assert_eq!(Filter::unknown(text), column, "{text}");
        }
    }

    #[test]
    fn terms_hold() {
        let mut service =
            Service::named(ServiceKey::new("prod", Kind::Ecs, "main", "prod-Service"), String::new());
        service.state = ServiceState::Failing;
        service.version = Version::of("r/a:latest", Some("sha256:41ac07f9"));
        for (filter, holds) in [
            ("", true),
            ("service", true),
            ("SERVICE prod", true),
            ("service staging", false),
            ("env:prod", true),
            ("env:prod state:failing", true),
            ("env:prod state:steady", false),
            ("-state:steady", true),
            ("-state:failing", false),
            ("-prod", false),
            ("state:", true),
            ("-", true),
            ("version:41ac", true),
            ("latest@41ac", true),
            ("version:latest", true),
            ("kind:ecs", true),
            ("kind:apprunner", false),
            ("cluster:main", true),
            ("app:service", true),
            ("unknown:service", false),
            ("größe", false),
        ] {
            assert_eq!(Filter::parse(filter).holds(&service, &|_| Known::Not), holds, "{filter}");
        }
    }

    #[test]
    fn numbers_are_compared_where_they_are_known() {
        let service = Service::named(ServiceKey::new("prod", Kind::Ecs, "main", "api"), String::new());
        let known = |number: Number| match number {
            Number::Errors => Known::Value(2.5),
            Number::Deployed => Known::Value(3_600_000.0),
            Number::Cpu => Known::Absent,
            _ => Known::Not,
        };
        for (filter, holds) in [
            ("5xx:>1", true),
            ("5XX:>3", false),
            ("-5xx:>3", true),
            ("deployed:<2h env:prod", true),
            ("deployed:>2h", false),
            // there is none, and it is neither more nor less
            ("cpu:>1", false),
            ("cpu:<1", false),
            ("-cpu:>1", true),
            // not read yet
            ("p99:>500ms", true),
            ("-p99:>500ms", true),
            // half typed
            ("5xx:", true),
            ("5xx:>", true),
            ("5xx:1", true),
        ] {
            assert_eq!(Filter::parse(filter).holds(&service, &known), holds, "{filter}");
        }
        assert_eq!(Filter::incomparable("env:prod 5xx:1"), Some("5xx:>1"));
        assert_eq!(Filter::incomparable("5xx:>1 deployed:<2h"), None);
        assert!(Filter::is_of_metrics("env:prod p99:>1s") && !Filter::is_of_metrics("deployed:<1h"));
    }
}
