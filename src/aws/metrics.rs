//! Metrics of several services in as few calls as possible, on one grid, with gaps left as gaps.

use super::{calls, clients::Clients, convert};
use crate::model::{
    Kind, Metric, MetricTarget, Range, Series, ServiceKey, Stamp, Trouble, Unread, metric::with_witnesses,
};
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

/// How a value of CloudWatch becomes ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unit {
    /// As it is.
    Plain,
    /// A sum over a period, told per minute here.
    PerMinute,
    /// Seconds there, milliseconds here.
    Seconds,
}

/// What CloudWatch calls one quantity, and how its values become ours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Source {
    namespace: &'static str,
    name: &'static str,
    stat: &'static str,
    dimensions: Vec<(&'static str, String)>,
    unit: Unit,
}

/// What one query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Role {
    /// A metric's first choice.
    Main(Metric),
    /// What stands in when the first choice has no data.
    Instead(Metric),
}

/// A source of a metric of one service: of all of it, or of one way in.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    role: Role,
    /// The way in, and its target group.
    way: Option<(u8, String)>,
    source: Source,
}

/// The sources of a metric of a service: of each way in, the first choice and what stands in for it. Those of one
/// balancer are the same for all services behind it, and asked once.
fn sources(target: &MetricTarget, metric: Metric, insights: Option<bool>) -> Vec<Part> {
    let main = Role::Main(metric);
    let whole = |role, source| Part { role, way: None, source };
    if target.key.kind == Kind::AppRunner {
        return apprunner(target, metric).map(|source| whole(main, source)).into_iter().collect();
    }
    let ecs = |namespace, name| Source {
        namespace,
        name,
        stat: "Average",
        dimensions: vec![
            ("ClusterName", target.key.cluster.to_string()),
            ("ServiceName", target.key.name.to_string()),
        ],
        unit: Unit::Plain,
    };
    let ways = |role, name, stat, unit| -> Vec<Part> {
        let part = |(balancer, group, way): (&str, &str, u8)| Part {
            role,
            way: Some((way, group.to_owned())),
            source: Source {
                namespace: "AWS/ApplicationELB",
                name,
                stat,
                dimensions: vec![("LoadBalancer", balancer.to_owned()), ("TargetGroup", group.to_owned())],
                unit,
            },
        };
        target.traffic.measured().map(part).collect()
    };
    match metric {
        Metric::Cpu => vec![whole(main, ecs("AWS/ECS", "CPUUtilization"))],
        Metric::Memory => vec![whole(main, ecs("AWS/ECS", "MemoryUtilization"))],
        Metric::Requests => ways(main, "RequestCount", "Sum", Unit::PerMinute),
        Metric::Errors => ways(main, "HTTPCode_Target_5XX_Count", "Sum", Unit::PerMinute),
        Metric::BalancerErrors => target
            .traffic
            .answering()
            .into_iter()
            .map(|balancer| {
                // the target's errors are not in it, and it has no dimension TargetGroup
                let source = Source {
                    namespace: "AWS/ApplicationELB",
                    name: "HTTPCode_ELB_5XX_Count",
                    stat: "Sum",
                    dimensions: vec![("LoadBalancer", balancer.to_owned())],
                    unit: Unit::PerMinute,
                };
                whole(main, source)
            })
            .collect(),
        Metric::LatencyP50 => ways(main, "TargetResponseTime", "p50", Unit::Seconds),
        Metric::LatencyP99 => ways(main, "TargetResponseTime", "p99", Unit::Seconds),
        Metric::Tasks => {
            let healthy = ways(Role::Instead(metric), "HealthyHostCount", "Average", Unit::Plain);
            let mut found = Vec::new();
            if insights != Some(false) || healthy.is_empty() {
                found.push(whole(main, ecs("ECS/ContainerInsights", "RunningTaskCount")));
            }
            if insights != Some(true) {
                found.extend(healthy);
            }
            found
        }
    }
}

