//! Chance, and what it does to an input.

use std::ops::Range;

/// The longest input that is made, in bytes.
const INPUT_MAX: usize = 16 << 10;

/// xorshift64*: numbers that are the same for the same beginning.
pub struct Chance(u64);

impl Chance {
    /// Beginning with a word.
    pub fn new(word: &str) -> Self {
        let hash = word
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Self(hash | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below a bound that is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn range(&mut self, length: usize, longest: usize) -> Range<usize> {
        let start = self.below(length + 1);
        start..(start + 1 + self.below(longest)).min(length)
    }
}

/// Characters that mean something to a terminal, a parser or a grammar.
const CHARACTERS: &[char] = &[
    '\0',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{9b}',
    '\r',
    '\n',
    '\t',
    ' ',
    '\u{a0}',
    '\u{ad}',
    '\u{301}',
    '\u{34f}',
    '\u{61c}',
    '\u{e31}',
    '\u{115f}',
    '\u{180e}',
    '\u{200b}',
    '\u{200d}',
    '\u{200e}',
    '\u{2028}',
    '\u{202e}',
    '\u{2066}',
    '\u{2069}',
    '\u{20e3}',
    '\u{3164}',
    '\u{d7b0}',
    '\u{fe0f}',
    '\u{feff}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{1f1e6}',
    '\u{1f468}',
    '\u{e0041}',
    '\u{e0100}',
    '\u{10ffff}',
    'ß',
    'İ',
    'ı',
    'ǅ',
    'ﬀ',
    'é',
    '東',
    '"',
    '\'',
    '\\',
    '/',
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '=',
    ':',
    '@',
    '.',
    ',',
    '-',
    '_',
    '#',
    '%',
    '&',
    ';',
    '<',
    '>',
    '…',
];

/// Numbers at the ends of something.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "9",
    "10",
    "12",
    "13",
    "127",
    "128",
    "255",
    "256",
    "65535",
    "65536",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "1e9",
    "1e308",
    "1e400",
    "-0.0",
    "0.1",
    "nan",
    "inf",
    "0x10",
    "00",
    "1_000",
    "+1",
    "99999999999999999999999999",
];

/// An input changed a little, once to four times.
pub fn mutate(chance: &mut Chance, input: &[u8], other: &[u8], words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=chance.below(4) {
        change(chance, &mut bytes, other, words);
        bytes.truncate(INPUT_MAX);
    }
    bytes
}

fn change(chance: &mut Chance, bytes: &mut Vec<u8>, other: &[u8], words: &[Vec<u8>]) {
    let at = chance.below(bytes.len() + 1);
    match chance.below(13) {
        0 => {
            bytes.drain(chance.range(bytes.len(), 12));
        }
        1 => {
            bytes.drain(chance.range(bytes.len(), 400));
        }
        2 => insert(bytes, at, chance.one::<Vec<u8>>(words)),
        3 => {
            let range = chance.range(bytes.len(), 20);
            bytes.splice(range, chance.one(words).iter().copied());
        }
        4 | 5 => {
            let mut place = [0; 4];
            let c = chance.one(CHARACTERS).encode_utf8(&mut place);
            let times = if chance.below(6) == 0 { 1 + chance.below(12) } else { 1 };
            // in place of a character as often as beside it
            let instead = bytes.get(at).is_some_and(u8::is_ascii) && chance.below(2) == 0;
            bytes.splice(at..at + usize::from(instead), c.repeat(times).into_bytes());
        }
        6 => {
            let number = chance.one(NUMBERS).as_bytes();
            let digit = |b: &u8| b.is_ascii_digit();
            let start = bytes.iter().skip(at).position(digit).map_or(at, |found| at + found);
            let length = bytes[start..].iter().take_while(|b| digit(b)).count();
            bytes.splice(start..start + length, number.iter().copied());
        }
        7 => {
            let piece = bytes[chance.range(bytes.len(), 40)].to_vec();
            insert(bytes, at, &piece);
        }
        8 => {
            // deep or long
            let piece = bytes[chance.range(bytes.len(), 6)].to_vec();
            insert(bytes, at, &piece.repeat(1 + chance.below(600)));
        }
        9 => {
            let from = chance.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        10 => {
            let piece = &other[chance.range(other.len(), 80)];
            insert(bytes, at, piece);
        }
        11 => lines(chance, bytes, other),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = if chance.below(2) == 0 {
                    *byte ^ (1 << chance.below(8))
                } else {
                    chance.next().to_le_bytes()[3]
                };
            }
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

/// Lines out of their order, twice, away, or from elsewhere.
fn lines(chance: &mut Chance, bytes: &mut Vec<u8>, other: &[u8]) {
    let mut all: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let elsewhere: Vec<&[u8]> = other.split(|b| *b == b'\n').collect();
    let (one, two) = (chance.below(all.len()), chance.below(all.len()));
    match chance.below(4) {
        0 => all.swap(one, two),
        1 => all.insert(two, all[one].clone()),
        2 => {
            all.remove(one);
        }
        _ => all.insert(one, chance.one(&elsewhere).to_vec()),
    }
    *bytes = all.join(&b'\n');
}

/// The shortest input found that breaks in the same way, within a number of trials.
pub fn minimise(input: &[u8], breaks: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let (mut best, mut trials) = (input.to_vec(), 2_000);
    let mut size = best.len().div_ceil(2);
    while size > 0 && trials > 0 {
        let mut at = 0;
        while at < best.len() && trials > 0 {
            trials -= 1;
            let mut shorter = best.clone();
            shorter.drain(at..(at + size).min(best.len()));
            if breaks(&shorter) { best = shorter } else { at += size }
        }
        size /= 2;
    }
    best
}
