//! Placing tasks on container instances: what a task needs, who has room for it, and what happens where
//! nobody has.
//!
//! Without managed scaling, and with `launchType` EC2, a task that finds no room is not started: RunTask
//! answers with failures, a service says so in its events and tries again. With managed scaling it waits
//! in PROVISIONING while the auto scaling group grows, for between 10 and 30 minutes ("Deep dive on Amazon
//! ECS cluster auto scaling"), and stops with `TaskFailedToStart: RESOURCE:…` (ECS developer guide, "API
//! failure reasons").

use super::Engine;
use super::images::Container;
use super::queue::{Event, Step};
use super::state::{
    Binding, ClusterIx, DefinitionIx, Instance, Launch, Owner, Provider, Seat, ServiceIx, Stop, Task, TaskId,
};
use crate::sim::hash;

/// How long a task waits for an instance.
const PATIENCE: f64 = 900.0;
/// How often a task that waits looks for room.
const LOOK: f64 = 15.0;
/// After how long a service that found no room tries, and says so, again.
const RETRY: f64 = 60.0;
/// The first host port that the agent gives to a dynamic mapping, and the first that it does not.
const DYNAMIC: (u16, u16) = (32768, 61000);

/// What a task needs of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct Needs {
    pub cpu: u32,
    pub memory: u32,
    /// Container by its place, its port, and the host's port; 0 leaves that to the agent.
    pub ports: Vec<(usize, u16, u16)>,
}

/// No instance has room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct NoRoom {
    /// The instances that were looked at, and what each lacks: `MEMORY`, `CPU` or `PORTS`.
    pub lacking: Vec<(u128, &'static str)>,
    /// Instances of the provider were looked for.
    of_provider: bool,
}

impl NoRoom {
    /// What these instances lack.
    pub fn of(lacking: Vec<(u128, &'static str)>) -> Self {
        Self { lacking, of_provider: false }
    }

    /// What the closest lacks, as failures and stopped reasons spell it.
    pub fn resource(&self) -> String {
        let what = self.lacking.first().map_or("MEMORY", |(_, what)| *what);
        format!("RESOURCE:{what}")
    }

    /// The event that a service writes.
    fn event(&self) -> String {
        let what = "was unable to place a task because no container instance met all of its requirements.";
        let more = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
        let Some((instance, lacks)) = self.lacking.first() else {
            return format!("{what} Reason: {} {more}", self.nobody());
        };
        let closest = format!("The closest matching (container-instance {instance:032x})");
        match *lacks {
            "PORTS" => format!("{what} {closest} is already using a port required by your task. {more}"),
            "CPU" => format!("{what} {closest} has insufficient CPU units available. {more}"),
            _ => format!("{what} {closest} has insufficient memory available. {more}"),
        }
    }

    /// The sentence for a cluster or provider without instances.
    pub fn nobody(&self) -> &'static str {
        if self.of_provider {
            "No Container Instances were found in your capacity provider."
        } else {
            "No Container Instances were found in your cluster."
        }
    }
}

impl Engine {
    /// The capacity providers of the world, with the instances they have at the start.
    pub(super) fn build_capacity(&mut self) {
        for spec in self.world.capacity.clone() {
            let Some(cluster) = self.clusters.iter().position(|c| c.name == spec.cluster) else { continue };
            let place = self.providers.len();
            let number = spec.instances;
            self.providers.push(Provider { spec, cluster: ClusterIx(cluster), coming: false });
            for nth in 0..number {
                let since = self.start - 9.0 * 86_400.0 - 3600.0 * f64::from(nth);
                self.add_instance(place, since);
            }
        }
    }

    fn add_instance(&mut self, provider: usize, registered_at: f64) {
        let Some(cluster) = self.providers.get(provider).map(|p| p.cluster) else { return };
        let nth = self.instances.iter().filter(|i| i.provider == provider).count();
        let letter = ["a", "b", "c"].get(nth % 3).copied().unwrap_or("a");
        let zone = self.cluster(cluster).map(|c| format!("{}{letter}", c.region)).unwrap_or_default();
        let id = self.fresh_wide();
        self.instances.push(Instance {
            id,
            ec2: format!("i-0{:016x}", hash::of(&id.to_be_bytes(), 51)),
            cluster,
            provider,
            zone,
            registered_at,
            // it has been giving them out for a while
            next_port: DYNAMIC.0 + u16::try_from(hash::of(&id.to_be_bytes(), 57) % 9000).unwrap_or(0),
        });
    }

