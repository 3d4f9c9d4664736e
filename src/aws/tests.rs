//! The gateway against a server on loopback, and the source against its own rules.

use std::{fs, path::Path};

/// Calls that change something.
const MUTATING: [&str; 18] = [
    ".update_service()",
    ".run_task()",
    ".register_task_definition()",
    ".stop_task()",
    ".stop_service_deployment()",
    ".start_deployment()",
    ".update_express_gateway_service()",
    ".put_image()",
    ".deregister_task_definition()",
    ".delete_service()",
    ".create_service()",
    ".pause_service()",
    ".resume_service()",
    ".continue_service_deployment()",
    ".batch_delete_image()",
    ".put_image_tag_mutability()",
    // of our own S3 client
    "Call::put(",
    "Call::delete(",
];

fn sources(dir: &Path, out: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push((path.to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn changes_are_made_in_one_place_only() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut found = 0;
    for (name, source) in files {
        // rustfmt may break a chain, so blanks before the call do not count
        let flat: String = source.split_whitespace().collect();
        for call in MUTATING {
            let count = flat.matches(call).count();
            if name.contains("/aws/write/") {
                found += count;
            } else if !name.ends_with("/aws/tests.rs") && !name.ends_with("/aws/s3/wire.rs") {
                assert_eq!(count, 0, "{name} calls {call}");
            }
        }
    }
    assert_eq!(found, 12, "each change is made in one place");
}
