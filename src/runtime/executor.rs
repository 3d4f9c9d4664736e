//! Carries questions and changes to AWS and answers back, on a thread of its own: a large answer being read
//! or a request that hangs never delays a key.

use super::{
    clients::Clients,
    clock::Follower,
    credential_process, panic_hook,
    routes::{Made, Route, Routes},
};
use crate::{
    app::{Msg, Purpose},
    aws::Gateway,
    model::{Answer, Armed, Ask, EnvironmentName, RunId},
    ops::CallId,
};
use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::Arc,
    thread,
    time::Duration,
};
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::AbortHandle,
};

/// The longest pause between two looks for environments; credentials renewed meanwhile are found by it.
const LONGEST: Duration = Duration::from_secs(30);

/// Something to carry.
pub enum Order {
    /// A read; a newer one with an equal purpose takes the place of one under way.
    Ask(EnvironmentName, Purpose, Ask),
    /// A change; never given up once begun.
    Write(RunId, CallId, Box<Armed>),
    /// Load credentials and connections anew.
    Reconnect(EnvironmentName),
    /// Reach the environments in these ways from now on; runs keep theirs.
    Reroute(Routes),
}

/// The way to the thread.
#[derive(Debug, Clone)]
pub struct Executor {
    orders: UnboundedSender<Order>,
}

