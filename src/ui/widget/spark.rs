//! Sparklines in eighths; a gap is a blank, never a low value.

use crate::ui::glyph::HEIGHTS;

/// The last values of `points` as `width` glyphs, against a scale from 0 to `top`. Where there are more
/// points than glyphs, a glyph is the mean of its points.
pub fn spark(points: &[Option<f32>], width: usize, top: f32) -> String {
    let mut out = String::with_capacity(width * 3);
    if points.len() <= width {
        out.extend(std::iter::repeat_n(' ', width - points.len()));
        out.extend(points.iter().map(|p| p.map_or(' ', |value| glyph(value, top))));
        return out;
    }
    for cell in 0..width {
        let from = cell * points.len() / width;
        let until = ((cell + 1) * points.len() / width).max(from + 1);
        let bucket = points.get(from..until).unwrap_or_default();
        let (sum, n) =
            bucket.iter().flatten().fold((0.0f32, 0.0f32), |(sum, n), value| (sum + value, n + 1.0));
        out.push(if n > 0.0 { glyph(sum / n, top) } else { ' ' });
    }
    out
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=7")]
fn glyph(value: f32, top: f32) -> char {
    let share = if top > 0.0 && value.is_finite() { (value / top).clamp(0.0, 1.0) } else { 0.0 };
    let height = (share * 7.0).round() as usize;
    HEIGHTS.get(height).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_blank_and_values_scale() {
        let points = [Some(0.0), None, Some(50.0), Some(100.0), Some(400.0)];
        assert_eq!(spark(&points, 5, 100.0), "▁ ▅██");
        assert_eq!(spark(&points, 8, 100.0), "   ▁ ▅██");
        assert_eq!(spark(&[None, None], 2, 100.0), "  ");
        assert_eq!(spark(&[Some(1.0), Some(3.0), Some(8.0), Some(8.0)], 2, 8.0), "▃█");
        assert_eq!(spark(&[Some(f32::NAN)], 1, 8.0), "▁");
    }
}