fn apprunner(target: &MetricTarget, metric: Metric) -> Option<Source> {
    let (name, stat, unit) = match metric {
        Metric::Cpu => ("CPUUtilization", "Average", Unit::Plain),
        Metric::Memory => ("MemoryUtilization", "Average", Unit::Plain),
        Metric::Requests => ("Requests", "Sum", Unit::PerMinute),
        Metric::Errors => ("5xxStatusResponses", "Sum", Unit::PerMinute),
        Metric::LatencyP50 => ("RequestLatency", "p50", Unit::Plain),
        Metric::LatencyP99 => ("RequestLatency", "p99", Unit::Plain),
        Metric::Tasks => ("ActiveInstances", "Average", Unit::Plain),
        // what its own balancer answers is among its answers
        Metric::BalancerErrors => return None,
    };
    Some(Source {
        namespace: "AWS/AppRunner",
        name,
        stat,
        dimensions: vec![
            ("ServiceName", target.key.name.to_string()),
            ("ServiceID", target.service_id.clone()),
        ],
        unit,
    })
}

/// What one service takes from one source.
#[derive(Debug)]
struct Use {
    role: Role,
    way: Option<(u8, String)>,
    /// Place of the source among all.
    source: usize,
}

type Points = Vec<Option<f32>>;

/// Everything that was asked for, and what came: sources, each once, and what each service takes from them.
#[derive(Debug, Default)]
struct Found {
    points: Vec<Points>,
    /// Why a source could not be read.
    unread: Vec<Option<Unread>>,
    uses: Vec<Vec<Use>>,
}

impl Found {
    /// What is to be asked, each source once.
    fn plan(
        targets: &[MetricTarget],
        wanted: &BTreeSet<Metric>,
        insights: impl Fn(&MetricTarget) -> Option<bool>,
    ) -> (Self, Vec<Source>) {
        let mut places: HashMap<Source, usize> = HashMap::new();
        let mut all: Vec<Source> = Vec::new();
        let mut uses = Vec::with_capacity(targets.len());
        for target in targets {
            let known = insights(target);
            let parts = wanted.iter().flat_map(|metric| sources(target, *metric, known));
            let own = parts.map(|Part { role, way, source }| {
                let place = *places.entry(source).or_insert_with_key(|source| {
                    all.push(source.clone());
                    all.len() - 1
                });
                Use { role, way, source: place }
            });
            uses.push(own.collect());
        }
        (Self { points: Vec::new(), unread: Vec::new(), uses }, all)
    }

    /// Whether a service has a source for this.
    fn asks(&self, target: usize, role: Role) -> bool {
        self.uses.get(target).is_some_and(|uses| uses.iter().any(|own| own.role == role))
    }

    /// Why a service's sources in a role could not be read; a sum without one of its parts is no sum.
    fn unread(&self, target: usize, role: Role) -> Option<&Unread> {
        let mut uses = self.uses.get(target)?.iter().filter(|own| own.role == role);
        uses.find_map(|own| self.unread.get(own.source)?.as_ref())
    }

    /// Why a metric of a service is not known, where that is so: neither its first choice nor what stands in tells it.
    fn unknown(&self, target: usize, metric: Metric, grid: Grid) -> Option<&Unread> {
        let of = |role| self.of(target, role, grid).is_some();
        if of(Role::Main(metric)) || of(Role::Instead(metric)) {
            return None;
        }
        self.unread(target, Role::Main(metric)).or_else(|| self.unread(target, Role::Instead(metric)))
    }

    /// What came for a service in a role; nothing where no source has data, or one could not be read.
    fn of(&self, target: usize, role: Role, grid: Grid) -> Option<Points> {
        if self.unread(target, role).is_some() {
            return None;
        }
        let uses = self.uses.get(target)?;
        let parts: Vec<(&Use, &Points)> = uses
            .iter()
            .filter(|own| own.role == role)
            .filter_map(|own| Some((own, self.points.get(own.source)?)))
            .collect();
        let joined = match role {
            Role::Main(Metric::LatencyP50 | Metric::LatencyP99) => {
                over(parts.iter().map(|part| part.1), grid, f32::max)
            }
            Role::Instead(_) => healthy(grid, &parts),
            Role::Main(_) => over(parts.iter().map(|part| part.1), grid, |a, b| a + b),
        };
        joined.iter().any(Option::is_some).then_some(joined)
    }
}

