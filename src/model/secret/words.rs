//! The words of a text, each with what the one before said of it.

use super::{
    authority::user_and_password,
    fields::{self, Part},
    forms,
    line::{Line, Next},
    lists, looks,
    made::{is_assignment, is_likely, is_made, is_named_so, is_setting},
    mask,
    names::{is_port, is_strong, name_before},
    piped,
    placed::{is_between, is_operator},
    places::Judged,
    quotes::closing,
    said::{is_scheme, tells_of_secret},
    shell, view,
};
use std::ops::Range;

impl Line {
    /// What is read as somebody sees it: colours and entities may stand between a name and its value. It is shown without
    /// them where a secret was found.
    pub(super) fn seen(&mut self, text: &str, read: fn(&mut Self, &str) -> String) -> String {
        if let Some(plain) = view::plain(text) {
            let mut own = *self;
            let shown = read(&mut own, &plain);
            if shown != plain {
                *self = own;
                return shown;
            }
        }
        read(self, text)
    }

    /// One word of a command, as somebody sees it.
    pub(super) fn word(&mut self, word: &str) -> String {
        forms::masked(&self.seen(word, Self::own_word))
    }

    /// One word of a command; it may be a script, or a text of several words.
    pub(super) fn own_word(&mut self, word: &str) -> String {
        let placed = self.placed(word, false);
        // a shell, or a program that runs another, names it in a later word
        let program = word.rsplit(['/', '\\']).next().unwrap_or(word);
        self.is_of(program);
        self.begin(program);
        if let Some(shown) = placed {
            self.next = Next::Plain;
            return shown;
        }
        match std::mem::take(&mut self.next) {
            next if next.awaits() && is_between(word) => {
                self.next = next;
                word.to_owned()
            }
            Next::Key if is_file(word) => self.token(word),
            Next::Pair if word.contains('=') => self.setting(word),
            Next::Setting if is_assignment(word) => {
                self.next = Next::Setting;
                self.setting(word)
            }
            Next::Setting if word.starts_with('-') => {
                self.next = Next::Setting;
                word.to_owned()
            }
            Next::Secret | Next::Header | Next::Key => mask(word),
            Next::SecretOrPort if !is_port(word) => mask(word),
            Next::Random | Next::Pair if looks::is_random(word) => mask(word),
            Next::UserAndPassword if word.contains([':', '%', ',']) => user_and_password(word),
            Next::Named | Next::Password if is_named_so(word) && !word.contains([':', '/']) => mask(word),
            _ if word.contains(char::is_whitespace) || is_list(word) => {
                // what it is about ends with it
                let assigns = std::mem::take(&mut self.shell);
                let mut inner =
                    Self { next: Next::Plain, open: None, fresh: true, quoted: [false; 2], assigns, ..*self };
                inner.script(word)
            }
            _ => {
                let mut out = String::with_capacity(word.len());
                for part in fields::parts(word, self.command) {
                    match part {
                        Part::Read("") => {}
                        Part::Read(part) => out.push_str(&self.token(part)),
                        Part::Done(shown) => {
                            out.push_str(&shown);
                            self.next = Next::Plain;
                        }
                    }
                }
                self.open = None;
                out
            }
        }
    }

