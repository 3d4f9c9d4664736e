//! Metrics of several services in as few calls as possible, on one grid, with gaps left as gaps.

use super::{calls, link::Link, text};
use crate::model::{Kind, Metric, MetricTarget, Range, Series, ServiceKey, Stamp, Trouble};
use aws_sdk_cloudwatch::types::{self, Dimension, MetricDataQuery, MetricStat};
use aws_smithy_types::DateTime;
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Queries in one GetMetricData call.
const QUERIES: usize = 500;
/// Points in one GetMetricData call.
const POINTS: usize = 100_800;

/// Series by service, as `Answer::Metrics` carries them.
type Answers = Vec<(ServiceKey, Vec<Series>)>;

/// The grid all series of one ask lie on: whole periods that are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    start: i64,
    end: i64,
    period: i32,
    count: usize,
}

impl Grid {
    fn new(range: Range, end: Stamp) -> Self {
        let period = range.period();
        let step = i64::from(period);
        // the period under way is left out: its sums would read as a drop
        let end = end.secs().div_euclid(step) * step;
        let count = usize::try_from(range.seconds() / step).unwrap_or(0);
        Self { start: end - range.seconds(), end, period, count }
    }

    fn index(&self, at: i64) -> Option<usize> {
        let offset = at.checked_sub(self.start)?;
        if offset < 0 || at >= self.end {
            return None;
        }
        usize::try_from(offset / i64::from(self.period)).ok()
    }

    fn empty(&self) -> Vec<Option<f32>> {
        vec![None; self.count]
    }
}

/// What CloudWatch calls one quantity, and how its values become ours.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    namespace: &'static str,
    name: &'static str,
    stat: &'static str,
    dimensions: Vec<(&'static str, String)>,
    factor: f64,
    per_minute: bool,
}

/// What one query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Role {
    /// A metric's first choice.
    Main(Metric),
    /// What stands in when the first choice has no data.
    Instead(Metric),
}

/// The sources of a metric of a service: the first choice, and what stands in for it.
fn sources(target: &MetricTarget, metric: Metric, insights: Option<bool>) -> Vec<(Role, Source)> {
    let main = Role::Main(metric);
    if target.key.kind == Kind::AppRunner {
        return vec![(main, apprunner(target, metric))];
    }
    let service = || {
        vec![("ClusterName", target.key.cluster.to_string()), ("ServiceName", target.key.name.to_string())]
    };
    let ecs = |name, stat| Source {
        namespace: "AWS/ECS",
        name,
        stat,
        dimensions: service(),
        factor: 1.0,
        per_minute: false,
    };
    let balancer = |name, stat, factor, per_minute| {
        target.balancer.as_ref().map(|(balancer, group)| Source {
            namespace: "AWS/ApplicationELB",
            name,
            stat,
            dimensions: vec![("LoadBalancer", balancer.clone()), ("TargetGroup", group.clone())],
            factor,
            per_minute,
        })
    };
    let one = |source: Option<Source>| source.map(|s| (main, s)).into_iter().collect();
    match metric {
        Metric::Cpu => vec![(main, ecs("CPUUtilization", "Average"))],
        Metric::Memory => vec![(main, ecs("MemoryUtilization", "Average"))],
        Metric::Requests => one(balancer("RequestCount", "Sum", 1.0, true)),
        Metric::Errors => one(balancer("HTTPCode_Target_5XX_Count", "Sum", 1.0, true)),
        // seconds there, milliseconds here
        Metric::LatencyP50 => one(balancer("TargetResponseTime", "p50", 1000.0, false)),
        Metric::LatencyP99 => one(balancer("TargetResponseTime", "p99", 1000.0, false)),
        Metric::Tasks => {
            let mut found = Vec::new();
            if insights != Some(false) || target.balancer.is_none() {
                let mut source = ecs("RunningTaskCount", "Average");
                source.namespace = "ECS/ContainerInsights";
                found.push((main, source));
            }
            if insights != Some(true) {
                let healthy = balancer("HealthyHostCount", "Average", 1.0, false);
                found.extend(healthy.map(|source| (Role::Instead(metric), source)));
            }
            found
        }
    }
}

