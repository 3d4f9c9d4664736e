//! From a wish to a plan: what is asked first, planning, and the plan or the refusal it ends in.

use super::{
    Effect, Purpose, TimerKey, dialog, keys,
    layout::keep,
    out::Out,
    runs, service,
    state::{Line, ListView, Loaded, Overlay, Screen, State, Tab, Wanted},
    update::notice,
};
use crate::{
    action::Action,
    model::{
        Answer, Ask, Image, ImageChoice, Kind, Protection, Refusal, RunId, RunKind, RunView, Service,
        ServiceKey, Stamp, Trouble, Verdict, Version,
    },
    ops::{self, CallId, Context, Event, MigrationSettings, Planner, Ran, StopWatching, TimerId, Wish},
};

/// A verb that changes something: what it means here, or a sentence why it means nothing.
pub(super) fn begin(state: &mut State, action: Action, out: &mut Out) {
    // on the runs, stop is about the watch, not about AWS
    if action == Action::Stop && state.screen() == Screen::Runs {
        runs::stop_watching(state, out);
        return;
    }
    keys::with_subject(state, out, |state, key, out| wished(state, key, action, out));
}

fn wished(state: &mut State, key: ServiceKey, action: Action, out: &mut Out) {
    let tab = match (&state.service, state.screen()) {
        (Some(view), Screen::Service) => Some(view.tab),
        _ => None,
    };
    let wish = match action {
        Action::Deploy => {
            pick_image(state, key, false, out);
            return;
        }
        Action::Migrate => {
            pick_image(state, key, true, out);
            return;
        }
        Action::Scale => {
            ask_count(state, key, out);
            return;
        }
        Action::RollBack if tab == Some(Tab::Revisions) && !service::is_rolling(state) => {
            let chosen = state.service.as_ref().and_then(|view| {
                let all = view.revisions.value.as_ref()?;
                all.get(view.list_of(Tab::Revisions).cursor).filter(|r| !r.current).cloned()
            });
            Wish::RollBack { to: chosen }
        }
        Action::RollBack => Wish::RollBack { to: None },
        Action::Redeploy => Wish::Redeploy,
        Action::Stop if tab == Some(Tab::Tasks) => {
            let Some(task) = service::selected_task(state) else {
                notice(state, out, "no running task is selected", false);
                return;
            };
            Wish::StopTask { task }
        }
        Action::Stop => Wish::StopRollout,
        _ => return,
    };
    plan(state, key, wish, out);
}

/// Says no at once where the environment allows no change at all; true when it did.
fn refused_at_once(state: &mut State, key: &ServiceKey, title: &str, out: &mut Out) -> bool {
    let refusal = match state.environment(&key.environment) {
        Some(environment) if environment.protection == Protection::ReadOnly => Refusal::new(
            format!("{} is read-only", key.environment),
            "change its protection in the configuration to allow changes",
        ),
        None => Refusal::new(format!("{} is not known any more", key.environment), ""),
        Some(_) => return false,
    };
    refuse(state, title.to_owned(), refusal, out);
    true
}

fn refuse(state: &mut State, title: String, refusal: Refusal, out: &mut Out) {
    state.overlay = Some(Overlay::Refused { title, refusal });
    state.overlay_since = state.drawn + 1;
    out.touch();
}

// ---- what is asked first ----------------------------------------------------------------------------------

/// The version in use: the row's, or the one the open service tells while the row has none; empty while
/// neither is known.
pub fn version_in_use(state: &State, key: &ServiceKey) -> Version {
    let known = |version: &Version| !version.image.is_empty();
    if let Some(row) = state.rows.get(key).filter(|row| known(&row.version)) {
        return row.version.clone();
    }
    let view = state.service.as_ref().filter(|view| view.key == *key);
    let Some(detail) = view.and_then(|view| view.detail.value.as_deref()) else { return Version::default() };
    if known(&detail.service.version) {
        return detail.service.version.clone();
    }
    let container = detail.task_definition.as_ref().and_then(|definition| definition.main_container(None));
    container.map_or_else(Version::default, |container| Version::of(&container.image, None))
}

