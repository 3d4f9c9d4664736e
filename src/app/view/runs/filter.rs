//! The filter of the runs: text, or `who:ana verdict:failed`; all of it must hold.

use crate::{
    app::filter::{contains, unknown as unknown_of, words},
    model::run_view::RunView,
};

/// A column a term can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Run,
    Environment,
    Service,
    Who,
    Verdict,
    Version,
}

/// All of them.
const FIELDS: [Field; 6] =
    [Field::Run, Field::Environment, Field::Service, Field::Who, Field::Verdict, Field::Version];

/// The columns the filter knows, for help and completion.
pub const COLUMNS: [&str; 6] = ["run", "env", "service", "who", "verdict", "version"];

fn field(column: &str) -> Option<Field> {
    Some(match column.to_ascii_lowercase().as_str() {
        "run" | "kind" => Field::Run,
        "env" | "environment" => Field::Environment,
        "service" | "name" => Field::Service,
        "who" | "by" => Field::Who,
        "verdict" | "state" => Field::Verdict,
        "version" | "image" => Field::Version,
        _ => return None,
    })
}

/// The first column named in the text that there is not.
pub fn unknown(text: &str) -> Option<&str> {
    unknown_of(text, field)
}

/// True when every term of the filter holds for the run.
pub(in crate::app) fn holds(filter: &str, view: &RunView) -> bool {
    let header = &view.header;
    let verdict = match &view.end {
        Some((verdict, ..)) => verdict.words().to_owned(),
        None => "open".to_owned(),
    };
    let of = |field: Field| -> Vec<&str> {
        match field {
            Field::Run => vec![header.kind.word()],
            Field::Environment => vec![header.key.environment.as_str()],
            Field::Service => vec![&*header.key.name],
            Field::Who => vec![&header.who],
            Field::Verdict => vec![&verdict],
            Field::Version => vec![&header.from, &header.to],
        }
    };
    words(filter, field).all(|(negated, field, text)| {
        let texts = field.map_or_else(
            || FIELDS.into_iter().flat_map(of).chain([header.title.as_str(), header.note.as_str()]).collect(),
            of,
        );
        texts.into_iter().any(|own| contains(own, &text)) != negated
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, RunHeader, RunId, RunKind, ServiceKey, Stamp, Verdict};

    #[test]
    fn terms_hold() {
        let mut view = RunView::of(
            RunHeader {
                id: RunId::from("r"),
                kind: RunKind::Release,
                key: ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
                account: String::new(),
                region: String::new(),
                title: "Release 8be02d4 to prod-service".into(),
                from: "1f0c9a7".into(),
                to: "8be02d4".into(),
                who: "ana@laptop".into(),
                identity: String::new(),
                note: "Tuesday's".into(),
                at: Stamp(0),
            },
            &[],
        );
        view.end = Some((Verdict::RolledBack, String::new(), Stamp(1)));
        for (filter, wanted) in [
            ("", true),
            ("who:ana", true),
            ("who:ben", false),
            ("-who:ben verdict:rolled", true),
            ("run:release env:prod", true),
            ("8be0 tuesday", true),
            ("version:1f0c", true),
            ("service:", true),
            ("laptop staging", false),
        ] {
            assert_eq!(holds(filter, &view), wanted, "{filter}");
        }
        assert_eq!((unknown("by:ana cluster:x"), unknown("env:prod")), (Some("cluster"), None));
    }
}
