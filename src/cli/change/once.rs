//! A plan runs once, wherever: a saved one whose run is known here, or to the team, is refused.

use crate::{
    cli::fail::{Failure, REFUSED},
    model::{Answer, Ask, Refusal, RunId},
    ops::{Context, RunRecord},
    runtime::{
        headless::{self, HeadlessDriver},
        journal::Journal,
    },
};

/// Why nothing was changed.
pub fn refused(refusal: &Refusal) -> Failure {
    Failure::new(REFUSED, format!("nothing was changed: {refusal}"))
}

/// Looks into the journal of this machine.
///
/// # Errors
/// Exit code 5 where the run was begun here.
pub fn here(journal: &Journal, run: &RunId) -> Result<(), Failure> {
    if journal.knows(run) { Err(refused(&headless::already_run(run))) } else { Ok(()) }
}

/// Looks into the team's bucket, where one is configured.
///
/// # Errors
/// Exit code 5 where it has a record of the run, or cannot be read.
pub async fn by_the_team(headless: &HeadlessDriver, context: &Context, run: &RunId) -> Result<(), Failure> {
    let Some(settings) = &context.lock else { return Ok(()) };
    let place = settings.record(run);
    let told = headless.ask(&context.key().environment, Ask::Object { place: place.clone() }).await;
    match told {
        Ok(Answer::Object(None)) => Ok(()),
        Ok(Answer::Object(Some(object))) => {
            let mut refusal = headless::already_run(run);
            if let Ok(record) = RunRecord::read(&object) {
                refusal.why = format!("{}, started by {}", refusal.why, record.run.who);
            }
            Err(refused(&refusal))
        }
        Ok(_) => {
            Err(refused(&Refusal::new(format!("the answer about {place} could not be read"), "try again")))
        }
        Err(mut trouble) => {
            trouble.remedy.clear();
            let why = format!("whether the plan was run already cannot be read in {place}: {trouble}");
            Err(refused(&Refusal::new(why, "see that bucket and permissions are right")))
        }
    }
}
