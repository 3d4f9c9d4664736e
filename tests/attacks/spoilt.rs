//! Every change is made, and its answer spoilt in every way.

use crate::{
    fault::Fault,
    proxy::{Deed, Request},
    release::{COMMAND, GOAL, Goal, NEW, Scene, flightdeck},
    report::Table,
};

const SPOILT: [Fault; 12] = [
    Fault::Reset,
    Fault::CutShort,
    Fault::Hang,
    Fault::Empty,
    Fault::NoMembers,
    Fault::OtherTypes,
    Fault::BadJson,
    Fault::Portal,
    Fault::Internal,
    Fault::Unavailable,
    Fault::Gateway,
    Fault::NotText,
];

/// A change, and the command that makes it.
struct Change {
    name: &'static str,
    operation: &'static str,
    /// What its body says, where the operation is called for more than one thing.
    says: &'static str,
    command: &'static [&'static str],
    goal: Goal,
    /// What is done before, without anything between.
    before: &'static [&'static str],
}

const fn of_release(name: &'static str, operation: &'static str, says: &'static str) -> Change {
    Change { name, operation, says, command: COMMAND, goal: GOAL, before: &[] }
}

const CHANGES: [Change; 9] = [
    of_release("lock taken", "s3.PutObject", ""),
    of_release("RegisterTaskDefinition", "ecs.RegisterTaskDefinition", ""),
    of_release("RunTask, check", "ecs.RunTask", "\"status\""),
    of_release("RunTask, migration", "ecs.RunTask", "\"up\""),
    of_release("UpdateService", "ecs.UpdateService", ""),
    of_release("lock given back", "s3.DeleteObject", ""),
    Change {
        name: "StopServiceDeployment",
        operation: "ecs.StopServiceDeployment",
        says: "",
        command: &["rollback", "staging/staging-service", "--yes"],
        goal: Goal { environment: "staging", service: "staging-service", version: "8be02d4" },
        before: &["deploy", "staging/staging-service", "--image", NEW, "--yes", "--no-wait"],
    },
    Change {
        name: "UpdateExpressGatewayService",
        operation: "ecs.UpdateExpressGatewayService",
        says: "",
        command: &["deploy", "preview/preview-service", "--image", NEW, "--yes"],
        goal: Goal { environment: "preview", service: "preview-service", version: NEW },
        before: &[],
    },
    Change {
        name: "App Runner UpdateService",
        operation: "apprunner.UpdateService",
        says: "",
        command: &["deploy", "startup/fem-fd-service", "--image", NEW, "--yes"],
        goal: Goal { environment: "startup", service: "fem-fd-service", version: NEW },
        before: &[],
    },
];

#[test]
fn a_change_whose_answer_is_spoilt_is_made_once_and_told_as_it_is() {
    let table = Table {
        name: "spoilt",
        title: "Changes that are made, and whose answer is spoilt",
        what: "AWS makes the change, and what comes back is something else, the first time it is asked. The program must \
               never say that nothing was done, never make the change a second time as another one, and find out what AWS did.",
        corner: "answer",
        rows: SPOILT.map(Fault::name).to_vec(),
        columns: CHANGES.iter().map(|change| change.name).collect(),
    };
    table.run(
        |row, column| (row + column) % 9 == 4 || (column == 3 && row % 3 == 0),
        |row, column| {
            let (fault, change) = (SPOILT[row], &CHANGES[column]);
            let mut done = false;
            let mut scene = Scene::new("30", move |call: &Request| {
                let hit = call.operation == change.operation && call.says(change.says) && !done;
                done |= hit;
                if hit { Deed::After(fault) } else { Deed::Pass }
            });
            scene.goal = change.goal;
            if !change.before.is_empty() {
                let out = flightdeck(change.before, &scene.home.aws(&scene.sim.url), scene.home.path());
                assert_eq!(out.code, Some(0), "{}", out.text());
            }
            let mut args = change.command.to_vec();
            args.push("--json");
            let out = scene.run(&args);
            let ended = scene.honest_to_the_end(&out)?;
            let changes = scene.made(change.operation);
            let most =
                if change.operation == "ecs.RunTask" || change.operation.starts_with("s3.") { 9 } else { 2 };
            if changes == 0 || changes > most {
                return Err(format!("{} was called {changes} times\n{}", change.operation, out.text()));
            }
            Ok(ended)
        },
    );
}
