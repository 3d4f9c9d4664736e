//! A drawn buffer as an SVG picture, for the README: a grid of cells, colours from the styles, nothing
//! that depends on where or when it is made.

mod shape;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use shape::Shape;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// Units of the picture a cell is wide and high.
const CELL: (u32, u32) = (9, 19);
/// Blank units around the grid.
const MARGIN: u32 = 12;
/// What the terminal's own colours are taken to be.
const GROUND: (u8, u8, u8) = (0x12, 0x16, 0x1c);
const INK: (u8, u8, u8) = (0xd7, 0xdd, 0xe5);

/// The buffer as an SVG document. `title` is read out by screen readers; the same buffer always gives the
/// same text.
pub fn svg(buffer: &Buffer, title: &str) -> String {
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let ground = buffer.content.first().map_or(GROUND, |cell| colours(cell).1);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{}\">\n<title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>\n\
         <g font-family=\"'DejaVu Sans Mono','JetBrains Mono','Cascadia Mono',Menlo,Consolas,monospace\" \
         font-size=\"14.95\" xml:space=\"preserve\">",
        escape(title),
        escape(title),
        hex(ground),
    );
    for y in 0..rows {
        let row: Vec<(u32, &Cell)> = (0..columns).filter_map(|x| Some((x, cell(buffer, x, y)?))).collect();
        grounds(&mut out, &row, y, ground);
        shapes(&mut out, &row, y);
        texts(&mut out, &row, y);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn cell(buffer: &Buffer, x: u32, y: u32) -> Option<&Cell> {
    let x = buffer.area.x.checked_add(u16::try_from(x).ok()?)?;
    let y = buffer.area.y.checked_add(u16::try_from(y).ok()?)?;
    buffer.cell((x, y))
}

/// Rectangles behind runs of cells of one ground.
fn grounds(out: &mut String, row: &[(u32, &Cell)], y: u32, ground: (u8, u8, u8)) {
    let mut at = 0;
    while let Some((x, cell)) = row.get(at) {
        let own = colours(cell).1;
        let len = row.iter().skip(at).take_while(|(_, c)| colours(c).1 == own).count();
        if own != ground {
            let _ = writeln!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
                MARGIN + x * CELL.0,
                MARGIN + y * CELL.1,
                u32::try_from(len).unwrap_or(0) * CELL.0,
                CELL.1,
                hex(own),
            );
        }
        at += len;
    }
}

/// Outlines of the row's glyphs that are not text, one path a colour.
fn shapes(out: &mut String, row: &[(u32, &Cell)], y: u32) {
    let mut solid: Vec<((u8, u8, u8), String)> = Vec::new();
    let mut faint: Vec<((u8, u8, u8), String)> = Vec::new();
    for (x, cell) in row {
        let Some(shape) = outline(cell, *x, y) else { continue };
        let (list, path) = match shape {
            Shape::Solid(path) => (&mut solid, path),
            Shape::Faint(path) => (&mut faint, path),
        };
        let ink = colours(cell).0;
        match list.iter_mut().find(|(own, _)| *own == ink) {
            Some((_, paths)) => paths.push_str(&path),
            None => list.push((ink, path)),
        }
    }
    for (ink, path) in solid {
        let _ = writeln!(out, "<path fill=\"{}\" fill-rule=\"evenodd\" d=\"{path}\"/>", hex(ink));
    }
    for (ink, path) in faint {
        let _ = writeln!(out, "<path fill=\"{}\" fill-opacity=\".45\" d=\"{path}\"/>", hex(ink));
    }
}

/// The outline of a cell's glyph; none for text.
fn outline(cell: &Cell, x: u32, y: u32) -> Option<Shape> {
    let glyph = cell.symbol().chars().next()?;
    let units = |cells: u32, size: u32| -> Option<f32> {
        Some(f32::from(u16::try_from(MARGIN + cells * size).ok()?))
    };
    shape::shape(glyph, units(x, CELL.0)?, units(y, CELL.1)?, 9.0, 19.0)
}

