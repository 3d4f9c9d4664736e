//! Lines that follow one another: documents are printed over several, so that one line names what the next one tells.

use super::{
    mask,
    mask::is_masked,
    names::{is_secret_name, is_sure, name_before},
    pem::Key,
    said::{is_scheme, tells_of_secret},
    scan,
    value::names_secret,
};

/// Bytes beyond which a line names nothing for the next one.
const NAMES_MAX: usize = 200;

/// How many lines a value in quotes has at most: a line that was cut off has no end of its quote.
const QUOTED_MAX: u8 = 8;

/// The lines of one stream, in their order.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// The line before, where it names a secret.
    before: Option<String>,
    /// A value that goes on.
    open: Option<Open>,
    /// A key that is printed over several lines.
    key: Key,
}

/// A value that goes on in the next line.
#[derive(Debug, Clone, Copy)]
enum Open {
    /// To the end of a quote, for so many lines at most.
    Quote(char, u8),
    /// With every line that is indented more (block scalars, YAML 1.2.2, 8.1).
    Block(usize),
}

impl Lines {
    /// True where what was read so far says something of the next line.
    pub fn are_open(&self) -> bool {
        self.before.is_some() || self.open.is_some() || self.key != Key::default()
    }

    /// The next line with the secrets in it masked, those too that the line before named.
    pub fn text(&mut self, line: &str) -> String {
        let before = self.before.take();
        if let Some(masked) = self.key.line(line) {
            return masked;
        }
        let (stamp, own) = line.split_at_checked(stamp(line)).unwrap_or(("", line));
        if let Some(shown) = self.open.take().and_then(|open| self.goes_on(open, own)) {
            return format!("{stamp}{shown}");
        }
        if let Some(indent) = begins_block(own) {
            self.open = Some(Open::Block(indent));
            return line.to_owned();
        }
        self.open = begins_quote(own).map(|quote| Open::Quote(quote, QUOTED_MAX));
        if names_next(own) || names_word(own).is_some() {
            self.before = Some(own.trim_end().to_owned());
        }
        let Some(before) = before else { return scan::text(line) };
        let both = if names_next(&before) { scan::text(&format!("{before}\n{own}")) } else { String::new() };
        let shown =
            both.strip_prefix(before.as_str()).and_then(|rest| rest.strip_prefix('\n')).map(str::to_owned);
        let shown = match shown {
            None if names_next(&before) => mask(own),
            shown => shown.unwrap_or_else(|| scan::text(own)),
        };
        let named = names_word(&before).filter(|_| shown == own);
        format!("{stamp}{}", named.and_then(|goes_on| word(own, goes_on)).unwrap_or(shown))
    }

    /// What is shown of a line in which a value goes on; nothing where it ended with the line before.
    fn goes_on(&mut self, open: Open, line: &str) -> Option<String> {
        match open {
            Open::Block(indent) => {
                let plain = line.trim_start();
                let lead = line.get(..line.len() - plain.len())?;
                if plain.is_empty() || lead.len() <= indent {
                    return None;
                }
                self.open = Some(open);
                Some(format!("{lead}{}", mask(plain.trim_end())))
            }
            Open::Quote(quote, left) => match line.split_once(quote) {
                Some((secret, rest)) if secret.trim().is_empty() => {
                    Some(format!("{secret}{quote}{}", scan::text(rest)))
                }
                Some((secret, rest)) => Some(format!("{}{quote}{}", mask(secret), scan::text(rest))),
                None => {
                    self.open = left.checked_sub(1).map(|left| Open::Quote(quote, left));
                    if line.trim().is_empty() { None } else { Some(mask(line)) }
                }
            },
        }
    }
}

/// How long the time is that a line begins with, with one blank behind it.
fn stamp(line: &str) -> usize {
    let mut at = 0;
    for _ in 0..2 {
        let Some((word, _)) = line.get(at..).and_then(|rest| rest.split_once(' ')) else { break };
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let plain = word.chars().all(|c| c.is_ascii_digit() || "-:.,TZ+/[]".contains(c));
        if !plain || digits < 4 || !word.contains([':', '-', '/']) || word.len() > 40 {
            break;
        }
        at += word.len() + 1;
    }
    at
}

/// How far a line is indented that names a secret and begins a block: `password: |`.
fn begins_block(line: &str) -> Option<usize> {
    let plain = line.trim_start();
    let (name, sign) = plain.trim_end().rsplit_once(' ')?;
    let block = ["|", ">", "|-", ">-", "|+", ">+"].contains(&sign);
    let name = name.trim_start_matches("- ").strip_suffix(':')?.trim_matches(['"', '\'']);
    (block && !name.contains(' ') && is_secret_name(name)).then(|| line.len() - plain.len())
}

