//! One-off tasks: what a command prints and how it ends. A migration (`goose -dir migrations up`) changes
//! its environment's database, line by line as it prints; a second one finds nothing to do.

use serde_json::Value;

use super::Engine;
use super::num::calendar;
use super::queue::{Event, Step};
use super::state::{Exit, Task, TaskId};
use crate::sim::hash;

/// What a command is going to do.
#[derive(Debug, Clone, PartialEq, Default)]
struct Plan {
    /// Lines without their time, each with the seconds it takes and the database's version after it.
    lines: Vec<(String, f64, Option<u32>)>,
    exit: i32,
}

/// What a command finds.
struct Scene<'a> {
    /// When each version was applied.
    applied: &'a [f64],
    /// Names of migrations by version from 1.
    names: &'a [String],
    /// How many of them the image carries.
    carried: u32,
    /// What its newest migration fails with.
    error: Option<&'a str>,
    /// Makes durations.
    seed: u64,
    now: f64,
}

impl Engine {
    /// Begins what a one-off task runs; `false` when that is the image's own server.
    pub(super) fn begin_job(&mut self, id: TaskId) -> bool {
        let Some(task) = self.tasks.get(&id) else { return false };
        let Some((place, command)) = self.command_of(task) else { return false };
        let plan = self.plan_of(task, place, &command);
        let number = task.plan;
        let container = task.images.get(place).map(|i| i.container.clone()).unwrap_or_default();
        self.name_log(id, &container);
        let mut at = self.between(2.0, 4.0);
        for (line, takes, version) in &plan.lines {
            at += takes;
            let time = calendar(self.now + at, "%Y/%m/%d %H:%M:%S");
            let line = if line.is_empty() { time } else { format!("{time} {line}") };
            self.after(at, Event::Line(id, number, line, *version));
        }
        let end = (at + self.between(2.0, 4.0)).max(self.between(14.0, 18.0));
        if let Some(task) = self.tasks.get_mut(&id)
            && let Some(exit) = task.exits.get_mut(place)
        {
            exit.code = Some(plan.exit);
        }
        self.after(end, Event::Task(id, number, Step::Exit));
        true
    }

    /// The end that [`Self::begin_job`] foresaw. `false` for tasks that run no job.
    pub(super) fn end_job(&mut self, id: TaskId) -> bool {
        let Some(task) = self.tasks.get(&id) else { return false };
        let Some(place) = task.exits.iter().position(|exit| exit.code.is_some()) else { return false };
        let exit = task.exits.get(place).cloned().unwrap_or_default();
        let essential = self.containers(task.definition).get(place).is_none_or(|c| c.essential);
        if !essential {
            // the rest of the task goes on as if nothing had happened
            if let Some(task) = self.tasks.get_mut(&id) {
                task.ended = Some(place);
            }
            self.task_moved(id);
            return true;
        }
        self.end_by_exit(id, place, Exit { code: exit.code, reason: None });
        true
    }

    /// A line that a job prints now.
    pub(super) fn print_line(&mut self, id: TaskId, plan: u32, line: &str, version: Option<u32>) {
        let Some(task) = self.tasks.get(&id) else { return };
        if task.plan != plan {
            return;
        }
        let now = self.now;
        let place = self.command_of(task).map_or(0, |(place, _)| place);
        let environment = self.database_of(task, place);
        if let Some(version) = version
            && let Some(database) = self.databases.get_mut(&environment)
        {
            database.applied.resize(usize::try_from(version).unwrap_or(0), now);
        }
        self.log_line(id, line);
    }

