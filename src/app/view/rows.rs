//! The service screen's tabs as rows, one a line: what the cursor moves over and what `ui` draws.

use crate::{
    app::state::{ServiceView, Tab},
    model::{HistoricDeployment, ServiceDetail, TaskBrief, blame::died, running},
};

/// One line of a tab. Indices point into the open service's [`ServiceDetail`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRow {
    /// Nothing.
    Blank,
    /// A heading.
    Heading(&'static str),
    /// `history`: the rollout under way, how far it is.
    Progress(usize),
    /// `history`: the rollout under way waits at a hook for somebody's decision.
    Waiting(usize),
    /// The first two of `deployments` side by side: new and old.
    Sides,
    /// `tasks` of both, side by side.
    Pair {
        /// Index of the new deployment's.
        new: Option<usize>,
        /// Index of the old one's.
        old: Option<usize>,
        /// Whether each is the last of its deployment.
        last: (bool, bool),
    },
    /// `deployments`.
    Deployment(usize),
    /// `tasks`; under a deployment when `nested`.
    Task {
        /// Index.
        index: usize,
        /// Drawn as a branch of the deployment above.
        nested: bool,
        /// The last branch of its deployment.
        last: bool,
    },
    /// `history`.
    History(usize),
    /// `operations`.
    Operation(usize),
    /// `alarms`.
    Alarm(usize),
    /// The ways in: this one of the service's target groups or load balancers begins.
    Way(usize),
    /// `targets`.
    Target(usize),
    /// `events`.
    Event(usize),
    /// `gaps`: what could not be read.
    Gap(usize),
    /// The section of `config` that begins with this line.
    Section(usize),
    /// `config`.
    Config(usize),
}

impl BodyRow {
    /// True where the cursor can stand.
    pub fn selectable(self) -> bool {
        !matches!(self, Self::Blank | Self::Heading(_) | Self::Section(_) | Self::Way(_))
    }

    /// The row that one side of a pair is; other rows are themselves.
    pub fn side(self, old: bool) -> Self {
        match self {
            Self::Sides => Self::Deployment(usize::from(old)),
            Self::Pair { new, old: other, last } => {
                let (index, last) = match (old, new, other) {
                    (true, _, Some(index)) | (false, None, Some(index)) => (index, last.1),
                    (_, Some(index), _) => (index, last.0),
                    (_, None, None) => return Self::Blank,
                };
                Self::Task { index, nested: true, last }
            }
            other => other,
        }
    }
}

/// The least width at which the new and the old deployment stand side by side.
pub const SIDES_WIDTH: u16 = 110;

/// The rows of the tab shown, on a page of that width; empty for tabs that are no list of rows (Metrics, Logs, Revisions) and while
/// nothing is known.
pub fn body(view: &ServiceView, width: u16) -> Vec<BodyRow> {
    let Some(detail) = view.detail.value.as_deref() else { return Vec::new() };
    let mut rows = Rows::default();
    match view.tab {
        Tab::Rollout => rollout(&mut rows, detail, width),
        Tab::Tasks => tasks(&mut rows, detail),
        Tab::Config => config(&mut rows, detail),
        Tab::Targets => targets(&mut rows, detail),
        Tab::Metrics | Tab::Logs | Tab::Revisions => {}
    }
    rows.0
}

#[derive(Default)]
struct Rows(Vec<BodyRow>);

impl Rows {
    fn heading(&mut self, title: &'static str) {
        if !self.0.is_empty() {
            self.0.push(BodyRow::Blank);
        }
        self.0.push(BodyRow::Heading(title));
    }

    fn list(&mut self, title: &'static str, count: usize, row: impl Fn(usize) -> BodyRow) {
        if count > 0 {
            self.heading(title);
            self.0.extend((0..count).map(row));
        }
    }

    fn gaps(&mut self, detail: &ServiceDetail) {
        self.list("not readable", detail.gaps.len(), BodyRow::Gap);
    }
}

/// The rollout under way, if there is one: the newest service deployment.
pub fn under_way(detail: &ServiceDetail) -> Option<&HistoricDeployment> {
    detail.history.first().filter(|newest| !newest.status.is_over())
}

/// Tasks of each deployment that are not over: each task once, under the one that started it.
fn branches(detail: &ServiceDetail) -> Vec<Vec<usize>> {
    let mut taken = vec![false; detail.tasks.len()];
    let mut branches = Vec::with_capacity(detail.deployments.len());
    for deployment in &detail.deployments {
        let mut own = Vec::new();
        for ((nth, task), taken) in detail.tasks.iter().enumerate().zip(&mut taken) {
            if running::is_of(deployment, task) && !*taken && !task.is_stopped() {
                *taken = true;
                own.push(nth);
            }
        }
        branches.push(own);
    }
    branches
}

