//! Keymap, theme, settings: read as a file of a user's.

use flightdeck::{
    action::{Action, Context},
    config::{
        Colour, ConfigError, Found, Keymap, Settings, Style, Theme, settings::Scope, source::Source, theme,
    },
    model::EnvironmentName,
};
use std::{collections::BTreeSet, fmt::Write, sync::Arc, time::Duration};

use super::common::{count, harmless, mark, text};

const ORIGIN: &str = "sample.toml";

/// Longest that all problems of a file together are told, in characters.
const TOLD_MAX: usize = 60_000;

/// Every problem of the file stands at a place inside of it, and can be shown.
fn refused(source: &Source, error: &ConfigError) -> u64 {
    assert!(!error.problems().is_empty());
    let lines: Vec<&str> = source.text.split('\n').collect();
    for problem in error.problems().iter().filter(|problem| problem.origin == ORIGIN) {
        let place = problem.place.as_ref().unwrap_or_else(|| panic!("no place: {problem}"));
        let line = place.line.checked_sub(1).and_then(|at| lines.get(at));
        let line = line.unwrap_or_else(|| panic!("line {} of {}", place.line, lines.len()));
        assert!(
            (1..=line.chars().count() + 1).contains(&place.column),
            "column {} of line {}, {line:?}",
            place.column,
            place.line
        );
    }
    let told = error.to_string();
    told.lines().for_each(harmless);
    assert!(told.chars().count() <= TOLD_MAX, "{} characters", told.chars().count());
    error.problems().iter().take(3).fold(1, |mixed: u64, problem| mixed.rotate_left(7) ^ mark(&problem.what))
}

/// A quoted string; what JSON escapes, TOML reads.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A keymap reads back as it was written, each of its keys does what it says, and can be shown.
pub fn keymap(input: &[u8]) -> u64 {
    let Some(text) = text(input) else { return 0 };
    let source = Source::new(ORIGIN, text);
    let map = match Keymap::parse("sample", &source) {
        Ok(map) => map,
        Err(error) => return refused(&source, &error),
    };
    for context in Context::ALL {
        for binding in map.bindings(context) {
            harmless(&binding.text());
            assert_eq!(
                map.lookup(context, &binding.keys),
                Found::Action(binding.action),
                "{}",
                binding.text()
            );
            for key in &binding.keys {
                assert_eq!(key.to_string().parse(), Ok(*key), "{key}");
            }
        }
    }
    let written = keymap_text(&map);
    let again = Keymap::parse("sample", &Source::new(ORIGIN, written.clone()))
        .unwrap_or_else(|error| panic!("{error}\n{written}"));
    for context in Context::ALL {
        assert_eq!(map.bindings(context).len(), again.bindings(context).len(), "{context:?}\n{written}");
        for action in Action::ALL {
            assert_eq!(
                map.keys_for(context, *action),
                again.keys_for(context, *action),
                "{action}\n{written}"
            );
        }
    }
    Context::ALL.iter().fold(2, |mixed: u64, context| {
        mixed.rotate_left(5) ^ u64::try_from(map.bindings(*context).len()).unwrap()
    })
}

/// A keymap as a file that leaves nothing to its base.
fn keymap_text(map: &Keymap) -> String {
    let mut out = String::new();
    for context in Context::ALL {
        writeln!(out, "[{}]", context.id()).unwrap();
        for action in Action::ALL {
            let own = map.bindings(context).iter().filter(|binding| binding.action == *action);
            let keys: Vec<String> = own
                .map(|binding| {
                    let keys: Vec<String> = binding.keys.iter().map(|key| quoted(&key.to_string())).collect();
                    if keys.len() == 1 { keys.concat() } else { format!("[{}]", keys.join(", ")) }
                })
                .collect();
            writeln!(out, "{} = [{}]", action.id(), keys.join(", ")).unwrap();
        }
    }
    out
}

/// A theme reads back as it was written.
pub fn theme(input: &[u8]) -> u64 {
    let Some(text) = text(input) else { return 0 };
    let source = Source::new(ORIGIN, text);
    // a user's directory in which `own` is this theme itself
    let other = |name: &str| (name == "own").then(|| Ok(Arc::clone(&source)));
    let theme = match Theme::parse("sample", &source, &other) {
        Ok(theme) => theme,
        Err(error) => return refused(&source, &error),
    };
    let written = theme_text(&theme);
    let again = Theme::parse("sample", &Source::new(ORIGIN, written.clone()), &|_| None)
        .unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(theme, again, "{written}");
    let styles = theme::ROLES.iter().filter_map(|role| theme.role(role));
    styles.fold(3, |mixed: u64, style| {
        let kind = [style.fg, style.bg].map(|colour| match colour {
            None => 0,
            Some(Colour::Default) => 1,
            Some(Colour::Ansi(_)) => 2,
            Some(Colour::Indexed(_)) => 3,
            Some(Colour::Rgb(..)) => 4,
        });
        mixed.rotate_left(3) ^ (kind[0] * 10 + kind[1] * 2 + u64::from(style.has_attribute()))
    })
}

