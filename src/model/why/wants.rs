//! What is still to be read, to explain a service.

use super::{
    deaths, lines,
    parts::{Evidence, Known, LastLines, Want},
};
use crate::model::{
    Answer, Ask, DeploymentStatus, Metric, MetricTarget, Range, ServiceDetail, Stamp, Trouble, TroubleKind,
    running, task,
};

/// The metrics that are looked at.
pub const METRICS: [Metric; 5] =
    [Metric::Requests, Metric::Errors, Metric::BalancerErrors, Metric::LatencyP99, Metric::Cpu];

/// Lines asked for at once.
const LINES: u32 = 400;
/// How long before its end the lines of a task are of interest, milliseconds.
const BEFORE_END: i64 = 90_000;
/// The same for tasks that run.
const RUNNING: i64 = 300_000;

/// The reads that explain it further, those made already among them where they are made again in time. `region` is the
/// environment's.
pub fn wants(known: &Known<'_>, region: &str) -> Vec<(Want, Ask)> {
    let detail = known.detail;
    let mut found: Vec<(Want, Ask)> = Vec::new();
    let period = i64::from(Range::H1.period());
    let end = Stamp::from_secs((known.now.secs().div_euclid(period) + 1) * period);
    if !known.evidence.unpaid {
        let target = MetricTarget {
            key: detail.service.key.clone(),
            traffic: detail.service.traffic.clone(),
            service_id: detail.service.service_id.clone(),
        };
        let metrics = METRICS.to_vec();
        found.push((Want::Metrics, Ask::Metrics { targets: vec![target], metrics, range: Range::H1, end }));
    }
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
    found
}

/// Takes in what a read found, or why it could not be made.
pub fn take(evidence: &mut Evidence, want: Want, result: Result<Answer, Trouble>) {
    evidence.unread.retain(|(other, _)| *other != want);
    match (want, result) {
        // a stream or a definition that is gone explains nothing
        (Want::Lines(task), Err(trouble)) if trouble.kind == TroubleKind::NotFound => {
            keep(&mut evidence.lines, LastLines { task, lines: Vec::new() });
        }
        (Want::Before, Err(trouble)) if trouble.kind == TroubleKind::NotFound => {}
        (want, Err(trouble)) => evidence.unread.push((want, trouble)),
        (Want::Metrics, Ok(Answer::Metrics(all))) => {
            evidence.series = all.into_iter().next().map(|(_, series)| series).unwrap_or_default();
        }
        (Want::Lines(task), Ok(Answer::Logs(chunk))) => {
            let mut lines = chunk.lines;
            // the last are of interest, and of those that run the ones that complain
            if task.is_empty() {
                let told: Vec<_> = lines::telling(&lines).into_iter().cloned().collect();
                lines.retain(|line| lines::elsewhere(&line.text).is_some() || told.contains(line));
            }
            let cut = lines.len().saturating_sub(KEPT_LINES);
            lines.drain(..cut);
            keep(&mut evidence.lines, LastLines { task, lines });
        }
        (Want::Before, Ok(Answer::Definition(definition))) => evidence.before = Some(definition),
        _ => {}
    }
}

/// Puts last lines to the others, and lets go of those that were read first: in a crash loop there is no end of tasks.
fn keep(all: &mut Vec<LastLines>, last: LastLines) {
    all.retain(|known| known.task != last.task);
    all.push(last);
    let over = all.len().saturating_sub(KEPT_TASKS);
    all.drain(..over);
}

/// Lines kept of one task.
const KEPT_LINES: usize = 40;
/// Tasks whose lines are kept; those that run count as one.
const KEPT_TASKS: usize = 12;

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
