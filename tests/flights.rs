//! Operations flown through the gateway against the simulator: plan, confirmation, changes, watch, verdict.
//!
//! Time is the simulator's and stands still while anything is asked; a timer moves it on. Nothing waits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use flightdeck::{
    aws::{AppRunnerScope, Client, Gateway, Settings},
    model::{
        Answer, Ask, Authority, Entry, ImageChoice, Kind, Protection, Refusal, RunId, RunView, ServiceKey,
        Stamp, Verdict, Version, armed::Confirmation,
    },
    ops::{Context, Draft, Effect, Event, Planner, Run, Wish},
    sim::{
        engine::Engine,
        server::{self, Options, Running},
        world::World,
    },
};
use std::{
    collections::VecDeque,
    io::{Read, Write},
    net::TcpStream,
};

const ACCOUNT: &str = "111122223333";
const START: i64 = 1_790_000_000;

/// A simulated AWS with its own clock, and the way to it.
struct Tower {
    sim: Running,
    gateway: Gateway,
    now: Stamp,
    runs: u32,
}

impl Tower {
    async fn new() -> Self {
        let world = World::named("fem", None).unwrap();
        let start = 1_790_000_000.0;
        let engine = Engine::new(world, 7, start);
        let options = Options { listen: ([127, 0, 0, 1], 0).into(), speed: 0.0, start: Some(start) };
        let sim = server::serve(engine, options).await.unwrap();
        Self { sim, gateway: Gateway::new(), now: Stamp::from_secs(START), runs: 0 }
    }

    fn client(&self, environment: &str) -> Client {
        let mut settings = Settings::new(environment);
        settings.region = Some("us-west-2".to_owned());
        settings.endpoint_url = Some(self.sim.url());
        settings.account = Some(ACCOUNT.to_owned());
        settings.credentials =
            Some((format!("AKIAFEM{:0<7}000001", environment.to_uppercase()), "secret".to_owned()));
        if environment == "startup" {
            settings.clusters = Some(Vec::new());
            settings.apprunner = AppRunnerScope::All;
        } else {
            settings.clusters = Some(vec![environment.to_owned()]);
        }
        self.gateway.connect(settings)
    }

