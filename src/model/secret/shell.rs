//! Where words of a shell end: blanks in them may be escaped or quoted, and a command may stand in their place
//! (POSIX.1-2017, Shell Command Language, 2.2 and 2.6; bash(1), QUOTING).

/// How long a quote may be that begins in the middle of a word.
const QUOTE: usize = 4_096;

/// The length of the word that the text begins with; nothing where a quote in it has no end. In a command a quote may
/// begin anywhere in a word; in other text an apostrophe is one as well, so that a quote begins first in a word, or
/// where another one ended.
pub(super) fn extent(text: &str, command: bool) -> Option<usize> {
    if text.trim_start_matches('\\').starts_with(['"', '\'']) && text.starts_with('\\') {
        return None;
    }
    let mut open: Vec<char> = Vec::new();
    let (mut at, mut joined) = (0, true);
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at + c.len_utf8()..).unwrap_or_default();
        let top = open.last().copied();
        let begins = command || joined || !open.is_empty();
        joined = false;
        at += c.len_utf8();
        match c {
            // a line that goes on with the same word
            '\\' => {
                let next = rest.chars().next().map_or(0, char::len_utf8);
                let ends = rest.strip_prefix('\n').is_some_and(|more| more.starts_with(char::is_whitespace));
                at += if ends { 0 } else { next };
            }
            '\'' if top != Some('"') && begins => match rest.find('\'') {
                Some(end) if end <= QUOTE || open.is_empty() && at == 1 => {
                    at += end + 1;
                    joined = true;
                }
                _ if at == 1 => return None,
                _ => {}
            },
            '"' | '`' if begins && top != Some(c) => open.push(c),
            '$' if rest.starts_with('\'') && top != Some('"') && begins => {
                at += 1 + closing(rest.get(1..)?)? + 1;
                joined = true;
            }
            '$' if rest.starts_with(['(', '{']) => {
                open.push(if rest.starts_with('(') { ')' } else { '}' });
                at += 1;
            }
            // what a quote follows: $"…"
            '$' => joined = begins,
            '(' if top == Some(')') => open.push(')'),
            ')' | '}' | '"' | '`' if top == Some(c) => {
                open.pop();
                joined = true;
            }
            _ if c.is_whitespace() && open.is_empty() => return Some(at - c.len_utf8()),
            _ => {}
        }
    }
    // a command that has no end goes on to that of the text
    (open.is_empty() || open.first() == Some(&')')).then_some(text.len())
}

/// Where `$'…'` ends, in which a backslash escapes.
fn closing(inner: &str) -> Option<usize> {
    let mut escaped = false;
    inner.char_indices().find_map(|(at, c)| {
        let ends = c == '\'' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// True where what follows the end of a quote belongs to the same word.
pub(super) fn is_glued(after: &str) -> bool {
    let mut signs = after.chars();
    match signs.next() {
        None => false,
        Some('\\') => signs.next().is_some_and(|c| matches!(c, ' ' | '\'')),
        Some(c) => !c.is_whitespace() && !",;)]}|&><:.!?•".contains(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_end_where_the_shell_ends_them() {
        for (text, word) in [
            ("a b", "a"),
            ("a\\ b c", "a\\ b"),
            ("\"a\"'b c' d", "\"a\"'b c'"),
            ("'a b'\"c d\"e f", "'a b'\"c d\"e"),
            ("$'a\\' b' c", "$'a\\' b'"),
            ("$(echo \"a b)\" | x) c", "$(echo \"a b)\" | x)"),
            ("\"$(printf '%s' \"a b\")\" c", "\"$(printf '%s' \"a b\")\""),
            ("`a b` c", "`a b`"),
            ("${X:-a b} c", "${X:-a b}"),
            ("$(a b", "$(a b"),
            ("a\\\nb c", "a\\\nb"),
            ("a\\\n b", "a\\"),
        ] {
            for command in [true, false] {
                assert_eq!(extent(text, command).and_then(|end| text.get(..end)), Some(word), "{text}");
            }
        }
        assert_eq!(extent("a\"b c\" d", true), Some(6));
        assert_eq!(extent("don't and won't", false), Some(5));
        assert_eq!(extent("'a b", true), None);
        assert_eq!(extent("\\\"a b\\\"", true), None);
    }

    proptest! {
        #[test]
        fn anything_is_taken(text in "[ab \\\\\"'`$(){}\n]{0,40}", command in any::<bool>()) {
            let end = extent(&text, command).unwrap_or(0);
            prop_assert!(text.get(..end).is_some());
        }
    }
}
