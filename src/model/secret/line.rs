//! A line that is read word by word, with what the words before say of the next.

use super::{
    places::Place,
    programs::{Takes, leads, takes, takes_parents},
};

/// What the words so far say of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Next {
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
    /// A name and what it is set to, behind an option that takes them.
    Pair,
    /// A key, or the file it is in.
    Key,
}

impl Next {
    /// A sign may stand between the name and what is awaited.
    pub(super) fn awaits(self) -> bool {
        use Next::{Header, Key, Named, Password, Secret, SecretOrPort, UserAndPassword};
        matches!(self, Secret | Key | SecretOrPort | UserAndPassword | Named | Password | Header)
    }
}

/// A line that is read word by word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) next: Next,
    /// A quote that a secret began and did not end.
    pub(super) open: Option<char>,
    /// What the programs that were named take.
    pub(super) takes: Takes,
    /// It is a command.
    pub(super) command: bool,
    /// Somebody's name was given by `-u`, so that `-p` is a password.
    pub(super) user: bool,
    /// `IDENTIFIED`, which `BY` and a password follow in SQL.
    pub(super) identified: bool,
    /// `PASSWORD FOR` somebody, or AUTH: the word between it and the password may be a name.
    pub(super) whose: bool,
    /// The kind of a credential in a header was told already.
    pub(super) kind: bool,
    /// `name` was the name of a secret, which `value` follows.
    pub(super) named: bool,
    /// The name was one of several secrets.
    pub(super) list: bool,
    /// The word before says which key is told of: `API key`.
    pub(super) qualified: bool,
    /// The line told of a secret, which may follow behind a colon.
    pub(super) subject: bool,
    /// How often text in base 64 is still decoded.
    pub(super) depth: u8,
    /// The programs that were named, by the places of their words.
    pub(super) places: [Option<Place>; 2],
    /// It is a command that a shell told before it ran it.
    pub(super) typed: bool,
    /// The word before names an identifier.
    pub(super) identifier: bool,
    /// The next word is the first of a command.
    pub(super) fresh: bool,
    /// Double and single quotes are open.
    pub(super) quoted: [bool; 2],
    /// What a shell is given follows.
    pub(super) shell: bool,
    /// It is a script of a shell, so that a command may begin with variables that are set for it.
    pub(super) assigns: bool,
    /// The command's `-p` takes no password.
    pub(super) parents: bool,
}

/// How often text in base 64 is decoded that was found in such text.
pub(super) const DEPTH: u8 = 2;

impl Line {
    pub(super) fn new(command: bool) -> Self {
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
            places: [None; 2],
            typed: false,
            identifier: false,
            fresh: true,
            quoted: [false; 2],
            shell: false,
            assigns: false,
            parents: false,
        }
    }

    /// The line of a command of this program.
    pub(super) fn of(program: &str) -> Self {
        let mut line = Self::new(true);
        line.is_of(program);
        line
    }

    /// What the program that a command calls takes its secrets by.
    pub(super) fn is_of(&mut self, program: &str) {
        if let Some(more) = takes(program) {
            self.takes.and(more);
        }
    }

    /// The places of a program that is named in a command: what one program is given may be the name of another.
    pub(super) fn begin(&mut self, program: &str) {
        if self.fresh {
            self.parents = takes_parents(program);
            self.fresh = leads(program);
        } else if takes(program).is_some() {
            self.parents = false;
        }
        if !self.command && !self.typed {
            return;
        }
        if let Some(place) = Place::of(program) {
            let [first, second] = &mut self.places;
            *(if first.is_none() { first } else { second }) = Some(place);
        }
    }

    /// The quotes that a word opens and closes.
    pub(super) fn quotes(&mut self, word: &str) {
        for (open, quote) in self.quoted.iter_mut().zip(['"', '\'']) {
            *open ^= word.matches(quote).count() % 2 == 1;
        }
    }

    /// A sign that ends a command may stand in a quote, where it ends none.
    pub(super) fn is_quoted(&self) -> bool {
        self.quoted.contains(&true)
    }

    /// Another command begins.
    pub(super) fn ended(&mut self) {
        self.places = [None; 2];
        (self.fresh, self.parents) = (true, false);
    }

    /// The secret comes one word later.
    pub(super) fn later(&mut self, word: &str) -> String {
        self.next = Next::Secret;
        word.to_owned()
    }
}
