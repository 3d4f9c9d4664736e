//! `flightdeck doctor`: everything the cockpit depends on, tried once, with a remedy for what is wrong.

mod changes;
mod line;
mod policy;

use super::{
    args::Common,
    fail::{self, FAILED, Failure},
    load,
};
use crate::runtime::signals;
use crate::{
    aws::{self, Between, Client},
    config::{
        Loaded, Settings,
        settings::{
            Lock,
            glyphs::{self, Glyphs},
        },
        theme::Depth,
    },
    model::{Answer, Ask, Trouble, TroubleKind, stamp, text::line as plain},
    runtime::{
        clock::{TOLERANCE_MS, wall},
        credential_process,
        routes::{Route, Routes},
        terminal,
    },
};
use line::{Grade, Line};
use std::{fmt::Write, fs, path::Path};

/// Checks and prints; 1 when something is bad. With `policy` prints what permissions are needed, and checks nothing.
pub fn examine(common: &Common, policy: bool) -> Result<u8, Failure> {
    if policy {
        return policy::print(common);
    }
    let mut lines = Vec::new();
    let unheard = |notice: &String| Line::new(Grade::Warn, "configuration", notice, "");
    let loaded = match load::read(common, &load::flags(common)) {
        Ok(loaded) => {
            lines.push(configuration(&loaded));
            lines.extend(loaded.notices.iter().map(unheard));
            lines.extend(roads(&loaded.settings));
            lines.extend(changes::lines(&loaded.settings, &load::var("PATH").unwrap_or_default()));
            Some(loaded)
        }
        Err(failure) => {
            lines.push(Line::new(Grade::Bad, "configuration", failure.message, ""));
            None
        }
    };
    lines.extend(load::stray_variables().iter().map(unheard));
    let places = load::places();
    lines.push(directory("state", &places.state));
    lines.push(directory("cache", &places.cache));
    lines.extend(terminal_lines(&load::var));
    fail::print(&text(&lines))?;
    let mut bad = lines.iter().any(|line| line.grade == Grade::Bad);
    if let Some(loaded) = loaded {
        // Printed apart: AWS may take its time.
        let routes = Routes::of(&loaded.settings, &common.environments);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let lines = runtime.block_on(signals::or_ended(accounts(routes, loaded.settings.lock.as_ref())));
        runtime.shutdown_background();
        bad |= lines.iter().any(|line| line.grade == Grade::Bad);
        fail::print(&text(&lines))?;
    }
    Ok(if bad { FAILED } else { 0 })
}

/// What stands between here and AWS.
fn roads(settings: &Settings) -> Vec<Line> {
    let (endpoints, profiles) = load::ways(settings);
    let told = aws::between(&load::var, &endpoints, &profiles);
    told.into_iter()
        .map(|between| match between {
            Between::Used(what, found) => Line::new(Grade::Ok, what, found, ""),
            Between::Idle(what, found, remedy) => Line::new(Grade::Note, what, found, remedy),
            Between::Wrong(what, found, remedy) => Line::new(Grade::Bad, what, found, remedy),
        })
        .collect()
}

fn text(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        let grade = match line.grade {
            Grade::Ok => "ok  ",
            Grade::Note => "note",
            Grade::Warn => "warn",
            Grade::Bad => "bad ",
        };
        let _ = writeln!(out, "{grade}  {:<28}  {}", line.what, line.found.replace('\n', "\n      "));
        if !line.remedy.is_empty() {
            let _ = writeln!(out, "      {:<28}  → {}", "", line.remedy);
        }
    }
    out
}

fn configuration(loaded: &Loaded) -> Line {
    let files: Vec<String> = loaded.sources.iter().map(|path| path.display().to_string()).collect();
    let environments = loaded.settings.environments.len();
    let found = match (files.is_empty(), environments) {
        (true, _) => "none; environments are found in the account".to_owned(),
        (false, 0) => format!("{}; environments are found in the account", files.join(", ")),
        (false, count) => format!("{}; {count} environments", files.join(", ")),
    };
    Line::new(Grade::Ok, "configuration", found, "")
}

/// Tries to write where the journal or the cache goes.
fn directory(name: &str, dir: &Path) -> Line {
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    let written =
        fs::create_dir_all(dir).and_then(|()| fs::write(&probe, b"")).and_then(|()| fs::remove_file(&probe));
    match written {
        Ok(()) => Line::new(Grade::Ok, format!("{name} directory"), dir.display().to_string(), ""),
        Err(error) => Line::new(
            Grade::Bad,
            format!("{name} directory"),
            format!("{} cannot be written: {error}", dir.display()),
            format!("make it writable, or set FLIGHTDECK_{}_DIR", name.to_uppercase()),
        ),
    }
}

