//! How secrets are found in text: word by word, with what the words before say of the next.

use super::{
    authority::{authority, user_and_password},
    encoded,
    extent::{around, unquoted},
    fields::{self, Part, closing, first},
    looks,
    made::{is_assignment, is_likely, is_made, is_mask, is_named_so, is_setting, is_variable, login},
    mask,
    names::{
        is_any_scheme, is_header, is_key, is_password, is_port, is_scheme, is_secret, is_secret_name,
        is_sure, name_before, qualifies, tells_of_secret,
    },
    programs::{Takes, takes},
    view,
};

/// What the words so far say of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Next {
    /// Nothing.
    #[default]
    Plain,
    /// It is a secret, whatever it looks like.
    Secret,
    /// It is a secret where it looks like one: `token: 8f3a…`, but not `token: expected`.
    Likely,
    /// It is a secret where no person made it up: the value of an option nobody knows.
    Random,
    /// `-p`: a secret, or a port.
    SecretOrPort,
    /// `-u`: what follows the colon is a secret.
    UserAndPassword,
    /// What is set by `export`.
    Setting,
    /// The name of a secret, whose value follows behind a sign.
    Named,
    /// It is a secret where it stands in quotes.
    Quoted,
    /// The name of a password, whose value follows behind a sign or in quotes.
    Password,
    /// It is a secret where it can hardly be anything else.
    Made,
    /// What stands in a header: a secret, or its kind and then the secret, and what a comma or semicolon adds.
    Header,
}

/// A line that is read word by word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    next: Next,
    /// A quote that a secret began and did not end.
    open: Option<char>,
    /// What the programs that were named take.
    takes: Takes,
    /// It is a command.
    command: bool,
    /// Somebody's name was given by `-u`, so that `-p` is a password.
    user: bool,
    /// `IDENTIFIED`, which `BY` and a password follow in SQL.
    identified: bool,
    /// `PASSWORD FOR` somebody, or AUTH: the word between it and the password may be a name.
    whose: bool,
    /// The kind of a credential in a header was told already.
    kind: bool,
    /// `name` was the name of a secret, which `value` follows.
    named: bool,
    /// The name was one of several secrets.
    list: bool,
    /// The word before says which key is told of: `API key`.
    qualified: bool,
    /// The line told of a secret, which may follow behind a colon.
    subject: bool,
    /// How often text in base 64 is still decoded.
    depth: u8,
}

/// Text with the secrets in it masked: log lines, messages, URLs, what programs say of their failures.
pub fn text(text: &str) -> String {
    Line::new(false).seen(text, Line::script)
}

/// An address with what may be secret in it masked: a name and a password, and all of its query.
pub fn address(url: &str) -> String {
    match url.split_once('?') {
        Some((before, query)) if !query.is_empty() => format!("{}?{}", text(before), mask(query)),
        _ => text(url),
    }
}

/// How much of a value is looked at to judge it.
const JUDGED: usize = 1_024;

/// How often text in base 64 is decoded that was found in such text.
const DEPTH: u8 = 2;

/// What is said in base 64 is a secret: a name and a password, or text with a secret in it.
fn hides_secret(part: &str, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let inner = |told: &str| Line { depth, ..Line::new(false) }.script(told);
    encoded::decoded(part).is_some_and(|told| encoded::is_user_and_password(&told) || inner(&told) != told)
}

/// Keys and tokens by their looks, as they are or in base 64.
fn known(word: &str, depth: u8) -> String {
    if is_address_in_percent(word) || depth == DEPTH && hides_in_percent(word) {
        return mask(word);
    }
    looks::known(word, &|part| hides_secret(part, depth))
}

/// A name and its secret whose signs were escaped for another address: `next=%2Flogin%3Ftoken%3D…`.
fn hides_in_percent(word: &str) -> bool {
    if !word.contains("%3D") && !word.contains("%3d") {
        return false;
    }
    let signs = [("%3d", "="), ("%26", "&"), ("%3f", "?"), ("%2f", "/"), ("%3a", ":"), ("%25", "%")];
    let plain = signs.iter().fold(word.to_owned(), |text, (escaped, sign)| {
        text.replace(escaped, sign).replace(&escaped.to_uppercase(), sign)
    });
    Line { depth: 0, ..Line::new(false) }.script(&plain) != plain
}