    /// The auto scaling group has launched the instance that was asked for.
    pub(super) fn instance_came(&mut self, provider: usize) {
        if let Some(found) = self.providers.get_mut(provider) {
            found.coming = false;
        }
        let now = self.now;
        self.add_instance(provider, now);
    }

    /// The EC2 capacity provider of a cluster with this name.
    pub(in crate::sim) fn provider(&self, cluster: ClusterIx, name: &str) -> Option<(usize, &Provider)> {
        let here = |(_, p): &(usize, &Provider)| p.cluster == cluster && p.spec.name == name;
        self.providers.iter().enumerate().find(here)
    }

    /// A container instance.
    pub(in crate::sim) fn instance(&self, id: u128) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.id == id)
    }

    /// What is launched like this waits for an instance where there is no room.
    pub(in crate::sim) fn waits(&self, cluster: ClusterIx, launch: &Launch) -> bool {
        match launch {
            Launch::Fargate => true,
            Launch::Ec2 => false,
            Launch::Provider(name) => self.provider(cluster, name).is_some_and(|(_, p)| p.spec.managed),
        }
    }

    /// The tasks that have a place on an instance and still use it.
    pub(in crate::sim) fn seated(&self, instance: &Instance) -> impl Iterator<Item = &Task> {
        let id = instance.id;
        let all = self.cluster(instance.cluster).map(|c| c.tasks.as_slice()).unwrap_or_default();
        all.iter().filter_map(|task| self.tasks.get(task)).filter(move |task| {
            task.execution_stopped_at.is_none() && task.seat.as_ref().is_some_and(|seat| seat.instance == id)
        })
    }

    /// CPU units and MiB of an instance that nobody has taken.
    pub(in crate::sim) fn remaining(&self, instance: &Instance) -> (u32, u32) {
        let spec = self.providers.get(instance.provider).map(|p| &p.spec);
        let (mut cpu, mut memory) = spec.map_or((0, 0), |spec| (spec.cpu, spec.memory));
        for seat in self.seated(instance).filter_map(|task| task.seat.as_ref()) {
            cpu = cpu.saturating_sub(seat.cpu);
            memory = memory.saturating_sub(seat.memory);
        }
        (cpu, memory)
    }

    /// What a task of a definition needs.
    pub(in crate::sim) fn needs(&self, definition: DefinitionIx) -> Needs {
        let body = self.body(definition);
        let whole = |key: &str| body.get(key).and_then(serde_json::Value::as_str)?.parse::<u32>().ok();
        let containers = self.containers(definition);
        let sum = |of: fn(&Container) -> u32| containers.iter().map(of).sum::<u32>();
        let own = body.get("networkMode").and_then(serde_json::Value::as_str) == Some("awsvpc");
        let ports = containers.iter().enumerate().flat_map(|(place, container)| {
            container.ports.iter().map(move |(port, host)| (place, *port, *host))
        });
        Needs {
            cpu: whole("cpu").unwrap_or_else(|| sum(|c| c.cpu)),
            memory: whole("memory").unwrap_or_else(|| sum(|c| c.memory)),
            // with an interface of its own a task takes none of its instance's ports
            ports: if own { Vec::new() } else { ports.collect() },
        }
    }

    /// The instance with the most memory left that has room.
    pub(in crate::sim) fn room(
        &self,
        cluster: ClusterIx,
        launch: &Launch,
        needs: &Needs,
    ) -> Result<u128, NoRoom> {
        let provider = match launch {
            Launch::Provider(name) => Some(self.provider(cluster, name).map(|(place, _)| place)),
            _ => None,
        };
        let mut found: Option<(u32, u128)> = None;
        let mut lacking: Vec<(u32, u128, &'static str)> = Vec::new();
        for instance in self.instances.iter().filter(|i| i.cluster == cluster) {
            if provider.is_some_and(|place| place != Some(instance.provider)) {
                continue;
            }
            let (cpu, memory) = self.remaining(instance);
            let taken = |host: u16| {
                let fixed = |task: &Task| {
                    let bindings = task.seat.iter().flat_map(|seat| &seat.bindings);
                    bindings.into_iter().any(|b| b.fixed && b.host == host)
                };
                host != 0 && self.seated(instance).any(fixed)
            };
            if needs.memory > memory {
                lacking.push((memory, instance.id, "MEMORY"));
            } else if needs.cpu > cpu {
                lacking.push((memory, instance.id, "CPU"));
            } else if needs.ports.iter().any(|(_, _, host)| taken(*host)) {
                lacking.push((memory, instance.id, "PORTS"));
            } else if found.is_none_or(|(most, _)| memory > most) {
                found = Some((memory, instance.id));
            }
        }
        lacking.sort_by_key(|(memory, ..)| std::cmp::Reverse(*memory));
        let lacking = lacking.into_iter().map(|(_, id, what)| (id, what)).collect();
        found.map(|(_, id)| id).ok_or(NoRoom { lacking, of_provider: provider.is_some() })
    }

    /// Gives a task its place on an instance.
    pub(in crate::sim) fn seat(&mut self, id: TaskId) -> Result<(), NoRoom> {
        let Some((cluster, launch, definition)) =
            self.tasks.get(&id).map(|task| (task.cluster, task.launch.clone(), task.definition))
        else {
            return Ok(());
        };
        let needs = self.needs(definition);
        let instance = self.room(cluster, &launch, &needs)?;
        let mut bindings = Vec::with_capacity(needs.ports.len());
        for (container, port, host) in needs.ports {
            let fixed = host != 0;
            let host = if fixed { host } else { self.dynamic_port(instance) };
            bindings.push(Binding { container, port, host, fixed });
        }
        if let Some(task) = self.tasks.get_mut(&id) {
            task.seat = Some(Box::new(Seat { instance, cpu: needs.cpu, memory: needs.memory, bindings }));
        }
        Ok(())
    }

    /// [`Self::seat`], for what is not on Fargate.
    pub(super) fn seat_if_ec2(&mut self, id: TaskId) -> Result<(), NoRoom> {
        if self.tasks.get(&id).is_none_or(|task| task.launch == Launch::Fargate) {
            return Ok(());
        }
        self.seat(id)
    }

    fn dynamic_port(&mut self, instance: u128) -> u16 {
        let Some(found) = self.instances.iter_mut().find(|i| i.id == instance) else { return DYNAMIC.0 };
        let port = found.next_port;
        found.next_port = if port + 1 >= DYNAMIC.1 { DYNAMIC.0 } else { port + 1 };
        port
    }

    /// A task that is to be pulled has a place, or is kept waiting; `false` when it waits or gave up.
    pub(super) fn has_place(&mut self, id: TaskId) -> bool {
        let Some(task) = self.tasks.get(&id) else { return false };
        if task.launch == Launch::Fargate || task.seat.is_some() {
            return true;
        }
        let (since, plan, cluster, owner) = (task.created_at, task.plan, task.cluster, task.owner);
        let launch = task.launch.clone();
        let Err(lacks) = self.seat(id) else { return true };
        if self.now - since >= PATIENCE {
            let reason = format!("TaskFailedToStart: {}", lacks.resource());
            let failure = matches!(owner, Owner::Service(..));
            if let Owner::Service(ix, _) = owner {
                self.tell(ix, &lacks.event());
            }
            self.stop_task(id, Stop { code: "TaskFailedToStart", reason, failure });
            return false;
        }
        self.ask_for_instance(cluster, &launch);
        self.after(LOOK, Event::Task(id, plan, Step::Next));
        false
    }

    /// Managed scaling: the auto scaling group grows while it may.
    fn ask_for_instance(&mut self, cluster: ClusterIx, launch: &Launch) {
        let Launch::Provider(name) = launch else { return };
        let Some((place, provider)) = self.provider(cluster, name) else { return };
        let number = self.instances.iter().filter(|instance| instance.provider == place).count();
        let most = usize::try_from(provider.spec.most).unwrap_or(usize::MAX);
        if !provider.spec.managed || provider.coming || number >= most {
            return;
        }
        if let Some(provider) = self.providers.get_mut(place) {
            provider.coming = true;
        }
        let wait = self.between(100.0, 160.0);
        self.after(wait, Event::Instance(place));
    }

    /// Whether a service may start a task now; says so where no instance has room for it.
    pub(super) fn may_start(&mut self, ix: ServiceIx, definition: DefinitionIx) -> bool {
        let Some(service) = self.service(ix) else { return false };
        let (cluster, launch) = (service.cluster, service.launch.clone());
        if self.waits(cluster, &launch) {
            return true;
        }
        if service.unplaced_until > self.now {
            return false;
        }
        let needs = self.needs(definition);
        let Err(lacks) = self.room(cluster, &launch, &needs) else { return true };
        let until = self.now + RETRY;
        if let Some(service) = self.service_mut(ix) {
            service.unplaced_until = until;
        }
        self.tell(ix, &lacks.event());
        self.after(RETRY, Event::Service(ix));
        false
    }

    /// A task that is launched without waiting begins on its instance at once.
    pub(super) fn place_at_once(&mut self, id: TaskId) -> bool {
        let Some(task) = self.tasks.get(&id) else { return false };
        if self.waits(task.cluster, &task.launch.clone()) || self.seat(id).is_err() {
            return false;
        }
        true
    }
}
