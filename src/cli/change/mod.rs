//! `flightdeck deploy`, `rollback`, `migrate`, `promote`, `release` and `apply`: the cockpit's changes without a
//! screen. The same plans, the same protection, the same runs in the same journal.

mod conclude;
mod confirm;
mod context;
mod lock;
mod once;
mod operator;
mod outcome;
mod paint;
mod progress;
mod reach;
mod request;
mod saved;
mod sheet;
mod target;
mod watch;

pub use conclude::{conclude, left};
pub use confirm::go_on;
pub use operator::{Console, Operator};
pub use paint::Paint;
pub use reach::routes;
pub use request::{Asked, asked};
pub use target::Target;
pub use watch::{Ended, Limits, Voice, Watch};

use super::{
    args::{Apply, Common, Flight},
    fail::{self, Failure, REFUSED},
    load,
    status::Reading,
};
use crate::{
    app,
    config::{Settings, settings::value},
    model::{Answer, Ask, Authority, Protection, RunKind, RunView, Service, ServiceKey, Verdict},
    ops::{Context, Draft, Wish},
    runtime::{
        clock::Clock,
        credential_process,
        headless::{self, HeadlessDriver},
        journal::{Journal, Purpose},
    },
};
use request::Request;
use saved::Saved;
use std::{io::IsTerminal, time::Duration};

/// Carries out a command that changes something.
pub fn run(common: &Common, asked: Asked) -> Result<u8, Failure> {
    let json = asked.flight.json;
    reported(json, begin(common, asked, None))
}

/// Runs a saved plan.
pub fn apply(common: &Common, apply: &Apply) -> Result<u8, Failure> {
    let begun = Saved::read(&apply.file).and_then(|saved| {
        let from = match &saved.plan.wish {
            Wish::Promote { from } => Some(Target::spell(from)),
            _ => None,
        };
        let request = Request {
            verb: saved.plan.kind,
            service: Target::spell(&saved.plan.key),
            image: None,
            to: None,
            from,
            down: saved.down,
            verify: saved.verify,
            note: apply.flight.note.clone().unwrap_or_else(|| saved.note.clone()),
        };
        let asked = Asked { request, plan: false, out: None, flight: apply.flight.clone() };
        begin(common, asked, Some(saved))
    });
    reported(apply.flight.json, begun)
}

/// For programs, a failure is a result as well.
fn reported(json: bool, result: Result<u8, Failure>) -> Result<u8, Failure> {
    if let (true, Err(failure)) = (json, &result) {
        let verdict = match failure.code {
            REFUSED => Some(Verdict::Refused),
            fail::LOST => Some(Verdict::Lost),
            _ => None,
        };
        let object = serde_json::json!({
            "event": "result", "verdict": verdict, "why": failure.message, "exit_code": failure.code
        });
        fail::print(&format!("{object}\n"))?;
    }
    result
}

fn begin(common: &Common, asked: Asked, saved: Option<Saved>) -> Result<u8, Failure> {
    let timeout = timeout(asked.flight.timeout.as_deref())?;
    let target = Target::parse(&asked.request.service)?;
    asked.request.image()?;
    if !asked.plan && !asked.flight.yes && !operator::attended() {
        return Err(confirm::unattended());
    }
    // the service says which environment it is in; the others are not even asked
    let everywhere = Common { environments: Vec::new(), ..common.clone() };
    let settings = load::load(&everywhere, &load::flags(common))?.settings;
    load::check_aws(&settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let console = Console::default();
    let work = Work { settings, who: load::who(), asked, target, timeout, saved, operator: &console };
    let code = runtime.block_on(work.interruptible());
    runtime.shutdown_background();
    code
}

/// The time after which a watch is given up.
pub fn timeout(text: Option<&str>) -> Result<Option<Duration>, Failure> {
    let most = Duration::from_hours(24);
    text.map(|text| value::duration(text, Duration::from_secs(1), most)).transpose().map_err(
        |(what, remedy)| Failure::usage(format!("--timeout: {}; {remedy}", crate::model::text::line(&what))),
    )
}

/// How what happens is told.
pub fn voice(json: bool) -> Voice {
    let terminal = std::io::stderr().is_terminal();
    if json { Voice::Json } else { Voice::Text(Paint::of(terminal, &load::var)) }
}

/// One command at work.
struct Work<'o, O> {
    settings: Settings,
    who: String,
    asked: Asked,
    target: Target,
    timeout: Option<Duration>,
    saved: Option<Saved>,
    operator: &'o O,
}