/// The quote that the value of a secret begins in this line and does not end.
fn begins_quote(line: &str) -> Option<char> {
    let (at, quote) = line.char_indices().rev().find(|(_, c)| matches!(c, '"' | '\''))?;
    let head = line.get(..at)?.trim_end();
    let name = name_before(head.strip_suffix([':', '='])?.trim_end());
    let odd = line.chars().filter(|c| *c == quote).count() % 2 == 1;
    (odd && is_sure(name) && is_secret_name(name)).then_some(quote)
}

/// True where nothing but a name stands in a line, whose value is the word in the next one; with a backslash at its end
/// more may stand before and behind: `password =`, `"--password",`, `<password>`, `Authorization: Bearer \`.
fn names_word(line: &str) -> Option<bool> {
    if line.len() > NAMES_MAX {
        return None;
    }
    let plain = line.trim();
    let own = plain.strip_suffix('\\').unwrap_or(plain);
    let goes_on = own.len() < plain.len();
    let own = own.trim_end();
    let last = own.rsplit(char::is_whitespace).next().unwrap_or(own);
    let head = own.strip_suffix(last).unwrap_or_default();
    let told = if is_scheme(last) {
        head.to_lowercase().trim_end().ends_with("authorization:")
    } else {
        let alone = |name: &str| goes_on || !name.contains(char::is_whitespace);
        let tag = own.strip_prefix("<key>").and_then(|own| own.strip_suffix("</key>"));
        let tag = tag.or_else(|| own.strip_prefix('<').and_then(|own| own.strip_suffix('>')));
        let option = last.trim_matches(['"', '\'', ',']);
        if let Some(name) = tag {
            alone(name) && is_secret_name(name)
        } else if let Some(name) = own.strip_suffix(['=', ':']) {
            let name = name.trim_end();
            alone(name) && is_secret_name(name_before(name))
        } else {
            option.starts_with("--")
                && (goes_on || head.is_empty())
                && !option.contains('=')
                && is_secret_name(option)
        }
    };
    told.then_some(goes_on)
}

/// A line that is one word, masked; the first of several where a command goes on.
fn word(line: &str, goes_on: bool) -> Option<String> {
    let plain = line.trim();
    let plain = if goes_on { plain.split_whitespace().next()? } else { plain };
    let tag = plain.strip_prefix("<string>").and_then(|more| more.strip_suffix("</string>"));
    let quotes: &[char] = &['"', '\''];
    let own = tag.unwrap_or_else(|| plain.trim_end_matches([',', ';', '\\']).trim_matches(quotes));
    let quoted = plain.starts_with(quotes) || tag.is_some();
    let other = own.is_empty() || is_masked(own) || tells_of_secret(own);
    let other =
        other || !quoted && (own.contains(char::is_whitespace) || own.starts_with(['-', '{', '}', '[', '<']));
    if other || !quoted && own.ends_with([':', '=']) {
        return None;
    }
    let begins = line.find(own)?;
    Some(format!("{}{}{}", line.get(..begins)?, mask(own), line.get(begins + own.len()..)?))
}

/// `"name": "DB_PASSWORD",`, `- name: DB_PASSWORD`, `password:`.
fn names_next(line: &str) -> bool {
    if line.len() > NAMES_MAX {
        return false;
    }
    let line = line.trim().trim_end_matches(['|', '>']).trim_end();
    let item = line.trim_start_matches("- ").trim_start();
    let mut words = item.split_whitespace();
    let (first, second, more) = (words.next().unwrap_or_default(), words.next(), words.next());
    let bare = |word: &str| word.trim_matches(['"', '\'', ',', ':', '{']).to_owned();
    match (second, more) {
        (None, _) => first.ends_with(':') && names_secret(&bare(first)),
        (Some(value), None) => {
            ["name", "Name", "key", "Key"].contains(&bare(first).as_str()) && names_secret(&bare(value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_line_tells_what_the_one_before_named() {
        for (first, second) in [
            ("      \"name\": \"DB_PASSWORD\",", "      \"value\": \"hunter2\""),
            ("- name: DB_PASSWORD", "  value: hunter2"),
            ("  - name: DB_PASSWORD", "    value: \"hunter2\""),
            ("password:", "  hunter2"),
        ] {
            let mut lines = Lines::default();
            assert_eq!(lines.text(first), first);
            let told = lines.text(second);
            assert!(!told.contains("hunter2"), "{first} {told}");
            assert_eq!(lines.text("done in 3s"), "done in 3s");
        }
        for (first, second) in [
            ("- name: LOG_LEVEL", "  value: debug"),
            ("the password was wrong", "value: debug"),
            ("invalid token: see above", "2026-11-30 started"),
        ] {
            let mut lines = Lines::default();
            assert_eq!((lines.text(first).as_str(), lines.text(second).as_str()), (first, second));
        }
    }
}
