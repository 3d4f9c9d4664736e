//! `[notify]`: what is told beyond the screen.

use super::fields::checked;
use crate::config::{
    read::{Reader, Section},
    settings::{
        notify::{MEANS, Means, OCCASIONS, Occasion},
        value,
    },
};

/// What one file says of it.
#[derive(Debug, Default)]
pub struct Choices {
    pub on: Option<Vec<Occasion>>,
    pub by: Option<Vec<Means>>,
}

/// `[notify]`.
pub(super) fn notify(reader: &mut Reader, whole: &Section<'_>) -> Choices {
    let Some(section) = reader.table(whole, "notify", "notify", "a section: [notify]") else {
        return Choices::default();
    };
    reader.only(&section, &["on", "by"]);
    Choices {
        on: choices(reader, &section, "on", "a list, as in [\"run-ended\", \"waiting\"]", &OCCASIONS),
        by: choices(reader, &section, "by", "a list, as in [\"bell\", \"title\"]", &MEANS),
    }
}

fn choices<T: Copy>(
    reader: &mut Reader,
    section: &Section<'_>,
    name: &str,
    wanted: &str,
    known: &[(&str, T)],
) -> Option<Vec<T>> {
    let listed = reader.strings(section, name, wanted)?;
    let mut chosen = Vec::new();
    for item in &listed {
        chosen
            .extend(checked(reader, item, |text| value::choice(&format!("an entry of {name}"), text, known)));
    }
    Some(chosen)
}
