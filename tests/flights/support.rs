//! A simulated AWS with its own clock, and runs that are carried out against it.

use flightdeck::{
    aws::{AppRunnerScope, Client, Gateway, Settings},
    model::{
        Answer, Ask, Authority, Entry, Gate, ImageChoice, Kind, Protection, Refusal, RunId, RunView,
        ServiceKey, Stamp, Verdict, armed::Confirmation,
    },
    ops::{Context, Draft, Effect, Event, Planner, Run, Wish},
    sim::{
        engine::Engine,
        server::{self, Options, Running},
        untidy::{Untidiness, layer::Untidy},
        world::World,
    },
};
use std::{
    collections::VecDeque,
    io::{Read, Write},
    net::TcpStream,
};

pub const ACCOUNT: &str = "111122223333";
pub const ESTATE: &str = "222233334444";
pub const START: i64 = 1_790_000_000;

/// How untidy AWS is: `FLIGHTDECK_UNTIDY=SEED` or `SEED,future`; tidy without.
pub fn untidiness() -> Option<Untidiness> {
    std::env::var("FLIGHTDECK_UNTIDY").ok().map(|seed| seed.parse().expect("FLIGHTDECK_UNTIDY"))
}

/// A simulated AWS with its own clock, and the way to it.
pub struct Tower {
    sim: Running,
    gateway: Gateway,
    pub now: Stamp,
    runs: u32,
}

impl Tower {
    pub async fn new() -> Self {
        Self::of("fem").await
    }

    pub async fn of(world: &str) -> Self {
        Self::over(World::named(world, None).unwrap()).await
    }

    /// A world with one part of its file put otherwise.
    pub async fn changed(world: &str, from: &str, to: &str) -> Self {
        let text = flightdeck::sim::worlds::text(world).unwrap();
        assert!(text.contains(from), "{world} holds no {from}");
        Self::over(World::from_toml(&text.replacen(from, to, 1), "changed.toml").unwrap()).await
    }

    pub async fn from_toml(text: &str) -> Self {
        Self::over(World::from_toml(text, "world.toml").unwrap()).await
    }

    async fn over(world: World) -> Self {
        Self::as_untidy_as(world, untidiness()).await
    }

    /// A world behind an AWS that is this untidy, whatever the tests are told.
    pub async fn as_untidy_as(world: World, untidiness: Option<Untidiness>) -> Self {
        let start = 1_790_000_000.0;
        let engine = Untidy::over(Engine::new(world, 7, start), untidiness);
        let options = Options { listen: ([127, 0, 0, 1], 0).into(), speed: 0.0, start: Some(start) };
        let sim = server::serve(engine, options).await.unwrap();
        Self { sim, gateway: Gateway::new(), now: Stamp::from_secs(START), runs: 0 }
    }

    pub fn client(&self, environment: &str) -> Client {
        let mut settings = Settings::new(environment);
        settings.region = Some("us-west-2".to_owned());
        settings.endpoint_url = Some(self.sim.url());
        settings.account = Some(account(environment).to_owned());
        settings.credentials =
            Some((format!("AKIAFEM{:0<7}000001", environment.to_uppercase()), "secret".to_owned()));
        if environment == "rollouts" {
            settings.credentials = Some(("AKIAROLLOUTS00000001".to_owned(), "secret".to_owned()));
        }
        if matches!(environment, "estate" | "apps") {
            settings.credentials = Some(("AKIAESTATE0000000001".to_owned(), "secret".to_owned()));
        }
        if matches!(environment, "startup" | "apps") {
            settings.clusters = Some(Vec::new());
            settings.apprunner = AppRunnerScope::All;
        } else {
            settings.clusters = Some(vec![environment.to_owned()]);
        }
        self.gateway.connect(settings)
    }

