//! Steps aside for somebody to sign in: the terminal is left to the AWS command line until it ends.

use super::{
    credential_process::SHELL,
    signals::{self, Asked, Signals},
    terminal::{self, Stopping},
};
use crate::aws::{self, SignIn};
use std::{
    io,
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::process::{Child, Command};

/// How stepping aside ended.
#[derive(Debug)]
pub enum Back {
    /// Back, with what to tell.
    Done(Result<String, String>),
    /// A signal asks to end; the exit code.
    Ended(u8),
}

/// How long a Ctrl-C that ended the child may come late to us.
const LATE: Duration = Duration::from_millis(50);

/// Signs in to a profile on the terminal, which was left before, and comes back.
pub async fn sign_in(profile: Option<&str>, way: &SignIn, signals: &mut Signals) -> Back {
    let _lent = signals::TerminalLent::begin();
    terminal::lend();
    let back = ran(profile, way, signals).await;
    let back = settled(back, signals).await;
    // what the child left it as, and what was typed for it, are not for the cockpit nor for the shell behind it
    terminal::lent_no_more();
    back
}

/// Waits a moment for signals that were meant for the child.
async fn settled(back: Back, signals: &mut Signals) -> Back {
    let late = tokio::time::sleep(LATE);
    tokio::pin!(late);
    loop {
        tokio::select! {
            () = &mut late => return back,
            asked = signals.next() => {
                // the kernel gave it to our whole group: it was typed for the child, and is no wish to leave
                if let Asked::End(code) = asked
                    && !matches!(code, 130 | 131)
                {
                    return Back::Ended(code);
                }
            }
        }
    }
}

/// Runs what signs in.
async fn ran(profile: Option<&str>, way: &SignIn, signals: &mut Signals) -> Back {
    let whom = profile.map_or_else(String::new, |profile| format!(" to profile {}", name(profile)));
    let commands: Vec<(Command, String)> = match way {
        SignIn::Aws(commands) => commands.iter().filter_map(|words| of_aws(words)).collect(),
        SignIn::Program { name, command } => vec![of_program(name, command)],
        SignIn::Elsewhere(remedy) => return Back::Done(Err(remedy.clone())),
    };
    for (mut command, shown) in commands {
        say(&format!("flightdeck: {shown}\r\n(ctrl-c gives up and goes back)\r\n"));
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = format!(
                    "the AWS command line (aws) is not on this machine; {} where it is",
                    way.remedy()
                );
                return Back::Done(Err(text));
            }
            Err(error) => return Back::Done(Err(format!("{shown} cannot be started: {error}"))),
        };
        match watched(child, signals).await {
            Ok(Ok(status)) if status.success() => {}
            // ctrl-c: nothing is left to be read
            Ok(Ok(status)) if matches!(status.code(), None | Some(130)) => {
                return Back::Done(Err(format!("signing in{whom} was given up")));
            }
            Ok(Ok(status)) => {
                let code = status.code().unwrap_or_default();
                // in raw mode nobody hears an enter
                terminal::take_back();
                say(&format!(
                    "\r\nIt ended with exit code {code}. Press enter to go back to flightdeck.\r\n"
                ));
                if let Some(ended) = entered(signals).await {
                    return Back::Ended(ended);
                }
                return Back::Done(Err(format!(
                    "nobody is signed in{whom}: {shown} ended with exit code {code}"
                )));
            }
            Ok(Err(error)) => return Back::Done(Err(format!("{shown} could not be waited for: {error}"))),
            Err(code) => return Back::Ended(code),
        }
    }
    Back::Done(Ok(format!("signed in{whom}; what was in trouble is read again")))
}

/// What there is to run for a profile; reads the files of profiles.
///
/// # Errors
/// What is wrong with the profile, and what to do.
pub fn way(profile: Option<&str>) -> Result<SignIn, String> {
    match aws::sign_in(profile)? {
        SignIn::Elsewhere(remedy) => Err(format!("there is nothing to run for it: {remedy}")),
        way => Ok(way),
    }
}

fn name(text: &str) -> String {
    crate::model::text::clean(text, 80)
}

fn of_aws(words: &[String]) -> Option<(Command, String)> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments);
    Some((command, name(&words.join(" "))))
}

/// The program of a profile, which may ask; the keys it prints are not for the screen.
fn of_program(program: &str, line: &str) -> (Command, String) {
    let mut command = Command::new(SHELL.0);
    command.arg(SHELL.1).arg(line).stdout(Stdio::null());
    (command, format!("“{}” may ask now", name(program)))
}

fn say(text: &str) {
    let _ = terminal::write_all(text.as_bytes());
}

/// Waits for the child. Ctrl-C and Ctrl-Z are typed for it: it gets them as well, being in our group.
async fn watched(mut child: Child, signals: &mut Signals) -> Result<io::Result<ExitStatus>, u8> {
    loop {
        tokio::select! {
            ended = child.wait() => return Ok(ended),
            asked = signals.next() => match asked {
                Asked::End(130 | 131) | Asked::Continue => {}
                Asked::End(code) => {
                    let _ = child.start_kill();
                    return Err(code);
                }
                Asked::Stop => {
                    if let Ok(Stopping::Alone) | Err(_) = terminal::stop() {
                        // nobody could continue it
                        #[cfg(unix)]
                        let _ = rustix::process::kill_current_process_group(rustix::process::Signal::CONT);
                    }
                }
            }
        }
    }
}

/// Waits for the enter key, or for a signal that asks to end: its exit code.
async fn entered(signals: &mut Signals) -> Option<u8> {
    // a reader of its own: the cockpit's is gone, and comes back with the screen
    let (tell, mut hear) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let _ = io::stdin().read_line(&mut String::new());
        let _ = tell.send(());
    });
    loop {
        tokio::select! {
            _ = hear.recv() => return None,
            asked = signals.next() => {
                // what reads the line goes on reading: it has to have its line
                if let Asked::End(code) = asked
                    && !matches!(code, 130 | 131)
                {
                    return Some(code);
                }
            }
        }
    }
}
