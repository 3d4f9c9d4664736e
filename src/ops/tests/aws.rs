//! A small AWS that remembers what was done to it, for flights from wish to verdict.

use super::world::*;
use crate::model::armed::Confirmation;
use crate::model::task::TaskContainer;
use crate::model::{
    AlarmBrief, Answer, Ask, Authority, DeploymentStatus, Entry, HistoricDeployment, LogChunk, Metric,
    Protection, RunView, Stamp, TaskBrief, Trouble, TroubleKind, Unread, Verdict, Version, Write, Written,
};
use crate::model::{object::Object, write::PutWhen};
use crate::ops::{Context, Draft, Effect, Event, LockSettings, Run, TimerId, VerifySettings};
use std::collections::{BTreeMap, VecDeque};

/// Ends the tokens of tasks that AWS does not tell of any more.
const FORGOTTEN: &str = "#forgotten";

/// A one-off task.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) command: String,
    pub(super) definition: String,
    reads: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Aws {
    pub(super) world: World,
    /// Tasks by token: the same token is the same task.
    pub(super) tasks: BTreeMap<String, Job>,
    /// Commands run on this machine.
    pub(super) local: Vec<String>,
    /// Exit codes by a part of the command; else 0.
    pub(super) exits: Vec<(&'static str, i32)>,
    /// Task definitions with their images, in the order in which they were registered.
    pub(super) registered: Vec<(String, String)>,
    pub(super) objects: BTreeMap<String, Object>,
    etags: u32,
    /// Requests, errors and p99 of each minute.
    pub(super) traffic: (f32, f32, f32),
    /// CloudWatch tells nothing at all.
    pub(super) silent: bool,
    /// Metrics that CloudWatch could not, or would not, tell.
    pub(super) unread: Vec<(Metric, Unread)>,
    pub(super) alarms: Vec<AlarmBrief>,
    /// What rollouts come to, by a part of the definition's ARN; else success.
    pub(super) outcomes: Vec<(String, DeploymentStatus)>,
    /// Tags by what they name.
    pub(super) tags: Vec<(String, String)>,
    /// Every change that was made.
    pub(super) done: Vec<Write>,
    /// Changes that are refused.
    pub(super) denied: Vec<&'static str>,
    /// Objects whose keys hold this are not written.
    pub(super) unwritable: Option<(&'static str, TroubleKind)>,
    reads: u32,
}

impl Aws {
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            tasks: BTreeMap::new(),
            local: Vec::new(),
            exits: Vec::new(),
            registered: Vec::new(),
            objects: BTreeMap::new(),
            etags: 0,
            traffic: (400.0, 0.0, 118.0),
            silent: false,
            unread: Vec::new(),
            alarms: vec![AlarmBrief { name: "prod-5xx".into(), state: "OK".into(), ..AlarmBrief::default() }],
            outcomes: Vec::new(),
            tags: Vec::new(),
            done: Vec::new(),
            denied: Vec::new(),
            unwritable: None,
            reads: 0,
        }
    }

    pub(super) fn image_of(&self, arn: &str) -> String {
        let own = self.registered.iter().find(|(known, _)| known == arn).map(|(_, image)| image.clone());
        own.unwrap_or_else(|| {
            let found = self.world.definitions.iter().find(|d| d.arn == arn);
            found.map(|d| d.containers[0].image.clone()).unwrap_or_default()
        })
    }

    /// The image that the service is set to.
    pub(super) fn set(&self) -> String {
        if self.world.detail.task_definition.is_some() {
            return self.image_of(&self.world.detail.service.task_definition);
        }
        self.world.detail.service.version.image.clone()
    }

    pub(super) fn lock(&self) -> Option<&Object> {
        self.objects.iter().find(|(key, _)| key.contains("locks/")).map(|(_, object)| object)
    }

    pub(super) fn record(&self) -> Option<crate::ops::RunRecord> {
        let (_, object) = self.objects.iter().find(|(key, _)| key.contains("runs/"))?;
        Some(crate::ops::RunRecord::read(object).unwrap())
    }

    pub(super) fn put(&mut self, key: &str, body: String) -> String {
        self.etags += 1;
        let etag = format!("etag-{}", self.etags);
        let object = Object { body, etag: etag.clone(), ..Object::default() };
        self.objects.insert(key.to_owned(), object);
        etag
    }

    pub(super) fn ask(&mut self, ask: &Ask) -> Result<Answer, Trouble> {
        self.reads += 1;
        Ok(match ask {
            Ask::Object { place } => Answer::Object(self.objects.get(&place.key).cloned()),
            Ask::Alarms { names } => {
                Answer::Alarms(self.alarms.iter().filter(|a| names.contains(&a.name)).cloned().collect())
            }
            Ask::Metrics { targets, end, .. } => {
                let told = if self.silent { Vec::new() } else { series(*end, self.traffic) };
                let told = without(told, &self.unread);
                Answer::Metrics(vec![(targets[0].key.clone(), told)])
            }
            Ask::Rows(_) => Answer::Rows(vec![self.world.detail.service.clone()]),
            Ask::Definition(arn) if self.registered.iter().any(|(known, _)| known == arn) => {
                let mut found = definition(41, &self.image_of(arn));
                found.arn.clone_from(arn);
                Answer::Definition(Box::new(found))
            }
            Ask::Task { task, .. } => {
                let Some((token, job)) =
                    self.tasks.iter_mut().find(|(token, _)| task.ends_with(token.as_str()))
                else {
                    return Ok(Answer::Task(None));
                };
                job.reads += 1;
                let exit = self.exits.iter().find(|(part, _)| job.command.contains(part)).map_or(0, |e| e.1);
                let over = job.reads > 2;
                let mut brief = super::world::task(
                    if over { "STOPPED" } else { "RUNNING" },
                    over.then_some(exit),
                    "EssentialContainerExited",
                    "",
                );
                brief.arn = arn_of(token);
                brief.containers = vec![TaskContainer {
                    name: "service".into(),
                    exit_code: over.then_some(exit),
                    ..TaskContainer::default()
                }];
                Answer::Task(Some(TaskBrief { ..brief }))
            }
            Ask::Started { by, .. } => Answer::Tasks(
                self.tasks
                    .keys()
                    .filter(|token| !token.ends_with(FORGOTTEN))
                    .map(|token| TaskBrief {
                        arn: arn_of(token),
                        started_by: by.clone(),
                        ..TaskBrief::default()
                    })
                    .collect(),
            ),
            Ask::Begun { .. } => Answer::Tasks(self.world.begun.clone()),
            Ask::Logs { .. } => Answer::Logs(LogChunk::default()),
            Ask::Deployment { arn } => {
                self.move_on(arn);
                let found = self.world.detail.history.iter().find(|h| &h.arn == arn).cloned();
                Answer::Deployment(found.map(Box::new))
            }
            Ask::Operation { id, .. } => {
                let operations = &mut self.world.detail.operations;
                let found = operations.iter_mut().find(|o| &o.id == id);
                Answer::Operation(found.map(|operation| {
                    "SUCCEEDED".clone_into(&mut operation.status);
                    operation.clone()
                }))
            }
            other => self.world.answer(other)?,
        })
    }

    fn move_on(&mut self, arn: &str) {
        let Some(found) = self.world.detail.history.iter_mut().find(|h| h.arn == arn) else { return };
        if found.status.is_over() {
            return;
        }
        found.status = if found.status == DeploymentStatus::Pending {
            DeploymentStatus::InProgress
        } else {
            let definition = found.task_definition.clone().unwrap_or_default();
            let outcome = self.outcomes.iter().find(|(part, _)| definition.ends_with(part.as_str()));
            outcome.map_or(DeploymentStatus::Successful, |(_, status)| *status)
        };
        if found.status == DeploymentStatus::RollbackSuccessful {
            // AWS sets the service to what was whole before
            let whole = |h: &&HistoricDeployment| h.status == DeploymentStatus::Successful;
            let back = self.world.detail.history.iter().find(whole).and_then(|h| h.task_definition.clone());
            if let Some(back) = back {
                self.world.detail.service.task_definition = back;
            }
        }
    }

    /// More than an hour went by since the tasks ended: they are forgotten, and their tokens with them.
    pub(super) fn forget_tasks(&mut self) {
        let tasks = std::mem::take(&mut self.tasks);
        let forgotten = |token: String| if token.ends_with(FORGOTTEN) { token } else { token + FORGOTTEN };
        self.tasks = tasks.into_iter().map(|(token, job)| (forgotten(token), job)).collect();
    }

    /// Somebody, or a run, sets the service.
    pub(super) fn set_service(&mut self, arn: &str) -> String {
        let detail = &mut self.world.detail;
        for past in detail.history.iter_mut().filter(|h| !h.status.is_over()) {
            past.status = DeploymentStatus::Stopped;
        }
        let number = detail.history.len() + 40;
        let mut made = historic(&format!("d{number}"), 1, "8be02d4", DeploymentStatus::Pending);
        made.task_definition = Some(arn.to_owned());
        let id = made.arn.clone();
        detail.history.insert(0, made);
        arn.clone_into(&mut detail.service.task_definition);
        let image = self.image_of(arn);
        let digest = self.digest_of(&image);
        self.world.detail.service.version = Version::of(&image, digest.as_deref());
        id
    }

    fn digest_of(&self, image: &str) -> Option<String> {
        let version = Version::of(image, None);
        if version.digest.is_some() {
            return version.digest;
        }
        let tag = version.tag?;
        let moved = self.tags.iter().rev().find(|(name, _)| *name == tag).map(|(_, digest)| digest.clone());
        moved.or_else(|| self.world.images.iter().find(|i| i.tags.contains(&tag)).map(|i| i.digest.clone()))
    }

    pub(super) fn write(&mut self, write: &Write) -> Result<Written, Trouble> {
        if self.denied.contains(&write.operation()) {
            return Err(trouble(TroubleKind::Denied));
        }
        self.done.push(write.clone());
        Ok(match write {
            Write::RegisterTaskDefinition { document, .. } => {
                let arn = definition_arn(u32::try_from(self.registered.len()).unwrap() + 42);
                let image = document.open()["containerDefinitions"][0]["image"].as_str().unwrap().to_owned();
                self.registered.push((arn.clone(), image));
                Written::TaskDefinition { arn }
            }
            Write::UpdateService { task_definition, .. } => {
                let set = self.world.detail.service.task_definition.clone();
                let arn = task_definition.clone().unwrap_or(set);
                let id = self.set_service(&arn);
                Written::Service { deployment: None, service_deployment: Some(id), task_definition: arn }
            }
            Write::RunTask(task) => {
                self.tasks.entry(task.client_token.clone()).or_insert_with(|| Job {
                    command: task.command.join(" "),
                    definition: task.task_definition.clone(),
                    reads: 0,
                });
                Written::Task { arn: arn_of(&task.client_token) }
            }
            Write::RunLocal { command, .. } => {
                let command = command.join(" ");
                let exit = self.exits.iter().find(|(part, _)| command.contains(part)).map_or(0, |e| e.1);
                self.local.push(command);
                Written::Exited { code: Some(exit) }
            }
            Write::PutObject { place, body, when } => {
                if let Some((_, kind)) = self.unwritable.filter(|(part, _)| place.key.contains(part)) {
                    return Err(trouble(kind));
                }
                let there = self.objects.get(&place.key).map(|object| object.etag.clone());
                let met = match when {
                    PutWhen::Always => true,
                    PutWhen::Absent => there.is_none(),
                    PutWhen::Same(etag) => there.as_ref() == Some(etag),
                };
                if !met {
                    return Ok(Written::Unmet);
                }
                Written::Object { etag: self.put(&place.key.clone(), body.clone()) }
            }
            Write::DeleteObject { place, etag } => {
                match self.objects.get(&place.key) {
                    Some(object) if object.etag != *etag => return Ok(Written::Unmet),
                    _ => self.objects.remove(&place.key),
                };
                Written::Done
            }
            Write::TagImage { tag, digest, .. } => {
                self.tags.push((tag.clone(), digest.clone()));
                Written::Done
            }
            Write::UpdateExpress { image, .. } | Write::UpdateAppRunner { image, .. } => {
                let number = self.world.detail.operations.len();
                let digest = self.digest_of(image);
                self.world.set_image(image, digest.as_deref());
                self.world.detail.service.version = Version::of(image, digest.as_deref());
                if self.world.detail.task_definition.is_some() {
                    let arn = self.world.detail.service.task_definition.clone();
                    let id = self.set_service(&arn);
                    self.world.detail.service.version = Version::of(image, digest.as_deref());
                    return Ok(Written::Service {
                        deployment: None,
                        service_deployment: Some(id),
                        task_definition: arn,
                    });
                }
                let id = format!("op-{number}");
                self.world.detail.operations.insert(0, operation(&id, "UPDATE_SERVICE", "IN_PROGRESS"));
                Written::Operation { id }
            }
            Write::StartDeployment { .. } => {
                let id = format!("op-{}", self.world.detail.operations.len());
                self.world.detail.operations.insert(0, operation(&id, "START_DEPLOYMENT", "IN_PROGRESS"));
                Written::Operation { id }
            }
            _ => Written::Done,
        })
    }
}

