//! Tables for pipes and eyes: columns as wide as they have to be, two blanks between, no rules.

use unicode_width::UnicodeWidthStr;

/// Which side a column is aligned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers and times.
    Right,
}

/// Lays out a head and rows. Missing cells are empty; lines have no blanks at their end.
pub fn table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let width = |index: usize, title: &str| {
        rows.iter()
            .filter_map(|row| row.get(index))
            .map(|cell| cell.width())
            .chain([title.width()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> =
        columns.iter().enumerate().map(|(index, (title, _))| width(index, title)).collect();
    let head: Vec<String> = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
    let mut out = String::new();
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for (index, ((_, align), width)) in columns.iter().zip(&widths).enumerate() {
            let cell = row.get(index).map_or("", String::as_str);
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            if index > 0 {
                line.push_str("  ");
            }
            match align {
                Align::Left => {
                    line.push_str(cell);
                    line.push_str(&gap);
                }
                Align::Right => {
                    line.push_str(&gap);
                    line.push_str(cell);
                }
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["a".into(), "10".into(), "x".into()], vec!["東京".into(), "9".into()]];
        assert_eq!(
            table(&[("N", Align::Left), ("COUNT", Align::Right), ("NOTE", Align::Left)], &rows),
            "N     COUNT  NOTE\na        10  x\n東京      9\n"
        );
    }
}
