//! What nobody named, and no person made up: a net below all the rules that know secrets by name, program or maker.
//!
//! It is spread under the words of commands alone. Where a word is divided by signs, its parts are judged by how their
//! signs follow one another: a letter and a digit side by side, and two letters that hardly follow one another in
//! words, are odd. Of thrown letters and digits seven pairs in ten are odd (in two thousand of 20 signs one in a hundred
//! comes below the line), of names hardly two. The line is drawn at 45 % of at least eight pairs, and at 16 signs, for
//! these reasons:
//!
//! - CloudFormation ends names with 12 or 13 random signs, Secrets Manager with 6, a pod with 5 and 9 or 10, RDS writes 12
//!   into its hosts: none of them opens anything, and all of them are wanted on a screen. A secret that a program made
//!   has 16 signs at least (`openssl rand -base64 12`); one that a person made up is known by its name or not at all.
//! - Identifiers of AWS (`i-…`, `eni-…`, tasks), UUIDs, traces, ETags and commits are up to 40 hexadecimal digits. What
//!   has more is a digest, and is named as one (`sha256:…`, `--digest …`), or is a key of 32 bytes and more.
//! - ULIDs tell the time in their first ten signs, `01…` until the year 2040 and beyond.
//! - In a path or an address each part is judged for itself, in an ARN none.

use super::{letters::follow, mask, names, quotes::first};

/// The fewest signs of a secret.
const SIGNS: usize = 16;

/// The fewest signs between two that divide it.
const PIECE: usize = 8;

/// The fewest pairs that say something of their word.
const PAIRS: usize = 8;

/// How many pairs say what they say for sure.
const MANY: usize = 20;

/// The most hexadecimal digits of an identifier: a commit's.
const HEX: usize = 40;

/// The longest part that is judged; what is longer than any key is judged by how it begins.
const JUDGED: usize = 512;

/// A word of a command without what nobody made up; `named` says that the word before told of an identifier.
pub(super) fn masked(word: &str, named: bool) -> String {
    if word.len() < SIGNS || word.contains("arn:aws") {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while !rest.is_empty() {
        let start = rest.find(is_sign).unwrap_or(rest.len());
        let (before, after) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let end = after.find(|c| !is_sign(c)).unwrap_or(after.len());
        let (part, after) = after.split_at_checked(end).unwrap_or((after, ""));
        // what base 64 is filled up with
        let filled = after.trim_start_matches('=');
        let padded = if filled.starts_with(is_sign) { 0 } else { after.len() - filled.len() };
        let (padding, after) = after.split_at_checked(padded).unwrap_or(("", after));
        let identifier = named && out.is_empty() || is_named(&out);
        let shown = if identifier { part.to_owned() } else { judged(part) };
        out.push_str(&shown);
        if shown == part {
            out.push_str(padding);
        }
        rest = after;
    }
    out
}

/// What identifies something, by the sign and the name before it: `sha256:`, `id=`.
fn is_named(out: &str) -> bool {
    match out.chars().next_back() {
        Some('@') => true,
        Some('=' | ':') => is_identifier(names::name_before(out.get(..out.len() - 1).unwrap_or_default())),
        _ => false,
    }
}

/// True for names of what identifies and opens nothing.
pub(super) fn is_identifier(name: &str) -> bool {
    let words = names::words_of(name);
    let last = words.last().map(String::as_str).unwrap_or_default();
    [
        "id",
        "ids",
        "arn",
        "sha",
        "sha1",
        "sha256",
        "sha384",
        "sha512",
        "md5",
        "digest",
        "checksum",
        "commit",
        "rev",
        "revision",
        "etag",
        "version",
        "request",
        "trace",
        "span",
        "fingerprint",
        "image",
        "tag",
        "ulid",
        "uuid",
    ]
    .contains(&last)
        && !names::is_secret_name(name)
}

fn is_sign(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/_-.~!#$%^*".contains(c)
}

/// A part with its secrets masked: whole, or in a path the parts of it.
fn judged(part: &str) -> String {
    let is_thrown = |part: &str| is_thrown(first(part, JUDGED));
    let path = ["/", "./", "../", "~/"].iter().any(|begin| part.starts_with(begin));
    if !part.contains(['/', '.']) || !path && !part.contains('.') && !has_words(first(part, JUDGED)) {
        return if is_thrown(part) { mask(part) } else { part.to_owned() };
    }
    // in a path a long name of digits is one of a layer, an asset or an object
    let shown = |one: &str| {
        let name = one.trim_end_matches(['/', '.']);
        let sign = one.get(name.len()..).unwrap_or_default();
        if is_thrown(name) && !is_hex(name) { format!("{}{sign}", mask(name)) } else { one.to_owned() }
    };
    part.split_inclusive(['/', '.']).map(shown).collect()
}

/// What stands between the signs that divide names.
fn pieces(part: &str) -> impl Iterator<Item = &str> {
    part.split(['/', '_', '-', '.', '+', '~']).filter(|piece| !piece.is_empty())
}

fn is_hex(piece: &str) -> bool {
    piece.chars().all(|c| c.is_ascii_hexdigit()) && piece.chars().any(|c| c.is_ascii_digit())
}

/// A short name and a number: `sha384`, `rfc4231`, `lz4`.
fn is_numbered(piece: &str) -> bool {
    let name = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = piece.len() - name.len();
    (1..=8).contains(&name.len()) && (1..=4).contains(&digits) && name.chars().all(|c| c.is_ascii_lowercase())
}

/// A third of it and more are words of a language or of a program.
fn has_words(part: &str) -> bool {
    let all: usize = pieces(part).map(str::len).sum();
    let words: usize = pieces(part).filter(|piece| is_word(piece)).map(str::len).sum();
    words > 0 && words * 3 >= all
}

fn is_word(piece: &str) -> bool {
    let Pairs { odd, even, .. } = Pairs::of(piece);
    let begins =
        piece.chars().zip(piece.chars().skip(1)).filter(|(a, b)| a.is_lowercase() && b.is_uppercase());
    piece.len() >= 3
        && piece.chars().all(|c| c.is_ascii_alphabetic())
        && odd * 3 <= even
        && begins.count() * 4 <= piece.len()
}

/// How the signs of a part follow one another.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    /// A letter and a digit, or two letters that hardly follow one another.
    odd: usize,
    /// Two letters that do.
    even: usize,
    /// Runs of one kind: digits, small letters with the capital before them, capitals.
    runs: usize,
}

