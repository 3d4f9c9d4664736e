//! Telling somebody who looks elsewhere: the bell, the title, notifications of the terminal.
//!
//! OSC 9 is iTerm2's, OSC 777 rxvt's; many terminals have taken them up, and those that have not ignore them. tmux passes
//! on what is wrapped for it, where its option `allow-passthrough` is on; bell and title it takes itself.

use crate::config::settings::Means;
use std::{
    fmt::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

/// The title before ours was put away, and has to come back.
static TITLED: AtomicBool = AtomicBool::new(false);

/// Puts the present title onto the terminal's stack (XTWINOPS 22).
const TITLE_AWAY: &str = "\x1b[22;0t";

/// Puts back the title from before.
pub const TITLE_BACK: &str = "\x1b[23;0t";

/// What the variables of the terminal say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// It understands no sequence at all.
    pub dumb: bool,
    /// tmux is in between.
    pub tmux: bool,
}

impl Place {
    /// Reads the variables.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self { dumb: set("TERM").is_some_and(|term| term == "dumb"), tmux: set("TMUX").is_some() }
    }
}

/// What to write to tell this; empty on a terminal that would print it.
pub fn sequence(text: &str, by: &[Means], place: Place) -> String {
    if place.dumb {
        return String::new();
    }
    // nothing in it ends a sequence, nor is an argument of its own
    let text: String =
        text.chars().filter(|c| !c.is_control()).map(|c| if c == ';' { ',' } else { c }).collect();
    let mut out = String::new();
    for means in by {
        match means {
            Means::Bell => out.push('\x07'),
            Means::Title => {
                if !TITLED.swap(true, Ordering::SeqCst) {
                    out.push_str(TITLE_AWAY);
                }
                let _ = write!(out, "\x1b]2;flightdeck: {text}\x1b\\");
            }
            Means::Osc9 => out.push_str(&through(&format!("\x1b]9;flightdeck: {text}\x1b\\"), place)),
            Means::Osc777 => {
                out.push_str(&through(&format!("\x1b]777;notify;flightdeck;{text}\x1b\\"), place));
            }
        }
    }
    out
}

/// The same for the terminal behind tmux.
fn through(sequence: &str, place: Place) -> String {
    if !place.tmux {
        return sequence.to_owned();
    }
    format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
}

/// Whether the title from before has to come back; once.
pub fn title_is_away() -> bool {
    TITLED.swap(false, Ordering::SeqCst)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Place = Place { dumb: false, tmux: false };

    #[test]
    fn nothing_in_a_text_ends_its_sequence() {
        let told = sequence("a\x07b\x1b]0;c\u{9c}d", &[Means::Osc9, Means::Osc777], PLAIN);
        assert_eq!(told, "\x1b]9;flightdeck: ab]0,cd\x1b\\\x1b]777;notify;flightdeck;ab]0,cd\x1b\\");
    }

    #[test]
    fn tmux_passes_on_what_is_wrapped_and_a_dumb_terminal_gets_nothing() {
        let tmux = Place { tmux: true, ..PLAIN };
        assert_eq!(sequence("x", &[Means::Osc9], tmux), "\x1bPtmux;\x1b\x1b]9;flightdeck: x\x1b\x1b\\\x1b\\");
        assert_eq!(sequence("x", &[Means::Bell], tmux), "\x07");
        let dumb = Place { dumb: true, ..PLAIN };
        assert_eq!(sequence("x", &[Means::Bell, Means::Title, Means::Osc9], dumb), "");
        let read = |term: &'static str| Place::read(&move |name| (name == "TERM").then(|| term.to_owned()));
        assert_eq!((read("dumb"), read("xterm")), (dumb, PLAIN));
    }

    #[test]
    fn the_title_from_before_is_put_away_once_and_comes_back() {
        let first = sequence("x", &[Means::Title], PLAIN);
        assert_eq!(first, "\x1b[22;0t\x1b]2;flightdeck: x\x1b\\");
        assert_eq!(sequence("y", &[Means::Title], PLAIN), "\x1b]2;flightdeck: y\x1b\\");
        assert!(title_is_away() && !title_is_away());
    }
}
