//! The documents: what of each is heading, link, snippet, code between words.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A fenced block.
pub struct Snippet {
    /// Its file and line.
    pub at: String,
    pub language: String,
    pub text: String,
}

/// A document, taken apart.
pub struct Document {
    /// From the root of the repository.
    pub path: String,
    /// The text between the snippets, with line numbers.
    lines: Vec<(usize, String)>,
    pub snippets: Vec<Snippet>,
}

impl Document {
    pub fn parse(path: &str, text: &str) -> Self {
        let (mut lines, mut snippets) = (Vec::new(), Vec::new());
        let mut inside: Option<Snippet> = None;
        for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
            match (&mut inside, line.strip_prefix("```")) {
                (None, Some(language)) => {
                    let at = format!("{path}:{number}");
                    inside = Some(Snippet { at, language: language.to_owned(), text: String::new() });
                }
                (None, None) => lines.push((number, line.to_owned())),
                (Some(_), Some("")) => snippets.extend(inside.take()),
                (Some(snippet), _) => {
                    snippet.text.push_str(line);
                    snippet.text.push('\n');
                }
            }
        }
        assert!(inside.is_none(), "{path}: a snippet has no end");
        Self { path: path.to_owned(), lines, snippets }
    }

    /// What headings are called in addresses: <https://github.com/gjtorikian/html-pipeline/blob/v2.14.3/lib/html/pipeline/toc_filter.rb>,
    /// by which GitHub made them: lower case, without punctuation, hyphens for blanks, numbered when they come again.
    pub fn anchors(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let headings = self.lines.iter().filter(|(_, line)| line.starts_with('#'));
        for (_, heading) in headings {
            let name: String = heading
                .trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect();
            let same = found.iter().filter(|other| **other == name).count();
            found.push(if same == 0 { name } else { format!("{name}-{same}") });
        }
        found
    }

    /// Where links and pictures lead, with the places they stand in.
    pub fn links(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (number, line) in &self.lines {
            let words: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
            for rest in words.split("](").skip(1) {
                let target = rest.split(')').next().unwrap().to_owned();
                found.push((format!("{}:{number}", self.path), target));
            }
        }
        found
    }

    /// What stands between backticks, with its place; a span may go over the end of a line.
    pub fn spans(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for paragraph in self.lines.split(|(_, line)| line.trim().is_empty()) {
            let Some((number, _)) = paragraph.first() else { continue };
            let table = paragraph.iter().all(|(_, line)| line.starts_with('|'));
            let parts: Vec<String> = if table {
                paragraph.iter().map(|(_, line)| line.clone()).collect()
            } else {
                vec![paragraph.iter().map(|(_, line)| line.trim()).collect::<Vec<_>>().join(" ")]
            };
            for part in parts {
                let spans = part.split('`').skip(1).step_by(2);
                found.extend(spans.map(|span| (format!("{}:{number}", self.path), span.to_owned())));
            }
        }
        found
    }
}

/// All that a person is given to read.
pub fn documents() -> Vec<Document> {
    let mut paths: Vec<String> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| PathBuf::from("docs").join(entry.unwrap().file_name()).to_str().unwrap().to_owned())
        .filter(|path| Path::new(path).extension().is_some_and(|end| end == "md"))
        .chain(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned))
        .collect();
    paths.sort();
    paths.iter().map(|path| Document::parse(path, &read(path))).collect()
}

#[test]
fn a_document_is_taken_apart() {
    let text = "# A `b`, c\n\nSee [it](x.md#y) and `[not](this)`, `one\nspan`.\n\n```toml\na = 1\n```\n\n## D_e\n## D_e\n";
    let document = Document::parse("p.md", text);
    assert_eq!(document.anchors(), ["a-b-c", "d_e", "d_e-1"]);
    assert_eq!(document.links(), [("p.md:3".to_owned(), "x.md#y".to_owned())]);
    let spans: Vec<String> = document.spans().into_iter().map(|(_, span)| span).collect();
    assert_eq!(spans, ["b", "[not](this)", "one span"]);
    let snippet = document.snippets.first().unwrap();
    assert_eq!((snippet.at.as_str(), snippet.text.as_str()), ("p.md:6", "a = 1\n"));
}