/// Texts of runs of cells of one look; single blanks between words are within a run.
fn texts(out: &mut String, row: &[(u32, &Cell)], y: u32) {
    let is_text = |x: u32, cell: &Cell| !cell.symbol().trim().is_empty() && outline(cell, x, y).is_none();
    let mut at = 0;
    while let Some((x, cell)) = row.get(at) {
        if !is_text(*x, cell) {
            at += 1;
            continue;
        }
        let look = (colours(cell).0, attributes(cell));
        let mut text = String::new();
        for (next_x, next) in row.iter().skip(at) {
            let same = (colours(next).0, attributes(next)) == look;
            let blank = next.symbol().trim().is_empty() && !text.ends_with(' ');
            if blank {
                text.push(' ');
            } else if same && is_text(*next_x, next) {
                text.push_str(next.symbol());
            } else {
                break;
            }
        }
        let shown = text.trim_end();
        let cells = shown.width();
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{}>{}</text>",
            MARGIN + x * CELL.0,
            MARGIN + y * CELL.1 + 14,
            u32::try_from(cells).unwrap_or(0) * CELL.0,
            hex(look.0),
            look.1,
            escape(shown),
        );
        at += cells.max(1);
    }
}

fn attributes(cell: &Cell) -> String {
    let mut out = String::new();
    let has = |modifier| cell.modifier.contains(modifier);
    if has(Modifier::BOLD) {
        out.push_str(" font-weight=\"bold\"");
    }
    if has(Modifier::ITALIC) {
        out.push_str(" font-style=\"italic\"");
    }
    if has(Modifier::UNDERLINED) {
        out.push_str(" text-decoration=\"underline\"");
    }
    out
}

/// Ink and ground of a cell.
fn colours(cell: &Cell) -> ((u8, u8, u8), (u8, u8, u8)) {
    let mut ink = rgb(cell.fg, INK);
    let mut ground = rgb(cell.bg, GROUND);
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    if cell.modifier.contains(Modifier::DIM) {
        let mix = |a: u8, b: u8| u8::try_from((u16::from(a) * 3 + u16::from(b) * 2) / 5).unwrap_or(a);
        ink = (mix(ink.0, ground.0), mix(ink.1, ground.1), mix(ink.2, ground.2));
    }
    (ink, ground)
}

fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn rgb(colour: Color, own: (u8, u8, u8)) -> (u8, u8, u8) {
    match colour {
        Color::Reset => own,
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(number) => {
            crate::config::theme::Colour::numbered(number).rgb().unwrap_or_else(|| sixteen(number))
        }
        Color::Black => sixteen(0),
        Color::Red => sixteen(1),
        Color::Green => sixteen(2),
        Color::Yellow => sixteen(3),
        Color::Blue => sixteen(4),
        Color::Magenta => sixteen(5),
        Color::Cyan => sixteen(6),
        Color::Gray => sixteen(7),
        Color::DarkGray => sixteen(8),
        Color::LightRed => sixteen(9),
        Color::LightGreen => sixteen(10),
        Color::LightYellow => sixteen(11),
        Color::LightBlue => sixteen(12),
        Color::LightMagenta => sixteen(13),
        Color::LightCyan => sixteen(14),
        Color::White => sixteen(15),
    }
}

/// The sixteen colours as most terminals have them.
fn sixteen(number: u8) -> (u8, u8, u8) {
    match number {
        0 => (0x1d, 0x1f, 0x21),
        1 => (0xcc, 0x66, 0x66),
        2 => (0x8c, 0xb3, 0x6c),
        3 => (0xd9, 0xa5, 0x5b),
        4 => (0x6f, 0x9f, 0xd8),
        5 => (0xb2, 0x94, 0xbb),
        6 => (0x6c, 0xb8, 0xb5),
        7 => (0xc5, 0xc8, 0xc6),
        8 => (0x75, 0x7c, 0x85),
        9 => (0xf2, 0x85, 0x85),
        10 => (0xa5, 0xd0, 0x86),
        11 => (0xf0, 0xc6, 0x74),
        12 => (0x93, 0xbe, 0xf0),
        13 => (0xd0, 0xb2, 0xe0),
        14 => (0x8a, 0xd8, 0xd3),
        _ => (0xff, 0xff, 0xff),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{layout::Rect, style::Style};

    #[test]
    fn runs_are_merged_and_text_is_escaped() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "a <b> & c", Style::new().fg(Color::Rgb(1, 2, 3)));
        buffer.set_string(2, 1, "x", Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD));
        let one = svg(&buffer, "\"two\" < three");
        assert_eq!(one.matches("<text").count(), 2);
        assert!(one.contains("a &lt;b&gt; &amp; c</text>"));
        assert!(one.contains("#010203"));
        assert!(one.contains("font-weight=\"bold\""));
        assert!(one.contains("aria-label=\"&quot;two&quot; &lt; three\""));
        assert_eq!(one, svg(&buffer, "\"two\" < three"));
    }
}
