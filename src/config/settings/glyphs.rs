//! Which glyphs a terminal is sent.

/// Which set of glyphs is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// What the terminal and the locale show.
    #[default]
    Auto,
    /// Rules, bars and dots of Unicode, all one cell wide.
    Unicode,
    /// ASCII in their place; letters of names and texts stay as they are.
    Ascii,
    /// ASCII and nothing else: the bytes of other letters would be shown as several others, or be taken for control
    /// characters (0x80 to 0x9f), where the terminal does not decode UTF-8.
    AsciiOnly,
}

impl Glyphs {
    /// `Auto` decided by what the variables tell of the terminal; what somebody chose stays.
    pub fn decided(self, env: &dyn Fn(&str) -> Option<String>) -> Self {
        if self != Self::Auto {
            return self;
        }
        let term = env("TERM").unwrap_or_default();
        if !cfg!(windows) && !is_utf8(&locale(env)) || matches!(term.as_str(), "vt100" | "vt102" | "vt220") {
            Self::AsciiOnly
        } else if term == "linux" {
            // decodes UTF-8, and has room for 512 glyphs: neither braille nor eighths of a bar (console_codes(4), setfont(8))
            Self::Ascii
        } else {
            Self::Unicode
        }
    }

    /// Whether glyphs are limited to ASCII.
    pub fn is_ascii(self) -> bool {
        matches!(self, Self::Ascii | Self::AsciiOnly)
    }
}

/// The locale that decides how characters are coded: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is not empty
/// (POSIX.1-2017, base definitions, 8.2); empty where none is set, which is the locale `C`.
pub fn locale(env: &dyn Fn(&str) -> Option<String>) -> String {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(env).find(|value| !value.is_empty());
    set.unwrap_or_default()
}

/// Whether a locale is one of UTF-8: `en_GB.UTF-8`, `C.utf8`, `UTF-8` as macOS has it.
pub fn is_utf8(locale: &str) -> bool {
    let charset = locale.split_once('.').map_or(locale, |(_, charset)| charset);
    let charset = charset.split('@').next().unwrap_or_default();
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_and_its_locale_decide() {
        for (set, glyphs) in [
            (&[("LANG", "en_GB.UTF-8"), ("TERM", "xterm-256color")][..], Glyphs::Unicode),
            (&[("LC_CTYPE", "UTF-8"), ("TERM", "screen")], Glyphs::Unicode),
            (&[("LANG", "de_DE.utf8@euro"), ("TERM", "tmux-256color")], Glyphs::Unicode),
            (&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8"), ("TERM", "xterm")], Glyphs::AsciiOnly),
            (&[("LC_ALL", ""), ("LANG", "C.UTF-8"), ("TERM", "xterm")], Glyphs::Unicode),
            (&[("LANG", "POSIX"), ("TERM", "xterm")], Glyphs::AsciiOnly),
            (&[("LANG", "de_DE.ISO-8859-1"), ("TERM", "xterm")], Glyphs::AsciiOnly),
            (&[("TERM", "xterm-256color")], Glyphs::AsciiOnly),
            (&[("LANG", "en_GB.UTF-8"), ("TERM", "linux")], Glyphs::Ascii),
            (&[("LANG", "en_GB.UTF-8"), ("TERM", "vt100")], Glyphs::AsciiOnly),
        ] {
            let env = |name: &str| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(Glyphs::Auto.decided(&env), glyphs, "{set:?}");
            assert_eq!(Glyphs::Unicode.decided(&env), Glyphs::Unicode);
            assert_eq!(Glyphs::Ascii.decided(&env), Glyphs::Ascii);
        }
    }
}
