//! Plans and runs without a screen, against the simulator's own world, an hour in a minute.

use crate::support::ACCOUNT;
use flightdeck::{
    aws::{AppRunnerScope, Gateway, Settings},
    model::{
        Answer, Ask, Authority, Entry, EnvironmentName, Gate, ImageChoice, Kind, Protection, ServiceKey,
        Verdict, armed::Confirmation,
    },
    ops::{Context, Draft, MigrationSettings, Wish},
    runtime::{
        clock::Clock,
        headless::{self, HeadlessDriver},
        journal::{Journal, Purpose},
        routes::Route,
    },
    sim::{
        clock,
        engine::Engine,
        server::{Options, Running, serve},
        world::World,
    },
};
use std::{
    cell::Cell,
    fs,
    future::{pending, poll_fn, ready},
    path::Path,
    task::Poll,
    time::Duration,
};

struct Field {
    running: Running,
    headless: HeadlessDriver,
}

fn route(name: &str, url: &str) -> Route {
    let mut access = Settings::new(name);
    access.region = Some("us-west-2".to_owned());
    access.endpoint_url = Some(url.to_owned());
    access.account = Some(ACCOUNT.to_owned());
    access.credentials = Some((format!("AKIAFEM{:0<7}000001", name.to_uppercase()), "secret".to_owned()));
    access.clusters = Some(vec![name.to_owned()]);
    access.apprunner = AppRunnerScope::None;
    Route { name: EnvironmentName::from(name), access }
}

impl Field {
    async fn new(journal: &Path) -> Self {
        let engine = Engine::new(World::named("fem", None).unwrap(), 7, clock::wall());
        let options = Options { listen: ([127, 0, 0, 1], 0).into(), speed: 60.0, start: Some(clock::wall()) };
        let running = serve(engine, options).await.unwrap();
        let routes = ["staging", "prod"].map(|name| route(name, &running.url()));
        let journal = Journal::new(journal.to_owned());
        let headless = HeadlessDriver::new(&Gateway::new(), routes.to_vec(), Clock::WALL, journal);
        Self { running, headless }
    }

    async fn context(&self, key: &ServiceKey) -> Context {
        let detail = match self.headless.ask(&key.environment, Ask::Detail(key.clone())).await.unwrap() {
            Answer::Detail(detail) => detail,
            other => panic!("{other:?}"),
        };
        let mut context = Context::new(detail.service, ACCOUNT, "us-west-2", "test@here");
        context.note = "because".into();
        context
    }

    async fn deploy(&self) -> Draft {
        let key = staging();
        let context = self.context(&key).await;
        let wish = Wish::Deploy(ImageChoice::Tag("e7b41d2".into()));
        self.headless.plan(wish, context, self.headless.fresh_id(), headless::never()).await.unwrap()
    }
}

fn staging() -> ServiceKey {
    ServiceKey::new("staging", Kind::Ecs, "staging", "staging-service")
}

fn confirmed(draft: &Draft) -> Authority {
    Authority::grant(&draft.plan, Protection::Typed, &Confirmation::Yes).unwrap()
}

fn lines(dir: &Path) -> usize {
    let Ok(listing) = fs::read_dir(dir) else { return 0 };
    listing.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().lines().count()).sum()
}

#[tokio::test]
async fn a_deploy_is_planned_and_flown_to_its_verdict_with_each_line_on_disk_before_it_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let field = Field::new(dir.path()).await;
    let draft = field.deploy().await;
    assert_eq!(lines(dir.path()), 0, "a plan is not written down");
    let (id, authority) = (draft.plan.run.clone(), confirmed(&draft));
    let mut told = 0;
    let on_entry = |_: &_, _: &Entry| {
        told += 1;
        assert!(lines(dir.path()) >= told, "line {told}");
    };
    let view = field.headless.execute(draft, authority, on_entry, headless::never()).await;
    let (verdict, why, _) = view.end.clone().unwrap();
    assert_eq!(verdict, Verdict::Succeeded, "{why}");
    assert!(view.writes.iter().all(|(.., result)| result.is_some()), "{:?}", view.writes);
    assert_eq!((view.header.who.as_str(), view.header.note.as_str()), ("test@here", "because"));
    assert_eq!((told, field.headless.notices().len()), (lines(dir.path()), 0));
    let reading = Journal::new(dir.path().to_owned()).read(Purpose::Look);
    let [record] = reading.runs.as_slice() else { panic!("one run") };
    assert!(!record.held);
    assert!(matches!(&record.entries[0], Entry::Begin { run, .. } if run.id == id));
    let context = field.context(&staging()).await;
    assert_eq!(context.service.version.tag.as_deref(), Some("e7b41d2c5f0a4be39d17c6a82f3b90e4d5186a7c"));
}

