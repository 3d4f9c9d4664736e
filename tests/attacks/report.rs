//! The table of an attack: what was tried, how each ended, and the page that keeps it.
//!
//! `cargo test` runs some of each table, `FLIGHTDECK_ATTACKS=all` every cell, and `FLIGHTDECK_ATTACKS=write` every cell
//! and writes them to `docs/reliability.md`. However much is flightdeck, the page has to name every row and column there is.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Mutex,
    thread,
};

/// How a cell ended: a word for the table, or what is wrong.
pub type Cell = Result<String, String>;

/// Cells under way at once: they wait for their simulated AWS most of the time.
const AT_ONCE: usize = 12;

static PAGE: Mutex<()> = Mutex::new(());

/// Whether every cell is run.
pub fn all() -> bool {
    std::env::var("FLIGHTDECK_ATTACKS").is_ok_and(|how| how == "all" || how == "write")
}

fn writes() -> bool {
    std::env::var("FLIGHTDECK_ATTACKS").is_ok_and(|how| how == "write")
}

/// A table.
pub struct Table<'a> {
    /// Its name on the page, one word.
    pub name: &'a str,
    pub title: &'a str,
    /// What was tried, and what has to hold in every cell.
    pub what: &'a str,
    pub corner: &'a str,
    pub rows: Vec<&'a str>,
    pub columns: Vec<&'a str>,
}

impl Table<'_> {
    /// Runs the cells that are due (`short` says which, where not all are), and fails with every one that is red.
    pub fn run(&self, short: impl Fn(usize, usize) -> bool, cell: impl Fn(usize, usize) -> Cell + Sync) {
        let due: VecDeque<(usize, usize)> = (0..self.rows.len())
            .flat_map(|row| (0..self.columns.len()).map(move |column| (row, column)))
            .filter(|(row, column)| all() || short(*row, *column))
            .collect();
        let count = due.len();
        let (due, done) = (Mutex::new(due), Mutex::new(BTreeMap::new()));
        thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(count) {
                scope.spawn(|| {
                    loop {
                        let Some((row, column)) = due.lock().unwrap().pop_front() else { return };
                        let ended = catch_unwind(AssertUnwindSafe(|| cell(row, column)))
                            .unwrap_or_else(|panic| Err(words(&*panic)));
                        done.lock().unwrap().insert((row, column), ended);
                    }
                });
            }
        });
        let done = done.into_inner().unwrap();
        let red: Vec<String> = done
            .iter()
            .filter_map(|((row, column), cell)| {
                let why = cell.as_ref().err()?;
                Some(format!("{} × {}: {why}", self.rows[*row], self.columns[*column]))
            })
            .collect();
        assert!(red.is_empty(), "{} of {count} red:\n\n{}", red.len(), red.join("\n\n"));
        if writes() {
            self.write(&done);
        }
        self.kept();
    }

    fn section(&self, done: &BTreeMap<(usize, usize), Cell>) -> String {
        let mut text = format!(
            "## {}\n\n{}\n\n**{} of {} held.**\n\n| {} |",
            self.title,
            self.what,
            done.len(),
            self.rows.len() * self.columns.len(),
            self.corner
        );
        for column in &self.columns {
            let _ = write!(text, " {column} |");
        }
        let _ = write!(text, "\n|---|{}", "---|".repeat(self.columns.len()));
        for (at, row) in self.rows.iter().enumerate() {
            let _ = write!(text, "\n| {row} |");
            for column in 0..self.columns.len() {
                let word = done.get(&(at, column)).and_then(|cell| cell.as_ref().ok());
                let _ = write!(text, " {} |", word.map_or("not run", String::as_str));
            }
        }
        text
    }

    fn write(&self, done: &BTreeMap<(usize, usize), Cell>) {
        let _one = PAGE.lock();
        let page = fs::read_to_string(page()).unwrap();
        let (open, close) = self.marks();
        let (before, rest) = page.split_once(&open).unwrap_or_else(|| panic!("the page has no {open}"));
        let (_, after) = rest.split_once(&close).unwrap();
        let page = format!("{before}{open}\n{}\n{close}{after}", self.section(done));
        fs::write(self::page(), total(&page)).unwrap();
    }

    fn marks(&self) -> (String, String) {
        (format!("<!-- {} -->", self.name), format!("<!-- /{} -->", self.name))
    }

    /// The page names what this table has, whole, and nothing on it is open.
    fn kept(&self) {
        let _one = PAGE.lock();
        let page = fs::read_to_string(page()).unwrap();
        let (open, close) = self.marks();
        let section = page.split_once(&open).and_then(|(_, rest)| rest.split_once(&close)).unwrap().0;
        let how = "FLIGHTDECK_ATTACKS=write cargo test --test attacks writes docs/reliability.md anew";
        let count = self.rows.len() * self.columns.len();
        assert!(section.contains(&format!("**{count} of {count} held.**")), "{}: {how}", self.name);
        assert!(!section.contains("not run"), "{}: {how}", self.name);
        for row in &self.rows {
            assert!(section.contains(&format!("\n| {row} |")), "{}: no row {row}: {how}", self.name);
        }
        let head = section.lines().find(|line| line.starts_with('|')).unwrap();
        for column in &self.columns {
            assert!(head.contains(&format!(" {column} |")), "{}: no column {column}: {how}", self.name);
        }
    }
}

/// The page with its sum.
fn total(page: &str) -> String {
    let held: usize = page
        .lines()
        .filter_map(|line| line.strip_prefix("**")?.split_once(" of ")?.0.parse::<usize>().ok())
        .sum();
    let (before, rest) = page.split_once("<!-- total -->").unwrap();
    let (_, after) = rest.split_once("<!-- /total -->").unwrap();
    format!("{before}<!-- total -->{held} attacks, {held} held<!-- /total -->{after}")
}

fn page() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md")
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_else(|| "panicked".into())
}
