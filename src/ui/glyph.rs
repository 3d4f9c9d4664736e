//! The glyphs, all one cell wide, and what stands for each where only ASCII may be shown.
//!
//! Views draw the Unicode glyphs; in ASCII mode [`to_ascii`] walks the finished buffer and puts the other
//! set in their place, so no view can forget one.

use crate::model::{Service, ServiceState, StepState, Verdict};
use ratatui::buffer::Buffer;

/// The glyph of a service's state.
pub fn state(state: ServiceState) -> char {
    match state {
        ServiceState::Steady => '●',
        ServiceState::Rolling => '◐',
        ServiceState::Degraded => '▽',
        ServiceState::Failing => '▲',
        ServiceState::Paused => '○',
        ServiceState::Inactive => '×',
        ServiceState::Unknown => '?',
    }
}

/// The glyph of a service: what waits for somebody is not in order, whatever its state.
pub fn service(service: &Service) -> char {
    if service.waits().is_some() { '▲' } else { state(service.state) }
}

/// The glyph of a step.
pub fn step(state: StepState) -> char {
    match state {
        StepState::Waiting => '○',
        StepState::Active => '◐',
        StepState::Done => '●',
        StepState::Failed => '▲',
        StepState::Skipped => '-',
    }
}

/// The glyph of a verdict.
pub fn verdict(verdict: Verdict) -> char {
    match verdict {
        Verdict::Succeeded => '●',
        Verdict::RolledBack => '↺',
        Verdict::Failed => '▲',
        Verdict::Stuck => '▽',
        Verdict::Superseded => '»',
        Verdict::Refused => '×',
        Verdict::Lost => '?',
        Verdict::Unverified => '◌',
    }
}

/// The eight heights of a sparkline.
pub const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The eighths of a bar's last cell, one eighth first.
pub const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A bar's empty cell.
pub const TRACK: char = '░';

/// Marks the selected line.
pub const CURSOR: char = '▸';

/// Marks a marked service.
pub const MARK: char = '◆';

/// What stands for a glyph in ASCII; `None` for what is left as it is.
#[allow(clippy::match_same_arms, reason = "grouped by what the glyphs are for")]
pub fn ascii(glyph: char) -> Option<char> {
    Some(match glyph {
        '●' | '◆' => '*',
        '◐' => '~',
        '▲' => '!',
        '▽' | '↓' => 'v',
        '○' | '◌' => 'o',
        '×' => 'x',
        '↺' => '<',
        '»' | '›' | '▸' | '→' => '>',
        '«' | '‹' | '◂' | '←' => '<',
        '↑' => '^',
        '≠' => '#',
        '…' | '⋯' => '~',
        '·' | '░' | '┈' | '•' => '.',
        '─' | '–' | '—' | '━' | '╌' => '-',
        '│' | '┊' | '├' | '┃' | '▐' | '┤' => '|',
        '└' => '`',
        '╭' | '╮' | '╰' | '╯' | '┴' | '┬' | '┼' => '+',
        '▁' | '▏' => '_',
        '▂' | '▎' => '.',
        '▃' | '▍' => '-',
        '▄' | '▌' => '=',
        '▅' | '▋' => '+',
        '▆' | '▊' => '*',
        '▇' | '▉' => '%',
        '█' => '#',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '\u{2800}'..='\u{28ff}' => braille(glyph),
        _ => return None,
    })
}

/// A braille cell by where its dots are: high, in the middle, low, or several.
fn braille(glyph: char) -> char {
    let dots = u32::from(glyph) - 0x2800;
    let high = dots & 0b0000_1001 != 0;
    let middle = dots & 0b0011_0110 != 0;
    let low = dots & 0b1100_0000 != 0;
    match (high, middle, low) {
        (false, false, false) => ' ',
        (true, false, false) => '\'',
        (false, true, false) => '-',
        (false, false, true) => '.',
        (true, _, true) => '|',
        (true, true, false) => '"',
        (false, true, true) => ',',
    }
}

/// Replaces the glyphs of a finished buffer by the ASCII set. Other letters in data are left as they are, or become `?`
/// where `only` ASCII can be shown.
pub fn to_ascii(buffer: &mut Buffer, only: bool) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let mut chars = symbol.chars();
        if let (Some(first), None) = (chars.next(), chars.next())
            && let Some(plain) = ascii(first)
        {
            cell.set_char(plain);
        } else if only {
            cell.set_char('?');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthChar;

    #[test]
    fn every_glyph_is_one_cell_and_has_an_ascii_form() {
        let mut glyphs: Vec<char> = HEIGHTS.into_iter().chain(EIGHTHS).collect();
        glyphs.extend([TRACK, CURSOR, MARK, '≠', '↑', '↓', '…', '→', '·', '│', '─', '╭', '⣿', '┊']);
        for state_ in [
            ServiceState::Steady,
            ServiceState::Rolling,
            ServiceState::Degraded,
            ServiceState::Failing,
            ServiceState::Paused,
            ServiceState::Inactive,
        ] {
            glyphs.push(state(state_));
        }
        for glyph in glyphs {
            assert_eq!(glyph.width(), Some(1), "{glyph}");
            assert!(ascii(glyph).is_some_and(|plain| plain.is_ascii_graphic()), "{glyph}");
        }
    }

    #[test]
    fn nothing_but_ascii_is_left_where_nothing_else_can_be_shown() {
        let area = ratatui::layout::Rect::new(0, 0, 20, 1);
        for (only, shown) in [(true, "* K?ln ? ? > ? x!"), (false, "* Köln 東 京 > e\u{301} x!")] {
            let mut buffer = Buffer::empty(area);
            buffer.set_string(0, 0, "● Köln 東京→ e\u{301} x!", ratatui::style::Style::default());
            to_ascii(&mut buffer, only);
            let line: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
            assert_eq!(line.trim_end(), shown);
        }
    }
}
