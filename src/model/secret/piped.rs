//! Secrets that are handed to a program on its standard input: `echo … | docker login --password-stdin`,
//! `gh auth login --with-token <<< …`, and documents that stand below a command.

use super::{names::is_secret_name, shell};
use std::ops::Range;

/// Programs, and words of theirs, that read a secret.
const READERS: [&str; 7] = ["login", "kinit", "cryptsetup", "base64", "sudo", "su", "read"];

/// What writes its words.
const WRITERS: [&str; 3] = ["echo", "printf", "print"];

/// One command with all that it is piped to.
#[derive(Debug, Default)]
struct Pipe {
    /// What is written into it.
    written: Vec<Range<usize>>,
    /// The words belong to a writer.
    writes: bool,
    /// How many brackets are open around it, within which commands end and the pipe goes on.
    open: usize,
    /// It goes on in the next line.
    goes_on: bool,
    /// The next word is a file that is written.
    target: bool,
    /// The next word is a string that is read.
    string: bool,
    /// It reads a secret.
    reads: bool,
    /// The word that ends the document below it.
    document: Option<String>,
}

/// The places in a script where secrets stand that are read from standard input.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !within(text, 0, Some(DEPTH), &mut found) {
        // where a quote was cut off nobody knows what is quoted: words end at blanks, and pipes with the line
        within(text, 0, None, &mut found);
    }
    found.sort_by_key(|span| (span.start, usize::MAX - span.end));
    found
}

/// How deep a script may stand in another.
const DEPTH: u8 = 3;

/// The places in a script that begins so many bytes within the whole; without a depth its quotes mean nothing. True
/// where every quote has an end.
fn within(text: &str, from: usize, depth: Option<u8>, found: &mut Vec<Range<usize>>) -> bool {
    if !text.contains(['|', '<', '>']) {
        return true;
    }
    let mut whole = true;
    let (mut at, mut pipe) = (0, Pipe::default());
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let word = rest.trim_start();
        let blank = rest.get(..rest.len() - word.len()).unwrap_or_default();
        at += blank.len();
        if blank.contains('\n') && !pipe.goes_on && pipe.open == 0 {
            let ended = std::mem::take(&mut pipe);
            let begins = at - blank.len() + blank.find('\n').map_or(0, |line| line + 1);
            let below = ended.document.as_deref().filter(|_| ended.reads);
            let document = below.and_then(|word| document(text, begins, word));
            ended.into(from, found);
            if let Some(document) = document {
                at = document.end;
                found.push(from + document.start..from + document.end);
                continue;
            }
        }
        let known = depth.and_then(|_| shell::extent(word, true));
        whole &= known.is_some();
        let len = known.unwrap_or_else(|| word.find(char::is_whitespace).unwrap_or(word.len())).max(1);
        let own = word.get(..len).unwrap_or(word);
        let quoted = own.starts_with(['"', '\'']) && !pipe.writes;
        let script = quoted && own.contains(['|', '<']) && own.contains(char::is_whitespace);
        match depth.and_then(|depth| depth.checked_sub(1)) {
            // a script in a script
            inner @ Some(_) if script => {
                within(own.get(1..).unwrap_or_default(), from + at + 1, inner, found);
            }
            _ => pipe.word(own, at),
        }
        at += own.len();
        let ended = if depth.is_some() { ends(own) } else { matches!(own, "&&" | "||") };
        if ended && pipe.open == 0 {
            std::mem::take(&mut pipe).into(from, found);
        } else if ended {
            pipe.writes = false;
        }
    }
    pipe.into(from, found);
    whole
}

/// The last word of a command.
fn ends(word: &str) -> bool {
    matches!(word, "&&" | "||" | "&") || word.ends_with(';')
}

/// A document that begins at a line, to the line that is this word.
fn document(text: &str, begins: usize, word: &str) -> Option<Range<usize>> {
    let mut at = begins;
    for line in text.get(begins..)?.split_inclusive('\n') {
        if line.trim() == word {
            break;
        }
        at += line.len();
    }
    let len = text.get(begins..at)?.trim_end().len();
    (len > 0).then_some(begins..begins + len)
}

impl Pipe {
    fn word(&mut self, word: &str, at: usize) {
        let bare = word.trim_end_matches(';').trim_matches(['"', '\'', '(', ')', '<']);
        self.goes_on = matches!(word, "|" | "\\");
        let closes = word == "}" || word.ends_with(')') && !word.starts_with('$');
        self.open += usize::from(word == "{" || word.starts_with('('));
        self.open = self.open.saturating_sub(usize::from(closes));
        let own = at..at + word.trim_end_matches(';').len();
        if std::mem::take(&mut self.string) {
            self.written.push(own);
        } else if matches!(word, ">" | ">>") {
            self.target = true;
        } else if std::mem::take(&mut self.target) {
            self.reads |= is_file_of_secret(bare);
        } else if word == "|" {
            self.writes = false;
        } else if let Some(string) = word.strip_prefix("<<<") {
            self.string = string.is_empty();
            if !self.string {
                self.written.push(own.start + 3..own.end);
            }
        } else if let Some(end) = word.strip_prefix("<<") {
            self.document = Some(end.trim_start_matches('-').trim_matches(['"', '\'', '\\']).to_owned());
        } else if self.writes {
            let plain = bare.starts_with('-') || bare.starts_with('>') || ["%s", "%s\\n"].contains(&bare);
            // echo first|login
            let (first, more) =
                word.split_once('|').filter(|_| !word.starts_with(['"', '\''])).unwrap_or((word, ""));
            if !plain && !bare.is_empty() {
                self.written.push(at..at + first.trim_end_matches(';').len());
            }
            if first.len() < word.len() {
                self.writes = false;
                self.reads |= reads(more);
            }
        } else if WRITERS.contains(&bare.rsplit('/').next().unwrap_or(bare)) {
            self.writes = true;
        } else {
            self.reads |= reads(bare);
        }
    }

    /// What was written is told where it was read.
    fn into(self, from: usize, found: &mut Vec<Range<usize>>) {
        if self.reads {
            let spans = self.written.into_iter().filter(|span| !span.is_empty());
            found.extend(spans.map(|span| from + span.start..from + span.end));
        }
    }
}

/// A file that is named as a secret, and no program or log.
fn is_file_of_secret(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let other = [".log", ".sh", ".err", ".out", ".md", ".py"].iter().any(|end| name.ends_with(end));
    !other && (is_secret_name(name) || file.starts_with("/run/secrets/"))
}

/// A word that tells of a secret on standard input.
fn reads(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    READERS.contains(&name)
        || is_secret_name(name.trim_start_matches('-'))
        || name.contains("passwd")
        || name.contains("passphrase")
        || name.contains("password")
        || name.contains("token")
}
