//! Text of one line or more: what AWS says, what people type, what goose writes.

use flightdeck::model::{
    ImageChoice, Migrations, Reference, Repository, migrations::Way, reference::same_repository, text,
};
use unicode_width::UnicodeWidthChar;

use super::common::{MARKS, count, harmless, mark, text as text_of};

/// A reference prints as it was read, and is the same as itself; what a person types is taken as typed.
pub fn image_reference(input: &[u8]) -> u64 {
    let Some(text) = text_of(input) else { return 0 };
    let parts = Reference::split(text);
    let mut printed = parts.registry.map_or_else(String::new, |registry| format!("{registry}/"));
    printed.push_str(parts.path);
    assert_eq!(printed, parts.name);
    for (mark, part) in [(':', parts.tag), ('@', parts.digest)] {
        if let Some(part) = part {
            printed.push(mark);
            printed.push_str(part);
        }
    }
    assert_eq!(printed, text);
    assert!(parts.same(&parts) && same_repository(text, text));
    let read = match Reference::parse(text) {
        Ok(read) => {
            assert_eq!(read, parts);
            assert_eq!(Repository::of(parts.name), parts.repository());
            harmless(text);
            assert!(text.is_ascii() && !text.contains(char::is_whitespace), "{text:?}");
            1
        }
        Err(refusal) => kind(&refusal.why),
    };
    let typed = match ImageChoice::typed(text) {
        Ok(choice) => {
            let (ImageChoice::Tag(own) | ImageChoice::Digest(own) | ImageChoice::Reference(own)) = &choice
            else {
                panic!("{choice:?}")
            };
            harmless(own);
            assert!(!own.is_empty() && text.contains(own.as_str()), "{text:?} → {own:?}");
            assert_eq!(ImageChoice::typed(own).as_ref(), Ok(&choice), "{text:?} → {own:?}");
            let used = "111122223333.dkr.ecr.us-west-2.amazonaws.com/team/app";
            if let Ok(ImageChoice::Reference(whole)) = choice.beside(used) {
                assert!(Reference::parse(&whole).is_ok(), "{whole}");
            }
            2
        }
        Err(refusal) => kind(&refusal.why),
    };
    read ^ u64::rotate_left(typed, 9)
}

/// A mark of what is wrong, without with what.
fn kind(why: &str) -> u64 {
    mark(why.rsplit(" is no ").next().unwrap_or_default())
}

/// Migrations are those that lines name, none of them in two lists that exclude each other.
pub fn goose(input: &[u8]) -> u64 {
    let Some((first, rest)) = input.split_first() else { return 0 };
    let Some(text) = text_of(rest) else { return 0 };
    let ways = [Way::Up, Way::Down, Way::Redo, Way::Unversioned, Way::Untold];
    let way = ways[usize::from(*first) % ways.len()];
    let Some(found) = Migrations::read(text.lines(), way) else { return 1 };
    let lists = [&found.applied, &found.undone, &found.before, &found.pending];
    let all = lists.iter().flat_map(|list| list.iter()).chain(&found.failed);
    for migration in all.clone() {
        let known =
            text.contains(&migration.name) || migration.name == format!("version {}", migration.version);
        // JSON may write a name in escapes
        assert!(known || text.contains('\\'), "{migration:?}");
        assert!(!migration.name.is_empty());
    }
    assert!(all.count() <= text.lines().count(), "{found:?}");
    for (position, list) in lists.iter().enumerate().skip(2) {
        let mut names: Vec<&str> = list.iter().map(|m| m.name.as_str()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|two| two[0] != two[1]), "list {position} has one twice: {found:?}");
    }
    let pends = |name: &str| found.pending.iter().any(|m| m.name == name);
    assert!(!found.before.iter().any(|m| pends(&m.name)), "pending, and applied before: {found:?}");
    assert!(!found.failed.iter().any(|m| pends(&m.name)), "pending, and failed: {found:?}");
    let words = found.words(|_| String::new());
    lists.iter().fold(2 + mark(&words), |mixed, list| mixed.rotate_left(4) ^ count(list.len()))
}

/// What passed can be shown; it passes again unchanged, and what is plain passes as it is.
pub fn neutraliser(input: &[u8]) -> u64 {
    let Some((first, rest)) = input.split_first() else { return 0 };
    let Some(raw) = text_of(rest) else { return 0 };
    let max = 1 + usize::from(*first);
    let cleaned = text::clean(raw, max);
    harmless(&cleaned);
    let length = cleaned.chars().count();
    assert!(length <= max, "{length} characters, {max} allowed");
    assert_eq!(text::clean(&cleaned, max), cleaned, "not the same again");
    let mut marks = 0;
    // letters by their class, and nothing to look at
    let filler =
        |c: char| matches!(c, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}');
    let plain = raw.chars().all(|c| {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        marks <= MARKS
            && !filler(c)
            && (c == ' ' || c.is_alphanumeric() || (c.is_ascii() && !c.is_ascii_control()))
    });
    if plain {
        assert!(length <= raw.chars().count(), "plain text was lengthened");
        if raw.chars().count() <= max {
            assert_eq!(cleaned, raw, "plain text that fits was changed");
        }
    }
    for cut in [text::middle(&cleaned, max / 2), text::end(&cleaned, max / 2)] {
        assert!(cut.chars().count() <= max / 2);
    }
    let whole = text::line(raw);
    harmless(&whole);
    assert_eq!(text::line(&whole), whole);
    let kinds = raw.chars().take(64).fold(0_u64, |kinds, c| {
        kinds
            | 1 << match c {
                c if c.is_control() => 0,
                c if c.is_ascii() => 1,
                c if c.width() == Some(0) => 2,
                c if c.is_alphanumeric() => 3,
                _ => 4,
            }
    });
    kinds * 8 + count(length)
}
