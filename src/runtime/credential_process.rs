//! Starts the programs that profiles name as their `credential_process`.
//!
//! Each gets a session of its own: without a controlling terminal it can neither read what is typed nor write over
//! the screen, and whatever it starts belongs to its group and ends with it. It has a limit, and is ended when the
//! cockpit ends ([`end_all`]).

use super::{
    pipe::{self, pipe},
    process_group::ProcessGroup,
};
use crate::aws::{Gateway, Helper, NotRun, Ran};
use futures_util::future::BoxFuture;
#[cfg(unix)]
use process_wrap::std::ProcessSession;
use process_wrap::std::{ChildWrapper, CommandWrap};
use std::{
    io,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{io::AsyncReadExt, task::JoinHandle, time::timeout};

/// How long a program may take: somebody may have to touch a key or a telephone.
const LIMIT: Duration = Duration::from_mins(1);

/// How long is read on once the program ended, where something it started holds its output.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// The most that is read of what a program prints; credentials are a hundredth of it.
const OUT_MAX: usize = 256 * 1_024;

/// The most that is kept of what it says as an error.
const ERR_MAX: usize = 8 * 1_024;

/// The shell that reads the line of a profile, as AWS's SDK does it:
/// <https://docs.rs/aws-config/1.13.0/src/aws_config/credential_process.rs.html>
pub const SHELL: (&str, &str) = if cfg!(windows) { ("cmd.exe", "/C") } else { ("sh", "-c") };

/// The groups that run now.
static RUNNING: Mutex<Vec<ProcessGroup>> = Mutex::new(Vec::new());

/// A gateway that starts the programs of profiles.
pub fn gateway() -> Gateway {
    Gateway::with_helper(Arc::new(Programs { limit: LIMIT }))
}

/// Ends every program that still runs. Called when we end; a program that is killed cannot hold us up.
pub fn end_all() {
    let running = std::mem::take(&mut *RUNNING.lock().unwrap_or_else(PoisonError::into_inner));
    for group in running {
        group.kill();
    }
}

#[derive(Debug)]
struct Programs {
    limit: Duration,
}

impl Helper for Programs {
    fn run<'a>(&'a self, command: &'a str) -> BoxFuture<'a, Result<Ran, NotRun>> {
        Box::pin(run(command, self.limit))
    }
}

/// A group that is ended when nobody waits for it any more.
struct Group(Option<ProcessGroup>);

impl Group {
    fn of(child: &dyn ChildWrapper) -> Self {
        let group = ProcessGroup::led_by(child.id());
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).extend(group);
        Self(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(group) = self.0 else { return };
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|own| *own != group);
        // also where the program itself has ended: what it started may not have
        group.kill();
    }
}

async fn run(command: &str, limit: Duration) -> Result<Ran, NotRun> {
    let (out, out_writer) = pipe().map_err(NotRun::Failed)?;
    let (err, err_writer) = pipe().map_err(NotRun::Failed)?;
    let mut own = CommandWrap::with_new(SHELL.0, |own| {
        own.arg(SHELL.1).arg(command).stdin(Stdio::null()).stdout(out_writer).stderr(err_writer);
    });
    #[cfg(unix)]
    own.wrap(ProcessSession);
    let mut child = own.spawn().map_err(NotRun::Failed)?;
    let group = Group::of(child.as_ref());
    let waiting = tokio::task::spawn_blocking(move || child.wait());
    let ran = timeout(limit, gather(out, err, waiting)).await.unwrap_or(Err(NotRun::Over(limit)));
    drop(group);
    ran
}

