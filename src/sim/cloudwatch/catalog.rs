//! Which metrics there are: namespaces, names, dimensions, and the subjects behind them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::super::api::{Subject, Way};

/// What a metric measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Percent of the CPU that was reserved.
    Cpu,
    /// Percent of the memory that was reserved.
    Memory,
    /// CPU units used.
    CpuUsed,
    /// CPU units reserved.
    CpuReserved,
    /// Mebibytes used.
    MemoryUsed,
    /// Mebibytes reserved.
    MemoryReserved,
    /// Tasks or instances that run.
    Running,
    /// Tasks that do not run yet.
    Pending,
    /// Tasks wanted.
    Desired,
    /// Deployments of the service.
    Deployments,
    /// Bytes a second that came in.
    Received,
    /// Bytes a second that went out.
    Sent,
    /// Requests that the load balancer took.
    BalancerRequests,
    /// The same, by target.
    RequestsPerTarget,
    /// Seconds until the target answered.
    TargetLatency,
    /// Answers 2xx of the targets.
    Target2xx,
    /// Answers 4xx of the targets.
    Target4xx,
    /// Answers 5xx of the targets.
    Target5xx,
    /// Answers 5xx of the load balancer itself.
    Balancer5xx,
    /// Targets that pass their health check.
    Healthy,
    /// Targets that do not.
    Unhealthy,
    /// Requests to an App Runner service.
    AppRequests,
    /// Its answers 2xx.
    App2xx,
    /// Its answers 4xx.
    App4xx,
    /// Its answers 5xx.
    App5xx,
    /// Milliseconds until it answered.
    AppLatency,
    /// Requests at once, by instance.
    Concurrency,
    /// Connections to a database.
    Connections,
    /// Bytes free on disk.
    FreeStorage,
    /// Bytes free in memory.
    FreeMemory,
}

/// The dimensions that a metric is published by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// ClusterName and ServiceName.
    Service,
    /// LoadBalancer and TargetGroup.
    Both,
    /// TargetGroup.
    TargetGroup,
    /// LoadBalancer.
    Balancer,
    /// ServiceName and ServiceID.
    App,
    /// DBInstanceIdentifier.
    Database,
}

const ECS: &str = "AWS/ECS";
const INSIGHTS: &str = "ECS/ContainerInsights";
const ALB: &str = "AWS/ApplicationELB";
const APP_RUNNER: &str = "AWS/AppRunner";
const RDS: &str = "AWS/RDS";

/// A metric that is published.
#[derive(Debug, Clone, Copy)]
pub struct Published {
    /// Namespace.
    pub namespace: &'static str,
    /// MetricName.
    pub name: &'static str,
    /// Its dimensions.
    pub by: By,
    /// What it measures.
    pub metric: Metric,
}

const fn row(namespace: &'static str, name: &'static str, by: By, metric: Metric) -> Published {
    Published { namespace, name, by, metric }
}

