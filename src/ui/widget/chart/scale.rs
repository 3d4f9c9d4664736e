//! Round numbers for axes.

use crate::{
    model::{Metric, Stamp},
    ui::text,
};
use jiff::tz::TimeZone;

/// The vertical axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// The value of the upper edge.
    pub top: f32,
    /// Values and labels, lowest first.
    pub ticks: Vec<(f32, String)>,
}

impl Scale {
    /// An axis from 0 to a round number at or above `max`, with as many ticks as `rows` lines leave room for.
    pub fn for_metric(metric: Metric, max: f32, rows: u16) -> Self {
        let parts: u8 = match rows {
            0..5 => 1,
            5..9 => 2,
            9..16 => 4,
            _ => 5,
        };
        let least = match metric {
            Metric::Cpu | Metric::Memory | Metric::LatencyP50 | Metric::LatencyP99 => 10.0,
            Metric::Requests | Metric::Errors | Metric::BalancerErrors => 4.0,
            Metric::Tasks => 1.0,
        };
        let wanted = if max.is_finite() { max.max(least) } else { least };
        // a line of whole tasks would else lie on the upper edge
        let wanted = if metric == Metric::Tasks { wanted + 1.0 } else { wanted };
        let percent = matches!(metric, Metric::Cpu | Metric::Memory);
        let whole = percent && wanted > 50.0 && wanted <= 100.0;
        let step = if whole {
            100.0 / f32::from(parts)
        } else {
            round_up(wanted / f32::from(parts), matches!(metric, Metric::Tasks))
        };
        let least = if whole { parts } else { 1 };
        let needed = (least..=parts).find(|n| f32::from(*n) * step >= wanted * 0.999).unwrap_or(parts);
        let ticks =
            (0..=needed).map(|n| f32::from(n) * step).map(|value| (value, label(metric, value))).collect();
        Self { top: step * f32::from(needed), ticks }
    }
}

/// The smallest of 1, 2, 2.5, 5 × 10ⁿ (whole ones where `whole`) that is not below `value`.
fn round_up(value: f32, whole: bool) -> f32 {
    if whole && value <= 1.0 {
        return 1.0;
    }
    let magnitude = 10f32.powf(value.max(f32::MIN_POSITIVE).log10().floor());
    [1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0]
        .into_iter()
        .map(|m| m * magnitude)
        .find(|step| *step >= value * 0.999 && (!whole || step.fract() == 0.0))
        .unwrap_or(value)
}

fn label(metric: Metric, value: f32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let value = f64::from(value);
    match metric {
        Metric::Cpu | Metric::Memory => text::percent(value, value.fract() != 0.0),
        Metric::LatencyP50 | Metric::LatencyP99 if value.fract() != 0.0 && value < 100.0 => {
            format!("{value:.1}ms")
        }
        Metric::LatencyP50 | Metric::LatencyP99 => text::latency(value),
        Metric::Requests | Metric::Errors | Metric::BalancerErrors | Metric::Tasks => text::number(value),
    }
}

/// Seconds between clock labels people find round.
const INTERVALS: [i64; 14] =
    [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/// Round clock moments between two moments, about one per 14 columns, and whether they are whole days.
pub fn clock_ticks(from: Stamp, until: Stamp, columns: u16, zone: &TimeZone) -> Vec<(Stamp, bool)> {
    let whole = until.since(from) / 1000;
    let wanted = i64::from(columns / 14).max(1);
    if whole <= 0 {
        return Vec::new();
    }
    let every = INTERVALS.into_iter().find(|every| whole / every <= wanted).unwrap_or(604_800);
    let ahead = text::offset(from, zone) / 1000;
    let first = (from.secs() + ahead + every - 1).div_euclid(every) * every - ahead;
    (0..=wanted + 1)
        .map(|n| Stamp::from_secs(first + n * every))
        .take_while(|at| *at <= until)
        .map(|at| (at, every >= 86_400))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (metric, max, rows, labels) in [
            (Metric::Cpu, 71.0, 10, vec!["0", "25%", "50%", "75%", "100%"]),
            (Metric::Cpu, 6.0, 5, vec!["0", "5%", "10%"]),
            (Metric::Memory, 140.0, 5, vec!["0", "75%", "150%"]),
            (Metric::LatencyP99, 840.0, 5, vec!["0", "500ms", "1.0s"]),
            (Metric::Requests, 0.0, 5, vec!["0", "2", "4"]),
            (Metric::Requests, 1_430.0, 9, vec!["0", "400", "800", "1.2k", "1.6k"]),
            (Metric::Tasks, 4.0, 9, vec!["0", "2", "4", "6"]),
            (Metric::Tasks, 3.0, 5, vec!["0", "2", "4"]),
            (Metric::Tasks, 1.0, 5, vec!["0", "1", "2"]),
            (Metric::LatencyP99, 13.0, 5, vec!["0", "7.5ms", "15ms"]),
            (Metric::Errors, f32::NAN, 3, vec!["0", "4"]),
        ] {
            let scale = Scale::for_metric(metric, max, rows);
            let found: Vec<&str> = scale.ticks.iter().map(|(_, label)| label.as_str()).collect();
            assert_eq!(found, labels, "{metric:?} {max}");
            assert!(!max.is_finite() || scale.top >= max);
        }
    }

    #[test]
    fn clock_ticks_are_round_and_inside() {
        let from = Stamp::from_secs(1_764_071_477);
        let until = from.plus(3_600_000);
        let ticks = clock_ticks(from, until, 60, &TimeZone::UTC);
        let labels: Vec<String> = ticks.iter().map(|(at, _)| text::clock(*at, &TimeZone::UTC)).collect();
        assert_eq!(labels, ["12:00", "12:15", "12:30", "12:45"]);
        assert!(clock_ticks(until, from, 60, &TimeZone::UTC).is_empty());
    }
}
