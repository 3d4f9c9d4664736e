//! Text from outside, made harmless.
//!
//! Terminals obey control characters, and readers are fooled by invisible or direction-changing ones.
//! Everything that AWS, a log stream or a file says passes [`clean`] where it enters the cockpit, so
//! that no later part has to think of it.

use unicode_width::UnicodeWidthChar;

/// The longest text of one line that is kept, in characters.
pub const LINE_MAX: usize = 4_096;

/// The most marks that are laid over one character: no script needs more, and towers of them cover the lines above.
pub const MARKS_MAX: usize = 4;

/// Makes text harmless and visible: control characters (C0, DEL, C1), bidirectional controls, zero-width
/// and tag characters become `\u{…}` escapes or a short picture; a tab becomes a space; the result has
/// one line and at most `max` characters, cut with `…`.
pub fn clean(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max));
    let mut room = max;
    let mut marks = 0;
    let mut rest = text.chars().peekable();
    while let Some(ch) = rest.next() {
        // what is cut ends in `…`: that needs room until nothing more comes
        let kept = usize::from(rest.peek().is_some());
        let over = is_mark(ch);
        marks = if over { marks + 1 } else { 0 };
        if is_harmless(ch) && marks <= MARKS_MAX {
            if room < 1 + kept {
                out.push('…');
                return out;
            }
            out.push(ch);
            room -= 1;
            continue;
        }
        let shown = match ch {
            '\t' | '\n' | '\r' => " ".to_owned(),
            '\u{1b}' => "\\e".to_owned(),
            other => format!("\\u{{{:x}}}", u32::from(other)),
        };
        let width = shown.chars().count();
        if room < width + kept {
            out.push('…');
            return out;
        }
        out.push_str(&shown);
        room -= width;
    }
    out
}

/// [`clean`] with the ordinary bound [`LINE_MAX`].
pub fn line(text: &str) -> String {
    clean(text, LINE_MAX)
}

/// True for a character that is seen by itself: harmless, and not laid over another.
pub fn is_visible(ch: char) -> bool {
    is_harmless(ch) && !is_mark(ch)
}

/// True for what takes no cell of its own: it is laid over the character before it.
fn is_mark(ch: char) -> bool {
    !ch.is_control() && ch.width() == Some(0)
}

fn is_harmless(ch: char) -> bool {
    !ch.is_control()
        && !matches!(ch,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Cuts a name in the middle so that both ends stay readable: `prod-che…-api`. `width` counts characters.
pub fn middle(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width {
        return text.to_owned();
    }
    if width <= 1 {
        return "…".chars().take(width).collect();
    }
    let tail = (width - 1) / 2;
    let head = width - 1 - tail;
    text.chars().take(head).chain(std::iter::once('…')).chain(text.chars().skip(count - tail)).collect()
}

/// Cuts text at its end: `a long senten…`. `width` counts characters.
pub fn end(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(std::iter::once('…')).take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(line("a\u{1b}[31mred"), "a\\e[31mred");
        assert_eq!(line("evil\u{202e}txt"), "evil\\u{202e}txt");
        assert_eq!(line("tag\u{e0041}"), "tag\\u{e0041}");
        assert_eq!(line("two\nlines\tand a tab"), "two lines and a tab");
        assert_eq!(line("größer 東京"), "größer 東京");
    }

    #[test]
    fn what_fits_is_not_cut() {
        assert_eq!((clean("abc", 3), clean("abcd", 3)), ("abc".into(), "ab…".into()));
        assert_eq!((clean("a\u{7}", 6), clean("a\u{7}", 5)), ("a\\u{7}".into(), "a…".into()));
        assert_eq!(clean(&clean("abcd", 3), 3), "ab…");
    }

    #[test]
    fn names_are_cut_in_the_middle() {
        assert_eq!(middle("prod-checkout-api", 12), "prod-c…t-api");
        assert_eq!(middle("short", 12), "short");
        assert_eq!(middle("abc", 1), "…");
        assert_eq!(middle("abc", 0), "");
    }

    #[test]
    fn towers_of_marks_are_shown_as_what_they_are() {
        let tower = format!("a{}b", "\u{301}".repeat(9));
        let out = line(&tower);
        assert_eq!(out.matches('\u{301}').count(), MARKS_MAX, "{out}");
        assert_eq!(out.matches("\\u{301}").count(), 5, "{out}");
        assert!(out.ends_with('b'));
        // the joiner hides itself, and what it joins
        assert_eq!(line("a\u{34f}b"), "a\\u{34f}b");
        assert_eq!(line("e\u{301} o\u{308}"), "e\u{301} o\u{308}", "each has its own");
    }

    proptest! {
        #[test]
        fn cleaned_text_is_bounded_and_harmless(text in any::<String>(), max in 0usize..80) {
            let out = clean(&text, max);
            prop_assert!(out.chars().count() <= max.max(1));
            prop_assert!(out.chars().all(is_harmless));
        }
    }
}
