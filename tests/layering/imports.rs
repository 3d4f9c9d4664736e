//! Which file takes names from which: imports and paths, tests apart. A module file that only declares and
//! re-exports is looked through: what is taken through it is taken from the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    circles::Graph,
    source::{ITEMS, closing, code, starts, tests_apart, tokens},
};

type Path = Vec<String>;

/// A module as its file declares it.
#[derive(Default)]
struct Module {
    file: String,
    /// It defines nothing itself.
    only_hands_on: bool,
    items: BTreeSet<String>,
    modules: BTreeSet<String>,
    /// Modules that are there for the tests alone.
    tests: BTreeSet<String>,
    /// Imported names and where they come from, as written.
    imported: BTreeMap<String, Path>,
    /// `…::*`, as written.
    globs: Vec<Path>,
    /// Every path that is written down, those of the imports included.
    named: BTreeSet<Path>,
}

/// The files of a crate and what each takes from which.
#[derive(Default)]
pub struct House {
    modules: BTreeMap<Path, Module>,
    /// Every file that defines something, and the files it takes names from.
    pub graph: Graph,
    /// What the first file takes from the second.
    names: BTreeMap<(String, String), BTreeSet<String>>,
}

impl House {
    /// Reads a crate: file names under `src`, `/` between folders, and their text.
    pub fn read(files: &BTreeMap<String, String>) -> Self {
        let mut house = Self::default();
        for (file, text) in files.iter().filter(|(file, _)| *file != "main.rs") {
            let path: Path = file
                .trim_end_matches(".rs")
                .split('/')
                .filter(|part| !["mod", "lib"].contains(part))
                .map(str::to_owned)
                .collect();
            house.read_file(file, &path, text);
        }
        house.leave_out_tests();
        house.connect();
        house
    }

    /// What `from` takes from `to`, in words.
    pub fn taken(&self, from: &str, to: &str) -> String {
        let names = self.names.get(&(from.to_owned(), to.to_owned()));
        names.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
    }

