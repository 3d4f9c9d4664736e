//! Carries questions and changes to AWS and answers back, on a thread of its own: a large answer being read
//! or a request that hangs never delays a key.

use super::{
    carry::Carrier,
    clock::Follower,
    mishap,
    routes::{Made, Route, Routes},
    signals,
};
use crate::{
    app::{Msg, Purpose},
    aws::Gateway,
    model::{Answer, Armed, Ask, EnvironmentName, RunId},
    ops::CallId,
};
use std::{
    collections::{HashMap, VecDeque},
    io, thread,
    time::Duration,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::AbortHandle,
};

/// The longest pause between two looks for environments; credentials renewed meanwhile are found by it.
const LONGEST: Duration = Duration::from_secs(30);

/// How long the cockpit's thread has to end by itself once a signal asked for it.
const PATIENCE: Duration = Duration::from_millis(80);

/// Something to carry.
#[derive(Debug)]
pub enum Order {
    /// A read; a newer one with an equal purpose takes the place of one under way.
    Ask(EnvironmentName, Purpose, Ask),
    /// A change; never given up once begun.
    Write(RunId, CallId, Box<Armed>),
    /// Load credentials and connections anew.
    Reconnect(EnvironmentName),
}

/// The way to the thread.
#[derive(Debug, Clone)]
pub struct Courier {
    orders: UnboundedSender<Order>,
}

impl Courier {
    /// Starts the thread. Answers go to `tell`; environments that have to be found first are told as
    /// [`Msg::Environments`], and what was ordered before waits for them.
    pub fn start(routes: Routes, clock: Follower, tell: UnboundedSender<Msg>) -> io::Result<Self> {
        let (orders, incoming) = unbounded_channel();
        thread::Builder::new().name("aws".into()).spawn(move || {
            mishap::contain();
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let text = format!("no thread for AWS could be set up: {error}; start flightdeck again");
                    let _ = tell.send(Msg::Notice { text, bad: true });
                    return;
                }
            };
            let desk = Desk { carrier: Carrier::new(clock), tell, underway: HashMap::new() };
            runtime.block_on(async {
                tokio::spawn(signals::watch_over(PATIENCE));
                Box::pin(desk.work(routes, incoming)).await;
            });
        })?;
        Ok(Self { orders })
    }

    /// Hands something over.
    pub fn take(&self, order: Order) {
        let _ = self.orders.send(order);
    }
}

struct Desk {
    carrier: Carrier,
    tell: UnboundedSender<Msg>,
    underway: HashMap<(EnvironmentName, Purpose), AbortHandle>,
}

impl Desk {
    async fn work(mut self, routes: Routes, mut incoming: UnboundedReceiver<Order>) {
        let gateway = Gateway::new();
        let mut kept = VecDeque::new();
        if let Some(found) = self.find(&gateway, routes, &mut incoming, &mut kept).await {
            for Route { name, access } in found {
                self.carrier.add(name, gateway.connect(access));
            }
        }
        loop {
            let order = match kept.pop_front() {
                Some(order) => order,
                None => match incoming.recv().await {
                    Some(order) => order,
                    None => return,
                },
            };
            match order {
                Order::Ask(environment, purpose, ask) => self.ask(environment, purpose, ask),
                Order::Write(run, call, armed) => self.write(run, call, *armed),
                Order::Reconnect(environment) => {
                    if let Some(client) = self.carrier.client(&environment) {
                        client.reset();
                    }
                }
            }
        }
    }

    /// The ways to the environments; where they have to be found, tries until it works: after a pause that grows,
    /// or when somebody asks for it. Other orders are kept for later.
    async fn find(
        &mut self,
        gateway: &Gateway,
        routes: Routes,
        incoming: &mut UnboundedReceiver<Order>,
        kept: &mut VecDeque<Order>,
    ) -> Option<Vec<Route>> {
        match routes {
            Routes::Known(routes) => Some(routes),
            Routes::Made(make) => match make() {
                Ok(made) => Some(self.found(made)),
                Err(why) => {
                    let _ = self.tell.send(Msg::Notice { text: why, bad: true });
                    None
                }
            },
            Routes::Discovered(discovery) => {
                let mut pause = Duration::from_secs(2);
                loop {
                    match discovery.find(gateway).await {
                        Ok(made) => {
                            return Some(self.found(made));
                        }
                        Err(trouble) => {
                            let _ = self.tell.send(Msg::Lost(trouble));
                        }
                    }
                    discovery.reset(gateway);
                    let until = tokio::time::Instant::now() + pause;
                    loop {
                        match tokio::time::timeout_at(until, incoming.recv()).await {
                            Ok(Some(Order::Reconnect(_))) | Err(_) => break,
                            Ok(Some(order)) => kept.push_back(order),
                            Ok(None) => return None,
                        }
                    }
                    pause = (pause * 2).min(LONGEST);
                }
            }
        }
    }

    fn found(&self, made: Made) -> Vec<Route> {
        for gap in &made.gaps {
            let _ = self.tell.send(Msg::Notice { text: gap.to_string(), bad: true });
        }
        let _ = self.tell.send(Msg::Environments(made.environments));
        made.routes
    }

    fn ask(&mut self, environment: EnvironmentName, purpose: Purpose, ask: Ask) {
        let (tell, carrier) = (self.tell.clone(), self.carrier.clone());
        let slot = (environment.clone(), purpose.clone());
        let task = tokio::spawn(async move {
            let parts = |answer: Answer| {
                let (environment, purpose) = (environment.clone(), purpose.clone());
                let _ = tell.send(Msg::Part { environment, purpose, answer });
            };
            let result = carrier.ask(&environment, ask, &parts).await;
            meter(&environment, &carrier, &tell);
            let _ = tell.send(Msg::Answered { environment, purpose, result });
        });
        if let Some(older) = self.underway.insert(slot, task.abort_handle()) {
            older.abort();
        }
        if self.underway.len() > 64 {
            self.underway.retain(|_, task| !task.is_finished());
        }
    }

    fn write(&self, run: RunId, call: CallId, armed: Armed) {
        let environment = armed.key().environment.clone();
        let (tell, carrier) = (self.tell.clone(), self.carrier.clone());
        tokio::spawn(async move {
            let (told, id) = (tell.clone(), run.clone());
            let printed = Box::new(move |line| {
                let _ = told.send(Msg::Printed { run: id.clone(), call, line });
            });
            let result = carrier.write(armed, printed).await;
            meter(&environment, &carrier, &tell);
            let _ = tell.send(Msg::Written { run, call, result });
        });
    }
}

/// Tells what the calls of an environment cost so far.
fn meter(environment: &EnvironmentName, carrier: &Carrier, tell: &UnboundedSender<Msg>) {
    let Some(client) = carrier.client(environment) else { return };
    let meter = client.meter();
    let _ = tell.send(Msg::Meter {
        environment: environment.clone(),
        calls: meter.calls.values().sum(),
        throttled: meter.throttled,
        dollars: meter.dollars,
    });
}
