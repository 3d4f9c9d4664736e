//! Local commands: migrations that AWS does not run.
//!
//! No shell is asked, nothing can be typed to the command, and it has a process group of its own, so that it is
//! stopped whole and a Ctrl-C meant for the cockpit does not reach it. What it prints, on either of its outputs
//! and in the order in which it does, comes as lines, bounded in length and number.

use super::{
    clock::Follower,
    pipe::{self, pipe},
    process,
    process_group::ProcessGroup,
};
use crate::model::{LogLine, Trouble, TroubleKind, Written, process::Process, secret, text};
use std::{io, process::Stdio, time::Duration};
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    time::timeout,
};

/// How long a command has to end by itself after it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// How long the output may stay open once the command has ended: something it started may still hold it.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Lines that are kept of one command; a run's log holds no more, and what prints without end must not fill the
/// disk with its journal.
const LINES_MAX: usize = 10_000;

/// Bytes of a line that are kept; the rest of it is passed over.
const LINE_BYTES: usize = 16 * 1_024;

/// A command to run.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Program and arguments.
    pub command: &'a [String],
    /// Variables besides those of the cockpit itself.
    pub environment: &'a [(String, String)],
    /// Seconds until it is stopped; 0 for never.
    pub timeout_s: u64,
}

/// Runs a command to its end; `began` is told its process. A command that is stopped because its time is over has no exit code, whatever it
/// says on its way out.
///
/// # Errors
/// A command that could not be begun; and one that was begun, and whose end the machine does not tell.
pub async fn run(
    order: Order<'_>,
    clock: &Follower,
    printed: &(dyn Fn(LogLine) + Send + Sync),
    began: &(dyn Fn(Process) + Send + Sync),
) -> Result<Written, Trouble> {
    let program = order.command.first().map_or("", String::as_str);
    let (mut child, output) = begin(order).map_err(|error| not_begun(program, &error))?;
    if let Some(id) = child.id() {
        began(process::begun(id));
    }
    let mut lines = Lines {
        stream: text::clean(program, 80),
        count: 0,
        line: Vec::new(),
        cut: false,
        before: secret::Lines::default(),
    };
    let tell = |lines: &mut Lines, bytes: &[u8]| lines.take(bytes, clock, printed);
    let patience = match order.timeout_s {
        0 => Duration::from_hours(24 * 365),
        seconds => Duration::from_secs(seconds),
    };
    let mut ended = {
        let reading = read(output, |bytes| tell(&mut lines, bytes));
        let waiting = async {
            let ended = timeout(patience, child.wait()).await;
            if ended.is_err() {
                stop(&mut child).await;
            }
            ended.ok()
        };
        tokio::pin!(reading, waiting);
        let mut ended = None;
        let mut open = true;
        loop {
            tokio::select! {
                () = &mut reading, if open => open = false,
                end = &mut waiting, if ended.is_none() => {
                    ended = Some(end);
                    if open {
                        let _ = timeout(LAST_WORDS, &mut reading).await;
                    }
                    break;
                }
            }
        }
        ended.flatten()
    };
    lines.end(clock, printed);
    let code = match ended.take() {
        Some(Ok(status)) => status.code(),
        Some(Err(error)) => return Err(end_unknown(program, &error)),
        None => {
            lines.say(&format!("stopped: its {} seconds were over", order.timeout_s), clock, printed);
            None
        }
    };
    Ok(Written::Exited { code })
}

fn begin(order: Order<'_>) -> io::Result<(Child, pipe::Reader)> {
    let Some((program, arguments)) = order.command.split_first().filter(|(program, _)| !program.is_empty())
    else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"));
    };
    // one pipe for both outputs: two would lose which line came first
    let (output, writer) = pipe()?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(order.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    #[cfg(unix)]
    command.process_group(0);
    Ok((command.spawn()?, output))
}

