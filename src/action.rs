//! The one list of verbs.
//!
//! Keymaps, the palette, hints, help and the key table of the documents derive from [`Action::ALL`]; a verb that is
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
    /// What happened.
    Timeline,
    /// The alarms.
    Alarms,
    /// The board.
    Board,
    /// The help screen.
    Help,
    /// A plan dialog.
    Dialog,
    /// A line of text being typed with a list below it: filter, palette, image picker.
    Input,
}

impl Context {
    /// All of them, in the order in which help shows them.
    pub const ALL: [Self; 12] = [
        Self::Global,
        Self::Fleet,
        Self::Service,
        Self::Metrics,
        Self::Runs,
        Self::Environments,
        Self::Timeline,
        Self::Alarms,
        Self::Board,
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
            Self::Timeline => "timeline",
            Self::Alarms => "alarms",
            Self::Board => "board",
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
            Self::Timeline => "the timeline",
            Self::Alarms => "the alarms",
            Self::Board => "the board",
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
    pub const SCREENS: [Self; 9] = [
        Self::Fleet,
        Self::Service,
        Self::Metrics,
        Self::Runs,
        Self::Environments,
        Self::Timeline,
        Self::Alarms,
        Self::Board,
        Self::Help,
    ];

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
    Up "up" "up" "Move up one line."
    Down "down" "down" "Move down one line."
    Left "left" "left" "Move left in the matrix or a chart."
    Right "right" "right" "Move right in the matrix or a chart."
    PageUp "page-up" "page up" "Move up one page."
    PageDown "page-down" "page down" "Move down one page."
    Top "top" "top" "Go to the first line."
    Bottom "bottom" "bottom" "Go to the last line."
    NextMatch "next-match" "next match" "Next row that needs attention."
    PreviousMatch "previous-match" "previous match" "Previous row that needs attention."
    Open "open" "open" "Open the selection."
    Back "back" "back" "Go back, or clear the filter."
    NextTab "next-tab" "next tab" "Next tab; on the fleet, the matrix."
    PreviousTab "previous-tab" "previous tab" "Previous tab."
    Fleet "fleet" "fleet" "Show the fleet."
    Runs "runs" "runs" "Show runs and their verdicts."
    Environments "environments" "environments" "Show accounts, credentials and cost."
    Timeline "timeline" "timeline" "Show what happened, and who did it."
    Board "board" "board" "Show pinned services as charts."
    Alarms "alarms" "alarms" "Show alarms and what they watch."
    Rollout "rollout" "rollout" "Show the service's rollout."
    Metrics "metrics" "metrics" "Show the service's charts."
    Logs "logs" "logs" "Show the service's log."
    Tasks "tasks" "tasks" "Show the service's tasks."
    Revisions "revisions" "revisions" "Show and compare its revisions."
    Config "config" "config" "Show the service's configuration."
    Targets "targets" "targets" "Show its targets and alarms."
    Why "why" "why" "Explain the service's state."
    Filter "filter" "filter" "Filter, e.g. env:prod state:failing."
    Sort "sort" "sort" "Sort by the next column."
    SortReverse "sort-reverse" "reverse" "Reverse the order."
    SignIn "sign-in" "sign in" "Sign in with the AWS CLI."
    Refresh "refresh" "refresh" "Refresh now; on Runs, resume."
    Among "among" "in context" "Show matches among all log lines."
    Wrap "wrap" "wrap" "Wrap long log lines, or cut them."
    Unfold "unfold" "unfold" "Unfold or fold log lines of JSON."
    OnlyTask "only-task" "this task" "Log of the selected task, or of all."
    Container "container" "container" "Log of the next container."
    TopErrors "top-errors" "top errors" "Count the log's errors by kind."
    GoTo "go-to" "go to" "Go to a moment of the log."
    Shorter "shorter" "shorter" "Shorter time range."
    Longer "longer" "longer" "Longer time range."
    Pin "pin" "pin" "Pin to the board, or unpin."
    Mark "mark" "mark" "Mark, to overlay its metrics."
    Copy "copy" "copy" "Copy the ARN to the clipboard."
    Console "console" "console" "Show and copy the AWS console URL."
    Times "times" "times" "Toggle relative and absolute times."
    Mouse "mouse" "mouse" "Toggle mouse support."
    Palette "palette" "palette" "Run a command or go to a service."
    Help "help" "help" "Show all keys."
    Deploy "deploy" "deploy" "Plan a deploy of an image."
    RollBack "rollback" "roll back" "Plan a rollback."
    Migrate "migrate" "migrate" "Plan a migration run."
    Promote "promote" "promote" "Plan a promotion from an environment."
    Release "release" "release" "Plan a release."
    Continue "continue" "approve" "Plan an approval of a waiting rollout."
    Redeploy "redeploy" "redeploy" "Plan a forced redeploy."
    Scale "scale" "scale" "Plan a change of task count."
    Stop "stop" "stop" "Plan to stop a rollout or a task."
    Export "export" "export" "Export the run as Markdown."
    Note "note" "note" "Add a note to the run."
    Watch "watch-after" "watch afterwards" "Toggle watching after the rollback."
    TakeOver "take-over" "take over" "Take over the lock."
    Confirm "confirm" "confirm" "Run the plan."
    Cancel "cancel" "cancel" "Close without changing anything."
    Complete "complete" "complete" "Accept the suggestion."
    Suspend "suspend" "suspend" "Suspend; fg in the shell resumes."
    Quit "quit" "quit" "Quit; runs continue in AWS."
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
            Self::Timeline => &["events", "happenings", "who", "cloudtrail"],
            Self::Rollout => &["deployments", "events"],
            Self::Metrics => &["charts", "graphs", "cpu", "memory", "latency"],
            Self::Logs => &["lines", "tail"],
            Self::Tasks => &["containers", "instances"],
            Self::Revisions => &["versions", "history", "differences"],
            Self::Config => &["configuration", "settings", "variables", "secrets"],
            Self::Board => &["dashboard", "pinned", "wall"],
            Self::Alarms => &["firing", "thresholds"],
            Self::Targets => &["health", "balancer"],
            Self::Why => &["explain", "trouble", "unhealthy"],
            Self::Filter => &["find", "search"],
            Self::Sort => &["order"],
            Self::SortReverse => &["sort reverse", "order"],
            Self::SignIn => &["login", "log in", "sso", "mfa"],
            Self::Refresh => &["reload", "again", "update the screen"],
            Self::Among => &["context of a match", "around"],
            Self::Unfold => &["json", "fold"],
            Self::OnlyTask => &["stream", "one task"],
            Self::Container => &["sidecar", "all containers"],
            Self::TopErrors => &["patterns", "group errors", "count errors"],
            Self::GoTo => &["jump", "time", "deploy", "death"],
            Self::Shorter => &["range", "less time"],
            Self::Longer => &["range", "more time"],
            Self::Mark => &["overlay", "compare"],
            Self::Copy => &["arn", "yank", "clipboard"],
            Self::Console => &["browser", "url", "address", "web"],
            Self::Times => &["absolute", "relative", "clock"],
            Self::Help => &["keys", "bindings", "keymap"],
            Self::Deploy => &["ship", "image", "deployed"],
            Self::RollBack => &["undo", "revert", "earlier revision"],
            Self::Migrate => &["migrations", "goose"],
            Self::Release => &["ship", "checks"],
            Self::Continue => &["continue", "go on", "resume"],
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
        use Context::{
            Alarms, Board, Dialog, Environments, Fleet, Help, Input, Metrics, Runs, Service, Timeline,
        };
        let screen = match self {
            Self::Left | Self::Right | Self::NextTab | Self::PreviousTab => {
                matches!(context, Fleet | Service | Metrics | Runs | Board)
            }
            Self::NextMatch | Self::PreviousMatch | Self::Open | Self::Copy => {
                matches!(context, Fleet | Service | Metrics | Runs | Environments | Timeline | Alarms | Board)
            }
            Self::Sort | Self::SortReverse => context == Fleet,
            Self::Shorter | Self::Longer => matches!(context, Metrics | Timeline),
            Self::Among
            | Self::Wrap
            | Self::Unfold
            | Self::OnlyTask
            | Self::Container
            | Self::TopErrors
            | Self::GoTo => context == Metrics,
            Self::Export => context == Runs,
            Self::Note | Self::TakeOver | Self::Watch | Self::Confirm | Self::Cancel | Self::Complete => {
                false
            }
            verb if verb.is_about_a_service() => {
                matches!(context, Fleet | Service | Metrics | Runs | Timeline | Alarms | Board)
            }
            _ => true,
        };
        match context {
            Context::Global => Context::SCREENS.iter().all(|screen| self.works_in(*screen)),
            Fleet | Service | Metrics | Runs | Environments | Timeline | Alarms | Board | Help => screen,
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
                    | Self::Pin
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
            // a column of help at 120 columns, and at 80
            assert!(action.help().chars().count() <= 38, "{action}: {}", action.help());
            assert!(Context::ALL.iter().any(|context| action.works_in(*context)), "{action}");
        }
        for context in Context::ALL {
            assert_eq!(context.id().parse(), Ok(context));
        }
    }
}