/// Everything that was read before a plan.
struct Known {
    headless: HeadlessDriver,
    service: Service,
    context: Context,
    wish: Wish,
    protection: Protection,
}

impl<O: Operator> Work<'_, O> {
    /// The whole command. Until something is watched a signal ends it, since nothing was changed.
    async fn interruptible(&self) -> Result<u8, Failure> {
        let (known, draft) = tokio::select! {
            planned = Box::pin(self.plan()) => planned?,
            code = self.operator.signal() => {
                return Err(Failure::new(code, "interrupted; nothing was changed"));
            }
        };
        if self.asked.plan {
            return self.show(&known, &draft);
        }
        if let Some(refusal) = draft.locked(known.headless.now()) {
            let refusal = lock::with_way_out(&draft, refusal);
            return Err(Failure::new(REFUSED, format!("nothing was changed: {refusal}")));
        }
        self.tell(&draft, known.protection);
        let yes = self.asked.flight.yes;
        let authority = confirm::confirm(self.operator, &draft.plan, known.protection, yes).await?;
        if let Some(saved) = &self.saved {
            // somebody had time meanwhile
            once::by_the_team(&known.headless, &known.context, &saved.plan.run).await?;
        }
        let (view, ended) = Box::pin(self.watched(&known.headless, draft, authority)).await?;
        if ended == Ended::RollBack {
            return Box::pin(self.roll_back(known, &view)).await;
        }
        Ok(known.headless.with_gaps(conclude(&view, ended, self.asked.flight.json), fail::OUTPUT))
    }

    async fn plan(&self) -> Result<(Known, Draft), Failure> {
        let known = Box::pin(self.look()).await?;
        let run = match &self.saved {
            Some(saved) => saved.plan.run.clone(),
            None => known.headless.fresh_id(),
        };
        let (wish, context) = (known.wish.clone(), known.context.clone());
        let planned = Box::pin(known.headless.plan(wish, context, run, headless::never())).await;
        if let Some(doubt) = known.headless.clock_doubt() {
            self.operator.say(&format!("flightdeck: {doubt}"));
        }
        let draft = match planned {
            Ok(draft) => draft,
            Err(refusal) => {
                return Err(Failure::new(REFUSED, format!("nothing was changed: {refusal}")));
            }
        };
        if let Some(saved) = &self.saved {
            saved.check_plan(&draft)?;
        }
        let mut draft = draft;
        if self.saved.is_some() {
            draft.apply_once();
        }
        if self.asked.request.down {
            let plan = &mut draft.plan;
            plan.title = format!("Revert the last migration of {} for {}", plan.to, plan.key.name);
        }
        Ok((known, draft))
    }

    /// The runs of this machine as far as they can be read.
    fn past(&self, journal: &mut Journal) -> Vec<RunView> {
        let reading = journal.read(Purpose::Look);
        for notice in &reading.notices {
            self.operator.say(&format!("flightdeck: {notice}"));
        }
        reading.runs.iter().filter_map(|record| super::runs::listing::view(&record.entries)).collect()
    }

    /// Reads what the words of the command line mean.
    async fn look(&self) -> Result<Known, Failure> {
        let request = &self.asked.request;
        let mut journal = Journal::new(load::journal_dir());
        if let Some(saved) = &self.saved {
            once::here(&journal, &saved.plan.run)?;
        }
        let source = match request.verb {
            RunKind::Promote => Some(request.source(&self.target, &self.settings)?),
            _ => None,
        };
        let here = self.target.environment.as_str();
        let names: Vec<&str> =
            [Some(here), source.as_ref().map(|(name, _)| name.as_str())].into_iter().flatten().collect();
        let gateway = credential_process::gateway();
        let mut routes = Box::pin(routes(&gateway, &self.settings, &names)).await?;
        let readings = Box::pin(reach::read(&gateway, &routes)).await?;
        // they are asked whether a service follows the tag that is moved
        reach::stricter(&self.settings, here, &mut routes);
        let reading = readings
            .iter()
            .find(|reading| reading.name.as_str() == here)
            .ok_or_else(|| Failure::usage(format!("there is no environment “{here}”")))?;
        if let Some(saved) = &self.saved {
            saved.check_account(reading.account.as_deref().unwrap_or_default())?;
        }
        let service = self.find(&self.target, reading)?.clone();
        if let Some(saved) = &self.saved {
            saved.check_service(&service)?;
        }
        let from = source.map(|(name, named)| self.source(&service, &name, named, &readings)).transpose()?;
        let past = self.past(&mut journal);
        let headless = HeadlessDriver::new(&gateway, routes, Clock::WALL, journal);
        let key = service.key.clone();
        // its answer is the first to tell AWS's clock; the run is dated by it once those of the plan agree
        headless.ask(&key.environment, Ask::Identity).await.map_err(|trouble| Failure::from(&trouble))?;
        let revisions = match (&request.verb, &request.to) {
            (RunKind::Rollback, Some(_)) => {
                match headless.ask(&key.environment, Ask::Revisions(key.clone())).await {
                    Ok(Answer::Revisions(revisions)) => revisions,
                    Ok(_) => Vec::new(),
                    Err(trouble) => return Err(Failure::from(&trouble)),
                }
            }
            _ => Vec::new(),
        };
        let wish = if let Some(saved) = &self.saved {
            saved.plan.wish.clone()
        } else {
            let application = self.settings.application_for(&key);
            let configured = application.and_then(|application| application.repository.as_deref());
            let repository = service.version.repository_named(configured);
            Request::beside(request.wish(&service, from, &revisions)?, &repository)?
        };
        let whereabouts = app::context::Whereabouts {
            account: reading.account.clone().unwrap_or_default(),
            region: reading.region.clone().unwrap_or_default(),
        };
        let mut context = app::context::of(&self.settings, service.clone(), &whereabouts, &self.who, &past);
        context.note.clone_from(&request.note);
        if request.down {
            context::take_back(&mut context, &self.settings)?;
        }
        context.verify_rollback |= request.verify;
        if let Some(saved) = &self.saved {
            once::by_the_team(&headless, &context, &saved.plan.run).await?;
        }
        if let Some(holder) = &self.asked.flight.steal_lock {
            context.steal = lock::steal(&headless, &context, holder).await?;
        }
        let protection = self.settings.protection(&key.environment);
        Ok(Known { headless, service, context, wish, protection })
    }

    /// The service that was named; where part of its environment could not be read it may be there all the same.
    fn find<'r>(&self, target: &Target, reading: &'r Reading) -> Result<&'r Service, Failure> {
        let found = target.resolve(&reading.services, &self.settings);
        match (found, reading.troubles.first()) {
            (Err(_), Some(trouble)) => Err(Failure::from(trouble)),
            (found, _) => found,
        }
    }

    fn source(
        &self,
        to: &Service,
        environment: &str,
        named: Option<Target>,
        readings: &[Reading],
    ) -> Result<ServiceKey, Failure> {
        let none = || Failure::usage(format!("there is no environment “{environment}”"));
        let reading = readings.iter().find(|r| r.name.as_str() == environment).ok_or_else(none)?;
        match named {
            Some(target) => Ok(self.find(&target, reading)?.key.clone()),
            None => request::counterpart(to, environment, &reading.services, &self.settings),
        }
    }

    /// Prints the plan, and saves it where that was asked for.
    fn show(&self, known: &Known, draft: &Draft) -> Result<u8, Failure> {
        if let Some(path) = &self.asked.out {
            let request = &self.asked.request;
            // the moment of its run, which its id tells too
            let now = draft.plan.run.begun_at().unwrap_or_else(|| known.headless.now());
            Saved::of(draft, &known.wish, &known.service, request, &self.who, now).write(path)?;
            if !self.asked.flight.json {
                self.operator.say(&format!("saved; run it with `flightdeck apply {}`", path.display()));
            }
        }
        let told = if self.asked.flight.json {
            let result = serde_json::json!({
                "event": "result", "verdict": null, "why": "planned; nothing was changed",
                "saved": self.asked.out, "exit_code": 0
            });
            format!("{}\n{result}\n", sheet::json(&draft.plan, known.protection))
        } else {
            let terminal = std::io::stdout().is_terminal();
            sheet::text(&draft.plan, known.protection, Paint::of(terminal, &load::var))
        };
        fail::print(&told)?;
        Ok(0)
    }

    /// Tells the plan that is about to be confirmed.
    fn tell(&self, draft: &Draft, protection: Protection) {
        match voice(self.asked.flight.json) {
            Voice::Text(paint) => self.operator.say(&sheet::text(&draft.plan, protection, paint)),
            Voice::Json => {
                let _ = fail::print(&format!("{}\n", sheet::json(&draft.plan, protection)));
                // somebody who is asked has to see what about
                if !self.asked.flight.yes {
                    self.operator.say(&sheet::text(&draft.plan, protection, Paint::PLAIN));
                }
            }
        }
    }

    async fn watched(
        &self,
        headless: &HeadlessDriver,
        draft: Draft,
        authority: Authority,
    ) -> Result<(RunView, Ended), Failure> {
        let Flight { no_wait, json, .. } = self.asked.flight;
        let until = draft.last_change().filter(|_| no_wait);
        let id = draft.plan.run.clone();
        headless.claim(&id).map_err(|refusal| once::refused(&refusal))?;
        let watch = Watch::new(self.operator, voice(json), Limits { timeout: self.timeout, until });
        let view = tokio::select! {
            view = Box::pin(headless.execute(draft, authority, |view, entry| watch.entry(view, entry), watch.stop())) => view,
            () = watch.leave() => return Err(left(&id.to_string())),
        };
        let ended = watch.end();
        for notice in headless.notices() {
            self.operator.say(&format!("flightdeck: {notice}"));
        }
        Ok((view, ended))
    }

    /// The operator broke the watch off to have the change rolled back.
    async fn roll_back(&self, known: Known, view: &RunView) -> Result<u8, Failure> {
        let Flight { json, .. } = self.asked.flight;
        if !view.resumable() {
            // it ended by itself while the question was being answered
            return Ok(conclude(view, Ended::RollBack, json));
        }
        let Known { headless, mut context, protection, .. } = known;
        app::context::own(&mut context, [view]);
        let run = headless.fresh_id();
        let wish = Wish::RollBack { to: None };
        let planned = Box::pin(headless.plan(wish, context, run, headless::never())).await;
        let draft = planned.map_err(|refusal| {
            let id = &view.header.id;
            Failure::new(
                REFUSED,
                format!("it is not rolled back: {refusal}; watch it with `flightdeck runs resume {id}`"),
            )
        })?;
        self.tell(&draft, protection);
        let authority = confirm::confirm(self.operator, &draft.plan, protection, false).await?;
        let (back, ended) = Box::pin(self.watched(&headless, draft, authority)).await?;
        let code = conclude(&back, ended, json);
        // what was asked for is not in place
        Ok(if code == 0 { Verdict::RolledBack.exit_code() } else { code })
    }
}
