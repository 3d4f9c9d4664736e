//! The simulated AWS that lives: a world, and how it moves with the clock.
//!
//! `Engine::run_until` takes due events off a queue, each at its own moment, so that what happens does
//! not hang on when somebody looks. Ids, durations and noise come from a hash of the seed.
//!
//! `state` is what there is; `history` makes what was before the start; `tasks` walks a task through its
//! statuses; `capacity` places it on a container instance; `rollout`, `settle`, `shift`, `hooks` and `verdict`
//! move deployments; `job` runs one-off commands; `apps` moves App Runner; `lines` writes everyday logs when they are asked for; `landscape`
//! tells CloudWatch and ELBv2 what they measure.

pub(in crate::sim) mod address;
pub(in crate::sim) mod apps;
pub(in crate::sim) mod capacity;
mod cause;
pub(in crate::sim) mod documents;
pub(in crate::sim) mod history;
pub(in crate::sim) mod hooks;
pub(in crate::sim) mod images;
mod job;
mod landscape;
mod lines;
pub(in crate::sim) mod num;
mod place;
mod points;
mod policy;
mod queue;
pub(in crate::sim) mod rollout;
pub(in crate::sim) mod settle;
mod shift;
pub mod state;
mod stopping;
pub(in crate::sim) mod tasks;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use queue::{Event, Queue};
use serde_json::Value;
use state::{
    App, AppIx, Bucket, Cluster, ClusterIx, Database, Definition, DefinitionIx, Instance, Provider, Recorded,
    Repository, RolloutId, Service, ServiceEvent, ServiceIx, Task, TaskId,
};

use super::api::{Answer, Call};
use super::cloudwatch::AlarmDef;
use super::hash;
use super::logs::service::LogStore;
use super::world::{StoppedBy, World};

/// Events that a service keeps, as AWS does.
const EVENTS: usize = 100;

/// Account, region and family.
type FamilyKey = (String, String, String);

/// A simulated AWS.
#[derive(Debug)]
pub struct Engine {
    pub(in crate::sim) world: World,
    seed: u64,
    counter: u64,
    pub(in crate::sim) start: f64,
    pub(in crate::sim) now: f64,
    queue: Queue,
    /// Services that something happened to and that have not reacted yet.
    dirty: BTreeSet<ServiceIx>,
    pub(in crate::sim) clusters: Vec<Cluster>,
    pub(in crate::sim) services: Vec<Service>,
    /// Where the service of a cluster and name is; clusters have names of their own throughout a world.
    names: BTreeMap<String, BTreeMap<String, ServiceIx>>,
    pub(in crate::sim) tasks: BTreeMap<TaskId, Task>,
    pub(in crate::sim) definitions: Vec<Definition>,
    pub(in crate::sim) families: BTreeMap<FamilyKey, Vec<DefinitionIx>>,
    pub(in crate::sim) apps: Vec<App>,
    pub(in crate::sim) repositories: Vec<Repository>,
    pub(in crate::sim) buckets: Vec<Bucket>,
    pub(in crate::sim) providers: Vec<Provider>,
    pub(in crate::sim) instances: Vec<Instance>,
    databases: BTreeMap<String, Database>,
    pub(in crate::sim) tokens: BTreeMap<(ClusterIx, String), Token>,
    /// Changes that were asked for, as CloudTrail tells of them, oldest first.
    pub(in crate::sim) trail: VecDeque<Recorded>,
    logs: LogStore,
    groups: BTreeMap<(String, String, String), Vec<LogSource>>,
}

/// What a RunTask with a clientToken did.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Token {
    /// When it was used.
    pub at: f64,
    /// The parameters it came with.
    pub input: Value,
    /// The tasks it started.
    pub tasks: Vec<TaskId>,
}

/// Who writes everyday lines to a log group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogSource {
    Service(ServiceIx),
    App(AppIx),
}

impl Engine {
    /// Makes the world as it is at `start` (epoch seconds), with its history before.
    pub fn new(world: World, seed: u64, start: f64) -> Self {
        let warm = start - world.warmup;
        let mut engine = Self {
            world,
            seed: hash::mix(seed),
            counter: 0,
            start,
            now: warm,
            queue: Queue::default(),
            dirty: BTreeSet::new(),
            clusters: Vec::new(),
            services: Vec::new(),
            names: BTreeMap::new(),
            tasks: BTreeMap::new(),
            definitions: Vec::new(),
            families: BTreeMap::new(),
            apps: Vec::new(),
            repositories: Vec::new(),
            buckets: Vec::new(),
            providers: Vec::new(),
            instances: Vec::new(),
            databases: BTreeMap::new(),
            tokens: BTreeMap::new(),
            trail: VecDeque::new(),
            logs: LogStore::new(),
            groups: BTreeMap::new(),
        };
        engine.build_history();
        for (index, happening) in engine.world.happenings.iter().enumerate() {
            engine.queue.push(start + happening.at, Event::Happening(index));
        }
        engine.run_until(start);
        engine
    }

