//! A run that nobody watches is taken up again, and watched to its verdict.

use super::{listing::read, one};
use crate::{
    app::context,
    cli::{
        args::Common,
        change::{self, Console, Ended, Limits, Operator, Watch},
        fail::{self, Failure, REFUSED},
        load,
    },
    config::Settings,
    model::{Answer, Ask, Entry, Gate, Protection, RunView, armed::Confirmation},
    ops,
    runtime::{
        clock::Clock,
        credential_process,
        headless::HeadlessDriver,
        journal::{Journal, JournalError},
    },
};
use std::{cell::RefCell, time::Duration};

/// Takes it up; one that has ended is told as it ended, with the exit code of its verdict.
pub fn resume(
    common: &Common,
    id: &str,
    yes: bool,
    timeout: Option<&str>,
    json: bool,
) -> Result<u8, Failure> {
    let timeout = change::timeout(timeout)?;
    let mut journal = Journal::new(load::journal_dir());
    let reading = read(&mut journal);
    let (_, view, held) = one::find(&reading, id)?;
    if !view.resumable() {
        return Ok(change::conclude(&view, Ended::Over, json));
    }
    if held {
        return Err(run_elsewhere(&view));
    }
    // from here on it is this process's, and nobody else takes it up; what was told meanwhile is read anew
    if let Err(error) = journal.retake(&view.header.id) {
        return Err(match error {
            JournalError::Held(_) => run_elsewhere(&view),
            JournalError::Begun(_) | JournalError::Disk { .. } => {
                Failure::new(REFUSED, format!("{error}; nothing was changed"))
            }
        });
    }
    let reading = read(&mut journal);
    let (record, view, _) = one::find(&reading, &view.header.id.0)?;
    if !view.resumable() {
        return Ok(change::conclude(&view, Ended::Over, json));
    }
    let everywhere = Common { environments: Vec::new(), ..common.clone() };
    let settings = load::load(&everywhere, &load::flags(common))?.settings;
    load::check_aws(&settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let work = Work { settings, view: &view, entries: &record.entries, yes, timeout, json };
    let code = runtime.block_on(work.watch(journal, &Console::default()));
    runtime.shutdown_background();
    code
}

/// The failure where another process has the run.
fn run_elsewhere(view: &RunView) -> Failure {
    let id = &view.header.id;
    Failure::new(
        REFUSED,
        format!("another flightdeck on this machine is running {id}; nothing was changed here"),
    )
}

/// Whether two regions are known and are two.
fn elsewhere(now: &str, then: &str) -> bool {
    !now.is_empty() && !then.is_empty() && now != then
}

struct Work<'a> {
    settings: Settings,
    view: &'a RunView,
    entries: &'a [Entry],
    yes: bool,
    timeout: Option<Duration>,
    json: bool,
}

impl Work<'_> {
    async fn watch(&self, journal: Journal, operator: &Console) -> Result<u8, Failure> {
        let headless = tokio::select! {
            headless = Box::pin(self.reach(journal)) => headless?,
            code = operator.signal() => return Err(Failure::new(code, "interrupted")),
        };
        let key = &self.view.header.key;
        let variables = context::variables(&self.settings, key);
        let protection = self.settings.protection(&key.environment);
        let mut confirmation = self.yes.then_some(Confirmation::Yes);
        let entries = RefCell::new(ops::completed(self.entries, &context::commands(&self.settings, key)));
        if let Some(begin) = self.entries.first() {
            Watch::new(operator, change::voice(self.json), Limits::default()).entry(self.view, begin);
        }
        loop {
            let limits = Limits { timeout: self.timeout, until: None };
            let watch = Watch::new(operator, change::voice(self.json), limits);
            let told = |view: &RunView, entry: &Entry| {
                entries.borrow_mut().push(entry.clone());
                watch.entry(view, entry);
            };
            let asked = confirmation.is_some();
            let gate = Gate {
                protection,
                who: load::who(),
                confirmation: confirmation.take(),
                locks: context::locks(&self.settings),
            };
            let before = entries.borrow().clone();
            let taken_up = tokio::select! {
                view = Box::pin(headless.take_up(&before, &variables, gate, told, watch.stop())) => view,
                () = watch.leave() => return Err(change::left(&self.view.header.id.0)),
            };
            let ended = watch.end();
            let doubt = headless.clock_doubt();
            for notice in headless.notices().into_iter().chain(doubt) {
                operator.say(&format!("flightdeck: {notice}"));
            }
            let view = taken_up.ok_or_else(|| {
                Failure::new(
                    REFUSED,
                    format!(
                        "run {} cannot be resumed: its journal is incomplete; look at the service itself",
                        self.view.header.id
                    ),
                )
            })?;
            // it rests before a change: whoever is at the terminal is asked, once
            let waits = !view.waits.is_empty() && view.end.is_none() && ended == Ended::Over;
            if waits && !asked && protection != Protection::ReadOnly && operator.present() {
                confirmation = change::go_on(operator, key, protection).await;
                if confirmation.is_some() {
                    continue;
                }
            }
            return Ok(headless.with_gaps(change::conclude(&view, ended, self.json), fail::OUTPUT));
        }
    }

    /// The way to where the run is, in the account it began in.
    async fn reach(&self, journal: Journal) -> Result<HeadlessDriver, Failure> {
        let header = &self.view.header;
        let gateway = credential_process::gateway();
        let environment = &header.key.environment;
        let names = [environment.as_str()];
        let routes = Box::pin(change::routes(&gateway, &self.settings, &names)).await?;
        let headless = HeadlessDriver::new(&gateway, routes, Clock::WALL, journal);
        match headless.ask(environment, Ask::Identity).await {
            Ok(Answer::Identity(identity)) if identity.account != header.account => Err(Failure::new(
                REFUSED,
                format!(
                    "run {} is in account {}, and these credentials belong to {}; use those of that account",
                    header.id, header.account, identity.account
                ),
            )),
            // another --region, or a profile's that changed: nothing of the run is there
            Ok(Answer::Identity(identity)) if elsewhere(&identity.region, &header.region) => {
                Err(Failure::new(
                    REFUSED,
                    format!(
                        "run {} is in {}, and {environment} is reached in {} now; resume it with --region {}",
                        header.id, header.region, identity.region, header.region
                    ),
                ))
            }
            Ok(_) => Ok(headless),
            Err(trouble) => Err(Failure::from(&trouble)),
        }
    }
}
