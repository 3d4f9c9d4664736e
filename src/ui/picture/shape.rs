//! Glyphs that fonts draw unevenly or not at all (braille, bars, rules, state marks), as outlines of one
//! cell. Whatever font shows the picture, lines meet and bars are as long as they are.

use std::fmt::Write as _;

/// How a glyph is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// An SVG path to be filled.
    Solid(String),
    /// A path filled faintly: the shade of an empty bar.
    Faint(String),
}

/// Half the thickness of a rule.
const THIN: f32 = 0.6;

/// The outline of a glyph in the cell at `(x, y)` of `w` × `h`; none for those that are text.
#[allow(clippy::many_single_char_names, reason = "x, y, w, h and r say it best")]
pub fn shape(glyph: char, x: f32, y: f32, w: f32, h: f32) -> Option<Shape> {
    let (cx, cy) = (x + w / 2.0, y + h / 2.0);
    let mut path = String::new();
    match glyph {
        '\u{2800}'..='\u{28ff}' => braille(&mut path, u32::from(glyph) - 0x2800, x, y, w, h),
        '▁'..='█' => {
            let eighths = eighths(u32::from(glyph) - u32::from('▁') + 1);
            rectangle(&mut path, x, y + h * (1.0 - eighths), w, h * eighths);
        }
        '▉'..='▏' => {
            let eighths = eighths(u32::from('▏') - u32::from(glyph) + 1);
            rectangle(&mut path, x, y, w * eighths, h);
        }
        '▐' => rectangle(&mut path, cx, y, w / 2.0, h),
        '░' => {
            rectangle(&mut path, x, y, w, h);
            return Some(Shape::Faint(path));
        }
        '─' | '━' => rectangle(&mut path, x, cy - THIN, w, 2.0 * THIN),
        '│' => rectangle(&mut path, cx - THIN, y, 2.0 * THIN, h),
        '┈' => {
            for part in [0.05, 0.3, 0.55, 0.8] {
                rectangle(&mut path, x + w * part, cy - THIN / 2.0, w * 0.12, THIN);
            }
        }
        '┊' => {
            for part in [0.05, 0.3, 0.55, 0.8] {
                rectangle(&mut path, cx - THIN, y + h * part, 2.0 * THIN, h * 0.15);
            }
        }
        '├' | '┤' | '└' => {
            let height = if glyph == '└' { h / 2.0 } else { h };
            rectangle(&mut path, cx - THIN, y, 2.0 * THIN, height);
            let from = if glyph == '┤' { x } else { cx };
            rectangle(&mut path, from, cy - THIN, w / 2.0, 2.0 * THIN);
        }
        '╭' | '╮' | '╰' | '╯' => {
            let top = if matches!(glyph, '╭' | '╮') { cy } else { y };
            let left = if matches!(glyph, '╭' | '╰') { cx } else { x };
            rectangle(&mut path, cx - THIN, top, 2.0 * THIN, h / 2.0);
            rectangle(&mut path, left, cy - THIN, w / 2.0, 2.0 * THIN);
        }
        '●' => circle(&mut path, cx, cy, w * 0.4),
        '○' => {
            circle(&mut path, cx, cy, w * 0.4);
            circle(&mut path, cx, cy, w * 0.28);
        }
        '◐' => {
            circle(&mut path, cx, cy, w * 0.4);
            // the right half is hollow
            let r = w * 0.28;
            let _ = write!(path, "M{cx:.1} {:.1}a{r:.1} {r:.1} 0 0 1 0 {:.1}z", cy - r, 2.0 * r);
        }
        '▲' => {
            let _ = write!(
                path,
                "M{cx:.1} {:.1}l{:.1} {:.1}h{:.1}z",
                cy - w * 0.45,
                w * 0.47,
                w * 0.85,
                -w * 0.94
            );
        }
        '▽' => {
            let _ = write!(
                path,
                "M{cx:.1} {:.1}l{:.1} {:.1}h{:.1}z",
                cy + w * 0.45,
                w * 0.47,
                -w * 0.85,
                -w * 0.94
            );
            let _ = write!(
                path,
                "M{cx:.1} {:.1}l{:.1} {:.1}h{:.1}z",
                cy + w * 0.2,
                w * 0.24,
                -w * 0.44,
                -w * 0.48
            );
        }
        '▸' => {
            let _ = write!(
                path,
                "M{:.1} {:.1}l{:.1} {:.1}l{:.1} {:.1}z",
                x + w * 0.2,
                cy - w * 0.4,
                w * 0.6,
                w * 0.4,
                -w * 0.6,
                w * 0.4
            );
        }
        '◆' => {
            let _ = write!(
                path,
                "M{cx:.1} {:.1}l{r:.1} {r:.1}l-{r:.1} {r:.1}l-{r:.1} -{r:.1}z",
                cy - w * 0.42,
                r = w * 0.42
            );
        }
        _ => return None,
    }
    Some(Shape::Solid(path))
}

#[allow(clippy::cast_precision_loss, reason = "1 to 8")]
fn eighths(count: u32) -> f32 {
    count as f32 / 8.0
}

fn rectangle(path: &mut String, x: f32, y: f32, w: f32, h: f32) {
    let _ = write!(path, "M{x:.1} {y:.1}h{w:.1}v{h:.1}h-{w:.1}z");
}

fn circle(path: &mut String, cx: f32, cy: f32, r: f32) {
    let d = 2.0 * r;
    let _ =
        write!(path, "M{:.1} {cy:.1}a{r:.1} {r:.1} 0 1 0 {d:.1} 0a{r:.1} {r:.1} 0 1 0 -{d:.1} 0z", cx - r);
}

/// The dots of a braille cell; their bits by row, left and right.
fn braille(path: &mut String, dots: u32, x: f32, y: f32, w: f32, h: f32) {
    const SIZE: f32 = 2.4;
    for (row, (left, right)) in
        [(0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)].into_iter().enumerate()
    {
        let top = y + h * [0.125, 0.375, 0.625, 0.875].get(row).copied().unwrap_or(0.5) - SIZE / 2.0;
        for (bit, part) in [(left, 0.25), (right, 0.75)] {
            if dots & bit != 0 {
                rectangle(path, x + w * part - SIZE / 2.0, top, SIZE, SIZE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_drawn_glyph_but_letters_has_an_outline() {
        let glyphs = crate::ui::glyph::HEIGHTS.into_iter().chain(crate::ui::glyph::EIGHTHS);
        for glyph in glyphs.chain("●◐▲▽○▸◆─│┈┊├└┤╭╮╰╯▐░⣿⠁".chars())
        {
            assert!(shape(glyph, 0.0, 0.0, 9.0, 19.0).is_some(), "{glyph}");
        }
        assert_eq!(shape('a', 0.0, 0.0, 9.0, 19.0), None);
        assert_eq!(
            shape('▄', 9.0, 0.0, 9.0, 20.0),
            Some(Shape::Solid("M9.0 10.0h9.0v10.0h-9.0z".to_owned()))
        );
    }
}
