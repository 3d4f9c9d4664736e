//! The program dies between a change and its answer, and is taken up soon, late, or far too late.

use crate::{
    proxy::{Deed, Request},
    release::{COMMAND, Killed, Scene},
    report::Table,
};

/// A change of a release: its name, its operation, and what its body says.
pub type Change = (&'static str, &'static str, &'static str);

pub const CHANGES: [Change; 6] = [
    ("lock taken", "s3.PutObject", ""),
    ("RegisterTaskDefinition", "ecs.RegisterTaskDefinition", ""),
    ("RunTask, check", "ecs.RunTask", "\"status\""),
    ("RunTask, migration", "ecs.RunTask", "\"up\""),
    ("UpdateService", "ecs.UpdateService", ""),
    ("lock given back", "s3.DeleteObject", ""),
];

/// How late it is taken up, in seconds of AWS's clock.
const LATE: [(u32, &str); 4] =
    [(0, "at once"), (600, "10 minutes"), (7_200, "2 hours"), (108_000, "30 hours")];

/// Keeps a change without an answer, whether AWS makes it or not.
pub fn keep(change: Change, made: bool) -> impl FnMut(&Request) -> Deed + Send {
    let mut kept = false;
    move |call: &Request| {
        let hit = call.operation == change.1 && call.says(change.2) && !kept;
        kept |= hit;
        if hit { Deed::Keep { made } } else { Deed::Pass }
    }
}

#[test]
fn a_killed_release_migrates_once_and_is_not_gone_on_with_when_it_is_late() {
    let rows: Vec<(String, Change, bool)> = CHANGES
        .iter()
        .flat_map(|change| {
            [
                (format!("{}, not made", change.0), *change, false),
                (format!("{}, made", change.0), *change, true),
            ]
        })
        .collect();
    let table = Table {
        name: "kills",
        title: "Kills between a change and its answer",
        what: "The process that carries out a release is killed (SIGKILL) while a change is in progress, which AWS made or never \
               heard of; so much later by AWS's clock it is taken up by `runs resume --yes`. There is one migration at most, \
               the verdict agrees with AWS, and more than an hour after it was confirmed nothing is begun any more.",
        corner: "killed at",
        rows: rows.iter().map(|(name, ..)| name.as_str()).collect(),
        columns: LATE.map(|(_, name)| name).to_vec(),
    };
    table.run(
        |row, column| (row + column) % 4 == 0,
        |row, column| {
            let (_, change, made) = rows[row];
            let late = LATE[column].0;
            let scene = Scene::new("30", keep(change, made));
            let Killed { run } = scene.killed(COMMAND);
            let Some(run) = run else {
                return if scene.untouched() || change.1 == "s3.PutObject" {
                    Ok("no run, no harm".into())
                } else {
                    Err("changes were made of which the journal knows nothing".into())
                };
            };
            if late > 0 {
                scene.sim.request("POST", "/_sim/clock", &format!("{{\"advance\": {late}}}"));
            }
            let before = scene.begun();
            let out = scene.run(&["runs", "resume", &run, "--yes", "--json"]);
            let ended = scene.honest_to_the_end(&out)?;
            let begun = scene.begun() - before;
            if late > 3_600 && begun > 0 {
                return Err(format!("{begun} changes were begun {} later\n{}", LATE[column].1, out.text()));
            }
            Ok(ended)
        },
    );
}
