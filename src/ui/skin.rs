//! The theme as ratatui's styles, and what else decides how things look.

use crate::{
    config::{
        settings::Glyphs,
        theme::{self, Colour, Theme},
    },
    model::{Service, ServiceState, StepState, Verdict},
};
use jiff::tz::TimeZone;
use ratatui::style::{Color, Modifier, Style};

/// Styles by meaning.
#[derive(Debug, Clone)]
pub struct Skin {
    /// The screen's ground, with ordinary text on it.
    pub ground: Style,
    /// Ordinary text, on whatever ground is there.
    pub text: Style,
    /// What matters less.
    pub muted: Style,
    /// Rules and empty parts of bars.
    pub faint: Style,
    /// What matters most in a line.
    pub strong: Style,
    /// What the eye should find.
    pub accent: Style,
    /// Healthy, done.
    pub ok: Style,
    /// Under way.
    pub busy: Style,
    /// Look at this.
    pub warn: Style,
    /// Failing.
    pub bad: Style,
    /// Worth knowing.
    pub info: Style,
    /// Names of screens and panels.
    pub title: Style,
    /// The row under the cursor.
    pub selection: Style,
    /// Text in it without a meaning of its own.
    pub selection_text: Style,
    /// Heads of columns.
    pub heading: Style,
    /// A key in hints.
    pub key: Style,
    /// What it does.
    pub hint: Style,
    /// Added lines.
    pub added: Style,
    /// Removed lines.
    pub removed: Style,
    /// A dialog's ground and frame.
    pub dialog: Style,
    series: [Style; theme::LIST],
    hues: [Style; theme::LIST],
    /// The zone clock times are told in.
    pub zone: TimeZone,
    /// Which glyphs may be shown.
    pub glyphs: Glyphs,
}

impl Skin {
    /// The styles of a theme.
    pub fn new(theme: &Theme, glyphs: Glyphs, zone: TimeZone) -> Self {
        let ground = Style::new().bg(colour(theme.background));
        let on = |s: &theme::Style| style(s);
        Self {
            ground: ground.patch(on(&theme.text)),
            text: on(&theme.text),
            muted: on(&theme.muted),
            faint: on(&theme.rule),
            strong: on(&theme.text).add_modifier(Modifier::BOLD),
            accent: on(&theme.accent),
            ok: on(&theme.ok),
            busy: on(&theme.busy),
            warn: on(&theme.warn),
            bad: on(&theme.bad),
            info: on(&theme.info),
            title: on(&theme.title),
            selection: on(&theme.selection),
            selection_text: on(&theme.selection_text),
            heading: on(&theme.header),
            key: on(&theme.hint_key),
            hint: on(&theme.hint_text),
            added: on(&theme.diff_added),
            removed: on(&theme.diff_removed),
            dialog: on(&theme.dialog),
            series: theme.series.map(|s| style(&s)),
            hues: theme.environments.map(|s| style(&s)),
            zone,
            glyphs,
        }
    }

    /// The mono theme in UTC, for widgets' tests.
    #[cfg(test)]
    pub fn plain() -> Self {
        Self::new(&Theme::shipped("mono").unwrap().unwrap(), Glyphs::Unicode, TimeZone::UTC)
    }

    /// The style of a chart's line, counted from 0.
    pub fn series(&self, index: usize) -> Style {
        self.series.get(index % theme::LIST).copied().unwrap_or_default()
    }

    /// The hue of an environment, counted from 0.
    pub fn hue(&self, index: usize) -> Style {
        self.hues.get(index % theme::LIST).copied().unwrap_or_default()
    }

    /// The style of a service's state.
    pub fn state(&self, state: ServiceState) -> Style {
        match state {
            ServiceState::Failing => self.bad,
            ServiceState::Degraded => self.warn,
            ServiceState::Rolling => self.busy,
            ServiceState::Steady => self.ok,
            ServiceState::Paused | ServiceState::Inactive | ServiceState::Unknown => self.muted,
        }
    }

    /// The style of a service: nothing is louder than what waits for somebody.
    pub fn service(&self, service: &Service) -> Style {
        match service.waits() {
            Some(_) => self.warn.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            None => self.state(service.state),
        }
    }

    /// The style of a step.
    pub fn step(&self, state: StepState) -> Style {
        match state {
            StepState::Active => self.busy,
            StepState::Done => self.ok,
            StepState::Failed => self.bad,
            StepState::Waiting | StepState::Skipped => self.muted,
        }
    }

    /// The style of a verdict.
    pub fn verdict(&self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Succeeded => self.ok,
            Verdict::Failed => self.bad,
            Verdict::RolledBack | Verdict::Stuck | Verdict::Lost | Verdict::Unverified => self.warn,
            Verdict::Superseded | Verdict::Refused => self.muted,
        }
    }

    /// The style of a word of AWS's: `RUNNING`, `unhealthy`, `ALARM`, …
    pub fn word(&self, word: &str) -> Style {
        match word.to_ascii_uppercase().as_str() {
            "RUNNING" | "HEALTHY" | "OK" | "SUCCEEDED" | "SUCCESSFUL" | "COMPLETED" | "ACTIVE" => self.ok,
            "UNHEALTHY" | "ALARM" | "FAILED" | "ROLLBACK_FAILED" | "UNAVAILABLE" => self.bad,
            "PROVISIONING"
            | "PENDING"
            | "ACTIVATING"
            | "IN_PROGRESS"
            | "INITIAL"
            | "ROLLBACK_IN_PROGRESS"
            | "DEACTIVATING"
            | "STOPPING"
            | "DEPROVISIONING"
            | "DRAINING" => self.busy,
            "ROLLBACK_SUCCEEDED" => self.warn,
            _ => self.muted,
        }
    }
}

fn colour(colour: Colour) -> Color {
    match colour {
        Colour::Default => Color::Reset,
        Colour::Ansi(number) => match number {
            0 => Color::Black,
            1 => Color::Red,
            2 => Color::Green,
            3 => Color::Yellow,
            4 => Color::Blue,
            5 => Color::Magenta,
            6 => Color::Cyan,
            7 => Color::Gray,
            8 => Color::DarkGray,
            9 => Color::LightRed,
            10 => Color::LightGreen,
            11 => Color::LightYellow,
            12 => Color::LightBlue,
            13 => Color::LightMagenta,
            14 => Color::LightCyan,
            _ => Color::White,
        },
        Colour::Indexed(number) => Color::Indexed(number),
        Colour::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

fn style(from: &theme::Style) -> Style {
    let mut to = Style::new();
    if let Some(fg) = from.fg {
        to = to.fg(colour(fg));
    }
    if let Some(bg) = from.bg {
        to = to.bg(colour(bg));
    }
    for (set, modifier) in [
        (from.bold, Modifier::BOLD),
        (from.dim, Modifier::DIM),
        (from.italic, Modifier::ITALIC),
        (from.underline, Modifier::UNDERLINED),
        (from.reverse, Modifier::REVERSED),
    ] {
        if set {
            to = to.add_modifier(modifier);
        }
    }
    to
}
