//! Numbers and ages in filters: `5xx:>1`, `p99:>500ms`, `deployed:<2h`.

/// What of a service is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// The share of requests answered with 5xx, percent.
    Errors,
    /// p99, milliseconds.
    Latency,
    /// CPU, percent.
    Cpu,
    /// Memory, percent.
    Memory,
    /// How long ago it was deployed, milliseconds.
    Deployed,
}

impl Number {
    /// The columns that are compared.
    pub const COLUMNS: [&'static str; 5] = ["5xx", "p99", "cpu", "mem", "deployed"];

    /// By its column.
    pub fn of(column: &str) -> Option<Self> {
        Some(match column {
            "5xx" | "errors" => Self::Errors,
            "p99" | "latency" => Self::Latency,
            "cpu" => Self::Cpu,
            "mem" | "memory" => Self::Memory,
            "deployed" => Self::Deployed,
            _ => return None,
        })
    }

    /// A comparison of it, as an example.
    pub fn example(self) -> &'static str {
        match self {
            Self::Errors => "5xx:>1",
            Self::Latency => "p99:>500ms",
            Self::Cpu => "cpu:>80",
            Self::Memory => "mem:>90",
            Self::Deployed => "deployed:<2h",
        }
    }

    /// True where metrics tell it.
    pub fn is_metric(self) -> bool {
        self != Self::Deployed
    }

    /// How much of what it is told in one of this unit is; none where it has no such unit.
    fn unit(self, unit: &str) -> Option<f64> {
        Some(match (self, unit) {
            (Self::Errors | Self::Cpu | Self::Memory, "" | "%") | (Self::Latency, "" | "ms") => 1.0,
            (Self::Latency | Self::Deployed, "s") => 1_000.0,
            (Self::Deployed, "m" | "min") => 60_000.0,
            (Self::Deployed, "h") => 3_600_000.0,
            (Self::Deployed, "d") => 86_400_000.0,
            _ => return None,
        })
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// What is compared.
    pub number: Number,
    more: bool,
    or_equal: bool,
    with: f64,
}

impl Compared {
    /// Reads what stands behind the column: `>1`, `<=500ms`; none where it is no comparison, or none yet.
    pub fn parse(number: Number, text: &str) -> Option<Self> {
        let (more, rest) = match (text.strip_prefix('>'), text.strip_prefix('<')) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return None,
        };
        let (or_equal, rest) = rest.strip_prefix('=').map_or((false, rest), |rest| (true, rest));
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, unit) = rest.split_at_checked(end)?;
        let with = digits.parse::<f64>().ok().filter(|with| with.is_finite())? * number.unit(unit)?;
        Some(Self { number, more, or_equal, with })
    }

    /// True when it holds for this value.
    pub fn holds(&self, value: f64) -> bool {
        let strictly = if self.more { value > self.with } else { value < self.with };
        strictly || (self.or_equal && (value - self.with).abs() < f64::EPSILON)
    }
}

/// What is known of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known {
    /// It was not read yet.
    Not,
    /// It was read, and there is none.
    Absent,
    /// It is this.
    Value(f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_read_with_their_units() {
        for (number, text, value, wanted) in [
            (Number::Errors, ">1", 1.5, Some(true)),
            (Number::Errors, ">1", 1.0, Some(false)),
            (Number::Errors, ">=1%", 1.0, Some(true)),
            (Number::Latency, ">500ms", 700.0, Some(true)),
            (Number::Latency, ">0.5s", 700.0, Some(true)),
            (Number::Latency, "<1s", 700.0, Some(true)),
            (Number::Deployed, "<2h", 3_600_000.0, Some(true)),
            (Number::Deployed, ">1d", 3_600_000.0, Some(false)),
            (Number::Deployed, "<2", 0.0, None),
            (Number::Cpu, ">80ms", 0.0, None),
            (Number::Cpu, "80", 0.0, None),
            (Number::Cpu, ">", 0.0, None),
            (Number::Cpu, ">1.2.3", 0.0, None),
            (Number::Cpu, ">größer", 0.0, None),
        ] {
            let read = Compared::parse(number, text);
            assert_eq!(read.map(|compared| compared.holds(value)), wanted, "{text}");
        }
    }

    #[test]
    fn every_column_has_an_example_that_is_read() {
        for column in Number::COLUMNS {
            let number = Number::of(column).unwrap();
            let (named, text) = number.example().split_once(':').unwrap();
            assert_eq!(named, column);
            assert!(Compared::parse(number, text).is_some(), "{text}");
        }
    }
}
