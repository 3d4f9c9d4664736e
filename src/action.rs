//! The one list of verbs.
//!
//! Keymaps, the palette, hints, help and the README's key table derive from [`Action::ALL`]; a verb that is
//! not here does not exist, and one that is here must be handled by `app` (a test holds that).

use std::{fmt, str::FromStr};

/// Where a key is pressed: what has the focus. A keymap has a section for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Everywhere except where text is typed or a dialog is open.
    Global,
    /// The fleet, table and matrix.
    Fleet,
    /// The service screen, any tab.
    Service,
    /// Charts and log lines: the service's Metrics and Logs tabs.
    Metrics,
    /// The list of runs and one run.
    Runs,
    /// The environments.
    Environments,
    /// The help screen.
    Help,
    /// A plan dialog.
    Dialog,
    /// A line of text being typed with a list below it: filter, palette, image picker.
    Input,
}

impl Context {
    /// All of them, in the order in which help shows them.
    pub const ALL: [Self; 9] = [
        Self::Global,
        Self::Fleet,
        Self::Service,
        Self::Metrics,
        Self::Runs,
        Self::Environments,
        Self::Help,
        Self::Dialog,
        Self::Input,
    ];

    /// Its section name in keymap files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Fleet => "fleet",
            Self::Service => "service",
            Self::Metrics => "metrics",
            Self::Runs => "runs",
            Self::Environments => "environments",
            Self::Help => "help",
            Self::Dialog => "dialog",
            Self::Input => "input",
        }
    }

    /// What a person calls it: `“sort” works on the fleet`.
    pub fn place(self) -> &'static str {
        match self {
            Self::Global => "every screen",
            Self::Fleet => "the fleet",
            Self::Service => "a service",
            Self::Metrics => "the Metrics and Logs of a service",
            Self::Runs => "the runs",
            Self::Environments => "the environments",
            Self::Help => "the help",
            Self::Dialog => "a plan",
            Self::Input => "a line that is typed",
        }
    }

    /// The places of several, as a list in words; the tabs of a service go without saying beside the service.
    pub fn places(contexts: &[Self]) -> String {
        let whole = contexts.contains(&Self::Service);
        let own = contexts.iter().filter(|c| !(whole && **c == Self::Metrics));
        let words: Vec<&str> = own.map(|c| c.place()).collect();
        match words.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [most @ .., last] => format!("{} and {last}", most.join(", ")),
        }
    }

    /// The screens: where there is no dialog and nothing is typed.
    pub const SCREENS: [Self; 6] =
        [Self::Fleet, Self::Service, Self::Metrics, Self::Runs, Self::Environments, Self::Help];

    /// True where keys that this context does not bind fall through to [`Context::Global`].
    pub fn falls_through(self) -> bool {
        !matches!(self, Self::Dialog | Self::Input)
    }
}

impl FromStr for Context {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|c| c.id() == text).ok_or(())
    }
}

macro_rules! actions {
    ($( $name:ident $id:literal $title:literal $help:literal )*) => {
        /// A verb.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $( #[doc = $help] $name, )* }

        impl Action {
            /// Every verb there is, in the order of help.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// Its name in keymap files and in the palette.
            pub fn id(self) -> &'static str { match self { $( Self::$name => $id, )* } }

            /// One or two words for hints.
            pub fn title(self) -> &'static str { match self { $( Self::$name => $title, )* } }

            /// A sentence for help.
            pub fn help(self) -> &'static str { match self { $( Self::$name => $help, )* } }
        }
    };
}

