//! The end of a command: what is printed, and its exit code.

use super::{outcome::Outcome, paint::Paint, watch::Ended};
use crate::{
    cli::{
        fail::{self, Failure, INTERRUPTED},
        load,
    },
    model::RunView,
};
use std::io::IsTerminal;

/// Prints how a run ended; gives its exit code.
pub fn conclude(view: &RunView, ended: Ended, json: bool) -> u8 {
    let outcome = Outcome::of(view, ended);
    let terminal = std::io::stdout().is_terminal();
    let told = if json {
        format!("{}\n", outcome.json(view))
    } else {
        outcome.text(view, Paint::of(terminal, &load::var))
    };
    with_output(outcome.code, fail::print(&told), &told)
}

/// The exit code of a verdict that was told, or could not be: that nobody can read it changes nothing about it. Of a
/// success it is a failure of its own; then the verdict goes where it can be read.
fn with_output(code: u8, printed: Result<(), Failure>, told: &str) -> u8 {
    let Err(failure) = printed else { return code };
    let mut out = std::io::stderr();
    let _ = std::io::Write::write_all(&mut out, format!("flightdeck: {failure}\n{told}").as_bytes());
    if code == 0 { failure.code } else { code }
}

/// The failure when somebody did not wait for the answer to a change that was under way.
pub fn left(id: &str) -> Failure {
    Failure::new(
        INTERRUPTED,
        format!(
            "left; a change was in progress, and AWS continues by itself: `flightdeck runs resume {id}` shows the result"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_that_cannot_be_written_changes_no_verdict() {
        let full = || Err(Failure::new(fail::OUTPUT, "no space left on device"));
        assert_eq!(with_output(0, Ok(()), ""), 0);
        assert_eq!(with_output(0, full(), ""), fail::OUTPUT, "neither success nor failure");
        for code in [1, 3, 4, 5, 6, 7, 130] {
            assert_eq!(with_output(code, full(), ""), code);
        }
    }
}
