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

use args::{Args, Command};
use clap::{CommandFactory, Parser};
use fail::Failure;
use std::{io::Write, process::ExitCode};

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    // clap prints its own mistakes and exits with 2, or with 0 after help and version.
    let args = Args::parse();
    let ended = dispatch(&args);
    crate::runtime::helper::end_all();
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "flightdeck: {failure}");
            ExitCode::from(failure.code)
        }
    }
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