actions! {
    Up "up" "up" "Move up a line."
    Down "down" "down" "Move down a line."
    Left "left" "left" "Move left: a column of the matrix, the cursor of a chart."
    Right "right" "right" "Move right: a column of the matrix, the cursor of a chart."
    PageUp "page-up" "page up" "Move up a page."
    PageDown "page-down" "page down" "Move down a page."
    Top "top" "top" "Go to the first line."
    Bottom "bottom" "bottom" "Go to the last line."
    NextMatch "next-match" "next match" "Go to the next row that needs attention."
    PreviousMatch "previous-match" "previous match" "Go to the previous row that needs attention."
    Open "open" "open" "Open what is selected."
    Back "back" "back" "Go back; clears the filter first."
    NextTab "next-tab" "next tab" "Next tab; on the fleet, switch between table and matrix."
    PreviousTab "previous-tab" "previous tab" "Previous tab."
    Fleet "fleet" "fleet" "Show the fleet."
    Runs "runs" "runs" "Show the runs of this machine."
    Environments "environments" "environments" "Show accounts, credentials, cost and troubles."
    Rollout "rollout" "rollout" "Show the rollout of the selected service."
    Metrics "metrics" "metrics" "Show the charts of the selected service."
    Logs "logs" "logs" "Show the log of the selected service."
    Tasks "tasks" "tasks" "Show the tasks of the selected service."
    Revisions "revisions" "revisions" "Show the revisions of the selected service, and their differences."
    Config "config" "config" "Show the configuration of the selected service."
    Targets "targets" "targets" "Show targets and alarms of the selected service."
    Why "why" "why" "Say why the selected service is not well."
    Filter "filter" "filter" "Filter the list: text, or column:value such as env:prod state:failing."
    Sort "sort" "sort" "Sort by the next column."
    SortReverse "sort-reverse" "reverse" "Reverse the order."
    SignIn "sign-in" "sign in" "Sign in to the environment on this terminal, by the AWS command line, and come back."
    Refresh "refresh" "refresh" "Ask AWS again now."
    Shorter "shorter" "shorter" "A shorter range of time."
    Longer "longer" "longer" "A longer range of time."
    Mark "mark" "mark" "Mark the service, to lay its metrics over those of others."
    Copy "copy" "copy" "Copy the ARN to the terminal's clipboard (OSC 52)."
    Console "console" "console" "Show the address of this in the AWS console, and copy it."
    Times "times" "times" "Switch between relative and absolute times."
    Mouse "mouse" "mouse" "Switch the mouse on or off."
    Palette "palette" "palette" "Type a command, a screen or a service."
    Help "help" "help" "Show every key."
    Deploy "deploy" "deploy" "Plan a deploy of another image."
    RollBack "rollback" "roll back" "Plan a rollback: stop the rollout in flight, or put an earlier revision back."
    Migrate "migrate" "migrate" "Plan a run of the migrations."
    Promote "promote" "promote" "Plan to put the image in place that runs in the environment this one is promoted from."
    Release "release" "release" "Plan a release: checks, migrations, deploy and verify window in one."
    Continue "continue" "go on" "Plan to let the rollout go on that waits for a decision; roll back plans the other way."
    Redeploy "redeploy" "redeploy" "Plan a forced redeploy of what is configured."
    Scale "scale" "scale" "Plan another number of tasks."
    Stop "stop" "stop" "Plan to stop the rollout, or the selected task; on a run, stop watching it."
    Export "export" "export" "Write the run to a file as Markdown, for the record of an incident."
    Note "note" "note" "Say why, in a line that is kept with the run."
    Watch "watch-after" "watch afterwards" "In the plan of a rollback: watch afterwards whether it helped, or do not; it is planned anew."
    TakeOver "take-over" "take over" "Take the lock over from whoever holds it; the holder's name is typed to confirm."
    Confirm "confirm" "confirm" "Fly the plan that is shown."
    Cancel "cancel" "cancel" "Close without changing anything."
    Complete "complete" "complete" "Take over the suggestion."
    Suspend "suspend" "suspend" "Put flightdeck into the background."
    Quit "quit" "quit" "Leave. Runs under way go on in AWS and are taken up again next time."
}

impl Action {
    /// True for the verbs that plan a change to AWS. Keymaps may bind these to capitals only.
    pub fn changes(self) -> bool {
        matches!(
            self,
            Self::Deploy
                | Self::RollBack
                | Self::Migrate
                | Self::Promote
                | Self::Release
                | Self::Continue
                | Self::Redeploy
                | Self::Scale
                | Self::Stop
        )
    }

    /// True for the verbs that nobody may be led to by a few letters: those that change AWS, and the one that
    /// leaves. They are done when their whole name is typed, or when somebody moves to them.
    pub fn is_named_whole(self) -> bool {
        self.changes() || self == Self::Quit
    }

