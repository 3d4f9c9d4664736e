//! What speaks for the causes, in the order of its weight, each once.

use super::{
    causes::Found,
    deaths::Deaths,
    differs, lines,
    numbers::{Numbers, percent},
    parts::{CauseKind, Fact, Known, revision},
    words,
};
use crate::model::{Service, Stamp, Target, blame::By, traffic};

/// A day, milliseconds.
const DAY: i64 = 86_400_000;

/// All facts.
pub fn all(known: &Known<'_>, numbers: &Numbers, groups: &[Deaths<'_>], found: &Found) -> Vec<Fact> {
    let mut facts = Vec::new();
    let when = |at: Stamp| known.when(at);
    // the first is in the sentence, and what made a rollout be given up as well
    let memory = found.causes.iter().any(|cause| cause.kind == CauseKind::OutOfMemory);
    let told = if found.gave_up().is_some_and(|(_, because)| because.is_some()) { 2 } else { 1 };
    for cause in found.causes.iter().skip(told).take(3) {
        // what is measured is told as a number
        if matches!(cause.kind, CauseKind::Slow | CauseKind::Overload) {
            continue;
        }
        // a runtime that complains of the memory it was killed for says the same once more
        if memory && cause.kind == CauseKind::Errors && cause.words.to_lowercase().contains("out of memory") {
            continue;
        }
        facts.push(Fact { inferred: cause.inferred, ..Fact::new("also", &cause.words) });
    }
    alarms(known, &mut facts);
    deaths(known, groups.iter().filter(|g| g.here), &mut facts);
    if numbers.is_sick() || found.failing {
        running_lines(known, &mut facts);
    }
    targets(known, &mut facts);
    measured(known, numbers, &mut facts);
    let mut row = known.row.clone();
    if is_told(&row, &facts) {
        row.note.clear();
    }
    facts.extend(of_row(&row));
    rollout(known, found, &mut facts);
    if let Some(before) = &known.evidence.before
        && let Some(current) = &known.detail.task_definition
        && before.arn != current.arn
    {
        let told = differs::between(before, current);
        let from = revision(&before.arn, "");
        let text = if told.is_empty() { "nothing".to_owned() } else { clipped(&told) };
        facts.push(Fact::new("differs", format!("from {from}: {text}")));
    }
    for event in differs::events(&known.detail.events, 4, &when) {
        facts.push(Fact::new("event", event));
    }
    if known.detail.events.is_empty() {
        // of a day: what was said last week tells nothing of what is
        let kept = &known.evidence.kept.events;
        let fresh: Vec<_> = kept.iter().filter(|e| known.now.since(e.at) <= DAY).cloned().collect();
        for event in differs::events(&fresh, 4, &when) {
            facts.push(Fact { kept: fresh.first().map(|e| e.at), ..Fact::new("event", event) });
        }
    }
    for group in groups.iter().filter(|group| !group.here).take(2) {
        let text = format!("replaced since: {}", group.line(known));
        facts.push(Fact { kept: group.kept, ..Fact::new("before", text) });
    }
    unread(known, &mut facts);
    let mut seen: Vec<String> = Vec::new();
    facts.retain(|fact| {
        let fresh = !fact.text.is_empty() && !seen.contains(&fact.text);
        seen.push(fact.text.clone());
        fresh
    });
    facts
}

/// Whether what its row notes is among the facts already.
fn is_told(row: &Service, facts: &[Fact]) -> bool {
    let label = |label: &str| facts.iter().any(|fact| fact.label == label);
    let failed = row.rollout.as_ref().is_some_and(|rollout| rollout.failed > 0);
    (row.note.starts_with("in alarm: ") && label("alarm"))
        || (row.note.ends_with("of the answers are 5xx") && label("5xx"))
        || (row.note.ends_with("by the load balancer") && label("5xx"))
        || (row.note.contains(" stopped within ") && label("stopped tasks"))
        || (row.note.ends_with("of the new revision failed") && failed)
}

