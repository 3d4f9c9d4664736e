//! The window after a deploy: what it asks for, and how the earlier revision is put back when it fails.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::shared;
use super::{image, rollback};
use crate::model::{
    Ask, Balancer, Kind, Metric, MetricTarget, Range, Trouble, TroubleKind, Version, running, traffic::short,
    version::is_moving,
};
use crate::ops::facts::{Measures, Stage, TagOrder, Template, VerifyFacts, WayBack};
use crate::ops::watch::{METRICS, asks, duration, label, unread};
use crate::ops::{NoEvidence, VerifySettings};

/// Minutes before a rollback that tell what it is to mend.
const BEFORE_ROLLBACK: i64 = 5;

/// Neighbours named in one line.
const NAMED: usize = 3;

/// Plans the window.
pub(super) fn plan(sheet: &mut Sheet, settings: &VerifySettings) -> Part<()> {
    window(sheet, settings, false)?;
    let migrates = sheet.facts.orders.iter().any(|order| !order.check);
    let stays = if migrates { "; what the migration did stays" } else { "" };
    match way_back(sheet)? {
        Ok(way) => {
            let text = format!("; when the window fails, {} is put back{stays}", way.label);
            sheet.plan.on_failure.push_str(&text);
            sheet.facts.way_back = Some(way);
        }
        Err(why) => {
            sheet.warn(format!("when the window fails, nothing is put back: {why}"));
            sheet.plan.on_failure.push_str("; when the window fails, the run fails and nothing is put back");
        }
    }
    Ok(())
}

/// Plans the same window after a rollback, where that is asked for.
pub(super) fn after_rollback(sheet: &mut Sheet) -> Part<()> {
    if !sheet.context.verify_rollback {
        return if sheet.context.prove_rollback { proof(sheet) } else { Ok(()) };
    }
    let Some(settings) = sheet.context.verify.as_ref().filter(|settings| settings.window_ms > 0) else {
        return Err(Halt::refuse(
            format!("no window is configured to watch {} after a rollback", sheet.name()),
            "set window and bounds under [application.verify], or leave --verify out",
        ));
    };
    window(sheet, settings, true)?;
    sheet.plan.on_failure.push_str("; when it is back and does not help, the run fails");
    Ok(())
}

/// Milliseconds of the window in which a rollback proves that it helped, where nobody asked for one.
const PROOF_MS: u64 = 120_000;

/// The share of 5xx before a rollback from which it has something to prove.
const SICK: f64 = 0.01;

/// Plans a window after a rollback where nobody asked for one, and the minutes before it answer with too many 5xx: whether
/// it helped is told by the same numbers. What cannot be measured proves nothing, and holds nothing up.
fn proof(sheet: &mut Sheet) -> Part<()> {
    let service = &sheet.detail.service;
    let facts = VerifyFacts {
        traffic: service.traffic.clone(),
        service_id: service.service_id.clone(),
        alone: sheet.detail.is_alone(),
        rollback: true,
        ..VerifyFacts::default()
    };
    if facts.unmeasured() {
        return Ok(());
    }
    let ask = measured(sheet, &facts, Range::M15);
    let Ok(series) = sheet.found.metrics(ask)? else { return Ok(()) };
    let key = &sheet.detail.service.key;
    let of_it = series.iter().find(|(known, _)| known == key).map(|(_, series)| series.as_slice());
    let before = Measures::newest(of_it.unwrap_or_default(), BEFORE_ROLLBACK);
    let Some(share) = before.share(facts.alone).filter(|share| *share >= SICK) else { return Ok(()) };
    // nobody asked for it, so nothing of it may refuse the rollback: neither alarms that the team's own window names, nor
    // a latency, which says nothing beside answers that fail at once
    let settings = VerifySettings {
        window_ms: sheet.context.verify.as_ref().map_or(PROOF_MS, |own| own.window_ms.max(PROOF_MS)),
        max_5xx_ratio: Some((share / 2.0).max(SICK)),
        no_evidence: NoEvidence::Pass,
        ..VerifySettings::default()
    };
    match window(sheet, &settings, true) {
        Err(Halt::Refuse(_)) => return Ok(()),
        other => other?,
    }
    sheet.plan.on_failure.push_str("; when it is back and does not help, the run fails");
    Ok(())
}

