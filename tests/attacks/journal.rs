//! The state directory goes away under a run.

use crate::{
    proxy::Deed,
    release::{COMMAND, Scene},
};
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// What is not written down is not begun, and is no success.
#[test]
fn a_run_whose_journal_is_removed_begins_nothing_more_and_says_so() {
    for (operation, says) in
        [("ecs.RegisterTaskDefinition", ""), ("ecs.RunTask", "\"up\""), ("ecs.UpdateService", "")]
    {
        let state: Arc<Mutex<Option<PathBuf>>> = Arc::default();
        let removed = Arc::clone(&state);
        let scene = Scene::new("30", move |call| {
            if call.operation == operation
                && call.says(says)
                && let Some(dir) = removed.lock().unwrap().take()
            {
                fs::remove_dir_all(dir).unwrap();
            }
            Deed::Pass
        });
        *state.lock().unwrap() = Some(scene.home.path().join("state"));
        let args: Vec<&str> = COMMAND.iter().copied().chain(["--json"]).collect();
        let out = scene.run(&args);
        let told = format!("{operation}: {}", out.text());
        assert_ne!(out.sane().unwrap(), 0, "{told}");
        assert!(state.lock().unwrap().is_none(), "it came so far: {told}");
        assert!(told.contains("the file was removed"), "{told}");
        let made = scene.proxy.made();
        let last = made.iter().rposition(|call| !call.reads() && call.service() != "sts").unwrap();
        assert_eq!(made[last].operation, operation, "nothing was begun after it: {told}");
    }
}