fn apprunner(target: &MetricTarget, metric: Metric) -> Source {
    let (name, stat, per_minute) = match metric {
        Metric::Cpu => ("CPUUtilization", "Average", false),
        Metric::Memory => ("MemoryUtilization", "Average", false),
        Metric::Requests => ("Requests", "Sum", true),
        Metric::Errors => ("5xxStatusResponses", "Sum", true),
        Metric::LatencyP50 => ("RequestLatency", "p50", false),
        Metric::LatencyP99 => ("RequestLatency", "p99", false),
        Metric::Tasks => ("ActiveInstances", "Average", false),
    };
    Source {
        namespace: "AWS/AppRunner",
        name,
        stat,
        dimensions: vec![
            ("ServiceName", target.key.name.to_string()),
            ("ServiceID", target.service_id.clone()),
        ],
        factor: 1.0,
        per_minute,
    }
}

/// One query: whose it is, what for, and where from.
struct Query {
    target: usize,
    role: Role,
    source: Source,
}

/// Values of all queries: by target, then by role.
type Found = BTreeMap<(usize, Role), Vec<Option<f32>>>;

/// Carries out `Ask::Metrics`.
pub(super) async fn read(
    link: &Link,
    targets: &[MetricTarget],
    metrics: &[Metric],
    range: Range,
    end: Stamp,
) -> Result<Answers, Trouble> {
    let grid = Grid::new(range, end);
    let mut wanted: BTreeSet<Metric> = metrics.iter().copied().collect();
    if wanted.contains(&Metric::Errors) {
        // needed to tell “no errors” from “no data”
        wanted.insert(Metric::Requests);
    }
    let insights = &link.account.caches.insights;
    let queries: Vec<Query> = targets
        .iter()
        .enumerate()
        .flat_map(|(index, target)| {
            let known = insights.get(&target.key.cluster);
            wanted
                .iter()
                .flat_map(move |metric| sources(target, *metric, known))
                .map(move |(role, source)| Query { target: index, role, source })
        })
        .collect();
    let batch = QUERIES.min(POINTS / grid.count.max(1)).max(1);
    let asks: Vec<_> = queries.chunks(batch).map(|batch| ask(link, batch, grid)).collect();
    let mut answers = stream::iter(asks).buffer_unordered(4);
    let mut found = Found::new();
    while let Some(answer) = answers.next().await {
        found.extend(answer?);
    }
    drop(answers);
    Ok(targets
        .iter()
        .enumerate()
        .map(|(index, target)| {
            if target.key.kind != Kind::AppRunner && wanted.contains(&Metric::Tasks) {
                learn_insights(link, target, index, &found);
            }
            let series = metrics
                .iter()
                .map(|metric| Series {
                    metric: *metric,
                    start: Stamp::from_secs(grid.start),
                    period: grid.period,
                    points: points(&found, index, *metric, grid),
                })
                .collect();
            (target.key.clone(), series)
        })
        .collect())
}

/// Whether a cluster has Container Insights, so that the next ask need not pay for both sources.
fn learn_insights(link: &Link, target: &MetricTarget, index: usize, found: &Found) {
    let has = |role| found.get(&(index, role)).is_some_and(|points| points.iter().any(Option::is_some));
    let cache = &link.account.caches.insights;
    if has(Role::Main(Metric::Tasks)) {
        cache.put(&target.key.cluster, true);
    } else if has(Role::Instead(Metric::Tasks)) && cache.get(&target.key.cluster).is_none() {
        cache.put(&target.key.cluster, false);
    }
}

/// A metric's points: the first choice or what stands in, and zero errors where there were requests.
fn points(found: &Found, target: usize, metric: Metric, grid: Grid) -> Vec<Option<f32>> {
    let of = |role| found.get(&(target, role)).filter(|p: &&Vec<Option<f32>>| p.iter().any(Option::is_some));
    let main = of(Role::Main(metric)).or_else(|| of(Role::Instead(metric)));
    if metric != Metric::Errors {
        return main.cloned().unwrap_or_else(|| grid.empty());
    }
    let mut errors = main.cloned().unwrap_or_else(|| grid.empty());
    if let Some(requests) = of(Role::Main(Metric::Requests)) {
        for (error, requests) in errors.iter_mut().zip(requests) {
            if error.is_none() && requests.is_some() {
                *error = Some(0.0);
            }
        }
    }
    errors
}