impl Executor {
    /// Starts the thread. Answers go to `tell`; environments that have to be found first are told as
    /// [`Msg::Environments`], and what was ordered before waits for them.
    pub fn start(routes: Routes, clock: Follower, tell: UnboundedSender<Msg>) -> io::Result<Self> {
        let (orders, incoming) = unbounded_channel();
        thread::Builder::new().name("aws".into()).spawn(move || {
            panic_hook::contain();
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let text = format!("no thread for AWS could be set up: {error}; start flightdeck again");
                    let _ = tell.send(Msg::Notice { text, bad: true });
                    return;
                }
            };
            let (found, finds) = unbounded_channel();
            let desk = Desk {
                gateway: credential_process::gateway(),
                clients: Clients::new(clock.clone()),
                clock,
                tell,
                underway: HashMap::new(),
                kept: VecDeque::new(),
                known: false,
                runs: HashMap::new(),
                looking: None,
                again: Arc::default(),
                found,
                look: 0,
            };
            runtime.block_on(async {
                Box::pin(desk.work(routes, incoming, finds)).await;
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
    gateway: Gateway,
    clients: Clients,
    clock: Follower,
    tell: UnboundedSender<Msg>,
    underway: HashMap<(EnvironmentName, Purpose), AbortHandle>,
    /// What was ordered while the environments are looked for.
    kept: VecDeque<Order>,
    /// The environments are known.
    known: bool,
    /// The ways that runs and plans began with; another region or profile does not move them.
    runs: HashMap<RunId, Clients>,
    /// Whoever looks for environments.
    looking: Option<AbortHandle>,
    /// Makes them look again now.
    again: Arc<Notify>,
    found: UnboundedSender<(u64, Made)>,
    /// Which look for environments counts.
    look: u64,
}

impl Desk {
    async fn work(
        mut self,
        routes: Routes,
        mut incoming: UnboundedReceiver<Order>,
        mut finds: UnboundedReceiver<(u64, Made)>,
    ) {
        self.reach(routes);
        loop {
            tokio::select! {
                biased;
                Some((look, made)) = finds.recv() => {
                    // what an earlier look found is of a way that was left
                    if look == self.look {
                        let routes = self.announce(made);
                        self.connect(routes);
                    }
                }
                order = incoming.recv() => match order {
                    Some(order) => self.take(order),
                    None => return,
                },
            }
        }
    }

    /// Carries out an order; what concerns environments that are not known yet is kept for later.
    fn take(&mut self, order: Order) {
        let of_run = match &order {
            Order::Ask(_, purpose, _) => run_of(purpose),
            Order::Write(run, ..) => Some(run),
            Order::Reconnect(_) | Order::Reroute(_) => None,
        };
        let has_way = of_run.is_some_and(|run| self.runs.contains_key(run));
        match order {
            Order::Reroute(routes) => self.reroute(routes),
            Order::Reconnect(_) if !self.known => self.again.notify_one(),
            order if !self.known && !has_way => self.kept.push_back(order),
            Order::Ask(environment, purpose, ask) => self.ask(environment, purpose, ask),
            Order::Write(run, call, armed) => self.write(run, call, *armed),
            Order::Reconnect(environment) => {
                if let Some(client) = self.clients.client(&environment) {
                    client.reset();
                }
            }
        }
    }

    /// Other ways from now on. What was asked by the old ones is not waited for, but for what runs asked.
    fn reroute(&mut self, routes: Routes) {
        self.underway.retain(|(_, purpose), task| {
            let stays = run_of(purpose).is_some();
            if !stays {
                task.abort();
            }
            stays
        });
        if let Some(looking) = self.looking.take() {
            looking.abort();
        }
        self.clients = Clients::new(self.clock.clone());
        self.known = false;
        self.look += 1;
        self.reach(routes);
    }

    /// Begins to reach environments; where they have to be found, tries until it works: after a pause that grows,
    /// or when somebody asks for it.
    fn reach(&mut self, routes: Routes) {
        match routes {
            Routes::Known(routes) => self.connect(routes),
            Routes::Made(make) => match make() {
                Ok(made) => {
                    let routes = self.announce(made);
                    self.connect(routes);
                }
                Err(why) => {
                    let _ = self.tell.send(Msg::Notice { text: why, bad: true });
                    self.connect(Vec::new());
                }
            },
            Routes::Discovered(discovery) => {
                let (gateway, tell) = (self.gateway.clone(), self.tell.clone());
                let (found, again, look) = (self.found.clone(), Arc::clone(&self.again), self.look);
                let task = tokio::spawn(async move {
                    let mut pause = Duration::from_secs(2);
                    loop {
                        match discovery.find(&gateway).await {
                            Ok(made) => {
                                let _ = found.send((look, made));
                                return;
                            }
                            Err(trouble) => {
                                let _ = tell.send(Msg::Lost(trouble));
                            }
                        }
                        discovery.reset(&gateway);
                        let _ = tokio::time::timeout(pause, again.notified()).await;
                        pause = (pause * 2).min(LONGEST);
                    }
                });
                self.looking = Some(task.abort_handle());
            }
        }
    }

    /// The environments are known: what was kept is carried out.
    fn connect(&mut self, routes: Vec<Route>) {
        for Route { name, access } in routes {
            self.clients.add(name, self.gateway.connect(access));
        }
        self.known = true;
        for order in std::mem::take(&mut self.kept) {
            self.take(order);
        }
    }

    fn announce(&self, made: Made) -> Vec<Route> {
        for gap in &made.gaps {
            let _ = self.tell.send(Msg::Notice { text: gap.to_string(), bad: true });
        }
        let _ = self.tell.send(Msg::Environments(made.environments));
        made.routes
    }

    /// The ways that a run began with, from the first time it asks.
    fn ways(&mut self, run: Option<&RunId>) -> Clients {
        match run {
            Some(run) => self.runs.entry(run.clone()).or_insert_with(|| self.clients.clone()).clone(),
            None => self.clients.clone(),
        }
    }

    fn ask(&mut self, environment: EnvironmentName, purpose: Purpose, ask: Ask) {
        let (tell, clients) = (self.tell.clone(), self.ways(run_of(&purpose)));
        let slot = (environment.clone(), purpose.clone());
        let task = tokio::spawn(async move {
            let parts = |answer: Answer| {
                let (environment, purpose) = (environment.clone(), purpose.clone());
                let _ = tell.send(Msg::Part { environment, purpose, answer });
            };
            let result = clients.ask(&environment, ask, &parts).await;
            meter(&environment, &clients, &tell);
            let _ = tell.send(Msg::Answered { environment, purpose, result });
        });
        if let Some(older) = self.underway.insert(slot, task.abort_handle()) {
            older.abort();
        }
        if self.underway.len() > 64 {
            self.underway.retain(|_, task| !task.is_finished());
        }
    }

    fn write(&mut self, run: RunId, call: CallId, armed: Armed) {
        let environment = armed.key().environment.clone();
        let (tell, clients) = (self.tell.clone(), self.ways(Some(&run)));
        tokio::spawn(async move {
            let (told, id) = (tell.clone(), run.clone());
            let printed = Box::new(move |heard| {
                let _ = told.send(Msg::Printed { run: id.clone(), call, heard });
            });
            let result = clients.write(armed, printed).await;
            meter(&environment, &clients, &tell);
            let _ = tell.send(Msg::Written { run, call, result });
        });
    }
}

/// The run or the plan that asks, if it is one.
fn run_of(purpose: &Purpose) -> Option<&RunId> {
    match purpose {
        Purpose::Run(run, _) | Purpose::Plan(run, _) => Some(run),
        _ => None,
    }
}

/// Tells what the calls of an environment cost so far.
fn meter(environment: &EnvironmentName, clients: &Clients, tell: &UnboundedSender<Msg>) {
    let Some(client) = clients.client(environment) else { return };
    let meter = client.meter();
    let _ = tell.send(Msg::Meter {
        environment: environment.clone(),
        calls: meter.calls.values().sum(),
        throttled: meter.throttled,
        dollars: meter.dollars,
    });
}

#[cfg(test)]
mod tests {
    use super::super::executor::*;
    use crate::{aws::Settings, runtime::clock::Clock};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// Whoever asks is told who they are, and nothing else.
    async fn aws() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                        <GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>U</UserId>\
                        <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 8_192];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        url
    }

    fn ways(region: &str, url: &str) -> Routes {
        let mut access = Settings::new("prod");
        access.region = Some(region.to_owned());
        access.endpoint_url = Some(url.to_owned());
        access.credentials = Some(("AKIAFEMPROD000000001".to_owned(), "secret".to_owned()));
        access.clusters = Some(vec!["prod".to_owned()]);
        Routes::Known(vec![Route { name: "prod".into(), access }])
    }

    /// Another region for the session moves what is looked at; a run goes on where it began.
    #[tokio::test]
    async fn a_run_keeps_the_region_it_began_in() {
        let (first, second) = (aws().await, aws().await);
        let (tell, mut told) = unbounded_channel();
        let executor = Executor::start(ways("us-west-2", &first), Follower::new(Clock::WALL), tell).unwrap();
        let mut asked = async |purpose: Purpose| {
            executor.take(Order::Ask("prod".into(), purpose.clone(), Ask::Identity));
            loop {
                match told.recv().await.unwrap() {
                    Msg::Answered { purpose: own, result: Ok(Answer::Identity(identity)), .. }
                        if own == purpose =>
                    {
                        return identity.region;
                    }
                    Msg::Answered { result: Err(trouble), .. } => panic!("{trouble}"),
                    _ => {}
                }
            }
        };
        let run = |call| Purpose::Run(RunId::from("r1"), CallId(call));
        assert_eq!(asked(run(1)).await, "us-west-2");
        executor.take(Order::Reroute(ways("eu-west-1", &second)));
        assert_eq!(asked(Purpose::Identity).await, "eu-west-1");
        assert_eq!(asked(run(2)).await, "us-west-2", "it goes on where it began");
        assert_eq!(asked(Purpose::Run(RunId::from("r2"), CallId(1))).await, "eu-west-1");
    }
}