    async fn control(&self, method: &str, path: &str, body: String) -> String {
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

    async fn wait(&mut self, millis: u64) {
        let seconds = millis.div_ceil(1000);
        self.control("POST", "/_sim/clock", format!("{{\"advance\": {seconds}}}")).await;
        self.now = self.now.plus(i64::try_from(seconds * 1000).unwrap());
    }

    async fn fault(&self, body: &str) {
        self.control("POST", "/_sim/fault", body.to_owned()).await;
    }

    async fn context(&self, key: &ServiceKey) -> Context {
        let client = self.client(key.environment.as_str());
        let detail = match client.ask(Ask::Detail(key.clone()), &|_| {}).await.unwrap() {
            Answer::Detail(detail) => detail,
            other => panic!("{other:?}"),
        };
        let mut context = Context::new(detail.service, ACCOUNT, "us-west-2", "test@here");
        context.migration.container = Some("service".to_owned());
        context.migration.command = ["goose", "-dir", "migrations", "up"].map(str::to_owned).to_vec();
        context.poll_ms = 5_000;
        context
    }

    async fn plan(&mut self, key: &ServiceKey, wish: Wish) -> Result<Draft, Refusal> {
        let context = self.context(key).await;
        self.plan_in(key, wish, context).await
    }

    async fn plan_in(&mut self, key: &ServiceKey, wish: Wish, context: Context) -> Result<Draft, Refusal> {
        let client = self.client(key.environment.as_str());
        self.runs += 1;
        let id = RunId::from(format!("run-{}", self.runs).as_str());
        let (mut planner, effects) = Planner::begin(wish, context, id, self.now);
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let event = match effect {
                Effect::Ask(id, ask) => Event::Answer(id, client.ask(ask, &|_| {}).await),
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

    fn launch(&self, draft: Draft) -> Pilot {
        let key = draft.plan.key.clone();
        let authority = Authority::grant(&draft.plan, Protection::Typed, &Confirmation::Yes).unwrap();
        let (run, effects) = Run::fly(draft, authority, self.now);
        Pilot {
            client: self.client(key.environment.as_str()),
            run,
            queue: effects.into(),
            journal: Vec::new(),
        }
    }

    /// Plans, confirms, and flies to the end.
    async fn fly(&mut self, key: &ServiceKey, wish: Wish) -> Pilot {
        let draft = self.plan(key, wish).await.unwrap();
        let mut pilot = self.launch(draft);
        pilot.finish(self).await;
        pilot
    }
}

/// One run.
struct Pilot {
    client: Client,
    run: Run,
    queue: VecDeque<Effect>,
    journal: Vec<Entry>,
}

impl Pilot {
    async fn one(&mut self, tower: &mut Tower) {
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

    async fn finish(&mut self, tower: &mut Tower) {
        while !self.run.is_over() || !self.queue.is_empty() {
            self.one(tower).await;
        }
    }

    /// Goes on until the journal tells of something.
    async fn until(&mut self, tower: &mut Tower, reached: impl Fn(&Entry) -> bool) {
        while !self.journal.last().is_some_and(&reached) {
            assert!(!self.run.is_over(), "over before: {:#?}", self.run.view());
            self.one(tower).await;
        }
    }

    fn view(&self) -> &RunView {
        self.run.view()
    }

    #[track_caller]
    fn ended(&self, verdict: Verdict, why: &str) {
        let Some((got, told, _)) = &self.view().end else { panic!("not ended: {:#?}", self.view()) };
        assert_eq!(*got, verdict, "{told}\n{:#?}", self.view().steps);
        assert!(told.contains(why), "“{told}” does not say “{why}”");
    }

    fn details(&self) -> Vec<&str> {
        self.journal
            .iter()
            .filter_map(|entry| match entry {
                Entry::Step { detail, .. } if !detail.is_empty() => Some(detail.as_str()),
                _ => None,
            })
            .collect()
    }
}

fn service(environment: &str) -> ServiceKey {
    ServiceKey::new(environment, Kind::Ecs, environment, &format!("{environment}-service"))
}

fn startup() -> ServiceKey {
    ServiceKey::new("startup", Kind::AppRunner, "", "fem-fd-service")
}

fn deploy(tag: &str) -> Wish {
    Wish::Deploy(ImageChoice::Tag(tag.to_owned()))
}

fn back() -> Wish {
    Wish::RollBack { to: None }
}

fn after(operation: &'static str) -> impl Fn(&Entry) -> bool {
    move |entry| matches!(entry, Entry::After { write, .. } if write == operation)
}

#[tokio::test]
async fn a_good_image_is_deployed_and_rolled_back() {
    let mut tower = Tower::new().await;
    let pilot = tower.fly(&service("staging"), deploy("e7b41d2")).await;
    pilot.ended(Verdict::Succeeded, "in place and steady");
    assert!(pilot.details().iter().any(|d| d.contains("of 2 new")), "{:?}", pilot.details());
    let context = tower.context(&service("staging")).await;
    assert_eq!(context.service.version.short(), "e7b41d2");

    let draft = tower.plan(&service("staging"), back()).await.unwrap();
    assert_eq!(draft.plan.to, "8be02d4", "{:#?}", draft.plan);
    let pilot = tower.fly(&service("staging"), back()).await;
    pilot.ended(Verdict::Succeeded, "in place and steady");
    let context = tower.context(&service("staging")).await;
    assert_eq!(context.service.version.short(), "8be02d4");
}

#[tokio::test]
async fn a_bad_image_is_rolled_back_by_the_breaker_and_then_by_hand() {
    let mut tower = Tower::new().await;
    let pilot = tower.fly(&service("prod"), deploy("c90f3ad")).await;
    pilot.ended(Verdict::RolledBack, "breaker tripped");
    assert!(pilot.details().iter().any(|d| d.contains("failed")), "{:#?}", pilot.details());

    let draft = tower.plan(&service("prod"), back()).await.unwrap();
    assert_eq!((draft.plan.from.as_str(), draft.plan.to.as_str()), ("1f0c9a7", "7d33b05"));
    let pilot = tower.fly(&service("prod"), back()).await;
    pilot.ended(Verdict::Succeeded, "");
}

#[tokio::test]
async fn a_rollout_in_flight_is_rolled_back() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("prod"), deploy("e7b41d2")).await.unwrap();
    let mut first = tower.launch(draft);
    first.until(&mut tower, after("ecs:UpdateService")).await;
    tower.wait(20_000).await;

    let refusal = tower.plan(&service("prod"), deploy("8be02d4")).await.unwrap_err();
    assert!(refusal.why.contains("a rollout is in flight"), "{refusal}");

    let draft = tower.plan(&service("prod"), back()).await.unwrap();
    assert_eq!(draft.plan.writes, ["ecs:StopServiceDeployment"], "{:#?}", draft.plan);
    let mut second = tower.launch(draft);
    second.finish(&mut tower).await;
    second.ended(Verdict::Succeeded, "the earlier revision is back");
    first.finish(&mut tower).await;
    first.ended(Verdict::RolledBack, "is back");
}

#[tokio::test]
async fn a_rollout_in_flight_is_stopped_where_it_is() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("prod"), deploy("e7b41d2")).await.unwrap();
    let mut first = tower.launch(draft);
    first.until(&mut tower, after("ecs:UpdateService")).await;
    tower.wait(20_000).await;
    let second = tower.fly(&service("prod"), Wish::StopRollout).await;
    second.ended(Verdict::Succeeded, "stopped where it was");
    first.finish(&mut tower).await;
    first.ended(Verdict::Failed, "stopped before it was complete");
}

