//! Faults: ILL, FPE, SEGV and BUS, whether the processor found one or somebody sent the signal.
//!
//! Tokio listens to none of them, rightly: nothing may be relied on after a fault. So a handler of their own puts the
//! terminal back, by system calls alone, and leaves the end to whoever would have had it: after a fault of ours to what
//! was there before, which for SEGV and BUS is the standard library's handler that tells of a stack that overflowed, and
//! then to the system; after a signal that was sent, to the system, so that the process ends by that very signal.
//!
//! The one place of the program with unsafe code: no safe interface installs a handler for these signals
//! (signal-hook-registry and tokio refuse them, `FORBIDDEN`).
#![allow(unsafe_code)]

use super::terminal;
use nix::{
    libc::{c_int, c_void, siginfo_t},
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction},
};
use std::{io, sync::OnceLock};

const FAULTS: [Signal; 4] = [Signal::SIGILL, Signal::SIGFPE, Signal::SIGSEGV, Signal::SIGBUS];

/// What was done about each of [`FAULTS`] before.
static BEFORE: [OnceLock<SigAction>; 4] = [const { OnceLock::new() }; 4];

/// From now on the terminal is put back before a fault ends the process. Once is enough.
///
/// # Errors
/// When the system does not take a handler.
pub fn watch() -> io::Result<()> {
    // on the stack that the standard library keeps for this: the other one may be what overflowed
    let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK;
    let ours = SigAction::new(SigHandler::SigAction(faulted), flags, SigSet::empty());
    for (signal, before) in FAULTS.into_iter().zip(&BEFORE) {
        if before.get().is_none() {
            // SAFETY: the handler does only what is allowed in one: see `faulted`. It has the type that goes with
            // SA_SIGINFO, lives as long as the program, and nothing else in the program handles these signals but the
            // standard library, whose handler is kept and called next.
            let found = unsafe { sigaction(signal, &ours) }?;
            let _ = before.set(found);
        }
    }
    Ok(())
}

/// The handler. Everything it calls is a system call of signal-safety(7) (poll, write, tcflush, tcsetattr, sigaction,
/// raise), an atomic load, or an attempt at a lock that gives up at once; nothing allocates, waits or panics.
extern "C" fn faulted(number: c_int, info: *mut siginfo_t, _: *mut c_void) {
    terminal::leave_in_handler();
    let Some((signal, before)) =
        FAULTS.into_iter().zip(&BEFORE).find(|(signal, _)| *signal as c_int == number)
    else {
        return;
    };
    // SAFETY: the system hands a handler with SA_SIGINFO a pointer to a `siginfo_t` that is valid while it runs
    // (sigaction(2)); a null pointer is looked for all the same. `si_code` is there for every signal.
    let code = unsafe { info.as_ref() }.map_or(0, |info| info.si_code);
    // codes above 0 are the system's own, and what a process sends has another (sigaction(2); SI_KERNEL is 0x80)
    let ours = (1..=0x80).contains(&code);
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    let next = before.get().filter(|_| ours).unwrap_or(&default);
    // SAFETY: what was installed before was the standard library's or the system's, and is installed as it was.
    let _ = unsafe { sigaction(signal, next) };
    if !ours {
        // held back until the handler returns
        let _ = raise(signal);
    }
    // else the instruction faults again, and whoever is next hears of it
}