/// Healthy targets as a stand-in for tasks: a task is in one group of a pair, and in every way in; a group behind two
/// balancers is counted by both.
fn healthy(grid: Grid, parts: &[(&Use, &Points)]) -> Points {
    let mut ways: BTreeMap<u8, BTreeMap<&str, Points>> = BTreeMap::new();
    for part in parts {
        let Some((way, group)) = &part.0.way else { continue };
        let known = ways.entry(*way).or_default().entry(group.as_str()).or_insert_with(|| grid.empty());
        *known = over([&*known, part.1], grid, f32::max);
    }
    let sums: Vec<Points> = ways.values().map(|groups| over(groups.values(), grid, |a, b| a + b)).collect();
    over(&sums, grid, f32::max)
}

/// Series laid over one another; a gap only where all have one.
fn over<'a>(all: impl IntoIterator<Item = &'a Points>, grid: Grid, with: impl Fn(f32, f32) -> f32) -> Points {
    let mut out = grid.empty();
    for points in all {
        for (out, point) in out.iter_mut().zip(points) {
            *out = match (*out, *point) {
                (Some(a), Some(b)) => Some(with(a, b)),
                (a, b) => a.or(b),
            };
        }
    }
    out
}

/// Carries out `Ask::Metrics`.
pub(super) async fn read(
    clients: &Clients,
    targets: &[MetricTarget],
    metrics: &[Metric],
    range: Range,
    end: Stamp,
) -> Result<Answers, Trouble> {
    let grid = Grid::new(range, end);
    let wanted = with_witnesses(metrics);
    let insights = &clients.account.caches.insights;
    let (mut found, sources) = Found::plan(targets, &wanted, |target| insights.get(&target.key.cluster));
    found.points = vec![grid.empty(); sources.len()];
    found.unread = vec![None; sources.len()];
    let batch = QUERIES.min(POINTS / grid.count.max(1)).max(1);
    let asks: Vec<_> =
        sources
            .chunks(batch)
            .enumerate()
            .map(|(nth, sources)| async move {
                Ok::<_, Trouble>((nth * batch, ask(clients, sources, grid).await?))
            })
            .collect();
    let mut answers = stream::iter(asks).buffer_unordered(4);
    while let Some(answer) = answers.next().await {
        let (first, told) = answer?;
        let slots = found.points.iter_mut().zip(&mut found.unread).skip(first);
        for ((slot, unread), (points, why)) in slots.zip(told) {
            (*slot, *unread) = (points, why);
        }
    }
    drop(answers);
    Ok(targets
        .iter()
        .enumerate()
        .map(|(index, target)| {
            if target.key.kind != Kind::AppRunner && wanted.contains(&Metric::Tasks) {
                learn_insights(clients, target, index, &found, grid);
            }
            let series = metrics
                .iter()
                .map(|metric| Series {
                    metric: *metric,
                    start: Stamp::from_secs(grid.start),
                    period: grid.period,
                    points: points(&found, index, *metric, grid),
                    unread: found.unknown(index, *metric, grid).cloned(),
                })
                .collect();
            (target.key.clone(), series)
        })
        .collect())
}

/// Whether a cluster has Container Insights, so that the next ask need not pay for both sources.
fn learn_insights(clients: &Clients, target: &MetricTarget, index: usize, found: &Found, grid: Grid) {
    let has = |role| found.of(index, role, grid).is_some();
    let cache = &clients.account.caches.insights;
    if found.unread(index, Role::Main(Metric::Tasks)).is_some() {
        return;
    }
    if has(Role::Main(Metric::Tasks)) {
        cache.put(&target.key.cluster, true);
    } else if has(Role::Instead(Metric::Tasks)) && cache.get(&target.key.cluster).is_none() {
        cache.put(&target.key.cluster, false);
    }
}

/// The share of a service's requests up to which what its balancer answers by itself with 5xx does not matter.
const QUIET: f32 = 0.01;

