use super::*;
use crate::{model::Unread, ui::skin::Skin};
use ratatui::{buffer::Buffer, layout::Rect};

fn wave(gap: bool) -> Series {
    let points = (0u8..60)
        .map(|n| {
            let value = 40.0 + 30.0 * (f32::from(n) / 6.0).sin();
            if gap && (20..30).contains(&n) { None } else { Some(value) }
        })
        .collect();
    Series { metric: Metric::Cpu, start: Stamp::from_secs(1_764_068_400), period: 60, points, unread: None }
}

fn drawn(width: u16, height: u16, chart: &Chart<'_>) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buffer.area;
    draw(&mut Canvas::new(&mut buffer, area), &Skin::plain(), chart);
    crate::ui::fixture::text_of(&buffer)
}

fn chart<'a>(series: &'a Series, markers: &'a [(Stamp, String, bool)]) -> Chart<'a> {
    Chart {
        metric: Metric::Cpu,
        lines: vec![Line { label: "prod-service".into(), nth: 0, series, style: Style::new() }],
        from: series.start,
        until: series.at(59),
        markers,
        cursor: None,
        focused: false,
        empty: "no data",
        title: None,
        threshold: None,
    }
}

#[test]
fn a_line_with_a_gap_a_marker_and_clock_times() {
    let series = wave(true);
    let markers = [(series.at(42), "8be02d4".to_owned(), false)];
    insta::assert_snapshot!(drawn(78, 12, &chart(&series, &markers)));
}

#[test]
fn small_ones_and_the_cursor() {
    let series = wave(false);
    let mut chart = chart(&series, &[]);
    chart.cursor = Some(series.at(30));
    chart.focused = true;
    insta::assert_snapshot!(drawn(40, 5, &chart));
}

#[test]
fn two_lines_have_a_legend() {
    let (one, two) = (wave(false), wave(true));
    let mut chart = chart(&one, &[]);
    chart.lines.push(Line { label: "staging-service".into(), nth: 1, series: &two, style: Style::new() });
    insta::assert_snapshot!(drawn(60, 14, &chart));
}

#[test]
fn nothing_to_draw_is_said_and_no_size_panics() {
    let series = Series { points: vec![None; 60], ..wave(false) };
    let unread = Unread { denied: true, why: "Forbidden".into() };
    let refused = Series { unread: Some(unread), ..series.clone() };
    assert!(drawn(40, 6, &chart(&refused, &[])).contains("not read"), "what could not be read is not none");
    let chart = chart(&series, &[]);
    assert!(drawn(40, 6, &chart).contains("no data"));
    for width in 0..30 {
        for height in 0..8 {
            drawn(width, height, &chart);
        }
    }
}