/// What is watched, what can be measured of it, and what was measured before.
fn window(sheet: &mut Sheet, settings: &VerifySettings, rollback: bool) -> Part<()> {
    let firing = alarms(sheet, settings, rollback)?;
    let service = &sheet.detail.service;
    let mut facts = VerifyFacts {
        settings: settings.clone(),
        traffic: service.traffic.clone(),
        service_id: service.service_id.clone(),
        alone: sheet.detail.is_alone(),
        rollback,
        firing,
        ..VerifyFacts::default()
    };
    sheet.strong("verify", format!("{}: {}", duration(settings.window_ms), asks(settings)));
    if settings.asks_metrics() {
        facts.before = measures(sheet, &facts)?;
    }
    sheet.facts.verify = Some(facts);
    sheet.step(Stage::Verify, format!("watch for {}: {}", duration(settings.window_ms), asks(settings)));
    Ok(())
}

/// The read of what was measured before.
fn measured(sheet: &Sheet, facts: &VerifyFacts, range: Range) -> Ask {
    Ask::Metrics {
        targets: vec![MetricTarget {
            key: sheet.detail.service.key.clone(),
            traffic: facts.traffic.clone(),
            service_id: facts.service_id.clone(),
        }],
        metrics: METRICS.to_vec(),
        range,
        end: sheet.begun,
    }
}

/// Says what can be measured and what cannot; gives what was measured before.
fn measures(sheet: &mut Sheet, facts: &VerifyFacts) -> Part<Option<Measures>> {
    let service = &sheet.detail.service;
    let unmeasured = service.traffic.unmeasured();
    if facts.unmeasured() {
        let ways = if unmeasured.is_empty() {
            "it stands behind no load balancer that is known".to_owned()
        } else {
            unmeasured.join(", ")
        };
        let only = if facts.settings.alarms.is_empty() {
            "no evidence possible"
        } else {
            "no evidence of 5xx and p99 possible"
        };
        sheet.warn(format!("{only}: {ways}: requests, 5xx and p99 are not counted there"));
        return Ok(None);
    }
    if !unmeasured.is_empty() {
        sheet.warn(format!(
            "not measured: {}: requests, 5xx and p99 are not counted there",
            unmeasured.join(", ")
        ));
    }
    tell_witnesses(sheet);
    let range = if facts.rollback { Range::M15 } else { Range::H1 };
    let ask = measured(sheet, facts, range);
    let series = match sheet.found.metrics(ask)? {
        Ok(series) => series,
        Err(trouble) if facts.rollback && trouble.passes() => {
            sheet.warn(format!("what was measured before is not known: {}", trouble.why));
            return Ok(None);
        }
        Err(trouble) => return Err(unreadable(trouble, "5xx and p99 of the verify window")),
    };
    let of_it = series.iter().find(|(key, _)| *key == service.key).map(|(_, series)| series.as_slice());
    let series = of_it.unwrap_or_default();
    let asked: &[Metric] = match (facts.settings.asks_errors(), facts.settings.asks_p99()) {
        (true, true) => &[Metric::Requests, Metric::Errors, Metric::BalancerErrors, Metric::LatencyP99],
        (true, false) => &[Metric::Requests, Metric::Errors, Metric::BalancerErrors],
        (false, _) => &[Metric::LatencyP99],
    };
    match unread(series, asked) {
        Some(unread) if unread.denied => {
            return Err(Halt::refuse(
                format!("5xx and p99 of the verify window cannot be read: {}", unread.why),
                "allow it, or leave what it is for out of [application.verify]",
            ));
        }
        // CloudWatch answers, and could not tell this one for the hour before: the window asks for itself
        Some(unread) => {
            sheet.warn(format!("what was measured before is not known: {}", unread.why));
            return Ok(None);
        }
        None => {}
    }
    let before = if facts.rollback {
        Measures::newest(series, BEFORE_ROLLBACK)
    } else {
        Measures::newest(series, range.seconds() / 60)
    };
    if before.requests == 0 {
        let when = if facts.rollback { "minutes" } else { "hour" };
        sheet.warn(format!(
            "no request came in during the {when} before: the window may have nothing to judge by"
        ));
    }
    Ok(Some(before))
}

