//! A program that we started, and everything it started.

/// Those that are ended together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessGroup(#[cfg(unix)] rustix::process::Pid, #[cfg(not(unix))] u32);

#[cfg(unix)]
impl ProcessGroup {
    /// The group that a child with this id leads; none where there is no such id.
    pub fn led_by(id: u32) -> Option<Self> {
        i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw).map(Self)
    }

    /// Asks all of them to end.
    pub fn end(self) {
        use rustix::process::{Signal, kill_process_group};
        let _ = kill_process_group(self.0, Signal::TERM);
        // a stopped process (one that tried to read from the terminal) takes the signal once it goes on
        let _ = kill_process_group(self.0, Signal::CONT);
    }

    /// Ends all of them, whatever they are at.
    pub fn kill(self) {
        let _ = rustix::process::kill_process_group(self.0, rustix::process::Signal::KILL);
    }
}

/// Windows knows who started whom, and asks nobody: there is no signal that a console program could take as one to end.
/// <https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill>
#[cfg(not(unix))]
impl ProcessGroup {
    /// A child with this id, and what it started.
    pub fn led_by(id: u32) -> Option<Self> {
        Some(Self(id))
    }

    /// Nobody can be asked here: the time to end by itself passes.
    pub fn end(self) {}

    /// Ends all of them, whatever they are at.
    pub fn kill(self) {
        use std::process::{Command, Stdio};
        let id = self.0.to_string();
        let _ = Command::new("taskkill")
            .args(["/T", "/F", "/PID", &id])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