    /// Words with blanks between them, which stay.
    pub(super) fn script(&mut self, text: &str) -> String {
        if text.contains("PRIVATE KEY") && text.contains("-----") {
            return match text.split_once("-----BEGIN") {
                Some((head, key)) => format!("{}{}", self.script(head), mask(key)),
                None => mask(text),
            };
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        let mut spans = self.listed(text);
        if self.command {
            let piped = piped::spans(text).into_iter();
            spans.extend(piped.map(|span| (span.clone(), self.quoted(text.get(span).unwrap_or_default()))));
            spans.sort_by_key(|(span, _)| (span.start, usize::MAX - span.end));
        }
        for (span, shown) in spans {
            if span.start < at {
                continue;
            }
            self.judged(text.get(at..span.start).unwrap_or_default(), &mut out);
            out.push_str(&shown);
            (self.next, self.open, at) = (Next::Plain, None, span.end);
        }
        self.judged(text.get(at..).unwrap_or_default(), &mut out);
        out
    }

    /// What is shown of the words of commands that are told as lists, where something of them is not.
    fn listed(&self, text: &str) -> Vec<(Range<usize>, String)> {
        if self.depth == 0 {
            return Vec::new();
        }
        let mut spans = Vec::new();
        for list in lists::commands(text) {
            let mut line = Self { command: true, depth: self.depth - 1, ..Self::new(true) };
            for word in list {
                let shown = line.word(word.text);
                if shown != word.text {
                    spans.push((word.at, shown));
                }
            }
        }
        spans
    }

    /// A part of a script in which nothing is read from standard input.
    fn judged(&mut self, text: &str, out: &mut String) {
        for part in fields::parts(text, self.command) {
            match part {
                Part::Read(text) => self.read(text, out),
                Part::Done(shown) => {
                    out.push_str(&shown);
                    (self.next, self.open) = (Next::Plain, None);
                }
            }
        }
    }

    /// Words with blanks between them, and nothing in them that was judged already.
    pub(super) fn read(&mut self, text: &str, out: &mut String) {
        let (mut rest, mut goes_on) = (text, false);
        while !rest.is_empty() {
            let blank = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
            let (space, after) = rest.split_at_checked(blank).unwrap_or((rest, ""));
            if self.open.is_none() {
                out.push_str(space);
                if space.contains('\n') && !goes_on && !self.is_quoted() {
                    self.ended();
                }
            }
            let end = self.reach(after);
            let (word, after) = after.split_at_checked(end).unwrap_or((after, ""));
            goes_on = word == "\\";
            if !word.is_empty() {
                let shown = self.in_turn(word);
                out.push_str(&shown);
            }
            rest = after;
        }
    }

    /// How far the next word of a script reaches: to a blank, and where it is a secret or ends with one, to where the
    /// shell ends it.
    fn reach(&self, text: &str) -> usize {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let word = text.get(..end).unwrap_or(text);
        if self.open.is_some() || end == text.len() {
            return end;
        }
        let secret =
            matches!(self.next, Next::Secret | Next::Key | Next::SecretOrPort | Next::UserAndPassword)
                || self.places.iter().flatten().any(|place| place.clone().judge(word) != Judged::Plain);
        let begins = if secret { Some(0) } else { self.value_at(word) };
        let reach = begins.and_then(|at| Some(at + shell::extent(text.get(at..)?, self.command)?));
        reach.unwrap_or(end).max(end)
    }

    /// Where the value begins that a word sets.
    fn value_at(&self, word: &str) -> Option<usize> {
        let (name, _) = word.split_once('=')?;
        let set = self.command && is_setting(word)
            || matches!(self.next, Next::Setting | Next::Pair) && is_assignment(word)
            || is_strong(name_before(name.trim_end_matches(']')));
        set.then_some(name.len() + 1)
    }

    /// A word of a script, with what the one before said of it.
    pub(super) fn in_turn(&mut self, word: &str) -> String {
        self.quotes(word);
        if let Some(quote) = self.open {
            // the rest of a secret that began in an earlier word
            return match closing(word, quote, 0) {
                Some(end) => {
                    self.open = None;
                    word.get(end + 1..).unwrap_or_default().to_owned()
                }
                None => String::new(),
            };
        }
        let placed = self.placed(word, true);
        let program = word.trim_start_matches(['"', '\'', '(', '`', '$', '+', '{']);
        let program = program.rsplit(['/', '\\']).next().unwrap_or(word);
        self.is_of(program);
        let set = word.split_once('=').is_some_and(|(name, value)| !is_strong(name) && !value.is_empty());
        if self.fresh && self.assigns && set && is_assignment(word) && placed.is_none() {
            self.next = Next::Plain;
            return self.setting(word);
        }
        self.begin(program);
        self.typed |= is_told_by_shell(word);
        if let Some(shown) = placed {
            self.next = Next::Plain;
            if word.ends_with(';') && !self.is_quoted() {
                self.ended();
            }
            return shown;
        }
        if word.ends_with(';') && !self.is_quoted() {
            self.ended();
        }
        let sign = is_between(word);
        let next = std::mem::take(&mut self.next);
        if !matches!(next, Next::Plain) {
            self.qualified = false;
        }
        if word == "\\" {
            // the line goes on
            self.next = next;
            return word.to_owned();
        }
        match next {
            Next::Secret | Next::Key | Next::SecretOrPort if self.command && is_operator(word) => {
                self.token(word)
            }
            Next::SecretOrPort | Next::UserAndPassword | Next::Key if sign => {
                self.next = next;
                word.to_owned()
            }
            Next::Key if is_file(word) => self.token(word),
            Next::Key => self.quoted(word),
            Next::Pair if word.contains('=') => {
                // a list of cookies
                let more = word.ends_with(';');
                let shown = self.setting(word);
                if more {
                    self.next = Next::Pair;
                }
                shown
            }
            Next::Setting if word.starts_with('-') => {
                self.next = Next::Setting;
                word.to_owned()
            }
            // SET PASSWORD FOR 'app'@'%' = '…', the password for app is …
            Next::Named | Next::Password if word.eq_ignore_ascii_case("for") => {
                self.whose = true;
                word.to_owned()
            }
            Next::Plain if self.whose && (word == "=" || word == "is") => {
                self.whose = false;
                self.next = if word == "=" { Next::Quoted } else { Next::Likely };
                word.to_owned()
            }
            // Password for app: …
            Next::Plain if self.whose && word.ends_with(':') => {
                self.whose = false;
                self.next = Next::Likely;
                word.to_owned()
            }
            // AUTH default …
            Next::Likely if self.whose => {
                self.whose = false;
                if is_likely(word) {
                    return self.quoted(word);
                }
                self.next = Next::Likely;
                word.to_owned()
            }
            Next::Secret | Next::Likely if is_scheme(word) || is_tag(word) => self.later(word),
            Next::Header if tells_of_secret(word) => self.token(word),
            Next::Header => self.header(word),
            Next::Secret | Next::Named | Next::Password if sign => self.later(word),
            Next::Likely if word == "=" => self.later(word),
            Next::Named | Next::Password if word == "is:" || word == "are:" => self.later(word),
            // in a table
            Next::Named | Next::Password if word == "|" && !self.command => {
                self.next = Next::Likely;
                word.to_owned()
            }
            Next::Named | Next::Password if is_value(word) => self.later(word),
            Next::Password if word.starts_with('\'') => self.quoted(word),
            Next::Password | Next::Quoted if is_named_so(word) => self.quoted(word),
            Next::Password if ["is", "was", "to"].contains(&word) => {
                self.next = Next::Likely;
                word.to_owned()
            }
            Next::Quoted if word.trim_start_matches('\\').starts_with(['\'', '"']) => self.quoted(word),
            Next::Secret if tells_of_secret(word) => self.token(word),
            Next::Secret => {
                // a list goes on
                if word.ends_with(',') && self.list {
                    self.next = Next::Secret;
                } else {
                    self.list = false;
                }
                self.quoted(word)
            }
            Next::Named | Next::Password | Next::Made if is_made(word) => self.quoted(word),
            Next::Likely if is_likely(word) => self.quoted(word),
            Next::Random | Next::Pair if looks::is_random(word) => self.quoted(word),
            Next::SecretOrPort if !is_port(word) => self.quoted(word),
            Next::UserAndPassword if word.contains([':', '%', ',']) => self.user_and_password(word),
            Next::Setting if is_assignment(word) => {
                self.next = Next::Setting;
                self.setting(word)
            }
            _ => self.token(word),
        }
    }
}

/// A list of words in one.
fn is_list(word: &str) -> bool {
    word.contains('[') && word.contains(['"', '\'']) && !word.starts_with('-')
}

/// The name of a file with a key in it.
fn is_file(word: &str) -> bool {
    let word = word.trim_matches(['"', '\'']);
    let ends = [".pem", ".key", ".crt", ".json", ".p12", ".pfx", ".jks", ".pub", ".asc"];
    let begins = ["/", "./", "../", "~/", "file://"];
    !word.contains(char::is_whitespace)
        && (begins.iter().any(|begin| word.starts_with(begin)) || ends.iter().any(|end| word.ends_with(end)))
}

/// What stands before a command in a log: `+` of `set -x`, a prompt, or a word.
fn is_told_by_shell(word: &str) -> bool {
    let told = ["$", "cmd:", "command:", "exec:", "exec", "executing:", "running:", "run:"];
    told.contains(&word) || !word.is_empty() && word.chars().all(|c| c == '+')
}

/// A tag or an anchor of YAML, which stands between a name and its value: `!!str`, `&id`.
fn is_tag(word: &str) -> bool {
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic());
    word.strip_prefix("!!").or_else(|| word.strip_prefix('&')).is_some_and(plain)
}

/// `"value":`, which follows a name in lists of names and values.
fn is_value(word: &str) -> bool {
    word.ends_with(':') && word.trim_matches([':', '"', '\'', '\\']).eq_ignore_ascii_case("value")
}
