//! What goose writes about migrations, understood.

/// The end of goose's line about a database that has everything; the version follows.
const NOTHING: &str = "no migrations to run. current version: ";

/// The same after it ran some.
const DONE: &str = "successfully migrated database to version: ";

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The number that its file's name begins with.
    pub version: u64,
    /// Its file's name: `0042_add_orders.sql`.
    pub name: String,
    /// How long it took in goose's words, or when it was applied; empty where goose does not tell.
    pub told: String,
}

/// What a log tells of migrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Migrations {
    /// Applied by this run, in their order; `told` is how long each took.
    pub applied: Vec<Migration>,
    /// Applied before, as `goose status` lists them; `told` is when.
    pub before: Vec<Migration>,
    /// Not applied.
    pub pending: Vec<Migration>,
    /// The one that failed; `told` is why.
    pub failed: Option<Migration>,
    /// The database's version, where goose names it.
    pub current: Option<u64>,
}

impl Migrations {
    /// Reads the lines of a log; `None` where none of them is goose's.
    pub fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut found = Self::default();
        for line in lines {
            found.line(unstamped(line.trim()));
        }
        (found != Self::default()).then_some(found)
    }

    fn line(&mut self, line: &str) {
        if let Some((applied_at, file)) = line.split_once(" -- ") {
            self.listed(applied_at.trim(), file.trim());
        } else if let Some(rest) = line.strip_prefix("OK ").or_else(|| line.strip_prefix("EMPTY ")) {
            self.ran(rest.trim());
        } else if let Some((_, version)) = line.split_once(NOTHING).or_else(|| line.split_once(DONE)) {
            self.current = leading(version).or(self.current);
        } else if let Some(version) = line.strip_prefix("goose: version ") {
            self.current = leading(version).or(self.current);
        } else if let Some((_, rest)) =
            line.split_once("ERROR ").filter(|(head, _)| head.starts_with("goose"))
        {
            self.broke(rest.trim());
        }
    }

    /// A line of `goose status`.
    fn listed(&mut self, applied_at: &str, file: &str) {
        let Some(mut migration) = named(file) else { return };
        let known = |list: &[Migration]| list.iter().any(|m| m.name == migration.name);
        if known(&self.applied) || known(&self.before) || known(&self.pending) {
            return;
        }
        if applied_at.eq_ignore_ascii_case("pending") {
            self.pending.push(migration);
        } else {
            applied_at.clone_into(&mut migration.told);
            self.current = self.current.max(Some(migration.version));
            self.before.push(migration);
        }
    }

    /// A line of `goose up`: `0001_users.sql (12.3ms)`.
    fn ran(&mut self, text: &str) {
        let (file, took) = text.split_once(' ').unwrap_or((text, ""));
        let Some(mut migration) = named(file) else { return };
        took.trim().trim_matches(['(', ')']).clone_into(&mut migration.told);
        self.pending.retain(|m| m.name != migration.name);
        self.current = self.current.max(Some(migration.version));
        self.applied.push(migration);
    }

    /// `00003_orders.sql: failed to run SQL migration: …`
    fn broke(&mut self, text: &str) {
        let (file, why) = text.split_once(": ").unwrap_or((text, ""));
        let Some(mut migration) = named(file) else { return };
        why.clone_into(&mut migration.told);
        self.failed = Some(migration);
    }
}

/// A migration by its file: SQL or Go, beginning with its version.
fn named(file: &str) -> Option<Migration> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let (stem, _) = name.rsplit_once('.').filter(|(_, kind)| matches!(*kind, "sql" | "go"))?;
    let (version, rest) = stem.split_once('_')?;
    let version = version.parse().ok()?;
    (!rest.is_empty()).then(|| Migration { version, name: name.to_owned(), told: String::new() })
}

fn leading(text: &str) -> Option<u64> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Without the date and time that goose's logger puts first: `2026/11/21 12:00:00 `.
fn unstamped(line: &str) -> &str {
    let plain = |text: &str, mark: char| {
        text.contains(mark) && text.chars().all(|c| c.is_ascii_digit() || c == mark || c == '.')
    };
    let mut rest = line;
    for mark in ['/', ':'] {
        match rest.split_once(' ') {
            Some((first, after)) if plain(first, mark) => rest = after.trim_start(),
            _ => return rest,
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[Migration]) -> Vec<(u64, &str, &str)> {
        list.iter().map(|m| (m.version, m.name.as_str(), m.told.as_str())).collect()
    }

    #[test]
    fn status_and_up_are_one_story() {
        let log = "2026/11/21 12:00:00     Applied At                  Migration\n\
                   2026/11/21 12:00:00     =======================================\n\
                   2026/11/21 12:00:00     Mon Jan  1 10:00:00 2024 -- 00001_users.sql\n\
                   2026/11/21 12:00:00     Pending                  -- 00002_orders.sql\n\
                   2026/11/21 12:00:00     Pending                  -- 00003_items.go\n\
                   2026/11/21 12:00:02 OK   00002_orders.sql (12.3ms)\n\
                   2026/11/21 12:00:03 goose run: ERROR 00003_items.go: failed to run: relation users\n";
        let found = Migrations::read(log.lines()).unwrap();
        assert_eq!(names(&found.before), [(1, "00001_users.sql", "Mon Jan  1 10:00:00 2024")]);
        assert_eq!(names(&found.applied), [(2, "00002_orders.sql", "12.3ms")]);
        assert_eq!(names(&found.pending), [(3, "00003_items.go", "")]);
        assert_eq!(names(found.failed.as_slice()), [(3, "00003_items.go", "failed to run: relation users")]);
        assert_eq!(found.current, Some(2));
    }

    #[test]
    fn the_version_is_told_in_several_ways() {
        for (line, version) in [
            ("goose: successfully migrated database to version: 12", Some(12)),
            (
                "2026/11/21 12:00:00 goose: no migrations to run. current version: 20240501120000",
                Some(20_240_501_120_000),
            ),
            ("no migrations to run. current version: 7", Some(7)),
            ("goose: version 3", Some(3)),
            ("OK    00009_old_style.sql", Some(9)),
            ("EMPTY 00010_nothing.sql (1ms)", Some(10)),
        ] {
            assert_eq!(Migrations::read([line].into_iter()).unwrap().current, version, "{line}");
        }
    }

    #[test]
    fn what_is_not_gooses_is_left_alone() {
        for line in [
            "OK",
            "OK then",
            "OK   readme.md (3ms)",
            "listening -- on 8080",
            "GET /a -- 200",
            "Pending -- x.sql",
            "ERROR 00003_a.sql: no",
            "goose: version none",
            "",
            "12:00:00",
            "a/b c:d",
            "OK 99999999999999999999999_big.sql",
        ] {
            assert_eq!(Migrations::read([line].into_iter()), None, "{line}");
        }
    }
}
