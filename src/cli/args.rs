//! The command line.

use crate::sim::untidy::Untidiness;
use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use std::{net::SocketAddr, path::PathBuf};

/// A terminal cockpit for environments on AWS: App Runner, ECS and ECS Express services.
#[derive(Debug, Parser)]
#[command(
    name = "flightdeck",
    version,
    about,
    long_about = "A terminal cockpit for environments on AWS: every App Runner, ECS and ECS Express service in \
                  every environment, which version runs where, whether it is healthy, and deploy, rollback, \
                  migration and release runs from the keyboard, or without a screen. Without a command it opens \
                  the cockpit.",
    after_help = "Exit codes: 0 succeeded, 1 failed, 2 usage or configuration, 3 rolled back, 4 stuck or timed \
                  out, 5 refused, 6 lost contact or incomplete, 7 in place but unverified, 8 the output could \
                  not be written. Ended by a signal: 129 the terminal was closed, 130 Ctrl-C, 131 Ctrl-\\, 143 \
                  terminated, 128 + its number by another."
)]
pub struct Args {
    /// Flags of every command.
    #[command(flatten)]
    pub common: Common,
    /// Where the cockpit begins.
    #[command(flatten)]
    pub start: Start,
    /// What to do; without it, the cockpit.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Where the cockpit begins.
#[derive(Debug, Clone, Default, Group)]
pub struct Start {
    /// Open this service at once, such as prod/prod-service
    #[arg(value_name = "ENV/SERVICE", value_parser = a_service)]
    pub open: Option<(String, String)>,
    /// Filter the fleet by this, as typed behind /, such as state:failing
    #[arg(short = 'f', long, value_name = "FILTER", allow_hyphen_values = true)]
    pub filter: Option<String>,
}

impl Start {
    /// True where nothing of it is said.
    pub fn is_nothing(&self) -> bool {
        self.open.is_none() && self.filter.is_none()
    }
}

/// An environment and a service; what has no slash may well be a command that is misspelt.
fn a_service(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((environment, service)) if !environment.is_empty() && !service.is_empty() => {
            Ok((environment.to_owned(), service.to_owned()))
        }
        _ => Err("it is neither a command nor ENV/SERVICE".to_owned()),
    }
}

