//! Every key in every place: none changes anything by itself.

use crate::{
    headless::run,
    proxy::Deed,
    release::{COMMAND, CONFIG, Scene},
    report::Table,
    screens::{PLACES, go, opened},
};
use std::time::Duration;

/// What is done with each key.
const WAYS: [(&str, &str); 3] = [("once", ""), ("twice", "again"), ("and Enter", "<enter><enter><enter>")];

/// Every key of the shipped keymap that is not there to leave, as the key table tells them.
fn keys(scene: &Scene) -> Vec<String> {
    let table = run(&["keys"], &scene.home.env(), scene.home.path()).stdout;
    let mut keys: Vec<String> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split(" | ").next())
        .flat_map(|cell| cell.split('`').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned))
        .filter_map(|key| {
            let named = ["enter", "esc", "tab", "up", "down", "left", "right", "backspace", "pagedown"];
            match key.as_str() {
                "q" | "ctrl-c" | "ctrl-z" => None,
                "space" => Some(" ".to_owned()),
                one if one.chars().count() == 1 => Some(one.to_owned()),
                one if named.contains(&one) => Some(format!("<{one}>")),
                one if one.starts_with("ctrl-") && one.len() == 6 => Some(format!("<{one}>")),
                // keys that no terminal here sends: they are told apart before they are bound
                _ => None,
            }
        })
        .collect();
    keys.sort();
    keys.dedup();
    assert!(keys.len() > 40, "{keys:?}");
    keys
}

#[test]
fn no_key_changes_anything_by_itself() {
    let table = Table {
        name: "keys",
        title: "Every key in every place",
        what: "In an environment where a change wants a name typed, every key of the key table is pressed in every place of the \
               cockpit, once, twice in a row, and with Enter three times behind it, and everything closed again. Nothing is \
               changed in AWS, and the cockpit lives.",
        corner: "in",
        rows: PLACES.map(|(name, ..)| name).to_vec(),
        columns: WAYS.map(|(name, _)| name).to_vec(),
    };
    table.run(
        |row, column| (row + column) % 10 == 2,
        |row, column| {
            let config = CONFIG.replacen("\"staging\"\n", "\"staging\"\nprotection = \"typed\"\n", 1);
            let scene = Scene::with("30", &config, |_| Deed::Pass);
            if PLACES[row].0.contains("run") {
                let out = scene.run(COMMAND);
                assert_eq!(out.code, Some(0), "{}", out.text());
            }
            let before = scene.begun();
            let keys = keys(&scene);
            let mut cockpit = opened(&scene, (120, 40), &["-e", "staging"]);
            let (mut pressed, mut shown) = (0, 0);
            for key in &keys {
                go(&mut cockpit, PLACES[row].1);
                if PLACES[row].2.is_empty() || cockpit.screen().contains(PLACES[row].2) {
                    shown += 1;
                }
                let behind = match WAYS[column].1 {
                    "again" => key,
                    other => other,
                };
                cockpit.keys(key);
                cockpit.quiet_for(Duration::from_millis(60));
                cockpit.keys(behind);
                cockpit.quiet_for(Duration::from_millis(60));
                pressed += 1;
            }
            let begun = scene.begun() - before;
            go(&mut cockpit, "1");
            cockpit.keys("<ctrl-c>");
            cockpit.ended();
            cockpit.assert_restored();
            if shown < pressed {
                return Err(format!("was in the place for {shown} of {pressed} keys"));
            }
            if begun == 0 {
                Ok(format!("{pressed} keys"))
            } else {
                Err(format!("{begun} changes were begun"))
            }
        },
    );
}