/// The repository whose images can be deployed: the configured one in the registry in use, else the one in
/// use; empty while that is not known.
fn repository(state: &State, row: &Service) -> String {
    let used = version_in_use(state, &row.key);
    let configured = state.settings.application_for(&row.key).and_then(|a| a.repository.as_deref());
    let named = used.repository_named(configured);
    // a bare name is nowhere to look while the registry is not known
    if named.contains('/') || !used.image.is_empty() { named } else { String::new() }
}

fn pick_image(state: &mut State, key: ServiceKey, migrate: bool, out: &mut Out) {
    let title = if migrate { format!("Migrate {}", key.name) } else { format!("Deploy to {}", key.name) };
    if refused_at_once(state, &key, &title, out) {
        return;
    }
    if !state.rows.contains_key(&key) {
        return;
    }
    let images = Loaded {
        trouble: Some(Trouble {
            kind: crate::model::TroubleKind::NotFound,
            what: "find the image repository".into(),
            on: key.to_string(),
            why: "the image in use is not known yet".into(),
            remedy: "its images are listed as soon as it is; an image reference can be typed now".into(),
        }),
        ..Loaded::default()
    };
    state.overlay = Some(Overlay::Images {
        key: key.clone(),
        migrate,
        repository: String::new(),
        line: Line::default(),
        images,
        shown: Vec::new(),
        list: ListView::default(),
    });
    ask_images(state, out);
    if matches!(&state.overlay, Some(Overlay::Images { repository, .. }) if repository.is_empty()) {
        super::environments::read_rows(out, vec![key]);
    }
    out.touch();
}

/// Asks for the images of an open picker, once the repository is known.
pub(super) fn ask_images(state: &mut State, out: &mut Out) {
    let Some(Overlay::Images { key, repository: asked, .. }) = &state.overlay else { return };
    let Some(row) = state.rows.get(key).filter(|_| asked.is_empty()) else { return };
    let found = repository(state, row);
    if found.is_empty() {
        return;
    }
    let Some(Overlay::Images { key, repository, images, .. }) = &mut state.overlay else { return };
    repository.clone_from(&found);
    images.trouble = None;
    images.loading = true;
    out.ask(&key.environment, Purpose::Images(key.clone()), Ask::Images { repository: found });
    out.touch();
}

/// Images came, or not.
pub(super) fn images(state: &mut State, key: &ServiceKey, result: Result<Answer, Trouble>, out: &mut Out) {
    let now = state.now;
    let used = version_in_use(state, key);
    let Some(Overlay::Images { key: own, images, migrate, list, .. }) = &mut state.overlay else { return };
    if own != key {
        return;
    }
    images.loading = false;
    match result {
        Ok(Answer::Images(mut found)) => {
            if *migrate {
                list.cursor = preselect(&mut found, &used);
            }
            images.value = Some(found);
            images.at = Some(now);
        }
        Ok(_) => {}
        Err(trouble) => images.trouble = Some(trouble),
    }
    match_images(state);
    out.touch();
}

/// Where the image in use stands among the images; it is put first where it is not among them.
fn preselect(images: &mut Vec<Image>, used: &Version) -> usize {
    if let Some(place) = images.iter().position(|image| is_used(image, used)) {
        return place;
    }
    let (digest, tags) = (used.digest.clone().unwrap_or_default(), used.tag.iter().cloned().collect());
    images.insert(0, Image { digest, tags, pushed_at: None, bytes: 0 });
    0
}

/// True when this is the image in use: by digest where that is known, else by tag.
fn is_used(image: &Image, used: &Version) -> bool {
    match (&used.digest, &used.tag) {
        (Some(digest), _) => image.digest == *digest,
        (None, Some(tag)) => image.tags.contains(tag),
        (None, None) => image.digest.is_empty(),
    }
}

/// Finds the images that match what is typed.
pub(super) fn match_images(state: &mut State) {
    let page = super::layout::picker(state.size).body.rows();
    let Some(Overlay::Images { line, images, shown, list, .. }) = &mut state.overlay else { return };
    let wanted = line.text.trim().trim_start_matches('@').to_lowercase();
    *shown = images
        .value
        .iter()
        .flatten()
        .enumerate()
        .filter(|(_, image)| matches_image(image, &wanted))
        .map(|(index, _)| index)
        .collect();
    keep(list, shown.len(), page);
}

fn matches_image(image: &Image, wanted: &str) -> bool {
    let hex = image.digest.trim_start_matches("sha256:");
    wanted.is_empty()
        || image.tags.iter().any(|tag| super::filter::contains(tag, wanted))
        || hex.starts_with(wanted.trim_start_matches("sha256:"))
}

