//! What a change sends and no journal keeps, because it holds secrets: read again, and made again from that.

use super::seen::Made;
use super::seen::{Finish, Seen};
use crate::model::{Answer, Ask, Verdict};
use crate::ops::facts::{Facts, Stage};
use crate::ops::source;

/// Takes in who is calling.
pub(super) fn identity(answer: &Answer) -> Option<Seen> {
    let Answer::Identity(identity) = answer else { return None };
    Some(Seen { made: Some(Made::Identity(identity.clone())), ..Seen::default() })
}

/// What it is made from.
pub(super) fn ask(facts: &Facts, stage: Stage, place: usize) -> Ask {
    match facts.templates.get(place).filter(|_| stage == Stage::Register) {
        Some(template) => Ask::Definition(template.definition.clone()),
        None => Ask::Detail(facts.key.clone()),
    }
}

/// Takes an answer in.
pub(super) fn take(facts: &Facts, stage: Stage, place: usize, answer: &Answer) -> Option<Seen> {
    let made = match answer {
        Answer::Definition(definition) if stage == Stage::Register => {
            let template = facts.templates.get(place)?;
            definition
                .with_images(&template.containers(), &template.image)
                .map(|document| Made::Document(place, document))
        }
        Answer::Detail(detail) if stage == Stage::AppRunner => {
            detail.source.as_ref().and_then(|s| source::with_image(s, &facts.image)).map(Made::Source)
        }
        _ => return None,
    };
    Some(match made {
        Some(made) => Seen { made: Some(made), ..Seen::finish(Finish::Make) },
        None => Seen::end(Verdict::Failed, "the change cannot be rebuilt; make a new plan"),
    })
}