    fn read_file(&mut self, file: &str, path: &[String], text: &str) {
        let (tokens, tests) = tests_apart(&tokens(&code(text)));
        // A module in braces stands within its file, as a module of its own.
        let mut open: Vec<(Path, usize)> = vec![(path.to_vec(), 0)];
        let new = || Module { file: file.to_owned(), only_hands_on: true, ..Module::default() };
        self.modules.insert(path.to_vec(), Module { tests: tests.into_iter().collect(), ..new() });
        let (mut depth, mut at) = (0, 0);
        while at < tokens.len() {
            let rest = &tokens[at..];
            let (here, base) = open.last().cloned().unwrap();
            let module = self.modules.get_mut(&here).unwrap();
            let word = |at: usize| rest.get(at).cloned().unwrap_or_default();
            let first = at == 0 || tokens[at - 1] != "::";
            match rest[0].as_str() {
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if depth < base {
                        open.pop();
                    }
                }
                "pub" if word(1) == "(" => at = closing(&tokens, at + 1),
                "mod" if word(2) == ";" => {
                    module.modules.insert(word(1));
                }
                "mod" if word(2) == "{" => {
                    module.modules.insert(word(1));
                    let inner: Path = here.iter().cloned().chain([word(1)]).collect();
                    depth += 1;
                    at += 2;
                    self.modules.insert(inner.clone(), new());
                    open.push((inner, depth));
                }
                "use" if word(1) != "<" => {
                    let end = at + rest.iter().position(|token| token == ";").unwrap_or(rest.len());
                    module.import(&[], &tokens[at + 1..end]);
                    at = end;
                }
                "macro_rules" => {
                    module.items.insert(word(2));
                    module.only_hands_on = false;
                }
                keyword if depth == base && ITEMS.contains(&keyword) && first => {
                    module.only_hands_on = false;
                    if keyword != "impl" && !ITEMS.contains(&word(1).as_str()) {
                        module.items.insert(word(1));
                    }
                }
                // A macro that is called where items stand defines some.
                _ if depth == base && starts(&rest[1..], &["!", "{"]) => module.only_hands_on = false,
                _ if first && word(1) == "::" && is_name(&rest[0]) => {
                    let mut path = vec![word(0)];
                    while word(2 * path.len() - 1) == "::" && is_name(&word(2 * path.len())) {
                        path.push(word(2 * path.len()));
                    }
                    module.named.insert(path);
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn leave_out_tests(&mut self) {
        let tests: Vec<Path> = self
            .modules
            .iter()
            .flat_map(|(path, module)| {
                module.tests.iter().map(|name| path.iter().cloned().chain([name.clone()]).collect::<Path>())
            })
            .collect();
        self.modules.retain(|path, _| !tests.iter().any(|test| path.starts_with(test)));
    }

    fn connect(&mut self) {
        let mut edges: Vec<(String, String, String)> = Vec::new();
        for (here, module) in &self.modules {
            for named in &module.named {
                let Some(path) = self.absolute(here, named) else { continue };
                for file in self.definers(&path, 0) {
                    if file != module.file {
                        edges.push((module.file.clone(), file, named.join("::")));
                    }
                }
            }
        }
        for module in self.modules.values().filter(|module| !module.only_hands_on) {
            self.graph.entry(module.file.clone()).or_default();
        }
        for (from, to, name) in edges {
            // Whoever only hands on is nobody's ground, so its own imports tie nothing.
            if let Some(below) = self.graph.get_mut(&from) {
                below.insert(to.clone());
                self.names.entry((from, to)).or_default().insert(name);
            }
        }
    }

    /// From the crate's root, if the path begins within the crate.
    fn absolute(&self, here: &[String], path: &[String]) -> Option<Path> {
        let mut base = here.to_vec();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|first| first == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            first => {
                let module = self.modules.get(here)?;
                if !module.modules.contains(first) {
                    let import = module.imported.get(first).filter(|import| import[0] != first)?;
                    base = self.absolute(here, import)?;
                    rest = &rest[1..];
                }
            }
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// The files that define what the path names.
    fn definers(&self, path: &[String], depth: u8) -> BTreeSet<String> {
        let mut at = 0;
        while at < path.len() && self.modules.contains_key(&path[..=at]) {
            at += 1;
        }
        let Some(module) = self.modules.get(&path[..at]) else { return BTreeSet::new() };
        let Some(name) = path.get(at) else {
            // The module itself: what is used of it is seen where it is used.
            return module.own();
        };
        if name == "*" && module.only_hands_on {
            let all = module.imported.values().chain(&module.globs);
            return all.flat_map(|import| self.through(&path[..at], import, depth)).collect();
        }
        if !module.only_hands_on || module.tests.contains(name) {
            return module.own();
        }
        let written: Vec<Path> = match module.imported.get(name) {
            Some(import) => vec![import.clone()],
            // It comes through one of the globs; those that do not have it answer with what they are.
            None => module.globs.iter().map(|glob| renamed(glob, name)).collect(),
        };
        let rest = &path[at + 1..];
        let full = |import: Path| [import, rest.to_vec()].concat();
        written.into_iter().flat_map(|import| self.through(&path[..at], &full(import), depth)).collect()
    }

    fn through(&self, here: &[String], import: &[String], depth: u8) -> BTreeSet<String> {
        match self.absolute(here, import) {
            Some(path) if depth < 16 => self.definers(&path, depth + 1),
            _ => BTreeSet::new(),
        }
    }
}

impl Module {
    fn own(&self) -> BTreeSet<String> {
        (!self.only_hands_on).then(|| self.file.clone()).into_iter().collect()
    }

    /// Takes in what stands between `use` and `;`.
    fn import(&mut self, before: &[String], tokens: &[String]) {
        let mut path = before.to_vec();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token.as_str() {
                "::" => {}
                "{" => {
                    let end = closing(tokens, at);
                    let mut begun = at + 1;
                    while begun < end {
                        let mut stop = begun;
                        while stop < end && tokens[stop] != "," {
                            stop = if tokens[stop] == "{" { closing(tokens, stop) } else { stop } + 1;
                        }
                        self.import(&path, &tokens[begun..stop]);
                        begun = stop + 1;
                    }
                    return;
                }
                "as" => {
                    let alias = tokens.get(at + 1).cloned().unwrap_or_default();
                    self.imported.insert(alias, path.clone());
                    self.named.insert(path);
                    return;
                }
                "self" if !path.is_empty() => {}
                name => path.push(name.to_owned()),
            }
            at += 1;
        }
        let Some(last) = path.last().cloned() else { return };
        if last == "*" {
            self.globs.push(path.clone());
        } else {
            self.imported.entry(last).or_insert_with(|| path.clone());
        }
        self.named.insert(path);
    }
}

fn renamed(glob: &[String], name: &str) -> Path {
    glob[..glob.len() - 1].iter().cloned().chain([name.to_owned()]).collect()
}

fn is_name(token: &str) -> bool {
    token.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The imports of a made-up crate, one `from > to` each.
    fn imports(files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        let house = House::read(&files);
        let edges = house.graph.iter();
        edges.flat_map(|(from, below)| below.iter().map(move |to| format!("{from} > {to}"))).collect()
    }

    const LIB: (&str, &str) = ("lib.rs", "pub mod a; mod b;");

    #[test]
    fn every_way_to_write_an_import_is_one() {
        let b = ("b.rs", "pub struct B; pub fn b() {} pub mod c { pub struct C; }");
        for text in [
            "use crate::b::B;",
            "use crate::{b::{self, B}};",
            "use super::b;",
            "use crate::b as other;",
            "use super::b::*;",
            "pub use crate::b::B as A;",
            "fn f() { crate::b::b(); }",
            "fn f(b: super::b::B) {}",
            "fn f() { use super::b::c::C; }",
            "mod inner { use super::super::b::B; }",
            "use crate::b::c; fn f(x: c::C) {}",
        ] {
            let text = format!("struct A; {text}");
            assert_eq!(imports(&[LIB, ("a.rs", &text), b]), ["a.rs > b.rs"], "{text}");
        }
    }

    #[test]
    fn what_is_none_ties_nothing() {
        let b = ("b.rs", "pub struct B;");
        for text in [
            "// use crate::b::B;",
            "const S: &str = \"crate::b::B\";",
            "#[cfg(test)] use crate::b::B;",
            "#[cfg(test)] mod tests { use crate::b::B; }",
            "#[cfg(test)] mod tests;",
            "use other::b::B; fn f() { std::b::B }",
            "pub(in crate::b) struct D; enum b { B } fn f() { b::B }",
        ] {
            let text = format!("struct A; {text}");
            let tests = ("a/tests.rs", "use crate::b::B;");
            let imports = imports(&[LIB, ("a.rs", &text), b, tests]);
            assert!(!imports.iter().any(|edge| edge.starts_with("a.rs")), "{text} {imports:?}");
        }
    }

    #[test]
    fn a_module_that_only_hands_on_is_looked_through() {
        let face = "mod one; mod two; pub use one::One; pub use two::*;";
        let files = |face, text| {
            imports(&[
                LIB,
                ("a.rs", text),
                ("b/mod.rs", face),
                ("b/one.rs", "pub struct One;"),
                ("b/two.rs", "use super::One; pub struct Two;"),
            ])
        };
        let inner = "b/two.rs > b/one.rs".to_owned();
        let one = files(face, "use crate::b::One; struct A;");
        assert_eq!(one, ["a.rs > b/one.rs".to_owned(), inner.clone()]);
        let two = files(face, "use crate::b::{self}; fn a() { b::Two }");
        assert_eq!(two, ["a.rs > b/two.rs".to_owned(), inner.clone()]);
        let all = files(face, "use crate::b::*; fn a() {}");
        assert_eq!(all, ["a.rs > b/one.rs".to_owned(), "a.rs > b/two.rs".to_owned(), inner]);
        // One that defines something itself is not: what it hands on stands on it, and it on that.
        let mixed = files(&format!("{face} pub struct Own;"), "use crate::b::One; struct A;");
        assert_eq!(
            mixed,
            ["a.rs > b/mod.rs", "b/mod.rs > b/one.rs", "b/mod.rs > b/two.rs", "b/two.rs > b/mod.rs"]
        );
    }

    #[test]
    fn a_chain_of_faces_leads_to_the_one_that_defines() {
        let edges = imports(&[
            ("lib.rs", "mod a; mod b; pub use b::Deep as Shown;"),
            ("a.rs", "fn a(_: crate::Shown, _: crate::b::Deep) {}"),
            ("b/mod.rs", "mod c; pub use self::c::Deep;"),
            ("b/c/mod.rs", "mod d; pub use d::Deep;"),
            ("b/c/d.rs", "pub enum Deep { One }"),
        ]);
        assert_eq!(edges, ["a.rs > b/c/d.rs"]);
    }
}