/// Names of the environments in which a service of the same application runs this image, in their order.
pub fn runs_in(state: &State, key: &ServiceKey, image: &Image) -> Vec<String> {
    let Some(application) = state.rows.get(key).map(|row| &row.application) else { return Vec::new() };
    let runs = |row: &&Service| {
        row.application == *application && row.version.digest.as_deref() == Some(image.digest.as_str())
    };
    let mut names: Vec<String> = Vec::new();
    for environment in &state.environments {
        if state.rows.values().filter(runs).any(|row| row.key.environment == environment.name) {
            names.push(environment.name.to_string());
        }
    }
    names
}

/// What is planned with the image that is taken: the selected one, or what is typed when nothing matches it.
/// Migrations run with the image in use unless another is taken.
pub(super) fn chosen(state: &State) -> Option<(ServiceKey, Wish)> {
    let Some(Overlay::Images { key, line, images, shown, list, migrate, .. }) = &state.overlay else {
        return None;
    };
    let listed = shown.get(list.cursor).and_then(|index| images.value.as_ref()?.get(*index));
    let choice = match listed {
        Some(image) if *migrate && is_used(image, &version_in_use(state, key)) => {
            return Some((key.clone(), Wish::Migrate { image: None }));
        }
        // a tag that was typed in full is meant as such, one that moves too
        Some(image) if image.tags.iter().any(|tag| tag == line.text.trim()) => ImageChoice::typed(&line.text),
        Some(image) => match image.tags.first() {
            // a tag that moves may point elsewhere by the time the plan reads it
            Some(tag) if !crate::model::service::is_moving(tag) => ImageChoice::Tag(tag.clone()),
            _ => ImageChoice::Digest(image.digest.clone()),
        },
        None if line.text.trim().is_empty() => {
            return migrate.then(|| (key.clone(), Wish::Migrate { image: None }));
        }
        None => ImageChoice::typed(&line.text),
    };
    let wish = if *migrate { Wish::Migrate { image: Some(choice) } } else { Wish::Deploy(choice) };
    Some((key.clone(), wish))
}

fn ask_count(state: &mut State, key: ServiceKey, out: &mut Out) {
    if refused_at_once(state, &key, &format!("Scale {}", key.name), out) {
        return;
    }
    if key.kind == Kind::AppRunner {
        let refusal = Refusal::new(
            "App Runner sets the number of instances itself, by its auto-scaling configuration",
            "change that configuration in the AWS console",
        );
        refuse(state, format!("Scale {}", key.name), refusal, out);
        return;
    }
    // empty: a digit typed behind the present number would make another one of it
    state.overlay = Some(Overlay::Scale { key, line: Line::default() });
    out.touch();
}

// ---- planning ---------------------------------------------------------------------------------------------

/// Plans a wish; the planner at work before is abandoned.
pub(super) fn plan(state: &mut State, key: ServiceKey, wish: Wish, out: &mut Out) {
    let title = title(&wish, &key);
    if refused_at_once(state, &key, &title, out) {
        return;
    }
    let wanted = Wanted { wish, key, title, at: state.now, was: Default::default(), again: String::new() };
    start(state, wanted, out);
}

/// Plans the same again, because the plan that was shown is void.
pub(super) fn plan_again(state: &mut State, wanted: Wanted, why: &str, out: &mut Out) {
    start(state, Wanted { again: why.to_owned(), at: state.now, ..wanted }, out);
}

fn start(state: &mut State, mut wanted: Wanted, out: &mut Out) {
    abandon(state, out);
    let Some(context) = context(state, &wanted.key) else {
        let refusal = Refusal::new(format!("{} is not known any more", wanted.key), "go back to the fleet");
        refuse(state, wanted.title, refusal, out);
        return;
    };
    wanted.was = (context.service.task_definition.clone(), context.service.revision.clone());
    let run = fresh_id(state);
    let (planner, effects) = Planner::begin(wanted.wish.clone(), context, run.clone(), state.now);
    pass_on(&run, &wanted.key, effects, out);
    state.overlay = Some(Overlay::Planning { run: run.clone(), title: wanted.title.clone() });
    state.overlay_since = state.drawn + 1;
    state.runs.planners.insert(run.clone(), planner);
    state.runs.wanted.insert(run.clone(), wanted);
    out.touch();
    settle(state, &run, out);
}

