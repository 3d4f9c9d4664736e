//! What lies between two versions, and between the configurations of two environments.

use super::draft::Sheet;
use super::found::Part;
use super::image;
use super::shared;
use crate::model::reference::is_ecr;
use crate::model::{Kind, ServiceDetail};
use crate::ops::source;

/// Images and names told of one line.
const TOLD: usize = 4;

/// Tells the images that were pushed between what runs and what is put in place.
pub(super) fn images(sheet: &mut Sheet) -> Part<()> {
    let Some(chosen) = sheet.chosen.clone() else { return Ok(()) };
    let repository = chosen.version.repository().to_owned();
    if !is_ecr(&repository) {
        return Ok(());
    }
    let running = image::running(sheet)?.and_then(|image| image.pushed_at);
    let (Some(running), Some(wanted)) = (running, chosen.pushed_at) else { return Ok(()) };
    let (first, last) = (running.min(wanted), running.max(wanted));
    let mut between: Vec<_> = sheet
        .found
        .images(&repository)?
        .iter()
        .filter(|i| i.pushed_at.is_some_and(|at| at > first && at < last))
        .collect();
    between.sort_by_key(|i| std::cmp::Reverse(i.pushed_at));
    let back = if wanted < running { ", going back" } else { "" };
    let text = match between.len() {
        0 => format!("no other image{back}"),
        count => {
            let names = between.iter().map(|i| i.label());
            let noun = if count == 1 { "image" } else { "images" };
            format!("{count} {noun}{back}: {}", few(names, count))
        }
    };
    sheet.line("between", text);
    Ok(())
}

fn few(names: impl Iterator<Item = String>, count: usize) -> String {
    let shown = names.take(TOLD).collect::<Vec<_>>().join(", ");
    if count > TOLD { format!("{shown} and {} more", count - TOLD) } else { shown }
}

/// Warns of names of variables and secrets that one side has and the other has not.
pub(super) fn names(sheet: &mut Sheet, source: &ServiceDetail) {
    let (Some(theirs), Some(ours)) = (of(source), of_own(sheet)) else {
        sheet.line("configuration", "not compared: it is not known of both sides");
        return;
    };
    let there = source.service.key.environment.to_string();
    let here = sheet.facts.key.environment.to_string();
    let mut same = true;
    for (side, own, other) in [(&there, &theirs, &ours), (&here, &ours, &theirs)] {
        let all = |(plain, secret): &(Vec<String>, Vec<String>), name: &String| {
            plain.contains(name) || secret.contains(name)
        };
        let only: Vec<String> =
            own.0.iter().chain(&own.1).filter(|name| !all(other, name)).cloned().collect();
        if !only.is_empty() {
            same = false;
            sheet.warn(format!("only {side} sets {}", few(only.iter().cloned(), only.len())));
        }
    }
    for (name, secret_in, plain_in) in ours
        .0
        .iter()
        .filter(|name| theirs.1.contains(name))
        .map(|name| (name, &there, &here))
        .chain(ours.1.iter().filter(|name| theirs.0.contains(name)).map(|name| (name, &here, &there)))
    {
        same = false;
        sheet
            .plan
            .warnings
            .push(format!("{name} is a secret in {secret_in} and a plain variable in {plain_in}"));
    }
    if same {
        sheet.line("configuration", format!("the names of variables and secrets are those of {there}"));
    }
}

/// The names of the variables and of the secrets of a service's container.
fn of(detail: &ServiceDetail) -> Option<(Vec<String>, Vec<String>)> {
    if detail.service.key.kind == Kind::AppRunner {
        return detail.source.as_ref().map(source::names);
    }
    let container = detail.main_container().ok()?.0;
    Some((container.environment.clone(), container.secrets.clone()))
}

/// The same of the service that the plan is for, whose container the plan itself tells.
fn of_own(sheet: &Sheet) -> Option<(Vec<String>, Vec<String>)> {
    let (ours, definition) = (sheet.detail, sheet.detail.task_definition.as_ref());
    match definition.map(|definition| shared::container(sheet, definition)) {
        Some(container) => container.ok().map(|c| (c.environment.clone(), c.secrets.clone())),
        None => of(ours),
    }
}