/// A metric's points: the first choice or what stands in. Errors that AWS does not tell of are none where there were
/// requests; those of targets only where the balancer did not answer in their place.
fn points(found: &Found, target: usize, metric: Metric, grid: Grid) -> Points {
    let of = |role| found.of(target, role, grid);
    let mut points =
        of(Role::Main(metric)).or_else(|| of(Role::Instead(metric))).unwrap_or_else(|| grid.empty());
    if !matches!(metric, Metric::Errors | Metric::BalancerErrors) {
        return points;
    }
    let Some(requests) = of(Role::Main(Metric::Requests)) else { return points };
    // whoever was not heard was not quiet
    let heard = |metric| found.unread(target, Role::Main(metric)).is_none();
    if !heard(metric) || !heard(Metric::BalancerErrors) {
        return points;
    }
    let balancer = of(Role::Main(Metric::BalancerErrors)).unwrap_or_else(|| grid.empty());
    let told = metric == Metric::BalancerErrors && found.asks(target, Role::Main(metric));
    for ((point, requests), own) in points.iter_mut().zip(&requests).zip(&balancer) {
        let (None, Some(requests)) = (*point, *requests) else { continue };
        let quiet = own.is_none_or(|own| own <= requests * QUIET);
        if told || (metric == Metric::Errors && quiet) {
            *point = Some(0.0);
        }
    }
    points
}

/// The points of each source, or why it could not be read.
///
/// A call that succeeds may still have failed for a metric (model of CloudWatch, MetricDataResult): `InternalError` and
/// `Forbidden` come without values that could be believed. "`PartialData` means that an incomplete set of data points were
/// returned. You can use the `NextToken` value that was returned and repeat your request to get more data points": a later
/// page may say otherwise of each of them, and what the last page still calls partial is no whole series.
async fn ask(
    clients: &Clients,
    sources: &[Source],
    grid: Grid,
) -> Result<Vec<(Points, Option<Unread>)>, Trouble> {
    let request: Vec<MetricDataQuery> =
        sources.iter().enumerate().map(|(index, source)| query_of(index, source, grid)).collect();
    let mut found = vec![grid.empty(); sources.len()];
    let by_id: HashMap<String, usize> = (0..sources.len()).map(|index| (id(index), index)).collect();
    let mut unread = vec![Some(silent("")); sources.len()];
    let mut next: Option<String> = None;
    let mut counted = false;
    loop {
        let call = || {
            clients
                .cloudwatch()
                .get_metric_data()
                .set_metric_data_queries(Some(request.clone()))
                .start_time(DateTime::from_secs(grid.start))
                .end_time(DateTime::from_secs(grid.end))
                .scan_by(types::ScanBy::TimestampAscending)
                .set_next_token(next.take())
                .send()
        };
        let page = clients.call(&calls::GET_METRIC_DATA, "", call).await?;
        if !std::mem::replace(&mut counted, true) {
            clients.tally.metrics(sources.len());
        }
        for result in page.metric_data_results() {
            let Some(index) = result.id().and_then(|id| by_id.get(id)) else { continue };
            let (Some(source), Some(points)) = (sources.get(*index), found.get_mut(*index)) else { continue };
            if let Some(slot) = unread.get_mut(*index) {
                *slot = refused(result);
            }
            for (at, value) in result.timestamps().iter().zip(result.values()) {
                if let Some(slot) = grid.index(at.secs()).and_then(|index| points.get_mut(index)) {
                    *slot = Some(convert(source.unit, *value, grid.period));
                }
            }
        }
        next = page.next_token().map(str::to_owned).filter(|token| !token.is_empty());
        if next.is_none() {
            // what is said of the whole call says why metrics are left out ("Maximum number of allowed metrics exceeded")
            let why = words(page.messages());
            let left_out = silent("");
            for slot in unread.iter_mut().filter(|slot| slot.as_ref() == Some(&left_out)) {
                *slot = Some(silent(&why));
            }
            return Ok(found.into_iter().zip(unread).collect());
        }
    }
}

/// A metric that the answer does not name.
fn silent(why: &str) -> Unread {
    let why = if why.is_empty() { "CloudWatch left it out of its answer" } else { why };
    Unread { denied: false, why: why.to_owned() }
}

/// Why a result is none.
fn refused(result: &types::MetricDataResult) -> Option<Unread> {
    let status = result.status_code()?;
    let (code, told) = (status.as_str(), words(result.messages()));
    match status {
        types::StatusCode::PartialData if told.is_empty() => {
            let why = "CloudWatch gave only some of its data points (PartialData)".to_owned();
            return Some(Unread { denied: false, why });
        }
        types::StatusCode::InternalError | types::StatusCode::Forbidden | types::StatusCode::PartialData => {}
        _ => return None,
    }
    let why = if told.is_empty() { code.to_owned() } else { format!("{code}: {told}") };
    Some(Unread { denied: *status == types::StatusCode::Forbidden, why })
}