fn not_begun(program: &str, error: &io::Error) -> Trouble {
    let (why, remedy) = match error.kind() {
        io::ErrorKind::NotFound => (
            format!("there is no program “{}” on this machine", text::clean(program, 80)),
            "install it, or name it with its directory in the configuration",
        ),
        io::ErrorKind::PermissionDenied => (
            format!("“{}” may not be run", text::clean(program, 80)),
            "make it executable, or name the program itself in the configuration",
        ),
        _ => (error.to_string(), "correct the command in the configuration"),
    };
    Trouble {
        kind: TroubleKind::Refused,
        what: "run the local command".to_owned(),
        on: "this machine".to_owned(),
        why,
        remedy: remedy.to_owned(),
    }
}

/// Whether it ran to its end, and how, nobody knows.
fn end_unknown(program: &str, error: &io::Error) -> Trouble {
    Trouble {
        kind: TroubleKind::Unreadable,
        what: "wait for the local command".to_owned(),
        on: text::clean(program, 80),
        why: error.to_string(),
        remedy: "see what it did before it is run again".to_owned(),
    }
}

/// Tells the command and everything it started to end, and ends what does not.
async fn stop(child: &mut Child) {
    let Some(group) = child.id().and_then(ProcessGroup::led_by) else { return };
    group.end();
    let ended = timeout(GRACE, child.wait()).await;
    // also where the command itself has ended: what it started may not have
    group.kill();
    if ended.is_err() {
        let _ = timeout(GRACE, child.wait()).await;
    }
}

