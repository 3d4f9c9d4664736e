//! Why a service is not well: everything known that explains it, on one panel.

use crate::{
    action::{Action, Context},
    app::{service, state::State},
    config::zone,
    model::{
        Blame, Service, ServiceKey, Stamp, TaskBrief, Version,
        blame::By,
        stamp::brief,
        why::{self, Diagnosis, Fact, Known, Remedy},
    },
};

/// What explains the state of a service, most telling first: (label, text). Never empty.
pub fn lines(state: &State, key: &ServiceKey) -> Vec<(String, String)> {
    let mut lines = Lines(Vec::new());
    let row = state.rows.get(key);
    lines.add("waiting", &service::waiting_words(state, key));
    if let Some(told) = with_known(state, key, why::diagnose) {
        let mut text = told.sentence.clone();
        if let Some(helps) = helps(state, &told) {
            text = format!("{text}; {helps}");
        }
        lines.add("why", &text);
        let row = row.or_else(|| state.service.as_ref()?.detail.value.as_deref().map(|d| &d.service));
        for fact in &told.facts {
            lines.add(&fact.label, &words(fact, state.now));
            if let (true, Some(row)) = (fact.label == "state", row) {
                version(&mut lines, state, row);
            }
        }
        environment(&mut lines, state, key);
        return lines.0;
    }
    for alarm in state.health.firing(key) {
        lines.add("alarm", &format!("{} is in alarm: {}", alarm.name, alarm.reason));
    }
    match row {
        Some(row) => {
            for fact in why::of_row(row) {
                lines.add(&fact.label, &fact.text);
            }
            version(&mut lines, state, row);
        }
        None => lines.add("state", "not known: AWS has not answered for this service yet"),
    }
    environment(&mut lines, state, key);
    let view = state.service.as_ref().filter(|view| &view.key == key);
    match view.and_then(|view| view.detail.trouble.as_ref()) {
        Some(trouble) => lines.add("particulars", &trouble.to_string()),
        None => lines.add("particulars", "being read"),
    }
    lines.0
}

/// Hands out what is known of the open service; none while its particulars are not.
pub(in crate::app) fn with_known<T>(
    state: &State,
    key: &ServiceKey,
    then: impl FnOnce(&Known<'_>) -> T,
) -> Option<T> {
    let view = state.service.as_ref().filter(|view| &view.key == key)?;
    let detail = view.detail.value.as_deref()?;
    let call = |version: &Version| state.images.words(version);
    let known = Known {
        detail,
        row: state.rows.get(key).unwrap_or(&detail.service),
        firing: state.health.firing(key),
        evidence: &view.evidence,
        now: state.now,
        clock: &zone::clock,
        call: &call,
    };
    Some(then(&known))
}

/// A fact, with what it owes to inference or to this machine's memory.
pub fn words(fact: &Fact, now: Stamp) -> String {
    let likely = if fact.inferred { "likely: " } else { "" };
    match fact.kept {
        Some(at) => format!("{likely}{} (kept here {} ago)", fact.text, brief(now.since(at))),
        None => format!("{likely}{}", fact.text),
    }
}

/// What helps, by its key: `R → :20 8be02d4`.
fn helps(state: &State, told: &Diagnosis) -> Option<String> {
    let action = verb(told.remedy)?;
    let key = state.keymap.keys_for(Context::Fleet, action).into_iter().next();
    let key = key.unwrap_or_else(|| format!(":{}", action.id()));
    Some(format!("{key} {}", told.remedy_words).trim_end().to_owned())
}

/// The verb of a remedy.
fn verb(remedy: Remedy) -> Option<Action> {
    Some(match remedy {
        Remedy::RollBack => Action::RollBack,
        Remedy::Approve => Action::Continue,
        Remedy::Deploy => Action::Deploy,
        Remedy::Scale => Action::Scale,
        Remedy::Redeploy => Action::Redeploy,
        Remedy::Logs => Action::Logs,
        Remedy::Nothing => return None,
    })
}

struct Lines(Vec<(String, String)>);

impl Lines {
    fn add(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.0.push((label.to_owned(), text.to_owned()));
        }
    }
}

/// What it runs: behind a moving tag the commit, as the fleet names it.
fn version(lines: &mut Lines, state: &State, row: &Service) {
    let version = state.images.words(&row.version);
    let text = match (version.as_str(), row.revision.as_str()) {
        ("-", revision) => revision.to_owned(),
        (version, "") => version.to_owned(),
        (version, revision) if revision == row.version.image => version.to_owned(),
        (version, revision) => format!("{version}, revision {revision}"),
    };
    lines.add("version", &text);
}

/// What of its environment, or of alarms there, could not be read.
fn environment(lines: &mut Lines, state: &State, key: &ServiceKey) {
    let Some(environment) = state.environment(&key.environment) else { return };
    if let Some(trouble) = &environment.trouble {
        lines.add("environment", &trouble.to_string());
    }
    if let Some(trouble) = &environment.alarms_trouble {
        lines.add("alarms", &trouble.to_string());
    }
}

/// Tasks that were replaced in good order explain nothing.
pub(in crate::app) fn is_telling(task: &TaskBrief) -> bool {
    Blame::of(task).by != By::Scheduler
}
