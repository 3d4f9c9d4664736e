//! Statistics: what a query asks of the samples of a period.

/// A statistic by its CloudWatch name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stat {
    /// `Average`.
    Average,
    /// `Sum`.
    Sum,
    /// `Minimum`.
    Minimum,
    /// `Maximum`.
    Maximum,
    /// `SampleCount`.
    SampleCount,
    /// `p99`, with the standard score of the share below it.
    Percentile(f64),
}

impl Stat {
    /// Reads `Average`, `p50`, `p99.9` and the like; none for what the simulator does not compute.
    pub fn read(name: &str) -> Option<Self> {
        Some(match name {
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            _ => {
                let digits = name.strip_prefix('p')?;
                if !digits.starts_with(|c: char| c.is_ascii_digit()) {
                    return None;
                }
                let percent: f64 = digits.parse().ok()?;
                (0.0..=100.0).contains(&percent).then(|| Self::Percentile(score(percent / 100.0)))?
            }
        })
    }
}

/// How the samples of a metric lie around their middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// All the same.
    None,
    /// Normal, with this standard deviation in the metric's unit, kept within bounds.
    Normal {
        /// Standard deviation.
        deviation: f64,
        /// No sample is below.
        low: f64,
        /// No sample is above.
        high: f64,
    },
    /// Log-normal, with this standard deviation of the logarithm.
    LogNormal(f64),
}

/// The samples of a metric in one span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Samples {
    /// How many.
    pub count: f64,
    /// Their sum.
    pub sum: f64,
    /// Median.
    pub middle: f64,
    /// How they lie around it.
    pub spread: Spread,
}

impl Samples {
    /// `count` samples that add up to `sum` and are all alike.
    pub fn alike(count: f64, sum: f64) -> Self {
        let each = if count > 0.0 { sum / count } else { 0.0 };
        Self { count, sum, middle: each, spread: Spread::None }
    }

    /// `count` samples around `middle`, kept within `low` and `high`.
    pub fn normal(count: f64, middle: f64, deviation: f64, low: f64, high: f64) -> Self {
        Self { count, sum: middle * count, middle, spread: Spread::Normal { deviation, low, high } }
    }

    /// `count` samples with this median, most near it and few far above.
    pub fn log_normal(count: f64, middle: f64, sigma: f64) -> Self {
        let mean = middle * (sigma * sigma / 2.0).exp();
        Self { count, sum: mean * count, middle, spread: Spread::LogNormal(sigma) }
    }

    /// The value that lies `score` deviations from the middle, as far as there are samples that far out.
    fn at(&self, score: f64) -> f64 {
        match self.spread {
            Spread::None => self.middle,
            Spread::Normal { deviation, low, high } => {
                let reach = reach(self.count);
                (self.middle + deviation * score.clamp(-reach, reach)).clamp(low, high)
            }
            Spread::LogNormal(sigma) => {
                let reach = reach(self.count);
                self.middle * (sigma * score.clamp(-reach, reach)).exp()
            }
        }
    }
}

/// How many deviations from the middle the outermost of `count` samples lies.
fn reach(count: f64) -> f64 {
    (2.0 * count.max(1.0).ln()).sqrt()
}

/// Samples of several spans or sources, gathered for one statistic.
#[derive(Debug, Clone, Copy)]
pub struct Gather {
    stat: Stat,
    count: f64,
    sum: f64,
    extreme: f64,
    weighted: f64,
}

impl Gather {
    /// Nothing yet.
    pub fn new(stat: Stat) -> Self {
        let extreme = if stat == Stat::Minimum { f64::INFINITY } else { f64::NEG_INFINITY };
        Self { stat, count: 0.0, sum: 0.0, extreme, weighted: 0.0 }
    }

    /// Takes samples in.
    pub fn add(&mut self, samples: &Samples) {
        self.count += samples.count;
        self.sum += samples.sum;
        match self.stat {
            Stat::Minimum => self.extreme = self.extreme.min(samples.at(f64::NEG_INFINITY)),
            Stat::Maximum => self.extreme = self.extreme.max(samples.at(f64::INFINITY)),
            Stat::Percentile(score) => self.weighted += samples.at(score) * samples.count,
            Stat::Average | Stat::Sum | Stat::SampleCount => {}
        }
    }

    /// The statistic; none without samples.
    pub fn value(&self) -> Option<f64> {
        if self.count <= 0.0 {
            return None;
        }
        Some(match self.stat {
            Stat::Average => self.sum / self.count,
            Stat::Sum => self.sum,
            Stat::SampleCount => self.count,
            Stat::Minimum | Stat::Maximum => self.extreme,
            Stat::Percentile(_) => self.weighted / self.count,
        })
    }
}

/// The standard score below which a share of a normal distribution lies (Hastings' approximation,
/// good to 0.0005, which is far below the noise).
fn score(share: f64) -> f64 {
    let share = share.clamp(0.000_1, 0.999_9);
    let tail = share.min(1.0 - share);
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let score = t - above / below;
    if share < 0.5 { -score } else { score }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        for name in
            ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p0", "p50", "p99", "p99.9", "p100"]
        {
            assert!(Stat::read(name).is_some(), "{name}");
        }
        for name in ["average", "p", "p101", "p-1", "p+1", "pinf", "tm99", "IQM", "99", ""] {
            assert!(Stat::read(name).is_none(), "{name}");
        }
    }

    #[test]
    fn scores_are_those_of_the_table() {
        for (share, want) in [(0.5, 0.0), (0.9, 1.2816), (0.95, 1.6449), (0.99, 2.3263), (0.01, -2.3263)] {
            assert!((score(share) - want).abs() < 0.001, "{share}");
        }
    }

    proptest! {
        #[test]
        fn statistics_keep_their_order(count in 1.0f64..1e5, middle in 0.001f64..1e4, sigma in 0.0f64..1.0) {
            let samples = Samples::log_normal(count, middle, sigma);
            let of = |name: &str| {
                let mut gather = Gather::new(Stat::read(name).unwrap());
                gather.add(&samples);
                gather.value().unwrap()
            };
            let rising = ["Minimum", "p1", "p50", "p90", "p99", "p99.9", "Maximum"].map(of);
            prop_assert!(rising.windows(2).all(|two| two[0] <= two[1] * (1.0 + 1e-9)), "{:?}", rising);
        }
    }
}