/// Says which target groups and balancers are the witnesses, and whom else these serve.
fn tell_witnesses(sheet: &mut Sheet) {
    let traffic = &sheet.detail.service.traffic;
    let groups: Vec<&str> = traffic.groups().into_iter().map(short).collect();
    if groups.len() > 1 {
        sheet.line("measured", format!("target groups {}, all added up", groups.join(", ")));
    }
    for id in traffic.answering() {
        let balancer = Balancer::of_id(id);
        let name = balancer.name();
        let text = match sheet.detail.neighbours.iter().find(|(known, _)| known.id == id) {
            Some((_, others)) if others.is_empty() => {
                format!("5xx of the balancer {name}, which serves it alone")
            }
            Some((_, others)) => {
                let groups = if others.len() == 1 { "target group" } else { "target groups" };
                let mut names = others.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
                if others.len() > NAMED {
                    names.push_str(", …");
                }
                let count = others.len();
                format!(
                    "5xx of the balancer {name}, which serves {count} other {groups} ({names}): those beyond the hour before count"
                )
            }
            None => format!(
                "5xx of the balancer {name}; whom else it serves is not known: those beyond the hour before count"
            ),
        };
        sheet.line("measured", text);
    }
}

/// What to do about trouble that passes.
const AGAIN: &str = "try again; nothing was changed";

/// A window that cannot be judged now could not be judged after the deploy either. Whatever goes back is not held up by
/// trouble that passes: its window puts nothing back.
fn unreadable(trouble: &Trouble, what: &str) -> Halt {
    let remedy = if trouble.passes() {
        AGAIN.to_owned()
    } else if trouble.kind == TroubleKind::Denied {
        format!("allow it, or leave what it is for out of [application.verify]; {}", trouble.remedy)
    } else {
        trouble.remedy.clone()
    };
    Halt::refuse(format!("{what} cannot be read: {}", trouble.why), remedy)
}

/// Refuses alarms that cannot be witnesses, and warns of those that are no good ones; gives those that are in alarm
/// already.
fn alarms(sheet: &mut Sheet, settings: &VerifySettings, rollback: bool) -> Part<Vec<String>> {
    if settings.alarms.is_empty() {
        return Ok(Vec::new());
    }
    let found = match sheet.found.alarms(&settings.alarms)? {
        Ok(found) => found,
        Err(trouble) if rollback && trouble.passes() => {
            sheet.warn(format!("the alarms of the verify window cannot be read: {}", trouble.why));
            return Ok(Vec::new());
        }
        Err(trouble) => return Err(unreadable(trouble, "the alarms of the verify window")),
    };
    let unknown: Vec<&str> = settings
        .alarms
        .iter()
        .filter(|name| !found.iter().any(|alarm| alarm.own_name() == **name))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let alarms = if unknown.len() == 1 { "alarm" } else { "alarms" };
        return Err(Halt::refuse(
            format!(
                "there is no {alarms} {} in account {} {}, which the verify window names",
                unknown.join(", "),
                sheet.plan.account,
                sheet.plan.region
            ),
            "correct alarms under [application.verify], or create it",
        ));
    }
    let firing: Vec<String> = found.iter().filter(|a| a.state == "ALARM").map(|a| a.name.clone()).collect();
    if !firing.is_empty() && !rollback {
        let names = firing.join(", ");
        sheet.warn(format!("in alarm already: {names}; that says nothing about the new version"));
    }
    Ok(firing)
}