fn arn_of(token: &str) -> String {
    format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task/prod/{token}")
}

/// A run that is carried out against it.
#[derive(Debug, Clone)]
pub(super) struct Driver {
    pub(super) run: Run,
    pub(super) journal: Vec<Entry>,
    pub(super) now: Stamp,
    pub(super) queue: VecDeque<Effect>,
    pub(super) timers: Vec<(TimerId, Stamp)>,
}

impl Driver {
    pub(super) fn start(draft: Draft) -> Self {
        let authority = Authority::grant(&draft.plan, Protection::Confirm, &Confirmation::Key).unwrap();
        let (run, effects) = Run::start(draft, authority, NOW);
        Self { run, journal: Vec::new(), now: NOW, queue: effects.into(), timers: Vec::new() }
    }

    /// The process died; another one takes the run up from what is on disk.
    pub(super) fn take_up(&self, after_ms: i64) -> Option<Self> {
        self.take_up_with(&[], after_ms)
    }

    /// The same, where the configuration has variables.
    pub(super) fn take_up_with(&self, variables: &[(String, String)], after_ms: i64) -> Option<Self> {
        let now = self.now.plus(after_ms);
        let text: Vec<String> = self.journal.iter().map(|e| serde_json::to_string(e).unwrap()).collect();
        let journal: Vec<Entry> = text.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (run, effects) = Run::take_up(&journal, variables, super::harness::confirmed(), now)?;
        Some(Self { run, journal, now, queue: effects.into(), timers: Vec::new() })
    }