/// What could not be read, or is not.
fn unread(known: &Known<'_>, facts: &mut Vec<Fact>) {
    let troubles = known.detail.gaps.iter().chain(known.evidence.unread.iter().map(|(_, trouble)| trouble));
    facts.extend(troubles.map(|trouble| Fact::new("not readable", trouble.to_string())));
    for series in &known.evidence.series {
        if let Some(unread) = &series.unread {
            facts.push(Fact::new("not readable", format!("{}: {}", series.metric.title(), unread.why)));
        }
    }
    if known.evidence.unpaid {
        facts.push(Fact::new("metrics", "not read: cost_limit is 0"));
    }
}

fn clipped(told: &[String]) -> String {
    const MOST: usize = 6;
    let text = told.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ");
    if told.len() > MOST {
        return format!("{text}; and {} more", told.len() - MOST);
    }
    text
}

/// `prod-5xx fires since 21:06: 812, HTTPCode_Target_5XX_Count > 120 for 2 of 2 × 60 s`.
fn alarms(known: &Known<'_>, facts: &mut Vec<Fact>) {
    for alarm in known.alarms().into_iter().take(5) {
        let since = alarm.since.map(|at| format!(" {}", known.since(at))).unwrap_or_default();
        let value = value(&alarm.reason).map(|v| format!("{v}, ")).unwrap_or_default();
        let rule = if alarm.rule.is_empty() { words::plain(&alarm.reason) } else { alarm.rule.clone() };
        facts.push(Fact::new("alarm", format!("{} is in alarm{since}: {value}{rule}", alarm.name)));
    }
}

/// The newest value of an alarm's reason: "Threshold Crossed: 2 out of the last 2 datapoints [812.0 (12/11/25 21:06:00), …] were
/// greater than the threshold (120.0)", newest first (CloudWatch, StateReason).
fn value(reason: &str) -> Option<String> {
    let first = reason.split_once('[')?.1.split([' ', ',', ']']).next()?;
    let number: f64 = first.parse().ok()?;
    Some(if number.abs() >= 10.0 { format!("{number:.0}") } else { format!("{number:.2}") })
}

fn deaths<'g>(known: &Known<'_>, groups: impl Iterator<Item = &'g Deaths<'g>>, facts: &mut Vec<Fact>) {
    for group in groups.take(4) {
        let label = if group.count == 1 { "stopped task" } else { "stopped tasks" };
        facts.push(Fact { kept: group.kept, ..Fact::new(label, group.line(known)) });
        let all = known.evidence.lines.iter().chain(&known.evidence.kept.lines);
        let Some(last) = all.into_iter().find(|last| last.task == group.newest.id) else { continue };
        for line in lines::telling(&last.lines) {
            // a task that was stopped for its checks says nothing by what it went on with
            if group.by == By::Health && !lines::complains(&line.text) {
                continue;
            }
            facts.push(Fact { kept: group.kept, ..Fact::new("log", line.text.trim()) });
        }
    }
}

fn running_lines(known: &Known<'_>, facts: &mut Vec<Fact>) {
    let Some(last) = known.evidence.lines.iter().find(|last| last.task.is_empty()) else { return };
    for line in lines::telling(&last.lines).into_iter().filter(|line| lines::complains(&line.text)) {
        facts.push(Fact::new("log", line.text.trim()));
    }
}

/// Targets that do not serve, by their reason.
fn targets(known: &Known<'_>, facts: &mut Vec<Fact>) {
    let detail = known.detail;
    let several = detail.service.traffic.groups().len() > 1;
    let mut told: Vec<(String, usize, &Target)> = Vec::new();
    for target in detail.targets.iter().filter(|t| !matches!(t.state.as_str(), "healthy" | "draining")) {
        let reason = if target.description.is_empty() { &target.reason } else { &target.description };
        let of = if several && !target.group.is_empty() {
            format!(" in {}", traffic::short(&target.group))
        } else {
            String::new()
        };
        let text = format!("{}{of}: {reason}", target.state);
        match told.iter_mut().find(|known| known.0 == text) {
            Some(known) => known.1 += 1,
            None => told.push((text, 1, target)),
        }
    }
    let all = detail.targets.len();
    for (text, count, target) in told.into_iter().take(4) {
        let who =
            if count == 1 { format!("{}:{}", target.id, target.port) } else { format!("{count} of {all}") };
        facts.push(Fact::new("target", format!("{who} {text}")));
    }
    if let Some(told) = detail.points_nowhere() {
        facts.push(Fact::new("traffic", told));
    }
}

