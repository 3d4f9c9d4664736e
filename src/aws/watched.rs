//! The metric that an alarm watches, by its own statistic and period, so that its threshold means what it does to the alarm.

use super::{calls, clients::Clients};
use crate::model::{Metric, Series, Stamp, Trouble, TroubleKind, Watched};
use aws_sdk_cloudwatch::types;
use aws_smithy_types::DateTime;

/// Points at most: three hours of the shortest period that CloudWatch keeps so long.
const POINTS: usize = 1_200;

/// Reads it from `since` until before `end`.
pub(super) async fn read(
    clients: &Clients,
    watched: &Watched,
    since: Stamp,
    end: Stamp,
) -> Result<Series, Trouble> {
    let dimensions = watched
        .dimensions
        .iter()
        .map(|(name, value)| types::Dimension::builder().name(name).value(value).build())
        .collect();
    let metric = types::Metric::builder()
        .namespace(&watched.namespace)
        .metric_name(&watched.metric)
        .set_dimensions(Some(dimensions))
        .build();
    let stat =
        types::MetricStat::builder().metric(metric).period(watched.period).stat(&watched.statistic).build();
    let query = types::MetricDataQuery::builder().id("m0").metric_stat(stat).build();
    let period = i64::from(watched.period.max(1));
    let start = since.secs().div_euclid(period) * period;
    let wanted =
        usize::try_from((end.secs() - start).div_euclid(period).max(1)).unwrap_or(POINTS).min(POINTS);
    let call = || {
        clients
            .cloudwatch()
            .get_metric_data()
            .metric_data_queries(query)
            .start_time(DateTime::from_secs(start))
            .end_time(DateTime::from_secs(end.secs()))
            .scan_by(types::ScanBy::TimestampAscending)
            .send()
    };
    let page = clients.call(&calls::GET_METRIC_DATA, &watched.metric, call).await?;
    clients.tally.metrics(1);
    let mut points = vec![None; wanted];
    for result in page.metric_data_results() {
        if result.status_code() == Some(&types::StatusCode::Forbidden) {
            let why = "CloudWatch does not tell this metric to the caller";
            return Err(clients.trouble(&calls::GET_METRIC_DATA, &watched.metric, TroubleKind::Denied, why));
        }
        for (at, value) in result.timestamps().iter().zip(result.values()) {
            let place = usize::try_from((at.secs() - start).div_euclid(period)).ok();
            if let Some(point) = place.and_then(|place| points.get_mut(place)) {
                *point = narrow(*value);
            }
        }
    }
    let start = Stamp::from_secs(start);
    Ok(Series { metric: Metric::Tasks, start, period: watched.period, points, unread: None })
}

/// A value as charts hold it.
#[allow(clippy::cast_possible_truncation)] // a chart needs no more digits
fn narrow(value: f64) -> Option<f32> {
    value.is_finite().then_some(value as f32)
}