    pub async fn control(&self, method: &str, path: &str, body: String) -> String {
        let addr = self.sim.addr;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sim\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(addr).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            answer
        })
        .await
        .unwrap()
    }

    pub async fn wait(&mut self, millis: u64) {
        let seconds = millis.div_ceil(1000);
        self.control("POST", "/_sim/clock", format!("{{\"advance\": {seconds}}}")).await;
        self.now = self.now.plus(i64::try_from(seconds * 1000).unwrap());
    }

    pub async fn fault(&self, body: &str) {
        self.control("POST", "/_sim/fault", body.to_owned()).await;
    }

    pub async fn context(&self, key: &ServiceKey) -> Context {
        let client = self.client(key.environment.as_str());
        let detail = match client.ask(Ask::Detail(key.clone()), &|_| {}).await.unwrap() {
            Answer::Detail(detail) => detail,
            other => panic!("{other:?}"),
        };
        let mut context =
            Context::new(detail.service, account(key.environment.as_str()), "us-west-2", "test@here");
        context.migration.container = Some("service".to_owned());
        context.migration.command = ["goose", "-dir", "migrations", "up"].map(str::to_owned).to_vec();
        context.poll_ms = 5_000;
        context
    }

    pub async fn plan(&mut self, key: &ServiceKey, wish: Wish) -> Result<Draft, Refusal> {
        let context = self.context(key).await;
        self.plan_in(key, wish, context).await
    }

    pub async fn plan_in(
        &mut self,
        key: &ServiceKey,
        wish: Wish,
        context: Context,
    ) -> Result<Draft, Refusal> {
        let client = self.client(key.environment.as_str());
        self.runs += 1;
        let id = RunId::from(format!("run-{}", self.runs).as_str());
        let (mut planner, effects) = Planner::begin(wish, context, id, self.now);
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let event = match effect {
                Effect::Ask(id, ask) => {
                    // a plan may ask about a service of another environment
                    let asked = ask.environment().map(|name| self.client(name.as_str()));
                    Event::Answer(id, asked.as_ref().unwrap_or(&client).ask(ask, &|_| {}).await)
                }
                Effect::Timer(id, millis) => {
                    self.wait(millis).await;
                    Event::Timer(id)
                }
                other => panic!("a planner only reads: {other:?}"),
            };
            queue.extend(planner.step(event, self.now));
        }
        planner.into_outcome().expect("planning ends")
    }

    pub fn launch(&self, draft: Draft) -> HeadlessDriver {
        let key = draft.plan.key.clone();
        let authority = Authority::grant(&draft.plan, Protection::Typed, &Confirmation::Yes).unwrap();
        let (run, effects) = Run::start(draft, authority, self.now);
        HeadlessDriver {
            client: self.client(key.environment.as_str()),
            run,
            queue: effects.into(),
            journal: Vec::new(),
        }
    }

    /// Plans, confirms, and runs to the end.
    pub async fn run(&mut self, key: &ServiceKey, wish: Wish) -> HeadlessDriver {
        let draft = self.plan(key, wish).await.unwrap();
        let mut headless = self.launch(draft);
        headless.finish(self).await;
        headless
    }
}

/// One run.
pub struct HeadlessDriver {
    pub client: Client,
    pub run: Run,
    pub queue: VecDeque<Effect>,
    pub journal: Vec<Entry>,
}

impl HeadlessDriver {
    pub async fn one(&mut self, tower: &mut Tower) {
        let Some(effect) = self.queue.pop_front() else { panic!("nothing to do: {:#?}", self.run.view()) };
        let event = match effect {
            Effect::Ask(id, ask) => Event::Answer(id, self.client.ask(ask, &|_| {}).await),
            Effect::Write(id, armed) => Event::Written(id, self.client.write(armed).await),
            Effect::Timer(id, millis) => {
                tower.wait(millis).await;
                Event::Timer(id)
            }
            Effect::Journal(entry) => {
                self.journal.push(entry);
                return;
            }
        };
        let effects = self.run.step(event, tower.now);
        self.queue.extend(effects);
    }

    /// The same run in another process.
    pub fn taken_up(&self, tower: &Tower) -> Self {
        let (run, effects) =
            Run::take_up(&self.journal, &[], confirmed(), tower.now).expect("it can be taken up");
        Self { client: self.client.clone(), run, queue: effects.into(), journal: self.journal.clone() }
    }

    pub async fn finish(&mut self, tower: &mut Tower) {
        while !self.run.is_over() || !self.queue.is_empty() {
            self.one(tower).await;
        }
    }

    /// Goes on until the journal tells of something.
    pub async fn until(&mut self, tower: &mut Tower, reached: impl Fn(&Entry) -> bool) {
        while !self.journal.last().is_some_and(&reached) {
            assert!(!self.run.is_over(), "over before: {:#?}", self.run.view());
            self.one(tower).await;
        }
    }

    pub fn view(&self) -> &RunView {
        self.run.view()
    }

    #[track_caller]
    pub fn ended(&self, verdict: Verdict, why: &str) {
        let Some((got, told, _)) = &self.view().end else { panic!("not ended: {:#?}", self.view()) };
        assert_eq!(*got, verdict, "{told}\n{:#?}", self.view().steps);
        assert!(told.contains(why), "“{told}” does not say “{why}”");
    }

    pub fn details(&self) -> Vec<&str> {
        self.journal
            .iter()
            .filter_map(|entry| match entry {
                Entry::Step { detail, .. } if !detail.is_empty() => Some(detail.as_str()),
                _ => None,
            })
            .collect()
    }
}

/// The account that an environment is in.
pub fn account(environment: &str) -> &'static str {
    if matches!(environment, "estate" | "apps") { ESTATE } else { ACCOUNT }
}

pub fn service(environment: &str) -> ServiceKey {
    ServiceKey::new(environment, Kind::Ecs, environment, &format!("{environment}-service"))
}

pub fn startup() -> ServiceKey {
    ServiceKey::new("startup", Kind::AppRunner, "", "fem-fd-service")
}

pub fn deploy(tag: &str) -> Wish {
    Wish::Deploy(ImageChoice::Tag(tag.to_owned()))
}

pub fn back() -> Wish {
    Wish::RollBack { to: None }
}

pub fn after(operation: &'static str) -> impl Fn(&Entry) -> bool {
    move |entry| matches!(entry, Entry::After { write, .. } if write == operation)
}

pub fn before(operation: &'static str) -> impl Fn(&Entry) -> bool {
    move |entry| matches!(entry, Entry::Before { write, .. } if write == operation)
}

/// What the gate is told where somebody confirmed that a run goes on.
pub fn confirmed() -> Gate {
    Gate {
        protection: Protection::Typed,
        who: "ada@laptop".into(),
        confirmation: Some(Confirmation::Yes),
        locks: None,
    }
}