    /// The container that runs a command, by its place, and the command: an override, or what the task
    /// definition says.
    fn command_of(&self, task: &Task) -> Option<(usize, Vec<String>)> {
        let overrides =
            task.overrides.as_deref().and_then(|o| o.get("containerOverrides")).and_then(Value::as_array);
        for entry in overrides.into_iter().flatten() {
            let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
            let command: Vec<String> = entry
                .get("command")
                .and_then(Value::as_array)
                .map(|words| words.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                .unwrap_or_default();
            if !command.is_empty() {
                let place = task.images.iter().position(|image| image.container == name)?;
                return Some((place, command));
            }
        }
        let containers = self.containers(task.definition);
        let main = containers.first()?;
        goose(&main.command).is_some().then(|| (0, main.command.clone()))
    }

    /// The environment whose database a container reaches: the one that its variable `APP_ENV` names, as
    /// with an App Runner service that migrates from another environment's cluster; else its cluster's.
    fn database_of(&self, task: &Task, place: usize) -> String {
        let name = task.images.get(place).map(|image| image.container.as_str()).unwrap_or_default();
        let named = |entry: &&Value| entry.get("name").and_then(Value::as_str) == Some(name);
        let variable = |container: &Value| {
            let all = container.get("environment").and_then(Value::as_array)?;
            let own = all.iter().find(|v| v.get("name").and_then(Value::as_str) == Some("APP_ENV"))?;
            own.get("value").and_then(Value::as_str).map(str::to_owned)
        };
        let of = |document: &Value, list: &str| {
            document.get(list).and_then(Value::as_array)?.iter().find(named).and_then(variable)
        };
        let overridden = task.overrides.as_deref().and_then(|o| of(o, "containerOverrides"));
        let told = overridden.or_else(|| of(&self.body(task.definition), "containerDefinitions"));
        let cluster = || self.cluster(task.cluster).map(|cluster| cluster.environment.clone());
        told.filter(|name| self.databases.contains_key(name)).or_else(cluster).unwrap_or_default()
    }

    fn plan_of(&self, task: &Task, place: usize, command: &[String]) -> Plan {
        let Some((verb, target)) = goose(command) else {
            return Plan { lines: vec![(format!("{}: done", command.join(" ")), 2.0, None)], exit: 0 };
        };
        let image = task.images.get(place);
        let behaviour = image.and_then(|image| image.behaviour.clone()).unwrap_or_default();
        let environment = self.database_of(task, place);
        let names = image.and_then(|i| self.repository_of(&i.image)).map(|r| r.migrations.clone());
        let scene = Scene {
            applied: self.databases.get(&environment).map(|d| d.applied.as_slice()).unwrap_or_default(),
            names: names.as_deref().unwrap_or_default(),
            carried: behaviour.migrations,
            error: behaviour.migration_error.as_deref(),
            seed: hash::of(&task.id.0.to_be_bytes(), 11),
            now: self.now,
        };
        match verb.as_str() {
            "up" => up(&scene, u32::MAX),
            "up-by-one" => up(&scene, count(scene.applied.len()).saturating_add(1)),
            "up-to" | "down-to" if target.is_none() => {
                let words = format!(
                    "goose run: {verb} must be of form: goose [OPTIONS] DRIVER DBSTRING {verb} VERSION"
                );
                Plan { lines: vec![(words, 1.0, None)], exit: 1 }
            }
            "up-to" => up(&scene, target.map_or(u32::MAX, |version| scene.up_to(version))),
            "down" => down(&scene, count(scene.applied.len()).saturating_sub(1)),
            "down-to" => down(&scene, target.map_or(0, |version| scene.up_to(version))),
            "reset" => down(&scene, 0),
            "status" => status(&scene),
            "version" => {
                let version = scene.version(count(scene.applied.len()));
                Plan { lines: vec![(format!("goose: version {version}"), 1.0, None)], exit: 0 }
            }
            // `validate` says nothing when all is well.
            "validate" => Plan::default(),
            other => {
                Plan { lines: vec![(format!("goose run: \"{other}\": no such command"), 1.0, None)], exit: 1 }
            }
        }
    }

    /// The log stream of a task carries the name of the container that speaks.
    fn name_log(&mut self, id: TaskId, container: &str) {
        let Some(definition) = self.tasks.get(&id).map(|task| task.definition) else { return };
        let all = self.containers(definition);
        let place = all.iter().position(|c| c.name == container).unwrap_or(0);
        let log = all.into_iter().nth(place).and_then(|c| c.log);
        if let Some(task) = self.tasks.get_mut(&id) {
            task.log = log.map(|(group, prefix, region)| {
                (group, super::tasks::stream(&prefix, container, id, place), region)
            });
        }
    }
}

/// The verb of a goose command line, whether run directly or through a shell, and the version after it.
fn goose(command: &[String]) -> Option<(String, Option<u64>)> {
    let line = command.join(" ");
    let mut words = line.split_whitespace().skip_while(|word| {
        let word = word.trim_matches(['"', '\'']);
        word != "goose" && !word.ends_with("/goose")
    });
    words.next()?;
    let mut valued = false;
    while let Some(word) = words.next() {
        let word = word.trim_matches(['"', '\'']);
        if valued {
            valued = false;
        } else if word.starts_with('-') {
            valued = matches!(word.trim_start_matches('-'), "dir" | "table" | "timeout" | "env" | "certfile")
                && !word.contains('=');
        } else if !matches!(word, "postgres" | "mysql" | "sqlite3")
            && !word.contains("://")
            && !word.starts_with('$')
        {
            let target = words.next().and_then(|word| word.trim_matches(['"', '\'']).parse().ok());
            return Some((word.to_owned(), target));
        }
    }
    Some(("status".to_owned(), None))
}

/// The version that goose reads from a migration's name: its digits, a count or a timestamp.
fn number(name: &str) -> u64 {
    let digits = name.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

impl Scene<'_> {
    /// The version of the database with so many migrations applied.
    fn version(&self, applied: u32) -> u64 {
        let place = usize::try_from(applied).unwrap_or(usize::MAX).checked_sub(1);
        place.and_then(|place| self.names.get(place)).map_or(u64::from(applied), |name| number(name))
    }

    /// How many migrations there are up to a version.
    fn up_to(&self, version: u64) -> u32 {
        count(self.names.iter().take_while(|name| number(name) <= version).count())
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn up(scene: &Scene<'_>, target: u32) -> Plan {
    let current = count(scene.applied.len());
    let mut plan = Plan::default();
    let carried =
        scene.names.iter().zip(1_u32..).take_while(|(_, number)| *number <= scene.carried.min(target));
    let pending: Vec<(&String, u32)> = carried.filter(|(_, number)| *number > current).collect();
    for (index, (name, number)) in pending.iter().enumerate() {
        let part = hash::fraction(hash::mix(scene.seed ^ u64::from(*number)));
        if *number == scene.carried
            && let Some(error) = scene.error
        {
            let words = format!(
                "goose run: ERROR {name}: failed to run SQL migration: failed to execute SQL query: {error}"
            );
            plan.lines.push((words, 1.5 + part, None));
            plan.exit = 1;
            return plan;
        }
        let takes = 0.6 + 2.2 * part;
        plan.lines.push((format!("OK   {name} ({:.2}ms)", 4.0 + 180.0 * part), takes, Some(*number)));
        if index + 1 == pending.len() {
            let words =
                format!("goose: successfully migrated database to version: {}", scene.version(*number));
            plan.lines.push((words, 0.2, None));
            return plan;
        }
    }
    let version = scene.version(current);
    plan.lines.push((format!("goose: no migrations to run. current version: {version}"), 1.0, None));
    plan
}

/// Takes migrations back, the newest first, until `target` is the newest.
fn down(scene: &Scene<'_>, target: u32) -> Plan {
    let mut plan = Plan::default();
    let mut current = count(scene.applied.len());
    if current <= target {
        let words = format!("goose: no migrations to run. current version: {}", scene.version(current));
        plan.lines.push((words, 1.0, None));
        return plan;
    }
    while current > target {
        let place = usize::try_from(current).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(name) = scene.names.get(place).filter(|_| current <= scene.carried) else {
            let words = format!("goose run: migration {}: no current version found", scene.version(current));
            plan.lines.push((words, 1.0, None));
            plan.exit = 1;
            return plan;
        };
        let part = hash::fraction(hash::mix(scene.seed ^ u64::from(current)));
        current -= 1;
        plan.lines.push((format!("OK   {name} ({:.2}ms)", 3.0 + 90.0 * part), 1.0 + part, Some(current)));
    }
    plan
}

fn status(scene: &Scene<'_>) -> Plan {
    let mut lines = vec![
        ("    Applied At                  Migration".to_owned(), 1.0, None),
        ("    =======================================".to_owned(), 0.0, None),
    ];
    let carried = scene.names.iter().zip(1_u32..).take_while(|(_, number)| *number <= scene.carried);
    for (place, (name, _)) in carried.enumerate() {
        let when = match scene.applied.get(place) {
            Some(at) => calendar(at.min(scene.now), "%a %b %e %H:%M:%S %Y"),
            None => "Pending                 ".to_owned(),
        };
        lines.push((format!("    {when} -- {name}"), 0.0, None));
    }
    Plan { lines, exit: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_verb_is_found() {
        for (line, want) in [
            ("goose -dir migrations up", Some("up")),
            ("/usr/bin/goose -dir=migrations status", Some("status")),
            ("sh -c goose -dir migrations validate", Some("validate")),
            ("goose postgres postgres://db/app up-by-one", Some("up-by-one")),
            ("/app/worker -queues mail", None),
        ] {
            assert_eq!(goose(&words(line)).map(|(verb, _)| verb).as_deref(), want, "{line}");
        }
        assert_eq!(goose(&words("goose -dir migrations down-to 3")), Some(("down-to".to_owned(), Some(3))));
    }

    fn scene<'a>(applied: &'a [f64], names: &'a [String], error: Option<&'a str>) -> Scene<'a> {
        Scene { applied, names, carried: count(names.len()), error, seed: 9, now: 1.8e9 }
    }

    #[test]
    fn what_goose_prints() {
        let names = ["00001_a.sql".to_owned(), "00002_b.sql".to_owned(), "00003_c.sql".to_owned()];
        let done = up(&scene(&[1.7e9], &names, None), u32::MAX);
        assert_eq!(done.exit, 0);
        assert_eq!(done.lines.iter().filter_map(|(_, _, v)| *v).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(done.lines.last().unwrap().0, "goose: successfully migrated database to version: 3");
        let again = up(&scene(&[1.7e9; 3], &names, None), u32::MAX);
        assert_eq!(again.lines.first().unwrap().0, "goose: no migrations to run. current version: 3");
        let failed = up(&scene(&[1.7e9], &names, Some("ERROR: no (SQLSTATE 42P01)")), u32::MAX);
        assert_eq!(failed.exit, 1);
        assert_eq!(failed.lines.iter().filter_map(|(_, _, v)| *v).collect::<Vec<_>>(), [2]);
        assert!(failed.lines.last().unwrap().0.starts_with("goose run: ERROR 00003_c.sql: "));
        let table = status(&scene(&[1.7e9], &names, None));
        assert!(
            table
                .lines
                .iter()
                .any(|(line, _, _)| line.contains("Pending") && line.ends_with("-- 00003_c.sql"))
        );
        assert!(
            table.lines.iter().any(|(line, _, _)| line == "    Tue Nov 14 22:13:20 2023 -- 00001_a.sql"),
            "{table:?}"
        );
        let early = status(&scene(&[1_701_900_000.0], &names, None));
        assert!(early.lines.iter().any(|(line, _, _)| line.starts_with("    Wed Dec  6 ")), "{early:?}");
        let part = up(&scene(&[1.7e9], &names, None), 2);
        assert_eq!(part.lines.iter().filter_map(|(_, _, v)| *v).collect::<Vec<_>>(), [2]);
        let back = down(&scene(&[1.7e9; 2], &names, None), 1);
        assert_eq!(back.lines.first().and_then(|(_, _, v)| *v), Some(1));
        let all = down(&scene(&[1.7e9; 3], &names, None), 0);
        assert_eq!(all.lines.iter().filter_map(|(_, _, v)| *v).collect::<Vec<_>>(), [2, 1, 0]);
        let ahead = Scene { carried: 1, ..scene(&[1.7e9; 2], &names, None) };
        assert_eq!((down(&ahead, 1).exit, down(&scene(&[], &names, None), 0).exit), (1, 0));
    }
}
