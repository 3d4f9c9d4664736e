//! A run as Markdown, for the record of an incident.
//!
//! What AWS, a log or an operator said is shown as it is: nothing in it becomes a heading, a table, a link or an
//! end of the log's fence.

use super::{Holder, RunView, Stamp, Standing, Step, StepState, stamp, text};
use std::fmt::Write;

/// The whole run, its log included.
pub fn markdown(view: &RunView) -> String {
    let mut out = String::new();
    head(&mut out, view);
    steps(&mut out, view);
    migrations(&mut out, view);
    writes(&mut out, view);
    log(&mut out, view);
    out
}

fn head(out: &mut String, view: &RunView) {
    let header = &view.header;
    let title = if header.title.is_empty() { header.kind.word() } else { &header.title };
    let _ = writeln!(out, "# {}\n", plain(title));
    let standing = view.standing(Holder::Here);
    match &view.end {
        Some((verdict, why, _)) if why.is_empty() => {
            let _ = writeln!(out, "**{}**\n", verdict.word());
        }
        Some((verdict, why, _)) => {
            let _ = writeln!(out, "**{}**: {}\n", verdict.word(), plain(why));
        }
        None if standing == Standing::Waits => {
            let _ = writeln!(out, "**waiting for confirmation**: {}\n", plain(&view.waits));
        }
        None if standing == Standing::Unwatched => {
            out.push_str("**no longer watched**: what AWS has started continues there\n\n");
        }
        None => out.push_str("**in progress**\n\n"),
    }
    out.push_str("| | |\n|---|---|\n");
    let mut row = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "| {label} | {value} |");
        }
    };
    row("run", &code(&header.id.0));
    row("kind", header.kind.word());
    row("service", &code(&header.key.to_string()));
    row("account", &code(&header.account));
    row("region", &code(&header.region));
    row("who", &code(&header.who));
    row("identity", &code(&header.identity));
    row("note", &plain(&header.note));
    match (header.from.is_empty(), header.to.is_empty()) {
        (true, true) => {}
        (false, true) => row("from", &code(&header.from)),
        (true, false) => row("to", &code(&header.to)),
        (false, false) => row("change", &format!("{} → {}", code(&header.from), code(&header.to))),
    }
    row("began", &moment(header.at));
    if let Some((.., at)) = &view.end {
        row("ended", &format!("{}, after {}", moment(*at), stamp::precise(at.since(header.at))));
    }
    if let Some(before) = &view.before {
        row("image before", &code(&before.image));
    }
}

fn steps(out: &mut String, view: &RunView) {
    if view.steps.is_empty() {
        return;
    }
    out.push_str("\n## Steps\n\n| | step | state | started | took | |\n|---:|---|---|---|---:|---|\n");
    for (number, step) in view.steps.iter().enumerate() {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            number + 1,
            plain(&step.name),
            state(step.state),
            step.started_at.map(moment).unwrap_or_default(),
            took(step),
            plain(&step.detail)
        );
    }
}

fn took(step: &Step) -> String {
    match (step.started_at, step.ended_at) {
        (Some(began), Some(ended)) => stamp::precise(ended.since(began)),
        _ => String::new(),
    }
}

fn state(state: StepState) -> &'static str {
    match state {
        StepState::Waiting => "waiting",
        StepState::Active => "in progress",
        StepState::Done => "done",
        StepState::Failed => "**failed**",
        StepState::Skipped => "skipped",
    }
}

fn migrations(out: &mut String, view: &RunView) {
    let Some(found) = view.migrations() else { return };
    out.push_str("\n## Migrations\n\n");
    if let Some(version) = found.current {
        let _ = writeln!(out, "The database is at version {version}.\n");
    }
    let told = [
        ("applied", found.applied.as_slice()),
        ("taken back", found.undone.as_slice()),
        ("**failed**", found.failed.as_slice()),
        ("pending", found.pending.as_slice()),
    ];
    if told.iter().all(|(_, list)| list.is_empty()) {
        out.push_str("None were applied.\n");
        return;
    }
    out.push_str("| migration | state | |\n|---|---|---|\n");
    for (state, migration) in told.iter().flat_map(|(state, list)| list.iter().map(move |m| (state, m))) {
        let _ = writeln!(out, "| {} | {state} | {} |", code(&migration.name), plain(&migration.detail));
    }
}

fn writes(out: &mut String, view: &RunView) {
    out.push_str("\n## Changes\n\n");
    if view.writes.is_empty() {
        out.push_str("None.\n");
        return;
    }
    out.push_str("| operation | on | result |\n|---|---|---|\n");
    for (operation, target, result) in &view.writes {
        let result = match result.as_deref() {
            None => "not answered".to_owned(),
            Some("") => "accepted".to_owned(),
            Some(result) => plain(result),
        };
        let _ = writeln!(out, "| {} | {} | {result} |", code(operation), plain(target));
    }
}

fn log(out: &mut String, view: &RunView) {
    if view.log.is_empty() {
        return;
    }
    let fence = "`".repeat(view.log.iter().map(|line| longest_run(&line.text)).max().unwrap_or(0).max(2) + 1);
    let _ = writeln!(out, "\n## Log\n\n{fence}text");
    for line in &view.log {
        let _ = writeln!(out, "{} {}", moment(line.at), text::line(&line.text));
    }
    let _ = writeln!(out, "{fence}");
}