/// Reads to the end of the output.
async fn read(mut output: pipe::Reader, mut take: impl FnMut(&[u8])) {
    let mut buffer = vec![0_u8; 8 * 1_024];
    loop {
        match output.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                take(buffer.get(..count).unwrap_or_default());
                // a command that never stops printing must not keep the timeout from being looked at
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Bytes made into lines.
struct Lines {
    stream: String,
    count: usize,
    line: Vec<u8>,
    cut: bool,
    before: secret::Lines,
}

impl Lines {
    fn take(&mut self, bytes: &[u8], clock: &Follower, printed: &(dyn Fn(LogLine) + Send + Sync)) {
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(clock, printed),
                _ if self.line.len() < LINE_BYTES => self.line.push(*byte),
                _ => self.cut = true,
            }
        }
    }

    /// What was printed last may lack its end of line.
    fn end(&mut self, clock: &Follower, printed: &(dyn Fn(LogLine) + Send + Sync)) {
        if !self.line.is_empty() {
            self.end_line(clock, printed);
        }
    }

    fn end_line(&mut self, clock: &Follower, printed: &(dyn Fn(LogLine) + Send + Sync)) {
        let line = std::mem::take(&mut self.line);
        let cut = std::mem::take(&mut self.cut);
        self.count += 1;
        match self.count {
            ..=LINES_MAX => {
                let line = String::from_utf8_lossy(&line);
                // a progress bar draws over itself: its last state is what stays
                let shown = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
                let mut shown = text::line(&self.before.text(shown.trim_end()));
                if cut {
                    shown.push('…');
                }
                self.say(&shown, clock, printed);
            }
            over if over == LINES_MAX + 1 => {
                self.say(&format!("more than {LINES_MAX} lines: the rest is not kept"), clock, printed);
            }
            _ => {}
        }
    }

    fn say(&self, text: &str, clock: &Follower, printed: &(dyn Fn(LogLine) + Send + Sync)) {
        printed(LogLine { at: clock.clock().now(), stream: self.stream.clone(), text: text.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::super::local_command::*;
    use crate::runtime::clock::Clock;
    use std::sync::Mutex;

    fn ran(
        command: &[&str],
        environment: &[(&str, &str)],
        timeout_s: u64,
    ) -> (Result<Written, Trouble>, Vec<String>) {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let environment: Vec<(String, String)> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let lines = Mutex::new(Vec::new());
        let printed = |line: LogLine| lines.lock().unwrap().push(line.text);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let order = Order { command: &command, environment: &environment, timeout_s };
        let clock = Follower::new(Clock::WALL);
        let began = |process: Process| assert!(process.id > 1, "{process:?}");
        let written = runtime.block_on(run(order, &clock, &printed, &began));
        (written, lines.into_inner().unwrap())
    }

    #[test]
    fn lines_come_in_their_order_and_harmless_with_the_exit_code() {
        let script = "echo one; echo two >&2; printf 'bar 1\\rbar 2\\r\\n'; printf '\\033[31mred'; exit 3";
        let (written, lines) = ran(&["sh", "-c", script], &[], 20);
        assert_eq!(written, Ok(Written::Exited { code: Some(3) }));
        assert_eq!(lines, ["one", "two", "bar 2", "\\e[31mred"]);
    }

    #[test]
    fn no_shell_is_asked_and_nothing_can_be_typed() {
        let (written, lines) = ran(&["echo", "$HOME; exit 7"], &[], 20);
        assert_eq!(
            (written, lines),
            (Ok(Written::Exited { code: Some(0) }), vec!["$HOME; exit 7".to_owned()])
        );
        let (written, lines) = ran(&["cat"], &[], 20);
        assert_eq!((written, lines), (Ok(Written::Exited { code: Some(0) }), vec![]));
    }

    #[test]
    fn variables_are_added() {
        let (_, lines) = ran(&["sh", "-c", "echo $FD_TEST $PATH"], &[("FD_TEST", "a b")], 20);
        assert!(lines[0].starts_with("a b ") && lines[0].len() > 5, "{lines:?}");
    }

    #[test]
    fn what_takes_too_long_is_stopped_with_all_that_it_started() {
        // it says that all is well when it is told to end, and is not believed
        let script = "trap 'echo going; exit 0' TERM; sleep 60 & echo $!; wait";
        let (written, lines) = ran(&["sh", "-c", script], &[], 1);
        assert_eq!(written, Ok(Written::Exited { code: None }));
        let [child, rest @ ..] = lines.as_slice() else { panic!("no line") };
        assert_eq!(rest, ["going", "stopped: its 1 seconds were over"]);
        let child = rustix::process::Pid::from_raw(child.parse().unwrap()).unwrap();
        let gone = (0..200).any(|_| {
            std::thread::yield_now();
            rustix::process::test_kill_process(child).is_err() || zombie(child)
        });
        assert!(gone, "what it started is still there");
    }

    fn zombie(pid: rustix::process::Pid) -> bool {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ") || stat.contains(") X ")
    }

    #[test]
    fn what_is_left_running_does_not_hold_the_end_up() {
        let began = std::time::Instant::now();
        let (written, lines) = ran(&["sh", "-c", "sleep 20 & echo started"], &[], 60);
        assert_eq!((written, lines), (Ok(Written::Exited { code: Some(0) }), vec!["started".to_owned()]));
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn what_cannot_be_begun_is_told() {
        for (command, why) in [
            (&["/nowhere/at-all"][..], "there is no program “/nowhere/at-all”"),
            (&["/etc/passwd"], "“/etc/passwd” may not be run"),
            (&[""], "the command is empty"),
            (&[], "the command is empty"),
        ] {
            let (written, lines) = ran(command, &[], 5);
            let trouble = written.unwrap_err();
            assert_eq!(trouble.kind, TroubleKind::Refused);
            assert!(trouble.why.contains(why) && !trouble.remedy.is_empty(), "{trouble}");
            assert!(lines.is_empty());
        }
    }

    #[test]
    fn output_is_bounded_in_length_and_number() {
        let (written, lines) =
            ran(&["sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; echo; seq 20000"], &[], 60);
        assert_eq!(written, Ok(Written::Exited { code: Some(0) }));
        assert_eq!(lines.len(), LINES_MAX + 1);
        assert!(lines[0].chars().count() <= text::LINE_MAX + 1 && lines[0].ends_with('…'));
        assert!(lines[LINES_MAX].contains("the rest is not kept"));
    }
}