fn terminal_lines(var: &dyn Fn(&str) -> Option<String>) -> Vec<Line> {
    let get = |name: &str| var(name).unwrap_or_default();
    let mut lines = Vec::new();
    if terminal::present() {
        let (columns, rows) = terminal::size();
        let (grade, remedy) = match (columns, rows) {
            (80.., 24..) => (Grade::Ok, ""),
            (40.., 10..) => (Grade::Warn, "80×24 shows everything"),
            _ => (Grade::Bad, "make the window larger: 40×10 is the least, 80×24 shows everything"),
        };
        lines.push(Line::new(grade, "terminal size", format!("{columns}×{rows}"), remedy));
    } else {
        lines.push(Line::new(
            Grade::Warn,
            "terminal",
            "standard input or output is not a terminal",
            "the cockpit needs one; `flightdeck status` does not",
        ));
    }
    let term = get("TERM");
    let (grade, remedy) = match term.as_str() {
        "" => (Grade::Bad, "set TERM to what your terminal is, xterm-256color for most"),
        "dumb" => (Grade::Bad, "the cockpit needs a terminal that can move the cursor"),
        _ => (Grade::Ok, ""),
    };
    let shown = if term.is_empty() { "not set" } else { &term };
    lines.push(Line::new(grade, "TERM", plain(shown), remedy));
    let (colours, remedy) = match Depth::detect(var) {
        Depth::TrueColour => ("16 million", ""),
        Depth::Indexed256 => ("256", "set COLORTERM=truecolor if the terminal shows more"),
        Depth::Ansi16 => ("16", ""),
        Depth::Mono => ("none", if get("NO_COLOR").is_empty() { "" } else { "NO_COLOR is set" }),
    };
    lines.push(Line::new(Grade::Ok, "colours", colours, remedy));
    let locale = glyphs::locale(var);
    let found = if locale.is_empty() { "no locale is set".to_owned() } else { plain(&locale) };
    lines.push(match Glyphs::Auto.decided(var) {
        Glyphs::AsciiOnly if !glyphs::is_utf8(&locale) => Line::new(
            Grade::Warn,
            "unicode",
            format!("{found}: the cockpit draws with ASCII"),
            "set LANG to a UTF-8 locale, or glyphs = \"unicode\" where the terminal shows UTF-8 all the same",
        ),
        Glyphs::Ascii | Glyphs::AsciiOnly => {
            let found = format!("{found}, and TERM={}: the cockpit draws with ASCII", plain(&term));
            Line::new(Grade::Ok, "unicode", found, "")
        }
        Glyphs::Auto | Glyphs::Unicode => Line::new(Grade::Ok, "unicode", found, ""),
    });
    lines
}

async fn accounts(routes: Routes, lock: Option<&Lock>) -> Vec<Line> {
    let gateway = credential_process::gateway();
    let routes = match routes {
        Routes::Known(routes) => routes,
        Routes::Discovered(discovery) => match discovery.find(&gateway).await {
            Ok(made) => made.routes,
            Err(trouble) => return vec![trouble_line("credentials", &trouble, Grade::Bad)],
        },
        Routes::Made(_) => Vec::new(),
    };
    let all = routes.into_iter().map(|Route { name, access }| {
        let client = gateway.connect(access);
        async move { environment(name.as_str(), &client, lock).await }
    });
    futures_util::future::join_all(all).await.into_iter().flatten().collect()
}