/// Everything that is published, by namespace, name and dimensions.
pub const PUBLISHED: &[Published] = &[
    row(APP_RUNNER, "2xxStatusResponses", By::App, Metric::App2xx),
    row(APP_RUNNER, "4xxStatusResponses", By::App, Metric::App4xx),
    row(APP_RUNNER, "5xxStatusResponses", By::App, Metric::App5xx),
    row(APP_RUNNER, "ActiveInstances", By::App, Metric::Running),
    row(APP_RUNNER, "CPUUtilization", By::App, Metric::Cpu),
    row(APP_RUNNER, "Concurrency", By::App, Metric::Concurrency),
    row(APP_RUNNER, "MemoryUtilization", By::App, Metric::Memory),
    row(APP_RUNNER, "RequestLatency", By::App, Metric::AppLatency),
    row(APP_RUNNER, "Requests", By::App, Metric::AppRequests),
    row(ALB, "HTTPCode_ELB_5XX_Count", By::Balancer, Metric::Balancer5xx),
    row(ALB, "HTTPCode_Target_2XX_Count", By::Both, Metric::Target2xx),
    row(ALB, "HTTPCode_Target_2XX_Count", By::TargetGroup, Metric::Target2xx),
    row(ALB, "HTTPCode_Target_2XX_Count", By::Balancer, Metric::Target2xx),
    row(ALB, "HTTPCode_Target_4XX_Count", By::Both, Metric::Target4xx),
    row(ALB, "HTTPCode_Target_4XX_Count", By::TargetGroup, Metric::Target4xx),
    row(ALB, "HTTPCode_Target_4XX_Count", By::Balancer, Metric::Target4xx),
    row(ALB, "HTTPCode_Target_5XX_Count", By::Both, Metric::Target5xx),
    row(ALB, "HTTPCode_Target_5XX_Count", By::TargetGroup, Metric::Target5xx),
    row(ALB, "HTTPCode_Target_5XX_Count", By::Balancer, Metric::Target5xx),
    row(ALB, "HealthyHostCount", By::Both, Metric::Healthy),
    row(ALB, "RequestCount", By::Both, Metric::BalancerRequests),
    row(ALB, "RequestCount", By::TargetGroup, Metric::BalancerRequests),
    row(ALB, "RequestCount", By::Balancer, Metric::BalancerRequests),
    row(ALB, "RequestCountPerTarget", By::Both, Metric::RequestsPerTarget),
    row(ALB, "RequestCountPerTarget", By::TargetGroup, Metric::RequestsPerTarget),
    row(ALB, "TargetResponseTime", By::Both, Metric::TargetLatency),
    row(ALB, "TargetResponseTime", By::TargetGroup, Metric::TargetLatency),
    row(ALB, "TargetResponseTime", By::Balancer, Metric::TargetLatency),
    row(ALB, "UnHealthyHostCount", By::Both, Metric::Unhealthy),
    row(ECS, "CPUUtilization", By::Service, Metric::Cpu),
    row(ECS, "MemoryUtilization", By::Service, Metric::Memory),
    row(RDS, "CPUUtilization", By::Database, Metric::Cpu),
    row(RDS, "DatabaseConnections", By::Database, Metric::Connections),
    row(RDS, "FreeStorageSpace", By::Database, Metric::FreeStorage),
    row(RDS, "FreeableMemory", By::Database, Metric::FreeMemory),
    row(INSIGHTS, "CpuReserved", By::Service, Metric::CpuReserved),
    row(INSIGHTS, "CpuUtilized", By::Service, Metric::CpuUsed),
    row(INSIGHTS, "DeploymentCount", By::Service, Metric::Deployments),
    row(INSIGHTS, "DesiredTaskCount", By::Service, Metric::Desired),
    row(INSIGHTS, "MemoryReserved", By::Service, Metric::MemoryReserved),
    row(INSIGHTS, "MemoryUtilized", By::Service, Metric::MemoryUsed),
    row(INSIGHTS, "NetworkRxBytes", By::Service, Metric::Received),
    row(INSIGHTS, "NetworkTxBytes", By::Service, Metric::Sent),
    row(INSIGHTS, "PendingTaskCount", By::Service, Metric::Pending),
    row(INSIGHTS, "RunningTaskCount", By::Service, Metric::Running),
];

/// Names and values of dimensions, and the way in that they are about.
pub type Named<'a> = (Vec<(&'static str, &'a str)>, Option<usize>);

/// Names and values of the dimensions that a subject is published by, each sorted by name, with the way in that they
/// are about; nothing where it is not published so.
pub fn dimensions(subject: &Subject, by: By) -> Vec<Named<'_>> {
    let whole = |list| vec![(list, None)];
    match (subject, by) {
        (Subject::Ecs { cluster, service, .. }, By::Service) => {
            whole(vec![("ClusterName", cluster.as_str()), ("ServiceName", service.as_str())])
        }
        (Subject::Ecs { ways, .. }, By::Both) => each(ways, |way| {
            vec![("LoadBalancer", way.balancer.as_str()), ("TargetGroup", way.group.as_str())]
        }),
        (Subject::Ecs { ways, .. }, By::TargetGroup) => {
            each(ways, |way| vec![("TargetGroup", way.group.as_str())])
        }
        (Subject::Ecs { ways, .. }, By::Balancer) => {
            each(ways, |way| vec![("LoadBalancer", way.balancer.as_str())])
        }
        (Subject::AppRunner { name, id, .. }, By::App) => {
            whole(vec![("ServiceID", id.as_str()), ("ServiceName", name.as_str())])
        }
        (Subject::Database { id, .. }, By::Database) => whole(vec![("DBInstanceIdentifier", id.as_str())]),
        _ => Vec::new(),
    }
}

