//! Panics: the terminal first, then the report.
//!
//! A panic of the cockpit ends the program with the terminal restored and the report readable. A panic while
//! an answer of AWS is worked on (the executor's thread) is contained: it becomes the trouble of that one
//! question, and the cockpit goes on.

use super::terminal;
use crate::model::secret;
use color_eyre::config::HookBuilder;
use std::{cell::RefCell, io::Write, panic, process};

/// The exit code after a panic, the one Rust itself uses.
const PANICKED: i32 = 101;

thread_local! {
    /// On threads whose panics are contained: the message of the last one.
    static CONTAINED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs the hooks for panics and for reports of errors. To be called once, first of all.
pub fn install() {
    let (panics, reports) = HookBuilder::new()
        .display_env_section(false)
        .panic_section(
            "This is a mistake in flightdeck. Runs in progress continue in AWS and are resumed next time.",
        )
        .into_hooks();
    // Fails only when somebody else installed hooks before, who then keeps them.
    let _ = reports.install();
    panic::set_hook(Box::new(move |info| {
        if CONTAINED.with_borrow_mut(|message| match message {
            Some(text) => {
                *text = secret::text(&info.to_string());
                true
            }
            None => false,
        }) {
            return;
        }
        let shown = terminal::leave();
        let report = panics.panic_report(info).to_string();
        let report: Vec<String> = report.lines().map(secret::text).collect();
        let _ = writeln!(std::io::stderr(), "{}", report.join("\n"));
        if shown {
            // Other threads would go on drawing over the report.
            process::exit(PANICKED);
        }
    }));
}

/// From now on panics of this thread are kept for [`contained`] instead of ending the program.
pub fn contain() {
    CONTAINED.with_borrow_mut(|message| *message = Some(String::new()));
}

/// What the last contained panic of this thread said.
pub fn contained() -> String {
    CONTAINED.with_borrow_mut(|message| message.as_mut().map(std::mem::take)).unwrap_or_default()
}