#[tokio::test]
async fn two_at_once_one_is_superseded() {
    let mut tower = Tower::new().await;
    let one = tower.plan(&service("prod"), deploy("e7b41d2")).await.unwrap();
    let other = tower.plan(&service("prod"), deploy("8be02d4")).await.unwrap();
    let third = tower.plan(&service("prod"), deploy("7d33b05")).await.unwrap();
    let mut one = tower.launch(one);
    let mut other = tower.launch(other);
    one.until(&mut tower, after("ecs:RegisterTaskDefinition")).await;
    other.until(&mut tower, after("ecs:RegisterTaskDefinition")).await;
    one.until(&mut tower, after("ecs:UpdateService")).await;
    tower.wait(15_000).await;
    other.until(&mut tower, after("ecs:UpdateService")).await;
    one.finish(&mut tower).await;
    one.ended(Verdict::Superseded, "another deployment took over");
    // a plan that is older than what happened since is not flown
    let mut third = tower.launch(third);
    third.finish(&mut tower).await;
    third.ended(Verdict::Refused, "since the plan was made");
    other.finish(&mut tower).await;
    other.ended(Verdict::Succeeded, "");
}

#[tokio::test]
async fn app_runner_is_deployed_and_rolled_back() {
    let mut tower = Tower::new().await;
    let pilot = tower.fly(&startup(), deploy("e7b41d2")).await;
    pilot.ended(Verdict::Succeeded, "e7b41d2 is in place");
    let before = pilot.view().before.clone().expect("what was there before is kept");
    assert!(before.image.ends_with(":latest") && before.digest.is_some());

    let mut context = tower.context(&startup()).await;
    context.previous = vec![(before, flightdeck::ops::Ran::Until(pilot.view().header.at))];
    let draft = tower.plan_in(&startup(), back(), context).await.unwrap();
    assert_eq!(draft.plan.to, "41ac9d0", "{:#?}", draft.plan);
    let mut pilot = tower.launch(draft);
    pilot.finish(&mut tower).await;
    pilot.ended(Verdict::Succeeded, "");

    let pilot = tower.fly(&startup(), deploy("c90f3ad")).await;
    pilot.ended(Verdict::RolledBack, "went back to");
    let pilot = tower.fly(&startup(), Wish::Redeploy).await;
    pilot.ended(Verdict::Succeeded, "");
}

#[tokio::test]
async fn express_is_deployed_and_rolled_back() {
    let mut tower = Tower::new().await;
    let key = ServiceKey::new("preview", Kind::Express, "preview", "preview-service");
    let pilot = tower.fly(&key, deploy("e7b41d2")).await;
    pilot.ended(Verdict::Succeeded, "in place");
    let pilot = tower.fly(&key, back()).await;
    pilot.ended(Verdict::Succeeded, "");
    let pilot = tower.fly(&key, Wish::Migrate { image: None }).await;
    pilot.ended(Verdict::Succeeded, "exited with code 0");
}

#[tokio::test]
async fn migrations_end_by_their_exit_code() {
    let mut tower = Tower::new().await;
    let pilot = tower.fly(&service("staging"), Wish::Migrate { image: None }).await;
    pilot.ended(Verdict::Succeeded, "service exited with code 0");
    assert!(pilot.view().log.iter().any(|l| l.text.contains("goose")), "{:#?}", pilot.view().log);

    let mut context = tower.context(&service("staging")).await;
    context.migration.image = Some(ImageChoice::Tag("5d2ae18".to_owned()));
    let draft = tower.plan_in(&service("staging"), Wish::Migrate { image: None }, context).await.unwrap();
    let mut pilot = tower.launch(draft);
    pilot.finish(&mut tower).await;
    pilot.ended(Verdict::Failed, "exited with code 1");
    pilot.ended(Verdict::Failed, "order_items");
}