    /// The world it was made of.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// A number that nobody had yet; the same in every run of the same world.
    fn fresh(&mut self) -> u64 {
        self.counter += 1;
        hash::mix(self.seed ^ hash::mix(self.counter))
    }

    /// A fresh id of 128 bits.
    pub(in crate::sim) fn fresh_wide(&mut self) -> u128 {
        (u128::from(self.fresh()) << 64) | u128::from(self.fresh())
    }

    /// A fresh id of 19 decimal digits, as deployments and revisions have.
    fn fresh_number(&mut self) -> u64 {
        1_000_000_000_000_000_000 + self.fresh() % 8_000_000_000_000_000_000
    }

    /// A length of time between `from` and `to` seconds.
    fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * hash::fraction(self.fresh())
    }

    fn after(&mut self, seconds: f64, event: Event) {
        self.queue.push(self.now + seconds, event);
    }

    /// A cluster.
    pub(in crate::sim) fn cluster(&self, ix: ClusterIx) -> Option<&Cluster> {
        self.clusters.get(ix.0)
    }

    /// An ECS service.
    pub(in crate::sim) fn service(&self, ix: ServiceIx) -> Option<&Service> {
        self.services.get(ix.0)
    }

    /// An ECS service, to change it.
    pub(in crate::sim) fn service_mut(&mut self, ix: ServiceIx) -> Option<&mut Service> {
        self.services.get_mut(ix.0)
    }

    /// A task definition.
    pub(in crate::sim) fn definition(&self, ix: DefinitionIx) -> Option<&Definition> {
        self.definitions.get(ix.0)
    }

    /// An App Runner service.
    pub(in crate::sim) fn app(&self, ix: AppIx) -> Option<&App> {
        self.apps.get(ix.0)
    }

    /// An App Runner service, to change it.
    pub(in crate::sim) fn app_mut(&mut self, ix: AppIx) -> Option<&mut App> {
        self.apps.get_mut(ix.0)
    }

    /// The revision that the next task definition of a family gets.
    pub(in crate::sim) fn next_revision(&self, account: &str, region: &str, family: &str) -> u32 {
        let family = self.families.get(&(account.to_owned(), region.to_owned(), family.to_owned()));
        let newest = family.and_then(|all| all.last()).and_then(|ix| self.definition(*ix));
        newest.map_or(1, |definition| definition.revision + 1)
    }

    /// Adds a task definition to its family and gives its place.
    pub(in crate::sim) fn add_definition(&mut self, definition: Definition) -> DefinitionIx {
        let ix = DefinitionIx(self.definitions.len());
        let key = (definition.account.clone(), definition.region.clone(), definition.family.clone());
        self.families.entry(key).or_default().push(ix);
        self.definitions.push(definition);
        ix
    }

    /// Writes a line to a service's `events[]`, `(service NAME)` before it.
    fn tell(&mut self, ix: ServiceIx, message: &str) {
        let now = self.now;
        self.tell_at(ix, now, message);
    }

    fn tell_at(&mut self, ix: ServiceIx, at: f64, message: &str) {
        let id = self.fresh_wide();
        let Some(service) = self.service_mut(ix) else { return };
        let message = format!("(service {}) {message}", service.spec.name);
        service.events.push_front(ServiceEvent { id, at, message });
        service.events.truncate(EVENTS);
    }

    /// What is due until `now` (epoch seconds) happens, each at its own moment.
    pub(in crate::sim) fn run_until(&mut self, now: f64) {
        while let Some((at, event)) = self.queue.pop(now) {
            self.now = self.now.max(at);
            self.happen(event);
            self.react();
        }
        self.now = self.now.max(now);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Task(id, plan, step) => self.step_task(id, plan, step),
            Event::Line(id, plan, line, version) => self.print_line(id, plan, &line, version),
            Event::Service(ix) => {
                self.dirty.insert(ix);
            }
            Event::Stage(ix, rollout, stage, step) => self.end_stage(ix, rollout, stage, step),
            Event::Hook(ix, rollout, number) => self.end_hook(ix, rollout, number),
            Event::Moves(ix, rollout) => self.move_sets(ix, rollout),
            Event::Ends(ix) => self.end_sets(ix),
            Event::Alarms(ix, rollout) => self.watch_alarms(ix, rollout),
            Event::App(ix, operation, step) => self.step_app(ix, operation, step),
            Event::Instance(provider) => self.instance_came(provider),
            Event::Forget(id) => self.forget(id),
            Event::Happening(index) => self.happening(index),
        }
    }

    /// Services react to what happened to them, until none has anything left to do.
    pub(in crate::sim) fn react(&mut self) {
        while let Some(ix) = self.dirty.pop_first() {
            self.reconcile(ix);
        }
    }

    fn forget(&mut self, id: TaskId) {
        if let Some(task) = self.tasks.remove(&id)
            && let Some(cluster) = self.clusters.get_mut(task.cluster.0)
        {
            cluster.tasks.retain(|other| *other != id);
        }
    }

    fn happening(&mut self, index: usize) {
        let Some(happening) = self.world.happenings.get(index).cloned() else { return };
        if let Some(every) = happening.every {
            self.after(every, Event::Happening(index));
        }
        let Some(ix) = self.find_service(&happening.cluster, &happening.service) else { return };
        if let Some(load) = happening.load {
            if let Some(service) = self.service_mut(ix) {
                service.load = load;
            }
            self.record_points(ix);
        }
        if let Some(outage) = happening.outage {
            let now = self.now;
            let running = self.service(ix).map(|service| service.tasks.clone()).unwrap_or_default();
            for id in running {
                self.fill_task(id);
            }
            if let Some(service) = self.service_mut(ix) {
                service.outage = Some((now, Arc::new(outage)));
            }
            self.record_points(ix);
        }
        if let Some(image) = happening.deploy {
            self.deploy_image(ix, &image);
        }
        if let Some(by) = happening.stop
            && let Some(id) = self.wanted_tasks(ix).first().copied()
        {
            let (code, reason) = match by {
                StoppedBy::Spot => ("SpotInterruption", "Your Spot Task was interrupted."),
                StoppedBy::Person => ("UserInitiated", "Task stopped by user"),
            };
            self.stop_task(id, state::Stop { code, reason: reason.to_owned(), failure: false });
        }
    }

    /// The service of a cluster and name.
    pub(in crate::sim) fn find_service(&self, cluster: &str, name: &str) -> Option<ServiceIx> {
        self.names.get(cluster)?.get(name).copied()
    }

    /// Somebody's pipeline registers a task definition with this image and deploys it.
    fn deploy_image(&mut self, ix: ServiceIx, image: &str) {
        let Some(service) = self.service(ix) else { return };
        let spec = Arc::clone(&service.spec);
        let definition = self.made_definition(&spec, image, self.now);
        self.begin_rollout(ix, definition, None);
    }

    /// The newest migration applied to an environment's database; 0 for none.
    pub fn database_version(&self, environment: &str) -> u32 {
        self.databases.get(environment).map_or(0, |database| num::count(database.applied.len()))
    }

    /// The rollout that a task belongs to is the one its service is about to put in place.
    fn primary(&self, ix: ServiceIx) -> Option<RolloutId> {
        self.service(ix).and_then(|s| s.rollouts.first()).map(|r| r.id)
    }

    /// The alarms of an account and region.
    pub(in crate::sim) fn alarms(&self, account: &str, region: &str) -> Vec<AlarmDef> {
        let here = |alarm: &&super::world::Alarm| alarm.account == account && alarm.region == region;
        self.world.alarms.iter().filter(here).map(|alarm| alarm.def.clone()).collect()
    }

    /// The ARN of whoever calls: the user that the world gives an access key, else one that stands for all.
    pub(in crate::sim) fn caller(&self, call: &Call) -> String {
        let user = self.world.accounts.iter().find_map(|account| account.users.get(&call.caller));
        format!("arn:aws:iam::{}:user/{}", call.account, user.map_or("simulator", String::as_str))
    }

    /// Answers one CloudWatch Logs call; everyday lines are written when somebody asks for them.
    pub(in crate::sim) fn answer_logs(&mut self, call: &Call) -> Answer {
        let named = call.input.get("logGroupName").or_else(|| call.input.get("logGroupIdentifier"));
        if let Some(group) = named.and_then(Value::as_str) {
            let group =
                group.rsplit_once(":log-group:").map_or(group, |(_, name)| name).trim_end_matches(":*");
            self.fill_group(&call.account, &call.region, group);
        }
        self.logs.handle(call)
    }
}
