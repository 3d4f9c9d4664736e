//! Colours as theme files write them.

use super::super::suggest;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Colour {
    /// The terminal's own.
    Default,
    /// One of the sixteen that every terminal has, 0 to 15; the user's terminal says how they look.
    Ansi(u8),
    /// One of the 256; 16 to 255.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// The names of the sixteen, in their order.
pub const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

impl Colour {
    /// A colour by its number, 0 to 255.
    pub fn numbered(number: u8) -> Self {
        if number < 16 { Self::Ansi(number) } else { Self::Indexed(number) }
    }

    /// Reads `#rrggbb`, a name of the sixteen, a number from 0 to 255, or `default`.
    ///
    /// # Errors
    /// What is wrong with it and what to write instead.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        if text == "default" {
            return Ok(Self::Default);
        }
        if let Some(at) = (0u8..).zip(NAMES).find_map(|(at, name)| (name == text).then_some(at)) {
            return Ok(Self::Ansi(at));
        }
        if let Some(hex) = text.strip_prefix('#') {
            let value = u32::from_str_radix(hex, 16);
            return match value {
                Ok(value) if hex.len() == 6 && !hex.starts_with('+') => {
                    let [_, r, g, b] = value.to_be_bytes();
                    Ok(Self::Rgb(r, g, b))
                }
                _ => Err((
                    format!("“{text}” is not a colour"),
                    "write six hexadecimal digits, as in #82b4e8".into(),
                )),
            };
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return text
                .parse()
                .map(Self::numbered)
                .map_err(|_| (format!("there is no colour {text}"), "they are numbered 0 to 255".into()));
        }
        Err((format!("unknown colour “{text}”"), String::new()))
    }

    /// The nearest known name to a word that is no colour, from the palette's names and the sixteen.
    pub fn remedy<'a>(word: &str, palette: impl Iterator<Item = &'a str>) -> String {
        let known = palette.chain(NAMES).chain(["default"]);
        suggest::nearest(word, known).map_or_else(
            || "name it under [palette], or write #rrggbb, red, bright-red, 0 to 255 or default".to_owned(),
            |near| format!("did you mean “{near}”?"),
        )
    }

    /// Its red, green and blue; none where the terminal decides.
    pub fn rgb(self) -> Option<(u8, u8, u8)> {
        match self {
            Self::Rgb(r, g, b) => Some((r, g, b)),
            Self::Indexed(number) => Some(indexed(number)),
            Self::Default | Self::Ansi(_) => None,
        }
    }
}

/// The steps of the 6×6×6 cube of the 256 colours.
pub const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn indexed(number: u8) -> (u8, u8, u8) {
    if number >= 232 {
        let grey = 8 + 10 * (number - 232);
        return (grey, grey, grey);
    }
    let cell = number.saturating_sub(16);
    let step = |at: u8| STEPS.get(usize::from(at)).copied().unwrap_or(255);
    (step(cell / 36), step(cell / 6 % 6), step(cell % 6))
}

/// Relative luminance from 0 (black) to 1 (white), as WCAG 2 defines it.
pub fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// Contrast from 1 (none) to 21 (black on white), as WCAG 2 defines it.
pub fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    if a > b { a / b } else { b / a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read() {
        for (text, colour) in [
            ("#82b4e8", Colour::Rgb(0x82, 0xb4, 0xe8)),
            ("#FFFFFF", Colour::Rgb(255, 255, 255)),
            ("red", Colour::Ansi(1)),
            ("bright-black", Colour::Ansi(8)),
            ("7", Colour::Ansi(7)),
            ("16", Colour::Indexed(16)),
            ("255", Colour::Indexed(255)),
            ("default", Colour::Default),
        ] {
            assert_eq!(Colour::parse(text), Ok(colour), "{text}");
        }
        for text in ["", "#fff", "#1234567", "#gggggg", "#+12345", "256", "-1", "Red", "rgb(1,2,3)"] {
            assert!(Colour::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 1e-9);
        assert!((contrast((119, 119, 119), (255, 255, 255)) - 4.48).abs() < 0.01);
        assert_eq!(Colour::Indexed(231).rgb(), Some((255, 255, 255)));
        assert_eq!(Colour::Indexed(232).rgb(), Some((8, 8, 8)));
    }
}
