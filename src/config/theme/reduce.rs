//! Themes on terminals with fewer colours.

use super::{
    Colour, Style, Theme,
    colour::{STEPS, contrast},
    depth::Depth,
};

impl Theme {
    /// This theme with no more colours than the terminal shows, each the nearest there is. What told two
    /// things apart still does: a selection whose colour is lost is drawn reversed.
    pub fn reduced(&self, depth: Depth) -> Self {
        let mut theme = self.clone();
        if depth == Depth::TrueColour {
            return theme;
        }
        let ground = nearest(self.background, depth);
        theme.background = if depth == Depth::Mono { Colour::Default } else { ground };
        for (role, style) in theme.styles_mut() {
            if depth == Depth::Mono {
                *style = without_colour(role, *style);
            } else {
                *style = reduce(role, *style, ground, depth);
            }
        }
        if self.muted.fg != self.text.fg {
            // Two greys that became one are told apart by their strength.
            let text = theme.text;
            for style in [&mut theme.muted, &mut theme.header, &mut theme.hint_text] {
                style.dim |= style.fg == text.fg && !style.bold && depth != Depth::Mono;
            }
        }
        theme
    }
}

fn without_colour(role: &str, style: Style) -> Style {
    let mut plain = Style { fg: None, bg: None, ..style };
    if role.starts_with("selection") {
        plain.reverse = true;
    } else if !plain.has_attribute() {
        match role {
            "title" | "bad" | "hint_key" | "accent" => plain.bold = true,
            "muted" | "rule" => plain.dim = true,
            "warn" => plain.underline = true,
            _ => {}
        }
    }
    plain
}

fn reduce(role: &str, style: Style, ground: Colour, depth: Depth) -> Style {
    let mut style = Style {
        fg: style.fg.map(|colour| nearest(colour, depth)),
        bg: style.bg.map(|colour| nearest(colour, depth)),
        ..style
    };
    if style.bg == Some(ground) && ground != Colour::Default && role.starts_with("selection") {
        style = Style { fg: None, bg: None, reverse: true, ..style };
    }
    let behind = style.bg.unwrap_or(ground);
    if style.fg == Some(behind) && behind != Colour::Default && role != "rule" {
        style.fg = Some(opposite(behind));
    }
    style
}

/// Black or white, whichever is read better on this.
fn opposite(behind: Colour) -> Colour {
    let light = match behind {
        Colour::Ansi(n) => matches!(n, 7 | 10 | 11 | 14 | 15),
        other => other.rgb().is_some_and(|rgb| contrast(rgb, (0, 0, 0)) > contrast(rgb, (255, 255, 255))),
    };
    Colour::Ansi(if light { 0 } else { 15 })
}

fn nearest(colour: Colour, depth: Depth) -> Colour {
    match (colour, depth) {
        (_, Depth::Mono) => Colour::Default,
        (Colour::Default | Colour::Ansi(_), _)
        | (Colour::Indexed(_), Depth::Indexed256)
        | (_, Depth::TrueColour) => colour,
        (Colour::Rgb(r, g, b), Depth::Indexed256) => nearest_of_256((r, g, b)),
        (other, Depth::Ansi16) => other.rgb().map_or(other, nearest_of_16),
    }
}

/// The nearest of the cube and the greys.
fn nearest_of_256(rgb: (u8, u8, u8)) -> Colour {
    let cells = (16u8..=255).map(Colour::Indexed);
    cells
        .min_by_key(|cell| cell.rgb().map_or(u32::MAX, |other| distance(rgb, other)))
        .unwrap_or(Colour::Default)
}

fn distance(one: (u8, u8, u8), other: (u8, u8, u8)) -> u32 {
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    // The eye tells greens apart best and blues worst.
    2 * square(one.0, other.0) + 4 * square(one.1, other.1) + 3 * square(one.2, other.2)
}

/// The nearest of the sixteen by hue: a pale green has to stay green, not become the nearest grey.
fn nearest_of_16((r, g, b): (u8, u8, u8)) -> Colour {
    let most = r.max(g).max(b);
    let least = r.min(g).min(b);
    let chroma = most - least;
    if chroma < (most / 5).max(40) {
        return Colour::Ansi(match most.midpoint(least) {
            0..64 => 0,
            64..150 => 8,
            150..224 => 7,
            _ => 15,
        });
    }
    if most < 64 {
        return Colour::Ansi(0);
    }
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let chroma = i32::from(chroma);
    // Degrees around the circle of hues: red 0, green 120, blue 240.
    let degrees = if i32::from(most) == r {
        60 * (g - b) / chroma
    } else if i32::from(most) == g {
        120 + 60 * (b - r) / chroma
    } else {
        240 + 60 * (r - g) / chroma
    };
    let hue = match degrees.rem_euclid(360) {
        0..25 | 335..360 => 1,
        25..75 => 3,
        75..160 => 2,
        160..200 => 6,
        200..255 => 4,
        _ => 5,
    };
    // A ground is the only thing that is both coloured and nearly white.
    if least > 225 {
        return Colour::Ansi(15);
    }
    Colour::Ansi(if most > STEPS.get(3).copied().unwrap_or(175) { hue + 8 } else { hue })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_read_from_the_environment() {
        for (vars, depth) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::TrueColour),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::Mono),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed256),
            (&[("TERM", "screen-256color")], Depth::Indexed256),
            (&[("TERM", "xterm-kitty")], Depth::TrueColour),
            (&[("TERM", "linux")], Depth::Ansi16),
            (&[("TERM", "dumb")], Depth::Mono),
            (&[], Depth::Ansi16),
        ] {
            let env = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            assert_eq!(Depth::detect(&env), depth, "{vars:?}");
        }
    }

    #[test]
    fn hues_survive_sixteen_colours() {
        for (rgb, ansi) in [
            ((0, 0, 0), 0),
            ((255, 255, 255), 15),
            ((0x86, 0xc9, 0x8f), 10),
            ((0xf0, 0x7f, 0x7f), 9),
            ((0xe3, 0xb8, 0x66), 11),
            ((0x82, 0xb4, 0xe8), 12),
            ((0x1f, 0x63, 0xad), 4),
            ((0xd7, 0xdd, 0xe5), 7),
            ((0x12, 0x16, 0x1c), 0),
        ] {
            assert_eq!(nearest_of_16(rgb), Colour::Ansi(ansi), "{rgb:?}");
        }
        assert_eq!(nearest_of_256((255, 0, 0)), Colour::Indexed(196));
        assert_eq!(nearest_of_256((8, 8, 8)), Colour::Indexed(232));
    }
}
