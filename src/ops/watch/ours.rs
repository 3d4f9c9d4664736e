//! Which deployment of a service is the run's own, and which came after it.

use super::words;
use crate::model::{HistoricDeployment, ServiceDetail};
use crate::ops::facts::Facts;

/// The service deployment that our change began: one that was not there before, with our task definition.
pub(super) fn find<'a>(facts: &Facts, detail: &'a ServiceDetail) -> Option<&'a HistoricDeployment> {
    let mut fresh = facts.fresh(&detail.history);
    let Some(wanted) = &facts.definition else { return fresh.next_back() };
    let exact = facts.fresh(&detail.history).rfind(|h| h.task_definition.as_ref() == Some(wanted));
    if exact.is_some() {
        return exact;
    }
    match (fresh.next(), fresh.next()) {
        (Some(only), None) if only.task_definition.is_none() && &detail.service.task_definition == wanted => {
            Some(only)
        }
        _ => None,
    }
}

/// The deployment that came after ours, told by its revision.
pub(super) fn newer(facts: &Facts, ours: &HistoricDeployment, detail: &ServiceDetail) -> Option<String> {
    let after = detail
        .history
        .iter()
        .take_while(|h| h.arn != ours.arn)
        .find(|h| !facts.knew(&h.arn) && h.created_at >= ours.created_at)?;
    Some(match &after.task_definition {
        Some(arn) => words::label(arn).to_owned(),
        None => words::label(&after.arn).to_owned(),
    })
}

/// What is put in place, for a sentence.
pub(super) fn name(facts: &Facts) -> String {
    match &facts.definition {
        Some(arn) => words::label(arn).to_owned(),
        None if facts.label.is_empty() => "the revision".to_owned(),
        None => facts.label.clone(),
    }
}