/// An address with a name and a password whose signs were escaped for another address.
fn is_address_in_percent(word: &str) -> bool {
    let lower = word.to_lowercase();
    let Some((_, host)) = lower.split_once("%3a%2f%2f") else { return false };
    host.split_once("%40").is_some_and(|(user, _)| user.contains("%3a") || user.contains(':'))
}

impl Line {
    fn new(command: bool) -> Self {
        Self {
            next: Next::Plain,
            open: None,
            takes: Takes::default(),
            command,
            user: false,
            identified: false,
            whose: false,
            kind: false,
            named: false,
            list: false,
            qualified: false,
            subject: false,
            depth: DEPTH,
        }
    }

    /// The line of a command of this program.
    pub(super) fn of(program: &str) -> Self {
        let mut line = Self::new(true);
        line.is_of(program);
        line
    }

    /// What the program that a command calls takes its secrets by.
    fn is_of(&mut self, program: &str) {
        if let Some(more) = takes(program) {
            self.takes.and(more);
        }
    }

    /// What is read as somebody sees it: colours and entities may stand between a name and its value. It is shown without
    /// them where a secret was found.
    fn seen(&mut self, text: &str, read: fn(&mut Self, &str) -> String) -> String {
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
    fn own_word(&mut self, word: &str) -> String {
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
    fn script(&mut self, text: &str) -> String {
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
    fn read(&mut self, text: &str, out: &mut String) {
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
    fn in_turn(&mut self, word: &str) -> String {
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

    /// A name and a secret, which may go on to the end of a quote.
    fn user_and_password(&mut self, word: &str) -> String {
        let odd = |quote: &char| word.matches(*quote).count() % 2 == 1;
        self.open = ['"', '\''].into_iter().find(odd);
        user_and_password(word)
    }

    /// The secret comes one word later.
    fn later(&mut self, word: &str) -> String {
        self.next = Next::Secret;
        word.to_owned()
    }

    /// A word of a header that holds a credential.
    fn header(&mut self, word: &str) -> String {
        if is_any_scheme(word) && !self.kind {
            self.kind = true;
            self.next = Next::Header;
            return word.to_owned();
        }
        // a kind nobody knows is masked with what it is the kind of
        let name = word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')) && !self.kind;
        if name || word.ends_with([',', ';']) {
            self.next = Next::Header;
        }
        self.kind = true;
        self.quoted(word)
    }

    /// A secret that may be in quotes, which may hold blanks.
    fn quoted(&mut self, word: &str) -> String {
        let plain = word.trim_start_matches('\\');
        let escapes = word.get(..word.len() - plain.len()).unwrap_or_default();
        let Some(quote) = plain.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            let bare = word.trim_end_matches([',', ';', ')', ']', '}', '"', '\'', '\\']);
            let tail = word.get(bare.len()..).unwrap_or_default();
            return format!("{}{tail}", mask(bare));
        };
        let inner = plain.get(1..).unwrap_or_default();
        if let Some(end) = closing(inner, quote, escapes.len()) {
            let value = inner.get(..end).unwrap_or_default();
            let tail = inner.get(end + escapes.len() + 1..).unwrap_or_default();
            if tail.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\'')) {
                return mask(word);
            }
            return format!("{escapes}{quote}{}{escapes}{quote}{tail}", mask(value));
        }
        self.open = Some(quote);
        format!("{escapes}{quote}{}{escapes}{quote}", mask(inner))
    }

    /// What a variable is set to: shown where it is obviously harmless.
    fn setting(&mut self, word: &str) -> String {
        let Some((name, value)) = word.split_once('=') else { return word.to_owned() };
        let (value, tail) = match value.trim_end_matches(';') {
            bare if bare.len() < value.len() => (bare, ";"),
            _ => (value, ""),
        };
        if super::value::shown(name, value.trim_matches(['"', '\''])) == value.trim_matches(['"', '\'']) {
            return word.to_owned();
        }
        self.list = name.ends_with(['s', 'S']) && value.ends_with(',');
        if self.list {
            self.next = Next::Secret;
        }
        format!("{name}={}{tail}", self.quoted(value))
    }

    /// An option: masked where the secret is in the same word, with what it says of the next one.
    fn option(&mut self, word: &str) -> Option<String> {
        if !word.starts_with('-') || word.contains("://") {
            return None;
        }
        let mut letters = word.chars();
        let _ = letters.next();
        let letter = letters.next().filter(char::is_ascii_alphabetic);
        let value = letters.as_str();
        if let Some(letter) = letter.filter(|_| !value.is_empty() && !value.starts_with(['=', ':'])) {
            let looks = is_likely(value) && value.chars().any(|c| !c.is_ascii_lowercase());
            let password =
                (self.user || self.command) && letter == 'p' && looks && !value.contains(['=', '/']);
            if (self.takes.joined.has(letter) && !is_port(value)) || password || looks::is_random(value) {
                return Some(format!("-{letter}{}", self.quoted(value)));
            }
            if self.takes.user.has(letter) && value.contains(':') {
                return Some(format!("-{letter}{}", self.user_and_password(value)));
            }
            self.user |= letter == 'u';
        }
        let name = word.trim_start_matches('-');
        if let Some(("user" | "proxy-user", value)) = name.split_once('=')
            && value.contains(':')
        {
            let option = word.get(..word.len() - value.len()).unwrap_or_default();
            return Some(format!("{option}{}", self.user_and_password(value)));
        }
        if name.contains(['=', ':']) {
            return None;
        }
        let alone = letter.filter(|_| value.is_empty());
        self.user |= alone == Some('u') || name == "user" || name == "username";
        self.next = match (name, alone) {
            (_, Some(letter)) if self.takes.next.has(letter) && letter != 'p' => Next::Secret,
            (_, Some(letter)) if self.takes.user.has(letter) => Next::UserAndPassword,
            // in a sentence it is a flag of whatever is told of
            ("p", _) if self.command || self.takes.next.has('p') => Next::SecretOrPort,
            ("u" | "U", _) if self.command => Next::UserAndPassword,
            ("user" | "proxy-user", _) => Next::UserAndPassword,
            ("pass" | "pw" | "auth" | "key" | "passin" | "passout", _) => Next::Secret,
            (name, _) if is_secret_name(name) => Next::Secret,
            (_, Some(_)) => Next::Random,
            _ => Next::Plain,
        };
        Some(word.to_owned())
    }

    /// A word by itself; it may say something of the next one.
    fn token(&mut self, word: &str) -> String {
        let bare = word.trim_matches(['"', '\'', ',', ';', '(', ')', '{', '}', '[', ']', '\\', '`']);
        let qualified = std::mem::replace(&mut self.qualified, qualifies(bare));
        if self.command && (bare == "export" || bare == "env" || bare == "set") {
            self.next = Next::Setting;
            return word.to_owned();
        }
        if self.command && is_setting(word) {
            return self.setting(word);
        }
        if let Some(option) = self.option(word) {
            return option;
        }
        if is_scheme(bare) {
            self.next = Next::Likely;
            return word.to_owned();
        }
        if bare.eq_ignore_ascii_case("identified") {
            self.identified = true;
        } else if self.identified && bare.eq_ignore_ascii_case("by") {
            self.next = Next::Quoted;
            return word.to_owned();
        }
        if let Some(name) = bare.strip_suffix(':') {
            let name = name_before(name);
            self.list = name.ends_with(['s', 'S']);
            if qualified && name.eq_ignore_ascii_case("key") || matches!(name, "pw" | "Pw") {
                self.next = Next::Secret;
                return word.to_owned();
            }
            // not PASS, which tells of tests
            if matches!(name, "pass" | "Pass" | "auth" | "Auth") {
                self.next = Next::Likely;
                return word.to_owned();
            }
            if is_header(name) {
                let lower = name.to_lowercase();
                self.kind = false;
                self.next = match () {
                    () if lower.contains("authorization") || lower.contains("cookie") => Next::Header,
                    () if is_sure(name) => Next::Secret,
                    () => Next::Likely,
                };
                return word.to_owned();
            }
            if self.subject {
                self.next = Next::Made;
            }
        }
        // before it is taken for a name, which may be in it
        if known(bare, self.depth) != bare {
            return known(word, self.depth);
        }
        if bare == "AUTH" {
            (self.next, self.whose) = (Next::Likely, true);
            return word.to_owned();
        }
        if qualified && bare.eq_ignore_ascii_case("key") {
            (self.next, self.subject) = (Next::Password, true);
            return word.to_owned();
        }
        if is_variable(bare) && is_secret_name(bare) {
            self.subject = true;
            // a name with `_` is one of a setting, which a command may set
            let password = is_password(bare) || bare.contains('_');
            self.next = if password { Next::Password } else { Next::Named };
            return word.to_owned();
        }
        if bare.strip_suffix('=').is_some_and(|name| is_variable(name) && is_secret_name(name)) {
            self.next = Next::Password;
            return word.to_owned();
        }
        if self.takes.oracle
            && let Some((name, secret)) = bare.split_once('/')
            && is_variable(name)
            && !secret.is_empty()
        {
            let end = secret.find('@').unwrap_or(secret.len());
            let host = secret.get(end..).unwrap_or_default();
            return format!("{name}/{}{host}", mask(secret.get(..end).unwrap_or(secret)));
        }
        let word = login(word, self.command).unwrap_or_else(|| authority(word));
        let word = self.pairs(&word);
        known(&word, self.depth)
    }

    /// `name=value`, `name: value`, `<name>value` inside of a word: keyword connection strings, queries, JSON, XML.
    fn pairs(&mut self, word: &str) -> String {
        let mut out = String::with_capacity(word.len());
        let mut rest = word;
        while let Some(at) = rest.find(['=', ':', '>']) {
            let (head, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let sign = tail.chars().next().unwrap_or('=');
            let value = tail.get(1..).unwrap_or_default();
            out.push_str(head);
            out.push(sign);
            let name = name_before(head);
            if name.is_empty() {
                rest = value;
                continue;
            }
            if is_key(name) {
                self.named = is_secret_name(first_of(value));
            }
            let query = head.ends_with(&format!("?{name}")) || head.ends_with(&format!("&{name}"));
            // longer ones are judged by how they begin
            let given = first(value, JUDGED).trim_start_matches(['>', '=']);
            let own = if query { query_value(given) } else { given };
            let own = own.trim_end_matches([',', ';', ')', ']', '}']);
            let secret = match sign {
                '=' | ':' if self.named && name.eq_ignore_ascii_case("value") => true,
                '=' => {
                    is_secret(name, '=', own, false)
                        || query && name.eq_ignore_ascii_case("key") && is_made(own)
                        || name.eq_ignore_ascii_case("code") && looks::is_random(query_value(value))
                }
                // the name of a service in an ARN is none of a secret
                ':' if value.starts_with("//") || out.contains("arn:") => false,
                ':' if is_header(name) => is_secret(name, ':', own, false),
                ':' => matches!(name, "pass" | "Pass" | "pw") && is_secret(name, ':', own, false),
                _ => is_secret_name(name) && head.ends_with(&format!("<{name}")),
            };
            if !secret || value.is_empty() {
                rest = value;
                continue;
            }
            rest = self.value(name, value, &mut out);
        }
        out.push_str(rest);
        out
    }

    /// The value of a secret name, inside of a word; gives what follows it.
    fn value<'a>(&mut self, name: &str, value: &'a str, out: &mut String) -> &'a str {
        let (outer, sign) = around(out, name);
        // `=>`, and quotes that are escaped
        let plain = value.trim_start_matches(['>', '\\', '=']);
        let lead = value.get(..value.len() - plain.len()).unwrap_or_default();
        out.push_str(lead);
        let quote = plain.chars().next().filter(|c| matches!(c, '"' | '\''));
        let inner = quote.map_or(plain, |_| plain.get(1..).unwrap_or_default());
        let level = lead.matches('\\').count();
        let end = match (quote, outer) {
            (Some(quote), _) => closing(inner, quote, level).map(|end| end + level),
            (None, Some((quote, level))) => closing(inner, quote, level),
            (None, None) => Some(unquoted(inner, sign, out)),
        };
        let (secret, after) = inner.split_at_checked(end.unwrap_or(inner.len())).unwrap_or((inner, ""));
        let escapes =
            if quote.is_some() && lead.contains('\\') && secret.ends_with('\\') { "\\" } else { "" };
        let secret = secret.strip_suffix(escapes).unwrap_or(secret);
        out.extend(quote);
        self.list =
            name.ends_with(['s', 'S']) && after.trim_start_matches(',').is_empty() && !after.is_empty();
        if self.list {
            self.next = Next::Secret;
        }
        if secret.is_empty() || is_mask(secret) {
            out.push_str(secret);
        } else if after.is_empty() && quote.is_none() && is_any_scheme(secret) {
            // the kind of a credential: it follows in the next word
            out.push_str(secret);
            self.kind = true;
            self.next = Next::Header;
            return after;
        } else {
            out.push_str(&mask(secret));
        }
        out.push_str(escapes);
        if let (Some(quote), None) = (quote, end) {
            self.open = Some(quote);
            out.push(quote);
        } else if let (Some((quote, _)), None) = (outer, end) {
            self.open = Some(quote);
        }
        after
    }
}

/// `"value":`, which follows a name in lists of names and values.
fn is_value(word: &str) -> bool {
    word.ends_with(':') && word.trim_matches([':', '"', '\'', '\\']).eq_ignore_ascii_case("value")
}

/// A value without its quotes and what follows it.
fn first_of(value: &str) -> &str {
    let start = value.trim_start_matches(['"', '\'', '\\']);
    start.split(['"', '\'', '\\', ',', '}', ';']).next().unwrap_or_default()
}

/// A value of a query, up to the next.
fn query_value(value: &str) -> &str {
    value.split(['&', '"', '\'', ')']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_secrets() {
        for line in [
            "cannot connect to postgres://app:hunter2@db:5432/app: refused",
            "cannot connect to postgres://app:///hunter2@db/app: refused",
            "GET http://cache/http://app:hunter2@db/app",
            "dial \"postgres://app:hunter2@db/app\": no route",
            "failed to connect to `host=db user=app password=hunter2 database=app`: refused",
            "dsn=app:hunter2@tcp(db:3306)/app",
            "using app:hunter2@tcp(db:3306)/app",
            "config: {\"user\":\"app\",\"password\":\"hunter2\",\"port\":5432}",
            "config: {\"password\": \"hunter2\", \"port\": 5432}",
            "password: hunter2",
            "password = hunter2",
            "Password='hunter2 with blanks' and more",
            "> Authorization: Bearer hunter2abcdef123",
            "> authorization: Basic hunter2abcdef",
            "sending Bearer hunter2abcdef123456",
            "GET /x?X-Amz-Signature=hunter2&X-Amz-Date=1 200",
            "GET /x?token=hunter2x&page=2",
            "AWS_SECRET_ACCESS_KEY=hunter2",
            "aws_session_token = hunter2",
            "Set-Cookie: hunter2=1; Path=/",
            "X-Api-Key: hunter2",
            "run with --password hunter2 again",
            "Proxy http://ana:hunter2@proxy:3128 refused",
        ] {
            let out = text(line);
            assert!(!out.contains("hunter2"), "{line}: {out}");
        }
        for secret in [
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1",
            "ghp_0123456789abcdefghijABCDEFGHIJ012345",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        ] {
            for line in [secret.to_owned(), format!("found ({secret})"), format!("x={secret}, y")] {
                assert!(!text(&line).contains(secret), "{}", text(&line));
            }
        }
        assert!(!text("-----BEGIN RSA PRIVATE KEY----- MIIEhunter2").contains("hunter2"));
    }

    #[test]
    fn an_address_tells_neither_password_nor_query() {
        for url in [
            "http://u:hunter2@127.0.0.1:1/x",
            "http://127.0.0.1:1/?k=hunter2",
            "http://127.0.0.1:1/x?hunter2",
        ] {
            let shown = address(url);
            assert!(!shown.contains("hunter2") && shown.contains("127.0.0.1:1/"), "{shown}");
        }
        assert_eq!(address("http://127.0.0.1:1/x"), "http://127.0.0.1:1/x");
    }

    #[test]
    fn lines_without_secrets_stay_as_they_are() {
        for line in [
            "OK   20250430034028_base_schema.sql (12.3ms)",
            "goose: successfully migrated database to version: 20250430034028",
            "ERROR 00042_add_tokens.sql: failed to run SQL migration: duplicate key value",
            "pq: password authentication failed for user \"app\"",
            "Key (email)=(ana) already exists.",
            "listening on http://0.0.0.0:8080/health?ready=1",
            "pull 111122223333.dkr.ecr.us-west-2.amazonaws.com/app:8be02d4@sha256:0123abcd",
            "commit 842a9e1cbf0a4f6f8c3d2e1f0a9b8c7d6e5f4a3b is in place",
            "arn:aws:ecs:us-west-2:111122223333:task-definition/prod-service:42",
            "service prod-service has reached a steady state.",
            "mail to ana@example.com",
            "token: expected an identifier",
            "  two  blanks   stay ",
            "tokens=512 max_tokens=4096",
            "a key = a lock",
            "",
        ] {
            assert_eq!(text(line), line);
        }
    }
}
