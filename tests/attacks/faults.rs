//! Every fault at every moment of a release.

use crate::{
    fault::Fault,
    proxy::{Deed, Request},
    release::{COMMAND, Scene},
    report::Table,
};

const FAULTS: [Fault; 19] = [
    Fault::Delay,
    Fault::Throttle,
    Fault::TooMany,
    Fault::Internal,
    Fault::Unavailable,
    Fault::Expired,
    Fault::Denied,
    Fault::NotText,
    Fault::Hang,
    Fault::Slow,
    Fault::CutShort,
    Fault::BadJson,
    Fault::Empty,
    Fault::Reset,
    Fault::Huge,
    Fault::Hostile,
    Fault::Portal,
    Fault::Flap,
    Fault::Skew,
];

/// Where a release stands when a fault begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Plan,
    Lock,
    Copy,
    Check,
    Migration,
    Migrating,
    Deploy,
    Rollout,
    Window,
}

const MOMENTS: [(Moment, &str); 9] = [
    (Moment::Plan, "plan"),
    (Moment::Lock, "lock"),
    (Moment::Copy, "copy"),
    (Moment::Check, "check"),
    (Moment::Migration, "migration begins"),
    (Moment::Migrating, "migration runs"),
    (Moment::Deploy, "deploy"),
    (Moment::Rollout, "rollout"),
    (Moment::Window, "window"),
];

/// What a release did so far.
#[derive(Debug, Default)]
struct Progress {
    migrates: bool,
    deploys: bool,
}

impl Progress {
    /// Whether this call is the first of the moment.
    fn meets(&mut self, moment: Moment, call: &Request) -> bool {
        let before = (self.migrates, self.deploys);
        match call.operation.as_str() {
            "ecs.RunTask" if call.says("\"up\"") => self.migrates = true,
            "ecs.UpdateService" => self.deploys = true,
            _ => {}
        }
        let is = |name: &str| call.operation == name;
        match moment {
            Moment::Plan => true,
            Moment::Lock => is("s3.PutObject"),
            Moment::Copy => is("ecs.RegisterTaskDefinition"),
            Moment::Check => is("ecs.RunTask"),
            Moment::Migration => self.migrates,
            Moment::Migrating => before.0,
            Moment::Deploy => self.deploys,
            Moment::Rollout => before.1,
            Moment::Window => before.1 && is("cloudwatch.GetMetricData"),
        }
    }
}

#[test]
fn no_fault_at_any_moment_of_a_release_does_harm_or_is_told_wrong() {
    let table = Table {
        name: "faults",
        title: "Faults at every moment of a release",
        what: "A release (lock, copy of the task definition, check, migration, deploy, rollout, window of 3 minutes) is flown \
               by the real binary; from a moment on, the next six calls meet a fault (two, where the fault is that there is \
               no answer), whatever they are. It must end with a verdict that agrees with AWS, one migration at most and no \
               byte of a control character; where it ended `lost` or `stuck`, it is resumed, and has to come to its end.",
        corner: "fault",
        rows: FAULTS.map(Fault::name).to_vec(),
        columns: MOMENTS.map(|(_, name)| name).to_vec(),
    };
    table.run(
        |row, column| (row * 4 + 1) % 9 == column,
        |row, column| {
            let (fault, moment) = (FAULTS[row], MOMENTS[column].0);
            let (mut progress, mut met, mut struck, mut count) = (Progress::default(), false, 0, 0);
            let scene = Scene::new("30", move |call| {
                met |= progress.meets(moment, call);
                if !met || struck >= fault.calls() {
                    return Deed::Pass;
                }
                count += 1;
                if fault == Fault::Flap && count % 2 == 0 {
                    return Deed::Pass;
                }
                struck += 1;
                Deed::Instead(fault)
            });
            let mut args = COMMAND.to_vec();
            args.push("--json");
            let out = scene.run(&args);
            scene.honest_to_the_end(&out)
        },
    );
}
