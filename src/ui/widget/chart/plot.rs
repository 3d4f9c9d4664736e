//! Where moments and values are on the plot, and the dots between them.

use crate::model::{Series, Stamp};

/// The plot's geometry.
#[derive(Debug, Clone, Copy)]
pub struct Plot {
    /// Cells across.
    pub columns: u16,
    /// Cells down.
    pub rows: u16,
    /// The moment of the left edge.
    pub from: Stamp,
    /// The moment of the right edge.
    pub until: Stamp,
    /// The value of the upper edge; the lower one is 0.
    pub top: f32,
}

impl Plot {
    /// The dot column of a moment; none outside.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a range that was checked, times at most 2 × 65535"
    )]
    fn dot_x(&self, at: Stamp) -> Option<usize> {
        let (passed, whole) = (at.since(self.from), self.until.since(self.from));
        if passed < 0 || passed > whole || whole <= 0 {
            return None;
        }
        let last = f64::from(self.columns) * 2.0 - 1.0;
        Some((passed as f64 / whole as f64 * last).round() as usize)
    }

    /// The dot row of a value, from the top.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share clamped to 0..=1, times at most 4 × 65535"
    )]
    fn dot_y(&self, value: f32) -> usize {
        let share = if self.top > 0.0 { (value / self.top).clamp(0.0, 1.0) } else { 0.0 };
        let last = f32::from(self.rows) * 4.0 - 1.0;
        ((1.0 - share) * last).round() as usize
    }

    /// The cell column of a moment; none outside.
    pub fn column(&self, at: Stamp) -> Option<u16> {
        self.dot_x(at).and_then(|x| u16::try_from(x / 2).ok())
    }

    /// The cell row of a value.
    pub fn row(&self, value: f32) -> u16 {
        u16::try_from(self.dot_y(value) / 4).unwrap_or(0)
    }
}

/// The value of the point nearest to `at`, if that point is within a period of it.
pub fn value_at(series: &Series, at: Stamp) -> Option<f32> {
    let period = i64::from(series.period.max(1)) * 1000;
    let index = (at.since(series.start) + period / 2).div_euclid(period);
    series.points.get(usize::try_from(index).ok()?).copied().flatten()
}

/// Braille dots: bits by cell, and whose they are.
#[derive(Debug)]
pub struct Dots {
    columns: usize,
    bits: Vec<(u8, usize)>,
}

/// Bits of a braille cell by row and column.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Dots {
    /// No dots yet.
    pub fn new(plot: &Plot) -> Self {
        let columns = usize::from(plot.columns);
        Self { columns, bits: vec![(0, 0); columns * usize::from(plot.rows)] }
    }

    /// Adds a series as a line from point to point; a point without value breaks it. The `nth` line is
    /// dashed the more the higher its number, so that lines can be told apart without colour.
    pub fn line(&mut self, plot: &Plot, series: &Series, nth: usize) {
        let mut before: Option<(usize, usize)> = None;
        for (index, point) in series.points.iter().enumerate() {
            let here = match point {
                Some(value) if value.is_finite() => {
                    plot.dot_x(series.at(index)).map(|x| (x, plot.dot_y(*value)))
                }
                _ => None,
            };
            if let Some(here) = here {
                self.stroke(before.unwrap_or(here), here, nth);
            }
            before = here;
        }
    }

    fn stroke(&mut self, from: (usize, usize), to: (usize, usize), nth: usize) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        for step in 0..=steps {
            let (x, y) = (between(from.0, to.0, step, steps), between(from.1, to.1, step, steps));
            let drawn = match nth {
                0 => true,
                1 => x % 4 < 2,
                _ => x % 3 == 0,
            };
            if drawn {
                self.set(x, y, nth);
            }
        }
    }

    fn set(&mut self, x: usize, y: usize, nth: usize) {
        let bit = BITS.get(y % 4).and_then(|row| row.get(x % 2)).copied().unwrap_or(0);
        if x / 2 < self.columns
            && let Some(cell) = self.bits.get_mut(y / 4 * self.columns + x / 2)
        {
            *cell = (cell.0 | bit, nth);
        }
    }

    /// The glyph of a cell and the line drawn there last.
    pub fn glyph(&self, x: u16, y: u16) -> Option<(char, usize)> {
        let (bits, nth) = self.bits.get(usize::from(y) * self.columns + usize::from(x)).copied()?;
        if bits == 0 {
            return None;
        }
        char::from_u32(0x2800 + u32::from(bits)).map(|glyph| (glyph, nth))
    }
}

/// `step` of `steps` of the way from `a` to `b`, rounded.
fn between(a: usize, b: usize, step: usize, steps: usize) -> usize {
    let half = steps / 2;
    if b >= a { a + ((b - a) * step + half) / steps } else { a - ((a - b) * step + half) / steps }
}
