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
mod time;
mod timeline;
mod why;

use crate::runtime::panic_hook;
use args::{Args, Command};
use clap::{CommandFactory, Parser};
use fail::Failure;
use std::{io::Write, panic::AssertUnwindSafe, process::ExitCode};

/// The command line as clap knows it, for completions, the manual, and the tests of what documents tell of it.
pub fn command() -> clap::Command {
    Args::command()
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        // help and the version, coloured where it is a terminal
        Err(told) if !told.use_stderr() => return printed(told.print()),
        Err(mistake) => {
            // it says back what was typed
            let _ = write!(std::io::stderr(), "{}", fail::shown(&mistake.render().to_string()));
            return ExitCode::from(fail::USAGE);
        }
    };
    let ended = contained(&args);
    crate::runtime::credential_process::end_all();
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "flightdeck: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

/// What printing came to; a reader that went away (`| head`) is no failure.
fn printed(outcome: std::io::Result<()>) -> ExitCode {
    match outcome.and_then(|()| std::io::stdout().flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let _ = writeln!(std::io::stderr(), "flightdeck: could not write to standard output: {error}");
            ExitCode::from(fail::OUTPUT)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Dispatches; a panic of a verb without a screen is its failure, in words. The cockpit contains its own, and has a
/// terminal to give back first.
fn contained(args: &Args) -> Result<u8, Failure> {
    if matches!(args.command, None | Some(Command::Demo(_) | Command::Sim(_))) {
        return dispatch(args);
    }
    without_screen(|| dispatch(args))
}

fn without_screen(verb: impl FnOnce() -> Result<u8, Failure>) -> Result<u8, Failure> {
    panic_hook::contain();
    std::panic::catch_unwind(AssertUnwindSafe(verb)).unwrap_or_else(|_| Err(mistake()))
}

fn mistake() -> Failure {
    let told = panic_hook::contained();
    Failure::new(
        fail::LOST,
        format!(
            "a mistake in flightdeck: {told}\nwhat was started continues in AWS: see `flightdeck runs`; please report this"
        ),
    )
}

fn dispatch(args: &Args) -> Result<u8, Failure> {
    let common = &args.common;
    if args.command.is_some() && !args.start.is_nothing() {
        return Err(Failure::usage("ENV/SERVICE and --filter before a command are of the cockpit alone"));
    }
    match &args.command {
        None => cockpit::fly(common, &args.start),
        Some(Command::Demo(demo)) => demo::fly(common, demo),
        Some(Command::Sim(sim)) => sim::serve(sim),
        Some(Command::Status { json }) => status::print(common, *json),
        Some(Command::Why { service, json }) => why::print(common, service, *json),
        Some(Command::Timeline { since, json }) => timeline::print(common, since, *json),
        Some(Command::Runs(runs)) => runs::run(common, runs),
        Some(Command::Apply(apply)) => change::apply(common, apply),
        Some(
            command @ (Command::Deploy(_)
            | Command::Rollback(_)
            | Command::Migrate(_)
            | Command::Promote(_)
            | Command::Release(_)),
        ) => match change::asked(command) {
            Some(asked) => change::run(common, asked),
            None => Err(Failure::usage("this change cannot be made without the cockpit")),
        },
        Some(Command::Init(init)) => init::write(common, init),
        Some(Command::Doctor { policy }) => doctor::examine(common, *policy),
        Some(Command::Keys) => keys::print(common),
        Some(Command::Picture { screen, size, keys }) => {
            picture::print(common, *screen, size, keys.as_deref())
        }
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut command(), "flightdeck", &mut script);
            fail::print(&String::from_utf8_lossy(&script)).map(|()| 0)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command()).render(&mut page)?;
            fail::print(&String::from_utf8_lossy(&page)).map(|()| 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_verb_without_a_screen_is_its_failure_in_words() {
        let failure = without_screen(|| panic!("something that nobody thought of")).unwrap_err();
        assert_eq!(failure.code, fail::LOST);
        let told = failure.to_string();
        assert!(told.starts_with("a mistake in flightdeck") && told.contains("continues in AWS"), "{told}");
        assert!(matches!(without_screen(|| Ok(3)), Ok(3)), "what does not panic is as it is");
        assert!(
            without_screen(|| Err(Failure::usage("x"))).is_err_and(|failure| failure.code == fail::USAGE)
        );
    }
}
