//! Text in base 64 (RFC 4648, both alphabets).

/// The longest text that is decoded.
const MAX: usize = 65_536;

/// What the text says in base 64, where it is text at all: printable, and six characters at least. Digests and
/// identifiers of hexadecimal digits are not tried.
pub(super) fn decoded(text: &str) -> Option<String> {
    let bare = text.trim_end_matches('=');
    if !(8..=MAX).contains(&bare.len()) || bare.len() % 4 == 1 || bare.chars().all(|c| c.is_ascii_hexdigit())
    {
        return None;
    }
    let mut bytes = Vec::with_capacity(bare.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for c in bare.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    let text = text.trim_end_matches(['\n', '\r']);
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    (text.len() >= 6 && text.chars().all(plain)).then(|| text.to_owned())
}

/// The text in base 64, with the padding.
pub(super) fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for three in text.as_bytes().chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        for place in 0..4_usize {
            let six = usize::try_from((bits >> (18 - 6 * place)) & 63).unwrap_or(0);
            let digit = DIGITS.get(six).map_or('A', |digit| char::from(*digit));
            out.push(if place <= three.len() { digit } else { '=' });
        }
    }
    out
}

/// `NAME:PASSWORD`, as `Authorization: Basic` has it: one word, and no address.
pub(super) fn is_user_and_password(text: &str) -> bool {
    let Some((name, password)) = text.split_once(':') else { return false };
    let graphic = |c: char| c.is_ascii_graphic();
    (1..=64).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._@+-\\".contains(c))
        && password.len() >= 2
        && password.chars().all(graphic)
        && !password.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in "[ -~]{6,60}") {
            let there = encoded(&text);
            let back = decoded(&there);
            if !there.trim_end_matches('=').chars().all(|c| c.is_ascii_hexdigit()) {
                prop_assert_eq!(back.as_deref(), Some(text.as_str()));
            }
        }

        #[test]
        fn anything_is_taken(text in any::<String>()) {
            let _ = decoded(&text);
        }
    }
}
