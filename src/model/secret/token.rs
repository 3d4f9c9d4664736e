//! A word by itself.

use super::{
    authority::{authority, pgpass},
    known::known,
    line::{Line, Next},
    made::{is_setting, is_variable, login},
    mask,
    names::{is_header, is_password, is_port, is_secret_name, is_sure, name_before, qualifies},
    random,
    said::is_scheme,
};

impl Line {
    /// A word by itself; it may say something of the next one.
    pub(super) fn token(&mut self, word: &str) -> String {
        let bare = word.trim_matches(['"', '\'', ',', ';', '(', ')', '{', '}', '[', ']', '\\', '`']);
        let identifier = std::mem::take(&mut self.identifier);
        let qualified = std::mem::replace(&mut self.qualified, qualifies(bare));
        if self.command && ["export", "env", "set", "declare", "typeset", "readonly", "local"].contains(&bare)
        {
            self.next = Next::Setting;
            return word.to_owned();
        }
        if self.command && is_setting(word) {
            return self.setting(word);
        }
        // the first word of a script in quotes
        if self.command
            && let Some(quote) = word.chars().next().filter(|c| matches!(c, '"' | '\''))
            && let Some(inner) = word.get(1..).filter(|inner| is_setting(inner))
        {
            return format!("{quote}{}", self.setting(inner));
        }
        if let Some(option) = self.option(word) {
            // a secret may begin as an option does
            return if self.command && option == word { random::masked(word, false) } else { option };
        }
        // //registry.npmjs.org/:_authToken
        if bare.starts_with("//") && bare.contains("/:_") && !bare.contains('=') {
            self.next = Next::Secret;
            return word.to_owned();
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
                    // the name of an algorithm may follow
                    () if lower.ends_with("hmac") => Next::Made,
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
            let shown = known(word, self.depth);
            // what else an address is given
            return if word.contains('&') { self.pairs(&shown) } else { shown };
        }
        if bare == "AUTH" {
            (self.next, self.whose) = (Next::Likely, true);
            return word.to_owned();
        }
        if qualified && bare.eq_ignore_ascii_case("key") {
            (self.next, self.subject) = (Next::Password, true);
            return word.to_owned();
        }
        // a secret may look like the name of one by chance
        let thrown = self.command && random::masked(bare, identifier) != bare;
        let bare = bare.rsplit("\\n").next().unwrap_or(bare);
        if !thrown && is_variable(bare) && is_secret_name(bare) {
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
        let word = pgpass(&word);
        let word = self.pairs(&word);
        let word = known(&word, self.depth);
        if self.command || self.typed { random::masked(&argument(&word), identifier) } else { word }
    }
}

/// Secrets in brackets behind their names, as rake takes them, and behind `/p:`, as programs of Windows do.
fn argument(word: &str) -> String {
    let plain = word.trim_start_matches(['"', '\'']);
    if let Some(secret) = plain.strip_prefix("/p:").or_else(|| plain.strip_prefix("/pass:")) {
        let head = word.get(..word.len() - secret.len()).unwrap_or_default();
        // MSBuild takes properties so
        return if secret.contains('=') { word.to_owned() } else { format!("{head}{}", mask(secret)) };
    }
    let Some((head, rest)) = word.split_once('[') else { return word.to_owned() };
    match rest.rsplit_once(']') {
        Some((inner, tail)) if is_secret_name(name_before(head)) && !is_port(inner) && !inner.is_empty() => {
            let quotes: &[char] = &['"', '\''];
            if inner.starts_with(quotes) || inner.contains('$') {
                return word.to_owned();
            }
            format!("{head}[{}]{tail}", mask(inner))
        }
        _ => word.to_owned(),
    }
}
