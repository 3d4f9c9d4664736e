//! How what is typed fits a name: word by word, each from its beginning.

/// How well; better is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Every word that is typed begins a word of the name.
    Words,
    /// What is typed begins the name.
    Begins,
    /// It is the name.
    Whole,
}

/// What is typed, as words.
#[derive(Debug)]
pub(super) struct Typed {
    words: Vec<String>,
    /// There is something, be it no word.
    some: bool,
}

impl Typed {
    /// Takes the text apart.
    pub(super) fn new(text: &str) -> Self {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Self { words: words.map(str::to_lowercase).collect(), some: !text.trim().is_empty() }
    }

    /// Nothing is typed: everything fits.
    pub(super) fn is_empty(&self) -> bool {
        !self.some
    }

    /// How it fits a name; none where it does not.
    pub(super) fn fits(&self, name: &str) -> Option<Fit> {
        if !self.some {
            return Some(Fit::Words);
        }
        let fits = !self.words.is_empty() && self.words.iter().all(|word| has_word(name, word));
        let rest = self.words.iter().try_fold(letters(name), |mut rest, word| {
            word.chars().all(|wanted| rest.next() == Some(wanted)).then_some(rest)
        });
        match rest.map(|mut rest| rest.next().is_none()) {
            _ if self.words.is_empty() => None,
            Some(true) => Some(Fit::Whole),
            Some(false) if fits => Some(Fit::Begins),
            _ => fits.then_some(Fit::Words),
        }
    }
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// True where one of the name's words begins so. A word begins after what is no letter, and at a capital after a
/// small letter.
fn has_word(name: &str, word: &str) -> bool {
    let mut before: Option<char> = None;
    name.char_indices().any(|(at, ch)| {
        let begins = ch.is_alphanumeric()
            && before.is_none_or(|b| !b.is_alphanumeric() || (b.is_lowercase() && ch.is_uppercase()));
        before = Some(ch);
        begins && {
            let mut own = name.get(at..).unwrap_or_default().chars().flat_map(char::to_lowercase);
            word.chars().all(|wanted| own.next() == Some(wanted))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginnings_alone() {
        for (typed, name, fit) in [
            ("roll back", "roll back", Some(Fit::Whole)),
            ("rollback", "roll back", Some(Fit::Whole)),
            ("Roll-Back", "roll back", Some(Fit::Whole)),
            ("ro", "roll back", Some(Fit::Begins)),
            ("back", "roll back", Some(Fit::Words)),
            ("back ro", "roll back", Some(Fit::Words)),
            ("prod mail", "prod/prod-mailer", Some(Fit::Words)),
            ("prodmail", "prod/prod-mailer", None),
            ("orders", "prod/MyOrdersApi", Some(Fit::Words)),
            ("größe", "Größen", Some(Fit::Begins)),
            ("kill", "Plan a rollback: skip lines, fill it", None),
            ("oll", "roll back", None),
            ("rb", "roll back", None),
            ("?!", "roll back", None),
            ("", "roll back", Some(Fit::Words)),
        ] {
            assert_eq!(Typed::new(typed).fits(name), fit, "{typed} {name}");
        }
    }
}