/// What CloudWatch says besides.
fn words(messages: &[types::MessageData]) -> String {
    let told = messages.iter().filter_map(|m| m.value().or(m.code())).map(|word| convert::line(Some(word)));
    told.collect::<Vec<_>>().join("; ")
}

/// A value in the model's unit.
#[allow(clippy::cast_possible_truncation)] // charts need no more than f32 can tell
fn convert(unit: Unit, value: f64, period: i32) -> f32 {
    let value = match unit {
        Unit::Plain => value,
        Unit::PerMinute => value * 60.0 / f64::from(period.max(1)),
        Unit::Seconds => value * 1000.0,
    };
    value as f32
}

fn id(index: usize) -> String {
    format!("m{index}")
}

fn query_of(index: usize, source: &Source, grid: Grid) -> MetricDataQuery {
    let dimensions = source
        .dimensions
        .iter()
        .map(|(name, value)| Dimension::builder().name(*name).value(value).build())
        .collect();
    let metric = types::Metric::builder()
        .namespace(source.namespace)
        .metric_name(source.name)
        .set_dimensions(Some(dimensions))
        .build();
    let stat = MetricStat::builder().metric(metric).period(grid.period).stat(source.stat).build();
    MetricDataQuery::builder().id(id(index)).metric_stat(stat).return_data(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Balancer, Route, Traffic, traffic};

    fn group(name: &str) -> String {
        format!("arn:aws:elasticloadbalancing:r:1:targetgroup/{name}/2")
    }

    fn target(kind: Kind, balancer: bool) -> MetricTarget {
        MetricTarget {
            key: ServiceKey::new("prod", kind, "c", "s"),
            traffic: if balancer { Traffic::one("app/b/1", &group("g")) } else { Traffic::default() },
            service_id: "id".into(),
        }
    }

    /// A service behind a public and an internal balancer, the internal way with a blue/green pair, and an NLB.
    fn wide(name: &str) -> MetricTarget {
        let mut target = target(Kind::Ecs, false);
        target.key = ServiceKey::new("prod", Kind::Ecs, "c", name);
        for (balancer, own, role, way) in [
            ("app/public/1", "p", traffic::Role::Production, 0),
            ("app/internal/2", "i", traffic::Role::Production, 1),
            ("app/internal/2", "i-alt", traffic::Role::Alternate, 1),
            ("net/edge/3", "tcp", traffic::Role::Production, 2),
        ] {
            target.traffic.add(Route {
                balancer: Some(Balancer::of_id(balancer)),
                group: Some(group(&format!("{name}-{own}"))),
                role,
                way,
            });
        }
        target
    }

    fn filled(targets: &[MetricTarget], metrics: &[Metric], value: impl Fn(&Source) -> Points) -> Found {
        let (mut found, sources) = Found::plan(targets, &with_witnesses(metrics), |_| None);
        found.points = sources.iter().map(value).collect();
        found.unread = vec![None; sources.len()];
        found
    }

    fn told(target: &MetricTarget, metric: Metric) -> Vec<String> {
        sources(target, metric, None)
            .iter()
            .map(|part| {
                let s = &part.source;
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
    fn every_way_in_is_asked_and_each_balancer_once() {
        let targets = [wide("a"), wide("b")];
        let metrics = [Metric::Requests, Metric::Errors];
        let (_, sources) = Found::plan(&targets, &with_witnesses(&metrics), |_| Some(true));
        // three ways of two services for requests and errors, and two balancers
        assert_eq!(sources.len(), 2 * 3 * 2 + 2);
        assert!(sources.iter().all(|s| s.dimensions.iter().all(|(_, value)| !value.starts_with("net/"))));
        for metrics in [&Metric::ALL[..], &metrics, &[Metric::Cpu], &[Metric::LatencyP99], &[]] {
            for known in [Some(true), Some(false)] {
                let all = [wide("a"), target(Kind::Ecs, false), target(Kind::AppRunner, false)];
                let (_, sources) = Found::plan(&all, &with_witnesses(metrics), |_| known);
                let counted = crate::model::metric::count(&all, metrics);
                // without Container Insights healthy targets of each way stand in for tasks
                let spared = if known == Some(true) && metrics.contains(&Metric::Tasks) { 2 } else { 0 };
                assert_eq!(sources.len() + spared, counted, "{metrics:?} {known:?}");
            }
        }
    }

    #[test]
    fn all_ways_in_are_added_up_and_the_slowest_tells() {
        let grid = Grid { start: 0, end: 120, period: 60, count: 2 };
        let of = |source: &Source| source.dimensions.last().map(|d| d.1.clone()).unwrap_or_default();
        let found = filled(&[wide("a")], &Metric::ALL, |source| match (source.name, of(source).as_str()) {
            ("RequestCount", "targetgroup/a-p/2") => vec![Some(100.0), Some(100.0)],
            ("RequestCount", "targetgroup/a-i-alt/2") => vec![Some(50.0), None],
            ("HTTPCode_Target_5XX_Count", "targetgroup/a-i-alt/2") => vec![Some(30.0), None],
            ("TargetResponseTime", "targetgroup/a-p/2") => vec![Some(80.0), Some(80.0)],
            ("TargetResponseTime", "targetgroup/a-i-alt/2") => vec![Some(900.0), None],
            ("HealthyHostCount", "targetgroup/a-i/2") => vec![Some(1.0), Some(0.0)],
            ("HealthyHostCount", "targetgroup/a-p/2" | "targetgroup/a-i-alt/2") => vec![Some(4.0), Some(4.0)],
            _ => vec![None, None],
        });
        let points = |metric| points(&found, 0, metric, grid);
        assert_eq!(points(Metric::Requests), [Some(150.0), Some(100.0)]);
        assert_eq!(points(Metric::Errors), [Some(30.0), Some(0.0)]);
        assert_eq!(points(Metric::BalancerErrors), [Some(0.0), Some(0.0)]);
        assert_eq!(points(Metric::LatencyP99), [Some(900.0), Some(80.0)]);
        assert_eq!(points(Metric::Tasks), [Some(5.0), Some(4.0)]);
    }

    #[test]
    fn no_errors_of_targets_are_none_only_where_the_balancer_is_quiet() {
        let grid = Grid { start: 0, end: 180, period: 60, count: 3 };
        let found = filled(&[target(Kind::Ecs, true)], &[Metric::Errors], |source| match source.name {
            "RequestCount" => vec![Some(600.0), Some(600.0), None],
            "HTTPCode_ELB_5XX_Count" => vec![Some(480.0), Some(1.0), Some(7.0)],
            _ => vec![None; 3],
        });
        assert_eq!(points(&found, 0, Metric::Errors, grid), [None, Some(0.0), None]);
        assert_eq!(points(&found, 0, Metric::BalancerErrors, grid), [Some(480.0), Some(1.0), Some(7.0)]);
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
        let all = [target(Kind::Ecs, true), target(Kind::Ecs, false)];
        let found = filled(&all, &[Metric::Errors], |source| match source.name {
            "RequestCount" => vec![Some(10.0), Some(12.0), None, None],
            "HTTPCode_Target_5XX_Count" => vec![None, Some(3.0), None, None],
            _ => vec![None; 4],
        });
        assert_eq!(points(&found, 0, Metric::Errors, grid), vec![Some(0.0), Some(3.0), None, None]);
        assert_eq!(points(&found, 1, Metric::Errors, grid), vec![None; 4]);
        assert_eq!(points(&found, 1, Metric::BalancerErrors, grid), vec![None; 4]);
    }

    #[test]
    fn what_stands_in_is_used_only_without_the_first_choice() {
        let grid = Grid { start: 0, end: 120, period: 60, count: 2 };
        let with = |running: Points| {
            filled(&[target(Kind::Ecs, true)], &[Metric::Tasks], move |source| match source.name {
                "RunningTaskCount" => running.clone(),
                _ => vec![Some(2.0), None],
            })
        };
        assert_eq!(points(&with(vec![None, None]), 0, Metric::Tasks, grid), vec![Some(2.0), None]);
        assert_eq!(points(&with(vec![None, Some(4.0)]), 0, Metric::Tasks, grid), vec![None, Some(4.0)]);
    }

    #[test]
    fn sums_are_told_per_minute_and_seconds_in_milliseconds() {
        assert!((convert(Unit::PerMinute, 600.0, 300) - 120.0).abs() < f32::EPSILON);
        assert!((convert(Unit::Seconds, 0.25, 60) - 250.0).abs() < f32::EPSILON);
    }
}
