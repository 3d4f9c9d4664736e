//! Chance without chance: the same seed and moment give the same number.

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// The hour of the day, UTC, at which traffic peaks: mid-day on the Pacific coast.
const PEAK: f64 = 20.0 * 3600.0;

/// Well mixed bits of three numbers (SplitMix64).
pub fn mix(seed: u64, channel: u64, at: i64) -> u64 {
    let step = |state: u64| {
        let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    step(step(seed ^ channel.wrapping_mul(0xa076_1d64_78bd_642f)) ^ at.cast_unsigned())
}

/// A number in 0..1.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64")]
pub fn unit(seed: u64, channel: u64, at: i64) -> f64 {
    (mix(seed, channel, at) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number in -1..1, apart from minute to minute.
pub fn fast(seed: u64, channel: u64, minute: i64) -> f64 {
    unit(seed, channel, minute) * 2.0 - 1.0
}

/// A number in -1..1 that wanders: a knot every 20 minutes, smooth between them.
pub fn slow(seed: u64, channel: u64, minute: i64) -> f64 {
    const KNOT: i64 = 20;
    let knot = minute.div_euclid(KNOT);
    #[expect(clippy::cast_precision_loss, reason = "0 to 19")]
    let along = minute.rem_euclid(KNOT) as f64 / KNOT as f64;
    let smooth = along * along * (3.0 - 2.0 * along);
    let (from, to) = (fast(seed, channel, knot), fast(seed, channel, knot + 1));
    from + (to - from) * smooth
}

/// Traffic over the day as a share of mid-day's: 1 at the peak, 0.35 twelve hours later.
pub fn day(at: f64) -> f64 {
    let angle = (at - PEAK).rem_euclid(DAY) / DAY * std::f64::consts::TAU;
    0.675 + 0.325 * angle.cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_peaks_at_its_hour() {
        assert!((day(PEAK) - 1.0).abs() < 1e-9);
        assert!((day(PEAK + DAY / 2.0) - 0.35).abs() < 1e-9);
        assert!((day(PEAK + 30.0 * DAY) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn noise_is_bounded_repeatable_and_slow_where_it_says_so() {
        let mut largest_step: f64 = 0.0;
        for minute in -500..500 {
            let (a, b) = (slow(7, 1, minute), slow(7, 1, minute + 1));
            assert!((-1.0..=1.0).contains(&a) && (-1.0..=1.0).contains(&fast(7, 1, minute)));
            assert!((a - slow(7, 1, minute)).abs() < f64::EPSILON);
            largest_step = largest_step.max((a - b).abs());
        }
        assert!(largest_step < 0.16, "{largest_step}");
        assert_ne!(mix(1, 2, 3), mix(2, 1, 3));
    }
}