/// The longest run of back quotes.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Date and time of day in UTC.
fn moment(at: Stamp) -> String {
    let (days, seconds) = (at.secs().div_euclid(86_400), at.secs().rem_euclid(86_400));
    // the civil calendar from days since 1970, in eras of 400 years that begin in March
    let shifted = days.saturating_add(719_468);
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = match month {
        0..=9 => (year + era * 400, month + 3),
        _ => (year + era * 400 + 1, month - 9),
    };
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Text that stays text: everything that Markdown or HTML would make something of is escaped.
fn plain(given: &str) -> String {
    let given = text::line(given);
    let mut out = String::with_capacity(given.len());
    for c in given.trim().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// The same as code, in a cell of a table; nothing for nothing.
fn code(given: &str) -> String {
    let given = text::line(given);
    let given = given.trim();
    if given.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(given) + 1);
    let pad = if given.starts_with('`') || given.ends_with('`') { " " } else { "" };
    // a bar ends the cell even within code, unless it is escaped there
    format!("{fence}{pad}{}{pad}{fence}", given.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Entry, Kind, LogLine, RunHeader, RunId, RunKind, ServiceKey, Verdict, Version};
    use proptest::prelude::*;

    /// A run that failed, with a line of its log.
    fn view(title: &str, line: &str) -> RunView {
        let header = RunHeader {
            id: RunId::from("r1"),
            kind: RunKind::Release,
            key: ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
            account: "111122223333".into(),
            region: "us-west-2".into(),
            title: title.into(),
            from: "1f0c9a7".into(),
            to: "8be02d4".into(),
            who: "me@here".into(),
            identity: "arn:aws:sts::111122223333:assumed-role/ops/me".into(),
            note: "the fix for #12".into(),
            at: Stamp(1_795_000_000_000),
        };
        let mut view = RunView::of(header, &["migrate".to_owned(), "deploy".to_owned()]);
        let at = |seconds: i64| Stamp(1_795_000_000_000 + seconds * 1_000);
        for entry in [
            Entry::Memo {
                at: at(0),
                before: Some(Version::of("r/a:1", None)),
                process: None,
                commands: None,
                memo: serde_json::Value::Null,
            },
            Entry::Step { at: at(1), step: 0, state: StepState::Active, detail: String::new() },
            Entry::Before {
                at: at(1),
                write: "ecs:RunTask".into(),
                target: "prod goose | up".into(),
                token: None,
                step: None,
            },
            Entry::After {
                at: at(2),
                write: "ecs:RunTask".into(),
                result: "arn:task/1".into(),
                ok: true,
                step: None,
            },
            Entry::Log { line: LogLine { at: at(3), stream: "svc".into(), text: line.into() } },
            Entry::Step { at: at(71), step: 0, state: StepState::Failed, detail: "exit 1".into() },
            Entry::End {
                at: at(72),
                verdict: Verdict::Failed,
                why: "exit 1: relation <users> missing".into(),
                for_good: false,
            },
        ] {
            view.apply(&entry);
        }
        view
    }

    #[test]
    fn a_run_is_told_whole() {
        let text = markdown(&view("Release 8be02d4 to prod-service", "OK   00001_users.sql"));
        for part in [
            "# Release 8be02d4 to prod-service\n",
            "**failed**: exit 1: relation &lt;users&gt; missing\n",
            "| who | `me@here` |",
            "| identity | `arn:aws:sts::111122223333:assumed-role/ops/me` |",
            "| note | the fix for \\#12 |",
            "| change | `1f0c9a7` → `8be02d4` |",
            "| began | 2026-11-18 11:06:40 UTC |",
            "| ended | 2026-11-18 11:07:52 UTC, after 1m 12s |",
            "| 1 | migrate | **failed** | 2026-11-18 11:06:41 UTC | 1m 10s | exit 1 |",
            "| 2 | deploy | waiting |  |  |  |",
            "| `ecs:RunTask` | prod goose \\| up | arn:task/1 |",
            "```text\n2026-11-18 11:06:43 UTC OK   00001_users.sql\n```\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn migrations_are_a_table() {
        let text = markdown(&view("t", "OK   00014_create_invoices.sql (12.3ms)"));
        assert!(text.contains("| `00014_create_invoices.sql` | applied | 12.3ms |"), "{text}");
        assert!(!markdown(&view("t", "hello")).contains("## Migrations"));
    }

    #[test]
    fn what_goes_on_and_what_nobody_watches_is_told_so() {
        let mut view = view("t", "l");
        view.end = None;
        assert!(markdown(&view).contains("**in progress**"));
        view.unwatched = true;
        assert!(markdown(&view).contains("**no longer watched**"));
    }

    #[test]
    fn nothing_in_it_becomes_markup() {
        let text = markdown(&view("x\n# y <script> [a](b) | `c`", "```\n# not a heading\u{1b}[2J"));
        assert!(text.starts_with("# x \\# y &lt;script&gt; \\[a\\](b) \\| \\`c\\`\n"), "{text}");
        assert!(text.contains("````text\n") && text.trim_end().ends_with("\n````"), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(" "), "");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, told) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(moment(Stamp::from_secs(seconds)), told);
        }
    }

    proptest! {
        #[test]
        fn lines_stay_lines(title in any::<String>(), line in any::<String>(), at in any::<i64>()) {
            let mut view = view(&title, &format!("x {line}"));
            view.header.at = Stamp(at);
            let text = markdown(&view);
            let plainly = markdown(&self::view("t", "l"));
            prop_assert_eq!(text.lines().count(), plainly.lines().count());
        }
    }
}