#[tokio::test]
async fn breaking_off_the_watch_leaves_the_rollout_alone_and_it_is_taken_up_again() {
    let dir = tempfile::tempdir().unwrap();
    let field = Field::new(dir.path()).await;
    let draft = field.deploy().await;
    let authority = confirmed(&draft);
    // as soon as nothing but watching is left
    let updated = Cell::new(false);
    let stop = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if updated.get() { Poll::Ready(()) } else { Poll::Pending }
    });
    let on_entry = |_: &_, entry: &Entry| {
        if matches!(entry, Entry::After { write, .. } if write == "ecs:UpdateService") {
            updated.set(true);
        }
    };
    let view = field.headless.execute(draft, authority, on_entry, stop).await;
    assert!(view.unwatched && view.end.is_none(), "{:?}", view.end);
    // another process takes it up; this one has let go
    let Field { headless, running } = field;
    drop(headless);
    let routes = vec![route("staging", &running.url())];
    let mut journal = Journal::new(dir.path().to_owned());
    let reading = journal.read(Purpose::TakeUp);
    let headless = HeadlessDriver::new(&Gateway::new(), routes, Clock::WALL, journal);
    let mut seen = Vec::new();
    let entries = &reading.runs[0].entries;
    let view = headless
        .take_up(entries, &[], gate(), |_, entry| seen.push(entry.clone()), headless::never())
        .await
        .unwrap();
    assert_eq!(view.end.as_ref().unwrap().0, Verdict::Succeeded, "{:?}", view.end);
    assert!(matches!(seen[0], Entry::Resumed { .. }));
    assert_eq!(lines(dir.path()), entries.len() + seen.len());
}

#[tokio::test]
async fn planning_can_be_given_up_and_what_is_refused_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let field = Field::new(dir.path()).await;
    let context = field.context(&staging()).await;
    let plan = async |wish, context: &Context| {
        field.headless.plan(wish, context.clone(), field.headless.fresh_id(), pending()).await
    };
    let id = field.headless.fresh_id();
    let given_up = field.headless.plan(Wish::Redeploy, context.clone(), id, ready(())).await.unwrap_err();
    assert!(given_up.why.contains("interrupted"), "{given_up}");
    let missing = plan(Wish::Deploy(ImageChoice::Tag("nope".into())), &context).await.unwrap_err();
    assert!(missing.why.contains("nope"), "{missing}");
    let mut read_only = context.clone();
    read_only.read_only = true;
    assert!(plan(Wish::Redeploy, &read_only).await.unwrap_err().why.contains("read-only"));
    let mut elsewhere = context.clone();
    elsewhere.service.key = ServiceKey::new("nowhere", Kind::Ecs, "nowhere", "x");
    let nowhere = plan(Wish::Redeploy, &elsewhere).await.unwrap_err();
    assert!(nowhere.why.contains("not among the environments"), "{nowhere}");
    assert_eq!(lines(dir.path()), 0);
}

#[tokio::test]
async fn what_the_journal_cannot_hold_is_not_done() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("runs");
    fs::write(&blocked, "a file where the directory should be").unwrap();
    let field = Field::new(&blocked).await;
    let before = field.context(&staging()).await.service.task_definition;
    let draft = field.deploy().await;
    let authority = confirmed(&draft);
    let flight = field.headless.execute(draft, authority, |_, _| (), headless::never());
    let view = tokio::time::timeout(Duration::from_secs(30), flight).await.expect("an end");
    let (verdict, why, _) = view.end.unwrap();
    assert_eq!(verdict, Verdict::Refused, "{why}");
    assert!(why.contains("no change is made that the journal does not know"), "{why}");
    assert!(field.headless.notices()[0].contains("could not be written"));
    assert_eq!(field.context(&staging()).await.service.task_definition, before);
}

#[tokio::test]
async fn migrations_of_this_machine_stream_their_lines_and_end_by_their_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let field = Field::new(dir.path()).await;
    for (script, verdict) in [
        ("echo \"$FD_STEP 00001_a.sql (1ms)\"; echo done >&2", Verdict::Succeeded),
        ("echo oh; exit 3", Verdict::Failed),
        ("seq 1 3000", Verdict::Succeeded),
    ] {
        let mut context = field.context(&staging()).await;
        context.migration = MigrationSettings {
            local: true,
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            environment: vec![("FD_STEP".to_owned(), "OK".to_owned())],
            timeout_s: 60,
            ..MigrationSettings::default()
        };
        let wish = Wish::Migrate { image: None };
        let draft =
            field.headless.plan(wish, context, field.headless.fresh_id(), headless::never()).await.unwrap();
        let authority = confirmed(&draft);
        let view = field.headless.execute(draft, authority, |_, _| (), headless::never()).await;
        let (ended, why, _) = view.end.clone().unwrap();
        assert_eq!(ended, verdict, "{why}");
        let lines: Vec<&str> = view.log.iter().map(|line| line.text.as_str()).collect();
        match script.split(' ').next() {
            Some("seq") => assert_eq!(lines.last(), Some(&"3000")),
            _ if verdict == Verdict::Failed => {
                assert_eq!((lines.as_slice(), why.contains('3')), (&["oh"][..], true));
            }
            _ => assert_eq!(lines, ["OK 00001_a.sql (1ms)", "done"]),
        }
    }
}

#[tokio::test]
async fn ids_are_ordered_by_time_and_never_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let headless =
        HeadlessDriver::new(&Gateway::new(), vec![], Clock::WALL, Journal::new(dir.path().to_owned()));
    let (first, second) = (headless.fresh_id(), headless.fresh_id());
    assert_ne!(first, second);
    assert_eq!(first.0.len(), "019a0000000-00000000-00".len());
}

/// What the gate is told where somebody confirmed that a run goes on.
fn gate() -> Gate {
    Gate {
        protection: Protection::Typed,
        who: "ada@laptop".into(),
        confirmation: Some(Confirmation::Yes),
        locks: None,
    }
}
