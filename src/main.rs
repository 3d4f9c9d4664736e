//! flightdeck: parse the command line, install the hooks, fly.

use std::process::ExitCode;

fn main() -> ExitCode {
    flightdeck::runtime::mishap::install();
    flightdeck::cli::run()
}
