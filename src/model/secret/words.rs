//! The words of a text, each with what the one before said of it.

use super::{
    authority::user_and_password,
    fields::{self, Part, closing},
    line::{Line, Next},
    looks,
    made::{is_assignment, is_likely, is_made, is_named_so},
    mask,
    names::is_port,
    said::{is_scheme, tells_of_secret},
    view,
};

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
        self.seen(word, Self::own_word)
    }

    /// One word of a command; it may be a script, or a text of several words.
    pub(super) fn own_word(&mut self, word: &str) -> String {
        // a shell, or a program that runs another, names it in a later word
        self.is_of(word.rsplit('/').next().unwrap_or(word));
        match std::mem::take(&mut self.next) {
            Next::Secret | Next::Header => mask(word),
            Next::SecretOrPort if !is_port(word) => mask(word),
            Next::Random if looks::is_random(word) => mask(word),
            Next::UserAndPassword if word.contains([':', '%', ',']) => user_and_password(word),
            Next::Named | Next::Password if is_named_so(word) && !word.contains([':', '/']) => mask(word),
            _ if word.contains(char::is_whitespace) => {
                // what it is about ends with it
                let mut inner = Self { next: Next::Plain, open: None, ..*self };
                inner.script(word)
            }
            _ => {
                let mut out = String::with_capacity(word.len());
                for part in fields::parts(word) {
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
        for part in fields::parts(text) {
            match part {
                Part::Read(text) => self.read(text, &mut out),
                Part::Done(shown) => {
                    out.push_str(&shown);
                    (self.next, self.open) = (Next::Plain, None);
                }
            }
        }
        out
    }

    /// Words with blanks between them, and nothing in them that was judged already.
    pub(super) fn read(&mut self, text: &str, out: &mut String) {
        let mut rest = text;
        while !rest.is_empty() {
            let blank = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
            let (space, after) = rest.split_at_checked(blank).unwrap_or((rest, ""));
            if self.open.is_none() {
                out.push_str(space);
            }
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            let (word, after) = after.split_at_checked(end).unwrap_or((after, ""));
            if !word.is_empty() {
                let shown = self.in_turn(word);
                out.push_str(&shown);
            }
            rest = after;
        }
    }

    /// A word of a script, with what the one before said of it.
    pub(super) fn in_turn(&mut self, word: &str) -> String {
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
        self.is_of(word.trim_start_matches(['"', '\'', '(', '`']).rsplit('/').next().unwrap_or(word));
        let sign = ["=", ":", "=>", "==", ":=", "->"].contains(&word);
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
            // AUTH default …
            Next::Likely if self.whose => {
                self.whose = false;
                if is_likely(word) {
                    return self.quoted(word);
                }
                self.next = Next::Likely;
                word.to_owned()
            }
            Next::Secret | Next::Likely if is_scheme(word) => self.later(word),
            Next::Header if tells_of_secret(word) => self.token(word),
            Next::Header => self.header(word),
            Next::Secret | Next::Named | Next::Password if sign => self.later(word),
            Next::Likely if word == "=" => self.later(word),
            Next::Named | Next::Password if is_value(word) => self.later(word),
            Next::Password if word.starts_with('\'') => self.quoted(word),
            Next::Password if is_named_so(word) => self.quoted(word),
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
            Next::Random if looks::is_random(word) => self.quoted(word),
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

/// `"value":`, which follows a name in lists of names and values.
fn is_value(word: &str) -> bool {
    word.ends_with(':') && word.trim_matches([':', '"', '\'', '\\']).eq_ignore_ascii_case("value")
}
