//! The image picker: tag, age, size, digest, and where each image runs now.

use super::foot::{foot, place};
use crate::{
    action::Action,
    app::{
        layout,
        state::{Line, ListView, Loaded},
    },
    model::{Image, version::short_tag},
    ui::{
        canvas::Canvas,
        glyph, panel,
        text::{self, cells, width},
        view::{self, View},
        widget::{dialog, list},
    },
};
use ratatui::{layout::Rect, text::Span};
use std::collections::{BTreeSet, HashMap};

/// Draws it; returns where the cursor is.
pub fn draw(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    title: &str,
    line: &Line,
    images: &Loaded<Vec<Image>>,
    matching: &[usize],
    at: ListView,
) -> (u16, u16) {
    let skin = &view.skin;
    let area = layout::picker(view.size);
    dialog::frame(canvas, skin, view::rect(area.outer), title, view.skin.faint);
    let mut typed = canvas.part(view::rect(area.line));
    let x = typed.put(0, 0, "image ", skin.muted);
    let room = typed.width().saturating_sub(x);
    let mut field = typed.part(Rect::new(x, 0, room, 1));
    if line.text.is_empty() {
        field.put(
            0,
            0,
            &text::end("type to narrow, or a tag, digest or reference", usize::from(room)),
            skin.muted,
        );
    }
    let cursor = panel::input::typed(&mut field, view, line);
    let mut body = canvas.part(view::rect(area.body));
    let all = images.value.as_deref().unwrap_or_default();
    if images.value.is_none() {
        panel::waiting(&mut body, view, images, "the images of the repository");
    } else if matching.is_empty() && !line.text.is_empty() {
        let told = format!("No image of the repository matches; “{}” is taken as typed.", line.text);
        for (y, part) in (0..).zip(text::wrap(&told, usize::from(body.width()))) {
            body.put(0, y, &part, skin.muted);
        }
    } else if all.is_empty() {
        body.put(0, 0, "The repository holds no image.", skin.muted);
    }
    let shown = list::window(matching.len(), at.offset, body.height());
    let visible = matching.get(shown.clone()).unwrap_or_default().iter().filter_map(|index| all.get(*index));
    let places = places(view, visible);
    for (y, place) in (0..).zip(shown.clone()) {
        let Some(image) = matching.get(place).and_then(|index| all.get(*index)) else { continue };
        let mut row = body.rows(y, 1);
        if place == at.cursor {
            row.tint(0, skin.selection);
            row.glyph(0, 0, glyph::CURSOR, skin.accent);
        }
        draw_row(&mut row, view, image, &places, place == at.cursor);
    }
    list::scrollbar(&mut body, skin, matching.len(), &shown);
    foot(canvas, view, area, &[("plan", Action::Confirm)], &place(at, matching.len()));
    (area.line.x + x + cursor, area.line.y)
}

fn draw_row(row: &mut Canvas<'_>, view: &View<'_>, image: &Image, places: &Places<'_>, selected: bool) {
    let skin = &view.skin;
    let base = if selected { skin.selection_text } else { skin.text };
    row.put(2, 0, &text::middle(&image.label(), 14), base);
    let age = image.pushed_at.map_or_else(|| "-".to_owned(), |at| view.times.column(at));
    row.put_right(23, 0, &age, base);
    let digest: String = image.digest.trim_start_matches("sha256:").chars().take(9).collect();
    row.put(25, 0, &digest, skin.muted);
    let end = row.width().saturating_sub(1);
    let mut x = 36;
    let names = runs_in(view, image, places);
    if !names.is_empty() {
        x = row.put(x, 0, "runs in ", skin.muted);
    }
    for span in names {
        if x + cells(width(&span.content)) > end {
            break;
        }
        x = row.put(x, 0, &span.content, span.style) + 1;
    }
    // the whole commit tells nothing beside its first characters
    let label = image.label();
    let others: Vec<String> =
        image.tags.iter().skip(1).map(|tag| short_tag(tag)).filter(|tag| *tag != label).collect();
    if !others.is_empty() && x + 6 < end {
        let x = if x > 36 { x + 1 } else { x };
        let told = format!("also {}", others.join(" "));
        row.put(x, 0, &text::end(&told, usize::from(end - x)), skin.muted);
    }
}

/// Environments, by index, that run an image, by digest.
type Places<'a> = HashMap<&'a str, BTreeSet<usize>>;

/// Where the images on the screen run; one pass over the rows.
fn places<'a>(view: &View<'a>, images: impl Iterator<Item = &'a Image>) -> Places<'a> {
    let mut places: Places<'a> =
        images.filter(|i| !i.digest.is_empty()).map(|i| (i.digest.as_str(), BTreeSet::new())).collect();
    for row in view.state.rows.values() {
        let Some(found) = row.version.digest.as_deref().and_then(|d| places.get_mut(d)) else { continue };
        found.extend(view.state.environments.iter().position(|e| e.name == row.key.environment));
    }
    places
}

/// The names of the environments that run this image now.
fn runs_in(view: &View<'_>, image: &Image, places: &Places<'_>) -> Vec<Span<'static>> {
    let indices = places.get(image.digest.as_str()).into_iter().flatten();
    indices
        .filter_map(|index| {
            let environment = view.state.environments.get(*index)?;
            Some(Span::styled(environment.name.to_string(), view.skin.hue(*index)))
        })
        .collect()
}
