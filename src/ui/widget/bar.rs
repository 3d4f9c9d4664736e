//! Bars in eighths of a cell.

use crate::ui::glyph::{EIGHTHS, TRACK};

/// `done` of `wanted` as `width` glyphs. Something done is never drawn as nothing, and something missing
/// never as full.
pub fn bar(width: usize, done: u32, wanted: u32) -> String {
    let eighths = width * 8;
    let wanted = usize::try_from(wanted.max(1)).unwrap_or(usize::MAX);
    let done = usize::try_from(done).unwrap_or(usize::MAX).min(wanted);
    let mut filled = eighths.saturating_mul(done) / wanted;
    if done > 0 {
        filled = filled.max(1);
    }
    if done < wanted {
        filled = filled.min(eighths.saturating_sub(1));
    }
    let mut out = "█".repeat(filled / 8);
    if let Some(part) = (filled % 8).checked_sub(1).and_then(|n| EIGHTHS.get(n)) {
        out.push(*part);
    }
    let used = out.chars().count();
    out.extend(std::iter::repeat_n(TRACK, width.saturating_sub(used)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_honest_at_the_ends() {
        assert_eq!(bar(4, 0, 4), "░░░░");
        assert_eq!(bar(4, 1, 1000), "▏░░░");
        assert_eq!(bar(4, 999, 1000), "███▉");
        assert_eq!(bar(4, 2, 4), "██░░");
        assert_eq!(bar(4, 4, 4), "████");
        assert_eq!(bar(4, 9, 4), "████");
        assert_eq!(bar(4, 0, 0), "░░░░");
        assert_eq!(bar(5, 1, 4), "█▎░░░");
    }
}