/// The stages that put back what is set now, or why there are none.
fn way_back(sheet: &mut Sheet) -> Part<Result<WayBack, String>> {
    let digest = sheet.facts.earlier_digest.clone();
    let new = sheet.chosen.as_ref().and_then(|chosen| chosen.version.digest.clone());
    if digest.is_some() && digest == new {
        return Ok(Err("the same image ran before".to_owned()));
    }
    let service = &sheet.detail.service;
    let completed = running::last_completed(sheet.detail);
    if sheet.kind() != Kind::AppRunner && completed.is_none_or(|c| c.definition != service.task_definition) {
        return Ok(Err(format!(
            "{}, which is set, is not known to have been deployed completely",
            label(&service.task_definition)
        )));
    }
    if sheet.detail.status == "CREATE_FAILED" {
        return Ok(Err("the service never finished creating".to_owned()));
    }
    let short = sheet.detail.service.version.short();
    let mut way = WayBack {
        stages: vec![(Stage::Look, "check that nobody changed it since".to_owned())],
        definition: None,
        image: String::new(),
        tag: None,
        force: false,
        label: short,
    };
    if let Some(order) = sheet.facts.tag.clone() {
        return Ok(tag(sheet, way, order));
    }
    let stages = sheet.facts.stages.clone();
    let has = |stage| stages.contains(&stage);
    let earlier = Version::of(&sheet.facts.earlier_image, digest.as_deref());
    if has(Stage::Update) {
        return set(sheet, way, &earlier);
    }
    let Some(reference) = pinned(&earlier) else {
        return Ok(Err(format!("which image {} named before is not known", earlier.short())));
    };
    if has(Stage::Start) {
        return Ok(Err("App Runner does not say which image of the tag ran before".to_owned()));
    }
    way.image = reference;
    if has(Stage::Express) {
        way.stages.push((Stage::Express, "give it the earlier image".to_owned()));
        way.stages.push((Stage::Rollout, "watch until traffic is shifted back".to_owned()));
    } else {
        way.stages.push((Stage::AppRunner, "update it with the earlier image".to_owned()));
        way.stages.push((Stage::Operation, "watch the operation to its end".to_owned()));
    }
    Ok(Ok(way))
}

/// A reference that names this image for good; none where its tag moves and its digest is not known.
fn pinned(earlier: &Version) -> Option<String> {
    let moves = Version::of(&earlier.image, None);
    if earlier.image.is_empty() {
        return None;
    }
    if moves.digest.is_some() || moves.tag.as_deref().is_some_and(|tag| !is_moving(tag)) {
        return Some(earlier.image.clone());
    }
    earlier.digest.as_ref().map(|digest| format!("{}@{digest}", earlier.repository()))
}

fn tag(sheet: &Sheet, mut way: WayBack, order: TagOrder) -> Result<WayBack, String> {
    let Some(digest) = sheet.tag_before.clone() else {
        return Err(format!("what the tag {} named before is not known", order.tag));
    };
    way.image.clone_from(&sheet.facts.image);
    way.stages
        .push((Stage::TagImage, format!("move the tag {} back to {}", order.tag, image::short(&digest))));
    way.force = sheet.facts.force;
    way.definition.clone_from(&sheet.facts.definition);
    for stage in sheet.facts.stages.iter().skip_while(|s| **s != Stage::TagImage).skip(1) {
        let name = match stage {
            Stage::Update => "force a new deployment of it",
            Stage::Express => "give it the image of the tag again",
            Stage::Start => "start a deployment of the tag",
            Stage::Rollout => "watch until its tasks are replaced",
            Stage::Operation => "watch the operation to its end",
            _ => continue,
        };
        way.stages.push((*stage, name.to_owned()));
    }
    way.tag = Some(TagOrder { digest, ..order });
    Ok(way)
}

/// The way back of an ECS service: the earlier definition, or a copy of it whose image is pinned.
fn set(sheet: &mut Sheet, mut way: WayBack, earlier: &Version) -> Part<Result<WayBack, String>> {
    let definition = shared::definition(sheet)?;
    let container = shared::container(sheet, definition)?;
    let configured = Version::of(&container.image, earlier.digest.as_deref());
    let Some(reference) = pinned(&configured) else {
        return Ok(Err(format!("which image {} named before is not known", configured.short())));
    };
    let active = definition.status.is_empty() || definition.status == "ACTIVE";
    if reference == container.image && active {
        if sheet.facts.force {
            return Ok(Err("the same revision ran before".to_owned()));
        }
        way.definition = Some(definition.arn.clone());
        way.stages.push((Stage::Update, format!("update {} to {}", sheet.name(), definition.label())));
        way.label = definition.label();
    } else {
        sheet.documents.push(None);
        let changed = rollback::twins(definition, container);
        sheet.facts.templates.push(Template::of(definition, &changed, &reference, true));
        let of = label(&definition.arn).to_owned();
        way.stages.push((Stage::Register, format!("register a copy of {of} with its image pinned")));
        way.stages.push((Stage::Update, format!("update {} to the copy", sheet.name())));
        way.label = format!("a copy of {of}");
    }
    way.image = reference;
    way.stages.push((Stage::Rollout, "watch until its tasks are replaced".to_owned()));
    Ok(Ok(way))
}