/// Abandons planners at work. Nothing was changed by them.
pub(super) fn abandon(state: &mut State, out: &mut Out) {
    let now = state.now;
    for (_, mut planner) in state.runs.planners.drain() {
        let _ = planner.step(Event::Stop(StopWatching), now);
        out.touch();
    }
    state.runs.wanted.clear();
}

/// `Deploy 8be02d4 to prod-service`, before the plan says it better.
fn title(wish: &Wish, key: &ServiceKey) -> String {
    let name = &key.name;
    match wish {
        Wish::Deploy(ImageChoice::Tag(tag)) => format!("Deploy {tag} to {name}"),
        Wish::Deploy(ImageChoice::Digest(digest)) => {
            let hex: String = digest.trim_start_matches("sha256:").chars().take(7).collect();
            format!("Deploy @{hex} to {name}")
        }
        Wish::Deploy(ImageChoice::Reference(image)) => format!("Deploy {image} to {name}"),
        Wish::Deploy(ImageChoice::Current) => format!("Deploy the configured image to {name} again"),
        Wish::RollBack { to: Some(revision) } => format!("Roll {name} back to {}", revision.label),
        Wish::RollBack { to: None } => format!("Roll {name} back"),
        Wish::Migrate { image: None } => format!("Run the migrations of {name}"),
        Wish::Migrate { image: Some(image) } => match image {
            ImageChoice::Tag(text) | ImageChoice::Digest(text) | ImageChoice::Reference(text) => {
                format!("Run the migrations of {text} for {name}")
            }
            ImageChoice::Current => format!("Run the migrations of {name}"),
        },
        Wish::Redeploy => format!("Redeploy {name}"),
        Wish::Scale(count) => format!("Scale {name} to {count} tasks"),
        Wish::StopRollout => format!("Stop the rollout of {name}"),
        Wish::Promote { from } => format!("Promote {from} to {name}"),
        Wish::Release(_) => format!("Release to {name}"),
        Wish::Continue { rollback: false } => format!("Let the rollout of {name} go on"),
        Wish::Continue { rollback: true } => format!("Roll the rollout of {name} back"),
        Wish::StopTask { task } => {
            format!("Stop task {} of {name}", task.rsplit('/').next().unwrap_or(task))
        }
    }
}