/// The service while a run is under way, on a panel of that width: what waits for somebody first, then how far the rollout
/// is, what it has of new and old, and what went wrong.
pub fn flight(detail: &ServiceDetail, width: u16) -> Vec<BodyRow> {
    let mut rows = Rows::default();
    if let Some(newest) = under_way(detail) {
        if newest.awaiting().is_some() {
            rows.0.push(BodyRow::Waiting(0));
        }
        rows.0.push(BodyRow::Progress(0));
    }
    rows.0.extend((0..detail.operations.len().min(2)).map(BodyRow::Operation));
    trees(&mut rows, detail, width);
    rows.0.extend(numbered(&detail.alarms, |a| a.state == "ALARM").into_iter().map(BodyRow::Alarm));
    // tasks that ended in good order are told by their absence
    let since = detail.history.first().and_then(|newest| newest.started_at.or(newest.created_at));
    let died = numbered(&detail.tasks, |task| died(task) && task.stopped_at >= since);
    let task = |index| BodyRow::Task { index, nested: false, last: false };
    rows.0.extend(died.into_iter().take(FLIGHT_DEATHS).map(task));
    rows.0.extend((0..detail.gaps.len()).map(BodyRow::Gap));
    rows.0
}

/// The most tasks that died told beside a run.
const FLIGHT_DEATHS: usize = 5;

fn rollout(rows: &mut Rows, detail: &ServiceDetail, width: u16) {
    if let Some(newest) = under_way(detail) {
        rows.0.push(BodyRow::Progress(0));
        if newest.awaiting().is_some() {
            rows.0.push(BodyRow::Waiting(0));
        }
    }
    if !detail.deployments.is_empty() {
        rows.heading("deployments");
    }
    trees(rows, detail, width);
    let stopped: Vec<usize> = numbered(&detail.tasks, TaskBrief::is_stopped);
    rows.list("operations", detail.operations.len().min(10), BodyRow::Operation);
    let firing: Vec<usize> = numbered(&detail.alarms, |a| a.state == "ALARM");
    rows.list("in alarm", firing.len(), |n| BodyRow::Alarm(at(&firing, n)));
    rows.list("stopped tasks", stopped.len().min(8), |n| BodyRow::Task {
        index: at(&stopped, n),
        nested: false,
        last: false,
    });
    rows.list("rollouts", detail.history.len().min(10), BodyRow::History);
    rows.list("events", detail.events.len(), BodyRow::Event);
    rows.gaps(detail);
}

/// Each deployment with its tasks; new and old side by side where there is room.
fn trees(rows: &mut Rows, detail: &ServiceDetail, width: u16) {
    let branches = branches(detail);
    let mut rest = 0;
    if let ([new, old, ..], true) = (branches.as_slice(), width >= SIDES_WIDTH) {
        rest = 2;
        rows.0.push(BodyRow::Sides);
        for nth in 0..new.len().max(old.len()) {
            rows.0.push(BodyRow::Pair {
                new: new.get(nth).copied(),
                old: old.get(nth).copied(),
                last: (nth + 1 == new.len(), nth + 1 == old.len()),
            });
        }
    }
    for (index, own) in branches.iter().enumerate().skip(rest) {
        rows.0.push(BodyRow::Deployment(index));
        for (place, task) in own.iter().enumerate() {
            rows.0.push(BodyRow::Task { index: *task, nested: true, last: place + 1 == own.len() });
        }
    }
}

fn tasks(rows: &mut Rows, detail: &ServiceDetail) {
    let running = numbered(&detail.tasks, |t| !t.is_stopped());
    let stopped = numbered(&detail.tasks, TaskBrief::is_stopped);
    let row = |index| BodyRow::Task { index, nested: false, last: false };
    rows.list("running", running.len(), |n| row(at(&running, n)));
    rows.list("stopped", stopped.len(), |n| row(at(&stopped, n)));
    rows.gaps(detail);
}

fn config(rows: &mut Rows, detail: &ServiceDetail) {
    let mut section: Option<&str> = None;
    for (index, (own, _, _)) in detail.config.iter().enumerate() {
        if section != Some(own) {
            if section.is_some() {
                rows.0.push(BodyRow::Blank);
            }
            rows.0.push(BodyRow::Section(index));
            section = Some(own);
        }
        rows.0.push(BodyRow::Config(index));
    }
    rows.gaps(detail);
}

fn targets(rows: &mut Rows, detail: &ServiceDetail) {
    // each way in with its targets, those without any too; a single group needs no more than its heading
    let routes = &detail.service.traffic.routes;
    let told: Vec<&str> = detail.service.traffic.groups();
    if routes.len() > 1 || (detail.targets.is_empty() && !routes.is_empty()) {
        let mut seen: Vec<&str> = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            if index > 0 {
                rows.0.push(BodyRow::Blank);
            }
            rows.0.push(BodyRow::Way(index));
            let Some(group) = route.group.as_deref() else { continue };
            // a group behind two balancers has its targets told once
            if !seen.contains(&group) {
                seen.push(group);
                let own = numbered(&detail.targets, |target| target.group == group);
                rows.0.extend(own.into_iter().map(BodyRow::Target));
            }
        }
        let others = numbered(&detail.targets, |target| !told.contains(&target.group.as_str()));
        rows.list("targets", others.len(), |n| BodyRow::Target(at(&others, n)));
    } else {
        rows.list("targets", detail.targets.len(), BodyRow::Target);
    }
    rows.list("alarms", detail.alarms.len(), BodyRow::Alarm);
    rows.gaps(detail);
}

fn numbered<T>(items: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| wanted(item)).map(|(index, _)| index).collect()
}

fn at(indices: &[usize], nth: usize) -> usize {
    indices.get(nth).copied().unwrap_or(usize::MAX)
}
