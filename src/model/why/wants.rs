//! What is still to be read, to explain a service.

use super::{
    deaths,
    parts::{Evidence, Known},
};
use crate::model::{Ask, DeploymentStatus, Metric, MetricTarget, Range, ServiceDetail, Stamp, running, task};

/// The metrics that are looked at.
pub const METRICS: [Metric; 5] =
    [Metric::Requests, Metric::Errors, Metric::BalancerErrors, Metric::LatencyP99, Metric::Cpu];

/// Lines asked for at once.
const LINES: u32 = 400;
/// How long before its end the lines of a task are of interest, milliseconds.
const BEFORE_END: i64 = 90_000;
/// The same for tasks that run.
const RUNNING: i64 = 300_000;

/// What a read is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Want {
    /// The metrics of the last hour.
    Metrics,
    /// The last lines of a task; of those that run, where none is named.
    Lines(String),
    /// The definition of the last good revision.
    Before,
}

/// The reads that explain it further. `region` is the environment's; `asked` says what was asked for already.
pub fn wants(known: &Known<'_>, region: &str, asked: &dyn Fn(&Want) -> bool) -> Vec<(Want, Ask)> {
    let detail = known.detail;
    let mut found: Vec<(Want, Ask)> = Vec::new();
    let period = i64::from(Range::H1.period());
    let end = Stamp::from_secs((known.now.secs().div_euclid(period) + 1) * period);
    found.push((
        Want::Metrics,
        Ask::Metrics {
            targets: vec![MetricTarget {
                key: detail.service.key.clone(),
                traffic: detail.service.traffic.clone(),
                service_id: detail.service.service_id.clone(),
            }],
            metrics: METRICS.to_vec(),
            range: Range::H1,
            end,
        },
    ));
    if let Ok((main, _)) = detail.main_container() {
        for dead in deaths::asked(&deaths::grouped(known), known.evidence) {
            let Some(source) =
                main.log.of_task(&main.name, region, &dead.id, task::runtime_of(dead, &main.name))
            else {
                continue;
            };
            let since = dead.stopped_at.unwrap_or(known.now).plus(-BEFORE_END);
            found.push((Want::Lines(dead.id.clone()), Ask::Logs { source, since, next: None, limit: LINES }));
        }
        if let Ok(source) = main.log.source(&main.name, region) {
            let ask = Ask::Logs { source, since: known.now.plus(-RUNNING), next: None, limit: LINES };
            found.push((Want::Lines(String::new()), ask));
        }
    }
    if let Some(back) = back(detail)
        && known.evidence.before.is_none()
        && !back.0.is_empty()
    {
        found.push((Want::Before, Ask::Definition(back.0.to_owned())));
    }
    found.retain(|(want, _)| !asked(want));
    found
}

/// Takes in what a read found.
pub fn take(evidence: &mut Evidence, want: Want, answer: crate::model::Answer) {
    use crate::model::Answer;
    match (want, answer) {
        (Want::Metrics, Answer::Metrics(all)) => {
            evidence.series = all.into_iter().next().map(|(_, series)| series).unwrap_or_default();
        }
        (Want::Lines(task), Answer::Logs(chunk)) => {
            evidence.lines.retain(|last| last.task != task);
            let mut lines = chunk.lines;
            // the last are of interest, and of those that run the ones that complain
            if task.is_empty() {
                let told: Vec<_> = super::lines::telling(&lines).into_iter().cloned().collect();
                lines.retain(|line| super::lines::elsewhere(&line.text).is_some() || told.contains(line));
            }
            let cut = lines.len().saturating_sub(KEPT_LINES);
            lines.drain(..cut);
            evidence.lines.push(super::parts::LastLines { task, lines });
        }
        (Want::Before, Answer::Definition(definition)) => evidence.before = Some(definition),
        _ => {}
    }
}

/// Lines kept of one task.
const KEPT_LINES: usize = 40;

/// The revision to go back to: full ARN of its task definition, and its version. While something is being put in place
/// the last that was completed; else the last other one that was put in place successfully before.
pub fn back(detail: &ServiceDetail) -> Option<(&str, &crate::model::Version)> {
    let current = detail.service.task_definition.as_str();
    let completed = running::last_completed(detail).filter(|back| back.definition != current);
    if let Some(back) = completed {
        return Some((back.definition, back.version));
    }
    let number = |arn: &str| arn.rsplit_once(':').and_then(|(_, number)| number.parse::<u32>().ok());
    let past = detail.history.iter().filter(|h| h.status == DeploymentStatus::Successful);
    past.filter_map(|h| Some((h.task_definition.as_deref()?, &h.version)))
        .find(|(arn, _)| *arn != current && number(arn) < number(current))
}