fn measured(known: &Known<'_>, numbers: &Numbers, facts: &mut Vec<Fact>) {
    if let (true, Some(share)) = (numbers.is_sick(), numbers.share) {
        let before = numbers.before.map(|before| format!(", {} before", percent(before))).unwrap_or_default();
        facts.push(Fact::new("5xx", format!("{} of the answers{before}", percent(share))));
    }
    if let Some(own) = numbers.own {
        let before = own.before.map(|before| format!(", {before:.0} before")).unwrap_or_default();
        let others = if known.detail.neighbours.iter().any(|(_, groups)| !groups.is_empty()) {
            "; it serves others, too"
        } else if known.detail.is_alone() {
            ""
        } else {
            "; whom else it serves is not known"
        };
        let text = format!("{:.0} a minute by the load balancer itself{before}{others}", own.now);
        facts.push(Fact::new("5xx", text));
    }
    if let Some((now, before)) = numbers.slow() {
        facts.push(Fact::new("p99", format!("{now:.0} ms, {before:.0} ms before")));
    }
    if let Some(cpu) = numbers.cpu.filter(|_| numbers.is_busy()) {
        facts.push(Fact::new("cpu", format!("{cpu:.0} %")));
    }
}

/// What the row tells: state, counts, rollout.
pub fn of_row(row: &Service) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut text = row.state.word().to_owned();
    match (row.running, row.desired) {
        (Some(running), Some(desired)) if running > desired => {
            text = format!("{text}, {running} tasks run, {desired} are wanted");
        }
        (Some(running), Some(desired)) => text = format!("{text}, {running} of {desired} tasks run"),
        (Some(running), None) => text = format!("{text}, {running} run"),
        (None, _) => {}
    }
    if !row.note.is_empty() && !text.contains(&row.note.replace(" run", " tasks run")) {
        text = format!("{text}: {}", row.note);
    }
    facts.push(Fact::new("state", text));
    if row.controller.has_task_sets() {
        facts.push(Fact::new("deployed by", row.controller.words()));
    }
    if row.daemon {
        facts.push(Fact::new("scheduling", "DAEMON: one task on each container instance"));
    }
    if let Some(rollout) = &row.rollout {
        let mut text = format!("{} of {} new tasks run", rollout.new_running, rollout.new_desired);
        if rollout.failed > 0 {
            text = format!("{text}, {} failed in a row", rollout.failed);
        }
        if rollout.rolling_back {
            text = format!("{text}; AWS is putting the earlier revision back");
        }
        if !rollout.stage.is_empty() {
            text = format!("{text}; stage {}", rollout.stage.to_lowercase().replace('_', " "));
        }
        facts.push(Fact::new("rollout", text));
    }
    facts
}

/// The breaker, and what AWS says of deployments that are not completed.
fn rollout(known: &Known<'_>, found: &Found, facts: &mut Vec<Fact>) {
    let detail = known.detail;
    for deployment in &detail.deployments {
        let label = revision(&deployment.task_definition, "");
        let going = deployment.reason.ends_with("in progress.");
        if !deployment.reason.is_empty() && !going && deployment.rollout_state != "COMPLETED" {
            facts.push(Fact::new("deployment", format!("{label}: {}", deployment.reason)));
        }
        if deployment.failed > 0 && known.row.rollout.is_none() {
            let tasks = if deployment.failed == 1 { "task" } else { "tasks" };
            let text = format!("{label}: {} {tasks} failed in a row", deployment.failed);
            facts.push(Fact::new("deployment", text));
        }
    }
    if let Some(last) = detail.history.first() {
        if let Some((status, failures, threshold)) = &last.breaker
            && *failures > 0
        {
            facts.push(Fact::new(
                "breaker",
                format!("{failures} of {threshold} failures, {}", status.to_lowercase()),
            ));
        }
        if let Some((_, fired)) =
            last.alarms.as_ref().filter(|(_, fired)| !fired.is_empty() && found.given_up.is_none())
        {
            facts.push(Fact::new("rollout alarms", fired.join(", ")));
        }
    }
    if found.failing && detail.breaker == Some((false, false)) {
        facts.push(Fact::new("breaker", "none: nothing takes it back but a person"));
    }
}