    /// Other words by which people look for it. They find it; they are not its name.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Open => &["enter", "show"],
            Self::Back => &["leave this screen"],
            Self::Fleet => &["services", "home"],
            Self::Runs => &["history", "journal", "past"],
            Self::Environments => &["accounts", "credentials", "cost", "regions", "troubles"],
            Self::Rollout => &["deployments", "events"],
            Self::Metrics => &["charts", "graphs", "cpu", "memory", "latency"],
            Self::Logs => &["lines", "tail"],
            Self::Tasks => &["containers", "instances"],
            Self::Revisions => &["versions", "history", "differences"],
            Self::Config => &["configuration", "settings", "variables", "secrets"],
            Self::Targets => &["alarms", "health", "balancer"],
            Self::Why => &["explain", "trouble", "unhealthy"],
            Self::Filter => &["find", "search"],
            Self::Sort => &["order"],
            Self::SortReverse => &["sort reverse", "order"],
            Self::SignIn => &["login", "log in", "sso", "mfa"],
            Self::Refresh => &["reload", "again", "update the screen"],
            Self::Shorter => &["range", "less time"],
            Self::Longer => &["range", "more time"],
            Self::Mark => &["overlay", "compare"],
            Self::Copy => &["arn", "yank", "clipboard"],
            Self::Console => &["browser", "url", "address", "web"],
            Self::Times => &["absolute", "relative", "clock"],
            Self::Help => &["keys", "bindings", "keymap"],
            Self::Deploy => &["ship", "image", "put in place"],
            Self::RollBack => &["undo", "revert", "earlier revision"],
            Self::Migrate => &["migrations", "goose"],
            Self::Release => &["ship", "checks"],
            Self::Continue => &["continue", "approve", "resume"],
            Self::Redeploy => &["restart", "force", "bounce"],
            Self::Scale => &["count", "number of tasks", "instances"],
            Self::Stop => &["kill", "abort", "terminate"],
            Self::Export => &["markdown", "report", "save"],
            Self::Suspend => &["background", "shell"],
            Self::Quit => &["exit", "leave"],
            _ => &[],
        }
    }

    /// True where the verb has something to act on, in this context. What it acts on may be missing for the moment
    /// (no run, no matrix); a test walks every verb in every context and holds both ways.
    pub fn works_in(self, context: Context) -> bool {
        use Context::{Dialog, Environments, Fleet, Help, Input, Metrics, Runs, Service};
        let screen = match self {
            Self::Left | Self::Right | Self::NextTab | Self::PreviousTab => {
                matches!(context, Fleet | Service | Metrics | Runs)
            }
            Self::NextMatch | Self::PreviousMatch | Self::Open | Self::Copy => {
                matches!(context, Fleet | Service | Metrics | Runs | Environments)
            }
            Self::Sort | Self::SortReverse => context == Fleet,
            Self::Shorter | Self::Longer => context == Metrics,
            Self::Export => context == Runs,
            Self::Note | Self::TakeOver | Self::Watch | Self::Confirm | Self::Cancel | Self::Complete => {
                false
            }
            verb if verb.is_about_a_service() => matches!(context, Fleet | Service | Metrics | Runs),
            _ => true,
        };
        match context {
            Context::Global => Context::SCREENS.iter().all(|screen| self.works_in(*screen)),
            Fleet | Service | Metrics | Runs | Environments | Help => screen,
            Dialog => match self {
                Self::Note | Self::TakeOver | Self::Watch | Self::Why | Self::Left | Self::Right => true,
                _ => self.works_over_a_screen(),
            },
            Input => match self {
                Self::Complete | Self::NextTab | Self::Left | Self::Right => true,
                _ => self.works_over_a_screen(),
            },
        }
    }

    /// True for the verbs of the selected service.
    pub fn is_about_a_service(self) -> bool {
        self.changes()
            || matches!(
                self,
                Self::Rollout
                    | Self::Metrics
                    | Self::Logs
                    | Self::Tasks
                    | Self::Revisions
                    | Self::Config
                    | Self::Targets
                    | Self::Why
                    | Self::Mark
                    | Self::Console
            )
    }

    /// True for the verbs of everything that lies over a screen.
    fn works_over_a_screen(self) -> bool {
        matches!(
            self,
            Self::Up
                | Self::Down
                | Self::PageUp
                | Self::PageDown
                | Self::Top
                | Self::Bottom
                | Self::Open
                | Self::Back
                | Self::Confirm
                | Self::Cancel
                | Self::Suspend
                | Self::Quit
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Action {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|a| a.id() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_read_back() {
        for action in Action::ALL {
            assert_eq!(action.id().parse(), Ok(*action));
            assert!(action.help().ends_with('.'), "{action}");
            assert!(Context::ALL.iter().any(|context| action.works_in(*context)), "{action}");
        }
        for context in Context::ALL {
            assert_eq!(context.id().parse(), Ok(context));
        }
    }
}