#[tokio::test]
async fn a_migration_is_taken_up_and_not_run_twice() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("staging"), Wish::Migrate { image: None }).await.unwrap();
    let mut pilot = tower.launch(draft);
    pilot.until(&mut tower, |entry| matches!(entry, Entry::Before { .. })).await;
    // the change is made, and the process dies before it is told
    let Some(Effect::Write(_, armed)) = pilot.queue.pop_front() else { panic!() };
    let started = pilot.client.write(armed).await.unwrap();
    tower.wait(30_000).await;
    let (run, effects) = Run::take_up(&pilot.journal, tower.now).unwrap();
    let mut again =
        Pilot { client: pilot.client.clone(), run, queue: effects.into(), journal: pilot.journal.clone() };
    again.finish(&mut tower).await;
    again.ended(Verdict::Succeeded, "code 0");
    let answered = again.journal.iter().find_map(|entry| match entry {
        Entry::After { result, .. } => Some(result.clone()),
        _ => None,
    });
    assert!(format!("{started:?}").contains(&answered.unwrap()), "the same task");
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_found() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("staging"), deploy("e7b41d2")).await.unwrap();
    let mut pilot = tower.launch(draft);
    pilot.until(&mut tower, after("ecs:RegisterTaskDefinition")).await;
    tower.fault(r#"{"kind": "5xx", "operation": "ecs.UpdateService", "count": 1}"#).await;
    pilot.finish(&mut tower).await;
    pilot.ended(Verdict::Succeeded, "");
    let tries = pilot.view().writes.iter().filter(|w| w.0 == "ecs:UpdateService").count();
    assert_eq!(tries, 2, "it had no effect, so it was repeated once");
}

#[tokio::test]
async fn expired_credentials_lose_a_run_that_goes_on_later() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("staging"), deploy("e7b41d2")).await.unwrap();
    let mut pilot = tower.launch(draft);
    pilot.until(&mut tower, after("ecs:UpdateService")).await;
    tower.fault(r#"{"kind": "expired"}"#).await;
    pilot.finish(&mut tower).await;
    pilot.ended(Verdict::Lost, "contact lost");
    tower.control("DELETE", "/_sim/fault", String::new()).await;
    pilot.client.reset();
    let effects = pilot.run.step(Event::Resume, tower.now);
    pilot.queue.extend(effects);
    pilot.finish(&mut tower).await;
    pilot.ended(Verdict::Succeeded, "");
}

#[tokio::test]
async fn scaling_redeploying_and_stopping_a_task() {
    let mut tower = Tower::new().await;
    let pilot = tower.fly(&service("staging"), Wish::Scale(3)).await;
    pilot.ended(Verdict::Succeeded, "3 running");
    let pilot = tower.fly(&service("staging"), Wish::Redeploy).await;
    pilot.ended(Verdict::Succeeded, "");
    let client = tower.client("staging");
    let Answer::Detail(detail) = client.ask(Ask::Detail(service("staging")), &|_| {}).await.unwrap() else {
        panic!()
    };
    let task = detail.tasks.iter().find(|t| t.last_status == "RUNNING").unwrap().arn.clone();
    let pilot = tower.fly(&service("staging"), Wish::StopTask { task }).await;
    pilot.ended(Verdict::Succeeded, "the task is");
}

#[tokio::test]
async fn a_moving_tag_is_pinned_and_a_foreign_controller_refused() {
    let mut tower = Tower::new().await;
    let admin = ServiceKey::new("prod", Kind::Ecs, "prod", "prod-admin");
    let mut context = tower.context(&admin).await;
    context.migration.container = None;
    let draft = tower.plan_in(&admin, Wish::Migrate { image: None }, context).await.unwrap();
    assert!(draft.plan.writes.contains(&"ecs:RegisterTaskDefinition"), "{:#?}", draft.plan);
    let draft = tower.plan(&admin, deploy("latest")).await.unwrap();
    let reference = draft.plan.lines.iter().find(|l| l.label == "reference").unwrap();
    assert!(reference.value.contains("@sha256:"), "{}", reference.value);
    assert_eq!(Version::of(reference.value.split(' ').next().unwrap(), None).tag, None);

    let search = ServiceKey::new("prod", Kind::Ecs, "prod", "prod-search");
    let refusal = tower.plan(&search, deploy("v2.13.2")).await.unwrap_err();
    assert!(refusal.why.contains("CODE_DEPLOY"), "{refusal}");
}