    /// Another process takes it up from what is on disk, and tells the gate this.
    pub(super) fn take_up_by(&self, gate: crate::model::Gate, after_ms: i64) -> Option<Self> {
        let now = self.now.plus(after_ms);
        let (run, effects) = Run::take_up(&self.journal, &[], gate, now)?;
        Some(Self { run, journal: self.journal.clone(), now, queue: effects.into(), timers: Vec::new() })
    }

    /// Somebody confirms that it goes on.
    pub(super) fn go_on(&mut self, gate: crate::model::Gate) {
        let effects = self.run.step(Event::GoOn(gate), self.now);
        self.queue.extend(effects);
    }

    pub(super) fn stop(&mut self) {
        let effects = self.run.step(Event::Stop(crate::ops::StopWatching), self.now);
        self.queue.extend(effects);
    }

    pub(super) fn resume(&mut self) {
        let effects = self.run.step(Event::Resume, self.now);
        self.queue.extend(effects);
    }

    /// The change that comes next, where it is one.
    pub(super) fn next_write(&self) -> Option<&Write> {
        match self.queue.front() {
            Some(Effect::Write(_, armed)) => Some(armed.write()),
            _ => None,
        }
    }

    /// Carries one thing out; false when nothing is left to do.
    pub(super) fn one(&mut self, aws: &mut Aws) -> bool {
        let event = match self.queue.pop_front() {
            Some(Effect::Journal(entry)) => {
                self.journal.push(entry);
                return true;
            }
            Some(Effect::Ask(id, ask)) => Event::Answer(id, aws.ask(&ask)),
            Some(Effect::Write(id, armed)) => Event::Written(id, aws.write(armed.write())),
            Some(Effect::Timer(id, millis)) => {
                self.timers.push((id, self.now.plus(i64::try_from(millis).unwrap())));
                return true;
            }
            None => {
                let Some((place, _)) = self.timers.iter().enumerate().min_by_key(|(_, (_, due))| *due) else {
                    return false;
                };
                if self.run.is_over() {
                    return false;
                }
                let (id, due) = self.timers.remove(place);
                self.now = self.now.max(due);
                Event::Timer(id)
            }
        };
        let effects = self.run.step(event, self.now);
        self.queue.extend(effects);
        true
    }

