//! Overlays that are there to be read, as rows.

use crate::{
    app::{layout, state::State, why},
    model::ServiceKey,
};

/// The lines of a long text as rows of its dialog.
pub fn text_rows(size: (u16, u16), lines: &[String]) -> Vec<String> {
    let width = layout::small_width(size);
    lines.iter().flat_map(|line| layout::wrap(line, width)).collect()
}

/// The why panel of the service screen in that area: its rows, and how many fit.
pub fn why_panel(state: &State, area: layout::Area) -> (Vec<(String, String)>, usize) {
    let Some(view) = state.service.as_ref().filter(|_| area.height > 0) else { return (Vec::new(), 0) };
    let width = area.width.saturating_sub(3 + 1);
    (wrapped(why::lines(state, &view.key), width), area.rows().saturating_sub(1))
}

/// The why panel as rows of the dialog: label (empty on continued lines), text.
pub fn why_rows(state: &State, key: &ServiceKey) -> Vec<(String, String)> {
    let width = layout::plan_width(state.size).saturating_sub(1);
    wrapped(why::lines(state, key), width)
}

/// Cells of the labels of the why panel, the blank behind included; none where there is no room for two columns, and the
/// labels stand in the text.
pub fn why_label(width: u16) -> u16 {
    if width < 40 { 0 } else { 15 }
}

/// Labelled lines, wrapped: the label stands on the first line of each.
fn wrapped(lines: Vec<(String, String)>, width: u16) -> Vec<(String, String)> {
    let own = why_label(width);
    let mut rows = Vec::new();
    for (label, text) in lines {
        // what the panel is there for needs no label
        let text = if own > 0 || label == "why" { text } else { format!("{label}: {text}") };
        for (nth, text) in layout::wrap(&text, width.saturating_sub(own)).into_iter().enumerate() {
            rows.push((if nth == 0 { label.clone() } else { String::new() }, text));
        }
    }
    rows
}
