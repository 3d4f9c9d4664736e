//! The real binary without a terminal.

use super::cockpit::BINARY;
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// How it ended, and what it said.
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the binary with these variables and no others, without a terminal.
pub fn run(args: &[&str], env: &[(String, String)], cwd: &Path) -> Output {
    let out = Command::new(BINARY)
        .args(args)
        .env_clear()
        .envs(env.iter().cloned())
        .current_dir(cwd)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Output {
        code: out.status.code().unwrap_or(-1),
        stdout: String::from_utf8(out.stdout).unwrap(),
        stderr: String::from_utf8(out.stderr).unwrap(),
    }
}

/// The same, killed where it takes longer than so many seconds.
#[allow(dead_code)] // not every test looks for what blocks
pub fn run_within(args: &[&str], env: &[(String, String)], cwd: &Path, seconds: u32) -> Output {
    let out = Command::new("timeout")
        .args(["-s", "KILL", &seconds.to_string(), BINARY])
        .args(args)
        .env_clear()
        .envs(env.iter().cloned())
        .current_dir(cwd)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Output {
        code: out.status.code().unwrap_or(-1),
        stdout: String::from_utf8(out.stdout).unwrap(),
        stderr: String::from_utf8(out.stderr).unwrap(),
    }
}
