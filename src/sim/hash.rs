//! The simulator's own hash and numbers made of it: the same on every machine and in every release, so
//! that the same world and seed give the same ids, durations and noise.

/// One step of splitmix64.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A hash of some bytes; another salt gives an unrelated one.
pub fn of(bytes: &[u8], salt: u64) -> u64 {
    bytes.iter().fold(mix(salt), |state, byte| mix(state ^ u64::from(*byte)))
}

/// A number in `0.0..1.0` made of a hash.
#[expect(clippy::cast_precision_loss, reason = "32 bits fit in a double")]
pub fn fraction(hash: u64) -> f64 {
    (hash >> 32) as f64 / 4_294_967_296.0
}

/// A digest made of a text; not a SHA-256 of anything, but of its shape.
pub(in crate::sim) fn digest(text: &str) -> String {
    let part = |salt: u64| of(text.as_bytes(), salt);
    format!("sha256:{:016x}{:016x}{:016x}{:016x}", part(21), part(22), part(23), part(24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_their_shape() {
        let one = digest("a");
        assert_eq!(one.len(), 71);
        assert_ne!(one, digest("b"));
    }

    #[test]
    fn spread_and_stable() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_ne!(of(b"a", 0), of(b"b", 0));
        assert_ne!(of(b"a", 0), of(b"a", 1));
        let mean = (0..1000).map(|n| fraction(mix(n))).sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