impl Pairs {
    fn of(piece: &str) -> Self {
        let mut own = Self { runs: 1, ..Self::default() };
        let (mut last, mut before_last) = (None::<char>, None::<char>);
        for c in piece.chars() {
            match last {
                None => {}
                Some(a) if a.is_ascii_digit() && c.is_ascii_digit() => {}
                Some(a) if a.is_ascii_lowercase() && c.is_ascii_uppercase() => own.runs += 1,
                Some(a) if a.is_ascii_alphabetic() && c.is_ascii_alphabetic() => {
                    let capitals =
                        before_last.is_some_and(|c| c.is_ascii_uppercase()) && a.is_ascii_uppercase();
                    own.runs += usize::from(capitals && c.is_ascii_lowercase());
                    if follow(a, c) { own.even += 1 } else { own.odd += 1 }
                }
                Some(_) => {
                    own.odd += 1;
                    own.runs += 1;
                }
            }
            (before_last, last) = (last, Some(c));
        }
        own
    }

    fn and(self, other: Self) -> Self {
        Self { odd: self.odd + other.odd, even: self.even + other.even, runs: self.runs + other.runs }
    }

    /// So many signs were thrown.
    fn is_thrown(self, signs: usize) -> bool {
        let all = self.odd + self.even;
        // of many pairs fewer have to be odd
        let line = if all >= MANY { 36 } else { 45 };
        all >= PAIRS && (self.odd * 100 >= all * line || self.runs * 5 >= signs * 2)
    }
}

/// No person made it up.
fn is_thrown(part: &str) -> bool {
    let signs = |text: &str| pieces(text).map(str::len).sum::<usize>();
    let total = signs(part);
    if total < SIGNS || is_ulid(part) || part.chars().all(|c| c.is_ascii_digit()) {
        return false;
    }
    if is_hex(part) {
        return total > HEX;
    }
    if !has_words(part) {
        // identifiers between signs: UUIDs, traces, dates
        let rest: Vec<&str> = pieces(part).filter(|piece| !is_hex(piece) && !is_numbered(piece)).collect();
        // what is thrown is seldom divided
        if rest.len() > 2 && rest.iter().all(|piece| piece.len() < PIECE) {
            return false;
        }
        let told: usize = rest.iter().map(|piece| signs(piece)).sum();
        let sum = rest.iter().map(|piece| Pairs::of(piece)).fold(Pairs::default(), Pairs::and);
        return told >= SIGNS && sum.is_thrown(told);
    }
    let thrown: usize = pieces(part)
        .filter(|piece| piece.len() >= 6 && !is_hex(piece))
        .filter(|piece| {
            let Pairs { odd, even, .. } = Pairs::of(piece);
            odd * 100 >= (odd + even) * 45 && odd > 2
        })
        .map(signs)
        .sum();
    thrown >= SIGNS && thrown * 2 >= total
}

/// An identifier that begins with the time: 26 signs of Crockford's base 32.
fn is_ulid(part: &str) -> bool {
    let upper = part.to_ascii_uppercase();
    part.len() == 26
        && part.starts_with("01")
        && (part == upper || part == part.to_ascii_lowercase())
        && upper.chars().all(|c| c.is_ascii_alphanumeric() && !"ILOU".contains(c))
}
