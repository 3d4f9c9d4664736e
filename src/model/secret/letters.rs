//! Which letters follow one another in words.

/// The letters that follow each letter of the alphabet in the words that people write: those pairs that make up 96 % of
/// all pairs in 8,308 different words of English and of programs. They are 281 of 676, so that of letters that were
/// thrown four pairs in ten are among them, and of a word nearly all.
const FOLLOW: [&str; 26] = [
    "abcdfgiklmnprstuvwy", // a
    "aeilorsu",
    "acehiklorstu",
    "adegilorsuy",
    "abcdefgilmnopqrstuvwxy", // e
    "aefilortu",
    "aeghilnorsu",
    "aeiortu",
    "abcdefgklmnoprstvxz", // i
    "e",
    "aeis",
    "adeilostuvy",
    "abeimopsu",
    "acdefgiklmnoprstuv",
    "abcdfgiklmnoprstuvwy", // o
    "aehiloprstu",
    "u",
    "abcdefgiklmnoprstuvy",
    "acehiklmnopstuy",
    "acdehilmorstuwy",
    "abcdegilmnprst", // u
    "aeio",
    "aehinors",
    "ceipt",
    "inps",
    "aei",
];

/// True where one letter follows the other in words; capitals count as letters.
pub(super) fn follow(first: char, second: char) -> bool {
    let place = u32::from(first.to_ascii_lowercase()).wrapping_sub(u32::from('a'));
    let row = usize::try_from(place).ok().and_then(|place| FOLLOW.get(place));
    row.is_some_and(|row| row.contains(second.to_ascii_lowercase()))
}
