//! Every link leads somewhere, and everything there is to read is linked.

use crate::document::{Document, documents, root};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

/// `path` as seen from the folder of `from`, without `..`; none where it leaves the repository.
fn resolved(from: &str, path: &str) -> Option<String> {
    let mut found = PathBuf::new();
    for part in Path::new(from).parent()?.join(path).components() {
        match part {
            Component::ParentDir => found.pop().then_some(())?,
            Component::Normal(name) => found.push(name),
            _ => {}
        }
    }
    found.to_str().map(str::to_owned)
}

/// What is wrong with a link, if anything.
fn wrong(documents: &BTreeMap<&str, &Document>, from: &str, target: &str) -> Option<&'static str> {
    if target.starts_with("https://") {
        let host = target.trim_start_matches("https://").split('/').next()?;
        return (!host.contains('.')).then_some("has no host");
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, at)| (path, Some(at)));
    let Some(path) = (if path.is_empty() { Some(from.to_owned()) } else { resolved(from, path) }) else {
        return Some("leaves the repository");
    };
    if !root().join(&path).exists() {
        return Some("leads nowhere");
    }
    match (anchor, documents.get(path.as_str())) {
        (Some(anchor), Some(document)) if !document.anchors().iter().any(|known| known == anchor) => {
            Some("names no heading")
        }
        (Some(_), None) => Some("names a heading of what is no document"),
        _ => None,
    }
}

#[test]
fn every_link_leads_somewhere() {
    let all = documents();
    let by_path: BTreeMap<&str, &Document> = all.iter().map(|d| (d.path.as_str(), d)).collect();
    let mut mistakes = Vec::new();
    for document in &all {
        for (at, target) in document.links() {
            if let Some(wrong) = wrong(&by_path, &document.path, &target) {
                mistakes.push(format!("{at}: {target} {wrong}"));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    for (target, told) in [
        ("docs/nothing.md", Some("leads nowhere")),
        ("docs/safety.md#nothing", Some("names no heading")),
        ("../other", Some("leaves the repository")),
        ("docs/configuration.md#migrations", None),
        ("#two-commands", None),
    ] {
        assert_eq!(wrong(&by_path, "README.md", target), told, "{target}");
    }
}

#[test]
fn every_page_and_picture_is_reached_from_the_readme() {
    let all = documents();
    let by_path: BTreeMap<&str, &Document> = all.iter().map(|d| (d.path.as_str(), d)).collect();
    let (mut reached, mut left) = (BTreeSet::new(), vec!["README.md".to_owned()]);
    while let Some(next) = left.pop() {
        if let Some(document) = by_path.get(next.as_str()).filter(|_| !reached.contains(&next)) {
            let links = document.links();
            let paths = links.iter().filter_map(|(_, to)| resolved(&next, to.split('#').next()?));
            left.extend(paths);
        }
        reached.insert(next);
    }
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = format!("docs/{}", entry.unwrap().file_name().to_str().unwrap());
        let shown = [".md", ".svg"].iter().any(|end| path.ends_with(end));
        assert!(!shown || reached.contains(&path), "no link leads from README.md to {path}");
    }
}
