//! GetMetricStatistics: one metric, several statistics, points in no order.

use serde_json::{Map, Value, json};

use super::super::api::{Answer, Call, Fault, Landscape, timestamp};
use super::super::wire::input;
use super::catalog::Catalog;
use super::data::retention;
use super::series::{Grid, Reader};
use super::stat::Stat;
use super::{dimensions, invalid};
use crate::sim::hash;

/// Points in one answer.
const MOST: usize = 1440;

pub fn get_metric_statistics(landscape: &dyn Landscape, call: &Call) -> Answer {
    let request = &call.input;
    let text = |name: &str| {
        input::text(request, name).ok_or_else(|| invalid(format!("The parameter {name} is required.")))
    };
    let (namespace, metric) = (text("Namespace")?, text("MetricName")?);
    let moment = |name: &str| {
        input::epoch(request, name).ok_or_else(|| invalid(format!("{name} is missing or no timestamp")))
    };
    let (start, end) = (moment("StartTime")?, moment("EndTime")?);
    if start >= end {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    let period = input::integer(request, "Period")
        .and_then(|period| u32::try_from(period).ok())
        .filter(|period| matches!(period, 1 | 5 | 10 | 20 | 30) || (*period > 0 && period % 60 == 0))
        .ok_or_else(|| invalid("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."))?;
    let names = |list: &str| {
        let all = input::texts(request, list);
        let read = |name: &&str| {
            Stat::read(name).ok_or_else(|| invalid(format!("The parameter {list} has no {name}.")))
        };
        all.iter().map(|name| Ok((*name, read(name)?))).collect::<Result<Vec<_>, Fault>>()
    };
    let (plain, extended) = (names("Statistics")?, names("ExtendedStatistics")?);
    if plain.is_empty() == extended.is_empty() {
        return Err(combination("Must specify either Statistics or ExtendedStatistics, and not both."));
    }
    let grid = Grid::new(start.max(call.now - retention(period)), end, period, call.now);
    if grid.periods > MOST {
        return Err(combination(format!(
            "You have requested up to {} datapoints, which exceeds the limit of 1,440.",
            grid.periods
        )));
    }
    let subjects = landscape.subjects(&call.account, &call.region);
    let by = dimensions(request, 30).map_err(invalid)?;
    let series = Catalog::new(&subjects).find(namespace, metric, &by);
    let mut points: Vec<Map<String, Value>> = vec![Map::new(); grid.periods];
    if let Some(series) = &series {
        let mut reader = Reader::new(landscape, &call.account, &call.region, &subjects, call.now);
        for (place, (name, stat)) in plain.iter().chain(&extended).enumerate() {
            for (point, value) in points.iter_mut().zip(reader.values(series, *stat, grid)) {
                let Some(value) = value.filter(|value| value.is_finite()) else { continue };
                let value = json!((value * 1e6).round() / 1e6);
                if place < plain.len() {
                    point.insert((*name).to_owned(), value);
                } else {
                    let more = point.entry("ExtendedStatistics").or_insert_with(|| json!({}));
                    if let Some(more) = more.as_object_mut() {
                        more.insert((*name).to_owned(), value);
                    }
                }
            }
        }
    }
    let mut found: Vec<(u64, Value)> = Vec::new();
    for (n, mut point) in points.into_iter().enumerate().filter(|(_, point)| !point.is_empty()) {
        let at = grid.at(n);
        point.insert("Timestamp".to_owned(), timestamp(at));
        point.insert("Unit".to_owned(), json!(unit(metric)));
        found.push((hash::mix(at.to_bits()), Value::Object(point)));
    }
    // "the data points ... are not in chronological order"
    found.sort_by_key(|(order, _)| *order);
    let points: Vec<Value> = found.into_iter().map(|(_, point)| point).collect();
    Ok(json!({ "Label": metric, "Datapoints": points }))
}

fn combination(message: impl Into<String>) -> Fault {
    Fault::client("InvalidParameterCombinationException", message)
}

fn unit(metric: &str) -> &'static str {
    match metric {
        "TargetResponseTime" => "Seconds",
        "RequestLatency" => "Milliseconds",
        "FreeStorageSpace" | "FreeableMemory" => "Bytes",
        name if name.ends_with("Utilization") => "Percent",
        _ => "Count",
    }
}