/// An id for a run: ordered by time, set apart by who runs it, by the process, and by a count.
fn fresh_id(state: &mut State) -> RunId {
    state.run_counter = state.run_counter.wrapping_add(1);
    // FNV-1a
    let who = state
        .who
        .bytes()
        .chain(state.seed.to_be_bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let id = format!("{:011x}-{who:08x}-{:02x}", state.now.0.max(0), state.run_counter & 0xff);
    RunId::from(id.as_str())
}

/// What the planner is told of the service and of the settings.
fn context(state: &State, key: &ServiceKey) -> Option<Context> {
    let service = state.rows.get(key)?.clone();
    let environment = state.environment(&key.environment)?;
    let configured = state.settings.environment(&key.environment);
    let account = configured
        .and_then(|e| e.account.clone())
        .or_else(|| environment.identity.as_ref().map(|i| i.account.clone()))
        .unwrap_or_default();
    let region = match environment.region.as_str() {
        "" => service.arn.split(':').nth(3).unwrap_or_default().to_owned(),
        known => known.to_owned(),
    };
    let application = state.settings.application_for(key);
    let mut context = Context::new(service, &account, &region, &state.who);
    context.repository = application.and_then(|a| a.repository.clone());
    if let Some(migration) = application.and_then(|a| a.migration.as_ref()) {
        context.container.clone_from(&migration.container);
        context.migration = MigrationSettings {
            container: migration.container.clone(),
            command: migration.command.clone(),
            timeout_s: migration.timeout.as_secs(),
            task_definition: migration.task_definition.clone(),
            ..MigrationSettings::default()
        };
    }
    context.previous = previous(state, key);
    // a demo asks often, since its clock is fast; nobody's AWS is asked more often than this
    let refresh = u64::try_from(state.settings.refresh.as_millis() / 2).unwrap_or(u64::MAX);
    context.poll_ms = refresh.clamp(500, ops::POLL_MS);
    context.stuck_after_ms =
        u64::try_from(state.settings.stuck_after.as_millis()).unwrap_or(context.stuck_after_ms);
    context.read_only = environment.protection == Protection::ReadOnly;
    Some(context)
}

/// Images that this machine's journal knows to have run here: those its runs put in place, and those that were
/// set when a run began.
fn previous(state: &State, key: &ServiceKey) -> Vec<(Version, Ran)> {
    let own = || state.runs.past.iter().filter(|view| view.header.key == *key);
    let put = |view: &RunView| -> Option<Stamp> {
        let (Verdict::Succeeded, _, at) = view.end.as_ref()? else { return None };
        matches!(view.header.kind, RunKind::Deploy | RunKind::Rollback).then_some(*at)
    };
    let set_before = own().filter_map(|view| {
        let at = view.header.at;
        let ran = match (put(view), view.header.kind) {
            (Some(_), RunKind::Rollback) => Ran::RolledBackFrom(at),
            (Some(_), _) => Ran::Until(at),
            (None, _) => Ran::Seen(at),
        };
        Some((view.before.clone()?, ran))
    });
    own()
        .filter_map(|view| {
            let at = put(view)?;
            let image = view.writes.iter().rev().find_map(|(operation, target, _)| {
                let image = target.split_once(" → ").map(|(_, image)| image)?;
                matches!(operation.as_str(), "apprunner:UpdateService" | "ecs:UpdateExpressGatewayService")
                    .then_some(image)
            })?;
            Some((Version::of(image, None), Ran::PutInPlace(at)))
        })
        .chain(set_before)
        .collect()
}

fn pass_on(run: &RunId, key: &ServiceKey, effects: Vec<ops::Effect>, out: &mut Out) {
    for effect in effects {
        match effect {
            ops::Effect::Ask(call, ask) => {
                out.ask(&key.environment, Purpose::Plan(run.clone(), call), ask);
            }
            ops::Effect::Timer(timer, after) => out.timer(TimerKey::Plan(run.clone(), timer), after),
            // a planner has leave for neither: it changes nothing and is not in the journal
            ops::Effect::Write(..) | ops::Effect::Journal(_) => {}
        }
    }
}

fn step(state: &mut State, run: &RunId, event: Event, out: &mut Out) {
    let now = state.now;
    let Some(key) = state.runs.wanted.get(run).map(|wanted| wanted.key.clone()) else { return };
    let Some(planner) = state.runs.planners.get_mut(run) else { return };
    let effects = planner.step(event, now);
    pass_on(run, &key, effects, out);
    settle(state, run, out);
}

/// An answer for a planner.
pub(super) fn answered(
    state: &mut State,
    run: &RunId,
    call: CallId,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    if let (Ok(Answer::Detail(detail)), Some(wanted)) = (&result, state.runs.wanted.get_mut(run))
        && detail.service.key == wanted.key
    {
        // what the plan is made of, whatever the row knew when it was wished for
        wanted.was = (detail.service.task_definition.clone(), detail.service.revision.clone());
    }
    step(state, run, Event::Answer(call, result), out);
}

/// A planner's timer.
pub(super) fn timer(state: &mut State, run: &RunId, timer: TimerId, out: &mut Out) {
    step(state, run, Event::Timer(timer), out);
}

/// Shows the plan or the refusal, once there is one.
fn settle(state: &mut State, run: &RunId, out: &mut Out) {
    if state.runs.planners.get(run).is_none_or(|planner| planner.outcome().is_none()) {
        return;
    }
    let (Some(planner), Some(wanted)) = (state.runs.planners.remove(run), state.runs.wanted.remove(run))
    else {
        return;
    };
    // it was abandoned, or something else has the screen
    if !matches!(&state.overlay, Some(Overlay::Planning { run: own, .. }) if own == run) {
        return;
    }
    match planner.into_outcome() {
        Some(Ok(draft)) => dialog::open(state, draft, wanted, out),
        Some(Err(refusal)) => refuse(state, wanted.title, refusal, out),
        None => state.overlay = None,
    }
    out.touch();
}

/// The effect that writes a line of the journal.
pub(super) fn journal(run: &RunId, entry: crate::model::Entry) -> Effect {
    Effect::Journal { run: run.clone(), entry }
}
