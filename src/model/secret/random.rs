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

use super::{fields::first, letters::follow, mask, names};

/// The fewest signs of a secret.
const SIGNS: usize = 16;

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
        "id", "ids", "arn", "sha", "sha1", "sha256", "sha384", "sha512", "md5", "digest", "checksum", "commit", "rev",
        "revision", "etag", "version", "request", "trace", "span", "fingerprint", "image", "tag", "ulid", "uuid",
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
    if !part.contains('/') || !has_words(first(part, JUDGED)) {
        return if is_thrown(part) { mask(part) } else { part.to_owned() };
    }
    // in a path a long name of digits is one of a layer, an asset or an object
    let shown = |one: &str| if is_thrown(one) && !is_hex(one) { mask(one) } else { one.to_owned() };
    part.split('/').map(shown).collect::<Vec<_>>().join("/")
}

/// What stands between the signs that divide names.
fn pieces(part: &str) -> impl Iterator<Item = &str> {
    part.split(['/', '_', '-', '.', '+', '~']).filter(|piece| !piece.is_empty())
}

fn is_hex(piece: &str) -> bool {
    piece.chars().all(|c| c.is_ascii_hexdigit()) && piece.chars().any(|c| c.is_ascii_digit())
}

/// Something in it is a word of a language or of a program.
fn has_words(part: &str) -> bool {
    pieces(part).any(|piece| {
        let (odd, even) = pairs(piece);
        piece.len() >= 3 && piece.chars().all(|c| c.is_ascii_alphabetic()) && odd * 3 <= even
    })
}

/// Pairs that are odd, and those that are not.
fn pairs(piece: &str) -> (usize, usize) {
    let (mut odd, mut even) = (0, 0);
    let mut last: Option<char> = None;
    for c in piece.chars() {
        if let Some(before) = last {
            match (before, c) {
                (a, b) if a.is_ascii_digit() && b.is_ascii_digit() => {}
                // where one word ends and the next begins
                (a, b) if a.is_ascii_lowercase() && b.is_ascii_uppercase() => {}
                (a, b) if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                    if follow(a, b) { even += 1 } else { odd += 1 }
                }
                _ => odd += 1,
            }
        }
        last = Some(c);
    }
    (odd, even)
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
    // of many pairs fewer have to be odd
    let odd_enough = |(odd, even): (usize, usize)| {
        let line = if odd + even >= MANY { 36 } else { 45 };
        odd + even >= PAIRS && odd * 100 >= (odd + even) * line
    };
    if !has_words(part) {
        // identifiers between signs: UUIDs, traces, dates
        let rest: Vec<&str> = pieces(part).filter(|piece| !is_hex(piece)).collect();
        let told: usize = rest.iter().map(|piece| signs(piece)).sum();
        let sum = rest.iter().map(|piece| pairs(piece)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        return told >= SIGNS && odd_enough(sum);
    }
    let thrown: usize = pieces(part)
        .filter(|piece| piece.len() >= 6 && !is_hex(piece))
        .filter(|piece| {
            let (odd, even) = pairs(piece);
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
