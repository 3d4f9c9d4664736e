//! What a change sends and no journal keeps, because it holds secrets: read again, and made again from that.

use super::{Finish, Seen};
use crate::model::{Answer, Ask, Sealed, Verdict, call::Identity};
use crate::ops::facts::{Facts, Stage};
use crate::ops::source;

/// What is made again.
#[derive(Debug)]
pub(in crate::ops) enum Made {
    /// The document of the copy at this place.
    Document(usize, Sealed),
    /// The App Runner source.
    Source(Sealed),
    /// Who is calling.
    Identity(Identity),
}

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
        None => Seen::end(Verdict::Failed, "what was to be changed cannot be made again; plan again"),
    })
}
