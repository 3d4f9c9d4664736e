//! GetMetricData.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::super::api::{Answer, Call, Fault, Landscape};
use super::super::wire::{input, timestamps};
use super::catalog::{Catalog, Series};
use super::series::{Grid, Reader};
use super::stat::Stat;
use super::{dimensions, invalid, place, token};

/// Queries in one call.
const MAX_QUERIES: usize = 500;
/// Points in one call.
const MAX_POINTS: usize = 100_800;
const DAY: f64 = 86_400.0;

/// A query that was understood.
struct Query<'a> {
    id: &'a str,
    label: &'a str,
    series: Option<Series>,
    stat: Stat,
    period: u32,
}

pub fn get_metric_data(landscape: &dyn Landscape, call: &Call) -> Answer {
    let request = &call.input;
    let start =
        input::epoch(request, "StartTime").ok_or_else(|| invalid("StartTime is missing or no timestamp"))?;
    let end =
        input::epoch(request, "EndTime").ok_or_else(|| invalid("EndTime is missing or no timestamp"))?;
    if start >= end {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    let ascending = match input::text(request, "ScanBy") {
        None | Some("TimestampDescending") => false,
        Some("TimestampAscending") => true,
        Some(other) => {
            return Err(invalid(format!(
                "ScanBy is TimestampDescending or TimestampAscending, not {other:?}"
            )));
        }
    };
    let mut budget = match request.get("MaxDatapoints") {
        None => MAX_POINTS,
        Some(_) => input::integer(request, "MaxDatapoints")
            .and_then(|most| usize::try_from(most).ok())
            .filter(|most| (1..=MAX_POINTS).contains(most))
            .ok_or_else(|| invalid(format!("MaxDatapoints must be a number from 1 to {MAX_POINTS}")))?,
    };
    let subjects = landscape.subjects(&call.account, &call.region);
    let queries = read_queries(request, &Catalog::new(&subjects))?;
    let (mut skip_queries, mut skip_points) = begin(place(request)?)?;

    // a minute is told of some time after it is over
    let told = call.now - landscape.lag();
    let mut reader = Reader::new(landscape, &call.account, &call.region, &subjects, told);
    let mut results = Vec::with_capacity(queries.len());
    let mut next: Option<(usize, usize)> = None;
    for (number, query) in queries.iter().enumerate() {
        let (mut at, mut values, mut whole) = (Vec::new(), Vec::new(), next.is_none());
        if skip_queries > 0 {
            skip_queries -= 1;
        } else if whole && let Some(series) = &query.series {
            let kept_from = start.max(call.now - retention(query.period));
            let grid = Grid::new(kept_from, end, query.period, told);
            let points = reader.values(series, query.stat, grid);
            let mut points: Vec<(f64, f64)> = points
                .into_iter()
                .enumerate()
                .filter_map(|(n, value)| Some((grid.at(n), value.filter(|value| value.is_finite())?)))
                .collect();
            if !ascending {
                points.reverse();
            }
            let skip = std::mem::take(&mut skip_points);
            let rest = points.len().saturating_sub(skip);
            if rest > budget {
                next = Some((number, skip + budget));
                whole = false;
            }
            (at, values) = points
                .into_iter()
                .skip(skip)
                .take(budget)
                .map(|(at, value)| (at, Value::from((value * 1e6).round() / 1e6)))
                .unzip();
            budget -= at.len();
        }
        results.push(json!({
            "Id": query.id,
            "Label": query.label,
            "Timestamps": timestamps(at),
            "Values": values,
            "StatusCode": if whole { "Complete" } else { "PartialData" },
        }));
    }
    let next = next.map(|(query, point)| token(request, &format!("{query}-{point}")));
    Ok(json!({ "MetricDataResults": results, "NextToken": next, "Messages": [] }))
}

/// The query and the point in it at which a page begins.
fn begin(place: &str) -> Result<(usize, usize), Fault> {
    if place.is_empty() {
        return Ok((0, 0));
    }
    place
        .split_once('-')
        .and_then(|(query, point)| Some((query.parse().ok()?, point.parse().ok()?)))
        .ok_or_else(|| Fault::client("InvalidNextToken", "the token was not given out for this request"))
}

/// How long points of a period are kept, in seconds.
pub(super) fn retention(period: u32) -> f64 {
    match period {
        0..60 => 3.0 * 3600.0,
        60..300 => 15.0 * DAY,
        300..3600 => 63.0 * DAY,
        _ => 455.0 * DAY,
    }
}

fn read_queries<'a>(request: &'a Value, catalog: &Catalog) -> Result<Vec<Query<'a>>, Fault> {
    let list = input::list(request, "MetricDataQueries");
    if list.is_empty() {
        return Err(invalid("MetricDataQueries is missing or empty"));
    }
    if list.len() > MAX_QUERIES {
        return Err(invalid(format!(
            "The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
        )));
    }
    let mut ids = HashSet::new();
    let mut queries = Vec::with_capacity(list.len());
    for query in list {
        let id = input::text(query, "Id").unwrap_or_default();
        let well_formed = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.len() <= 255
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !well_formed {
            return Err(invalid(format!(
                "The value {id:?} for parameter Id must begin with a lower-case letter and have letters, digits and _ only."
            )));
        }
        if !ids.insert(id) {
            return Err(invalid(format!(
                "The values for parameter id in MetricDataQueries must be unique: {id}."
            )));
        }
        let stat = match (query.get("MetricStat"), input::text(query, "Expression")) {
            (Some(stat), None) => stat,
            (None, Some(_)) => {
                return Err(invalid(format!(
                    "The query {id} has an Expression, and the simulator does not evaluate metric math."
                )));
            }
            _ => {
                return Err(invalid(format!(
                    "The query {id} must have either MetricStat or Expression, and not both."
                )));
            }
        };
        // checked although nothing of it is returned
        let query_read =
            read_query(id, query, stat, catalog).map_err(|why| invalid(format!("Query {id}: {why}.")))?;
        if input::boolean(query, "ReturnData").unwrap_or(true) {
            queries.push(query_read);
        }
    }
    if queries.is_empty() {
        return Err(invalid("No query has ReturnData true."));
    }
    Ok(queries)
}

fn read_query<'a>(
    id: &'a str,
    query: &'a Value,
    stat: &'a Value,
    catalog: &Catalog,
) -> Result<Query<'a>, String> {
    let metric = stat.get("Metric").ok_or("MetricStat has no Metric")?;
    let namespace = input::text(metric, "Namespace").ok_or("the metric has no Namespace")?;
    let name = input::text(metric, "MetricName").ok_or("the metric has no MetricName")?;
    let period = input::integer(stat, "Period")
        .and_then(|period| u32::try_from(period).ok())
        .filter(|period| matches!(period, 1 | 5 | 10 | 20 | 30) || (*period > 0 && period % 60 == 0))
        .filter(|period| *period <= 31 * 86_400)
        .ok_or("Period must be 1, 5, 10, 20, 30 or a multiple of 60")?;
    let wanted = input::text(stat, "Stat").ok_or("MetricStat has no Stat")?;
    let stat = Stat::read(wanted).ok_or_else(|| {
        format!("the simulator does not compute the statistic {wanted:?}: it has Average, Sum, Minimum, Maximum, SampleCount and p0 to p100")
    })?;
    let series = catalog.find(namespace, name, &dimensions(metric, 30)?);
    let label = input::text(query, "Label").unwrap_or(name);
    Ok(Query { id, label, series, stat, period })
}
