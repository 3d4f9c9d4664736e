//! Where quotes begin and end, and the ends of a text.

/// How many backslashes stand before a quote, and the quote.
pub(super) fn quote(value: &str) -> Option<(usize, char)> {
    let plain = value.trim_start_matches('\\');
    let quote = plain.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some((value.len() - plain.len(), quote))
}

/// Where a quote ends that began behind so many backslashes: the place of its own backslashes. What is quoted in it has
/// more of them.
pub(super) fn closing(inner: &str, quote: char, level: usize) -> Option<usize> {
    let mut run = 0_usize;
    let mut skip = 0_u8;
    for (at, c) in inner.char_indices() {
        if c == '\\' {
            run += 1;
            continue;
        }
        if c == quote && skip > 0 {
            skip -= 1;
        } else if c == quote && run % (2 * (level + 1)) == level {
            let behind = inner.get(at + 1..).unwrap_or_default();
            let plain = quote == '\'' && level == 0;
            // '' is a quote in a quote of SQL, '\'' is one in a quote of a shell
            let again = behind.strip_prefix('\'').filter(|_| plain && at > 0);
            if plain && behind.starts_with("\\''") {
                skip = 2;
            } else if again.is_some_and(|more| more.starts_with(char::is_alphanumeric)) {
                skip = 1;
            } else {
                return Some(at - level);
            }
        }
        run = 0;
    }
    None
}

/// The end of a text, of about so many bytes: what is looked through for every sign in a line has to be short.
pub(super) fn last(text: &str, most: usize) -> &str {
    let from = text.len().saturating_sub(most);
    (from..text.len()).find_map(|from| text.get(from..)).unwrap_or_default()
}

/// The beginning of a text, of about so many bytes.
pub(super) fn first(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    (0..=most).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}