async fn ask(link: &Link, queries: &[Query], grid: Grid) -> Result<Found, Trouble> {
    let request: Vec<MetricDataQuery> =
        queries.iter().enumerate().map(|(index, query)| query_of(index, query, grid)).collect();
    let mut found: Found = queries.iter().map(|query| ((query.target, query.role), grid.empty())).collect();
    let by_id: HashMap<String, &Query> =
        queries.iter().enumerate().map(|(index, query)| (id(index), query)).collect();
    let mut next: Option<String> = None;
    let mut counted = false;
    loop {
        let call = || {
            link.cloudwatch()
                .get_metric_data()
                .set_metric_data_queries(Some(request.clone()))
                .start_time(DateTime::from_secs(grid.start))
                .end_time(DateTime::from_secs(grid.end))
                .scan_by(types::ScanBy::TimestampAscending)
                .set_next_token(next.take())
                .send()
        };
        let page = link.call(&calls::GET_METRIC_DATA, "", call).await?;
        if !std::mem::replace(&mut counted, true) {
            link.tally.metrics(queries.len());
        }
        for result in page.metric_data_results() {
            let Some(query) = result.id().and_then(|id| by_id.get(id)) else { continue };
            let Some(points) = found.get_mut(&(query.target, query.role)) else { continue };
            for (at, value) in result.timestamps().iter().zip(result.values()) {
                if let Some(slot) = grid.index(at.secs()).and_then(|index| points.get_mut(index)) {
                    *slot = Some(convert(&query.source, *value, grid.period));
                }
            }
        }
        next = page.next_token().map(text::name).filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// A value in the model's unit.
#[allow(clippy::cast_possible_truncation)] // charts need no more than f32 can tell
fn convert(source: &Source, value: f64, period: i32) -> f32 {
    let value = value * source.factor;
    let value = if source.per_minute { value * 60.0 / f64::from(period.max(1)) } else { value };
    value as f32
}

fn id(index: usize) -> String {
    format!("m{index}")
}

fn query_of(index: usize, query: &Query, grid: Grid) -> MetricDataQuery {
    let dimensions = query
        .source
        .dimensions
        .iter()
        .map(|(name, value)| Dimension::builder().name(*name).value(value).build())
        .collect();
    let metric = types::Metric::builder()
        .namespace(query.source.namespace)
        .metric_name(query.source.name)
        .set_dimensions(Some(dimensions))
        .build();
    let stat = MetricStat::builder().metric(metric).period(grid.period).stat(query.source.stat).build();
    MetricDataQuery::builder().id(id(index)).metric_stat(stat).return_data(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(kind: Kind, balancer: bool) -> MetricTarget {
        MetricTarget {
            key: ServiceKey::new("prod", kind, "c", "s"),
            balancer: balancer.then(|| ("app/b/1".to_owned(), "targetgroup/g/2".to_owned())),
            service_id: "id".into(),
        }
    }

    fn told(target: &MetricTarget, metric: Metric) -> Vec<String> {
        sources(target, metric, None)
            .iter()
            .map(|(_, s)| {
                format!(
                    "{}/{} {} {}",
                    s.namespace,
                    s.name,
                    s.stat,
                    s.dimensions.iter().map(|d| d.0).collect::<Vec<_>>().join("+")
                )
            })
            .collect()
    }

    #[test]
    fn every_kind_has_its_sources() {
        let plain = target(Kind::Ecs, false);
        let behind = target(Kind::Express, true);
        let runner = target(Kind::AppRunner, false);
        for (target, metric, expected) in [
            (&plain, Metric::Cpu, vec!["AWS/ECS/CPUUtilization Average ClusterName+ServiceName"]),
            (&plain, Metric::Requests, vec![]),
            (&plain, Metric::LatencyP99, vec![]),
            (
                &plain,
                Metric::Tasks,
                vec!["ECS/ContainerInsights/RunningTaskCount Average ClusterName+ServiceName"],
            ),
            (&behind, Metric::Requests, vec!["AWS/ApplicationELB/RequestCount Sum LoadBalancer+TargetGroup"]),
            (
                &behind,
                Metric::Errors,
                vec!["AWS/ApplicationELB/HTTPCode_Target_5XX_Count Sum LoadBalancer+TargetGroup"],
            ),
            (
                &behind,
                Metric::LatencyP99,
                vec!["AWS/ApplicationELB/TargetResponseTime p99 LoadBalancer+TargetGroup"],
            ),
            (
                &behind,
                Metric::Tasks,
                vec![
                    "ECS/ContainerInsights/RunningTaskCount Average ClusterName+ServiceName",
                    "AWS/ApplicationELB/HealthyHostCount Average LoadBalancer+TargetGroup",
                ],
            ),
            (&runner, Metric::Requests, vec!["AWS/AppRunner/Requests Sum ServiceName+ServiceID"]),
            (&runner, Metric::Errors, vec!["AWS/AppRunner/5xxStatusResponses Sum ServiceName+ServiceID"]),
            (&runner, Metric::LatencyP50, vec!["AWS/AppRunner/RequestLatency p50 ServiceName+ServiceID"]),
            (&runner, Metric::Tasks, vec!["AWS/AppRunner/ActiveInstances Average ServiceName+ServiceID"]),
        ] {
            assert_eq!(told(target, metric), expected, "{metric:?}");
        }
        assert_eq!(sources(&behind, Metric::Tasks, Some(true)).len(), 1);
        assert_eq!(sources(&behind, Metric::Tasks, Some(false)).len(), 1);
    }

    #[test]
    fn the_grid_is_whole_periods_that_are_over() {
        let grid = Grid::new(Range::M15, Stamp::from_secs(1_000_000_030));
        assert_eq!((grid.end, grid.start, grid.count), (999_999_960 + 60, 999_999_120, 15));
        assert_eq!(grid.index(grid.start), Some(0));
        assert_eq!(grid.index(grid.start + 59), Some(0));
        assert_eq!(grid.index(grid.end - 1), Some(14));
        assert_eq!(grid.index(grid.end), None);
        assert_eq!(grid.index(grid.start - 1), None);
        for range in Range::ALL {
            let grid = Grid::new(range, Stamp::from_secs(1_763_700_000));
            assert_eq!(grid.start % i64::from(grid.period), 0);
            assert!(grid.count * QUERIES <= POINTS || POINTS / grid.count > 0);
        }
    }

    #[test]
    fn errors_are_zero_where_there_were_requests_and_gaps_elsewhere() {
        let grid = Grid { start: 0, end: 240, period: 60, count: 4 };
        let mut found = Found::new();
        found.insert((0, Role::Main(Metric::Requests)), vec![Some(10.0), Some(12.0), None, None]);
        found.insert((0, Role::Main(Metric::Errors)), vec![None, Some(3.0), None, None]);
        assert_eq!(points(&found, 0, Metric::Errors, grid), vec![Some(0.0), Some(3.0), None, None]);
        assert_eq!(points(&found, 1, Metric::Errors, grid), vec![None; 4]);
    }

    #[test]
    fn what_stands_in_is_used_only_without_the_first_choice() {
        let grid = Grid { start: 0, end: 120, period: 60, count: 2 };
        let mut found = Found::new();
        found.insert((0, Role::Main(Metric::Tasks)), vec![None, None]);
        found.insert((0, Role::Instead(Metric::Tasks)), vec![Some(2.0), None]);
        assert_eq!(points(&found, 0, Metric::Tasks, grid), vec![Some(2.0), None]);
        found.insert((0, Role::Main(Metric::Tasks)), vec![None, Some(4.0)]);
        assert_eq!(points(&found, 0, Metric::Tasks, grid), vec![None, Some(4.0)]);
    }

    #[test]
    fn sums_are_told_per_minute_and_seconds_in_milliseconds() {
        let source = |per_minute, factor| Source {
            namespace: "n",
            name: "m",
            stat: "Sum",
            dimensions: vec![],
            factor,
            per_minute,
        };
        assert!((convert(&source(true, 1.0), 600.0, 300) - 120.0).abs() < f32::EPSILON);
        assert!((convert(&source(false, 1000.0), 0.25, 60) - 250.0).abs() < f32::EPSILON);
    }
}
