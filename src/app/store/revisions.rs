//! The revisions of the open service: what a service ran and could run, and how two revisions differ.

use crate::{
    app::{
        Purpose,
        flow::Out,
        service,
        state::{Difference, Screen, State, Tab},
    },
    model::{Answer, Ask, Revision, ServiceKey, TaskDefinition, Trouble, plan::DiffLine},
    ops,
};

/// Reads the revisions, unless they are known.
pub(in crate::app) fn ask(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    if view.revisions.loading || (view.revisions.at.is_some() && view.revisions.trouble.is_none()) {
        compare(state, out);
        return;
    }
    if view.revisions.value.is_none() {
        out.touch();
    }
    view.revisions.loading = true;
    out.ask(&view.key.environment, Purpose::Revisions(view.key.clone()), Ask::Revisions(view.key.clone()));
}

/// The service was given another revision: the list is old.
pub(in crate::app) fn outdated(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    view.revisions.at = None;
    if view.tab == Tab::Revisions && state.screen() == Screen::Service {
        ask(state, out);
    }
}

/// The revisions came, or not; for the open service.
pub(in crate::app) fn answered(
    state: &mut State,
    key: &ServiceKey,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let now = state.now;
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    view.revisions.loading = false;
    match result {
        Ok(Answer::Revisions(revisions)) => {
            view.revisions.at = Some(now);
            out.changed |= view.revisions.trouble.take().is_some();
            if view.revisions.value.as_ref() != Some(&revisions) {
                view.revisions.value = Some(revisions);
                out.touch();
            }
        }
        Ok(_) => {}
        Err(trouble) => {
            out.changed |= view.revisions.trouble.as_ref() != Some(&trouble);
            view.revisions.trouble = Some(trouble);
        }
    }
    if view.tab == Tab::Revisions {
        service::keep(state);
        compare(state, out);
    }
}

/// The two revisions compared: the selected one with the current; the current one with the one before it.
fn pair(revisions: &[Revision], cursor: usize) -> Option<(&Revision, &Revision)> {
    let selected = revisions.get(cursor)?;
    if selected.current {
        return Some((revisions.get(cursor + 1)?, selected));
    }
    let place = revisions.iter().position(|r| r.current)?;
    let current = revisions.get(place)?;
    Some(if place > cursor { (current, selected) } else { (selected, current) })
}

/// Shows how the selected revision differs; reads the definitions that are not known.
pub(in crate::app) fn compare(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    let cursor = view.list_of(Tab::Revisions).cursor;
    let pair = view.revisions.value.as_ref().and_then(|all| pair(all, cursor));
    let Some((old, new)) = pair.map(|(a, b)| (a.clone(), b.clone())) else {
        out.changed |= view.difference.take().is_some();
        return;
    };
    if view.difference.as_ref().is_some_and(|d| {
        d.from == old.label && d.to == new.label && (d.ready || d.trouble.is_none() && d.asked)
    }) {
        return;
    }
    view.diff_scroll = 0;
    out.touch();
    let mut difference = Difference {
        from: old.label.clone(),
        to: new.label.clone(),
        arns: (old.task_definition.clone(), new.task_definition.clone()),
        definitions: (None, None),
        lines: Vec::new(),
        trouble: None,
        ready: false,
        asked: true,
    };
    if old.task_definition.is_empty() || new.task_definition.is_empty() {
        // App Runner keeps no definitions: the image is all that is known of a revision
        difference.lines = vec![DiffLine::Removed(old.version.image), DiffLine::Added(new.version.image)];
        difference.ready = true;
        view.difference = Some(difference);
        return;
    }
    let mut take = |arn: &str| -> Option<Box<TaskDefinition>> {
        let known = view.definitions.get(arn).cloned().map(Box::new);
        if known.is_none() {
            let purpose = Purpose::Definition(view.key.clone(), arn.to_owned());
            out.ask(&view.key.environment, purpose, Ask::Definition(arn.to_owned()));
        }
        known
    };
    difference.definitions = (take(&old.task_definition), take(&new.task_definition));
    finish(&mut difference);
    view.difference = Some(difference);
}

fn finish(difference: &mut Difference) {
    if let (Some(old), Some(new)) = (&difference.definitions.0, &difference.definitions.1) {
        difference.lines = ops::difference(&old.shown, &new.shown);
        difference.ready = true;
    }
}

/// A definition came, or not.
pub(in crate::app) fn definition(
    state: &mut State,
    key: &ServiceKey,
    arn: &str,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    match result {
        Ok(Answer::Definition(definition)) => {
            view.definitions.insert(arn.to_owned(), (*definition).clone());
            let Some(difference) = view.difference.as_mut() else { return };
            if difference.arns.0 == arn {
                difference.definitions.0 = Some(definition);
            } else if difference.arns.1 == arn {
                difference.definitions.1 = Some(definition);
            } else {
                return;
            }
            finish(difference);
            out.touch();
        }
        Ok(_) => {}
        Err(trouble) => {
            if let Some(difference) = view.difference.as_mut() {
                out.changed |= difference.trouble.as_ref() != Some(&trouble);
                difference.trouble = Some(trouble);
            }
        }
    }
}