/// Flags of every command.
#[derive(Debug, Clone, Default, Group)]
#[command(next_help_heading = "Options of every command")]
pub struct Common {
    /// Read this file instead of looking for flightdeck.toml upwards from here
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// AWS profile for environments that name none
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS region for environments that name none
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// AWS endpoint to use instead of the default
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Only this environment; repeatable
    #[arg(short = 'e', long = "env", global = true, value_name = "NAME", value_delimiter = ',')]
    pub environments: Vec<String>,
    /// Refuse every change
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Theme: dark, light, high-contrast, mono, or one of your own
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Keymap: default, vim, emacs, or one of your own
    #[arg(long, global = true, value_name = "NAME")]
    pub keymap: Option<String>,
    /// Draw with ASCII only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// How often the fleet is refreshed, such as 10s
    #[arg(long, global = true, value_name = "TIME")]
    pub refresh: Option<String>,
    /// Upper bound for the cost of metrics, in dollars an hour
    #[arg(long, global = true, value_name = "DOLLARS", allow_hyphen_values = true)]
    pub cost_limit: Option<String>,
    /// Leave the mouse to the terminal
    #[arg(long, global = true)]
    pub no_mouse: bool,
    /// Do not show or save the last known fleet
    #[arg(long, global = true)]
    pub no_cache: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the cockpit on a simulated AWS; nothing leaves this machine
    Demo(Demo),
    /// Serve a simulated AWS over HTTP on loopback
    Sim(Sim),
    /// Print every service and its state
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Explain why a service is not well
    Why {
        /// Environment and service, such as prod/prod-service
        #[arg(value_name = "ENV/SERVICE")]
        service: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what happened, newest first: deployments, deaths of tasks, alarms, scaling, runs, and who did it
    Timeline {
        /// From how long ago on, such as 2h
        #[arg(long, default_value = "2h", value_name = "TIME")]
        since: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Deploy an image and watch it to its verdict
    Deploy(Deploy),
    /// Go back to an earlier revision, or stop the rollout in progress
    Rollback(Rollback),
    /// Run the migration command once, to its exit code
    Migrate(Migrate),
    /// Deploy the image that runs in another environment
    Promote(Promote),
    /// Checks, migrations, deploy and verify window in one run
    Release(Release),
    /// Run a plan that was saved with --plan --out
    #[command(alias = "fly")]
    Apply(Apply),
    /// Print the runs of this machine, one of them, or resume one
    Runs(Runs),
    /// Write flightdeck.toml from what is in the account
    Init(Init),
    /// Check credentials, permissions and the terminal
    Doctor {
        /// Print the least policy for the configured environments instead
        #[arg(long)]
        policy: bool,
    },
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
        /// These keys instead of those that lead to the screen, as in "down enter w"
        #[arg(long, value_name = "KEYS")]
        keys: Option<String>,
    },
}

/// `deploy`.
#[derive(Debug, Clone, Group)]
pub struct Deploy {
    /// ENV/SERVICE, ENV/CLUSTER/SERVICE, or ENV/APPLICATION
    #[arg(value_name = "ENV/SERVICE")]
    pub service: String,
    /// A tag, a digest, or a whole image reference
    #[arg(long, value_name = "IMAGE")]
    pub image: String,
    /// Flags of every change.
    #[command(flatten)]
    pub change: Change,
}

/// `rollback`.
#[derive(Debug, Clone, Group)]
pub struct Rollback {
    /// ENV/SERVICE, ENV/CLUSTER/SERVICE, or ENV/APPLICATION
    #[arg(value_name = "ENV/SERVICE")]
    pub service: String,
    /// A revision, or the tag or digest of its image; without it the revision before the one that runs
    #[arg(long, value_name = "REVISION")]
    pub to: Option<String>,
    /// Watch the configured window afterwards, and report the numbers before and after
    #[arg(long)]
    pub verify: bool,
    /// Flags of every change.
    #[command(flatten)]
    pub change: Change,
}

/// `migrate`.
#[derive(Debug, Clone, Group)]
pub struct Migrate {
    /// Run the configured down command instead, which reverts the last migration
    #[arg(long)]
    pub down: bool,
    /// ENV/SERVICE, ENV/CLUSTER/SERVICE, or ENV/APPLICATION
    #[arg(value_name = "ENV/SERVICE")]
    pub service: String,
    /// A tag, a digest, or a whole image reference; without it the image that the service is set to
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Flags of every change.
    #[command(flatten)]
    pub change: Change,
}

/// `promote`.
#[derive(Debug, Clone, Group)]
pub struct Promote {
    /// The service to change: ENV/SERVICE, ENV/CLUSTER/SERVICE, or ENV/APPLICATION
    #[arg(value_name = "ENV/SERVICE")]
    pub service: String,
    /// Environment to promote from, or one of its services; defaults to promote_from
    #[arg(long, value_name = "ENV")]
    pub from: Option<String>,
    /// Flags of every change.
    #[command(flatten)]
    pub change: Change,
}

/// `release`.
#[derive(Debug, Clone, Group)]
pub struct Release {
    /// ENV/SERVICE, ENV/CLUSTER/SERVICE, or ENV/APPLICATION
    #[arg(value_name = "ENV/SERVICE")]
    pub service: String,
    /// A tag, a digest, or a whole image reference; without it the image that the service is set to, its tag
    /// looked up anew
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Flags of every change.
    #[command(flatten)]
    pub change: Change,
}

/// Flags of every command that changes something.
#[derive(Debug, Clone, Default, Group)]
pub struct Change {
    /// Print the plan and change nothing
    #[arg(long, conflicts_with = "yes")]
    pub plan: bool,
    /// Save the plan for `flightdeck apply FILE`
    #[arg(long, value_name = "FILE", requires = "plan")]
    pub out: Option<PathBuf>,
    /// How it is run.
    #[command(flatten)]
    pub flight: Flight,
}

/// Flags of everything that is run.
#[derive(Debug, Clone, Default, Group)]
pub struct Flight {
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub yes: bool,
    /// Exit once AWS has accepted the changes, without waiting for the result
    #[arg(long)]
    pub no_wait: bool,
    /// Stop watching after this time, such as 30m
    #[arg(long, value_name = "TIME", conflicts_with = "no_wait")]
    pub timeout: Option<String>,
    /// A note, kept with the run
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Print JSON lines: each step, each log line, then the result
    #[arg(long)]
    pub json: bool,
    /// Take over the team's lock from this holder
    #[arg(long, value_name = "HOLDER")]
    pub steal_lock: Option<String>,
}

/// `apply`.
#[derive(Debug, Clone, Group)]
pub struct Apply {
    /// The saved plan
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How it is run.
    #[command(flatten)]
    pub flight: Flight,
}

/// `runs`.
#[derive(Debug, Clone, Group)]
pub struct Runs {
    /// As JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// One run; all of them when nothing is said.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
}

/// What to do with one run.
#[derive(Debug, Clone, Subcommand)]
pub enum RunsCommand {
    /// Print its steps, changes, log and verdict
    Show {
        /// Its id, or as much of it as is unique
        id: String,
    },
    /// Print it as Markdown, for the record of an incident
    Export {
        /// Its id, or as much of it as is unique
        id: String,
    },
    /// Resume it and watch it to its verdict
    Resume {
        /// Its id, or as much of it as is unique
        id: String,
        /// Make the changes that are still to come without asking; without it and without a terminal it is only watched
        #[arg(long)]
        yes: bool,
        /// Stop watching after this time, such as 30m
        #[arg(long, value_name = "TIME")]
        timeout: Option<String>,
    },
}

/// The world that is simulated.
#[derive(Debug, Clone, Group)]
pub struct World {
    /// World: fem, incident, fleet, rollouts, causes, estate, or a file of your own (./mine.toml)
    #[arg(id = "world", long = "world", default_value = "fem", value_name = "NAME|FILE")]
    pub name: String,
    /// Decides ids, durations and noise; the same seed makes the same world
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Number of services in a world made from a template
    #[arg(long, value_name = "N")]
    pub services: Option<usize>,
    /// Answer no tidier than AWS promises: lists in any order, short and empty pages, reads that come before a
    /// write is seen; with `,future` also values AWS's API models do not have yet
    #[arg(long, value_name = "SEED[,future]")]
    pub untidy: Option<Untidiness>,
}

/// `demo`.
#[derive(Debug, Clone, Group)]
pub struct Demo {
    /// The world.
    #[command(flatten)]
    pub world: World,
    /// Simulated seconds per second; at 8 a rollout takes ten to fifteen seconds
    #[arg(long, default_value_t = 8.0, value_name = "N")]
    pub speed: f64,
    /// Where it begins.
    #[command(flatten)]
    pub start: Start,
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
    /// Simulated seconds per second
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
    /// A rollout in flight.
    Rollout,
    /// An incident: a bad image on its way into production.
    Incident,
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
    fn changes_are_read() {
        let words = "flightdeck release staging/web --image 8be02d4 --yes --timeout 30m --json -e staging";
        let args = Args::try_parse_from(words.split(' ')).unwrap();
        let Some(Command::Release(release)) = args.command else { panic!("a release") };
        assert_eq!((release.service.as_str(), release.image.as_deref()), ("staging/web", Some("8be02d4")));
        assert!(release.change.flight.yes && release.change.flight.json && !release.change.plan);
        let refused = [
            "flightdeck deploy staging/web",
            "flightdeck deploy --image a",
            "flightdeck deploy staging/web --image a --plan --yes",
            "flightdeck deploy staging/web --image a --out plan.json",
            "flightdeck deploy staging/web --image a --no-wait --timeout 5m",
            "flightdeck apply",
            "flightdeck runs resume",
        ];
        for words in refused {
            assert!(Args::try_parse_from(words.split(' ')).is_err(), "{words}");
        }
        for words in ["flightdeck runs --json show 0193", "flightdeck runs show 0193 --json"] {
            let args = Args::try_parse_from(words.split(' ')).unwrap();
            let Some(Command::Runs(runs)) = args.command else { panic!("runs") };
            assert!(runs.json && matches!(runs.command, Some(RunsCommand::Show { id }) if id == "0193"));
        }
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
