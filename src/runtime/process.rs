//! Processes of this machine: when they were started, and whether they are still there.
//!
//! Linux tells in `/proc/PID/stat` when a process was started, in clock ticks since the machine was (proc_pid_stat(5), field
//! 22); a number that was given again is another process then. Elsewhere the number alone is known, which does not tell one
//! from another.

use crate::model::process::{Life, Process};
use std::{fs, io};

/// A process that was begun just now.
pub fn begun(id: u32) -> Process {
    Process { id, started: stat(id).ok().flatten().map(|(_, started)| started) }
}

/// Whether a process is still there.
pub fn life(process: &Process) -> Life {
    let Some(own) = process.started else { return by_number(process.id) };
    match stat(process.id) {
        Ok(Some((state, started))) if started == own && !matches!(state, 'Z' | 'X' | 'x') => Life::Runs,
        Ok(Some(_)) => Life::Gone,
        Err(error) if error.kind() == io::ErrorKind::NotFound && stat(std::process::id()).is_ok() => {
            Life::Gone
        }
        Ok(None) | Err(_) => by_number(process.id),
    }
}

#[cfg(unix)]
fn by_number(id: u32) -> Life {
    use rustix::{
        io::Errno,
        process::{Pid, test_kill_process},
    };
    let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) else { return Life::Gone };
    match test_kill_process(pid) {
        Err(Errno::SRCH) => Life::Gone,
        _ => Life::Unknown,
    }
}

/// Nothing is asked here: what is not known is not said to be gone.
#[cfg(not(unix))]
fn by_number(_: u32) -> Life {
    Life::Unknown
}

/// A process's state and when it was started; none where it is not told in this form.
fn stat(id: u32) -> io::Result<Option<(char, u64)>> {
    Ok(read(&fs::read_to_string(format!("/proc/{id}/stat"))?))
}

fn read(stat: &str) -> Option<(char, u64)> {
    // its name comes second, in parentheses, and may hold any of these
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::process::*;
    use std::process::Command;

    #[test]
    fn a_process_is_told_from_another_of_its_number() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let own = begun(child.id());
        let elsewhere = own.started.is_none();
        assert_eq!(life(&own), if elsewhere { Life::Unknown } else { Life::Runs });
        if !elsewhere {
            assert_eq!(life(&Process { started: own.started.map(|at| at + 1), ..own.clone() }), Life::Gone);
            assert_eq!(life(&Process { started: None, ..own.clone() }), Life::Unknown);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(life(&own), Life::Gone);
        assert_eq!(life(&Process { id: 0, started: None }), Life::Gone);
    }

    #[test]
    fn any_name_and_any_text_is_read() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        assert_eq!(read(&format!("9 (a) b ) {rest}\n")), Some(('S', 4711)));
        for odd in ["", ")", "1 (a) S", "1 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
