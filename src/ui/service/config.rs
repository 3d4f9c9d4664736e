//! The configuration as rows: sections, names, values; values that may be secrets arrive masked.

use crate::ui::panel::lines::Spans;
use crate::{model::ServiceDetail, ui::view::View};
use ratatui::text::Span;

/// The heading of the section that begins with line `nth`.
pub fn section(view: &View<'_>, detail: &ServiceDetail, nth: usize) -> Vec<Span<'static>> {
    let title = detail.config.get(nth).map(|(section, _, _)| section.clone()).unwrap_or_default();
    vec![Span::styled(title, view.skin.heading)]
}

/// A name and its value.
pub fn line(view: &View<'_>, detail: &ServiceDetail, nth: usize) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let Some((_, name, value)) = detail.config.get(nth) else { return Vec::new() };
    let masked = value.contains("••") || value.starts_with("arn:aws:secretsmanager");
    let mut spans = Spans::default();
    spans.push("  ", skin.muted).column(name, 26, skin.muted);
    spans.push(value.clone(), if masked { skin.info } else { skin.text });
    spans.0
}