fn each<'a>(ways: &'a [Way], of: impl Fn(&'a Way) -> Vec<(&'static str, &'a str)>) -> Vec<Named<'a>> {
    ways.iter().enumerate().map(|(place, way)| (of(way), Some(place))).collect()
}

/// The way in that a member of a series is about.
pub fn way_of(subject: &Subject, way: Option<usize>) -> Option<&Way> {
    match subject {
        Subject::Ecs { ways, .. } => ways.get(way?),
        _ => None,
    }
}

/// A series of values: a metric of one subject, or of all that share a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What it measures.
    pub metric: Metric,
    /// Places in the list of subjects, and of their ways in.
    pub members: Vec<(usize, Option<usize>)>,
}

/// Finds series by namespace, name and dimensions.
#[derive(Debug)]
pub struct Catalog {
    by_dimensions: HashMap<u64, (By, Members)>,
}

type Members = Vec<(usize, Option<usize>)>;

impl Catalog {
    /// A catalogue of these subjects.
    pub fn new(subjects: &[Subject]) -> Self {
        const ALL: [By; 6] = [By::Service, By::Both, By::TargetGroup, By::Balancer, By::App, By::Database];
        let mut by_dimensions: HashMap<u64, (By, Members)> = HashMap::with_capacity(subjects.len() * 2);
        for (place, subject) in subjects.iter().enumerate() {
            for by in ALL {
                for (dimensions, way) in dimensions(subject, by) {
                    by_dimensions.entry(key(&dimensions)).or_insert((by, Vec::new())).1.push((place, way));
                }
            }
        }
        Self { by_dimensions }
    }

    /// The series of that name; none when nothing publishes it. The order of dimensions is free.
    pub fn find(&self, namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Option<Series> {
        let mut dimensions = dimensions.to_vec();
        dimensions.sort_unstable();
        let (by, members) = self.by_dimensions.get(&key(&dimensions))?;
        let row =
            PUBLISHED.iter().find(|row| row.namespace == namespace && row.name == name && row.by == *by)?;
        Some(Series { metric: row.metric, members: members.clone() })
    }
}

fn key(sorted: &[(&str, &str)]) -> u64 {
    let mut hasher = DefaultHasher::new();
    sorted.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::super::api::Baseline;
    use super::*;

    const USUAL: Baseline = Baseline { cpu: 40.0, memory: 50.0, requests: 10.0, latency_ms: 80.0, seed: 1 };

    fn subjects() -> Vec<Subject> {
        let ecs = |service: &str, group: Option<&str>| Subject::Ecs {
            cluster: "prod".to_owned(),
            service: service.to_owned(),
            ways: group.map(|group| Way::only(group, "app/prod/1")).into_iter().collect(),
            baseline: USUAL,
        };
        vec![
            ecs("a", Some("targetgroup/a/1")),
            ecs("b", Some("targetgroup/b/2")),
            ecs("worker", None),
            Subject::AppRunner { name: "app".to_owned(), id: "42".to_owned(), baseline: USUAL },
            Subject::Database { id: "db".to_owned(), baseline: USUAL },
        ]
    }

    #[test]
    fn series_are_found_by_all_of_their_dimensions() {
        let catalog = Catalog::new(&subjects());
        let members = |namespace, name, dimensions: &[(&str, &str)]| {
            let found = catalog.find(namespace, name, dimensions)?;
            Some(found.members.into_iter().map(|(place, _)| place).collect::<Vec<_>>())
        };
        assert_eq!(
            members(ECS, "CPUUtilization", &[("ServiceName", "b"), ("ClusterName", "prod")]),
            Some(vec![1])
        );
        assert_eq!(members(ECS, "CPUUtilization", &[("ServiceName", "b")]), None);
        assert_eq!(members(ALB, "RequestCount", &[("LoadBalancer", "app/prod/1")]), Some(vec![0, 1]));
        assert_eq!(members(ALB, "RequestCount", &[("TargetGroup", "targetgroup/b/2")]), Some(vec![1]));
        assert_eq!(members(ALB, "HTTPCode_ELB_5XX_Count", &[("TargetGroup", "targetgroup/b/2")]), None);
        assert_eq!(
            members(APP_RUNNER, "Requests", &[("ServiceName", "app"), ("ServiceID", "42")]),
            Some(vec![3])
        );
        assert_eq!(members(APP_RUNNER, "Requests", &[("ServiceName", "app")]), None);
        assert_eq!(members(RDS, "DatabaseConnections", &[("DBInstanceIdentifier", "db")]), Some(vec![4]));
        assert_eq!(members(ECS, "Requests", &[("ServiceName", "b"), ("ClusterName", "prod")]), None);
    }
}
