//! The command line.

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use std::{net::SocketAddr, path::PathBuf};

/// A terminal cockpit for environments on AWS: App Runner, ECS and ECS Express services.
#[derive(Debug, Parser)]
#[command(
    name = "flightdeck",
    version,
    about,
    long_about = "A terminal cockpit for environments on AWS: every App Runner, ECS and ECS Express service in \
                  every environment, which version runs where, whether it is healthy, and deploy, rollback and \
                  migration runs from the keyboard. Without a command it opens the cockpit.",
    after_help = "Exit codes: 0 succeeded, 1 failed, 2 usage or configuration, 3 rolled back, 4 stuck, 5 refused, \
                  6 lost contact, 130 interrupted."
)]
pub struct Args {
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do; the cockpit when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, Group)]
pub struct Common {
    /// Read this file instead of looking for flightdeck.toml upwards from here
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// AWS profile where an environment names none
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS region where an environment names none
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Where AWS answers, when not at its ordinary address
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Only this environment; may be given more than once
    #[arg(short = 'e', long = "env", global = true, value_name = "NAME", value_delimiter = ',')]
    pub environments: Vec<String>,
    /// Change nothing anywhere
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Theme: dark, light, high-contrast, mono, or one of your own
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Keymap: default, vim, emacs, or one of your own
    #[arg(long, global = true, value_name = "NAME")]
    pub keymap: Option<String>,
    /// Draw with ASCII alone
    #[arg(long, global = true)]
    pub ascii: bool,
    /// How often AWS is asked about the fleet, as in 10s
    #[arg(long, global = true, value_name = "TIME")]
    pub refresh: Option<String>,
    /// The most that watching metrics may cost, in dollars an hour
    #[arg(long, global = true, value_name = "DOLLARS", allow_hyphen_values = true)]
    pub cost_limit: Option<String>,
    /// Leave the mouse to the terminal
    #[arg(long, global = true)]
    pub no_mouse: bool,
    /// Neither show nor keep the last known fleet
    #[arg(long, global = true)]
    pub no_cache: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fly the cockpit on a simulated AWS; nothing leaves this machine
    Demo(Demo),
    /// Serve a simulated AWS over HTTP on loopback
    Sim(Sim),
    /// Print every service and its state
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the runs of this machine
    Runs {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write flightdeck.toml with what the account holds
    Init(Init),
    /// Check credentials, permissions and the terminal
    Doctor,
    /// Print the key table as Markdown
    Keys,
    /// Print a completion script
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Print a screen of the demo as SVG
    #[command(hide = true)]
    Picture {
        /// Which screen
        #[arg(value_enum)]
        screen: Picture,
        /// Columns and rows
        #[arg(long, default_value = "120x36")]
        size: String,
    },
}

/// The world that is simulated.
#[derive(Debug, Clone, Group)]
pub struct World {
    /// World: fem, incident, fleet, rollouts
    #[arg(id = "world", long = "world", default_value = "fem", value_name = "NAME")]
    pub name: String,
    /// Decides ids, durations and noise; the same seed makes the same world
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// How many services a world made from a template has
    #[arg(long, value_name = "N")]
    pub services: Option<usize>,
}

/// `demo`.
#[derive(Debug, Clone, Group)]
pub struct Demo {
    /// The world.
    #[command(flatten)]
    pub world: World,
    /// Simulated seconds a second; at 8 a rollout takes ten to fifteen seconds
    #[arg(long, default_value_t = 8.0, value_name = "N")]
    pub speed: f64,
}

/// `sim`.
#[derive(Debug, Clone, Group)]
pub struct Sim {
    /// Loopback address and port; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// The world.
    #[command(flatten)]
    pub world: World,
    /// Simulated seconds a second
    #[arg(long, default_value_t = 1.0, value_name = "N")]
    pub speed: f64,
}

/// `init`.
#[derive(Debug, Clone, Group)]
pub struct Init {
    /// Write flightdeck.toml into this directory (the default)
    #[arg(long, conflicts_with = "stdout")]
    pub write: bool,
    /// Print it instead
    #[arg(long)]
    pub stdout: bool,
}

/// A screen that is drawn as a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// The fleet, as a table.
    Fleet,
    /// The fleet, as a matrix.
    Matrix,
    /// A service's rollout.
    Service,
    /// A service's charts.
    Metrics,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        for words in ["flightdeck -e prod status --json", "flightdeck status --json -e prod"] {
            let args = Args::try_parse_from(words.split(' ')).unwrap();
            assert_eq!(args.common.environments, ["prod"]);
            assert!(matches!(args.command, Some(Command::Status { json: true })));
        }
    }
}