    /// One thing; reads of this sort are denied.
    pub(super) fn deny(&mut self, aws: &mut Aws, denied: impl Fn(&Ask) -> bool) {
        if let Some(Effect::Ask(id, ask)) = self.queue.front()
            && denied(ask)
        {
            let id = *id;
            self.queue.pop_front();
            let effects = self.run.step(Event::Answer(id, Err(trouble(TroubleKind::Denied))), self.now);
            self.queue.extend(effects);
        } else {
            self.one(aws);
        }
    }

    /// The next read fails like this.
    pub(super) fn refuse_next(&mut self, aws: &mut Aws, kind: TroubleKind) {
        for _ in 0..100 {
            if let Some(Effect::Ask(id, _)) = self.queue.front() {
                let id = *id;
                self.queue.pop_front();
                let effects = self.run.step(Event::Answer(id, Err(trouble(kind))), self.now);
                self.queue.extend(effects);
                while let Some(Effect::Journal(_)) = self.queue.front() {
                    self.one(aws);
                }
                return;
            }
            self.one(aws);
        }
        panic!("nothing is read");
    }

    pub(super) fn finish(&mut self, aws: &mut Aws) -> &mut Self {
        for _ in 0..3_000 {
            if !self.one(aws) {
                let mut view = RunView::begin(&self.journal[0]).expect("begins with Begin");
                self.journal[1..].iter().for_each(|entry| view.apply(entry));
                assert_eq!(&view, self.run.view(), "the journal tells what is shown");
                return self;
            }
        }
        panic!("it goes on for ever: {:#?}", self.run.view().steps);
    }