fn theme_text(theme: &Theme) -> String {
    let list = |styles: [Style; theme::LIST]| styles.map(style).join(", ");
    let mut out = format!("[roles]\nbackground = {}\n", colour(theme.background));
    for role in theme::ROLES {
        writeln!(out, "{role} = {}", style(theme.role(role).unwrap())).unwrap();
    }
    writeln!(out, "series = [{}]", list(theme.series)).unwrap();
    writeln!(out, "environments = [{}]", list(theme.environments)).unwrap();
    out
}

fn colour(colour: Colour) -> String {
    match colour {
        Colour::Default => "\"default\"".to_owned(),
        Colour::Ansi(number) | Colour::Indexed(number) => number.to_string(),
        Colour::Rgb(r, g, b) => format!("\"#{r:02x}{g:02x}{b:02x}\""),
    }
}

fn style(style: Style) -> String {
    let mut parts = Vec::new();
    parts.extend(style.fg.map(|fg| format!("fg = {}", colour(fg))));
    parts.extend(style.bg.map(|bg| format!("bg = {}", colour(bg))));
    for (name, set) in [
        ("bold", style.bold),
        ("dim", style.dim),
        ("italic", style.italic),
        ("underline", style.underline),
        ("reverse", style.reverse),
    ] {
        if set {
            parts.push(format!("{name} = true"));
        }
    }
    format!("{{ {} }}", parts.join(", "))
}

/// Each of several texts can be shown.
fn each<'a>(texts: impl IntoIterator<Item = &'a String>) {
    for text in texts {
        harmless(text);
    }
}

/// Settings keep the bounds that they are documented with, and read the same twice.
pub fn settings(input: &[u8]) -> u64 {
    let Some(text) = text(input) else { return 0 };
    let source = Source::new(ORIGIN, text);
    let read = match Settings::parse(&source) {
        Ok(settings) => settings,
        Err(error) => return refused(&source, &error),
    };
    assert_eq!(Ok(&read), Settings::parse(&Source::new(ORIGIN, format!("{text}\n# the same"))).as_ref());
    let (second, hour, day) = (Duration::from_secs(1), Duration::from_hours(1), Duration::from_hours(24));
    assert!((second..=hour).contains(&read.refresh), "refresh {:?}", read.refresh);
    assert!((second * 5..=day).contains(&read.stuck_after), "stuck_after {:?}", read.stuck_after);
    assert!(read.cost_limit.is_finite() && read.cost_limit >= 0.0, "cost_limit {}", read.cost_limit);
    assert!(read.journal_keep.is_none_or(|keep| keep >= day), "journal_keep {:?}", read.journal_keep);
    let names: BTreeSet<&EnvironmentName> = read.environments.iter().map(|e| &e.name).collect();
    assert_eq!(names.len(), read.environments.len(), "environments of one name");
    for environment in &read.environments {
        harmless(environment.name.as_str());
        for scope in [&environment.clusters, &environment.apprunner] {
            if let Scope::Named(names) = scope {
                each(names);
            }
        }
        for text in
            [&environment.profile, &environment.role_arn, &environment.region, &environment.endpoint_url]
        {
            each(text);
        }
        let account = environment.account.as_deref().unwrap_or("111122223333");
        assert!(account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()), "account {account}");
        // whoever is promoted from whom comes to an end
        let mut from = read.promoted_from(&environment.name);
        for _ in 0..=read.environments.len() {
            from = from.and_then(|name| read.promoted_from(name));
        }
        assert_eq!(from, None, "promotions in a circle");
    }
    for application in &read.applications {
        harmless(&application.name);
        for key in &application.services {
            [key.environment.as_str(), &key.cluster, &key.name].into_iter().for_each(harmless);
        }
        each([&application.repository, &application.container].into_iter().flatten());
        if let Some(migration) = &application.migration {
            let names = [&migration.container, &migration.cluster, &migration.task_definition];
            each(names.into_iter().flatten());
        }
        if let Some(verify) = &application.verify {
            let ratios = [verify.max_5xx_ratio, verify.max_5xx_rise, verify.max_p99_rise];
            assert!(ratios.iter().flatten().all(|ratio| ratio.is_finite() && *ratio >= 0.0), "{ratios:?}");
            assert!(verify.window > Duration::ZERO && verify.window <= day, "window {:?}", verify.window);
            each(&verify.alarms);
        }
    }
    let variables =
        read.applications.iter().filter_map(|a| a.migration.as_ref()).map(|m| m.environment.len());
    4 + count(read.environments.len()) * 8
        + count(read.applications.len()) * 64
        + count(variables.sum()) * 512
}
