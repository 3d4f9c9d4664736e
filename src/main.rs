//! flightdeck: parse the command line, install the hooks, run.

use std::process::ExitCode;

fn main() -> ExitCode {
    flightdeck::runtime::panic_hook::install();
    flightdeck::cli::run()
}