async fn gather(
    out: pipe::Reader,
    err: pipe::Reader,
    mut waiting: JoinHandle<io::Result<ExitStatus>>,
) -> Result<Ran, NotRun> {
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    let ended = {
        let reading = read(out, err, &mut printed, &mut said);
        tokio::pin!(reading);
        tokio::select! {
            whole = &mut reading => {
                if !whole {
                    return Err(NotRun::Flood);
                }
                waiting.await
            }
            ended = &mut waiting => {
                let _ = timeout(LAST_WORDS, &mut reading).await;
                ended
            }
        }
    };
    let status = ended.map_err(io::Error::other).and_then(|ended| ended).map_err(NotRun::Failed)?;
    Ok(Ran { code: status.code(), out: printed, err: said })
}

/// Reads both outputs to their ends, side by side: a program that waits for room in one never ends the other.
/// False once more was printed than credentials can be.
async fn read(
    mut out: pipe::Reader,
    mut err: pipe::Reader,
    printed: &mut Vec<u8>,
    said: &mut Vec<u8>,
) -> bool {
    let (mut own, mut other) = (vec![0_u8; 4_096], vec![0_u8; 4_096]);
    let (mut out_open, mut err_open) = (true, true);
    while out_open || err_open {
        tokio::select! {
            count = out.read(&mut own), if out_open => {
                let count = count.unwrap_or(0);
                out_open = count > 0;
                printed.extend_from_slice(own.get(..count).unwrap_or_default());
            }
            count = err.read(&mut other), if err_open => {
                let count = count.unwrap_or(0);
                err_open = count > 0;
                said.extend_from_slice(other.get(..count).unwrap_or_default());
                said.drain(..said.len().saturating_sub(ERR_MAX));
            }
        }
        if printed.len() > OUT_MAX {
            return false;
        }
        // one that never stops printing must not keep its limit from being looked at
        tokio::task::yield_now().await;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::credential_process::*;

    fn ran(command: &str, limit: Duration) -> Result<Ran, NotRun> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(command, limit))
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn what_is_printed_comes_back_with_the_exit_code() {
        let ran = ran("echo one; echo two >&2; exit 3", LONG).unwrap();
        assert_eq!(
            (ran.code, ran.out.as_slice(), ran.err.as_slice()),
            (Some(3), &b"one\n"[..], &b"two\n"[..])
        );
    }

    /// The session is its own, so there is no terminal to open even where the tests have one.
    #[test]
    fn nothing_can_be_asked_and_nothing_reaches_the_screen() {
        let ran = ran("cat; echo ask > /dev/tty || echo none; ps -o sid= -p $$ | tr -d ' '; echo $$", LONG)
            .unwrap();
        let out = String::from_utf8(ran.out).unwrap();
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.first(), Some(&"none"), "{out}");
        assert_eq!(lines.get(1), lines.get(2), "it leads a session of its own: {out}");
    }

    #[test]
    fn a_noisy_program_is_read_to_its_end_and_one_without_an_end_is_ended() {
        let ran_ok = ran("seq 100000 >&2; echo done", LONG).unwrap();
        assert_eq!(ran_ok.out, b"done\n");
        assert!(ran_ok.err.len() <= ERR_MAX && ran_ok.err.ends_with(b"100000\n"));
        assert!(matches!(ran("yes", LONG), Err(NotRun::Flood)));
    }

    #[test]
    fn one_that_hangs_is_ended_with_all_that_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let command = format!("trap '' TERM; sleep 60 & echo $! > {}; wait", file.display());
        assert!(matches!(ran(&command, Duration::from_millis(500)), Err(NotRun::Over(_))));
        let pid = std::fs::read_to_string(file)
            .unwrap()
            .trim()
            .parse()
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .unwrap();
        let gone = (0..2_000).any(|_| {
            std::thread::yield_now();
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
            rustix::process::test_kill_process(pid).is_err() || stat.is_ok_and(|stat| stat.contains(") Z "))
        });
        assert!(gone, "what it started is still there");
    }

    #[test]
    fn what_it_leaves_running_does_not_hold_the_answer_up() {
        let began = std::time::Instant::now();
        assert_eq!(ran("sleep 20 & echo keys", LONG).unwrap().out, b"keys\n");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