async fn environment(name: &str, client: &Client, lock: Option<&Lock>) -> Vec<Line> {
    let mut lines = Vec::new();
    match client.ask(Ask::Identity, &|_| ()).await {
        Ok(Answer::Identity(identity)) => {
            let mut found = format!("{} as {}, from {}", identity.account, identity.arn, identity.source);
            let mut grade = Grade::Ok;
            let mut remedy = "";
            if let Some(left) = identity.expires_at.map(|at| at.since(wall())) {
                let _ = write!(found, ", expires in {}", stamp::precise(left));
                if left < 15 * 60_000 {
                    (grade, remedy) = (Grade::Warn, "renew the session before a long run");
                }
            }
            lines.push(Line::new(grade, format!("{name} credentials"), found, remedy));
            lines.extend(clock(name, client.meter().skew_ms));
        }
        Ok(_) => {}
        Err(trouble) => {
            let told = trouble.to_string().to_lowercase();
            let skew = told.contains("signature expired")
                || told.contains("skew")
                || told.contains("not yet current");
            lines.push(trouble_line(&format!("{name} credentials"), &trouble, Grade::Bad));
            if skew {
                lines.push(Line::new(
                    Grade::Bad,
                    format!("{name} clock"),
                    "this machine's clock differs from AWS's by more than AWS accepts",
                    "set the clock, or let NTP do it",
                ));
            }
            return lines;
        }
    }
    match client.ask(Ask::Permissions, &|_| ()).await {
        Ok(Answer::Permissions(tried)) => {
            let good = tried.iter().filter(|(_, trouble)| trouble.is_none()).count();
            lines.push(Line::new(
                if good == tried.len() { Grade::Ok } else { Grade::Warn },
                format!("{name} permissions"),
                format!("{good} of {} reads work", tried.len()),
                "",
            ));
            for (operation, trouble) in &tried {
                if let Some(trouble) = trouble {
                    lines.push(trouble_line(&format!("{name} {operation}"), trouble, grade_of(trouble)));
                }
            }
        }
        Ok(_) => {}
        Err(trouble) => lines.push(trouble_line(&format!("{name} permissions"), &trouble, Grade::Bad)),
    }
    if let Some(lock) = lock {
        lines.push(bucket(name, client, lock).await);
    }
    lines
}

/// Whether this environment's credentials reach the team's bucket: what is not reached refuses every change.
async fn bucket(name: &str, client: &Client, lock: &Lock) -> Line {
    let what = format!("{name} lock");
    match client.ask(Ask::Objects { place: lock.place(), limit: 1 }, &|_| ()).await {
        Ok(_) => Line::new(Grade::Ok, what, format!("{} can be read", lock.place()), ""),
        Err(trouble) if trouble.kind == TroubleKind::Throttled => trouble_line(&what, &trouble, Grade::Warn),
        Err(trouble) => trouble_line(&what, &trouble, Grade::Bad),
    }
}

/// A line about AWS's clock, where it differs from this machine's.
fn clock(name: &str, skew_ms: Option<i64>) -> Option<Line> {
    let skew = skew_ms.filter(|skew| skew.abs() > TOLERANCE_MS)?;
    let (by, side) = (stamp::precise(skew.abs()), if skew > 0 { "behind" } else { "ahead of" });
    Some(Line::new(
        Grade::Warn,
        format!("{name} clock"),
        format!("this machine's clock is {by} {side} AWS's; the cockpit goes by AWS's"),
        "set the clock, or let NTP do it; a simulator has a clock of its own",
    ))
}

/// What is denied or unknown costs a part of the screens; anything else is broken.
fn grade_of(trouble: &Trouble) -> Grade {
    match trouble.kind {
        TroubleKind::Denied | TroubleKind::Unsupported | TroubleKind::NotFound | TroubleKind::Throttled => {
            Grade::Warn
        }
        _ => Grade::Bad,
    }
}

fn trouble_line(what: &str, trouble: &Trouble, grade: Grade) -> Line {
    Line::new(
        grade,
        what,
        format!("could not {} on {}: {}", trouble.what, trouble.on, trouble.why),
        &trouble.remedy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poor_terminal_gets_remedies() {
        let lines = terminal_lines(&|_| None);
        let told = text(&lines);
        assert!(
            told.contains("TERM") && told.contains("no locale is set: the cockpit draws with ASCII"),
            "{told}"
        );
        assert!(lines.iter().any(|line| line.grade == Grade::Bad));

        let rich = terminal_lines(&|name| {
            Some(
                match name {
                    "TERM" => "xterm-256color",
                    "LC_ALL" => "C.UTF-8",
                    _ => "",
                }
                .to_owned(),
            )
        });
        assert!(rich.iter().all(|line| line.grade != Grade::Bad), "{}", text(&rich));
    }

    #[test]
    fn a_wrong_clock_is_told() {
        assert!(clock("prod", None).is_none() && clock("prod", Some(-4_000)).is_none());
        let line = clock("prod", Some(-90_000)).unwrap();
        assert!(line.found.contains("1m 30s ahead of AWS's"), "{}", line.found);
        assert!(clock("prod", Some(90_000)).unwrap().found.contains("behind AWS's"));
    }

    #[test]
    fn directories_are_tried() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(directory("state", &dir.path().join("new")).grade, Grade::Ok);
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let line = directory("state", &file);
        assert_eq!(line.grade, Grade::Bad);
        assert!(line.remedy.contains("FLIGHTDECK_STATE_DIR"));
    }
}