    /// Until this change is about to be made.
    pub(super) fn until(&mut self, aws: &mut Aws, operation: &str) -> &mut Self {
        for _ in 0..3_000 {
            if self.next_write().is_some_and(|write| write.operation() == operation) || !self.one(aws) {
                return self;
            }
        }
        panic!("{operation} never comes");
    }

    /// Until this step is under way.
    pub(super) fn reach(&mut self, aws: &mut Aws, step: &str) -> &mut Self {
        for _ in 0..3_000 {
            if self.run.view().active().is_some_and(|s| s.name.contains(step)) || !self.one(aws) {
                return self;
            }
        }
        panic!("{step} never comes");
    }

    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.run.view().end.as_ref().map(|(verdict, ..)| *verdict)
    }

    #[track_caller]
    pub(super) fn ends(&self, verdict: Verdict, why: &str) {
        let Some((got, told, _)) = &self.run.view().end else { panic!("not ended: {:#?}", self.run.view()) };
        assert_eq!(*got, verdict, "{told}\n{:#?}", self.run.view().steps);
        assert!(told.contains(why), "“{told}” does not say “{why}”");
    }

    pub(super) fn steps(&self) -> Vec<&str> {
        self.run.view().steps.iter().map(|step| step.name.as_str()).collect()
    }
}

/// Everything that guards a release: checks, migration, window, lock.
pub(super) fn guarded(world: &World) -> Context {
    let mut context = world.context();
    context.migration.checks =
        vec![words("goose -dir migrations status"), words("goose -dir migrations validate")];
    context.verify = Some(VerifySettings {
        window_ms: 300_000,
        max_5xx_ratio: Some(0.01),
        max_p99_ms: Some(500),
        alarms: vec!["prod-5xx".into()],
        ..VerifySettings::default()
    });
    context.lock = Some(lock_settings());
    context
}

pub(super) fn lock_settings() -> LockSettings {
    LockSettings {
        place: crate::model::object::Place { bucket: "team".into(), key: "flightdeck".into() },
        ttl_ms: 900_000,
    }
}

pub(super) fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
