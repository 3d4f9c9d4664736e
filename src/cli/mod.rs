//! The command line: the cockpit, the demo, and the verbs without a screen.

mod args;
mod change;
mod cockpit;
mod demo;
mod doctor;
mod fail;
mod init;
mod keys;
mod load;
mod picture;
mod runs;
mod sim;
mod status;
mod table;

use crate::runtime::mishap;
use args::{Args, Command};
use clap::{CommandFactory, Parser};
use fail::Failure;
use std::{io::Write, panic::AssertUnwindSafe, process::ExitCode};

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    // clap prints help and version, and exits with 0
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(told) if !told.use_stderr() => told.exit(),
        Err(mistake) => {
            // it says back what was typed
            let _ = write!(std::io::stderr(), "{}", fail::shown(&mistake.render().to_string()));
            return ExitCode::from(fail::USAGE);
        }
    };
    let ended = contained(&args);
    crate::runtime::helper::end_all();
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "flightdeck: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

/// Dispatches; a panic of a verb without a screen is its failure, in words. The cockpit contains its own, and has a
/// terminal to give back first.
fn contained(args: &Args) -> Result<u8, Failure> {
    if matches!(args.command, None | Some(Command::Demo(_) | Command::Sim(_))) {
        return dispatch(args);
    }
    mishap::contain();
    std::panic::catch_unwind(AssertUnwindSafe(|| dispatch(args))).unwrap_or_else(|_| Err(mistake()))
}

fn mistake() -> Failure {
    let told = mishap::contained();
    Failure::new(
        fail::LOST,
        format!(
            "a mistake in flightdeck: {told}\nwhat was begun goes on in AWS: see `flightdeck runs`; please report this"
        ),
    )
}

fn dispatch(args: &Args) -> Result<u8, Failure> {
    let common = &args.common;
    match &args.command {
        None => cockpit::fly(common),
        Some(Command::Demo(demo)) => demo::fly(common, demo),
        Some(Command::Sim(sim)) => sim::serve(sim),
        Some(Command::Status { json }) => status::print(common, *json),
        Some(Command::Runs(runs)) => runs::run(common, runs),
        Some(Command::Fly(fly)) => change::fly(common, fly),
        Some(
            command @ (Command::Deploy(_)
            | Command::Rollback(_)
            | Command::Migrate(_)
            | Command::Promote(_)
            | Command::Release(_)),
        ) => match change::asked(command) {
            Some(asked) => change::run(common, asked),
            None => Err(Failure::usage("this is no change that can be flown without a screen")),
        },
        Some(Command::Init(init)) => init::write(common, init),
        Some(Command::Doctor { policy }) => doctor::examine(common, *policy),
        Some(Command::Keys) => keys::print(common),
        Some(Command::Picture { screen, size }) => picture::print(common, *screen, size),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "flightdeck", &mut script);
            fail::print(&String::from_utf8_lossy(&script)).map(|()| 0)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page)?;
            fail::print(&String::from_utf8_lossy(&page)).map(|()| 0)
        }
    }
}
